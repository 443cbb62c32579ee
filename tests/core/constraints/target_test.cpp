// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/constraints/target.h"

#include "tests/core/tinymodel.h"

#include <catch2/catch.hpp>

#include <cmath>

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

TEST_CASE("reducedBitsAreCountedOnTheIntegers")
{
    Layer m;
    Recipe recipe = powerOfTwo();
    recipe.rules[0].weights.bits = 7;
    const auto found = [&](std::vector<std::int8_t> weights) {
        m.model().buffers[m.weights().buffer.pos()] = Buffer::fromValues(std::span<const std::int8_t>(weights));
        const Diagnostics d = verifyTarget(m.model(), recipe);
        return d.empty() ? std::string() : d.at(0).args.at(0) + ": " + d.at(0).args.at(1);
    };
    CHECK(found({63, -63, 0, 1}).empty());
    CHECK(found({63, -64, 0, 1}) == "out/weights: integers of more than 7 bits");
    CHECK(found({64, 0, 0, 1}) == "out/weights: integers of more than 7 bits");
    // int4 is packed: 3 bits are -3..3.
    recipe.rules[0].weights.type = ElementType::Int4;
    recipe.rules[0].weights.bits = 3;
    m.weights().type = ElementType::Int4;
    CHECK(found({0x3d, 0x03}).empty());
    CHECK(found({0x3d, 0x04}) == "out/weights: integers of more than 3 bits");
    CHECK(found({0x3d, static_cast<std::int8_t>(0xc0)}) == "out/weights: integers of more than 3 bits");
    // uint8 with a zero point of its own starts at 0, without one it lies around 128.
    recipe.rules[0].weights.type = ElementType::UInt8;
    recipe.rules[0].weights.bits = 6;
    recipe.rules[0].weights.symmetry = Symmetry::Asymmetric;
    m.weights().type = ElementType::UInt8;
    CHECK(found({63, 1, 2, 3}).empty());
    CHECK(found({64, 1, 2, 3}) == "out/weights: integers of more than 6 bits");
    recipe.rules[0].weights.symmetry = Symmetry::Symmetric;
    m.weights().quant.zeroPoint = {128};
    CHECK(found({static_cast<std::int8_t>(128 + 31), static_cast<std::int8_t>(128 - 31), static_cast<std::int8_t>(128), 100}).empty());
    CHECK(found({static_cast<std::int8_t>(128 + 32), 100, 100, 100}) == "out/weights: integers of more than 6 bits");
}

TEST_CASE("restrictedZeroPointsAreZeroOrTheTypesLowest")
{
    Layer m;
    Recipe recipe = powerOfTwo();
    recipe.rules[0].activations.symmetry = Symmetry::Restricted;
    CHECK(verifyTarget(m.model(), recipe).empty());
    m.graph().tensor(m.out).quant.zeroPoint = {-128};
    CHECK(verifyTarget(m.model(), recipe).empty());
    m.graph().tensor(m.out).quant.zeroPoint = {-127};
    REQUIRE(verifyTarget(m.model(), recipe).size() == 1);
    CHECK(verifyTarget(m.model(), recipe)[0].args.at(1) == "zero point -127");
}

TEST_CASE("powerOfTwoMultipliersAreJudgedByLayerNotByScale")
{
    Layer m;
    Recipe recipe = powerOfTwo();
    recipe.rules[0].activations.scale = ScaleRule::Any;
    recipe.rules[0].weights.scale = ScaleRule::PowerOfTwoMultiplier;
    m.graph().tensor(m.in).quant.scale = {0.3f};
    m.graph().tensor(m.out).quant.scale = {0.7f};
    m.weights().quant.scale = {static_cast<float>(std::ldexp(static_cast<double>(0.7f) / static_cast<double>(0.3f), -9))};
    CHECK(verifyTarget(m.model(), recipe).empty());
    m.weights().quant.scale[0] *= 1 + 0x1p-20f;
    REQUIRE(verifyTarget(m.model(), recipe).size() == 1);
    CHECK(verifyTarget(m.model(), recipe)[0].args.at(1) == "the multiplier of out is no power of two");
    m.weights().quant.scale = {0.125f}; // a power of two by itself does not help
    CHECK(verifyTarget(m.model(), recipe).size() == 1);
}

TEST_CASE("copiesForKeptLayersMeetTheTarget")
{
    Layer m;
    const auto copy = m.activation("copy", {1, 1, 1, 2}, ElementType::UInt8, 0.3f, 7);
    const auto last = m.activation("last", {1, 1, 1, 2}, ElementType::UInt8, 0.3f, 7);
    m.add(Op::Quantize, {m.out}, {copy});
    m.add(Op::Reshape, {copy}, {last});
    m.graph().outputs = {last};
    Recipe recipe = powerOfTwo();
    CHECK(verifyTarget(m.model(), recipe).size() == 2);
    Rule keep;
    keep.name = "last";
    keep.activations.keep = true;
    recipe.rules.push_back(keep);
    CHECK(verifyTarget(m.model(), recipe).empty());
    m.graph().outputs = {last, copy}; // now it is also an output of the network
    CHECK(verifyTarget(m.model(), recipe).size() == 1);
}
