// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sim/fixedpoint.h"

#include "random.h"

#include <array>
#include <limits>
#include <vector>

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

using Wide = __int128;
constexpr FixedRounding kOnce[] = {FixedRounding::HalfUp, FixedRounding::HalfEven, FixedRounding::HalfAway, FixedRounding::Truncate,
                                   FixedRounding::Single};

// The rational n / 2^bits to an integer: quotient and remainder by division, ties by comparing twice the remainder.
Wide obviousQuotient(Wide n, int bits, FixedRounding rounding)
{
    const Wide d = Wide{1} << bits;
    Wide q = n / d, rest = n % d;
    if (rest < 0) {
        rest += d;
        --q;
    }
    const bool above = rest + rest > d, tie = rest + rest == d;
    switch (rounding) {
    case FixedRounding::Single:
    case FixedRounding::HalfUp: return q + (above || tie);
    case FixedRounding::HalfEven: return q + (above || (tie && q % 2 != 0));
    case FixedRounding::Truncate: return q;
    default: return q + (above || (tie && n > 0));
    }
}

std::int32_t toInt32(Wide v) { return static_cast<std::int32_t>(v > kMax ? kMax : v < kMin ? kMin : v); }

// x * multiplier * 2^(shift - 31), rounded once and saturated.
std::int32_t obviousScale(Wide x, Multiplier m, FixedRounding rounding)
{
    const Wide n = x * m.multiplier;
    if (m.shift <= 31)
        return toInt32(obviousQuotient(n, 31 - m.shift, rounding));
    Wide v = n;
    for (int i = 31; i < m.shift && v > -(Wide{1} << 100) && v < (Wide{1} << 100); ++i)
        v *= 2;
    return toInt32(v);
}

