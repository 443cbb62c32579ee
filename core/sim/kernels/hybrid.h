// SPDX-License-Identifier: GPL-3.0-or-later
// Float activations with integer weights ("dynamic range"): a run quantizes its inputs to int8 by their own range, multiplies
// integers and scales the sums back to float. Equal to the bit to TFLite's reference kernels and, in xnnpack arithmetic, to its
// optimized ones, which multiply scales in another order; sums are integers in both. What each operator does there differs and is
// kept:
//   CONV_2D            one scale for the weights: inputs symmetric per batch; several: asymmetric per batch
//   DEPTHWISE_CONV_2D  weights with one scale per channel only; inputs asymmetric per batch
//   FULLY_CONNECTED    inputs per row, asymmetric if the operator says so (asymmetric_quantize_inputs)
//   BATCH_MATMUL       the same; the zero point's share is taken off in float
// Weights are int8 or (not in DEPTHWISE_CONV_2D and BATCH_MATMUL) int4, or uint8 that hold int8's bits, as TFLite reads them.
// Kernels with fused multiply-adds (NEON) and XNNPACK's own dynamic quantization, which newer delegates have for some of these,
// differ from this in the last bits of scales and sums.
#pragma once

#include "core/sim/kernels/conv.h"
#include "core/sim/kernels/kernel.h"

namespace requant {

// x = scale * (q - zeroPoint)
struct DynamicGrid
{
    float scale = 1.0f;
    std::int32_t zeroPoint = 0;
};
// Quantize n values by their largest magnitude to [-127, 127], or by their range, widened to hold 0, to [-128, 127]. Values
// that are not finite give some integers in range.
DynamicGrid quantizeSymmetric(const float *values, std::size_t n, std::int16_t *to);
DynamicGrid quantizeAsymmetric(const float *values, std::size_t n, std::int16_t *to);

// Float inputs and integer weights.
bool isHybrid(const KernelSetup &, std::size_t weights);
Result<Kernel> makeHybridConv(const KernelSetup &, const ConvGeometry &, bool depthwise);
Result<Kernel> makeHybridFullyConnected(const KernelSetup &);
Result<Kernel> makeHybridBatchMatmul(const KernelSetup &);

} // namespace requant
