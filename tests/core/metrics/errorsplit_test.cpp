// SPDX-License-Identifier: GPL-3.0-or-later
// Tiny layers in which one thing alone is exchanged, and random ones against the chain of errorsplit.h written out loop
// by loop.
#include "core/metrics/errorsplit.h"

#include "core/metrics/splitlayer.h"
#include "core/model/effectivegrid.h"
#include "core/passes/requantbias.h"
#include "core/sim/kernels/kernel.h"
#include "tests/core/tinymodel.h"

#include <catch2/catch.hpp>

#include <atomic>
#include <cmath>
#include <cstdlib>
#include <random>

using namespace requant;
using namespace requant::test;

namespace {

template <class T>
std::vector<std::byte> bytesOf(const std::vector<T> &v)
{
    const auto b = std::as_bytes(std::span<const T>(v));
    return {b.begin(), b.end()};
}

// One 1x1 convolution on a row of pixels.
struct Layer
{
    ElementType type = ElementType::Int8;
    float in = 1, weight = 1, out = 1;
    std::vector<std::int8_t> weights; // [outputs][inputs]
    std::vector<std::int32_t> bias;
    std::int32_t inputs = 1, outputs = 1, pixels = 1;
    int fused = 0;

    TinyModel tiny() const
    {
        TinyModel m;
        const auto x = m.activation("x", {1, 1, pixels, inputs}, type, in, 0),
                   y = m.activation("y", {1, 1, pixels, outputs}, type, out, 0);
        m.conv(x, y, ElementType::Int8, QuantParams::perTensor(weight, 0), weights, bias, fused);
        m.io({x}, {y});
        return m;
    }
};

template <class T>
LayerSplit split(const Model &source, const Model &converted, const std::vector<T> &x, const Numerics &numerics = {},
                 std::vector<OperatorIndex> origin = {}, std::map<TensorIndex, EffectiveGrid> effective = {})
{
    const SplitTarget target{{std::make_shared<const Model>(source), std::make_shared<const Model>(converted),
                              std::move(effective), std::move(origin)},
                             numerics};
    const SampleSet set = SampleSet::generated(
        source, 1, "values", [&](std::size_t) { return std::vector<std::vector<std::byte>>{bytesOf(x)}; });
    const auto r = measureErrorSplits(std::span(&target, 1), set);
    REQUIRE(r);
    const LayerSplit l = r->front().layers.front();
    REQUIRE(l.measured);
    CHECK(l.unsplit.empty());
    double sum = l.interaction;
    for (double p : l.parts)
        sum += p;
    CHECK(sum == Approx(l.total).epsilon(1e-9).margin(1e-9));
    double shares = 0;
    for (double s : l.shares)
        shares += s;
    CHECK(shares == Approx(l.total).epsilon(1e-9).margin(1e-9));
    return l;
}

void checkOnly(const LayerSplit &l, Cause cause, double expected)
{
    for (std::size_t i = 0; i < kCauses; ++i) {
        INFO(causeName(static_cast<Cause>(i)));
        CHECK(l.parts[i] == Approx(static_cast<Cause>(i) == cause ? expected : 0.0).margin(1e-12));
    }
    CHECK(l.total == Approx(expected).margin(1e-12));
    CHECK(l.interaction == Approx(0.0).margin(1e-12));
    if (expected > 0)
        CHECK(l.largest() == cause);
}

const Layer kPlain{.weights = {3, -2, 1, 4}, .bias = {5, -3}, .inputs = 2, .outputs = 2, .pixels = 2};
const std::vector<std::int8_t> kInput{3, 5, -7, 2};

} // namespace

TEST_CASE("aLayerThatStaysAsItIsHasNoError")
{
    checkOnly(split(kPlain.tiny().model(), kPlain.tiny().model(), kInput), Cause::WeightRounding, 0);
}

TEST_CASE("weightRoundingAlone")
{
    Layer now = kPlain;
    now.weights[0] += 1; // output 0 changes by x0
    checkOnly(split(kPlain.tiny().model(), now.tiny().model(), kInput), Cause::WeightRounding, (9.0 + 49.0) / 4);
}

