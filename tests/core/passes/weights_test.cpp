// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/passes/roundingcost.h"
#include "core/passes/weights.h"

#include "tests/core/tinymodel.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <random>

using namespace requant;
using namespace requant::test;

namespace {

RealWeights dense(std::size_t outputs, std::size_t inputs, std::vector<double> values)
{
    RealWeights w{outputs, inputs, std::move(values), {}};
    for (std::size_t i = 0; i < outputs * inputs; ++i)
        w.channel.push_back(i % inputs);
    return w;
}

TensorWish symmetric(Granularity granularity, ScaleRule scale = ScaleRule::Any, ElementType type = ElementType::Int8)
{
    TensorWish w;
    w.role = TensorRole::Weight;
    w.keep = false;
    w.type = type;
    w.symmetry = Symmetry::Symmetric;
    w.granularity = granularity;
    w.scale = scale;
    return w;
}

double objective(const RealWeights &w, const QuantizedWeights &q, const std::vector<double> &importance)
{
    double sum = 0;
    for (std::size_t o = 0; o < w.outputs; ++o) {
        for (std::size_t k = 0; k < w.inputs; ++k) {
            const std::size_t i = o * w.inputs + k;
            const double d = static_cast<double>(q.values[i] - q.params.zeroPointAt(o)) * static_cast<double>(q.params.scaleAt(o)) - w.values[i];
            sum += d * d * importance[w.channel[i]];
        }
    }
    return sum;
}

RealWeights randomWeights(std::size_t outputs, std::size_t inputs, unsigned seed)
{
    std::mt19937 engine(seed);
    std::normal_distribution<double> normal(0, 0.1);
    std::vector<double> v(outputs * inputs);
    for (double &x : v)
        x = normal(engine);
    return dense(outputs, inputs, std::move(v));
}

} // namespace

TEST_CASE("perTensorMaxScaleUsesTheWholeRange")
{
    const RealWeights w = dense(2, 2, {0.5, -1.27, 0.01, 0.0});
    WeightTask task{&w, {}, 0.5, symmetric(Granularity::PerTensor), {}, false, false, {}};
    const QuantizedWeights q = quantizeWeights(task);
    CHECK(q.params.scale[0] == Approx(0.01));
    CHECK(q.values == std::vector<std::int64_t>{50, -127, 1, 0});
    CHECK(q.clipped == 0);
}

TEST_CASE("powerOfTwoScalesArePowersOfTwoAndDoNotClipPerChannel")
{
    for (unsigned seed = 0; seed < 20; ++seed) {
        const RealWeights w = randomWeights(5, 9, seed);
        for (Granularity g : {Granularity::PerTensor, Granularity::PerChannel}) {
            WeightTask task{&w, {}, 0.5, symmetric(g, ScaleRule::PowerOfTwo), {}, g == Granularity::PerTensor, false, {}};
            const QuantizedWeights q = quantizeWeights(task);
            for (float s : q.params.scale) {
                int e = 0;
                CHECK(std::frexp(s, &e) == 0.5f);
            }
            if (g == Granularity::PerChannel) {
                CHECK(q.params.scale.size() == 5);
                CHECK(q.clipped == 0);
            }
        }
    }
}

TEST_CASE("scaleSearchIsNeverWorseThanTheLargestWeightInItsObjective")
{
    for (unsigned seed = 0; seed < 30; ++seed) {
        RealWeights w = randomWeights(6, 8, seed);
        w.values[seed % w.values.size()] = 2.0; // one outlier
        InputMoments moments;
        std::mt19937 engine(seed);
        for (std::size_t c = 0; c < 8; ++c) {
            moments.mean.push_back(0);
            moments.meanSquare.push_back(c == seed % 8 ? 1e-6 : 1.0 + static_cast<double>(engine() % 8));
        }
        for (ScaleRule rule : {ScaleRule::Any, ScaleRule::PowerOfTwo}) {
            WeightTask naive{&w, {}, 0.5, symmetric(Granularity::PerTensor, rule), moments, false, false, {}};
            WeightTask search = naive;
            search.scaleSearch = true;
            CHECK(objective(w, quantizeWeights(search), moments.meanSquare)
                  <= objective(w, quantizeWeights(naive), moments.meanSquare) * (1 + 0.05));
        }
    }
}

