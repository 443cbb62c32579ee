// SPDX-License-Identifier: GPL-3.0-or-later
// int4 values, two in a byte, low half first.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace requant {

template <class T>
void unpackInt4(std::span<const std::byte> packed, std::size_t n, T *to)
{
    for (std::size_t i = 0; i < n; ++i) {
        const auto byte = static_cast<std::uint8_t>(packed[i / 2]);
        const auto half = static_cast<std::int8_t>(i % 2 ? byte & 0xF0 : byte << 4);
        to[i] = static_cast<T>(half >> 4);
    }
}

} // namespace requant
