// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/logic/histogram.h"

#include "core/metrics/values.h"
#include "core/scheme/scheme.h"

#include <algorithm>
#include <cmath>

namespace requant {

namespace {

const Operator *operatorOf(const Model &m, int op)
{
    const auto &all = m.subgraphs.front().operators;
    return op >= 0 && std::size_t(op) < all.size() ? &all[std::size_t(op)] : nullptr;
}

// Ends of the widest channel's range; false without a grid.
bool ends(const Tensor &t, double &low, double &high)
{
    const IntegerRange r = integerRange(t.type);
    if (!t.quant.isQuantized() || r.max <= r.min)
        return false;
    low = high = 0;
    for (std::size_t c = 0; c < t.quant.scale.size(); ++c) {
        const double s = double(t.quant.scaleAt(c)), z = double(t.quant.zeroPointAt(c));
        low = std::min(low, s * (double(r.min) - z));
        high = std::max(high, s * (double(r.max) - z));
    }
    return true;
}

double coarsest(const Tensor &t)
{
    double s = 0;
    for (const float v : t.quant.scale)
        s = std::max(s, double(v));
    return s;
}

std::vector<double> valuesOf(const Model &m, const Tensor &t)
{
    std::vector<double> v;
    if (hasRealValues(t) && m.isConstant(t)) {
        const ValueReader reader(t);
        reader.read(m.data(t), v);
        v.resize(std::min(v.size(), std::size_t(elementCount(t.shape))));
    }
    return v;
}

} // namespace

Histogram weightHistogram(const Model &source, const Model *converted, int op, int bins)
{
    Histogram h;
    const Operator *o = operatorOf(source, op);
    const int w = o ? weightedInputs(o->code).weight : -1;
    if (w < 0 || std::size_t(w) >= o->inputs.size() || !o->inputs[std::size_t(w)])
        return h;
    const TensorIndex index = o->inputs[std::size_t(w)];
    const Tensor &before = source.subgraphs.front().tensor(index);
    const std::vector<double> x = valuesOf(source, before);
    if (x.empty())
        return h;
    std::vector<double> y;
    double step = coarsest(before);
    ends(before, h.oldLow, h.oldHigh);
    // Where a conversion made a tensor of its own, the operator that writes the same output reads it.
    if (converted && !o->outputs.empty()) {
        for (const Operator &c : converted->subgraphs.front().operators) {
            if (c.code != o->code || c.outputs.empty() || c.outputs[0] != o->outputs[0] || std::size_t(w) >= c.inputs.size() || !c.inputs[std::size_t(w)])
                continue;
            const Tensor &after = converted->subgraphs.front().tensor(c.inputs[std::size_t(w)]);
            y = valuesOf(*converted, after);
            step = std::max(step, coarsest(after));
            ends(after, h.newLow, h.newHigh);
        }
    }
    double least = 0, most = 0;
    for (const std::vector<double> *v : {&x, static_cast<const std::vector<double> *>(&y)}) {
        for (const double d : *v) {
            if (std::isfinite(d)) {
                least = std::min(least, d);
                most = std::max(most, d);
            }
        }
    }
    // A whole number of steps to a bin, and zero in the middle of one: the same number of integers falls into each.
    const double wanted = (most - least) / std::max(bins - 2, 1);
    h.step = step > 0 ? std::ceil(std::max(wanted / step, 1.0) - 1e-9) * step : wanted;
    if (!(h.step > 0))
        h.step = 1;
    const double first = std::floor(least / h.step - 0.5), last = std::ceil(most / h.step + 0.5);
    h.low = (first - 0.5) * h.step;
    const auto count = std::size_t(std::clamp(last - first + 1, 1.0, 100'000.0));
    const auto fill = [&](const std::vector<double> &from, std::vector<double> &to) {
        if (from.empty())
            return;
        to.assign(count, 0);
        for (const double d : from) {
            if (std::isfinite(d))
                to[std::min(std::size_t(std::max((d - h.low) / h.step, 0.0)), count - 1)] += 1;
        }
    };
    fill(x, h.before);
    fill(y, h.after);
    return h;
}

Histogram outputHistogram(const Statistics &statistics, const Model &source, const Model *converted, int op)
{
    Histogram h;
    const Operator *o = operatorOf(source, op);
    if (!o || o->outputs.empty() || !o->outputs[0])
        return h;
    const TensorIndex t = o->outputs[0];
    const auto it = statistics.find(t);
    const Tensor &before = source.subgraphs.front().tensor(t);
    if (it == statistics.end() || it->second.histogram.empty() || !ends(before, h.oldLow, h.oldHigh))
        return h;
    h.step = double(before.quant.scale[0]);
    h.low = h.oldLow - h.step / 2;
    h.before.assign(it->second.histogram.begin(), it->second.histogram.end());
    if (converted && t.pos() < converted->subgraphs.front().tensors.size())
        ends(converted->subgraphs.front().tensor(t), h.newLow, h.newHigh);
    return h;
}

} // namespace requant
