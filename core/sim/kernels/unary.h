// SPDX-License-Identifier: GPL-3.0-or-later
// ABS, NEG, SIGN, EXP, LOG, SQRT, RSQRT, SQUARE, SIN, COS, FLOOR, CEIL, ROUND. Floats follow the C library; ROUND is half to
// even. Quantized forms are TFLite's (the XNNPACK delegate takes none): ABS of int8 and int16 rescales, EXP, LOG and int16 RSQRT
// are tables, int8 RSQRT is Newton's iteration; NEG negates stored integers whatever their grid. RSQRT of a negative
// integer ends the run.
#pragma once

#include "core/sim/kernels/kernel.h"

namespace requant {

Result<Kernel> makeUnary(const KernelSetup &);

} // namespace requant
