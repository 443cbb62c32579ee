// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/passes/offsets.h"

#include "core/passes/grids.h"
#include "core/passes/passes.h"
#include "core/sim/simulator.h"
#include "tests/core/tinymodel.h"

#include <catch2/catch.hpp>

#include <cmath>
#include <random>

using namespace requant;
using namespace requant::test;

namespace {

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

PassResult converted(const Model &m, const Recipe &recipe)
{
    const Resolution r = resolveConstraints(m, assignScheme(m, recipe), recipe);
    auto out = applyPasses(m, r, recipe, nullptr);
    REQUIRE(out);
    for (const Diagnostic &d : verifyQuantization(out->model))
        FAIL_CHECK(text(d));
    return std::move(*out);
}

// A 3x3 convolution with SAME padding behind a RELU, weights that int8 holds exactly.
struct Padded : TinyModel
{
    TensorIndex in, a, out;
    Padded()
    {
        in = activation("in", {1, 5, 4, 2}, ElementType::UInt8, 0.0078125f, 128);
        a = activation("a", {1, 5, 4, 2}, ElementType::UInt8, 0.01f, 0);
        out = activation("out", {1, 5, 4, 2}, ElementType::UInt8, 0.05f, 120);
        conv<std::uint8_t>(in, a, ElementType::UInt8, QuantParams::perTensor(0.02f, 128), {200, 90, 140, 131}, {500, -100}, 1);
        std::vector<std::uint8_t> w;
        for (int i = 0; i < 36; ++i)
            w.push_back(static_cast<std::uint8_t>(128 + (i * 37) % 90 - 45));
        const TensorIndex weights = constant("w", {2, 3, 3, 2}, ElementType::UInt8, QuantParams::perTensor(0.01f, 128), w);
        const TensorIndex bias = constant("b", {2}, ElementType::Int32, QuantParams::perTensor(0.0001f, 0), std::vector<std::int32_t>{1000, -2000});
        add(Op::Conv2D, {a, weights, bias}, {out}, options("Conv2DOptions"));
        io({in}, {out});
    }
};

std::vector<std::byte> run(const std::shared_ptr<const Model> &m, const std::vector<std::uint8_t> &pixels, bool isSigned, TensorIndex t)
{
    auto sim = Simulator::create(m);
    REQUIRE(sim);
    REQUIRE(sim->supported());
    std::vector<std::byte> bytes;
    for (std::uint8_t p : pixels)
        bytes.push_back(static_cast<std::byte>(isSigned ? p ^ 0x80 : p));
    REQUIRE(sim->setInput(0, bytes));
    REQUIRE(sim->run());
    const auto out = sim->tensor(t);
    return {out.begin(), out.end()};
}

} // namespace

TEST_CASE("aFoldedActivationHoldsTheSourcesIntegers")
{
    Padded m;
    const PassResult p = converted(m.model(), symmetric());
    const auto source = std::make_shared<Model>(m.model()), now = std::make_shared<Model>(p.model);
    const Tensor &a = p.model.subgraphs[0].tensor(m.a);
    CHECK(a.quant.zeroPoint == std::vector<std::int64_t>{0});
    REQUIRE(p.effective.count(m.a));
    CHECK(p.effective.at(m.a).offset == Approx(128 * 0.01));
    std::mt19937 engine(7);
    for (int i = 0; i < 5; ++i) {
        std::vector<std::uint8_t> pixels(40);
        for (auto &v : pixels)
            v = static_cast<std::uint8_t>(engine());
        const auto before = run(source, pixels, false, m.a), after = run(now, pixels, true, m.a);
        // RELU included, although the operator has none now. Ties round away from another zero.
        int ties = 0;
        for (std::size_t k = 0; k < before.size(); ++k) {
            const int x = std::to_integer<int>(before[k]) - 128, y = static_cast<std::int8_t>(after[k]);
            CHECK(std::abs(x - y) <= 1);
            ties += x != y;
        }
        CHECK(ties <= 4);
    }
}

TEST_CASE("paddingOfAFoldedTensorMeansZero")
{
    Padded m;
    const PassResult p = converted(m.model(), symmetric());
    const Subgraph &g = p.model.subgraphs[0];
    REQUIRE(g.operators.size() == 3);
    CHECK(g.operators[1].code == Op::Padv2);
    CHECK(p.origin == std::vector<OperatorIndex>{OperatorIndex{0}, OperatorIndex{}, OperatorIndex{1}});
    CHECK(g.operators[0].options->integer("fused_activation_function") == 0);
    CHECK(g.operators[2].options->integer("padding") == 1);
    CHECK(g.tensor(g.operators[1].outputs[0]).shape == Shape{1, 7, 6, 2});
    CHECK(values<std::int8_t>(p.model, g.tensor(g.operators[1].inputs[2])) == std::vector<std::int8_t>{-128});
    // Weights are exact and so is the input: the graph output is the source's up to its own grid.
    const auto source = std::make_shared<Model>(m.model()), now = std::make_shared<Model>(p.model);
    std::vector<std::uint8_t> pixels(40);
    for (std::size_t i = 0; i < pixels.size(); ++i)
        pixels[i] = static_cast<std::uint8_t>(i * 6);
    const auto before = run(source, pixels, false, m.out), after = run(now, pixels, true, m.out);
    const Tensor &o = g.tensor(m.out);
    for (std::size_t i = 0; i < before.size(); ++i) {
        const double x = 0.05 * (std::to_integer<int>(before[i]) - 120.0);
        const double y = static_cast<double>(o.quant.scale[0]) * static_cast<double>(static_cast<std::int8_t>(after[i]));
        CHECK(std::abs(x - y) <= 0.5 * 0.05 + 0.5 * static_cast<double>(o.quant.scale[0]) + 0.01); // ties, see above
    }
}

