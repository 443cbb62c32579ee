// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/scheme/scheme.h"

#include "core/model/poweroftwo.h"
#include "core/scheme/rulematcher.h"

#include <algorithm>
#include <cmath>

namespace requant {
namespace {

// Storage types of values on a grid. int32 carries accumulators, biases and indices, never activations that we change.
bool hasGrid(const Tensor &t)
{
    switch (t.type) {
    case ElementType::Int2:
    case ElementType::Int4:
    case ElementType::UInt4:
    case ElementType::Int8:
    case ElementType::UInt8:
    case ElementType::Int16:
    case ElementType::UInt16: return t.quant.isQuantized();
    default: return false;
    }
}

bool isConstant(const Model &m, const Tensor &t)
{
    return !t.isVariable && t.buffer && t.buffer.pos() < m.buffers.size() && !m.buffers[t.buffer.pos()].data.empty();
}

TensorIndex inputAt(const Operator &op, int position)
{
    return position >= 0 && static_cast<std::size_t>(position) < op.inputs.size()
               ? op.inputs[static_cast<std::size_t>(position)]
               : TensorIndex{};
}

// The fields that rules have set so far.
struct Collected
{
    TensorConfig config;
    std::int32_t rule = -1;

    void add(const TensorConfig &c, std::int32_t ruleNumber)
    {
        if (c.empty())
            return;
        rule = ruleNumber;
        const auto take = [](auto &to, const auto &from) {
            if (from)
                to = from;
        };
        take(config.type, c.type);
        take(config.symmetry, c.symmetry);
        take(config.granularity, c.granularity);
        take(config.scale, c.scale);
        take(config.narrowRange, c.narrowRange);
        take(config.bits, c.bits);
        take(config.ownGrid, c.ownGrid);
        config.keep = c.keep.value_or(false);
    }

