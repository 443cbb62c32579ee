// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/metrics/incremental.h"

#include "core/metrics/samplemeter.h"
#include "core/sim/samplerunner.h"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <mutex>
#include <new>
#include <optional>
#include <vector>

namespace requant {
namespace {

constexpr unsigned kMostThreads = 8; // a thread takes a simulator of each network

// What is kept of one sample.
struct KeptSample
{
    std::vector<Bytes> inputs;    // as the sample set gives them
    std::vector<Bytes> source;    // by tensor of the source; empty: not kept
    std::vector<Bytes> converted; // by tensor of the last measured conversion; empty where it is not kept
};

std::size_t activationBytes(const Model &m)
{
    const Subgraph &g = m.subgraphs.front();
    std::size_t bytes = 0;
    const auto count = [&](TensorIndex t) {
        if (t && !m.isConstant(g.tensor(t)))
            bytes += byteSize(g.tensor(t).type, static_cast<std::size_t>(elementCount(g.tensor(t).shape)));
    };
    std::for_each(g.inputs.begin(), g.inputs.end(), count);
    for (const Operator &op : g.operators)
        std::for_each(op.outputs.begin(), op.outputs.end(), count);
    return bytes;
}

std::size_t sizeOf(const std::vector<Bytes> &all)
{
    std::size_t bytes = 0;
    for (const Bytes &b : all)
        bytes += b.size();
    return bytes;
}

void copyActivations(const Simulator &sim, const std::function<bool(TensorIndex)> &wanted, std::vector<Bytes> &into)
{
    const Subgraph &g = sim.model().subgraphs.front();
    into.resize(g.tensors.size());
    for (std::size_t t = 0; t < g.tensors.size(); ++t)
        if (!sim.model().isConstant(g.tensors[t]) && wanted(TensorIndex(t))) {
            const auto bytes = sim.tensor(TensorIndex(t));
            into[t].assign(bytes.begin(), bytes.end());
        }
}

// The model with the earlier one's buffers wherever they hold the same bytes: simulators pack weights once for each buffer.
std::shared_ptr<const Model> withBuffersOf(const Model &earlier, const std::shared_ptr<const Model> &model)
{
    auto shared = std::make_shared<Model>(*model);
    const Subgraph &b = earlier.subgraphs.front(), &a = model->subgraphs.front();
    for (std::size_t t = 0; t < std::min(a.tensors.size(), b.tensors.size()); ++t) {
        const auto x = earlier.data(b.tensors[t]), y = model->data(a.tensors[t]);
        if (!y.empty() && x.size() == y.size() && x.data() != y.data() && std::memcmp(x.data(), y.data(), x.size()) == 0)
            shared->buffers[a.tensors[t].buffer.pos()] = earlier.buffers[b.tensors[t].buffer.pos()];
    }
    return shared;
}

// Simulators of one model that threads borrow.
class Simulators
{
public:
    Simulators(std::shared_ptr<const Model> model, const SimOptions &options) : m_model(std::move(model)), m_options(options) {}
    // Gives up their memory and keeps what was packed.
    std::shared_ptr<const void> rest()
    {
        const std::lock_guard lock(m_mutex);
        if (!m_free.empty())
            m_weights = std::move(m_free.back()).intoWeights();
        m_free.clear();
        return m_weights;
    }
    Result<Simulator> take()
    {
        {
            const std::lock_guard lock(m_mutex);
            if (!m_free.empty()) {
                Simulator sim = std::move(m_free.back());
                m_free.pop_back();
                return sim;
            }
        }
        return Simulator::create(m_model, m_options);
    }
    void giveBack(Simulator sim) noexcept
    {
        const std::lock_guard lock(m_mutex);
        try {
            m_free.push_back(std::move(sim));
        } catch (const std::bad_alloc &) {
            // The next thread makes its own.
        }
    }

private:
    std::shared_ptr<const Model> m_model;
    SimOptions m_options;
    std::mutex m_mutex;
    std::vector<Simulator> m_free;
    std::shared_ptr<const void> m_weights;
};

// The operators that stop a simulation, each once, in the source's terms.
Diagnostics unsupportedIn(const ComparedModels &m, const Status &source, const Status &converted)
{
    Diagnostics found;
    if (!source)
        found.push_back(source.error());
    if (converted)
        return found;
    Diagnostic d = converted.error();
    if (const auto *at = std::get_if<OperatorRef>(&d.where); at && at->subgraph.pos() == 0 && at->op.pos() < m.origin.size()) {
        const OperatorIndex origin = m.origin[at->op.pos()];
        const Operator &op = mainOf(m.converted).op(at->op);
        if (origin)
            d.where = OperatorRef{SubgraphIndex{0}, origin};
        else if (!op.inputs.empty() && op.inputs[0] && op.inputs[0].pos() < mainOf(m.source).tensors.size())
            d.where = TensorRef{SubgraphIndex{0}, op.inputs[0]};
        else
            d.where = std::monostate{};
        if (origin && !d.args.empty())
            d.args[0] = std::to_string(origin.value);
    }
    if (found.empty() || found.front().where != d.where)
        found.push_back(std::move(d));
    return found;
}

} // namespace

struct IncrementalComparison::Impl
{
    Impl(std::shared_ptr<const Model> model, SampleSet set, const IncrementalOptions &o)
        : source(std::move(model)), samples(std::move(set)), options(o), kept(o.samples ? std::min(o.samples, samples.size()) : samples.size())
    {
    }

