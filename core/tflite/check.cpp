// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tflite/check.h"

#include "core/tflite/messages.h"

#include <charconv>
#include <cmath>

namespace requant::tfliteformat {

namespace {

std::string number(double v)
{
    char text[32];
    const auto end = std::to_chars(text, text + sizeof text, v).ptr;
    return std::string(text, end);
}

class Checker
{
public:
    Checker(const Model &model, Diagnostics &out) : m_model(model), m_out(out) {}
    Status run();

private:
    Status checkTensor(TensorRef);
    Status checkQuantization(TensorRef);
    Status checkOperators(SubgraphIndex);
    Status checkOrder(SubgraphIndex);
    Status checkReferences(const Table &, OperatorRef);
    Status checkSignatures();

    // "subgraphs[0].tensors[3] (name)"
    std::string placeOf(TensorRef) const;
    std::string placeOf(OperatorRef) const;
    Error badIndex(std::string place, std::int64_t value, std::size_t count, std::string_view of, Location where = {}) const
    {
        return makeError(kBadIndex, {std::move(place), std::to_string(value), std::to_string(count) + " " + std::string(of)},
                         where);
    }

    const Model &m_model;
    Diagnostics &m_out;
};

std::string Checker::placeOf(TensorRef r) const
{
    std::string out = "subgraphs[" + std::to_string(r.subgraph.value) + "].tensors[" + std::to_string(r.tensor.value) + "]";
    const std::string &name = m_model.tensor(r).name;
    return name.empty() ? out : out + " (" + name + ")";
}

std::string Checker::placeOf(OperatorRef r) const
{
    return "subgraphs[" + std::to_string(r.subgraph.value) + "].operators[" + std::to_string(r.op.value) + "] ("
        + opName(m_model.op(r).code) + ")";
}

Status Checker::run()
{
    if (!m_model.buffers.empty() && !m_model.buffers[0].data.empty())
        m_out.push_back(makeWarning(kBufferZero));
    for (std::size_t g = 0; g < m_model.subgraphs.size(); ++g) {
        const SubgraphIndex graph(g);
        for (std::size_t t = 0; t < m_model.subgraphs[g].tensors.size(); ++t) {
            const TensorRef ref{graph, TensorIndex(t)};
            if (auto s = checkTensor(ref); !s)
                return s;
            if (auto s = checkQuantization(ref); !s)
                return s;
        }
        if (auto s = checkOperators(graph); !s)
            return s;
        if (auto s = checkOrder(graph); !s)
            return s;
    }
    for (std::size_t i = 0; i < m_model.metadata.size(); ++i) {
        const BufferIndex b = m_model.metadata[i].buffer;
        if (!b || b.pos() >= m_model.buffers.size())
            return badIndex("metadata[" + std::to_string(i) + "].buffer", b.value, m_model.buffers.size(), "buffers");
    }
    return checkSignatures();
}

Status Checker::checkTensor(TensorRef ref)
{
    const Tensor &t = m_model.tensor(ref);
    // Bytes of the whole tensor must be countable in 64 bits; an empty dimension does not excuse the others.
    std::int64_t bytes = 16;
    for (const std::int32_t d : t.shape) {
        if (d < 0 || __builtin_mul_overflow(bytes, std::int64_t{d > 0 ? d : 1}, &bytes)) {
            std::string shape;
            for (const std::int32_t x : t.shape)
                shape += (shape.empty() ? "" : "x") + std::to_string(x);
            return makeError(kBadShape, {placeOf(ref) + ".shape", shape}, ref);
        }
    }
    if (t.buffer.value < 0 || (t.buffer.value > 0 && t.buffer.pos() >= m_model.buffers.size()))
        return badIndex(placeOf(ref) + ".buffer", t.buffer.value, m_model.buffers.size(), "buffers", ref);
    if (const std::int64_t external = t.rest ? t.rest->integer("external_buffer") : 0; external != 0)
        m_out.push_back(makeWarning(kExternalFile, {placeOf(ref), "external buffer " + std::to_string(external)}, ref));
    const auto data = m_model.data(t);
    if (data.empty())
        return success();
    if (t.isVariable)
        m_out.push_back(makeWarning(kVariableWithData, {placeOf(ref)}, ref));
    const bool sparse = t.rest && t.rest->table("sparsity");
    if (bitWidth(t.type) == 0 || sparse)
        return success();
    const std::size_t needed = byteSize(t.type, static_cast<std::size_t>(elementCount(t.shape)));
    if (data.size() != needed) {
        return makeError(kBufferSize, {placeOf(ref), std::to_string(data.size()), shapeText(t.shape),
                                       std::string(typeName(t.type)), std::to_string(needed)}, ref);
    }
    return success();
}

Status Checker::checkQuantization(TensorRef ref)
{
    const Tensor &t = m_model.tensor(ref);
    const QuantParams &q = t.quant;
    if (q.details) {
        for (const std::string_view field : {"scales", "zero_points"}) {
            const std::int64_t i = q.details->integer(field, -1);
            const std::size_t count = m_model.subgraph(ref.subgraph).tensors.size();
            if (i < -1 || i >= static_cast<std::int64_t>(count))
                return badIndex(placeOf(ref) + ".quantization.details." + std::string(field), i, count, "tensors", ref);
        }
    }
    if (q.scale.empty())
        return success();
    const auto rank = static_cast<std::int64_t>(t.shape.size());
    const bool dimensionValid = q.quantizedDimension >= 0 && q.quantizedDimension < rank;
    if (q.isPerChannel()) {
        const std::int64_t entries = dimensionValid ? t.shape[static_cast<std::size_t>(q.quantizedDimension)] : 0;
        if (!dimensionValid)
            return makeError(kBadDimension, {placeOf(ref), std::to_string(q.quantizedDimension), std::to_string(rank)}, ref);
        if (static_cast<std::int64_t>(q.scale.size()) != entries) {
            return makeError(kScaleCount, {placeOf(ref), std::to_string(q.scale.size()), std::to_string(q.quantizedDimension),
                                           shapeText(t.shape), std::to_string(entries)}, ref);
        }
    } else if (!dimensionValid && !(rank == 0 && q.quantizedDimension == 0)) {
        m_out.push_back(makeWarning(kBadDimension,
                                    {placeOf(ref), std::to_string(q.quantizedDimension), std::to_string(rank)}, ref));
    }
    if (q.zeroPoint.size() > 1 && q.zeroPoint.size() != q.scale.size()) {
        return makeError(kZeroPointCount, {placeOf(ref), std::to_string(q.zeroPoint.size()), std::to_string(q.scale.size())},
                         ref);
    }
    if (q.zeroPoint.empty())
        m_out.push_back(makeWarning(kNoZeroPoint, {placeOf(ref)}, ref));
    // One finding per tensor is enough.
    for (const float s : q.scale) {
        if (!(s > 0) || !std::isfinite(s)) {
            m_out.push_back(makeWarning(kBadScale, {placeOf(ref), number(static_cast<double>(s))}, ref));
            break;
        }
    }
    const IntegerRange range = integerRange(t.type);
    for (const std::int64_t z : q.zeroPoint) {
        if (isIntegerStorage(t.type) && (z < range.min || z > range.max)) {
            m_out.push_back(makeWarning(kZeroPointRange, {placeOf(ref), std::to_string(z), std::string(typeName(t.type))}, ref));
            break;
        }
    }
    return success();
}

Status Checker::checkOperators(SubgraphIndex graph)
{
    const Subgraph &g = m_model.subgraph(graph);
    // The first index out of range; -1 marks an absent tensor of an operator.
    const auto firstBad = [&](const std::vector<TensorIndex> &all, std::int32_t least) -> const TensorIndex * {
        for (const TensorIndex &t : all) {
            if (t.value < least || t.value >= static_cast<std::int64_t>(g.tensors.size()))
                return &t;
        }
        return nullptr;
    };
    const std::string base = "subgraphs[" + std::to_string(graph.value) + "]";
    if (const auto *t = firstBad(g.inputs, 0))
        return badIndex("an input of " + base, t->value, g.tensors.size(), "tensors");
    if (const auto *t = firstBad(g.outputs, 0))
        return badIndex("an output of " + base, t->value, g.tensors.size(), "tensors");
    for (std::size_t i = 0; i < g.operators.size(); ++i) {
        const OperatorRef ref{graph, OperatorIndex(i)};
        const Operator &op = g.operators[i];
        if (const auto *t = firstBad(op.inputs, -1))
            return badIndex("an input of " + placeOf(ref), t->value, g.tensors.size(), "tensors", ref);
        if (const auto *t = firstBad(op.outputs, -1))
            return badIndex("an output of " + placeOf(ref), t->value, g.tensors.size(), "tensors", ref);
        if (const auto *t = firstBad(op.intermediates, -1))
            return badIndex("an intermediate tensor of " + placeOf(ref), t->value, g.tensors.size(), "tensors", ref);
        for (const TablePtr *options : {&op.options, &op.options2}) {
            if (!*options)
                continue;
            if (auto s = checkReferences(**options, ref); !s)
                return s;
        }
    }
    return success();
}

Status Checker::checkOrder(SubgraphIndex graph)
{
    const Subgraph &g = m_model.subgraph(graph);
    std::vector<OperatorIndex> producer(g.tensors.size());
    for (std::size_t i = 0; i < g.operators.size(); ++i) {
        for (const TensorIndex t : g.operators[i].outputs) {
            if (!t)
                continue;
            if (producer[t.pos()] && producer[t.pos()] != OperatorIndex(i)) {
                m_out.push_back(makeWarning(kSeveralProducers, {placeOf(TensorRef{graph, t}),
                                                                std::to_string(producer[t.pos()].value), std::to_string(i)},
                                            TensorRef{graph, t}));
            } else {
                producer[t.pos()] = OperatorIndex(i);
            }
        }
    }
    for (std::size_t i = 0; i < g.operators.size(); ++i) {
        for (const TensorIndex t : g.operators[i].inputs) {
            if (t && producer[t.pos()] && producer[t.pos()].pos() >= i && !g.tensor(t).isVariable) {
                m_out.push_back(makeWarning(kReadBeforeWritten, {placeOf(TensorRef{graph, t}), std::to_string(i),
                                                                 std::to_string(producer[t.pos()].value)},
                                            TensorRef{graph, t}));
            }
        }
    }
    return success();
}

// Options refer to subgraphs by fields whose names say so.
Status Checker::checkReferences(const Table &options, OperatorRef ref)
{
    const auto count = static_cast<std::int64_t>(m_model.subgraphs.size());
    for (const Field &f : options.fields) {
        const bool refers = f.name == "subgraph" || f.name.ends_with("subgraph_index") || f.name == "branch_subgraph_indices"
            || f.name == "called_computations";
        if (!refers)
            continue;
        FieldValue::Ints values;
        if (const auto *one = std::get_if<std::int64_t>(&f.value.data))
            values = {*one};
        else if (const auto *many = std::get_if<FieldValue::Ints>(&f.value.data))
            values = *many;
        for (const std::int64_t v : values) {
            if (v < 0 || v >= count)
                return badIndex(placeOf(ref) + "." + f.name, v, m_model.subgraphs.size(), "subgraphs", ref);
        }
    }
    return success();
}

Status Checker::checkSignatures()
{
    if (!m_model.rest)
        return success();
    const FieldValue *signatures = m_model.rest->find("signature_defs");
    const auto *all = signatures ? std::get_if<FieldValue::Tables>(&signatures->data) : nullptr;
    for (std::size_t i = 0; all && i < all->size(); ++i) {
        const Table &s = *(*all)[i];
        const std::string place = "signature_defs[" + std::to_string(i) + "]";
        const std::int64_t graph = s.integer("subgraph_index");
        if (graph >= static_cast<std::int64_t>(m_model.subgraphs.size()))
            return badIndex(place + ".subgraph_index", graph, m_model.subgraphs.size(), "subgraphs");
        const std::size_t tensors = m_model.subgraphs[static_cast<std::size_t>(graph)].tensors.size();
        for (const std::string_view side : {"inputs", "outputs"}) {
            const FieldValue *maps = s.find(side);
            const auto *entries = maps ? std::get_if<FieldValue::Tables>(&maps->data) : nullptr;
            for (std::size_t k = 0; entries && k < entries->size(); ++k) {
                const std::int64_t t = (*entries)[k]->integer("tensor_index");
                if (t >= static_cast<std::int64_t>(tensors))
                    return badIndex(place + "." + std::string(side), t, tensors, "tensors");
            }
        }
    }
    if (const auto *buffers = m_model.rest->ints("metadata_buffer")) {
        for (const std::int64_t b : *buffers) {
            if (b < 0 || b >= static_cast<std::int64_t>(m_model.buffers.size()))
                return badIndex("metadata_buffer", b, m_model.buffers.size(), "buffers");
        }
    }
    return success();
}

} // namespace

Status checkModel(const Model &model, Diagnostics &diagnostics)
{
    return Checker(model, diagnostics).run();
}

} // namespace requant::tfliteformat
