// SPDX-License-Identifier: GPL-3.0-or-later
// Bilinear mixing of one row of outputs: two rows of pixels are mixed first, then neighbours of the mixed row. All SIMD levels
// give the same bytes.
#pragma once

#include "core/sim/fixedpoint.h"
#include "core/sim/kernels/cpu.h"

#include <cstddef>
#include <cstdint>
#include <span>

namespace requant {

// Where an output index looks: two source indices, and their weights (integers that sum to a power of two, or reals).
struct Tap
{
    std::uint32_t first = 0, second = 0;
    std::int32_t weight0 = 0, weight1 = 0;
    float real0 = 1, real1 = 0;
};

// Floats are read and written 8 at a time: rows of mixed values have this many more elements than they need.
inline constexpr std::size_t kMixPadding = 8;

// mixed[i] = first[i] * weight0 + second[i] * weight1 for n values.
template <class T>
void mixRows(SimdLevel, const T *first, const T *second, const Tap &, std::size_t n, std::int32_t *mixed);
// The two products apart: sums of floats keep their order.
template <class T>
void scaleRows(SimdLevel, const T *first, const T *second, const Tap &, std::size_t n, float *scaled0, float *scaled1);

// Output pixel x: neighbours `first` and `second` (pixels of the mixed row) mixed and shifted right by `shift` with rounding.
template <class T>
void mixColumns(SimdLevel, const std::int32_t *mixed, std::span<const Tap>, std::size_t channels, int shift, FixedRounding, T *out);
// The same in floats; integers are rounded half up.
template <class T>
void sumColumns(SimdLevel, const float *scaled0, const float *scaled1, std::span<const Tap>, std::size_t channels, T *out);

// XNNPACK's order for floats: columns first, each as left + (right - left) * weight; then rows.
void mixFloats(const float *first, const float *second, const Tap &row, std::span<const Tap> columns, std::size_t channels, float *out);

} // namespace requant
