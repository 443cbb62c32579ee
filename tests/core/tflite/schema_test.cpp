// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tflite/schema.h"

#include "core/model/elementtype.h"
#include "core/model/operatorcode.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cctype>

using namespace requant;
using namespace requant::tfliteformat;

namespace {

std::string lower(std::string s)
{
    std::transform(s.begin(), s.end(), s.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return s;
}

void checkFields(const char *table, std::uint16_t last, const std::vector<std::pair<std::uint16_t, const char *>> &ids)
{
    const SchemaTable *t = Schema::instance().table(table);
    REQUIRE(t);
    CHECK(t->fields.size() > last);
    for (const auto &[id, name] : ids)
        CHECK(t->at(id).name == name);
}

} // namespace

TEST_CASE("fieldNumbersAreTheSchemas")
{
    checkFields("Model", id::ModelExternalBuffers,
                {{id::ModelVersion, "version"}, {id::ModelOperatorCodes, "operator_codes"}, {id::ModelSubgraphs, "subgraphs"},
                 {id::ModelDescription, "description"}, {id::ModelBuffers, "buffers"}, {id::ModelMetadataBuffer, "metadata_buffer"},
                 {id::ModelMetadata, "metadata"}, {id::ModelSignatureDefs, "signature_defs"},
                 {id::ModelExternalBufferGroups, "external_buffer_groups"}, {id::ModelExternalBuffers, "external_buffers"}});
    checkFields("OperatorCode", id::CodeBuiltin,
                {{id::CodeDeprecated, "deprecated_builtin_code"}, {id::CodeCustom, "custom_code"}, {id::CodeVersion, "version"},
                 {id::CodeBuiltin, "builtin_code"}});
    checkFields("SubGraph", id::GraphName,
                {{id::GraphTensors, "tensors"}, {id::GraphInputs, "inputs"}, {id::GraphOutputs, "outputs"},
                 {id::GraphOperators, "operators"}, {id::GraphName, "name"}});
    checkFields("Tensor", id::TensorExternalBuffer,
                {{id::TensorShape, "shape"}, {id::TensorType, "type"}, {id::TensorBuffer, "buffer"}, {id::TensorName, "name"},
                 {id::TensorQuantization, "quantization"}, {id::TensorIsVariable, "is_variable"}, {id::TensorSparsity, "sparsity"},
                 {id::TensorShapeSignature, "shape_signature"}, {id::TensorHasRank, "has_rank"},
                 {id::TensorVariantTensors, "variant_tensors"}, {id::TensorExternalBuffer, "external_buffer"}});
    checkFields("QuantizationParameters", id::QuantDimension,
                {{id::QuantMin, "min"}, {id::QuantMax, "max"}, {id::QuantScale, "scale"}, {id::QuantZeroPoint, "zero_point"},
                 {id::QuantDetailsType, "details_type"}, {id::QuantDetails, "details"}, {id::QuantDimension, "quantized_dimension"}});
    checkFields("Operator", id::OpOptions2,
                {{id::OpCodeIndex, "opcode_index"}, {id::OpInputs, "inputs"}, {id::OpOutputs, "outputs"},
                 {id::OpOptionsType, "builtin_options_type"}, {id::OpOptions, "builtin_options"},
                 {id::OpCustomOptions, "custom_options"}, {id::OpCustomFormat, "custom_options_format"},
                 {id::OpMutating, "mutating_variable_inputs"}, {id::OpIntermediates, "intermediates"},
                 {id::OpLargeOffset, "large_custom_options_offset"}, {id::OpLargeSize, "large_custom_options_size"},
                 {id::OpOptions2Type, "builtin_options_2_type"}, {id::OpOptions2, "builtin_options_2"}});
    checkFields("Buffer", id::BufferSize,
                {{id::BufferData, "data"}, {id::BufferOffset, "offset"}, {id::BufferSize, "size"}});
    checkFields("Metadata", id::MetadataBuffer, {{id::MetadataName, "name"}, {id::MetadataBuffer, "buffer"}});
}

TEST_CASE("elementTypesAreTheSchemas")
{
    const SchemaEnum *types = Schema::instance().enumeration("TensorType");
    REQUIRE(types);
    CHECK(types->values.size() == 23);
    for (const auto &v : types->values)
        CHECK(typeName(static_cast<ElementType>(v.value)) == lower(v.name));
}

TEST_CASE("operatorsAreTheSchemas")
{
    const SchemaEnum *operators = Schema::instance().enumeration("BuiltinOperator");
    REQUIRE(operators);
    CHECK(operators->values.size() == 210);
    for (const auto &v : operators->values)
        CHECK(opName(static_cast<Op>(v.value)) == v.name);
    CHECK(Schema::instance().enumeration("BuiltinOptions")->values.size() == 1 + 126);
    CHECK(Schema::instance().enumeration("BuiltinOptions2")->values.size() == 1 + 23);
}

TEST_CASE("defaultsAndAlignmentsComeFromTheSchema")
{
    const Schema &s = Schema::instance();
    CHECK(s.table("Conv2DOptions")->field("dilation_w_factor")->defaultInt == 1);
    CHECK(s.table("Operator")->field("debug_metadata_index")->defaultInt == -1);
    CHECK(s.table("AddOptions")->field("pot_scale_int16")->defaultInt == 1);
    CHECK(s.table("UniqueOptions")->field("idx_out_type")->defaultInt == 2);
    CHECK(s.table("Buffer")->field("data")->vectorAlignment == 16);
    CHECK(s.table("CustomQuantization")->field("custom")->vectorAlignment == 16);
    CHECK(s.table("Uint16Vector")->field("values")->vectorAlignment == 4);
}
