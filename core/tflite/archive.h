// SPDX-License-Identifier: GPL-3.0-or-later
// The ZIP archive of label files that TFLite's metadata tools append to a model. Its tables count from the start of the
// file, so they must follow when the model before it changes its size.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace requant::tfliteformat {

// Where the archive believes to start within the file: 0 if its offsets count from its own first byte. None if the bytes
// are no complete archive without 64-bit extensions.
std::optional<std::size_t> archiveStart(std::string_view archive);
// The archive with offsets for a start at `start`; unchanged if it is none or would not fit.
std::string movedArchive(std::string_view archive, std::size_t start);

} // namespace requant::tfliteformat
