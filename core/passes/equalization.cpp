// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/passes/equalization.h"

#include "core/scheme/scheme.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>

namespace requant {

namespace {

constexpr double kMostFactor = 4;
// Share of values at the clamp that samples may have missed.
constexpr double kUnseenReal = 1e-4, kUnseenSynthetic = 1e-3, kUnseenExpected = 3e-3;

bool isConvolution(Op op)
{
    return op == Op::Conv2D || op == Op::DepthwiseConv2D;
}

// The largest weight that a layer's scale is to hold, in source units: what its own scale holds; for a power of two
// what the finer of two octaves holds if all but a few rows are within.
double limitOf(const PassContext &c, const WeightedLayer &layer, const RealWeights &w,
               const std::vector<double> &rowMax)
{
    const QuantParams &source = c.from.tensor(layer.weight).quant;
    if (layer.plan->wish.scale == ScaleRule::Any)
        return 127 * static_cast<double>(*std::max_element(source.scale.begin(), source.scale.end()));
    const double ratio = layer.inGrid->ratio / layer.outGrid->ratio;
    const double largest = *std::max_element(rowMax.begin(), rowMax.end()) * ratio;
    if (!(largest > 0))
        return 0;
    const double coarse = 127 * ceilPowerOfTwo(largest / 127), fine = coarse / 2;
    std::size_t beyond = 0;
    for (const double m : rowMax)
        beyond += m * ratio > fine;
    const bool few =
        static_cast<double>(beyond) <= std::max(1.0, 0.02 * static_cast<double>(w.outputs)) && largest <= 1.6 * fine;
    return (few ? fine : coarse) / ratio;
}

bool onlyMember(const Resolution &r, TensorIndex t)
{
    const std::int32_t group = r.tensors[t.pos()].group;
    const auto same =
        std::count_if(r.tensors.begin(), r.tensors.end(), [&](const TensorPlan &p) { return p.group == group; });
    return same == 1 && std::none_of(r.boundaries.begin(), r.boundaries.end(), [&](const Boundary &b) {
               return b.tensor == t || b.plan.group == group;
           });
}

std::int64_t fusedActivation(const Operator &op)
{
    return op.options ? op.options->integer("fused_activation_function") : 0;
}

// Largest weight, in steps of the source's largest scale, by input channel.
std::vector<double> columns(const PassContext &c, const WeightedLayer &reader, std::size_t channels)
{
    const Operator &op = c.from.op(reader.op);
    const Tensor &w = c.from.tensor(reader.weight);
    const RealWeights real = realWeights(c.source, op, w, channels);
    const double s = static_cast<double>(*std::max_element(w.quant.scale.begin(), w.quant.scale.end()));
    std::vector<double> out(channels, 0.0);
    for (std::size_t i = 0; i < real.values.size(); ++i)
        out[real.channel[i]] = std::max(out[real.channel[i]], std::abs(real.values[i]) / s);
    return out;
}

bool mayHaveFactors(const PassContext &c, const WeightedLayer &layer)
{
    const Operator &op = c.from.op(layer.op);
    const Tensor &out = c.from.tensor(layer.output);
    const std::int64_t fused = fusedActivation(op);
    const TensorWish &w = layer.plan->wish;
    if (!isConvolution(op.code) || !layer.bias || w.keep || w.granularity != Granularity::PerTensor
        || w.symmetry != Symmetry::Symmetric || out.shape.empty() || out.quant.isPerChannel()
        || !out.quant.isQuantized() || (fused != 0 && fused != 1 && fused != 3))
        return false;
    return onlyMember(c.resolution, layer.output)
           && std::find(c.from.outputs.begin(), c.from.outputs.end(), layer.output) == c.from.outputs.end();
}

} // namespace

namespace {

// All but the shares at the clamp.
std::optional<RowScaling> rowScaling(const PassContext &c, const WeightedLayer &layer)
{
    if (!mayHaveFactors(c, layer))
        return {};
    const Tensor &out = c.from.tensor(layer.output);
    const auto channels = static_cast<std::size_t>(std::max(1, out.shape.back()));
    RowScaling rows;
    rows.most.assign(channels, kMostFactor);
    bool read = false;
    for (std::size_t o = 0; o < c.from.operators.size(); ++o) {
        const Operator &reader = c.from.operators[o];
        const auto uses = std::count(reader.inputs.begin(), reader.inputs.end(), layer.output);
        if (uses == 0)
            continue;
        const auto found = findWeightedLayer(c, OperatorIndex(o));
        if (uses != 1 || !isConvolution(reader.code) || !found || !*found || (*found)->input != layer.output
            || !(*found)->bias || (*found)->plan->wish.keep || !c.resolution.algorithmsOf(OperatorIndex(o)).equalization)
            return {};
        read = true;
        const WeightedLayer &next = **found;
        // A per-tensor reader that cannot pass the factor on must have room for it.
        if (next.plan->wish.granularity == Granularity::PerTensor
            && !(reader.code == Op::DepthwiseConv2D && mayHaveFactors(c, next))) {
            const auto largest = columns(c, next, channels);
            for (std::size_t k = 0; k < channels; ++k)
                rows.most[k] = std::min(rows.most[k], largest[k] > 0 ? std::max(1.0, 127 / largest[k]) : kMostFactor);
        }
    }
    if (!read)
        return {};
    rows.step = static_cast<double>(layer.outGrid->params.scale[0]);
    rows.offset = layer.outGrid->offset / layer.outGrid->ratio;
    if (fusedActivation(c.from.op(layer.op)) == 3)
        rows.clamp = 6 / layer.outGrid->ratio;
    return rows;
}

} // namespace

std::optional<RowScaling> planRowScaling(const PassContext &c, const WeightedLayer &layer, const OutputEvidence &outputs,
                                         bool realSamples)
{
    auto rows = rowScaling(c, layer);
    if (!rows)
        return {};
    const Tensor &out = c.from.tensor(layer.output);
    const std::size_t channels = rows->most.size();
    if (rows->clamp == 0) {
        rows->clampShare.assign(channels, 0.0);
        return rows;
    }
    const double s = static_cast<double>(out.quant.scale[0]);
    const IntegerRange r = integerRange(out.type);
    const std::int64_t top = std::min<std::int64_t>(r.max, out.quant.zeroPointAt(0) + std::llround(6 / s));
    const std::int64_t count = std::accumulate(outputs.count.begin(), outputs.count.end(), std::int64_t{0});
    if (count == 0 || !outputs.hasBins() || outputs.channels() != channels)
        return {};
    for (std::size_t ch = 0; ch < channels; ++ch) {
        const std::uint64_t at = outputs.countIf(ch, r.min, [&](std::int64_t q) { return q >= top; });
        rows->clampShare.push_back(static_cast<double>(at) / static_cast<double>(count)
                                   + (realSamples ? kUnseenReal : kUnseenSynthetic));
    }
    return rows;
}

std::optional<RowScaling> planRowScaling(const PassContext &c, const WeightedLayer &layer, const ExpectedStatistics &expected)
{
    auto rows = rowScaling(c, layer);
    if (!rows)
        return {};
    const auto it = expected.find(layer.output);
    if (rows->clamp == 0) {
        rows->clampShare.assign(rows->most.size(), 0.0);
        return rows;
    }
    if (it == expected.end() || it->second.atTop.size() != rows->most.size())
        return {};
    for (const double share : it->second.atTop)
        rows->clampShare.push_back(share + kUnseenExpected);
    return rows;
}

namespace {

constexpr double kMarginReal = 1.25, kMarginSynthetic = 1.6; // of a channel's observed range
constexpr double kLeastFactor = 0.6;
// A reader's rows may exceed its range for a producer's sake: they have factors of their own, or are cut.
constexpr double kMostOverdraft = 1.3;

class Presets
{
public:
    Presets(PassContext &c, const Statistics *statistics, bool real)
        : m_c(c), m_statistics(statistics), m_margin(real ? kMarginReal : kMarginSynthetic)
    {
    }

