// SPDX-License-Identifier: GPL-3.0-or-later
// Convolutions on bytes against sums that are written down product by product, at every SIMD level of this processor.
#include "levels.h"

#include "core/sim/kernels/conv.h"

#include <atomic>
#include <cmath>

using namespace requant;
using testing::Random;

namespace {

struct Case
{
    ConvGeometry g;
    std::vector<std::int16_t> weights;
    std::vector<std::int32_t> bias;
    std::int32_t zeroPoint = 0;
};

Case randomCase(Random &random, bool depthwise, bool large)
{
    Case t;
    ConvGeometry &g = t.g;
    g.batch = random.integer(1, 2);
    g.inH = random.integer(1, 12);
    g.inW = random.integer(1, 12);
    g.kernelH = random.integer(1, 5);
    g.kernelW = random.integer(1, 5);
    g.strideH = random.integer(1, 3);
    g.strideW = random.integer(1, 3);
    g.dilationH = random.integer(1, 3);
    g.dilationW = random.integer(1, 3);
    if (random.integer(0, 3) == 0)
        g.kernelH = g.kernelW = g.strideH = g.strideW = 1;
    if (depthwise) {
        g.inC = random.integer(1, 150);
        g.outC = g.inC * (random.integer(0, 3) == 0 ? random.integer(2, 3) : 1);
        g.groups = g.inC;
    } else {
        g.groups = random.integer(0, 3) == 0 ? random.integer(2, 3) : 1;
        g.inC = g.groups * random.integer(1, 37);
        g.outC = g.groups * random.integer(1, 90);
    }
    if (large) { // blocks, tiles and their remainders
        g.inH = random.integer(3, 14);
        g.inW = random.integer(3, 14);
        g.kernelH = g.kernelW = random.chance() ? 1 : 3;
        g.strideH = g.strideW = g.dilationH = g.dilationW = 1;
        g.groups = 1;
        g.inC = random.integer(1, g.kernelH == 1 ? 700 : 90);
        g.outC = random.integer(1, 150);
        if (depthwise) {
            g.inC = g.groups = g.outC = random.chance() ? 16 * random.integer(1, 40) : random.integer(1, 600);
            g.strideW = random.integer(1, 2);
            g.kernelH = g.kernelW = random.integer(2, 6);
        }
    }
    bool same = random.chance();
    const auto fits = [&] { return (g.kernelH - 1) * g.dilationH < g.inH && (g.kernelW - 1) * g.dilationW < g.inW; };
    if (!fits())
        same = true;
    g.outH = ConvGeometry::outputSize(same, g.inH, g.kernelH, g.strideH, g.dilationH);
    g.outW = ConvGeometry::outputSize(same, g.inW, g.kernelW, g.strideW, g.dilationW);
    g.padTop = ConvGeometry::padBefore(g.inH, g.outH, g.kernelH, g.strideH, g.dilationH);
    g.padLeft = ConvGeometry::padBefore(g.inW, g.outW, g.kernelW, g.strideW, g.dilationW);
    const bool extreme = random.integer(0, 3) == 0;
    t.weights.resize(static_cast<std::size_t>(g.outC * g.kernelH * g.kernelW * (g.inC / g.groups)));
    // As int8 and int4 weights are, uint8 ones with their zero point, or beyond what one type holds.
    const int kind = random.integer(0, 4), zero = random.integer(0, 255);
    const int low = kind == 0 ? -255 : kind == 1 ? -zero : kind == 2 ? -7 : -128, high = kind == 0 ? 255 : kind == 1 ? 255 - zero : kind == 2 ? 7 : 127;
    for (auto &w : t.weights)
        w = static_cast<std::int16_t>(extreme ? (random.chance() ? high : low) : random.integer(low, high));
    if (random.integer(0, 3))
        for (int c = 0; c < g.outC; ++c)
            t.bias.push_back(random.integer(-20000, 20000));
    return t;
}

// One accumulator after another, straight from the definition.
template <class T>
std::vector<std::int32_t> obviousConv(const Case &t, const std::vector<T> &in, bool depthwise, const OutputStage &stage, std::uint64_t &saturated)
{
    const ConvGeometry &g = t.g;
    std::vector<std::int32_t> out;
    saturated = 0;
    const int channels = g.inC / g.groups, perGroup = g.outC / g.groups;
    for (int b = 0; b < g.batch; ++b)
        for (int oy = 0; oy < g.outH; ++oy)
            for (int ox = 0; ox < g.outW; ++ox)
                for (int c = 0; c < g.outC; ++c) {
                    std::int32_t acc = t.bias.empty() ? 0 : t.bias[static_cast<std::size_t>(c)];
                    for (int ky = 0; ky < g.kernelH; ++ky)
                        for (int kx = 0; kx < g.kernelW; ++kx)
                            for (int i = 0; i < channels; ++i) {
                                const int y = oy * g.strideH - g.padTop + ky * g.dilationH, x = ox * g.strideW - g.padLeft + kx * g.dilationW;
                                if (y < 0 || y >= g.inH || x < 0 || x >= g.inW)
                                    continue;
                                const int q = in[static_cast<std::size_t>(((b * g.inH + y) * g.inW + x) * g.inC + c / perGroup * channels + i)] - t.zeroPoint;
                                const int w = depthwise ? (ky * g.kernelW + kx) * g.outC + c : ((c * g.kernelH + ky) * g.kernelW + kx) * channels + i;
                                acc += q * t.weights[static_cast<std::size_t>(w)];
                            }
                    saturated += stage.isSaturated(stage.unclamped(acc, static_cast<std::size_t>(c)));
                    out.push_back(stage.apply(acc, static_cast<std::size_t>(c)));
                }
    return out;
}

template <class T>
void runConv(const Case &t, bool depthwise, const OutputStage &stage, const std::vector<T> &in, void *out, const KernelRun &r)
{
    if (depthwise)
        Depthwise8<T>(t.g, DepthwiseWeights::pack(t.g, stage, t.weights), t.bias, t.zeroPoint, stage).run(in.data(), out, r);
    else
        Conv8<T>(t.g, ConvWeights::pack(t.g, stage.simd, t.weights), t.bias, t.zeroPoint, stage).run(in.data(), out, r);
}

template <class T>
void convEqualsObvious(bool depthwise, bool large, int cases)
{
    RunState states[3];
    for (unsigned t = 0; t < 3; ++t)
        states[t].workers = Workers(t + 1);
    Scratch scratch;
    for (int n = 0; n < cases; ++n) {
        const std::uint64_t seed = testing::baseSeed() + static_cast<std::uint64_t>(n);
        Random random(seed);
        Case t = randomCase(random, depthwise, large);
        const ConvGeometry &g = t.g;
        t.zeroPoint = random.integer(std::numeric_limits<T>::min(), std::numeric_limits<T>::max());
        std::vector<T> in(static_cast<std::size_t>(g.batch * g.inH * g.inW * g.inC));
        for (T &q : in)
            q = static_cast<T>(random.integer(std::numeric_limits<T>::min(), std::numeric_limits<T>::max()));
        const ElementType outType = random.chance() ? ElementType::UInt8 : ElementType::Int8;
        OutputStage stage = testing::randomStage(random, static_cast<std::size_t>(g.outC), outType, 40.0 * g.inC / g.groups * g.kernelH * g.kernelW + 1);
        stage.countLow = random.integer(0, 3) != 0;
        std::uint64_t saturated = 0;
        const auto expected = obviousConv(t, in, depthwise, stage, saturated);
        for (const SimdLevel level : testing::kLevels) {
            if (level > testing::bestLevel())
                continue;
            stage.simd = level;
            std::vector<std::uint8_t> out(expected.size(), 77);
            RunState &state = states[n % 3];
            LayerCounters counters;
            state.counters = random.chance() ? &counters : nullptr;
            runConv(t, depthwise, stage, in, out.data(), KernelRun{{}, {}, state, scratch});
            std::size_t wrong = 0;
            for (std::size_t i = 0; i < out.size(); ++i)
                wrong += (outType == ElementType::UInt8 ? std::int32_t{out[i]} : std::int32_t{static_cast<std::int8_t>(out[i])}) != expected[i];
            INFO("REQUANT_SEED=" << seed << " simd " << simdLevelName(level) << " in " << g.inH << "x" << g.inW << "x" << g.inC << " kernel " << g.kernelH << "x"
                                 << g.kernelW << " out " << g.outC << " groups " << g.groups << " rounding " << static_cast<int>(stage.rounding));
            REQUIRE(wrong == 0);
            if (state.counters)
                REQUIRE(counters == LayerCounters{.outputs = out.size(), .saturated = saturated, .accumulated = out.size()});
        }
    }
}

} // namespace

