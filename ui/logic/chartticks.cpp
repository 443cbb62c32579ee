// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/logic/chartticks.h"

#include <algorithm>
#include <cmath>

namespace requant {

double niceStep(double span, int most)
{
    const double raw = std::max(span, 1e-9) / std::max(most, 1);
    const double base = std::pow(10.0, std::floor(std::log10(raw)));
    for (const double m : {1.0, 2.0, 5.0}) {
        if (raw <= m * base * 1.0000001)
            return m * base;
    }
    return 10 * base;
}

Ticks linearTicks(double least, double most, int room, bool fromZero)
{
    if (fromZero) {
        least = std::min(least, 0.0);
        most = std::max(most, 0.0);
    }
    Ticks t;
    t.step = niceStep(most - least, room);
    t.low = std::floor(least / t.step + 1e-7) * t.step;
    t.high = std::ceil(most / t.step - 1e-7) * t.step;
    if (t.high <= t.low)
        t.high = t.low + t.step;
    return t;
}

Ticks powerTicks(double leastLog2, double mostLog2, int room)
{
    Ticks t;
    t.low = std::floor(leastLog2 - 0.25);
    t.high = std::ceil(mostLog2 + 0.25);
    t.step = std::max(1.0, std::ceil((t.high - t.low) / std::max(room, 1)));
    t.low = t.high - std::ceil((t.high - t.low) / t.step) * t.step;
    return t;
}

} // namespace requant
