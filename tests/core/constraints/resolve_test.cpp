// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/constraints/resolve.h"

#include "tests/core/tinymodel.h"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace requant;
using namespace requant::test;

namespace {

Rule everything(ElementType type, Symmetry symmetry = Symmetry::Symmetric, ScaleRule scale = ScaleRule::Any)
{
    Rule r;
    r.activations.type = type;
    r.activations.symmetry = symmetry;
    r.activations.scale = scale;
    r.weights.type = type == ElementType::UInt8 ? ElementType::UInt8 : ElementType::Int8;
    r.weights.symmetry = type == ElementType::UInt8 ? Symmetry::Asymmetric : Symmetry::Symmetric;
    r.weights.granularity = Granularity::PerTensor;
    r.weights.scale = scale;
    return r;
}

Rule keepLayer(std::string name)
{
    Rule r;
    r.name = std::move(name);
    r.activations.keep = true;
    r.weights.keep = true;
    return r;
}

Resolution resolve(const Model &m, std::vector<Rule> rules, FixedOutputPolicy policy = FixedOutputPolicy::Keep)
{
    Recipe recipe;
    recipe.rules = std::move(rules);
    recipe.fixedOutputs = policy;
    return resolveConstraints(m, assignScheme(m, recipe), recipe);
}

// input -> conv a -> conv b -> softmax, uint8 as TF1 wrote it.
struct Chain : TinyModel
{
    TensorIndex in, a, b, soft;
    Chain()
    {
        in = activation("input", {1, 2, 2, 1}, ElementType::UInt8, 0.0078125f, 128);
        a = activation("a", {1, 2, 2, 1}, ElementType::UInt8, 0.05f, 10);
        b = activation("b", {1, 2, 2, 1}, ElementType::UInt8, 0.1f, 120);
        soft = activation("soft", {1, 2, 2, 1}, ElementType::UInt8, 0.00390625f, 0);
        conv<std::uint8_t>(in, a, ElementType::UInt8, QuantParams::perTensor(0.02f, 130), {200}, {5});
        conv<std::uint8_t>(a, b, ElementType::UInt8, QuantParams::perTensor(0.03f, 100), {7}, {-3});
        add(Op::Softmax, {b}, {soft}, options("SoftmaxOptions"));
        io({in}, {soft});
    }
};

} // namespace

TEST_CASE("emptyRecipeKeepsEveryTensorAndInsertsNothing")
{
    Chain m;
    const Resolution r = resolve(m.model(), {});
    CHECK(r.boundaries.empty());
    CHECK(r.adjustments.empty());
    CHECK(r.diagnostics.empty());
    for (std::size_t i = 0; i < r.tensors.size(); ++i) {
        if (r.tensors[i].wish.role != TensorRole::Other && r.tensors[i].wish.role != TensorRole::Bias)
            CHECK(r.tensors[i].origin == Origin::Kept);
    }
}

TEST_CASE("fixedOutputIsKeptWithANoteUnderPolicyKeep")
{
    Chain m;
    const Resolution r = resolve(m.model(), {everything(ElementType::Int8)});
    CHECK(r.boundaries.empty());
    const TensorPlan &soft = r.tensors[m.soft.pos()];
    CHECK(soft.origin == Origin::Fixed);
    REQUIRE(soft.fixed);
    CHECK(soft.fixed->scale[0] == 1.0f / 256);
    CHECK(soft.fixed->zeroPoint[0] == -128);
    REQUIRE(r.adjustments.size() == 1);
    CHECK(r.adjustments[0].tensor == m.soft);
    CHECK(r.adjustments[0].asked.symmetry == Symmetry::Symmetric);
    REQUIRE(r.diagnostics.size() == 1);
    CHECK(r.diagnostics[0].message == &kFixedOutputKept);
}

TEST_CASE("fixedOutputGetsARequantizeOperatorUnderPolicyRequantize")
{
    Chain m;
    const Resolution r = resolve(m.model(), {everything(ElementType::Int8)}, FixedOutputPolicy::Requantize);
    REQUIRE(r.boundaries.size() == 1);
    CHECK(r.boundaries[0].tensor == m.soft);
    CHECK_FALSE(r.boundaries[0].consumer);
    CHECK(r.boundaries[0].input == 0);
    CHECK(r.boundaries[0].plan.wish.symmetry == Symmetry::Symmetric);
    CHECK(r.boundaries[0].plan.group >= 0);
    CHECK(r.diagnostics.at(0).message == &kFixedOutputRequantized);
}

TEST_CASE("fixedUint8SoftmaxAlreadyHasZeroPointZero")
{
    Chain m;
    const Resolution r = resolve(m.model(), {everything(ElementType::UInt8)});
    CHECK(r.adjustments.empty());
    CHECK(r.tensors[m.soft.pos()].fixed->zeroPoint[0] == 0);
}

