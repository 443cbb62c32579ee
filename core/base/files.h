// SPDX-License-Identifier: GPL-3.0-or-later
// Files: mapping for reading, atomic writing.
#pragma once

#include "core/base/result.h"

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace requant {

struct MappedFile
{
    std::span<const std::byte> bytes;
    std::shared_ptr<const void> owner; // unmaps when the last user is gone
};

Result<MappedFile> mapFile(const std::filesystem::path &);
// Bytes of a mapped file (and of nothing else) that are not needed soon: their pages leave memory and come back when read.
void dropPages(std::span<const std::byte> mapped);

// A file that grows under a temporary name in the same folder; commit() syncs it and puts it in its place, so that the
// target is whole or unchanged. Without commit() nothing stays.
class AtomicFile
{
public:
    static Result<AtomicFile> create(const std::filesystem::path &);
    AtomicFile(AtomicFile &&) noexcept;
    AtomicFile &operator=(AtomicFile &&) = delete;
    ~AtomicFile();
    Status append(std::span<const std::byte>);
    Status commit();

private:
    AtomicFile() = default;
    Error failed(int error) const;
    std::filesystem::path m_path, m_target; // as named, and behind a symbolic link
    std::string m_temporary;
    int m_fd = -1;
};
// An AtomicFile in one go.
Status writeFileAtomically(const std::filesystem::path &, std::span<const std::byte>);
Status writeFileAtomically(const std::filesystem::path &, std::string_view text);
Result<std::string> readTextFile(const std::filesystem::path &);

} // namespace requant
