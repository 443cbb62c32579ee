// SPDX-License-Identifier: GPL-3.0-or-later
// Accumulators that overflow, against one sum at a time in 128 bits.
#include "core/sim/kernels/cpu.h"
#include "core/sim/kernels/narrow.h"

#include "oneoperator.h"

#include <array>

using namespace requant;
using testing::bytesOf;
using testing::OneOperator;
using testing::Random;

namespace {

using Wide = __int128;

// Into `bits`, straight from the words.
Wide obviousFit(Wide v, int bits, Overflow rule)
{
    const Wide span = Wide{1} << bits, low = -(span / 2), high = span / 2 - 1;
    if (rule == Overflow::Saturate)
        return v < low ? low : v > high ? high : v;
    v %= span;
    return v < low ? v + span : v > high ? v - span : v;
}

struct Layer
{
    Op op = Op::Conv2D;
    ElementType in = ElementType::Int8, out = ElementType::Int8, biasType = ElementType::Int32;
    int batch = 1, inH = 1, inW = 1, inC = 1, outC = 1, kernelH = 1, kernelW = 1, stride = 1, dilation = 1, groups = 1;
    bool same = true;
    int fused = 0;
    float inScale = 1, outScale = 1;
    std::int64_t inZero = 0, outZero = 0;
    std::vector<float> weightScale{1};
    std::vector<std::int64_t> weightZero{0};
    std::vector<std::int8_t> weights;  // bytes; uint8 networks: as uint8
    std::vector<std::int64_t> bias;    // empty: none
    Arithmetic arithmetic = Arithmetic::TfliteReference;
    AccumulatorModel accumulator;

