// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sim/kernels/arithmetic.h"

#include "core/sim/kernels/elements.h"
#include "core/sim/kernels/exact.h"
#include "core/sim/kernels/softmax.h"

#include <bit>
#include <cmath>

namespace requant {
namespace {

constexpr const char *kDivisionByZero = "division by zero";

// Runs `kernel` unless operand `k` has the value `forbidden`.
template <class T>
Kernel unlessAny(Kernel kernel, const KernelSetup &s, std::size_t k, T forbidden, const char *why)
{
    const auto n = static_cast<std::size_t>(elementCount(s.input(k).shape));
    return [kernel = std::move(kernel), k, n, forbidden, why](const KernelRun &r) {
        const T *x = r.input<T>(k);
        for (std::size_t i = 0; i < n; ++i)
            if (x[i] == forbidden)
                return r.fail(why);
        kernel(r);
    };
}

template <class T>
T quotient(T a, T b) // of integers; the one that does not fit wraps
{
    return b == T(-1) ? static_cast<T>(std::make_unsigned_t<T>(0) - static_cast<std::make_unsigned_t<T>>(a)) : static_cast<T>(a / b);
}

template <class T>
T floorQuotient(T a, T b)
{
    const T q = quotient(a, b);
    return b != T(-1) && a % b != 0 && (a < 0) != (b < 0) ? static_cast<T>(q - 1) : q;
}

template <class T>
T floorRemainder(T a, T b)
{
    T rest;
    if constexpr (std::is_floating_point_v<T>)
        rest = std::fmod(a, b);
    else
        rest = b == T(-1) ? T(0) : static_cast<T>(a % b);
    return rest != 0 && (b < 0) != (rest < 0) ? static_cast<T>(rest + b) : rest;
}

struct DivParams
{
    std::int32_t zeroPoint1 = 0, zeroPoint2 = 0, zeroPointOut = 0;
    Multiplier output;
    FixedRounding rounding = FixedRounding::Double;

