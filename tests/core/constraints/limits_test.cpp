// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/constraints/limits.h"

#include "core/model/poweroftwo.h"
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

TEST_CASE("shiftsThatFloat32RoundedAreShiftsAllTheSame")
{
    TinyModel m;
    const auto in = m.activation("in", {1, 1, 1, 1}, ElementType::Int8, 0.3f, 0);
    const auto out = m.activation("out", {1, 1, 1, 1}, ElementType::Int8, 0.7f, 0);
    const auto scale = static_cast<float>(0.7 / 0.3 / 512);
    m.conv<std::int8_t>(in, out, ElementType::Int8, QuantParams::perTensor(scale, 0), {3}, {1});
    CHECK(checkLimits(m.model(), {.shiftRange = std::pair(0, 16)}).empty());
    const Diagnostics found = checkLimits(m.model(), {.shiftRange = std::pair(0, 8)});
    REQUIRE(found.size() == 1);
    CHECK(found[0].args[4] == "9");
    CHECK(shiftOf(0x1p-9 * (1 + 0x1p-23)) == 9);
    CHECK(shiftOf(0x1p-9 * (1 + 0x1p-20)) == std::nullopt);
    CHECK(shiftOf(0.0) == std::nullopt);
    CHECK(shiftOf(8.0) == -3);
}

TEST_CASE("aScalePerChannelGivesEveryBiasItsOwnSignificantBits")
{
    TinyModel m;
    const auto in = m.activation("in", {1, 1, 1, 1}, ElementType::Int8, 0.125f, 0);
    const auto out = m.activation("out", {1, 1, 1, 2}, ElementType::Int8, 0.0625f, 0);
    QuantParams perChannel;
    perChannel.scale = {0.5f, 0.25f};
    perChannel.zeroPoint = {0, 0};
    m.conv<std::int8_t>(in, out, ElementType::Int8, perChannel, {3, 4}, {127 << 12, 3});
    const Limits limits{.biasBits = 8, .biasOwnScale = true};
    CHECK(checkLimits(m.model(), limits).empty());
    m.graph().tensor(m.graph().operators[0].inputs[1]).quant = QuantParams::perTensor(0.5f, 0);
    CHECK(checkLimits(m.model(), limits).size() == 1); // one scale for both needs 20 bits
}
