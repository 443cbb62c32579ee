// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/passes/grids.h"

#include "tests/core/tinymodel.h"

#include <catch2/catch.hpp>

#include <cmath>

using namespace requant;
using namespace requant::test;

namespace {

TensorWish wish(ElementType type, Symmetry symmetry, bool narrow = false)
{
    TensorWish w;
    w.role = TensorRole::Activation;
    w.keep = false;
    w.type = type;
    w.symmetry = symmetry;
    w.narrowRange = narrow;
    return w;
}

std::vector<GroupGrid> grids(const Model &m, const Recipe &recipe, Resolution &r)
{
    r = resolveConstraints(m, assignScheme(m, recipe), recipe);
    return chooseGrids(m, r, recipe);
}

Recipe powerOfTwo()
{
    Recipe recipe;
    Rule r;
    r.activations.type = ElementType::Int8;
    r.activations.symmetry = Symmetry::Symmetric;
    r.activations.scale = ScaleRule::PowerOfTwo;
    r.weights = r.activations;
    r.weights.granularity = Granularity::PerTensor;
    recipe.rules = {r};
    return recipe;
}

// input -> conv a -> conv b -> (a linear) ADD of b and c -> conv out
struct Residual : TinyModel
{
    TensorIndex in, a, b, sum, out;
    explicit Residual(float sa = 0.023f, float sb = 0.11f, float ss = 0.17f, int fusedA = 3)
    {
        in = activation("in", {1, 1, 1, 1}, ElementType::UInt8, 0.0078125f, 128);
        a = activation("a", {1, 1, 1, 1}, ElementType::UInt8, sa, fusedA == 3 ? 0 : 120);
        b = activation("b", {1, 1, 1, 1}, ElementType::UInt8, sb, 120);
        sum = activation("sum", {1, 1, 1, 1}, ElementType::UInt8, ss, 131);
        out = activation("out", {1, 1, 1, 1}, ElementType::UInt8, 0.3f, 128);
        const auto w = QuantParams::perTensor(0.02f, 128);
        conv<std::uint8_t>(in, a, ElementType::UInt8, w, {200}, {5}, fusedA);
        conv<std::uint8_t>(a, b, ElementType::UInt8, w, {100}, {5});
        add(Op::Add, {b, b}, {sum}, options("AddOptions"));
        conv<std::uint8_t>(sum, out, ElementType::UInt8, w, {50}, {5});
        io({in}, {out});
    }
};

} // namespace

TEST_CASE("powersOfTwoAroundAValue")
{
    CHECK(floorPowerOfTwo(1.0) == 1.0);
    CHECK(floorPowerOfTwo(1.999) == 1.0);
    CHECK(floorPowerOfTwo(0.3) == 0.25);
    CHECK(ceilPowerOfTwo(1.0) == 1.0);
    CHECK(ceilPowerOfTwo(1.0000001) == 1.0); // rounding noise of a product is not a reason for another octave
    CHECK(ceilPowerOfTwo(1.01) == 2.0);
    CHECK(ceilPowerOfTwo(0.3) == 0.5);
}

TEST_CASE("coveringGridHoldsTheRange")
{
    struct Case
    {
        TensorWish wish;
        RealRange range;
        double scale;
        std::int64_t zeroPoint;
    };
    const Case cases[] = {
        {wish(ElementType::Int8, Symmetry::Symmetric), {0, 6}, 6.0 / 127, 0},
        {wish(ElementType::Int8, Symmetry::Symmetric), {-12.8, 6}, 0.1, 0},
        {wish(ElementType::Int8, Symmetry::Symmetric, true), {-12.7, 6}, 0.1, 0},
        {wish(ElementType::UInt8, Symmetry::Symmetric), {0, 25.5}, 0.1, 0},
        {wish(ElementType::UInt8, Symmetry::Symmetric), {-12.8, 1}, 0.1, 128},
        {wish(ElementType::Int8, Symmetry::Asymmetric), {0, 25.5}, 0.1, -128},
        {wish(ElementType::Int8, Symmetry::Asymmetric), {10, 25.5}, 0.1, -128}, // zero is always held
        {wish(ElementType::UInt8, Symmetry::Asymmetric), {-5.1, 20.4}, 0.1, 51},
        {wish(ElementType::Int16, Symmetry::Symmetric), {-3.2767, 1}, 1e-4, 0},
    };
    for (const Case &c : cases) {
        const Grid g = coveringGrid(c.wish, c.range);
        CHECK(g.scale == Approx(c.scale).epsilon(1e-12));
        CHECK(g.zeroPoint == c.zeroPoint);
    }
    CHECK(coveringGrid(wish(ElementType::Int8, Symmetry::Symmetric), {0, 0}).scale == 1.0);
}

TEST_CASE("imageInputIsExactBecauseOnlyTheZeroPointMoves")
{
    const Grid g = coveringGrid(wish(ElementType::Int8, Symmetry::Symmetric), {-0.0078125 * 128, 0.0078125 * 127});
    CHECK(g.scale == 0.0078125);
}

TEST_CASE("asymmetricEightBitToEightBitKeepsTheScaleExactly")
{
    Residual m;
    Recipe recipe;
    Rule rule;
    rule.activations.type = ElementType::Int8;
    rule.activations.symmetry = Symmetry::Asymmetric;
    recipe.rules = {rule};
    Resolution r;
    const auto g = grids(m.model(), recipe, r);
    for (TensorIndex t : {m.in, m.a, m.b, m.sum, m.out}) {
        const QuantParams &q = g[static_cast<std::size_t>(r.tensors[t.pos()].group)].params;
        CHECK(q.scale[0] == m.graph().tensor(t).quant.scale[0]);
        CHECK(q.zeroPoint[0] == m.graph().tensor(t).quant.zeroPoint[0] - 128);
    }
}

