// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/convert/boundarycost.h"

#include "core/sim/samplerunner.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

namespace requant {

namespace {

double integerAt(std::span<const std::byte> bytes, ElementType type, std::size_t i)
{
    switch (type) {
    case ElementType::Int8: return static_cast<std::int8_t>(bytes[i]);
    case ElementType::UInt8: return static_cast<std::uint8_t>(bytes[i]);
    case ElementType::Int16: {
        std::int16_t v = 0;
        std::memcpy(&v, bytes.data() + 2 * i, sizeof v);
        return v;
    }
    default: return 0;
    }
}

double decibels(double signal, double noise)
{
    if (noise <= 0)
        return std::numeric_limits<double>::infinity();
    return signal > 0 ? 10 * std::log10(signal / noise) : -std::numeric_limits<double>::infinity();
}

} // namespace

Result<std::vector<BoundaryCost>> boundaryCosts(const Conversion &c, const SampleSet &samples, std::size_t limit, const RunControl &run)
{
    std::vector<BoundaryCost> costs;
    const Subgraph &g = c.model->subgraphs.front();
    for (std::size_t j = 0; j < c.origin.size(); ++j) {
        const Operator &op = g.operators[j];
        if (!c.origin[j] && op.code == Op::Quantize && typeBit(g.tensor(op.inputs[0]).type) && typeBit(g.tensor(op.outputs[0]).type))
            costs.push_back({OperatorIndex(j), op.inputs[0], op.outputs[0]});
    }
    if (costs.empty())
        return costs;
    const Numerics n = numerics(c.recipe);
    SimOptions options;
    options.arithmetic = n.arithmetic;
    options.accumulator = n.accumulator;
    options.threads = coreCount();
    auto sim = Simulator::create(c.model, options);
    if (!sim)
        return sim.error();
    std::erase_if(costs, [&](const BoundaryCost &b) { return !sim->isReachable(b.to); });
    std::vector<double> signal(costs.size(), 0.0), noise(costs.size(), 0.0);
    const std::size_t count = limit ? std::min(limit, samples.size()) : samples.size();
    const auto real = [&](TensorIndex t, std::span<const std::byte> bytes, std::size_t i) {
        const Tensor &tensor = g.tensor(t);
        const auto known = c.effective.find(t);
        const EffectiveGrid e = known != c.effective.end() ? known->second : EffectiveGrid{};
        const double q = integerAt(bytes, tensor.type, i) - static_cast<double>(tensor.quant.zeroPointAt(0));
        return e.ratio * static_cast<double>(tensor.quant.scale[0]) * q + e.offset;
    };
    for (std::size_t s = 0; s < count && !costs.empty(); ++s) {
        if (const Status status = runSample(*sim, samples, s, run); !status)
            return status.error();
        for (std::size_t b = 0; b < costs.size(); ++b) {
            const auto x = sim->tensor(costs[b].from), y = sim->tensor(costs[b].to);
            const std::size_t elements = std::min(x.size() / byteSize(g.tensor(costs[b].from).type, 1), y.size() / byteSize(g.tensor(costs[b].to).type, 1));
            for (std::size_t i = 0; i < elements; ++i) {
                const double v = real(costs[b].from, x, i), d = v - real(costs[b].to, y, i);
                signal[b] += v * v;
                noise[b] += d * d;
            }
        }
    }
    for (std::size_t b = 0; b < costs.size(); ++b)
        costs[b].sqnrDb = decibels(signal[b], noise[b]);
    return costs;
}

const BoundaryCost *costOf(const Conversion &c, std::span<const BoundaryCost> costs, const Boundary &b)
{
    const Subgraph &g = c.model->subgraphs.front();
    TensorIndex read;
    if (!b.consumer && static_cast<std::size_t>(b.input) < g.outputs.size())
        read = g.outputs[static_cast<std::size_t>(b.input)];
    for (std::size_t j = 0; b.consumer && j < c.origin.size(); ++j) {
        if (c.origin[j] == b.consumer && static_cast<std::size_t>(b.input) < g.operators[j].inputs.size())
            read = g.operators[j].inputs[static_cast<std::size_t>(b.input)];
    }
    // A padding may stand between.
    const OperatorIndex producer = read ? GraphIndex(g).producer(read) : OperatorIndex{};
    if (producer && !c.origin[producer.pos()] && g.op(producer).code == Op::Padv2)
        read = g.op(producer).inputs[0];
    const auto it = std::find_if(costs.begin(), costs.end(), [&](const BoundaryCost &k) { return k.to == read; });
    return it != costs.end() ? &*it : nullptr;
}

} // namespace requant
