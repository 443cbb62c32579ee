// SPDX-License-Identifier: GPL-3.0-or-later
// Dot products for operators whose weights are not packed. Sums wrap at their width, so every SIMD level gives the same.
#pragma once

#include "core/sim/kernels/cpu.h"

#include <cstddef>
#include <cstdint>

namespace requant {

std::int32_t dot(SimdLevel, const std::int16_t *a, const std::int16_t *b, std::size_t n);

// Wide accumulators of int16 activations; exact while the sum fits int64.
template <class A, class B>
std::int64_t dotWide(const A *a, const B *b, std::size_t n)
{
    std::int64_t sum = 0;
    for (std::size_t i = 0; i < n; ++i)
        sum += std::int64_t{a[i]} * b[i];
    return sum;
}

} // namespace requant
