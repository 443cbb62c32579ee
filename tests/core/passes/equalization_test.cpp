// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/passes/equalization.h"
#include "core/passes/passes.h"
#include "core/passes/weights.h"
#include "core/sim/simulator.h"
#include "tests/core/tinymodel.h"

#include <catch2/catch.hpp>

#include <cmath>
#include <random>

using namespace requant;
using namespace requant::test;

namespace {

// Two rows of three weights, the second three times as large as the scale of the first allows.
struct Rows
{
    RealWeights weights{2, 3, {0.40, -0.77, 1.27, 3.81, -1.10, 0.60}, {0, 1, 2, 0, 1, 2}};
    PatchMoments moments{100, 1, 3, {0, 0, 0}, {1, 0, 0, 0, 1, 0, 0, 0, 1}};
    RowScaling rows{{4, 4}, {0, 0}, 0, 1e-3, 0};

    WeightTask task(bool factors) const
    {
        TensorWish w;
        w.role = TensorRole::Weight;
        w.keep = false;
        w.type = ElementType::Int8;
        w.symmetry = Symmetry::Symmetric;
        w.granularity = Granularity::PerTensor;
        w.scale = ScaleRule::Any;
        WeightTask t;
        t.weights = &weights;
        t.bias = {0.5, -0.25};
        t.inputScale = 0.01;
        t.wish = w;
        t.sourceScale = {0.01};
        t.patch = &moments;
        t.rows = factors ? &rows : nullptr;
        return t;
    }
};

Recipe symmetric()
{
    Rule r;
    r.activations.type = ElementType::Int8;
    r.activations.symmetry = Symmetry::Symmetric;
    r.weights.type = ElementType::Int8;
    r.weights.symmetry = Symmetry::Symmetric;
    Recipe recipe;
    recipe.rules = {r};
    return recipe;
}

} // namespace

TEST_CASE("aRowThatExceedsTheScaleIsDividedWhereThatIsCheaper")
{
    const Rows r;
    const QuantizedWeights with = quantizeWeights(r.task(true)), without = quantizeWeights(r.task(false));
    REQUIRE(with.factors.size() == 2);
    CHECK(with.factors[0] == 1);
    CHECK(with.factors[1] == Approx(3).epsilon(0.01));
    CHECK(with.error < without.error);
    // The first row has its own integers; the second is right after its factor is undone.
    for (std::size_t k = 0; k < 3; ++k) {
        CHECK(static_cast<double>(with.values[k]) * 0.01 == Approx(r.weights.values[k]).margin(1e-6));
        CHECK(static_cast<double>(with.values[3 + k]) * static_cast<double>(with.params.scale[0]) * with.factors[1]
              == Approx(r.weights.values[3 + k]).margin(0.5 * 0.01 * 3));
    }
    CHECK(static_cast<double>(with.bias[1]) * 0.01 * static_cast<double>(with.params.scale[0]) * with.factors[1] == Approx(-0.25).margin(1e-3));
}

TEST_CASE("aClampThatManyValuesReachForbidsTheFactor")
{
    Rows r;
    r.rows.clamp = 6;
    r.rows.clampShare = {0.3, 0.3};
    CHECK(quantizeWeights(r.task(true)).factors.empty());
    r.rows.clampShare = {0.3, 0.0};
    CHECK(quantizeWeights(r.task(true)).factors.size() == 2);
    r.rows.most = {4, 2}; // readers have no room for 3
    for (const double f : quantizeWeights(r.task(true)).factors)
        CHECK(f <= 2);
    r.rows.most = {1, 1};
    CHECK(quantizeWeights(r.task(true)).factors.empty());
}

TEST_CASE("theNetworkWithFactorsComputesWhatItDid")
{
    // A residual stream: the channel of a producer that exceeds its range has one factor in both terms and the sum.
    TinyModel m;
    const auto in = m.activation("in", {1, 4, 4, 2}, ElementType::UInt8, 1.0f / 128, 128);
    const auto a = m.activation("a", {1, 4, 4, 2}, ElementType::UInt8, 0.02f, 128);
    const auto b = m.activation("b", {1, 4, 4, 2}, ElementType::UInt8, 0.02f, 128);
    const auto sum = m.activation("sum", {1, 4, 4, 2}, ElementType::UInt8, 0.02f, 128);
    const auto out = m.activation("out", {1, 4, 4, 2}, ElementType::UInt8, 0.02f, 128);
    const auto w = QuantParams::perTensor(0.01f, 90);
    m.conv<std::uint8_t>(in, a, ElementType::UInt8, w, {100, 60, 255, 70}, {20, -30}); // 165 steps in channel 1
    m.conv<std::uint8_t>(in, b, ElementType::UInt8, w, {40, 120, 130, 85}, {-5, 8});
    m.add(Op::Add, {a, b}, {sum}, TinyModel::options("AddOptions"));
    m.conv<std::uint8_t>(sum, out, ElementType::UInt8, w, {130, 100, 80, 120}, {0, 0});
    m.io({in}, {out});
    const Recipe recipe = symmetric();
    const Resolution r = resolveConstraints(m.model(), assignScheme(m.model(), recipe), recipe);
    const auto p = applyPasses(m.model(), r, recipe, nullptr);
    REQUIRE(p);
    const auto factorOf = [&](TensorIndex t) { return p->effective.count(t) ? p->effective.at(t).factor(1) : 1.0; };
    CHECK(factorOf(a) == Approx(165.0 / 127));
    CHECK(factorOf(b) == factorOf(a));
    CHECK(factorOf(sum) == factorOf(a));
    CHECK(p->effective.count(in) == 0);
    CHECK(p->effective.count(out) == 0);
    Recipe off = recipe;
    off.algorithms.equalization = false;
    const auto plain = applyPasses(m.model(), resolveConstraints(m.model(), assignScheme(m.model(), off), off), off, nullptr);
    REQUIRE(plain);
    for (const auto &[t, grid] : plain->effective)
        CHECK(grid.factors.empty());

    const auto source = std::make_shared<Model>(m.model()), now = std::make_shared<Model>(p->model);
    std::mt19937 engine(3);
    double worst = 0;
    for (int i = 0; i < 8; ++i) {
        std::vector<std::byte> x(32), y(32);
        for (std::size_t k = 0; k < x.size(); ++k) {
            x[k] = static_cast<std::byte>(engine());
            y[k] = x[k] ^ std::byte{0x80};
        }
        auto sa = Simulator::create(source), sb = Simulator::create(now);
        REQUIRE(sa);
        REQUIRE(sb);
        REQUIRE(sa->setInput(0, x));
        REQUIRE(sb->setInput(0, y));
        REQUIRE(sa->run());
        REQUIRE(sb->run());
        const auto p0 = sa->output(0), p1 = sb->output(0);
        const double s = static_cast<double>(now->subgraphs[0].tensor(out).quant.scale[0]);
        for (std::size_t k = 0; k < p0.size(); ++k) {
            const double was = 0.02 * (std::to_integer<int>(p0[k]) - 128), is = s * static_cast<double>(static_cast<std::int8_t>(p1[k]));
            worst = std::max(worst, std::abs(was - is));
        }
    }
    CHECK(worst <= 3 * 0.02); // a step each of the stream's rounding, the weights' and the output's
}