TEST_CASE("anOutlierOfADeadInputIsClipped")
{
    RealWeights w = randomWeights(4, 4, 3);
    w.values[2] = 5.0; // multiplies input channel 2, which is nearly always zero
    InputMoments moments{{1, 1, 1e-4, 1}, {2, 2, 1e-6, 2}};
    WeightTask task{&w, {}, 0.5, symmetric(Granularity::PerTensor), moments, true, true, {}};
    const QuantizedWeights q = quantizeWeights(task);
    CHECK(q.params.scale[0] < 0.1 * 5.0 / 127);
    CHECK(q.values[2] == 127);
    CHECK(q.clipped > 0);
}

TEST_CASE("foldingRemovesTheMeanErrorToHalfABiasStep")
{
    for (unsigned seed = 0; seed < 10; ++seed) {
        const RealWeights w = randomWeights(3, 16, seed);
        InputMoments moments;
        std::mt19937 engine(seed + 99);
        for (std::size_t c = 0; c < 16; ++c) {
            moments.mean.push_back(static_cast<double>(engine() % 100) / 10);
            moments.meanSquare.push_back(moments.mean.back() * moments.mean.back() + 1);
        }
        WeightTask task{&w, {0.3, -0.2, 0.1}, 0.02, symmetric(Granularity::PerTensor, ScaleRule::Any, ElementType::Int4), moments, true, true, {}};
        const QuantizedWeights q = quantizeWeights(task);
        for (std::size_t o = 0; o < 3; ++o) {
            double exact = task.bias[o];
            const double s = static_cast<double>(q.params.scale[0]);
            double got = static_cast<double>(q.bias[o]) * task.inputScale * s;
            for (std::size_t k = 0; k < 16; ++k) {
                exact += w.values[o * 16 + k] * moments.mean[k];
                got += static_cast<double>(q.values[o * 16 + k]) * s * moments.mean[k];
            }
            CHECK(std::abs(got - exact) <= 0.5 * task.inputScale * s * (1 + 1e-9));
        }
    }
}

TEST_CASE("hugeBiasForcesALargerScaleInsteadOfOverflow")
{
    const RealWeights w = dense(2, 1, {1e-6, 0.5});
    for (Granularity g : {Granularity::PerTensor, Granularity::PerChannel}) {
        WeightTask task{&w, {100.0, 0.0}, 1e-3, symmetric(g), {}, true, false, {}};
        const QuantizedWeights q = quantizeWeights(task);
        CHECK_FALSE(q.biasSaturated);
        for (std::int64_t b : q.bias)
            CHECK(std::abs(b) <= (std::int64_t{1} << 29) + 1);
        CHECK(static_cast<double>(q.bias[0]) * 1e-3 * static_cast<double>(q.params.scaleAt(0)) == Approx(100.0).epsilon(1e-6));
    }
}

TEST_CASE("allZeroChannelsAndTensorsGetAUsableScale")
{
    const RealWeights one = dense(3, 2, {0.5, 0.1, 0, 0, 0.25, 0});
    WeightTask task{&one, {}, 0.5, symmetric(Granularity::PerChannel), {}, true, false, {}};
    const QuantizedWeights q = quantizeWeights(task);
    CHECK((q.params.scale[1] == q.params.scale[0] || q.params.scale[1] == q.params.scale[2]));
    const RealWeights none = dense(1, 2, {0, 0});
    for (Granularity g : {Granularity::PerTensor, Granularity::PerChannel}) {
        WeightTask zero{&none, {0.5}, 0.5, symmetric(g), {}, true, true, {}};
        const QuantizedWeights z = quantizeWeights(zero);
        CHECK(std::isfinite(z.params.scale[0]));
        CHECK(z.params.scale[0] > 0);
        CHECK(z.values == std::vector<std::int64_t>{0, 0});
    }
}

TEST_CASE("perChannelKeepsTheSourcesIntegersWhereTheyFit")
{
    // Source scale 0.01; channel 0 reaches 100 steps (fits), channel 1 reaches 150 (does not).
    const RealWeights w = dense(2, 2, {1.0, -0.37, 1.5, 0.02});
    WeightTask task{&w, {}, 0.5, symmetric(Granularity::PerChannel), {}, true, false, {0.01}};
    const QuantizedWeights q = quantizeWeights(task);
    CHECK(q.params.scale[0] == 0.01f);
    CHECK(q.values[0] == 100);
    CHECK(q.values[1] == -37);
    CHECK(q.params.scale[1] == Approx(1.5 / 127));
}