TEST_CASE("convolutionEqualsItsDefinition")
{
    convEqualsObvious<std::uint8_t>(false, false, 60);
    convEqualsObvious<std::int8_t>(false, false, 60);
}

TEST_CASE("largeConvolutionEqualsItsDefinition")
{
    convEqualsObvious<std::uint8_t>(false, true, 7);
    convEqualsObvious<std::int8_t>(false, true, 7);
}

TEST_CASE("depthwiseEqualsItsDefinition")
{
    convEqualsObvious<std::uint8_t>(true, false, 60);
    convEqualsObvious<std::int8_t>(true, false, 60);
}

TEST_CASE("largeDepthwiseEqualsItsDefinition")
{
    convEqualsObvious<std::uint8_t>(true, true, 10);
    convEqualsObvious<std::int8_t>(true, true, 10);
}

// Sums leave int32 and come back, as the definition says modulo 2^32.
TEST_CASE("accumulatorsWrap")
{
    constexpr int kDepth = 70000;
    Case t;
    t.g.inC = kDepth;
    t.g.outC = 3;
    t.weights.assign(static_cast<std::size_t>(3 * kDepth), 127);
    std::fill(t.weights.begin() + kDepth, t.weights.begin() + 2 * kDepth, std::int16_t{-128});
    t.bias = {5, -7, 2000000000};
    const std::vector<std::uint8_t> in(static_cast<std::size_t>(kDepth), 255);
    OutputStage stage;
    stage.type = ElementType::Int16;
    stage.min = -32768;
    stage.max = 32767;
    stage.rounding = Rounding::RealHalfAway;
    stage.setChannels(3);
    std::vector<std::int16_t> expected;
    for (std::size_t c = 0; c < 3; ++c) {
        stage.setChannel(c, 1e-5, 1e-5f);
        const std::int64_t exact = std::int64_t{255} * t.weights[c * kDepth] * kDepth + t.bias[c];
        expected.push_back(static_cast<std::int16_t>(std::lround(static_cast<double>(static_cast<std::int32_t>(exact)) * 1e-5)));
    }
    RunState state;
    Scratch scratch;
    for (const SimdLevel level : testing::kLevels) {
        if (level > testing::bestLevel())
            continue;
        stage.simd = level;
        std::vector<std::int16_t> out(3);
        runConv(t, false, stage, in, out.data(), KernelRun{{}, {}, state, scratch});
        INFO("simd " << simdLevelName(level));
        CHECK(out == expected);
    }
}

