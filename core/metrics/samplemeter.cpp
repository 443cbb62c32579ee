// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/metrics/samplemeter.h"

#include "core/metrics/logits.h"
#include "core/sim/samplerunner.h"

#include <algorithm>

namespace requant {
namespace {

// Bytes of a constant graph output: neither simulator nor cache has to hold it.
bool isActivation(const Model &m, const Subgraph &g, TensorIndex t) { return t && !m.isConstant(g.tensor(t)); }

} // namespace

PreparedComparison::PreparedComparison(const ComparedModels &m, ModelChanges c)
    : models(m), changes(std::move(c)), pairs(pairLayers(models)), outputs(pairs.size()), graph(mainOf(models.converted)),
      stateful(keepsState(*models.source) || keepsState(*models.converted))
{
    const Subgraph &gs = mainOf(models.source), &gc = mainOf(models.converted);
    const auto comparison = [&](TensorIndex a, TensorIndex b) { return TensorComparison(gs.tensor(a), gc.tensor(b), gridOf(models, b)); };
    for (std::size_t i = 0; i < pairs.size(); ++i)
        if (pairs[i].comparable)
            outputs[i].emplace(comparison(pairs[i].sourceOut, pairs[i].convertedOut));
    feeds.resize(gs.tensors.size());
    const auto feedable = [&](TensorIndex t) {
        if (t && t.pos() < std::min(gs.tensors.size(), gc.tensors.size()) && !feeds[t.pos()].possible())
            feeds[t.pos()] = TensorFeed(gs.tensor(t), gc.tensor(t), gridOf(models, t));
    };
    for (const Operator &op : gc.operators)
        std::for_each(op.inputs.begin(), op.inputs.end(), feedable);
    inputs.resize(gc.inputs.size());
    for (std::size_t k = 0; k < std::min(gs.inputs.size(), gc.inputs.size()); ++k)
        if (const EffectiveGrid grid = gridOf(models, gc.inputs[k]); !grid.isTrue())
            inputs[k].emplace(gs.tensor(gs.inputs[k]), gc.tensor(gc.inputs[k]), grid);
    if (!gs.outputs.empty() && !gc.outputs.empty()) {
        sourceLogits = logitsTensor(*models.source);
        convertedLogits = logitsTensor(*models.converted);
        logits.emplace(comparison(sourceLogits, convertedLogits));
        firstOutput.emplace(comparison(gs.outputs[0], gc.outputs[0]));
    }
    for (std::size_t i = 0; i < pairs.size(); ++i)
        if (pairs[i].comparable && changes.cumulative[i])
            wanted.push_back(pairs[i].convertedOut);
    if (logits && changes.output) {
        wanted.push_back(convertedLogits);
        wanted.push_back(gc.outputs[0]);
    }
}

void SampleSums::merge(const SampleSums &other)
{
    for (std::size_t i = 0; i < local.size(); ++i) {
        local[i].merge(other.local[i]);
        cumulative[i].merge(other.cumulative[i]);
    }
    for (std::size_t i = 0; i < counters.size(); ++i)
        counters[i].add(other.counters[i]);
    output.merge(other.output);
    agreeing += other.agreeing;
    samples += other.samples;
    sourceRuns += other.sourceRuns;
    operators += other.operators;
    localOperators += other.localOperators;
}

std::span<const std::byte> SourceTensors::operator()(TensorIndex t) const
{
    if (!kept || !t)
        return simulator ? simulator->tensor(t) : std::span<const std::byte>{};
    const Tensor &tensor = model.subgraphs.front().tensor(t);
    return model.isConstant(tensor) ? model.data(tensor) : std::span<const std::byte>((*kept)[t.pos()]);
}

SampleMeter::SampleMeter(const PreparedComparison &c, Simulator converted)
    : m_c(c), m_sim(std::move(converted)), m_computed(mainOf(c.models.converted).tensors.size(), 0),
      m_ran(m_computed.size(), 0)
{
}

std::span<const std::byte> SampleMeter::value(TensorIndex t, const std::vector<Bytes> &kept) const
{
    if (!t)
        return {};
    if (isComputed(t) || !isActivation(*m_c.models.converted, mainOf(m_c.models.converted), t))
        return m_sim.tensor(t);
    const TensorIndex same = m_c.changes.sameAs[t.pos()];
    return same && same.pos() < kept.size() ? std::span<const std::byte>(kept[same.pos()]) : std::span<const std::byte>{};
}

bool SampleMeter::hasValue(TensorIndex t, const std::vector<Bytes> &kept) const
{
    return elementCount(mainOf(m_c.models.converted).tensor(t).shape) == 0 || !value(t, kept).empty();
}

Status SampleMeter::simulate(const std::vector<Bytes> &sourceInputs, const std::vector<Bytes> &inputs, const std::vector<Bytes> &kept,
                             bool complete, const RunControl &control, SampleSums &sums)
{
    const Subgraph &g = mainOf(m_c.models.converted);
    ++m_sample;
    m_sim.resetCounters();
    const auto count = [&] {
        for (std::size_t i = 0; i < g.operators.size(); ++i)
            sums.counters[i] = m_sim.counters(OperatorIndex(i));
    };
    for (std::size_t k = 0; k < inputs.size() && k < g.inputs.size(); ++k) {
        const auto &feed = m_c.inputs[k];
        const auto bytes = feed ? feed->feed(sourceInputs[k], m_fed, m_scratch.x) : std::span<const std::byte>(inputs[k]);
        if (auto status = m_sim.setInput(k, bytes); !status)
            return status;
        m_computed[g.inputs[k].pos()] = m_sample;
    }
    if (m_c.stateful) {
        if (auto status = m_sim.run(control); !status)
            return status;
        for (std::size_t t = 0; t < g.tensors.size(); ++t)
            if (m_sim.isReachable(TensorIndex(t)))
                m_computed[t] = m_sample;
        sums.operators += g.operators.size();
        count();
        return success();
    }
    // Backwards: which operators must run.
    m_needed.assign(g.tensors.size(), false);
    m_runs.assign(g.operators.size(), false);
    for (const TensorIndex t : m_c.wanted)
        m_needed[t.pos()] = !hasValue(t, kept);
    for (std::size_t i = g.operators.size(); i-- > 0;) {
        const Operator &op = g.operators[i];
        if (op.outputs.empty() || !m_sim.isReachable(op.outputs[0]) || !m_sim.supported(OperatorIndex(i)))
            continue;
        m_runs[i] = !m_c.changes.sameOperator[i] || std::any_of(op.outputs.begin(), op.outputs.end(), [&](TensorIndex t) {
            return m_needed[t.pos()] || (complete && !hasValue(t, kept));
        });
        if (m_runs[i])
            for (const TensorIndex t : op.inputs)
                if (isActivation(*m_c.models.converted, g, t) && !hasValue(t, kept))
                    m_needed[t.pos()] = true;
    }
    // Forwards: run them, on kept values where their inputs are not computed.
    for (std::size_t i = 0; i < g.operators.size(); ++i) {
        if (!m_runs[i])
            continue;
        if (control.isCancelled())
            return cancelledError();
        const Operator &op = g.operators[i];
        for (const TensorIndex t : op.inputs) {
            if (!isActivation(*m_c.models.converted, g, t) || isComputed(t))
                continue;
            if (const auto bytes = value(t, kept); !bytes.empty())
                if (auto status = m_sim.setTensor(t, bytes); !status)
                    return status;
            m_computed[t.pos()] = m_sample;
        }
        if (auto status = m_sim.runOperator(OperatorIndex(i), control); !status)
            return status;
        for (const TensorIndex t : op.outputs)
            m_computed[t.pos()] = m_ran[t.pos()] = m_sample;
        ++sums.operators;
    }
    count();
    return success();
}

void SampleMeter::compareEndToEnd(const SourceTensors &source, const std::vector<Bytes> &kept, SampleSums &sums)
{
    if (m_c.changes.output && m_c.logits) {
        const TensorIndex a = mainOf(m_c.models.source).outputs[0], b = mainOf(m_c.models.converted).outputs[0];
        sums.output = m_c.logits->compare(source(m_c.sourceLogits), value(m_c.convertedLogits, kept), m_scratch);
        if (m_c.firstOutput->read(source(a), value(b, kept), m_scratch)) {
            const auto largest = [](const std::vector<double> &v) { return std::max_element(v.begin(), v.end()) - v.begin(); };
            sums.agreeing += largest(m_scratch.x) == largest(m_scratch.y);
        }
    }
    for (std::size_t i = 0; i < m_c.pairs.size(); ++i)
        if (m_c.outputs[i] && m_c.changes.cumulative[i])
            sums.cumulative[i] = m_c.outputs[i]->compare(source(m_c.pairs[i].sourceOut), value(m_c.pairs[i].convertedOut, kept), m_scratch);
}

Status SampleMeter::compareLayer(std::size_t layer, const SourceTensors &source, const RunControl &control, SampleSums &sums)
{
    const LayerPair &p = m_c.pairs[layer];
    if (!p.local || !m_sim.supported(p.converted))
        return success();
    const auto expected = source(p.sourceOut);
    if (expected.empty())
        return success();
    for (const TensorIndex t : mainOf(m_c.models.converted).op(p.converted).inputs)
        if (!feed(t, source, control))
            return control.isCancelled() ? Status(cancelledError()) : success();
    if (auto status = m_sim.runOperator(p.converted, control); !status)
        return status;
    ++sums.localOperators;
    sums.local[layer] = m_c.outputs[layer]->compare(expected, m_sim.tensor(p.convertedOut), m_scratch);
    return success();
}

// Gives a tensor of the converted network the source's value. Copies made by inserted requantize operators are computed by
// those operators.
bool SampleMeter::feed(TensorIndex t, const SourceTensors &source, const RunControl &control)
{
    const Subgraph &g = mainOf(m_c.models.converted);
    if (!isActivation(*m_c.models.converted, g, t))
        return true;
    if (t.pos() < m_c.feeds.size()) {
        const auto bytes = source(t);
        if (bytes.empty())
            return false;
        const auto fed = m_c.feeds[t.pos()].feed(bytes, m_fed, m_scratch.x);
        return !fed.empty() && m_sim.setTensor(t, fed);
    }
    const OperatorIndex producer = m_c.graph.producer(t);
    if (!producer || m_c.models.origin.empty() || m_c.models.origin[producer.pos()] || !m_sim.supported(producer))
        return false;
    for (const TensorIndex in : g.op(producer).inputs)
        if (!feed(in, source, control))
            return false;
    return static_cast<bool>(m_sim.runOperator(producer, control));
}

} // namespace requant
