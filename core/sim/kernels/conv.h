// SPDX-License-Identifier: GPL-3.0-or-later
// Convolutions on NHWC tensors: CONV_2D (also grouped), DEPTHWISE_CONV_2D and, as a 1x1 case, FULLY_CONNECTED.
// Exact for int8 and uint8 (int32 accumulators) and for int16 inputs with int64 accumulators in both arithmetics; the
// XNNPACK delegate leaves int16 to TFLite's own kernels, which round as the reference does. float32 sums in another order
// than TFLite and so differs in the last bits.
#pragma once

#include "core/sim/kernels/conv8.h"
#include "core/sim/kernels/convgeometry.h"
#include "core/sim/kernels/depthwise8.h"
#include "core/sim/kernels/kernel.h"

namespace requant {

Result<Kernel> makeConv2d(const KernelSetup &);
Result<Kernel> makeDepthwiseConv2d(const KernelSetup &);
Result<Kernel> makeFullyConnected(const KernelSetup &);

} // namespace requant
