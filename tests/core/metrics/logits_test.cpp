// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/metrics/logits.h"

#include "tests/core/tinymodel.h"

#include <catch2/catch.hpp>

using namespace requant;
using namespace requant::test;

TEST_CASE("logitsAreTheSoftmaxInputSeenThroughReshapeAndQuantize")
{
    TinyModel m;
    const auto x = m.activation("x", {1, 4}, ElementType::Int8, 0.1f, 0);
    const auto soft = m.activation("soft", {1, 4}, ElementType::Int8, 1.0f / 256, -128);
    const auto shaped = m.activation("shaped", {4}, ElementType::Int8, 1.0f / 256, -128);
    const auto out = m.activation("out", {4}, ElementType::UInt8, 1.0f / 256, 0);
    m.add(Op::Softmax, {x}, {soft});
    m.add(Op::Reshape, {soft}, {shaped});
    m.add(Op::Quantize, {shaped}, {out});
    m.io({x}, {out});
    CHECK(logitsTensor(m.model()) == x);
}

TEST_CASE("withoutASoftmaxTheOutputItselfIsMeasured")
{
    TinyModel m;
    const auto x = m.activation("x", {1, 4}, ElementType::Int8, 0.1f, 0);
    const auto y = m.activation("y", {1, 4}, ElementType::Int8, 0.1f, 0);
    const auto z = m.activation("z", {4}, ElementType::Int8, 0.1f, 0);
    m.add(Op::Relu, {x}, {y});
    m.add(Op::Reshape, {y}, {z});
    m.io({x}, {z});
    CHECK(logitsTensor(m.model()) == z);
    m.io({x}, {});
    CHECK_FALSE(logitsTensor(m.model()));
}