    int outH() const { return transposed() ? (same ? inH * stride : (inH - 1) * stride + kernelH) : size(inH, kernelH); }
    int outW() const { return transposed() ? (same ? inW * stride : (inW - 1) * stride + kernelW) : size(inW, kernelW); }
    int size(int n, int k) const { return same ? (n + stride - 1) / stride : (n - (k - 1) * dilation - 1 + stride) / stride; }
    int before(int n, int o, int k) const { return same ? std::max(0, (o - 1) * stride + (k - 1) * dilation + 1 - n) / 2 : 0; }
    bool depthwise() const { return op == Op::DepthwiseConv2D; }
    bool transposed() const { return op == Op::TransposeConv; }
    // Input position that tap k brings to output position o, or one outside.
    int from(int o, int n, int outputs, int kernel, int k) const
    {
        if (!transposed())
            return o * stride - before(n, outputs, kernel) + k * dilation;
        const int pad = same ? std::max(0, (n - 1) * stride + kernel - outputs) / 2 : 0;
        return (o + pad - k) % stride == 0 ? (o + pad - k) / stride : -1;
    }
};

OneOperator network(const Layer &l)
{
    OneOperator one(l.op);
    const bool dense = l.op == Op::FullyConnected;
    if (l.transposed())
        one.constant<std::int32_t>({4}, {l.batch, l.outH(), l.outW(), l.outC});
    const auto data = [&] { one.input(dense ? Shape{l.batch, l.inC} : Shape{l.batch, l.inH, l.inW, l.inC}, l.in, l.inScale, l.inZero); };
    if (!l.transposed())
        data();
    QuantParams quant;
    quant.scale = l.weightScale;
    quant.zeroPoint = l.weightZero;
    quant.quantizedDimension = l.depthwise() ? 3 : 0;
    const Shape shape = dense ? Shape{l.outC, l.inC} : l.depthwise() ? Shape{1, l.kernelH, l.kernelW, l.outC} : Shape{l.outC, l.kernelH, l.kernelW, l.inC / l.groups};
    one.constant(shape, l.weights, quant, l.in == ElementType::UInt8 ? ElementType::UInt8 : ElementType::Int8);
    if (l.transposed())
        data();
    if (l.bias.empty())
        one.absent();
    else if (l.biasType == ElementType::Int64)
        one.constant<std::int64_t>({l.outC}, l.bias);
    else
        one.constant<std::int32_t>({l.outC}, std::vector<std::int32_t>(l.bias.begin(), l.bias.end()));
    one.output(dense ? Shape{l.batch, l.outC} : Shape{l.batch, l.outH(), l.outW(), l.outC}, l.out, l.outScale, l.outZero);
    for (const char *name : {"stride_h", "stride_w"})
        one.option(name, l.stride);
    for (const char *name : {"dilation_h_factor", "dilation_w_factor"})
        one.option(name, l.dilation);
    one.option("padding", l.same ? 0 : 1);
    one.option("fused_activation_function", l.fused);
    return one;
}

struct Outcome
{
    std::vector<std::int32_t> values;
    LayerCounters counters;
};

// round(acc * real) as the arithmetic names it, before clamping.
std::int64_t obviousScaled(const Layer &l, Wide acc, std::size_t c, bool wide)
{
    const float sw = l.weightScale.size() > 1 ? l.weightScale[c] : l.weightScale[0];
    const bool dense = l.op == Op::FullyConnected, shifts = isShift(l.arithmetic), is16 = l.in == ElementType::Int16;
    const double exact = static_cast<double>(l.inScale) * static_cast<double>(sw) / static_cast<double>(l.outScale);
    const bool floatProduct = l.in == ElementType::UInt8 || (dense && l.weightScale.size() == 1 && !shifts);
    const Multiplier fixed = quantizeMultiplier(floatProduct ? static_cast<double>(l.inScale * sw) / static_cast<double>(l.outScale) : exact);
    const auto narrow = static_cast<std::int32_t>(obviousFit(acc, 32, Overflow::Saturate));
    if (shifts)
        return multiplyByQuantizedMultiplier(static_cast<std::int64_t>(acc), fixed, fixedRounding(l.arithmetic));
    const bool xnnpack = l.arithmetic == Arithmetic::Xnnpack;
    const bool offset = std::any_of(l.weightZero.begin(), l.weightZero.end(), [](std::int64_t z) { return z != 0; });
    const bool delegated = l.transposed() ? (l.kernelH >= l.stride && l.kernelW >= l.stride) || !l.same
                                          : !(l.depthwise() && l.bias.empty()) && !(dense && l.in == ElementType::Int8 && offset);
    if (xnnpack && !is16 && delegated)
        return scaleXnnpack(narrow, l.inScale * sw / l.outScale);
    if (dense && l.arithmetic == Arithmetic::TfliteReference)
        return std::llround(std::clamp(static_cast<double>(wide ? acc : Wide{narrow}) * exact, -2147483648.0, 2147483647.0));
    if (wide)
        return multiplyByQuantizedMultiplier(static_cast<std::int64_t>(acc), fixed);
    const bool ruy = xnnpack && (dense || (is16 && l.op == Op::Conv2D && l.groups == 1));
    return multiplyByQuantizedMultiplier(narrow, fixed, ruy ? FixedRounding::Single : fixedRounding(l.arithmetic));
}

std::int32_t bound(const Layer &l, float real) { return static_cast<std::int32_t>(std::round(real / l.outScale)) + static_cast<std::int32_t>(l.outZero); }

template <class T>
Outcome obvious(const Layer &l, const std::vector<T> &in)
{
    Outcome o;
    const bool ruy = l.arithmetic == Arithmetic::Xnnpack && l.op == Op::FullyConnected; // which adds in 32 bits without a bias
    const bool wide = l.in == ElementType::Int16 && (l.bias.empty() ? !ruy : l.biasType == ElementType::Int64);
    const int bits = l.accumulator.bits ? l.accumulator.bits : wide ? 64 : 32;
    const Overflow rule = l.accumulator.bits ? l.accumulator.overflow : Overflow::Wrap;
    std::vector<std::int64_t> bias(static_cast<std::size_t>(l.outC), 0);
    for (std::size_t c = 0; c < l.bias.size(); ++c) {
        bias[c] = l.accumulator.biasBits ? static_cast<std::int64_t>(obviousFit(l.bias[c], l.accumulator.biasBits, l.accumulator.overflow)) : l.bias[c];
        o.counters.clippedBias += bias[c] != l.bias[c];
    }
    const IntegerRange storage = integerRange(l.out);
    std::int64_t low = storage.min, high = storage.max;
    bool countLow = true, countHigh = true;
    if (l.fused == 1 || l.fused == 3) {
        countLow = bound(l, 0) < low;
        low = std::max<std::int64_t>(low, bound(l, 0));
    }
    if (l.fused == 3) {
        countHigh = bound(l, 6) > high;
        high = std::min<std::int64_t>(high, bound(l, 6));
    }
    const int channels = l.depthwise() ? 1 : l.inC / l.groups, perGroup = l.outC / l.groups;
    for (int b = 0; b < l.batch; ++b)
        for (int oy = 0; oy < l.outH(); ++oy)
            for (int ox = 0; ox < l.outW(); ++ox)
                for (int c = 0; c < l.outC; ++c) {
                    const auto channel = static_cast<std::size_t>(c);
                    bool overflowed = false;
                    const auto keep = [&](Wide sum) {
                        const Wide kept = obviousFit(sum, bits, rule);
                        overflowed = overflowed || kept != sum;
                        return kept;
                    };
                    Wide acc = keep(bias[channel]);
                    for (int ky = 0; ky < l.kernelH; ++ky)
                        for (int kx = 0; kx < l.kernelW; ++kx)
                            for (int i = 0; i < channels; ++i) {
                                const int y = l.from(oy, l.inH, l.outH(), l.kernelH, ky), x = l.from(ox, l.inW, l.outW(), l.kernelW, kx);
                                if (y < 0 || y >= l.inH || x < 0 || x >= l.inW)
                                    continue;
                                const int from = l.depthwise() ? c / (l.outC / l.inC) : c / perGroup * channels + i;
                                const auto at = static_cast<std::size_t>(l.depthwise() ? (ky * l.kernelW + kx) * l.outC + c
                                                                                       : ((c * l.kernelH + ky) * l.kernelW + kx) * channels + i);
                                const int stored = l.in == ElementType::UInt8 ? static_cast<std::uint8_t>(l.weights[at]) : l.weights[at];
                                const Wide w = stored - l.weightZero[l.weightZero.size() > 1 ? channel : 0];
                                acc = keep(acc + w * (in[static_cast<std::size_t>(((b * l.inH + y) * l.inW + x) * l.inC + from)] - l.inZero));
                            }
                    const std::int64_t q = obviousScaled(l, acc, channel, wide) + l.outZero;
                    ++o.counters.outputs;
                    ++o.counters.accumulated;
                    o.counters.overflowed += overflowed;
                    o.counters.saturated += (countLow && q < storage.min) || (countHigh && q > storage.max);
                    o.values.push_back(static_cast<std::int32_t>(std::clamp(q, low, high)));
                }
    return o;
}

Layer randomLayer(Random &random)
{
    Layer l;
    constexpr std::array kOps{Op::Conv2D, Op::DepthwiseConv2D, Op::FullyConnected, Op::TransposeConv};
    constexpr std::array kTypes{ElementType::Int8, ElementType::UInt8, ElementType::Int16};
    l.op = kOps[static_cast<std::size_t>(random.integer(0, 3))];
    l.in = l.out = kTypes[static_cast<std::size_t>(random.integer(0, 2))];
    l.batch = random.integer(1, 2);
    if (l.op == Op::FullyConnected) {
        l.inC = random.integer(1, 90);
        l.outC = random.integer(1, 70);
    } else {
        l.inH = random.integer(1, 7);
        l.inW = random.integer(1, 7);
        l.kernelH = random.integer(1, 4);
        l.kernelW = random.integer(1, 4);
        l.stride = random.integer(1, 2);
        l.dilation = random.integer(1, 2);
        l.same = random.chance() || (l.kernelH - 1) * l.dilation >= l.inH || (l.kernelW - 1) * l.dilation >= l.inW;
        if (l.depthwise()) {
            l.inC = random.integer(1, 40);
            l.outC = l.inC * random.integer(1, 2);
            l.groups = l.inC;
        } else {
            l.groups = !l.transposed() && random.integer(0, 2) == 0 ? 2 : 1;
            l.dilation = l.transposed() ? 1 : l.dilation;
            l.inC = l.groups * random.integer(1, 20);
            l.outC = l.groups * random.integer(1, 40);
        }
    }
    const bool perChannel = l.in != ElementType::UInt8 && random.chance();
    const int depth = l.kernelH * l.kernelW * (l.depthwise() ? 1 : l.inC / l.groups);
    const auto scale = [&] { return random.chance() ? std::ldexp(1.0f, random.integer(-7, -4)) : static_cast<float>(random.real(0.01, 0.1)); };
    l.inScale = scale();
    l.weightScale.assign(perChannel ? static_cast<std::size_t>(l.outC) : 1, 1.0f);
    for (float &s : l.weightScale)
        s = scale();
    const bool offset = l.op == Op::FullyConnected && l.in == ElementType::Int8 && !perChannel && random.integer(0, 3) == 0;
    l.weightZero.assign(l.weightScale.size(), l.in == ElementType::UInt8 ? random.integer(0, 255) : offset ? random.integer(-20, 20) : 0);
    const IntegerRange range = integerRange(l.in);
    l.inZero = l.in == ElementType::Int16 ? 0 : random.integer(static_cast<int>(range.min), static_cast<int>(range.max));
    l.outZero = l.in == ElementType::Int16 ? 0 : random.integer(static_cast<int>(range.min), static_cast<int>(range.max));
    // About as large as the sums are; powers of two as often as not.
    const double target = static_cast<double>(l.inScale * l.weightScale[0]) * 100 * std::sqrt(depth) * random.real(0.3, 2);
    l.outScale = static_cast<float>(random.chance() ? std::exp2(std::round(std::log2(target))) : target);
    l.weights.resize(static_cast<std::size_t>(l.outC * depth));
    for (auto &w : l.weights)
        w = static_cast<std::int8_t>(random.integer(-128, 127));
    l.biasType = l.in == ElementType::Int16 && (l.depthwise() || random.chance()) ? ElementType::Int64 : ElementType::Int32;
    if (random.integer(0, 4) != 0)
        for (int c = 0; c < l.outC; ++c)
            l.bias.push_back(random.integer(-2147483647, 2147483647) >> random.integer(8, 31));
    l.fused = std::array{0, 1, 3}[static_cast<std::size_t>(random.integer(0, 2))];
    l.arithmetic = kArithmeticNames[static_cast<std::size_t>(random.integer(0, 6))].second;
    constexpr std::array kBits{0, 16, 17, 18, 20, 24, 31, 32, 33, 40, 48, 63, 64};
    l.accumulator.bits = kBits[static_cast<std::size_t>(random.integer(0, kBits.size() - 1))];
    l.accumulator.overflow = random.chance() ? Overflow::Saturate : Overflow::Wrap;
    l.accumulator.biasBits = std::array{0, 0, 8, 20, 32}[static_cast<std::size_t>(random.integer(0, 4))];
    return l;
}

template <class T>
Outcome simulated(const Layer &l, const std::vector<T> &in, unsigned threads = 1, int runs = 1)
{
    OneOperator one = network(l);
    SimOptions options{l.arithmetic};
    options.accumulator = l.accumulator;
    options.countEvents = true;
    options.threads = threads;
    auto sim = one.simulator(options);
    REQUIRE(sim);
    if (const auto ok = sim->supported(); !ok)
        FAIL(text(ok.error()));
    REQUIRE(sim->setInput(0, bytesOf(in)));
    for (int i = 0; i < runs; ++i)
        REQUIRE(sim->run());
    Outcome o;
    o.counters = sim->counters(OperatorIndex{0});
    const auto take = [&]<class Out>(Out) {
        for (const Out v : testing::valuesOf<Out>(sim->output(0)))
            o.values.push_back(v);
    };
    withType(l.out, take);
    return o;
}

void check(const Layer &l, const Outcome &expected, const Outcome &found)
{
    INFO(opName(l.op) << ' ' << typeName(l.in) << " in " << l.inH << 'x' << l.inW << 'x' << l.inC << " kernel " << l.kernelH << 'x' << l.kernelW << " out "
                      << l.outC << " groups " << l.groups << ' ' << arithmeticName(l.arithmetic) << " bits " << l.accumulator.bits << ' '
                      << overflowName(l.accumulator.overflow) << " bias " << l.accumulator.biasBits << " fused " << l.fused);
    std::size_t wrong = 0;
    REQUIRE(found.values.size() == expected.values.size());
    for (std::size_t i = 0; i < expected.values.size(); ++i)
        wrong += found.values[i] != expected.values[i];
    CHECK(wrong == 0);
    CHECK(found.counters.outputs == expected.counters.outputs);
    CHECK(found.counters.saturated == expected.counters.saturated);
    CHECK(found.counters.accumulated == expected.counters.accumulated);
    CHECK(found.counters.overflowed == expected.counters.overflowed);
    CHECK(found.counters.clippedBias == expected.counters.clippedBias);
    REQUIRE(wrong == 0);
}

template <class T>
void compare(const Layer &l, const std::vector<T> &in, std::size_t &overflowed)
{
    const Outcome expected = obvious(l, in);
    const SimdLevel best = simdLevel();
    for (const SimdLevel level : {SimdLevel::Scalar, SimdLevel::Avx2, SimdLevel::Avx512}) {
        if (level > best)
            continue;
        setSimdLevel(level);
        const Outcome found = simulated(l, in);
        setSimdLevel(best);
        check(l, expected, found);
    }
    overflowed += expected.counters.overflowed;
}

// A dense layer with one output: sums in the order of the weights.
Layer oneSum(std::vector<std::int8_t> weights, std::int64_t bias, AccumulatorModel accumulator)
{
    Layer l;
    l.op = Op::FullyConnected;
    l.in = l.out = ElementType::Int16;
    l.biasType = ElementType::Int64;
    l.inC = static_cast<int>(weights.size());
    l.weights = std::move(weights);
    l.bias = {bias};
    l.accumulator = accumulator;
    l.arithmetic = Arithmetic::ShiftTruncate;
    return l;
}

} // namespace

