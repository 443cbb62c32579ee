// SPDX-License-Identifier: GPL-3.0-or-later
// The file's graph with what reading needs beside it: constants by name, who gives and who takes a value, opset.
#pragma once

#include "core/onnx/constants.h"

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>

namespace requant::onnxformat {

class Node
{
public:
    explicit Node(const onnx::NodeProto &proto, std::size_t index);

    const std::string &op() const { return m_proto->op_type(); }
    bool isDefaultDomain() const { return m_proto->domain().empty() || m_proto->domain() == "ai.onnx"; }
    bool isMicrosoft() const { return m_proto->domain() == "com.microsoft"; }
    std::size_t index() const { return m_index; }
    const std::string &label() const { return m_label; } // the node's name, or "#<index>"
    std::size_t inputCount() const { return static_cast<std::size_t>(m_proto->input_size()); }
    std::size_t outputCount() const { return static_cast<std::size_t>(m_proto->output_size()); }
    const std::string &input(std::size_t i) const; // "" for an absent one
    const std::string &output(std::size_t i = 0) const;
    const onnx::NodeProto &proto() const { return *m_proto; }

    bool has(std::string_view attribute) const { return find(attribute) != nullptr; }
    std::int64_t integer(std::string_view attribute, std::int64_t fallback) const;
    float real(std::string_view attribute, float fallback) const;
    std::string string(std::string_view attribute, std::string fallback = {}) const;
    std::vector<std::int64_t> integers(std::string_view attribute, std::vector<std::int64_t> fallback = {}) const;
    [[noreturn]] void refuse(const std::string &reason) const;

private:
    const onnx::AttributeProto *find(std::string_view attribute) const;
    const onnx::NodeProto *m_proto;
    std::size_t m_index;
    std::string m_label;
};

// What a file says about a graph input or output.
struct Declared
{
    std::string name;
    int type = 0; // ONNX's number
    Shape shape;  // open dimensions: -1
    std::vector<std::string> openNames;
};

class Graph
{
public:
    Graph(const onnx::ModelProto &, const std::filesystem::path &folder, const OnnxLimits &); // throws Refusal

    const std::vector<Node> &nodes() const { return m_nodes; }
    std::int64_t opset() const { return m_opset; }
    const OnnxLimits &limits() const { return m_limits; }
    std::vector<Declared> inputs() const;
    std::vector<Declared> outputs() const;
    const Node *producer(const std::string &name) const; // null for graph inputs and constants
    const std::vector<const Node *> &consumers(const std::string &name) const;
    bool isGraphOutput(const std::string &name) const { return m_outputs.count(name) > 0; }

    // Null if the value is not constant. Initializers are read when first asked for.
    const Constant *constant(const std::string &name);
    void setConstant(const std::string &name, Constant);

private:
    Declared declared(const onnx::ValueInfoProto &) const;
    const onnx::GraphProto &m_graph;
    std::filesystem::path m_folder;
    OnnxLimits m_limits;
    std::int64_t m_opset = 0;
    std::vector<Node> m_nodes;
    std::unordered_map<std::string, const Node *> m_producers;
    std::unordered_map<std::string, std::vector<const Node *>> m_consumers;
    std::unordered_map<std::string, const onnx::TensorProto *> m_initializers;
    std::unordered_map<std::string, std::unique_ptr<Constant>> m_constants;
    std::set<std::string> m_outputs;
};

} // namespace requant::onnxformat