TEST_CASE("graphInputsAndOutputsAndProductsKeepTrueValues")
{
    TinyModel m;
    const auto in = m.activation("in", {1, 1, 1, 2}, ElementType::UInt8, 0.01f, 3);
    const auto a = m.activation("a", {1, 1, 1, 2}, ElementType::UInt8, 0.01f, 50);
    const auto b = m.activation("b", {1, 1, 1, 2}, ElementType::UInt8, 0.01f, 50);
    const auto product = m.activation("product", {1, 1, 1, 2}, ElementType::UInt8, 0.01f, 90);
    m.conv<std::uint8_t>(in, a, ElementType::UInt8, QuantParams::perTensor(0.02f, 128), {200, 90, 140, 131}, {500, -100});
    m.conv<std::uint8_t>(a, b, ElementType::UInt8, QuantParams::perTensor(0.02f, 128), {200, 90, 140, 131}, {500, -100});
    m.add(Op::Mul, {b, b}, {product}, TinyModel::options("MulOptions"));
    m.io({in}, {product});
    const PassResult p = converted(m.model(), symmetric());
    CHECK(!p.effective.count(in));
    CHECK(!p.effective.count(b));
    CHECK(!p.effective.count(product));
    CHECK(p.effective.count(a));
}

TEST_CASE("offsetsOfASumAddUp")
{
    for (int fused : {0, 1}) {
        TinyModel m;
        const auto in = m.activation("in", {1, 1, 1, 2}, ElementType::UInt8, 0.0078125f, 128);
        const auto a = m.activation("a", {1, 1, 1, 2}, ElementType::UInt8, 0.01f, 40);
        const auto b = m.activation("b", {1, 1, 1, 2}, ElementType::UInt8, 0.02f, 150);
        const auto sum = m.activation("sum", {1, 1, 1, 2}, ElementType::UInt8, 0.02f, fused ? 0 : 100);
        const auto out = m.activation("out", {1, 1, 1, 2}, ElementType::UInt8, 0.1f, 100);
        const auto w = QuantParams::perTensor(0.02f, 128);
        m.conv<std::uint8_t>(in, a, ElementType::UInt8, w, {200, 90, 140, 131}, {500, -100});
        m.conv<std::uint8_t>(in, b, ElementType::UInt8, w, {20, 100, 140, 231}, {-500, 100});
        m.add(Op::Add, {a, b}, {sum}, TinyModel::options("AddOptions", fused));
        m.conv<std::uint8_t>(sum, out, ElementType::UInt8, w, {90, 120, 150, 160}, {7, 8});
        m.io({in}, {out});
        const PassResult p = converted(m.model(), symmetric());
        REQUIRE(p.effective.count(sum));
        const auto offset = [&](TensorIndex t) { return p.effective.count(t) ? p.effective.at(t).offset : 0.0; };
        CHECK(offset(a) + offset(b) == Approx(offset(sum)));
        if (fused) {
            CHECK(offset(sum) == Approx(128 * static_cast<double>(p.model.subgraphs[0].tensor(sum).quant.scale[0])));
            CHECK(p.model.subgraphs[0].operators[2].options->integer("fused_activation_function") == 0);
        }
        for (TensorIndex t : {a, b, sum}) {
            const RealRange r = realRange(m.model(), m.graph().tensor(t));
            const double s = static_cast<double>(p.model.subgraphs[0].tensor(t).quant.scale[0]);
            // A few integers at one end are given for offsets that add up on the source's lattices: up to 10 by moving a
            // term, 3 % of 128 by keeping a scale, half a step for the lattice.
            CHECK(offset(t) + (127 + 15) * s >= r.hi);
            CHECK(offset(t) - (128 + 15) * s <= r.lo);
        }
    }
}

TEST_CASE("switchedOffNothingHasAnOffset")
{
    Padded m;
    Recipe recipe = symmetric();
    recipe.algorithms.zeroPointFolding = false;
    CHECK(converted(m.model(), recipe).effective.empty());
}
