// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/summary.h"

#include <catch2/catch.hpp>

#include <limits>

using namespace requant;

namespace {

Model twoLayers()
{
    Model m;
    const BufferIndex weights = m.addBuffer(Buffer::fromBytes(std::vector<std::byte>(8)));
    Subgraph &g = m.subgraphs.emplace_back();
    g.tensors.resize(4);
    for (Tensor &t : g.tensors) {
        t.type = ElementType::Int8;
        t.shape = {1, 4};
        t.quant = QuantParams::perTensor(0.5f, -1);
    }
    g.tensors[1].buffer = weights;
    g.tensors[1].shape = {2, 4};
    g.tensors[1].quant.scale = {0.25f, 0.125f};
    g.tensors[3].name = "out";
    g.operators.resize(2);
    g.operators[0].code = Op::FullyConnected;
    g.operators[0].inputs = {TensorIndex(0), TensorIndex(1), TensorIndex()};
    g.operators[0].outputs = {TensorIndex(2)};
    g.operators[1].customCode = "Mine";
    g.operators[1].inputs = {TensorIndex(2), TensorIndex(1)};
    g.operators[1].outputs = {TensorIndex(3)};
    return m;
}

} // namespace

TEST_CASE("summaryCountsSharedWeightsOnce")
{
    const ModelSummary s = summarize(twoLayers());
    CHECK(s.operators == 2);
    CHECK(s.tensors == 4);
    CHECK(s.quantizedTensors == 4);
    CHECK(s.perChannelTensors == 1);
    CHECK(s.constantBytes == 8);
    REQUIRE(s.operatorTypes.size() == 2);
    CHECK(s.operatorTypes[0].name == "FULLY_CONNECTED");
    CHECK(s.operatorTypes[1].name == "Mine");
    REQUIRE(s.tensorTypes.size() == 1);
    CHECK(s.tensorTypes[0].count == 4);
}

TEST_CASE("layerRowsTellActivationsFromWeights")
{
    const auto rows = layerRows(twoLayers(), SubgraphIndex(0));
    REQUIRE(rows.size() == 2);
    CHECK(rows[0].inputs == "int8 1x4");
    CHECK(rows[0].weights == "int8 2x4");
    CHECK(rows[0].constantBytes == 8);
    CHECK(rows[1].name == "out");
    CHECK(rows[1].type == "Mine");
}

TEST_CASE("quantizationIsToldInWords")
{
    const Model m = twoLayers();
    CHECK(tensorText(m.subgraphs[0].tensors[0]) == "int8 1x4, scale 0.5, zero point -1");
    CHECK(tensorText(m.subgraphs[0].tensors[1]) == "int8 2x4, per-channel (2 along 0)");
    CHECK(quantText(m.subgraphs[0].tensors[1].quant) == "2 scales 0.125 .. 0.25 along dimension 0");
    CHECK(quantText({}).empty());
    CHECK(quantText(QuantParams::perTensor(std::numeric_limits<float>::quiet_NaN(), 0)) == "nan, zero point 0");
}
