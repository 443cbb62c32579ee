// SPDX-License-Identifier: GPL-3.0-or-later
// The intermediate representation: a network with integer tensors and their quantization parameters. A Model is a plain
// value; copying it never copies weights, because buffers are shared and immutable. Passes append tensors, operators and
// buffers and never renumber tensors or buffers, so that a tensor keeps its index through a conversion.
#pragma once

#include "core/base/index.h"
#include "core/model/elementtype.h"
#include "core/model/operatorcode.h"
#include "core/model/table.h"

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace requant {

using Shape = std::vector<std::int32_t>; // -1 stands for an unknown dimension only in Tensor::shapeSignature

// Number of elements; 1 for a scalar (empty shape). Negative dimensions count as 0.
std::int64_t elementCount(const Shape &);
std::string shapeText(const Shape &); // "1x224x224x3"

// Uniform affine quantization: real = scale[c] * (q - zeroPoint[c]), c along quantizedDimension if per-channel.
// zeroPoint may have one entry while scale has many (then it is shared).
struct QuantParams
{
    std::vector<float> scale;
    std::vector<std::int64_t> zeroPoint;
    std::vector<float> min, max; // as some converters write them; informative
    std::int32_t quantizedDimension = 0;
    TablePtr details;           // custom, blockwise or multi-axis quantization, kept as read; null if none
    std::uint8_t present = 0;   // the source's presence of empty parts, for lossless writing; see tflite/
    bool isQuantized() const { return !scale.empty(); }
    bool isPerChannel() const { return scale.size() > 1; }
    float scaleAt(std::size_t channel) const { return scale.size() > 1 ? scale[channel] : scale.empty() ? 0.0f : scale[0]; }
    std::int64_t zeroPointAt(std::size_t channel) const
    {
        return zeroPoint.size() > 1 ? zeroPoint[channel] : zeroPoint.empty() ? 0 : zeroPoint[0];
    }
    // Scale, zero point and (if per-channel) dimension are equal bit by bit; min, max and details are not compared.
    bool sameGrid(const QuantParams &) const;
    static QuantParams perTensor(float scale, std::int64_t zeroPoint);
};

// Immutable bytes, shared between models. `owner` keeps a mapped file or a vector alive.
struct Buffer
{
    std::span<const std::byte> data;
    std::shared_ptr<const void> owner;
    bool present = false;  // the source had a data vector (possibly empty)
    bool external = false; // the source kept the bytes behind the flatbuffer (large files)
    static Buffer fromBytes(std::vector<std::byte> bytes);
    template <class T>
    static Buffer fromValues(std::span<const T> values)
    {
        const auto b = std::as_bytes(values);
        return fromBytes(std::vector<std::byte>(b.begin(), b.end()));
    }
};

struct Tensor
{
    std::string name;
    Shape shape;
    std::optional<Shape> shapeSignature;
    ElementType type = ElementType::Float32;
    BufferIndex buffer{0}; // 0 is the always empty buffer: no constant data
    QuantParams quant;
    bool isVariable = false;
    TablePtr rest; // sparsity, variant tensors, has_rank ... as read; null if there is nothing of the kind
};

struct Operator
{
    Op code = Op::Custom;
    std::int32_t version = 1;
    std::string customCode;                // for Op::Custom
    std::vector<TensorIndex> inputs;       // an invalid index marks an absent optional input
    std::vector<TensorIndex> outputs;
    std::vector<TensorIndex> intermediates;
    TablePtr options;                      // null if none
    TablePtr options2;                     // the schema's second union of options
    std::vector<std::byte> customOptions;  // opaque
    TablePtr rest;                         // mutating inputs, debug indices ... as read
    std::int32_t codeSlot = -1;            // entry in Model::operatorCodes that the source used, -1 for a new operator
};

struct OperatorCode // as in the file; kept so that unused and duplicate entries survive
{
    Op code = Op::Custom;
    std::int32_t deprecatedCode = 0;
    std::optional<std::int32_t> builtinCode; // where the file's newer field says something else than `code` (old files: 0)
    std::int32_t version = 1;
    std::string customCode;
    bool hasCustomCode = false;
};

struct Subgraph
{
    std::string name;
    std::vector<Tensor> tensors;
    std::vector<Operator> operators; // in execution order
    std::vector<TensorIndex> inputs, outputs;
    TablePtr rest;

    Tensor &tensor(TensorIndex i) { return tensors[i.pos()]; }
    const Tensor &tensor(TensorIndex i) const { return tensors[i.pos()]; }
    Operator &op(OperatorIndex i) { return operators[i.pos()]; }
    const Operator &op(OperatorIndex i) const { return operators[i.pos()]; }
};

struct MetadataEntry
{
    std::string name;
    BufferIndex buffer;
};

// The file of another format that a model was read from, so that it can be written back into it.
struct SourceFile
{
    std::string format; // "onnx", or kOnnxUnsigned
    std::span<const std::byte> bytes;
    std::shared_ptr<const void> owner;
    std::string folder; // where parts beside the file lie
};

inline constexpr std::string_view kOnnxUnsigned = "onnx-uint8"; // int8 activations are uint8 in the file

struct Model
{
    std::uint32_t version = 3;
    std::string description;
    std::vector<OperatorCode> operatorCodes;
    std::vector<Subgraph> subgraphs;
    std::vector<Buffer> buffers; // buffer 0 is empty
    std::vector<MetadataEntry> metadata;
    TablePtr rest;                           // signatures, metadata_buffer, presence ... as read
    std::shared_ptr<const SourceFile> sourceFile; // null: TFLite, or made here; tensors keep their indices in it
    std::vector<std::string> unknownFields;  // places of fields newer than our schema: writing would lose them

    Subgraph &subgraph(SubgraphIndex i) { return subgraphs[i.pos()]; }
    const Subgraph &subgraph(SubgraphIndex i) const { return subgraphs[i.pos()]; }
    const Tensor &tensor(TensorRef r) const { return subgraphs[r.subgraph.pos()].tensors[r.tensor.pos()]; }
    Tensor &tensor(TensorRef r) { return subgraphs[r.subgraph.pos()].tensors[r.tensor.pos()]; }
    const Operator &op(OperatorRef r) const { return subgraphs[r.subgraph.pos()].operators[r.op.pos()]; }
    Operator &op(OperatorRef r) { return subgraphs[r.subgraph.pos()].operators[r.op.pos()]; }
    // Constant bytes of a tensor; empty for activations.
    std::span<const std::byte> data(const Tensor &) const;
    bool isConstant(const Tensor &t) const { return !data(t).empty(); }
    BufferIndex addBuffer(Buffer);
    // Bytes of the metadata entry with this name, or empty.
    std::span<const std::byte> metadataBytes(std::string_view name) const;
    void setMetadata(std::string name, std::vector<std::byte> bytes); // replaces an entry of that name
};

// Producers and consumers; built once per Subgraph and never stored in the Model.
class GraphIndex
{
public:
    explicit GraphIndex(const Subgraph &);
    OperatorIndex producer(TensorIndex) const;                      // none for graph inputs and constants
    std::span<const OperatorIndex> consumers(TensorIndex) const;    // each operator once, in execution order
    std::span<const TensorIndex> sharing(BufferIndex) const;        // tensors of this subgraph on one buffer
    bool isGraphInput(TensorIndex) const;
    bool isGraphOutput(TensorIndex) const;

private:
    std::vector<OperatorIndex> m_producer;
    std::vector<std::vector<OperatorIndex>> m_consumers;
    std::vector<std::vector<TensorIndex>> m_sharing;
    std::vector<bool> m_isInput, m_isOutput;
};

// The short name by which users know an operator: its first output tensor's name, shortened from the front to the
// part that tells layers apart ("MobilenetV2/expanded_conv_3/add" -> "expanded_conv_3/add").
std::string layerName(const Subgraph &, const Operator &);
// layerName() of every operator, in linear time.
std::vector<std::string> layerNames(const Subgraph &);

} // namespace requant