TEST_CASE("layerLeftAsItIsGetsRequantizeOperatorsOnBothSides")
{
    Chain m;
    const Resolution r = resolve(m.model(), {everything(ElementType::Int8), keepLayer("b")});
    REQUIRE(r.boundaries.size() == 2);
    CHECK(r.boundaries[0].tensor == m.a); // int8 -> uint8 for conv b
    CHECK(r.boundaries[0].consumer == OperatorIndex{1});
    CHECK(r.boundaries[0].plan.wish.type == ElementType::UInt8);
    REQUIRE(r.boundaries[0].plan.fixed);
    CHECK(r.boundaries[0].plan.fixed->sameGrid(m.graph().tensor(m.a).quant));
    CHECK(r.boundaries[1].tensor == m.b); // uint8 -> int8 for softmax
    CHECK(r.boundaries[1].consumer == OperatorIndex{2});
    CHECK(r.boundaries[1].plan.wish.type == ElementType::Int8);
    CHECK(r.tensors[m.b.pos()].wish.keep);
    CHECK(r.boundaries[0].reason.find("requantize operator inserted because") == 0);
}

TEST_CASE("concatenationInt8TiesItsInputsAndOutput")
{
    TinyModel m;
    const auto x = m.activation("x", {1, 1, 1, 2}, ElementType::UInt8, 0.1f, 3);
    const auto y = m.activation("y", {1, 1, 1, 2}, ElementType::UInt8, 0.2f, 9);
    const auto z = m.activation("z", {1, 1, 1, 4}, ElementType::UInt8, 0.2f, 9);
    m.add(Op::Concatenation, {x, y}, {z});
    m.io({x, y}, {z});
    const Resolution eight = resolve(m.model(), {everything(ElementType::Int8)});
    CHECK(eight.tensors[x.pos()].group == eight.tensors[z.pos()].group);
    CHECK(eight.tensors[y.pos()].group == eight.tensors[z.pos()].group);
    const Resolution unsignedEight = resolve(m.model(), {everything(ElementType::UInt8, Symmetry::Asymmetric)});
    CHECK(unsignedEight.tensors[x.pos()].group != unsignedEight.tensors[z.pos()].group);
}

TEST_CASE("aTensorWithAGridOfItsOwnIsCutFromItsGroupByARequantizeOperator")
{
    TinyModel m;
    const auto x = m.activation("x", {1, 1, 1, 2}, ElementType::Int8, 0.1f, 3);
    const auto y = m.activation("y", {1, 1, 1, 2}, ElementType::Int8, 0.2f, 9);
    const auto z = m.activation("z", {1, 1, 1, 4}, ElementType::Int8, 0.2f, 9);
    m.add(Op::Concatenation, {x, y}, {z});
    m.io({x, y}, {z});
    Rule own;
    own.name = "x";
    own.activations.ownGrid = true;
    const Resolution one = resolve(m.model(), {everything(ElementType::Int8), own});
    CHECK(one.tensors[x.pos()].group != one.tensors[z.pos()].group);
    CHECK(one.tensors[y.pos()].group == one.tensors[z.pos()].group);
    REQUIRE(one.boundaries.size() == 1);
    CHECK(one.boundaries[0].tensor == x);
    CHECK(one.boundaries[0].input == 0);
    CHECK(one.boundaries[0].plan.group == one.tensors[z.pos()].group);
    CHECK(one.boundaries[0].reason.find("'x'") != std::string::npos);
    // The output: every input is read through one.
    own.name = "z";
    const Resolution both = resolve(m.model(), {everything(ElementType::Int8), own});
    CHECK(both.boundaries.size() == 2);
    CHECK(both.tensors[x.pos()].group != both.tensors[z.pos()].group);
    CHECK(both.tensors[x.pos()].group != both.tensors[y.pos()].group);
    own.activations.ownGrid = false;
    CHECK(resolve(m.model(), {everything(ElementType::Int8), own}).boundaries.empty());
}

TEST_CASE("tiedTensorsGetTheStrictestWishWithAReason")
{
    TinyModel m;
    const auto x = m.activation("x", {1, 4}, ElementType::Int8, 0.1f, 3);
    const auto y = m.activation("y", {4}, ElementType::Int8, 0.1f, 3);
    m.add(Op::Reshape, {x}, {y});
    m.io({x}, {y});
    Rule input = everything(ElementType::Int8, Symmetry::Asymmetric);
    Rule reshape = everything(ElementType::Int8, Symmetry::Symmetric);
    reshape.operators = {"RESHAPE"};
    const Resolution r = resolve(m.model(), {input, reshape});
    CHECK(r.tensors[x.pos()].group == r.tensors[y.pos()].group);
    CHECK(r.tensors[x.pos()].wish.symmetry == Symmetry::Symmetric);
    REQUIRE(r.adjustments.size() == 1);
    CHECK(r.adjustments[0].tensor == x);
    CHECK(r.adjustments[0].reason.find("RESHAPE") != std::string::npos);
}

