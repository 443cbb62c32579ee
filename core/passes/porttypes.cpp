// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/passes/porttypes.h"

#include "core/constraints/opspec.h"

#include <algorithm>
#include <map>
#include <set>

namespace requant {

namespace {

bool isByte(ElementType t)
{
    return t == ElementType::Int8 || t == ElementType::UInt8;
}

class PortChanger
{
public:
    PortChanger(const Model &model, const PortTypes &wanted) : m_model(model), m_wanted(wanted), m_index(graph()) {}

    PortedModel run(const std::shared_ptr<const Model> &given)
    {
        if (m_wanted.inputs)
            changeAll(graph().inputs, *m_wanted.inputs, true);
        if (m_wanted.outputs)
            changeAll(graph().outputs, *m_wanted.outputs, false);
        m_out.added = m_front.size() + m_back.size();
        m_out.removed = m_removed.size();
        if (m_renamed[0].empty() && m_renamed[1].empty()) {
            m_out.model = given;
            return std::move(m_out);
        }
        std::vector<Operator> all = std::move(m_front);
        for (std::size_t i = 0; i < graph().operators.size(); ++i)
            if (!m_removed.contains(OperatorIndex(i)))
                all.push_back(std::move(graph().operators[i]));
        std::move(m_back.begin(), m_back.end(), std::back_inserter(all));
        graph().operators = std::move(all);
        renumberSignatures();
        m_out.model = std::make_shared<const Model>(std::move(m_model));
        return std::move(m_out);
    }

private:
    Subgraph &graph() { return m_model.subgraphs.front(); }

    void changeAll(std::vector<TensorIndex> &ports, ElementType wanted, bool isInput)
    {
        auto &renamed = m_renamed[isInput ? 0 : 1];
        for (TensorIndex &t : ports) {
            const auto known = renamed.find(t);
            const TensorIndex now = known != renamed.end() ? known->second : changed(t, wanted, isInput);
            if (now != t)
                renamed[t] = now;
            t = now;
        }
    }

    // The tensor that stands for t outside: t itself if it is so already or cannot be.
    TensorIndex changed(TensorIndex t, ElementType wanted, bool isInput)
    {
        if (graph().tensor(t).type == wanted)
            return t;
        if (graph().tensor(t).type == ElementType::Float32) {
            const TensorIndex inner = behindFloat(t, isInput);
            if (!inner)
                return kept(t, isInput ? "it has no grid, and not one QUANTIZE alone reads it"
                                       : "it has no grid, and no DEQUANTIZE makes it");
            m_removed.insert(isInput ? m_index.consumers(t)[0] : m_index.producer(t));
            return changed(inner, wanted, isInput);
        }
        const ElementType type = graph().tensor(t).type;
        const QuantParams quant = graph().tensor(t).quant;
        if ((!isByte(type) && type != ElementType::Int16) || !quant.isQuantized() || quant.isPerChannel())
            return kept(t, "it has no grid of 8 or 16 bits");
        if (wanted == ElementType::Float32)
            return joined(t, wanted, {}, isInput);
        if (isByte(type))
            return joined(t, wanted, shifted(quant, wanted == ElementType::UInt8 ? 128 : -128), isInput);
        // The runtime has no QUANTIZE between int16 and uint8; it goes through int8.
        m_out.diagnostics.push_back(makeNote(kPortCoarser, {graph().tensor(t).name}, TensorRef{SubgraphIndex{0}, t}));
        QuantParams coarse = QuantParams::perTensor(quant.scale[0] * 256.0f, 0);
        const TensorIndex narrow = joined(t, ElementType::Int8, coarse, isInput);
        return wanted == ElementType::Int8 ? narrow : joined(narrow, wanted, shifted(coarse, 128), isInput);
    }

    TensorIndex kept(TensorIndex t, const char *why)
    {
        const Tensor &tensor = graph().tensor(t);
        m_out.diagnostics.push_back(makeWarning(kPortKept, {tensor.name, std::string(typeName(tensor.type)), why},
                                                TensorRef{SubgraphIndex{0}, t}));
        return t;
    }

    static QuantParams shifted(const QuantParams &q, std::int64_t by)
    {
        return QuantParams::perTensor(q.scale[0], q.zeroPointAt(0) + by);
    }

