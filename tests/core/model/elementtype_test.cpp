// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/elementtype.h"

#include <catch2/catch.hpp>

#include <limits>

using namespace requant;

TEST_CASE("typeNamesAreReadBack")
{
    for (int i = 0; i <= 22; ++i) {
        const auto type = static_cast<ElementType>(i);
        ElementType read = ElementType::Float32;
        REQUIRE(typeFromName(typeName(type), read));
        CHECK(read == type);
        CHECK_FALSE(typeShortName(type).empty());
    }
    ElementType untouched = ElementType::Int4;
    CHECK_FALSE(typeFromName("int5", untouched));
    CHECK(untouched == ElementType::Int4);
    CHECK(typeName(static_cast<ElementType>(99)) == "unknown");
    CHECK(bitWidth(static_cast<ElementType>(99)) == 0);
}

TEST_CASE("packedTypesRoundUpToWholeBytes")
{
    CHECK(byteSize(ElementType::Int4, 0) == 0);
    CHECK(byteSize(ElementType::Int4, 1) == 1);
    CHECK(byteSize(ElementType::Int4, 2) == 1);
    CHECK(byteSize(ElementType::UInt4, 3) == 2);
    CHECK(byteSize(ElementType::Int2, 4) == 1);
    CHECK(byteSize(ElementType::Int2, 5) == 2);
    CHECK(byteSize(ElementType::Int16, 3) == 6);
    CHECK(byteSize(ElementType::Complex128, 2) == 32);
    CHECK(byteSize(ElementType::String, 7) == 0);
}

TEST_CASE("integerRangesFollowWidthAndSign")
{
    const auto is = [](ElementType t, std::int64_t min, std::int64_t max) {
        return integerRange(t).min == min && integerRange(t).max == max;
    };
    CHECK(is(ElementType::Int2, -2, 1));
    CHECK(is(ElementType::Int4, -8, 7));
    CHECK(is(ElementType::UInt4, 0, 15));
    CHECK(is(ElementType::Int8, -128, 127));
    CHECK(is(ElementType::UInt8, 0, 255));
    CHECK(is(ElementType::Int16, -32768, 32767));
    CHECK(is(ElementType::Int32, -2147483648LL, 2147483647LL));
    CHECK(is(ElementType::Int64, std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()));
    CHECK(is(ElementType::Float32, 0, 0));
    CHECK(isIntegerStorage(ElementType::Int4));
    CHECK_FALSE(isIntegerStorage(ElementType::Bool));
}
