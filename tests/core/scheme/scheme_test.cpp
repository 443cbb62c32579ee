// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/scheme/scheme.h"

#include "core/scheme/recipejson.h"

#include <catch2/catch.hpp>

using namespace requant;

namespace {

// A small network, uint8 with zero points as TensorFlow 1 wrote them:
//   input -> CONV_2D "net/conv" -> ADD "net/add" (with a constant) -> SOFTMAX "net/prob";  ADD -> ARG_MAX "net/best"
struct Net
{
    Model model;
    TensorIndex input, weights, bias, conv, constant, sum, prob, axis, best;

    Net()
    {
        model.buffers.emplace_back();
        Subgraph &g = model.subgraphs.emplace_back();
        input = add("input", ElementType::UInt8, 0.5f, 128);
        weights = add("net/weights", ElementType::UInt8, 0.02f, 131, true);
        bias = add("net/bias", ElementType::Int32, 0.01f, 0, true);
        conv = add("net/conv", ElementType::UInt8, 0.25f, 0);
        constant = add("net/offset", ElementType::UInt8, 0.125f, 3, true);
        sum = add("net/add", ElementType::UInt8, 0.3f, 7);
        prob = add("net/prob", ElementType::UInt8, 1.0f / 256, 0);
        axis = add("net/axis", ElementType::Int32, 0, 0, true);
        best = add("net/best", ElementType::Int32, 0, 0);
        g.operators.push_back(op(Op::Conv2D, {input, weights, bias}, conv));
        g.operators.push_back(op(Op::Add, {conv, constant}, sum));
        g.operators.push_back(op(Op::Softmax, {sum}, prob));
        g.operators.push_back(op(Op::ArgMax, {sum, axis}, best));
        g.inputs = {input};
        g.outputs = {prob, best};
    }

    TensorIndex add(const char *name, ElementType type, float scale, std::int64_t zeroPoint, bool constantData = false)
    {
        Tensor t;
        t.name = name;
        t.shape = {1};
        t.type = type;
        if (scale > 0)
            t.quant = QuantParams::perTensor(scale, zeroPoint);
        if (constantData) {
            t.buffer = BufferIndex{model.buffers.size()};
            model.buffers.push_back(Buffer::fromBytes(std::vector<std::byte>(4)));
        }
        std::vector<Tensor> &all = model.subgraphs[0].tensors;
        all.push_back(std::move(t));
        return TensorIndex{all.size() - 1};
    }

    static Operator op(Op code, std::vector<TensorIndex> inputs, TensorIndex output)
    {
        Operator o;
        o.code = code;
        o.inputs = std::move(inputs);
        o.outputs = {output};
        return o;
    }

    const Subgraph &graph() const { return model.subgraphs[0]; }
};

Recipe recipe(const std::string &rules)
{
    const auto r = parseRecipe("{\"requant_recipe\": 1, \"rules\": [" + rules + "]}");
    INFO((r ? std::string() : text(r.error())));
    REQUIRE(r.has_value());
    return *r;
}

// "uint8 asym tensor any" with "keep" and "narrow" where set, and the rule that asked.
std::string describe(const TensorWish &w)
{
    std::string s(typeName(w.type));
    s += w.symmetry == Symmetry::Symmetric ? " sym" : " asym";
    s += w.granularity == Granularity::PerChannel ? " channel" : " tensor";
    s += w.scale == ScaleRule::PowerOfTwo ? " pow2" : " any";
    s += w.narrowRange ? " narrow" : "";
    s += w.keep ? " keep" : "";
    return s + " #" + std::to_string(w.rule);
}

std::string wished(const Net &net, const std::string &rules, TensorIndex t)
{
    return describe(assignScheme(net.model, recipe(rules)).tensors.at(t.pos()));
}

constexpr const char *kSymmetric = R"({"activations": {"type": "int8", "symmetry": "symmetric"},
                                       "weights": {"type": "int8", "symmetry": "symmetric", "narrow_range": true}})";

} // namespace