    void run()
    {
        tie();
        for (std::size_t t = 0; t < m_c.from.tensors.size(); ++t)
            m_families[root(t)].push_back(TensorIndex(t));
        for (std::size_t o = 0; o < m_c.from.operators.size(); ++o)
            visit(OperatorIndex(o));
        for (const auto &[r, tensors] : m_families) {
            if (!m_banned.count(r) && m_produced.count(r))
                choose(r, tensors);
        }
    }

private:
    struct Demand
    {
        std::vector<double> least, most; // by channel: least for producers' rows, most for readers' columns
    };

    std::size_t root(std::size_t t) const
    {
        for (auto it = m_parent.find(t); it != m_parent.end(); it = m_parent.find(t))
            t = it->second;
        return t;
    }

    static bool isSum(const Operator &op) { return op.code == Op::Add || op.code == Op::Sub; }

    void tie()
    {
        for (const Operator &op : m_c.from.operators) {
            if (!isSum(op) || op.outputs.size() != 1)
                continue;
            for (TensorIndex t : op.inputs) {
                const std::size_t a = t ? root(t.pos()) : 0, b = root(op.outputs[0].pos());
                if (t && a != b)
                    m_parent[a] = b;
            }
        }
    }

    void ban(TensorIndex t)
    {
        if (t)
            m_banned.insert(root(t.pos()));
    }

