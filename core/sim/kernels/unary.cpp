// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sim/kernels/unary.h"

#include "core/sim/kernels/elements.h"
#include "core/sim/kernels/lut.h"
#include "core/sim/kernels/normalization.h"

#include <cmath>

namespace requant {
namespace {

float roundHalfToEven(float v) // TFLite's form: small negative values give +0
{
    const float floor = std::floor(v), rest = v - floor;
    return rest < 0.5f || (rest == 0.5f && std::fmod(floor, 2.0f) == 0.0f) ? floor : floor + 1.0f;
}

Result<Kernel> floatFunction(const KernelSetup &s, std::size_t count)
{
    const auto map = [count](auto f) { return mapElements<float, float>(f, count); };
    switch (s.op().code) {
    case Op::Abs: return map([](float v) { return std::abs(v); });
    case Op::Neg: return map([](float v) { return -v; });
    case Op::Sign: return map([](float v) { return v > 0 ? 1.0f : v < 0 ? -1.0f : v != v ? v : 0.0f; });
    case Op::Exp: return map([](float v) { return std::exp(v); });
    case Op::Log: return map([](float v) { return std::log(v); });
    case Op::Sqrt: return map([](float v) { return std::sqrt(v); });
    case Op::Rsqrt: return map([](float v) { return 1.0f / std::sqrt(v); });
    case Op::Square: return map([](float v) { return v * v; });
    case Op::Sin: return map([](float v) { return std::sin(v); });
    case Op::Cos: return map([](float v) { return std::cos(v); });
    case Op::Floor: return map([](float v) { return std::floor(v); });
    case Op::Ceil: return map([](float v) { return std::ceil(v); });
    default: return map(roundHalfToEven);
    }
}

template <class T>
T negated(T v) { return static_cast<T>(std::make_unsigned_t<T>(0) - static_cast<std::make_unsigned_t<T>>(v)); }

// Integers that are not quantized, and NEG, which does not ask; empty if the operator has no such form.
Kernel integerFunction(const KernelSetup &s, std::size_t count)
{
    Kernel kernel;
    withType(s.input(0).type, [&]<class T>(T) {
        if constexpr (std::is_integral_v<T> && std::is_signed_v<T>) {
            if (s.op().code == Op::Neg)
                kernel = mapElements<T, T>([](T v) { return negated(v); }, count);
            else if (s.op().code == Op::Abs && (sizeof(T) == 4 || sizeof(T) == 2))
                kernel = mapElements<T, T>([](T v) { return v < 0 ? negated(v) : v; }, count);
            else if (s.op().code == Op::Sign && sizeof(T) == 4)
                kernel = mapElements<T, T>([](T v) { return v > 0 ? 1 : v < 0 ? -1 : 0; }, count);
        }
    });
    return kernel;
}

// `kernel`, unless an input is below the zero point.
template <class T>
Kernel unlessNegative(Kernel kernel, std::int32_t zeroPoint, std::size_t count)
{
    return [kernel = std::move(kernel), zeroPoint, count](const KernelRun &r) {
        const T *x = r.input<T>(0);
        if (std::any_of(x, x + count, [&](T q) { return q < zeroPoint; }))
            return r.fail("a negative value has no square root");
        kernel(r);
    };
}

Kernel rsqrt8(const KernelSetup &s, std::size_t count)
{
    const Tensor &in = s.input(0), &out = s.output();
    const auto zi = static_cast<std::int32_t>(in.quant.zeroPointAt(0)), zo = static_cast<std::int32_t>(out.quant.zeroPointAt(0));
    const Multiplier m = quantizeMultiplier(1.0 / static_cast<double>(std::sqrt(in.quant.scaleAt(0)) * out.quant.scaleAt(0)));
    const FixedRounding rounding = s.rounding();
    return unlessNegative<std::int8_t>(tabulateElements<std::int8_t, std::int8_t>([=](std::int32_t q) {
        constexpr int kShift = 20; // keeps the root an integer
        const std::int32_t x = q - zi;
        if (x <= 0)
            return std::int64_t{127};
        const Multiplier root = inverseSquareRoot(x);
        const std::int32_t scaled = multiplyByQuantizedMultiplier(1, {root.multiplier, root.shift + kShift}, rounding);
        return std::int64_t{m.shift - kShift < -31 ? 0 : multiplyByQuantizedMultiplier(scaled, {m.multiplier, m.shift - kShift}, rounding)} + zo;
    }, Clamp::of(out), count), zi, count);
}

Result<Kernel> quantizedFunction(const KernelSetup &s, std::size_t count)
{
    const Tensor &in = s.input(0), &out = s.output();
    const bool wide = in.type == ElementType::Int16;
    const float si = in.quant.scaleAt(0), so = out.quant.scaleAt(0);
    const auto zi = static_cast<std::int32_t>(in.quant.zeroPointAt(0)), zo = static_cast<std::int32_t>(out.quant.zeroPointAt(0));
    const auto function = [&](auto f) { return wide ? interpolatedFunction(s, f) : tabulatedFunction(s, false, Clamp::of(out), f); };
    switch (s.op().code) {
    case Op::Abs: {
        const Multiplier m = si == so ? Multiplier{1 << 30, 1} : quantizeMultiplier(static_cast<double>(si / so));
        const FixedRounding rounding = s.rounding();
        const auto f = [=](std::int32_t q) { return std::int64_t{multiplyByQuantizedMultiplier(std::abs(q - zi), m, rounding)} + zo; };
        return wide ? clampElements<std::int16_t, std::int16_t>(f, Clamp::of(out), count) : tabulateElements<std::int8_t, std::int8_t>(f, Clamp::of(out), count);
    }
    case Op::Exp: return function([](float v) { return std::exp(v); });
    case Op::Log: {
        const float least = static_cast<float>((wide ? -32768 : -128) - zo) * so; // what the output can hold
        return function([least](float v) { return v <= 0.0f ? least : std::log(v); });
    }
    case Op::Rsqrt: {
        if (!wide)
            return rsqrt8(s, count);
        const float most = 32767.0f * so;
        return unlessNegative<std::int16_t>(interpolatedFunction(s, [most](float v) { return v <= 0.0f ? most : 1.0f / std::sqrt(v); }), zi, count);
    }
    default: return s.unsupported("type " + std::string(typeName(in.type)));
    }
}

} // namespace

Result<Kernel> makeUnary(const KernelSetup &s)
{
    const Tensor &in = s.input(0), &out = s.output();
    const auto count = static_cast<std::size_t>(elementCount(in.shape));
    if (in.type != out.type || elementCount(out.shape) != elementCount(in.shape))
        return s.unsupported("input and output differ in type or shape");
    if (in.type == ElementType::Float32)
        return floatFunction(s, count);
    const bool quantized = in.quant.isQuantized() && (in.type == ElementType::Int8 || in.type == ElementType::Int16);
    if (!quantized || s.op().code == Op::Neg) {
        if (Kernel kernel = integerFunction(s, count))
            return kernel;
        return s.unsupported("type " + std::string(typeName(in.type)) + (quantized ? "" : " without a scale"));
    }
    if (!out.quant.isQuantized() || in.quant.isPerChannel() || out.quant.isPerChannel() || !(in.quant.scaleAt(0) > 0) || !(out.quant.scaleAt(0) > 0))
        return s.unsupported("no scale, several, or one that is not positive");
    return quantizedFunction(s, count);
}

} // namespace requant