    // The divisor's reciprocal in Q31 and the dividend at full width, then the output's multiplier and one shift. Quotients of
    // less than half a step need a shift of more than 31. TFLite does not look: on x86 and in WebAssembly the processor
    // takes it modulo 32, so that they come out at the ends of the range (and 0 as 1), and so they do here.
    std::int64_t tflite(std::int32_t q1, std::int32_t q2) const
    {
        std::int32_t x = q1 - zeroPoint1, y = q2 - zeroPoint2;
        if (y < 0) {
            x = -x;
            y = -y;
        }
        int over = 0;
        const std::int32_t reciprocal = fixedReciprocal(y, 31, &over);
        const int headroom = x >= 0 ? std::countl_zero(static_cast<std::uint32_t>(x)) - 1 : std::countl_one(static_cast<std::uint32_t>(x)) - 1;
        const std::int32_t unscaled = saturatingRoundingDoublingHighMul(static_cast<std::int32_t>(static_cast<std::uint32_t>(x) << headroom), reciprocal);
        const int shift = output.shift - over - headroom;
        if (shift >= -31)
            return std::int64_t{multiplyByQuantizedMultiplier(unscaled, {output.multiplier, shift}, rounding)} + zeroPointOut;
        if (rounding != FixedRounding::Double)
            return zeroPointOut;
        const std::int32_t scaled = saturatingRoundingDoublingHighMul(unscaled, output.multiplier);
        return std::int64_t{scaled >> (-shift & 31)} + (scaled >= 0 ? 1 : 0) + zeroPointOut;
    }
    // One rounding of the exact quotient.
    std::int64_t exact(std::int32_t q1, std::int32_t q2) const
    {
        using Wide = __int128;
        Wide n = Wide{q1 - zeroPoint1} * output.multiplier, d = q2 - zeroPoint2;
        if (d < 0) {
            n = -n;
            d = -d;
        }
        if (output.shift < 31)
            d *= Wide{1} << (31 - output.shift);
        return static_cast<std::int64_t>(roundingDivide(n, d, rounding)) + zeroPointOut;
    }
};

template <class T>
Result<Kernel> divQuantized(const KernelSetup &s, const Broadcast &broadcast, Activation activation)
{
    const Tensor &a = s.input(0), &b = s.input(1), &out = s.output();
    for (const Tensor *t : {&a, &b, &out})
        if (t->quant.isPerChannel() || !(t->quant.scaleAt(0) > 0))
            return s.unsupported("a tensor has no scale or several");
    const auto zeroPoint = [](const Tensor &t) { return static_cast<std::int32_t>(t.quant.zeroPointAt(0)); };
    const float s1 = a.quant.scaleAt(0), s2 = b.quant.scaleAt(0), so = out.quant.scaleAt(0);
    const Clamp clamp = Clamp::of(out, activation);
    const DivParams p{zeroPoint(a), zeroPoint(b), zeroPoint(out), quantizeMultiplier(static_cast<double>(s1 / (s2 * so))), s.rounding()};
    Kernel kernel;
    if (isShift(s.arithmetic())) {
        if (!ExactSum::takes(static_cast<double>(s1 / (s2 * so))))
            return s.unsupported("the output's scale is too small for the inputs'");
        kernel = clampPairs<T, T>(broadcast, [p](std::int32_t x, std::int32_t y) { return p.exact(x, y); }, clamp);
    } else if (sizeof(T) == 2 && broadcast.sameShape()) {
        kernel = clampPairs<T, T>(broadcast, [=](std::int32_t x, std::int32_t y) {
            const float lhs = static_cast<float>(x - p.zeroPoint1) * s1, rhs = static_cast<float>(y - p.zeroPoint2) * s2;
            return static_cast<std::int64_t>(std::clamp(std::round(lhs / rhs / so), -0x1p31f, 0x1p31f)) + p.zeroPointOut;
        }, clamp);
    } else {
        if (p.output.shift > 20)
            return s.unsupported("the output's scale is too small for the inputs': TFLite's result is undefined");
        kernel = clampPairs<T, T>(broadcast, [p](std::int32_t x, std::int32_t y) { return p.tflite(x, y); }, clamp);
    }
    return unlessAny<T>(std::move(kernel), s, 1, static_cast<T>(p.zeroPoint2), kDivisionByZero);
}

// Both operands of one type that is the output's, too.
Result<Broadcast> prepare(const KernelSetup &s)
{
    if (s.input(0).type != s.input(1).type || s.input(0).type != s.output().type)
        return s.unsupported("inputs and output are of different types");
    return broadcastOf(s);
}

struct SquaredDifferenceParams
{
    std::int32_t zeroPoint1 = 0, zeroPoint2 = 0, zeroPointOut = 0;
    Multiplier input1, input2, output;
    FixedRounding rounding = FixedRounding::Double;

    std::int64_t operator()(std::int32_t q1, std::int32_t q2) const
    {
        constexpr int kLeftShift = 7;
        const std::int32_t difference = multiplyByQuantizedMultiplier((q1 - zeroPoint1) * (1 << kLeftShift), input1, rounding) -
                                        multiplyByQuantizedMultiplier((q2 - zeroPoint2) * (1 << kLeftShift), input2, rounding);
        return std::int64_t{multiplyByQuantizedMultiplier(difference * difference, output, rounding)} + zeroPointOut;
    }
};

// The scales' ratios as integers of 31 fraction bits (the larger input's is 1): the difference is exact, its square is scaled and
// rounded once.
struct ExactSquaredDifference
{
    std::int32_t zeroPoint1 = 0, zeroPoint2 = 0, zeroPointOut = 0;
    std::int64_t factor1 = 0, factor2 = 0;
    Multiplier output;
    FixedRounding rounding = FixedRounding::HalfUp;

