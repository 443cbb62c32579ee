// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/metrics/errorsplit.h"

#include "core/metrics/layerpairs.h"
#include "core/metrics/splitlayer.h"
#include "core/metrics/splitother.h"
#include "core/metrics/tensorcomparison.h"
#include "core/scheme/scheme.h"
#include "core/sim/kernels/kernel.h"
#include "core/sim/samplerunner.h"

#include <limits>
#include <new>

namespace requant {

namespace {

constexpr std::size_t kMemory = std::size_t{96} << 20; // of values kept at once

// One conversion and what belongs to it.
struct Side
{
    const SplitTarget *target;
    GraphIndex graph;
    std::vector<LayerPair> pairs;
};

// One converted layer with the source's values in it.
class FedLayer
{
public:
    FedLayer(const Side &side, const Model &source, const LayerValues &values)
        : m_side(side), m_model(*side.target->models.converted), m_graph(m_model.subgraphs.front()), m_source(source),
          m_values(values), m_now(values.samples(), side.target->numerics)
    {
    }

    // False where a value cannot be had; an error if running fails.
    Result<bool> run(OperatorIndex op, const RunControl &control)
    {
        for (const TensorIndex t : m_graph.op(op).inputs) {
            const auto fed = feed(t, control);
            if (!fed || !*fed)
                return fed;
        }
        if (const Status s = m_now.run(m_model, op, control); !s)
            return s.error();
        return true;
    }
    const LayerValues &values() const { return m_now; }
    const Tensor &tensor(TensorIndex t) const { return m_graph.tensor(t); }
    // The tensor that was fed where inserted operators lead to t.
    TensorIndex root(TensorIndex t) const
    {
        while (t && t.pos() >= m_source.subgraphs.front().tensors.size()) {
            const OperatorIndex producer = m_side.graph.producer(t);
            if (!producer || m_graph.op(producer).inputs.empty())
                return {};
            t = m_graph.op(producer).inputs[0];
        }
        return t;
    }
    Elements elements(std::size_t sample, TensorIndex t) const
    {
        return {m_now.value(sample, t), m_graph.tensor(t), gridOf(m_side.target->models, t)};
    }
    ValueReader reader(TensorIndex t) const { return ValueReader(m_graph.tensor(t), gridOf(m_side.target->models, t)); }

private:
    Result<bool> feed(TensorIndex t, const RunControl &control)
    {
        if (!t || m_model.isConstant(m_graph.tensor(t)) || !m_now.value(0, t).empty())
            return true;
        const Subgraph &from = m_source.subgraphs.front();
        if (t.pos() < from.tensors.size()) {
            const TensorFeed how(from.tensor(t), m_graph.tensor(t), gridOf(m_side.target->models, t));
            std::vector<std::byte> out;
            std::vector<double> scratch;
            for (std::size_t i = 0; i < m_values.samples(); ++i) {
                const auto bytes = how.feed(m_values.value(i, t), out, scratch);
                if (bytes.empty())
                    return false;
                m_now.set(i, t, std::vector<std::byte>(bytes.begin(), bytes.end()));
            }
            return true;
        }
        const OperatorIndex producer = m_side.graph.producer(t);
        const auto &origin = m_side.target->models.origin;
        if (!producer || origin.empty() || origin[producer.pos()])
            return false;
        return run(producer, control);
    }