    struct Pass;
    class Worker;

    Result<ErrorReport> update(ComparedModels, const Numerics &, const RunControl &, std::span<const OperatorIndex> first, const OnLocal &);
    Status run(Pass &, const RunControl &);
    void keep(Pass &);
    Status findUnsupported(Pass &, ErrorReport &);
    void useSource(const Numerics &);
    void countEvents(Pass &, ErrorReport &);
    std::vector<LayerError> layersOf(const PreparedComparison &) const;

    const std::shared_ptr<const Model> source;
    const SampleSet samples;
    const IncrementalOptions options;
    std::mutex mutex;
    // State between updates.
    std::vector<KeptSample> kept;
    std::optional<ComparedModels> measured; // whose values and errors these are
    std::vector<LayerCounters> counters;    // by its operator
    ErrorReport report;
    std::optional<Simulators> sources;
    std::shared_ptr<const void> weights; // of the last conversion, packed
    Numerics sourceNumerics;
    Status sourceSupported = success();
    Work work;
};

// One walk over the samples.
struct IncrementalComparison::Impl::Pass
{
    Pass(const PreparedComparison &c, Simulators &s) : prepared(c), simulators(s), total(c.pairs.size(), c.changes.sameOperator.size()) {}

    const PreparedComparison &prepared;
    Simulators &simulators;                           // of the converted network
    std::vector<std::size_t> layers;                  // to feed alone
    bool endToEnd = false;
    std::size_t keepSources = 0, keepConverted = 0;   // the first samples
    std::vector<std::vector<Bytes>> *fresh = nullptr; // by sample: new values of the converted network
    SampleSums total;
};

class IncrementalComparison::Impl::Worker : public SampleWorker
{
public:
    static Result<std::unique_ptr<SampleWorker>> create(Impl &impl, Pass &pass)
    {
        Result<Simulator> converted = pass.simulators.take();
        if (!converted)
            return converted.error();
        if (pass.prepared.stateful)
            converted->resetState();
        return std::unique_ptr<SampleWorker>(new Worker(impl, pass, std::move(*converted)));
    }
    ~Worker() override
    {
        if (m_source)
            m_impl.sources->giveBack(std::move(*m_source));
        m_pass.simulators.giveBack(m_meter.takeSimulator());
    }

    Status compute(std::size_t i, const RunControl &control) override
    {
        m_sums = SampleSums(m_pass.prepared.pairs.size(), m_pass.prepared.changes.sameOperator.size());
        m_sums.samples = 1;
        KeptSample &kept = m_impl.kept[i];
        if (kept.inputs.empty()) {
            m_inputs = m_impl.samples.sample(i);
            if (i < m_pass.keepSources)
                kept.inputs = m_inputs;
        }
        const std::vector<Bytes> &inputs = kept.inputs.empty() ? m_inputs : kept.inputs;
        const Model &model = *m_impl.source;
        std::vector<Bytes> sourceInputs;
        if (kept.source.empty() || m_pass.endToEnd)
            sourceInputs = m_impl.samples.fitted(inputs, model);
        if (kept.source.empty())
            if (auto status = runSource(i, sourceInputs, control); !status)
                return status;
        const SourceTensors source{model, m_source ? &*m_source : nullptr, kept.source.empty() ? nullptr : &kept.source};
        if (m_pass.endToEnd) {
            const std::vector<Bytes> fitted = m_impl.samples.fitted(inputs, *m_pass.prepared.models.converted);
            const bool keep = i < m_pass.keepConverted;
            if (auto status = m_meter.simulate(sourceInputs, fitted, kept.converted, keep, control, m_sums); !status)
                return status;
            m_meter.compareEndToEnd(source, kept.converted, m_sums);
            if (keep)
                keepConverted(i, kept.converted);
        }
        for (const std::size_t layer : m_pass.layers) {
            if (control.isCancelled())
                return cancelledError();
            if (auto status = m_meter.compareLayer(layer, source, control, m_sums); !status)
                return status;
        }
        return success();
    }

