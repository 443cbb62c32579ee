// SPDX-License-Identifier: GPL-3.0-or-later
// Mutation tests: a good model broken in one place gives exactly that diagnostic.
#include "core/constraints/resolve.h"

#include "tests/core/tinymodel.h"

#include <catch2/catch.hpp>

#include <functional>
#include <limits>

using namespace requant;
using namespace requant::test;

namespace {

struct Good : TinyModel
{
    TensorIndex in, a, r, sum, soft;
    Good()
    {
        in = activation("in", {1, 1, 1, 2}, ElementType::Int8, 0.1f, 3);
        a = activation("a", {1, 1, 1, 2}, ElementType::Int8, 0.2f, -3);
        r = activation("r", {1, 2}, ElementType::Int8, 0.2f, -3);
        sum = activation("sum", {1, 2}, ElementType::Int8, 0.3f, 0);
        soft = activation("soft", {1, 2}, ElementType::Int8, 1.0f / 256, -128);
        QuantParams weights;
        weights.scale = {0.01f, 0.02f};
        weights.zeroPoint = {0, 0};
        conv<std::int8_t>(in, a, ElementType::Int8, weights, {1, 2, 3, 4}, {10, 20});
        add(Op::Reshape, {a}, {r});
        add(Op::Add, {r, r}, {sum}, options("AddOptions"));
        add(Op::Softmax, {sum}, {soft});
        io({in}, {soft});
        graph().operators[0].version = 3;
        graph().operators[2].version = 2;
        graph().operators[3].version = 2;
    }
    Tensor &weight() { return graph().tensor(graph().operators[0].inputs[1]); }
    Tensor &bias() { return graph().tensor(graph().operators[0].inputs[2]); }
};

std::vector<std::string> idsAfter(const std::function<void(Good &)> &breakIt)
{
    Good m;
    breakIt(m);
    std::vector<std::string> ids;
    for (const Diagnostic &d : verifyQuantization(m.model()))
        ids.emplace_back(d.message->id);
    return ids;
}

using Ids = std::vector<std::string>;

} // namespace

TEST_CASE("goodModelHasNoFindings")
{
    CHECK(idsAfter([](Good &) {}) == Ids{});
}

TEST_CASE("eachBrokenRuleIsFoundAndNothingElse")
{
    CHECK(idsAfter([](Good &m) { m.graph().tensor(m.r).quant.scale = {0.25f}; }) == Ids{"verify.same-grid"});
    CHECK(idsAfter([](Good &m) { m.graph().tensor(m.r).quant.zeroPoint = {-4}; }) == Ids{"verify.same-grid"});
    CHECK(idsAfter([](Good &m) { m.graph().tensor(m.soft).quant.zeroPoint = {0}; }) == Ids{"verify.fixed-output"});
    CHECK(idsAfter([](Good &m) { m.graph().tensor(m.soft).quant.scale = {1.0f / 128}; }) == Ids{"verify.fixed-output"});
    CHECK(idsAfter([](Good &m) { m.weight().quant.zeroPoint = {0, 1}; }) == Ids{"verify.zero-point"});
    CHECK(idsAfter([](Good &m) { m.weight().type = ElementType::UInt8; }) == Ids{"verify.weight-type"});
    CHECK(idsAfter([](Good &m) { m.bias().quant.scale = {0.001f, 0.003f}; }) == Ids{"verify.bias-scale"});
    CHECK(idsAfter([](Good &m) { m.bias().quant.zeroPoint = {0, 5}; }) == Ids{"verify.bias-zero-point"});
    CHECK(idsAfter([](Good &m) { m.bias().type = ElementType::Int8; }) == Ids{"verify.bias-type"});
    CHECK(idsAfter([](Good &m) { m.graph().operators[0].version = 1; }) == Ids{"verify.version"});
    CHECK(idsAfter([](Good &m) { m.graph().tensor(m.soft).type = ElementType::UInt8; })
          == Ids{"verify.zero-point-range", "verify.mixed-types", "verify.fixed-output"});
    CHECK(idsAfter([](Good &m) { m.graph().tensor(m.in).quant.zeroPoint = {500}; }) == Ids{"verify.zero-point-range"});
}

TEST_CASE("requantizingInt16ToUint8IsFound")
{
    const auto ids = [](ElementType from, ElementType to) {
        TinyModel m;
        const auto x = m.activation("x", {1, 2}, from, 0.1f, from == ElementType::Int16 ? 0 : 1);
        const auto y = m.activation("y", {1, 2}, to, 0.2f, to == ElementType::Int16 ? 0 : 1);
        m.add(Op::Quantize, {x}, {y});
        m.io({x}, {y});
        m.graph().operators[0].version = 3;
        Ids out;
        for (const Diagnostic &d : verifyQuantization(m.model()))
            out.emplace_back(d.message->id);
        return out;
    };
    CHECK(ids(ElementType::Int16, ElementType::UInt8) == Ids{"verify.requantize-types"});
    CHECK(ids(ElementType::Int16, ElementType::Int8) == Ids{});
    CHECK(ids(ElementType::UInt8, ElementType::Int16) == Ids{});
    CHECK(ids(ElementType::Int8, ElementType::UInt8) == Ids{});
}

TEST_CASE("wrongPerChannelDimensionIsFound")
{
    CHECK(idsAfter([](Good &m) {
              m.weight().quant.quantizedDimension = 3; // size 2 as well, so only the axis is wrong
          })
          == Ids{"verify.per-channel"});
    CHECK(idsAfter([](Good &m) {
              m.weight().quant.quantizedDimension = 1;
          })
          == Ids{"verify.scale-count", "verify.per-channel"});
}

TEST_CASE("scalesThatAreNotPositiveAndFiniteAreFound")
{
    for (float bad : {0.0f, -1.0f, std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
        const Ids ids = idsAfter([bad](Good &m) { m.graph().tensor(m.in).quant.scale = {bad}; });
        CHECK(std::find(ids.begin(), ids.end(), "verify.bad-scale") != ids.end());
    }
}

TEST_CASE("addWhoseOutputScaleIsTooSmallWouldAbortTheRuntime")
{
    const auto ids = [](float outScale) {
        return idsAfter([outScale](Good &m) { m.graph().tensor(m.sum).quant.scale = {outScale}; });
    };
    // in 0.2: the limit is 2 * 0.2 / 2^20; the delegate gives up far earlier.
    CHECK(ids(3.0e-7f) == Ids{"verify.scale-ratio", "verify.scale-ratio"});
    CHECK(ids(4.0e-4f) == Ids{"verify.scale-ratio"});
    CHECK(ids(0.01f) == Ids{});
}
