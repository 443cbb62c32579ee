// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/passes/biasroom.h"

#include "core/passes/passes.h"
#include "tests/core/tinymodel.h"

#include <catch2/catch.hpp>

#include <cmath>

using namespace requant;
using namespace requant::test;

namespace {

// input -> a (RELU6) -> out; the second layer's weights sum up to `sum` times the largest of them.
struct Chain : TinyModel
{
    TensorIndex in, a, out;
    explicit Chain(bool oneSided)
    {
        in = activation("in", {1, 1, 1, 1}, ElementType::UInt8, 0.0078125f, 128);
        a = activation("a", {1, 1, 1, 8}, ElementType::UInt8, 6.0f / 255, 0);
        out = activation("out", {1, 1, 1, 1}, ElementType::UInt8, 0.1f, 128);
        conv<std::uint8_t>(in, a, ElementType::UInt8, QuantParams::perTensor(0.03f, 128), {200, 100, 140, 220, 30, 150, 90, 240}, std::vector<std::int32_t>(8, 20), 3);
        std::vector<std::uint8_t> w;
        for (int i = 0; i < 8; ++i)
            w.push_back(static_cast<std::uint8_t>(oneSided || i % 2 == 0 ? 228 : 28));
        conv<std::uint8_t>(a, out, ElementType::UInt8, QuantParams::perTensor(0.02f, 128), w, {40});
        io({in}, {out});
    }
};

double offsetOfA(Chain &m, const Limits &limits, Granularity granularity = Granularity::PerTensor)
{
    Rule r;
    r.activations.type = ElementType::Int8;
    r.activations.symmetry = Symmetry::Symmetric;
    r.weights.type = ElementType::Int8;
    r.weights.symmetry = Symmetry::Symmetric;
    r.weights.granularity = granularity;
    Recipe recipe;
    recipe.rules = {r};
    recipe.limits = limits;
    const auto out = applyPasses(m.model(), resolveConstraints(m.model(), assignScheme(m.model(), recipe), recipe), recipe, nullptr);
    REQUIRE(out);
    const auto at = out->effective.find(m.a);
    return at != out->effective.end() ? at->second.offset : 0.0;
}

} // namespace

TEST_CASE("foldingStaysWhereBiasesHaveRoom")
{
    Chain oneSided(true);
    CHECK(offsetOfA(oneSided, {}) != 0.0);
    CHECK(offsetOfA(oneSided, {.biasBits = 32}) != 0.0);
    CHECK(offsetOfA(oneSided, {.biasBits = 20}) != 0.0);
    CHECK(offsetOfA(oneSided, {.biasBits = 16, .biasOwnScale = true}) != 0.0);
}

TEST_CASE("foldingIsGivenUpWhereItCrowdsTheBias")
{
    // b' = sum(W) 128 e: with all weights of one sign 8 * 2.0 * 3.01 = 48 real, which 8 bits round by 0.19: more than half an output step.
    Chain oneSided(true);
    CHECK(offsetOfA(oneSided, {.biasBits = 8, .biasOwnScale = true}) == 0.0);
    // With weights that cancel out the offset leaves the bias as it is.
    Chain balanced(false);
    CHECK(offsetOfA(balanced, {.biasBits = 8, .biasOwnScale = true}) != 0.0);
    // As integers of the accumulator: 48 / (e 2.0 / 127) is about 130,000, which needs 18 bits and a sign.
    CHECK(offsetOfA(oneSided, {.biasBits = 16}) == 0.0);
    CHECK(offsetOfA(balanced, {.biasBits = 16}) != 0.0);
}

TEST_CASE("aChannelOfItsOwnSparesMoreBitsOfItsWeights")
{
    Chain oneSided(true);
    CHECK(offsetOfA(oneSided, {.biasBits = 16}, Granularity::PerChannel) != 0.0);
    CHECK(offsetOfA(oneSided, {.biasBits = 12}, Granularity::PerChannel) == 0.0);
}