TEST_CASE("narrowAccumulatorsEqualOneSumAtATime")
{
    std::size_t overflowed = 0;
    for (int n = 0; n < 900; ++n) {
        const std::uint64_t seed = testing::baseSeed() + static_cast<std::uint64_t>(n);
        Random random(seed);
        INFO("REQUANT_SEED=" << seed);
        const Layer l = randomLayer(random);
        const auto elements = static_cast<std::size_t>(l.batch * l.inH * l.inW * l.inC);
        if (l.in == ElementType::Int8)
            compare(l, testing::randomValues<std::int8_t>(random, elements), overflowed);
        else if (l.in == ElementType::UInt8)
            compare(l, testing::randomValues<std::uint8_t>(random, elements), overflowed);
        else
            compare(l, testing::randomValues<std::int16_t>(random, elements), overflowed);
    }
    CHECK(overflowed > 1000);
}

TEST_CASE("saturationActsAfterEveryAddition")
{
    // 30000 + 10000 stops at 32767, then 20000 are taken: the order matters. Without the stop it would be 20000.
    const std::vector<std::int16_t> in{10000, 20000};
    const Outcome saturated = simulated(oneSum({1, -1}, 30000, {16, Overflow::Saturate}), in);
    CHECK(saturated.values[0] == 12767);
    CHECK(saturated.counters.overflowed == 1);
    const Outcome wrapped = simulated(oneSum({1, -1}, 30000, {16, Overflow::Wrap}), in);
    CHECK(wrapped.values[0] == 20000); // there and back
    CHECK(wrapped.counters.overflowed == 1);
    const Outcome wide = simulated(oneSum({1, -1}, 30000, {17, Overflow::Saturate}), in);
    CHECK(wide.values[0] == 20000);
    CHECK(wide.counters.overflowed == 0);
}

