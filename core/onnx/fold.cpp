// SPDX-License-Identifier: GPL-3.0-or-later
// Values that are known while reading: constants, shapes and what exporters compute from them.
#include "core/onnx/importer.h"

#include <algorithm>

namespace requant::onnxformat {

namespace {

Constant ofAttribute(const Node &n, const std::filesystem::path &folder, const OnnxLimits &limits)
{
    for (const auto &a : n.proto().attribute()) {
        if (a.name() == "value" && a.has_t())
            return readConstant(a.t(), folder, limits);
        if (a.name() == "value_float")
            return Constant::ofFloats({}, {a.f()});
        if (a.name() == "value_int")
            return Constant::ofIntegers({}, ElementType::Int64, {a.i()});
        if (a.name() == "value_floats")
            return Constant::ofFloats({a.floats_size()}, {a.floats().begin(), a.floats().end()});
        if (a.name() == "value_ints")
            return Constant::ofIntegers({a.ints_size()}, ElementType::Int64, {a.ints().begin(), a.ints().end()});
    }
    n.refuse("its value is of a kind that is not supported");
}

} // namespace

bool Importer::foldConstants(const Node &n)
{
    const std::string &op = n.op();
    if (op == "Constant") {
        m_graph.setConstant(n.output(), ofAttribute(n, {}, m_graph.limits()));
        return true;
    }
    if (op == "Shape" && m_values.count(n.input(0))) {
        const Shape &shape = m_values.at(n.input(0)).shape;
        const auto rank = static_cast<std::int64_t>(shape.size());
        const auto place = [&](const char *name, std::int64_t fallback) {
            const std::int64_t v = n.integer(name, fallback);
            return std::clamp<std::int64_t>(v < 0 ? v + rank : v, 0, rank);
        };
        const std::int64_t start = place("start", 0), end = std::max(start, place("end", rank));
        const std::vector<std::int64_t> dims(shape.begin() + start, shape.begin() + end);
        m_graph.setConstant(n.output(),
                            Constant::ofIntegers({static_cast<std::int32_t>(dims.size())}, ElementType::Int64, dims));
        return true;
    }
    // Weights that are transposed before they are used.
    if (const auto q = m_quantizedConstants.find(n.input(0)); q != m_quantizedConstants.end()) {
        const auto [c, grid] = q->second;
        if (op == "Identity" || op == "Dropout") {
            m_quantizedConstants[n.output()] = {c, grid};
            return true;
        }
        if (op != "Transpose")
            return false;
        const std::size_t rank = c->shape.size();
        std::vector<std::int64_t> order = n.integers("perm");
        if (order.empty()) {
            for (std::size_t d = rank; d-- > 0;)
                order.push_back(static_cast<std::int64_t>(d));
        }
        Perm perm(order.begin(), order.end()), sorted = perm;
        std::sort(sorted.begin(), sorted.end());
        if (sorted != identityPerm(rank))
            n.refuse("perm is not an order of " + std::to_string(rank) + " dimensions");
        Grid moved = grid;
        if (grid.isPerChannel())
            moved.axis = std::find(perm.begin(), perm.end(), static_cast<int>(grid.axis)) - perm.begin();
        const std::string name = n.input(0) + " transposed for " + n.output(); // no file's value can be found by it
        m_graph.setConstant(name, Constant{permuted(c->shape, perm),
                                           c->type,
                                           permutedBytes(c->bytes, elementBytes(c->type), c->shape, perm),
                                           {},
                                           0});
        m_quantizedConstants[n.output()] = {m_graph.constant(name), moved};
        return true;
    }
    bool all = n.inputCount() > 0;
    for (std::size_t i = 0; i < n.inputCount(); ++i)
        all &= n.input(i).empty() || m_graph.constant(n.input(i)) != nullptr;
    const Constant *first = all ? m_graph.constant(n.input(0)) : nullptr;
    if (!first)
        return false;
    if (op == "Identity" || op == "Dropout") {
        m_graph.setConstant(n.output(), *first);
        return true;
    }
    // The rest is arithmetic on shapes.
    if (!isIntegerStorage(first->type) || first->shape.size() > 1)
        return false;
    const std::vector<std::int64_t> v = first->integers();
    const auto ofInts = [&](Shape shape, const std::vector<std::int64_t> &values) {
        m_graph.setConstant(n.output(), Constant::ofIntegers(std::move(shape), ElementType::Int64, values));
        return true;
    };
    const auto listed = [&](const std::vector<std::int64_t> &values) {
        return ofInts({static_cast<std::int32_t>(values.size())}, values);
    };
    if (op == "Cast") {
        const auto to = n.integer("to", 0);
        return (to == 6 || to == 7) && ofInts(first->shape, v);
    }
    if (op == "Unsqueeze")
        return first->shape.empty() && listed(v);
    if (op == "Squeeze")
        return v.size() == 1 && ofInts({}, v);
    if (op == "Gather") {
        const Constant *at = m_graph.constant(n.input(1));
        if (!at || first->shape.size() != 1 || at->shape.size() > 1 || !isIntegerStorage(at->type)
            || n.integer("axis", 0) != 0)
            return false;
        std::vector<std::int64_t> picked;
        for (std::int64_t i : at->integers()) {
            i += i < 0 ? static_cast<std::int64_t>(v.size()) : 0;
            if (i < 0 || i >= static_cast<std::int64_t>(v.size()))
                n.refuse("index " + std::to_string(i) + " is out of range");
            picked.push_back(v[static_cast<std::size_t>(i)]);
        }
        return ofInts(at->shape, picked);
    }
    if (op == "Concat") {
        std::vector<std::int64_t> joined;
        for (std::size_t i = 0; i < n.inputCount(); ++i) {
            const Constant *c = m_graph.constant(n.input(i));
            if (!c || !isIntegerStorage(c->type) || c->shape.size() != 1)
                return false;
            const auto part = c->integers();
            joined.insert(joined.end(), part.begin(), part.end());
        }
        return listed(joined);
    }
    return false;
}

} // namespace requant::onnxformat
