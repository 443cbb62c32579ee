// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tflite/tflite.h"

#include "handmade.h"

#include <catch2/catch.hpp>

#include <functional>

using namespace requant;

TEST_CASE("everyChangeIsFoundAndNamed")
{
    const std::vector<std::pair<std::string, std::function<void(Model &)>>> changes = {
        {"version", [](Model &m) { m.version = 2; }},
        {"description", [](Model &m) { m.description = "other"; }},
        {"operator_codes.size", [](Model &m) { m.operatorCodes.emplace_back(); }},
        {"buffers[2].data[0]", [](Model &m) { m.buffers[2] = Buffer::fromBytes(std::vector<std::byte>(6)); }},
        {"buffers[1].external", [](Model &m) { m.buffers[1].external = true; }},
        {"metadata.size", [](Model &m) { m.metadata.push_back({"x", BufferIndex(0)}); }},
        {"rest", [](Model &m) { m.rest = std::make_shared<Table>(); }},
        {"unknown_fields.size", [](Model &m) { m.unknownFields = {"x"}; }},
        {"subgraphs[0].name", [](Model &m) { m.subgraphs[0].name = "x"; }},
        {"subgraphs[0].inputs[0]", [](Model &m) { m.subgraphs[0].inputs[0] = TensorIndex(1); }},
        {"subgraphs[0].tensors[1].name", [](Model &m) { m.subgraphs[0].tensors[1].name = "x"; }},
        {"subgraphs[0].tensors[1].shape[0]", [](Model &m) { m.subgraphs[0].tensors[1].shape[0] = 9; }},
        {"subgraphs[0].tensors[1].type", [](Model &m) { m.subgraphs[0].tensors[1].type = ElementType::UInt8; }},
        {"subgraphs[0].tensors[1].buffer", [](Model &m) { m.subgraphs[0].tensors[1].buffer = BufferIndex(0); }},
        {"subgraphs[0].tensors[1].is_variable", [](Model &m) { m.subgraphs[0].tensors[1].isVariable = true; }},
        {"subgraphs[0].tensors[1].quantization.scale[2]",
         [](Model &m) { m.subgraphs[0].tensors[1].quant.scale[2] = -0.3f; }},
        {"subgraphs[0].tensors[1].quantization.zero_point[1]",
         [](Model &m) { m.subgraphs[0].tensors[1].quant.zeroPoint[1] = 1; }},
        {"subgraphs[0].tensors[3].shape_signature[0]",
         [](Model &m) { m.subgraphs[0].tensors[3].shapeSignature = Shape{1, 4, 4, 3}; }},
        {"subgraphs[0].operators[0].version", [](Model &m) { m.subgraphs[0].operators[0].version = 1; }},
        {"subgraphs[0].operators[0].code", [](Model &m) { m.subgraphs[0].operators[0].code = Op::Add; }},
        {"subgraphs[0].operators[0].inputs.size", [](Model &m) { m.subgraphs[0].operators[0].inputs.pop_back(); }},
        {"subgraphs[0].operators[0].custom_options.size",
         [](Model &m) { m.subgraphs[0].operators[0].customOptions.resize(1); }},
        {"subgraphs[0].operators[0].builtin_options.stride_w",
         [](Model &m) {
             Table t = *m.subgraphs[0].operators[0].options;
             t.set("stride_w", {std::int64_t{2}});
             m.subgraphs[0].operators[0].options = std::make_shared<Table>(t);
         }},
    };
    const Model model = test::smallModel();
    CHECK(modelDifferences(model, test::smallModel()).empty());
    for (const auto &[place, change] : changes) {
        Model other = model;
        change(other);
        const auto lines = modelDifferences(model, other);
        INFO(place);
        REQUIRE(lines.size() == 1);
        INFO(lines[0]);
        CHECK(lines[0].starts_with(place + ": "));
    }
}

TEST_CASE("noMoreLinesThanAsked")
{
    Model other = test::smallModel();
    for (Tensor &t : other.subgraphs[0].tensors)
        t.name += "x";
    CHECK(modelDifferences(test::smallModel(), other, 2).size() == 2);
}
