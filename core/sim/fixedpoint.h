// SPDX-License-Identifier: GPL-3.0-or-later
// Fixed-point scaling of accumulators, from first principles. Exactness:
//   quantizeMultiplier            equals TFLite's QuantizeMultiplier (double in, Q31 and exponent out)
//   multiplyByQuantizedMultiplier equals TFLite's default build (double rounding) and gemmlowp, for int32 and, with the
//                                 multiplier reduced to 16 bits, for the int64 accumulators of 16x8 networks; with
//                                 FixedRounding::Single it equals TFLite built with TFLITE_SINGLE_ROUNDING
//   scaleXnnpack                  equals XNNPACK's "fp32" requantization and ONNX Runtime's
// The other roundings are the exact product of accumulator and Q31 multiplier, rounded once as named: for a power of two what
// a rounding shift of the accumulator gives, whether it is 32 or 64 bits wide.
// Nothing here saturates an accumulator: the caller's accumulators fit int32 (or 48 bits for TFLite's int64 form).
#pragma once

#include "core/model/arithmetic.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

namespace requant {

// real = multiplier / 2^31 * 2^shift with multiplier in [2^30, 2^31) or 0.
struct Multiplier
{
    std::int32_t multiplier = 0;
    int shift = 0;
    friend bool operator==(const Multiplier &, const Multiplier &) = default;
};

// Negative values give a negative multiplier. Less than about 2^-32 in magnitude gives 0.
inline Multiplier quantizeMultiplier(double real)
{
    if (real == 0.0 || !std::isfinite(real))
        return {};
    Multiplier m;
    const double fraction = std::frexp(real, &m.shift);
    auto q = static_cast<std::int64_t>(std::round(fraction * 2147483648.0));
    if (q == (std::int64_t{1} << 31)) {
        q /= 2;
        ++m.shift;
    }
    if (m.shift < -31)
        return {};
    m.multiplier = static_cast<std::int32_t>(q);
    return m;
}

// round(a * b / 2^31), ties towards plus infinity; the only overflow (both INT32_MIN) saturates.
inline std::int32_t saturatingRoundingDoublingHighMul(std::int32_t a, std::int32_t b)
{
    if (a == b && a == std::numeric_limits<std::int32_t>::min())
        return std::numeric_limits<std::int32_t>::max();
    // gemmlowp truncates (ab + nudge) / 2^31 with a nudge of 2^30 or 1 - 2^30; both cases equal this floor.
    return static_cast<std::int32_t>((std::int64_t{a} * b + (std::int64_t{1} << 30)) >> 31);
}

// round(x / 2^exponent), ties away from zero; exponent in [0, 31].
inline std::int32_t roundingDivideByPOT(std::int32_t x, int exponent)
{
    const auto mask = static_cast<std::int32_t>((std::int64_t{1} << exponent) - 1);
    const std::int32_t remainder = x & mask;
    const std::int32_t threshold = (mask >> 1) + (x < 0 ? 1 : 0);
    return (x >> exponent) + (remainder > threshold ? 1 : 0);
}

// x * 2^exponent, saturating at the ends of int32.
inline std::int32_t saturatingShiftLeft(std::int32_t x, int exponent)
{
    const std::int64_t wide = exponent >= 32 ? (x > 0 ? std::numeric_limits<std::int64_t>::max() : x < 0 ? std::numeric_limits<std::int64_t>::min() : 0)
                                             : std::int64_t{x} * (std::int64_t{1} << exponent);
    return static_cast<std::int32_t>(std::clamp<std::int64_t>(wide, std::numeric_limits<std::int32_t>::min(),
                                                              std::numeric_limits<std::int32_t>::max()));
}

// Double rounding. A left shift wraps, as TFLite's does.
inline std::int32_t multiplyByQuantizedMultiplier(std::int32_t x, Multiplier m)
{
    const int left = m.shift > 0 ? m.shift : 0;
    const int right = m.shift > 0 ? 0 : -m.shift;
    const auto shifted = static_cast<std::int32_t>(static_cast<std::uint32_t>(x) << (left & 31));
    return roundingDivideByPOT(saturatingRoundingDoublingHighMul(shifted, m.multiplier), right);
}

// How a fixed-point product loses its fraction.
enum class FixedRounding : std::uint8_t {
    Double, // TFLite's two roundings
    HalfUp, // this one and the next three: one rounding of the exact product
    HalfEven,
    HalfAway,
    Truncate, // towards minus infinity
    Single,   // TFLite's one rounding: half up, int64 accumulators with the multiplier reduced to 16 bits
};

constexpr FixedRounding fixedRounding(Arithmetic a)
{
    switch (a) {
    case Arithmetic::TfliteSingle: return FixedRounding::Single;
    case Arithmetic::ShiftHalfUp: return FixedRounding::HalfUp;
    case Arithmetic::ShiftHalfEven: return FixedRounding::HalfEven;
    case Arithmetic::ShiftHalfAway: return FixedRounding::HalfAway;
    case Arithmetic::ShiftTruncate: return FixedRounding::Truncate;
    default: return FixedRounding::Double; // XNNPACK leaves to TFLite what it has no kernel for
    }
}

// round(x / 2^n) once, n in [0, bits of T - 2]; Single rounds half up, Double half away as TFLite's second rounding does.
template <class T>
constexpr T roundingShiftRight(T x, int n, FixedRounding rounding)
{
    if (n == 0)
        return x;
    const T one = 1, floor = x >> n, rest = x - (floor << n), half = one << (n - 1);
    switch (rounding) {
    case FixedRounding::Single:
    case FixedRounding::HalfUp: return floor + (rest >= half ? 1 : 0);
    case FixedRounding::HalfEven: return floor + (rest > half || (rest == half && (floor & 1) != 0) ? 1 : 0);
    case FixedRounding::Truncate: return floor;
    default: return floor + (rest > half || (rest == half && x >= 0) ? 1 : 0);
    }
}

// The end of int32 on the product's side: what a factor of 2^31 or more makes of it, as a multiplier's magnitude is at least 2^30.
template <class T>
constexpr std::int32_t saturated(T product)
{
    return product > 0 ? std::numeric_limits<std::int32_t>::max() : product < 0 ? std::numeric_limits<std::int32_t>::min() : 0;
}

// One rounding of the exact product, except for Double. Saturates at the ends of int32.
inline std::int32_t multiplyByQuantizedMultiplier(std::int32_t x, Multiplier m, FixedRounding rounding)
{
    if (rounding == FixedRounding::Double)
        return multiplyByQuantizedMultiplier(x, m);
    const std::int64_t product = std::int64_t{x} * m.multiplier;
    if (m.shift > 31)
        return saturated(product);
    const std::int64_t rounded = roundingShiftRight(product, 31 - m.shift, rounding);
    return static_cast<std::int32_t>(std::clamp<std::int64_t>(rounded, std::numeric_limits<std::int32_t>::min(), std::numeric_limits<std::int32_t>::max()));
}

// For 48-bit accumulators: the multiplier is reduced to 16 bits, one rounding. Shift in [-31, 7]. Wider accumulators wrap.
inline std::int32_t multiplyByQuantizedMultiplier(std::int64_t x, Multiplier m)
{
    const std::int32_t reduced = m.multiplier < 0x7FFF0000 ? ((m.multiplier + (1 << 15)) >> 16) : 0x7FFF;
    const int total = 15 - m.shift;
    const std::uint64_t nudged = static_cast<std::uint64_t>(x) * static_cast<std::uint64_t>(std::int64_t{reduced}) + (std::uint64_t{1} << (total - 1));
    return static_cast<std::int32_t>(static_cast<std::int64_t>(nudged) >> total);
}

// The same under a named rounding: Double and Single are TFLite's form above, the others round the exact product of any 64-bit
// accumulator once. Those saturate at the ends of int32.
inline std::int32_t multiplyByQuantizedMultiplier(std::int64_t x, Multiplier m, FixedRounding rounding)
{
    if (rounding == FixedRounding::Double || rounding == FixedRounding::Single)
        return multiplyByQuantizedMultiplier(x, m);
    const __int128 product = static_cast<__int128>(x) * m.multiplier;
    if (m.shift > 31)
        return saturated(product);
    const __int128 rounded = roundingShiftRight(product, 31 - m.shift, rounding);
    return static_cast<std::int32_t>(std::clamp<__int128>(rounded, std::numeric_limits<std::int32_t>::min(), std::numeric_limits<std::int32_t>::max()));
}

// rint(float(acc) * scale), half to even, in float32. The result is clamped by the caller in the float domain's range.
inline std::int32_t scaleXnnpack(std::int32_t acc, float scale)
{
    const float value = std::clamp(static_cast<float>(acc) * scale, -2147483520.0f, 2147483520.0f);
    return static_cast<std::int32_t>(std::nearbyint(value));
}

} // namespace requant