    std::int64_t operator()(std::int32_t q1, std::int32_t q2) const
    {
        using Wide = __int128;
        const std::int64_t difference = (q1 - zeroPoint1) * factor1 - (q2 - zeroPoint2) * factor2;
        const Wide rounded = roundingShiftRight(Wide{difference} * difference * output.multiplier, 93 - output.shift, rounding);
        return static_cast<std::int64_t>(rounded) + zeroPointOut;
    }
};

Result<Kernel> squaredDifference8(const KernelSetup &s, const Broadcast &broadcast)
{
    const Tensor &a = s.input(0), &b = s.input(1), &out = s.output();
    for (const Tensor *t : {&a, &b, &out})
        if (t->quant.isPerChannel() || !(t->quant.scaleAt(0) > 0))
            return s.unsupported("a tensor has no scale or several");
    const auto zeroPoint = [](const Tensor &t) { return static_cast<std::int32_t>(t.quant.zeroPointAt(0)); };
    const auto s1 = static_cast<double>(a.quant.scaleAt(0)), s2 = static_cast<double>(b.quant.scaleAt(0)), so = static_cast<double>(out.quant.scaleAt(0));
    const double larger = std::max(s1, s2);
    const Clamp clamp = Clamp::of(out);
    if (isShift(s.arithmetic())) {
        if (!ExactSum::takes(larger * larger / so))
            return s.unsupported("the output's scale is too small for the inputs'");
        const auto factor = [&](double scale) { return static_cast<std::int64_t>(std::round(scale / larger * 0x1p31)); };
        const ExactSquaredDifference p{zeroPoint(a), zeroPoint(b), zeroPoint(out), factor(s1), factor(s2), quantizeMultiplier(larger * larger / so), s.rounding()};
        return clampPairs<std::int8_t, std::int8_t>(broadcast, p, clamp);
    }
    const double twice = 2 * larger;
    const SquaredDifferenceParams p{zeroPoint(a), zeroPoint(b), zeroPoint(out), quantizeMultiplier(s1 / twice), quantizeMultiplier(s2 / twice),
                                    quantizeMultiplier(twice * twice / (16384.0 * so)), s.rounding()};
    if (p.output.shift > 0)
        return s.unsupported("the output's scale is too small for the inputs': TFLite stops the process");
    return clampPairs<std::int8_t, std::int8_t>(broadcast, p, clamp);
}

std::int32_t power(std::int32_t base, std::int32_t exponent) // modulo 2^32
{
    std::uint32_t result = 1;
    for (auto square = static_cast<std::uint32_t>(base); exponent > 0; exponent /= 2, square *= square)
        result *= exponent % 2 != 0 ? square : 1;
    return static_cast<std::int32_t>(result);
}

} // namespace

Result<Kernel> makeDiv(const KernelSetup &s)
{
    auto broadcast = prepare(s);
    if (!broadcast)
        return broadcast.error();
    const auto activation = static_cast<Activation>(s.option("fused_activation_function"));
    switch (s.output().type) {
    case ElementType::Float32: {
        const FloatRange range = floatActivationRange(activation);
        return mapPairs<float, float>(*broadcast, [range](float x, float y) { return std::min(std::max(x / y, range.min), range.max); });
    }
    case ElementType::Int32: {
        const FloatRange range = floatActivationRange(activation);
        const auto bound = [](float v, std::int32_t none) { return std::abs(v) > 10 ? none : static_cast<std::int32_t>(v); };
        const std::int32_t low = bound(range.min, std::numeric_limits<std::int32_t>::min()), high = bound(range.max, std::numeric_limits<std::int32_t>::max());
        return unlessAny<std::int32_t>(mapPairs<std::int32_t, std::int32_t>(*broadcast, [=](std::int32_t x, std::int32_t y) { return std::clamp(quotient(x, y), low, high); }),
                                       s, 1, 0, kDivisionByZero);
    }
    case ElementType::UInt8: return divQuantized<std::uint8_t>(s, *broadcast, activation);
    case ElementType::Int8: return divQuantized<std::int8_t>(s, *broadcast, activation);
    case ElementType::Int16: return divQuantized<std::int16_t>(s, *broadcast, activation);
    default: return s.unsupported("type " + std::string(typeName(s.output().type)));
    }
}

Result<Kernel> makeSquaredDifference(const KernelSetup &s)
{
    auto broadcast = prepare(s);
    if (!broadcast)
        return broadcast.error();
    switch (s.output().type) {
    case ElementType::Float32: return mapPairs<float, float>(*broadcast, [](float x, float y) { return (x - y) * (x - y); });
    case ElementType::Int32:
        return mapPairs<std::int32_t, std::int32_t>(*broadcast, [](std::int32_t x, std::int32_t y) {
            const std::uint32_t difference = static_cast<std::uint32_t>(x) - static_cast<std::uint32_t>(y);
            return static_cast<std::int32_t>(difference * difference);
        });
    case ElementType::Int8: return squaredDifference8(s, *broadcast);
    default: return s.unsupported("type " + std::string(typeName(s.output().type)));
    }
}

Result<Kernel> makeFloorDivMod(const KernelSetup &s)
{
    auto broadcast = prepare(s);
    if (!broadcast)
        return broadcast.error();
    const bool remainder = s.op().code == Op::FloorMod;
    const ElementType type = s.output().type;
    if (type == ElementType::Float32) {
        if (remainder)
            return mapPairs<float, float>(*broadcast, [](float x, float y) { return floorRemainder(x, y); });
        return unlessAny<float>(mapPairs<float, float>(*broadcast, [](float x, float y) { return std::floor(static_cast<double>(x) / static_cast<double>(y)); }),
                                s, 1, 0.0f, kDivisionByZero);
    }
    Kernel kernel;
    withType(type, [&]<class T>(T) {
        if constexpr (std::is_integral_v<T> && std::is_signed_v<T>) {
            if (sizeof(T) == 8 && !remainder)
                return;
            kernel = unlessAny<T>(mapPairs<T, T>(*broadcast, [remainder](T x, T y) { return remainder ? floorRemainder(x, y) : floorQuotient(x, y); }),
                                  s, 1, T(0), kDivisionByZero);
        }
    });
    if (!kernel)
        return s.unsupported("type " + std::string(typeName(type)));
    return kernel;
}

Result<Kernel> makePow(const KernelSetup &s)
{
    auto broadcast = prepare(s);
    if (!broadcast)
        return broadcast.error();
    if (s.output().type == ElementType::Float32)
        return mapPairs<float, float>(*broadcast, [](float x, float y) { return std::pow(x, y); });
    if (s.output().type != ElementType::Int32)
        return s.unsupported("type " + std::string(typeName(s.output().type)));
    Kernel kernel = mapPairs<std::int32_t, std::int32_t>(*broadcast, [](std::int32_t x, std::int32_t y) { return power(x, y); });
    const auto n = static_cast<std::size_t>(elementCount(s.input(1).shape));
    return Kernel([kernel = std::move(kernel), n](const KernelRun &r) {
        const auto *exponent = r.input<std::int32_t>(1);
        if (std::any_of(exponent, exponent + n, [](std::int32_t e) { return e < 0; }))
            return r.fail("a negative exponent");
        kernel(r);
    });
}

Result<Kernel> makeAddN(const KernelSetup &s)
{
    const Tensor &out = s.output();
    for (std::size_t k = 0; k < s.inputCount(); ++k)
        if (s.input(k).type != out.type || s.input(k).shape != s.input(0).shape || elementCount(s.input(k).shape) != elementCount(out.shape))
            return s.unsupported("inputs and output differ in type or shape");
    const auto n = static_cast<std::size_t>(elementCount(out.shape));
    const auto sum = [n]<class T, class Sum>(T, Sum) {
        return Kernel([n](const KernelRun &r) {
            T *out = r.output<T>();
            forPieces(r, n, [&](std::size_t begin, std::size_t end) {
                for (std::size_t i = begin; i < end; ++i) {
                    Sum total{};
                    for (std::size_t k = 0; k < r.in.size(); ++k)
                        total += static_cast<Sum>(r.input<T>(k)[i]);
                    out[i] = static_cast<T>(total);
                }
            });
        });
    };
    if (out.type == ElementType::Float32)
        return sum(float{}, float{});
    if (out.type == ElementType::Int32)
        return sum(std::int32_t{}, std::uint32_t{}); // wraps
    return s.unsupported("type " + std::string(typeName(out.type)));
}

} // namespace requant
