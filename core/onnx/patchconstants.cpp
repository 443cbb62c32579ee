// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/onnx/patching.h"

#include <algorithm>

namespace requant::onnxformat {

std::vector<std::byte> fileBytes(const Model &m, const Tensor &t, const std::vector<std::pair<Shape, Perm>> &moves)
{
    std::vector<std::byte> bytes(m.data(t).begin(), m.data(t).end());
    const bool four = bitWidth(t.type) == 4;
    if (four) {
        std::vector<std::byte> wide(static_cast<std::size_t>(elementCount(t.shape)));
        for (std::size_t i = 0; i < wide.size(); ++i)
            wide[i] = (i % 2 ? bytes[i / 2] >> 4 : bytes[i / 2]) & std::byte{15};
        bytes = std::move(wide);
    }
    for (std::size_t k = moves.size(); k-- > 0;) {
        const auto &[shape, perm] = moves[k];
        Perm inverse(perm.size());
        for (std::size_t i = 0; i < perm.size(); ++i)
            inverse[static_cast<std::size_t>(perm[i])] = static_cast<int>(i);
        bytes = permutedBytes(bytes, elementBytes(t.type), permuted(shape, perm), inverse);
    }
    if (four) {
        std::vector<std::byte> packed((bytes.size() + 1) / 2);
        for (std::size_t i = 0; i < bytes.size(); ++i)
            packed[i / 2] |= bytes[i] << (i % 2 ? 4 : 0);
        bytes = std::move(packed);
    }
    return bytes;
}

std::string Patcher::fresh(const std::string &wanted)
{
    std::string name = wanted;
    for (int i = 2; !m_names.insert(name).second; ++i)
        name = wanted + "_" + std::to_string(i);
    return name;
}

void Patcher::setInitializer(onnx::NodeProto &n, int k, const std::string &fallback, const Shape &shape,
                             ElementType type, const std::vector<std::byte> &bytes)
{
    while (n.input_size() <= k)
        n.add_input("");
    const std::string name = n.input(k);
    const auto found = m_initializers.find(name);
    onnx::TensorProto *t = nullptr;
    if (found != m_initializers.end() && (m_users[name].size() <= 1 || m_rewritten.count(name))) {
        t = found->second;
        const bool same = m_rewritten.count(name) && t->data_type() == onnxTypeOf(type)
                          && t->raw_data() == std::string(reinterpret_cast<const char *>(bytes.data()), bytes.size());
        if (m_rewritten.count(name) && !same)
            t = nullptr;
    }
    if (!t) {
        const std::string key = (name.empty() ? fallback : name) + ":" + std::to_string(static_cast<int>(type)) + ":"
                                + std::string(reinterpret_cast<const char *>(bytes.data()), bytes.size());
        if (const auto known = m_made.find(key); known != m_made.end()) {
            n.set_input(k, known->second);
            return;
        }
        t = m_proto.mutable_graph()->add_initializer();
        t->set_name(fresh(fallback));
        m_made[key] = t->name();
        n.set_input(k, t->name());
    }
    t->clear_dims();
    for (const std::int32_t d : shape)
        t->add_dims(d);
    t->clear_int32_data();
    t->clear_int64_data();
    t->clear_float_data();
    t->clear_double_data();
    t->clear_uint64_data();
    t->clear_external_data();
    t->clear_data_location();
    t->set_data_type(onnxTypeOf(type));
    t->set_raw_data(bytes.data(), bytes.size());
    m_rewritten.insert(t->name());
    m_initializers[t->name()] = t;
}

void Patcher::constants()
{
    std::map<std::string, std::int32_t> seen;
    for (const ConstantUse &use : m_file.origin.constants) {
        const Tensor &was = m_was.tensor(use.tensor), &is = m_is.tensor(use.tensor);
        const auto a = m_then.data(was), b = m_now.data(is);
        const bool isBias = was.type == ElementType::Int32 || was.type == ElementType::Int64;
        const bool same = !isChanged(use.tensor) && a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin());
        if (same)
            continue;
        const auto [known, first] = seen.emplace(use.name, use.tensor.value);
        if (!first && known->second != use.tensor.value)
            stop("the constant " + use.name + " is used several times in different ways");
        setConstant(use, is, isBias);
    }
}

