// SPDX-License-Identifier: GPL-3.0-or-later
// SOFTMAX. In reference arithmetic exact to TFLite's fixed point (gemmlowp's exp in Q5.26 and Newton's reciprocal) for
// 8 bits and to its two tables for int16. The XNNPACK delegate leaves quantized softmax to TFLite's optimized kernel: a
// table of float exponentials; that one follows the C library's expf and the order of summation.
#pragma once

#include "core/sim/kernels/kernel.h"

#include <cstdint>

namespace requant {

// exp(a) for a <= 0 in Q5.26, result in Q0.31.
std::int32_t expOnNegativeValues(std::int32_t a);
// 1 / (1 + a) for a in [0, 1), Q0.31 in and out.
std::int32_t oneOverOnePlusX(std::int32_t a);
// 1 / x for x in Q12.19 > 0: the reciprocal's mantissa in Q0.31 and the bits of x over the unit.
std::int32_t fixedReciprocal(std::int32_t x, int integerBits, int *bitsOverUnit);

Result<Kernel> makeSoftmax(const KernelSetup &);

} // namespace requant
