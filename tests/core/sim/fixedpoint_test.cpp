// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sim/fixedpoint.h"

#include "random.h"

#include <limits>

using namespace requant;

namespace {
constexpr std::int32_t kMin = std::numeric_limits<std::int32_t>::min(), kMax = std::numeric_limits<std::int32_t>::max();

// gemmlowp's definition: truncated division of the nudged product.
std::int32_t obviousHighMul(std::int32_t a, std::int32_t b)
{
    if (a == kMin && b == kMin)
        return kMax;
    const std::int64_t ab = std::int64_t{a} * b;
    return static_cast<std::int32_t>((ab + (ab >= 0 ? (std::int64_t{1} << 30) : 1 - (std::int64_t{1} << 30))) / (std::int64_t{1} << 31));
}
} // namespace

TEST_CASE("highMulSaturatesOnlyForTwoMinima")
{
    CHECK(saturatingRoundingDoublingHighMul(kMin, kMin) == kMax);
    CHECK(saturatingRoundingDoublingHighMul(kMin, kMax) == -kMax);
    CHECK(saturatingRoundingDoublingHighMul(1 << 30, 1 << 30) == 1 << 29);
    CHECK(saturatingRoundingDoublingHighMul(1, 1 << 30) == 1);  // 0.5 rounds up
    CHECK(saturatingRoundingDoublingHighMul(-1, 1 << 30) == 0); // -0.5 rounds up
    CHECK(saturatingRoundingDoublingHighMul(0, kMin) == 0);
}

TEST_CASE("highMulEqualsItsDefinition")
{
    const auto seed = testing::baseSeed();
    INFO("REQUANT_SEED=" << seed);
    testing::Random random(seed);
    for (int i = 0; i < 20000; ++i) {
        const int shift = random.integer(0, 31);
        const std::int32_t a = random.integer(kMin, kMax) >> shift, b = random.integer(kMin, kMax);
        REQUIRE(saturatingRoundingDoublingHighMul(a, b) == obviousHighMul(a, b));
    }
}

TEST_CASE("divideByPowerOfTwoRoundsHalfAwayFromZero")
{
    CHECK(roundingDivideByPOT(5, 1) == 3);
    CHECK(roundingDivideByPOT(-5, 1) == -3);
    CHECK(roundingDivideByPOT(4, 3) == 1);
    CHECK(roundingDivideByPOT(-4, 3) == -1);
    CHECK(roundingDivideByPOT(3, 3) == 0);
    CHECK(roundingDivideByPOT(-3, 3) == 0);
    CHECK(roundingDivideByPOT(7, 0) == 7);
    CHECK(roundingDivideByPOT(-7, 0) == -7);
    CHECK(roundingDivideByPOT(kMax, 31) == 1);
    CHECK(roundingDivideByPOT(kMin, 31) == -1);
    CHECK(roundingDivideByPOT(kMax, 0) == kMax);
    CHECK(roundingDivideByPOT(kMin, 0) == kMin);
}

TEST_CASE("multiplierIsNormalisedAndTinyOnesVanish")
{
    CHECK(quantizeMultiplier(0.5) == Multiplier{1 << 30, 0});
    CHECK(quantizeMultiplier(1.0) == Multiplier{1 << 30, 1});
    CHECK(quantizeMultiplier(0.25) == Multiplier{1 << 30, -1});
    CHECK(quantizeMultiplier(0.0) == Multiplier{});
    CHECK(quantizeMultiplier(std::ldexp(1.0, -31)) == Multiplier{1 << 30, -30});
    CHECK(quantizeMultiplier(std::ldexp(1.0, -33)) == Multiplier{});
    CHECK(quantizeMultiplier(1.0 - 1e-12) == Multiplier{1 << 30, 1}); // rounds up to one
}

TEST_CASE("doubleRoundingDiffersFromSingleRounding")
{
    // 28.4186 becomes 28.5 in the first rounding and 29 in the second when the shift is one bit.
    const Multiplier half = quantizeMultiplier(0.25);
    CHECK(multiplyByQuantizedMultiplier(std::int32_t{1}, half) == 1);     // 0.25 -> 0.5 -> 1
    CHECK(multiplyByQuantizedMultiplier(std::int64_t{1}, half) == 0);     // the 48-bit form rounds once
    CHECK(multiplyByQuantizedMultiplier(std::int32_t{-1}, half) == 0);
    CHECK(multiplyByQuantizedMultiplier(std::int64_t{1} << 40, quantizeMultiplier(std::ldexp(1.0, -20))) == 1 << 20);
}

TEST_CASE("xnnpackRoundsHalfToEven")
{
    CHECK(scaleXnnpack(1, 0.5f) == 0);
    CHECK(scaleXnnpack(3, 0.5f) == 2);
    CHECK(scaleXnnpack(-1, 0.5f) == 0);
    CHECK(scaleXnnpack(-3, 0.5f) == -2);
    CHECK(scaleXnnpack((1 << 24) + 1, 1.0f) == 1 << 24); // the accumulator is rounded to float first
}

TEST_CASE("leftShiftSaturates")
{
    CHECK(saturatingShiftLeft(1, 30) == 1 << 30);
    CHECK(saturatingShiftLeft(1, 31) == kMax);
    CHECK(saturatingShiftLeft(-1, 31) == kMin);
    CHECK(saturatingShiftLeft(-2, 31) == kMin);
    CHECK(saturatingShiftLeft(0, 40) == 0);
}
