// SPDX-License-Identifier: GPL-3.0-or-later
// How often each pair of two 8-bit tensors' values occurs: what an error needs to know of them, in integers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

namespace requant {

class PairCounts
{
public:
    // At most 2^32 - 1 elements between two calls of take(); spans of equal length.
    void add(std::span<const std::byte> a, std::span<const std::byte> b);

    // Calls f(byte of a, byte of b, count) in ascending order for the pairs that occurred, and forgets them.
    template <class F>
    void take(F &&f)
    {
        for (std::size_t x = 0; x < 256 && !m_counts.empty(); ++x) {
            std::uint32_t *row = m_counts.data() + x * kStride;
            for (std::size_t block = 0; block < 256; block += kBlock) {
                std::uint32_t any = 0;
                for (std::size_t y = block; y < block + kBlock; ++y)
                    any |= row[y] | row[y + kSecond];
                if (any == 0)
                    continue;
                for (std::size_t y = block; y < block + kBlock; ++y)
                    if (const std::uint32_t n = row[y] + row[y + kSecond]; n != 0)
                        f(x, y, n);
                std::memset(row + block, 0, kBlock * sizeof(std::uint32_t));
                std::memset(row + block + kSecond, 0, kBlock * sizeof(std::uint32_t));
            }
        }
    }

private:
    // Rows are not a power of two apart, so that the pairs near the diagonal do not compete for the same cache lines. A second
    // table takes every other element: equal neighbours do not wait for each other.
    static constexpr std::size_t kStride = 256 + 16, kSecond = 256 * kStride + 32, kBlock = 32;
    std::vector<std::uint32_t> m_counts;
};

// Adds the bytes of each channel (the last dimension) to `sums`, as signed or unsigned numbers.
void addChannelSums(std::span<const std::byte>, bool isSigned, std::span<std::int64_t> sums);

// Reused from tensor to tensor.
struct PairScratch
{
    PairCounts counts;
    std::vector<std::int64_t> sums;
};

} // namespace requant
