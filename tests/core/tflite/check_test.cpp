// SPDX-License-Identifier: GPL-3.0-or-later
// Each rule by breaking a good model in one place.
#include "core/tflite/check.h"

#include "core/tflite/messages.h"
#include "core/tflite/tflite.h"
#include "core/tflite/writelimits.h"

#include "handmade.h"

#include <catch2/catch.hpp>

#include <functional>
#include <limits>

using namespace requant;
using namespace requant::tfliteformat;

namespace {

using Change = std::function<void(Model &)>;

Result<LoadedModel> readBroken(const Change &change)
{
    Model m = test::smallModel();
    change(m);
    auto bytes = writeTfliteUnchecked(m);
    REQUIRE(bytes);
    auto owner = std::make_shared<const std::vector<std::byte>>(std::move(*bytes));
    return readTflite(*owner, owner);
}

void refused(const Message &message, const std::string &place, const Change &change)
{
    const auto loaded = readBroken(change);
    INFO(message.id);
    REQUIRE_FALSE(loaded);
    CHECK(loaded.error().message->id == message.id);
    INFO(text(loaded.error()));
    CHECK(text(loaded.error()).find(place) != std::string::npos);
    // And it cannot be written by mistake.
    Model m = test::smallModel();
    change(m);
    const auto written = writeTflite(m);
    REQUIRE_FALSE(written);
    CHECK(written.error().message->id == message.id);
}

void warned(const Message &message, const Change &change)
{
    const auto loaded = readBroken(change);
    INFO(message.id);
    INFO((loaded ? std::string() : text(loaded.error())));
    REQUIRE(loaded);
    REQUIRE(loaded->diagnostics.size() == 1);
    CHECK(loaded->diagnostics[0].message->id == message.id);
    CHECK(loaded->diagnostics[0].severity == Severity::Warning);
}

Tensor &weights(Model &m) { return m.subgraphs[0].tensors[1]; }

void setOptions(Model &m, std::string type, std::string field, FieldValue value)
{
    m.subgraphs[0].operators[0].options = std::make_shared<Table>(Table{std::move(type), {{std::move(field), std::move(value)}}});
}

} // namespace

TEST_CASE("goodModelHasNoFindings")
{
    const auto loaded = readBroken([](Model &) {});
    REQUIRE(loaded);
    CHECK(loaded->diagnostics.empty());
}

TEST_CASE("rejectsIndicesOutOfRange")
{
    refused(kBadIndex, "subgraphs[0].operators[0]", [](Model &m) { m.subgraphs[0].operators[0].inputs[1] = TensorIndex(4); });
    refused(kBadIndex, "subgraphs[0].operators[0]", [](Model &m) { m.subgraphs[0].operators[0].inputs[1] = TensorIndex(-2); });
    refused(kBadIndex, "output", [](Model &m) { m.subgraphs[0].operators[0].outputs[0] = TensorIndex(77); });
    refused(kBadIndex, "intermediate", [](Model &m) { m.subgraphs[0].operators[0].intermediates = {TensorIndex(4)}; });
    refused(kBadIndex, "input of subgraphs[0]", [](Model &m) { m.subgraphs[0].inputs[0] = TensorIndex(4); });
    refused(kBadIndex, "output of subgraphs[0]", [](Model &m) { m.subgraphs[0].outputs[0] = TensorIndex(-1); });
    refused(kBadIndex, "tensors[1]", [](Model &m) { weights(m).buffer = BufferIndex(99); });
    refused(kBadIndex, "then_subgraph_index", [](Model &m) { setOptions(m, "IfOptions", "then_subgraph_index", {std::int64_t{1}}); });
    refused(kBadIndex, "subgraph", [](Model &m) { setOptions(m, "CallOptions", "subgraph", {std::int64_t{5}}); });
    refused(kBadIndex, "cond_subgraph_index",
            [](Model &m) { setOptions(m, "WhileOptions", "cond_subgraph_index", {std::int64_t{-1}}); });
    refused(kBadIndex, "details.scales", [](Model &m) {
        weights(m).quant = {};
        weights(m).quant.details =
            std::make_shared<Table>(Table{"BlockwiseQuantization", {{"scales", {std::int64_t{4}}}}});
    });
    refused(kBadIndex, "signature_defs[0]", [](Model &m) {
        auto map = std::make_shared<Table>(Table{"TensorMap", {{"tensor_index", {std::int64_t{4}}}}});
        auto s = std::make_shared<Table>(Table{"SignatureDef", {{"inputs", {FieldValue::Tables{map}}}}});
        m.rest = std::make_shared<Table>(Table{"Model", {{"signature_defs", {FieldValue::Tables{s}}}}});
    });
    refused(kBadIndex, "signature_defs[0].subgraph_index", [](Model &m) {
        auto s = std::make_shared<Table>(Table{"SignatureDef", {{"subgraph_index", {std::int64_t{1}}}}});
        m.rest = std::make_shared<Table>(Table{"Model", {{"signature_defs", {FieldValue::Tables{s}}}}});
    });
    refused(kBadIndex, "metadata_buffer", [](Model &m) {
        m.rest = std::make_shared<Table>(Table{"Model", {{"metadata_buffer", {FieldValue::Ints{-1}}}}});
    });
    refused(kBadIndex, "metadata[0].buffer", [](Model &m) { m.metadata = {{"x", BufferIndex(99)}}; });
}

