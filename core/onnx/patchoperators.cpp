// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/onnx/patching.h"

#include <algorithm>

namespace requant::onnxformat {

namespace {

constexpr std::string_view kFused = "fused_activation_function";

TablePtr withoutActivation(const TablePtr &t)
{
    if (!t || !t->find(kFused))
        return t;
    auto copy = std::make_shared<Table>(*t);
    copy->set(kFused, FieldValue{std::int64_t{0}});
    return copy;
}

} // namespace

std::string Patcher::chain(TensorIndex to, TensorIndex from, const std::string &real, const Perm &perm,
                           std::size_t position, bool *padded)
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

std::string Patcher::quantized(const Tensor &t, const std::string &real, std::size_t position)
{
    const std::string q = fresh(t.name + "_QuantizeLinear_Output"), d = fresh(t.name + "_DequantizeLinear_Output");
    add(position, "QuantizeLinear", real, q, t);
    add(position, "DequantizeLinear", q, d, t);
    return d;
}

void Patcher::add(std::size_t position, const char *op, const std::string &from, const std::string &to, const Tensor &t)
{
    onnx::NodeProto n;
    n.set_op_type(op);
    n.set_name(fresh(t.name + "_" + op));
    n.add_input(from);
    n.add_output(to);
    setGrid(n, 1, 2, t, t.type);
    m_before[position].push_back(std::move(n));
}

void Patcher::rewire(std::size_t o)
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
            const std::string behind = chain(
                after, before, twin ? quantized(m_is.tensor(before), real, position) : real, v.perm, position, &padded);
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

std::string Patcher::integersOf(const std::string &real) const
{
    for (const auto &n : m_file.proto.graph().node())
        if (n.op_type() == "DequantizeLinear" && n.output_size() > 0 && n.output(0) == real)
            return n.input(0);
    return real;
}

const std::string &Patcher::originalInput(std::size_t node, int k) const
{
    return m_file.proto.graph().node(static_cast<int>(node)).input(k);
}

void Patcher::replaceConstant(std::size_t position, TensorIndex before, TensorIndex after)
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

void Patcher::activation(std::size_t position, std::int64_t was, std::int64_t is)
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

} // namespace requant::onnxformat