TEST_CASE("weightTypeFollowsTheActivationType")
{
    Chain m;
    Rule activationsOnly;
    activationsOnly.activations.type = ElementType::Int8;
    activationsOnly.activations.symmetry = Symmetry::Symmetric;
    const Resolution r = resolve(m.model(), {activationsOnly});
    const TensorIndex w = m.graph().op(OperatorIndex{0}).inputs[1];
    CHECK(r.tensors[w.pos()].wish.type == ElementType::Int8);
    CHECK(r.tensors[w.pos()].wish.symmetry == Symmetry::Symmetric);
    CHECK_FALSE(r.tensors[w.pos()].wish.keep);

    Rule weightsOnly;
    weightsOnly.weights.type = ElementType::Int8;
    weightsOnly.weights.granularity = Granularity::PerChannel;
    weightsOnly.weights.symmetry = Symmetry::Symmetric;
    const Resolution u = resolve(m.model(), {weightsOnly});
    CHECK(u.tensors[w.pos()].wish.type == ElementType::UInt8);
    CHECK(u.tensors[w.pos()].wish.granularity == Granularity::PerTensor);
    CHECK(u.adjustments.size() == 2); // both convolutions
}

TEST_CASE("biasesAreDerivedWhereInputOrWeightsChange")
{
    Chain m;
    const TensorIndex first = m.graph().op(OperatorIndex{0}).inputs[2], second = m.graph().op(OperatorIndex{1}).inputs[2];
    const Resolution r = resolve(m.model(), {everything(ElementType::Int8)});
    CHECK(r.tensors[first.pos()].origin == Origin::Derived);
    CHECK(r.tensors[first.pos()].because == OperatorIndex{0});
    CHECK(r.tensors[first.pos()].wish.type == ElementType::Int32);
    CHECK(resolve(m.model(), {everything(ElementType::Int16)}).tensors[second.pos()].wish.type == ElementType::Int64);
    CHECK(resolve(m.model(), {}).tensors[first.pos()].origin == Origin::Kept);
}

TEST_CASE("perChannelFullyConnectedNeedsARuleThatNamesIt")
{
    TinyModel m;
    const auto x = m.activation("x", {1, 2}, ElementType::Int8, 0.1f, 0);
    const auto y = m.activation("y", {1, 2}, ElementType::Int8, 0.1f, 0);
    const auto w = m.constant<std::int8_t>("w", {2, 2}, ElementType::Int8, QuantParams::perTensor(0.1f, 0), {1, 2, 3, 4});
    m.add(Op::FullyConnected, {x, w, TensorIndex{}}, {y}, TinyModel::options("FullyConnectedOptions"));
    m.io({x}, {y});
    Rule all = everything(ElementType::Int8);
    all.weights.granularity = Granularity::PerChannel;
    CHECK(resolve(m.model(), {all}).tensors[w.pos()].wish.granularity == Granularity::PerTensor);
    Rule named = all;
    named.operators = {"FULLY_CONNECTED"};
    CHECK(resolve(m.model(), {all, named}).tensors[w.pos()].wish.granularity == Granularity::PerChannel);
}

TEST_CASE("unknownOperatorKeepsItsTensorsAndReadsACopy")
{
    TinyModel m;
    const auto x = m.activation("x", {1, 4}, ElementType::UInt8, 0.1f, 3);
    const auto y = m.activation("y", {1, 4}, ElementType::UInt8, 0.1f, 3);
    m.add(Op::Custom, {x}, {y});
    m.io({x}, {y});
    const Resolution r = resolve(m.model(), {everything(ElementType::Int8)});
    CHECK(r.tensors[y.pos()].wish.keep);
    REQUIRE(r.boundaries.size() == 1);
    CHECK(r.boundaries[0].tensor == x);
    CHECK(r.boundaries[0].plan.fixed->sameGrid(m.graph().tensor(x).quant));
    CHECK(r.diagnostics.at(0).message == &kUnknownOperatorKept);
}

TEST_CASE("operatorWithoutInt16KernelKeepsItsType")
{
    TinyModel m;
    const auto x = m.activation("x", {1, 4}, ElementType::Int8, 0.1f, 3);
    const auto y = m.activation("y", {1, 4}, ElementType::Int8, 0.1f, 3);
    m.add(Op::HardSwish, {x}, {y});
    m.io({x}, {y});
    const Resolution r = resolve(m.model(), {everything(ElementType::Int16)});
    CHECK(r.tensors[y.pos()].wish.type == ElementType::Int8);
    REQUIRE(r.boundaries.size() == 1); // the input is int16 and HARD_SWISH computes in int8
    CHECK(r.boundaries[0].plan.wish.type == ElementType::Int8);
}

