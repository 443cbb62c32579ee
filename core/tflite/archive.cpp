// SPDX-License-Identifier: GPL-3.0-or-later
// Field positions: PKWARE's APPNOTE.TXT, 4.3.12 (central directory) and 4.3.16 (end of central directory).
#include "core/tflite/archive.h"

#include <cstdint>
#include <vector>

namespace requant::tfliteformat {

namespace {

constexpr std::string_view kLocalMark("PK\x03\x04", 4), kEntryMark("PK\x01\x02", 4), kEndMark("PK\x05\x06", 4);
constexpr std::size_t kEntrySize = 46, kEndSize = 22;
constexpr std::size_t kEntryNameLength = 28, kEntryExtraLength = 30, kEntryCommentLength = 32, kEntryOffset = 42;
constexpr std::size_t kEndCount = 10, kEndDirectorySize = 12, kEndDirectoryOffset = 16;

std::size_t number(std::string_view s, std::size_t at, int bytes)
{
    std::size_t v = 0;
    for (int i = bytes; i-- > 0;)
        v = v << 8 | static_cast<unsigned char>(s[at + static_cast<std::size_t>(i)]);
    return v;
}

struct Directory
{
    std::size_t claimedStart = 0;
    std::size_t end = 0;              // position of the end record
    std::vector<std::size_t> entries; // positions
};

std::optional<Directory> directoryOf(std::string_view zip)
{
    Directory d;
    d.end = zip.rfind(kEndMark);
    if (!zip.starts_with(kLocalMark) || d.end == zip.npos || zip.size() - d.end < kEndSize)
        return std::nullopt;
    const std::size_t count = number(zip, d.end + kEndCount, 2);
    const std::size_t size = number(zip, d.end + kEndDirectorySize, 4);
    const std::size_t offset = number(zip, d.end + kEndDirectoryOffset, 4);
    if (size > d.end || offset < d.end - size || offset == 0xFFFFFFFF)
        return std::nullopt;
    d.claimedStart = offset - (d.end - size);
    std::size_t at = d.end - size;
    for (std::size_t i = 0; i < count; ++i) {
        if (at > d.end || d.end - at < kEntrySize || zip.substr(at, 4) != kEntryMark
            || number(zip, at + kEntryOffset, 4) < d.claimedStart)
            return std::nullopt;
        d.entries.push_back(at);
        at += kEntrySize + number(zip, at + kEntryNameLength, 2) + number(zip, at + kEntryExtraLength, 2)
            + number(zip, at + kEntryCommentLength, 2);
    }
    return d;
}

} // namespace

std::optional<std::size_t> archiveStart(std::string_view archive)
{
    const auto d = directoryOf(archive);
    return d ? std::optional(d->claimedStart) : std::nullopt;
}

std::string movedArchive(std::string_view archive, std::size_t start)
{
    std::string out(archive);
    const auto d = directoryOf(archive);
    if (!d || start + archive.size() >= 0xFFFFFFFF)
        return out;
    const auto move = [&](std::size_t at) {
        const std::size_t v = number(archive, at, 4) - d->claimedStart + start;
        for (std::size_t i = 0; i < 4; ++i)
            out[at + i] = static_cast<char>(v >> (8 * i) & 0xFF);
    };
    for (const std::size_t at : d->entries)
        move(at + kEntryOffset);
    move(d->end + kEndDirectoryOffset);
    return out;
}

} // namespace requant::tfliteformat
