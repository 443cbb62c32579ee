// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sim/kernels/lut.h"

#include "core/sim/fixedpoint.h"
#include "core/sim/kernels/outputstage.h"

#include <cstring>
#include <memory>

namespace requant {
namespace {

using Table8 = std::array<std::uint8_t, 256>; // by the input's bit pattern

// A kernel from f(q) -> q' for 8-bit input and output.
template <class F>
Kernel tableKernel(ElementType in, F &&f, std::size_t count)
{
    auto table = std::make_shared<Table8>();
    for (int i = 0; i < 256; ++i) {
        const std::int32_t q = in == ElementType::UInt8 ? i : static_cast<std::int8_t>(i);
        (*table)[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(f(q));
    }
    return [table, count](const KernelRun &r) {
        const auto *x = r.input<std::uint8_t>(0);
        auto *y = r.output<std::uint8_t>();
        for (std::size_t i = 0; i < count; ++i)
            y[i] = (*table)[x[i]];
    };
}

template <class In, class Out, class F>
Kernel mapKernel(F f, std::size_t count)
{
    return [f, count](const KernelRun &r) {
        const In *x = r.input<In>(0);
        Out *y = r.output<Out>();
        for (std::size_t i = 0; i < count; ++i)
            y[i] = static_cast<Out>(f(x[i]));
    };
}

// sigmoid(i / 24) in Q0.16, as TFLite tabulates it for |x| < 10.7.
const std::array<std::uint16_t, 256> &sigmoidTable()
{
    static const auto table = [] {
        std::array<std::uint16_t, 256> t{};
        for (int i = 0; i < 256; ++i)
            t[static_cast<std::size_t>(i)] = static_cast<std::uint16_t>(std::min(65535.0, std::round(65536.0 / (1.0 + std::exp(-i / 24.0)))));
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

std::int16_t logistic16(Input16 p, std::int16_t x)
{
    if (p.multiplier == 0) {
        p.multiplier = 3 << p.leftShift;
        p.leftShift = 0;
    }
    const std::int32_t half = p.leftShift > 0 ? 1 << (p.leftShift - 1) : 0;
    const std::int32_t value = (x * p.multiplier + half) >> p.leftShift;
    const auto magnitude = static_cast<std::uint32_t>(std::abs(value));
    const std::uint32_t high = magnitude >> 9;
    std::uint32_t result = 0x7FFFu << 10;
    if (high < 255) {
        const std::uint32_t a = sigmoidTable()[high], b = sigmoidTable()[high + 1];
        result = (a << 9) + (magnitude & 0x1FF) * (b - a);
    }
    result = value >= 0 ? result + (1u << 9) : (1u << 25) - result + (1u << 9) - 1;
    return static_cast<std::int16_t>(result >> 10);
}

std::int16_t tanh16(Input16 p, std::int16_t x, bool generalScale)
{
    // The general form multiplies and shifts right; the power-of-two form only shifts left by 0 or 1.
    std::int32_t value = 0;
    std::uint32_t magnitude = 0;
    if (generalScale) {
        const std::int32_t half = p.leftShift > 0 ? 1 << (p.leftShift - 1) : 0;
        value = (x * p.multiplier + half) >> p.leftShift;
        magnitude = static_cast<std::uint32_t>(std::abs(value));
    } else {
        value = (3 * x) * (1 << p.leftShift);
        magnitude = static_cast<std::uint32_t>(std::abs(value));
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

std::int32_t hardSwish(const HardSwishParams &p, std::int32_t q, std::int32_t min, std::int32_t max)
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
    return std::clamp<std::int32_t>(static_cast<std::int16_t>(shifted + p.outZeroPoint), min, max);
}

Result<Kernel> floatActivation(const KernelSetup &s, std::size_t count)
{
    const auto alpha = static_cast<float>(s.realOption("alpha"));
    switch (s.op().code) {
    case Op::Logistic: return mapKernel<float, float>([](float v) { return 1.0f / (1.0f + std::exp(-v)); }, count);
    case Op::Tanh: return mapKernel<float, float>([](float v) { return std::tanh(v); }, count);
    case Op::HardSwish: return mapKernel<float, float>([](float v) { return v * std::min(6.0f, std::max(0.0f, v + 3.0f)) / 6.0f; }, count);
    case Op::Relu: return mapKernel<float, float>([](float v) { return std::max(v, 0.0f); }, count);
    case Op::Relu6: return mapKernel<float, float>([](float v) { return std::min(std::max(v, 0.0f), 6.0f); }, count);
    case Op::ReluN1To1: return mapKernel<float, float>([](float v) { return std::min(std::max(v, -1.0f), 1.0f); }, count);
    case Op::Relu0To1: return mapKernel<float, float>([](float v) { return std::min(std::max(v, 0.0f), 1.0f); }, count);
    case Op::LeakyRelu: return mapKernel<float, float>([alpha](float v) { return v > 0 ? v : v * alpha; }, count);
    default: return s.unsupported("no float form");
    }
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

    const float si = in.quant.scaleAt(0), so = out.quant.scaleAt(0);
    const auto zi = static_cast<std::int32_t>(in.quant.zeroPointAt(0)), zo = static_cast<std::int32_t>(out.quant.zeroPointAt(0));
    const ActivationRange storage = activationRange(Activation::None, out);
    const bool xnnpack = s.isXnnpack();
    const bool wide = in.type == ElementType::Int16;

    // A float function tabulated: TFLite rounds half away from zero, XNNPACK half to even.
    const auto tabulate = [&](auto f) {
        const float inverse = 1.0f / so;
        return tableKernel(in.type, [&](std::int32_t q) {
            const float value = f(si * static_cast<float>(q - zi)) * inverse;
            const float steps = xnnpack ? std::nearbyint(value) : std::round(value);
            return std::clamp(static_cast<std::int32_t>(steps + static_cast<float>(zo)), storage.min, storage.max);
        }, count);
    };
    // Piecewise linear functions: a multiplier per half and a clamp.
    const auto linear = [&](Multiplier negative, Multiplier positive, std::int32_t min, std::int32_t max) {
        const auto f = [=](std::int32_t q) {
            const std::int32_t x = q - zi;
            return std::clamp(multiplyByQuantizedMultiplier(x, x >= 0 ? positive : negative) + zo, min, max);
        };
        return wide ? mapKernel<std::int16_t, std::int16_t>(f, count) : tableKernel(in.type, f, count);
    };
    const auto relu = [&](float low, float high) {
        const auto steps = [&](float v) { return zo + static_cast<std::int32_t>(std::round(v / so)); };
        const Multiplier m = quantizeMultiplier(static_cast<double>(si / so));
        return linear(m, m, std::max(storage.min, steps(low)), std::isinf(high) ? storage.max : std::min(storage.max, steps(high)));
    };
    constexpr float kInfinity = std::numeric_limits<float>::infinity();
    switch (s.op().code) {
    case Op::Logistic:
        if (wide) {
            const Input16 p = input16(si, false);
            return mapKernel<std::int16_t, std::int16_t>([p](std::int16_t v) { return logistic16(p, v); }, count);
        }
        return tabulate([](float v) { return 1.0f / (1.0f + std::exp(-v)); });
    case Op::Tanh:
        if (wide) {
            const Input16 p = input16(si, true);
            return mapKernel<std::int16_t, std::int16_t>([p](std::int16_t v) { return tanh16(p, v, p.multiplier != 0); }, count);
        }
        return tabulate([](float v) { return std::tanh(v); });
    case Op::HardSwish: {
        if (wide)
            return s.unsupported("int16");
        const float fine = (1.0f / 128.0f) * si;
        const Multiplier output = quantizeMultiplier(static_cast<double>(fine / so));
        const Multiplier reluish = quantizeMultiplier(static_cast<double>(fine / (3.0f / 32768.0f)));
        if (output.shift > 0)
            return s.unsupported("the output's scale is too small: TFLite refuses the network");
        const HardSwishParams p{zi, zo, toInt16Multiplier(output.multiplier), toInt16Multiplier(reluish.multiplier), output.shift, reluish.shift};
        return tableKernel(in.type, [&](std::int32_t q) { return hardSwish(p, q, storage.min, storage.max); }, count);
    }
    case Op::Relu: return relu(0.0f, kInfinity);
    case Op::Relu6: return relu(0.0f, 6.0f);
    case Op::ReluN1To1: return relu(-1.0f, 1.0f);
    case Op::Relu0To1: return relu(0.0f, 1.0f);
    case Op::LeakyRelu: {
        const auto alpha = static_cast<float>(s.realOption("alpha"));
        return linear(quantizeMultiplier(static_cast<double>(si * alpha / so)), quantizeMultiplier(static_cast<double>(si / so)),
                      storage.min, storage.max);
    }
    default: return s.unsupported("not an activation function");
    }
}

Result<Kernel> makeQuantize(const KernelSetup &s)
{
    const Tensor &in = s.input(0), &out = s.output();
    const auto count = static_cast<std::size_t>(elementCount(in.shape));
    if (elementCount(out.shape) != elementCount(in.shape) || !out.quant.isQuantized())
        return s.unsupported("the shapes differ or the output has no scale");
    if (out.quant.isPerChannel() || in.quant.isPerChannel())
        return s.unsupported("per-channel activations");
    const float so = out.quant.scaleAt(0);
    const auto zo = static_cast<std::int32_t>(out.quant.zeroPointAt(0));
    const ActivationRange storage = activationRange(Activation::None, out);

    if (in.type == ElementType::Float32) {
        const bool xnnpack = s.isXnnpack() && is8Bit(out.type);
        const float inverse = 1.0f / so;
        Kernel kernel;
        withType(out.type, [&]<class Out>(Out) {
            if constexpr (std::is_integral_v<Out> && sizeof(Out) <= 4)
                kernel = mapKernel<float, Out>([=](float v) {
                    const float steps = xnnpack ? std::nearbyint(v * inverse) : std::round(v / so);
                    return static_cast<std::int32_t>(std::clamp(static_cast<double>(steps) + zo, static_cast<double>(storage.min), static_cast<double>(storage.max)));
                }, count);
        });
        if (!kernel)
            return s.unsupported("output of type " + std::string(typeName(out.type)));
        return kernel;
    }

    if (!in.quant.isQuantized())
        return s.unsupported("the input has no scale");
    const auto zi = static_cast<std::int32_t>(in.quant.zeroPointAt(0));
    const float ratio = in.quant.scaleAt(0) / so;
    const bool bothSmall = is8Bit(in.type) && is8Bit(out.type);
    if (s.isXnnpack() && bothSmall && in.type == out.type && ratio >= 0x1p-8f && ratio <= 0x1p7f) {
        // XNNPACK's vcvt: an 8-bit fraction, rounded half up.
        const auto multiplier = static_cast<std::int32_t>(std::nearbyint(256.0f * ratio));
        return tableKernel(in.type, [=](std::int32_t q) {
            return std::clamp((((q - zi) * multiplier + 0x80) >> 8) + zo, storage.min, storage.max);
        }, count);
    }
    const Multiplier m = quantizeMultiplier(static_cast<double>(in.quant.scaleAt(0)) / static_cast<double>(so));
    const auto requantize = [=](std::int32_t q) {
        return static_cast<std::int32_t>(std::clamp(std::int64_t{multiplyByQuantizedMultiplier(q - zi, m)} + zo, std::int64_t{storage.min}, std::int64_t{storage.max}));
    };
    if (bothSmall)
        return tableKernel(in.type, requantize, count);
    Kernel kernel;
    withType(in.type, [&]<class In>(In) {
        withType(out.type, [&]<class Out>(Out) {
            if constexpr (std::is_integral_v<In> && std::is_integral_v<Out> && sizeof(In) <= 4 && sizeof(Out) <= 4)
                kernel = mapKernel<In, Out>(requantize, count);
        });
    });
    if (!kernel)
        return s.unsupported("types " + std::string(typeName(in.type)) + " to " + std::string(typeName(out.type)));
    return kernel;
}

Result<Kernel> makeDequantize(const KernelSetup &s)
{
    const Tensor &in = s.input(0), &out = s.output();
    const auto count = static_cast<std::size_t>(elementCount(in.shape));
    if (out.type != ElementType::Float32 || elementCount(out.shape) != elementCount(in.shape))
        return s.unsupported("the output is not float32 of the input's shape");
    if (in.quant.isPerChannel())
        return s.unsupported("per-channel activations");
    const float scale = in.quant.scaleAt(0);
    const auto zero = static_cast<std::int32_t>(in.quant.zeroPointAt(0));
    Kernel kernel;
    withType(in.type, [&]<class In>(In) {
        if constexpr (std::is_integral_v<In> && sizeof(In) <= 4)
            kernel = mapKernel<In, float>([=](In v) { return scale * static_cast<float>(static_cast<std::int32_t>(v) - zero); }, count);
    });
    if (!kernel)
        return s.unsupported("input of type " + std::string(typeName(in.type)));
    return kernel;
}

} // namespace requant
