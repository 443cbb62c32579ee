// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sim/kernels/outputstage.h"

#include "core/model/poweroftwo.h"
#include "core/sim/kernels/outputrows.h"

#include <algorithm>
#include <bit>
#include <limits>

#if defined(__x86_64__) && defined(__GNUC__)
#define REQUANT_X86 1
#define REQUANT_TARGET(x) __attribute__((target(x)))
#endif
#define REQUANT_INLINE inline __attribute__((always_inline))

namespace requant {
namespace {

constexpr std::int32_t kInt32Min = std::numeric_limits<std::int32_t>::min(), kInt32Max = std::numeric_limits<std::int32_t>::max();

// ---- one value of a row, without branches, so that compilers vectorise the loops ------------------------------------

// multiplyByQuantizedMultiplier() for multipliers that are not negative: nothing saturates in its first step.
REQUANT_INLINE std::int32_t scaleTwice(std::int32_t acc, std::int32_t multiplier, std::int32_t left, std::int32_t right)
{
    const auto shifted = static_cast<std::int32_t>(static_cast<std::uint32_t>(acc) << (left & 31));
    const auto high = static_cast<std::int32_t>((std::int64_t{shifted} * multiplier + (std::int64_t{1} << 30)) >> 31);
    const auto mask = static_cast<std::int32_t>((std::uint32_t{1} << right) - 1u);
    const std::int32_t rest = high & mask;
    const std::int32_t threshold = (mask >> 1) + static_cast<std::int32_t>(static_cast<std::uint32_t>(high) >> 31);
    return (high >> right) + (rest > threshold ? 1 : 0);
}

// One rounding of the product. The arithmetic shift of 64 bits is written as a logical one of a number that is not negative.
template <FixedRounding F>
REQUANT_INLINE std::int32_t scaleOnce(std::int32_t acc, std::int32_t multiplier, std::int32_t left, std::int32_t right)
{
    constexpr std::uint64_t kLift = std::uint64_t{1} << 62;
    const std::int64_t product = std::int64_t{acc} * multiplier;
    const std::uint64_t n = static_cast<std::uint64_t>(std::max(31 - left + right, 0));
    const std::int64_t some = n > 0 ? -1 : 0, half = static_cast<std::int64_t>((std::uint64_t{1} << n) >> 1);
    const auto floor = [&](std::int64_t x) {
        return static_cast<std::int64_t>((static_cast<std::uint64_t>(x) + kLift) >> n) - static_cast<std::int64_t>(kLift >> n);
    };
    std::int64_t nudge = half;
    if constexpr (F == FixedRounding::HalfEven)
        nudge += some & ((floor(product) & 1) - 1);
    else if constexpr (F == FixedRounding::HalfAway)
        nudge += some & (product < 0 ? -1 : 0);
    else if constexpr (F == FixedRounding::Truncate)
        nudge = 0;
    // A factor of 2^31 or more leaves int32 unless the product is 0.
    const std::int64_t v = left > 31 ? (product > 0 ? kInt32Max : product < 0 ? kInt32Min : 0) : floor(product + nudge);
    return static_cast<std::int32_t>(v < kInt32Min ? kInt32Min : v > kInt32Max ? kInt32Max : v);
}

REQUANT_INLINE std::int32_t scaleReal(double acc, double real)
{
    double v = acc * real;
    v = v < -2147483648.0 ? -2147483648.0 : v;
    v = v > 2147483647.0 ? 2147483647.0 : v;
    const auto whole = static_cast<std::int32_t>(v); // towards zero
    const double rest = v - static_cast<double>(whole);
    return whole + (rest >= 0.5 ? 1 : 0) - (rest <= -0.5 ? 1 : 0);
}

struct TwiceRounded
{
    static REQUANT_INLINE std::int32_t scale(const OutputRows &b, std::int32_t acc, std::size_t i)
    {
        return scaleTwice(acc, b.multiplier[i], b.left[i], b.right[i]);
    }
};
template <FixedRounding F>
struct OnceRounded
{
    static REQUANT_INLINE std::int32_t scale(const OutputRows &b, std::int32_t acc, std::size_t i)
    {
        return scaleOnce<F>(acc, b.multiplier[i], b.left[i], b.right[i]);
    }
};
struct RealRounded
{
    static REQUANT_INLINE std::int32_t scale(const OutputRows &b, std::int32_t acc, std::size_t i) { return scaleReal(acc, b.real[i]); }
};
struct FloatRounded
{
    static REQUANT_INLINE std::int32_t scale(const OutputRows &b, std::int32_t acc, std::size_t i) { return scaleXnnpack(acc, b.scale[i]); }
};

template <class Scale, class T>
REQUANT_INLINE std::size_t integerRows(const OutputStage &s, const OutputRows &b, bool count)
{
    // Bounds before the zero point is added: the sum cannot leave int32.
    const auto bound = [&](std::int32_t v) { return static_cast<std::int32_t>(std::clamp<std::int64_t>(std::int64_t{v} - s.zeroPoint, kInt32Min, kInt32Max)); };
    const std::int32_t low = bound(s.min), high = bound(s.max), lowest = bound(b.storageMin), highest = bound(b.storageMax);
    std::size_t saturated = 0;
    for (std::size_t r = 0; r < b.rows; ++r) {
        const std::int32_t *acc = b.acc + r * b.accStride;
        T *out = reinterpret_cast<T *>(b.out) + r * b.outStride;
        for (std::size_t i = 0; i < b.n; ++i) {
            std::int32_t v = Scale::scale(b, acc[i], i);
            v = v < low ? low : v;
            v = v > high ? high : v;
            out[i] = static_cast<T>(v + s.zeroPoint);
        }
        if (!count)
            continue;
        for (std::size_t i = 0; i < b.n; ++i) {
            const std::int32_t v = Scale::scale(b, acc[i], i);
            saturated += (s.countLow && v < lowest) || (s.countHigh && v > highest);
        }
    }
    return saturated;
}

// Rounds by adding 1.5 * 2^23: exact half to even for the clamped range, which is less than 2^17 wide.
template <class T>
REQUANT_INLINE std::size_t floatRows(const OutputStage &s, const OutputRows &b, bool count)
{
    const auto low = static_cast<float>(s.min - s.zeroPoint), high = static_cast<float>(s.max - s.zeroPoint);
    const auto lowest = static_cast<float>(b.storageMin - s.zeroPoint), highest = static_cast<float>(b.storageMax - s.zeroPoint);
    std::size_t saturated = 0;
    for (std::size_t r = 0; r < b.rows; ++r) {
        const std::int32_t *acc = b.acc + r * b.accStride;
        T *out = reinterpret_cast<T *>(b.out) + r * b.outStride;
        for (std::size_t i = 0; i < b.n; ++i) {
            float v = static_cast<float>(acc[i]) * b.scale[i];
            v = v < low ? low : v;
            v = v > high ? high : v;
            out[i] = static_cast<T>(std::bit_cast<std::int32_t>(v + 12582912.0f) - 0x4B400000 + s.zeroPoint);
        }
        if (!count)
            continue;
        for (std::size_t i = 0; i < b.n; ++i) {
            const auto v = static_cast<float>(scaleXnnpack(acc[i], b.scale[i]));
            saturated += (s.countLow && v < lowest) || (s.countHigh && v > highest);
        }
    }
    return saturated;
}

template <class T>
REQUANT_INLINE std::size_t anyRows(const OutputStage &s, const OutputRows &b, bool count)
{
    switch (s.rounding) {
    case Rounding::FloatHalfEven:
        if constexpr (sizeof(T) < 4)
            return floatRows<T>(s, b, count);
        else
            return integerRows<FloatRounded, T>(s, b, count);
    case Rounding::RealHalfAway: return integerRows<RealRounded, T>(s, b, count);
    case Rounding::Fixed: break;
    }
    switch (s.fixed) {
    case FixedRounding::Single:
    case FixedRounding::HalfUp: return integerRows<OnceRounded<FixedRounding::HalfUp>, T>(s, b, count);
    case FixedRounding::HalfEven: return integerRows<OnceRounded<FixedRounding::HalfEven>, T>(s, b, count);
    case FixedRounding::HalfAway: return integerRows<OnceRounded<FixedRounding::HalfAway>, T>(s, b, count);
    case FixedRounding::Truncate: return integerRows<OnceRounded<FixedRounding::Truncate>, T>(s, b, count);
    case FixedRounding::Double: break;
    }
    return integerRows<TwiceRounded, T>(s, b, count);
}

template <class T>
std::size_t rowsScalar(const OutputStage &s, const OutputRows &b, bool count) { return anyRows<T>(s, b, count); }
#ifdef REQUANT_X86
template <class T>
REQUANT_TARGET("avx2") std::size_t rowsAvx2(const OutputStage &s, const OutputRows &b, bool count) { return anyRows<T>(s, b, count); }
#endif

template <class T>
std::size_t rowsTyped(const OutputStage &s, const OutputRows &b, bool count)
{
#ifdef REQUANT_X86
    if (s.simd >= SimdLevel::Avx2)
        return rowsAvx2<T>(s, b, count);
#endif
    return rowsScalar<T>(s, b, count);
}

// ---- 64-bit accumulators -----------------------------------------------------------------------------------------

// TFLite's form for 48 bits, for a whole row.
REQUANT_INLINE void wideRow(const std::int64_t *acc, const std::int32_t *multiplier, const std::int32_t *left, const std::int32_t *right,
                            std::size_t n, std::int32_t *to)
{
    for (std::size_t i = 0; i < n; ++i) {
        const std::int64_t reduced = multiplier[i] < 0x7FFF0000 ? (multiplier[i] + (1 << 15)) >> 16 : 0x7FFF;
        const auto total = static_cast<std::uint64_t>(15 - left[i] + right[i]);
        const std::uint64_t nudged = static_cast<std::uint64_t>(acc[i]) * static_cast<std::uint64_t>(reduced) + ((std::uint64_t{1} << total) >> 1);
        to[i] = static_cast<std::int32_t>(static_cast<std::int64_t>(nudged) >> total);
    }
}
#ifdef REQUANT_X86
REQUANT_TARGET("avx512f,avx512bw,avx512vl,avx512dq,prefer-vector-width=512")
void wideRow512(const std::int64_t *acc, const std::int32_t *multiplier, const std::int32_t *left, const std::int32_t *right, std::size_t n, std::int32_t *to)
{
    wideRow(acc, multiplier, left, right, n, to);
}
#endif

template <class T>
std::size_t storeWide(const OutputStage &s, const std::int32_t *scaled, std::size_t n, T *out, bool count)
{
    std::size_t saturated = 0;
    for (std::size_t i = 0; i < n; ++i) {
        const std::int64_t v = std::int64_t{scaled[i]} + s.zeroPoint;
        out[i] = static_cast<T>(std::clamp<std::int64_t>(v, s.min, s.max));
        saturated += count && s.isSaturated(v);
    }
    return saturated;
}

} // namespace

void OutputStage::setChannels(std::size_t n)
{
    multiplier.assign(n, 0);
    leftShift.assign(n, 0);
    rightShift.assign(n, 0);
    real.assign(n, 0.0);
    scale.assign(n, 0.0f);
}

void OutputStage::setChannel(std::size_t c, double value, float value32)
{
    // Hardware that shifts has no other multiplier than 2^-n, which the quotient of three float32 scales may miss by their rounding.
    const bool shifts = rounding == Rounding::Fixed && fixed != FixedRounding::Double && fixed != FixedRounding::Single;
    if (const std::optional<int> n = shifts ? shiftOf(value) : std::nullopt)
        value = std::ldexp(1.0, -*n);
    const Multiplier m = quantizeMultiplier(value);
    multiplier[c] = m.multiplier;
    leftShift[c] = std::max(m.shift, 0);
    rightShift[c] = std::max(-m.shift, 0);
    real[c] = value;
    scale[c] = value32;
}

std::int64_t OutputStage::unclamped(std::int32_t acc, std::size_t channel) const
{
    std::int64_t value = 0;
    switch (rounding) {
    case Rounding::Fixed: value = multiplyByQuantizedMultiplier(acc, multiplierOf(channel), fixed); break;
    case Rounding::RealHalfAway: value = std::int64_t{scaleReal(acc, real[channel])}; break;
    case Rounding::FloatHalfEven: value = scaleXnnpack(acc, scale[channel]); break;
    }
    return value + zeroPoint;
}

std::int64_t OutputStage::unclamped(std::int64_t acc, std::size_t channel) const
{
    if (rounding == Rounding::RealHalfAway)
        return std::int64_t{scaleReal(static_cast<double>(acc), real[channel])} + zeroPoint;
    return std::int64_t{multiplyByQuantizedMultiplier(acc, multiplierOf(channel), fixed)} + zeroPoint;
}

bool OutputStage::isSaturated(std::int64_t value) const
{
    const IntegerRange storage = integerRange(type);
    return (countLow && value < storage.min) || (countHigh && value > storage.max);
}

void OutputStage::applyRow(const std::int32_t *acc, std::size_t first, std::size_t n, void *out) const
{
    applyRows(acc, n, 1, first, n, out, n, false);
}

std::size_t OutputStage::applyRowCounting(const std::int32_t *acc, std::size_t first, std::size_t n, void *out) const
{
    return applyRows(acc, n, 1, first, n, out, n, true);
}

std::size_t OutputStage::applyRows(const std::int32_t *acc, std::size_t accStride, std::size_t rows, std::size_t first, std::size_t n, void *out,
                                   std::size_t outStride, bool count) const
{
    const IntegerRange storage = integerRange(type);
    const OutputRows b{acc, accStride, rows, n, multiplier.data() + first, leftShift.data() + first, rightShift.data() + first, scale.data() + first,
                       real.data() + first, static_cast<std::byte *>(out), outStride, static_cast<std::int32_t>(storage.min), static_cast<std::int32_t>(storage.max)};
#ifdef REQUANT_X86
    if (simd >= SimdLevel::Avx512)
        return applyRows512(*this, b, count);
#endif
    switch (type) {
    case ElementType::UInt8: return rowsTyped<std::uint8_t>(*this, b, count);
    case ElementType::Int8: return rowsTyped<std::int8_t>(*this, b, count);
    case ElementType::Int16: return rowsTyped<std::int16_t>(*this, b, count);
    default: return rowsTyped<std::int32_t>(*this, b, count);
    }
}

std::size_t OutputStage::applyRow(const std::int64_t *acc, std::size_t first, std::size_t n, void *out, bool count) const
{
    constexpr std::size_t kPiece = 256;
    const bool quick = rounding == Rounding::Fixed && (fixed == FixedRounding::Double || fixed == FixedRounding::Single);
    const std::size_t bytes = byteSize(type, 1);
    std::int32_t scaled[kPiece];
    std::size_t saturated = 0;
    for (std::size_t begin = 0; begin < n; begin += kPiece) {
        const std::size_t m = std::min(kPiece, n - begin), c = first + begin;
        if (!quick)
            for (std::size_t i = 0; i < m; ++i)
                scaled[i] = static_cast<std::int32_t>(unclamped(acc[begin + i], c + i) - zeroPoint);
#ifdef REQUANT_X86
        else if (simd >= SimdLevel::Avx512)
            wideRow512(acc + begin, multiplier.data() + c, leftShift.data() + c, rightShift.data() + c, m, scaled);
#endif
        else
            wideRow(acc + begin, multiplier.data() + c, leftShift.data() + c, rightShift.data() + c, m, scaled);
        std::byte *to = static_cast<std::byte *>(out) + begin * bytes;
        switch (type) {
        case ElementType::UInt8: saturated += storeWide(*this, scaled, m, reinterpret_cast<std::uint8_t *>(to), count); break;
        case ElementType::Int8: saturated += storeWide(*this, scaled, m, reinterpret_cast<std::int8_t *>(to), count); break;
        case ElementType::Int16: saturated += storeWide(*this, scaled, m, reinterpret_cast<std::int16_t *>(to), count); break;
        default: saturated += storeWide(*this, scaled, m, reinterpret_cast<std::int32_t *>(to), count); break;
        }
    }
    return saturated;
}

} // namespace requant
