// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/passes/grids.h"

#include "core/passes/biasroom.h"
#include "core/passes/lattice.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>

namespace requant {

namespace {

// What is cut is cut in the values that matter most: it counts more than noise.
constexpr double kCutWeight = 2.0;
// Values per step near the ends of a range, at least: of a range that training or calibration has seen, with and without statistics.
constexpr double kTail = 5e-6, kTailUnknown = 2e-5;
// A range that loses more, in squared steps, is better covered by a larger scale (which rounds everything anew: 1/6 and more).
constexpr double kMostCut = 0.15;

struct GroupInfo
{
    TensorWish wish;
    RealRange range;
    bool any = false;                    // has members
    bool fixed = false;
    QuantParams fixedGrid;
    bool oneSource = true;               // all members had the same source grid
    QuantParams source;
    ElementType sourceType = ElementType::Float32;
    bool pinned = false;                 // ratio must be 1
    double upperClamp = 0;               // a fused activation cuts members at this real value; 0: none
    int entering = 0, activated = 0;     // operators that put values in (copies within the group aside); those with an activation
    RealRange activation{0, 0};          // union of what the activations let through
};

RealRange joined(RealRange a, RealRange b)
{
    return {std::min(a.lo, b.lo), std::max(a.hi, b.hi)};
}

// What a fused activation lets through (RELU = 1, RELU_N1_TO_1 = 2, RELU6 = 3); others: everything.
bool activationRange(const Operator &op, RealRange &out)
{
    constexpr double kAll = std::numeric_limits<double>::infinity();
    switch (op.options ? op.options->integer("fused_activation_function") : 0) {
    case 1: out = {0, kAll}; return true;
    case 2: out = {-1, 1}; return true;
    case 3: out = {0, 6}; return true;
    default: return false;
    }
}

double clampOf(const Operator &op)
{
    // ActivationFunctionType: RELU_N1_TO_1 = 2, RELU6 = 3.
    switch (op.options ? op.options->integer("fused_activation_function") : 0) {
    case 2: return 1.0;
    case 3: return 6.0;
    default: return 0.0;
    }
}

class GridChooser
{
public:
    GridChooser(const Model &model, const Resolution &resolution, const Recipe &recipe, const Statistics *statistics, bool real)
        : m_model(model), m_graph(model.subgraphs.front()), m_resolution(resolution), m_recipe(recipe), m_statistics(statistics),
          m_leastShare(real ? 0.8 : 0.85), m_groups(static_cast<std::size_t>(resolution.groupCount))
    {
    }

    std::vector<GroupGrid> run()
    {
        collect();
        ratioPins();
        m_covers.assign(m_groups.size(), false);
        std::vector<OffsetGroup> folds = foldable();
        const BiasRoom room(m_model, m_resolution, m_recipe.limits);
        for (;;) {
            std::vector<GroupGrid> out = attempt(folds);
            // An upper clamp that saturation would miss with these scales: that group keeps its activation.
            bool missed = false;
            for (std::size_t i = 0; i < m_groups.size(); ++i) {
                const GroupInfo &g = m_groups[i];
                if (out[i].saturates && g.activation.hi < 1e30 && out[i].offset + 127 * out[i].step() > g.activation.hi * (1 + 1e-4)) {
                    folds[i].candidate = false;
                    missed = true;
                }
            }
            // The group that loses most of its range gets a scale that covers it.
            double most = kMostCut;
            std::size_t worst = m_groups.size();
            for (std::size_t i = 0; i < m_groups.size() && !missed; ++i) {
                if (!m_folded[i] || m_covers[i] || out[i].saturates || m_groups[i].wish.scale != ScaleRule::Any)
                    continue;
                if (const double cut = cutSteps(i, out[i].step(), out[i].offset); cut > most) {
                    most = cut;
                    worst = i;
                }
            }
            if (worst < m_groups.size())
                m_covers[worst] = missed = true;
            for (const std::size_t i : room.crowded(out)) {
                missed = missed || folds[i].candidate;
                folds[i].candidate = false;
            }
            if (!missed)
                return out;
        }
    }

private:
    std::vector<GroupGrid> attempt(const std::vector<OffsetGroup> &folds)
    {
        m_scale.assign(m_groups.size(), 0.0);
        OffsetPlan plan = planOffsets(m_model, m_resolution, folds);
        std::vector<GroupGrid> out(m_groups.size());
        std::vector<Grid> ideal(m_groups.size());
        m_folded.assign(m_groups.size(), false);
        for (std::size_t i = 0; i < m_groups.size(); ++i) {
            const GroupInfo &g = m_groups[i];
            if (!g.any)
                continue;
            m_folded[i] = plan.kind[i] != OffsetKind::None;
            if (g.fixed)
                out[i].params = g.fixedGrid;
            else if (m_folded[i])
                ideal[i] = {foldedScale(i, folds[i], plan.offset[i]), 0};
            else
                ideal[i] = idealGrid(g);
        }
        chooseRatios(ideal, out, plan);
        std::vector<double> scale(m_groups.size(), 0.0), source(m_groups.size(), 0.0);
        for (std::size_t i = 0; i < m_groups.size(); ++i) {
            const GroupInfo &g = m_groups[i];
            if (!g.any || g.fixed)
                continue;
            out[i].params = m_scale[i] > 0 ? QuantParams::perTensor(static_cast<float>(m_scale[i] / out[i].ratio), ideal[i].zeroPoint)
                                           : declare(g, ideal[i], out[i], m_folded[i]);
            scale[i] = out[i].step();
            const double s = g.oneSource && g.source.isQuantized() ? static_cast<double>(g.source.scale[0]) : 0.0;
            source[i] = std::abs(scale[i] - s) <= 1e-6 * s ? s : 0.0;
        }
        settleOffsets(plan, folds, scale, source, [&](std::size_t i, double offset) { return cutSteps(i, scale[i], offset); });
        for (std::size_t i = 0; i < m_groups.size(); ++i) {
            out[i].offset = plan.kind[i] == OffsetKind::None ? 0.0 : plan.offset[i];
            out[i].saturates = plan.kind[i] == OffsetKind::Anchored;
        }
        return out;
    }

