// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/onnx/patching.h"

#include <algorithm>

namespace requant::onnxformat {

std::optional<StoredLayout> storedLayout(const onnx::NodeProto &n)
{
    const std::string &op = n.op_type();
    if (op == "QLinearConv" || op == "QLinearMatMul" || op == "QLinearAdd" || op == "QLinearMul")
        return StoredLayout{{{0, 1, 2}, {3, 4, 5}}, 6};
    if (op == "QGemm")
        return StoredLayout{{{0, 1, 2}, {3, 4, 5}}, 7};
    if (op == "QLinearConcat") {
        StoredLayout l{{}, 0};
        for (int i = 2; i + 2 < n.input_size(); i += 3)
            l.operands.push_back({i, i + 1, i + 2});
        return l;
    }
    if (op.rfind("QLinear", 0) == 0)
        return StoredLayout{{{0, 1, 2}}, 3};
    return std::nullopt;
}

void Patcher::setGrid(onnx::NodeProto &n, int scale, int zero, const Tensor &t, ElementType type)
{
    const QuantParams &q = t.quant;
    const Shape shape = q.isPerChannel() ? Shape{static_cast<std::int32_t>(q.scale.size())} : Shape{};
    const auto s = std::as_bytes(std::span(q.scale));
    std::vector<std::int64_t> zeros;
    for (std::size_t c = 0; c < q.scale.size(); ++c)
        zeros.push_back(q.zeroPointAt(c));
    std::vector<std::byte> z = Constant::ofIntegers(shape, type, zeros).bytes;
    if (bitWidth(type) == 4) {
        std::vector<std::byte> packed((z.size() + 1) / 2);
        for (std::size_t i = 0; i < z.size(); ++i)
            packed[i / 2] |= (z[i] & std::byte{15}) << (i % 2 ? 4 : 0);
        z = std::move(packed);
    }
    setInitializer(n, scale, t.name + "_scale", shape, ElementType::Float32, {s.begin(), s.end()});
    setInitializer(n, zero, t.name + "_zero_point", shape, type, z);
    if (type == ElementType::Int16 || bitWidth(type) == 4)
        m_needsNewOpset = true;
    for (auto &a : *n.mutable_attribute()) {
        if (a.name() == "output_dtype")
            a.set_i(onnxTypeOf(type));
    }
}

void Patcher::grids(std::size_t i)
{
    onnx::NodeProto &n = m_nodes[i];
    const auto valueOf = [&](const std::string &name) -> const Value * {
        const auto found = m_file.origin.values.find(name);
        return found == m_file.origin.values.end() || found->second.level == Level::Plain ? nullptr : &found->second;
    };
    const auto set = [&](const std::string &data, int scale, int zero) {
        const Value *v = valueOf(data);
        if (!v)
            return;
        TensorIndex t = v->tensor;
        // A graph input of the file's type stands before a QUANTIZE here; a file of signed integers needs one too.
        const auto twin = m_file.origin.unsignedTwin.find(t.value);
        if (twin != m_file.origin.unsignedTwin.end() && comesFromInput(data)) {
            const Tensor &in = m_is.tensor(twin->second);
            if (in.type != m_was.tensor(twin->second).type)
                retypeInput(m_was.tensor(twin->second).name, in.type);
            if (m_retyped)
                m_twinDiffers.insert(t.value);
            if (isChanged(twin->second))
                setGrid(n, scale, zero, in, in.type);
            return;
        }
        // So does a graph output of the file's type.
        if (const auto out = outputTensor(data); out && out != t && m_is.tensor(out).type == ElementType::UInt8) {
            if (m_retyped)
                outputGrid(n, scale, zero, data, t, out);
            return;
        }
        if (!staysInFile(t)) {
            const Tensor &is = m_is.tensor(t);
            if (comesFromInput(data))
                retypeInput(inputOf(data), is.type);
            setGrid(n, scale, zero, is, is.type);
        }
    };
    if (n.op_type() == "QuantizeLinear" && n.output_size() > 0)
        return set(n.output(0), 1, 2);
    if (n.op_type() == "DequantizeLinear" && n.input_size() > 0)
        return set(n.input(0), 1, 2);
    if (const auto layout = storedLayout(n)) {
        for (const auto &[data, scale, zero] : layout->operands)
            set(n.input(data), scale, zero);
        set(n.output(0), layout->result, layout->result + 1);
    }
}

TensorIndex Patcher::outputTensor(const std::string &name) const
{
    for (int k = 0; k < m_proto.graph().output_size(); ++k)
        if (m_proto.graph().output(k).name() == name && static_cast<std::size_t>(k) < m_is.outputs.size())
            return m_was.outputs[static_cast<std::size_t>(k)];
    return {};
}

void Patcher::outputGrid(onnx::NodeProto &n, int scale, int zero, const std::string &name, TensorIndex inner,
                         TensorIndex out)
{
    for (const auto &other : m_nodes)
        for (const auto &in : other.input())
            if (in == name)
                stop("graph output " + name + " is read by a node too");
    QuantParams moved = m_is.tensor(inner).quant;
    for (std::int64_t &z : moved.zeroPoint)
        z += 128;
    const bool behindIntegers =
        n.op_type() == "QuantizeLinear" && std::any_of(m_nodes.begin(), m_nodes.end(), [&](const onnx::NodeProto &d) {
            return d.op_type() == "DequantizeLinear" && d.output_size() > 0 && d.output(0) == n.input(0);
        });
    if (!behindIntegers && (n.op_type() != "QuantizeLinear" || !m_is.tensor(out).quant.sameGrid(moved)))
        stop("graph output " + name + " is requantized at the edge");
    setGrid(n, scale, zero, m_is.tensor(out), ElementType::UInt8);
}

void Patcher::retypeInput(const std::string &name, ElementType type)
{
    for (auto &v : *m_proto.mutable_graph()->mutable_input())
        if (v.name() == name)
            v.mutable_type()->mutable_tensor_type()->set_elem_type(onnxTypeOf(type));
}

std::string Patcher::inputOf(std::string name) const
{
    for (bool found = true; found;) {
        found = false;
        for (const auto &n : m_file.proto.graph().node()) {
            if (n.output_size() == 0 || n.output(0) != name)
                continue;
            const std::string &op = n.op_type();
            if (op != "Transpose" && op != "Reshape" && op != "Identity" && op != "Squeeze" && op != "Unsqueeze"
                && op != "Flatten")
                return {};
            name = n.input(0);
            found = true;
            break;
        }
    }
    return name;
}

bool Patcher::isGraphInput(const std::string &name) const
{
    return std::any_of(m_proto.graph().input().begin(), m_proto.graph().input().end(),
                       [&](const auto &v) { return v.name() == name; });
}

} // namespace requant::onnxformat
