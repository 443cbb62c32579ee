// SPDX-License-Identifier: GPL-3.0-or-later
// The sums behind one layer's error split, element by element; inside this room only.
#pragma once

#include "core/metrics/errorsplit.h"
#include "core/model/effectivegrid.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstring>
#include <span>
#include <utility>
#include <vector>

namespace requant {

// Elements of a tensor of 8 or 16 bits with one scale, read one by one: large tensors are never held as real numbers.
class Elements
{
public:
    // Empty for other tensors.
    Elements(std::span<const std::byte> bytes, const Tensor &t, EffectiveGrid grid = {}) : m_type(t.type)
    {
        const bool readable =
            t.type == ElementType::Int8 || t.type == ElementType::UInt8 || t.type == ElementType::Int16;
        if (!readable || !t.quant.isQuantized() || t.quant.isPerChannel())
            return;
        m_bytes = bytes;
        m_scale = grid.ratio * static_cast<double>(t.quant.scale[0]);
        m_zero = static_cast<double>(t.quant.zeroPointAt(0));
        m_offset = grid.offset;
        m_factors = std::move(grid.factors);
    }
    std::size_t size() const { return m_bytes.size() / byteSize(m_type, 1); }
    double integer(std::size_t i) const // without zero point
    {
        switch (m_type) {
        case ElementType::Int8: return static_cast<double>(static_cast<std::int8_t>(m_bytes[i])) - m_zero;
        case ElementType::UInt8: return static_cast<double>(static_cast<std::uint8_t>(m_bytes[i])) - m_zero;
        default: {
            std::int16_t v = 0;
            std::memcpy(&v, m_bytes.data() + 2 * i, sizeof v);
            return static_cast<double>(v) - m_zero;
        }
        }
    }
    double operator[](std::size_t i) const
    {
        const double v = m_scale * integer(i) + m_offset;
        return m_factors.empty() ? v : v * m_factors[i % m_factors.size()];
    }

private:
    std::span<const std::byte> m_bytes;
    ElementType m_type;
    double m_scale = 1, m_zero = 0, m_offset = 0;
    std::vector<double> m_factors;
};

// The values v0 ... v11 of errorsplit.h, the source's output and the converted layer's, in real units.
struct SplitChain
{
    std::array<double, 12> v{};
    double source = 0, converted = 0;
};

// A range of real values that lie on a grid of width `step` from `low` on.
struct SplitRange
{
    double low = 0, high = 0, step = 1;
    double clamp(double v) const { return v < low ? low : v > high ? high : v; }
    double nearest(double v) const { return std::min(low + std::round((clamp(v) - low) / step) * step, high); }
    SplitRange times(double factor) const { return {low * factor, high * factor, step * factor}; }
};

// Root mean square of a grid's factors: a tensor's step is that of a channel without factor times this.
inline double rmsFactor(const EffectiveGrid &g)
{
    double sum = 0;
    for (const double f : g.factors)
        sum += f * f;
    return g.factors.empty() ? 1.0 : std::sqrt(sum / static_cast<double>(g.factors.size()));
}

struct SplitSums
{
    std::array<double, kCauses> parts{}, shares{};
    double total = 0, signal = 0, sourceRounding = 0; // real units squared
    std::uint64_t count = 0, saturated = 0;

    // `slack`: how much farther than half a step from v11 an output still counts as its nearest integer.
    void add(const SplitChain &c, const SplitRange &range, double slack)
    {
        const auto &v = c.v;
        const double own = c.source - v[0];
        const double rounded =
            std::abs(c.converted - v[11]) <= (0.5 + slack) * range.step ? c.converted : range.nearest(v[11]);
        const double e = c.converted - c.source;
        put(Cause::InputGrid, v[1] - v[0], e);
        put(Cause::Boundary, v[2] - v[1], e);
        put(Cause::WeightRounding, v[3] - v[2], e);
        put(Cause::Clipping, v[4] - v[3] + (v[9] - v[8]), e);
        put(Cause::OutputGrid, v[5] - v[4] + (rounded - v[11] - own), e);
        put(Cause::Arithmetic, v[6] - v[5] + (v[11] - v[10]) + (c.converted - rounded), e);
        put(Cause::BiasCorrection, v[7] - v[6], e);
        put(Cause::BiasRounding, v[8] - v[7], e);
        put(Cause::Multiplier, v[10] - v[9], e);
        total += e * e;
        signal += c.source * c.source;
        sourceRounding += own * own;
        saturated += std::abs(v[9] - v[8]) > 0.5 * range.step;
        ++count;
    }

    void merge(const SplitSums &o)
    {
        for (std::size_t i = 0; i < kCauses; ++i) {
            parts[i] += o.parts[i];
            shares[i] += o.shares[i];
        }
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
        for (std::size_t i = 0; i < kCauses; ++i) {
            sum += l.parts[i] = parts[i] * unit;
            l.shares[i] = shares[i] * unit;
        }
        l.interaction = l.total - sum;
        l.sourceRounding = sourceRounding * unit;
        l.saturated = static_cast<double>(saturated) / n;
    }

private:
    void put(Cause c, double d, double error)
    {
        parts[static_cast<std::size_t>(c)] += d * d;
        shares[static_cast<std::size_t>(c)] += d * error;
    }
};

} // namespace requant