    // The scale that covers the range around the offset; or the source's scale, with which the tensor can hold the source's integers
    // (see lattice.h), at the price of some at one end.
    double foldedScale(std::size_t i, const OffsetGroup &fold, double offset) const
    {
        return m_groups[i].wish.scale == ScaleRule::Any && !m_covers[i] ? (fold.hi - fold.lo) / 255 : coveringScale(fold, offset);
    }

    // What the range of a group loses, in squared steps.
    double cutSteps(std::size_t i, double e, double offset) const
    {
        const GroupInfo &g = m_groups[i];
        const double below = std::max(0.0, (offset - 128 * e - g.range.lo) / e), above = std::max(0.0, (g.range.hi - offset - 127 * e) / e);
        const double seen = m_statistics && (below > 1e-6 || above > 1e-6) ? kCutWeight * cutAway(i, e, offset, false) / (e * e) : 0.0;
        return std::max(seen, (m_statistics ? kTail : kTailUnknown) * (below * below * below + above * above * above) / 3);
    }

    std::vector<OffsetGroup> foldable() const
    {
        std::vector<OffsetGroup> folds(m_groups.size());
        for (std::size_t i = 0; i < m_groups.size(); ++i) {
            const GroupInfo &g = m_groups[i];
            folds[i].candidate = g.any && !g.fixed && !g.wish.keep
                && g.wish.type == ElementType::Int8 && !g.wish.narrowRange
                // Restricted: what is not negative has the zero point -128 and all 256 integers already.
                && (g.wish.symmetry == Symmetry::Symmetric || (g.wish.symmetry == Symmetry::Restricted && g.range.lo < 0))
                && g.wish.role == TensorRole::Activation;
            folds[i].lo = g.range.lo;
            folds[i].hi = g.range.hi;
            folds[i].activated = g.activated > 0;
            folds[i].sameActivation = g.activated == g.entering;
        }
        return folds;
    }

    void addMember(const TensorPlan &p, const Tensor &t)
    {
        if (p.group < 0)
            return;
        GroupInfo &g = m_groups[static_cast<std::size_t>(p.group)];
        const RealRange r = realRange(m_model, t);
        if (!g.any) {
            g.wish = p.wish;
            g.range = r;
            g.source = t.quant;
            g.sourceType = t.type;
        } else {
            g.range = joined(g.range, r);
            g.oneSource = g.oneSource && g.sourceType == t.type && g.source.sameGrid(t.quant);
        }
        g.any = true;
        if (p.fixed) {
            g.fixed = true;
            g.fixedGrid = *p.fixed;
        }
    }

