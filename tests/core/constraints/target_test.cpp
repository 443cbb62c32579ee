// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/constraints/target.h"

#include "tests/core/tinymodel.h"

#include <catch2/catch.hpp>

using namespace requant;
using namespace requant::test;

namespace {

Recipe powerOfTwo()
{
    Rule r;
    r.activations.type = ElementType::Int8;
    r.activations.symmetry = Symmetry::Symmetric;
    r.activations.scale = ScaleRule::PowerOfTwo;
    r.weights = r.activations;
    r.weights.granularity = Granularity::PerTensor;
    r.weights.narrowRange = true;
    Recipe recipe;
    recipe.rules = {r};
    return recipe;
}

struct Layer : TinyModel
{
    TensorIndex in, out;
    Layer()
    {
        in = activation("in", {1, 1, 1, 2}, ElementType::Int8, 0.5f, 0);
        out = activation("out", {1, 1, 1, 2}, ElementType::Int8, 0.25f, 0);
        conv<std::int8_t>(in, out, ElementType::Int8, QuantParams::perTensor(0.125f, 0), {1, -127, 3, 4}, {0, 0});
        io({in}, {out});
    }
    Tensor &weights() { return graph().tensor(graph().operators[0].inputs[1]); }
};

std::vector<std::string> shortfalls(Layer &m)
{
    std::vector<std::string> out;
    for (const Diagnostic &d : verifyTarget(m.model(), powerOfTwo()))
        out.push_back(d.args.at(0) + ": " + d.args.at(1));
    return out;
}

using Found = std::vector<std::string>;

} // namespace

TEST_CASE("aModelThatIsWhatWasAskedForHasNoFindings")
{
    Layer m;
    CHECK(shortfalls(m) == Found{});
    CHECK(verifyTarget(m.model(), Recipe{}).empty());
}

TEST_CASE("eachUnmetWishIsNamed")
{
    Layer zero;
    zero.graph().tensor(zero.out).quant.zeroPoint = {-24};
    CHECK(shortfalls(zero) == Found{"out: zero point -24"});
    Layer scale;
    scale.graph().tensor(scale.in).quant.scale = {0.3f};
    CHECK(shortfalls(scale) == Found{"in: a scale that is no power of two"});
    Layer type;
    type.graph().tensor(type.out).type = ElementType::UInt8;
    type.graph().tensor(type.out).quant.zeroPoint = {128};
    CHECK(shortfalls(type) == Found{"out: it is uint8, not int8"});
    Layer channels;
    channels.weights().quant.scale = {0.125f, 0.25f};
    channels.weights().quant.zeroPoint = {0, 0};
    CHECK(shortfalls(channels) == Found{"out/weights: scales per channel"});
    Layer lowest;
    Buffer b = Buffer::fromValues(std::span<const std::int8_t>(std::vector<std::int8_t>{1, -128, 3, 4}));
    lowest.model().buffers[lowest.weights().buffer.pos()] = b;
    CHECK(shortfalls(lowest) == Found{"out/weights: the lowest integer is used"});
}

TEST_CASE("keptFixedOutputsMeetAPolicyToKeepThem")
{
    Layer m;
    const auto soft = m.activation("soft", {1, 1, 1, 2}, ElementType::Int8, 1.0f / 256, -128);
    const auto shaped = m.activation("shaped", {2}, ElementType::Int8, 1.0f / 256, -128);
    m.add(Op::Softmax, {m.out}, {soft});
    m.add(Op::Reshape, {soft}, {shaped});
    m.io({m.in}, {shaped});
    CHECK(shortfalls(m) == Found{});
    Recipe strict = powerOfTwo();
    strict.fixedOutputs = FixedOutputPolicy::Requantize;
    CHECK(verifyTarget(m.model(), strict).size() == 2);
}

TEST_CASE("limitsBelongToTheTarget")
{
    Layer m;
    Recipe recipe = powerOfTwo();
    recipe.limits.shiftRange = std::pair(5, 16); // M = 0.5 * 0.125 / 0.25 = 2^-2
    const Diagnostics found = verifyTarget(m.model(), recipe);
    REQUIRE(found.size() == 1);
    CHECK(found[0].message->id == "limits.shift-range");
}
