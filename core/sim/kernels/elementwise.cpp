// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sim/kernels/elementwise.h"

#include "core/sim/kernels/elements.h"
#include "core/sim/kernels/outputstage.h"

#include <array>
#include <bit>
#include <cmath>
#include <memory>

namespace requant {

AddParams AddParams::make(float scale1, float scale2, float scaleOut, int leftShift)
{
    AddParams p;
    const double twiceMax = 2.0 * std::max(static_cast<double>(scale1), static_cast<double>(scale2));
    p.leftShift = leftShift;
    p.input1 = quantizeMultiplier(static_cast<double>(scale1) / twiceMax);
    p.input2 = quantizeMultiplier(static_cast<double>(scale2) / twiceMax);
    p.output = quantizeMultiplier(twiceMax / (static_cast<double>(1 << leftShift) * static_cast<double>(scaleOut)));
    return p;
}

AddXnnpack AddXnnpack::make(float scale1, float scale2, float scaleOut, std::int32_t zeroPoint1, std::int32_t zeroPoint2,
                            bool subtract)
{
    AddXnnpack p;
    const float ratio1 = scale1 / scaleOut, ratio2 = (subtract ? -scale2 : scale2) / scaleOut;
    const float most = std::max(std::abs(ratio1), std::abs(ratio2));
    const int exponent = static_cast<int>(std::bit_cast<std::uint32_t>(most) >> 23) - 127;
    p.shift = 20 - exponent;
    const auto scaled = [&](float ratio) { return static_cast<std::int32_t>(std::nearbyint(std::ldexp(ratio, p.shift))); };
    p.multiplier1 = scaled(ratio1);
    p.multiplier2 = scaled(ratio2);
    p.bias = (p.shift > 0 ? 1 << (p.shift - 1) : 0) - p.multiplier1 * zeroPoint1 - p.multiplier2 * zeroPoint2;
    return p;
}

namespace {

constexpr std::size_t kRun = 256;

// 8-bit reference ADD/SUB: the scaled inputs come from two tables of 256, the output stage runs on rows.
template <class T>
Kernel addTables(Broadcast broadcast, const AddParams &p, ElementType type)
{
    struct State
    {
        Broadcast broadcast;
        std::array<std::int32_t, 256> table1, table2;
        OutputStage stage;
    };
    auto state = std::make_shared<State>(State{std::move(broadcast), {}, {}, {}});
    for (int i = 0; i < 256; ++i) {
        const std::int32_t q = static_cast<T>(i);
        state->table1[static_cast<std::size_t>(i)] = p.scaled1(q);
        state->table2[static_cast<std::size_t>(i)] = p.subtract ? -p.scaled2(q) : p.scaled2(q);
    }
    OutputStage &stage = state->stage;
    stage.simd = simdLevel();
    stage.type = type;
    stage.zeroPoint = p.zeroPointOut;
    stage.min = p.min;
    stage.max = p.max;
    stage.setChannels(kRun);
    std::fill(stage.multiplier.begin(), stage.multiplier.end(), p.output.multiplier);
    std::fill(stage.leftShift.begin(), stage.leftShift.end(), std::max(p.output.shift, 0));
    std::fill(stage.rightShift.begin(), stage.rightShift.end(), std::max(-p.output.shift, 0));
    return [state](const KernelRun &r) {
        const auto *a = r.input<std::uint8_t>(0);
        const auto *b = r.input<std::uint8_t>(1);
        auto *out = r.output<std::uint8_t>();
        std::int32_t acc[kRun];
        state->broadcast.forEachRun([&](std::size_t ia, std::size_t sa, std::size_t ib, std::size_t sb, std::size_t io, std::size_t n) {
            for (std::size_t first = 0; first < n; first += kRun) {
                const std::size_t count = std::min(kRun, n - first);
                for (std::size_t i = 0; i < count; ++i)
                    acc[i] = state->table1[a[ia + (first + i) * sa]] + state->table2[b[ib + (first + i) * sb]];
                state->stage.applyRow(acc, 0, count, out + io + first);
            }
        });
    };
}

// TFLite's int16 ADD/SUB for power-of-two scales: one input is shifted to the output's scale, the sum saturates.
Result<Kernel> addPowerOfTwo(const KernelSetup &s, Broadcast broadcast, ActivationRange range, bool subtract)
{
    const auto log2Of = [](float scale) { return static_cast<int>(std::lround(std::log2(static_cast<double>(scale)))); };
    const int out = log2Of(s.output().quant.scaleAt(0));
    const int shift1 = log2Of(s.input(0).quant.scaleAt(0)) - out, shift2 = log2Of(s.input(1).quant.scaleAt(0)) - out;
    if (shift1 > 0 || shift2 > 0 || (shift1 != 0 && shift2 != 0))
        return s.unsupported("power-of-two int16 scales: one input must have the output's scale and the other no larger one");
    return mapPairs<std::int16_t, std::int16_t>(std::move(broadcast), [=](std::int32_t a, std::int32_t b) {
        const std::int32_t x = roundingDivideByPOT(a, std::min(-shift1, 31)), y = roundingDivideByPOT(b, std::min(-shift2, 31));
        return std::clamp(std::clamp(subtract ? x - y : x + y, -32768, 32767), range.min, range.max);
    });
}

bool isPowerOfTwo(float scale)
{
    if (scale <= 0)
        return false;
    const float log = std::log(scale) * (1.0f / std::log(2.0f));
    return std::abs(log - std::round(log)) < 1e-3f;
}

} // namespace

Result<Kernel> makeAddSub(const KernelSetup &s)
{
    const Tensor &a = s.input(0), &b = s.input(1), &out = s.output();
    const bool subtract = s.op().code == Op::Sub;
    if (a.type != b.type || a.type != out.type)
        return s.unsupported("inputs and output are of different types");
    auto broadcast = broadcastOf(s);
    if (!broadcast)
        return broadcast.error();
    const auto activation = static_cast<Activation>(s.option("fused_activation_function"));

    if (a.type == ElementType::Float32) {
        const FloatRange range = floatActivationRange(activation);
        return mapPairs<float, float>(std::move(*broadcast), [=](float x, float y) {
            return std::min(std::max(subtract ? x - y : x + y, range.min), range.max);
        });
    }
    if (a.type == ElementType::Int32 || a.type == ElementType::Int64) {
        Kernel kernel;
        const auto integer = [&]<class T>(T) {
            const FloatRange range = floatActivationRange(activation);
            kernel = mapPairs<T, T>(std::move(*broadcast), [=](T x, T y) {
                using U = std::make_unsigned_t<T>;
                T v = static_cast<T>(subtract ? static_cast<U>(x) - static_cast<U>(y) : static_cast<U>(x) + static_cast<U>(y));
                if (activation == Activation::None)
                    return v;
                if (static_cast<double>(v) < static_cast<double>(range.min))
                    v = static_cast<T>(range.min);
                return static_cast<double>(v) > static_cast<double>(range.max) ? static_cast<T>(range.max) : v;
            });
        };
        if (a.type == ElementType::Int32)
            integer(std::int32_t{});
        else
            integer(std::int64_t{});
        return kernel;
    }
    if (!isQuantizedActivation(a.type) || !a.quant.isQuantized() || !b.quant.isQuantized() || !out.quant.isQuantized())
        return s.unsupported("type " + std::string(typeName(a.type)));

    const float s1 = a.quant.scaleAt(0), s2 = b.quant.scaleAt(0), so = out.quant.scaleAt(0);
    const auto z1 = static_cast<std::int32_t>(a.quant.zeroPointAt(0)), z2 = static_cast<std::int32_t>(b.quant.zeroPointAt(0));
    const auto zo = static_cast<std::int32_t>(out.quant.zeroPointAt(0));
    const ActivationRange range = activationRange(activation, out);
    if (!(s1 > 0 && s2 > 0 && so > 0))
        return s.unsupported("a scale is not positive");

    // XNNPACK takes ratios in [2^-10, 2^8); others stay with TFLite.
    const auto inXnnpack = [&](float ratio) { return ratio >= 0x1p-10f && ratio < 0x1p8f; };
    if (s.isXnnpack() && is8Bit(a.type) && inXnnpack(s1 / so) && inXnnpack(s2 / so)) {
        AddXnnpack p = AddXnnpack::make(s1, s2, so, z1, z2, subtract);
        p.zeroPointOut = zo;
        p.min = range.min;
        p.max = range.max;
        if (a.type == ElementType::UInt8)
            return mapPairs<std::uint8_t, std::uint8_t>(std::move(*broadcast), [p](std::int32_t x, std::int32_t y) { return p.apply(x, y); });
        return mapPairs<std::int8_t, std::int8_t>(std::move(*broadcast), [p](std::int32_t x, std::int32_t y) { return p.apply(x, y); });
    }
    if (a.type == ElementType::Int16 && s.option("pot_scale_int16", 1) != 0 && isPowerOfTwo(s1) && isPowerOfTwo(s2) && isPowerOfTwo(so))
        return addPowerOfTwo(s, std::move(*broadcast), range, subtract);

    AddParams p = AddParams::make(s1, s2, so, a.type == ElementType::Int16 ? 15 : 20);
    if (!subtract && p.output.shift > 0)
        return s.unsupported("the output's scale is too small for the inputs': TFLite stops the process");
    p.zeroPoint1 = z1;
    p.zeroPoint2 = z2;
    p.zeroPointOut = zo;
    p.min = range.min;
    p.max = range.max;
    p.subtract = subtract;
    if (a.type == ElementType::UInt8)
        return addTables<std::uint8_t>(std::move(*broadcast), p, a.type);
    if (a.type == ElementType::Int8)
        return addTables<std::int8_t>(std::move(*broadcast), p, a.type);
    return mapPairs<std::int16_t, std::int16_t>(std::move(*broadcast), [p](std::int32_t x, std::int32_t y) {
        return p.finish(p.subtract ? p.scaled1(x) - p.scaled2(y) : p.scaled1(x) + p.scaled2(y));
    });
}

Result<Kernel> makeMul(const KernelSetup &s)
{
    const Tensor &a = s.input(0), &b = s.input(1), &out = s.output();
    if (a.type != b.type || a.type != out.type)
        return s.unsupported("inputs and output are of different types");
    auto broadcast = broadcastOf(s);
    if (!broadcast)
        return broadcast.error();
    const auto activation = static_cast<Activation>(s.option("fused_activation_function"));
    if (a.type == ElementType::Float32) {
        const FloatRange range = floatActivationRange(activation);
        return mapPairs<float, float>(std::move(*broadcast), [=](float x, float y) { return std::min(std::max(x * y, range.min), range.max); });
    }
    if (a.type == ElementType::Int32 && activation == Activation::None)
        return mapPairs<std::int32_t, std::int32_t>(std::move(*broadcast), [](std::int32_t x, std::int32_t y) {
            return static_cast<std::int32_t>(static_cast<std::uint32_t>(x) * static_cast<std::uint32_t>(y));
        });
    if (!isQuantizedActivation(a.type) || !a.quant.isQuantized() || !b.quant.isQuantized() || !out.quant.isQuantized())
        return s.unsupported("type " + std::string(typeName(a.type)));
    const auto z1 = static_cast<std::int32_t>(a.quant.zeroPointAt(0)), z2 = static_cast<std::int32_t>(b.quant.zeroPointAt(0));
    const ActivationRange range = activationRange(activation, out);
    OutputStage stage;
    stage.type = out.type;
    stage.zeroPoint = static_cast<std::int32_t>(out.quant.zeroPointAt(0));
    stage.min = range.min;
    stage.max = range.max;
    stage.setChannels(1);
    const float ratio = a.quant.scaleAt(0) * b.quant.scaleAt(0) / out.quant.scaleAt(0); // float, as TFLite has it
    stage.rounding = s.isXnnpack() && is8Bit(a.type) && ratio >= 0x1p-16f && ratio < 0x1p8f ? Rounding::FloatHalfEven : Rounding::Fixed;
    stage.setChannel(0, static_cast<double>(ratio), ratio);
    const auto multiply = [stage, z1, z2](std::int32_t x, std::int32_t y) { return stage.apply((x - z1) * (y - z2), 0); };
    switch (a.type) {
    case ElementType::UInt8: return mapPairs<std::uint8_t, std::uint8_t>(std::move(*broadcast), multiply);
    case ElementType::Int8: return mapPairs<std::int8_t, std::int8_t>(std::move(*broadcast), multiply);
    default: return mapPairs<std::int16_t, std::int16_t>(std::move(*broadcast), multiply);
    }
}

Result<Kernel> makeMinMax(const KernelSetup &s)
{
    const Tensor &a = s.input(0), &b = s.input(1), &out = s.output();
    const bool maximum = s.op().code == Op::Maximum;
    if (a.type != b.type || a.type != out.type)
        return s.unsupported("inputs and output are of different types");
    auto broadcast = broadcastOf(s);
    if (!broadcast)
        return broadcast.error();
    Kernel kernel;
    const bool known = withType(a.type, [&]<class T>(T) {
        kernel = mapPairs<T, T>(std::move(*broadcast), [maximum](T x, T y) { return (maximum ? x > y : x < y) ? x : y; });
    });
    if (!known)
        return s.unsupported("type " + std::string(typeName(a.type)));
    return kernel;
}

} // namespace requant
