// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/model.h"

#include <catch2/catch.hpp>

#include <limits>

using namespace requant;

namespace {

std::vector<std::byte> bytes(std::size_t n, int value)
{
    return std::vector<std::byte>(n, static_cast<std::byte>(value));
}

Subgraph graphOfNames(const std::vector<std::string> &names)
{
    Subgraph g;
    for (const std::string &name : names) {
        Tensor t;
        t.name = name;
        g.tensors.push_back(t);
        Operator op;
        op.code = Op::Relu;
        op.outputs = {TensorIndex(g.tensors.size() - 1)};
        g.operators.push_back(op);
    }
    return g;
}

} // namespace

TEST_CASE("elementCountOfScalarUnknownAndHugeShapes")
{
    CHECK(elementCount({}) == 1);
    CHECK(elementCount({2, 3, 4}) == 24);
    CHECK(elementCount({2, 0, 4}) == 0);
    CHECK(elementCount({2, -1}) == 0);
    const std::int32_t most = std::numeric_limits<std::int32_t>::max();
    CHECK(elementCount({most, most, most, most}) == std::numeric_limits<std::int64_t>::max());
    CHECK(shapeText({1, 224, 224, 3}) == "1x224x224x3");
    CHECK(shapeText({}) == "scalar");
    CHECK(shapeText({-1, 3}) == "?x3");
}

TEST_CASE("sameGridComparesBitsAndDimensionOnlyIfPerChannel")
{
    QuantParams a = QuantParams::perTensor(0.5f, 3), b = a;
    b.quantizedDimension = 2;
    b.min = {0};
    CHECK(a.sameGrid(b));
    b.zeroPoint = {4};
    CHECK_FALSE(a.sameGrid(b));
    a.scale = b.scale = {0.5f, 0.25f};
    a.zeroPoint = {0};
    b.zeroPoint = {0, 0};
    CHECK_FALSE(a.sameGrid(b));
    b.quantizedDimension = 0;
    CHECK(a.sameGrid(b));
    const float nan = std::numeric_limits<float>::quiet_NaN();
    CHECK(QuantParams::perTensor(nan, 0).sameGrid(QuantParams::perTensor(nan, 0)));
    CHECK_FALSE(QuantParams::perTensor(0.0f, 0).sameGrid(QuantParams::perTensor(-0.0f, 0)));
}

TEST_CASE("bufferZeroNeverHoldsATensorsData")
{
    Model m;
    const BufferIndex b = m.addBuffer(Buffer::fromBytes(bytes(4, 1)));
    CHECK(b == BufferIndex(1));
    CHECK(m.buffers.size() == 2);
    Tensor t;
    CHECK_FALSE(m.isConstant(t));
    t.buffer = b;
    CHECK(m.data(t).size() == 4);
    t.buffer = BufferIndex(9);
    CHECK(m.data(t).empty());
}

TEST_CASE("copiesOfAModelShareWeights")
{
    Model m;
    m.addBuffer(Buffer::fromBytes(bytes(1000, 1)));
    const Model copy = m;
    CHECK(copy.buffers[1].data.data() == m.buffers[1].data.data());
}

TEST_CASE("setMetadataReplacesOnlyTheEntryOfThatName")
{
    Model m;
    m.setMetadata("a", bytes(1, 1));
    m.setMetadata("b", bytes(2, 2));
    const BufferIndex shared = m.metadata[0].buffer;
    m.setMetadata("a", bytes(3, 3));
    CHECK(m.metadata.size() == 2);
    CHECK(m.metadataBytes("a").size() == 3);
    CHECK(m.metadataBytes("b").size() == 2);
    CHECK(m.metadataBytes("c").empty());
    CHECK(m.buffers[shared.pos()].data.size() == 1); // others may use it
}

TEST_CASE("layerNameDropsWhatAllLayersShare")
{
    const Subgraph g = graphOfNames({"MobilenetV2/Conv/Relu6", "MobilenetV2/expanded_conv_3/add", "MobilenetV2/Logits/x",
                                     "output"});
    CHECK(layerName(g, g.operators[1]) == "expanded_conv_3/add");
    CHECK(layerName(g, g.operators[3]) == "output");
    CHECK(layerNames(g) == std::vector<std::string>{"Conv/Relu6", "expanded_conv_3/add", "Logits/x", "output"});
    const Subgraph flat = graphOfNames({"a/Relu", "b/Relu", "c/Relu"});
    CHECK(layerName(flat, flat.operators[0]) == "a/Relu");
    const Subgraph fused = graphOfNames({"net/conv/Relu;net/bn;net/conv", "net/dense"});
    CHECK(layerName(fused, fused.operators[0]) == "conv/Relu");
}

TEST_CASE("layerWithoutNameIsCalledByItsOperator")
{
    Subgraph g = graphOfNames({""});
    CHECK(layerName(g, g.operators[0]) == "RELU");
    g.operators[0].outputs.clear();
    g.operators[0].code = Op::Custom;
    g.operators[0].customCode = "TFLite_Detection_PostProcess";
    CHECK(layerName(g, g.operators[0]) == "TFLite_Detection_PostProcess");
}
