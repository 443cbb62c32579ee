// SPDX-License-Identifier: GPL-3.0-or-later
// Convolutions on NHWC tensors: CONV_2D (also grouped), DEPTHWISE_CONV_2D and, as a 1x1 case, FULLY_CONNECTED.
// Exact for int8 and uint8 (int32 accumulators) and for int16 inputs with int64 accumulators in both arithmetics; the
// XNNPACK delegate leaves int16 to TFLite's own kernels, which round as the reference does. float32 sums in another order
// than TFLite and so differs in the last bits.
#pragma once

#include "core/sim/kernels/gemm.h"
#include "core/sim/kernels/kernel.h"
#include "core/sim/kernels/outputstage.h"

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace requant {

struct ConvGeometry
{
    int batch = 1;
    int inH = 1, inW = 1, inC = 1;
    int outH = 1, outW = 1, outC = 1;
    int kernelH = 1, kernelW = 1;
    int strideH = 1, strideW = 1;
    int dilationH = 1, dilationW = 1;
    int padTop = 0, padLeft = 0;
    int groups = 1; // for a depthwise convolution: inC

    // TFLite's rule for one dimension: SAME gives ceil(in / stride), VALID what fits.
    static int outputSize(bool same, int in, int kernel, int stride, int dilation);
    // No sum of positions in one dimension leaves int.
    static bool fitsInt(int in, int kernel, int stride, int dilation);
    static int padBefore(int in, int out, int kernel, int stride, int dilation);
};

// 8-bit inputs. Weights are [outC][kernelH][kernelW][inC / groups] without zero point; bias has outC entries.
class Conv8
{
public:
    Conv8(const ConvGeometry &, std::span<const std::int16_t> weights, std::span<const std::int32_t> bias,
          std::int32_t inputZeroPoint, OutputStage);
    template <class T>
    void run(const T *in, void *out, Scratch &) const;

private:
    ConvGeometry m_g;
    std::int32_t m_zeroPoint;
    OutputStage m_stage;
    std::vector<PackedWeights> m_weights;           // one per group
    std::vector<std::vector<std::int32_t>> m_bias;  // padded to whole panels
};

// 8-bit depthwise. Weights are [kernelH][kernelW][outC] without zero point; outC = inC * depth multiplier.
class Depthwise8
{
public:
    Depthwise8(const ConvGeometry &, std::span<const std::int16_t> weights, std::span<const std::int32_t> bias,
               std::int32_t inputZeroPoint, OutputStage);
    template <class T>
    void run(const T *in, void *out, Scratch &) const;

private:
    ConvGeometry m_g;
    std::int32_t m_zeroPoint;
    OutputStage m_stage;
    std::vector<std::int16_t> m_weights;
    std::vector<std::int32_t> m_bias;
};

Result<Kernel> makeConv2d(const KernelSetup &);
Result<Kernel> makeDepthwiseConv2d(const KernelSetup &);
Result<Kernel> makeFullyConnected(const KernelSetup &);

} // namespace requant
