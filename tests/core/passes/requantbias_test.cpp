// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/passes/requantbias.h"
#include "core/sim/fixedpoint.h"

#include <catch2/catch.hpp>

#include <cmath>
#include <random>

using namespace requant;

namespace {

// The mean of rounded - exact over many accumulators of one sign, by the simulator's own arithmetic.
double measured(Arithmetic a, double multiplier, bool positive)
{
    std::mt19937 engine(11);
    std::uniform_int_distribution<std::int32_t> acc(1, 1 << 16);
    const Multiplier m = quantizeMultiplier(multiplier);
    double sum = 0;
    constexpr int kCount = 400000;
    for (int i = 0; i < kCount; ++i) {
        const std::int32_t v = positive ? acc(engine) : -acc(engine);
        sum += static_cast<double>(multiplyByQuantizedMultiplier(v, m, fixedRounding(a))) - static_cast<double>(v) * multiplier;
    }
    return sum / kCount;
}

} // namespace

TEST_CASE("theMeanOfTheAccumulatorsRoundingIsWhatTheArithmeticGives")
{
    // A mean of 400,000 roundings is known to about 0.0005 steps.
    for (const double multiplier : {0.3437219, 0.1713357, 0.0831171, 0.0110317, 0.25, 0.125, 0.03125}) {
        for (const Arithmetic a : {Arithmetic::TfliteReference, Arithmetic::TfliteSingle, Arithmetic::ShiftHalfUp, Arithmetic::ShiftHalfEven,
                                   Arithmetic::ShiftHalfAway, Arithmetic::ShiftTruncate}) {
            int exponent = 0;
            const bool power = std::frexp(multiplier, &exponent) == 0.5;
            if (isShift(a) && !power)
                continue; // no shift has this multiplier
            for (const bool positive : {true, false}) {
                INFO(arithmeticName(a) << " " << multiplier << (positive ? " above" : " below") << " zero");
                CHECK(meanRounding(a, multiplier, positive ? 1 : 0) == Approx(measured(a, multiplier, positive)).margin(0.003));
            }
        }
    }
}

TEST_CASE("halfOfTheResultsOnEachSideHaveNoMeanWhereTiesGoAway")
{
    CHECK(meanRounding(Arithmetic::TfliteReference, 0.3437, 0.5) == 0);
    CHECK(meanRounding(Arithmetic::ShiftHalfAway, 0.25, 0.5) == 0);
    CHECK(meanRounding(Arithmetic::Xnnpack, 0.3437, 1) == 0);
}
