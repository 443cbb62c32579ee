// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/metrics/errors.h"

#include "core/metrics/accumulator.h"
#include "core/metrics/logits.h"
#include "core/metrics/values.h"
#include "core/scheme/scheme.h"
#include "core/sim/simulator.h"

#include <algorithm>
#include <cmath>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace requant {

namespace {

EffectiveGrid gridOf(const ComparedModels &m, TensorIndex t)
{
    const auto it = m.effective.find(t);
    return it == m.effective.end() ? EffectiveGrid{} : it->second;
}

const Subgraph &mainOf(const std::shared_ptr<const Model> &m)
{
    return m->subgraphs.front();
}

// By operator of the source: the converted operator, or none.
std::vector<OperatorIndex> convertedOf(const ComparedModels &m)
{
    std::vector<OperatorIndex> out(mainOf(m.source).operators.size());
    const std::size_t n = mainOf(m.converted).operators.size();
    for (std::size_t j = 0; j < n; ++j) {
        const OperatorIndex i = m.origin.empty() ? OperatorIndex(j) : j < m.origin.size() ? m.origin[j] : OperatorIndex();
        if (i && i.pos() < out.size())
            out[i.pos()] = OperatorIndex(j);
    }
    return out;
}

double largestScale(const Tensor &t)
{
    double s = 0;
    for (const float v : t.quant.scale)
        s = std::max(s, static_cast<double>(v));
    return s;
}

// Position of the operand whose constant values count as weights, or -1.
int weightPosition(const Model &model, const Subgraph &g, const Operator &op)
{
    if (const int w = weightedInputs(op.code).weight; w >= 0) {
        const bool there = static_cast<std::size_t>(w) < op.inputs.size() && op.inputs[static_cast<std::size_t>(w)];
        return there && model.isConstant(g.tensor(op.inputs[static_cast<std::size_t>(w)])) ? w : -1;
    }
    for (std::size_t k = 0; k < op.inputs.size(); ++k) {
        if (!op.inputs[k])
            continue;
        const Tensor &t = g.tensor(op.inputs[k]);
        if (model.isConstant(t) && t.quant.isQuantized() && bitWidth(t.type) <= 16)
            return static_cast<int>(k);
    }
    return -1;
}

// The operand that carries data: for the ratio that weight correction absorbed into the weights.
TensorIndex dataInput(const Model &model, const Subgraph &g, const Operator &op)
{
    for (const TensorIndex t : op.inputs)
        if (t && !model.isConstant(g.tensor(t)) && hasRealValues(g.tensor(t)))
            return t;
    return {};
}

struct Pair // one layer of both models
{
    OperatorIndex source, converted;
    TensorIndex sourceOut, convertedOut;
    bool comparable = false; // outputs have real values and equal shapes
    bool local = false;      // the layer can be fed alone
};

std::optional<ValueError> weightError(const ComparedModels &m, const Operator &a, const Operator &b, LayerError &layer)
{
    const Subgraph &gs = mainOf(m.source), &gc = mainOf(m.converted);
    const int w = weightPosition(*m.source, gs, a);
    if (w < 0 || static_cast<std::size_t>(w) >= b.inputs.size() || !b.inputs[static_cast<std::size_t>(w)])
        return {};
    const TensorIndex newIndex = b.inputs[static_cast<std::size_t>(w)];
    const Tensor &old = gs.tensor(a.inputs[static_cast<std::size_t>(w)]);
    const Tensor &now = gc.tensor(newIndex);
    if (!hasRealValues(old) || !hasRealValues(now) || elementCount(old.shape) != elementCount(now.shape))
        return {};
    layer.weightScaleBefore = largestScale(old);
    layer.weightScaleAfter = largestScale(now);

    const WeightedInputs roles = weightedInputs(a.code);
    EffectiveGrid grid;
    int dimension = -1;
    if (roles.weight >= 0) {
        // The declared network computes r(in)/r(out) times the weight: take that out again.
        const TensorIndex in = dataInput(*m.converted, gc, b);
        const double rIn = in ? gridOf(m, in).ratio : 1.0, rOut = b.outputs.empty() ? 1.0 : gridOf(m, b.outputs[0]).ratio;
        grid.ratio = rOut / rIn;
        dimension = roles.channelDimension;
    } else {
        grid = gridOf(m, newIndex);
    }
    const ValueReader before(old), after(now, grid);
    std::vector<double> x, y;
    before.read(m.source->data(old), x);
    after.read(m.converted->data(now), y);
    const auto n = static_cast<std::size_t>(elementCount(old.shape)); // packed types may hold a padding element
    if (x.size() < n || y.size() < n)
        return {};
    ErrorAccumulator sums(ChannelLayout::along(old.shape, dimension));
    sums.add(std::span(x).first(n), std::span(y).first(n), before, after, true);
    return sums.result(true);
}

ErrorReport skeleton(const ComparedModels &m)
{
    ErrorReport report;
    const Subgraph &gs = mainOf(m.source), &gc = mainOf(m.converted);
    const std::vector<OperatorIndex> partner = convertedOf(m);
    for (std::size_t i = 0; i < gs.operators.size(); ++i) {
        const Operator &op = gs.operators[i];
        LayerError layer;
        layer.source = OperatorIndex(i);
        layer.converted = partner[i];
        layer.name = layerName(gs, op);
        if (!op.outputs.empty() && op.outputs[0]) {
            layer.output = op.outputs[0];
            const Tensor &t = gs.tensor(layer.output);
            if (t.quant.scale.size() == 1)
                layer.scaleBefore = static_cast<double>(t.quant.scale[0]);
        }
        if (layer.converted) {
            const Operator &other = gc.op(layer.converted);
            if (!other.outputs.empty() && other.outputs[0]) {
                const Tensor &t = gc.tensor(other.outputs[0]);
                if (t.quant.scale.size() == 1)
                    layer.scaleAfter = static_cast<double>(t.quant.scale[0]);
            }
            layer.weights = weightError(m, op, other, layer);
        }
        report.layers.push_back(std::move(layer));
    }
    return report;
}

// Sums of one sample (or of many, merged in sample order).
struct Sums
{
    std::vector<ErrorAccumulator> local, cumulative;
    ErrorAccumulator output;
    std::size_t agreeing = 0, samples = 0;