    void collect()
    {
        for (std::size_t i = 0; i < m_graph.tensors.size(); ++i)
            addMember(m_resolution.tensors[i], m_graph.tensors[i]);
        for (const Boundary &b : m_resolution.boundaries)
            addMember(b.plan, m_graph.tensor(b.tensor));
        for (const Operator &op : m_graph.operators) {
            const double clamp = clampOf(op);
            RealRange activation;
            const bool activated = activationRange(op, activation);
            for (TensorIndex t : op.outputs) {
                const std::int32_t g = t ? m_resolution.tensors[t.pos()].group : -1;
                if (g < 0)
                    continue;
                GroupInfo &group = m_groups[static_cast<std::size_t>(g)];
                if (clamp > 0)
                    group.upperClamp = clamp;
                const bool copies = std::any_of(op.inputs.begin(), op.inputs.end(), [&](TensorIndex in) {
                    return in && m_resolution.tensors[in.pos()].group == g;
                });
                if (copies && !activated)
                    continue;
                ++group.entering;
                if (activated) {
                    group.activation = group.activated++ ? joined(group.activation, activation) : activation;
                }
            }
        }
        for (TensorIndex t : m_graph.inputs) {
            if (const std::int32_t g = m_resolution.tensors[t.pos()].group; g >= 0)
                ++m_groups[static_cast<std::size_t>(g)].entering;
        }
        // What activations cut away needs no integers.
        for (GroupInfo &g : m_groups) {
            if (!g.any || g.fixed || g.activated == 0 || g.activated != g.entering || !g.oneSource || !g.source.isQuantized())
                continue;
            const double s = static_cast<double>(g.source.scale[0]); // the clamp as the source's integers have it
            g.range.lo = std::max(g.range.lo, std::min(0.0, s * std::round(g.activation.lo / s)));
            if (g.activation.hi < 1e30) {
                g.activation.hi = s * std::round(g.activation.hi / s);
                g.range.hi = std::min(g.range.hi, g.activation.hi);
            }
        }
    }

    static Grid idealGrid(const GroupInfo &g)
    {
        const bool eightToEight = bitWidth(g.sourceType) == 8 && bitWidth(g.wish.type) == 8;
        if (g.oneSource && g.source.isQuantized() && g.wish.symmetry != Symmetry::Symmetric && eightToEight
            && !g.wish.narrowRange) {
            // int8 <-> uint8 only moves the zero point by 128: nothing is lost.
            const std::int64_t shift = (g.wish.type == ElementType::Int8 ? -128 : 0)
                - (g.sourceType == ElementType::Int8 ? -128 : 0);
            if (zeroPointAllowed(g.wish.symmetry, g.wish.type, g.source.zeroPointAt(0) + shift))
                return {g.source.scale[0], g.source.zeroPointAt(0) + shift};
        }
        Grid grid = coveringGrid(g.wish, g.range);
        if (g.oneSource && g.source.isQuantized() && g.wish.type == ElementType::Int16 && bitWidth(g.sourceType) == 8
            && g.wish.scale == ScaleRule::Any) {
            // A power-of-two fraction of the source's scale holds every source value exactly.
            const double s = g.source.scale[0];
            if (grid.scale > 0 && s >= grid.scale)
                grid.scale = s / floorPowerOfTwo(s / grid.scale);
        }
        return grid;
    }

    // Groups whose ratio must be 1, and groups that must share one.
    void ratioPins()
    {
        m_parent.resize(m_groups.size());
        std::iota(m_parent.begin(), m_parent.end(), std::size_t{0});
        for (GroupInfo &g : m_groups) {
            g.pinned = g.fixed || g.wish.keep || g.wish.scale != ScaleRule::PowerOfTwo;
        }
        for (std::size_t o = 0; o < m_graph.operators.size(); ++o)
            ratioRules(OperatorIndex(o));
        for (const Boundary &b : m_resolution.boundaries) {
            // QUANTIZE is homogeneous: the copy carries the tensor's ratio.
            if (!b.constant)
                tie(m_resolution.tensors[b.tensor.pos()].group, b.plan.group);
        }
        for (TensorIndex t : m_graph.inputs)
            pin(m_resolution.tensors[t.pos()].group);
        for (TensorIndex t : m_graph.outputs)
            pin(m_resolution.tensors[t.pos()].group);
    }

