// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sim/kernels/sigmoid16.h"

#include "core/sim/fixedpoint.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace requant {
namespace {

// sigmoid(i / 24) in Q0.16, raised by half of the error that a straight line to the next entry makes in its middle: these are
// the integers of TFLite's table, whose last entry is the largest one.
const std::array<std::uint16_t, 256> &sigmoidTable()
{
    static const auto table = [] {
        std::array<std::uint16_t, 256> t{};
        constexpr double kStep = 1.0 / 24;
        for (int i = 0; i < 255; ++i) {
            const double s = 1.0 / (1.0 + std::exp(-i * kStep)), curvature = s * (1 - s) * (2 * s - 1);
            t[static_cast<std::size_t>(i)] = static_cast<std::uint16_t>(std::round(65536.0 * (s + kStep * kStep / 16 * curvature)));
        }
        t[255] = 65535;
        return t;
    }();
    return table;
}

struct Input16
{
    std::int32_t multiplier = 0;
    int leftShift = 0;
};

// TFLite's preparation: scales of 2^-12 (LOGISTIC; also 2^-11 for TANH) need no multiplier, others are brought to 1 / (3 * 4096).
Input16 input16(float scale, bool tanh)
{
    const float log = std::log(scale) * (1.0f / std::log(2.0f)), rounded = std::round(log);
    Input16 p;
    p.leftShift = 12 + static_cast<int>(rounded);
    const bool powerOfTwo = std::abs(log - rounded) < 1e-3f && (p.leftShift == 0 || (tanh && p.leftShift == 1));
    if (!powerOfTwo) {
        double multiplier = static_cast<double>(scale) * 4096.0 * 3.0;
        p.leftShift = 0;
        while (multiplier <= 32767.0 / 2.0 && p.leftShift <= 30) {
            ++p.leftShift;
            multiplier *= 2.0;
        }
        p.multiplier = static_cast<std::int32_t>(multiplier);
    }
    return p;
}

// Extreme scales leave int32, where the runtime's arithmetic wraps around.
std::uint32_t wrapped(std::int32_t v)
{
    return static_cast<std::uint32_t>(v);
}

std::uint32_t magnitudeOf(std::int32_t v)
{
    return v < 0 ? 0u - wrapped(v) : wrapped(v);
}

std::int16_t tableLogistic(Input16 p, std::int16_t x)
{
    if (p.multiplier == 0) {
        p.multiplier = static_cast<std::int32_t>(3u << p.leftShift);
        p.leftShift = 0;
    }
    const std::int32_t half = p.leftShift > 0 ? 1 << (p.leftShift - 1) : 0;
    const std::int32_t value = static_cast<std::int32_t>(wrapped(x) * wrapped(p.multiplier) + wrapped(half)) >> p.leftShift;
    const auto magnitude = magnitudeOf(value);
    const std::uint32_t high = magnitude >> 9;
    std::uint32_t result = 0x7FFFu << 10;
    if (high < 255) {
        const std::uint32_t a = sigmoidTable()[high], b = sigmoidTable()[high + 1];
        result = (a << 9) + (magnitude & 0x1FF) * (b - a);
    }
    result = value >= 0 ? result + (1u << 9) : (1u << 25) - result + (1u << 9) - 1;
    return static_cast<std::int16_t>(result >> 10);
}

std::int16_t tableTanh(Input16 p, std::int16_t x, bool generalScale)
{
    // The general form multiplies and shifts right; the power-of-two form only shifts left by 0 or 1.
    std::int32_t value = 0;
    std::uint32_t magnitude = 0;
    if (generalScale) {
        const std::int32_t half = p.leftShift > 0 ? 1 << (p.leftShift - 1) : 0;
        value = static_cast<std::int32_t>(wrapped(x) * wrapped(p.multiplier) + wrapped(half)) >> p.leftShift;
        magnitude = magnitudeOf(value);
    } else {
        value = static_cast<std::int32_t>(wrapped(3 * x) << p.leftShift);
        magnitude = magnitudeOf(value);
    }
    const std::uint32_t high = magnitude >> 8;
    std::int32_t result = 0xFFFF << 8;
    if (high < 255) {
        const std::int32_t a = sigmoidTable()[high], b = sigmoidTable()[high + 1];
        result = (a << 8) + static_cast<std::int32_t>(magnitude & 0xFF) * (b - a);
    }
    result = value >= 0 ? result - (1 << 23) + (1 << 7) : -result + (1 << 23) + (1 << 7) - 1;
    return static_cast<std::int16_t>(result >> 8);
}

// gemmlowp's fixed point of 16 bits: a product is rounded half up, what leaves int16 wraps unless said otherwise.
std::int16_t wrap(std::int32_t v) { return static_cast<std::int16_t>(static_cast<std::uint16_t>(v)); }
std::int16_t saturate(std::int32_t v) { return static_cast<std::int16_t>(std::clamp(v, -32768, 32767)); }
std::int16_t mul(std::int16_t a, std::int16_t b) { return saturate((std::int32_t{a} * b + (1 << 14)) >> 15); }
constexpr std::int16_t constant(std::int32_t q31)
{
    const std::int32_t floor = q31 >> 16, rest = q31 & 0xFFFF;
    return static_cast<std::int16_t>(floor + (rest > 0x8000 || (rest == 0x8000 && q31 >= 0) ? 1 : 0));
}

// exp(a) for a < 0 with `integerBits` (3 or 4) before the point, result in Q0.15; exp(0) is the largest integer.
std::int16_t expOfNegative(std::int16_t a, int integerBits)
{
    if (a == 0)
        return 32767;
    const int fractionBits = 15 - integerBits;
    const auto quarter = static_cast<std::int16_t>(1 << (fractionBits - 2));
    const std::int16_t inQuarter = wrap((a & (quarter - 1)) - quarter); // modulo 1/4, in [-1/4, 0)
    const std::int16_t x = wrap(saturate(inQuarter * (1 << integerBits)) + (1 << 12)); // Taylor around -1/8
    const std::int16_t x2 = mul(x, x), x3 = mul(x2, x), x4 = mul(x2, x2);
    const auto x4Over4 = static_cast<std::int16_t>(roundingDivideByPOT(x4, 2));
    const auto rest = static_cast<std::int16_t>(roundingDivideByPOT(wrap(mul(wrap(x4Over4 + x3), constant(715827883)) + x2), 1));
    constexpr std::int16_t kExpMinusEighth = constant(1895147668);
    std::int16_t result = saturate(kExpMinusEighth + mul(kExpMinusEighth, wrap(x + rest)));
    const std::int16_t remainder = wrap(inQuarter - a); // a multiple of 1/4
    constexpr std::array<std::int16_t, 6> kPowers{constant(1672461947), constant(1302514674), constant(790015084),
                                                  constant(290630308),  constant(39332535),   constant(720401)}; // exp(-2^e), e = -2 ... 3
    for (int e = -2; e < integerBits; ++e)
        if (remainder & (1 << (fractionBits + e)))
            result = mul(result, kPowers[static_cast<std::size_t>(e + 2)]);
    return result;
}

// 2 / (1 + a) for a in [0, 1) in Q2.13, by Newton's method.
std::int16_t twiceReciprocal(std::int16_t a)
{
    const auto half = static_cast<std::int16_t>((std::int32_t{a} + 32767 + 1) / 2);
    std::int16_t x = wrap(constant(1515870810) + mul(half, constant(-1010580540))); // 48/17 - 32/17 half
    for (int i = 0; i < 3; ++i) {
        const std::int16_t error = wrap((1 << 13) - mul(half, x));
        x = wrap(x + saturate(mul(x, error) * 4));
    }
    return x;
}

std::int16_t gemmlowpLogistic(std::int16_t a) // Q3.12
{
    if (a == 0)
        return 1 << 14;
    const std::int16_t positive = saturate(twiceReciprocal(expOfNegative(a > 0 ? wrap(-a) : a, 3)) * 2);
    return a > 0 ? positive : wrap(32767 - positive);
}

std::int16_t gemmlowpTanh(std::int16_t a) // Q3.12
{
    if (a == 0)
        return 0;
    const std::int16_t t = saturate((twiceReciprocal(expOfNegative(a < 0 ? a : wrap(-a), 4)) - (1 << 13)) * 4);
    return a < 0 ? wrap(-t) : t;
}

} // namespace

Function16 logistic16(float inputScale, bool optimized)
{
    const Input16 p = input16(inputScale, false);
    if (p.multiplier == 0 && optimized)
        return gemmlowpLogistic;
    return [p](std::int16_t x) { return tableLogistic(p, x); };
}

Function16 tanh16(float inputScale, bool optimized)
{
    const Input16 p = input16(inputScale, true);
    if (p.multiplier == 0 && optimized)
        return [twice = p.leftShift](std::int16_t x) { return gemmlowpTanh(saturate(x * (1 << twice))); };
    return [p](std::int16_t x) { return tableTanh(p, x, p.multiplier != 0); };
}

} // namespace requant
