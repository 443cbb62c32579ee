// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/passes/passes.h"

#include "core/tflite/schema.h"
#include "tests/core/tinymodel.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <array>
#include <cmath>

using namespace requant;
using namespace requant::test;

namespace {

Rule all(ElementType type, Symmetry symmetry, ScaleRule scale = ScaleRule::Any, Granularity granularity = Granularity::PerTensor)
{
    Rule r;
    r.activations.type = type;
    r.activations.symmetry = symmetry;
    r.activations.scale = scale;
    r.weights.type = type == ElementType::UInt8 ? ElementType::UInt8 : ElementType::Int8;
    r.weights.symmetry = type == ElementType::UInt8 ? Symmetry::Asymmetric : Symmetry::Symmetric;
    r.weights.granularity = granularity;
    r.weights.scale = scale;
    return r;
}

PassResult converted(const Model &m, Recipe recipe)
{
    const Resolution r = resolveConstraints(m, assignScheme(m, recipe), recipe);
    auto out = applyPasses(m, r, recipe, nullptr);
    REQUIRE(out);
    for (const Diagnostic &d : verifyQuantization(out->model))
        FAIL_CHECK(text(d));
    return std::move(*out);
}

PassResult converted(const Model &m, std::vector<Rule> rules)
{
    Recipe recipe;
    recipe.rules = std::move(rules);
    return converted(m, recipe);
}

// The declared network as real arithmetic: what one 1x1 convolution computes from real inputs, on effective grids.
std::vector<double> declaredConv(const PassResult &p, OperatorIndex o, const std::vector<double> &x)
{
    const Subgraph &g = p.model.subgraphs[0];
    const Operator &op = g.op(o);
    const Tensor &w = g.tensor(op.inputs[1]);
    const Tensor &b = g.tensor(op.inputs[2]);
    const auto wq = values<std::int8_t>(p.model, w);
    const auto bq = values<std::int32_t>(p.model, b);
    const auto grid = [&](TensorIndex t) { return p.effective.count(t) ? p.effective.at(t) : EffectiveGrid{}; };
    const EffectiveGrid in = grid(op.inputs[0]), out = grid(op.outputs[0]);
    std::vector<double> y;
    for (std::size_t o2 = 0; o2 < bq.size(); ++o2) {
        double acc = bq[o2] * static_cast<double>(b.quant.scaleAt(o2));
        for (std::size_t k = 0; k < x.size(); ++k)
            acc += static_cast<double>(wq[o2 * x.size() + k]) * static_cast<double>(w.quant.scaleAt(o2)) * (x[k] - in.offset) / in.ratio;
        y.push_back(acc * out.ratio + out.offset);
    }
    return y;
}

struct Pair : TinyModel
{
    TensorIndex in, a, out;
    Pair()
    {
        in = activation("in", {1, 1, 1, 2}, ElementType::UInt8, 0.0078125f, 128);
        a = activation("a", {1, 1, 1, 2}, ElementType::UInt8, 0.0235f, 0);
        out = activation("out", {1, 1, 1, 2}, ElementType::UInt8, 0.1f, 100);
        conv<std::uint8_t>(in, a, ElementType::UInt8, QuantParams::perTensor(0.02f, 130), {200, 3, 140, 131}, {500, -100}, 3);
        conv<std::uint8_t>(a, out, ElementType::UInt8, QuantParams::perTensor(0.03f, 100), {7, 150, 90, 30}, {-300, 20});
        io({in}, {out});
    }
};

// Two consumers of `a`, and a rule that keeps both.
struct Forked : Pair
{
    Rule keep;
    Forked()
    {
        const auto more = activation("more", {1, 1, 1, 2}, ElementType::UInt8, 0.1f, 100);
        conv<std::uint8_t>(a, more, ElementType::UInt8, QuantParams::perTensor(0.03f, 100), {7, 150, 90, 30}, {-300, 20});
        graph().outputs.push_back(more);
        keep.regex = "^(out|more)$";
        keep.activations.keep = true;
        keep.weights.keep = true;
    }
};

} // namespace

