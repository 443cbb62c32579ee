// SPDX-License-Identifier: GPL-3.0-or-later
// ADD, SUB, MUL with broadcasting and fused activations. 8 and 16 bits exact in both arithmetics (the XNNPACK delegate
// leaves int16 to TFLite); float32 exact.
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

    static AddParams make(float scale1, float scale2, float scaleOut, int leftShift);
    std::int32_t scaled1(std::int32_t q) const { return multiplyByQuantizedMultiplier((q - zeroPoint1) * (1 << leftShift), input1); }
    std::int32_t scaled2(std::int32_t q) const { return multiplyByQuantizedMultiplier((q - zeroPoint2) * (1 << leftShift), input2); }
    std::int32_t finish(std::int32_t sum) const
    {
        return std::clamp(multiplyByQuantizedMultiplier(sum, output) + zeroPointOut, min, max);
    }
};

// ADD and SUB as XNNPACK's 8-bit vadd: integer multipliers below 2^21, one rounding shift (half up).
struct AddXnnpack
{
    std::int32_t bias = 0, multiplier1 = 0, multiplier2 = 0;
    int shift = 0;
    std::int32_t zeroPointOut = 0, min = 0, max = 0;

    static AddXnnpack make(float scale1, float scale2, float scaleOut, std::int32_t zeroPoint1, std::int32_t zeroPoint2,
                           bool subtract);
    std::int32_t apply(std::int32_t a, std::int32_t b) const
    {
        return std::clamp(((bias + a * multiplier1 + b * multiplier2) >> shift) + zeroPointOut, min, max);
    }
};

Result<Kernel> makeAddSub(const KernelSetup &);
Result<Kernel> makeMul(const KernelSetup &);
// float and integer MINIMUM, MAXIMUM on a common grid
Result<Kernel> makeMinMax(const KernelSetup &);

} // namespace requant
