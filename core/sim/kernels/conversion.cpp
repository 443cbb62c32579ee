// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sim/kernels/conversion.h"

#include "core/sim/kernels/elements.h"
#include "core/sim/kernels/half.h"

#include <cmath>
#include <vector>

namespace requant {

namespace {

// Which channel an element belongs to: (place / inner) % channels.
struct Channels
{
    std::size_t inner = 1, count = 1;
    std::vector<float> scale;
    std::vector<std::int32_t> zeroPoint;

    std::size_t of(std::size_t place) const { return count == 1 ? 0 : place / inner % count; }
};

Result<Channels> channelsOf(const KernelSetup &s, const Tensor &t)
{
    Channels c;
    const auto dimension = static_cast<std::size_t>(t.quant.quantizedDimension);
    if (t.quant.isPerChannel()) {
        if (t.quant.quantizedDimension < 0 || dimension >= t.shape.size() || static_cast<std::size_t>(t.shape[dimension]) != t.quant.scale.size())
            return s.unsupported("the scales do not fit the quantized dimension");
        if (t.quant.zeroPoint.size() > 1 && t.quant.zeroPoint.size() != t.quant.scale.size())
            return s.unsupported("scales and zero points differ in number");
        c.count = t.quant.scale.size();
        for (std::size_t d = dimension + 1; d < t.shape.size(); ++d)
            c.inner *= static_cast<std::size_t>(t.shape[d]);
    }
    for (std::size_t i = 0; i < c.count; ++i) {
        c.scale.push_back(t.quant.scaleAt(i));
        c.zeroPoint.push_back(static_cast<std::int32_t>(t.quant.zeroPointAt(i)));
        if (!(c.scale[i] > 0))
            return s.unsupported("a scale is not positive");
    }
    return c;
}

std::int64_t roundedSum(float steps, std::int32_t zeroPoint) // NaN: the smallest, as x86 converts it
{
    return steps != steps ? std::numeric_limits<std::int32_t>::min() : static_cast<std::int64_t>(std::clamp(static_cast<double>(steps), -0x1p40, 0x1p40)) + zeroPoint;
}

// Two values in a byte, low half first.
Kernel quantizeToInt4(const Channels &c, std::size_t n)
{
    return [scale = c.scale[0], zeroPoint = c.zeroPoint[0], n](const KernelRun &r) {
        const float *x = r.input<float>(0);
        auto *y = r.output<std::uint8_t>();
        forPieces(r, (n + 1) / 2, [&](std::size_t begin, std::size_t end) {
            const auto nibble = [&](std::size_t i) {
                const std::int64_t v = i < n ? std::clamp<std::int64_t>(roundedSum(std::round(x[i] / scale), zeroPoint), -8, 7) : 0;
                return static_cast<std::uint32_t>(v) & 0xFu;
            };
            for (std::size_t i = begin; i < end; ++i)
                y[i] = static_cast<std::uint8_t>(nibble(2 * i) | nibble(2 * i + 1) << 4);
        });
    };
}

Result<Kernel> quantizeFloat(const KernelSetup &s, std::size_t count)
{
    const Tensor &out = s.output();
    auto channels = channelsOf(s, out);
    if (!channels)
        return channels.error();
    if (out.type == ElementType::Int4 && channels->count == 1)
        return quantizeToInt4(*channels, count);
    const Clamp clamp = Clamp::of(out);
    Kernel kernel;
    withType(out.type, [&]<class Out>(Out) {
        if constexpr (std::is_integral_v<Out> && sizeof(Out) <= 4) {
            const float scale = channels->scale[0], inverse = 1.0f / scale;
            const std::int32_t zeroPoint = channels->zeroPoint[0];
            if (channels->count == 1 && takenByXnnpack(s) && is8Bit(out.type))
                kernel = clampElements<float, Out>([=](float v) { return roundedSum(std::nearbyint(v * inverse), zeroPoint); }, clamp, count);
            else if (channels->count == 1 && s.isXnnpack() && sizeof(Out) <= 2)
                kernel = clampElements<float, Out>([=, wide = static_cast<double>(scale)](float v) {
                    return roundedSum(static_cast<float>(std::round(static_cast<double>(v) / wide)), zeroPoint);
                }, clamp, count);
            else if (channels->count == 1)
                kernel = clampElements<float, Out>([=](float v) { return roundedSum(std::round(v / scale), zeroPoint); }, clamp, count);
            else if (sizeof(Out) <= 2)
                kernel = [c = *channels, clamp, count](const KernelRun &r) {
                    const float *x = r.input<float>(0);
                    Out *y = r.output<Out>();
                    forPieces(r, count, [&](std::size_t begin, std::size_t end) {
                        std::uint64_t saturated = 0;
                        for (std::size_t i = begin; i < end; ++i) {
                            const std::size_t k = c.of(i);
                            const std::int64_t v = roundedSum(std::round(x[i] / c.scale[k]), c.zeroPoint[k]);
                            y[i] = clamp.store<Out>(v);
                            saturated += clamp.isSaturated(v);
                        }
                        if (r.state.counters)
                            countResults(r, end - begin, saturated);
                    });
                };
        }
    });
    if (!kernel)
        return s.unsupported("output of type " + std::string(typeName(out.type)));
    return kernel;
}

// f(q) for every integer of a type of up to 32 bits.
template <class F>
Kernel requantized(const KernelSetup &s, std::size_t count, F f)
{
    const Clamp clamp = Clamp::of(s.output());
    Kernel kernel;
    withType(s.input(0).type, [&]<class In>(In) {
        withType(s.output().type, [&]<class Out>(Out) {
            if constexpr (std::is_integral_v<In> && std::is_integral_v<Out> && sizeof(In) <= 4 && sizeof(Out) <= 4) {
                if constexpr (sizeof(In) == 1)
                    kernel = tabulateElements<In, Out>(f, clamp, count);
                else
                    kernel = clampElements<In, Out>(f, clamp, count);
            }
        });
    });
    return kernel;
}

} // namespace

Result<Kernel> makeQuantize(const KernelSetup &s)
{
    const Tensor &in = s.input(0), &out = s.output();
    const auto count = static_cast<std::size_t>(elementCount(in.shape));
    if (elementCount(out.shape) != elementCount(in.shape) || !out.quant.isQuantized())
        return s.unsupported("the shapes differ or the output has no scale");
    if (in.type == ElementType::Float32)
        return quantizeFloat(s, count);

    if (!in.quant.isQuantized() || in.quant.isPerChannel() || out.quant.isPerChannel())
        return s.unsupported("the input has no scale, or a tensor several");
    const float si = in.quant.scaleAt(0), so = out.quant.scaleAt(0), ratio = si / so;
    if (!(si > 0 && so > 0))
        return s.unsupported("a scale is not positive");
    const auto zi = static_cast<std::int32_t>(in.quant.zeroPointAt(0)), zo = static_cast<std::int32_t>(out.quant.zeroPointAt(0));
    Kernel kernel;
    if (takenByXnnpack(s) && is8Bit(in.type) && in.type == out.type && ratio >= 0x1p-8f && ratio <= 0x1p7f) {
        const auto multiplier = static_cast<std::int32_t>(std::nearbyint(256.0f * ratio));
        kernel = requantized(s, count, [=](std::int32_t q) { return (((q - zi) * multiplier + 0x80) >> 8) + zo; });
    } else {
        const Multiplier m = quantizeMultiplier(static_cast<double>(si) / static_cast<double>(so));
        const FixedRounding rounding = s.rounding();
        kernel = requantized(s, count, [=](std::int32_t q) {
            const auto x = static_cast<std::int32_t>(static_cast<std::uint32_t>(q) - static_cast<std::uint32_t>(zi));
            return std::int64_t{multiplyByQuantizedMultiplier(x, m, rounding)} + zo;
        });
    }
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
    if (in.type == ElementType::Float16)
        return mapElements<std::uint16_t, float>(floatFromHalf, count);
    if (!in.quant.isQuantized())
        return s.unsupported("the input has no scale");
    auto channels = channelsOf(s, in);
    if (!channels)
        return channels.error();
    const auto dequantize = [count, c = *channels](auto load) {
        return Kernel([count, c, load](const KernelRun &r) {
            float *y = r.output<float>();
            forPieces(r, count, [&](std::size_t begin, std::size_t end) {
                for (std::size_t i = begin; i < end; ++i) {
                    const std::size_t k = c.of(i);
                    y[i] = static_cast<float>(static_cast<double>(c.scale[k]) * (static_cast<double>(load(r, i)) - c.zeroPoint[k]));
                }
            });
        });
    };
    if (in.type == ElementType::Int4)
        return dequantize([](const KernelRun &r, std::size_t i) {
            const std::uint8_t byte = r.input<std::uint8_t>(0)[i / 2];
            return static_cast<std::int8_t>(i % 2 ? byte & 0xF0 : byte << 4) >> 4;
        });
    if (in.type == ElementType::UInt16)
        return dequantize([](const KernelRun &r, std::size_t i) { return r.input<std::uint16_t>(0)[i]; });
    Kernel kernel;
    withType(in.type, [&]<class In>(In) {
        if constexpr (std::is_integral_v<In> && sizeof(In) <= 4)
            kernel = dequantize([](const KernelRun &r, std::size_t i) { return r.input<In>(0)[i]; });
    });
    if (!kernel)
        return s.unsupported("input of type " + std::string(typeName(in.type)));
    return kernel;
}

} // namespace requant