TEST_CASE("clippingOfWeightsAlone")
{
    const Layer was{.type = ElementType::Int16,
                    .in = 1,
                    .weight = 0.125f,
                    .out = 0.0625f,
                    .weights = {100, 10},
                    .bias = {0},
                    .inputs = 2,
                    .outputs = 1,
                    .pixels = 2};
    Layer now = was;
    now.weight = 0.0625f; // 100 would be 200
    now.weights = {127, 20};
    const std::vector<std::int16_t> x{1, 3, -2, 5};
    const LayerSplit l = split(was.tiny().model(), now.tiny().model(), x);
    checkOnly(l, Cause::Clipping, 73.0 * 73.0 * (1 + 4) / 2);
    CHECK(l.clippedWeights == 1);
    CHECK(l.clippedChannels == 1);
    CHECK(l.clippedMost == Approx(73));
}

TEST_CASE("saturationThatTheSourceDoesNotHaveIsClipping")
{
    const Layer was{.weights = {1}, .bias = {0}, .pixels = 4};
    Layer now = was;
    now.out = 0.5f; // up to 63.5
    const std::vector<std::int8_t> x{20, 70, -64, -80};
    const LayerSplit l = split(was.tiny().model(), now.tiny().model(), x);
    checkOnly(l, Cause::Clipping, (13.0 * 13.0 + 32.0 * 32.0) / 4);
    CHECK(l.saturated == Approx(0.5));
}

TEST_CASE("biasRoundingAlone")
{
    const Layer was{.weights = {4}, .bias = {3}, .pixels = 2};
    Layer now = was;
    now.weight = 2; // the bias's step doubles: 3 becomes 4
    now.weights = {2};
    now.bias = {2};
    checkOnly(split(was.tiny().model(), now.tiny().model(), std::vector<std::int8_t>{3, -6}), Cause::BiasRounding, 1);
}

TEST_CASE("aBiasThatItsWidthCutsIsBiasRounding")
{
    const Layer was{.weights = {1}, .bias = {20}, .pixels = 2};
    AccumulatorModel narrow;
    narrow.biasBits = 5; // up to 15
    const LayerSplit l = split(was.tiny().model(), was.tiny().model(), std::vector<std::int8_t>{3, -6},
                               Numerics(Arithmetic::TfliteReference, narrow));
    checkOnly(l, Cause::BiasRounding, 25);
    CHECK(l.cutBiases == 1);
}

TEST_CASE("aBiasThatIsMovedOnPurposeIsCorrection")
{
    Layer now = kPlain;
    now.bias[1] += 5;
    checkOnly(split(kPlain.tiny().model(), now.tiny().model(), kInput), Cause::BiasCorrection, 25.0 / 2);
}

TEST_CASE("foldingBelongsToWhatItFolds")
{
    // Weight 1 too large: the error is x with mean 2; the bias takes 2 back.
    const Layer was{.weights = {3}, .bias = {10}, .pixels = 4};
    Layer now = was;
    now.weights[0] += 1;
    now.bias[0] -= 2;
    const std::vector<std::int8_t> x{-3, 1, 4, 6};
    checkOnly(split(was.tiny().model(), now.tiny().model(), x), Cause::WeightRounding, (25.0 + 1 + 4 + 16) / 4);
    // One step more than the mean error is a correction of its own.
    now.bias[0] -= 1;
    const LayerSplit l = split(was.tiny().model(), now.tiny().model(), x);
    CHECK(l.part(Cause::WeightRounding) == Approx(46.0 / 4));
    CHECK(l.part(Cause::BiasCorrection) == Approx(1));
}

TEST_CASE("aCorrectionTakesBackMeanErrorsAsFarAsItReaches")
{
    using Four = std::array<double, 4>;
    CHECK(foldedShares(Four{2, 1, 0, 1}, -4) == Four{1, 1, 1, 1});
    CHECK(foldedShares(Four{2, 1, 0, 1}, -9) == Four{1, 1, 1, 1});
    CHECK(foldedShares(Four{2, 1, 0, 1}, -1)[0] == Approx(0.25));
    CHECK(foldedShares(Four{2, 1, 0, 1}, 3)[0] == 0);
    CHECK(foldedShares(Four{-3, 1, 0, 0}, 2) == Four{1, 1, 1, 1});
    CHECK(foldedShares(Four{-3, 1, 0, 0}, 0.5)[0] == Approx(0.5));
    CHECK(foldedShares(Four{-3, 1, 0, 0}, 0.5)[1] == 1);
}

