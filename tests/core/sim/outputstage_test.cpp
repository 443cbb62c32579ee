// SPDX-License-Identifier: GPL-3.0-or-later
// Rows of outputs against one value after another, at every SIMD level of this processor.
#include "levels.h"

#include "core/sim/kernels/kernel.h"
#include "core/sim/kernels/outputstage.h"

#include <algorithm>
#include <cstring>
#include <limits>

using namespace requant;
using testing::Random;

// Rows, columns from the middle, every rounding and type, accumulators and multipliers up to their ends.
TEST_CASE("rowsOfOutputsEqualOneByOne")
{
    for (int n = 0; n < 600; ++n) {
        const auto seed = testing::baseSeed() + static_cast<std::uint64_t>(n);
        Random random(seed);
        const auto channels = static_cast<std::size_t>(random.integer(1, 100)), rows = static_cast<std::size_t>(random.integer(1, 7));
        constexpr ElementType kTypes[] = {ElementType::Int8, ElementType::UInt8, ElementType::Int16, ElementType::Int32};
        OutputStage stage = testing::randomStage(random, channels, kTypes[n % 4], 1000);
        stage.fixed = static_cast<FixedRounding>(random.integer(0, 5));
        stage.countLow = random.integer(0, 3) != 0;
        stage.countHigh = random.integer(0, 3) != 0;
        const bool usual = random.chance(); // all multipliers less than 1/2: the short way of the vector forms
        for (std::size_t c = 0; c < channels; ++c) {
            const double real = usual ? std::ldexp(random.real(0.5, 1.0), random.integer(-31, -1)) : random.integer(0, 9) == 0 ? 0.0 : std::ldexp(random.real(0.5, 1.0), random.integer(-31, 33));
            stage.setChannel(c, real, static_cast<float>(real));
        }
        if (random.integer(0, 3) == 0)
            stage.min = std::max(stage.min, stage.zeroPoint);
        const int size = random.integer(0, 31);
        std::vector<std::int32_t> acc(channels * rows);
        for (auto &a : acc)
            a = random.integer(0, 9) == 0 ? (random.chance() ? std::numeric_limits<std::int32_t>::max() : std::numeric_limits<std::int32_t>::min())
                                          : random.integer(std::numeric_limits<std::int32_t>::min(), std::numeric_limits<std::int32_t>::max()) >> size;
        if (stage.rounding == Rounding::Fixed && random.chance()) // ties
            for (std::size_t i = 0; i < acc.size(); ++i)
                acc[i] = (2 * random.integer(-200, 200) + 1) * (1 << std::clamp(stage.rightShift[i % channels], 0, 20));
        const std::size_t first = channels / 3, width = channels - first, outStride = width + 3, bytes = byteSize(stage.type, 1);
        std::size_t saturated = 0;
        std::vector<std::int64_t> expected;
        for (std::size_t r = 0; r < rows; ++r)
            for (std::size_t c = first; c < channels; ++c) {
                const std::int64_t v = stage.unclamped(acc[r * channels + c], c);
                const IntegerRange storage = integerRange(stage.type);
                saturated += (v < storage.min && stage.countLow) || (v > storage.max && stage.countHigh);
                expected.push_back(std::clamp<std::int64_t>(v, stage.min, stage.max));
            }
        for (const SimdLevel level : testing::kLevels) {
            if (level > testing::bestLevel())
                continue;
            stage.simd = level;
            INFO("REQUANT_SEED=" << seed << " simd " << simdLevelName(level) << " rounding " << static_cast<int>(stage.rounding) << " fixed " << static_cast<int>(stage.fixed) << " type " << typeName(stage.type));
            for (const bool count : {false, true}) {
                std::vector<std::byte> out(rows * outStride * bytes, std::byte{0x5A});
                REQUIRE(stage.applyRows(acc.data() + first, channels, rows, first, width, out.data(), outStride, count) == (count ? saturated : 0));
                std::size_t wrong = 0;
                for (std::size_t r = 0; r < rows; ++r)
                    for (std::size_t c = 0; c < outStride; ++c) {
                        const std::byte *at = out.data() + (r * outStride + c) * bytes;
                        if (c >= width) {
                            wrong += std::any_of(at, at + bytes, [](std::byte x) { return x != std::byte{0x5A}; });
                            continue;
                        }
                        std::int64_t got = 0;
                        withType(stage.type, [&]<class T>(T v) {
                            std::memcpy(&v, at, bytes);
                            got = static_cast<std::int64_t>(v);
                        });
                        wrong += got != expected[r * width + c];
                    }
                REQUIRE(wrong == 0);
            }
        }
    }
}