template <class T>
void shiftEqualsTheQuotient(int most, std::initializer_list<int> shifts)
{
    constexpr T low = std::numeric_limits<T>::min(), high = std::numeric_limits<T>::max();
    for (const int n : shifts) {
        REQUIRE(n <= most);
        const T unit = static_cast<T>(T{1} << n), half = static_cast<T>(unit / 2);
        std::vector<T> values{0, 1, -1, 2, -2, low, static_cast<T>(low + 1), high, static_cast<T>(high - 1)};
        for (const T k : {T{0}, T{1}, T{-1}, T{2}, T{-2}, T{3}, T{-3}}) { // k whole units and a half, one less, one more
            Wide v = Wide{unit} * k + half;
            for (const Wide around : {v - 1, v, v + 1})
                if (around >= low && around <= high)
                    values.push_back(static_cast<T>(around));
        }
        for (const FixedRounding r : kOnce)
            for (const T x : values) {
                INFO("x " << static_cast<long long>(x) << " shift " << n << " rounding " << static_cast<int>(r));
                CHECK(Wide{roundingShiftRight(x, n, r)} == obviousQuotient(x, n, r));
            }
        for (const T x : values)
            CHECK(Wide{roundingShiftRight(x, n, FixedRounding::Double)} == obviousQuotient(x, n, FixedRounding::HalfAway));
    }
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

TEST_CASE("roundingShiftEqualsTheRoundedQuotient")
{
    shiftEqualsTheQuotient<std::int32_t>(30, {0, 1, 2, 7, 15, 29, 30});
    shiftEqualsTheQuotient<std::int64_t>(62, {0, 1, 2, 31, 32, 47, 61, 62});
}

TEST_CASE("tiesGoWhereTheRoundingSays")
{
    struct Row
    {
        std::int32_t x; // in halves
        std::array<std::int32_t, 4> expected; // half up, half even, half away, truncate
    };
    for (const Row &row : {Row{1, {1, 0, 1, 0}}, Row{-1, {0, 0, -1, -1}}, Row{3, {2, 2, 2, 1}}, Row{-3, {-1, -2, -2, -2}}, Row{5, {3, 2, 3, 2}},
                           Row{-5, {-2, -2, -3, -3}}, Row{2, {1, 1, 1, 1}}, Row{-2, {-1, -1, -1, -1}}})
        for (std::size_t r = 0; r < 4; ++r) {
            CHECK(roundingShiftRight(row.x, 1, kOnce[r]) == row.expected[r]);
            CHECK(multiplyByQuantizedMultiplier(row.x, quantizeMultiplier(0.5), kOnce[r]) == row.expected[r]);
            CHECK(multiplyByQuantizedMultiplier(std::int64_t{row.x}, quantizeMultiplier(0.5), kOnce[r]) == row.expected[r]);
        }
}

TEST_CASE("everyNamedArithmeticHasItsRounding")
{
    CHECK(fixedRounding(Arithmetic::TfliteReference) == FixedRounding::Double);
    CHECK(fixedRounding(Arithmetic::Xnnpack) == FixedRounding::Double);
    CHECK(fixedRounding(Arithmetic::TfliteSingle) == FixedRounding::Single);
    CHECK(fixedRounding(Arithmetic::ShiftHalfUp) == FixedRounding::HalfUp);
    CHECK(fixedRounding(Arithmetic::ShiftHalfEven) == FixedRounding::HalfEven);
    CHECK(fixedRounding(Arithmetic::ShiftHalfAway) == FixedRounding::HalfAway);
    CHECK(fixedRounding(Arithmetic::ShiftTruncate) == FixedRounding::Truncate);
}

TEST_CASE("oneRoundingEqualsTheExactProduct")
{
    const std::int32_t accumulators[] = {0, 1, -1, 2, -2, 3, 127, -128, 1 << 15, -(1 << 15), 1 << 30, -(1 << 30), kMax - 1, kMax, kMin + 1, kMin};
    const std::int32_t multipliers[] = {0, 1 << 30, (1 << 30) + 1, kMax - 1, kMax, -(1 << 30), -kMax, kMin};
    for (const FixedRounding r : kOnce)
        for (const int shift : {-31, -30, -16, -1, 0, 1, 7, 30, 31, 32, 33, 62, 100})
            for (const std::int32_t multiplier : multipliers)
                for (const std::int32_t x : accumulators) {
                    const Multiplier m{multiplier, shift};
                    INFO("x " << x << " multiplier " << multiplier << " shift " << shift << " rounding " << static_cast<int>(r));
                    REQUIRE(multiplyByQuantizedMultiplier(x, m, r) == obviousScale(x, m, r));
                    if (r != FixedRounding::Single)
                        REQUIRE(multiplyByQuantizedMultiplier(std::int64_t{x}, m, r) == obviousScale(x, m, r));
                }
}

TEST_CASE("wideAccumulatorsRoundTheExactProduct")
{
    constexpr std::int64_t low = std::numeric_limits<std::int64_t>::min(), high = std::numeric_limits<std::int64_t>::max();
    for (const FixedRounding r : {FixedRounding::HalfUp, FixedRounding::HalfEven, FixedRounding::HalfAway, FixedRounding::Truncate})
        for (const int shift : {-31, -30, -15, -1, 0, 1, 31, 32, 62})
            for (const std::int32_t multiplier : {1 << 30, (1 << 30) + 12345, kMax})
                for (const std::int64_t x : {std::int64_t{0}, std::int64_t{1}, std::int64_t{-1}, std::int64_t{1} << 32, -(std::int64_t{1} << 32) - 1,
                                             (std::int64_t{1} << 47) - 1, -(std::int64_t{1} << 47), low, low + 1, high}) {
                    const Multiplier m{multiplier, shift};
                    INFO("x " << x << " multiplier " << multiplier << " shift " << shift << " rounding " << static_cast<int>(r));
                    REQUIRE(multiplyByQuantizedMultiplier(x, m, r) == obviousScale(x, m, r));
                }
}

TEST_CASE("randomProductsAreRoundedOnce")
{
    const auto seed = testing::baseSeed();
    INFO("REQUANT_SEED=" << seed);
    testing::Random random(seed);
    for (int i = 0; i < 20000; ++i) {
        const std::int32_t x = random.integer(kMin, kMax) >> random.integer(0, 31);
        const Multiplier m{random.integer(1 << 30, kMax), random.integer(-31, 34)};
        const FixedRounding r = kOnce[static_cast<std::size_t>(random.integer(0, 4))];
        REQUIRE(multiplyByQuantizedMultiplier(x, m, r) == obviousScale(x, m, r));
        const std::int64_t wide = (std::int64_t{random.integer(kMin, kMax)} << 32 | static_cast<std::uint32_t>(x)) >> random.integer(0, 63);
        if (r != FixedRounding::Single)
            REQUIRE(multiplyByQuantizedMultiplier(wide, m, r) == obviousScale(wide, m, r));
    }
}

TEST_CASE("tfliteWideFormReducesTheMultiplier")
{
    // For both of TFLite's roundings: x * round(multiplier / 2^16) * 2^(shift - 15), half up.
    const Multiplier m{(1 << 30) + 12345, -3};
    const Multiplier reduced{((m.multiplier + (1 << 15)) >> 16) << 16, m.shift};
    for (const std::int64_t x : {std::int64_t{1} << 40, -(std::int64_t{1} << 40) + 77, std::int64_t{12345}, std::int64_t{-4}, std::int64_t{4}}) {
        CHECK(multiplyByQuantizedMultiplier(x, m, FixedRounding::Single) ==
              static_cast<std::int32_t>(obviousQuotient(Wide{x} * reduced.multiplier, 31 - m.shift, FixedRounding::HalfUp)));
        CHECK(multiplyByQuantizedMultiplier(x, m, FixedRounding::Double) == multiplyByQuantizedMultiplier(x, m, FixedRounding::Single));
    }
    // For a power of two nothing is lost, so that it equals the shift.
    CHECK(multiplyByQuantizedMultiplier(std::int64_t{-5}, quantizeMultiplier(0.5), FixedRounding::Single) == -2);
}
