// SPDX-License-Identifier: GPL-3.0-or-later
// Maps written by FlatBuffers' own builder, read by ours.
#include "core/tflite/flexmap.h"

#include <flatbuffers/flexbuffers.h>

#include <catch2/catch.hpp>

#include <limits>

using namespace requant;

namespace {

template <class F>
std::vector<std::byte> map(F &&fill)
{
    flexbuffers::Builder b;
    b.Map([&] { fill(b); });
    b.Finish();
    const auto bytes = std::as_bytes(std::span(b.GetBuffer()));
    return {bytes.begin(), bytes.end()};
}

std::vector<std::byte> everything()
{
    return map([](flexbuffers::Builder &b) {
        b.Int("small", -3);
        b.Int("wide", std::numeric_limits<std::int64_t>::min());
        b.UInt("unsigned", 4000000000u);
        b.Float("single", 0.6f);
        b.Double("double", 1e-300);
        b.IndirectInt("indirect", -70000);
        b.IndirectFloat("indirect_float", 2.5f);
        b.Bool("yes", true);
        b.String("text", "some text");
        b.Null("nothing");
        b.Vector("list", [&] { b.Int(1); });
    });
}

} // namespace

TEST_CASE("flexMapsAreReadAsTheirBuilderWroteThem")
{
    const TablePtr t = readFlexMap(everything());
    REQUIRE(t);
    CHECK(t->integer("small") == -3);
    CHECK(t->integer("wide") == std::numeric_limits<std::int64_t>::min());
    CHECK(t->integer("unsigned") == 4000000000);
    CHECK(t->real("single") == static_cast<double>(0.6f));
    CHECK(t->real("double") == 1e-300);
    CHECK(t->integer("indirect") == -70000);
    CHECK(t->real("indirect_float") == 2.5);
    CHECK(t->integer("yes") == 1);
    CHECK(t->string("text") == "some text");
    CHECK(t->find("nothing") == nullptr);
    CHECK(t->find("list") == nullptr);
    CHECK(t->fields.size() == 9);
}

TEST_CASE("flexMapsOfEveryWidth")
{
    for (const std::int64_t value : {std::int64_t{1}, std::int64_t{300}, std::int64_t{70000}, std::int64_t{1} << 40}) {
        const TablePtr t = readFlexMap(map([&](flexbuffers::Builder &b) {
            b.Int("a", -value);
            b.UInt("b", static_cast<std::uint64_t>(value));
        }));
        REQUIRE(t);
        CHECK(t->integer("a") == -value);
        CHECK(t->integer("b") == value);
    }
    const TablePtr empty = readFlexMap(map([](flexbuffers::Builder &) {}));
    REQUIRE(empty);
    CHECK(empty->fields.empty());
}

TEST_CASE("whatIsNoFlexMapIsNull")
{
    CHECK_FALSE(readFlexMap({}));
    flexbuffers::Builder b;
    b.Int(5);
    b.Finish();
    CHECK_FALSE(readFlexMap(std::as_bytes(std::span(b.GetBuffer()))));
}

TEST_CASE("damagedFlexMapsAreReadWithinTheirBytes")
{
    // Every truncation and every single damaged byte: any answer, no read outside (the sanitizers' build proves it).
    const auto good = everything();
    for (std::size_t n = 0; n < good.size(); ++n)
        readFlexMap(std::span(good).first(n));
    std::size_t refused = 0;
    for (std::size_t i = 0; i < good.size(); ++i)
        for (const int value : {0, 1, 127, 255}) {
            std::vector<std::byte> bad = good;
            bad[i] = static_cast<std::byte>(value);
            refused += readFlexMap(bad) == nullptr;
        }
    CHECK(refused > 0);
}
