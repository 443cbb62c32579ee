// SPDX-License-Identifier: GPL-3.0-or-later
// From int32 or int64 accumulators to the output's integers: scale per channel, add the zero point, clamp. Every row form gives
// what apply() gives for each of its elements, whatever `simd` is.
#pragma once

#include "core/model/elementtype.h"
#include "core/sim/fixedpoint.h"
#include "core/sim/kernels/cpu.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace requant {

enum class Rounding {
    Fixed,        // multiplyByQuantizedMultiplier with the stage's FixedRounding: TFLite's kernels, shifting hardware
    RealHalfAway, // round(double(acc) * multiplier): TFLite's reference FULLY_CONNECTED since 2025
    FloatHalfEven // rint(float(acc) * multiplier): XNNPACK
};

struct OutputStage
{
    Rounding rounding = Rounding::Fixed;
    FixedRounding fixed = FixedRounding::Double;
    SimdLevel simd = SimdLevel::Scalar;
    ElementType type = ElementType::Int8;
    std::int32_t zeroPoint = 0, min = 0, max = 0;
    // At which ends of the storage type a value beyond counts as saturated: not where a fused activation bounds it anyway.
    bool countLow = true, countHigh = true;
    // One entry per output channel; multipliers are not negative.
    std::vector<std::int32_t> multiplier, leftShift, rightShift;
    std::vector<double> real; // RealHalfAway
    std::vector<float> scale; // FloatHalfEven

    void setChannels(std::size_t n);
    // The real multiplier in double and as XNNPACK computes it in float.
    void setChannel(std::size_t c, double real, float real32);
    Multiplier multiplierOf(std::size_t c) const { return {multiplier[c], leftShift[c] > 0 ? leftShift[c] : -rightShift[c]}; }

    // One value, the definition that the row forms must equal: scaled (which saturates at the ends of int32), plus zero point.
    std::int64_t unclamped(std::int32_t acc, std::size_t channel) const;
    std::int64_t unclamped(std::int64_t acc, std::size_t channel) const;
    std::int32_t apply(std::int32_t acc, std::size_t channel) const { return clamped(unclamped(acc, channel)); }
    std::int32_t apply(std::int64_t acc, std::size_t channel) const { return clamped(unclamped(acc, channel)); }
    bool isSaturated(std::int64_t unclamped) const;

    // Channels [first, first + n) of one row; `out` points to the element of channel `first`.
    void applyRow(const std::int32_t *acc, std::size_t first, std::size_t n, void *out) const;
    // The same; returns how many of the n values were saturated.
    std::size_t applyRowCounting(const std::int32_t *acc, std::size_t first, std::size_t n, void *out) const;
    // Many rows at once, the quickest form: accumulators of row r at acc + r * accStride, elements at out + r * outStride
    // elements. Returns how many values were saturated if `count`, else 0.
    std::size_t applyRows(const std::int32_t *acc, std::size_t accStride, std::size_t rows, std::size_t first, std::size_t n, void *out,
                          std::size_t outStride, bool count) const;
    // A row of 64-bit accumulators.
    std::size_t applyRow(const std::int64_t *acc, std::size_t first, std::size_t n, void *out, bool count) const;

private:
    std::int32_t clamped(std::int64_t v) const { return static_cast<std::int32_t>(v < min ? min : v > max ? max : v); }
};

} // namespace requant