    explicit Sums(std::size_t layers = 0) : local(layers), cumulative(layers) {}
    void merge(const Sums &other)
    {
        for (std::size_t i = 0; i < local.size(); ++i) {
            local[i].merge(other.local[i]);
            cumulative[i].merge(other.cumulative[i]);
        }
        output.merge(other.output);
        agreeing += other.agreeing;
        samples += other.samples;
    }
};

// Both networks on one thread.
class Worker
{
public:
    static Result<Worker> create(const ComparedModels &models, const std::vector<Pair> &pairs, Arithmetic arithmetic)
    {
        const SimOptions options{arithmetic, true};
        Result<Simulator> source = Simulator::create(models.source, options);
        if (!source)
            return source.error();
        Result<Simulator> converted = Simulator::create(models.converted, options);
        if (!converted)
            return converted.error();
        for (const Simulator *s : {&*source, &*converted})
            if (const Status ok = s->supported(); !ok)
                return ok.error();
        return Worker(models, pairs, std::move(*source), std::move(*converted));
    }

    Result<Sums> measure(const SampleSet &samples, std::size_t index, const RunControl &control)
    {
        const std::vector<std::vector<std::byte>> in = samples.sample(index);
        const std::vector<std::vector<std::byte>> inConverted = samples.sampleFor(index, *m_models->converted);
        for (std::size_t k = 0; k < in.size(); ++k)
            if (const Status s = m_source.setInput(k, in[k]); !s)
                return s.error();
        for (std::size_t k = 0; k < inConverted.size(); ++k)
            if (const Status s = setConvertedInput(k, in, inConverted[k]); !s)
                return s.error();
        if (const Status s = m_source.run(control); !s)
            return s.error();
        if (const Status s = m_converted.run(control); !s)
            return s.error();

        Sums sums(m_pairs->size());
        sums.samples = 1;
        compareOutputs(sums);
        for (std::size_t i = 0; i < m_pairs->size(); ++i)
            if ((*m_pairs)[i].comparable)
                compare((*m_pairs)[i], sums.cumulative[i]);
        for (std::size_t i = 0; i < m_pairs->size(); ++i) {
            const Pair &p = (*m_pairs)[i];
            if (!p.local)
                continue;
            if (control.isCancelled())
                return cancelledError();
            bool fed = true;
            const Operator &op = mainOf(m_models->converted).op(p.converted);
            for (const TensorIndex t : op.inputs)
                fed = fed && feed(t);
            if (!fed)
                continue;
            if (const Status s = m_converted.runOperator(p.converted); !s)
                return s.error();
            compare(p, sums.local[i]);
        }
        return sums;
    }

private:
    Worker(const ComparedModels &models, const std::vector<Pair> &pairs, Simulator source, Simulator converted)
        : m_models(&models), m_pairs(&pairs), m_source(std::move(source)), m_converted(std::move(converted)),
          m_graph(mainOf(models.converted))
    {
    }