TEST_CASE("theMeanOfRoundingThatABiasTakesBackBelongsToTheArithmetic")
{
    // Truncation loses 3/8 of a step in the mean of all remainders of 4; a bias of 2 of 4 accumulator steps makes it
    // rounding half up.
    const Layer was{.weights = {1}, .bias = {0}, .pixels = 64};
    Layer cut = was;
    cut.out = 4;
    Layer now = cut;
    now.bias[0] = 2;
    std::vector<std::int8_t> x(64);
    for (std::size_t i = 0; i < x.size(); ++i)
        x[i] = static_cast<std::int8_t>(static_cast<int>(i) - 32);
    const LayerSplit plain = split(was.tiny().model(), cut.tiny().model(), x, Arithmetic::ShiftTruncate);
    const LayerSplit mended = split(was.tiny().model(), now.tiny().model(), x, Arithmetic::ShiftTruncate);
    CHECK(plain.largest() == Cause::Arithmetic);
    CHECK(plain.total == Approx((1 + 4 + 9) / 64.0));
    CHECK(plain.part(Cause::Arithmetic) == Approx(0.25)); // remainder 3; a tie may go either way
    CHECK(mended.total == Approx((1 + 4 + 1) / 64.0));
    CHECK(mended.part(Cause::Arithmetic) == Approx(0).margin(1e-12));
    // Half a step of the output: 3/8 of them are the mean, 1/8 is of ties.
    CHECK(mended.part(Cause::BiasCorrection) == Approx(1 / 64.0));
    CHECK(mended.largest() == Cause::OutputGrid);
}

TEST_CASE("weightsOfFewBitsThatAreCutAreClipped")
{
    for (const int most : {63, 7, 3, 1}) {
        INFO("most " << most);
        const Layer was{.type = ElementType::Int16,
                        .in = 1,
                        .weight = 0.5f,
                        .out = 0.5f,
                        .weights = {120, 2},
                        .bias = {0},
                        .inputs = 2,
                        .pixels = 2};
        Layer now = was;
        now.weights = {static_cast<std::int8_t>(most), 1}; // 60 and 1 at twice the scale
        now.weight = 1;
        now.out = 0.5f;
        const bool cut = most < 60;
        if (!cut)
            now.weights[0] = 60;
        const LayerSplit l = split(was.tiny().model(), now.tiny().model(), std::vector<std::int16_t>{1, 3, -2, 5});
        checkOnly(l, Cause::Clipping, cut ? std::pow(2.0 * (60 - most), 2) * (1 + 4) / 2 : 0.0);
        CHECK(l.clippedWeights == (cut ? 1u : 0u));
    }
}

TEST_CASE("inputGridAlone")
{
    Layer now = kPlain;
    now.in = 2;
    now.bias = {5, -3};
    now.weight = 0.5f; // the bias keeps its step
    now.weights = {6, -4, 2, 8};
    // Inputs 3, 5, -7, 2 become 4, 6, -8, 2: halves go away from zero.
    const double a = 3 - 2, b = 1 + 4, c = -3, d = -1;
    checkOnly(split(kPlain.tiny().model(), now.tiny().model(), kInput), Cause::InputGrid,
              (a * a + b * b + c * c + d * d) / 4);
}

TEST_CASE("outputGridAlone")
{
    const Layer was{.weights = {1}, .bias = {0}, .pixels = 4};
    Layer now = was;
    now.out = 2;
    checkOnly(split(was.tiny().model(), now.tiny().model(), std::vector<std::int8_t>{2, 3, 5, -8}), Cause::OutputGrid,
              2 * 0.25 / 4);
}

TEST_CASE("multiplierAlone")
{
    // The product in fixed point is off by less than 2^-31; a power of two is exact.
    const Layer was{.weights = {1}, .bias = {0}, .pixels = 2};
    Layer now = was;
    now.out = 1.0f / 3;
    now.weight = 1;
    const LayerSplit l = split(was.tiny().model(), now.tiny().model(), std::vector<std::int8_t>{7, -30});
    const double m = 1.0 / static_cast<double>(now.out), fixed = std::round(std::ldexp(m, 29)) / std::ldexp(1.0, 29);
    const double off = (fixed - m) * std::sqrt((49.0 + 900.0) / 2);
    CHECK(l.part(Cause::Multiplier) == Approx(off * off).epsilon(1e-3).margin(1e-17));
    CHECK(split(was.tiny().model(), was.tiny().model(), std::vector<std::int8_t>{7, -30}).part(Cause::Multiplier)
          == 0.0);
    // XNNPACK's is a float.
    const LayerSplit x =
        split(was.tiny().model(), now.tiny().model(), std::vector<std::int8_t>{7, -30}, Arithmetic::Xnnpack);
    const double single = (static_cast<double>(1.0f / now.out) - m) * std::sqrt((49.0 + 900.0) / 2);
    CHECK(x.part(Cause::Multiplier) == Approx(single * single).epsilon(1e-3).margin(1e-17));
}