    void chooseRatios(const std::vector<Grid> &ideal, std::vector<GroupGrid> &out, const OffsetPlan &plan)
    {
        std::vector<std::vector<std::size_t>> families(m_groups.size());
        for (std::size_t i = 0; i < m_groups.size(); ++i) {
            if (m_groups[i].any)
                families[root(i)].push_back(i);
        }
        for (const auto &family : families) {
            if (family.empty())
                continue;
            const double ratio = familyRatio(family, ideal, plan);
            for (std::size_t i : family)
                out[i].ratio = ratio;
        }
    }

    void ratioRules(OperatorIndex o)
    {
        const Operator &op = m_graph.op(o);
        const OpSpec *spec = findOpSpec(op.code);
        std::vector<std::int32_t> data;
        for (std::size_t i = 0; i < op.inputs.size(); ++i) {
            if (op.inputs[i] && (!spec || spec->isDataInput(i)))
                data.push_back(consumedPlan(m_model, m_resolution, o, i).group);
        }
        for (TensorIndex t : op.outputs) {
            if (t)
                data.push_back(m_resolution.tensors[t.pos()].group);
        }
        std::erase(data, -1);
        const bool clamped = clampOf(op) > 0;
        const bool weighted = spec && spec->scaling == Scaling::Weighted && weightsMayChange(o);
        if (!spec || !m_resolution.algorithmsOf(o).weightCorrection || spec->scaling == Scaling::True || (spec->scaling == Scaling::Homogeneous && clamped)
            || (spec->scaling == Scaling::Weighted && !weighted)) {
            for (std::int32_t g : data)
                pin(g);
        } else if (spec->scaling == Scaling::Homogeneous) {
            for (std::int32_t g : data)
                tie(g, data.front());
        }
    }

    bool weightsMayChange(OperatorIndex o) const
    {
        const Operator &op = m_graph.op(o);
        const WeightedInputs at = weightedInputs(op.code);
        if (at.weight < 0 || static_cast<std::size_t>(at.weight) >= op.inputs.size())
            return false;
        const TensorIndex w = op.inputs[static_cast<std::size_t>(at.weight)];
        return w && m_resolution.tensors[w.pos()].wish.role == TensorRole::Weight
            && !m_resolution.tensors[w.pos()].wish.keep && !m_resolution.weightOverrides.count(o);
    }

    void pin(std::int32_t group)
    {
        if (group >= 0)
            m_groups[static_cast<std::size_t>(group)].pinned = true;
    }

    void tie(std::int32_t a, std::int32_t b)
    {
        if (a >= 0 && b >= 0)
            m_parent[root(static_cast<std::size_t>(a))] = root(static_cast<std::size_t>(b));
    }

    std::size_t root(std::size_t i) const
    {
        while (m_parent[i] != i)
            i = m_parent[i];
        return i;
    }

    // Mean square of what a grid cuts off a group's values; 0 where nothing is known of them.
    double cutAway(std::size_t group, double e, double offset, bool anchored) const
    {
        const GroupInfo &g = m_groups[group];
        const IntegerRange r = storageRange(g.wish);
        const double zero = anchored ? g.range.lo + 128 * e : offset;
        const double lo = zero + e * static_cast<double>(r.min), hi = zero + e * static_cast<double>(r.max);
        double sum = 0, count = 0;
        for (std::size_t t = 0; t < m_graph.tensors.size(); ++t) {
            if (m_resolution.tensors[t].group != static_cast<std::int32_t>(group))
                continue;
            const auto it = m_statistics->find(TensorIndex(t));
            const Tensor &tensor = m_graph.tensors[t];
            if (it == m_statistics->end() || it->second.histogram.size() != 256 || !tensor.quant.isQuantized())
                continue;
            const double s = static_cast<double>(tensor.quant.scale[0]);
            const double first = static_cast<double>(integerRange(tensor.type).min - tensor.quant.zeroPointAt(0));
            for (std::size_t b = 0; b < 256; ++b) {
                const auto n = static_cast<double>(it->second.histogram[b]);
                const double x = s * (first + static_cast<double>(b)), beyond = x - std::clamp(x, lo, hi);
                sum += n * beyond * beyond;
                count += n;
            }
        }
        return count > 0 ? sum / count : 0;
    }

