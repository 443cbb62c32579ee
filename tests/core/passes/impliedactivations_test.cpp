// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/passes/passes.h"

#include "core/sim/simulator.h"
#include "core/tflite/tflite.h"
#include "tests/core/sim/random.h"
#include "tests/core/tinymodel.h"

#include <cmath>

using namespace requant;
using namespace requant::test;

namespace {

// A convolution without an activation: half of its accumulators are negative, and what the output's range does with
// them decides.
struct Saturating : TinyModel
{
    TensorIndex in, out;
    Saturating(float outScale, std::int64_t outZero, ElementType type = ElementType::UInt8)
    {
        const std::int64_t middle = type == ElementType::UInt8 ? 128 : 0;
        in = activation("in", {1, 4, 4, 2}, type, 0.05f, middle);
        out = activation("out", {1, 4, 4, 2}, type, outScale, outZero);
        if (type == ElementType::UInt8)
            conv<std::uint8_t>(in, out, type, QuantParams::perTensor(0.02f, 128), {220, 30, 90, 240}, {20, -15});
        else
            conv<std::int8_t>(in, out, type, QuantParams::perTensor(0.02f, 0), {92, -98, -38, 112}, {20, -15});
        graph().operators[0].version = type == ElementType::UInt8 ? 1 : 3;
        io({in}, {out});
    }
    std::int64_t fused() { return graph().operators[0].options->integer("fused_activation_function"); }
};

Recipe recipe(ElementType type, Symmetry symmetry, ScaleRule scale = ScaleRule::Any)
{
    Rule r;
    r.activations.type = type;
    r.activations.symmetry = symmetry;
    r.activations.scale = scale;
    r.weights.type = ElementType::Int8;
    r.weights.symmetry = Symmetry::Symmetric;
    r.weights.granularity = Granularity::PerTensor;
    Recipe out;
    out.rules = {r};
    out.algorithms = Algorithms::naive();
    return out;
}

PassResult converted(const Model &m, const Recipe &wish)
{
    auto out = applyPasses(m, resolveConstraints(m, assignScheme(m, wish), wish), wish, nullptr);
    REQUIRE(out);
    return std::move(*out);
}

std::int64_t fused(const PassResult &p)
{
    return p.model.subgraphs[0].operators[0].options->integer("fused_activation_function");
}

std::vector<float> outputs(const Model &model, const std::vector<std::byte> &input)
{
    auto sim = Simulator::create(std::make_shared<const Model>(model));
    REQUIRE(sim);
    REQUIRE(sim->setInput(0, input));
    REQUIRE(sim->run());
    return dequantize(sim->output(0), model.subgraphs[0].tensor(model.subgraphs[0].outputs[0]));
}

} // namespace

TEST_CASE("whatSaturationCutsAwayIsCutAwayOnGridsBelowZeroToo")
{
    CAPTURE(testing::baseSeed());
    testing::Random random(testing::baseSeed());
    for (const auto &[type, symmetry] :
         {std::pair{ElementType::Int16, Symmetry::Symmetric}, std::pair{ElementType::Int8, Symmetry::Symmetric}}) {
        for (const ElementType from : {ElementType::UInt8, ElementType::Int8}) {
            Saturating m(6.0f / 255, from == ElementType::UInt8 ? 0 : -128, from);
            const PassResult p = converted(m.model(), recipe(type, symmetry));
            CHECK(fused(p) == 3);
            CHECK(m.fused() == 0); // the source is not touched
            std::vector<std::byte> input(32);
            for (std::byte &b : input)
                b = static_cast<std::byte>(random.integer(0, 255));
            const auto fed = regrid(input, m.graph().tensor(m.in), p.model.subgraphs[0].tensor(m.in));
            const auto before = outputs(m.model(), input), after = outputs(p.model, fed);
            // Both round; int8 has half as many steps in 0..6, and its input and weights are coarser.
            const float tolerance = type == ElementType::Int16 ? 0.1f : 0.4f;
            int cut = 0;
            for (std::size_t i = 0; i < before.size(); ++i) {
                CHECK(std::abs(before[i] - after[i]) <= tolerance);
                cut += before[i] == 0;
            }
            CHECK(cut > 2);
        }
    }
}

TEST_CASE("aRangeThatEndsElsewhereIsNoRelu6")
{
    Saturating m(0.1f, 0);
    CHECK(fused(converted(m.model(), recipe(ElementType::Int16, Symmetry::Symmetric))) == 1);
    Saturating narrow(0.01f, 0);
    CHECK(fused(converted(narrow.model(), recipe(ElementType::Int16, Symmetry::Symmetric))) == 1);
}

TEST_CASE("aRangeOnBothSidesOfZeroImpliesNothing")
{
    Saturating m(6.0f / 255, 1);
    CHECK(fused(converted(m.model(), recipe(ElementType::Int16, Symmetry::Symmetric))) == 0);
    Saturating top(6.0f / 255, 255);
    CHECK(fused(converted(top.model(), recipe(ElementType::Int16, Symmetry::Symmetric))) == 0);
}

TEST_CASE("whereSaturationDoesItAgainNothingIsSaid")
{
    Saturating m(6.0f / 255, 0);
    const PassResult moved = converted(m.model(), recipe(ElementType::Int8, Symmetry::Asymmetric));
    CHECK(moved.model.subgraphs[0].tensor(m.out).quant.zeroPointAt(0) == -128);
    CHECK(fused(moved) == 0);
    // A source that is kept is kept.
    CHECK(modelDifferences(m.model(), converted(m.model(), Recipe{}).model) == std::vector<std::string>{});
}

TEST_CASE("aPowerOfTwoRangeBeyondSixIsCutAtSix")
{
    Saturating m(6.0f / 255, 0);
    const PassResult p = converted(m.model(), recipe(ElementType::Int8, Symmetry::Symmetric, ScaleRule::PowerOfTwo));
    CHECK(p.model.subgraphs[0].tensor(m.out).quant.scale[0] == 0.0625f); // up to 7.94
    CHECK(fused(p) == 3);
}
