// SPDX-License-Identifier: GPL-3.0-or-later
// Files from a future format: what is not known is named and never dropped silently.
#include "core/tflite/messages.h"
#include "core/tflite/schema.h"
#include "core/tflite/tflite.h"

#include "handmade.h"

#include <catch2/catch.hpp>
#include <flatbuffers/flatbuffers.h>

#include <cstring>

using namespace requant;
using namespace requant::tfliteformat;

namespace {

constexpr flatbuffers::voffset_t slot(int id)
{
    return static_cast<flatbuffers::voffset_t>(4 + 2 * id);
}

struct Future
{
    bool tensorField = false;      // a field behind the last one that the schema has
    bool unionMember = false;      // builtin_options of a type behind the last one
    bool enumValue = false;        // an element type behind the last one
    bool operatorNumber = false;
    bool unionWithoutValue = false;
    int tensors = 2;
};

// A model with one operator, made by hand slot by slot.
std::vector<std::byte> model(const Future &f)
{
    flatbuffers::FlatBufferBuilder b;
    using O = flatbuffers::Offset<void>;
    const auto vectorOf = [&](const std::vector<O> &all) { return O(b.CreateVector(all).o); };
    std::vector<O> tensors;
    for (int i = 0; i < f.tensors; ++i) {
        const auto shape = b.CreateVector(std::vector<std::int32_t>{1, 2});
        const auto extra = b.CreateString("from the future");
        const auto start = b.StartTable();
        b.AddOffset(slot(id::TensorShape), O(shape.o));
        if (f.enumValue)
            b.AddElement<std::int8_t>(slot(id::TensorType), 60);
        if (f.tensorField)
            b.AddOffset(slot(id::TensorExternalBuffer + 1), O(extra.o));
        tensors.push_back(O(b.EndTable(start)));
    }
    const auto optionsStart = b.StartTable();
    const O options(b.EndTable(optionsStart));
    const auto inputs = b.CreateVector(std::vector<std::int32_t>{0});
    const auto outputs = b.CreateVector(std::vector<std::int32_t>{1});
    auto start = b.StartTable();
    b.AddOffset(slot(id::OpInputs), O(inputs.o));
    b.AddOffset(slot(id::OpOutputs), O(outputs.o));
    if (f.unionMember || f.unionWithoutValue)
        b.AddElement<std::uint8_t>(slot(id::OpOptionsType), f.unionMember ? 250 : 1);
    if (f.unionMember)
        b.AddOffset(slot(id::OpOptions), options);
    const O op(b.EndTable(start));
    const O tensorVector = vectorOf(tensors), operatorVector = vectorOf({op});
    start = b.StartTable();
    b.AddOffset(slot(id::GraphTensors), tensorVector);
    b.AddOffset(slot(id::GraphOperators), operatorVector);
    const O graph(b.EndTable(start));
    start = b.StartTable();
    b.AddElement<std::int8_t>(slot(id::CodeDeprecated), f.operatorNumber ? 127 : 3);
    if (f.operatorNumber)
        b.AddElement<std::int32_t>(slot(id::CodeBuiltin), 4000);
    const O code(b.EndTable(start));
    const O graphs = vectorOf({graph}), codes = vectorOf({code});
    start = b.StartTable();
    b.AddElement<std::uint32_t>(slot(id::ModelVersion), 3);
    b.AddOffset(slot(id::ModelOperatorCodes), codes);
    b.AddOffset(slot(id::ModelSubgraphs), graphs);
    b.Finish(flatbuffers::Offset<flatbuffers::Table>(b.EndTable(start)), "TFL3");
    std::vector<std::byte> out(b.GetSize());
    std::memcpy(out.data(), b.GetBufferPointer(), out.size());
    return out;
}

LoadedModel load(const Future &f)
{
    auto owner = std::make_shared<const std::vector<std::byte>>(model(f));
    auto loaded = readTflite(*owner, owner);
    INFO((loaded ? std::string() : text(loaded.error())));
    REQUIRE(loaded);
    return *loaded;
}

} // namespace

