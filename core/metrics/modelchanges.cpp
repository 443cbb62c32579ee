// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/metrics/modelchanges.h"

#include "core/metrics/layerpairs.h"
#include "core/metrics/logits.h"

#include <algorithm>
#include <cstring>

namespace requant {
namespace {

bool callsSubgraphs(Op code) { return code == Op::If || code == Op::While || code == Op::CallOnce; }

class Differ
{
public:
    Differ(const ComparedModels &before, const ComparedModels &after)
        : m_before(before), m_after(after), m_b(mainOf(before.converted)), m_a(mainOf(after.converted)), m_producersB(m_b), m_producersA(m_a),
          m_sourceTensors(mainOf(after.source).tensors.size())
    {
    }

    ModelChanges compare()
    {
        ModelChanges changes = everythingChanged(m_after);
        if (m_before.source != m_after.source)
            return changes;
        m_calledGraphsSame = sameCalledGraphs();
        m_sameAs.assign(m_a.tensors.size(), TensorIndex());
        matchInputs();
        const std::vector<OperatorIndex> partnerB = convertedOf(m_before), partnerA = convertedOf(m_after);
        const std::vector<OperatorIndex> counterpart = counterparts(partnerB, partnerA);
        for (std::size_t i = 0; i < m_a.operators.size(); ++i) {
            const OperatorIndex b = counterpart[i] ? counterpart[i] : insertedCounterpart(m_a.operators[i]);
            if (!b || !sameOperator(m_b.op(b), m_a.operators[i], [&](TensorIndex x, TensorIndex y) { return sameValue(x, y); }))
                continue;
            changes.sameOperator[i] = b;
            for (std::size_t k = 0; k < m_a.operators[i].outputs.size(); ++k)
                m_sameAs[m_a.operators[i].outputs[k].pos()] = m_b.op(b).outputs[k];
        }
        const std::vector<LayerPair> pairsB = pairLayers(m_before), pairsA = pairLayers(m_after);
        for (std::size_t i = 0; i < pairsA.size(); ++i) {
            const LayerPair &b = pairsB[i], &a = pairsA[i];
            if (!a.converted || !b.converted) {
                changes.local[i] = changes.cumulative[i] = a.converted != b.converted;
                continue;
            }
            const bool sameGrid = a.convertedOut && b.convertedOut && gridOf(m_before, b.convertedOut) == gridOf(m_after, a.convertedOut);
            changes.cumulative[i] = !sameGrid || m_sameAs[a.convertedOut.pos()] != b.convertedOut;
            changes.local[i] = !sameGrid
                || !sameOperator(m_b.op(b.converted), m_a.op(a.converted), [&](TensorIndex x, TensorIndex y) { return sameFeed(x, y, 0); });
        }
        const auto sameResult = [&](TensorIndex b, TensorIndex a) {
            return a && b && m_sameAs[a.pos()] == b && gridOf(m_before, b) == gridOf(m_after, a);
        };
        changes.output = m_a.outputs.empty() || m_b.outputs.empty() || !sameResult(m_b.outputs[0], m_a.outputs[0])
            || !sameResult(logitsTensor(*m_before.converted), logitsTensor(*m_after.converted));
        changes.sameAs = std::move(m_sameAs);
        return changes;
    }

private:
    bool isConstant(const ComparedModels &m, const Tensor &t) const { return m.converted->isConstant(t); }

    static bool isInserted(const ComparedModels &m, OperatorIndex op) { return op.pos() < m.origin.size() && !m.origin[op.pos()]; }

    static bool sameTensor(const Tensor &b, const Tensor &a)
    {
        return b.type == a.type && b.shape == a.shape && b.isVariable == a.isVariable && b.quant.sameGrid(a.quant)
            && sameTable(b.quant.details, a.quant.details) && sameTable(b.rest, a.rest);
    }

    bool sameBytes(const Tensor &b, const Tensor &a) const
    {
        const auto x = m_before.converted->data(b), y = m_after.converted->data(a);
        return x.size() == y.size() && (x.data() == y.data() || std::memcmp(x.data(), y.data(), x.size()) == 0);
    }

    // Same code, options, constants and grids; `sameInput` judges inputs that are not constant.
    template <class F>
    bool sameOperator(const Operator &b, const Operator &a, F &&sameInput) const
    {
        if (b.code != a.code || b.version != a.version || b.customCode != a.customCode || b.customOptions != a.customOptions
            || b.inputs.size() != a.inputs.size() || b.outputs.size() != a.outputs.size() || !sameTable(b.options, a.options)
            || !sameTable(b.options2, a.options2) || (callsSubgraphs(a.code) && !m_calledGraphsSame))
            return false;
        for (std::size_t k = 0; k < a.outputs.size(); ++k)
            if (!a.outputs[k] || !b.outputs[k] || !sameTensor(m_b.tensor(b.outputs[k]), m_a.tensor(a.outputs[k])))
                return false;
        for (std::size_t k = 0; k < a.inputs.size(); ++k) {
            const TensorIndex x = b.inputs[k], y = a.inputs[k];
            if (!x || !y) {
                if (x || y)
                    return false;
                continue;
            }
            const Tensor &tx = m_b.tensor(x), &ty = m_a.tensor(y);
            if (!sameTensor(tx, ty) || isConstant(m_before, tx) != isConstant(m_after, ty))
                return false;
            if (isConstant(m_after, ty) ? !(sameBytes(tx, ty) && gridOf(m_before, x) == gridOf(m_after, y)) : !sameInput(x, y))
                return false;
        }
        return true;
    }

