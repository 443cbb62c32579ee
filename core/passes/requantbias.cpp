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
    case Arithmetic::Xnnpack:
    case Arithmetic::OnnxRuntime: break;
    case Arithmetic::TfliteSingle:
    case Arithmetic::ShiftHalfUp: return isPowerOfTwo(multiplier) && n >= 0 ? std::ldexp(0.5, -n - 1) : 0.0;
    case Arithmetic::ShiftHalfEven: break;
    case Arithmetic::ShiftHalfAway: return isPowerOfTwo(multiplier) && n >= 0 ? away * std::ldexp(0.5, -n - 1) : 0.0;
    case Arithmetic::ShiftTruncate: return isPowerOfTwo(multiplier) && n >= 0 ? -0.5 + std::ldexp(0.5, -n - 1) : -0.5;
    }
    return 0;
}

ResultSigns resultSigns(const PassContext &c, const WeightedLayer &layer, const OutputEvidence *outputs)
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
    if (!outputs || !outputs->hasBins() || outputs->channels() != channels || !out.quant.isQuantized())
        return r;
    const IntegerRange range = integerRange(out.type);
    const std::int64_t zero = out.quant.zeroPointAt(0);
    // Where the new grid has its zero, in the source's integers.
    const double middle = grid.offset / static_cast<double>(out.quant.scale[0]) + static_cast<double>(zero);
    const auto undecided = [&](std::int64_t q) { return q != range.min && q != range.max && !(relu && q <= zero); };
    for (std::size_t ch = 0; ch < channels; ++ch) {
        const auto count = static_cast<double>(outputs->countIf(ch, range.min, undecided));
        if (count == 0)
            continue;
        const auto share = [&](auto &&above) {
            const auto both = [&](std::int64_t q) { return undecided(q) && above(q); };
            return static_cast<double>(outputs->countIf(ch, range.min, both)) / count;
        };
        r.before[ch] = share([&](std::int64_t q) { return q > zero; });
        r.now[ch] = share([&](std::int64_t q) { return static_cast<double>(q) > middle; });
    }
    return r;
}

} // namespace requant
