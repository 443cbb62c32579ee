// SPDX-License-Identifier: GPL-3.0-or-later
// How patcher.h does it. The definitions stand by concern: grids of values (patchgrids.cpp), constants
// (patchconstants.cpp), operators (patchoperators.cpp), the way through all of them (patcher.cpp).
#pragma once

#include "core/onnx/exporter.h"
#include "core/onnx/imported.h"

#include <array>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace requant::onnxformat {

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

std::optional<StoredLayout> storedLayout(const onnx::NodeProto &);
// A constant's bytes as the file has them, before it was reordered while reading.
std::vector<std::byte> fileBytes(const Model &, const Tensor &, const std::vector<std::pair<Shape, Perm>> &moves);

class Patcher
{
public:
    Patcher(const Imported &file, const Model &now)
        : m_file(file), m_then(*file.model), m_now(now), m_was(m_then.subgraphs.front()), m_is(now.subgraphs.front()),
          m_proto(file.proto)
    {
    }

    onnx::ModelProto run();

private:
    [[noreturn]] void stop(std::string why) const { throw Unpatchable{std::move(why)}; }
    // The operators of the source among those of now; the rest was inserted.
    void match();
    bool isChanged(TensorIndex t) const;
    // uint8 of the file stays where nothing changes, because integers only move by 128; otherwise the file becomes one
    // of signed integers throughout, which the runtime can fuse.
    bool retypes() const;
    void countUsers();
    // What an initializer at this place says something of: a tensor, or the node alone.
    std::string keyOf(std::size_t i, int k) const;
    std::string fresh(const std::string &wanted);
    // Input k of a node becomes these values: in place where nobody else reads them, else under a new name.
    void setInitializer(onnx::NodeProto &n, int k, const std::string &fallback, const Shape &shape, ElementType type,
                        const std::vector<std::byte> &bytes);
    void setGrid(onnx::NodeProto &n, int scale, int zero, const Tensor &t, ElementType type);
    // The tensor by whose grid a value's integers are read, and whether it stays as it is in the file.
    bool staysInFile(TensorIndex t) const { return !isChanged(t) && !m_retyped; }
    void grids(std::size_t i);
    // The graph output of this name; invalid for other values.
    TensorIndex outputTensor(const std::string &name) const;
    void outputGrid(onnx::NodeProto &n, int scale, int zero, const std::string &name, TensorIndex inner,
                    TensorIndex out);
    void retypeInput(const std::string &name, ElementType type);
    // The file's graph input itself, or moved or reshaped.
    bool comesFromInput(const std::string &name) const { return isGraphInput(inputOf(name)); }
    // Through what only moves or reshapes.
    std::string inputOf(std::string name) const;
    bool isGraphInput(const std::string &name) const;
    void constants();
    // As the initializer has it; of a value that was computed while reading, as its first reordering has it.
    Shape shapeInFile(const ConstantUse &use) const;
    void setConstant(const ConstantUse &use, const Tensor &is, bool isBias);
    void setAxis(onnx::NodeProto &n, const Tensor &t, std::int64_t axis);
    // Pairs of QuantizeLinear and DequantizeLinear, and padding, for what stands between a value of the file and an
    // operator.
    std::string chain(TensorIndex to, TensorIndex from, const std::string &real, const Perm &perm, std::size_t position,
                      bool *padded);
    std::string quantized(const Tensor &t, const std::string &real, std::size_t position);
    void add(std::size_t position, const char *op, const std::string &from, const std::string &to, const Tensor &t);
    void rewire(std::size_t o);
    // What DequantizeLinear reads to give this value; other values themselves.
    std::string integersOf(const std::string &real) const;
    const std::string &originalInput(std::size_t node, int k) const;
    void replaceConstant(std::size_t position, TensorIndex before, TensorIndex after);
    // The operator's own output, then Relu or Clip, then QuantizeLinear.
    void activation(std::size_t position, std::int64_t was, std::int64_t is);
    void outputs();
    onnx::ModelProto finish();

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

} // namespace requant::onnxformat
