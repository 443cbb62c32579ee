// SPDX-License-Identifier: GPL-3.0-or-later
// The format's schema in a form that reader and writer walk: tables with their fields in id order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace requant::tfliteformat {

// Scalar types first; String and later are stored by offset.
enum class Kind : std::uint8_t {
    None, Bool, Int8, UInt8, Int16, UInt16, Int32, UInt32, Int64, UInt64, Float32, Float64,
    UnionType, // the scalar that says which member a union field holds; it precedes the union field
    String, Table, Union, Vector,
};

constexpr bool isScalar(Kind k) { return k >= Kind::Bool && k <= Kind::UnionType; }
constexpr bool isReal(Kind k) { return k == Kind::Float32 || k == Kind::Float64; }
std::size_t sizeInline(Kind); // bytes in a table or a vector: 4 for what is stored by offset

struct SchemaField
{
    std::string name;
    std::uint16_t id = 0;
    Kind kind = Kind::None;      // None: the id is not in use
    Kind element = Kind::None;   // of a vector
    std::int32_t table = -1;     // of Table and of a vector of tables
    std::int32_t enumeration = -1; // of an enum, and of a union (whose members are tables)
    std::int64_t defaultInt = 0;
    double defaultReal = 0;
    std::size_t vectorAlignment = 0; // where the schema asks for more than the element's
};

struct SchemaTable
{
    std::string name;
    std::vector<SchemaField> fields; // position = id

    const SchemaField *field(std::string_view fieldName) const;
    const SchemaField &at(std::uint16_t id) const { return fields[id]; }
};

struct SchemaEnum
{
    struct Value
    {
        std::string name;
        std::int64_t value = 0;
        std::int32_t table = -1; // of a union's member
    };
    std::string name;
    std::vector<Value> values;

    const Value *byValue(std::int64_t) const;
    const Value *byName(std::string_view) const;
};

struct Schema
{
    std::vector<SchemaTable> tables;
    std::vector<SchemaEnum> enums;

    const SchemaTable *table(std::string_view name) const;
    const SchemaEnum *enumeration(std::string_view name) const;
    static const Schema &instance();
};

// Field ids of the tables that the reader and the writer know by meaning (a test compares them with the schema).
namespace id {
enum Model : std::uint16_t {
    ModelVersion, ModelOperatorCodes, ModelSubgraphs, ModelDescription, ModelBuffers, ModelMetadataBuffer, ModelMetadata,
    ModelSignatureDefs, ModelExternalBufferGroups, ModelExternalBuffers,
};
enum OperatorCode : std::uint16_t { CodeDeprecated, CodeCustom, CodeVersion, CodeBuiltin };
enum SubGraph : std::uint16_t { GraphTensors, GraphInputs, GraphOutputs, GraphOperators, GraphName };
enum Tensor : std::uint16_t {
    TensorShape, TensorType, TensorBuffer, TensorName, TensorQuantization, TensorIsVariable, TensorSparsity,
    TensorShapeSignature, TensorHasRank, TensorVariantTensors, TensorExternalBuffer,
};
enum Quantization : std::uint16_t { QuantMin, QuantMax, QuantScale, QuantZeroPoint, QuantDetailsType, QuantDetails, QuantDimension };
enum Operator : std::uint16_t {
    OpCodeIndex, OpInputs, OpOutputs, OpOptionsType, OpOptions, OpCustomOptions, OpCustomFormat, OpMutating,
    OpIntermediates, OpLargeOffset, OpLargeSize, OpOptions2Type, OpOptions2,
};
enum Buffer : std::uint16_t { BufferData, BufferOffset, BufferSize };
enum Metadata : std::uint16_t { MetadataName, MetadataBuffer };
} // namespace id

// Bits of QuantParams::present: the table exists though it says nothing, or a vector exists though it is empty.
inline constexpr std::uint8_t kEmptyQuantization = 1, kEmptyMin = 2, kEmptyMax = 4, kEmptyScale = 8, kEmptyZeroPoint = 16;
// The file's quantized dimension was out of range and is in Tensor::rest as kSourceDimension; the IR says 0. Written back
// only while this bit is set, so new parameters for the tensor repair it.
inline constexpr std::uint8_t kHasSourceDimension = 32;
inline constexpr std::string_view kSourceDimension = "source_quantized_dimension";

// Fields that `rest` tables have beside the schema's. Vectors and strings are written when they are not empty, and always
// where the format's writers always write them (alwaysWritten); these lists name the exceptions found in a file.
inline constexpr std::string_view kEmptyFields = "empty_fields";
inline constexpr std::string_view kAbsentFields = "absent_fields";
// Operator::rest: the custom options were kept behind the flatbuffer.
inline constexpr std::string_view kExternalOptions = "external_custom_options";
// Model::rest: bytes after the model, e.g. a ZIP archive of label files.
inline constexpr std::string_view kTrailingBytes = "trailing_bytes";
// Model::rest: the trailing archive's offsets count from the start of the file (in the IR they count from its own start).
inline constexpr std::string_view kTrailingMoves = "trailing_offsets_from_file_start";
inline constexpr std::string_view kNotOfSchema[] = {kEmptyFields, kAbsentFields, kExternalOptions, kTrailingBytes, kTrailingMoves,
                                                    kSourceDimension};

} // namespace requant::tfliteformat
