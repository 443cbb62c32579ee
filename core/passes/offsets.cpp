// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/passes/offsets.h"

#include "core/passes/grids.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace requant {

namespace {

int fusedActivation(const Operator &op)
{
    return op.options ? static_cast<int>(op.options->integer("fused_activation_function")) : 0;
}

class Planner
{
public:
    Planner(const Model &model, const Resolution &resolution, const std::vector<OffsetGroup> &groups)
        : m_model(model), m_graph(model.subgraphs.front()), m_resolution(resolution), m_groups(groups)
    {
        m_plan.kind.assign(groups.size(), OffsetKind::None);
        m_plan.offset.assign(groups.size(), 0.0);
    }

    OffsetPlan run()
    {
        for (std::size_t i = 0; i < m_groups.size(); ++i) {
            const OffsetGroup &g = m_groups[i];
            if (g.candidate && g.hi > g.lo && (!g.activated || g.sameActivation))
                m_plan.kind[i] = g.activated ? OffsetKind::Anchored : OffsetKind::Free;
        }
        for (TensorIndex t : m_graph.inputs)
            drop(groupOf(t));
        for (TensorIndex t : m_graph.outputs)
            drop(groupOf(t));
        for (std::size_t o = 0; o < m_graph.operators.size(); ++o)
            rules(OperatorIndex(o));
        for (const Boundary &b : m_resolution.boundaries) {
            if (b.constant || !b.consumer) // graph outputs are true
                drop(b.plan.group);
            if (!b.constant)
                equation(b.plan.group, {{m_resolution.tensors[b.tensor.pos()].group, 1.0}});
        }
        settleKinds();
        choose();
        return std::move(m_plan);
    }

private:
    std::int32_t groupOf(TensorIndex t) const { return t ? m_resolution.tensors[t.pos()].group : -1; }
    bool has(std::int32_t g) const { return g >= 0 && m_plan.kind[static_cast<std::size_t>(g)] != OffsetKind::None; }
    void drop(std::int32_t g)
    {
        if (g >= 0)
            m_plan.kind[static_cast<std::size_t>(g)] = OffsetKind::None;
    }

    void dropAll(OperatorIndex o)
    {
        const Operator &op = m_graph.op(o);
        for (std::size_t i = 0; i < op.inputs.size(); ++i)
            drop(inputGroup(o, i));
        for (TensorIndex t : op.outputs)
            drop(groupOf(t));
    }

    std::int32_t inputGroup(OperatorIndex o, std::size_t i) const
    {
        return m_graph.op(o).inputs[i] ? consumedPlan(m_model, m_resolution, o, i).group : -1;
    }

    void rules(OperatorIndex o)
    {
        const Operator &op = m_graph.op(o);
        const OpSpec *spec = findOpSpec(op.code);
        const int fused = fusedActivation(op);
        if (!spec || fused > 3 || !m_resolution.algorithmsOf(o).zeroPointFolding)
            return dropAll(o);
        switch (op.code) {
        case Op::Conv2D:
        case Op::DepthwiseConv2D:
        case Op::FullyConnected:
            if (!absorbs(o))
                dropAll(o);
            return;
        case Op::TransposeConv:
            // Each output pixel sees another number of taps: a constant input does not give a constant.
            if (!absorbs(o))
                return dropAll(o);
            return drop(inputGroup(o, 2));
        case Op::Softmax: // adding a constant to all logits changes nothing
        case Op::LogSoftmax:
        case Op::ArgMax:
        case Op::ArgMin:
        case Op::Shape: return;
        case Op::Add:
        case Op::Sub:
            for (std::size_t i = 0; i < op.inputs.size(); ++i) {
                if (op.inputs[i] && m_model.isConstant(m_graph.tensor(op.inputs[i])))
                    drop(inputGroup(o, i));
            }
            if (op.inputs.size() == 2 && op.outputs.size() == 1)
                equation(groupOf(op.outputs[0]), {{inputGroup(o, 0), 1.0}, {inputGroup(o, 1), op.code == Op::Add ? 1.0 : -1.0}});
            else
                dropAll(o);
            return;
        case Op::Mean: equation(groupOf(op.outputs[0]), {{inputGroup(o, 0), 1.0}}); return;
        case Op::AveragePool2D:
        case Op::MaxPool2D:
        case Op::Concatenation:
            if (fused != 0)
                dropAll(o);
            return;
        case Op::SpaceToBatchNd: // pads with the declared zero point
        case Op::DynamicUpdateSlice: return dropAll(o);
        case Op::Pad: return; // becomes PADV2
        default:
            if (!spec->row(RowKind::SameGrid, ElementType::Int8))
                dropAll(o);
        }
    }

