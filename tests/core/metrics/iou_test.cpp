// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/metrics/iou.h"

#include "tests/core/sim/random.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

using namespace requant;
using testing::Random;

namespace {

constexpr int kGrid = 24;

// A box with corners on whole numbers, so that its area is a count of unit squares.
Detection randomBox(Random &r)
{
    Detection d;
    d.ymin = r.integer(0, kGrid - 2);
    d.xmin = r.integer(0, kGrid - 2);
    d.ymax = r.integer(static_cast<int>(d.ymin) + 1, kGrid);
    d.xmax = r.integer(static_cast<int>(d.xmin) + 1, kGrid);
    d.label = r.integer(0, 2);
    d.score = 0.1 * r.integer(0, 10);
    return d;
}

double countedIou(const Detection &a, const Detection &b)
{
    int both = 0, any = 0;
    for (int y = 0; y < kGrid; ++y) {
        for (int x = 0; x < kGrid; ++x) {
            const auto in = [&](const Detection &d) { return y >= d.ymin && y < d.ymax && x >= d.xmin && x < d.xmax; };
            both += in(a) && in(b);
            any += in(a) || in(b);
        }
    }
    return any ? static_cast<double>(both) / any : 0;
}

// The definition of the header, word by word: again and again the wanted box that is next, and all of the other's.
BoxAgreement obvious(const std::vector<Detection> &source, const std::vector<Detection> &other)
{
    BoxAgreement out;
    std::set<std::size_t> done, taken;
    for (const Detection &d : source)
        out.wanted += d.score >= 0.5;
    for (std::size_t n = 0; n < out.wanted; ++n) {
        std::size_t next = source.size();
        for (std::size_t i = 0; i < source.size(); ++i)
            if (source[i].score >= 0.5 && !done.count(i)
                && (next == source.size() || source[i].score > source[next].score))
                next = i;
        done.insert(next);
        double most = -1;
        std::size_t best = other.size();
        for (std::size_t k = 0; k < other.size(); ++k) {
            const double iou = countedIou(source[next], other[k]);
            if (!taken.count(k) && other[k].label == source[next].label && other[k].score >= 0.25 && iou >= 0.5
                && iou > most) {
                most = iou;
                best = k;
            }
        }
        if (best < other.size()) {
            taken.insert(best);
            ++out.matched;
            out.iouSum += most;
        }
    }
    for (std::size_t k = 0; k < other.size(); ++k) {
        out.certain += other[k].score >= 0.5;
        out.extra += other[k].score >= 0.5 && !taken.count(k);
    }
    return out;
}

} // namespace

TEST_CASE("iouOfBoxesIsThatOfTheirCountedSquares")
{
    CAPTURE(testing::baseSeed());
    Random r(testing::baseSeed());
    for (int n = 0; n < 500; ++n) {
        const Detection a = randomBox(r), b = randomBox(r);
        REQUIRE(boxIou(a, b) == Approx(countedIou(a, b)).margin(1e-12));
        REQUIRE(boxIou(a, b) == boxIou(b, a));
        REQUIRE(boxIou(a, a) == 1.0);
    }
}

TEST_CASE("boxesWithoutAreaOrWithoutNumbersHaveNoIou")
{
    const Detection good{0, 0, 1, 1, 0, 1}, flat{0, 0, 0, 1, 0, 1}, turned{1, 1, 0, 0, 0, 1};
    const double nan = std::numeric_limits<double>::quiet_NaN(), inf = std::numeric_limits<double>::infinity();
    CHECK(boxIou(good, flat) == 0);
    CHECK(boxIou(flat, flat) == 0);
    CHECK(boxIou(good, turned) == 0);
    CHECK(boxIou(good, {nan, 0, 1, 1, 0, 1}) == 0);
    CHECK(boxIou(good, {0, 0, inf, 1, 0, 1}) == 0);
    CHECK(boxIou(good, {1, 0, 2, 1, 0, 1}) == 0); // touching
}

TEST_CASE("boxesAreMatchedAsTheDefinitionSays")
{
    CAPTURE(testing::baseSeed());
    Random r(testing::baseSeed());
    std::size_t matched = 0;
    for (int n = 0; n < 400; ++n) {
        // The other's boxes: some of the source's moved a little, some new.
        std::vector<Detection> source(static_cast<std::size_t>(r.integer(0, 8))), other;
        for (Detection &d : source)
            d = randomBox(r);
        for (const Detection &d : source) {
            Detection moved = d;
            moved.xmax = std::min<double>(kGrid, moved.xmax + r.integer(0, 2));
            moved.score = std::max(0.0, moved.score - 0.1 * r.integer(0, 2));
            if (r.integer(0, 3))
                other.push_back(moved);
            if (r.integer(0, 3) == 0)
                other.push_back(randomBox(r));
        }
        const BoxAgreement a = compareBoxes(source, other), b = obvious(source, other);
        REQUIRE(a.wanted == b.wanted);
        REQUIRE(a.matched == b.matched);
        REQUIRE(a.certain == b.certain);
        REQUIRE(a.extra == b.extra);
        REQUIRE(a.iouSum == Approx(b.iouSum).margin(1e-9));
        matched += a.matched;
    }
    CHECK(matched > 100);
}