    std::size_t channelsOf(TensorIndex t) const
    {
        const Shape &s = m_c.from.tensor(t).shape;
        return s.empty() ? 0 : static_cast<std::size_t>(std::max(0, s.back()));
    }

    Demand &demand(TensorIndex t)
    {
        Demand &d = m_demands[root(t.pos())];
        if (d.least.empty()) {
            d.least.assign(channelsOf(t), 0.0);
            d.most.assign(channelsOf(t), kMostFactor);
        }
        return d;
    }

    void visit(OperatorIndex o)
    {
        const Operator &op = m_c.from.op(o);
        if (isSum(op) && op.inputs.size() == 2 && op.outputs.size() == 1 && op.inputs[0] && op.inputs[1]) {
            const Shape &shape = m_c.from.tensor(op.outputs[0]).shape;
            const std::int64_t fused = fusedActivation(op);
            if (fused > 1 || m_c.from.tensor(op.inputs[0]).shape != shape
                || m_c.from.tensor(op.inputs[1]).shape != shape)
                ban(op.outputs[0]);
            return;
        }
        const auto found = findWeightedLayer(m_c, o);
        const bool usable = found && *found && isConvolution(op.code) && (*found)->bias && !(*found)->plan->wish.keep
                            && (*found)->plan->wish.symmetry == Symmetry::Symmetric;
        for (TensorIndex t : op.inputs) {
            if (t && !(usable && t == (*found)->input))
                ban(t);
        }
        if (!usable || !m_c.resolution.algorithmsOf(o).equalization) {
            if (found && *found)
                ban((*found)->input);
            for (TensorIndex t : op.outputs)
                ban(t);
            return;
        }
        const WeightedLayer &layer = **found;
        const std::size_t channels = channelsOf(layer.input);
        const RealWeights w = realWeights(m_c.source, op, m_c.from.tensor(layer.weight), channels);
        std::vector<double> rowMax(w.outputs, 0.0), columnMax(channels, 0.0);
        for (std::size_t i = 0; i < w.values.size(); ++i) {
            const double v = std::abs(w.values[i]);
            rowMax[i / w.inputs] = std::max(rowMax[i / w.inputs], v);
            if (w.channel[i] < channels)
                columnMax[w.channel[i]] = std::max(columnMax[w.channel[i]], v);
        }
        const bool perTensor = layer.plan->wish.granularity == Granularity::PerTensor;
        const double limit = perTensor ? limitOf(m_c, layer, w, rowMax) : 0;
        if (channels && perTensor) {
            Demand &d = demand(layer.input);
            for (std::size_t k = 0; k < std::min(channels, d.most.size()); ++k)
                d.most[k] = std::min(d.most[k], columnMax[k] > 0 ? limit / columnMax[k] : kMostFactor);
        }
        m_produced.insert(root(layer.output.pos()));
        const std::int64_t fused = fusedActivation(op);
        if (fused > 1 && fused != 3)
            ban(layer.output);
        Demand &d = demand(layer.output);
        for (std::size_t ch = 0; perTensor && fused != 3 && ch < std::min(w.outputs, d.least.size()); ++ch)
            d.least[ch] = std::max(d.least[ch], limit > 0 ? rowMax[ch] / limit : 0.0);
        if (fused == 3)
            m_clamped.insert(root(layer.output.pos()));
        // f < 1 multiplies rows.
        auto &room = m_room[root(layer.output.pos())];
        room.resize(std::max(room.size(), w.outputs), 0.0);
        for (std::size_t ch = 0; perTensor && ch < w.outputs; ++ch)
            room[ch] = std::max(room[ch], limit > 0 ? rowMax[ch] / limit : 0.0);
    }

