// SPDX-License-Identifier: GPL-3.0-or-later
// MEAN, SUM, REDUCE_MAX, REDUCE_MIN, REDUCE_PROD, REDUCE_ANY, REDUCE_ALL, CUMSUM. Quantized:
//   MEAN, SUM    TFLite's reference: the sum of (q - zero point) times in / out scale in Q31, for MEAN with 1 / n folded in. The
//                XNNPACK delegate takes MEAN of 8 bits: float multiplier, half to even. SUM stays with TFLite's optimized
//                kernel in xnnpack arithmetic: float32, half away.
//   REDUCE_PROD  int8, int16: each product is rescaled by in / out^(1/n) with TFLite's 16-bit multiplier.
//   REDUCE_MAX, REDUCE_MIN  stored integers; TFLite demands equal grids.
// In shift arithmetics MEAN and SUM are one rounding of the exact product. Integers without scales wrap; MEAN cuts them
// off towards zero. Floats are added in the order of memory, as TFLite's reference kernels do. What is reduced over nothing is the
// function's neutral element; the mean of nothing is NaN or the stored 0.
#pragma once

#include "core/sim/kernels/kernel.h"

namespace requant {

Result<Kernel> makeMeanOrSum(const KernelSetup &);
Result<Kernel> makeReduce(const KernelSetup &); // REDUCE_MAX, _MIN, _PROD, _ANY, _ALL
Result<Kernel> makeCumsum(const KernelSetup &);

} // namespace requant
