// SPDX-License-Identifier: GPL-3.0-or-later
// DIV, SQUARED_DIFFERENCE, FLOOR_DIV, FLOOR_MOD, POW and ADD_N. Floats, and integers without scales (they wrap), as
// TFLite computes them; a zero divisor or a negative integer exponent ends the run as it does there. Quantized:
//   DIV                 uint8, int8, int16: TFLite's reciprocal in Q31; int16 of equal shapes in float32, as TFLite has it
//   SQUARED_DIFFERENCE  int8: TFLite's common scale of twice the larger one with 7 more bits
// XNNPACK takes none of them quantized. In shift arithmetics quotient and squared difference are rounded once.
#pragma once

#include "core/sim/kernels/kernel.h"

namespace requant {

Result<Kernel> makeDiv(const KernelSetup &);
Result<Kernel> makeSquaredDifference(const KernelSetup &);
Result<Kernel> makeFloorDivMod(const KernelSetup &); // FLOOR_DIV, FLOOR_MOD
Result<Kernel> makePow(const KernelSetup &);
Result<Kernel> makeAddN(const KernelSetup &);

} // namespace requant