TEST_CASE("knownFileHasNoUnknownFields")
{
    const LoadedModel loaded = load({});
    CHECK(loaded.model->unknownFields.empty());
    CHECK(loaded.diagnostics.empty());
}

TEST_CASE("fieldBehindTheSchemaIsNamedOnceAndNotDroppedSilently")
{
    Future f;
    f.tensorField = true;
    const LoadedModel loaded = load(f);
    REQUIRE(loaded.model->unknownFields.size() == 1);
    const std::string &place = loaded.model->unknownFields[0];
    CHECK(place.find("subgraphs[0].tensors[0]") != std::string::npos);
    CHECK(place.find("field 11 of table Tensor") != std::string::npos);
    CHECK(place.find("2 times") != std::string::npos);
    REQUIRE(loaded.diagnostics.size() == 1);
    CHECK(loaded.diagnostics[0].message->id == kUnknownField.id);
    CHECK(loaded.diagnostics[0].severity == Severity::Warning);

    const auto refused = writeTflite(*loaded.model);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().message->id == kWouldLose.id);
    CHECK(text(refused.error()).find("field 11 of table Tensor") != std::string::npos);
    const auto dropped = writeTflite(*loaded.model, {.dropUnknownFields = true});
    REQUIRE(dropped);
    CHECK(test::reread(*dropped).unknownFields.empty());
}

TEST_CASE("unknownOptionsAreNamedAndNotDroppedSilently")
{
    Future f;
    f.unionMember = true;
    const LoadedModel loaded = load(f);
    REQUIRE(loaded.model->unknownFields.size() == 1);
    CHECK(loaded.model->unknownFields[0].find("member 250 of union BuiltinOptions") != std::string::npos);
    CHECK_FALSE(loaded.model->subgraphs[0].operators[0].options);
    CHECK_FALSE(writeTflite(*loaded.model));
}

TEST_CASE("unknownValuesAreKeptAndNamed")
{
    Future f;
    f.enumValue = true;
    f.operatorNumber = true;
    const LoadedModel loaded = load(f);
    CHECK(loaded.model->unknownFields.empty());
    REQUIRE(loaded.diagnostics.size() == 2);
    for (const Diagnostic &d : loaded.diagnostics)
        CHECK(d.message->id == kUnknownValue.id);
    CHECK(opName(loaded.model->subgraphs[0].operators[0].code) == "OPERATOR_4000");
    const Model back = test::reread(*writeTflite(*loaded.model));
    CHECK(modelDifferences(*loaded.model, back).empty());
    CHECK(static_cast<int>(back.subgraphs[0].tensors[0].type) == 60);
}

TEST_CASE("optionsThatAreOnlyAnnouncedAreAWarning")
{
    Future f;
    f.unionWithoutValue = true;
    const LoadedModel loaded = load(f);
    REQUIRE(loaded.diagnostics.size() == 1);
    CHECK(loaded.diagnostics[0].message->id == kMissingOptions.id);
}

TEST_CASE("partsThatAreAbsentStayAbsent")
{
    const LoadedModel loaded = load({});
    const Model &m = *loaded.model;
    CHECK(m.buffers.empty());
    const Model back = test::reread(*writeTflite(m));
    CHECK(modelDifferences(m, back).empty());
    REQUIRE(m.subgraphs[0].rest);
    CHECK(m.subgraphs[0].rest->find(kAbsentFields)); // inputs and outputs of the graph
}

TEST_CASE("tableLimitIsKept")
{
    Future f;
    f.tensors = 500;
    const auto bytes = model(f);
    const auto refused = readTflite(bytes, nullptr, {.maxTables = 100});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().message->id == kTooManyTables.id);
    CHECK(readTflite(bytes, nullptr, {.maxTables = 1000}));
}
