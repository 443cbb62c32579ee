// SPDX-License-Identifier: GPL-3.0-or-later
// Convolutions on NHWC tensors: CONV_2D (also grouped), DEPTHWISE_CONV_2D and, as a 1x1 case, FULLY_CONNECTED.
// Exact for int8, uint8 and int16. How a sum is scaled, by LiteRT's sources of 2026:
//   tflite-reference  two roundings of the fixed multiplier; FULLY_CONNECTED, but with int16 weights, in double, half away
//   xnnpack, 8 bits   in float, half to even. The delegate leaves DEPTHWISE_CONV_2D without a bias and FULLY_CONNECTED of int8
//                     weights with a zero point to TFLite: two roundings, one rounding (ruy)
//   xnnpack, int16    never delegated: with sums of 32 bits one rounding (ruy), but groups as the reference; with sums of 64
//                     bits two roundings of the fixed multiplier, as in the runtime that exported models are proved in
//                     (TFLite of 2022); since 2025 FULLY_CONNECTED rounds in double there too
// int16 adds in 64 bits if the bias is int64; without a bias FULLY_CONNECTED does so in the reference unless quantized_bias_type
// is INT32, beside the delegate only if it is INT64. tflite-single rounds the fixed multiplier once everywhere, as TFLite Micro
// does. TFLite refuses CONV_2D without a bias; here it has zeros. float32: see convfloat.h; TFLite's optimized kernels and the
// delegate sum in another order and differ in the last bits.
#pragma once

#include "core/sim/kernels/conv8.h"
#include "core/sim/kernels/convgeometry.h"
#include "core/sim/kernels/depthwise8.h"
#include "core/sim/kernels/kernel.h"

namespace requant {

Result<Kernel> makeConv2d(const KernelSetup &);
Result<Kernel> makeDepthwiseConv2d(const KernelSetup &);
Result<Kernel> makeFullyConnected(const KernelSetup &);

// What one of these operators, on integers, multiplies its accumulators by: the output stage's multipliers as real numbers, one
// per output channel.
std::vector<double> weightedMultipliers(const KernelSetup &, std::size_t channels);

} // namespace requant
