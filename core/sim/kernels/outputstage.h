// SPDX-License-Identifier: GPL-3.0-or-later
// From int32 or int64 accumulators to the output's integers: scale per channel, add the zero point, clamp.
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
    RealHalfAway, // round(double(acc) * multiplier): TFLite's reference FULLY_CONNECTED for int8 and int16 since 2025
    FloatHalfEven // rint(float(acc) * multiplier): XNNPACK
};

struct OutputStage
{
    Rounding rounding = Rounding::Fixed;
    FixedRounding fixed = FixedRounding::Double;
    SimdLevel simd = SimdLevel::Scalar;
    ElementType type = ElementType::Int8;
    std::int32_t zeroPoint = 0, min = 0, max = 0;
    // One entry per output channel.
    std::vector<std::int32_t> multiplier, leftShift, rightShift;
    std::vector<double> real; // RealHalfAway
    std::vector<float> scale; // FloatHalfEven

    void setChannels(std::size_t n);
    // The real multiplier in double and as XNNPACK computes it in float.
    void setChannel(std::size_t c, double real, float real32);
    Multiplier multiplierOf(std::size_t c) const { return {multiplier[c], leftShift[c] > 0 ? leftShift[c] : -rightShift[c]}; }

    // One value, the definition that the row form must equal.
    std::int32_t apply(std::int32_t acc, std::size_t channel) const;
    std::int32_t apply(std::int64_t acc, std::size_t channel) const;
    // Channels [first, first + n) of one row; `out` points to the element of channel `first`.
    void applyRow(const std::int32_t *acc, std::size_t first, std::size_t n, void *out) const;

private:
    std::int32_t applyReal(double acc, std::size_t channel) const;
};

} // namespace requant