TEST_CASE("biasOutsideOfTheAccumulatorOverflowsBeforeTheFirstProduct")
{
    const std::vector<std::int16_t> in{5};
    const Outcome saturated = simulated(oneSum({1}, -40000, {16, Overflow::Saturate}), in);
    CHECK(saturated.values[0] == -32763);
    CHECK(saturated.counters.overflowed == 1);
    CHECK(simulated(oneSum({1}, -40000, {16, Overflow::Wrap}), in).values[0] == -40000 + 65536 + 5);
}

TEST_CASE("accumulatorsOf64BitsSaturateAndWrap")
{
    constexpr std::int64_t high = std::numeric_limits<std::int64_t>::max();
    const std::vector<std::int16_t> in{100};
    Layer l = oneSum({1}, high - 50, {64, Overflow::Saturate});
    l.outScale = std::ldexp(1.0f, 49); // 2^63 becomes 2^14
    const Outcome saturated = simulated(l, in);
    CHECK(saturated.values[0] == 0); // truncated by the multiplier, which is below 2^-31: the runtime's, too
    CHECK(saturated.counters.overflowed == 1);
    l.outScale = std::ldexp(1.0f, 31);
    CHECK(simulated(l, in).values[0] == 32767);
    l.accumulator.overflow = Overflow::Wrap;
    CHECK(simulated(l, in).values[0] == -32768);
}