TEST_CASE("emptyRecipeChangesNothing")
{
    Pair m;
    const PassResult p = converted(m.model(), std::vector<Rule>{});
    const Subgraph &g = p.model.subgraphs[0];
    for (std::size_t i = 0; i < g.tensors.size(); ++i) {
        CHECK(g.tensors[i].quant.sameGrid(m.graph().tensors[i].quant));
        CHECK(g.tensors[i].type == m.graph().tensors[i].type);
        CHECK(values<std::uint8_t>(p.model, g.tensors[i]) == values<std::uint8_t>(m.model(), m.graph().tensors[i]));
    }
    CHECK(p.origin == std::vector<OperatorIndex>{OperatorIndex{0}, OperatorIndex{1}});
    CHECK(p.effective.empty());
}

TEST_CASE("powerOfTwoConversionComputesTheSameFunctionUpToWeightRounding")
{
    Pair m;
    const PassResult p = converted(m.model(), {all(ElementType::Int8, Symmetry::Symmetric, ScaleRule::PowerOfTwo)});
    REQUIRE(p.effective.count(m.a) == 1); // a ratio was absorbed, else this test shows nothing
    const Subgraph &from = m.graph();
    for (std::int32_t o = 0; o < 2; ++o) {
        const Operator &op = from.op(OperatorIndex{o});
        const Tensor &w = from.tensor(op.inputs[1]);
        const auto wq = values<std::uint8_t>(m.model(), w);
        const auto bq = values<std::int32_t>(m.model(), from.tensor(op.inputs[2]));
        const std::vector<double> x{0.7, 0.4};
        const auto got = declaredConv(p, OperatorIndex{o}, x);
        const Tensor &newW = p.model.subgraphs[0].tensor(op.inputs[1]);
        const double in = p.effective.count(op.inputs[0]) ? p.effective.at(op.inputs[0]).ratio : 1.0;
        const double out = p.effective.count(op.outputs[0]) ? p.effective.at(op.outputs[0]).ratio : 1.0;
        for (std::size_t c = 0; c < 2; ++c) {
            double exact = bq[c] * static_cast<double>(w.quant.scale[0]) * static_cast<double>(from.tensor(op.inputs[0]).quant.scale[0]);
            for (std::size_t k = 0; k < 2; ++k)
                exact += static_cast<double>(w.quant.scale[0]) * (wq[c * 2 + k] - static_cast<double>(w.quant.zeroPoint[0])) * x[k];
            // Half a weight step per input, plus half a bias step.
            const double step = static_cast<double>(newW.quant.scale[0]) * out;
            CHECK(std::abs(got[c] - exact) <= 0.5 * step * (x[0] + x[1]) / in + 0.5 * step);
        }
    }
}

TEST_CASE("uint8ToInt8AsymmetricActivationsMoveOnlyTheZeroPoint")
{
    Pair m;
    const PassResult p = converted(m.model(), {all(ElementType::Int8, Symmetry::Asymmetric)});
    const Subgraph &g = p.model.subgraphs[0];
    CHECK(g.tensor(m.a).type == ElementType::Int8);
    CHECK(g.tensor(m.a).quant.scale == m.graph().tensor(m.a).quant.scale);
    CHECK(g.tensor(m.a).quant.zeroPoint[0] == -128);
    CHECK(g.operators[0].version == 3);
}

TEST_CASE("uint8WeightsThatAlreadyFitAreKeptBitByBit")
{
    Pair m;
    const PassResult p = converted(m.model(), {all(ElementType::UInt8, Symmetry::Asymmetric)});
    for (std::int32_t o = 0; o < 2; ++o) {
        const TensorIndex w = m.graph().op(OperatorIndex{o}).inputs[1];
        CHECK(values<std::uint8_t>(p.model, p.model.subgraphs[0].tensor(w)) == values<std::uint8_t>(m.model(), m.graph().tensor(w)));
        CHECK(p.model.subgraphs[0].tensor(w).quant.sameGrid(m.graph().tensor(w).quant));
    }
}

