// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/table.h"

#include <catch2/catch.hpp>

#include <limits>

using namespace requant;

namespace {

Table sample()
{
    Table t{"Conv2DOptions", {}};
    t.set("stride_w", {std::int64_t{2}});
    t.set("beta", {0.5});
    t.set("name", {std::string("n")});
    t.set("dims", {FieldValue::Ints{1, 2}});
    t.set("sub", {TablePtr(std::make_shared<Table>(Table{"Sub", {{"x", {std::int64_t{1}}}}}))});
    return t;
}

} // namespace

TEST_CASE("fieldsAreFoundByNameAndKind")
{
    const Table t = sample();
    CHECK(t.integer("stride_w") == 2);
    CHECK(t.integer("absent", 7) == 7);
    CHECK(t.integer("beta", 7) == 7);
    CHECK(t.real("beta") == 0.5);
    CHECK(t.string("name") == "n");
    REQUIRE(t.ints("dims"));
    CHECK(*t.ints("dims") == std::vector<std::int64_t>{1, 2});
    CHECK(t.ints("stride_w") == nullptr);
    REQUIRE(t.table("sub"));
    CHECK(t.table("sub")->integer("x") == 1);
    CHECK(t.flag("stride_w"));
}

TEST_CASE("setReplacesOrAppends")
{
    Table t = sample();
    const std::size_t count = t.fields.size();
    t.set("stride_w", {std::int64_t{3}});
    CHECK(t.fields.size() == count);
    CHECK(t.integer("stride_w") == 3);
    t.set("new", {std::int64_t{1}});
    CHECK(t.fields.back().name == "new");
}

TEST_CASE("comparisonIsDeepAndByBits")
{
    CHECK(sample() == sample());
    Table other = sample();
    other.set("sub", {TablePtr(std::make_shared<Table>(Table{"Sub", {{"x", {std::int64_t{2}}}}}))});
    CHECK_FALSE(sample() == other);
    Table nan{"T", {{"v", {std::numeric_limits<double>::quiet_NaN()}}}};
    CHECK(nan == nan);
    Table zero{"T", {{"v", {0.0}}}}, negative{"T", {{"v", {-0.0}}}};
    CHECK_FALSE(zero == negative);
    CHECK(sameTable(nullptr, nullptr));
    CHECK_FALSE(sameTable(nullptr, std::make_shared<Table>()));
}