    // e = rho 2^k for one group: the least that covers its range, or half of it where cutting costs less than it saves. The
    // noise of rounding, in units of that of the range's own scale, goes to `cost`.
    double scaleFor(std::size_t i, double ratio, const Grid &ideal, double offset, bool anchored, double &cost) const
    {
        const double covering = ratio * ceilPowerOfTwo(ideal.scale / ratio), half = covering / 2;
        const double unit = ideal.scale * ideal.scale;
        cost = covering * covering / unit;
        if (!m_statistics || ideal.zeroPoint != 0 || half < m_leastShare * ideal.scale || !m_groups[i].any || m_groups[i].wish.role != TensorRole::Activation)
            return covering;
        const double cut = (half * half + 12 * kCutWeight * cutAway(i, half, offset, anchored)) / unit;
        if (cut >= cost)
            return covering;
        cost = cut;
        return half;
    }

    // rho in [1, 2) that minimises sum (e / e_ideal)^2; 1 if any member needs true values.
    double familyRatio(const std::vector<std::size_t> &family, const std::vector<Grid> &ideal, const OffsetPlan &plan)
    {
        if (std::any_of(family.begin(), family.end(), [this](std::size_t i) { return m_groups[i].pinned; }))
            return 1.0;
        double best = 0;
        double bestCost = std::numeric_limits<double>::infinity();
        std::vector<double> bestScales, scales(family.size());
        for (std::size_t c : family) {
            for (double share = 1.0; share > (m_statistics ? m_leastShare : 0.999); share *= 0.97) {
                const double ratio = ideal[c].scale * share / floorPowerOfTwo(ideal[c].scale * share);
                double cost = 0;
                bool clampsHold = true;
                for (std::size_t k = 0; k < family.size(); ++k) {
                    const std::size_t i = family[k];
                    double mine = 0;
                    scales[k] = scaleFor(i, ratio, ideal[i], plan.offset[i], plan.kind[i] == OffsetKind::Anchored, mine);
                    cost += mine;
                    clampsHold = clampsHold && (m_folded[i] ? saturationHolds(m_groups[i], scales[k]) : clampHolds(m_groups[i], ideal[i], scales[k], ratio));
                }
                if (clampsHold && cost < bestCost * (1 - 1e-9)) {
                    best = ratio;
                    bestCost = cost;
                    bestScales = scales;
                }
            }
        }
        if (best == 0)
            return 1.0;
        for (std::size_t k = 0; k < family.size() && m_statistics; ++k)
            m_scale[family[k]] = bestScales[k];
        return best;
    }

    // A fused clamp is computed from the declared scale. It is right only if saturation of the storage type does its work:
    // the clamp lies beyond the largest integer, and the largest integer means no more than the clamp.
    static bool clampHolds(const GroupInfo &g, const Grid &ideal, double e, double ratio)
    {
        if (g.upperClamp <= 0)
            return true;
        const double steps = static_cast<double>(storageRange(g.wish).max - ideal.zeroPoint);
        return std::round(g.upperClamp / (e / ratio)) >= steps && e * steps <= g.upperClamp * (1 + 1e-4);
    }

    static bool saturationHolds(const GroupInfo &g, double e)
    {
        return g.activation.hi >= 1e30 || g.activated == 0 || std::min(g.range.lo, 0.0) + 255 * e <= g.activation.hi * (1 + 1e-4);
    }

    static QuantParams declare(const GroupInfo &g, const Grid &ideal, const GroupGrid &chosen, bool folded)
    {
        if (g.wish.scale != ScaleRule::PowerOfTwo)
            return QuantParams::perTensor(static_cast<float>(ideal.scale), ideal.zeroPoint);
        // With a true scale the next octave is not worth half a step: the range's end may round to the last integer.
        const bool halfStep = chosen.ratio == 1.0 && g.wish.symmetry == Symmetry::Symmetric && !folded;
        const double last = static_cast<double>(storageRange(g.wish).max - ideal.zeroPoint);
        const double s = ceilPowerOfTwo(ideal.scale / chosen.ratio * (halfStep ? last / (last + 0.5) : 1.0));
        std::int64_t zero = ideal.zeroPoint;
        if (g.wish.symmetry == Symmetry::Asymmetric && s * chosen.ratio > ideal.scale * (1 + 1e-6)) {
            const IntegerRange r = storageRange(g.wish);
            const double lo = std::min(0.0, g.range.lo);
            zero = std::clamp<std::int64_t>(std::llround(static_cast<double>(r.min) - lo / (s * chosen.ratio)), r.min, r.max);
        }
        return QuantParams::perTensor(static_cast<float>(s), zero);
    }