TEST_CASE("aBoxIsTakenOnceAndByTheSurerOne")
{
    const std::vector<Detection> source{{0, 0, 10, 10, 1, 0.6}, {0, 0, 10, 9, 1, 0.9}}, other{{0, 0, 10, 10, 1, 0.8}};
    const BoxAgreement a = compareBoxes(source, other);
    CHECK(a.wanted == 2);
    CHECK(a.matched == 1);
    CHECK(a.meanIou() == Approx(0.9 / 2));
    CHECK(a.matchedShare() == 0.5);
    CHECK(a.extra == 0);
    // Of another class, or nearly gone.
    CHECK(compareBoxes(source, std::vector<Detection>{{0, 0, 10, 10, 2, 0.8}}).matched == 0);
    CHECK(compareBoxes(source, std::vector<Detection>{{0, 0, 10, 10, 1, 0.3}}).matched == 1);
    CHECK(compareBoxes(source, std::vector<Detection>{{0, 0, 10, 10, 1, 0.2}}).matched == 0);
    CHECK(std::isnan(compareBoxes({}, other).meanIou()));
    CHECK(compareBoxes({}, other).extra == 1);
}

TEST_CASE("detectionsStopAtTheCountAndAtTheShortestPart")
{
    const std::vector<double> boxes{0, 1, 2, 3, 4, 5, 6, 7}, classes{17, 2}, scores{0.5, 0.25};
    const auto two = readDetections(boxes, classes, scores, 9);
    REQUIRE(two.size() == 2);
    CHECK(two[1].ymin == 4);
    CHECK(two[1].xmax == 7);
    CHECK(two[0].label == 17);
    CHECK(readDetections(boxes, classes, scores, 1).size() == 1);
    CHECK(readDetections(boxes, std::vector<double>{1}, scores, 2).size() == 1);
    const double nan = std::numeric_limits<double>::quiet_NaN();
    CHECK(readDetections(boxes, classes, scores, nan).empty());
    CHECK(readDetections(boxes, classes, scores, -3).empty());
    CHECK(readDetections(boxes, std::vector<double>{nan, 1e300}, scores, 2)[0].label == -1);
}

TEST_CASE("meanIouOfMasksIsThatOfTheCountedPixels")
{
    CAPTURE(testing::baseSeed());
    Random r(testing::baseSeed());
    for (int n = 0; n < 50; ++n) {
        // Several pictures in two parts that are merged; long runs and single pixels.
        MaskAgreement first, second;
        std::vector<std::int64_t> allA, allB;
        for (int picture = 0; picture < 4; ++picture) {
            std::vector<std::int64_t> a, b;
            const int pixels = r.integer(0, 60), top = r.integer(0, 4);
            for (int i = 0; i < pixels; ++i) {
                a.push_back(i && r.integer(0, 2) ? a.back() : r.integer(-1, top));
                b.push_back(r.integer(0, 3) ? a.back() : r.integer(-1, top + 1));
            }
            REQUIRE((picture % 2 ? second : first).add(a, b));
            allA.insert(allA.end(), a.begin(), a.end());
            allB.insert(allB.end(), b.begin(), b.end());
        }
        first.merge(second);
        double sum = 0;
        int classes = 0;
        for (std::int64_t c = -2; c < 8; ++c) {
            int both = 0, any = 0;
            for (std::size_t i = 0; i < allA.size(); ++i) {
                both += allA[i] == c && allB[i] == c;
                any += allA[i] == c || allB[i] == c;
            }
            if (any) {
                sum += static_cast<double>(both) / any;
                ++classes;
            }
        }
        if (classes == 0)
            continue;
        REQUIRE(first.meanIou() == Approx(sum / classes).margin(1e-12));
        REQUIRE(first.classes() == static_cast<std::size_t>(classes));
        double equal = 0;
        for (std::size_t i = 0; i < allA.size(); ++i)
            equal += allA[i] == allB[i];
        REQUIRE(first.equalShare() == Approx(equal / static_cast<double>(allA.size())));
    }
}

TEST_CASE("masksOfTwoSizesAreNotCompared")
{
    MaskAgreement m;
    CHECK_FALSE(m.add(std::vector<std::int64_t>{1, 2}, std::vector<std::int64_t>{1}));
    CHECK(std::isnan(m.meanIou()));
    CHECK(std::isnan(m.equalShare()));
}

TEST_CASE("theLargestScoreNamesTheClass")
{
    CHECK(largestClasses(std::vector<double>{1, 3, 3, 9, 2, 1, 7}, 3) == std::vector<std::int64_t>{1, 0});
    CHECK(largestClasses(std::vector<double>{1, 2}, 0).empty());
}
