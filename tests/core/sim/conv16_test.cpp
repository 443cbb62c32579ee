// SPDX-License-Identifier: GPL-3.0-or-later
// Convolutions on int16 against a sum of 64 bits, product by product, at every SIMD level.
#include "levels.h"
#include "oneoperator.h"

#include "core/sim/kernels/conv16.h"
#include "core/sim/kernels/conv.h"

#include <cmath>

using namespace requant;
using testing::Random;

namespace {

struct Case
{
    ConvGeometry g;
    bool depthwise = false, wide = true;
    std::vector<std::int16_t> in, weights;
    std::vector<std::int64_t> bias;
    OutputStage stage;
};

std::size_t size(int v) { return static_cast<std::size_t>(v); }

Case randomCase(Random &random)
{
    Case t;
    ConvGeometry &g = t.g;
    t.depthwise = random.integer(0, 2) == 0;
    t.wide = random.integer(0, 3) != 0;
    g.batch = random.integer(1, 2);
    g.inH = random.integer(1, 9);
    g.inW = random.integer(1, 9);
    g.kernelH = random.integer(1, 4);
    g.kernelW = random.integer(1, 4);
    g.strideH = random.integer(1, 2);
    g.strideW = random.integer(1, 3);
    g.dilationH = random.integer(1, 2);
    g.dilationW = random.integer(1, 2);
    const bool full = random.integer(0, 3) == 0; // deep: several runs
    if (full)
        g.kernelH = g.kernelW = g.strideH = g.strideW = 1;
    if (t.depthwise) {
        g.inC = random.integer(1, 40);
        g.outC = g.inC * random.integer(1, 2);
        g.groups = g.inC;
    } else {
        g.groups = random.integer(0, 3) == 0 ? 2 : 1;
        g.inC = g.groups * (full ? random.integer(400, 1700) : random.integer(1, 40));
        g.outC = g.groups * random.integer(1, 70);
    }
    g.outH = ConvGeometry::outputSize(true, g.inH, g.kernelH, g.strideH, g.dilationH);
    g.outW = ConvGeometry::outputSize(true, g.inW, g.kernelW, g.strideW, g.dilationW);
    g.padTop = ConvGeometry::padBefore(g.inH, g.outH, g.kernelH, g.strideH, g.dilationH);
    g.padLeft = ConvGeometry::padBefore(g.inW, g.outW, g.kernelW, g.strideW, g.dilationW);
    const bool extreme = random.chance(), words = random.integer(0, 4) == 0;
    const int most = words ? 32767 : random.chance() ? 128 : 7;
    t.in.resize(size(g.batch) * size(g.inH * g.inW * g.inC));
    for (auto &x : t.in)
        x = static_cast<std::int16_t>(extreme ? (random.integer(0, 9) == 0 ? 32767 : -32768) : random.integer(-32768, 32767));
    t.weights.resize(size(g.outC * g.kernelH * g.kernelW) * size(g.inC / g.groups));
    for (auto &w : t.weights)
        w = static_cast<std::int16_t>(extreme ? (random.integer(0, 9) == 0 ? most - 1 : -most) : random.integer(-most, most - 1));
    if (random.integer(0, 3))
        for (int c = 0; c < g.outC; ++c)
            t.bias.push_back(random.integer(-2000000000, 2000000000) * (t.wide ? std::int64_t{100} : 1) >> random.integer(0, 20));
    t.stage.rounding = random.chance() ? Rounding::Fixed : Rounding::RealHalfAway;
    t.stage.fixed = static_cast<FixedRounding>(random.integer(0, 5));
    t.stage.type = ElementType::Int16;
    t.stage.min = -32768 + random.integer(0, 3);
    t.stage.max = 32767 - random.integer(0, 3);
    t.stage.setChannels(size(g.outC));
    const double sum = 20000.0 * most * std::sqrt(g.inC / g.groups * g.kernelH * g.kernelW) / 32768;
    for (std::size_t c = 0; c < size(g.outC); ++c) {
        const double real = random.real(0.2, 3.0) / sum;
        t.stage.setChannel(c, real, static_cast<float>(real));
    }
    return t;
}

struct Outcome
{
    std::vector<std::int16_t> out;
    std::uint64_t saturated = 0;
};

Outcome obvious(const Case &t)
{
    const ConvGeometry &g = t.g;
    const int channels = g.inC / g.groups, perGroup = g.outC / g.groups;
    Outcome o;
    for (int b = 0; b < g.batch; ++b)
        for (int oy = 0; oy < g.outH; ++oy)
            for (int ox = 0; ox < g.outW; ++ox)
                for (int c = 0; c < g.outC; ++c) {
                    std::int64_t acc = t.bias.empty() ? 0 : t.bias[size(c)];
                    for (int ky = 0; ky < g.kernelH; ++ky)
                        for (int kx = 0; kx < g.kernelW; ++kx)
                            for (int i = 0; i < channels; ++i) {
                                const int y = oy * g.strideH - g.padTop + ky * g.dilationH, x = ox * g.strideW - g.padLeft + kx * g.dilationW;
                                if (y < 0 || y >= g.inH || x < 0 || x >= g.inW)
                                    continue;
                                const int w = t.depthwise ? (ky * g.kernelW + kx) * g.outC + c : ((c * g.kernelH + ky) * g.kernelW + kx) * channels + i;
                                acc += std::int64_t{t.in[size(((b * g.inH + y) * g.inW + x) * g.inC + c / perGroup * channels + i)]} * t.weights[size(w)];
                            }
                    const std::int64_t v = t.wide ? t.stage.unclamped(acc, size(c)) : t.stage.unclamped(static_cast<std::int32_t>(acc), size(c));
                    o.saturated += v < -32768 || v > 32767;
                    o.out.push_back(static_cast<std::int16_t>(std::clamp<std::int64_t>(v, t.stage.min, t.stage.max)));
                }
    return o;
}

} // namespace

