// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sim/bytesums.h"

#include "levels.h"

using namespace requant;
using testing::Random;

TEST_CASE("sumsOfBytesEqualTheirDefinition")
{
    for (int n = 0; n < 150; ++n) {
        const auto seed = testing::baseSeed() + static_cast<std::uint64_t>(n);
        Random random(seed);
        const bool isSigned = random.chance(), extreme = random.integer(0, 3) == 0;
        constexpr int kUsual[] = {1, 3, 16, 24, 32, 64, 96, 144};
        const auto channels = static_cast<std::size_t>(random.chance() ? kUsual[random.integer(0, 7)] : random.integer(1, 300));
        const auto rows = static_cast<std::size_t>(n == 0 ? 40000 : random.integer(0, 5) == 0 ? random.integer(0, 5) : random.integer(0, 900)); // more than 2^15 rows once
        ByteSums expected(n == 0 ? 3 : channels);
        std::vector<std::uint8_t> values(expected.sum.size() * rows);
        const int zeros = random.integer(0, 100);
        for (auto &v : values)
            v = static_cast<std::uint8_t>(random.integer(0, 99) < zeros ? 7 : extreme ? (random.chance() ? 255 : 0) : random.integer(0, 255));
        for (int times = 0; times < 2; ++times)
            for (std::size_t i = 0; i < values.size(); ++i) {
                const auto u = static_cast<std::uint8_t>(isSigned ? static_cast<std::int8_t>(values[i]) + 128 : values[i]);
                const std::size_t c = i % expected.sum.size();
                expected.sum[c] += u;
                expected.square[c] += static_cast<std::uint64_t>(u) * u;
                expected.low[c] = std::min(expected.low[c], u);
                expected.high[c] = std::max(expected.high[c], u);
                ++expected.histogram[u];
            }
        expected.rows = 2 * rows;
        for (const SimdLevel level : testing::kLevels) {
            if (level > testing::bestLevel())
                continue;
            INFO("REQUANT_SEED=" << seed << " simd " << simdLevelName(level) << " rows " << rows << " channels " << expected.sum.size() << " signed " << isSigned);
            ByteSums s(expected.sum.size());
            addBytes(level, values, isSigned, s); // twice: the second time a most frequent value is known
            addBytes(level, values, isSigned, s);
            REQUIRE(s.rows == expected.rows);
            REQUIRE(s.sum == expected.sum);
            REQUIRE(s.square == expected.square);
            REQUIRE(s.low == expected.low);
            REQUIRE(s.high == expected.high);
            REQUIRE(s.histogram == expected.histogram);
        }
    }
}

TEST_CASE("sumsOfBytesAdd")
{
    const std::vector<std::uint8_t> a{1, 2, 3, 4}, b{0, 9};
    ByteSums one(2), other(2), both(2);
    addBytes(SimdLevel::Scalar, a, false, one);
    addBytes(SimdLevel::Scalar, b, false, other);
    addBytes(SimdLevel::Scalar, a, false, both);
    addBytes(SimdLevel::Scalar, b, false, both);
    one.add(other);
    CHECK(one.sum == both.sum);
    CHECK(one.square == both.square);
    CHECK(one.low == std::vector<std::uint8_t>{0, 2});
    CHECK(one.high == std::vector<std::uint8_t>{3, 9});
    CHECK(one.histogram == both.histogram);
    CHECK(one.rows == 3);
}
