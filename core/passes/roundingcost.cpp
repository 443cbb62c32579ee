// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/passes/roundingcost.h"

namespace requant {

double roundingCost(const float *v, const float *w, std::size_t n, float inverse, float low, float high)
{
    constexpr float kMagic = 12582912.0f; // 1.5 x 2^23: added and taken away it rounds what is within +-2^22
    constexpr float kFar = 4194303.0f;
    constexpr std::size_t kLanes = 8;
    float sums[kLanes] = {};
    const auto term = [&](std::size_t i) {
        float u = v[i] * inverse;
        u = u < -kFar ? -kFar : u;
        u = u > kFar ? kFar : u;
        float q = (u + kMagic) - kMagic;
        q = q < low ? low : q;
        q = q > high ? high : q;
        return (q - u) * (q - u);
    };
    std::size_t i = 0;
    if (w) {
        for (; i + kLanes <= n; i += kLanes)
            for (std::size_t j = 0; j < kLanes; ++j)
                sums[j] += term(i + j) * w[i + j];
        for (; i < n; ++i)
            sums[0] += term(i) * w[i];
    } else {
        for (; i + kLanes <= n; i += kLanes)
            for (std::size_t j = 0; j < kLanes; ++j)
                sums[j] += term(i + j);
        for (; i < n; ++i)
            sums[0] += term(i);
    }
    double sum = 0;
    for (const float part : sums)
        sum += static_cast<double>(part);
    return sum;
}

} // namespace requant