    Status deliver(std::size_t) override
    {
        m_pass.total.merge(m_sums);
        return success();
    }

private:
    Worker(Impl &impl, Pass &pass, Simulator converted) : m_impl(impl), m_pass(pass), m_meter(pass.prepared, std::move(converted)) {}

    Status runSource(std::size_t i, const std::vector<Bytes> &inputs, const RunControl &control)
    {
        if (!m_source) {
            Result<Simulator> sim = m_impl.sources->take();
            if (!sim)
                return sim.error();
            m_source.emplace(std::move(*sim));
            if (m_pass.prepared.stateful)
                m_source->resetState();
        }
        for (std::size_t k = 0; k < inputs.size(); ++k)
            if (auto status = m_source->setInput(k, inputs[k]); !status)
                return status;
        if (auto status = m_source->run(control); !status)
            return status;
        ++m_sums.sourceRuns;
        if (i < m_pass.keepSources) {
            std::vector<Bytes> values;
            copyActivations(*m_source, [](TensorIndex) { return true; }, values);
            m_impl.kept[i].source = std::move(values);
        }
        return success();
    }

    // What was computed now; what is the same as before stays where it is until the update succeeds. Values that nothing of
    // the new conversion uses make room at once.
    void keepConverted(std::size_t i, std::vector<Bytes> &before)
    {
        const std::vector<TensorIndex> &sameAs = m_pass.prepared.changes.sameAs;
        std::vector<Bytes> &fresh = (*m_pass.fresh)[i];
        fresh.resize(sameAs.size());
        std::vector<bool> stillUsed(before.size(), false);
        for (const TensorIndex t : sameAs)
            if (t && t.pos() < before.size())
                stillUsed[t.pos()] = true;
        for (std::size_t t = 0; t < before.size(); ++t)
            if (!stillUsed[t]) {
                if (t < fresh.size() && m_meter.hasRun(TensorIndex(t)))
                    fresh[t] = std::move(before[t]); // its memory, for the new value
                before[t] = {};
            }
        copyActivations(m_meter.simulator(), [&](TensorIndex t) { return m_meter.hasRun(t); }, fresh);
    }