TEST_CASE("absentOptionalInputIsAccepted")
{
    const auto loaded = readBroken([](Model &m) { m.subgraphs[0].operators[0].inputs[2] = TensorIndex(); });
    REQUIRE(loaded);
    CHECK(loaded->diagnostics.empty());
}

TEST_CASE("rejectsImpossibleShapes")
{
    refused(kBadShape, "tensors[0]", [](Model &m) { m.subgraphs[0].tensors[0].shape = {1, -4, 4, 2}; });
    refused(kBadShape, "tensors[3]", [](Model &m) {
        const std::int32_t most = std::numeric_limits<std::int32_t>::max();
        m.subgraphs[0].tensors[3].shape = {most, most, most};
    });
}

TEST_CASE("rejectsConstantsOfTheWrongSize")
{
    refused(kBufferSize, "tensors[1]", [](Model &m) { weights(m).shape = {3, 1, 1, 3}; });
    refused(kBufferSize, "tensors[1]", [](Model &m) { weights(m).type = ElementType::Int16; });
    refused(kBufferSize, "tensors[1]", [](Model &m) { weights(m).shape = {3, 0, 1, 2}; });
}

TEST_CASE("rejectsQuantizationThatCannotBeIndexed")
{
    refused(kScaleCount, "tensors[1]", [](Model &m) { weights(m).quant.scale.pop_back(); weights(m).quant.zeroPoint = {0}; });
    refused(kScaleCount, "tensors[1]", [](Model &m) { weights(m).quant.quantizedDimension = 3; });
    refused(kBadDimension, "tensors[1]", [](Model &m) { weights(m).quant.quantizedDimension = 4; });
    refused(kBadDimension, "tensors[1]", [](Model &m) { weights(m).quant.quantizedDimension = -1; });
    refused(kZeroPointCount, "tensors[1]", [](Model &m) { weights(m).quant.zeroPoint = {0, 0}; });
}

TEST_CASE("oddQuantizationIsLoadedWithAWarning")
{
    for (const float s : {0.0f, -1.0f, std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()})
        warned(kBadScale, [s](Model &m) { weights(m).quant.scale[1] = s; });
    warned(kZeroPointRange, [](Model &m) { m.subgraphs[0].tensors[0].quant.zeroPoint = {200}; });
    warned(kNoZeroPoint, [](Model &m) { weights(m).quant.zeroPoint.clear(); });
    warned(kBadDimension, [](Model &m) { m.subgraphs[0].tensors[0].quant.quantizedDimension = 4; });
}

TEST_CASE("biasWithItsWeightsDimensionIsReadAsZeroAndWrittenBack")
{
    const Change change = [](Model &m) {
        Tensor &bias = m.subgraphs[0].tensors[2];
        bias.quant.quantizedDimension = 3;
    };
    warned(kDimensionRead, change);
    auto loaded = readBroken(change);
    CHECK(loaded->model->subgraphs[0].tensors[2].quant.quantizedDimension == 0);
    const Model back = test::reread(*writeTflite(*loaded->model));
    CHECK(modelDifferences(*loaded->model, back).empty());
    // New parameters for the bias repair it.
    Model repaired = back;
    QuantParams q;
    q.scale = back.subgraphs[0].tensors[2].quant.scale;
    q.zeroPoint = {0, 0, 0};
    repaired.subgraphs[0].tensors[2].quant = q;
    auto bytes = *writeTflite(repaired);
    CHECK(readTflite(bytes, nullptr)->diagnostics.empty());
}

TEST_CASE("oddGraphsAreLoadedWithAWarning")
{
    warned(kVariableWithData, [](Model &m) { weights(m).isVariable = true; });
    warned(kBufferZero, [](Model &m) { m.buffers[0] = Buffer::fromBytes(std::vector<std::byte>(1)); });
    warned(kReadBeforeWritten, [](Model &m) { m.subgraphs[0].operators[0].inputs[0] = TensorIndex(3); });
    warned(kSeveralProducers, [](Model &m) { m.subgraphs[0].operators.push_back(m.subgraphs[0].operators[0]); });
    warned(kExternalFile, [](Model &m) {
        m.subgraphs[0].tensors[3].rest = std::make_shared<Table>(Table{"Tensor", {{"external_buffer", {std::int64_t{1}}}}});
    });
}

TEST_CASE("optionsOfAnUnknownKindAreNotWritten")
{
    Model m = test::smallModel();
    m.subgraphs[0].operators[0].options = std::make_shared<Table>(Table{"NoSuchOptions", {}});
    CHECK(writeTflite(m).error().message->id == kCannotStore.id);
    setOptions(m, "Conv2DOptions", "no_such_field", {std::int64_t{1}});
    CHECK(writeTflite(m).error().message->id == kCannotStore.id);
    setOptions(m, "Conv2DOptions", "stride_w", {std::string("1")});
    CHECK(writeTflite(m).error().message->id == kCannotStore.id);
    m.subgraphs.clear();
    CHECK(writeTflite(m).error().message->id == kNoSubgraph.id);
}
