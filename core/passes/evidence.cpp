// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/passes/evidence.h"

#include "core/passes/passes.h"
#include "core/passes/patches.h"
#include "core/sim/synthetic.h"

#include <algorithm>
#include <chrono>
#include <cstring>

namespace requant {

namespace {

void addBytes(std::span<const std::byte> bytes, bool isSigned, std::int64_t *sum, std::size_t channels,
              std::uint32_t *bins)
{
    const unsigned flip = isSigned ? 0x80u : 0u; // bins in the order of the integers
    const std::int64_t least = isSigned ? -128 : 0;
    for (std::size_t k = 0, c = 0; k < bytes.size(); ++k, c = c + 1 == channels ? 0 : c + 1) {
        const unsigned b = static_cast<unsigned>(bytes[k]) ^ flip;
        ++bins[c * 256 + b];
        sum[c] += least + static_cast<std::int64_t>(b);
    }
}

} // namespace

std::size_t OutputEvidence::bytes() const
{
    std::size_t n = sizeof *this + (count.size() + inside.size()) * sizeof(std::int64_t) + bins.size() * sizeof(std::uint32_t);
    for (const auto &s : sum)
        n += sizeof s + s.size() * sizeof(std::int64_t);
    return n;
}

OutputEvidence outputEvidence(const Model &model, const Operator &op, const LayerValues &values)
{
    const Tensor &t = model.subgraphs.front().tensor(op.outputs[0]);
    const bool isByte = t.type == ElementType::Int8 || t.type == ElementType::UInt8;
    if ((!isByte && t.type != ElementType::Int16) || t.quant.isPerChannel())
        return {};
    // The ends: of the storage type, or 0 of an activation.
    const IntegerRange r = integerRange(t.type);
    std::int64_t low = r.min;
    const std::int64_t high = r.max, fused = op.options ? op.options->integer("fused_activation_function") : 0;
    if (fused == 1 || fused == 3)
        low = std::max(low, t.quant.zeroPointAt(0));
    const std::size_t channels = t.shape.empty() ? 1 : static_cast<std::size_t>(std::max(1, t.shape.back()));
    OutputEvidence e;
    e.sum.assign(values.samples(), std::vector<std::int64_t>(channels, 0));
    e.inside.assign(channels, 0);
    if (isByte)
        e.bins.assign(channels * 256, 0);
    for (std::size_t i = 0; i < values.samples(); ++i) {
        const auto bytes = values.value(i, op.outputs[0]);
        const std::size_t n = bytes.size() / byteSize(t.type, 1);
        e.count.push_back(static_cast<std::int64_t>(n / channels));
        if (isByte) {
            addBytes(bytes, t.type == ElementType::Int8, e.sum[i].data(), channels, e.bins.data());
            continue;
        }
        for (std::size_t k = 0, c = 0; k < n; ++k, c = c + 1 == channels ? 0 : c + 1) {
            std::int16_t q = 0;
            std::memcpy(&q, bytes.data() + 2 * k, sizeof q);
            e.sum[i][c] += q;
            e.inside[c] += q > low && q < high;
        }
    }
    for (std::size_t c = 0; isByte && c < channels; ++c)
        e.inside[c] = static_cast<std::int64_t>(
            e.countIf(c, r.min, [&](std::int64_t q) { return q > low && q < high; }));
    return e;
}

bool LayerEvidence::takes(std::size_t bytes)
{
    if (bytes > m_budget - std::min(m_budget, m_bytes))
        return false;
    m_bytes += bytes;
    return true;
}

std::optional<std::shared_ptr<const PatchMoments>> LayerEvidence::moments(OperatorIndex o) const
{
    const std::lock_guard lock(m_mutex);
    const auto it = m_moments.find(o);
    return it == m_moments.end() ? std::nullopt : std::optional(it->second);
}

std::shared_ptr<const OutputEvidence> LayerEvidence::outputs(OperatorIndex o) const
{
    const std::lock_guard lock(m_mutex);
    const auto it = m_outputs.find(o);
    return it == m_outputs.end() ? nullptr : it->second;
}

void LayerEvidence::keep(OperatorIndex o, std::shared_ptr<const PatchMoments> m)
{
    const std::lock_guard lock(m_mutex);
    const std::size_t bytes = sizeof(PatchMoments) + (m ? (m->mean.size() + m->covariance.size()) * sizeof(double) : 0);
    if (!m_moments.contains(o) && takes(bytes))
        m_moments.emplace(o, std::move(m));
}

void LayerEvidence::keep(OperatorIndex o, std::shared_ptr<const OutputEvidence> e)
{
    const std::lock_guard lock(m_mutex);
    if (!m_outputs.contains(o) && takes(e->bytes()))
        m_outputs.emplace(o, std::move(e));
}

std::size_t LayerEvidence::bytes() const
{
    const std::lock_guard lock(m_mutex);
    return m_bytes;
}

std::shared_ptr<const SampleSet> SourceEvidence::synthetic(std::size_t count, std::string *why)
{
    const std::lock_guard lock(m_mutex);
    auto &set = m_synthetic[count];
    if (!set) {
        auto made = syntheticSamples(*m_source, count);
        if (made)
            set = std::make_shared<const SampleSet>(std::move(*made));
        else if (why)
            *why = text(made.error());
    }
    return set;
}

Result<std::shared_ptr<const Statistics>> SourceEvidence::statistics(const std::shared_ptr<const SampleSet> &set,
                                                                     std::size_t limit, const RunControl &run)
{
    const StatisticsKey key(set, limit ? std::min(limit, set->size()) : set->size());
    std::unique_lock lock(m_mutex);
    for (auto it = m_statistics.find(key); it != m_statistics.end(); it = m_statistics.find(key)) {
        if (it->second)
            return it->second;
        if (run.isCancelled())
            return cancelledError();
        m_made.wait_for(lock, std::chrono::milliseconds(50));
    }
    m_statistics[key] = nullptr;
    lock.unlock();
    auto collected = collectStatistics(m_source, *set, key.second, 0, run);
    lock.lock();
    m_made.notify_all();
    if (!collected) {
        m_statistics.erase(key);
        return collected.error();
    }
    return m_statistics[key] = std::make_shared<const Statistics>(std::move(*collected));
}

LayerEvidence &SourceEvidence::layers(const std::shared_ptr<const SampleSet> &set, std::size_t count, Arithmetic a)
{
    const std::lock_guard lock(m_mutex);
    auto &layers = m_layers[LayersKey(set, count, a)];
    if (!layers)
        layers = std::make_unique<LayerEvidence>(m_budget);
    return *layers;
}

std::shared_ptr<const ExpectedStatistics> SourceEvidence::expected(const Model &withActivations)
{
    const std::lock_guard lock(m_mutex);
    if (!m_expected)
        m_expected = std::make_shared<const ExpectedStatistics>(expectedStatistics(withActivations));
    return m_expected;
}

SourceWalk::SourceWalk(const Model &model, const LayerSamples &samples, Arithmetic arithmetic)
    : m_model(model), m_samples(samples), m_arithmetic(arithmetic)
{
}

Status SourceWalk::runUntil(std::size_t end, const RunControl &run)
{
    const Subgraph &g = m_model.subgraphs.front();
    if (!m_values) {
        m_values.emplace(m_samples.count, Numerics(m_arithmetic));
        for (std::size_t i = 0; i < m_samples.count; ++i) {
            auto in = m_samples.set->sampleFor(m_samples.index(i), m_model);
            for (std::size_t k = 0; k < in.size(); ++k)
                m_values->set(i, g.inputs[k], std::move(in[k]));
        }
    }
    for (; m_done < end; ++m_done) {
        if (m_done > 0)
            m_values->release(m_model, OperatorIndex(m_done - 1));
        if (const Status s = m_values->run(m_model, OperatorIndex(m_done), run); !s)
            return s;
    }
    return success();
}

Result<std::shared_ptr<const PatchMoments>> SourceWalk::moments(OperatorIndex o, const RunControl &run)
{
    if (m_samples.evidence)
        if (const auto kept = m_samples.evidence->moments(o))
            return *kept;
    std::shared_ptr<const PatchMoments> out;
    const Operator &op = m_model.subgraphs.front().op(o);
    if (auto patches = PatchAccumulator::create(m_model, op, m_samples.count)) {
        if (const Status s = runUntil(o.pos(), run); !s)
            return s.error();
        for (std::size_t i = 0; i < m_samples.count; ++i)
            patches->add(m_values->value(i, op.inputs[0]), i);
        out = std::make_shared<const PatchMoments>(patches->result());
    }
    if (m_samples.evidence)
        m_samples.evidence->keep(o, out);
    return out;
}

Result<std::shared_ptr<const OutputEvidence>> SourceWalk::outputs(OperatorIndex o, const RunControl &run)
{
    if (m_samples.evidence)
        if (auto kept = m_samples.evidence->outputs(o))
            return kept;
    if (const Status s = runUntil(o.pos() + 1, run); !s)
        return s.error();
    auto out = std::make_shared<const OutputEvidence>(outputEvidence(m_model, m_model.subgraphs.front().op(o), *m_values));
    if (m_samples.evidence)
        m_samples.evidence->keep(o, out);
    return out;
}

} // namespace requant
