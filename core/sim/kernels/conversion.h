// SPDX-License-Identifier: GPL-3.0-or-later
// QUANTIZE and DEQUANTIZE.
//   QUANTIZE    float to uint8, int8, int16, int32 and int4, per channel to all but int4 and int32: TFLite rounds
//               value / scale half away from zero, XNNPACK value * (1 / scale) half to even. What XNNPACK leaves to TFLite's
//               optimized kernel with one scale is divided in double there, on x86 and WebAssembly; builds with NEON (ARM, x86
//               for SSE4.1) multiply by the reciprocal, which is not copied. Between integers TFLite's fixed point (one named
//               rounding in shift arithmetics); XNNPACK takes equal 8-bit types, with 8 fraction bits.
//   DEQUANTIZE  integers of 4 to 32 bits and float16, also per channel: float(scale * (q - zero point)), exact everywhere.
#pragma once

#include "core/sim/kernels/kernel.h"

namespace requant {

Result<Kernel> makeQuantize(const KernelSetup &);
Result<Kernel> makeDequantize(const KernelSetup &);

} // namespace requant