TEST_CASE("rolesFollowUseAndData")
{
    const Net net;
    const auto roles = tensorRoles(net.model);
    const auto name = [&](TensorIndex t) { return std::string(roleName(roles.at(t.pos()))); };
    CHECK(name(net.input) == "activation");
    CHECK(name(net.weights) == "weight");
    CHECK(name(net.bias) == "bias");
    CHECK(name(net.conv) == "activation");
    CHECK(name(net.constant) == "constant");
    CHECK(name(net.axis) == "other");
    CHECK(name(net.best) == "other");
}

TEST_CASE("computedFiltersAreActivations")
{
    Net net;
    net.model.subgraphs[0].tensors[net.weights.pos()].buffer = BufferIndex{0};
    CHECK(tensorRoles(net.model).at(net.weights.pos()) == TensorRole::Activation);
}

TEST_CASE("biasOfAFloatLayerHasNoGrid")
{
    Net net;
    net.model.subgraphs[0].tensors[net.bias.pos()].type = ElementType::Float32;
    CHECK(tensorRoles(net.model).at(net.bias.pos()) == TensorRole::Other);
}

TEST_CASE("weightedOperatorsAndTheirChannelDimension")
{
    const auto row = [](Op op) {
        const WeightedInputs w = weightedInputs(op);
        return std::vector<int>{w.weight, w.bias, w.channelDimension};
    };
    CHECK(row(Op::Conv2D) == std::vector{1, 2, 0});
    CHECK(row(Op::DepthwiseConv2D) == std::vector{1, 2, 3});
    CHECK(row(Op::FullyConnected) == std::vector{1, 2, 0});
    CHECK(row(Op::TransposeConv) == std::vector{1, 3, 0});
    CHECK(row(Op::BatchMatmul) == std::vector{1, -1, 0});
    CHECK(weightedInputs(Op::Add).weight == -1);
}

TEST_CASE("withoutRulesEverythingIsKept")
{
    const Net net;
    const Scheme s = assignScheme(net.model, Recipe{});
    REQUIRE(s.tensors.size() == net.graph().tensors.size());
    for (const TensorWish &w : s.tensors) {
        CHECK(w.keep);
        CHECK(w.rule == -1);
    }
    CHECK(describe(s.tensors[net.input.pos()]) == "uint8 asym tensor pow2 keep #-1");
    CHECK(describe(s.tensors[net.weights.pos()]) == "uint8 asym tensor any keep #-1");
}

TEST_CASE("currentWishReadsTheGrid")
{
    Tensor t;
    t.type = ElementType::Int8;
    t.quant.scale = {0.5f, 0.25f, 2.0f};
    t.quant.zeroPoint = {0};
    CHECK(describe(currentWish(t, TensorRole::Weight)) == "int8 sym channel pow2 narrow keep #-1");
    t.quant.scale[1] = 0.3f;
    t.quant.zeroPoint = {0, 0, 1};
    CHECK(describe(currentWish(t, TensorRole::Weight)) == "int8 asym channel any keep #-1");
    CHECK(describe(currentWish(t, TensorRole::Activation)) == "int8 asym channel any keep #-1");
}

TEST_CASE("aRuleForAllReachesInputsOutputsWeightsAndConstants")
{
    const Net net;
    CHECK(wished(net, kSymmetric, net.input) == "int8 sym tensor pow2 #0");
    CHECK(wished(net, kSymmetric, net.conv) == "int8 sym tensor pow2 #0");
    CHECK(wished(net, kSymmetric, net.prob) == "int8 sym tensor pow2 #0");
    CHECK(wished(net, kSymmetric, net.weights) == "int8 sym tensor any narrow #0");
    CHECK(wished(net, kSymmetric, net.constant) == "int8 sym tensor pow2 #0"); // as the activations, not as weights
    CHECK(wished(net, kSymmetric, net.bias) == "int32 sym tensor any keep #-1");
    CHECK(wished(net, kSymmetric, net.best) == "int32 sym tensor any keep #-1");
}