    bool sameValue(TensorIndex b, TensorIndex a) const { return m_sameAs[a.pos()] == b; }

    // Whether a layer that is fed with the source's activations gets the same in this tensor.
    bool sameFeed(TensorIndex b, TensorIndex a, int depth) const
    {
        constexpr int kDeepest = 16; // copies of copies: more than any conversion makes
        if (!(gridOf(m_before, b) == gridOf(m_after, a)))
            return false;
        if (a.pos() < m_sourceTensors || b.pos() < m_sourceTensors)
            return a == b;
        const OperatorIndex pb = m_producersB.producer(b), pa = m_producersA.producer(a);
        return pa && pb && depth < kDeepest && isInserted(m_before, pb) == isInserted(m_after, pa)
            && sameOperator(m_b.op(pb), m_a.op(pa), [&](TensorIndex x, TensorIndex y) { return sameFeed(x, y, depth + 1); });
    }

    // Subgraphs that control flow runs. Conversions leave them as they are, so that the same objects are expected.
    bool sameCalledGraphs() const
    {
        const auto &b = m_before.converted->subgraphs, &a = m_after.converted->subgraphs;
        if (b.size() != a.size())
            return false;
        for (std::size_t g = 1; g < a.size(); ++g) {
            if (a[g].tensors.size() != b[g].tensors.size() || a[g].operators.size() != b[g].operators.size() || a[g].inputs != b[g].inputs
                || a[g].outputs != b[g].outputs)
                return false;
            for (std::size_t t = 0; t < a[g].tensors.size(); ++t)
                if (!sameTensor(b[g].tensors[t], a[g].tensors[t]) || !sameBytes(b[g].tensors[t], a[g].tensors[t]))
                    return false;
            for (std::size_t i = 0; i < a[g].operators.size(); ++i) {
                const Operator &x = b[g].operators[i], &y = a[g].operators[i];
                if (x.code != y.code || x.customCode != y.customCode || x.customOptions != y.customOptions || x.inputs != y.inputs
                    || x.outputs != y.outputs || !sameTable(x.options, y.options) || !sameTable(x.options2, y.options2))
                    return false;
            }
        }
        return true;
    }

    void matchInputs()
    {
        for (std::size_t k = 0; k < std::min(m_a.inputs.size(), m_b.inputs.size()); ++k) {
            const TensorIndex b = m_b.inputs[k], a = m_a.inputs[k];
            if (a && b && sameTensor(m_b.tensor(b), m_a.tensor(a)) && gridOf(m_before, b) == gridOf(m_after, a))
                m_sameAs[a.pos()] = b;
        }
    }

    // By operator of the new model: the earlier operator that stands for the same operator of the source.
    std::vector<OperatorIndex> counterparts(const std::vector<OperatorIndex> &partnerB, const std::vector<OperatorIndex> &partnerA) const
    {
        std::vector<OperatorIndex> out(m_a.operators.size());
        for (std::size_t i = 0; i < partnerA.size(); ++i)
            if (partnerA[i])
                out[partnerA[i].pos()] = partnerB[i];
        return out;
    }

    // An inserted operator has no place in the source: one of the earlier model's that reads the same value will do.
    OperatorIndex insertedCounterpart(const Operator &a) const
    {
        if (a.inputs.empty() || !a.inputs[0] || !m_sameAs[a.inputs[0].pos()])
            return {};
        for (const OperatorIndex b : m_producersB.consumers(m_sameAs[a.inputs[0].pos()])) {
            if (isInserted(m_before, b) && sameOperator(m_b.op(b), a, [&](TensorIndex x, TensorIndex y) { return sameValue(x, y); }))
                return b;
        }
        return {};
    }

    const ComparedModels &m_before, &m_after;
    const Subgraph &m_b, &m_a;
    GraphIndex m_producersB, m_producersA;
    std::size_t m_sourceTensors;
    std::vector<TensorIndex> m_sameAs;
    bool m_calledGraphsSame = false;
};

} // namespace

bool ModelChanges::any() const
{
    const auto in = [](const std::vector<bool> &v) { return std::find(v.begin(), v.end(), true) != v.end(); };
    return output || in(local) || in(cumulative);
}

ModelChanges changesBetween(const ComparedModels &before, const ComparedModels &after)
{
    return Differ(before, after).compare();
}

ModelChanges everythingChanged(const ComparedModels &m)
{
    ModelChanges all;
    const std::size_t layers = mainOf(m.source).operators.size();
    all.sameOperator.assign(mainOf(m.converted).operators.size(), OperatorIndex());
    all.sameAs.assign(mainOf(m.converted).tensors.size(), TensorIndex());
    all.local.assign(layers, true);
    all.cumulative.assign(layers, true);
    return all;
}

} // namespace requant