    Impl &m_impl;
    Pass &m_pass;
    SampleMeter m_meter;
    std::optional<Simulator> m_source;
    std::vector<Bytes> m_inputs;
    SampleSums m_sums;
};

Status IncrementalComparison::Impl::run(Pass &pass, const RunControl &control)
{
    const std::size_t count = kept.size();
    if (pass.layers.empty() && !pass.endToEnd)
        return success();
    unsigned threads = sampleThreads(count, options.threads ? options.threads : std::min(coreCount(), kMostThreads), {});
    if (pass.prepared.stateful)
        threads = 1;
    const Status done = forEachSample({count, threads, "measuring errors"}, [&] { return Worker::create(*this, pass); }, control);
    work.sourceRuns += pass.total.sourceRuns;
    work.operators += pass.total.operators;
    work.localOperators += pass.total.localOperators;
    return done;
}

// The new conversion's values take the place of the earlier one's.
void IncrementalComparison::Impl::keep(Pass &pass)
{
    const ModelChanges &changes = pass.prepared.changes;
    for (std::size_t i = 0; i < kept.size(); ++i) {
        std::vector<Bytes> now;
        if (i < pass.keepConverted) {
            now = pass.endToEnd ? std::move((*pass.fresh)[i]) : std::vector<Bytes>();
            now.resize(changes.sameAs.size());
            for (std::size_t t = 0; t < now.size(); ++t)
                if (const TensorIndex same = changes.sameAs[t]; now[t].empty() && same && same.pos() < kept[i].converted.size())
                    now[t] = std::move(kept[i].converted[same.pos()]);
        }
        kept[i].converted = std::move(now);
    }
}

// Every layer's description and weight error; those of unchanged layers are not measured again.
std::vector<LayerError> IncrementalComparison::Impl::layersOf(const PreparedComparison &c) const
{
    std::vector<LayerError> layers = describeLayers(c.models);
    for (std::size_t i = 0; i < layers.size(); ++i) {
        if (c.changes.local[i]) {
            measureWeights(c.models, layers[i]);
        } else {
            layers[i].weights = report.layers[i].weights;
            layers[i].weightScaleBefore = report.layers[i].weightScaleBefore;
            layers[i].weightScaleAfter = report.layers[i].weightScaleAfter;
        }
    }
    return layers;
}

Result<ErrorReport> IncrementalComparison::Impl::update(ComparedModels models, const Numerics &numerics, const RunControl &control,
                                                        std::span<const OperatorIndex> first, const OnLocal &onLocal)
{
    for (const auto &model : {models.source, models.converted})
        if (auto status = samples.fits(*model); !status)
            return status.error();
    useSource(requant::sourceNumerics(numerics));
    if (measured && !measured->converted->subgraphs.empty())
        models.converted = withBuffersOf(*measured->converted, models.converted);
    const bool whole = !measured || numerics != report.numerics || keepsState(*models.source) || keepsState(*models.converted);
    const PreparedComparison prepared(models, whole ? everythingChanged(models) : changesBetween(*measured, models));
    const ModelChanges &changes = prepared.changes;
    work = {};
    if (control.isCancelled())
        return cancelledError();
    ErrorReport next;
    next.layers = layersOf(prepared);
    next.samples = kept.size();
    next.numerics = numerics;

    Simulators simulators(models.converted, {.arithmetic = numerics.arithmetic, .accumulator = numerics.accumulator, .countEvents = true});
    Pass all(prepared, simulators);
    for (std::size_t i = 0; i < changes.local.size(); ++i)
        if (changes.local[i])
            all.layers.push_back(i);
    // Operators that changed run even where nothing is compared behind them: their events are counted.
    all.endToEnd = !prepared.wanted.empty()
        || std::any_of(changes.sameOperator.begin(), changes.sameOperator.end(), [](OperatorIndex same) { return !same; });
    if (auto status = findUnsupported(all, next); !status)
        return status.error();
    if (!prepared.stateful) {
        const std::size_t perSource = std::max<std::size_t>(activationBytes(*source), 1);
        const std::size_t perConverted = std::max<std::size_t>(activationBytes(*models.converted), 1);
        all.keepSources = std::min(kept.size(), options.budget / perSource);
        all.keepConverted = std::min(kept.size(), (options.budget - all.keepSources * perSource) / perConverted);
    }

    const auto takeLocal = [&](const Pass &pass) {
        for (const std::size_t i : pass.layers)
            if (!pass.total.local[i].empty())
                next.layers[i].local = pass.total.local[i].result();
    };
    for (std::size_t i = 0; i < next.layers.size(); ++i) {
        if (!changes.local[i])
            next.layers[i].local = report.layers[i].local;
        if (!changes.cumulative[i])
            next.layers[i].cumulative = report.layers[i].cumulative;
    }
    if (onLocal) {
        const auto isFirst = [&](std::size_t i) {
            return first.empty() || std::find(first.begin(), first.end(), OperatorIndex(i)) != first.end();
        };
        Pass quick(prepared, simulators);
        quick.keepSources = all.keepSources;
        std::copy_if(all.layers.begin(), all.layers.end(), std::back_inserter(quick.layers), isFirst);
        std::erase_if(all.layers, isFirst);
        if (auto status = run(quick, control); !status)
            return status.error();
        takeLocal(quick);
        ErrorReport preview = next;
        for (std::size_t i = 0; i < preview.layers.size(); ++i) {
            preview.layers[i].cumulative.reset();
            if (!isFirst(i))
                preview.layers[i].local.reset();
        }
        onLocal(preview);
    }
    std::vector<std::vector<Bytes>> fresh(kept.size());
    all.fresh = &fresh;
    if (auto status = run(all, control); !status)
        return status.error();
    takeLocal(all);
    for (std::size_t i = 0; i < next.layers.size(); ++i)
        if (!all.total.cumulative[i].empty())
            next.layers[i].cumulative = all.total.cumulative[i].result();
    if (!changes.output) {
        next.hasOutput = report.hasOutput;
        next.outputSqnrDb = report.outputSqnrDb;
        next.agreement = report.agreement;
    } else if (!all.total.output.empty()) {
        next.hasOutput = true;
        next.outputSqnrDb = all.total.output.result().sqnrDb;
        next.agreement = static_cast<double>(all.total.agreeing) / static_cast<double>(kept.size());
    }
    countEvents(all, next);
    keep(all);
    if (auto packed = simulators.rest())
        weights = std::move(packed);
    sources->rest();
    measured = models;
    report = next;
    return next;
}

// What happened inside the converted operators; those that compute the same as before have the counts that they had.
void IncrementalComparison::Impl::countEvents(Pass &pass, ErrorReport &next)
{
    std::vector<LayerCounters> now = std::move(pass.total.counters);
    for (std::size_t i = 0; i < now.size(); ++i)
        if (const OperatorIndex same = pass.prepared.changes.sameOperator[i])
            now[i] = counters[same.pos()];
    counters = std::move(now);
    std::uint64_t clipped = 0;
    for (const LayerCounters &c : counters) {
        next.counters.add(c);
        clipped += c.clippedBias;
    }
    next.counters.clippedBias = clipped;
    for (LayerError &layer : next.layers)
        if (layer.converted && next.samples > 0)
            layer.counters = counters[layer.converted.pos()];
}

// The source's activations belong to its numerics.
void IncrementalComparison::Impl::useSource(const Numerics &numerics)
{
    if (sources && sourceNumerics == numerics)
        return;
    for (KeptSample &k : kept)
        k.source.clear();
    measured.reset();
    sourceNumerics = numerics;
    sources.emplace(source, SimOptions{.arithmetic = numerics.arithmetic, .accumulator = numerics.accumulator});
}

// Which operators stop the simulation; the simulators made to find out serve the samples.
Status IncrementalComparison::Impl::findUnsupported(Pass &pass, ErrorReport &next)
{
    if (measured && pass.layers.empty() && !pass.endToEnd) {
        next.unsupported = report.unsupported;
        return success();
    }
    Result<Simulator> converted = pass.simulators.take();
    if (!converted)
        return converted.error();
    if (!measured) {
        Result<Simulator> sim = sources->take();
        if (!sim)
            return sim.error();
        sourceSupported = sim->supported();
        sources->giveBack(std::move(*sim));
    }
    next.unsupported = unsupportedIn(pass.prepared.models, sourceSupported, converted->supported());
    pass.simulators.giveBack(std::move(*converted));
    return success();
}

IncrementalComparison::IncrementalComparison(std::shared_ptr<const Model> source, SampleSet samples, const IncrementalOptions &options)
    : m_impl(std::make_unique<Impl>(std::move(source), std::move(samples), options))
{
}

IncrementalComparison::~IncrementalComparison() = default;

Result<ErrorReport> IncrementalComparison::update(const ComparedModels &models, const Numerics &numerics, const RunControl &control,
                                                  std::span<const OperatorIndex> first, const OnLocal &onLocal)
{
    const std::lock_guard lock(m_impl->mutex);
    try {
        return m_impl->update(models, numerics, control, first, onLocal);
    } catch (const std::bad_alloc &) {
        // What is kept may be half moved.
        m_impl->kept.assign(m_impl->kept.size(), {});
        m_impl->measured.reset();
        return makeError(kOutOfMemory);
    }
}

IncrementalComparison::Work IncrementalComparison::work() const
{
    const std::lock_guard lock(m_impl->mutex);
    return m_impl->work;
}

std::size_t IncrementalComparison::keptBytes() const
{
    const std::lock_guard lock(m_impl->mutex);
    std::size_t bytes = 0;
    for (const KeptSample &k : m_impl->kept)
        bytes += sizeOf(k.inputs) + sizeOf(k.source) + sizeOf(k.converted);
    return bytes;
}

std::size_t IncrementalComparison::sampleCount() const { return m_impl->kept.size(); }

} // namespace requant