TEST_CASE("laterRulesWinFieldByField")
{
    const Net net;
    const std::string rules =
        std::string(kSymmetric)
        + R"(, {"operators": ["ADD"], "activations": {"type": "int16", "scale": "any"}}, {"name": "net/a*", "activations": {"narrow_range": true}})";
    CHECK(wished(net, rules, net.sum) == "int16 sym tensor any narrow #2");
    CHECK(wished(net, rules, net.conv) == "int8 sym tensor pow2 #0");
    CHECK(wished(net, rules, net.constant) == "int16 sym tensor any narrow #2");
    CHECK(wished(net, rules, net.weights) == "int8 sym tensor any narrow #0");
}

TEST_CASE("keepLeavesTheTensorAsItIsUntilALaterRuleAsksAgain")
{
    const Net net;
    const std::string keep = R"(, {"operators": ["ADD"], "activations": {"keep": true}})";
    CHECK(wished(net, kSymmetric + keep, net.sum) == "uint8 asym tensor any keep #1");
    CHECK(wished(net, kSymmetric + keep, net.conv) == "int8 sym tensor pow2 #0");
    const std::string again = R"(, {"activations": {"scale": "power-of-two"}})";
    CHECK(wished(net, kSymmetric + keep + again, net.sum) == "int8 sym tensor pow2 #2");
    CHECK(wished(net, R"({"activations": {"keep": false}})", net.sum) == "uint8 asym tensor any #0");
}

