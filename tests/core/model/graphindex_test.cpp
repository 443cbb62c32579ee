// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/model.h"

#include <catch2/catch.hpp>

using namespace requant;

namespace {

TensorIndex t(int i)
{
    return TensorIndex(i);
}

// 0 -> op0 (weights 1) -> 2 -> op1 (2 twice, absent) -> 3; op2 (2, weights 4 on the buffer of 1) -> 5
Subgraph diamond()
{
    Subgraph g;
    g.tensors.resize(7);
    g.tensors[1].buffer = BufferIndex(3);
    g.tensors[4].buffer = BufferIndex(3);
    g.operators.resize(3);
    g.operators[0].inputs = {t(0), t(1)};
    g.operators[0].outputs = {t(2)};
    g.operators[1].inputs = {t(2), t(2), t(-1)};
    g.operators[1].outputs = {t(3)};
    g.operators[2].inputs = {t(2), t(4)};
    g.operators[2].outputs = {t(5)};
    g.inputs = {t(0)};
    g.outputs = {t(3), t(5)};
    return g;
}

} // namespace

TEST_CASE("producersAndConsumersFollowTheOperators")
{
    const GraphIndex index(diamond());
    CHECK_FALSE(index.producer(t(0)));
    CHECK_FALSE(index.producer(t(1)));
    CHECK(index.producer(t(2)) == OperatorIndex(0));
    const auto consumers = index.consumers(t(2));
    REQUIRE(consumers.size() == 2);
    CHECK(consumers[0] == OperatorIndex(1));
    CHECK(consumers[1] == OperatorIndex(2));
    CHECK(index.consumers(t(3)).empty());
    CHECK(index.consumers(t(6)).empty());
}

TEST_CASE("sharedBuffersListEveryTensorAndBufferZeroNone")
{
    const GraphIndex index(diamond());
    const auto sharing = index.sharing(BufferIndex(3));
    REQUIRE(sharing.size() == 2);
    CHECK(sharing[0] == t(1));
    CHECK(sharing[1] == t(4));
    CHECK(index.sharing(BufferIndex(0)).empty());
    CHECK(index.sharing(BufferIndex(99)).empty());
}

TEST_CASE("graphEndsAreKnown")
{
    const GraphIndex index(diamond());
    CHECK(index.isGraphInput(t(0)));
    CHECK_FALSE(index.isGraphInput(t(2)));
    CHECK(index.isGraphOutput(t(5)));
    CHECK_FALSE(index.isGraphOutput(t(0)));
}

TEST_CASE("invalidIndicesAnswerNothing")
{
    const GraphIndex index(diamond());
    CHECK_FALSE(index.producer(TensorIndex()));
    CHECK_FALSE(index.producer(t(7)));
    CHECK(index.consumers(t(-1)).empty());
    CHECK_FALSE(index.isGraphInput(t(100)));
}