TEST_CASE("realWeightsKnowEachOperatorsLayout")
{
    TinyModel m;
    // Depthwise [1,1,2,3] (width 2, 3 outputs): channel is the last dimension.
    const auto dw = m.constant<std::int8_t>("dw", {1, 1, 2, 3}, ElementType::Int8, QuantParams::perTensor(0.5f, 0), {1, 2, 3, 4, 5, 6});
    Operator op;
    op.code = Op::DepthwiseConv2D;
    const RealWeights d = realWeights(m.model(), op, m.graph().tensor(dw), 3);
    CHECK(d.outputs == 3);
    CHECK(d.inputs == 2);
    CHECK(d.values == std::vector<double>{0.5, 2.0, 1.0, 2.5, 1.5, 3.0});
    CHECK(d.channel == std::vector<std::size_t>{0, 0, 1, 1, 2, 2});

    const auto cw = m.constant<std::uint8_t>("conv", {2, 1, 1, 2}, ElementType::UInt8, QuantParams::perTensor(0.5f, 10), {11, 12, 9, 10});
    op.code = Op::Conv2D;
    const RealWeights c = realWeights(m.model(), op, m.graph().tensor(cw), 2);
    CHECK(c.values == std::vector<double>{0.5, 1.0, -0.5, 0.0});
    CHECK(c.channel == std::vector<std::size_t>{0, 1, 0, 1});

    // Two groups: 4 input channels, 2 per filter.
    const RealWeights g = realWeights(m.model(), op, m.graph().tensor(cw), 4);
    CHECK(g.channel == std::vector<std::size_t>{0, 1, 2, 3});

    // FULLY_CONNECTED on a flattened [.., 2] tensor: 4 weights per output, channels repeat.
    const auto fw = m.constant<std::int8_t>("fc", {1, 4}, ElementType::Int8, QuantParams::perTensor(1.0f, 0), {1, 2, 3, 4});
    op.code = Op::FullyConnected;
    CHECK(realWeights(m.model(), op, m.graph().tensor(fw), 2).channel == std::vector<std::size_t>{0, 1, 0, 1});

    // int4 is packed, low nibble first, signed.
    const auto iw = m.constant<std::uint8_t>("i4", {1, 3}, ElementType::Int4, QuantParams::perTensor(1.0f, 0), {0x9f, 0x07});
    CHECK(realWeights(m.model(), op, m.graph().tensor(iw), 3).values == std::vector<double>{-1, -7, 7});
}

TEST_CASE("withPatchMomentsFoldingRemovesTheMeanErrorAndRoundingIsNeverWorseThanNearest")
{
    for (unsigned seed = 0; seed < 20; ++seed) {
        const std::size_t outputs = 1 + seed % 5, inputs = 1 + seed % 9;
        INFO("seed " << seed);
        RealWeights w = randomWeights(outputs, inputs, seed);
        if (seed % 3 == 0)
            std::fill_n(w.values.begin(), inputs, 0.0); // a dead channel
        std::mt19937 engine(seed);
        std::normal_distribution<double> normal;
        PatchMoments p;
        p.samples = 1000;
        p.blocks = 1;
        p.size = inputs;
        std::vector<double> mix(inputs * inputs);
        for (double &m : mix)
            m = normal(engine);
        for (std::size_t i = 0; i < inputs; ++i) {
            p.mean.push_back(1 + normal(engine));
            for (std::size_t j = 0; j < inputs; ++j) {
                double c = 0;
                for (std::size_t k = 0; k < inputs; ++k)
                    c += mix[i * inputs + k] * mix[j * inputs + k];
                p.covariance.push_back(c);
            }
        }
        for (const Granularity g : {Granularity::PerTensor, Granularity::PerChannel}) {
            for (const ScaleRule rule : {ScaleRule::Any, ScaleRule::PowerOfTwo}) {
                const double offset = 0.7;
                WeightTask task;
                task.weights = &w;
                task.bias.assign(outputs, 0.25);
                task.inputScale = 1e-6; // a fine bias
                task.wish = symmetric(g, rule);
                task.patch = &p;
                task.offset = offset;
                const QuantizedWeights q = quantizeWeights(task);
                CHECK(q.error <= q.nearestError * (1 + 1e-9));
                for (std::size_t o = 0; o < outputs; ++o) {
                    const double s = static_cast<double>(q.params.scaleAt(o));
                    // E[y'] = sum w E[x' - offset] + b' must be that of the real weights, whose b' holds the offset already.
                    double before = task.bias[o], after = static_cast<double>(q.bias[o]) * task.inputScale * s;
                    for (std::size_t k = 0; k < inputs; ++k) {
                        before += w.values[o * inputs + k] * (p.mean[k] - offset);
                        after += static_cast<double>(q.values[o * inputs + k]) * s * (p.mean[k] - offset);
                    }
                    CHECK(std::abs(after - before) <= 0.5 * task.inputScale * s * (1 + 1e-6) + 1e-12);
                }
            }
        }
    }
}

