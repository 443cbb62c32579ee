// SPDX-License-Identifier: GPL-3.0-or-later
// Functions of one value: LOGISTIC, TANH, HARD_SWISH, RELU and its kin, LEAKY_RELU, QUANTIZE and DEQUANTIZE between 8-bit
// types. For 8 bits every one of them is a table of 256 made once, from TFLite's own formula (reference) or XNNPACK's.
#pragma once

#include "core/sim/kernels/kernel.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>

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
    const auto clamped = [](Real v) { return static_cast<std::int16_t>(std::clamp(v, Real(-32768), Real(32767))); };
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
    const std::int32_t offset = value & 0x7F, base = table[index], slope = table[index + 1] - base;
    return static_cast<std::int16_t>(base + ((slope * offset + 64) >> 7));
}

Result<Kernel> makeActivation(const KernelSetup &); // LOGISTIC, TANH, HARD_SWISH, RELU*, LEAKY_RELU
Result<Kernel> makeQuantize(const KernelSetup &);
Result<Kernel> makeDequantize(const KernelSetup &);

} // namespace requant
