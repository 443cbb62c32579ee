// SPDX-License-Identifier: GPL-3.0-or-later
// Exact integer matrix product for convolutions: rows of int16 (inputs without their zero point) times packed int16
// weights (without theirs) into int32. Products of 9-bit values, summed in pairs as pmaddwd does, never overflow int32
// before the sum itself would.
#pragma once

#include "core/sim/kernels/cpu.h"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

namespace requant {

// Weights of n output channels by k inputs in panels of 16 channels; two neighbouring k of one channel lie together.
class PackedWeights
{
public:
    static constexpr std::size_t kPanel = 16;
    static constexpr std::size_t kMostPanels = 3;
    PackedWeights() = default;
    // `at(channel, k)` gives the weight without its zero point.
    template <class At>
    PackedWeights(std::size_t channels, std::size_t depth, At &&at) : m_channels(channels), m_depth(depth)
    {
        m_data.assign(panels() * depthPairs() * kPanel * 2 + 32, 0);
        for (std::size_t c = 0; c < channels; ++c)
            for (std::size_t k = 0; k < depth; ++k)
                m_data[((c / kPanel * depthPairs() + k / 2) * kPanel + c % kPanel) * 2 + k % 2] = static_cast<std::int16_t>(at(c, k));
    }
    std::size_t channels() const { return m_channels; }
    std::size_t depth() const { return m_depth; }
    std::size_t depthPairs() const { return (m_depth + 1) / 2; }
    std::size_t rowStride() const { return depthPairs() * 2; } // int16 per row of inputs; the last one of an odd depth is 0
    std::size_t panels() const { return (m_channels + kPanel - 1) / kPanel; }
    const std::int16_t *panel(std::size_t p) const { return m_data.data() + p * depthPairs() * kPanel * 2; }

private:
    std::size_t m_channels = 0, m_depth = 0;
    std::vector<std::int16_t> m_data;
};

// How many panels multiplyRows() should take next: 1 to kMostPanels.
std::size_t panelGroup(std::size_t panelsLeft);

// acc[r * accStride + c] = bias[c] + sum over k in [begin, end) of rows[r][k] * weight(firstPanel * 16 + c, k) for c < panels * 16,
// wrapping; rows are rowStride apart, and where the depth is odd and end is beyond it one value more is read. bias and acc point
// to the first panel's channels and accStride is at least panels * 16; begin is even and so is end unless it is beyond the depth.
void multiplyRows(SimdLevel, const std::int16_t *rows, std::size_t rowStride, std::size_t rowCount, const PackedWeights &, std::size_t firstPanel,
                  std::size_t panels, const std::int32_t *bias, std::int32_t *acc, std::size_t accStride, std::size_t begin = 0,
                  std::size_t end = std::numeric_limits<std::size_t>::max());

// Widens n values to int16 and subtracts the zero point.
void widen(SimdLevel, const std::uint8_t *from, std::size_t n, std::int32_t zeroPoint, std::int16_t *to);
void widen(SimdLevel, const std::int8_t *from, std::size_t n, std::int32_t zeroPoint, std::int16_t *to);

} // namespace requant