    TensorWish wish(TensorWish now) const
    {
        now.rule = rule;
        now.keep = config.keep.value_or(true);
        if (now.keep)
            return now;
        now.type = config.type.value_or(now.type);
        now.symmetry = config.symmetry.value_or(now.symmetry);
        now.granularity = config.granularity.value_or(now.granularity);
        now.scale = config.scale.value_or(now.scale);
        now.narrowRange = config.narrowRange.value_or(now.narrowRange);
        now.ownGrid = config.ownGrid.value_or(false) && now.role == TensorRole::Activation;
        if (config.bits && now.role == TensorRole::Weight)
            now.bits = *config.bits < static_cast<int>(bitWidth(now.type)) ? *config.bits : 0;
        return now;
    }
};

} // namespace

std::string_view roleName(TensorRole role)
{
    switch (role) {
    case TensorRole::Activation: return "activation";
    case TensorRole::Weight: return "weight";
    case TensorRole::Bias: return "bias";
    case TensorRole::Constant: return "constant";
    case TensorRole::Other: return "other";
    }
    return "other";
}

// Positions and channel dimensions: TFLite's kernels and converter (conv.cc, depthwise_conv.cc, fully_connected.cc,
// transpose_conv.cc; operator_property.cc). BATCH_MATMUL is never per-channel; its second operand may be constant.
WeightedInputs weightedInputs(Op op)
{
    switch (op) {
    case Op::Conv2D: return {1, 2, 0};
    case Op::DepthwiseConv2D: return {1, 2, 3};
    case Op::FullyConnected: return {1, 2, 0};
    case Op::TransposeConv: return {1, 3, 0};
    case Op::BatchMatmul: return {1, -1, 0};
    default: return {};
    }
}

std::vector<TensorRole> tensorRoles(const Model &model, SubgraphIndex index)
{
    const Subgraph &g = model.subgraph(index);
    std::vector<TensorRole> roles(g.tensors.size(), TensorRole::Other);
    for (std::size_t i = 0; i < g.tensors.size(); ++i) {
        if (hasGrid(g.tensors[i]))
            roles[i] = isConstant(model, g.tensors[i]) ? TensorRole::Constant : TensorRole::Activation;
    }
    for (const Operator &op : g.operators) {
        const WeightedInputs w = weightedInputs(op.code);
        if (const TensorIndex t = inputAt(op, w.weight); t && roles[t.pos()] == TensorRole::Constant)
            roles[t.pos()] = TensorRole::Weight;
        if (const TensorIndex t = inputAt(op, w.bias); t && isConstant(model, g.tensor(t))) {
            const ElementType type = g.tensor(t).type;
            if (type == ElementType::Int32 || type == ElementType::Int64)
                roles[t.pos()] = TensorRole::Bias;
        }
    }
    return roles;
}

TensorWish currentWish(const Tensor &t, TensorRole role)
{
    TensorWish w;
    w.role = role;
    w.type = t.type;
    const bool zeroPointsZero =
        std::all_of(t.quant.zeroPoint.begin(), t.quant.zeroPoint.end(), [](std::int64_t z) { return z == 0; });
    w.symmetry = zeroPointsZero ? Symmetry::Symmetric : Symmetry::Asymmetric;
    w.granularity = t.quant.isPerChannel() ? Granularity::PerChannel : Granularity::PerTensor;
    if (t.quant.isQuantized() && std::all_of(t.quant.scale.begin(), t.quant.scale.end(), isPowerOfTwo))
        w.scale = ScaleRule::PowerOfTwo;
    // The file does not say; TFLite's specification gives int8 weights the range -127..127.
    w.narrowRange =
        role == TensorRole::Weight && zeroPointsZero && (t.type == ElementType::Int8 || t.type == ElementType::Int4);
    return w;
}

bool ruleMatches(const Rule &rule, const Subgraph &g, OperatorIndex op)
{
    return RuleMatcher(rule).matches(g, op);
}

bool ruleMatchesInput(const Rule &rule, const Subgraph &g, TensorIndex graphInput)
{
    return RuleMatcher(rule).matchesInput(g, graphInput);
}

Scheme assignScheme(const Model &model, const Recipe &recipe)
{
    Scheme scheme;
    if (model.subgraphs.empty())
        return scheme;
    const Subgraph &g = model.subgraphs.front();
    const std::vector<TensorRole> roles = tensorRoles(model);
    std::vector<Collected> collected(g.tensors.size());
    scheme.algorithms.assign(g.operators.size(), recipe.algorithms);

    for (std::size_t r = 0; r < recipe.rules.size(); ++r) {
        const Rule &rule = recipe.rules[r];
        const RuleMatcher matcher(rule);
        const auto number = static_cast<std::int32_t>(r);
        const auto ask = [&](TensorIndex t, TensorRole role, const TensorConfig &config) {
            if (t && roles[t.pos()] == role)
                collected[t.pos()].add(config, number);
        };
        for (const TensorIndex input : g.inputs) {
            if (input && matcher.matchesInput(g, input))
                ask(input, TensorRole::Activation, rule.activations);
        }
        for (std::size_t o = 0; o < g.operators.size(); ++o) {
            if (!matcher.matches(g, OperatorIndex{o}))
                continue;
            const Operator &op = g.operators[o];
            scheme.algorithms[o] = rule.algorithms.over(scheme.algorithms[o]);
            for (const TensorIndex t : op.outputs)
                ask(t, TensorRole::Activation, rule.activations);
            for (const TensorIndex t : op.inputs)
                ask(t, TensorRole::Constant, rule.activations);
            ask(inputAt(op, weightedInputs(op.code).weight), TensorRole::Weight, rule.weights);
        }
    }

    scheme.tensors.reserve(g.tensors.size());
    for (std::size_t i = 0; i < g.tensors.size(); ++i)
        scheme.tensors.push_back(collected[i].wish(currentWish(g.tensors[i], roles[i])));
    return scheme;
}

Algorithms usedAlgorithms(const Scheme &scheme)
{
    Algorithms any = Algorithms::naive();
    for (const Algorithms &a : scheme.algorithms) {
        any.weightCorrection |= a.weightCorrection;
        any.scaleSearch |= a.scaleSearch;
        any.errorFolding |= a.errorFolding;
        any.zeroPointFolding |= a.zeroPointFolding;
        any.roundingSearch |= a.roundingSearch;
        any.empiricalFolding |= a.empiricalFolding;
        any.equalization |= a.equalization;
    }
    return any;
}

std::size_t ruleEffect(const Model &model, const Rule &rule)
{
    if (model.subgraphs.empty())
        return 0;
    const Subgraph &g = model.subgraphs.front();
    const RuleMatcher matcher(rule);
    std::size_t count = 0;
    for (std::size_t o = 0; o < g.operators.size(); ++o)
        count += matcher.matches(g, OperatorIndex{o}) ? 1 : 0;
    for (const TensorIndex input : g.inputs)
        count += input && matcher.matchesInput(g, input) ? 1 : 0;
    return count;
}

} // namespace requant