    Status setConvertedInput(std::size_t k, const std::vector<std::vector<std::byte>> &source,
                             const std::vector<std::byte> &declared)
    {
        const TensorIndex to = mainOf(m_models->converted).inputs[k];
        const EffectiveGrid grid = gridOf(*m_models, to);
        if (grid.isTrue())
            return m_converted.setInput(k, declared);
        ValueReader(mainOf(m_models->source).tensor(mainOf(m_models->source).inputs[k])).read(source[k], m_x);
        return m_converted.setInput(k, quantizeReals(m_x, mainOf(m_models->converted).tensor(to), grid));
    }

    // Gives a tensor of the converted network the source's value. Copies made by inserted requantize operators are
    // computed by those operators.
    bool feed(TensorIndex t)
    {
        const Subgraph &gs = mainOf(m_models->source), &gc = mainOf(m_models->converted);
        if (!t || m_models->converted->isConstant(gc.tensor(t)))
            return true;
        if (t.pos() < gs.tensors.size()) {
            const std::span<const std::byte> bytes = m_source.tensor(t);
            if (bytes.empty())
                return false;
            const Tensor &from = gs.tensor(t), &to = gc.tensor(t);
            const EffectiveGrid grid = gridOf(*m_models, t);
            if (from.type == to.type && from.quant.sameGrid(to.quant) && grid.isTrue())
                return static_cast<bool>(m_converted.setTensor(t, bytes));
            if (!hasRealValues(from) || !hasRealValues(to))
                return false;
            ValueReader(from).read(bytes, m_x);
            const std::vector<std::byte> fed = quantizeReals(m_x, to, grid);
            return !fed.empty() && m_converted.setTensor(t, fed);
        }
        const OperatorIndex producer = m_graph.producer(t);
        if (!producer || m_models->origin.empty() || m_models->origin[producer.pos()])
            return false;
        for (const TensorIndex in : gc.op(producer).inputs)
            if (!feed(in))
                return false;
        return static_cast<bool>(m_converted.runOperator(producer));
    }

    void compare(const Pair &p, ErrorAccumulator &sums)
    {
        const Tensor &a = mainOf(m_models->source).tensor(p.sourceOut);
        const Tensor &b = mainOf(m_models->converted).tensor(p.convertedOut);
        const ValueReader before(a), after(b, gridOf(*m_models, p.convertedOut));
        before.read(m_source.tensor(p.sourceOut), m_x);
        after.read(m_converted.tensor(p.convertedOut), m_y);
        if (m_x.empty() || m_x.size() != m_y.size())
            return;
        sums = ErrorAccumulator(ChannelLayout::along(m_source.tensorShape(p.sourceOut), -1));
        sums.add(m_x, m_y, before, after);
    }

    void compareOutputs(Sums &sums)
    {
        const Subgraph &gs = mainOf(m_models->source), &gc = mainOf(m_models->converted);
        if (gs.outputs.empty() || gc.outputs.empty())
            return;
        const auto readBoth = [&](TensorIndex a, TensorIndex b) -> std::optional<std::pair<ValueReader, ValueReader>> {
            ValueReader before(gs.tensor(a)), after(gc.tensor(b), gridOf(*m_models, b));
            before.read(m_source.tensor(a), m_x);
            after.read(m_converted.tensor(b), m_y);
            if (m_x.empty() || m_x.size() != m_y.size())
                return {};
            return std::pair(std::move(before), std::move(after));
        };
        if (const auto logits = readBoth(logitsTensor(*m_models->source), logitsTensor(*m_models->converted))) {
            sums.output = ErrorAccumulator(ChannelLayout{});
            sums.output.add(m_x, m_y, logits->first, logits->second);
        }
        if (!readBoth(gs.outputs[0], gc.outputs[0]))
            return;
        const auto largest = [](const std::vector<double> &v) { return std::max_element(v.begin(), v.end()) - v.begin(); };
        if (largest(m_x) == largest(m_y))
            sums.agreeing = 1;
    }

