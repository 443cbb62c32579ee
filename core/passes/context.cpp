// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/passes/context.h"

#include "core/tflite/schema.h"

#include <algorithm>

namespace requant {

namespace {

void setMinMax(QuantParams &q, ElementType type)
{
    // Only where the source had them: converters' min and max describe the grid's ends.
    if (q.min.empty() && q.max.empty())
        return;
    const IntegerRange r = integerRange(type);
    q.min.clear();
    q.max.clear();
    for (std::size_t c = 0; c < q.scale.size(); ++c) {
        q.min.push_back(q.scale[c] * static_cast<float>(r.min - q.zeroPointAt(c)));
        q.max.push_back(q.scale[c] * static_cast<float>(r.max - q.zeroPointAt(c)));
    }
}

} // namespace

void forgetSourceDimension(Tensor &t)
{
    if (!(t.quant.present & tfliteformat::kHasSourceDimension))
        return;
    t.quant.present = static_cast<std::uint8_t>(t.quant.present & ~tfliteformat::kHasSourceDimension);
    if (!t.rest)
        return;
    Table rest = *t.rest;
    std::erase_if(rest.fields, [](const Field &f) { return f.name == tfliteformat::kSourceDimension; });
    t.rest = rest.fields.empty() ? nullptr : std::make_shared<const Table>(std::move(rest));
}

PassContext::PassContext(const Model &model, const Resolution &r, const Recipe &wanted, const RunControl &control)
    : source(model), from(model.subgraphs.front()), resolution(r), recipe(wanted), run(control)
{
    out.model = model;
    for (std::size_t o = 0; o < from.operators.size(); ++o)
        place.emplace_back(o);
    m_bufferUsers.assign(source.buffers.size(), 0);
    for (const Subgraph &g : source.subgraphs) {
        for (const Tensor &t : g.tensors) {
            if (t.buffer && t.buffer.pos() < m_bufferUsers.size())
                ++m_bufferUsers[t.buffer.pos()];
        }
    }
    for (const MetadataEntry &m : source.metadata) {
        if (m.buffer && m.buffer.pos() < m_bufferUsers.size())
            ++m_bufferUsers[m.buffer.pos()];
    }
    claimSharedConstants();
}

// Weights and biases that somebody else reads too, as something else: operators get tensors of their own.
void PassContext::claimSharedConstants()
{
    const auto claim = [this](TensorIndex t) {
        const TensorRole role = t ? resolution.tensors[t.pos()].wish.role : TensorRole::Other;
        if (role == TensorRole::Weight || role == TensorRole::Bias)
            m_claimed.insert(t);
    };
    for (const Operator &op : from.operators) {
        const WeightedInputs at = weightedInputs(op.code);
        for (std::size_t i = 0; i < op.inputs.size(); ++i) {
            const int position = static_cast<int>(i);
            const TensorRole role = op.inputs[i] ? resolution.tensors[op.inputs[i].pos()].wish.role : TensorRole::Other;
            if (position != (role == TensorRole::Weight ? at.weight : at.bias))
                claim(op.inputs[i]);
        }
    }
    for (TensorIndex t : from.outputs)
        claim(t);
}

void PassContext::setData(TensorIndex t, std::vector<std::byte> bytes)
{
    Tensor &tensor = graph().tensor(t);
    Buffer buffer = Buffer::fromBytes(std::move(bytes));
    buffer.present = true;
    const BufferIndex old = tensor.buffer;
    const bool made = old.pos() >= m_bufferUsers.size(); // by us, for this tensor
    if (old.value > 0 && (made || m_bufferUsers[old.pos()] == 1)) {
        buffer.external = out.model.buffers[old.pos()].external;
        out.model.buffers[old.pos()] = std::move(buffer);
        return;
    }
    tensor.buffer = out.model.addBuffer(std::move(buffer));
}

TensorIndex PassContext::ownTensor(OperatorIndex o, int position, TensorIndex t)
{
    if (m_claimed.insert(t).second) {
        m_rewritten.insert(t);
        return t;
    }
    return copyTensor(o, position, t);
}

TensorIndex PassContext::copyTensor(OperatorIndex o, int position, TensorIndex t)
{
    Tensor copy = from.tensor(t);
    copy.name += "_requant" + std::to_string(o.value);
    copy.buffer = BufferIndex{0};
    graph().tensors.push_back(std::move(copy));
    const TensorIndex made(graph().tensors.size() - 1);
    placed(o).inputs[static_cast<std::size_t>(position)] = made;
    return made;
}

void PassContext::keepTensor(OperatorIndex o, int position, TensorIndex t)
{
    m_claimed.insert(t);
    if (!m_rewritten.count(t))
        return;
    const auto data = source.data(from.tensor(t));
    setData(copyTensor(o, position, t), {data.begin(), data.end()});
}

void PassContext::takeGrid(Tensor &t, const QuantParams &grid)
{
    t.quant.scale = grid.scale;
    t.quant.zeroPoint = grid.zeroPoint;
    t.quant.quantizedDimension = grid.quantizedDimension;
    t.quant.details = nullptr; // of the old parameters
    forgetSourceDimension(t);
    setMinMax(t.quant, t.type);
}

EffectiveGrid PassContext::effectiveOf(TensorIndex t) const
{
    std::int32_t group = t.pos() < from.tensors.size() ? resolution.tensors[t.pos()].group : -1;
    if (const auto copy = copyGroup.find(t); copy != copyGroup.end())
        group = copy->second;
    if (group < 0)
        return {};
    const GroupGrid &g = grids[static_cast<std::size_t>(group)];
    return {g.ratio, g.offset, g.factors};
}

TensorIndex PassContext::addTensor(Tensor t, std::vector<std::byte> data)
{
    t.buffer = BufferIndex{0};
    graph().tensors.push_back(std::move(t));
    const TensorIndex made(graph().tensors.size() - 1);
    if (!data.empty())
        setData(made, std::move(data));
    return made;
}

void PassContext::insertBefore(std::size_t position, Operator op)
{
    m_insertions.push_back({position, std::move(op)});
}

void PassContext::placeInserted()
{
    std::stable_sort(m_insertions.begin(), m_insertions.end(), [](const Insertion &a, const Insertion &b) { return a.before < b.before; });
    std::vector<Operator> operators;
    out.origin.clear();
    auto next = m_insertions.begin();
    for (std::size_t o = 0; o <= from.operators.size(); ++o) {
        for (; next != m_insertions.end() && next->before == o; ++next) {
            operators.push_back(std::move(next->op));
            out.origin.push_back(OperatorIndex{});
        }
        if (o < from.operators.size()) {
            place[o] = OperatorIndex(operators.size());
            operators.push_back(std::move(graph().operators[o]));
            out.origin.emplace_back(o);
        }
    }
    graph().operators = std::move(operators);
    m_insertions.clear();
}

} // namespace requant