    const Model &m_model;
    const Subgraph &m_graph;
    const Resolution &m_resolution;
    const Recipe &m_recipe;
    const Statistics *m_statistics;
    double m_leastShare; // of the range's own scale that a scale may have
    std::vector<GroupInfo> m_groups;
    std::vector<double> m_scale; // by group, where familyRatio() chose one; else 0
    std::vector<std::size_t> m_parent;
    std::vector<bool> m_folded, m_covers;
};

} // namespace

IntegerRange storageRange(const TensorWish &w)
{
    IntegerRange r = integerRange(w.type);
    if (w.bits) {
        const std::int64_t half = std::int64_t{1} << (w.bits - 1);
        const bool fromZero = w.type == ElementType::UInt8 && w.symmetry == Symmetry::Asymmetric;
        const std::int64_t centre = fromZero ? half : w.type == ElementType::UInt8 ? 128 : 0;
        r = {centre - half, centre + half - 1};
    }
    if (w.narrowRange)
        ++r.min;
    return r;
}

double floorPowerOfTwo(double v)
{
    int e = 0;
    std::frexp(v * (1 + 1e-9), &e);
    return std::ldexp(1.0, e - 1);
}

double ceilPowerOfTwo(double v)
{
    int e = 0;
    const double m = std::frexp(v, &e);
    return m <= 0.5 * (1 + 1e-6) ? std::ldexp(1.0, e - 1) : std::ldexp(1.0, e);
}

Grid coveringGrid(const TensorWish &w, RealRange range)
{
    const double lo = std::min(0.0, range.lo);
    const double hi = std::max(0.0, range.hi);
    const IntegerRange r = storageRange(w);
    Grid grid;
    if (w.symmetry != Symmetry::Asymmetric) {
        if (w.type == ElementType::UInt8)
            grid.zeroPoint = lo < 0 ? 128 : 0;
        else if (w.type == ElementType::Int8 && w.symmetry == Symmetry::Restricted)
            grid.zeroPoint = lo < 0 ? 0 : -128;
        // int16 kernels and most hardware use the symmetric part of the range only.
        const double below = w.type == ElementType::Int16 ? 32767.0 : static_cast<double>(grid.zeroPoint - r.min);
        const double above = static_cast<double>(r.max - grid.zeroPoint);
        grid.scale = std::max(below > 0 ? -lo / below : 0.0, hi / above);
    } else {
        grid.scale = (hi - lo) / static_cast<double>(r.max - r.min);
        if (grid.scale > 0)
            grid.zeroPoint = std::clamp<std::int64_t>(std::llround(static_cast<double>(r.min) - lo / grid.scale), r.min, r.max);
    }
    // An all-zero tensor still needs a grid; float's smallest normal number is far below any real activation.
    if (!(grid.scale > 1e-30))
        grid.scale = 1.0;
    return grid;
}

RealRange realRange(const Model &model, const Tensor &t)
{
    if (!t.quant.isQuantized() || typeBit(t.type) == 0)
        return {};
    // One range for all channels of a per-channel constant: every channel's values fit in.
    const double s = *std::max_element(t.quant.scale.begin(), t.quant.scale.end());
    const auto z = static_cast<double>(t.quant.zeroPointAt(0));
    IntegerRange r = integerRange(t.type);
    const auto data = model.data(t);
    if (!data.empty() && bitWidth(t.type) == 8) {
        std::int64_t lo = r.max, hi = r.min;
        for (std::byte b : data) {
            const std::int64_t q = t.type == ElementType::Int8 ? std::int64_t{static_cast<std::int8_t>(b)}
                                                               : std::int64_t{static_cast<std::uint8_t>(b)};
            lo = std::min(lo, q);
            hi = std::max(hi, q);
        }
        r = {lo, hi};
    }
    return {s * (static_cast<double>(r.min) - z), s * (static_cast<double>(r.max) - z)};
}

const TensorPlan &consumedPlan(const Model &model, const Resolution &resolution, OperatorIndex o, std::size_t i)
{
    for (const Boundary &b : resolution.boundaries) {
        if (b.consumer == o && b.input == static_cast<std::int32_t>(i))
            return b.plan;
    }
    return resolution.tensors[model.subgraphs.front().op(o).inputs[i].pos()];
}

std::vector<GroupGrid> chooseGrids(const Model &model, const Resolution &resolution, const Recipe &recipe, const Statistics *statistics,
                                   bool real)
{
    return GridChooser(model, resolution, recipe, statistics, real).run();
}

} // namespace requant
