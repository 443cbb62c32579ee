// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/passes/empirical.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace requant {

namespace {

std::int32_t integerAt(std::span<const std::byte> bytes, ElementType type, std::size_t i)
{
    switch (type) {
    case ElementType::Int8: return static_cast<std::int8_t>(bytes[i]);
    case ElementType::UInt8: return static_cast<std::uint8_t>(bytes[i]);
    case ElementType::Int16: {
        std::int16_t v = 0;
        std::memcpy(&v, bytes.data() + 2 * i, 2);
        return v;
    }
    default: return 0;
    }
}

struct Means
{
    std::vector<std::vector<std::int64_t>> sum; // by sample and channel
    std::vector<std::int64_t> count;            // values of a channel by sample
};

Means meansOf(const LayerValues &values, const Tensor &t, TensorIndex index)
{
    const std::size_t channels = t.shape.empty() ? 1 : static_cast<std::size_t>(std::max(1, t.shape.back()));
    Means m;
    m.sum.assign(values.samples(), std::vector<std::int64_t>(channels, 0));
    const std::size_t width = byteSize(t.type, 1);
    for (std::size_t i = 0; i < values.samples(); ++i) {
        const auto bytes = values.value(i, index);
        const std::size_t n = bytes.size() / width;
        for (std::size_t k = 0, c = 0; k < n; ++k, c = c + 1 == channels ? 0 : c + 1)
            m.sum[i][c] += integerAt(bytes, t.type, k);
        m.count.push_back(static_cast<std::int64_t>(n / channels));
    }
    return m;
}

// A mean of few samples is a guess: what of it is likely to be more than their scatter (the positive part of the James-Stein
// estimate, one mean at a time). 0 where there is no second sample to tell.
double likelyMean(const std::vector<double> &differences)
{
    const auto n = static_cast<double>(differences.size());
    double mean = 0, square = 0;
    for (const double d : differences)
        mean += d / n;
    for (const double d : differences)
        square += (d - mean) * (d - mean);
    if (n < 2)
        return 0;
    const double error = square / (n * (n - 1)); // of the mean, squared
    return mean == 0 ? 0.0 : mean * std::max(0.0, 1 - error / (mean * mean));
}

} // namespace

void correctBias(PassContext &c, const WeightedLayer &layer, const OutputEvidence &x, const LayerValues &now)
{
    const Tensor &before = c.from.tensor(layer.output), &after = c.graph().tensor(layer.output);
    if (x.empty() || typeBit(after.type) == 0)
        return;
    const Means y = meansOf(now, after, layer.output);
    if (x.count.empty() || x.count != y.count || x.count.front() == 0 || x.sum.front().size() != y.sum.front().size())
        return;
    const EffectiveGrid grid = c.effectiveOf(layer.output);
    const double sBefore = static_cast<double>(before.quant.scale[0]), zBefore = static_cast<double>(before.quant.zeroPointAt(0));
    const double sAfter = static_cast<double>(after.quant.scale[0]), zAfter = static_cast<double>(after.quant.zeroPointAt(0));
    double values = 0;
    for (const std::int64_t n : x.count)
        values += static_cast<double>(n);
    std::vector<double> shift(x.inside.size()), differences(x.sum.size());
    for (std::size_t o = 0; o < shift.size(); ++o) {
        for (std::size_t i = 0; i < differences.size(); ++i) {
            const auto n = static_cast<double>(x.count[i]);
            const double was = sBefore * (static_cast<double>(x.sum[i][o]) / n - zBefore);
            const double is = grid.factor(o) * (grid.ratio * sAfter * (static_cast<double>(y.sum[i][o]) / n - zAfter) + grid.offset);
            differences[i] = was - is;
        }
        shift[o] = likelyMean(differences) / std::max(static_cast<double>(x.inside[o]) / values, 0.1);
    }
    addToBias(c, layer, shift);
}

} // namespace requant
