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
    if (t.type == ElementType::Int8)
        return std::find(data.begin(), data.end(), std::byte{0x80}) != data.end();
    return t.type == ElementType::UInt8 && std::find(data.begin(), data.end(), std::byte{0}) != data.end();
}

std::string shortfall(const Model &model, const Tensor &t, const TensorWish &w)
{
    std::string why;
    const auto add = [&](const std::string &s) { why += (why.empty() ? "" : ", ") + s; };
    if (t.type != w.type)
        add("it is " + std::string(typeName(t.type)) + ", not " + std::string(typeName(w.type)));
    // An unsigned tensor is symmetric around 0 or, with negative values, around 128.
    const auto offCentre = std::find_if(t.quant.zeroPoint.begin(), t.quant.zeroPoint.end(), [&](std::int64_t z) {
        return z != 0 && !(t.type == ElementType::UInt8 && z == 128);
    });
    if (w.symmetry == Symmetry::Symmetric && offCentre != t.quant.zeroPoint.end())
        add("zero point " + std::to_string(*offCentre));
    if (w.scale == ScaleRule::PowerOfTwo && !std::all_of(t.quant.scale.begin(), t.quant.scale.end(), isPowerOfTwo))
        add("a scale that is no power of two");
    if (w.granularity == Granularity::PerTensor && t.quant.isPerChannel())
        add("scales per channel");
    if (w.role == TensorRole::Weight && w.narrowRange && usesLowestInteger(model, t))
        add("the lowest integer is used");
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
        if (recipe.fixedOutputs == FixedOutputPolicy::Keep && w.role == TensorRole::Activation && t.type == w.type
            && onFixedGrid(g, index, TensorIndex(i)))
            continue; // the recipe's own policy
        if (const std::string why = shortfall(model, t, w); !why.empty())
            found.push_back(makeWarning(kTargetNotMet, {t.name, why}, TensorRef{SubgraphIndex{0}, TensorIndex(i)}));
    }
    const Diagnostics limits = checkLimits(model, recipe.limits);
    found.insert(found.end(), limits.begin(), limits.end());
    return found;
}

} // namespace requant
