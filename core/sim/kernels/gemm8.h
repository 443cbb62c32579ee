// SPDX-License-Identifier: GPL-3.0-or-later
// Exact integer matrix product on bytes, for processors with AVX-512 VNNI or AMX: rows of 8-bit inputs as they are stored (zero
// points are settled in the bias) times packed int8 weights into int32. The sums wrap as int32 addition does; nothing saturates.
#pragma once

#include "core/sim/kernels/cpu.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace requant {

// Weights of n output channels by `depth` inputs in panels of 16 channels; four neighbouring inputs of one channel lie together.
// A panel whose weights do not fit int8 is stored less an offset: weight = stored + offset.
class PackedWeights8
{
public:
    static constexpr std::size_t kPanel = 16;
    PackedWeights8() = default;
    PackedWeights8(PackedWeights8 &&) noexcept = default; // a copy's panels would lose their alignment
    PackedWeights8 &operator=(PackedWeights8 &&) noexcept = default;
    // `weights` is [channels][depth] without zero point. Only if fits().
    PackedWeights8(std::size_t channels, std::size_t depth, std::span<const std::int16_t> weights);
    // No panel's weights span more than 256 steps.
    static bool fits(std::size_t channels, std::size_t depth, std::span<const std::int16_t> weights);

    std::size_t channels() const { return m_channels; }
    std::size_t depth() const { return m_depth; }
    std::size_t panels() const { return (m_channels + kPanel - 1) / kPanel; }
    // Bytes of a row of inputs that are read: depth, and up to step() - 1 more, whose values do not matter.
    std::size_t rowBytes() const { return m_steps * m_step; }
    std::size_t step() const { return m_step; } // inputs that AMX takes at once; a multiple of 4, at most 64
    std::size_t steps() const { return m_steps; }
    const std::int8_t *panel(std::size_t p) const { return m_data.data() + m_begin + p * rowBytes() * kPanel; }
    std::int32_t offset(std::size_t p) const { return m_offset[p]; }
    bool hasOffsets() const { return m_hasOffsets; }
    // Sum of a channel's weights, wrapping.
    std::int32_t sum(std::size_t channel) const { return m_sum[channel]; }

private:
    std::size_t m_channels = 0, m_depth = 0, m_step = 4, m_steps = 1, m_begin = 0;
    bool m_hasOffsets = false;
    std::vector<std::int8_t> m_data;
    std::vector<std::int32_t> m_offset, m_sum;
};

// Rows of bytes, `stride` apart.
struct Rows8
{
    const std::uint8_t *data;
    std::size_t stride, count;
    bool isSigned; // int8; only for AMX
};

// The state that AMX needs while it multiplies: one per thread, for one packed matrix and number of rows.
class TileScope
{
public:
    // Blocks of `rows` rows and more; fewer than 16 need a scope of their own. Does nothing below SimdLevel::Amx.
    TileScope(SimdLevel, const PackedWeights8 &, std::size_t rows);
    ~TileScope();
    TileScope(const TileScope &) = delete;
    TileScope &operator=(const TileScope &) = delete;

private:
    bool m_on = false;
};

// acc[r * accStride + c] = bias[c] + sum over k of rows[r][k] * stored(firstPanel * 16 + c, k) for c < panels * 16; bias and acc
// point to the first panel's channels; accStride is at least panels * 16. For SimdLevel::Avx512Vnni and Amx.
void multiplyRows8(SimdLevel, const Rows8 &, const PackedWeights8 &, std::size_t firstPanel, std::size_t panels, const std::int32_t *bias,
                   std::int32_t *acc, std::size_t accStride);

// to[r] = sum of the first n bytes of row r. Needs AVX-512 VNNI.
void sumRows8(const Rows8 &, std::size_t n, std::int32_t *to);
// acc[r][0..16) += sums[r] * offset, wrapping. Needs AVX-512.
void addRowSums(std::int32_t *acc, std::size_t accStride, std::size_t rows, const std::int32_t *sums, std::int32_t offset);
// to = from ^ 0x80: int8 as uint8 128 higher. May be in place. Needs AVX-512.
void flipSigns(const std::uint8_t *from, std::size_t n, std::uint8_t *to);

} // namespace requant
