// SPDX-License-Identifier: GPL-3.0-or-later
#include "handmade.h"

#include "core/tflite/schema.h"
#include "core/tflite/tflite.h"

#include <catch2/catch.hpp>

#include <limits>

namespace requant::test {

using namespace tfliteformat;

namespace {

template <class T>
BufferIndex constant(Model &m, const std::vector<T> &values)
{
    return m.addBuffer(Buffer::fromValues(std::span<const T>(values)));
}

TablePtr table(std::string type, std::vector<Field> fields)
{
    return std::make_shared<Table>(Table{std::move(type), std::move(fields)});
}

// A value that is not the default, within what the field may hold.
FieldValue notDefault(const SchemaField &f);

TablePtr filled(const SchemaTable &schema)
{
    auto t = std::make_shared<Table>();
    t->type = schema.name;
    for (const SchemaField &f : schema.fields) {
        if (f.kind != Kind::UnionType)
            t->fields.push_back({f.name, notDefault(f)});
    }
    return t;
}

std::int64_t otherInteger(const SchemaField &f, Kind kind)
{
    const Schema &schema = Schema::instance();
    if (f.enumeration >= 0)
        return schema.enums[static_cast<std::size_t>(f.enumeration)].values.back().value;
    if (f.name == "subgraph" || f.name.ends_with("subgraph_index") || f.name == "branch_subgraph_indices"
        || f.name == "called_computations")
        return f.name == "then_subgraph_index" ? 2 : 1;
    switch (kind) {
    case Kind::Bool: return f.defaultInt ? 0 : 1;
    case Kind::Int8: return -7;
    case Kind::UInt8: return 200;
    case Kind::UInt16: return 65535;
    case Kind::Int32: return -123456;
    case Kind::UInt32: return 0xFFFFFFFF;
    case Kind::UInt64:
    case Kind::Int64: return std::numeric_limits<std::int64_t>::min() + 5;
    default: return 1;
    }
}

FieldValue notDefault(const SchemaField &f)
{
    const Schema &schema = Schema::instance();
    switch (f.kind) {
    case Kind::String: return {"text of " + f.name};
    case Kind::Float32: return {static_cast<double>(0.1f)};
    case Kind::Table: return {filled(schema.tables[static_cast<std::size_t>(f.table)])};
    case Kind::Vector:
        if (f.element == Kind::Float32)
            return {FieldValue::Reals{0.5, static_cast<double>(-0.1f)}};
        return {FieldValue::Ints{otherInteger(f, f.element), f.enumeration >= 0 || f.element == Kind::Bool ? 0 : 1}};
    default: return {otherInteger(f, f.kind)};
    }
}

void addOptionOperators(Model &m, Subgraph &g)
{
    const Schema &schema = Schema::instance();
    std::int32_t code = 0;
    for (const auto &[unionName, second] : {std::pair{"BuiltinOptions", false}, std::pair{"BuiltinOptions2", true}}) {
        for (const SchemaEnum::Value &member : schema.enumeration(unionName)->values) {
            if (member.table < 0)
                continue;
            Operator op;
            op.code = static_cast<Op>(code == 32 ? ++code : code);
            op.version = 1 + code % 5;
            ++code;
            op.inputs = {TensorIndex(0), TensorIndex()};
            op.outputs = {TensorIndex(1)};
            (second ? op.options2 : op.options) = filled(schema.tables[static_cast<std::size_t>(member.table)]);
            g.operators.push_back(std::move(op));
        }
    }
    (void)m;
}

} // namespace

Model smallModel()
{
    Model m;
    m.description = "small";
    m.addBuffer(Buffer::fromBytes({}));
    Subgraph &g = m.subgraphs.emplace_back();
    g.name = "main";
    g.tensors.resize(4);
    Tensor &input = g.tensors[0], &weights = g.tensors[1], &bias = g.tensors[2], &output = g.tensors[3];
    input.name = "input";
    input.shape = {1, 4, 4, 2};
    input.type = ElementType::Int8;
    input.quant = QuantParams::perTensor(0.5f, -3);
    weights.name = "weights";
    weights.shape = {3, 1, 1, 2};
    weights.type = ElementType::Int8;
    weights.buffer = constant<std::int8_t>(m, {1, -2, 3, -4, 5, -6});
    weights.quant.scale = {0.1f, 0.2f, 0.3f};
    weights.quant.zeroPoint = {0, 0, 0};
    bias.name = "bias";
    bias.shape = {3};
    bias.type = ElementType::Int32;
    bias.buffer = constant<std::int32_t>(m, {10, -20, 30});
    bias.quant.scale = {0.05f, 0.1f, 0.15f};
    bias.quant.zeroPoint = {0, 0, 0};
    output.name = "output";
    output.shape = {1, 4, 4, 3};
    output.shapeSignature = Shape{-1, 4, 4, 3};
    output.type = ElementType::Int8;
    output.quant = QuantParams::perTensor(0.25f, 7);
    Operator conv;
    conv.code = Op::Conv2D;
    conv.version = 3;
    conv.inputs = {TensorIndex(0), TensorIndex(1), TensorIndex(2)};
    conv.outputs = {TensorIndex(3)};
    conv.options = table("Conv2DOptions", {{"padding", {std::int64_t{0}}}, {"stride_w", {std::int64_t{1}}},
                                           {"stride_h", {std::int64_t{1}}}, {"fused_activation_function", {std::int64_t{0}}},
                                           {"dilation_w_factor", {std::int64_t{1}}}, {"dilation_h_factor", {std::int64_t{1}}},
                                           {"quantized_bias_type", {std::int64_t{0}}}});
    g.operators.push_back(conv);
    g.inputs = {TensorIndex(0)};
    g.outputs = {TensorIndex(3)};
    return m;
}

Model everythingModel()
{
    Model m;
    m.description = "everything \xC3\xA4";
    m.addBuffer(Buffer::fromBytes({})); // present and empty
    m.buffers.emplace_back();           // absent
    const Schema &schema = Schema::instance();

    Subgraph &g = m.subgraphs.emplace_back();
    g.name = "main";
    g.tensors.resize(14);
    for (std::size_t i = 0; i < g.tensors.size(); ++i) {
        g.tensors[i].name = "tensor" + std::to_string(i);
        g.tensors[i].shape = {2, 3};
        g.tensors[i].type = ElementType::Int8;
    }
    g.tensors[1].quant = QuantParams::perTensor(0.25f, 128 - 200);
    g.tensors[1].quant.min = {-1.0f};
    g.tensors[1].quant.max = {std::numeric_limits<float>::infinity()};
    g.tensors[2].isVariable = true;
    g.tensors[2].shapeSignature = Shape{-1, 3};
    g.tensors[3].quant.details = filled(*schema.table("CustomQuantization"));
    g.tensors[4].quant.details = table("BlockwiseQuantization", {{"scales", {std::int64_t{1}}}, {"zero_points", {std::int64_t{-1}}},
                                                                 {"block_size", {std::int64_t{32}}}});
    g.tensors[5].quant.details = table("MultiAxisQuantization",
                                       {{"scales", {std::int64_t{1}}}, {"zero_points", {std::int64_t{2}}},
                                        {"block_size", {std::int64_t{0}}}, {"quantized_dimensions", {FieldValue::Ints{0, 1}}}});
    g.tensors[5].quant.quantizedDimension = 1;
    // Sparse: the data is shorter than the shape says.
    const auto indices = [](const char *type, FieldValue::Ints values) {
        return FieldValue{table(type, {{"values", {std::move(values)}}})};
    };
    FieldValue::Tables dimensions;
    dimensions.push_back(table("DimensionMetadata", {{"format", {std::int64_t{0}}}, {"dense_size", {std::int64_t{2}}}}));
    dimensions.push_back(table("DimensionMetadata", {{"format", {std::int64_t{1}}}, {"dense_size", {std::int64_t{0}}},
                                                     {"array_segments", indices("Uint8Vector", {0, 1, 2})},
                                                     {"array_indices", indices("Uint16Vector", {0, 65535})}}));
    dimensions.push_back(table("DimensionMetadata", {{"format", {std::int64_t{1}}}, {"dense_size", {std::int64_t{0}}},
                                                     {"array_segments", indices("Int32Vector", {0, -1})}}));
    g.tensors[6].buffer = constant<std::int8_t>(m, {1, 2});
    g.tensors[6].rest = table("Tensor", {{"sparsity", {table("SparsityParameters",
                                                            {{"traversal_order", {FieldValue::Ints{0, 1}}},
                                                             {"block_map", {FieldValue::Ints{}}},
                                                             {"dim_metadata", {std::move(dimensions)}}})}}});
    g.tensors[7].type = ElementType::Variant;
    g.tensors[7].shape = {};
    g.tensors[7].rest = table("Tensor", {{"has_rank", {std::int64_t{1}}},
                                         {"variant_tensors", {FieldValue::Tables{filled(*schema.table("VariantSubType"))}}}});
    g.tensors[8].rest = table("Tensor", {{"external_buffer", {std::int64_t{7}}}});
    g.tensors[9].type = ElementType::Int4;
    g.tensors[9].shape = {3, 3};
    g.tensors[9].buffer = m.addBuffer(Buffer::fromBytes(std::vector<std::byte>(5, std::byte{0x5A})));
    g.tensors[9].quant.scale = {0.1f, 0.2f, 0.3f};
    g.tensors[9].quant.zeroPoint = {0};
    g.tensors[9].quant.quantizedDimension = 1;
    g.tensors[10].type = ElementType::String;
    g.tensors[10].shape = {1};
    g.tensors[10].buffer = m.addBuffer(Buffer::fromBytes(std::vector<std::byte>(13)));
    // Parts that are there but empty, or not there at all.
    g.tensors[11].quant.present = kEmptyQuantization;
    g.tensors[12].quant.present = kEmptyMin | kEmptyMax | kEmptyScale | kEmptyZeroPoint;
    g.tensors[12].shape = {};
    g.tensors[12].shapeSignature = Shape{};
    g.tensors[13].name.clear();
    g.tensors[13].shape = {};
    g.tensors[13].rest = table("Tensor", {{std::string(kEmptyFields), {FieldValue::Strings{"name"}}},
                                          {std::string(kAbsentFields), {FieldValue::Strings{"shape"}}}});
    g.inputs = {TensorIndex(0)};
    g.outputs = {TensorIndex(1)};
    g.rest = table("SubGraph", {{"debug_metadata_index", {std::int64_t{3}}}});
    addOptionOperators(m, g);

    Operator custom;
    custom.customCode = "MyOperator";
    custom.inputs = {TensorIndex(0)};
    custom.outputs = {TensorIndex(1), TensorIndex(2)};
    custom.intermediates = {TensorIndex(3), TensorIndex()};
    custom.customOptions = std::vector<std::byte>(21, std::byte{0xA5});
    custom.rest = table("Operator", {{"mutating_variable_inputs", {FieldValue::Ints{0, 1}}},
                                     {"debug_metadata_index", {std::int64_t{4}}}});
    g.operators.push_back(custom);
    custom.rest = table("Operator", {{std::string(kExternalOptions), {std::int64_t{1}}}});
    g.operators.push_back(custom);
    Operator bare;
    bare.code = static_cast<Op>(209);
    bare.rest = table("Operator", {{std::string(kEmptyFields), {FieldValue::Strings{"intermediates", "custom_options"}}},
                                   {std::string(kAbsentFields), {FieldValue::Strings{"inputs", "outputs"}}},
                                   {"mutating_variable_inputs", {FieldValue::Ints{}}}});
    g.operators.push_back(bare);

    for (const char *name : {"second", ""}) {
        Subgraph &other = m.subgraphs.emplace_back();
        other.name = name;
        other.tensors.resize(1);
        other.tensors[0].name = "t";
        other.inputs = other.outputs = {TensorIndex(0)};
    }
    Buffer behind = Buffer::fromBytes(std::vector<std::byte>(33, std::byte{0x11}));
    behind.external = true;
    behind.present = false;
    m.addBuffer(behind);

    m.setMetadata("min_runtime_version", std::vector<std::byte>(16, std::byte{'1'}));
    m.setMetadata("mine", {});
    const auto map = [](std::string name, std::int64_t index) {
        return table("TensorMap", {{"name", {std::move(name)}}, {"tensor_index", {index}}});
    };
    m.rest = table("Model",
                   {{"metadata_buffer", {FieldValue::Ints{0, 1}}},
                    {"signature_defs", {FieldValue::Tables{
                        table("SignatureDef", {{"inputs", {FieldValue::Tables{map("x", 0)}}},
                                               {"outputs", {FieldValue::Tables{map("y", 1), map("z", 2)}}},
                                               {"signature_key", {std::string("serving_default")}},
                                               {"deprecated_tag", {std::string("serve")}},
                                               {"subgraph_index", {std::int64_t{0}}}}),
                        table("SignatureDef", {{"inputs", {FieldValue::Tables{}}}, {"subgraph_index", {std::int64_t{1}}}})}}},
                    {"external_buffer_groups", {FieldValue::Tables{filled(*schema.table("ExternalBufferGroup"))}}},
                    {"external_buffers", {FieldValue::Tables{filled(*schema.table("ExternalBuffer"))}}}});
    return m;
}

Model reread(std::vector<std::byte> bytes)
{
    auto owner = std::make_shared<const std::vector<std::byte>>(std::move(bytes));
    auto loaded = readTflite(*owner, owner);
    INFO((loaded ? std::string() : text(loaded.error())));
    REQUIRE(loaded);
    return *loaded->model;
}

} // namespace requant::test
