// SPDX-License-Identifier: GPL-3.0-or-later
// Files: mapping for reading, atomic writing.
#pragma once

#include "core/base/result.h"

#include <filesystem>
#include <memory>
#include <span>
#include <string_view>

namespace requant {

struct MappedFile
{
    std::span<const std::byte> bytes;
    std::shared_ptr<const void> owner; // unmaps when the last user is gone
};

Result<MappedFile> mapFile(const std::filesystem::path &);
// Writes to a temporary file in the same folder, syncs and renames: the target is whole or unchanged.
Status writeFileAtomically(const std::filesystem::path &, std::span<const std::byte>);
Status writeFileAtomically(const std::filesystem::path &, std::string_view text);
Result<std::string> readTextFile(const std::filesystem::path &);

} // namespace requant
