// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sim/synthetic.h"

#include "tests/core/tinymodel.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cstring>
#include <set>

using namespace requant;
using namespace requant::test;

namespace {

TinyModel pictureModel(ElementType type, Shape shape = {1, 32, 48, 3})
{
    TinyModel m;
    const auto in = m.activation("in", shape, type, 0.0078125f, type == ElementType::UInt8 ? 128 : 0);
    m.io({in}, {in});
    return m;
}

} // namespace

TEST_CASE("syntheticSamplesAreTheSameForTheSameSeedAndDifferOtherwise")
{
    TinyModel m = pictureModel(ElementType::UInt8);
    const auto a = syntheticSamples(m.model(), 8, 5), b = syntheticSamples(m.model(), 8, 5), c = syntheticSamples(m.model(), 8, 6);
    REQUIRE(a);
    REQUIRE(b);
    REQUIRE(c);
    CHECK(a->size() == 8);
    std::set<std::vector<std::byte>> different;
    for (std::size_t i = 0; i < 8; ++i) {
        CHECK(a->sample(i) == b->sample(i));
        CHECK(a->sample(i) != c->sample(i));
        CHECK(a->sample(i).at(0).size() == 32 * 48 * 3);
        different.insert(a->sample(i)[0]);
    }
    CHECK(different.size() == 8);
}

TEST_CASE("syntheticPicturesCoverTheWholePixelRangeAndAreSmooth")
{
    TinyModel m = pictureModel(ElementType::UInt8, {1, 64, 64, 1});
    const auto s = syntheticSamples(m.model(), 16);
    REQUIRE(s);
    int lowest = 255, highest = 0;
    double neighbours = 0, far = 0;
    for (std::size_t i = 0; i < s->size(); ++i) {
        const auto bytes = s->sample(i)[0];
        for (std::size_t y = 0; y < 32; ++y) {
            for (std::size_t x = 0; x < 32; ++x) {
                const auto at = [&](std::size_t yy, std::size_t xx) { return static_cast<int>(bytes[yy * 64 + xx]); };
                lowest = std::min(lowest, at(y, x));
                highest = std::max(highest, at(y, x));
                neighbours += std::abs(at(y, x) - at(y, x + 1));
                far += std::abs(at(y, x) - at(y + 31, x + 31));
            }
        }
    }
    CHECK(neighbours < 0.6 * far); // near pixels are more alike than far ones
    CHECK(lowest < 16);
    CHECK(highest > 239);
}

TEST_CASE("typesOfOneModelSeeTheSamePicture")
{
    TinyModel u = pictureModel(ElementType::UInt8), s = pictureModel(ElementType::Int8), w = pictureModel(ElementType::Int16);
    const auto a = syntheticSamples(u.model(), 2)->sample(1)[0];
    const auto b = syntheticSamples(s.model(), 2)->sample(1)[0];
    const auto c = syntheticSamples(w.model(), 2)->sample(1)[0];
    REQUIRE(a.size() == b.size());
    REQUIRE(c.size() == 2 * a.size());
    for (std::size_t i = 0; i < a.size(); ++i) {
        const int pixel = static_cast<int>(a[i]);
        std::int16_t wide = 0;
        std::memcpy(&wide, c.data() + 2 * i, 2);
        REQUIRE(static_cast<std::int8_t>(b[i]) == pixel - 128);
        REQUIRE(wide == (pixel - 128) * 256);
    }
}

TEST_CASE("inputsWithoutASyntheticFormAreRefusedByName")
{
    TinyModel text = pictureModel(ElementType::String);
    const auto refused = syntheticSamples(text.model(), 1);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().args.at(0) == "in");
    TinyModel empty = pictureModel(ElementType::UInt8, {1, 0, 4, 3});
    CHECK_FALSE(syntheticSamples(empty.model(), 1));
    TinyModel none;
    CHECK_FALSE(syntheticSamples(none.model(), 1));
    TinyModel row = pictureModel(ElementType::Int8, {1, 490});
    CHECK(syntheticSamples(row.model(), 2)->sample(0)[0].size() == 490);
}