TEST_CASE("int16ActivationsGetInt64Biases")
{
    Pair m;
    const PassResult p = converted(m.model(), {all(ElementType::Int16, Symmetry::Symmetric)});
    const Subgraph &g = p.model.subgraphs[0];
    for (const Operator &op : g.operators) {
        CHECK(g.tensor(op.outputs[0]).type == ElementType::Int16);
        CHECK(g.tensor(op.inputs[1]).type == ElementType::Int8);
        CHECK(g.tensor(op.inputs[2]).type == ElementType::Int64);
        CHECK(p.model.data(g.tensor(op.inputs[2])).size() == 16);
    }
}

TEST_CASE("boundariesBecomeQuantizeOperatorsWithoutAnOrigin")
{
    Pair m;
    Rule keep;
    keep.name = "out";
    keep.activations.keep = true;
    keep.weights.keep = true;
    const PassResult p = converted(m.model(), {all(ElementType::Int8, Symmetry::Symmetric), keep});
    const Subgraph &g = p.model.subgraphs[0];
    REQUIRE(g.operators.size() == 3);
    CHECK(g.operators[1].code == Op::Quantize);
    CHECK(g.operators[1].inputs[0] == m.a);
    CHECK(g.operators[2].inputs[0] == g.operators[1].outputs[0]);
    CHECK(p.origin == std::vector<OperatorIndex>{OperatorIndex{0}, OperatorIndex{}, OperatorIndex{1}});
    // The layer left alone is the source's to the bit.
    const Tensor &copy = g.tensor(g.operators[1].outputs[0]);
    CHECK(copy.quant.sameGrid(m.graph().tensor(m.a).quant));
    for (int i : {1, 2}) {
        const TensorIndex t = m.graph().operators[1].inputs[static_cast<std::size_t>(i)];
        CHECK(values<std::uint8_t>(p.model, g.tensor(t)) == values<std::uint8_t>(m.model(), m.graph().tensor(t)));
    }
}

TEST_CASE("int16BecomesUint8ByWayOfInt8WithTheSameScale")
{
    Forked m;
    const PassResult p = converted(m.model(), {all(ElementType::Int16, Symmetry::Symmetric), m.keep});
    const Subgraph &g = p.model.subgraphs[0];
    REQUIRE(g.operators.size() == 5); // both consumers share the copies
    const Operator &down = g.operators[1], &moved = g.operators[2];
    CHECK(down.code == Op::Quantize);
    CHECK(moved.code == Op::Quantize);
    CHECK(down.inputs[0] == m.a);
    CHECK(moved.inputs[0] == down.outputs[0]);
    CHECK(g.operators[3].inputs[0] == moved.outputs[0]);
    CHECK(g.operators[4].inputs[0] == moved.outputs[0]);
    const Tensor &between = g.tensor(down.outputs[0]), &copy = g.tensor(moved.outputs[0]);
    CHECK(between.type == ElementType::Int8);
    CHECK(copy.type == ElementType::UInt8);
    CHECK(copy.quant.sameGrid(m.graph().tensor(m.a).quant));
    CHECK(between.quant.scale == copy.quant.scale);
    CHECK(between.quant.zeroPointAt(0) == copy.quant.zeroPointAt(0) - 128);
}

TEST_CASE("oneCopyServesConsumersThatNeedTheSameGrid")
{
    Forked m;
    const PassResult p = converted(m.model(), {all(ElementType::Int8, Symmetry::Symmetric), m.keep});
    CHECK(std::count(p.origin.begin(), p.origin.end(), OperatorIndex{}) == 1);
}