TEST_CASE("truncationIsArithmetic")
{
    const Layer was{.weights = {1}, .bias = {0}, .pixels = 2};
    Layer now = was;
    now.out = 4;
    // 7 / 4 is nearest to 2 and truncated to 1; 8 is exact.
    const LayerSplit l =
        split(was.tiny().model(), now.tiny().model(), std::vector<std::int8_t>{7, 8}, Arithmetic::ShiftTruncate);
    CHECK(l.part(Cause::Arithmetic) == Approx(1.0 / 2));
    CHECK(l.part(Cause::OutputGrid) == Approx(0.0625 / 2));
    CHECK(l.total == Approx(0.75 * 0.75 / 2));
    CHECK(l.interaction == Approx(l.total - 0.5 - 0.03125));
}

TEST_CASE("anInsertedRequantizeOperatorIsBoundary")
{
    const Layer was{.weights = {1}, .bias = {0}, .pixels = 2};
    TinyModel m = was.tiny();
    const auto between = m.activation("x/requantized", {1, 1, 2, 1}, ElementType::Int8, 2, 0);
    m.graph().operators[0].inputs[0] = between;
    const std::size_t quantize = m.add(Op::Quantize, {TensorIndex(0)}, {between}).pos();
    std::swap(m.graph().operators[0], m.graph().operators[quantize]);
    checkOnly(
        split(was.tiny().model(), m.model(), std::vector<std::int8_t>{3, 8}, {}, {OperatorIndex(), OperatorIndex(0)}),
        Cause::Boundary, 1.0 / 2);
}

TEST_CASE("layersWithoutWeightsAreSplitToo")
{
    TinyModel m;
    const auto a = m.activation("a", {1, 4}, ElementType::Int8, 1, 0),
               b = m.activation("b", {1, 4}, ElementType::Int8, 1, 0);
    const auto y = m.activation("y", {1, 4}, ElementType::Int8, 1, 0);
    auto options = std::make_shared<Table>();
    options->type = "AddOptions";
    m.add(Op::Add, {a, b}, {y}, options);
    m.io({a, b}, {y});
    Model coarse = m.model(), narrow = m.model(), wide = m.model();
    coarse.subgraphs[0].tensors[y.pos()].quant.scale = {2};
    narrow.subgraphs[0].tensors[y.pos()].quant.scale = {0.5f};
    wide.subgraphs[0].tensors[b.pos()].quant.scale = {2};
    const std::vector<std::int8_t> xa{1, 40, -7, 50}, xb{2, 40, 2, -3};
    const SampleSet set = SampleSet::generated(m.model(), 1, "values", [&](std::size_t) {
        return std::vector<std::vector<std::byte>>{bytesOf(xa), bytesOf(xb)};
    });
    const auto source = std::make_shared<const Model>(m.model());
    std::vector<SplitTarget> targets;
    for (const Model *t : {&coarse, &narrow, &wide})
        targets.push_back({{source, std::make_shared<const Model>(*t), {}, {}}, {}});
    const auto r = measureErrorSplits(targets, set);
    REQUIRE(r);
    checkOnly((*r)[0].layers[0], Cause::OutputGrid, 3 * 0.25 / 4);    // 3, 80, -5, 47
    checkOnly((*r)[1].layers[0], Cause::Clipping, (33.0 * 33.0) / 4); // 80 becomes 63.5
    checkOnly((*r)[2].layers[0], Cause::InputGrid, 1.0 / 4);          // -3 becomes -4
}

namespace {

double realOf(const Tensor &t, const EffectiveGrid &g, std::int64_t q, std::size_t channel)
{
    return g.factor(channel)
           * (g.ratio * static_cast<double>(t.quant.scale[0]) * static_cast<double>(q - t.quant.zeroPointAt(0))
              + g.offset);
}

} // namespace

