// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/passes/lattice.h"

#include <catch2/catch.hpp>

#include <cmath>
#include <random>

using namespace requant;

namespace {

// Groups 0 and 1 are the terms of group 2, each with its own source scale.
struct Sum
{
    OffsetPlan plan;
    std::vector<OffsetGroup> groups;
    std::vector<double> scale, source;

    Sum(double a, double b, double sum, double za, double zb, double zs) : scale{a, b, sum}, source{a, b, sum}
    {
        for (const auto &[s, z] : {std::pair(a, za), std::pair(b, zb), std::pair(sum, zs)}) {
            OffsetGroup g;
            g.candidate = true;
            g.lo = s * (0 - z);
            g.hi = s * (255 - z);
            groups.push_back(g);
        }
        plan.kind = {OffsetKind::Free, OffsetKind::Free, OffsetKind::Sum};
        plan.offset.assign(3, 0.0);
        plan.equations.push_back({2, {{0, 1.0}, {1, 1.0}}, OffsetEquation::kNone});
    }

    double cut(std::size_t g, double offset) const
    {
        const double e = scale[g];
        const double below = std::max(0.0, (offset - 128 * e - groups[g].lo) / e), above = std::max(0.0, (groups[g].hi - offset - 127 * e) / e);
        return 1e-5 * (std::pow(below, 3) + std::pow(above, 3));
    }

    double cost(double a, double b) const
    {
        const double at = (a + b) / scale[2], d = std::abs(at - std::round(at));
        return std::min(d * (1 - d), 1.0 / 6) + cut(0, a) + cut(1, b) + cut(2, a + b);
    }

    double obvious() const
    {
        double best = 1e9;
        for (int m = -32; m <= 32; ++m)
            for (int n = -32; n <= 32; ++n)
                best = std::min(best, cost(groups[0].lo + (128 + m) * scale[0], groups[1].lo + (128 + n) * scale[1]));
        return best;
    }
};

} // namespace

TEST_CASE("offsetsOfOneSumAreTheBestOfAllMoves")
{
    std::mt19937 engine(5);
    std::uniform_real_distribution<double> scale(0.05, 0.4), zero(60, 190);
    for (int i = 0; i < 40; ++i) {
        INFO(i);
        Sum s(scale(engine), scale(engine), scale(engine), std::round(zero(engine)), std::round(zero(engine)), std::round(zero(engine)));
        settleOffsets(s.plan, s.groups, s.scale, s.source, [&](std::size_t g, double offset) { return s.cut(g, offset); });
        CHECK(s.plan.offset[2] == Approx(s.plan.offset[0] + s.plan.offset[1]));
        for (std::size_t g : {std::size_t{0}, std::size_t{1}})
            CHECK(std::abs(std::remainder(s.plan.offset[g], s.scale[g])) < 1e-9 * 256);
        CHECK(s.cost(s.plan.offset[0], s.plan.offset[1]) == Approx(s.obvious()).margin(1e-9));
    }
}

TEST_CASE("equalScalesCostNothing")
{
    Sum s(0.125, 0.125, 0.125, 100, 120, 92); // ranges that add up: every integer stays
    settleOffsets(s.plan, s.groups, s.scale, s.source, [&](std::size_t g, double offset) { return s.cut(g, offset); });
    CHECK(s.cost(s.plan.offset[0], s.plan.offset[1]) == Approx(0).margin(1e-12));
}

TEST_CASE("aTermWithAScaleOfItsOwnBringsTheSumOntoItsLattice")
{
    Sum s(0.13, 0.21, 0.25, 110, 130, 125);
    s.source[0] = 0;
    s.plan.offset[0] = 0.77;
    settleOffsets(s.plan, s.groups, s.scale, s.source, [&](std::size_t g, double offset) { return s.cut(g, offset); });
    CHECK(std::abs(std::remainder(s.plan.offset[2], 0.25)) < 1e-9);
    CHECK(s.plan.offset[2] == Approx(s.plan.offset[0] + s.plan.offset[1]));
}