    const ComparedModels *m_models;
    const std::vector<Pair> *m_pairs;
    Simulator m_source, m_converted;
    GraphIndex m_graph;
    std::vector<double> m_x, m_y;
};

std::vector<Pair> pairLayers(const ComparedModels &m, const ErrorReport &report)
{
    const Subgraph &gs = mainOf(m.source), &gc = mainOf(m.converted);
    std::vector<Pair> pairs;
    for (const LayerError &layer : report.layers) {
        Pair p{layer.source, layer.converted, layer.output, {}, false, false};
        if (p.converted && p.sourceOut) {
            const Operator &op = gc.op(p.converted);
            if (!op.outputs.empty() && op.outputs[0]) {
                p.convertedOut = op.outputs[0];
                const Tensor &a = gs.tensor(p.sourceOut), &b = gc.tensor(p.convertedOut);
                p.comparable = hasRealValues(a) && hasRealValues(b);
                // A layer that reads or keeps state cannot be fed alone.
                const auto plain = [&](TensorIndex t) {
                    if (!t)
                        return true;
                    const Tensor &in = gc.tensor(t);
                    return !in.isVariable && in.type != ElementType::Resource && in.type != ElementType::String;
                };
                p.local = p.comparable && std::all_of(op.inputs.begin(), op.inputs.end(), plain)
                    && std::any_of(op.inputs.begin(), op.inputs.end(), [](TensorIndex t) { return bool(t); });
            }
        }
        pairs.push_back(p);
    }
    return pairs;
}

} // namespace

bool keepsState(const Model &model)
{
    const Subgraph &g = model.subgraphs.front();
    const bool variables = std::any_of(g.tensors.begin(), g.tensors.end(), [](const Tensor &t) {
        return t.isVariable || t.type == ElementType::Resource;
    });
    return variables || std::any_of(g.operators.begin(), g.operators.end(), [](const Operator &op) {
        return op.code == Op::VarHandle || op.code == Op::CallOnce;
    });
}

ErrorReport measureWeights(const ComparedModels &models)
{
    return skeleton(models);
}

Result<ErrorReport> measureErrors(const ComparedModels &models, const SampleSet &samples, std::size_t limit,
                                  Arithmetic arithmetic, const RunControl &control)
{
    for (const auto &model : {models.source, models.converted})
        if (const Status s = samples.fits(*model); !s)
            return s.error();
    ErrorReport report = skeleton(models);
    const std::vector<Pair> pairs = pairLayers(models, report);
    const std::size_t count = limit ? std::min(limit, samples.size()) : samples.size();
    const bool stateful = keepsState(*models.source) || keepsState(*models.converted);
    const std::size_t cores = std::max(1u, std::thread::hardware_concurrency());
    const std::size_t threads = stateful ? 1 : std::max<std::size_t>(1, std::min({cores, std::size_t{8}, count}));
    const RunControl quiet = control.silent();

    // Samples are handed out in order and merged in order, so the sums do not depend on the number of threads.
    std::mutex mutex;
    std::condition_variable turn;
    std::size_t next = 0, merged = 0;
    Sums total(pairs.size());
    std::optional<Error> failure;
    const auto fail = [&](const Error &e) {
        const std::lock_guard lock(mutex);
        if (!failure)
            failure = e;
        turn.notify_all();
    };
    const auto work = [&] {
        Result<Worker> worker = Worker::create(models, pairs, arithmetic);
        if (!worker)
            return fail(worker.error());
        for (;;) {
            std::size_t mine = 0;
            {
                const std::lock_guard lock(mutex);
                if (failure || next >= count)
                    return;
                mine = next++;
            }
            Result<Sums> sums = worker->measure(samples, mine, quiet);
            if (!sums)
                return fail(sums.error());
            std::unique_lock lock(mutex);
            turn.wait(lock, [&] { return merged == mine || failure; });
            if (failure)
                return;
            total.merge(*sums);
            ++merged;
            turn.notify_all();
            if (!control.step(merged, count, "measuring errors") && !failure)
                failure = cancelledError();
        }
    };
    std::vector<std::thread> pool;
    for (std::size_t t = 1; t < threads; ++t)
        pool.emplace_back(work);
    work();
    for (std::thread &t : pool)
        t.join();
    if (failure)
        return *failure;

    report.samples = total.samples;
    for (std::size_t i = 0; i < pairs.size(); ++i) {
        if (!total.local[i].empty())
            report.layers[i].local = total.local[i].result();
        if (!total.cumulative[i].empty())
            report.layers[i].cumulative = total.cumulative[i].result();
    }
    if (!total.output.empty()) {
        report.hasOutput = true;
        report.outputSqnrDb = total.output.result().sqnrDb;
        report.agreement = static_cast<double>(total.agreeing) / static_cast<double>(total.samples);
    }
    return report;
}

} // namespace requant
