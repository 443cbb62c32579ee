// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/passes/biasroom.h"

#include "core/passes/integers.h"
#include "core/passes/weights.h"

#include <algorithm>
#include <cmath>

namespace requant {

BiasRoom::BiasRoom(const Model &model, const Resolution &resolution, const Limits &limits) : m_limits(limits)
{
    constexpr int kWideEnough = 28; // the runtime's int32 has room
    if (!limits.biasBits || *limits.biasBits > kWideEnough)
        return;
    const Subgraph &g = model.subgraphs.front();
    for (std::size_t i = 0; i < g.operators.size(); ++i) {
        const Operator &op = g.operators[i];
        const WeightedInputs at = weightedInputs(op.code);
        const OpSpec *spec = findOpSpec(op.code);
        const int data = spec && !spec->dataInputs.empty() ? spec->dataInputs.front() : 0;
        if (at.weight < 0 || at.bias < 0 || static_cast<std::size_t>(std::max({at.weight, at.bias, data})) >= op.inputs.size() || op.outputs.empty())
            continue;
        const auto input = [&](int k) { return op.inputs[static_cast<std::size_t>(k)]; };
        const TensorIndex w = input(at.weight), b = input(at.bias), x = input(data), y = op.outputs[0];
        if (!w || !b || !x || !y || resolution.tensors[w.pos()].wish.role != TensorRole::Weight
            || resolution.tensors[b.pos()].wish.role != TensorRole::Bias)
            continue;
        const std::int32_t in = consumedPlan(model, resolution, OperatorIndex(i), static_cast<std::size_t>(data)).group;
        const std::int32_t out = resolution.tensors[y.pos()].group;
        const Tensor &weight = g.tensor(w), &bias = g.tensor(b);
        if (in < 0 || out < 0 || !g.tensor(x).quant.isQuantized() || !weight.quant.isQuantized()
            || model.data(weight).size() < byteSize(weight.type, static_cast<std::size_t>(elementCount(weight.shape))))
            continue;
        const RealWeights real = realWeights(model, op, weight, 0);
        if (elementCount(bias.shape) != static_cast<std::int64_t>(real.outputs)
            || (weight.quant.isPerChannel() && weight.quant.scale.size() != real.outputs))
            continue;
        Layer l;
        l.in = static_cast<std::size_t>(in);
        l.out = static_cast<std::size_t>(out);
        l.perChannel = resolution.tensors[w.pos()].wish.granularity == Granularity::PerChannel;
        const auto q = unpackIntegers(model.data(bias), bias.type, real.outputs);
        for (std::size_t o = 0; o < real.outputs; ++o) {
            double sum = 0, most = 0;
            for (std::size_t k = 0; k < real.inputs; ++k) {
                sum += real.values[o * real.inputs + k];
                most = std::max(most, std::abs(real.values[o * real.inputs + k]));
            }
            l.weightSum.push_back(sum);
            l.largest.push_back(most);
            l.bias.push_back(static_cast<double>(q[o]) * static_cast<double>(g.tensor(x).quant.scale[0]) * static_cast<double>(weight.quant.scaleAt(o)));
        }
        m_layers.push_back(std::move(l));
    }
}

double BiasRoom::crowding(const Layer &l, double inStep, double outStep, double inOffset, double outOffset) const
{
    const auto folded = [&](std::size_t o) { return std::abs(l.bias[o] + l.weightSum[o] * inOffset - outOffset); };
    const std::size_t n = l.bias.size();
    if (m_limits.biasOwnScale) {
        double most = 0;
        for (std::size_t o = 0; o < n; ++o)
            most = std::max(most, folded(o));
        return 2 * std::ldexp(most, -*m_limits.biasBits) / outStep;
    }
    const double capacity = (std::ldexp(1.0, *m_limits.biasBits - 1) - 1) * inStep / 127;
    if (!l.perChannel) {
        double most = 0, largest = 0;
        for (std::size_t o = 0; o < n; ++o) {
            most = std::max(most, folded(o));
            largest = std::max(largest, l.largest[o]);
        }
        return largest > 0 ? most / (capacity * largest) : 0.0;
    }
    std::vector<double> by;
    for (std::size_t o = 0; o < n; ++o)
        by.push_back(l.largest[o] > 0 ? folded(o) / (16 * capacity * l.largest[o]) : 0.0);
    if (by.empty())
        return 0;
    const auto upper = by.begin() + static_cast<std::ptrdiff_t>(3 * (n - 1) / 4);
    std::nth_element(by.begin(), upper, by.end());
    return *upper;
}

std::vector<std::size_t> BiasRoom::crowded(const std::vector<GroupGrid> &grids) const
{
    std::vector<std::size_t> out;
    for (const Layer &l : m_layers) {
        const GroupGrid &in = grids[l.in], &to = grids[l.out];
        if ((in.offset == 0.0 && to.offset == 0.0) || !(in.step() > 0) || !(to.step() > 0))
            continue;
        const double with = crowding(l, in.step(), to.step(), in.offset, to.offset);
        if (!(with > 1) || !(with > 1.5 * crowding(l, in.step(), to.step(), 0.0, 0.0)))
            continue;
        double sum = 0;
        for (const double w : l.weightSum)
            sum = std::max(sum, std::abs(w));
        out.push_back(std::abs(sum * in.offset) >= std::abs(to.offset) ? l.in : l.out);
    }
    return out;
}

} // namespace requant
