// SPDX-License-Identifier: GPL-3.0-or-later
// From the intermediate representation to an ONNX graph of QuantizeLinear and DequantizeLinear, operator by operator.
// Pictures become channels first; a value carries the order in which it stands in the file, so that nothing is
// transposed without need.
#pragma once

#include "core/onnx/constants.h"
#include "core/onnx/layouts.h"
#include "core/onnx/messages.h"

#include <map>
#include <set>

namespace requant::onnxformat {

// A tensor as a real value of the file.
struct Written
{
    std::string name;     // of the real value; empty until it is asked for where only integers are there
    std::string integers; // of the integers; empty: it is real in the file
    Shape shape;          // in the file
    Perm perm;            // dimension i of the tensor is the file's perm[i]
    // A matrix of a picture whose rows the file has in its own order: the picture's shape in the file and order.
    Shape pictureShape;
    Perm picturePerm;
};

class Exporter
{
public:
    Exporter(const Model &, Diagnostics &losses);
    onnx::ModelProto write(); // throws Refusal

private:
    // exporter.cpp
    bool needsNewOpset() const;
    bool feedsPictures(TensorIndex) const;
    void addInput(TensorIndex);
    void addOutput(TensorIndex);
    void emit(const Operator &);
    void dispatch(const Operator &);
    [[noreturn]] void refuse(const Operator &, const std::string &why) const;
    const Tensor &tensor(TensorIndex t) const { return m_graph.tensor(t); }
    bool isQuantized(const Tensor &) const;
    std::string fresh(const std::string &wanted);
    onnx::NodeProto &node(const std::string &op, const std::string &name, std::vector<std::string> inputs,
                          const std::string &output);
    std::string initializer(const std::string &name, const Shape &, ElementType, const std::vector<std::byte> &);
    std::string ints(const std::string &name, const std::vector<std::int64_t> &);
    std::string real(const std::string &name, float);
    void quantizer(const std::string &op, const std::string &from, const std::string &to, const std::string &label,
                   const Tensor &, std::int64_t axis);
    std::string dequantized(TensorIndex);      // the real value
    std::string at(TensorIndex, const Perm &); // in this order
    std::string constant(TensorIndex, const Shape &stored, const Perm &, std::int64_t axis,
                         Shape final = {});                     // in the file's order
    std::string again(const std::string &real, const Tensor &); // quantized and dequantized, if the tensor is quantized
    std::string reshaped(TensorIndex, const Shape &);           // from the stored order
    const Written &written(const Operator &, TensorIndex);
    Perm permOf(TensorIndex) const;
    bool isConstant(TensorIndex t) const { return m_model.isConstant(tensor(t)); }
    std::vector<std::int64_t> constantInts(const Operator &, std::size_t) const;
    // The real output of an operator in an order; `result` quantizes it where the tensor is.
    std::string outputName(const Operator &, std::size_t k = 0);
    void result(const Operator &, std::size_t k, const std::string &name, Shape shape, Perm perm);
    void activated(const Operator &, const std::string &real, Shape shape, Perm perm); // through the fused activation
    std::string inPicture(TensorIndex);                                                // channels first
    Perm commonPerm(const Operator &) const;

    // emit_weighted.cpp
    void conv(const Operator &, bool depthwise);
    void fullyConnected(const Operator &);
    void batchMatmul(const Operator &);
    std::string bias(const Operator &, TensorIndex x, TensorIndex w, TensorIndex b, std::int64_t outputs);
    void pads(onnx::NodeProto &, const Operator &, const Shape &in, std::int64_t kernelH, std::int64_t kernelW,
              std::int64_t dilationH, std::int64_t dilationW);

    // emit_other.cpp
    void binary(const Operator &, const char *);
    void unary(const Operator &, const char *);
    void clip(const Operator &, float low, float high);
    void pool(const Operator &, bool average);
    void mean(const Operator &);
    void reshape(const Operator &);
    void softmax(const Operator &);
    void concat(const Operator &);
    void pad(const Operator &);
    void transpose(const Operator &);
    void slice(const Operator &);
    void split(const Operator &);
    void resize(const Operator &);
    void copy(const Operator &); // QUANTIZE, DEQUANTIZE
    std::vector<std::int64_t> fileAxes(const Operator &, const Perm &, std::vector<std::int64_t> stored) const;

    const Model &m_model;
    const Subgraph &m_graph;
    GraphIndex m_index;
    Diagnostics &m_losses;
    onnx::ModelProto m_proto;
    std::vector<onnx::NodeProto> m_nodes;
    std::map<std::int32_t, Written> m_written;
    std::map<std::pair<std::int32_t, Perm>, std::string> m_ordered;
    std::set<std::string> m_names;
    std::map<std::string, std::string> m_shared; // initializers by content
    bool m_new = false;                          // opset 21
    const Operator *m_at = nullptr;
};

void setInts(onnx::NodeProto &, const std::string &name, const std::vector<std::int64_t> &);
void setInt(onnx::NodeProto &, const std::string &name, std::int64_t);
void setFloat(onnx::NodeProto &, const std::string &name, float);
void setString(onnx::NodeProto &, const std::string &name, const std::string &);
int onnxTypeOf(ElementType); // 0 for those that ONNX does not have

} // namespace requant::onnxformat
