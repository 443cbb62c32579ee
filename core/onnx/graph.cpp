// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/onnx/graph.h"

#include "core/onnx/messages.h"

namespace requant::onnxformat {

namespace {

const std::string kEmpty;
constexpr std::int64_t kFirstOpset = 10, kLastOpset = 21;

// Values by their names are unique: ONNX is in single assignment form.
void noSubgraphs(const onnx::NodeProto &proto, const Node &node)
{
    for (const auto &a : proto.attribute()) {
        if (a.has_g() || a.graphs_size() > 0)
            node.refuse("operators with subgraphs (If, Loop, Scan) are not supported");
    }
}

} // namespace

Node::Node(const onnx::NodeProto &proto, std::size_t index) : m_proto(&proto), m_index(index), m_label(proto.name())
{
    if (m_label.empty())
        m_label =
            "#" + std::to_string(index) + (proto.output_size() > 0 ? " giving " + proto.output(0) : std::string());
}

const std::string &Node::input(std::size_t i) const
{
    return i < inputCount() ? m_proto->input(static_cast<int>(i)) : kEmpty;
}

const std::string &Node::output(std::size_t i) const
{
    return i < outputCount() ? m_proto->output(static_cast<int>(i)) : kEmpty;
}

const onnx::AttributeProto *Node::find(std::string_view attribute) const
{
    for (const auto &a : m_proto->attribute()) {
        if (a.name() == attribute) {
            if (!a.ref_attr_name().empty())
                refuse("attribute " + a.name() + " refers to a function's attribute");
            return &a;
        }
    }
    return nullptr;
}

std::int64_t Node::integer(std::string_view attribute, std::int64_t fallback) const
{
    const auto *a = find(attribute);
    return a ? a->i() : fallback;
}

float Node::real(std::string_view attribute, float fallback) const
{
    const auto *a = find(attribute);
    return a ? a->f() : fallback;
}

std::string Node::string(std::string_view attribute, std::string fallback) const
{
    const auto *a = find(attribute);
    return a ? a->s() : std::move(fallback);
}

std::vector<std::int64_t> Node::integers(std::string_view attribute, std::vector<std::int64_t> fallback) const
{
    const auto *a = find(attribute);
    return a ? std::vector<std::int64_t>{a->ints().begin(), a->ints().end()} : std::move(fallback);
}

void Node::refuse(const std::string &reason) const
{
    onnxformat::refuse(kNode,
                       {m_label, (m_proto->domain().empty() ? std::string() : m_proto->domain() + ".") + op(), reason});
}

Graph::Graph(const onnx::ModelProto &model, const std::filesystem::path &folder, const OnnxLimits &limits)
    : m_graph(model.graph()), m_folder(folder), m_limits(limits)
{
    if (!model.has_graph() || (m_graph.node_size() == 0 && m_graph.output_size() == 0))
        onnxformat::refuse(kNoGraph, {});
    for (const auto &o : model.opset_import()) {
        if (o.domain().empty() || o.domain() == "ai.onnx")
            m_opset = std::max(m_opset, o.version());
    }
    const auto span = [](std::string what) {
        onnxformat::refuse(kOpset, {std::move(what), std::to_string(kFirstOpset), std::to_string(kLastOpset)});
    };
    if (m_opset == 0)
        span("does not say which opset it uses");
    if (m_opset < kFirstOpset || m_opset > kLastOpset)
        span("uses opset " + std::to_string(m_opset));
    if (m_graph.sparse_initializer_size() > 0)
        onnxformat::refuse(kTensor,
                           {m_graph.sparse_initializer(0).values().name(), "sparse initializers are not supported"});
    for (const auto &t : m_graph.initializer()) {
        if (!m_initializers.emplace(t.name(), &t).second)
            onnxformat::refuse(kTensor, {t.name(), "there are two initializers of this name"});
    }
    std::set<std::string> given;
    for (const auto &i : m_graph.input()) {
        if (!given.insert(i.name()).second)
            onnxformat::refuse(kGraphInput, {i.name(), "there are two of this name"});
    }
    m_nodes.reserve(static_cast<std::size_t>(m_graph.node_size()));
    for (const auto &n : m_graph.node()) {
        const Node &node = m_nodes.emplace_back(n, m_nodes.size());
        noSubgraphs(n, node);
        for (const std::string &in : n.input()) {
            if (in.empty())
                continue;
            if (!given.count(in) && !m_initializers.count(in))
                node.refuse("its input " + in + " is given by no node before it, no graph input and no initializer");
        }
        for (const std::string &out : n.output()) {
            if (out.empty())
                continue;
            if (!given.insert(out).second || m_initializers.count(out))
                node.refuse("its output " + out + " is given twice");
        }
    }
    for (const Node &node : m_nodes) {
        for (std::size_t i = 0; i < node.inputCount(); ++i) {
            auto &list = m_consumers[node.input(i)];
            if (list.empty() || list.back() != &node)
                list.push_back(&node);
        }
        for (std::size_t i = 0; i < node.outputCount(); ++i)
            m_producers[node.output(i)] = &node;
    }
    for (const auto &o : m_graph.output()) {
        if (!given.count(o.name()) && !m_initializers.count(o.name()))
            onnxformat::refuse(kGraphOutput, {o.name(), "no node gives it"});
        m_outputs.insert(o.name());
    }
}

Declared Graph::declared(const onnx::ValueInfoProto &v) const
{
    Declared d;
    d.name = v.name();
    if (!v.type().has_tensor_type())
        onnxformat::refuse(kTensor, {v.name(), "it is not declared as a tensor"});
    const auto &t = v.type().tensor_type();
    d.type = t.elem_type();
    std::vector<std::int64_t> dims;
    for (const auto &dim : t.shape().dim()) {
        dims.push_back(dim.has_dim_value() ? dim.dim_value() : 1);
        d.openNames.push_back(dim.has_dim_value() ? std::string() : dim.dim_param().empty() ? "?" : dim.dim_param());
    }
    d.shape = checkedShape(dims, m_limits, v.name());
    for (std::size_t i = 0; i < dims.size(); ++i) {
        if (!d.openNames[i].empty())
            d.shape[i] = -1;
    }
    return d;
}

std::vector<Declared> Graph::inputs() const
{
    std::vector<Declared> all;
    for (const auto &v : m_graph.input()) {
        if (!m_initializers.count(v.name())) // before IR version 4 initializers are listed as inputs too
            all.push_back(declared(v));
    }
    return all;
}

std::vector<Declared> Graph::outputs() const
{
    std::vector<Declared> all;
    for (const auto &v : m_graph.output()) {
        Declared d;
        d.name = v.name();
        d.type = v.type().tensor_type().elem_type(); // shapes follow from the nodes
        all.push_back(std::move(d));
    }
    return all;
}

const Node *Graph::producer(const std::string &name) const
{
    const auto found = m_producers.find(name);
    return found == m_producers.end() ? nullptr : found->second;
}

const std::vector<const Node *> &Graph::consumers(const std::string &name) const
{
    static const std::vector<const Node *> none;
    const auto found = m_consumers.find(name);
    return found == m_consumers.end() ? none : found->second;
}

const Constant *Graph::constant(const std::string &name)
{
    if (name.empty())
        return nullptr;
    if (const auto found = m_constants.find(name); found != m_constants.end())
        return found->second.get();
    const auto stored = m_initializers.find(name);
    if (stored == m_initializers.end())
        return nullptr;
    auto made = std::make_unique<Constant>(readConstant(*stored->second, m_folder, m_limits));
    return m_constants.emplace(name, std::move(made)).first->second.get();
}

void Graph::setConstant(const std::string &name, Constant c)
{
    m_constants[name] = std::make_unique<Constant>(std::move(c));
}

} // namespace requant::onnxformat