TEST_CASE("fixedOutputPolicyRequantizeMovesTheGraphOutputAndItsSignature")
{
    Pair m;
    const auto soft = m.activation("soft", {1, 1, 1, 2}, ElementType::UInt8, 1.0f / 256, 0);
    m.add(Op::Softmax, {m.out}, {soft});
    m.graph().outputs = {soft};
    auto map = std::make_shared<Table>();
    map->type = "TensorMap";
    map->set("name", FieldValue{std::string("probabilities")});
    map->set("tensor_index", FieldValue{std::int64_t{soft.value}});
    auto def = std::make_shared<Table>();
    def->type = "SignatureDef";
    def->set("outputs", FieldValue{FieldValue::Tables{map}});
    def->set("subgraph_index", FieldValue{std::int64_t{0}});
    auto rest = std::make_shared<Table>();
    rest->type = "Model";
    rest->set("signature_defs", FieldValue{FieldValue::Tables{def}});
    m.model().rest = rest;

    Recipe recipe;
    recipe.rules = {all(ElementType::Int8, Symmetry::Symmetric, ScaleRule::PowerOfTwo)};
    recipe.fixedOutputs = FixedOutputPolicy::Requantize;
    const PassResult p = converted(m.model(), recipe);
    const Subgraph &g = p.model.subgraphs[0];
    REQUIRE(g.operators.back().code == Op::Quantize);
    const TensorIndex made = g.operators.back().outputs[0];
    CHECK(g.outputs == std::vector<TensorIndex>{made});
    CHECK(g.tensor(made).quant.scale[0] == 1.0f / 128);
    CHECK(g.tensor(made).quant.zeroPoint[0] == 0);
    const auto defs = std::get<FieldValue::Tables>(p.model.rest->find("signature_defs")->data);
    const auto outputs = std::get<FieldValue::Tables>(defs[0]->find("outputs")->data);
    CHECK(outputs[0]->integer("tensor_index") == made.value);
}

TEST_CASE("biasWithTwoUsersIsCopiedWhenTheirScalesDiffer")
{
    Pair m;
    // Both convolutions read one bias tensor, as converters write for equal zero biases.
    const TensorIndex shared = m.graph().operators[0].inputs[2];
    m.graph().operators[1].inputs[2] = shared;
    Recipe recipe;
    recipe.rules = {all(ElementType::Int8, Symmetry::Symmetric)};
    const Resolution r = resolveConstraints(m.model(), assignScheme(m.model(), recipe), recipe);
    auto out = applyPasses(m.model(), r, recipe, nullptr);
    REQUIRE(out);
    const Subgraph &g = out->model.subgraphs[0];
    const TensorIndex first = g.operators[0].inputs[2], second = g.operators[1].inputs[2];
    CHECK(first != second);
    for (const Diagnostic &d : verifyQuantization(out->model))
        FAIL_CHECK(text(d));
}

TEST_CASE("constantOperandIsExpressedOnItsNewGrid")
{
    TinyModel m;
    const auto x = m.activation("x", {1, 2}, ElementType::UInt8, 0.1f, 3);
    const auto y = m.activation("y", {1, 2}, ElementType::UInt8, 0.2f, 4);
    const auto c = m.constant<std::uint8_t>("c", {1, 2}, ElementType::UInt8, QuantParams::perTensor(0.1f, 7), {1, 200});
    m.add(Op::Add, {x, c}, {y}, TinyModel::options("AddOptions"));
    m.io({x}, {y});
    const PassResult p = converted(m.model(), {all(ElementType::Int8, Symmetry::Symmetric)});
    const Tensor &t = p.model.subgraphs[0].tensor(c);
    const auto q = values<std::int8_t>(p.model, t);
    REQUIRE(q.size() == 2);
    const double s = static_cast<double>(t.quant.scale[0]);
    CHECK(std::abs(q[0] * s - 0.1 * (1 - 7)) <= 0.5 * s);
    CHECK(std::abs(q[1] * s - 0.1 * (200 - 7)) <= 0.5 * s);
}

TEST_CASE("conversionAddsNoUnusedBuffers")
{
    Pair m;
    const PassResult p = converted(m.model(), {all(ElementType::Int8, Symmetry::Symmetric)});
    CHECK(p.model.buffers.size() == m.model().buffers.size());
}

