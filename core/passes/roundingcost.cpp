// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/passes/roundingcost.h"

#include "core/base/clones.h"

#include <cstring>

namespace requant {

namespace {

constexpr float kMagic = 12582912.0f; // 1.5 x 2^23: added and taken away it rounds what is within +-2^22
constexpr float kFar = 4194303.0f;
constexpr std::size_t kLanes = 8;
using Lanes = float __attribute__((vector_size(kLanes * sizeof(float))));

// The same for one number and for several side by side; a macro, since a function would pass vectors by value.
#define REQUANT_SQUARE_OF_ROUNDING(T, value)                                                                                     \
    T u = (value);                                                                                                                \
    u = u < -kFar ? T{} - kFar : u;                                                                                               \
    u = u > kFar ? T{} + kFar : u;                                                                                                \
    T q = (u + kMagic) - kMagic;                                                                                                  \
    q = q < low ? T{} + low : q;                                                                                                  \
    q = q > high ? T{} + high : q;                                                                                                \
    const T square = (q - u) * (q - u)

} // namespace

REQUANT_CLONES double roundingCost(const float *v, const float *w, std::size_t n, float inverse, float low, float high)
{
    Lanes sums{};
    std::size_t i = 0;
    for (; i + kLanes <= n; i += kLanes) {
        Lanes x;
        std::memcpy(&x, v + i, sizeof x);
        REQUANT_SQUARE_OF_ROUNDING(Lanes, x * inverse);
        if (w) {
            Lanes weight;
            std::memcpy(&weight, w + i, sizeof weight);
            sums += square * weight;
        } else {
            sums += square;
        }
    }
    float rest = 0;
    for (; i < n; ++i) {
        REQUANT_SQUARE_OF_ROUNDING(float, v[i] * inverse);
        rest += w ? square * w[i] : square;
    }
    sums[0] += rest;
    double sum = 0;
    for (std::size_t k = 0; k < kLanes; ++k)
        sum += static_cast<double>(sums[k]);
    return sum;
}

} // namespace requant
