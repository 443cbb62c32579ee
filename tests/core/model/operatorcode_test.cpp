// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/operatorcode.h"

#include <catch2/catch.hpp>

using namespace requant;

TEST_CASE("operatorNamesAreTheSchemasAndReadBack")
{
    CHECK(opName(Op::DepthwiseConv2D) == "DEPTHWISE_CONV_2D");
    CHECK(opName(Op::RightShift) == "RIGHT_SHIFT");
    CHECK(opName(static_cast<Op>(203)) == "DILATE");
    for (int i = 0; i <= 209; ++i) {
        const auto op = opFromName(opName(static_cast<Op>(i)));
        REQUIRE(op);
        CHECK(static_cast<int>(*op) == i);
    }
}

TEST_CASE("newerOperatorsAreNamedByNumber")
{
    CHECK(opName(static_cast<Op>(210)) == "OPERATOR_210");
    CHECK(opName(static_cast<Op>(-3)) == "OPERATOR_-3");
    CHECK_FALSE(opFromName("NO_SUCH_OPERATOR"));
}