// A file may ask for any dilation; the memory for it is not taken.
TEST_CASE("dilationOutOfProportionTakesNoMemory")
{
    Case t;
    ConvGeometry &g = t.g;
    g.inH = g.inW = g.outH = g.outW = 4;
    g.inC = g.outC = g.groups = 3;
    g.kernelH = g.kernelW = 3;
    g.dilationH = g.dilationW = 1 << 26;
    g.padTop = ConvGeometry::padBefore(4, 4, 3, 1, g.dilationH);
    g.padLeft = g.padTop;
    t.weights.assign(27, 1);
    const std::vector<std::uint8_t> in(48, 9);
    Random random(3);
    OutputStage stage = testing::randomStage(random, 3, ElementType::UInt8, 100);
    std::uint64_t saturated = 0;
    const auto expected = obviousConv(t, in, true, stage, saturated);
    RunState state;
    Scratch scratch;
    for (const SimdLevel level : testing::kLevels) {
        if (level > testing::bestLevel())
            continue;
        stage.simd = level;
        std::vector<std::uint8_t> out(48, 77);
        runConv(t, true, stage, in, out.data(), KernelRun{{}, {}, state, scratch});
        INFO("simd " << simdLevelName(level));
        CHECK(std::equal(out.begin(), out.end(), expected.begin(), expected.end()));
    }
}

TEST_CASE("cancelledConvolutionsComputeNothing")
{
    const std::atomic<bool> cancelled{true};
    const RunControl control(&cancelled, {});
    RunState state;
    state.control = &control;
    Scratch scratch;
    Random random(7);
    for (const bool depthwise : {false, true}) {
        const Case t = randomCase(random, depthwise, true);
        const std::vector<std::uint8_t> in(static_cast<std::size_t>(t.g.batch * t.g.inH * t.g.inW * t.g.inC));
        for (const SimdLevel level : testing::kLevels) {
            if (level > testing::bestLevel())
                continue;
            OutputStage stage = testing::randomStage(random, static_cast<std::size_t>(t.g.outC), ElementType::UInt8, 100);
            stage.simd = level;
            std::vector<std::uint8_t> out(static_cast<std::size_t>(t.g.batch * t.g.outH * t.g.outW * t.g.outC), 77);
            const auto untouched = out;
            runConv(t, depthwise, stage, in, out.data(), KernelRun{{}, {}, state, scratch});
            CHECK(out == untouched);
        }
    }
}

TEST_CASE("samePaddingPutsTheOddPixelAfter")
{
    CHECK(ConvGeometry::outputSize(true, 7, 3, 2, 1) == 4);
    CHECK(ConvGeometry::outputSize(false, 7, 3, 2, 1) == 3);
    CHECK(ConvGeometry::padBefore(224, 112, 3, 2, 1) == 0); // one pixel in all, after
    CHECK(ConvGeometry::padBefore(7, 7, 3, 1, 2) == 2);
    CHECK(ConvGeometry::outputSize(false, 5, 5, 1, 1) == 1);
}