TEST_CASE("reducedBitsClampEveryRoundingAndMoreBitsMeanLessError")
{
    for (unsigned seed = 0; seed < 10; ++seed) {
        INFO("seed " << seed);
        RealWeights w = randomWeights(5, 9, seed);
        w.values[3] = 0.9; // an outlier, which the search may cut
        PatchMoments p;
        p.samples = 1000;
        p.blocks = 1;
        p.size = 9;
        std::mt19937 engine(seed);
        std::normal_distribution<double> normal;
        std::vector<double> mix(81);
        for (double &m : mix)
            m = normal(engine);
        for (std::size_t i = 0; i < 9; ++i) {
            p.mean.push_back(normal(engine));
            for (std::size_t j = 0; j < 9; ++j) {
                double c = 0;
                for (std::size_t k = 0; k < 9; ++k)
                    c += mix[i * 9 + k] * mix[j * 9 + k];
                p.covariance.push_back(c);
            }
        }
        for (const Granularity g : {Granularity::PerTensor, Granularity::PerChannel}) {
            double before = 1e300;
            for (int bits = 2; bits <= 8; ++bits) {
                WeightTask task;
                task.weights = &w;
                task.wish = symmetric(g);
                task.wish.bits = bits < 8 ? bits : 0;
                task.patch = &p;
                const QuantizedWeights q = quantizeWeights(task);
                const std::int64_t most = (std::int64_t{1} << (bits - 1)) - 1;
                std::int64_t largest = 0;
                for (const std::int64_t v : q.values)
                    largest = std::max(largest, std::abs(v));
                CHECK(largest <= most);
                CHECK(largest >= most - (bits > 4)); // all of them are used
                CHECK(q.error < before);
                before = q.error;
            }
        }
    }
}

TEST_CASE("aNarrowBiasTakesTheCheaperOfCoarserWeightsAndACutBias")
{
    // Brute force over all scales that the rule has: the sum of what weights and bias lose, nearest rounding, inputs independent.
    for (unsigned seed = 0; seed < 30; ++seed) {
        INFO("seed " << seed);
        const RealWeights w = randomWeights(3, 4, seed);
        InputMoments moments{{0, 0, 0, 0}, {1, 2, 0.5, 1}};
        std::mt19937 engine(seed);
        const double size = std::exp2(static_cast<double>(engine() % 8)) * 0.05;
        WeightTask task;
        task.weights = &w;
        task.bias = {size, -0.3 * size, 0.01};
        task.inputScale = 0.01;
        task.wish = symmetric(Granularity::PerTensor, ScaleRule::PowerOfTwo);
        task.moments = moments;
        task.errorFolding = false;
        task.limits.biasBits = 8;
        const QuantizedWeights q = quantizeWeights(task);
        const auto loss = [&](double s) {
            double sum = 0;
            for (std::size_t o = 0; o < 3; ++o) {
                for (std::size_t k = 0; k < 4; ++k) {
                    const double v = w.values[o * 4 + k], d = std::clamp(std::round(v / s), -127.0, 127.0) * s - v;
                    sum += d * d * moments.meanSquare[k];
                }
                const double cut = std::max(0.0, std::abs(task.bias[o]) - 127 * task.inputScale * s);
                sum += cut * cut;
            }
            return sum;
        };
        double best = 1e300;
        for (int e = -20; e < 10; ++e)
            best = std::min(best, loss(std::ldexp(1.0, e)));
        // The choice leaves a 64th of the width free, hence a little more where that decides.
        CHECK(loss(static_cast<double>(q.params.scale[0])) <= best * 1.1 + 1e-12);
        std::size_t cut = 0;
        for (std::size_t o = 0; o < 3; ++o) {
            CHECK(std::abs(q.bias[o]) <= 127);
            cut += std::abs(std::round(task.bias[o] / (task.inputScale * static_cast<double>(q.params.scale[0])))) > 127;
        }
        CHECK(q.biasesCut == cut);
    }
}