TEST_CASE("copyForAFixedOutputOperatorFollowsTheRecipeNotTheFixedGrid")
{
    Chain m;
    Rule last = everything(ElementType::Int16);
    last.name = "b";
    const Resolution r = resolve(m.model(), {everything(ElementType::Int8), last});
    // a (int8) -> conv b (int16) and b (int16) -> softmax (int8) each need a copy; both are asked to be symmetric.
    REQUIRE(r.boundaries.size() == 2);
    CHECK(r.boundaries[1].tensor == m.b);
    CHECK(r.boundaries[1].plan.wish.type == ElementType::Int8);
    CHECK(r.boundaries[1].plan.wish.symmetry == Symmetry::Symmetric);
}

TEST_CASE("int16ActivationsBecomeSymmetric")
{
    Chain m;
    const Resolution r = resolve(m.model(), {everything(ElementType::Int16, Symmetry::Asymmetric)});
    CHECK(r.tensors[m.a.pos()].wish.symmetry == Symmetry::Symmetric);
    CHECK(r.tensors[m.in.pos()].wish.symmetry == Symmetry::Symmetric);
}

TEST_CASE("constantWithTwoUsersIsCopiedForEach")
{
    TinyModel m;
    const auto x = m.activation("x", {1, 2}, ElementType::UInt8, 0.1f, 3);
    const auto y = m.activation("y", {1, 2}, ElementType::UInt8, 0.2f, 4);
    const auto z = m.activation("z", {1, 2}, ElementType::UInt8, 0.4f, 5);
    const auto c = m.constant<std::uint8_t>("c", {1, 2}, ElementType::UInt8, QuantParams::perTensor(0.1f, 7), {1, 200});
    m.add(Op::Add, {x, c}, {y}, TinyModel::options("AddOptions"));
    m.add(Op::Add, {y, c}, {z}, TinyModel::options("AddOptions"));
    m.io({x}, {z});
    const Resolution r = resolve(m.model(), {everything(ElementType::Int8)});
    REQUIRE(r.boundaries.size() == 2);
    CHECK(r.boundaries[0].constant);
    CHECK(r.boundaries[1].constant);
    CHECK(r.tensors[c.pos()].wish.keep);
}

TEST_CASE("restrictedIsMetByFixedOutputsOnTheTypesLowestIntegerAndByInt16")
{
    Chain m;
    const Resolution r = resolve(m.model(), {everything(ElementType::Int8, Symmetry::Restricted)});
    CHECK(r.tensors[m.soft.pos()].origin == Origin::Fixed); // -128
    CHECK(r.diagnostics.empty());
    const Resolution wide = resolve(m.model(), {everything(ElementType::Int16, Symmetry::Restricted)});
    CHECK(wide.tensors[m.a.pos()].wish.symmetry == Symmetry::Symmetric);
    for (const Adjustment &a : wide.adjustments)
        CHECK(a.tensor != m.a); // nothing was refused
    // Symmetric is stricter, asymmetric looser, where a group has to share one grid.
    const auto weights = m.graph().operators[0].inputs[1];
    CHECK(r.tensors[weights.pos()].wish.symmetry == Symmetry::Symmetric);
}

TEST_CASE("groupsShareTheStricterOfSymmetricRestrictedAndAsymmetric")
{
    const auto merged = [](Symmetry a, Symmetry b) {
        TinyModel m;
        const auto x = m.activation("x", {1, 2, 2, 1}, ElementType::Int8, 0.1f, 3);
        const auto y = m.activation("y", {1, 2, 2, 1}, ElementType::Int8, 0.1f, 3);
        m.add(Op::Reshape, {x}, {y});
        m.io({x}, {y});
        Rule in = everything(ElementType::Int8, a), out = everything(ElementType::Int8, b);
        out.name = "y";
        const Resolution r = resolve(m.model(), {in, out});
        REQUIRE(r.tensors[x.pos()].group == r.tensors[y.pos()].group);
        CHECK(r.tensors[x.pos()].wish.symmetry == r.tensors[y.pos()].wish.symmetry);
        return r.tensors[x.pos()].wish.symmetry;
    };
    constexpr Symmetry s = Symmetry::Symmetric, r = Symmetry::Restricted, a = Symmetry::Asymmetric;
    CHECK(merged(s, r) == s);
    CHECK(merged(r, s) == s);
    CHECK(merged(r, a) == r);
    CHECK(merged(a, r) == r);
    CHECK(merged(a, a) == a);
    CHECK(merged(r, r) == r);
}
