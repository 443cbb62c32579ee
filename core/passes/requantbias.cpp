// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/passes/requantbias.h"

#include <algorithm>
#include <cmath>

namespace requant {

namespace {

// Right shifts behind a multiplier in [1/2, 1).
int shiftsOf(double multiplier)
{
    int e = 0;
    std::frexp(multiplier, &e);
    return -e;
}

bool isPowerOfTwo(double v)
{
    int e = 0;
    return std::abs(std::frexp(v, &e) - 0.5) < 1e-9;
}

} // namespace

double meanRounding(Arithmetic a, double multiplier, double positiveShare)
{
    const int n = shiftsOf(multiplier);
    const double away = 2 * positiveShare - 1;
    switch (a) {
    case Arithmetic::TfliteReference:
        // Behind a power of two every odd accumulator is a tie of the first step already, which goes up.
        return n >= 0 ? std::ldexp((n >= 1 ? 0.5 * away : 0.0) + (isPowerOfTwo(multiplier) ? 0.25 : 0.0), -n) : 0.0;
    case Arithmetic::Xnnpack: break;
    case Arithmetic::TfliteSingle:
    case Arithmetic::ShiftHalfUp: return isPowerOfTwo(multiplier) && n >= 0 ? std::ldexp(0.5, -n - 1) : 0.0;
    case Arithmetic::ShiftHalfEven: break;
    case Arithmetic::ShiftHalfAway: return isPowerOfTwo(multiplier) && n >= 0 ? away * std::ldexp(0.5, -n - 1) : 0.0;
    case Arithmetic::ShiftTruncate: return isPowerOfTwo(multiplier) && n >= 0 ? -0.5 + std::ldexp(0.5, -n - 1) : -0.5;
    }
    return 0;
}

ResultSigns resultSigns(const PassContext &c, const WeightedLayer &layer, const LayerValues *source)
{
    const Operator &op = c.from.op(layer.op);
    const Tensor &out = c.from.tensor(layer.output);
    const auto channels = static_cast<std::size_t>(out.shape.empty() ? 1 : std::max(1, out.shape.back()));
    const std::int64_t fused = op.options ? op.options->integer("fused_activation_function") : 0;
    const bool relu = fused == 1 || fused == 3;
    const EffectiveGrid grid = c.effectiveOf(layer.output);
    const bool folded = relu && grid.offset > 0;
    ResultSigns r;
    r.before.assign(channels, relu ? 1.0 : 0.5);
    r.now.assign(channels, folded ? 0.0 : relu ? 1.0 : 0.5);
    if (!source || bitWidth(out.type) != 8 || !out.quant.isQuantized() || out.quant.isPerChannel())
        return r;
    const IntegerRange range = integerRange(out.type);
    const std::int64_t zero = out.quant.zeroPointAt(0);
    // Where the new grid has its zero, in the source's integers.
    const double middle = grid.offset / static_cast<double>(out.quant.scale[0]) + static_cast<double>(zero);
    std::vector<std::uint64_t> above(channels, 0), aboveNow(channels, 0), count(channels, 0);
    for (std::size_t i = 0; i < source->samples(); ++i) {
        const auto bytes = source->value(i, layer.output);
        for (std::size_t k = 0, ch = 0; k < bytes.size(); ++k, ch = ch + 1 == channels ? 0 : ch + 1) {
            const std::int64_t q = out.type == ElementType::Int8 ? std::int64_t{static_cast<std::int8_t>(bytes[k])}
                                                                 : std::int64_t{static_cast<std::uint8_t>(bytes[k])};
            if (q == range.min || q == range.max || (relu && q <= zero))
                continue;
            ++count[ch];
            above[ch] += q > zero;
            aboveNow[ch] += static_cast<double>(q) > middle;
        }
    }
    for (std::size_t ch = 0; ch < channels; ++ch) {
        if (count[ch] == 0)
            continue;
        r.before[ch] = static_cast<double>(above[ch]) / static_cast<double>(count[ch]);
        r.now[ch] = static_cast<double>(aboveNow[ch]) / static_cast<double>(count[ch]);
    }
    return r;
}

} // namespace requant
