// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/onnx/exporter.h"

#include <algorithm>

namespace requant::onnxformat {

namespace {

constexpr std::int64_t kOpset13 = 13, kOpset21 = 21;
constexpr int kOldIr = 8, kNewIr = 10;

} // namespace

int onnxTypeOf(ElementType type)
{
    for (const int t : {1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 13, 16, 21, 22}) {
        if (elementTypeOf(t, {}) == type)
            return t;
    }
    return 0;
}

namespace {

onnx::AttributeProto &attribute(onnx::NodeProto &n, const std::string &name, onnx::AttributeProto::AttributeType type)
{
    auto &a = *n.add_attribute();
    a.set_name(name);
    a.set_type(type);
    return a;
}

} // namespace

void setInts(onnx::NodeProto &n, const std::string &name, const std::vector<std::int64_t> &v)
{
    auto &a = attribute(n, name, onnx::AttributeProto::INTS);
    for (const std::int64_t i : v)
        a.add_ints(i);
}

void setInt(onnx::NodeProto &n, const std::string &name, std::int64_t v)
{
    attribute(n, name, onnx::AttributeProto::INT).set_i(v);
}

void setFloat(onnx::NodeProto &n, const std::string &name, float v)
{
    attribute(n, name, onnx::AttributeProto::FLOAT).set_f(v);
}

void setString(onnx::NodeProto &n, const std::string &name, const std::string &v)
{
    attribute(n, name, onnx::AttributeProto::STRING).set_s(v);
}

Exporter::Exporter(const Model &model, Diagnostics &losses)
    : m_model(model), m_graph(model.subgraphs.front()), m_index(m_graph), m_losses(losses)
{
}

void Exporter::refuse(const Operator &op, const std::string &why) const
{
    onnxformat::refuse(kNotWritable,
                       {op.outputs.empty() || !op.outputs[0] ? std::string("?") : tensor(op.outputs[0]).name,
                        op.code == Op::Custom ? op.customCode : opName(op.code), why});
}

// Integers of 16 and 4 bits came with opset 21.
bool Exporter::needsNewOpset() const
{
    return std::any_of(m_graph.tensors.begin(), m_graph.tensors.end(), [](const Tensor &t) {
        return t.quant.isQuantized() && (bitWidth(t.type) == 16 || bitWidth(t.type) == 4);
    });
}

bool Exporter::isQuantized(const Tensor &t) const
{
    return t.quant.isQuantized() && isIntegerStorage(t.type) && bitWidth(t.type) <= 16;
}

bool Exporter::feedsPictures(TensorIndex t) const
{
    std::set<std::int32_t> seen;
    std::vector<TensorIndex> open{t};
    while (!open.empty()) {
        const TensorIndex at = open.back();
        open.pop_back();
        if (!seen.insert(at.value).second || tensor(at).shape.size() != 4)
            continue;
        for (const OperatorIndex o : m_index.consumers(at)) {
            const Operator &op = m_graph.op(o);
            switch (op.code) {
            case Op::Conv2D:
            case Op::DepthwiseConv2D:
            case Op::AveragePool2D:
            case Op::MaxPool2D:
            case Op::ResizeBilinear:
            case Op::ResizeNearestNeighbor: return true;
            case Op::Add:
            case Op::Sub:
            case Op::Mul:
            case Op::Quantize:
            case Op::Dequantize:
            case Op::Relu:
            case Op::Relu6:
            case Op::Logistic:
            case Op::LeakyRelu:
            case Op::Pad:
            case Op::Padv2:
            case Op::Concatenation: open.push_back(op.outputs[0]); break;
            default: break;
            }
        }
    }
    return false;
}

std::string Exporter::fresh(const std::string &wanted)
{
    std::string name = wanted.empty() ? "value" : wanted;
    for (int i = 2; !m_names.insert(name).second; ++i)
        name = wanted + "_" + std::to_string(i);
    return name;
}

onnx::NodeProto &Exporter::node(const std::string &op, const std::string &name, std::vector<std::string> inputs,
                                const std::string &output)
{
    auto &n = m_nodes.emplace_back();
    n.set_op_type(op);
    n.set_name(name);
    while (!inputs.empty() && inputs.back().empty())
        inputs.pop_back();
    for (const std::string &i : inputs)
        n.add_input(i);
    n.add_output(output);
    return n;
}

std::string Exporter::initializer(const std::string &name, const Shape &shape, ElementType type,
                                  const std::vector<std::byte> &bytes)
{
    std::string key = std::to_string(static_cast<int>(type)) + ":" + shapeText(shape) + ":";
    key.append(reinterpret_cast<const char *>(bytes.data()), bytes.size());
    const bool small = bytes.size() <= 64; // scales and zero points repeat; weights need not be compared
    if (small) {
        if (const auto known = m_shared.find(key); known != m_shared.end())
            return known->second;
    }
    auto &t = *m_proto.mutable_graph()->add_initializer();
    t.set_name(fresh(name));
    t.set_data_type(onnxTypeOf(type));
    for (const std::int32_t d : shape)
        t.add_dims(d);
    t.set_raw_data(bytes.data(), bytes.size());
    if (small)
        m_shared[key] = t.name();
    return t.name();
}

std::string Exporter::ints(const std::string &name, const std::vector<std::int64_t> &v)
{
    const auto b = std::as_bytes(std::span(v));
    return initializer(name, {static_cast<std::int32_t>(v.size())}, ElementType::Int64, {b.begin(), b.end()});
}

std::string Exporter::real(const std::string &name, float v)
{
    const auto b = std::as_bytes(std::span(&v, 1));
    return initializer(name, {}, ElementType::Float32, {b.begin(), b.end()});
}

// QuantizeLinear or DequantizeLinear by a tensor's grid.
void Exporter::quantizer(const std::string &op, const std::string &from, const std::string &to,
                         const std::string &label, const Tensor &t, std::int64_t axis)
{
    const QuantParams &q = t.quant;
    const Shape shape = q.isPerChannel() ? Shape{static_cast<std::int32_t>(q.scale.size())} : Shape{};
    const auto s = std::as_bytes(std::span(q.scale));
    const ElementType type = t.type == ElementType::Int64 ? ElementType::Int32 : t.type;
    std::vector<std::int64_t> zero;
    for (std::size_t c = 0; c < q.scale.size(); ++c)
        zero.push_back(q.zeroPointAt(c));
    std::vector<std::byte> bytes = Constant::ofIntegers(shape, type, zero).bytes;
    if (bitWidth(type) == 4) {
        std::vector<std::byte> packed((bytes.size() + 1) / 2);
        for (std::size_t i = 0; i < bytes.size(); ++i)
            packed[i / 2] |= (bytes[i] & std::byte{15}) << (i % 2 ? 4 : 0);
        bytes = std::move(packed);
    }
    std::vector<std::string> inputs{from,
                                    initializer(label + "_scale", shape, ElementType::Float32, {s.begin(), s.end()})};
    inputs.push_back(initializer(label + "_zero_point", shape, type, bytes));
    auto &n = node(op, fresh(label + "_" + op), std::move(inputs), to);
    if (q.isPerChannel())
        setInt(n, "axis", axis);
}

Perm Exporter::permOf(TensorIndex t) const
{
    const auto found = m_written.find(t.value);
    return found == m_written.end() ? identityPerm(tensor(t).shape.size()) : found->second.perm;
}

const Written &Exporter::written(const Operator &op, TensorIndex t)
{
    const auto found = m_written.find(t.value);
    if (found == m_written.end())
        refuse(op, "its input " + tensor(t).name + " is not computed before it");
    return found->second;
}

std::string Exporter::dequantized(TensorIndex t)
{
    Written &w = m_written.at(t.value);
    if (w.name.empty()) {
        w.name = fresh(tensor(t).name + "_DequantizeLinear_Output");
        quantizer("DequantizeLinear", w.integers, w.name, tensor(t).name, tensor(t), 0);
    }
    return w.name;
}

std::string Exporter::again(const std::string &value, const Tensor &of)
{
    if (!isQuantized(of))
        return value;
    const std::string q = fresh(value + "_QuantizeLinear_Output"), d = fresh(value + "_DequantizeLinear_Output");
    quantizer("QuantizeLinear", value, q, of.name, of, 0);
    quantizer("DequantizeLinear", q, d, of.name, of, 0);
    return d;
}

std::string Exporter::reshaped(TensorIndex t, const Shape &shape)
{
    const Tensor &of = tensor(t);
    const Perm identity = identityPerm(of.shape.size());
    std::string value;
    if (isConstant(t)) {
        value = constant(t, of.shape, identity, -1);
    } else {
        const Written &w = m_written.at(t.value);
        value = w.picturePerm.empty() && movesNothing(w.shape, w.perm, identity) ? dequantized(t) : at(t, identity);
        if (w.picturePerm.empty() && w.shape == shape)
            return value;
    }
    const std::string name = fresh(of.name + "_reshaped");
    node("Reshape", name, {value, ints(name + "_shape", {shape.begin(), shape.end()})}, name);
    return again(name, of);
}

// The real value in an order; a value that was moved is quantized again, so that integers stay between all operators.
std::string Exporter::at(TensorIndex t, const Perm &perm)
{
    const Tensor &of = tensor(t);
    if (isConstant(t))
        return constant(t, of.shape, perm, -1);
    const Written w = m_written.at(t.value);
    if (w.perm == perm && w.picturePerm.empty())
        return dequantized(t);
    if (const auto known = m_ordered.find({t.value, perm}); known != m_ordered.end())
        return known->second;
    std::string value = dequantized(t);
    const auto moved = [&](const Shape &from, const Perm &was, const Perm &to) {
        if (movesNothing(from, was, to)) { // sizes of 1 change places
            Perm inverse(to.size());
            for (std::size_t i = 0; i < to.size(); ++i)
                inverse[static_cast<std::size_t>(to[i])] = static_cast<int>(i);
            const Shape stored = permuted(from, was), file = permuted(stored, inverse);
            const std::string name = fresh(of.name + "_reshaped");
            node("Reshape", name, {value, ints(name + "_shape", {file.begin(), file.end()})}, name);
            value = again(name, of);
            return;
        }
        // File dimension d of the result is stored dimension i with to[i] == d, which is the file's was[i] now.
        std::vector<std::int64_t> p(to.size());
        for (std::size_t i = 0; i < to.size(); ++i)
            p[static_cast<std::size_t>(to[i])] = was[i];
        const std::string name = fresh(of.name + "_transposed");
        setInts(node("Transpose", name, {value}, name), "perm", p);
        value = again(name, of);
    };
    if (!w.picturePerm.empty()) { // a matrix of a picture in the file's order
        const std::string name = fresh(of.name + "_picture");
        node("Reshape", name, {value, ints(name + "_shape", {w.pictureShape.begin(), w.pictureShape.end()})}, name);
        value = again(name, of);
        moved(w.pictureShape, w.picturePerm, identityPerm(w.picturePerm.size()));
        const std::string back = fresh(of.name + "_matrix");
        node("Reshape", back, {value, ints(back + "_shape", {of.shape.begin(), of.shape.end()})}, back);
        value = again(back, of);
    } else {
        moved(w.shape, w.perm, perm);
    }
    m_ordered[{t.value, perm}] = value;
    return value;
}

// A constant operand in the order `perm`; `axis` is the file's for several scales.
std::string Exporter::constant(TensorIndex t, const Shape &stored, const Perm &perm, std::int64_t axis, Shape final)
{
    const Tensor &of = tensor(t);
    std::vector<std::byte> bytes(m_model.data(of).begin(), m_model.data(of).end());
    Perm inverse(perm.size());
    for (std::size_t i = 0; i < perm.size(); ++i)
        inverse[static_cast<std::size_t>(perm[i])] = static_cast<int>(i);
    const Shape file = final.empty() ? permuted(stored, inverse) : final;
    const bool four = of.type == ElementType::Int4;
    if (four) {
        std::vector<std::byte> wide(static_cast<std::size_t>(elementCount(stored)));
        for (std::size_t i = 0; i < wide.size(); ++i)
            wide[i] = (i % 2 ? bytes[i / 2] >> 4 : bytes[i / 2]) & std::byte{15};
        bytes = std::move(wide);
    }
    bytes = permutedBytes(bytes, elementBytes(of.type), stored, inverse);
    if (four) {
        std::vector<std::byte> packed((bytes.size() + 1) / 2);
        for (std::size_t i = 0; i < bytes.size(); ++i)
            packed[i / 2] |= bytes[i] << (i % 2 ? 4 : 0);
        bytes = std::move(packed);
    }
    if (!isQuantized(of))
        return initializer(of.name, file, of.type, bytes);
    const std::string q = initializer(of.name + "_quantized", file, of.type, bytes),
                      d = fresh(of.name + "_DequantizeLinear_Output");
    if (of.quant.isPerChannel() && axis < 0)
        onnxformat::refuse(kNotWritable, {of.name, "constant", "several scales are supported for weights only"});
    quantizer("DequantizeLinear", q, d, of.name, of, axis);
    return d;
}

std::vector<std::int64_t> Exporter::constantInts(const Operator &op, std::size_t k) const
{
    if (k >= op.inputs.size() || !op.inputs[k] || !isConstant(op.inputs[k]))
        refuse(op, "its input " + std::to_string(k) + " is not constant");
    const Tensor &t = tensor(op.inputs[k]);
    if (t.type != ElementType::Int32 && t.type != ElementType::Int64)
        refuse(op, "its input " + t.name + " is " + std::string(typeName(t.type)));
    Constant c;
    c.shape = t.shape;
    c.type = t.type;
    c.bytes.assign(m_model.data(t).begin(), m_model.data(t).end());
    return c.integers();
}

std::string Exporter::outputName(const Operator &op, std::size_t k)
{
    const TensorIndex t = op.outputs[k];
    const bool integersAreNamed = isQuantized(tensor(t)) && m_index.isGraphOutput(t);
    return fresh(tensor(t).name + (integersAreNamed ? "_QuantizeLinear_Input" : ""));
}

void Exporter::result(const Operator &op, std::size_t k, const std::string &name, Shape shape, Perm perm)
{
    const TensorIndex t = op.outputs[k];
    const Tensor &of = tensor(t);
    Written w;
    w.shape = std::move(shape);
    w.perm = std::move(perm);
    if (isQuantized(of)) {
        if (of.quant.isPerChannel())
            refuse(op, "its output has several scales");
        w.integers = fresh(m_index.isGraphOutput(t) ? of.name : of.name + "_QuantizeLinear_Output");
        quantizer("QuantizeLinear", name, w.integers, of.name, of, 0);
    } else {
        w.name = name;
    }
    m_written[t.value] = std::move(w);
}

void Exporter::activated(const Operator &op, const std::string &realName, Shape shape, Perm perm)
{
    std::string name = realName;
    const std::int64_t code = op.options ? op.options->integer("fused_activation_function") : 0;
    if (code != 0) {
        const std::string next = outputName(op);
        if (code == 1) {
            node("Relu", next, {name}, next);
        } else if (code == 2 || code == 3) {
            node("Clip", next,
                 {name, real("clip_min", code == 2 ? -1.0f : 0.0f), real("clip_max", code == 2 ? 1.0f : 6.0f)}, next);
        } else {
            refuse(op, "its fused activation cannot be said");
        }
        name = next;
    }
    result(op, 0, name, std::move(shape), std::move(perm));
}

void Exporter::addInput(TensorIndex t)
{
    const Tensor &of = tensor(t);
    Written w;
    w.perm = of.shape.size() == 4 && feedsPictures(t) ? nhwc() : identityPerm(of.shape.size());
    Perm inverse(w.perm.size());
    for (std::size_t i = 0; i < w.perm.size(); ++i)
        inverse[static_cast<std::size_t>(w.perm[i])] = static_cast<int>(i);
    w.shape = permuted(of.shape, inverse);
    const int type = onnxTypeOf(of.type);
    if (type == 0)
        onnxformat::refuse(kGraphInput,
                           {of.name, "its type " + std::string(typeName(of.type)) + " cannot be said in ONNX"});
    auto &v = *m_proto.mutable_graph()->add_input();
    v.set_name(fresh(of.name));
    auto &tt = *v.mutable_type()->mutable_tensor_type();
    tt.set_elem_type(type);
    for (const std::int32_t d : w.shape)
        tt.mutable_shape()->add_dim()->set_dim_value(d);
    (isQuantized(of) ? w.integers : w.name) = v.name();
    if (!isIdentity(w.perm))
        m_losses.push_back(makeNote(kInputFirst, {of.name, shapeText(of.shape), shapeText(w.shape)}));
    m_written[t.value] = std::move(w);
}

void Exporter::addOutput(TensorIndex t)
{
    const Tensor &of = tensor(t);
    const auto found = m_written.find(t.value);
    if (found == m_written.end())
        onnxformat::refuse(kGraphOutput, {of.name, "no operator computes it"});
    if (!found->second.picturePerm.empty()) {
        const std::string real = at(t, identityPerm(of.shape.size()));
        Written w;
        w.shape = of.shape;
        w.perm = identityPerm(of.shape.size());
        w.name = real;
        if (isQuantized(of)) {
            w.integers = fresh(of.name + "_QuantizeLinear_Output");
            quantizer("QuantizeLinear", real, w.integers, of.name, of, 0);
        }
        found->second = std::move(w);
    }
    const Written &w = found->second;
    if (!isIdentity(w.perm))
        m_losses.push_back(makeNote(kOutputFirst, {of.name, shapeText(of.shape), shapeText(w.shape)}));
    auto &v = *m_proto.mutable_graph()->add_output();
    v.set_name(w.integers.empty() ? w.name : w.integers);
    auto &tt = *v.mutable_type()->mutable_tensor_type();
    tt.set_elem_type(onnxTypeOf(of.type));
    for (const std::int32_t d : w.shape)
        tt.mutable_shape()->add_dim()->set_dim_value(d);
}

onnx::ModelProto Exporter::write()
{
    m_new = needsNewOpset();
    m_proto.set_ir_version(m_new ? kNewIr : kOldIr);
    m_proto.set_producer_name("Requant");
    auto &opset = *m_proto.add_opset_import();
    opset.set_domain("");
    opset.set_version(m_new ? kOpset21 : kOpset13);
    m_proto.mutable_graph()->set_name(m_graph.name.empty() ? "main" : m_graph.name);
    if (m_model.subgraphs.size() > 1)
        onnxformat::refuse(kSeveralSubgraphs, {std::to_string(m_model.subgraphs.size())});
    std::set<std::int32_t> named;
    for (const TensorIndex t : m_graph.inputs)
        addInput(t);
    for (const Operator &op : m_graph.operators) {
        m_at = &op;
        emit(op);
    }
    for (const TensorIndex t : m_graph.outputs)
        addOutput(t);
    for (onnx::NodeProto &n : m_nodes)
        *m_proto.mutable_graph()->add_node() = std::move(n);
    const auto others = std::count_if(m_model.metadata.begin(), m_model.metadata.end(),
                                      [](const MetadataEntry &e) { return e.name != "requant"; });
    if (others > 0)
        m_losses.push_back(makeNote(kMetadataLost, {std::to_string(others)}));
    return std::move(m_proto);
}

void Exporter::emit(const Operator &op)
{
    for (const TensorIndex t : op.inputs) {
        if (t && !isConstant(t))
            written(op, t);
    }
    if (op.outputs.empty() || !op.outputs[0])
        refuse(op, "it has no output");
    dispatch(op);
}

void Exporter::dispatch(const Operator &op)
{
    switch (op.code) {
    case Op::Conv2D: return conv(op, false);
    case Op::DepthwiseConv2D: return conv(op, true);
    case Op::FullyConnected: return fullyConnected(op);
    case Op::BatchMatmul: return batchMatmul(op);
    case Op::Add: return binary(op, "Add");
    case Op::Sub: return binary(op, "Sub");
    case Op::Mul: return binary(op, "Mul");
    case Op::Div: return binary(op, "Div");
    case Op::Maximum: return binary(op, "Max");
    case Op::Minimum: return binary(op, "Min");
    case Op::AveragePool2D: return pool(op, true);
    case Op::MaxPool2D: return pool(op, false);
    case Op::Mean: return mean(op);
    case Op::Reshape:
    case Op::Squeeze:
    case Op::ExpandDims: return reshape(op);
    case Op::Softmax: return softmax(op);
    case Op::Logistic: return unary(op, "Sigmoid");
    case Op::Tanh: return unary(op, "Tanh");
    case Op::Relu: return unary(op, "Relu");
    case Op::LeakyRelu: return unary(op, "LeakyRelu");
    case Op::Relu6: return clip(op, 0, 6);
    case Op::ReluN1To1: return clip(op, -1, 1);
    case Op::Concatenation: return concat(op);
    case Op::Pad:
    case Op::Padv2:
    case Op::MirrorPad: return pad(op);
    case Op::Transpose: return transpose(op);
    case Op::Slice:
    case Op::StridedSlice: return slice(op);
    case Op::Split: return split(op);
    case Op::ResizeBilinear:
    case Op::ResizeNearestNeighbor: return resize(op);
    case Op::Quantize:
    case Op::Dequantize: return copy(op);
    default: refuse(op, "ONNX has no such operator, or Requant does not write it");
    }
}

} // namespace requant::onnxformat
