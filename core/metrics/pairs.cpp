// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/metrics/pairs.h"

#include <algorithm>

namespace requant {
namespace {

template <class T>
void addSums(const T *values, std::size_t n, std::span<std::int64_t> sums)
{
    // Blocks of channels with sums of 32 bits, which are safe for 2^23 rows.
    constexpr std::size_t kChannels = 64, kRows = std::size_t{1} << 20;
    const std::size_t channels = sums.size(), rows = n / channels;
    for (std::size_t first = 0; first < channels; first += kChannels) {
        const std::size_t width = std::min(kChannels, channels - first);
        for (std::size_t begin = 0; begin < rows; begin += kRows) {
            std::int32_t block[kChannels] = {};
            const std::size_t end = std::min(rows, begin + kRows);
            for (std::size_t r = begin; r < end; ++r) {
                const T *row = values + r * channels + first;
                if (width == kChannels)
                    for (std::size_t c = 0; c < kChannels; ++c)
                        block[c] += row[c];
                else
                    for (std::size_t c = 0; c < width; ++c)
                        block[c] += row[c];
            }
            for (std::size_t c = 0; c < width; ++c)
                sums[first + c] += block[c];
        }
    }
}

} // namespace

void PairCounts::add(std::span<const std::byte> a, std::span<const std::byte> b)
{
    if (m_counts.empty())
        m_counts.resize(kSecond + 256 * kStride);
    const std::size_t n = std::min(a.size(), b.size());
    const auto *x = reinterpret_cast<const std::uint8_t *>(a.data());
    const auto *y = reinterpret_cast<const std::uint8_t *>(b.data());
    std::uint32_t *first = m_counts.data(), *second = first + kSecond;
    std::size_t i = 0;
    for (; i + 2 <= n; i += 2) {
        ++first[x[i] * kStride + y[i]];
        ++second[x[i + 1] * kStride + y[i + 1]];
    }
    if (i < n)
        ++first[x[i] * kStride + y[i]];
}

void addChannelSums(std::span<const std::byte> bytes, bool isSigned, std::span<std::int64_t> sums)
{
    if (sums.empty())
        return;
    if (isSigned)
        addSums(reinterpret_cast<const std::int8_t *>(bytes.data()), bytes.size(), sums);
    else
        addSums(reinterpret_cast<const std::uint8_t *>(bytes.data()), bytes.size(), sums);
}

} // namespace requant