Shape Patcher::shapeInFile(const ConstantUse &use) const
{
    const auto q = m_file.origin.quantizedConstants.find(use.name);
    const std::string &name = q == m_file.origin.quantizedConstants.end() ? use.name : q->second.first;
    for (const auto &t : m_file.proto.graph().initializer())
        if (t.name() == name)
            return Shape(t.dims().begin(), t.dims().end());
    return use.moves.front().first;
}

void Patcher::setConstant(const ConstantUse &use, const Tensor &is, bool isBias)
{
    Tensor t = is;
    std::vector<std::byte> bytes = fileBytes(m_now, is, use.moves);
    Shape shape = shapeInFile(use);
    if (t.type == ElementType::Int64 && isBias) {
        Constant c;
        c.shape = t.shape;
        c.type = t.type;
        c.bytes = bytes;
        t.type = ElementType::Int32;
        bytes = Constant::ofIntegers(t.shape, t.type, c.integers()).bytes;
    }
    if (bitWidth(t.type) == 4)
        m_needsNewOpset = true;
    // A constant of the file behind DequantizeLinear
    if (const auto q = m_file.origin.quantizedConstants.find(use.name); q != m_file.origin.quantizedConstants.end()) {
        for (std::size_t i = 0; i < m_nodes.size(); ++i) {
            onnx::NodeProto &n = m_nodes[i];
            if (n.op_type() != "DequantizeLinear" || n.output(0) != use.name)
                continue;
            if (isBias) // a bias of one value for all stays so only if all are equal
                shape = t.shape;
            setInitializer(n, 0, t.name, shape, t.type, bytes);
            setGrid(n, 1, 2, t, t.type);
            setAxis(n, t, use.axis);
            return;
        }
        stop("no node gives " + use.name);
    }
    onnx::NodeProto &n = m_nodes[use.node];
    if (const auto layout = storedLayout(n)) {
        for (const auto &[data, scale, zero] : layout->operands) {
            if (n.input(data) != use.name)
                continue;
            setInitializer(n, data, t.name, shape, t.type, bytes);
            setGrid(n, scale, zero, t, t.type);
            return;
        }
        const int at = n.op_type() == "QLinearConv" ? 8 : n.op_type() == "QGemm" ? 6 : -1;
        if (!isBias || at < 0) {
            if (isBias && std::all_of(bytes.begin(), bytes.end(), [](std::byte b) { return b == std::byte{}; }))
                return;
            stop("the node " + n.name() + " has no place for a bias");
        }
        setInitializer(n, at, t.name, t.shape, t.type, bytes);
        return;
    }
    // A bias of reals, or none: becomes integers behind DequantizeLinear.
    if (isBias && (n.op_type() == "Conv" || n.op_type() == "Gemm")) {
        onnx::NodeProto d;
        d.set_op_type("DequantizeLinear");
        d.set_name(fresh(t.name + "_DequantizeLinear"));
        d.add_input("");
        setInitializer(d, 0, t.name + "_quantized", t.shape, t.type, bytes);
        setGrid(d, 1, 2, t, t.type);
        setAxis(d, t, 0);
        d.add_output(fresh(t.name + "_DequantizeLinear_Output"));
        while (n.input_size() <= 2)
            n.add_input("");
        n.set_input(2, d.output(0));
        m_before[use.node].push_back(std::move(d));
        return;
    }
    if (isBias && std::all_of(bytes.begin(), bytes.end(), [](std::byte b) { return b == std::byte{}; }))
        return; // a product without a bias has zeros here
    stop("the constant " + use.name + " is not quantized in the file");
}

void Patcher::setAxis(onnx::NodeProto &n, const Tensor &t, std::int64_t axis)
{
    auto *list = n.mutable_attribute();
    for (int i = list->size(); i-- > 0;) {
        if (list->Get(i).name() == "axis")
            list->DeleteSubrange(i, 1);
    }
    if (t.quant.isPerChannel())
        setInt(n, "axis", axis);
}

} // namespace requant::onnxformat
