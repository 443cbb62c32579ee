// SPDX-License-Identifier: GPL-3.0-or-later
// ADD, SUB, MUL with broadcasting and fused activations, MINIMUM and MAXIMUM. 8 and 16 bits exact to TFLite (double rounding, or
// its single-rounding build) and to XNNPACK, which leaves int16 and ratios out of its range to TFLite; int32, int64 and
// float32 exact. In shift arithmetics the exact sum or product is rounded once (exact.h); int16 has no form of its own there.
#pragma once

#include "core/sim/fixedpoint.h"
#include "core/sim/kernels/kernel.h"

namespace requant {

// ADD and SUB as TFLite's reference does them: both inputs on a common scale of twice the larger one.
struct AddParams
{
    std::int32_t zeroPoint1 = 0, zeroPoint2 = 0, zeroPointOut = 0;
    int leftShift = 20;
    Multiplier input1, input2, output;
    std::int32_t min = 0, max = 0;
    bool subtract = false;
    FixedRounding rounding = FixedRounding::Double;

    static AddParams make(float scale1, float scale2, float scaleOut, int leftShift);
    std::int32_t scaled1(std::int32_t q) const { return multiplyByQuantizedMultiplier((q - zeroPoint1) * (1 << leftShift), input1, rounding); }
    std::int32_t scaled2(std::int32_t q) const { return multiplyByQuantizedMultiplier((q - zeroPoint2) * (1 << leftShift), input2, rounding); }
    std::int64_t unclamped(std::int32_t sum) const { return std::int64_t{multiplyByQuantizedMultiplier(sum, output, rounding)} + zeroPointOut; }
    std::int32_t finish(std::int32_t sum) const { return static_cast<std::int32_t>(std::clamp<std::int64_t>(unclamped(sum), min, max)); }
};

// ADD and SUB as XNNPACK's 8-bit vadd: integer multipliers below 2^21, one rounding shift (half up).
struct AddXnnpack
{
    std::int32_t bias = 0, multiplier1 = 0, multiplier2 = 0;
    int shift = 0;
    std::int32_t zeroPointOut = 0, min = 0, max = 0;

    static AddXnnpack make(float scale1, float scale2, float scaleOut, std::int32_t zeroPoint1, std::int32_t zeroPoint2,
                           bool subtract);
    std::int32_t unclamped(std::int32_t a, std::int32_t b) const { return ((bias + a * multiplier1 + b * multiplier2) >> shift) + zeroPointOut; }
    std::int32_t apply(std::int32_t a, std::int32_t b) const { return std::clamp(unclamped(a, b), min, max); }
};

Result<Kernel> makeAddSub(const KernelSetup &);
Result<Kernel> makeMul(const KernelSetup &);
// float and integer MINIMUM, MAXIMUM on a common grid
Result<Kernel> makeMinMax(const KernelSetup &);

} // namespace requant