// The scaled value itself against the definitions in exact arithmetic.
TEST_CASE("outputStageFollowsItsRounding")
{
    OutputStage s;
    s.type = ElementType::Int16;
    s.min = -32768;
    s.max = 32767;
    s.setChannels(1);
    s.setChannel(0, 0.25, 0.25f);
    const auto at = [&](FixedRounding f, std::int32_t acc) {
        s.fixed = f;
        return s.apply(acc, 0);
    };
    CHECK(at(FixedRounding::Double, 2) == 1);
    CHECK(at(FixedRounding::Double, -2) == -1);
    CHECK(at(FixedRounding::HalfUp, -2) == 0);
    CHECK(at(FixedRounding::Single, -2) == 0);
    CHECK(at(FixedRounding::HalfEven, 2) == 0);
    CHECK(at(FixedRounding::HalfEven, 6) == 2);
    CHECK(at(FixedRounding::HalfAway, -2) == -1);
    CHECK(at(FixedRounding::Truncate, -1) == -1);
    s.rounding = Rounding::RealHalfAway;
    CHECK(s.apply(2, 0) == 1);
    CHECK(s.apply(-2, 0) == -1);
    CHECK(s.apply(-1, 0) == 0);
    s.rounding = Rounding::FloatHalfEven;
    CHECK(s.apply(2, 0) == 0);
    CHECK(s.apply(6, 0) == 2);
    CHECK(s.apply(std::numeric_limits<std::int32_t>::max(), 0) == 32767);
}

TEST_CASE("rowsOfWideAccumulatorsEqualOneByOne")
{
    for (int n = 0; n < 200; ++n) {
        const auto seed = testing::baseSeed() + static_cast<std::uint64_t>(n);
        Random random(seed);
        const auto channels = static_cast<std::size_t>(random.integer(1, 300));
        OutputStage stage = testing::randomStage(random, channels, ElementType::Int16, 100000);
        stage.rounding = random.chance() ? Rounding::Fixed : Rounding::RealHalfAway;
        stage.fixed = static_cast<FixedRounding>(random.integer(0, 5));
        std::vector<std::int64_t> acc(channels);
        for (auto &a : acc)
            a = (std::int64_t{random.integer(-(1 << 23), (1 << 23) - 1)} << 24 | random.integer(0, (1 << 24) - 1)) >> random.integer(0, 40);
        std::size_t saturated = 0;
        for (std::size_t c = channels / 3; c < channels; ++c)
            saturated += stage.isSaturated(stage.unclamped(acc[c], c));
        for (const SimdLevel level : testing::kLevels) {
            if (level > testing::bestLevel())
                continue;
            stage.simd = level;
            INFO("REQUANT_SEED=" << seed << " simd " << simdLevelName(level) << " rounding " << static_cast<int>(stage.rounding) << " fixed " << static_cast<int>(stage.fixed));
            std::vector<std::int16_t> out(channels);
            REQUIRE(stage.applyRow(acc.data() + channels / 3, channels / 3, channels - channels / 3, out.data() + channels / 3, true) == saturated);
            for (std::size_t c = channels / 3; c < channels; ++c)
                REQUIRE(out[c] == stage.apply(acc[c], c));
        }
    }
}

TEST_CASE("shiftingHardwareShiftsWhereFloatScalesRoundedThePowerOfTwo")
{
    // 0.7 / 0.3 / 512 as a float32 weight scale: the product of scales is 2^-9 but for the last bits. Ties tell.
    const float in = 0.3f, out = 0.7f, weight = static_cast<float>(static_cast<double>(out) / static_cast<double>(in) / 512);
    const double real = static_cast<double>(in) * static_cast<double>(weight) / static_cast<double>(out);
    REQUIRE(real != 0x1p-9);
    Random random(testing::baseSeed());
    OutputStage stage = testing::randomStage(random, 1, ElementType::Int32, 0);
    stage.rounding = Rounding::Fixed;
    for (const FixedRounding fixed : {FixedRounding::HalfUp, FixedRounding::HalfEven, FixedRounding::HalfAway, FixedRounding::Truncate}) {
        stage.fixed = fixed;
        stage.setChannel(0, real, static_cast<float>(real));
        for (int i = -2001; i <= 2001; ++i)
            CHECK(stage.unclamped(i * 256, 0) - stage.zeroPoint == roundingShiftRight<std::int64_t>(std::int64_t{i} * 256, 9, fixed));
    }
    // TFLite multiplies by what the scales give.
    stage.fixed = FixedRounding::Double;
    stage.setChannel(0, real, static_cast<float>(real));
    CHECK(stage.multiplierOf(0) == quantizeMultiplier(real));
    CHECK_FALSE(stage.multiplierOf(0) == quantizeMultiplier(0x1p-9));
}
