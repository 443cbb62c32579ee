// SPDX-License-Identifier: GPL-3.0-or-later
// What outputstage.cpp hands to its loops: a block of accumulators whose columns are channels.
#pragma once

#include "core/sim/kernels/outputstage.h"

#include <cstddef>
#include <cstdint>

namespace requant {

struct OutputRows
{
    const std::int32_t *acc;
    std::size_t accStride, rows, n;
    const std::int32_t *multiplier, *left, *right; // of the first column
    const float *scale;
    const double *real;
    std::byte *out;
    std::size_t outStride; // in elements
    std::int32_t storageMin, storageMax; // beyond these a value counts as saturated
};

// For processors with AVX-512 (F, BW, VL, DQ).
std::size_t applyRows512(const OutputStage &, const OutputRows &, bool count);

// The parameters of 64 outputs whose accumulators come in another order: element 4 * l + i of vector j is the one of output
// 16 * l + 4 * j + i. So four vectors pack into 64 bytes without a permutation.
struct alignas(64) OutputQuad
{
    std::int32_t multiplier[64] = {}, left[64] = {}, right[64] = {};
    float scale[64] = {};
    double real[64] = {};
    static constexpr std::size_t place(std::size_t output) { return output % 16 / 4 * 16 + output / 16 * 4 + output % 4; }
    void set(std::size_t output, const OutputStage &, std::size_t channel);
};
// n times 64 accumulators to n times the first `width` (1..64) bytes at out + k * outStep. Only for 8-bit outputs.
std::size_t applyQuads512(const OutputStage &, const OutputQuad &, const std::int32_t *acc, std::size_t n, std::byte *out, std::size_t outStep,
                          std::size_t width, bool count);

} // namespace requant
