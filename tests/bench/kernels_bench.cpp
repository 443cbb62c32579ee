// SPDX-License-Identifier: GPL-3.0-or-later
// Single kernels on the shapes that take most of MobileNetV2's time.
#include "core/sim/kernels/conv8.h"
#include "core/sim/kernels/depthwise8.h"

#include <benchmark/benchmark.h>

#include <random>

using namespace requant;

namespace {

OutputStage stageOf(Rounding rounding, std::size_t channels, bool relu)
{
    OutputStage s;
    s.rounding = rounding;
    s.simd = simdLevel();
    s.type = ElementType::UInt8;
    s.zeroPoint = relu ? 0 : 120;
    s.max = 255;
    s.setChannels(channels);
    for (std::size_t c = 0; c < channels; ++c)
        s.setChannel(c, 0.0005, 0.0005f);
    return s;
}

void convolution(benchmark::State &state, ConvGeometry g, bool depthwise, Rounding rounding, bool relu)
{
    std::mt19937 random(1);
    g.outH = (g.inH + g.strideH - 1) / g.strideH;
    g.outW = (g.inW + g.strideW - 1) / g.strideW;
    g.padTop = ConvGeometry::padBefore(g.inH, g.outH, g.kernelH, g.strideH, 1);
    g.padLeft = ConvGeometry::padBefore(g.inW, g.outW, g.kernelW, g.strideW, 1);
    g.groups = depthwise ? g.inC : 1;
    const auto size = [](int v) { return static_cast<std::size_t>(v); };
    std::vector<std::int16_t> weights(size(g.outC * g.kernelH * g.kernelW * (g.inC / g.groups)));
    for (auto &w : weights)
        w = static_cast<std::int16_t>(static_cast<int>(random() % 255) - 127);
    std::vector<std::uint8_t> in(size(g.inH * g.inW * g.inC)), out(size(g.outH * g.outW * g.outC));
    for (auto &x : in)
        x = static_cast<std::uint8_t>(random());
    const std::vector<std::int32_t> bias(size(g.outC), 100);
    RunState run;
    Scratch scratch;
    const OutputStage stage = stageOf(rounding, size(g.outC), relu);
    if (depthwise) {
        const Depthwise8<std::uint8_t> kernel(g, DepthwiseWeights::pack(g, stage, weights), bias, 3, stage);
        for ([[maybe_unused]] auto _ : state)
            kernel.run(in.data(), out.data(), KernelRun{{}, {}, run, scratch});
    } else {
        const Conv8<std::uint8_t> kernel(g, ConvWeights::pack(g, stage.simd, weights), bias, 3, stage);
        for ([[maybe_unused]] auto _ : state)
            kernel.run(in.data(), out.data(), KernelRun{{}, {}, run, scratch});
    }
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(out.size()));
}

ConvGeometry pointwise(int side, int in, int out)
{
    ConvGeometry g;
    g.inH = g.inW = side;
    g.inC = in;
    g.outC = out;
    return g;
}

ConvGeometry threeByThree(int side, int in, int out, int stride)
{
    ConvGeometry g = pointwise(side, in, out);
    g.kernelH = g.kernelW = 3;
    g.strideH = g.strideW = stride;
    return g;
}

void rows(benchmark::State &state, Rounding rounding, bool relu)
{
    constexpr std::size_t kRows = 64, kChannels = 64;
    const OutputStage stage = stageOf(rounding, kChannels, relu);
    std::vector<std::int32_t> acc(kRows * kChannels);
    for (std::size_t i = 0; i < acc.size(); ++i)
        acc[i] = static_cast<std::int32_t>(i * 977 % 600000) - 100000;
    std::vector<std::uint8_t> out(acc.size());
    for ([[maybe_unused]] auto _ : state) {
        stage.applyRows(acc.data(), kChannels, kRows, 0, kChannels, out.data(), kChannels, false);
        benchmark::ClobberMemory();
    }
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(out.size()));
}

} // namespace

#define REQUANT_CONV(name, ...)                                                                                         \
    BENCHMARK_CAPTURE(convolution, name##_float, __VA_ARGS__, Rounding::FloatHalfEven, true);                           \
    BENCHMARK_CAPTURE(convolution, name##_fixed, __VA_ARGS__, Rounding::Fixed, true)

REQUANT_CONV(first_224x3x32, threeByThree(224, 3, 32, 2), false);
REQUANT_CONV(depthwise_112x32, threeByThree(112, 32, 32, 1), true);
REQUANT_CONV(depthwise_112x96_stride2, threeByThree(112, 96, 96, 2), true);
REQUANT_CONV(depthwise_56x144, threeByThree(56, 144, 144, 1), true);
REQUANT_CONV(depthwise_14x384, threeByThree(14, 384, 384, 1), true);
REQUANT_CONV(pointwise_112x16x96, pointwise(112, 16, 96), false);
REQUANT_CONV(pointwise_112x32x16, pointwise(112, 32, 16), false);
REQUANT_CONV(pointwise_56x24x144, pointwise(56, 24, 144), false);
REQUANT_CONV(pointwise_28x32x192, pointwise(28, 32, 192), false);
REQUANT_CONV(pointwise_14x64x384, pointwise(14, 64, 384), false);
REQUANT_CONV(pointwise_56x144x24, pointwise(56, 144, 24), false);
REQUANT_CONV(pointwise_56x96x24, pointwise(56, 96, 24), false);
REQUANT_CONV(pointwise_14x96x576, pointwise(14, 96, 576), false);
REQUANT_CONV(pointwise_7x960x320, pointwise(7, 960, 320), false);
REQUANT_CONV(full_1x1280x1001, pointwise(1, 1280, 1001), false);
BENCHMARK_CAPTURE(rows, float_even, Rounding::FloatHalfEven, false);
BENCHMARK_CAPTURE(rows, fixed_relu, Rounding::Fixed, true);
BENCHMARK_CAPTURE(rows, fixed, Rounding::Fixed, false);
BENCHMARK_CAPTURE(rows, real, Rounding::RealHalfAway, false);

BENCHMARK_MAIN();
