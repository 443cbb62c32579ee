// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/summary.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <set>

namespace requant {

namespace {

// The shortest digits that read back as the same float.
std::string number(float v)
{
    char text[32];
    return std::string(text, std::to_chars(text, text + sizeof text, v).ptr);
}

std::string typeAndShape(const Tensor &t)
{
    return std::string(typeName(t.type)) + ' ' + shapeText(t.shapeSignature ? *t.shapeSignature : t.shape);
}

std::vector<ModelSummary::Count> byFrequency(const std::map<std::string, std::size_t> &counts)
{
    std::vector<ModelSummary::Count> out;
    for (const auto &[name, count] : counts)
        out.push_back({name, count});
    std::stable_sort(out.begin(), out.end(), [](const auto &a, const auto &b) { return a.count > b.count; });
    return out;
}

} // namespace

std::string operatorTypeText(const Operator &op)
{
    return op.code == Op::Custom && !op.customCode.empty() ? op.customCode : opName(op.code);
}

std::string quantText(const QuantParams &q)
{
    if (!q.isQuantized())
        return q.details ? q.details->type : std::string();
    if (!q.isPerChannel())
        return number(q.scale[0]) + ", zero point " + std::to_string(q.zeroPointAt(0));
    const auto [least, most] = std::minmax_element(q.scale.begin(), q.scale.end());
    return std::to_string(q.scale.size()) + " scales " + number(*least) + " .. " + number(*most) + " along dimension "
        + std::to_string(q.quantizedDimension);
}

std::string tensorText(const Tensor &t)
{
    std::string out = typeAndShape(t);
    if (t.quant.isPerChannel())
        out += ", per-channel (" + std::to_string(t.quant.scale.size()) + " along " + std::to_string(t.quant.quantizedDimension) + ")";
    else if (const std::string q = quantText(t.quant); !q.empty())
        out += (t.quant.isQuantized() ? ", scale " : ", ") + q;
    return out;
}

ModelSummary summarize(const Model &model)
{
    ModelSummary out;
    std::map<std::string, std::size_t> operators, types;
    std::set<BufferIndex> counted;
    out.subgraphs = model.subgraphs.size();
    for (const Subgraph &g : model.subgraphs) {
        out.operators += g.operators.size();
        out.tensors += g.tensors.size();
        for (const Operator &op : g.operators)
            ++operators[operatorTypeText(op)];
        for (const Tensor &t : g.tensors) {
            ++types[std::string(typeName(t.type))];
            out.quantizedTensors += t.quant.isQuantized() || t.quant.details;
            out.perChannelTensors += t.quant.isPerChannel();
            if (model.isConstant(t) && counted.insert(t.buffer).second)
                out.constantBytes += model.data(t).size();
        }
    }
    out.operatorTypes = byFrequency(operators);
    out.tensorTypes = byFrequency(types);
    return out;
}

std::vector<LayerRow> layerRows(const Model &model, SubgraphIndex graph)
{
    const Subgraph &g = model.subgraph(graph);
    const std::vector<std::string> names = layerNames(g);
    std::vector<LayerRow> rows;
    rows.reserve(g.operators.size());
    const auto append = [](std::string &list, std::string item) {
        list += (list.empty() ? "" : ", ") + std::move(item);
    };
    for (std::size_t i = 0; i < g.operators.size(); ++i) {
        const Operator &op = g.operators[i];
        LayerRow &row = rows.emplace_back();
        row.op = OperatorIndex(i);
        row.name = names[i];
        row.type = operatorTypeText(op);
        for (const TensorIndex t : op.inputs) {
            if (!t)
                continue;
            const Tensor &tensor = g.tensor(t);
            if (!model.isConstant(tensor)) {
                append(row.inputs, typeAndShape(tensor));
                continue;
            }
            row.constantBytes += model.data(tensor).size();
            if (row.weights.empty())
                row.weights = typeAndShape(tensor);
        }
        for (const TensorIndex t : op.outputs) {
            if (t)
                append(row.outputs, typeAndShape(g.tensor(t)));
        }
    }
    return rows;
}

} // namespace requant