TEST_CASE("conditionsAllHaveToHold")
{
    const Net net;
    const auto matches = [&](const std::string &rule) {
        const Rule r = recipe(rule).rules.at(0);
        std::string out;
        for (std::size_t i = 0; i < net.graph().operators.size(); ++i)
            out += ruleMatches(r, net.graph(), OperatorIndex{i}) ? std::to_string(i) : "";
        out += ruleMatchesInput(r, net.graph(), net.input) ? "i" : "";
        CHECK(ruleEffect(net.model, r) == out.size());
        return out;
    };
    CHECK(matches("{}") == "0123i");
    CHECK(matches(R"({"name": "net/*"})") == "0123");
    CHECK(matches(R"({"name": "*p*"})") == "2i");
    CHECK(matches(R"({"regex": "d+$"})") == "1");
    CHECK(matches(R"x({"regex": "^net/(conv|best)"})x") == "03");
    CHECK(matches(R"({"operators": ["CONV_2D", "SOFTMAX"]})") == "02");
    CHECK(matches(R"({"operators": ["INPUT"]})") == "i");
    CHECK(matches(R"({"operators": ["INPUT", "ADD"]})") == "1i");
    CHECK(matches(R"({"range": [1, 2]})") == "12"); // operators only
    CHECK(matches(R"({"range": [1, 2], "operators": ["SOFTMAX"]})") == "2");
    CHECK(matches(R"({"range": [1, 2], "regex": "add", "name": "net/*"})") == "1");
    CHECK(matches(R"({"range": [7, 9]})").empty());
}

TEST_CASE("anIllFormedRegexMadeByHandMatchesNothing")
{
    const Net net;
    Rule r;
    r.regex = "(";
    CHECK(ruleEffect(net.model, r) == 0);
}

TEST_CASE("sharedWeightsTakeTheLastMatchingRule")
{
    Net net;
    Subgraph &g = net.model.subgraphs[0];
    const TensorIndex second = net.add("net/second", ElementType::UInt8, 0.4f, 9);
    g.operators.push_back(Net::op(Op::FullyConnected, {net.sum, net.weights}, second));
    const std::string rules = R"({"operators": ["FULLY_CONNECTED"], "weights": {"type": "int4"}},
                                 {"operators": ["CONV_2D"], "weights": {"type": "int8"}})";
    CHECK(wished(net, rules, net.weights) == "int8 asym tensor any #1");
}

TEST_CASE("anEmptyModelHasAnEmptyScheme")
{
    CHECK(assignScheme(Model{}, recipe(kSymmetric)).tensors.empty());
    CHECK(ruleEffect(Model{}, Rule{}) == 0);
}

TEST_CASE("zeroPointsThatASymmetryAllows")
{
    struct Row
    {
        ElementType type;
        std::int64_t zeroPoint;
        bool symmetric, restricted;
    };
    for (const Row &r : {Row{ElementType::Int8, 0, true, true}, Row{ElementType::Int8, -128, false, true}, Row{ElementType::Int8, 128, false, false},
                         Row{ElementType::Int8, -127, false, false}, Row{ElementType::UInt8, 0, true, true}, Row{ElementType::UInt8, 128, true, true},
                         Row{ElementType::UInt8, 127, false, false}, Row{ElementType::UInt8, 255, false, false}, Row{ElementType::Int16, 0, true, true},
                         Row{ElementType::Int16, -128, false, false}, Row{ElementType::Int4, 0, true, true}, Row{ElementType::Int4, -8, false, false}}) {
        INFO(typeName(r.type) << ' ' << r.zeroPoint);
        CHECK(zeroPointAllowed(Symmetry::Symmetric, r.type, r.zeroPoint) == r.symmetric);
        CHECK(zeroPointAllowed(Symmetry::Restricted, r.type, r.zeroPoint) == r.restricted);
        CHECK(zeroPointAllowed(Symmetry::Asymmetric, r.type, r.zeroPoint));
    }
}

TEST_CASE("bitsOfWeightsAreThoseThatTheTypeHas")
{
    const Net net;
    const auto bits = [&](const std::string &rules, TensorIndex t) { return assignScheme(net.model, recipe(rules)).tensors.at(t.pos()).bits; };
    const std::string seven = R"({"weights": {"type": "int8", "bits": 7}})";
    CHECK(bits(seven, net.weights) == 7);
    CHECK(bits(seven, net.constant) == 0);
    CHECK(bits(seven + R"(, {"weights": {"bits": 8}})", net.weights) == 0); // all of the type's
    CHECK(bits(seven + R"(, {"weights": {"type": "int4"}})", net.weights) == 0);
    CHECK(bits(seven + R"(, {"weights": {"type": "int4"}}, {"weights": {"bits": 3}})", net.weights) == 3);
    CHECK(bits(seven + R"(, {"weights": {"keep": true}})", net.weights) == 0);
}

TEST_CASE("algorithmsOfRulesAreTheOperatorsOwn")
{
    const Net net;
    Recipe r = recipe(R"({"operators": ["ADD"], "algorithms": {"scale_search": false, "error_folding": true}},
                         {"name": "net/a*", "algorithms": {"scale_search": true, "weight_correction": false}},
                         {"operators": ["SOFTMAX"], "activations": {"type": "int8"}})");
    r.algorithms.errorFolding = false;
    const Scheme s = assignScheme(net.model, r);
    REQUIRE(s.algorithms.size() == net.graph().operators.size());
    CHECK(s.algorithms[0] == r.algorithms); // CONV_2D: the recipe's
    CHECK(s.algorithms[1] == Algorithms{false, true, true});
    CHECK(s.algorithms[2] == r.algorithms);
    CHECK(usedAlgorithms(s) == Algorithms{});
    Recipe off = recipe(R"({"algorithms": {"weight_correction": false, "scale_search": false, "error_folding": false, "zero_point_folding": false,
                             "rounding_search": false, "empirical_folding": false, "equalization": false}})");
    CHECK(usedAlgorithms(assignScheme(net.model, off)) == Algorithms::naive());
}