TEST_CASE("partsAreThoseOfTheChainOnRandomLayers")
{
    const char *text = std::getenv("REQUANT_SEED");
    const unsigned seed = text ? static_cast<unsigned>(std::strtoul(text, nullptr, 10)) : 11;
    INFO("REQUANT_SEED=" << seed);
    std::mt19937 engine(seed);
    const auto pick = [&](int low, int high) { return std::uniform_int_distribution<int>(low, high)(engine); };
    for (int round = 0; round < 48; ++round) {
        INFO("round " << round);
        const bool depthwise = round % 2 == 1;
        const int size = pick(3, 6), channels = pick(1, 3), outputs = depthwise ? channels * pick(1, 2) : pick(1, 4),
                  stride = pick(1, 2), fused = pick(0, 1) ? 0 : 3;
        const int outSize = (size + stride - 1) / stride;
        const bool offset = round % 3 == 2; // needs an input without padding
        const int kernel = offset ? 1 : 3;
        const auto build = [&](float in, float out, std::int64_t zero, const std::vector<std::uint8_t> &w,
                               const std::vector<float> &scales, const std::vector<std::int32_t> &bias) {
            TinyModel m;
            const auto x = m.activation("x", {1, size, size, channels}, ElementType::UInt8, in, 128),
                       y = m.activation("y", {1, outSize, outSize, outputs}, ElementType::UInt8, out, zero);
            QuantParams q;
            q.scale = scales;
            q.zeroPoint.assign(scales.size(), 128);
            q.quantizedDimension = depthwise ? 3 : 0;
            const Shape shape =
                depthwise ? Shape{1, kernel, kernel, outputs} : Shape{outputs, kernel, kernel, channels};
            const auto weights = m.constant("w", shape, ElementType::UInt8, q, w);
            const auto b =
                m.constant("b", {outputs}, ElementType::Int32, QuantParams::perTensor(in * scales[0], 0), bias);
            auto options = std::make_shared<Table>(
                *TinyModel::options(depthwise ? "DepthwiseConv2DOptions" : "Conv2DOptions", fused));
            options->set("stride_w", FieldValue{std::int64_t{stride}});
            options->set("stride_h", FieldValue{std::int64_t{stride}});
            options->set("padding", FieldValue{std::int64_t{0}});
            m.add(depthwise ? Op::DepthwiseConv2D : Op::Conv2D, {x, weights, b}, {y}, options);
            m.io({x}, {y});
            return m.model();
        };
        const std::size_t n =
            static_cast<std::size_t>(depthwise ? kernel * kernel * outputs : kernel * kernel * channels * outputs);
        std::vector<std::uint8_t> w(n), w2(n);
        for (std::uint8_t &v : w)
            v = static_cast<std::uint8_t>(pick(1, 255));
        std::vector<std::int32_t> bias(static_cast<std::size_t>(outputs)), bias2(bias.size());
        for (std::int32_t &v : bias)
            v = pick(-4000, 4000);
        const double ratio = pick(0, 1) ? 1.0 : 1.25, inRatio = pick(0, 1) ? 1.0 : 0.8;
        EffectiveGrid inGrid{inRatio, offset ? 0.375 : 0.0}, outGrid{ratio, pick(0, 1) ? 0.0 : 0.25};
        const bool factors = round % 4 >= 2;
        for (int k = 0; factors && k < channels; ++k)
            inGrid.factors.push_back(0.75 + 0.25 * pick(0, 4));
        for (int o = 0; factors && o < outputs; ++o)
            outGrid.factors.push_back(0.75 + 0.25 * pick(0, 4));
        const auto inputOf = [&](std::size_t i) { // input channel of weight i
            const auto c = static_cast<std::size_t>(channels), o = static_cast<std::size_t>(outputs);
            return depthwise ? i % o / (o / c) : i % c;
        };
        const float inScale = 0.05f, outScale = 0.07f, weightScale = 0.01f, newIn = pick(0, 1) ? 0.05f : 0.0625f,
                    newOut = pick(0, 1) ? 0.07f : 0.125f;
        const float newWeight = pick(0, 1) ? 0.0075f : 0.0125f; // cuts weights off, or not
        const auto channelOf = [&](std::size_t i) {
            return depthwise ? i % static_cast<std::size_t>(outputs) : i / (n / static_cast<std::size_t>(outputs));
        };
        const auto ideal = [&](std::size_t i) {
            return static_cast<double>(weightScale) * (static_cast<double>(w[i]) - 128) * inGrid.ratio
                   * inGrid.factor(inputOf(i)) / outGrid.ratio / outGrid.factor(channelOf(i))
                   / static_cast<double>(newWeight);
        };
        std::vector<double> offsetSum(bias.size(), 0.0);
        for (std::size_t i = 0; i < n; ++i) {
            w2[i] = static_cast<std::uint8_t>(std::clamp(std::round(ideal(i)), -127.0, 127.0) + 128);
            offsetSum[channelOf(i)] += outGrid.factor(channelOf(i)) * outGrid.ratio * static_cast<double>(newWeight)
                                       / inGrid.ratio * (static_cast<double>(w2[i]) - 128) * inGrid.offset;
        }
        for (std::size_t o = 0; o < bias.size(); ++o) {
            const double real = static_cast<double>(inScale) * static_cast<double>(weightScale) * bias[o] + offsetSum[o]
                                - outGrid.factor(o) * outGrid.offset;
            bias2[o] =
                static_cast<std::int32_t>(std::round(real
                                                     / (outGrid.factor(o) * outGrid.ratio * static_cast<double>(newIn)
                                                        * static_cast<double>(newWeight))))
                + (o == 0 ? pick(-60, 60) : 0);
        }
        const Model source = build(inScale, outScale, fused ? 0 : 120, w, {weightScale}, bias);
        const Model converted = build(newIn, newOut, fused ? 0 : 100, w2, {newWeight}, bias2);
        std::map<TensorIndex, EffectiveGrid> effective{{TensorIndex(0), inGrid}, {TensorIndex(1), outGrid}};
        std::vector<std::uint8_t> x(static_cast<std::size_t>(size * size * channels));
        for (std::uint8_t &v : x)
            v = static_cast<std::uint8_t>(pick(0, 255));
        const LayerSplit got = split(source, converted, x, {}, {}, effective);

        // The twin.
        const auto regrid = [&](std::uint8_t q, std::size_t k) {
            const double real = static_cast<double>(inScale) * (q - 128.0) / inGrid.factor(k);
            return std::clamp(std::round((real - inGrid.offset) / (static_cast<double>(newIn) * inGrid.ratio)) + 128,
                              0.0, 255.0)
                   - 128;
        };
        const auto clampOf = [&](const Model &m, const EffectiveGrid &g, double v, std::size_t o) {
            const Tensor &t = m.subgraphs[0].tensors[1];
            const ActivationRange r = activationRange(static_cast<Activation>(fused), t);
            return std::clamp(v, realOf(t, g, r.min, o), realOf(t, g, r.max, o));
        };
        const std::size_t count = static_cast<std::size_t>(outSize * outSize * outputs);
        struct Sums
        {
            double z0, z1, rounding, all, z6;
        };
        std::vector<Sums> sums(count);
        std::vector<double> mean(bias.size(), 0.0), meanCut(bias.size(), 0.0), c(bias.size()), change(bias.size());
        const auto unit = [&](std::size_t o) {
            return outGrid.factor(o) * outGrid.ratio * static_cast<double>(newIn) * static_cast<double>(newWeight);
        };
        const int pad = std::max(0, (outSize - 1) * stride + kernel - size) / 2;
        for (std::size_t o = 0; o < bias.size(); ++o) {
            change[o] = unit(o) * bias2[o] + outGrid.factor(o) * outGrid.offset - offsetSum[o]
                        - static_cast<double>(inScale) * static_cast<double>(weightScale) * bias[o];
            c[o] = std::abs(change[o]) <= 0.5 * unit(o) * (1 + 1e-6) ? 0 : change[o];
        }
        for (int oy = 0; oy < outSize; ++oy)
            for (int ox = 0; ox < outSize; ++ox)
                for (std::size_t o = 0; o < bias.size(); ++o) {
                    const double b = static_cast<double>(inScale) * static_cast<double>(weightScale) * bias[o];
                    Sums s{b, b, b, b, unit(o) * bias2[o] + outGrid.factor(o) * outGrid.offset};
                    for (int ky = 0; ky < kernel; ++ky)
                        for (int kx = 0; kx < kernel; ++kx)
                            for (int k = 0; k < (depthwise ? 1 : channels); ++k) {
                                const int iy = oy * stride - pad + ky, ix = ox * stride - pad + kx;
                                if (iy < 0 || ix < 0 || iy >= size || ix >= size)
                                    continue;
                                const std::size_t in = depthwise ? o / static_cast<std::size_t>(outputs / channels)
                                                                 : static_cast<std::size_t>(k);
                                const std::size_t i =
                                    depthwise ? static_cast<std::size_t>(ky * kernel + kx) * bias.size() + o
                                              : ((o * static_cast<std::size_t>(kernel) + static_cast<std::size_t>(ky))
                                                     * static_cast<std::size_t>(kernel)
                                                 + static_cast<std::size_t>(kx))
                                                        * static_cast<std::size_t>(channels)
                                                    + static_cast<std::size_t>(k);
                                const std::uint8_t q = x[static_cast<std::size_t>((iy * size + ix) * channels) + in];
                                const double was = static_cast<double>(inScale) * (q - 128.0),
                                             now = inGrid.factor(in)
                                                   * (inGrid.ratio * static_cast<double>(newIn) * regrid(q, in)
                                                      + inGrid.offset);
                                const double W = static_cast<double>(weightScale) * (w[i] - 128.0),
                                             W2 = outGrid.factor(o) * outGrid.ratio * static_cast<double>(newWeight)
                                                  / inGrid.ratio / inGrid.factor(in) * (w2[i] - 128.0);
                                const bool cut = std::abs(ideal(i)) > 127.5;
                                s.z0 += W * was;
                                s.z1 += W * now;
                                s.rounding += (cut ? W : W2) * now;
                                s.all += W2 * now;
                                s.z6 += unit(o) * (w2[i] - 128.0) * regrid(q, in);
                            }
                    sums[static_cast<std::size_t>(oy * outSize + ox) * bias.size() + o] = s;
                    mean[o] += (s.all - s.z1) / (outSize * outSize);
                    meanCut[o] += (s.all - s.rounding) / (outSize * outSize);
                }
        std::array<double, kCauses> parts{};
        double squares = 0;
        for (std::size_t o = 0; o < bias.size(); ++o)
            squares += std::pow(outGrid.factor(o) * outGrid.ratio * static_cast<double>(newOut), 2)
                       / static_cast<double>(bias.size());
        const double step = std::sqrt(squares);
        const auto put = [&](Cause cause, double d) {
            parts[static_cast<std::size_t>(cause)] += d * d / (step * step * static_cast<double>(count));
        };
        // What each channel's bias takes back.
        std::vector<std::array<double, 4>> folds(bias.size());
        for (std::size_t o = 0; o < bias.size(); ++o) {
            if (c[o] == 0)
                continue;
            double above = 0, inside = 0, aboveNow = 0, insideNow = 0;
            for (std::size_t i = o; i < count; i += bias.size()) {
                const double z0 = sums[i].z0, z6 = sums[i].z6;
                if (clampOf(source, {}, z0 - 1e-12, o) != clampOf(source, {}, z0 + 1e-12, o)) {
                    ++inside;
                    above += z0 > 0;
                }
                if (clampOf(converted, outGrid, z6 - 1e-12, o) != clampOf(converted, outGrid, z6 + 1e-12, o)) {
                    ++insideNow;
                    aboveNow += z6 > outGrid.factor(o) * outGrid.offset;
                }
            }
            const double was = meanRounding(Arithmetic::TfliteReference, 0.05 * 0.01 / 0.07,
                                            inside > 0 ? above / inside : 0.5),
                         now = meanRounding(Arithmetic::TfliteReference,
                                            static_cast<double>(newIn) * static_cast<double>(newWeight)
                                                / static_cast<double>(newOut),
                                            insideNow > 0 ? aboveNow / insideNow : 0.5);
            const std::array<double, 4> m{mean[o] - meanCut[o], meanCut[o], -static_cast<double>(outScale) * was,
                                          outGrid.factor(o) * outGrid.ratio * static_cast<double>(newOut) * now};
            const double all = m[0] + m[1] + m[2] + m[3];
            double same = 0, other = 0;
            for (const double v : m)
                (v * all > 0 ? same : other) += v;
            for (std::size_t k = 0; k < 4; ++k)
                folds[o][k] = -m[k] * (m[k] * all > 0 ? std::clamp((-c[o] - other) / same, 0.0, 1.0) : 1.0);
        }
        for (std::size_t i = 0; i < count; ++i) {
            const std::size_t o = i % bias.size();
            const Sums &s = sums[i];
            const std::array<double, 4> &f = folds[o];
            const double fr = f[0], fc = f[1], fo = f[2], fa = f[3];
            const auto C = [&](double v) { return clampOf(source, {}, v, o); };
            put(Cause::InputGrid, C(s.z1) - C(s.z0));
            put(Cause::WeightRounding, C(s.rounding + fr) - C(s.z1));
            put(Cause::Clipping,
                C(s.all + fr + fc) - C(s.rounding + fr) + clampOf(converted, outGrid, s.z6, o) - C(s.z6));
            put(Cause::BiasCorrection, C(s.all + c[o]) - C(s.all + fr + fc + fo + fa));
            put(Cause::BiasRounding, C(s.z6) - C(s.all + c[o]));
        }
        for (const Cause cause : {Cause::InputGrid, Cause::WeightRounding, Cause::Clipping, Cause::BiasCorrection,
                                  Cause::BiasRounding, Cause::Boundary}) {
            INFO(causeName(cause));
            CHECK(got.part(cause) == Approx(parts[static_cast<std::size_t>(cause)]).epsilon(1e-9).margin(1e-9));
        }
        CHECK(got.part(Cause::Multiplier) < 1e-6);
        CHECK(got.part(Cause::OutputGrid) < 4);
        CHECK(got.step == Approx(step));

        // All places are looked at: the total is the local error of the report.
        const ComparedModels models{
            std::make_shared<const Model>(source), std::make_shared<const Model>(converted), effective, {}};
        const SampleSet set = SampleSet::generated(
            source, 1, "values", [&](std::size_t) { return std::vector<std::vector<std::byte>>{bytesOf(x)}; });
        const auto report = measureErrors(models, set, 0, {});
        REQUIRE(report);
        REQUIRE(report->layers[0].local);
        CHECK(got.total * step * step == Approx(report->layers[0].local->mse).epsilon(1e-9));
    }
}

