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
    double operator[](std::size_t i) const { return m_scale * integer(i) + m_offset; }

private:
    std::span<const std::byte> m_bytes;
    ElementType m_type;
    double m_scale = 1, m_zero = 0, m_offset = 0;
};

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
