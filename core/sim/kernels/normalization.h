// SPDX-License-Identifier: GPL-3.0-or-later
// L2_NORMALIZATION and LOG_SOFTMAX. Quantized L2_NORMALIZATION is TFLite's Newton iteration in Q3.28, exact in every arithmetic;
// so is LOG_SOFTMAX of 8 bits in TFLite's reference arithmetic (gemmlowp's exponential and a logarithm in Q5.26). XNNPACK
// takes neither: xnnpack arithmetic is TFLite's optimized LOG_SOFTMAX, a table of float exponentials; that one and the float forms
// follow the C library.
#pragma once

#include "core/sim/kernels/kernel.h"

namespace requant {

// 1 / sqrt(x) for x >= 0 (0 counts as 1): multiplier / 2^31 * 2^shift.
Multiplier inverseSquareRoot(std::int32_t x);

// ln(x) for x >= 1 in Q12.19, result in Q5.26.
std::int32_t logOfAtLeastOne(std::int32_t x);

Result<Kernel> makeL2Normalization(const KernelSetup &);
Result<Kernel> makeLogSoftmax(const KernelSetup &);

} // namespace requant
