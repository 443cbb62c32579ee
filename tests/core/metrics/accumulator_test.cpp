// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/metrics/accumulator.h"

#include <catch2/catch.hpp>

#include <cmath>

using namespace requant;

namespace {

Tensor grid(ElementType type, float scale, std::int64_t zero)
{
    Tensor t;
    t.type = type;
    t.quant = QuantParams::perTensor(scale, zero);
    return t;
}

} // namespace

TEST_CASE("measuresFollowTheirDefinitions")
{
    // x = 3, 4; x' = 3.5, 4: error 0.5, 0; step 0.5.
    const ValueReader source(grid(ElementType::Int8, 1.0f, 0)), converted(grid(ElementType::Int8, 0.5f, 0));
    ErrorAccumulator sums(ChannelLayout{});
    const std::vector<double> x{3, 4}, y{3.5, 4};
    sums.add(x, y, source, converted);
    const ValueError e = sums.result();
    CHECK(e.count == 2);
    CHECK(e.sqnrDb == Approx(20.0)); // 25 / 0.25
    CHECK(e.mse == Approx(0.125));
    CHECK(e.maxAbs == Approx(0.5));
    CHECK(e.maxSteps == Approx(1.0));
    CHECK(e.rmsSteps == Approx(std::sqrt(0.5)));
    CHECK(e.cosine == Approx((3 * 3.5 + 16) / (5 * std::sqrt(3.5 * 3.5 + 16))));
    REQUIRE(e.biasShift.size() == 1);
    CHECK(e.biasShift[0] == Approx(0.25));
    CHECK(e.channelSqnrDb.empty());
    CHECK(e.saturationRate == 0);
}

TEST_CASE("noErrorIsInfiniteSqnr")
{
    const ValueReader reader(grid(ElementType::UInt8, 0.1f, 7));
    ErrorAccumulator sums(ChannelLayout{});
    const std::vector<double> x{1, 0};
    sums.add(x, x, reader, reader);
    CHECK(std::isinf(sums.result().sqnrDb));
    CHECK(sums.result().cosine == Approx(1.0));
    CHECK(sums.result().maxSteps == 0);
}

TEST_CASE("channelsOfTheLastDimensionAreApart")
{
    const ValueReader reader(grid(ElementType::Int8, 1.0f, 0));
    ErrorAccumulator sums(ChannelLayout::along({1, 2, 2}, -1));
    const std::vector<double> x{1, 10, 2, 20}, y{2, 10, 4, 18};
    sums.add(x, y, reader, reader);
    const ValueError e = sums.result(true);
    REQUIRE(e.biasShift.size() == 2);
    CHECK(e.biasShift[0] == Approx(1.5));
    CHECK(e.biasShift[1] == Approx(-1.0));
    REQUIRE(e.channelSqnrDb.size() == 2);
    CHECK(e.channelSqnrDb[0] == Approx(0.0)); // 5 / 5
    CHECK(e.channelSqnrDb[1] == Approx(10 * std::log10(500.0 / 4.0)));
}

TEST_CASE("leadingChannelsGroupWholeRows")
{
    const ValueReader reader(grid(ElementType::Int8, 1.0f, 0));
    ErrorAccumulator sums(ChannelLayout::along({2, 1, 2}, 0));
    const std::vector<double> x{1, 1, 1, 1}, y{2, 2, 0, 0};
    sums.add(x, y, reader, reader);
    CHECK(sums.result().biasShift == std::vector<double>{1, -1});
}

TEST_CASE("saturationCountsNewLimitsOnly")
{
    // Source 0..255 of scale 1, converted int8 of scale 1: 200 and 255 become 127.
    const ValueReader source(grid(ElementType::UInt8, 1.0f, 0)), converted(grid(ElementType::Int8, 1.0f, 0));
    ErrorAccumulator sums(ChannelLayout{});
    const std::vector<double> x{200, 255, 127, 5}, y{127, 127, 127, 5};
    sums.add(x, y, source, converted);
    // 255 was at the source's own limit, 127 is exact.
    CHECK(sums.result().saturationRate == Approx(0.25));
}

TEST_CASE("narrowRangeCountsTheLowestUsedValueAsLimit")
{
    const ValueReader source(grid(ElementType::UInt8, 1.0f, 140)), converted(grid(ElementType::Int8, 1.0f, 0));
    const std::vector<double> x{-135, 1}, y{-127, 1};
    ErrorAccumulator plain(ChannelLayout{}), narrow(ChannelLayout{});
    plain.add(x, y, source, converted);
    narrow.add(x, y, source, converted, true);
    CHECK(plain.result().saturationRate == 0);
    CHECK(narrow.result().saturationRate == Approx(0.5));
}

TEST_CASE("mergedSumsEqualSumsOfAll")
{
    const ValueReader reader(grid(ElementType::Int8, 0.5f, 0));
    const std::vector<double> x1{1, 2}, y1{1.5, 2}, x2{-3, 4}, y2{-3, 3};
    ErrorAccumulator a(ChannelLayout::along({2}, -1)), b = a, all = a;
    a.add(x1, y1, reader, reader);
    b.add(x2, y2, reader, reader);
    all.add(x1, y1, reader, reader);
    all.add(x2, y2, reader, reader);
    ErrorAccumulator merged; // without a layout until the first merge
    merged.merge(a);
    merged.merge(ErrorAccumulator());
    merged.merge(b);
    const ValueError p = merged.result(true), q = all.result(true);
    CHECK(p.count == 4);
    CHECK(p.sqnrDb == Approx(q.sqnrDb));
    CHECK(p.cosine == Approx(q.cosine));
    CHECK(p.biasShift == q.biasShift);
    CHECK(p.channelSqnrDb == q.channelSqnrDb);
    CHECK(p.maxAbs == 1.0);
    CHECK(p.maxSteps == 2.0);
}
