// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/passes/rounding.h"

#include <catch2/catch.hpp>

#include <cmath>
#include <cstdlib>
#include <random>

using namespace requant;

namespace {

unsigned firstSeed()
{
    const char *s = std::getenv("REQUANT_SEED");
    return s ? static_cast<unsigned>(std::strtoul(s, nullptr, 10)) : 1;
}

// Of variables that go together, as neighbouring pixels do.
std::vector<double> randomCovariance(std::size_t n, std::mt19937 &engine)
{
    std::normal_distribution<double> normal;
    std::vector<double> c(n * n, 0.0);
    for (int sample = 0; sample < 30; ++sample) {
        std::vector<double> x(n);
        const double common = normal(engine);
        for (std::size_t i = 0; i < n; ++i)
            x[i] = common + 0.4 * normal(engine);
        for (std::size_t i = 0; i < n; ++i)
            for (std::size_t j = 0; j < n; ++j)
                c[i * n + j] += x[i] * x[j] / 30;
    }
    return c;
}

std::vector<double> errorsOf(const std::vector<double> &q, const std::vector<double> &v, double scale)
{
    std::vector<double> d(v.size());
    for (std::size_t i = 0; i < v.size(); ++i)
        d[i] = q[i] * scale - v[i];
    return d;
}

// d' C d from the definition, without damping.
double plainCost(const std::vector<double> &c, const std::vector<double> &d)
{
    double sum = 0;
    for (std::size_t i = 0; i < d.size(); ++i)
        for (std::size_t j = 0; j < d.size(); ++j)
            sum += c[i * d.size() + j] * d[i] * d[j];
    return sum;
}

} // namespace

TEST_CASE("roundingIsNeverWorseThanNearestAndNeverBetterThanTheBestOfAll")
{
    for (unsigned seed = firstSeed(); seed < firstSeed() + 40; ++seed) {
        INFO("REQUANT_SEED=" << seed);
        std::mt19937 engine(seed);
        const std::size_t n = 2 + seed % 8;
        const auto c = randomCovariance(n, engine);
        const Rounder rounder(c, n, 0);
        std::normal_distribution<double> normal(0, 0.3);
        std::vector<double> v(n);
        for (double &x : v)
            x = normal(engine);
        const double scale = 0.1;
        const RoundingLevels levels{0, -7, 7, 1};
        std::vector<double> q(n), nearest(n);
        const auto costs = rounder.round(v.data(), 1, &scale, levels, {true, 4}, q.data());
        const auto plain = rounder.round(v.data(), 1, &scale, levels, {false, 0}, nearest.data());
        for (std::size_t i = 0; i < n; ++i)
            CHECK(nearest[i] == std::clamp(std::round(v[i] / scale), -7.0, 7.0));
        CHECK(costs.nearest[0] == Approx(plain.chosen[0]));
        CHECK(costs.chosen[0] <= costs.nearest[0] * (1 + 1e-12));
        CHECK(costs.chosen[0] == Approx(plainCost(c, errorsOf(q, v, scale))).epsilon(1e-4));

        // Every rounding up or down.
        double best = 1e300;
        for (unsigned mask = 0; mask < (1u << n); ++mask) {
            std::vector<double> p(n);
            for (std::size_t i = 0; i < n; ++i)
                p[i] = std::clamp(std::floor(v[i] / scale) + static_cast<double>((mask >> i) & 1), -7.0, 7.0);
            best = std::min(best, rounder.cost(errorsOf(p, v, scale).data()));
        }
        CHECK(costs.chosen[0] >= best * (1 - 1e-9));
        // Descent ended: no single step within reach is a gain.
        const double at = rounder.cost(errorsOf(q, v, scale).data());
        for (std::size_t i = 0; i < n; ++i) {
            for (double step : {-1.0, 1.0}) {
                auto p = q;
                p[i] += step;
                if (std::abs(p[i]) <= 7 && std::abs(p[i] - v[i] / scale) <= 1)
                    CHECK(rounder.cost(errorsOf(p, v, scale).data()) >= at * (1 - 1e-9));
            }
        }
    }
}

TEST_CASE("sequentialRoundingFindsTheBestOfTwoInMostCases")
{
    // With strong correlation one weight up and one down beats both to nearest.
    const std::vector<double> c{1.0, 0.99, 0.99, 1.0};
    const Rounder rounder(c, 2, 0);
    const std::vector<double> v{0.04, 0.04};
    const double scale = 0.1;
    std::vector<double> q(2);
    const auto costs = rounder.round(v.data(), 1, &scale, {0, -7, 7, 2}, {true, 0}, q.data());
    CHECK(q[0] + q[1] == 1);
    CHECK(costs.chosen[0] < costs.nearest[0] / 2);
}

TEST_CASE("theTriangularFormGivesTheSameCostAsTheMatrix")
{
    std::mt19937 engine(firstSeed());
    for (const std::size_t n : {1, 7, 8, 9, 25, 40}) {
        const auto c = randomCovariance(n, engine);
        const Rounder rounder(c, n, 0.01);
        std::normal_distribution<double> normal(0, 0.3);
        const std::size_t rows = 11;
        std::vector<double> v(rows * n), scales(rows, 0.05), q(rows * n), costs(rows);
        for (double &x : v)
            x = normal(engine);
        const RoundingLevels levels{0, -127, 127, 50};
        rounder.sequentialCosts(v.data(), rows, scales.data(), levels, costs.data());
        const auto full = rounder.round(v.data(), rows, scales.data(), levels, {true, 0}, q.data());
        for (std::size_t r = 0; r < rows; ++r) {
            if (full.chosen[r] < full.nearest[r])
                CHECK(costs[r] == Approx(full.chosen[r]).epsilon(1e-6));
            else
                CHECK(costs[r] >= full.nearest[r] * (1 - 1e-6));
        }
    }
}

TEST_CASE("weightsBeyondTheRangeAreCutAndOthersMakeUpForIt")
{
    const std::vector<double> c{1.0, 0.9, 0.9, 1.0};
    const Rounder rounder(c, 2, 0);
    const std::vector<double> v{1.0, 0.0}; // 10 steps; 7 are allowed
    const double scale = 0.1;
    std::vector<double> q(2);
    rounder.round(v.data(), 1, &scale, {0, -7, 7, 4}, {true, 3}, q.data());
    CHECK(q[0] == 7);
    CHECK(q[1] == 3);
}

TEST_CASE("silentInputsAndSingleInputsAreRounded")
{
    const std::vector<double> none(9, 0.0);
    const Rounder silent(none, 3, 3e-3);
    const std::vector<double> v{0.26, -0.34, 0.0};
    const double scale = 0.1;
    std::vector<double> q(3);
    silent.round(v.data(), 1, &scale, {0, -127, 127, 1}, {true, 3}, q.data());
    CHECK(q == std::vector<double>{3, -3, 0});
    const std::vector<double> one{2.0};
    const Rounder single(one, 1, 0);
    single.round(v.data(), 1, &scale, {128, 0, 255, 1}, {true, 3}, q.data());
    CHECK(q[0] == 131);
}
