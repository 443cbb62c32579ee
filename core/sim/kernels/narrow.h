// SPDX-License-Identifier: GPL-3.0-or-later
// Weighted sums whose accumulator may leave its width: CONV_2D (also grouped), DEPTHWISE_CONV_2D, TRANSPOSE_CONV and
// FULLY_CONNECTED with constant weights and accumulators of 16 to 64 bits; other operators keep the runtime's own. This is a definition, not a runtime's: the accumulator starts with the bias, products
// (q - z) * w are added in the order of one channel's weights in memory (ky, kx, input channel), and after every addition the
// sum saturates or wraps. Positions outside of the picture add nothing. Where no sum can leave the width the order does not
// matter, and the kernels of conv.h, which this file's must equal there, compute the layer.
// The output stage takes the accumulator as wide as it is under the shift arithmetics; TFLite's and XNNPACK's forms take the
// bits that they take in the runtime (32; 48 for int16 activations with int64 biases) and a wider sum saturates to 32.
#pragma once

#include "core/sim/kernels/conv.h"
#include "core/sim/kernels/kernel.h"
#include "core/sim/kernels/outputstage.h"

#include <cstdint>
#include <span>
#include <vector>

namespace requant {

// A quantized layer as prepared for any kernel that sums up products.
struct SummedLayer
{
    ConvGeometry geometry;
    bool depthwise = false, transposed = false; // TRANSPOSE_CONV: strides lie between inputs, paddings before outputs
    ElementType input = ElementType::Int8;
    std::int32_t inputZeroPoint = 0;
    bool wide = false;                         // the output stage takes 64 bits: int16 activations with int64 biases
    std::span<const std::int16_t> weights;     // [outC][kH][kW][inC / groups], depthwise [kH][kW][outC]; without zero point
    std::span<const std::int64_t> bias;        // one per output channel or none
};

// The accumulator with the runtime's own width and wrapping where the model leaves it open.
AccumulatorModel accumulatorOf(const SummedLayer &, const AccumulatorModel &);
// True if some inputs make a sum leave the accumulator, or the runtime's own, on the way. A false means that none do, so that
// the ordinary kernels give the same integers.
bool mayOverflow(const SummedLayer &, const AccumulatorModel &);
// The kernel for such a layer; counts what LayerCounters names.
Kernel makeNarrow(const SummedLayer &, const OutputStage &, const AccumulatorModel &);

// Brings biases into the model's width, see AccumulatorModel; the number of channels whose bias has changed. A scale of the
// biases' own is one for all channels unless `perChannel`.
std::size_t fitBias(std::vector<std::int64_t> &bias, const AccumulatorModel &, bool perChannel);
// The kernel, reporting that number.
Kernel countingClippedBias(Kernel, std::size_t clipped);

} // namespace requant
