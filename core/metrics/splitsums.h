// SPDX-License-Identifier: GPL-3.0-or-later
// The sums behind one layer's error split, element by element; inside this room only.
#pragma once

#include "core/metrics/errorsplit.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace requant {

// The values v0 ... v8 of errorsplit.h, the source's output and the converted layer's, in real units.
struct SplitChain
{
    std::array<double, 9> v{};
    double source = 0, converted = 0;
};

// A range of real values that lie on a grid of width `step` from `low` on.
struct SplitRange
{
    double low = 0, high = 0, step = 1;
    double clamp(double v) const { return v < low ? low : v > high ? high : v; }
    double nearest(double v) const { return std::min(low + std::round((clamp(v) - low) / step) * step, high); }
};

struct SplitSums
{
    std::array<double, kCauses> parts{};
    double total = 0, signal = 0, sourceRounding = 0; // real units squared
    std::uint64_t count = 0, saturated = 0;

    // `slack`: how much farther than half a step from v8 an output still counts as its nearest integer.
    void add(const SplitChain &c, const SplitRange &range, double slack)
    {
        const auto &v = c.v;
        const double own = c.source - v[0];
        const double rounded =
            std::abs(c.converted - v[8]) <= (0.5 + slack) * range.step ? c.converted : range.nearest(v[8]);
        put(Cause::InputGrid, v[1] - v[0]);
        put(Cause::Boundary, v[2] - v[1]);
        put(Cause::WeightRounding, v[3] - v[2]);
        put(Cause::Clipping, v[4] - v[3] + (v[7] - v[6]));
        put(Cause::BiasCorrection, v[5] - v[4]);
        put(Cause::BiasRounding, v[6] - v[5]);
        put(Cause::Multiplier, v[8] - v[7]);
        put(Cause::OutputGrid, rounded - v[8] - own);
        put(Cause::Arithmetic, c.converted - rounded);
        const double e = c.converted - c.source;
        total += e * e;
        signal += c.source * c.source;
        sourceRounding += own * own;
        saturated += std::abs(v[7] - v[6]) > 0.5 * range.step;
        ++count;
    }

    void merge(const SplitSums &o)
    {
        for (std::size_t i = 0; i < kCauses; ++i)
            parts[i] += o.parts[i];
        total += o.total;
        signal += o.signal;
        sourceRounding += o.sourceRounding;
        count += o.count;
        saturated += o.saturated;
    }

    void writeTo(LayerSplit &l, double step, bool apart) const
    {
        l.step = step;
        l.count = count;
        if (count == 0 || step <= 0)
            return;
        const auto n = static_cast<double>(count);
        const double unit = 1 / (n * step * step);
        l.total = total * unit;
        l.signal = signal / n;
        if (!apart)
            return;
        double sum = 0;
        for (std::size_t i = 0; i < kCauses; ++i)
            sum += l.parts[i] = parts[i] * unit;
        l.interaction = l.total - sum;
        l.sourceRounding = sourceRounding * unit;
        l.saturated = static_cast<double>(saturated) / n;
    }

private:
    void put(Cause c, double d) { parts[static_cast<std::size_t>(c)] += d * d; }
};

} // namespace requant
