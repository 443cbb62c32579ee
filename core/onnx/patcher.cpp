// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/onnx/patcher.h"

#include "core/onnx/exporter.h"

#include <algorithm>
#include <array>

namespace requant::onnxformat {

namespace {

constexpr std::string_view kFused = "fused_activation_function";

struct Unpatchable
{
    std::string why;
};

// Where an operator on integers has its operands: data, scale, zero point; `result` is the output's scale.
struct StoredLayout
{
    std::vector<std::array<int, 3>> operands;
    int result = -1;
};

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

TablePtr withoutActivation(const TablePtr &t)
{
    if (!t || !t->find(kFused))
        return t;
    auto copy = std::make_shared<Table>(*t);
    copy->set(kFused, FieldValue{std::int64_t{0}});
    return copy;
}

class Patcher
{
public:
    Patcher(const Imported &file, const Model &now)
        : m_file(file), m_then(*file.model), m_now(now), m_was(m_then.subgraphs.front()), m_is(now.subgraphs.front()),
          m_proto(file.proto)
    {
    }

    onnx::ModelProto run()
    {
        auto &g = *m_proto.mutable_graph();
        for (auto &t : *g.mutable_initializer())
            m_initializers[t.name()] = &t;
        for (const auto *list : {&g.input(), &g.output(), &g.value_info()})
            for (const auto &v : *list)
                m_names.insert(v.name());
        for (const auto &n : g.node()) {
            m_nodes.push_back(n);
            for (const auto &o : n.output())
                m_names.insert(o);
        }
        for (const auto &[name, t] : m_initializers)
            m_names.insert(name);
        m_before.resize(m_nodes.size() + 1);
        m_removed.resize(m_nodes.size(), false);
        match();
        m_retyped = retypes();
        countUsers();
        for (std::size_t i = 0; i < m_nodes.size(); ++i)
            grids(i);
        constants();
        for (std::size_t o = 0; o < m_was.operators.size(); ++o)
            rewire(o);
        outputs();
        return finish();
    }

private:
    [[noreturn]] void stop(std::string why) const { throw Unpatchable{std::move(why)}; }

    // The operators of the source among those of now; the rest was inserted.
    void match()
    {
        if (m_is.tensors.size() < m_was.tensors.size() || m_now.subgraphs.size() != 1 || m_is.inputs != m_was.inputs)
            stop("the graph's inputs are others");
        std::map<std::int32_t, std::size_t> byOutput;
        for (std::size_t o = 0; o < m_was.operators.size(); ++o)
            byOutput[m_was.operators[o].outputs.front().value] = o;
        m_pair.assign(m_was.operators.size(), nullptr);
        for (const Operator &op : m_is.operators) {
            if (op.outputs.empty())
                stop("an operator has no output");
            const auto found = byOutput.find(op.outputs.front().value);
            if (found != byOutput.end()) {
                m_pair[found->second] = &op;
            } else {
                for (const TensorIndex t : op.outputs)
                    m_inserted[t.value] = &op;
            }
        }
        for (std::size_t o = 0; o < m_was.operators.size(); ++o) {
            if (!m_pair[o] || m_pair[o]->code != m_was.operators[o].code
                || m_pair[o]->outputs != m_was.operators[o].outputs)
                stop("operator " + layerName(m_was, m_was.operators[o]) + " became another one");
        }
        for (std::size_t t = 0; t < m_was.tensors.size(); ++t) {
            if (m_was.tensors[t].shape != m_is.tensors[t].shape)
                stop("tensor " + m_was.tensors[t].name + " has another shape");
        }
    }

    bool isChanged(TensorIndex t) const
    {
        const Tensor &a = m_was.tensor(t), &b = m_is.tensor(t);
        return a.type != b.type || !a.quant.sameGrid(b.quant);
    }

    // uint8 of the file stays where nothing changes, because integers only move by 128; otherwise the file becomes one
    // of signed integers throughout, which the runtime can fuse.
    bool retypes() const
    {
        for (std::size_t t = 0; t < m_was.tensors.size(); ++t) {
            if (isChanged(TensorIndex(t)) && !m_then.isConstant(m_was.tensors[t]))
                return true;
        }
        return !m_inserted.empty();
    }

