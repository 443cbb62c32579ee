// SPDX-License-Identifier: GPL-3.0-or-later
// SVDF: a feature filter on the newest input, a time filter on the last results, which live in a variable tensor. Forms:
//   int8 with int16 state and time weights   equal to TFLite's kernel (RELU only, which TFLite leaves to the output's grid)
//   int8 with int8 state and time weights    equal to TFLite Micro's
//   float32, and float32 with int8 weights   equal to TFLite's portable kernels, in the order of their sums; builds with SIMD
//                                            sum in another order and differ in the last bits
// XNNPACK has no SVDF: its delegate leaves the operator to TFLite.
#pragma once

#include "core/sim/kernels/kernel.h"

namespace requant {

Result<Kernel> makeSvdf(const KernelSetup &);

} // namespace requant
