// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/onnx/importer.h"

#include "core/constraints/opspec.h"

#include <algorithm>
#include <cmath>

namespace requant::onnxformat {

namespace {

bool isOneOf(const std::string &op, std::initializer_list<std::string_view> list)
{
    return std::find(list.begin(), list.end(), op) != list.end();
}

} // namespace

TablePtr table(std::string type, std::vector<std::pair<std::string, std::int64_t>> fields)
{
    auto t = std::make_shared<Table>();
    t->type = std::move(type);
    for (auto &[name, v] : fields)
        t->set(name, FieldValue{v});
    return t;
}

Importer::Importer(Graph &graph, Diagnostics &notes) : m_graph(graph), m_notes(notes) {}

std::shared_ptr<Model> Importer::import(const std::string &graphName)
{
    m_model->buffers.emplace_back();
    m_model->subgraphs.emplace_back();
    g().name = graphName.empty() ? "main" : graphName;
    decideSigns();
    for (const Declared &d : m_graph.inputs())
        addInput(d);
    for (const Node &n : m_graph.nodes())
        node(n);
    m_node = Origin::kNoNode;
    for (const Declared &d : m_graph.outputs())
        addOutput(d);
    finishGrids();
    setVersions();
    if (!m_floatOperators.empty()) {
        std::string names;
        for (std::size_t i = 0; i < std::min<std::size_t>(5, m_floatOperators.size()); ++i)
            names += (i ? ", " : "") + m_floatOperators[i];
        if (m_floatOperators.size() > 5)
            names += " ...";
        m_notes.push_back(makeNote(kFloatIsland, {std::to_string(m_floatOperators.size()), names}));
    }
    return std::move(m_model);
}

// TFLite's int8 networks have int8 activations; ONNX Runtime's best kernels want uint8 activations beside int8 weights.
void Importer::decideSigns()
{
    bool signedWeights = false, perChannel = false, signedActivations = false, unsignedActivations = false;
    const auto weight = [&](const std::string &name, const std::string &scale) {
        const Constant *c = m_graph.constant(name), *s = m_graph.constant(scale);
        if (!c)
            return;
        signedWeights |= c->type == ElementType::Int8 || c->type == ElementType::Int4 || c->type == ElementType::UInt4;
        perChannel |= s && s->count() > 1;
    };
    for (const Node &n : m_graph.nodes()) {
        if (n.op() == "DequantizeLinear" && m_graph.constant(n.input(0))
            && m_graph.constant(n.input(0))->shape.size() >= 2)
            weight(n.input(0), n.input(1));
        if (isOneOf(n.op(), {"QLinearConv", "QLinearMatMul", "QGemm"}))
            weight(n.input(3), n.input(4));
        if (n.op() == "QuantizeLinear") {
            const Constant *z = m_graph.constant(n.input(2));
            signedActivations |= z && z->type == ElementType::Int8;
            unsignedActivations |= z ? z->type == ElementType::UInt8 : n.integer("output_dtype", 2) == 2;
        }
        if (n.op().rfind("QLinear", 0) == 0 && m_graph.constant(n.input(2)))
            unsignedActivations |= m_graph.constant(n.input(2))->type == ElementType::UInt8;
    }
    m_signed = signedWeights || perChannel || signedActivations;
    m_unsignedInFile = m_signed && unsignedActivations;
    if (m_unsignedInFile)
        m_notes.push_back(makeNote(kSigned));
}

bool Importer::feedsPictures(const std::string &name) const
{
    std::set<std::string> seen;
    std::vector<std::string> open{name};
    while (!open.empty()) {
        const std::string at = std::move(open.back());
        open.pop_back();
        if (!seen.insert(at).second)
            continue;
        for (const Node *n : m_graph.consumers(at)) {
            const std::string &op = n->op();
            if (isOneOf(op, {"Conv", "QLinearConv"}) && n->input(0) == at)
                return true;
            if (isOneOf(op, {"MaxPool", "AveragePool", "GlobalAveragePool", "Resize", "QLinearGlobalAveragePool",
                             "QLinearAveragePool"})
                && n->integer("channels_last", 0) == 0)
                return true;
            if (isOneOf(op, {"QuantizeLinear", "DequantizeLinear", "Add", "Sub", "Mul", "Relu", "Clip", "LeakyRelu",
                             "Sigmoid", "Pad", "Concat", "Identity", "QLinearAdd", "QLinearMul"})
                && n->outputCount() > 0)
                open.push_back(n->output());
        }
    }
    return false;
}

void Importer::addInput(const Declared &d)
{
    Shape shape = d.shape;
    for (std::size_t i = 0; i < shape.size(); ++i) {
        if (shape[i] != -1)
            continue;
        if (i != 0)
            refuse(kGraphInput, {d.name, "dimension " + std::to_string(i) + " (" + d.openNames[i]
                                             + ") is open; only the first may be"});
        shape[0] = 1;
        m_notes.push_back(makeNote(kDynamicBatch, {d.name, d.openNames[0]}));
    }
    const ElementType type = elementTypeOf(d.type, d.name);
    const std::size_t rank = shape.size();
    Value v;
    v.shape = shape;
    v.perm = rank == 4 && feedsPictures(d.name) ? nhwc() : identityPerm(rank);
    const Shape inFile = shape, here = permuted(shape, v.perm);
    if (!isIdentity(v.perm))
        m_notes.push_back(makeNote(kInputLayout, {d.name, shapeText(inFile), shapeText(here)}));
    if (type == ElementType::Float16 || type == ElementType::Float64 || type == ElementType::BFloat16
        || type == ElementType::UInt16)
        refuse(kGraphInput, {d.name, "its type " + std::string(typeName(type)) + " is not supported"});
    v.tensor = newTensor(d.name, here, type);
    g().inputs.push_back(v.tensor);
    if (type == ElementType::UInt8 || type == ElementType::Int8 || type == ElementType::Int16) {
        v.level = Level::Stored;
        if (storedType(type) != type) {
            const TensorIndex twin = newTensor(d.name + "_int8", here, storedType(type));
            emit(Op::Quantize, {v.tensor}, {twin}, table("QuantizeOptions"));
            m_unsignedTwin[twin.value] = v.tensor;
            v.tensor = twin;
        }
    }
    m_values[d.name] = std::move(v);
}

void Importer::addOutput(const Declared &d)
{
    const auto found = m_values.find(d.name);
    if (found == m_values.end())
        refuse(kGraphOutput, {d.name, "it is a constant, which is not supported"});
    Value v = plain(found->second);
    if (!isIdentity(v.perm) && v.perm != nhwc())
        v = inOnnxOrder(v);
    if (!isIdentity(v.perm))
        m_notes.push_back(makeNote(kOutputLayout, {d.name, shapeText(v.shape), shapeText(permuted(v.shape, v.perm))}));
    if (v.level == Level::Real) {
        if (g().tensor(v.tensor).name == d.name)
            g().tensor(v.tensor).name += "_quantized";
        v = toFloat(v);
        g().tensor(v.tensor).name = d.name;
    } else if (v.level == Level::Stored && d.type == 2 && g().tensor(v.tensor).type == ElementType::Int8) {
        Tensor &t = g().tensor(v.tensor);
        if (t.name == d.name)
            t.name += "_int8";
        QuantParams q = t.quant;
        for (std::int64_t &z : q.zeroPoint)
            z += 128;
        const TensorIndex out = newTensor(d.name, t.shape, ElementType::UInt8, std::move(q));
        emit(Op::Quantize, {v.tensor}, {out}, table("QuantizeOptions"));
        v.tensor = out;
    }
    g().outputs.push_back(v.tensor);
}

// Copies made before the grid of their tensor was known.
void Importer::finishGrids()
{
    for (bool changed = true; changed;) {
        changed = false;
        for (const auto &[a, b] : m_sameGrid) {
            Tensor &x = g().tensor(a), &y = g().tensor(b);
            if (x.quant.isQuantized() == y.quant.isQuantized())
                continue;
            (x.quant.isQuantized() ? y : x).quant = (x.quant.isQuantized() ? x : y).quant;
            changed = true;
        }
    }
    for (const auto &[twin, original] : m_unsignedTwin) {
        const Tensor &t = g().tensor(TensorIndex(twin));
        if (!t.quant.isQuantized())
            refuse(kGraphInput, {g().tensor(original).name, "it is uint8 and no node says its scale"});
        QuantParams q = t.quant;
        for (std::int64_t &z : q.zeroPoint)
            z += 128;
        g().tensor(original).quant = std::move(q);
    }
}

void Importer::setVersions()
{
    for (Operator &op : g().operators) {
        const OpSpec *spec = findOpSpec(op.code);
        ElementType type = ElementType::Float32;
        for (const auto *list : {&op.inputs, &op.outputs}) { // an output that has a type of the table decides
            for (const TensorIndex t : *list) {
                if (t && typeBit(g().tensor(t).type) && (list == &op.outputs || typeBit(type) == 0))
                    type = g().tensor(t).type;
            }
        }
        if (spec)
            op.version = std::max(1, spec->minVersion(type));
        const bool four = op.inputs.size() > 1 && op.inputs[1] && g().tensor(op.inputs[1]).type == ElementType::Int4;
        if (four) // op_version.cc of LiteRT, as in core/passes/versions.cpp
            op.version =
                std::max(op.version, op.code == Op::FullyConnected ? (type == ElementType::Int16 ? 13 : 10) : 7);
    }
}

Origin Importer::takeOrigin()
{
    Origin o;
    o.values = std::move(m_values);
    for (auto &[name, q] : m_quantizedConstants)
        o.quantizedConstants[name] = {m_dequantizedNames[name], std::move(q.second)};
    o.constants = std::move(m_constantUses);
    o.nodes = std::move(m_operatorNodes);
    o.unsignedTwin = std::move(m_unsignedTwin);
    o.isUnsignedInFile = m_unsignedInFile;
    return o;
}

} // namespace requant::onnxformat