    void countUsers()
    {
        const auto add = [&](const std::string &initializer, const std::string &key) {
            if (!initializer.empty())
                m_users[initializer].insert(key);
        };
        for (std::size_t i = 0; i < m_nodes.size(); ++i) {
            const auto &n = m_nodes[i];
            for (int k = 0; k < n.input_size(); ++k)
                add(n.input(k), keyOf(i, k));
        }
    }

    // What an initializer at this place says something of: a tensor, or the node alone.
    std::string keyOf(std::size_t i, int k) const
    {
        const auto &n = m_nodes[i];
        const auto tensorKey = [&](const std::string &value) {
            const auto found = m_file.origin.values.find(value);
            return found == m_file.origin.values.end() ? "node " + std::to_string(i)
                                                       : "tensor " + std::to_string(found->second.tensor.value);
        };
        if (n.op_type() == "QuantizeLinear" && k > 0)
            return tensorKey(n.output(0));
        if (n.op_type() == "DequantizeLinear" && k > 0)
            return tensorKey(n.input(0));
        if (const auto layout = storedLayout(n)) {
            for (const auto &[data, scale, zero] : layout->operands)
                if (k == scale || k == zero)
                    return tensorKey(n.input(data));
            if (k == layout->result || k == layout->result + 1)
                return tensorKey(n.output(0));
        }
        return "node " + std::to_string(i);
    }

    std::string fresh(const std::string &wanted)
    {
        std::string name = wanted;
        for (int i = 2; !m_names.insert(name).second; ++i)
            name = wanted + "_" + std::to_string(i);
        return name;
    }

