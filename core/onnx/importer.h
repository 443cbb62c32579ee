// SPDX-License-Identifier: GPL-3.0-or-later
// From the file's graph to the intermediate representation, node by node. Values carry the order of their dimensions
// with them, so that a Transpose costs nothing unless a consumer needs another order.
#pragma once

#include "core/onnx/graph.h"
#include "core/onnx/layouts.h"
#include "core/onnx/messages.h"

#include <functional>

namespace requant::onnxformat {

// What an ONNX name stands for.
enum class Level : std::uint8_t {
    Plain,  // the tensor's own values: floats, indices
    Stored, // the integers of a quantized tensor
    Real,   // the reals that the integers of a quantized tensor stand for
};

struct Value
{
    TensorIndex tensor;
    Shape shape; // in ONNX's order
    Perm perm;   // of the stored tensor
    Level level = Level::Plain;
    // The stored tensor is a Reshape of a picture to [shape[0], rest] in the picture's stored order: the picture's
    // shape and order.
    Shape pictureShape;
    Perm picturePerm;
    bool isFlattened() const { return !picturePerm.empty(); }
};

// Scale and zero point as the file says them; `axis` is ONNX's.
struct Grid
{
    std::vector<float> scale;
    std::vector<std::int64_t> zeroPoint; // as many as scales
    ElementType type = ElementType::UInt8;
    std::int64_t axis = 0;
    bool isPerChannel() const { return scale.size() > 1; }
};

// An operator's input. Absent: neither constant nor value.
struct Input
{
    std::string name;
    std::optional<Value> value;
    const Constant *constant = nullptr;
    std::optional<Grid> grid; // of a quantized constant; that of a value is its tensor's
    bool exists() const { return value || constant; }
};

// Where a result goes.
struct Target
{
    std::string name;         // of the tensor
    std::optional<Grid> grid; // per-tensor; none: float
    int activation = 0;       // the schema's number of a fused activation
    bool isStored = false;    // the file's value is the integers (QOperator)
};

// A constant of the file as it became a tensor.
struct ConstantUse
{
    std::string name; // DequantizeLinear's output or the initializer
    TensorIndex tensor;
    std::vector<std::pair<Shape, Perm>> moves;
    std::int64_t axis = 0; // ONNX's, of the channels
    std::size_t node = 0;  // that takes it
};

// Where things of the model are in the file.
struct Origin
{
    std::unordered_map<std::string, Value> values;
    std::unordered_map<std::string, std::pair<std::string, Grid>> quantizedConstants; // by DequantizeLinear's output
    std::vector<ConstantUse> constants;
    std::vector<std::size_t> nodes; // of each operator; kNoNode: of the file's frame
    std::map<std::int32_t, TensorIndex> unsignedTwin;
    bool isUnsignedInFile = false; // int8 activations
    static constexpr std::size_t kNoNode = static_cast<std::size_t>(-1);
};

class Importer
{
public:
    Importer(Graph &graph, Diagnostics &notes);
    std::shared_ptr<Model> import(const std::string &graphName); // throws Refusal
    Origin takeOrigin();

private:
    // importer.cpp: the file's frame and Q/DQ
    void decideSigns();
    void addInput(const Declared &);
    void addOutput(const Declared &);
    bool feedsPictures(const std::string &name) const;
    void node(const Node &);
    void dequantize(const Node &);
    void quantize(const Node &);
    void compute(const Node &);
    std::optional<Target> quantizedTarget(const Node &);
    void finishGrids();
    void setVersions();
    Grid gridOf(const Node &, std::size_t scaleInput, std::size_t zeroPointInput, ElementType without);
    void computeStored(const Node &); // QLinear...

