// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/metrics/outputkind.h"

#include "tests/core/tinymodel.h"

#include <catch2/catch.hpp>

using namespace requant;
using namespace requant::test;

namespace {

// One operator from a quantized input of one shape to an output of another.
struct OneOperator : TinyModel
{
    TensorIndex in, out;
    OneOperator(Op code, Shape from, Shape to, ElementType type = ElementType::Int8)
    {
        in = activation("in", std::move(from), ElementType::Int8, 0.1f, 0);
        out = type == ElementType::Int8 ? activation("out", std::move(to), type, 0.1f, 0)
                                        : plain("out", std::move(to), type);
        add(code, {in}, {out});
        io({in}, {out});
    }
    Outputs outputs() { return outputsOf(model()); }
};

} // namespace

TEST_CASE("aVectorThatIsNotAsLongAsTheInputHoldsScores")
{
    CHECK(OneOperator(Op::Softmax, {1, 2, 2, 8}, {1, 10}).outputs().kind == OutputKind::Scores);
    CHECK(OneOperator(Op::Mean, {1, 2, 2, 8}, {1, 1, 1, 8}).outputs().kind == OutputKind::Scores);
    CHECK(OneOperator(Op::FullyConnected, {1, 10}, {1, 10}).outputs().kind == OutputKind::Values); // an autoencoder
    CHECK(OneOperator(Op::Logistic, {1, 10}, {1, 1}).outputs().kind == OutputKind::Values);
    CHECK(OneOperator(Op::Conv2D, {1, 4, 4, 3}, {1, 8, 8, 3}).outputs().kind == OutputKind::Values); // a picture
}

TEST_CASE("masksHoldClassesOrScores")
{
    OneOperator classes(Op::ArgMax, {1, 4, 4, 3}, {1, 4, 4}, ElementType::Int64);
    CHECK(classes.outputs().kind == OutputKind::Mask);
    CHECK(classes.outputs().classes == 1);
    OneOperator scores(Op::Softmax, {1, 4, 4, 3}, {1, 4, 4, 3});
    CHECK(scores.outputs().kind == OutputKind::Mask);
    CHECK(scores.outputs().classes == 3);
    CHECK(OneOperator(Op::ArgMax, {1, 10}, {1}, ElementType::Int64).outputs().kind == OutputKind::Values);
}

TEST_CASE("aMaskIsSeenThroughOperatorsThatOnlyMoveValues")
{
    OneOperator m(Op::ArgMax, {1, 4, 4, 3}, {1, 4, 4}, ElementType::Int64);
    const auto narrow = m.plain("narrow", {1, 4, 4}, ElementType::Int32),
               flat = m.plain("flat", {16}, ElementType::Int32);
    m.add(Op::Cast, {m.out}, {narrow});
    m.add(Op::Reshape, {narrow}, {flat});
    m.io({m.in}, {flat});
    CHECK(m.outputs().kind == OutputKind::Mask);
    CHECK(m.outputs().tensor == flat);
}

TEST_CASE("aDetectorIsKnownByItsOperator")
{
    TinyModel m;
    const auto in = m.activation("in", {1, 5, 4}, ElementType::UInt8, 0.1f, 0);
    std::vector<TensorIndex> outs;
    for (const char *name : {"boxes", "classes", "scores", "count"})
        outs.push_back(m.plain(name, {1, 2}, ElementType::Float32));
    const OperatorIndex o = m.add(Op::Custom, {in, in}, outs);
    m.io({in}, outs);
    CHECK(outputsOf(m.model()).kind == OutputKind::Scores);
    m.graph().op(o).customCode = "TFLite_Detection_PostProcess";
    const Outputs found = outputsOf(m.model());
    CHECK(found.kind == OutputKind::Detections);
    CHECK(std::equal(outs.begin(), outs.end(), found.detections.begin()));
}

TEST_CASE("aModelWithoutOutputsHasNothingToTell")
{
    TinyModel m;
    CHECK_FALSE(outputsOf(m.model()).tensor);
    CHECK(outputsOf(m.model()).kind == OutputKind::Values);
}
