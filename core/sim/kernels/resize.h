// SPDX-License-Identifier: GPL-3.0-or-later
// RESIZE_BILINEAR and RESIZE_NEAREST_NEIGHBOR, with align_corners or half_pixel_centers. Exactness of the former:
//   uint8, float32  TFLite's reference: float arithmetic in its order of products and sums, uint8 rounded half up (LiteRT
//                   since 2025; older ones truncate)
//   int8, int16     TFLite's reference: 10-bit fractions, rounded half away from zero, or as the arithmetic's rounding says;
//                   uint8 too in the Shift arithmetics, whose hardware has no floats
//   Xnnpack         uint8, int8 and float32 with a constant size as the delegate's kernel: positions in float, 11-bit
//                   fractions, one rounding half up; floats without fused multiply-add. Others are not the delegate's and
//                   computed as above (TFLite's own optimized kernels, which then run, differ from its reference in rare last bits).
// Fixed-point scales rounded up may point behind a picture that is much enlarged; TFLite then reads what lies there, here
// the last row or column is repeated.
// RESIZE_NEAREST_NEIGHBOR moves elements and is exact to TFLite's reference in every type; under Xnnpack (the delegate leaves
// it to TFLite) uint8 positions have TFLite's optimized 16-bit fractions.
#pragma once

#include "core/sim/kernels/kernel.h"

namespace requant {

Result<Kernel> makeResizeBilinear(const KernelSetup &);
Result<Kernel> makeResizeNearest(const KernelSetup &);

} // namespace requant