TEST_CASE("runtimeAccumulatorsThatWrapAreCounted")
{
    // int16 with int32 biases: TFLite sums in 32 bits.
    Layer l;
    l.op = Op::FullyConnected;
    l.in = l.out = ElementType::Int16;
    l.inC = 600;
    l.outScale = 65536;
    l.weights.assign(600, 127);
    l.bias = {0};
    const std::vector<std::int16_t> in(600, 32767);
    const Outcome o = simulated(l, in);
    CHECK(o.counters.overflowed == 1);
    CHECK(o.values[0] == static_cast<std::int16_t>(std::lround((600.0 * 127 * 32767 - 4294967296.0) / 65536)));
    l.weights.assign(600, 1);
    CHECK(simulated(l, in).counters.overflowed == 0);
}

TEST_CASE("widerThanTheRuntimeIsComputedWider")
{
    Layer l;
    l.op = Op::FullyConnected;
    l.in = l.out = ElementType::Int16;
    l.inC = 600;
    l.outScale = 131072;
    l.weights.assign(600, 127);
    l.bias = {0};
    l.arithmetic = Arithmetic::ShiftHalfEven;
    l.accumulator.bits = 40;
    const Outcome o = simulated(l, std::vector<std::int16_t>(600, 32767));
    CHECK(o.values[0] == std::lround(600.0 * 127 * 32767 / 131072));
    CHECK(o.counters.overflowed == 0);
}