    // A constant filter and a bias that this operator may call its own: the bias takes offsets in.
    bool absorbs(OperatorIndex o) const
    {
        const Operator &op = m_graph.op(o);
        const WeightedInputs at = weightedInputs(op.code);
        if (static_cast<std::size_t>(at.bias) >= op.inputs.size() || op.outputs.empty() || !op.outputs[0])
            return false;
        const TensorIndex w = op.inputs[static_cast<std::size_t>(at.weight)], b = op.inputs[static_cast<std::size_t>(at.bias)];
        return w && b && m_resolution.tensors[w.pos()].wish.role == TensorRole::Weight
            && m_resolution.tensors[b.pos()].wish.role == TensorRole::Bias;
    }

    void equation(std::int32_t result, std::vector<std::pair<std::int32_t, double>> terms)
    {
        if (result < 0)
            return;
        OffsetEquation e;
        e.result = static_cast<std::size_t>(result);
        for (const auto &[g, sign] : terms) {
            if (g == result) { // o = o + ...: only with the other terms 0
                drop(result);
                for (const auto &[other, unused] : terms)
                    drop(other);
            }
            if (g >= 0)
                e.terms.emplace_back(static_cast<std::size_t>(g), sign);
        }
        m_plan.equations.push_back(std::move(e));
    }

    bool isFree(std::size_t g) const { return m_plan.kind[g] == OffsetKind::Free; }

    // Drops groups until every equation can hold whatever the scales will be.
    void settleKinds()
    {
        for (bool changed = true; changed;) {
            changed = false;
            std::vector<int> results(m_groups.size(), 0);
            for (OffsetEquation &e : m_plan.equations) {
                ++results[e.result];
                e.solved = OffsetEquation::kNone;
            }
            std::vector<bool> taken(m_groups.size(), false);
            for (OffsetEquation &e : m_plan.equations) {
                const OffsetKind kind = m_plan.kind[e.result];
                bool holds = results[e.result] == 1 && kind != OffsetKind::None;
                if (holds && kind == OffsetKind::Anchored) {
                    // Prefer a term that nothing else depends on.
                    for (const auto &[g, sign] : e.terms) {
                        if (isFree(g) && !results[g] && !taken[g] && usesOf(g) == 1)
                            e.solved = g;
                    }
                    holds = e.solved != OffsetEquation::kNone;
                    if (holds)
                        taken[e.solved] = true;
                }
                if (holds)
                    continue;
                changed = dropped(e.result) || changed;
                for (const auto &[g, sign] : e.terms)
                    changed = dropped(g) || changed;
            }
        }
        for (const OffsetEquation &e : m_plan.equations) {
            if (m_plan.kind[e.result] != OffsetKind::Free)
                continue;
            const bool none = std::all_of(e.terms.begin(), e.terms.end(), [this](const auto &t) { return m_plan.kind[t.first] == OffsetKind::None; });
            m_plan.kind[e.result] = none ? OffsetKind::None : OffsetKind::Sum;
        }
    }

    bool dropped(std::size_t g)
    {
        if (m_plan.kind[g] == OffsetKind::None)
            return false;
        m_plan.kind[g] = OffsetKind::None;
        return true;
    }

    int usesOf(std::size_t g) const
    {
        int n = 0;
        for (const OffsetEquation &e : m_plan.equations) {
            for (const auto &[term, sign] : e.terms)
                n += term == g;
        }
        return n;
    }

    static double centre(const OffsetGroup &g) { return g.lo + 128 * (g.hi - g.lo) / 255; }

