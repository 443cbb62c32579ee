// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sim/kernels/fixed16.h"

#include "core/sim/fixedpoint.h"

#include <algorithm>
#include <limits>

namespace requant {
namespace {

// Values are int16 in [-2^15, 2^15), held in int.
constexpr int kMin = -32768, kMax = 32767;

int wrap(int x) { return static_cast<std::int16_t>(x); }
int saturate(int x) { return std::clamp(x, kMin, kMax); }

// Product of Qa and Qb, in Q(a+b): round(ab / 2^15), ties towards plus infinity.
int product(int a, int b) { return a == kMin && b == kMin ? kMax : (a * b + (1 << 14)) >> 15; }
int divideByPOT(int x, int exponent) { return roundingDivideByPOT(x, exponent); }
int timesPOT(int x, int exponent)
{
    const int most = (1 << (15 - exponent)) - 1;
    return x > most ? kMax : x < -most ? kMin : x * (1 << exponent);
}
// (a + b) / 2, ties away from zero.
int halfSum(int a, int b)
{
    const int sum = a + b;
    return (sum + (sum >= 0 ? 1 : -1)) / 2;
}
// gemmlowp gives its constants in 32 bits.
constexpr int constant(std::int32_t q31) { return static_cast<int>((std::int64_t{q31} + (1 << 15)) >> 16); }

// exp(a) for a in [-1/4, 0), Q0.15: Taylor's series of fourth order about -1/8.
int expOnQuarter(int a)
{
    constexpr int kAtEighth = constant(1895147668), kThird = constant(715827883);
    const int x = wrap(a + (1 << 12));
    const int x2 = product(x, x), x3 = product(x2, x), x4 = product(x2, x2);
    const int rest = divideByPOT(saturate(product(saturate(divideByPOT(x4, 2) + x3), kThird) + x2), 1);
    return saturate(kAtEighth + product(kAtEighth, saturate(x + rest)));
}

// exp(a) for a <= 0 with `integerBits`, result in Q0.15.
int expOnNegative(int a, int integerBits)
{
    const int fraction = 15 - integerBits;
    const int quarter = 1 << std::max(fraction - 2, 0);
    const int inQuarter = wrap((a & (quarter - 1)) - quarter);
    int result = expOnQuarter(timesPOT(inQuarter, integerBits));
    const int remainder = inQuarter - a;
    constexpr std::int32_t kFactors[] = {1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242}; // exp(-2^k), k from -2
    for (int k = -2; k <= 4; ++k)
        if (integerBits > k && (remainder & (1 << (fraction + k))) != 0)
            result = product(result, constant(kFactors[k + 2]));
    if (integerBits > 5 && a < -(1 << (fraction + 5)))
        result = 0;
    return a == 0 ? kMax : result;
}

// 1 / (1 + a) * 2 in Q2.13 for a in [0, 1), Q0.15: Newton's iteration.
int reciprocalOfHalfSum(int a)
{
    const int half = halfSum(a, kMax);
    int x = saturate(constant(1515870810) + product(half, constant(-1010580540)));
    for (int i = 0; i < 3; ++i) {
        const int rest = saturate((1 << 13) - product(half, x));
        x = saturate(x + timesPOT(product(x, rest), 2));
    }
    return x;
}

} // namespace

std::int16_t logisticQ3(std::int16_t value)
{
    if (value == 0)
        return 1 << 14;
    const int negative = value > 0 ? -value : value;
    const int ofMagnitude = timesPOT(reciprocalOfHalfSum(expOnNegative(negative, 3)), 1);
    return static_cast<std::int16_t>(value > 0 ? ofMagnitude : kMax - ofMagnitude);
}

std::int16_t tanhQ(int integerBits, std::int16_t value)
{
    if (value == 0)
        return 0;
    const int negative = value > 0 ? -value : value;
    // One integer bit more doubles the argument: (1 - exp(-2x)) / (1 + exp(-2x)).
    const int ofMagnitude = timesPOT(saturate(reciprocalOfHalfSum(expOnNegative(negative, integerBits + 1)) - (1 << 13)), 2);
    return static_cast<std::int16_t>(value > 0 ? ofMagnitude : -ofMagnitude);
}

} // namespace requant