TEST_CASE("biasesOfAllZeroWeightsGetTheRoomTheyNeed")
{
    const RealWeights none = dense(2, 2, {0, 0, 0.5, -0.25});
    for (const Granularity g : {Granularity::PerTensor, Granularity::PerChannel}) {
        WeightTask task;
        task.weights = &none;
        task.bias = {100.0, 0.1};
        task.inputScale = 0.01;
        task.wish = symmetric(g);
        task.limits.biasBits = 16;
        const QuantizedWeights q = quantizeWeights(task);
        CHECK(q.biasesCut == 0);
        CHECK(static_cast<double>(q.bias[0]) * 0.01 * static_cast<double>(q.params.scaleAt(0)) == Approx(100.0).epsilon(1e-4));
    }
}

TEST_CASE("biasesOnTheirOwnScaleRoundToTheNearestThatTheWidthHas")
{
    std::mt19937 engine(5);
    for (int round = 0; round < 200; ++round) {
        std::vector<std::int64_t> bias(1 + engine() % 4), before;
        for (std::int64_t &b : bias)
            b = static_cast<std::int64_t>(engine() % 2000001) - 1000000 >> engine() % 20;
        before = bias;
        Limits limits;
        limits.biasBits = 2 + static_cast<int>(engine() % 10);
        limits.biasOwnScale = true;
        fitBiases(bias, limits, false);
        // The least shift at which all fit when rounded half to even, found by trying.
        const auto rounded = [](std::int64_t b, int shift) { return std::nearbyint(std::ldexp(static_cast<double>(b), -shift)); };
        const double most = std::ldexp(1.0, *limits.biasBits - 1);
        int shift = 0;
        while (std::any_of(before.begin(), before.end(), [&](std::int64_t b) { return rounded(b, shift) < -most || rounded(b, shift) > most - 1; }))
            ++shift;
        for (std::size_t i = 0; i < bias.size(); ++i)
            CHECK(static_cast<double>(bias[i]) == std::ldexp(rounded(before[i], shift), shift));
    }
}

TEST_CASE("theCostOfRoundingARowIsTheSumOfItsWeights")
{
    std::mt19937 random(7);
    std::normal_distribution<float> value(0, 40);
    std::uniform_real_distribution<float> weight(0, 2);
    for (std::size_t n : {0u, 1u, 7u, 8u, 9u, 63u, 1280u}) {
        std::vector<float> v(n), w(n);
        for (std::size_t i = 0; i < n; ++i) {
            v[i] = value(random);
            w[i] = weight(random);
        }
        for (const double inverse : {0.3, 1.0, 4.0, 1e6}) {
            double weighted = 0, plain = 0;
            for (std::size_t i = 0; i < n; ++i) {
                const double u = std::clamp(static_cast<double>(v[i]) * inverse, -4194303.0, 4194303.0);
                const double d = std::clamp(std::nearbyint(u), -127.0, 127.0) - u;
                weighted += d * d * static_cast<double>(w[i]);
                plain += d * d;
            }
            CAPTURE(n, inverse);
            CHECK(roundingCost(v.data(), w.data(), n, static_cast<float>(inverse), -127, 127) == Approx(weighted).epsilon(1e-4).margin(1e-9));
            CHECK(roundingCost(v.data(), nullptr, n, static_cast<float>(inverse), -127, 127) == Approx(plain).epsilon(1e-4).margin(1e-9));
        }
    }
}
