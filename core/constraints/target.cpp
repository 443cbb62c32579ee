// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/constraints/target.h"

#include "core/constraints/limits.h"
#include "core/constraints/opspec.h"
#include "core/model/poweroftwo.h"
#include "core/scheme/scheme.h"

#include <algorithm>
#include <cmath>

namespace requant {

namespace {

bool usesLowestInteger(const Model &model, const Tensor &t)
{
    const auto data = model.data(t);
    if (t.type == ElementType::Int4)
        return std::any_of(data.begin(), data.end(), [](std::byte b) { return (b & std::byte{15}) == std::byte{8} || b >> 4 == std::byte{8}; });
    if (t.type == ElementType::Int8)
        return std::find(data.begin(), data.end(), std::byte{0x80}) != data.end();
    return t.type == ElementType::UInt8 && std::find(data.begin(), data.end(), std::byte{0}) != data.end();
}

// Whether the integers fit into this many bits: signed around the zero point, or, uint8 with a zero point of its own, from 0.
bool fitsBits(const Model &model, const Tensor &t, const TensorWish &w)
{
    const auto data = model.data(t);
    const int half = 1 << (w.bits - 1);
    const bool fromZero = t.type == ElementType::UInt8 && w.symmetry == Symmetry::Asymmetric;
    const auto inside = [&](int v) { return fromZero ? v < 2 * half : std::abs(v) < half; };
    switch (t.type) {
    case ElementType::Int8: return std::all_of(data.begin(), data.end(), [&](std::byte b) { return inside(static_cast<std::int8_t>(b)); });
    case ElementType::UInt8:
        return std::all_of(data.begin(), data.end(), [&](std::byte b) { return inside(static_cast<int>(b) - (fromZero ? 0 : 128)); });
    case ElementType::Int4:
        return std::all_of(data.begin(), data.end(), [&](std::byte b) {
            const int low = static_cast<int>(b) & 15, high = static_cast<int>(b) >> 4;
            return inside(low < 8 ? low : low - 16) && inside(high < 8 ? high : high - 16);
        });
    default: return true;
    }
}

// The first weighted operator that reads these weights with a multiplier that is no power of two; empty if there is none.
std::string withoutShift(const Subgraph &g, TensorIndex weights)
{
    for (const Operator &op : g.operators) {
        const WeightedInputs at = weightedInputs(op.code);
        const std::size_t data = op.code == Op::TransposeConv ? 2 : 0;
        if (at.weight < 0 || std::max(static_cast<std::size_t>(at.weight), data) >= op.inputs.size() || op.outputs.empty()
            || op.inputs[static_cast<std::size_t>(at.weight)] != weights || !op.inputs[data] || !op.outputs[0])
            continue;
        const QuantParams &in = g.tensor(op.inputs[data]).quant, &w = g.tensor(weights).quant, &out = g.tensor(op.outputs[0]).quant;
        if (!in.isQuantized() || !out.isQuantized())
            continue;
        for (const float s : w.scale) {
            if (!shiftOf(static_cast<double>(in.scale[0]) * static_cast<double>(s) / static_cast<double>(out.scale[0])))
                return layerName(g, op);
        }
    }
    return {};
}

std::string shortfall(const Model &model, TensorIndex index, const TensorWish &w)
{
    const Subgraph &g = model.subgraphs.front();
    const Tensor &t = g.tensor(index);
    std::string why;
    const auto add = [&](const std::string &s) { why += (why.empty() ? "" : ", ") + s; };
    if (t.type != w.type)
        add("it is " + std::string(typeName(t.type)) + ", not " + std::string(typeName(w.type)));
    const auto offCentre = std::find_if(t.quant.zeroPoint.begin(), t.quant.zeroPoint.end(),
                                        [&](std::int64_t z) { return !zeroPointAllowed(w.symmetry, t.type, z); });
    if (offCentre != t.quant.zeroPoint.end())
        add("zero point " + std::to_string(*offCentre));
    if (w.scale == ScaleRule::PowerOfTwo && !std::all_of(t.quant.scale.begin(), t.quant.scale.end(), isPowerOfTwo))
        add("a scale that is no power of two");
    if (w.granularity == Granularity::PerTensor && t.quant.isPerChannel())
        add("scales per channel");
    if (w.role == TensorRole::Weight && w.narrowRange && usesLowestInteger(model, t))
        add("the lowest integer is used");
    if (w.bits && !fitsBits(model, t, w))
        add("integers of more than " + std::to_string(w.bits) + " bits");
    if (w.role == TensorRole::Weight && w.scale == ScaleRule::PowerOfTwoMultiplier) {
        if (const std::string layer = withoutShift(g, index); !layer.empty())
            add("the multiplier of " + layer + " is no power of two");
    }
    return why;
}

// Made by an operator with a fixed output grid, or copied from one.
bool onFixedGrid(const Subgraph &g, const GraphIndex &index, TensorIndex t)
{
    for (std::size_t step = 0; step < g.operators.size(); ++step) {
        const OperatorIndex o = index.producer(t);
        const OpSpec *spec = o ? findOpSpec(g.op(o).code) : nullptr;
        if (!spec)
            return false;
        const ElementType type = g.tensor(t).type;
        if (spec->row(RowKind::FixedOutput, type))
            return true;
        const auto &inputs = g.op(o).inputs;
        const auto position = spec->dataInputs.empty() ? std::size_t{0} : static_cast<std::size_t>(spec->dataInputs.front());
        if (!spec->row(RowKind::SameGrid, type) || position >= inputs.size() || !inputs[position])
            return false;
        t = inputs[position];
    }
    return false;
}

// A requantize operator's copy for operators that are left as they are: theirs is the grid.
bool servesKeptOnly(const Subgraph &g, const GraphIndex &index, const Scheme &scheme, TensorIndex t)
{
    const OperatorIndex producer = index.producer(t);
    const auto readers = index.consumers(t);
    if (!producer || g.op(producer).code != Op::Quantize || readers.empty() || index.isGraphOutput(t))
        return false;
    return std::all_of(readers.begin(), readers.end(), [&](OperatorIndex o) {
        const auto &outputs = g.op(o).outputs;
        return std::all_of(outputs.begin(), outputs.end(), [&](TensorIndex out) { return !out || scheme.tensors[out.pos()].keep; });
    });
}

} // namespace

Diagnostics verifyTarget(const Model &model, const Recipe &recipe)
{
    Diagnostics found;
    if (model.subgraphs.empty())
        return found;
    const Subgraph &g = model.subgraphs.front();
    const Scheme scheme = assignScheme(model, recipe);
    const GraphIndex index(g);
    for (std::size_t i = 0; i < g.tensors.size(); ++i) {
        const TensorWish &w = scheme.tensors[i];
        const Tensor &t = g.tensors[i];
        const bool judged = w.role == TensorRole::Activation || w.role == TensorRole::Weight || w.role == TensorRole::Constant;
        if (!judged || w.keep || !t.quant.isQuantized())
            continue;
        if (servesKeptOnly(g, index, scheme, TensorIndex(i)))
            continue;
        if (recipe.fixedOutputs == FixedOutputPolicy::Keep && w.role == TensorRole::Activation && t.type == w.type
            && onFixedGrid(g, index, TensorIndex(i)))
            continue; // the recipe's own policy
        if (const std::string why = shortfall(model, TensorIndex(i), w); !why.empty())
            found.push_back(makeWarning(kTargetNotMet, {t.name, why}, TensorRef{SubgraphIndex{0}, TensorIndex(i)}));
    }
    const Diagnostics limits = checkLimits(model, recipe.limits);
    found.insert(found.end(), limits.begin(), limits.end());
    return found;
}

} // namespace requant