TEST_CASE("countersAddUpOverRunsAndThreads")
{
    Random random(7);
    Layer l;
    l.inH = l.inW = 9;
    l.inC = 8;
    l.outC = 40;
    l.kernelH = l.kernelW = 3;
    l.weights.resize(40 * 9 * 8);
    for (auto &w : l.weights)
        w = static_cast<std::int8_t>(random.integer(-128, 127));
    l.outScale = 300;
    l.accumulator = {16, Overflow::Saturate};
    const auto in = testing::randomValues<std::int8_t>(random, 9 * 9 * 8);
    const Outcome one = simulated(l, in), many = simulated(l, in, 4, 3);
    CHECK(one.counters.overflowed > 0);
    CHECK(one.counters.outputs == 9 * 9 * 40);
    CHECK(many.values == one.values);
    CHECK(many.counters.outputs == 3 * one.counters.outputs);
    CHECK(many.counters.overflowed == 3 * one.counters.overflowed);
    CHECK(many.counters.saturated == 3 * one.counters.saturated);
}

TEST_CASE("biasIsBroughtIntoItsWidth")
{
    std::vector<std::int64_t> bias{127, 128, -128, -129, 300, 0};
    CHECK(fitBias(bias, {.bits = 0, .overflow = Overflow::Saturate, .biasBits = 8}, false) == 3);
    CHECK(bias == std::vector<std::int64_t>{127, 127, -128, -128, 127, 0});
    bias = {127, 128, -129, 300};
    CHECK(fitBias(bias, {.bits = 0, .overflow = Overflow::Wrap, .biasBits = 8}, false) == 3);
    CHECK(bias == std::vector<std::int64_t>{127, -128, 127, 44});
    bias = {std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()};
    CHECK(fitBias(bias, {.biasBits = 64}, false) == 0);
    CHECK(fitBias(bias, {.biasBits = 0}, false) == 0);
}

TEST_CASE("biasOnItsOwnScaleKeepsTheHighestBits")
{
    // The largest decides: 1000 / 8 = 125 fits 8 bits; 4, 12 are ties, which go to the even multiple of 8.
    std::vector<std::int64_t> bias{1000, 4, 12, -3, 16};
    const AccumulatorModel own{.biasBits = 8, .biasOwnScale = true};
    CHECK(fitBias(bias, own, false) == 3);
    CHECK(bias == std::vector<std::int64_t>{1000, 0, 16, 0, 16});
    bias = {1023, 5}; // 1023 / 8 rounds up to 128, which needs one bit more
    CHECK(fitBias(bias, own, false) == 2);
    CHECK(bias == std::vector<std::int64_t>{1024, 0});
    bias = {1023, 5};
    CHECK(fitBias(bias, own, true) == 1); // every channel has its own
    CHECK(bias == std::vector<std::int64_t>{1024, 5});
    bias = {-128, 127};
    CHECK(fitBias(bias, own, false) == 0);
    bias = {std::numeric_limits<std::int64_t>::max(), std::numeric_limits<std::int64_t>::min()};
    CHECK(fitBias(bias, own, false) == 0); // 2^63 is none: it saturates
}
