// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sim/kernels/saturation.h"

#include <cmath>

namespace requant {

Clamp Clamp::of(const Tensor &output, float lowest, float highest)
{
    const IntegerRange storage = integerRange(output.type);
    Clamp c{storage.min, storage.max, storage.min, storage.max};
    const auto quantize = [&](float value) { // TFLite's rounding of an activation's bound
        const auto steps = static_cast<double>(std::round(value / output.quant.scaleAt(0)));
        return static_cast<std::int64_t>(std::clamp(steps + static_cast<double>(output.quant.zeroPointAt(0)), -2147483648.0, 2147483647.0));
    };
    if (!std::isinf(lowest) && quantize(lowest) >= c.min) {
        c.min = quantize(lowest);
        c.low = std::numeric_limits<std::int64_t>::min();
    }
    if (!std::isinf(highest) && quantize(highest) <= c.max) {
        c.max = quantize(highest);
        c.high = std::numeric_limits<std::int64_t>::max();
    }
    return c;
}

Clamp Clamp::of(const Tensor &output, Activation activation)
{
    constexpr float kNone = std::numeric_limits<float>::infinity();
    switch (activation) {
    case Activation::Relu: return of(output, 0.0f, kNone);
    case Activation::Relu6: return of(output, 0.0f, 6.0f);
    case Activation::ReluN1To1: return of(output, -1.0f, 1.0f);
    default: return of(output, -kNone, kNone);
    }
}

} // namespace requant
