// SPDX-License-Identifier: GPL-3.0-or-later
// A look at a file's wire format before it is parsed: protobuf turns two bytes of a hostile file into a message of
// hundreds.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

namespace requant::onnxformat {

struct WireFacts
{
    std::size_t messages = 0; // nested messages that parsing would make, counted as far as `most`
    bool hasGraph = false;
    bool hasVersion = false;
};

// Nothing if the bytes are not a whole ModelProto by wire types and lengths.
std::optional<WireFacts> wireFacts(std::span<const std::byte> bytes, std::size_t most);

} // namespace requant::onnxformat
