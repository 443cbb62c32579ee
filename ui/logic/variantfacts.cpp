// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/logic/variantfacts.h"

#include "core/convert/convert.h"
#include "core/model/poweroftwo.h"
#include "core/scheme/scheme.h"

#include <cmath>
#include <limits>
#include <optional>
#include <set>

namespace requant {

namespace {

// Whether all multipliers are powers of two; nothing where the operator has none.
std::optional<bool> onlyShifts(const Subgraph &g, const Operator &op)
{
    const auto tensor = [&](std::size_t i) -> const Tensor * {
        const bool has = i < op.inputs.size() && op.inputs[i] && op.inputs[i].pos() < g.tensors.size();
        return has && g.tensor(op.inputs[i]).quant.isQuantized() ? &g.tensor(op.inputs[i]) : nullptr;
    };
    if (op.outputs.empty() || !op.outputs[0] || !g.tensor(op.outputs[0]).quant.isQuantized())
        return std::nullopt;
    const double out = double(g.tensor(op.outputs[0]).quant.scale[0]);
    const WeightedInputs roles = weightedInputs(op.code);
    if (roles.weight >= 0) {
        const Tensor *w = tensor(std::size_t(roles.weight)), *in = nullptr;
        for (std::size_t i = 0; i < op.inputs.size() && !in; ++i) {
            if (int(i) != roles.weight && int(i) != roles.bias)
                in = tensor(i);
        }
        if (!w || !in)
            return std::nullopt;
        for (const float s : w->quant.scale) {
            if (!shiftOf(double(in->quant.scale[0]) * double(s) / out))
                return false;
        }
        return true;
    }
    const Tensor *a = tensor(0), *b = tensor(1);
    if (!a || !b)
        return std::nullopt;
    const double x = double(a->quant.scale[0]), y = double(b->quant.scale[0]);
    if (op.code == Op::Add || op.code == Op::Sub)
        return shiftOf(x / out) && shiftOf(y / out);
    if (op.code == Op::Mul)
        return shiftOf(x * y / out).has_value();
    return std::nullopt;
}

} // namespace

VariantFacts variantFacts(const Measured &m)
{
    constexpr double nan = std::numeric_limits<double>::quiet_NaN();
    VariantFacts f;
    f.name = m.name;
    f.variant = m.variant;
    f.outputSqnrDb = f.agreement = nan;
    f.stale = m.conversionStale || (m.errors && m.errorsStale);
    if (m.errors && m.errors->hasOutput) {
        f.outputSqnrDb = m.errors->outputSqnrDb;
        f.agreement = m.errors->agreement;
    }
    if (!m.model)
        return f;
    std::set<std::size_t> buffers;
    for (const Subgraph &g : m.model->subgraphs) {
        for (const Tensor &t : g.tensors) {
            if (m.model->isConstant(t) && buffers.insert(t.buffer.pos()).second)
                f.bytes += double(m.model->data(t).size());
        }
    }
    const Subgraph &g = m.model->subgraphs.front();
    for (const Operator &op : g.operators) {
        if (const auto shifts = onlyShifts(g, op)) {
            ++f.multiplied;
            f.shifted += *shifts ? 1 : 0;
        }
    }
    if (m.conversion) {
        for (const OperatorIndex i : m.conversion->origin)
            f.inserted += i ? 0 : 1;
    }
    return f;
}

std::vector<bool> paretoFront(const std::vector<double> &cost, const std::vector<double> &gain)
{
    std::vector<bool> front(cost.size(), false);
    for (std::size_t i = 0; i < cost.size(); ++i) {
        if (std::isnan(cost[i]) || std::isnan(gain[i]))
            continue;
        front[i] = true;
        for (std::size_t k = 0; k < cost.size() && front[i]; ++k) {
            const bool atLeast = cost[k] <= cost[i] && gain[k] >= gain[i]; // false for NaN
            front[i] = !(atLeast && (cost[k] < cost[i] || gain[k] > gain[i]));
        }
    }
    return front;
}

} // namespace requant