    TensorIndex behindFloat(TensorIndex t, bool isInput) const
    {
        const Subgraph &g = m_model.subgraphs.front();
        const auto other = [&](TensorIndex i) {
            const bool fits = i && g.tensor(i).quant.isQuantized() && !g.tensor(i).quant.isPerChannel()
                              && (isByte(g.tensor(i).type) || g.tensor(i).type == ElementType::Int16);
            return fits ? i : TensorIndex{};
        };
        if (isInput) {
            const auto readers = m_index.consumers(t);
            if (readers.size() != 1 || g.op(readers[0]).code != Op::Quantize || m_index.isGraphOutput(t))
                return {};
            return g.op(readers[0]).outputs.empty() ? TensorIndex{} : other(g.op(readers[0]).outputs[0]);
        }
        const OperatorIndex maker = m_index.producer(t);
        if (!maker || g.op(maker).code != Op::Dequantize || !m_index.consumers(t).empty() || g.op(maker).inputs.empty()
            || m_model.isConstant(g.tensor(g.op(maker).inputs[0])))
            return {};
        return other(g.op(maker).inputs[0]);
    }

    // A tensor of this type and grid outside of t, and the operator between them.
    TensorIndex joined(TensorIndex t, ElementType type, const QuantParams &quant, bool isInput)
    {
        Tensor outer;
        const Tensor &inner = graph().tensor(t);
        outer.name = inner.name + "_" + std::string(typeName(type));
        outer.shape = inner.shape;
        outer.shapeSignature = inner.shapeSignature;
        outer.type = type;
        outer.quant = quant;
        const bool toFloat = type == ElementType::Float32 && !isInput;
        Operator op;
        op.code = toFloat ? Op::Dequantize : Op::Quantize;
        auto options = std::make_shared<Table>();
        options->type = toFloat ? "DequantizeOptions" : "QuantizeOptions";
        op.options = std::move(options);
        if (const OpSpec *spec = findOpSpec(op.code))
            op.version = std::max({1, spec->minVersion(inner.type), spec->minVersion(type)});
        graph().tensors.push_back(std::move(outer));
        const TensorIndex made(graph().tensors.size() - 1);
        op.inputs = {isInput ? made : t};
        op.outputs = {isInput ? t : made};
        if (isInput)
            m_front.insert(m_front.begin(), std::move(op)); // the outermost first
        else
            m_back.push_back(std::move(op));
        return made;
    }

    void renumberSignatures()
    {
        const FieldValue *found = m_model.rest ? m_model.rest->find("signature_defs") : nullptr;
        const auto *defs = found ? std::get_if<FieldValue::Tables>(&found->data) : nullptr;
        if (!defs)
            return;
        FieldValue::Tables all;
        for (const TablePtr &def : *defs) {
            Table copy = *def;
            for (int side = 0; side < 2 && copy.integer("subgraph_index") == 0; ++side) {
                const char *name = side == 0 ? "inputs" : "outputs";
                const FieldValue *maps = copy.find(name);
                const auto *entries = maps ? std::get_if<FieldValue::Tables>(&maps->data) : nullptr;
                if (!entries)
                    continue;
                FieldValue::Tables changedEntries;
                for (const TablePtr &e : *entries) {
                    Table entry = *e;
                    const auto now =
                        m_renamed[side].find(TensorIndex(static_cast<std::int32_t>(entry.integer("tensor_index"))));
                    if (now != m_renamed[side].end())
                        entry.set("tensor_index", FieldValue{std::int64_t{now->second.value}});
                    changedEntries.push_back(std::make_shared<Table>(std::move(entry)));
                }
                copy.set(name, FieldValue{std::move(changedEntries)});
            }
            all.push_back(std::make_shared<Table>(std::move(copy)));
        }
        Table rest = *m_model.rest;
        rest.set("signature_defs", FieldValue{std::move(all)});
        m_model.rest = std::make_shared<Table>(std::move(rest));
    }

    Model m_model;
    PortTypes m_wanted;
    GraphIndex m_index; // of the graph as given
    PortedModel m_out;
    std::vector<Operator> m_front, m_back;
    std::set<OperatorIndex> m_removed;
    std::map<TensorIndex, TensorIndex> m_renamed[2]; // inputs, outputs: given -> outside
};

} // namespace

bool portTypeFromName(std::string_view name, std::optional<ElementType> &type)
{
    if (name == "keep") {
        type.reset();
        return true;
    }
    for (const ElementType t : {ElementType::UInt8, ElementType::Int8, ElementType::Float32}) {
        if (name == typeName(t)) {
            type = t;
            return true;
        }
    }
    return false;
}

std::string_view portTypeName(std::optional<ElementType> type)
{
    return type ? typeName(*type) : std::string_view("keep");
}

PortedModel withPortTypes(const std::shared_ptr<const Model> &model, const PortTypes &wanted)
{
    if (wanted.empty() || model->subgraphs.empty())
        return {model, 0, 0, {}};
    return PortChanger(*model, wanted).run(model);
}

} // namespace requant
