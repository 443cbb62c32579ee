// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/model.h"

#include <algorithm>

namespace requant {

GraphIndex::GraphIndex(const Subgraph &graph)
    : m_producer(graph.tensors.size())
    , m_consumers(graph.tensors.size())
    , m_isInput(graph.tensors.size(), false)
    , m_isOutput(graph.tensors.size(), false)
{
    const auto valid = [&](TensorIndex t) { return t && t.pos() < graph.tensors.size(); };
    for (std::size_t i = 0; i < graph.operators.size(); ++i) {
        const OperatorIndex op(i);
        for (const TensorIndex t : graph.operators[i].inputs) {
            // Operators come in order, so a repeated input is the last entry.
            if (valid(t) && (m_consumers[t.pos()].empty() || m_consumers[t.pos()].back() != op))
                m_consumers[t.pos()].push_back(op);
        }
        for (const TensorIndex t : graph.operators[i].outputs) {
            if (valid(t) && !m_producer[t.pos()])
                m_producer[t.pos()] = op;
        }
    }
    for (std::size_t i = 0; i < graph.tensors.size(); ++i) {
        const BufferIndex b = graph.tensors[i].buffer;
        if (b.value <= 0) // buffer 0 means "no data", which is nothing to share
            continue;
        if (b.pos() >= m_sharing.size())
            m_sharing.resize(b.pos() + 1);
        m_sharing[b.pos()].push_back(TensorIndex(i));
    }
    for (const TensorIndex t : graph.inputs) {
        if (valid(t))
            m_isInput[t.pos()] = true;
    }
    for (const TensorIndex t : graph.outputs) {
        if (valid(t))
            m_isOutput[t.pos()] = true;
    }
}

OperatorIndex GraphIndex::producer(TensorIndex t) const
{
    return t && t.pos() < m_producer.size() ? m_producer[t.pos()] : OperatorIndex();
}

std::span<const OperatorIndex> GraphIndex::consumers(TensorIndex t) const
{
    if (!t || t.pos() >= m_consumers.size())
        return {};
    return m_consumers[t.pos()];
}

std::span<const TensorIndex> GraphIndex::sharing(BufferIndex b) const
{
    if (!b || b.pos() >= m_sharing.size())
        return {};
    return m_sharing[b.pos()];
}

bool GraphIndex::isGraphInput(TensorIndex t) const
{
    return t && t.pos() < m_isInput.size() && m_isInput[t.pos()];
}

bool GraphIndex::isGraphOutput(TensorIndex t) const
{
    return t && t.pos() < m_isOutput.size() && m_isOutput[t.pos()];
}

} // namespace requant
