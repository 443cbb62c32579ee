// SPDX-License-Identifier: GPL-3.0-or-later
// Sums over the values of an 8-bit tensor: of each channel, and how often each value is there. All exact.
#pragma once

#include "core/sim/kernels/cpu.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace requant {

struct ByteSums
{
    explicit ByteSums(std::size_t channels) : sum(channels, 0), square(channels, 0), low(channels, 255), high(channels, 0) {}
    // In terms of bytes 0..255; the bits of an int8 with its sign turned round are it plus 128.
    std::vector<std::uint64_t> sum, square;
    std::vector<std::uint8_t> low, high;
    std::array<std::uint64_t, 256> histogram{};
    std::uint64_t rows = 0;
    void add(const ByteSums &); // of as many channels
};

// Adds rows of `channels` bytes, one channel after the other. No sum may pass 2^64: less than 2^48 values.
void addBytes(SimdLevel, std::span<const std::uint8_t> values, bool isSigned, ByteSums &);

} // namespace requant
