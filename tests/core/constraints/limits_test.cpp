// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/constraints/limits.h"

#include "tests/core/tinymodel.h"

#include <catch2/catch.hpp>

using namespace requant;
using namespace requant::test;

namespace {

// M = in * w / out = 2^-3 * 2^-w / 2^-4
TinyModel layer(float weightScale, std::int32_t bias)
{
    TinyModel m;
    const auto in = m.activation("in", {1, 1, 1, 1}, ElementType::Int8, 0.125f, 0);
    const auto out = m.activation("out", {1, 1, 1, 1}, ElementType::Int8, 0.0625f, 0);
    m.conv<std::int8_t>(in, out, ElementType::Int8, QuantParams::perTensor(weightScale, 0), {3}, {bias});
    m.io({in}, {out});
    return m;
}

std::vector<std::string> findings(float weightScale, std::int32_t bias, const Limits &limits)
{
    TinyModel m = layer(weightScale, bias);
    std::vector<std::string> out;
    for (const Diagnostic &d : checkLimits(m.model(), limits))
        out.push_back(std::string(d.message->id) + " " + (d.args.size() > 4 ? d.args[4] : d.args.size() > 3 ? d.args[3] : ""));
    return out;
}

using Found = std::vector<std::string>;

} // namespace

TEST_CASE("shiftsInsideTheRangeAreSilent")
{
    const Limits limits{.shiftRange = std::pair(0, 16)};
    CHECK(findings(0.5f, 1, limits) == Found{});           // M = 1
    CHECK(findings(0.5f / 65536, 1, limits) == Found{});   // M = 2^-16
}

TEST_CASE("shiftsOutsideTheRangeAreNamed")
{
    const Limits limits{.shiftRange = std::pair(0, 16)};
    CHECK(findings(1.0f, 1, limits) == Found{"limits.shift-range -1"});
    CHECK(findings(0.25f / 65536, 1, limits) == Found{"limits.shift-range 17"});
    CHECK(findings(0.3f, 1, limits) == Found{"limits.shift-integer "});
}

TEST_CASE("biasWidthsAreTwosComplement")
{
    const Limits limits{.biasBits = 8};
    CHECK(findings(0.5f, 127, limits) == Found{});
    CHECK(findings(0.5f, -128, limits) == Found{});
    CHECK(findings(0.5f, 128, limits) == Found{"limits.bias-bits out"});
    TinyModel m = layer(0.5f, -129);
    CHECK(checkLimits(m.model(), limits).at(0).args[3] == "9");
}

TEST_CASE("biasesOnTheirOwnScaleCountSignificantBits")
{
    const Limits limits{.biasBits = 8, .biasOwnScale = true};
    CHECK(findings(0.5f, 127 << 12, limits) == Found{});
    CHECK(findings(0.5f, -128 << 12, limits) == Found{});
    CHECK(findings(0.5f, 129 << 12, limits) == Found{"limits.bias-bits out"});
    CHECK(findings(0.5f, 0, limits) == Found{});
}

TEST_CASE("noLimitsNoFindings")
{
    CHECK(findings(0.3f, 1 << 30, Limits{}) == Found{});
}
