// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/passes/weights.h"

#include <algorithm>
#include <cmath>

namespace requant {

std::size_t fitBiases(std::vector<std::int64_t> &bias, const Limits &limits, bool perChannel)
{
    if (!limits.biasBits || *limits.biasBits > 62)
        return 0;
    const std::int64_t most = (std::int64_t{1} << (*limits.biasBits - 1)) - 1;
    if (limits.biasOwnScale) {
        // Half to even, as the simulation of such hardware rounds (sim/kernels/narrow.h).
        const auto rounded = [](std::int64_t b, int drop) {
            if (drop == 0)
                return b;
            const std::int64_t down = b >> drop, rest = b - down * (std::int64_t{1} << drop), half = std::int64_t{1} << (drop - 1);
            return down + (rest > half || (rest == half && (down & 1)));
        };
        const auto least = [&](std::int64_t b, int drop) {
            while (rounded(b, drop) < -most - 1 || rounded(b, drop) > most)
                ++drop;
            return drop;
        };
        int common = 0;
        for (const std::int64_t b : bias)
            common = least(b, common);
        for (std::int64_t &b : bias) {
            const int drop = perChannel ? least(b, 0) : common;
            b = rounded(b, drop) * (std::int64_t{1} << drop);
        }
        return 0;
    }
    std::size_t cut = 0;
    for (std::int64_t &b : bias) {
        cut += std::abs(b) > most;
        b = std::clamp(b, -most, most);
    }
    return cut;
}

} // namespace requant
