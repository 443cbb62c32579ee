// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/onnx/patcher.h"

#include "core/onnx/patching.h"

#include <algorithm>

namespace requant::onnxformat {

onnx::ModelProto Patcher::run()
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

void Patcher::match()
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

bool Patcher::isChanged(TensorIndex t) const
{
    const Tensor &a = m_was.tensor(t), &b = m_is.tensor(t);
    return a.type != b.type || !a.quant.sameGrid(b.quant);
}

bool Patcher::retypes() const
{
    for (std::size_t t = 0; t < m_was.tensors.size(); ++t) {
        if (isChanged(TensorIndex(t)) && !m_then.isConstant(m_was.tensors[t]))
            return true;
    }
    return !m_inserted.empty();
}

void Patcher::countUsers()
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

std::string Patcher::keyOf(std::size_t i, int k) const
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

void Patcher::outputs()
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

onnx::ModelProto Patcher::finish()
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