TEST_CASE("int16GridHoldsEveryEightBitValueExactly")
{
    Residual m;
    Recipe recipe;
    Rule rule;
    rule.activations.type = ElementType::Int16;
    recipe.rules = {rule};
    Resolution r;
    const auto g = grids(m.model(), recipe, r);
    for (TensorIndex t : {m.in, m.a, m.b, m.sum}) {
        const Tensor &from = m.graph().tensor(t);
        const double s = static_cast<double>(g[static_cast<std::size_t>(r.tensors[t.pos()].group)].params.scale[0]);
        for (int q = 0; q < 256; ++q) {
            const double steps = static_cast<double>(from.quant.scale[0]) * static_cast<double>(q - from.quant.zeroPoint[0]) / s;
            REQUIRE(steps == std::round(steps));
            REQUIRE(std::abs(steps) <= 32767);
        }
    }
}

TEST_CASE("weightCorrectionDeclaresPowersOfTwoAndKeepsTheEffectiveScale")
{
    Residual m;
    Resolution r;
    const auto g = grids(m.model(), powerOfTwo(), r);
    const auto of = [&](TensorIndex t) { return g[static_cast<std::size_t>(r.tensors[t.pos()].group)]; };
    // RELU6 on [0, 255 * 0.023]: the effective scale is the ideal one and saturation does the clamping.
    // Folding the zero point keeps all 256 integers.
    const double ideal = static_cast<double>(0.023f);
    CHECK(of(m.a).offset == Approx(128 * ideal));
    CHECK(of(m.a).saturates);
    CHECK(of(m.a).params.scale[0] * of(m.a).ratio == Approx(ideal).epsilon(1e-6));
    CHECK(of(m.a).ratio >= 1.0);
    CHECK(of(m.a).ratio < 2.0);
    // ADD is only homogeneous: both sides carry the same ratio.
    CHECK(of(m.b).ratio == of(m.sum).ratio);
    CHECK(of(m.b).ratio > 1.0);
    // The world outside sees true values.
    CHECK(of(m.in).ratio == 1.0);
    CHECK(of(m.out).ratio == 1.0);
    for (TensorIndex t : {m.in, m.a, m.b, m.sum, m.out}) {
        int e = 0;
        CHECK(std::frexp(of(t).params.scale[0], &e) == 0.5f);
        CHECK(of(t).params.zeroPoint[0] == 0);
    }
}

TEST_CASE("noEffectiveGridClips")
{
    for (float sb : {0.061f, 0.09f, 0.124f, 0.126f}) {
        Residual m(0.023f, sb, 0.17f);
        Resolution r;
        const auto g = grids(m.model(), powerOfTwo(), r);
        for (TensorIndex t : {m.b, m.sum}) {
            const GroupGrid &grid = g[static_cast<std::size_t>(r.tensors[t.pos()].group)];
            const RealRange range = realRange(m.model(), m.graph().tensor(t));
            const double e = static_cast<double>(grid.params.scale[0]) * grid.ratio;
            // Offsets are moved to multiples of a step: a step at the ends.
            CHECK(grid.offset + e * 128 >= range.hi * (1 - 1e-6));
            CHECK(grid.offset - e * 129 <= range.lo * (1 - 1e-6));
        }
    }
}

TEST_CASE("requantizeOperatorsCarryTheRatio")
{
    // The ADD's result feeds an int16 layer: the copy must not cost the int8 side its ratio.
    Residual m;
    Recipe recipe = powerOfTwo();
    Rule wide = recipe.rules[0];
    wide.name = "a";
    wide.activations.type = ElementType::Int16;
    recipe.rules.push_back(wide);
    Resolution r;
    const auto g = grids(m.model(), recipe, r);
    const Boundary *copy = nullptr;
    for (const Boundary &b : r.boundaries) {
        if (b.tensor == m.a)
            copy = &b;
    }
    REQUIRE(copy);
    const GroupGrid &from = g[static_cast<std::size_t>(r.tensors[m.a.pos()].group)];
    const GroupGrid &to = g[static_cast<std::size_t>(copy->plan.group)];
    CHECK(from.ratio == to.ratio);
    CHECK(from.ratio > 1.0);
}

TEST_CASE("withoutWeightCorrectionEveryDeclaredScaleIsTrue")
{
    Residual m;
    Recipe recipe = powerOfTwo();
    recipe.algorithms.weightCorrection = false;
    Resolution r;
    for (const GroupGrid &g : grids(m.model(), recipe, r))
        CHECK(g.ratio == 1.0);
}

TEST_CASE("fusedClampThatWouldMoveForbidsARatio")
{
    // The clamp at 6 lies inside the range's grid: with ratio 1.5 it would cut at another value.
    TinyModel m;
    const auto in = m.activation("in", {1, 1, 1, 1}, ElementType::Int8, 0.0078125f, 0);
    const auto a = m.activation("a", {1, 1, 1, 1}, ElementType::Int8, 0.07f, 0); // holds 8.9, more than 6
    const auto out = m.activation("out", {1, 1, 1, 1}, ElementType::Int8, 0.3f, 0);
    const auto w = QuantParams::perTensor(0.02f, 0);
    m.conv<std::int8_t>(in, a, ElementType::Int8, w, {100}, {5}, 3);
    m.conv<std::int8_t>(a, out, ElementType::Int8, w, {100}, {5});
    m.io({in}, {out});
    Recipe recipe = powerOfTwo();
    recipe.algorithms.zeroPointFolding = false;
    Resolution r;
    const auto g = grids(m.model(), recipe, r);
    CHECK(g[static_cast<std::size_t>(r.tensors[a.pos()].group)].ratio == 1.0);
}
