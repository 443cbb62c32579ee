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

TEST_CASE("ofAnArgMaxTheScoresAreMeasured")
{
    TinyModel m;
    const auto x = m.activation("x", {1, 2, 2, 3}, ElementType::UInt8, 0.1f, 0);
    const auto y = m.plain("y", {1, 2, 2}, ElementType::Int64);
    m.add(Op::ArgMax, {x}, {y});
    m.io({x}, {y});
    CHECK(logitsTensor(m.model()) == x);
}

TEST_CASE("ofADetectorTheClassScoresAreMeasured")
{
    TinyModel m;
    const auto boxes = m.activation("boxes", {1, 5, 4}, ElementType::UInt8, 0.1f, 0);
    const auto logits = m.activation("logits", {1, 5, 3}, ElementType::UInt8, 0.1f, 0);
    const auto scores = m.activation("scores", {1, 5, 3}, ElementType::UInt8, 1.0f / 256, 0);
    const auto out = m.plain("out", {1, 2, 4}, ElementType::Float32);
    m.add(Op::Logistic, {logits}, {scores});
    const OperatorIndex detect = m.add(Op::Custom, {boxes, scores}, {out});
    m.io({boxes, logits}, {out});
    CHECK(logitsTensor(m.model()) == out); // of somebody else's operator nothing is known
    m.graph().op(detect).customCode = "TFLite_Detection_PostProcess";
    CHECK(logitsTensor(m.model()) == logits);
    m.graph().op(detect).inputs[1] = boxes; // no LOGISTIC before it
    CHECK(logitsTensor(m.model()) == boxes);
}
