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

} // namespace requant
