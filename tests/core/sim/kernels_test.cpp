// SPDX-License-Identifier: GPL-3.0-or-later
// Elementwise loops against one value after another at every SIMD level of this processor; accuracy of fixed-point functions.
#include "levels.h"

#include "core/sim/kernels/addrows.h"
#include "core/sim/kernels/bytetable.h"
#include "core/sim/kernels/elementwise.h"
#include "core/sim/kernels/softmax.h"

#include <cmath>

using namespace requant;
using testing::Random;

TEST_CASE("exponentialAndReciprocalAreAccurate")
{
    for (int i = 1; i <= 400; ++i) {
        const double x = -i / 20.0;
        const double got = expOnNegativeValues(static_cast<std::int32_t>(std::lround(x * (1 << 26)))) / 2147483648.0;
        CHECK(std::abs(got - std::exp(x)) < 1e-6);
    }
    for (int i = 0; i < 100; ++i)
        CHECK(std::abs(oneOverOnePlusX(static_cast<std::int32_t>(i / 100.0 * 2147483648.0)) / 2147483648.0 - 1 / (1 + i / 100.0)) < 1e-7);
}

TEST_CASE("additionIsWithinOneStepOfReal")
{
    const auto seed = testing::baseSeed();
    INFO("REQUANT_SEED=" << seed);
    Random random(seed);
    for (int n = 0; n < 500; ++n) {
        const float s1 = static_cast<float>(random.real(0.01, 1)), s2 = static_cast<float>(random.real(0.01, 1)), so = static_cast<float>(random.real(0.2, 2));
        const int z1 = random.integer(-128, 127), z2 = random.integer(-128, 127), zo = random.integer(-128, 127);
        AddParams reference = AddParams::make(s1, s2, so, 20);
        AddXnnpack xnnpack = AddXnnpack::make(s1, s2, so, z1, z2, false);
        reference.zeroPoint1 = z1;
        reference.zeroPoint2 = z2;
        reference.zeroPointOut = xnnpack.zeroPointOut = zo;
        reference.min = xnnpack.min = -128;
        reference.max = xnnpack.max = 127;
        for (int k = 0; k < 20; ++k) {
            const int a = random.integer(-128, 127), b = random.integer(-128, 127);
            const double real = (double(s1) * (a - z1) + double(s2) * (b - z2)) / double(so) + zo;
            const double clamped = std::clamp(real, -128.0, 127.0);
            REQUIRE(std::abs(reference.finish(reference.scaled1(a) + reference.scaled2(b)) - clamped) < 0.51);
            REQUIRE(std::abs(xnnpack.apply(a, b) - clamped) < 0.51);
        }
    }
}

TEST_CASE("rowsOfSumsEqualOneByOne")
{
    for (int n = 0; n < 100; ++n) {
        const auto seed = testing::baseSeed() + static_cast<std::uint64_t>(n);
        Random random(seed);
        const auto count = static_cast<std::size_t>(random.integer(0, 150));
        AddXnnpack p = AddXnnpack::make(static_cast<float>(random.real(0.002, 200)), static_cast<float>(random.real(0.002, 200)), 1.0f, random.integer(0, 255), random.integer(0, 255),
                                        random.chance());
        p.zeroPointOut = random.integer(0, 255);
        p.min = random.integer(0, 20);
        p.max = random.integer(200, 255);
        std::vector<std::uint8_t> a(count), b(count);
        std::vector<std::int32_t> one(256), other(256);
        for (std::size_t i = 0; i < count; ++i) {
            a[i] = static_cast<std::uint8_t>(random.integer(0, 255));
            b[i] = static_cast<std::uint8_t>(random.chance() ? 255 : random.integer(0, 255));
        }
        for (std::size_t i = 0; i < 256; ++i) {
            one[i] = random.integer(-(1 << 30), 1 << 30);
            other[i] = random.integer(-(1 << 30), (1 << 30) - 1);
        }
        for (const SimdLevel level : testing::kLevels) {
            if (level > testing::bestLevel())
                continue;
            INFO("REQUANT_SEED=" << seed << " simd " << simdLevelName(level));
            std::vector<std::uint8_t> out(count + 1, 77);
            addRows(level, p, a.data(), b.data(), count, out.data());
            AddXnnpack s = p; // the same on int8
            s.min -= 128;
            s.max -= 128;
            std::vector<std::int8_t> signedOut(count), signedA(a.begin(), a.end()), signedB(b.begin(), b.end());
            addRows(level, s, signedA.data(), signedB.data(), count, signedOut.data());
            std::vector<std::int32_t> sums(count);
            addFromTables(level, one.data(), other.data(), a.data(), b.data(), count, sums.data());
            std::size_t wrong = 0;
            for (std::size_t i = 0; i < count; ++i)
                wrong += out[i] != p.apply(a[i], b[i]) || signedOut[i] != s.apply(signedA[i], signedB[i]) || sums[i] != one[a[i]] + other[b[i]];
            REQUIRE(wrong == 0);
            REQUIRE(out[count] == 77);
        }
    }
}

TEST_CASE("bytesThroughATableEqualOneByOne")
{
    const auto seed = testing::baseSeed();
    INFO("REQUANT_SEED=" << seed);
    Random random(seed);
    std::vector<std::uint8_t> table(256);
    for (auto &v : table)
        v = static_cast<std::uint8_t>(random.integer(0, 255));
    for (const std::size_t n : {0u, 1u, 63u, 64u, 65u, 256u, 1000u}) {
        std::vector<std::uint8_t> from(n), to(n + 1, 77);
        for (std::size_t i = 0; i < n; ++i)
            from[i] = static_cast<std::uint8_t>(n == 256 ? static_cast<int>(i) : random.integer(0, 255));
        for (const SimdLevel level : testing::kLevels) {
            if (level > testing::bestLevel())
                continue;
            INFO("simd " << simdLevelName(level) << " n " << n);
            mapBytes(level, table.data(), from.data(), n, to.data());
            std::size_t wrong = 0;
            for (std::size_t i = 0; i < n; ++i)
                wrong += to[i] != table[from[i]];
            REQUIRE(wrong == 0);
            REQUIRE(to[n] == 77);
        }
    }
}
