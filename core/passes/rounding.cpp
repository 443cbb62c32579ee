// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/passes/rounding.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
// Element by element and without fused multiply-add: the same bits at every width.
#define REQUANT_CLONES __attribute__((target_clones("avx2", "default"), optimize("O3")))
#else
#define REQUANT_CLONES
#endif

namespace requant {

namespace {

constexpr std::size_t kLanes = 8; // rows side by side

// to[k] -= a * from[k]
REQUANT_CLONES void subtract(double *to, const double *from, double a, std::size_t n)
{
    for (std::size_t k = 0; k < n; ++k)
        to[k] -= a * from[k];
}

constexpr std::size_t kStreams = 8; // columns taken together

// to[k][lane] += sum over s of from[s * stride + k] * a[s][lane]
REQUANT_CLONES void addOuter(double *to, const double *from, std::size_t stride, const double *a, std::size_t n)
{
    for (std::size_t k = 0; k < n; ++k) {
        double sum[kLanes];
        for (std::size_t lane = 0; lane < kLanes; ++lane)
            sum[lane] = to[k * kLanes + lane];
        for (std::size_t s = 0; s < kStreams; ++s) {
            const double f = from[s * stride + k];
            for (std::size_t lane = 0; lane < kLanes; ++lane)
                sum[lane] += f * a[s * kLanes + lane];
        }
        for (std::size_t lane = 0; lane < kLanes; ++lane)
            to[k * kLanes + lane] = sum[lane];
    }
}

// The same with one stream.
REQUANT_CLONES void addOuter1(double *to, const double *from, const double *a, std::size_t n)
{
    for (std::size_t k = 0; k < n; ++k)
        for (std::size_t lane = 0; lane < kLanes; ++lane)
            to[k * kLanes + lane] += from[k] * a[lane];
}

// to[k][lane] += from[k] * a
REQUANT_CLONES void addToLane(double *to, const double *from, double a, std::size_t n)
{
    for (std::size_t k = 0; k < n; ++k)
        to[k * kLanes] += from[k] * a;
}

double rounded(double v, const RoundingLevels &l)
{
    return std::clamp(std::round(v) + l.zero, l.min, l.max);
}

// The integer for `wanted` that is near enough to `v`; both in steps.
double within(double wanted, double v, const RoundingLevels &l)
{
    const double low = std::min(std::ceil(v - l.reach), std::round(v)), high = std::max(std::floor(v + l.reach), std::round(v));
    return std::clamp(std::clamp(wanted, low, high) + l.zero, l.min, l.max);
}

} // namespace

Rounder::Rounder(std::span<const double> covariance, std::size_t n, double damping) : m_n(n), m_h(covariance.begin(), covariance.end())
{
    double mean = 0;
    for (std::size_t i = 0; i < n; ++i)
        mean += m_h[i * n + i];
    mean = n ? mean / static_cast<double>(n) : 0.0;
    const double floor = mean > 0 ? 1e-7 * mean : 1e-12;
    for (std::size_t i = 0; i < n; ++i)
        m_h[i * n + i] += damping * m_h[i * n + i] + floor;

    m_order.resize(n);
    std::iota(m_order.begin(), m_order.end(), std::size_t{0});
    std::stable_sort(m_order.begin(), m_order.end(), [&](std::size_t a, std::size_t b) { return m_h[a * n + a] > m_h[b * n + b]; });
    // Eliminating the last variable first leaves terms that depend on earlier ones only. a: the lower triangle in rounding order.
    std::vector<double> a(n * n);
    for (std::size_t i = 0; i < n; ++i)
        for (std::size_t j = 0; j <= i; ++j)
            a[i * n + j] = m_h[m_order[i] * n + m_order[j]];
    m_columns.assign(n * n, 0.0);
    m_pivot.resize(n);
    for (std::size_t i = n; i-- > 0;) {
        const double pivot = std::max(a[i * n + i], floor * 1e-3);
        m_pivot[i] = pivot;
        for (std::size_t j = 0; j < i; ++j) {
            const double r = a[i * n + j] / pivot;
            m_columns[j * n + i] = r;
            subtract(&a[j * n], &a[i * n], r, j + 1);
        }
    }
}

double Rounder::cost(const double *d) const
{
    double sum = 0;
    for (std::size_t i = 0; i < m_n; ++i) {
        double g = 0;
        for (std::size_t j = 0; j < m_n; ++j)
            g += m_h[i * m_n + j] * d[j];
        sum += g * d[i];
    }
    return sum;
}

Rounder::Costs Rounder::round(const double *values, std::size_t rows, const double *scales, const RoundingLevels &levels,
                              const Options &options, double *out) const
{
    Costs costs{std::vector<double>(rows), std::vector<double>(rows)};
    for (std::size_t r = 0; r < rows; r += kLanes) {
        const std::size_t count = std::min(kLanes, rows - r);
        roundBlock(values + r * m_n, count, scales + r, levels, options, out + r * m_n, &costs.chosen[r], &costs.nearest[r]);
    }
    return costs;
}

void Rounder::sequentialCosts(const double *values, std::size_t rows, const double *scales, const RoundingLevels &levels, double *costs) const
{
    for (std::size_t r = 0; r < rows; r += kLanes) {
        const std::size_t count = std::min(kLanes, rows - r);
        std::fill_n(costs + r, count, 0.0);
        sequential(values + r * m_n, count, scales + r, levels, nullptr, costs + r);
    }
}

void Rounder::sequential(const double *values, std::size_t rows, const double *scales, const RoundingLevels &levels, double *q, double *costs) const
{
    const std::size_t n = m_n;
    std::vector<double> shift(n * kLanes, 0.0); // sum_{j<i} R_ij d_j
    double a[kStreams * kLanes];
    for (std::size_t first = 0; first < n; first += kStreams) {
        const std::size_t last = std::min(n, first + kStreams);
        std::fill(std::begin(a), std::end(a), 0.0);
        for (std::size_t i = first; i < last; ++i) {
            const std::size_t k = m_order[i];
            double *d = &a[(i - first) * kLanes];
            for (std::size_t r = 0; r < rows; ++r) {
                const double v = values[r * n + k], s = shift[i * kLanes + r];
                const double to = within(std::round((v - s) / scales[r]), v / scales[r], levels);
                if (q)
                    q[r * n + k] = to;
                d[r] = (to - levels.zero) * scales[r] - v;
                costs[r] += m_pivot[i] * (d[r] + s) * (d[r] + s);
            }
            if (i + 1 < last)
                addOuter1(&shift[(i + 1) * kLanes], &m_columns[i * n + i + 1], d, last - i - 1);
        }
        if (last == first + kStreams && last < n)
            addOuter(&shift[last * kLanes], &m_columns[first * n + last], n, a, n - last);
    }
}

void Rounder::roundBlock(const double *values, std::size_t rows, const double *scales, const RoundingLevels &levels, const Options &options,
                         double *out, double *costs, double *nearest) const
{
    const std::size_t n = m_n;
    std::vector<double> d(n * kLanes, 0.0), g(n * kLanes, 0.0);
    const auto errors = [&](const double *q) {
        for (std::size_t k = 0; k < n; ++k)
            for (std::size_t r = 0; r < rows; ++r)
                d[k * kLanes + r] = (q[r * n + k] - levels.zero) * scales[r] - values[r * n + k];
    };
    const auto gradients = [&] {
        std::fill(g.begin(), g.end(), 0.0);
        std::size_t k = 0;
        for (; k + kStreams <= n; k += kStreams) {
            const double *a = &d[k * kLanes];
            if (std::any_of(a, a + kStreams * kLanes, [](double v) { return v != 0; }))
                addOuter(g.data(), &m_h[k * n], n, a, n);
        }
        for (; k < n; ++k)
            addOuter1(g.data(), &m_h[k * n], &d[k * kLanes], n);
    };
    const auto costsOf = [&](double *to) {
        for (std::size_t r = 0; r < rows; ++r) {
            to[r] = 0;
            for (std::size_t k = 0; k < n; ++k)
                to[r] += d[k * kLanes + r] * g[k * kLanes + r];
        }
    };

    for (std::size_t r = 0; r < rows; ++r)
        for (std::size_t k = 0; k < n; ++k)
            out[r * n + k] = rounded(values[r * n + k] / scales[r], levels);
    errors(out);
    gradients();
    costsOf(nearest);
    std::copy_n(nearest, rows, costs);

    if (options.sequential && n > 1) {
        std::vector<double> q(rows * n);
        double better[kLanes] = {};
        sequential(values, rows, scales, levels, q.data(), better);
        bool any = false;
        for (std::size_t r = 0; r < rows; ++r) {
            if (!(better[r] < costs[r]))
                continue;
            any = true;
            std::copy_n(&q[r * n], n, out + r * n);
        }
        if (any) {
            errors(out);
            gradients();
            costsOf(costs);
        }
    }

    for (std::size_t r = 0; r < rows && options.sweeps > 0; ++r) {
        if (!(costs[r] > 0))
            continue;
        bool moved = false;
        for (int sweep = 0; sweep < options.sweeps; ++sweep) {
            bool any = false;
            for (std::size_t i = 0; i < n; ++i) {
                const std::size_t k = m_order[i];
                const double step = std::round(g[k * kLanes + r] / (scales[r] * m_h[k * n + k]));
                if (step == 0)
                    continue;
                const double to = within(out[r * n + k] - levels.zero - step, values[r * n + k] / scales[r], levels);
                const double by = (to - out[r * n + k]) * scales[r];
                // Rounding of the quotient may call a tie a gain; only real gains move.
                if (by == 0 || !(by * (2 * g[k * kLanes + r] + by * m_h[k * n + k]) < -1e-12 * costs[r]))
                    continue;
                out[r * n + k] = to;
                d[k * kLanes + r] += by;
                addToLane(&g[r], &m_h[k * n], by, n);
                any = true;
            }
            moved = moved || any;
            if (!any)
                break;
        }
        if (moved) {
            double sum = 0;
            for (std::size_t k = 0; k < n; ++k)
                sum += d[k * kLanes + r] * g[k * kLanes + r];
            costs[r] = sum;
        }
    }
}

} // namespace requant