TEST_CASE("biasWithTwoUsersKeepsItsValuesForTheOneThatIsLeftAlone")
{
    // The first user is re-quantized, the second keeps everything: the second must not see the first one's new values.
    Pair m;
    const auto more = m.activation("more", {1, 1, 1, 2}, ElementType::UInt8, 0.1f, 100);
    Operator second = m.graph().operators[0];
    second.outputs = {more};
    m.graph().operators.push_back(second);
    m.graph().outputs.push_back(more);
    Rule keepInput, keep;
    keepInput.operators = {"INPUT"};
    keepInput.activations.keep = true;
    keep.name = "more";
    keep.activations.keep = true;
    keep.weights.keep = true;
    Recipe recipe;
    recipe.rules = {all(ElementType::Int8, Symmetry::Symmetric), keepInput, keep};
    Scheme scheme = assignScheme(m.model(), recipe);
    Resolution r = resolveConstraints(m.model(), scheme, recipe);
    // One plan for the tensor, another for the second operator.
    TensorPlan kept = r.tensors[second.inputs[1].pos()];
    TensorPlan changed = kept;
    changed.wish.keep = false;
    changed.wish.type = ElementType::Int8;
    changed.wish.symmetry = Symmetry::Symmetric;
    kept.wish = currentWish(m.graph().tensor(second.inputs[1]), TensorRole::Weight);
    r.tensors[second.inputs[1].pos()] = changed;
    r.weightOverrides[OperatorIndex{2}] = kept;
    auto out = applyPasses(m.model(), r, recipe, nullptr);
    REQUIRE(out);
    const Subgraph &g = out->model.subgraphs[0];
    const auto last = std::find_if(g.operators.begin(), g.operators.end(), [&](const Operator &op) { return op.outputs[0] == more; });
    REQUIRE(last != g.operators.end());
    CHECK(values<std::uint8_t>(out->model, g.tensor(last->inputs[1]))
          == values<std::uint8_t>(m.model(), m.graph().tensor(second.inputs[1])));
    CHECK(values<std::int32_t>(out->model, g.tensor(last->inputs[2]))
          == values<std::int32_t>(m.model(), m.graph().tensor(second.inputs[2])));
}

TEST_CASE("weightsThatGatherReadsAsDataStayReadable")
{
    TinyModel m;
    const auto x = m.activation("x", {1, 2}, ElementType::Int8, 0.1f, 3);
    const auto y = m.activation("y", {1, 2}, ElementType::Int8, 0.2f, 4);
    const auto rows = m.activation("rows", {1, 2}, ElementType::Int8, 0.03f, 0);
    const auto table = m.constant<std::int8_t>("table", {2, 2}, ElementType::Int8, QuantParams::perTensor(0.03f, 0), {127, -3, 40, 7});
    const auto which = m.constant<std::int32_t>("which", {1}, ElementType::Int32, {}, {1});
    m.add(Op::FullyConnected, {x, table, TensorIndex{}}, {y}, TinyModel::options("FullyConnectedOptions"));
    m.add(Op::Gather, {table, which}, {rows});
    m.io({x}, {y, rows});
    const PassResult p = converted(m.model(), {all(ElementType::Int8, Symmetry::Symmetric, ScaleRule::PowerOfTwo)});
    const Subgraph &g = p.model.subgraphs[0];
    const Tensor &read = g.tensor(g.operators[1].inputs[0]), &out = g.tensor(rows);
    CHECK(read.quant.sameGrid(out.quant));
    const auto q = values<std::int8_t>(p.model, read);
    REQUIRE(q.size() == 4);
    const double s = static_cast<double>(read.quant.scale[0]);
    for (std::size_t i = 0; i < 4; ++i)
        CHECK(std::abs(q[i] * s - 0.03 * std::array{127, -3, 40, 7}[i]) <= 0.51 * s);
}

TEST_CASE("biasesOfAWrongLengthAreRefusedByName")
{
    Pair m;
    const TensorIndex bias = m.graph().operators[1].inputs[2];
    m.graph().operators[1].inputs[2] = m.constant<std::int32_t>("long", {3}, ElementType::Int32, m.graph().tensor(bias).quant, {1, 2, 3});
    Recipe recipe;
    recipe.rules = {all(ElementType::Int8, Symmetry::Symmetric)};
    const auto out = applyPasses(m.model(), resolveConstraints(m.model(), assignScheme(m.model(), recipe), recipe), recipe, nullptr);
    REQUIRE_FALSE(out);
    CHECK(out.error().message == &kCannotRequantize);
    CHECK(text(out.error()).find("CONV_2D out") != std::string::npos);
}

