// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sim/kernels/activation.h"

#include "core/sim/fixedpoint.h"
#include "core/sim/kernels/elements.h"
#include "core/sim/kernels/lut.h"
#include "core/sim/kernels/sigmoid16.h"

#include <cmath>
#include <cstring>

namespace requant {
namespace {

struct HardSwishParams
{
    std::int32_t inZeroPoint, outZeroPoint;
    std::int16_t outMultiplier, reluishMultiplier;
    int outExponent, reluishExponent;
};

std::int16_t toInt16Multiplier(std::int32_t m)
{
    constexpr std::int32_t kHalf = 1 << 15;
    return m >= std::numeric_limits<std::int32_t>::max() - kHalf ? std::numeric_limits<std::int16_t>::max()
                                                                 : static_cast<std::int16_t>((m + kHalf) >> 16);
}

std::int16_t saturate16(std::int64_t v) { return static_cast<std::int16_t>(std::clamp<std::int64_t>(v, -32768, 32767)); }

// gemmlowp's 16-bit doubling high multiply, rounding half away from zero on the exact product's magnitude.
std::int16_t doublingHighMul16(std::int16_t a, std::int16_t b)
{
    if (a == b && a == -32768)
        return 32767;
    const std::int32_t ab = std::int32_t{a} * b;
    return static_cast<std::int16_t>((ab + (ab >= 0 ? 1 << 14 : 1 - (1 << 14))) / (1 << 15));
}

std::int32_t hardSwish(const HardSwishParams &p, std::int32_t q)
{
    const auto fine = static_cast<std::int16_t>((q - p.inZeroPoint) * 128);
    const std::int16_t onOutputScale = doublingHighMul16(fine, p.outMultiplier);
    std::int16_t relu = fine;
    if (p.reluishExponent > 0)
        relu = saturate16(static_cast<std::int64_t>(relu) * (std::int64_t{1} << (p.reluishExponent - 1)));
    relu = doublingHighMul16(relu, p.reluishMultiplier);
    if (p.reluishExponent > 0)
        relu = saturate16(static_cast<std::int64_t>(relu) * 2);
    if (p.reluishExponent < 0)
        relu = static_cast<std::int16_t>(roundingDivideByPOT(relu, std::min(-p.reluishExponent, 31)));
    relu = static_cast<std::int16_t>((relu + (1 << 15)) >> 1);
    // This product truncates.
    const std::int16_t product = relu == onOutputScale && relu == -32768
                                     ? std::int16_t{32767}
                                     : static_cast<std::int16_t>(std::int32_t{relu} * onOutputScale / (1 << 15));
    const auto shifted = static_cast<std::int16_t>(roundingDivideByPOT(product, std::min(-p.outExponent, 31)));
    return static_cast<std::int16_t>(shifted + p.outZeroPoint);
}

float gelu(float x, bool approximate)
{
    constexpr float kSqrtHalf = 0.70710678118654752440f, kSqrt2OverPi = 0.79788456080286535588f;
    if (approximate)
        return 0.5f * x * (1.0f + std::tanh(kSqrt2OverPi * (x + 0.044715f * x * x * x)));
    return 0.5f * x * std::erfc(x * -kSqrtHalf);
}

Result<Kernel> floatActivation(const KernelSetup &s, std::size_t count)
{
    const auto alpha = static_cast<float>(s.realOption("alpha"));
    const bool approximate = s.option("approximate") != 0;
    const auto map = [count](auto f) { return mapElements<float, float>(f, count); };
    switch (s.op().code) {
    case Op::Logistic: return map([](float v) { return 1.0f / (1.0f + std::exp(-v)); });
    case Op::Tanh: return map([](float v) { return std::tanh(v); });
    case Op::Elu: return map([](float v) { return v < 0.0f ? std::expm1(v) : v; });
    case Op::Gelu: return map([approximate](float v) { return gelu(v, approximate); });
    case Op::HardSwish: return map([](float v) { return v * std::min(6.0f, std::max(0.0f, v + 3.0f)) / 6.0f; });
    case Op::Relu: return map([](float v) { return std::max(v, 0.0f); });
    case Op::Relu6: return map([](float v) { return std::min(std::max(v, 0.0f), 6.0f); });
    case Op::ReluN1To1: return map([](float v) { return std::min(std::max(v, -1.0f), 1.0f); });
    case Op::Relu0To1: return map([](float v) { return std::min(std::max(v, 0.0f), 1.0f); });
    case Op::LeakyRelu: return map([alpha](float v) { return v > 0 ? v : v * alpha; });
    default: return s.unsupported("no float form");
    }
}

// f(q) -> any integer, clamped to the output: a table for 8 bits.
template <class F>
Kernel clampedFunction(const KernelSetup &s, const Clamp &clamp, F f)
{
    const auto count = static_cast<std::size_t>(elementCount(s.input(0).shape));
    switch (s.input(0).type) {
    case ElementType::UInt8: return tabulateElements<std::uint8_t, std::uint8_t>(f, clamp, count);
    case ElementType::Int8: return tabulateElements<std::int8_t, std::int8_t>(f, clamp, count);
    default: return clampElements<std::int16_t, std::int16_t>(f, clamp, count);
    }
}

Kernel relu(const KernelSetup &s, float low, float high)
{
    const Tensor &in = s.input(0), &out = s.output();
    const auto zi = static_cast<std::int32_t>(in.quant.zeroPointAt(0)), zo = static_cast<std::int32_t>(out.quant.zeroPointAt(0));
    const Multiplier m = quantizeMultiplier(static_cast<double>(in.quant.scaleAt(0) / out.quant.scaleAt(0)));
    const FixedRounding rounding = s.rounding();
    return clampedFunction(s, Clamp::of(out, low, high), [=](std::int32_t q) { return std::int64_t{multiplyByQuantizedMultiplier(q - zi, m, rounding)} + zo; });
}

// TFLite multiplies by the magnitude of a negative slope and negates; hardware that rounds once rounds the true product.
Kernel leakyRelu(const KernelSetup &s)
{
    const Tensor &in = s.input(0), &out = s.output();
    const float si = in.quant.scaleAt(0), so = out.quant.scaleAt(0), alpha = static_cast<float>(s.realOption("alpha"));
    const auto zi = static_cast<std::int32_t>(in.quant.zeroPointAt(0)), zo = static_cast<std::int32_t>(out.quant.zeroPointAt(0));
    const Clamp clamp = Clamp::of(out);
    const float positive = si / so, negative = positive * alpha; // XNNPACK's limits and order of operations
    if (takenByXnnpack(s) && is8Bit(in.type) && std::isfinite(alpha) && alpha != 0.0f && positive >= 0x1p-8f && positive <= 0x1p7f && negative >= -0x1.FFFC00p+6f &&
        negative <= 0x1p7f && std::abs(negative) >= 0x1p-8f) {
        const auto up = static_cast<std::int32_t>(std::nearbyint(256.0f * positive)), down = static_cast<std::int32_t>(std::nearbyint(256.0f * negative));
        return clampedFunction(s, clamp, [=](std::int32_t q) { return (((q - zi) * (q >= zi ? up : down) + 0x80) >> 8) + zo; });
    }
    const Multiplier identity = quantizeMultiplier(static_cast<double>(si / so)), slope = quantizeMultiplier(static_cast<double>(si * alpha / so));
    const bool negated = slope.multiplier < 0 && !isShift(s.arithmetic());
    const FixedRounding rounding = s.rounding();
    return clampedFunction(s, clamp, [=](std::int32_t q) {
        const std::int32_t x = q - zi;
        if (x >= 0)
            return std::int64_t{multiplyByQuantizedMultiplier(x, identity, rounding)} + zo;
        const std::int64_t scaled = multiplyByQuantizedMultiplier(x, {negated ? -slope.multiplier : slope.multiplier, slope.shift}, rounding);
        return (negated ? -scaled : scaled) + zo;
    });
}

} // namespace

Result<Kernel> makeActivation(const KernelSetup &s)
{
    const Tensor &in = s.input(0), &out = s.output();
    const auto count = static_cast<std::size_t>(elementCount(in.shape));
    if (in.type != out.type || elementCount(out.shape) != elementCount(in.shape))
        return s.unsupported("input and output differ in type or shape");
    if (in.type == ElementType::Float32)
        return floatActivation(s, count);
    if (!isQuantizedActivation(in.type) || !in.quant.isQuantized() || !out.quant.isQuantized())
        return s.unsupported("type " + std::string(typeName(in.type)));
    if (in.quant.isPerChannel() || out.quant.isPerChannel() || !(in.quant.scaleAt(0) > 0) || !(out.quant.scaleAt(0) > 0))
        return s.unsupported("several scales, or one that is not positive");

    const float si = in.quant.scaleAt(0), so = out.quant.scaleAt(0);
    const bool wide = in.type == ElementType::Int16, signed8 = in.type == ElementType::Int8;
    constexpr float kInfinity = std::numeric_limits<float>::infinity();
    const Clamp unit = Clamp::of(out).withoutSaturation(); // the grid's end stands for 1
    switch (s.op().code) {
    case Op::Logistic:
        if (wide)
            return mapElements<std::int16_t, std::int16_t>(logistic16(si, s.isXnnpack()), count);
        return tabulatedFunction(s, takenByXnnpack(s), unit, [](float v) { return 1.0f / (1.0f + std::exp(-v)); });
    case Op::Tanh:
        if (wide)
            return mapElements<std::int16_t, std::int16_t>(tanh16(si, s.isXnnpack()), count);
        return tabulatedFunction(s, takenByXnnpack(s), unit, [](float v) { return std::tanh(v); });
    case Op::Elu:
        if (!signed8)
            return s.unsupported("type " + std::string(typeName(in.type)));
        return tabulatedFunction(s, takenByXnnpack(s), Clamp::of(out), [](float v) { return v < 0.0f ? std::expm1(v) : v; });
    case Op::Gelu: {
        if (wide)
            return s.unsupported("int16");
        const bool approximate = s.option("approximate") != 0;
        return tabulatedFunction(s, false, Clamp::of(out), [approximate](float v) { return gelu(v, approximate); });
    }
    case Op::HardSwish: {
        if (wide)
            return s.unsupported("int16");
        const float fine = (1.0f / 128.0f) * si;
        const Multiplier output = quantizeMultiplier(static_cast<double>(fine / so));
        const Multiplier reluish = quantizeMultiplier(static_cast<double>(fine / (3.0f / 32768.0f)));
        if (output.shift > 0)
            return s.unsupported("the output's scale is too small: TFLite refuses the network");
        const HardSwishParams p{static_cast<std::int32_t>(in.quant.zeroPointAt(0)), static_cast<std::int32_t>(out.quant.zeroPointAt(0)),
                                toInt16Multiplier(output.multiplier), toInt16Multiplier(reluish.multiplier), output.shift, reluish.shift};
        return clampedFunction(s, Clamp::of(out), [p](std::int32_t q) { return hardSwish(p, q); });
    }
    case Op::Relu: return relu(s, 0.0f, kInfinity);
    case Op::Relu6: return relu(s, 0.0f, 6.0f);
    case Op::ReluN1To1:
    case Op::Relu0To1:
        if (wide)
            return s.unsupported("int16");
        return relu(s, s.op().code == Op::Relu0To1 ? 0.0f : -1.0f, 1.0f);
    case Op::LeakyRelu: return leakyRelu(s);
    default: return s.unsupported("not an activation function");
    }
}

Result<Kernel> makePrelu(const KernelSetup &s)
{
    const Tensor &in = s.input(0), &alpha = s.input(1), &out = s.output();
    if (in.type != alpha.type || in.type != out.type || elementCount(in.shape) != elementCount(out.shape))
        return s.unsupported("input, slope and output differ in type or shape");
    auto broadcast = broadcastOf(s);
    if (!broadcast)
        return broadcast.error();
    if (in.type == ElementType::Float32)
        return mapPairs<float, float>(*broadcast, [](float x, float a) { return x >= 0.0f ? x : x * a; });
    if (!is8Bit(in.type))
        return s.unsupported("type " + std::string(typeName(in.type)));
    for (const Tensor *t : {&in, &alpha, &out})
        if (t->quant.isPerChannel() || !(t->quant.scaleAt(0) > 0))
            return s.unsupported("a tensor has no scale or several");
    const float si = in.quant.scaleAt(0), sa = alpha.quant.scaleAt(0), so = out.quant.scaleAt(0);
    const auto zeroPoint = [](const Tensor &t) { return static_cast<std::int32_t>(t.quant.zeroPointAt(0)); };
    const std::int32_t zi = zeroPoint(in), za = zeroPoint(alpha), zo = zeroPoint(out);
    const Multiplier identity = quantizeMultiplier(static_cast<double>(si / so)), slope = quantizeMultiplier(static_cast<double>(si * sa / so));
    const FixedRounding rounding = s.rounding();
    const auto f = [=](std::int32_t q, std::int32_t a) {
        const std::int32_t x = q - zi;
        return std::int64_t{x >= 0 ? multiplyByQuantizedMultiplier(x, identity, rounding) : multiplyByQuantizedMultiplier(x * (a - za), slope, rounding)} + zo;
    };
    if (in.type == ElementType::UInt8)
        return clampPairs<std::uint8_t, std::uint8_t>(*broadcast, f, Clamp::of(out));
    return clampPairs<std::int8_t, std::int8_t>(*broadcast, f, Clamp::of(out));
}

} // namespace requant