    // Part of the channel's range that it needs, by what was seen of it.
    double needed(TensorIndex t, std::size_t ch) const
    {
        const GroupGrid *g = m_c.gridOf(m_c.resolution.tensors[t.pos()]);
        const Tensor &tensor = m_c.from.tensor(t);
        if (!m_statistics || !g || !tensor.quant.isQuantized())
            return 1;
        const auto it = m_statistics->find(t);
        if (it == m_statistics->end() || ch >= it->second.channelMax.size())
            return 1;
        const double s = static_cast<double>(tensor.quant.scale[0]),
                     z = static_cast<double>(tensor.quant.zeroPointAt(0));
        const double lo = s * (static_cast<double>(it->second.channelMin[ch]) - z),
                     hi = s * (static_cast<double>(it->second.channelMax[ch]) - z);
        const IntegerRange r = integerRange(m_c.resolution.tensors[t.pos()].wish.type);
        const double zero = static_cast<double>(g->params.zeroPointAt(0));
        const double below = g->offset + g->step() * (static_cast<double>(r.min) - zero),
                     above = g->offset + g->step() * (static_cast<double>(r.max) - zero);
        double part = 0;
        if (hi > 0)
            part = above > 0 ? hi / above : 1.0;
        if (lo < 0)
            part = std::max(part, below < 0 ? lo / below : 1.0);
        return part * m_margin;
    }

    void choose(std::size_t r, const std::vector<TensorIndex> &tensors)
    {
        const auto found = m_demands.find(r);
        if (found == m_demands.end() || found->second.least.empty())
            return;
        const std::size_t channels = found->second.least.size();
        for (TensorIndex t : tensors) {
            if (!onlyMember(m_c.resolution, t) || channelsOf(t) != channels
                || !m_c.gridOf(m_c.resolution.tensors[t.pos()]) || m_c.resolution.tensors[t.pos()].fixed
                || std::find(m_c.from.outputs.begin(), m_c.from.outputs.end(), t) != m_c.from.outputs.end()
                || std::find(m_c.from.inputs.begin(), m_c.from.inputs.end(), t) != m_c.from.inputs.end())
                return;
        }
        std::vector<double> factors(channels, 1.0);
        bool any = false;
        constexpr double kSlack = 1 + 0.4 / 127;
        for (std::size_t ch = 0; ch < channels; ++ch) {
            const double least = found->second.least[ch], most = found->second.most[ch];
            double f = 1;
            if (least > kSlack) {
                f = std::min({least, kMostFactor, std::max(kMostOverdraft, most)});
            } else if (most < 1 / kSlack && most >= kLeastFactor) {
                const auto &room = m_room[r];
                double floor = ch < room.size() ? room[ch] : 0.0;
                for (TensorIndex t : tensors)
                    floor = std::max(floor, needed(t, ch));
                f = floor <= most ? most : 1;
            }
            any = any || f != 1;
            factors[ch] = f;
        }
        for (TensorIndex t : tensors)
            if (any)
                m_c.grids[static_cast<std::size_t>(m_c.resolution.tensors[t.pos()].group)].factors = factors;
    }

    PassContext &m_c;
    const Statistics *m_statistics;
    double m_margin;
    std::map<std::size_t, std::size_t> m_parent; // of tensors
    std::map<std::size_t, std::vector<TensorIndex>> m_families;
    std::map<std::size_t, Demand> m_demands;
    std::map<std::size_t, std::vector<double>> m_room; // by channel: the largest share of a row's limit
    std::set<std::size_t> m_banned, m_produced, m_clamped;
};

} // namespace

void presetFactors(PassContext &c, const Statistics *statistics, bool realSamples)
{
    Presets(c, statistics, realSamples).run();
}

} // namespace requant
