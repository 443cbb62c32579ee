// SPDX-License-Identifier: GPL-3.0-or-later
// Mean and covariance of the patches that a layer's weights multiply, added up over samples in integers: exact, and the same in
// any order. At most kPatches patches in all are looked at, spread over the picture, at other places in each sample.
#pragma once

#include "core/model/model.h"
#include "core/passes/patchgeometry.h"
#include "core/passes/weights.h"

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace requant {

class PatchAccumulator
{
public:
    static constexpr std::size_t kPatches = 8192;
    static constexpr std::size_t kMostInputs = 1600; // of one output: the covariance is a square of it

    // Nothing for operators other than CONV_2D, DEPTHWISE_CONV_2D and FULLY_CONNECTED on 8-bit inputs, and for larger patches.
    static std::optional<PatchAccumulator> create(const Model &, const Operator &, std::size_t samples);
    void add(std::span<const std::byte> input, std::size_t sample);
    std::size_t count() const { return m_count; }
    PatchMoments result() const; // real units

private:
    void flush();
    PatchGeometry m_geometry;
    bool m_signed = false;
    std::int32_t m_zeroPoint = 0;
    double m_scale = 1;
    std::size_t m_blocks = 1, m_size = 0, m_perSample = 0, m_count = 0, m_pending = 0;
    std::vector<std::int64_t> m_sum, m_product; // [blocks][size], [blocks][size][size] (j >= i)
    std::vector<std::int32_t> m_part;           // of m_product, since the last flush
    std::vector<std::int32_t> m_patch;
};

} // namespace requant