    // operands.cpp: values, constants and tensors
    ElementType storedType(ElementType onnxType) const;
    QuantParams paramsOf(const Grid &, int dimension = 0) const; // with the sign change
    const Value &value(const Node &, const std::string &name) const;
    Input input(const Node &, std::size_t i, bool quantized);
    Input stored(const Node &, std::size_t i, std::size_t scale, std::size_t zeroPoint);
    bool isQuantized(const Node &, std::size_t i);
    void assignGrid(const Node &, const Value &, const Grid &);
    bool hasGrid(TensorIndex, const Grid &) const; // the grid is the file's, the tensor's ours
    Value ordered(const Value &, const Perm &);
    Value plain(const Value &); // a flattened picture in ONNX's order
    Value inOnnxOrder(const Value &);
    Value toFloat(const Value &);
    TensorIndex data(const Input &, const Perm &, std::size_t rank); // constants are padded to `rank` in front
    TensorIndex constantTensor(const std::string &name, const Constant &, const Perm &, const std::optional<Grid> &);
    TensorIndex intsTensor(const std::string &name, const std::vector<std::int64_t> &, Shape shape = {});
    TensorIndex newTensor(std::string name, Shape stored, ElementType, QuantParams = {});
    TensorIndex resultTensor(const Target &, const Shape &stored);
    Operator &emit(Op, std::vector<TensorIndex> inputs, std::vector<TensorIndex> outputs, TablePtr options = nullptr);
    void result(const Node &, std::size_t output, const Target &, Value);
    void copyResult(const Node &, const Value &from, Value to);                    // an operator that keeps the grid
    TensorIndex sameKind(TensorIndex from, const std::string &name, Shape stored); // type and grid of another tensor
    Value requantized(const Value &, const Grid &, const std::string &name);
    std::vector<std::int64_t> constantInts(const Node &, std::size_t input, const std::string &what);
    const Shape &shapeOf(const Node &, const Input &) const;

    // lower_weighted.cpp
    void conv(const Node &, Input x, Input w, Input b, const Target &);
    void fullyConnected(const Node &, Input x, Input w, bool weightsAreOutputsFirst, Input b, const Target &);
    void batchMatmul(const Node &, Input a, Input b, const Target &);
    TensorIndex bias(const Node &, const Input &b, TensorIndex x, TensorIndex w, std::int32_t outputs,
                     const std::string &name);
    void gemm(const Node &, const std::vector<Input> &, const Target &);

    // lower_elementwise.cpp
    void binary(const Node &, Op, Input a, Input b, const Target &);
    void unary(const Node &, Op, Input x, const Target &, TablePtr options = nullptr);
    void fixedOutput(const Node &, Op, Input x, const Target &, TablePtr options); // LOGISTIC, TANH, SOFTMAX
    void clip(const Node &, Input x, const Target &);
    void softmax(const Node &, Input x, const Target &);
    void concat(const Node &, std::vector<Input>, const Target &);
    std::optional<int> activationCode(const Node &); // of Relu and Clip

    // lower_windows.cpp
    void pool(const Node &, Input x, const Target *, bool average);
    void mean(const Node &, Input x, std::vector<std::int64_t> axes, bool keep, const Target &);
    void resize(const Node &, Input x);
    std::pair<Window, Window> windows(const Node &, const Shape &, std::int64_t kernelH, std::int64_t kernelW,
                                      bool dilates) const;
    TensorIndex padded(TensorIndex, const PadChoice &, bool lowest);

    // fold.cpp: values that are known while reading
    bool foldConstants(const Node &);

    // lower_shapes.cpp
    bool shapeOperator(const Node &);
    void reshapeTo(const Node &, const Value &, const Shape &);
    void pad(const Node &, const Value &);
    void slice(const Node &, const Value &);
    void split(const Node &, const Value &);

    Subgraph &g() { return m_model->subgraphs.front(); }
    const Subgraph &g() const { return m_model->subgraphs.front(); }

    Graph &m_graph;
    Diagnostics &m_notes;
    std::shared_ptr<Model> m_model = std::make_shared<Model>();
    std::unordered_map<std::string, Value> m_values;
    std::unordered_map<std::string, std::pair<const Constant *, Grid>>
        m_quantizedConstants;                                       // by the DequantizeLinear's output
    std::unordered_map<std::int32_t, TensorIndex> m_floats;         // DEQUANTIZE of a tensor
    std::vector<std::pair<TensorIndex, TensorIndex>> m_sameGrid;    // copies whose grid may become known later
    std::map<std::pair<std::int32_t, Perm>, TensorIndex> m_ordered; // a tensor in another order
    std::map<std::int32_t, TensorIndex> m_unsignedTwin;             // int8 tensors to the graph inputs they are made of
    std::vector<std::string> m_floatOperators;
    std::vector<ConstantUse> m_constantUses;
    std::unordered_map<std::string, std::string> m_dequantizedNames; // DequantizeLinear's output to its input
    std::vector<std::size_t> m_operatorNodes;
    std::size_t m_node = Origin::kNoNode;
    bool m_unsignedInFile = false;
    bool m_signed = false; // unsigned activations become signed ones
};

// Options with every scalar field, as the schema orders them.
TablePtr table(std::string type, std::vector<std::pair<std::string, std::int64_t>> fields = {});

} // namespace requant::onnxformat