    const Side &m_side;
    const Model &m_model;
    const Subgraph &m_graph;
    const Model &m_source;
    const LayerValues &m_values;
    LayerValues m_now;
};

// The total alone.
void addTotal(const LayerPair &pair, const Model &source, const LayerValues &values, const FedLayer &fed, double step,
              LayerSplit &out)
{
    const ValueReader reader(source.subgraphs.front().tensor(pair.sourceOut));
    SplitSums sums;
    const ValueReader converted = fed.reader(pair.convertedOut);
    std::vector<double> x, y;
    for (std::size_t i = 0; i < values.samples(); ++i) {
        reader.read(values.value(i, pair.sourceOut), x);
        converted.read(fed.values().value(i, pair.convertedOut), y);
        if (x.empty() || x.size() != y.size())
            return;
        for (std::size_t e = 0; e < x.size(); ++e) {
            const double d = y[e] - x[e];
            sums.total += d * d;
            sums.signal += x[e] * x[e];
        }
        sums.count += x.size();
    }
    sums.writeTo(out, step, false);
    out.measured = sums.count > 0;
}

// Parts of a layer without weights; false if they cannot be told.
bool splitOther(RealLayer &reals, const LayerPair &pair, const Side &side, const Model &source,
                const LayerValues &values, const FedLayer &fed, const SplitRange &range, const RunControl &control,
                LayerSplit &out)
{
    const Operator &a = source.subgraphs.front().op(pair.source);
    const Operator &b = mainOf(side.target->models.converted).op(pair.converted);
    const EffectiveGrid grid = gridOf(side.target->models, pair.convertedOut);
    SplitSums sums;
    for (std::size_t i = 0; i < values.samples(); ++i) {
        InsteadOf given, read;
        bool inserted = false;
        for (std::size_t k = 0; k < std::min(a.inputs.size(), b.inputs.size()); ++k) {
            const TensorIndex was = a.inputs[k], is = b.inputs[k];
            if (!was || !is || source.isConstant(source.subgraphs.front().tensor(was))
                || !hasRealValues(source.subgraphs.front().tensor(was)))
                continue;
            if (fed.root(is) != was)
                return false;
            const Tensor &x = source.subgraphs.front().tensor(was), &x1 = fed.tensor(was);
            if (x.type != x1.type || !x.quant.sameGrid(x1.quant) || !gridOf(side.target->models, was).isTrue())
                given.insert_or_assign(was, fed.elements(i, was));
            if (is != was)
                inserted = true;
            read.insert_or_assign(was, fed.elements(i, is));
        }
        if (!inserted)
            read.clear();
        if (!reals.add(values, i, given, read, fed.elements(i, pair.convertedOut), range, grid, control, sums))
            return false;
    }
    sums.writeTo(out, range.step * rmsFactor(grid), true);
    out.measured = sums.count > 0;
    return out.measured;
}

// The converted output's clamp in effective real units, of a channel without factor; nothing for tensors without one
// scale.
std::optional<SplitRange> outputRange(const Side &side, const LayerPair &pair)
{
    const Subgraph &g = mainOf(side.target->models.converted);
    const Tensor &t = g.tensor(pair.convertedOut);
    if (!t.quant.isQuantized() || t.quant.isPerChannel() || !isIntegerStorage(t.type))
        return {};
    const Operator &op = g.op(pair.converted);
    const std::int64_t fused = op.options ? op.options->integer("fused_activation_function") : 0;
    const ActivationRange range = activationRange(static_cast<Activation>(fused), t);
    const EffectiveGrid grid = gridOf(side.target->models, pair.convertedOut);
    const double step = grid.ratio * static_cast<double>(t.quant.scale[0]);
    const auto zero = static_cast<double>(t.quant.zeroPointAt(0));
    return SplitRange{step * (range.min - zero) + grid.offset, step * (range.max - zero) + grid.offset, step};
}

Status splitLayer(const Side &side, OperatorIndex o, const Model &source, const Result<SourceSide> *weighted,
                  std::optional<RealLayer> &reals, const LayerValues &values, Workers &workers,
                  const RunControl &control, LayerSplit &out)
{
    const LayerPair &pair = side.pairs[o.pos()];
    if (!pair.local)
        return success();
    FedLayer fed(side, source, values);
    const Result<bool> ran = fed.run(pair.converted, control);
    if (!ran && ran.error().message && ran.error().message->id == kCancelled.id)
        return ran.error();
    if (!ran || !*ran) {
        out.unsplit = ran ? "it cannot be fed with the source's values" : text(ran.error());
        return success();
    }
    const auto range = outputRange(side, pair);
    const Operator &op = mainOf(side.target->models.converted).op(pair.converted);
    if (range && weighted) {
        if (*weighted) {
            const TensorIndex in = op.inputs.empty() ? TensorIndex() : op.inputs[0], root = fed.root(in);
            const Status s = root == source.subgraphs.front().op(o).inputs[0]
                                 ? splitWeighted(**weighted, source, *side.target, pair.converted, root, values,
                                                 fed.values(), workers, out)
                                 : Status(makeError(kCannotSplit, {"its input is another tensor"}));
            if (s) {
                out.measured = true;
                return success();
            }
            out.unsplit = text(s.error());
        } else {
            out.unsplit = text(weighted->error());
        }
    } else if (range && reals && splitOther(*reals, pair, side, source, values, fed, *range, control, out)) {
        return success();
    } else {
        out.unsplit = "its real values are not computed";
    }
    addTotal(pair, source, values, fed,
             range ? range->step * rmsFactor(gridOf(side.target->models, pair.convertedOut)) : 1.0, out);
    return control.isCancelled() ? Status(cancelledError()) : success();
}

} // namespace

std::string_view causeName(Cause c)
{
    constexpr std::string_view kNames[kCauses] = {"weight rounding", "clipping",   "bias correction",
                                                  "bias rounding",   "input grid", "output grid",
                                                  "multiplier",      "arithmetic", "boundary"};
    return kNames[static_cast<std::size_t>(c)];
}

std::string_view causeKey(Cause c)
{
    constexpr std::string_view kKeys[kCauses] = {"weight_rounding", "clipping",   "bias_correction",
                                                 "bias_rounding",   "input_grid", "output_grid",
                                                 "multiplier",      "arithmetic", "boundary"};
    return kKeys[static_cast<std::size_t>(c)];
}

Cause LayerSplit::largest() const
{
    return static_cast<Cause>(std::max_element(parts.begin(), parts.end()) - parts.begin());
}

double LayerSplit::sqnrDb() const
{
    const double noise = total * step * step;
    return noise > 0 ? 10 * std::log10(signal / noise) : std::numeric_limits<double>::infinity();
}

Result<std::vector<ErrorSplit>> measureErrorSplits(std::span<const SplitTarget> targets, const SampleSet &samples,
                                                   const SplitOptions &options, const RunControl &control)
try {
    std::vector<ErrorSplit> out(targets.size());
    if (targets.empty())
        return out;
    const auto model = targets.front().models.source;
    const Subgraph &g = model->subgraphs.front();
    if (model->subgraphs.size() != 1 || keepsState(*model))
        return makeError(kCannotSplit, {"it has several subgraphs or keeps state from run to run"});
    std::string why;
    for (const Operator &op : g.operators)
        if (!canSimulate(*model, g, op, &why))
            return makeError(kCannotSplit, {why});
    const std::size_t most = std::max<std::size_t>(1, kMemory / std::max<std::size_t>(1, 3 * largestCut(*model)));
    const std::size_t count = std::min({options.samples ? options.samples : samples.size(), samples.size(), most});
    if (count == 0)
        return makeError(kCannotSplit, {"there is no sample"});

    const Numerics numerics = sourceNumerics(targets.front().numerics);
    LayerValues values(count, numerics);
    for (std::size_t i = 0; i < count; ++i) {
        auto inputs = samples.sampleFor(i, *model);
        for (std::size_t k = 0; k < inputs.size() && k < g.inputs.size(); ++k)
            values.set(i, g.inputs[k], std::move(inputs[k]));
    }
    std::vector<Side> sides;
    const std::vector<std::string> names = layerNames(g);
    for (std::size_t t = 0; t < targets.size(); ++t) {
        sides.push_back({&targets[t], GraphIndex(mainOf(targets[t].models.converted)), pairLayers(targets[t].models)});
        out[t].samples = count;
        out[t].numerics = targets[t].numerics;
        for (const LayerPair &p : sides.back().pairs) {
            LayerSplit l;
            l.source = p.source;
            l.converted = p.converted;
            l.output = p.sourceOut;
            l.name = names[p.source.pos()];
            l.weighted = weightedInputs(g.op(p.source).code).weight >= 0;
            out[t].layers.push_back(std::move(l));
        }
    }
    Workers workers(options.threads ? options.threads : coreCount());
    for (std::size_t i = 0; i < g.operators.size(); ++i) {
        if (!control.step(i, g.operators.size(), "splitting errors"))
            return cancelledError();
        const OperatorIndex o(i);
        if (const Status s = values.run(*model, o, control); !s)
            return s.error();
        if (options.layers.empty()
            || std::find(options.layers.begin(), options.layers.end(), o) != options.layers.end()) {
            std::optional<Result<SourceSide>> weighted;
            std::optional<RealLayer> reals;
            if (weightedInputs(g.op(o).code).weight >= 0)
                weighted = SourceSide::make(*model, o, numerics, values, workers);
            else
                reals = RealLayer::make(*model, o);
            for (std::size_t t = 0; t < targets.size(); ++t) {
                if (control.isCancelled())
                    return cancelledError();
                if (const Status s = splitLayer(sides[t], o, *model, weighted ? &*weighted : nullptr, reals, values,
                                                workers, control, out[t].layers[i]);
                    !s)
                    return s.error();
            }
        }
        values.release(*model, o);
    }
    return out;
} catch (const std::bad_alloc &) {
    return makeError(kOutOfMemory);
}

} // namespace requant
