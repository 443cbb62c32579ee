// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/passes/lattice.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

namespace requant {

namespace {

constexpr int kMostMoves = 32; // steps either way
constexpr std::size_t kMostStates = 96, kLeastStates = 8,
                      kStateValues = 8192; // states of a beam; together so many offsets
constexpr double kMostRounding = 1.0 / 6;  // two independent roundings

// Rounding on a lattice that is off by a share of a step moves that share of the values by one step.
double roundingCost(double offset, double scale)
{
    const double at = offset / scale, d = std::abs(at - std::round(at));
    return std::min(d * (1 - d), kMostRounding);
}

struct State
{
    double cost = 0;
    std::vector<double> offset; // by place in the component
};

class Settler
{
public:
    Settler(OffsetPlan &plan, const std::vector<OffsetGroup> &groups, const std::vector<double> &scale,
            const std::vector<double> &source, const CutCost &cut)
        : m_plan(plan), m_groups(groups), m_scale(scale), m_source(source), m_cut(cut)
    {
    }

    void run()
    {
        m_parent.resize(m_groups.size());
        std::iota(m_parent.begin(), m_parent.end(), std::size_t{0});
        std::vector<int> uses(m_groups.size(), 0);
        for (const OffsetEquation &e : m_plan.equations) {
            for (const auto &[g, sign] : e.terms) {
                m_parent[root(g)] = root(e.result);
                ++uses[g];
            }
        }
        m_usedOnce.resize(m_groups.size());
        for (std::size_t g = 0; g < m_groups.size(); ++g) {
            m_usedOnce[g] = uses[g] == 1;
            if (m_plan.kind[g] == OffsetKind::Anchored)
                m_plan.offset[g] = whole(g);
            else if (m_plan.kind[g] == OffsetKind::Free)
                m_plan.offset[g] = std::round(m_plan.offset[g] / m_scale[g]) * m_scale[g];
        }
        std::map<std::size_t, std::vector<const OffsetEquation *>> components;
        for (const OffsetEquation &e : m_plan.equations)
            components[root(e.result)].push_back(&e);
        for (const auto &[r, equations] : components)
            settle(equations);
    }

private:
    std::size_t root(std::size_t i) const
    {
        while (m_parent[i] != i)
            i = m_parent[i];
        return i;
    }

    double whole(std::size_t g) const { return m_groups[g].lo + 128 * m_scale[g]; }

    // Offsets that a free term may take, and what its range loses.
    std::vector<std::pair<double, double>> moves(std::size_t g) const
    {
        if (m_source[g] <= 0)
            return {{m_plan.offset[g], 0.0}};
        const double at = std::round(whole(g) / m_scale[g]) * m_scale[g];
        std::vector<std::pair<double, double>> out;
        for (int n = 0; n <= kMostMoves; ++n) {
            for (const int by : {n, -n}) {
                const double o = at + by * m_scale[g];
                out.emplace_back(o, m_cut(g, o));
                if (n == 0)
                    break;
            }
        }
        return out;
    }

    void settle(const std::vector<const OffsetEquation *> &equations)
    {
        std::map<std::size_t, std::size_t> place;
        State first;
        for (const OffsetEquation *e : equations) {
            const auto take = [&](std::size_t g) {
                if (place.emplace(g, first.offset.size()).second)
                    first.offset.push_back(m_plan.kind[g] == OffsetKind::None ? 0.0 : m_plan.offset[g]);
            };
            take(e->result);
            for (const auto &[g, sign] : e->terms)
                take(g);
        }
        std::vector<State> beam{std::move(first)};
        std::vector<bool> decided(place.size(), false);
        for (const OffsetEquation *e : equations) {
            for (const auto &[g, sign] : e->terms) {
                const std::size_t at = place[g];
                if (decided[at] || g == e->solved || m_plan.kind[g] != OffsetKind::Free)
                    continue;
                decided[at] = true;
                expand(beam, at, moves(g));
            }
            for (State &s : beam)
                finish(s, *e, place);
            decided[place[e->result]] = true;
            if (e->solved != OffsetEquation::kNone)
                decided[place[e->solved]] = true;
            keepBest(beam);
        }
        for (const auto &[g, at] : place) {
            if (m_plan.kind[g] != OffsetKind::None)
                m_plan.offset[g] = beam.front().offset[at];
        }
    }

    static void expand(std::vector<State> &beam, std::size_t at, const std::vector<std::pair<double, double>> &moves)
    {
        if (moves.size() == 1) {
            for (State &s : beam)
                s.offset[at] = moves.front().first;
            return;
        }
        std::vector<State> out;
        out.reserve(beam.size() * moves.size());
        for (const State &s : beam) {
            for (const auto &[offset, cost] : moves) {
                out.push_back(s);
                out.back().offset[at] = offset;
                out.back().cost += cost;
            }
        }
        beam = std::move(out);
    }

    // The equation's result follows, or its solved term.
    void finish(State &s, const OffsetEquation &e, const std::map<std::size_t, std::size_t> &place) const
    {
        double sum = 0;
        for (const auto &[g, sign] : e.terms)
            sum += g == e.solved ? 0.0 : sign * s.offset[place.at(g)];
        const std::size_t result = place.at(e.result);
        if (e.solved != OffsetEquation::kNone) {
            const auto term =
                std::find_if(e.terms.begin(), e.terms.end(), [&](const auto &t) { return t.first == e.solved; });
            charge(s, e.solved, (s.offset[result] - sum) / term->second, place.at(e.solved));
        } else if (m_plan.kind[e.result] == OffsetKind::Sum) {
            // A term with a scale of its own may lie anywhere: it brings the sum onto its lattice.
            if (m_source[e.result] > 0) {
                for (const auto &[g, sign] : e.terms) {
                    if (m_plan.kind[g] != OffsetKind::Free || !m_usedOnce[g] || m_source[g] > 0)
                        continue;
                    const double by = std::round(sum / m_scale[e.result]) * m_scale[e.result] - sum;
                    s.offset[place.at(g)] += sign * by;
                    sum += by;
                    break;
                }
            }
            charge(s, e.result, sum, result);
        }
    }

    void charge(State &s, std::size_t g, double offset, std::size_t at) const
    {
        s.offset[at] = offset;
        if (m_source[g] > 0)
            s.cost += roundingCost(offset, m_scale[g]) + m_cut(g, offset);
    }

    static void keepBest(std::vector<State> &beam)
    {
        std::stable_sort(beam.begin(), beam.end(), [](const State &a, const State &b) { return a.cost < b.cost; });
        const std::size_t most = std::clamp(kStateValues / beam.front().offset.size(), kLeastStates, kMostStates);
        if (beam.size() > most)
            beam.resize(most);
    }

    OffsetPlan &m_plan;
    const std::vector<OffsetGroup> &m_groups;
    const std::vector<double> &m_scale, &m_source;
    const CutCost &m_cut;
    std::vector<std::size_t> m_parent;
    std::vector<bool> m_usedOnce;
};

} // namespace

void settleOffsets(OffsetPlan &plan, const std::vector<OffsetGroup> &groups, const std::vector<double> &scale,
                   const std::vector<double> &source, const CutCost &cut)
{
    Settler(plan, groups, scale, source, cut).run();
}

} // namespace requant
