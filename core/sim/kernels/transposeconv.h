// SPDX-License-Identifier: GPL-3.0-or-later
// TRANSPOSE_CONV for uint8, int8, int16 with int8 weights, and float32. Exact to TFLite's reference kernel, also in the order
// in which floats are summed. The XNNPACK delegate takes 8-bit operators with a constant output shape that its paddings can
// make; TFLite's own kernel runs the others. A fused activation counts (since operator version 4). An output shape that is not constant must be the declared one.
#pragma once

#include "core/sim/kernels/kernel.h"

namespace requant {

Result<Kernel> makeTransposeConv(const KernelSetup &);

} // namespace requant
