// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/constraints/opspec.h"

#include "core/scheme/scheme.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <set>

using namespace requant;

TEST_CASE("tableHoldsEachOperatorOnceAndEveryRowSaysWhy")
{
    std::set<Op> seen;
    for (const OpSpec &s : opSpecs()) {
        INFO(opName(s.op));
        CHECK(seen.insert(s.op).second);
        CHECK(findOpSpec(s.op) == &s);
        CHECK(s.storageTypes != 0);
        for (const ConstraintRow &r : s.rows) {
            CHECK_FALSE(r.why.empty());
            CHECK(r.types != 0);
            if (r.kind == RowKind::ScaleRatio)
                CHECK(r.low < r.high);
        }
    }
    CHECK(findOpSpec(Op::Custom) == nullptr);
    CHECK(findOpSpec(Op::Svdf) == nullptr);
}

TEST_CASE("perChannelAxesAgreeWithTheWeightPositions")
{
    for (const OpSpec &s : opSpecs()) {
        const ConstraintRow *row = s.row(RowKind::PerChannel, ElementType::Int8);
        const WeightedInputs at = weightedInputs(s.op);
        INFO(opName(s.op));
        if (row) {
            CHECK(row->dimension == at.channelDimension);
            CHECK(s.scaling == Scaling::Weighted);
            CHECK(s.row(RowKind::PerChannel, ElementType::UInt8) == nullptr);
        }
    }
    CHECK(findOpSpec(Op::DepthwiseConv2D)->row(RowKind::PerChannel, ElementType::Int8)->dimension == 3);
}

TEST_CASE("uint8ConcatenationMayRescaleButInt8MayNot")
{
    const OpSpec *s = findOpSpec(Op::Concatenation);
    REQUIRE(s);
    CHECK(s->row(RowKind::SameGrid, ElementType::Int8));
    CHECK_FALSE(s->row(RowKind::SameGrid, ElementType::UInt8));
}

TEST_CASE("fixedOutputGridsArePowersOfTwo")
{
    int rows = 0;
    for (const OpSpec &s : opSpecs()) {
        for (const ConstraintRow &r : s.rows) {
            if (r.kind != RowKind::FixedOutput)
                continue;
            ++rows;
            int e = 0;
            INFO(opName(s.op));
            CHECK(std::frexp(r.scale, &e) == 0.5f);
        }
    }
    CHECK(rows == 13);
}

TEST_CASE("versionsFollowTheActivationType")
{
    CHECK(findOpSpec(Op::Conv2D)->minVersion(ElementType::Int8) == 3);
    CHECK(findOpSpec(Op::Conv2D)->minVersion(ElementType::UInt8) == 1);
    CHECK(findOpSpec(Op::FullyConnected)->minVersion(ElementType::Int8) == 4);
    CHECK(findOpSpec(Op::Softmax)->minVersion(ElementType::Int16) == 3);
    CHECK(findOpSpec(Op::Softmax)->minVersion(ElementType::Float32) == 0);
}
