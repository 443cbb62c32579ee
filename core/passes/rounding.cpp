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

// to[k][lane] += from[k] * a[lane]
REQUANT_CLONES void addOuter(double *to, const double *from, const double *a, std::size_t n)
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
    for (std::size_t i = n; i-- > 0;) {
        const double pivot = std::max(a[i * n + i], floor * 1e-3);
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

std::vector<double> Rounder::round(const double *values, std::size_t rows, const double *scales, const RoundingLevels &levels,
                                   const Options &options, double *out) const
{
    std::vector<double> costs(rows);
    for (std::size_t r = 0; r < rows; r += kLanes) {
        const std::size_t count = std::min(kLanes, rows - r);
        roundBlock(values + r * m_n, count, scales + r, levels, options, out + r * m_n, costs.data() + r);
    }
    return costs;
}

void Rounder::roundBlock(const double *values, std::size_t rows, const double *scales, const RoundingLevels &levels, const Options &options,
                         double *out, double *costs) const
{
    const std::size_t n = m_n;
    std::vector<double> d(n * kLanes, 0.0), g(n * kLanes, 0.0);
    const auto errors = [&](const double *q, std::vector<double> &to) {
        for (std::size_t k = 0; k < n; ++k)
            for (std::size_t r = 0; r < rows; ++r)
                to[k * kLanes + r] = (q[r * n + k] - levels.zero) * scales[r] - values[r * n + k];
    };
    const auto gradients = [&](const std::vector<double> &of, std::vector<double> &to) {
        std::fill(to.begin(), to.end(), 0.0);
        for (std::size_t k = 0; k < n; ++k) {
            const double *a = &of[k * kLanes];
            if (std::any_of(a, a + kLanes, [](double v) { return v != 0; }))
                addOuter(to.data(), &m_h[k * n], a, n);
        }
    };
    const auto costsOf = [&](const std::vector<double> &of, const std::vector<double> &gradient, double *to) {
        for (std::size_t r = 0; r < rows; ++r) {
            to[r] = 0;
            for (std::size_t k = 0; k < n; ++k)
                to[r] += of[k * kLanes + r] * gradient[k * kLanes + r];
        }
    };

    for (std::size_t r = 0; r < rows; ++r)
        for (std::size_t k = 0; k < n; ++k)
            out[r * n + k] = rounded(values[r * n + k] / scales[r], levels);
    errors(out, d);
    gradients(d, g);
    costsOf(d, g, costs);

    if (options.sequential && n > 1) {
        std::vector<double> q(rows * n), shift(n * kLanes, 0.0), dq(n * kLanes, 0.0), gq(n * kLanes, 0.0);
        double a[kLanes] = {};
        for (std::size_t i = 0; i < n; ++i) {
            const std::size_t k = m_order[i];
            bool any = false;
            for (std::size_t r = 0; r < rows; ++r) {
                const double v = values[r * n + k];
                const double to = rounded((v - shift[i * kLanes + r]) / scales[r], levels);
                q[r * n + k] = to;
                a[r] = (to - levels.zero) * scales[r] - v;
                any = any || a[r] != 0;
            }
            if (any)
                addOuter(&shift[(i + 1) * kLanes], &m_columns[i * n + i + 1], a, n - i - 1);
        }
        errors(q.data(), dq);
        gradients(dq, gq);
        double better[kLanes] = {};
        costsOf(dq, gq, better);
        for (std::size_t r = 0; r < rows; ++r) {
            if (!(better[r] < costs[r]))
                continue;
            costs[r] = better[r];
            std::copy_n(&q[r * n], n, out + r * n);
            for (std::size_t k = 0; k < n; ++k) {
                d[k * kLanes + r] = dq[k * kLanes + r];
                g[k * kLanes + r] = gq[k * kLanes + r];
            }
        }
    }

    for (std::size_t r = 0; r < rows && options.sweeps > 0; ++r) {
        bool moved = false;
        for (int sweep = 0; sweep < options.sweeps; ++sweep) {
            bool any = false;
            for (std::size_t i = 0; i < n; ++i) {
                const std::size_t k = m_order[i];
                const double step = std::round(g[k * kLanes + r] / (scales[r] * m_h[k * n + k]));
                if (step == 0)
                    continue;
                const double to = std::clamp(out[r * n + k] - step, levels.min, levels.max);
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