    void propagate()
    {
        for (const OffsetEquation &e : m_plan.equations) {
            double sum = 0;
            for (const auto &[g, sign] : e.terms)
                sum += g == e.solved ? 0.0 : sign * m_plan.offset[g];
            if (e.solved != OffsetEquation::kNone) {
                const auto at = std::find_if(e.terms.begin(), e.terms.end(), [&](const auto &t) { return t.first == e.solved; });
                m_plan.offset[e.solved] = (m_plan.offset[e.result] - sum) / at->second;
            } else if (m_plan.kind[e.result] == OffsetKind::Sum) {
                m_plan.offset[e.result] = sum;
            }
        }
    }

    double cost() const
    {
        double sum = 0;
        for (const std::size_t g : m_involved) {
            const double r = coveringScale(m_groups[g], m_plan.offset[g]) * 255 / (m_groups[g].hi - m_groups[g].lo);
            sum += r * r;
        }
        return sum;
    }

    void choose()
    {
        std::vector<bool> involved(m_groups.size(), false), solved(m_groups.size(), false);
        for (const OffsetEquation &e : m_plan.equations) {
            involved[e.result] = true;
            for (const auto &[g, sign] : e.terms)
                involved[g] = true;
            if (e.solved != OffsetEquation::kNone)
                solved[e.solved] = true;
        }
        for (std::size_t g = 0; g < m_groups.size(); ++g) {
            if (m_plan.kind[g] != OffsetKind::None)
                m_plan.offset[g] = centre(m_groups[g]);
            if (involved[g] && m_plan.kind[g] != OffsetKind::None)
                m_involved.push_back(g);
        }
        std::vector<std::size_t> variables;
        for (const std::size_t g : m_involved) {
            if (isFree(g) && !solved[g])
                variables.push_back(g);
        }
        // A first guess: a term of its own brings its sum to the sum's centre.
        for (const OffsetEquation &e : m_plan.equations) {
            propagate();
            if (m_plan.kind[e.result] != OffsetKind::Sum)
                continue;
            for (const auto &[g, sign] : e.terms) {
                if (isFree(g) && !solved[g] && usesOf(g) == 1) {
                    m_plan.offset[g] += sign * (centre(m_groups[e.result]) - m_plan.offset[e.result]);
                    break;
                }
            }
        }
        propagate();
        const std::vector<double> guess = m_plan.offset;
        const double guessed = cost();
        for (const std::size_t g : m_involved)
            m_plan.offset[g] = centre(m_groups[g]);
        propagate();
        if (guessed < cost())
            m_plan.offset = guess;
        constexpr int kSweeps = 8, kSteps = 40;
        for (int sweep = 0; sweep < kSweeps && !variables.empty(); ++sweep) {
            const double before = cost();
            for (const std::size_t v : variables) {
                const double at = m_plan.offset[v], width = m_groups[v].hi - m_groups[v].lo;
                const auto tried = [&](double o) {
                    m_plan.offset[v] = o;
                    propagate();
                    return cost();
                };
                const double best = tried(at);
                double a = at - width / 2, b = at + width / 2;
                for (int i = 0; i < kSteps; ++i) { // convex in each offset
                    const double l = a + (b - a) / 3, r = b - (b - a) / 3;
                    (tried(l) < tried(r) ? b : a) = tried(l) < tried(r) ? r : l;
                }
                if (tried((a + b) / 2) >= best * (1 - 1e-9))
                    tried(at);
            }
            if (cost() >= before * (1 - 1e-6))
                break;
        }
    }

    const Model &m_model;
    const Subgraph &m_graph;
    const Resolution &m_resolution;
    const std::vector<OffsetGroup> &m_groups;
    OffsetPlan m_plan;
    std::vector<std::size_t> m_involved;
};

} // namespace

double coveringScale(const OffsetGroup &g, double offset)
{
    return std::max((g.hi - offset) / 127, (offset - g.lo) / 128);
}

OffsetPlan planOffsets(const Model &model, const Resolution &resolution, const std::vector<OffsetGroup> &groups)
{
    return Planner(model, resolution, groups).run();
}

} // namespace requant