TEST_CASE("splitsAreTheSameForAnyNumberOfThreadsAndCancel")
{
    const Layer was{.weights = {3, -2, 1, 4}, .bias = {5, -3}, .inputs = 2, .outputs = 2, .pixels = 60};
    Layer now = was;
    now.weights = {4, -2, 2, 4};
    now.out = 2;
    const SplitTarget target{
        {std::make_shared<const Model>(was.tiny().model()), std::make_shared<const Model>(now.tiny().model()), {}, {}},
        {}};
    const SampleSet set = SampleSet::generated(*target.models.source, 3, "values", [](std::size_t i) {
        std::vector<std::int8_t> x(120);
        for (std::size_t k = 0; k < x.size(); ++k)
            x[k] = static_cast<std::int8_t>((k * 7 + i * 31) % 40) - 20;
        return std::vector<std::vector<std::byte>>{bytesOf(x)};
    });
    SplitOptions one, four;
    one.threads = 1;
    four.threads = 4;
    const auto a = measureErrorSplits(std::span(&target, 1), set, one),
               b = measureErrorSplits(std::span(&target, 1), set, four);
    REQUIRE(a);
    REQUIRE(b);
    CHECK(a->front().layers[0].parts == b->front().layers[0].parts);
    CHECK(a->front().layers[0].total == b->front().layers[0].total);
    CHECK(a->front().samples == 3);
    const std::atomic<bool> cancelled{true};
    const auto c = measureErrorSplits(std::span(&target, 1), set, {}, RunControl(&cancelled, {}));
    REQUIRE(!c);
    CHECK(c.error().message->id == kCancelled.id);
}

TEST_CASE("aSourceThatCannotRunIsAnError")
{
    TinyModel m;
    const auto x = m.activation("x", {1, 2}, ElementType::Int8, 1, 0),
               y = m.activation("y", {1, 2}, ElementType::Int8, 1, 0);
    m.add(Op::Custom, {x}, {y});
    m.io({x}, {y});
    const SplitTarget target{
        {std::make_shared<const Model>(m.model()), std::make_shared<const Model>(m.model()), {}, {}}, {}};
    const SampleSet set = SampleSet::generated(m.model(), 1, "values", [](std::size_t) {
        return std::vector<std::vector<std::byte>>{std::vector<std::byte>(2)};
    });
    const auto r = measureErrorSplits(std::span(&target, 1), set);
    REQUIRE(!r);
    CHECK(r.error().message->id == kCannotSplit.id);
}