    // Input k of a node becomes these values: in place where nobody else reads them, else under a new name.
    void setInitializer(onnx::NodeProto &n, int k, const std::string &fallback, const Shape &shape, ElementType type,
                        const std::vector<std::byte> &bytes)
    {
        while (n.input_size() <= k)
            n.add_input("");
        const std::string name = n.input(k);
        const auto found = m_initializers.find(name);
        onnx::TensorProto *t = nullptr;
        if (found != m_initializers.end() && (m_users[name].size() <= 1 || m_rewritten.count(name))) {
            t = found->second;
            const bool same =
                m_rewritten.count(name) && t->data_type() == onnxTypeOf(type)
                && t->raw_data() == std::string(reinterpret_cast<const char *>(bytes.data()), bytes.size());
            if (m_rewritten.count(name) && !same)
                t = nullptr;
        }
        if (!t) {
            const std::string key = (name.empty() ? fallback : name) + ":" + std::to_string(static_cast<int>(type))
                                    + ":" + std::string(reinterpret_cast<const char *>(bytes.data()), bytes.size());
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

    void setGrid(onnx::NodeProto &n, int scale, int zero, const Tensor &t, ElementType type)
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

    // The tensor by whose grid a value's integers are read, and whether it stays as it is in the file.
    bool staysInFile(TensorIndex t) const { return !isChanged(t) && !m_retyped; }

    void grids(std::size_t i)
    {
        onnx::NodeProto &n = m_nodes[i];
        const auto valueOf = [&](const std::string &name) -> const Value * {
            const auto found = m_file.origin.values.find(name);
            return found == m_file.origin.values.end() || found->second.level == Level::Plain ? nullptr
                                                                                              : &found->second;
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

    // The graph output of this name; invalid for other values.
    TensorIndex outputTensor(const std::string &name) const
    {
        for (int k = 0; k < m_proto.graph().output_size(); ++k)
            if (m_proto.graph().output(k).name() == name && static_cast<std::size_t>(k) < m_is.outputs.size())
                return m_was.outputs[static_cast<std::size_t>(k)];
        return {};
    }

    void outputGrid(onnx::NodeProto &n, int scale, int zero, const std::string &name, TensorIndex inner,
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
            n.op_type() == "QuantizeLinear"
            && std::any_of(m_nodes.begin(), m_nodes.end(), [&](const onnx::NodeProto &d) {
                   return d.op_type() == "DequantizeLinear" && d.output_size() > 0 && d.output(0) == n.input(0);
               });
        if (!behindIntegers && (n.op_type() != "QuantizeLinear" || !m_is.tensor(out).quant.sameGrid(moved)))
            stop("graph output " + name + " is requantized at the edge");
        setGrid(n, scale, zero, m_is.tensor(out), ElementType::UInt8);
    }

    void retypeInput(const std::string &name, ElementType type)
    {
        for (auto &v : *m_proto.mutable_graph()->mutable_input())
            if (v.name() == name)
                v.mutable_type()->mutable_tensor_type()->set_elem_type(onnxTypeOf(type));
    }

    // The file's graph input itself, or moved or reshaped.
    bool comesFromInput(const std::string &name) const { return isGraphInput(inputOf(name)); }

    // Through what only moves or reshapes.
    std::string inputOf(std::string name) const
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

    bool isGraphInput(const std::string &name) const
    {
        return std::any_of(m_proto.graph().input().begin(), m_proto.graph().input().end(),
                           [&](const auto &v) { return v.name() == name; });
    }

    void constants()
    {
        std::map<std::string, std::int32_t> seen;
        for (const ConstantUse &use : m_file.origin.constants) {
            const Tensor &was = m_was.tensor(use.tensor), &is = m_is.tensor(use.tensor);
            const auto a = m_then.data(was), b = m_now.data(is);
            const bool isBias = was.type == ElementType::Int32 || was.type == ElementType::Int64;
            const bool same =
                !isChanged(use.tensor) && a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin());
            if (same)
                continue;
            const auto [known, first] = seen.emplace(use.name, use.tensor.value);
            if (!first && known->second != use.tensor.value)
                stop("the constant " + use.name + " is used several times in different ways");
            setConstant(use, is, isBias);
        }
    }

    // As the initializer has it; of a value that was computed while reading, as its first reordering has it.
    Shape shapeInFile(const ConstantUse &use) const
    {
        const auto q = m_file.origin.quantizedConstants.find(use.name);
        const std::string &name = q == m_file.origin.quantizedConstants.end() ? use.name : q->second.first;
        for (const auto &t : m_file.proto.graph().initializer())
            if (t.name() == name)
                return Shape(t.dims().begin(), t.dims().end());
        return use.moves.front().first;
    }

    void setConstant(const ConstantUse &use, const Tensor &is, bool isBias)
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
        if (const auto q = m_file.origin.quantizedConstants.find(use.name);
            q != m_file.origin.quantizedConstants.end()) {
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

    void setAxis(onnx::NodeProto &n, const Tensor &t, std::int64_t axis)
    {
        auto *list = n.mutable_attribute();
        for (int i = list->size(); i-- > 0;) {
            if (list->Get(i).name() == "axis")
                list->DeleteSubrange(i, 1);
        }
        if (t.quant.isPerChannel())
            setInt(n, "axis", axis);
    }

    // Pairs of QuantizeLinear and DequantizeLinear, and padding, for what stands between a value of the file and an
    // operator.
    std::string chain(TensorIndex to, TensorIndex from, const std::string &real, const Perm &perm, std::size_t position,
                      bool *padded)
    {
        if (to == from)
            return real;
        const auto key = std::make_pair(to.value, real);
        if (const auto known = m_chains.find(key); known != m_chains.end())
            return known->second;
        const auto found = m_inserted.find(to.value);
        if (found == m_inserted.end())
            stop("tensor " + m_is.tensor(to).name + " comes from elsewhere");
        const Operator &op = *found->second;
        std::string value = chain(op.inputs[0], from, real, perm, position, padded);
        const Tensor &t = m_is.tensor(to);
        if (op.code == Op::Padv2) {
            *padded = true;
            onnx::NodeProto n;
            n.set_op_type("Pad");
            n.set_name(fresh(t.name + "_Pad"));
            n.add_input(value);
            const Tensor &amounts = m_is.tensor(op.inputs[1]), &filler = m_is.tensor(op.inputs[2]);
            Constant a;
            a.shape = amounts.shape;
            a.type = amounts.type;
            a.bytes.assign(m_now.data(amounts).begin(), m_now.data(amounts).end());
            const auto stored = a.integers();
            std::vector<std::int64_t> pads(stored.size());
            for (std::size_t i = 0; i < perm.size(); ++i) {
                pads[static_cast<std::size_t>(perm[i])] = stored[2 * i];
                pads[perm.size() + static_cast<std::size_t>(perm[i])] = stored[2 * i + 1];
            }
            const auto pb = std::as_bytes(std::span(pads));
            setInitializer(n, 1, t.name + "_pads", {static_cast<std::int32_t>(pads.size())}, ElementType::Int64,
                           {pb.begin(), pb.end()});
            Constant f;
            f.type = filler.type;
            f.bytes.assign(m_now.data(filler).begin(), m_now.data(filler).end());
            const float v = static_cast<float>(f.integers()[0] - filler.quant.zeroPointAt(0)) * filler.quant.scaleAt(0);
            const auto vb = std::as_bytes(std::span(&v, 1));
            setInitializer(n, 2, t.name + "_value", {}, ElementType::Float32, {vb.begin(), vb.end()});
            value = fresh(t.name);
            n.add_output(value);
            m_before[position].push_back(std::move(n));
        } else if (op.code != Op::Quantize) {
            stop("an inserted " + opName(op.code) + " has no place in the file");
        }
        value = quantized(t, value, position);
        m_chains[key] = value;
        return value;
    }

    std::string quantized(const Tensor &t, const std::string &real, std::size_t position)
    {
        const std::string q = fresh(t.name + "_QuantizeLinear_Output"), d = fresh(t.name + "_DequantizeLinear_Output");
        add(position, "QuantizeLinear", real, q, t);
        add(position, "DequantizeLinear", q, d, t);
        return d;
    }

    void add(std::size_t position, const char *op, const std::string &from, const std::string &to, const Tensor &t)
    {
        onnx::NodeProto n;
        n.set_op_type(op);
        n.set_name(fresh(t.name + "_" + op));
        n.add_input(from);
        n.add_output(to);
        setGrid(n, 1, 2, t, t.type);
        m_before[position].push_back(std::move(n));
    }

    void rewire(std::size_t o)
    {
        const Operator &was = m_was.operators[o], &is = *m_pair[o];
        const std::size_t position = m_file.origin.nodes[o];
        const auto act = [](const Operator &op) { return op.options ? op.options->integer(kFused) : 0; };
        bool padded = false;
        for (std::size_t k = 0; k < was.inputs.size(); ++k) {
            if (k >= is.inputs.size())
                stop("operator " + layerName(m_was, was) + " has fewer inputs");
            const TensorIndex before = was.inputs[k], after = is.inputs[k];
            const bool mayBeTwin = before && m_twinDiffers.count(before.value) && position != Origin::kNoNode;
            if (before == after && !mayBeTwin)
                continue;
            if (position == Origin::kNoNode || !before || !after)
                stop("a boundary stands at the edge of the graph");
            if (m_then.isConstant(m_was.tensor(before)))
                return replaceConstant(position, before, after);
            onnx::NodeProto &n = m_nodes[position];
            int at = -1;
            for (int j = 0; j < n.input_size(); ++j) {
                const auto v = m_file.origin.values.find(originalInput(position, j));
                if (v != m_file.origin.values.end() && v->second.tensor == before)
                    at = j;
            }
            const bool twin = mayBeTwin && at >= 0 && comesFromInput(integersOf(n.input(at)));
            if (before == after && !twin)
                continue;
            if (at < 0)
                stop("the file moves " + m_was.tensor(before).name + " before " + n.name() + " takes it");
            const Value &v = m_file.origin.values.at(originalInput(position, at));
            if (const auto layout = storedLayout(n)) {
                const std::string real = fresh(m_was.tensor(before).name + "_DequantizeLinear_Output");
                add(position, "DequantizeLinear", n.input(at), real,
                    m_is.tensor(twin ? m_file.origin.unsignedTwin.at(before.value) : before));
                const std::string behind =
                    chain(after, before, twin ? quantized(m_is.tensor(before), real, position) : real, v.perm, position,
                          &padded);
                // The operator takes the integers in front of the last DequantizeLinear.
                const std::string integers = m_before[position].back().input(0);
                if (m_before[position].back().output(0) != behind)
                    stop("a boundary of operators on integers is shared");
                m_before[position].pop_back();
                m_chains.clear();
                n.set_input(at, integers);
                for (const auto &[data, scale, zero] : layout->operands)
                    if (data == at)
                        setGrid(n, scale, zero, m_is.tensor(after), m_is.tensor(after).type);
                continue;
            }
            std::string real = n.input(at);
            if (twin)
                real = quantized(m_is.tensor(before), real, position);
            n.set_input(at, chain(after, before, real, v.isFlattened() ? v.picturePerm : v.perm, position, &padded));
        }
        if (is.inputs.size() > was.inputs.size() && !(was.inputs.size() == 2 && is.inputs.size() == 3))
            stop("operator " + layerName(m_was, was) + " has more inputs");
        TablePtr a = withoutActivation(was.options), b = withoutActivation(is.options);
        if (padded && a && b) {
            onnx::NodeProto &n = m_nodes[position];
            auto copy = std::make_shared<Table>(*a);
            copy->set("padding", FieldValue{std::int64_t{1}});
            a = copy;
            auto *list = n.mutable_attribute();
            for (int i = list->size(); i-- > 0;) {
                if (list->Get(i).name() == "pads" || list->Get(i).name() == "auto_pad")
                    list->DeleteSubrange(i, 1);
            }
            setInts(n, "pads", {0, 0, 0, 0});
        }
        if (!sameTable(a, b))
            stop("options of " + layerName(m_was, was) + " changed");
        if (act(was) != act(is))
            activation(position, act(was), act(is));
    }

    // What DequantizeLinear reads to give this value; other values themselves.
    std::string integersOf(const std::string &real) const
    {
        for (const auto &n : m_file.proto.graph().node())
            if (n.op_type() == "DequantizeLinear" && n.output_size() > 0 && n.output(0) == real)
                return n.input(0);
        return real;
    }

    const std::string &originalInput(std::size_t node, int k) const
    {
        return m_file.proto.graph().node(static_cast<int>(node)).input(k);
    }

    void replaceConstant(std::size_t position, TensorIndex before, TensorIndex after)
    {
        for (const ConstantUse &use : m_file.origin.constants) {
            if (use.tensor != before || use.node != position)
                continue;
            onnx::NodeProto &n = m_nodes[position];
            for (int j = 0; j < n.input_size(); ++j) {
                if (originalInput(position, j) != use.name)
                    continue;
                const Tensor &t = m_is.tensor(after);
                const Shape shape = shapeInFile(use);
                if (storedLayout(n))
                    stop("a constant operand of an operator on integers is replaced");
                onnx::NodeProto d;
                d.set_op_type("DequantizeLinear");
                d.set_name(fresh(t.name + "_DequantizeLinear"));
                d.add_input("");
                setInitializer(d, 0, t.name + "_quantized", shape, t.type, fileBytes(m_now, t, use.moves));
                setGrid(d, 1, 2, t, t.type);
                d.add_output(fresh(t.name + "_DequantizeLinear_Output"));
                n.set_input(j, d.output(0));
                m_before[position].push_back(std::move(d));
                return;
            }
        }
        stop("a constant of " + m_was.tensor(before).name + " is not found in the file");
    }

    // The operator's own output, then Relu or Clip, then QuantizeLinear.
    void activation(std::size_t position, std::int64_t was, std::int64_t is)
    {
        onnx::NodeProto &n = m_nodes[position];
        if (storedLayout(n) && is != 0)
            return; // its output's own range is what the activation says
        if (was != 0) {
            for (std::size_t i = position + 1; i < m_nodes.size(); ++i) {
                onnx::NodeProto &r = m_nodes[i];
                if ((r.op_type() == "Relu" || r.op_type() == "Clip") && r.input(0) == n.output(0)) {
                    m_removed[i] = true;
                    n.set_output(0, r.output(0));
                    break;
                }
            }
        }
        if (is == 0)
            return;
        if (is < 1 || is > 3)
            stop("an activation has no place in the file");
        const std::string name = n.output(0);
        n.set_output(0, fresh(name + "_linear"));
        onnx::NodeProto r;
        r.set_op_type(is == 1 ? "Relu" : "Clip");
        r.set_name(fresh(name + "_activation"));
        r.add_input(n.output(0));
        if (is != 1) {
            const float bounds[2]{is == 2 ? -1.0f : 0.0f, is == 2 ? 1.0f : 6.0f};
            for (int k = 0; k < 2; ++k) {
                const auto b = std::as_bytes(std::span(&bounds[k], 1));
                setInitializer(r, k + 1, name + (k ? "_max" : "_min"), {}, ElementType::Float32, {b.begin(), b.end()});
            }
        }
        r.add_output(name);
        m_before[position + 1].insert(m_before[position + 1].begin(), std::move(r));
    }

    void outputs()
    {
        for (std::size_t k = 0; k < m_was.outputs.size(); ++k) {
            const TensorIndex before = m_was.outputs[k], after = m_is.outputs[k];
            auto &declared = *m_proto.mutable_graph()->mutable_output(static_cast<int>(k));
            const auto found = m_file.origin.values.find(declared.name());
            const bool stored = found != m_file.origin.values.end() && found->second.level == Level::Stored;
            if (before != after) {
                if (!stored || found->second.tensor != before)
                    stop("graph output " + declared.name() + " is another tensor");
                const std::string name = declared.name(), inner = fresh(name + "_before");
                for (auto &n : m_nodes) {
                    for (auto &s : *n.mutable_input())
                        if (s == name)
                            s = inner;
                    for (auto &s : *n.mutable_output())
                        if (s == name)
                            s = inner;
                }
                const std::size_t end = m_nodes.size();
                const std::string real = fresh(name + "_DequantizeLinear_Output");
                add(end, "DequantizeLinear", inner, real, m_is.tensor(before));
                bool padded = false;
                chain(after, before, real, found->second.perm, end, &padded);
                m_before[end].pop_back(); // its last DequantizeLinear
                m_before[end].back().set_output(0, name);
            }
            if (stored && declared.type().has_tensor_type()) {
                if (m_retyped)
                    declared.mutable_type()->mutable_tensor_type()->set_elem_type(onnxTypeOf(m_is.tensor(after).type));
            }
        }
    }

    onnx::ModelProto finish()
    {
        auto &g = *m_proto.mutable_graph();
        g.clear_node();
        std::set<std::string> used;
        for (std::size_t i = 0; i <= m_nodes.size(); ++i) {
            for (auto &n : m_before[i])
                *g.add_node() = std::move(n);
            if (i < m_nodes.size() && !m_removed[i])
                *g.add_node() = std::move(m_nodes[i]);
        }
        for (const auto &n : g.node())
            used.insert(n.input().begin(), n.input().end());
        for (const auto &o : g.output())
            used.insert(o.name());
        // Constants that only replaced places read.
        std::set<std::string> before;
        for (const auto &n : m_file.proto.graph().node())
            before.insert(n.input().begin(), n.input().end());
        auto *list = g.mutable_initializer();
        for (int i = list->size(); i-- > 0;) {
            if (before.count(list->Get(i).name()) && !used.count(list->Get(i).name()))
                list->DeleteSubrange(i, 1);
        }
        // Types of inner values that changed would contradict; runtimes infer them.
        if (m_retyped) {
            auto *infos = g.mutable_value_info();
            for (int i = infos->size(); i-- > 0;) {
                const auto v = m_file.origin.values.find(infos->Get(i).name());
                const bool constantOf = m_initializers.count(infos->Get(i).name()) > 0;
                if (constantOf || (v != m_file.origin.values.end() && v->second.level == Level::Stored))
                    infos->DeleteSubrange(i, 1);
            }
        }
        if (m_needsNewOpset) {
            for (auto &o : *m_proto.mutable_opset_import()) {
                if ((o.domain().empty() || o.domain() == "ai.onnx") && o.version() < 21)
                    stop("integers of 16 or 4 bits need opset 21, and the file has " + std::to_string(o.version()));
            }
        }
        return std::move(m_proto);
    }

    const Imported &m_file;
    const Model &m_then, &m_now;
    const Subgraph &m_was, &m_is;
    onnx::ModelProto m_proto;
    std::map<std::string, onnx::TensorProto *> m_initializers;
    std::set<std::string> m_names, m_rewritten;
    std::map<std::string, std::set<std::string>> m_users;
    std::map<std::string, std::string> m_made;
    std::vector<onnx::NodeProto> m_nodes;
    std::vector<std::vector<onnx::NodeProto>> m_before;
    std::vector<bool> m_removed;
    std::vector<const Operator *> m_pair;
    std::map<std::int32_t, const Operator *> m_inserted;
    std::map<std::pair<std::int32_t, std::string>, std::string> m_chains;
    std::set<std::int32_t> m_twinDiffers;
    bool m_retyped = false, m_needsNewOpset = false;
};

} // namespace

bool patch(const Imported &file, const Model &now, onnx::ModelProto &out, std::string &why)
{
    try {
        out = Patcher(file, now).run();
        return true;
    } catch (const Unpatchable &u) {
        why = u.why;
        return false;
    }
}

} // namespace requant::onnxformat