TEST_CASE("operatorsWithAbsentOperandsAreLeftAlone")
{
    TinyModel m;
    const auto x = m.activation("x", {1, 2}, ElementType::Int8, 0.1f, 3);
    const auto y = m.activation("y", {1, 2}, ElementType::Int8, 0.2f, 4);
    const auto w = m.constant<std::int8_t>("w", {2, 2}, ElementType::Int8, QuantParams::perTensor(0.03f, 0), {1, 2, 3, 4});
    m.add(Op::FullyConnected, {x, TensorIndex{}, TensorIndex{}}, {y});
    m.add(Op::FullyConnected, {TensorIndex{}, w}, {y});
    m.add(Op::TransposeConv, {x, w}, {y});
    m.add(Op::Conv2D, {x, w}, {TensorIndex{}});
    m.add(Op::Conv2D, {}, {});
    m.io({x}, {y});
    Recipe recipe;
    recipe.rules = {all(ElementType::Int8, Symmetry::Symmetric)};
    const auto out = applyPasses(m.model(), resolveConstraints(m.model(), assignScheme(m.model(), recipe), recipe), recipe, nullptr);
    REQUIRE(out);
    verifyQuantization(out->model);
    CHECK(values<std::int8_t>(out->model, out->model.subgraphs[0].tensor(w)) == std::vector<std::int8_t>{1, 2, 3, 4});
}

TEST_CASE("weightsAtTheLowestIntegerAreNotNarrow")
{
    TinyModel m;
    const auto x = m.activation("x", {1, 1, 1, 2}, ElementType::Int8, 0.1f, 0);
    const auto y = m.activation("y", {1, 1, 1, 2}, ElementType::Int8, 0.2f, 0);
    m.conv<std::int8_t>(x, y, ElementType::Int8, QuantParams::perTensor(0.02f, 0), {-128, 3, 14, 13}, {5, -10});
    m.io({x}, {y});
    Rule rule = all(ElementType::Int8, Symmetry::Symmetric);
    rule.weights.narrowRange = true;
    const PassResult p = converted(m.model(), {rule});
    const auto q = values<std::int8_t>(p.model, p.model.subgraphs[0].tensor(m.graph().operators[0].inputs[1]));
    CHECK(*std::min_element(q.begin(), q.end()) >= -127);
}

TEST_CASE("newParametersForgetADimensionThatTheSourceHadWrong")
{
    Pair m;
    Tensor &bias = m.graph().tensor(m.graph().operators[0].inputs[2]);
    auto rest = std::make_shared<Table>();
    rest->type = "Tensor";
    rest->set(std::string(tfliteformat::kSourceDimension), FieldValue{std::int64_t{3}});
    bias.rest = rest;
    bias.quant.present = tfliteformat::kHasSourceDimension;
    const PassResult p = converted(m.model(), {all(ElementType::Int8, Symmetry::Symmetric, ScaleRule::Any, Granularity::PerChannel)});
    const Tensor &now = p.model.subgraphs[0].tensor(m.graph().operators[0].inputs[2]);
    CHECK(now.quant.present == 0);
    CHECK(now.rest == nullptr);
    CHECK(now.quant.quantizedDimension == 0);
}

TEST_CASE("int16AdditionOfPowerOfTwoScalesThatShiftsCannotDoUsesTheGeneralForm")
{
    TinyModel m;
    const auto a = m.activation("a", {1, 2}, ElementType::Int8, 0.1f, 0);
    const auto b = m.activation("b", {1, 2}, ElementType::Int8, 0.02f, 0);
    const auto y = m.activation("y", {1, 2}, ElementType::Int8, 0.9f, 0);
    auto options = std::make_shared<Table>(*TinyModel::options("AddOptions"));
    options->set("pot_scale_int16", FieldValue{std::int64_t{1}});
    m.add(Op::Add, {a, b}, {y}, options);
    m.io({a, b}, {y});
    const PassResult p = converted(m.model(), {all(ElementType::Int16, Symmetry::Symmetric, ScaleRule::PowerOfTwo)});
    CHECK_FALSE(p.model.subgraphs[0].operators[0].options->flag("pot_scale_int16", true));

    // And the verifier knows the rule by itself.
    Model broken = p.model;
    broken.subgraphs[0].operators[0].options = options;
    const Diagnostics found = verifyQuantization(broken);
    REQUIRE(found.size() == 1);
    CHECK(found[0].message->id == "verify.pot-scale-int16");
}
