// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/scheme/jsontree.h"

#include <catch2/catch.hpp>

using namespace requant;

namespace {

std::string placeOf(std::string_view json, const JsonValue &v)
{
    const JsonPosition p = positionOf(json, v.offset);
    return std::to_string(p.line) + ":" + std::to_string(p.column);
}

std::string errorOf(std::string_view json)
{
    const auto r = parseJson(json);
    return r ? "no error" : text(r.error());
}

} // namespace

TEST_CASE("everyValueKnowsWhereItStands")
{
    const std::string_view json = "{ // first\n"
                                  "  \"a\": 12,\n"
                                  "  \"b\\u0020\" : [1.5/* half */ , -2,true ,null],\"c\":\"x\\\"y\"\n"
                                  "  , \"d\": {\"e\":3}/**/,\"f\":[],\"g\":false}\n";
    const auto r = parseJson(json);
    REQUIRE(r.has_value());
    const JsonValue &root = *r;
    CHECK(placeOf(json, root) == "1:1");
    CHECK(placeOf(json, root.find("a")->value) == "2:8");
    REQUIRE(root.find("b "));
    const JsonValue &b = root.find("b ")->value;
    CHECK(placeOf(json, b) == "3:15");
    REQUIRE(b.items.size() == 4);
    CHECK(placeOf(json, b.items[0]) == "3:16");
    CHECK(placeOf(json, b.items[1]) == "3:32");
    CHECK(placeOf(json, b.items[2]) == "3:35");
    CHECK(placeOf(json, b.items[3]) == "3:41");
    CHECK(placeOf(json, root.find("c")->value) == "3:51");
    CHECK(root.find("c")->value.string == "x\"y");
    CHECK(placeOf(json, root.find("d")->value) == "4:10");
    CHECK(placeOf(json, root.find("d")->value.find("e")->value) == "4:15");
    CHECK(placeOf(json, root.find("f")->value) == "4:26");
    CHECK(placeOf(json, root.find("g")->value) == "4:33");
    CHECK(positionOf(json, root.find("g")->keyOffset).column == 29);
}

TEST_CASE("valuesKeepTheirKind")
{
    const auto r = parseJson("[1, 1.0, -9223372036854775808, true, null, \"\", {}, []]");
    REQUIRE(r.has_value());
    using Kind = JsonValue::Kind;
    const Kind kinds[] = {Kind::Integer, Kind::Real,   Kind::Integer, Kind::Bool,
                          Kind::Null,    Kind::String, Kind::Object,  Kind::Array};
    REQUIRE(r->items.size() == std::size(kinds));
    for (std::size_t i = 0; i < std::size(kinds); ++i)
        CHECK(r->items[i].kind == kinds[i]);
    CHECK(r->items[2].integer == std::numeric_limits<std::int64_t>::min());
}

TEST_CASE("aByteOrderMarkIsSkipped")
{
    const std::string_view json = "\xEF\xBB\xBF[7]";
    const auto r = parseJson(json);
    REQUIRE(r.has_value());
    CHECK(r->offset == 3);
    CHECK(r->items.at(0).offset == 4);
}

TEST_CASE("syntaxErrorsNameTheirPlace")
{
    CHECK(errorOf("").rfind("line 1, column 1: not valid JSON: ", 0) == 0);
    CHECK(errorOf("{\n  \"a\": 1\n  \"b\": 2\n}").rfind("line 3, column 5: not valid JSON: ", 0) == 0);
    CHECK(errorOf("[1, 2").rfind("line 1, column 6: not valid JSON: ", 0) == 0);
    CHECK(errorOf("[1] x").rfind("line 1, column 5: not valid JSON: ", 0) == 0);
    CHECK(errorOf("[nul]").rfind("line 1, column 5: not valid JSON: ", 0) == 0);
    CHECK(errorOf("[1e999]") != "no error");
    CHECK(errorOf("[\"\xff\"]") != "no error");
}

TEST_CASE("rejectsKeysGivenTwiceHugeIntegersAndDeepNesting")
{
    CHECK(errorOf("{\"a\": 1,\n \"a\": 2}") == "line 2, column 2, a: the key is given twice");
    CHECK(errorOf("[9223372036854775808]") == "line 1, column 2: the integer is out of range");
    CHECK(errorOf(std::string(64, '[') + std::string(64, ']')) == "no error");
    CHECK(errorOf(std::string(100000, '[')) == "line 1, column 65: nested more than 64 levels deep");
}