TEST_CASE("int16ConvolutionEqualsItsDefinition")
{
    RunState states[3];
    for (unsigned t = 0; t < 3; ++t)
        states[t].workers = Workers(t + 1);
    Scratch scratch;
    for (int n = 0; n < 80; ++n) {
        const std::uint64_t seed = testing::baseSeed() + static_cast<std::uint64_t>(n);
        Random random(seed);
        Case t = randomCase(random);
        const Outcome expected = obvious(t);
        for (const SimdLevel level : testing::kLevels) {
            if (level > testing::bestLevel())
                continue;
            t.stage.simd = level;
            std::vector<std::int16_t> out(expected.out.size(), 77);
            LayerCounters counters;
            RunState &state = states[n % 3];
            state.counters = &counters;
            Conv16(t.g, Weights16::pack(t.g, t.depthwise, t.weights), t.bias, t.wide, t.stage).run(t.in.data(), out.data(), KernelRun{{}, {}, state, scratch});
            INFO("REQUANT_SEED=" << seed << " simd " << simdLevelName(level) << " in " << t.g.inH << "x" << t.g.inW << "x" << t.g.inC << " kernel " << t.g.kernelH << "x" << t.g.kernelW
                                 << " out " << t.g.outC << " groups " << t.g.groups << " wide " << t.wide);
            REQUIRE(out == expected.out);
            REQUIRE(counters == LayerCounters{.outputs = out.size(), .saturated = expected.saturated, .accumulated = out.size()});
        }
    }
}

// Where every factor is -32768 two products leave int32; the operator stays exact.
TEST_CASE("int16WeightsAtTheirEndAreExact")
{
    testing::OneOperator one(Op::FullyConnected);
    one.input({1, 6}, ElementType::Int16, 1.0f);
    one.constant<std::int16_t>({1, 6}, std::vector<std::int16_t>(6, -32768), QuantParams::perTensor(1.0f, 0));
    one.constant<std::int64_t>({1}, {0}, QuantParams::perTensor(1.0f, 0));
    one.output({1, 1}, ElementType::Int16, 262144.0f);
    const std::vector<std::int16_t> x(6, -32768);
    CHECK(one.run<std::int16_t>({testing::bytesOf(x)}) == std::vector<std::int16_t>{24576}); // 6 * 2^30 / 2^18
}

TEST_CASE("fourBitWeightsEqualTheSameInEightBits")
{
    const auto seed = testing::baseSeed();
    INFO("REQUANT_SEED=" << seed);
    Random random(seed);
    for (const ElementType type : {ElementType::Int8, ElementType::Int16}) {
        std::vector<std::int8_t> wide(3 * 5 * 3), packed((wide.size() + 1) / 2);
        for (std::size_t i = 0; i < wide.size(); ++i) {
            wide[i] = static_cast<std::int8_t>(random.integer(-8, 7));
            packed[i / 2] = static_cast<std::int8_t>(packed[i / 2] | (wide[i] & 15) << (i % 2 * 4));
        }
        std::vector<std::byte> outputs[2];
        for (int four = 0; four < 2; ++four) {
            testing::OneOperator one(Op::Conv2D);
            one.input({1, 7, 7, 3}, type, 0.01f);
            one.constant<std::int8_t>({5, 3, 1, 3}, four ? packed : wide, QuantParams::perTensor(0.02f, 0), four ? ElementType::Int4 : ElementType::Int8);
            one.output({1, 5, 7, 5}, type, 0.05f);
            one.option("padding", 1);
            one.option("stride_h", 1);
            one.option("stride_w", 1);
            Random same(seed);
            outputs[four] = one.runAll({type == ElementType::Int8 ? testing::bytesOf(testing::randomValues<std::int8_t>(same, 147))
                                                                  : testing::bytesOf(testing::randomValues<std::int16_t>(same, 147))})[0];
        }
        CHECK(outputs[0] == outputs[1]);
    }
}
