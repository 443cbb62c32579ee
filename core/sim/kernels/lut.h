// SPDX-License-Identifier: GPL-3.0-or-later
// Real functions of one quantized value as tables made once. 8 bits: 256 results. int16: TFLite's 513 entries, between which
// it interpolates. Results beyond int32 saturate, as on Arm; on x86 TFLite leaves them undefined.
#pragma once

#include "core/sim/kernels/elements.h"
#include "core/sim/kernels/kernel.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>

namespace requant {

// TFLite's table of 513 entries for a function of int16: 512 intervals, the middle's error halved into the ends.
template <class Real, class F>
std::array<std::int16_t, 513> makeTable16(Real inScale, std::int32_t inZeroPoint, Real outScale, std::int32_t outZeroPoint, F f)
{
    std::array<std::int16_t, 513> table{};
    const Real inMin = inScale * static_cast<Real>(-32768 - inZeroPoint), inMax = inScale * static_cast<Real>(32767 - inZeroPoint);
    const Real outMin = outScale * static_cast<Real>(-32768 - outZeroPoint), outMax = outScale * static_cast<Real>(32767 - outZeroPoint);
    constexpr int kSteps = 512;
    const Real step = (inMax - inMin) / kSteps, halfStep = step / 2;
    const Real perUnit = Real(65536) / (outMax - outMin);
    const auto clamped = [](Real v) { return v != v ? std::int16_t{32767} : static_cast<std::int16_t>(std::clamp(v, Real(-32768), Real(32767))); };
    for (int i = 0; i < kSteps; ++i) {
        const Real here = f(inMin + static_cast<Real>(i) * step), middle = f(inMin + static_cast<Real>(i) * step + halfStep);
        const Real next = f(inMin + static_cast<Real>(i + 1) * step);
        const Real interpolated = std::round((next * perUnit + std::round(here * perUnit)) / 2);
        const Real bias = std::round((interpolated - std::round(middle * perUnit)) / 2);
        table[static_cast<std::size_t>(i)] = clamped(std::round(here * perUnit) - bias);
    }
    table[kSteps] = clamped(std::round(f(inMax) * perUnit));
    return table;
}

inline std::int16_t lookup16(const std::array<std::int16_t, 513> &table, std::int16_t value)
{
    const auto index = static_cast<std::size_t>(256 + (value >> 7));
    const std::int32_t offset = value & 0x7F, base = table[index], slope = static_cast<std::int16_t>(table[index + 1] - base);
    return static_cast<std::int16_t>(base + ((slope * offset + 64) >> 7));
}

// f(real) -> real for 8-bit input and output of one type. TFLite rounds half away from zero, XNNPACK half to even.
template <class F>
Kernel tabulatedFunction(const KernelSetup &s, bool halfToEven, const Clamp &clamp, F f)
{
    const Tensor &in = s.input(0), &out = s.output();
    const float si = in.quant.scaleAt(0), inverse = 1.0f / out.quant.scaleAt(0);
    const auto zi = static_cast<std::int32_t>(in.quant.zeroPointAt(0));
    const auto zo = static_cast<float>(out.quant.zeroPointAt(0));
    const auto integer = [=](std::int32_t q) {
        const float value = f(si * static_cast<float>(q - zi)) * inverse;
        const float steps = (halfToEven ? std::nearbyint(value) : std::round(value)) + zo;
        return steps != steps ? std::int64_t{0} : static_cast<std::int64_t>(std::clamp(steps, -0x1p31f, 0x1p31f));
    };
    const auto count = static_cast<std::size_t>(elementCount(in.shape));
    return in.type == ElementType::UInt8 ? tabulateElements<std::uint8_t, std::uint8_t>(integer, clamp, count)
                                         : tabulateElements<std::int8_t, std::int8_t>(integer, clamp, count);
}

// f(real) -> real for int16.
template <class F>
Kernel interpolatedFunction(const KernelSetup &s, F f)
{
    const Tensor &in = s.input(0), &out = s.output();
    const auto table = std::make_shared<const std::array<std::int16_t, 513>>(
        makeTable16<float>(in.quant.scaleAt(0), static_cast<std::int32_t>(in.quant.zeroPointAt(0)), out.quant.scaleAt(0),
                           static_cast<std::int32_t>(out.quant.zeroPointAt(0)), f));
    return mapElements<std::int16_t, std::int16_t>([table](std::int16_t v) { return lookup16(*table, v); }, static_cast<std::size_t>(elementCount(in.shape)));
}

} // namespace requant
