// SPDX-License-Identifier: GPL-3.0-or-later
// EQUAL, NOT_EQUAL, LESS, LESS_EQUAL, GREATER, GREATER_EQUAL; LOGICAL_AND, LOGICAL_OR, LOGICAL_NOT; SELECT, SELECT_V2. The
// XNNPACK delegate takes none of them on integers, so that xnnpack arithmetic is TFLite's here.
//
// Quantized comparisons are TFLite's: (q - zp) * 2^8 times the scale as a Q31 multiplier, rounded, then compared; values
// that are less than about 2^-8 apart can be equal. TFLite leaves scales of 1 and more undefined; they are refused. int16
// is compared on its scales only by EQUAL and NOT_EQUAL, as stored integers by the others. In shift arithmetics the real
// numbers are compared, exactly. SELECT copies stored integers whatever the grids.
#pragma once

#include "core/sim/kernels/kernel.h"

namespace requant {

Result<Kernel> makeComparison(const KernelSetup &);
Result<Kernel> makeLogical(const KernelSetup &);
Result<Kernel> makeSelect(const KernelSetup &);

} // namespace requant
