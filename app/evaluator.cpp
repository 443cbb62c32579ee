// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/evaluator.h"

#include "app/events.h"

#include "core/convert/convert.h"
#include "core/metrics/logits.h"

#include <algorithm>
#include <cmath>

namespace requant::cli {

TensorReader::TensorReader(const Model &model, TensorIndex t)
{
    if (!t)
        return;
    const auto grids = effectiveGrids(model);
    const auto it = grids.find(t);
    m_reader.emplace(model.subgraphs.front().tensor(t), it == grids.end() ? EffectiveGrid{} : it->second);
}

void TensorReader::read(std::span<const std::byte> bytes, std::vector<double> &out) const
{
    out.clear();
    if (readable())
        m_reader->read(bytes, out);
}

EvaluatedModel::EvaluatedModel(const Source &s)
    : source(&s), outputs(outputsOf(*s.model)), logitsIndex(logitsTensor(*s.model)), output(*s.model, outputs.tensor),
      logits(*s.model, logitsIndex)
{
    if (outputs.kind == OutputKind::Detections)
        for (const TensorIndex t : outputs.detections)
            detections.emplace_back(*s.model, t);
}

OutputKind Evaluation::kind() const
{
    const bool same = models.size() > 1 && models[0].outputs.kind == models[1].outputs.kind;
    return same ? models[0].outputs.kind : OutputKind::Values;
}

namespace {

// Position of the label when outputs are ordered from the largest down; equal outputs keep their order.
std::size_t rankOf(const std::vector<double> &outputs, std::int64_t label)
{
    if (label < 0 || static_cast<std::size_t>(label) >= outputs.size())
        return outputs.size();
    const auto l = static_cast<std::size_t>(label);
    std::size_t rank = 0;
    for (std::size_t i = 0; i < outputs.size(); ++i)
        rank += outputs[i] > outputs[l] || (outputs[i] == outputs[l] && i < l);
    return rank;
}

std::size_t largestOf(const std::vector<double> &outputs)
{
    return static_cast<std::size_t>(std::max_element(outputs.begin(), outputs.end()) - outputs.begin());
}

// All models on one sample after the other, side by side.
class Evaluator : public SampleWorker
{
public:
    static Result<std::unique_ptr<SampleWorker>> create(const Evaluation &e, EvaluationSums &sums)
    {
        auto self = std::unique_ptr<Evaluator>(new Evaluator(e, sums));
        for (const EvaluatedModel &model : e.models) {
            const bool isFirst = &model == &e.models.front();
            const Numerics n = isFirst ? e.numerics : sourceNumerics(e.numerics);
            Result<Simulator> sim =
                Simulator::create(model.source->model, {n.arithmetic, true, n.accumulator, isFirst});
            if (!sim)
                return inFile(sim.error(), model.source->file);
            if (const Status s = sim->outputsSupported(); !s)
                return inFile(s.error(), model.source->file);
            self->m_sims.push_back(std::move(*sim));
        }
        return std::unique_ptr<SampleWorker>(std::move(self));
    }

    Status compute(std::size_t i, const RunControl &control) override
    {
        for (std::size_t k = 0; k < m_e.models.size(); ++k) {
            const EvaluatedModel &model = m_e.models[k];
            Simulator &sim = m_sims[k];
            if (const Status s = runSample(sim, m_e.samples, i, control); !s)
                return inFile(s.error(), model.source->file);
            Outcome &o = m_outcomes[k];
            model.output.read(sim.tensor(model.outputs.tensor), o.output);
            if (o.output.empty())
                return badFile(model.source->file, "the first output is empty");
            if (m_e.labels) {
                const std::size_t rank = rankOf(o.output, (*m_e.labels)[i]);
                o.top1 = rank < 1 && rank < o.output.size();
                o.top5 = rank < 5 && rank < o.output.size();
            }
            o.largest = largestOf(o.output);
            model.logits.read(sim.tensor(model.logitsIndex), o.logits);
            if (m_kind == OutputKind::Mask)
                o.mask = maskOf(o.output, model.outputs.classes);
            if (m_kind == OutputKind::Detections)
                o.detections = detectionsOf(model, sim);
        }
        m_signal = m_error = 0;
        const std::vector<double> &y = m_outcomes[0].logits, &x = m_outcomes[1].logits;
        for (std::size_t k = 0; k < std::min(x.size(), y.size()); ++k) {
            m_signal += x[k] * x[k];
            m_error += (y[k] - x[k]) * (y[k] - x[k]);
        }
        return success();
    }

    Status deliver(std::size_t) override
    {
        const Outcome &now = m_outcomes[0], &before = m_outcomes[1];
        for (std::size_t k = 0; k < m_e.models.size(); ++k) {
            m_sums.top1[k] += m_outcomes[k].top1;
            m_sums.top5[k] += m_outcomes[k].top5;
        }
        m_sums.gained += now.top1 && !before.top1;
        m_sums.lost += !now.top1 && before.top1;
        m_sums.agreeing += now.largest == before.largest;
        m_sums.comparable = m_sums.comparable && !before.logits.empty() && before.logits.size() == now.logits.size();
        m_sums.signal += m_signal;
        m_sums.error += m_error;
        if (m_kind == OutputKind::Mask && !m_sums.masks.add(before.mask, now.mask))
            return badFile(m_e.models[0].source->file, formatted("a mask of %zu places, of %zu in the other model",
                                                                 now.mask.size(), before.mask.size()));
        if (m_kind == OutputKind::Detections)
            m_sums.boxes.merge(compareBoxes(before.detections, now.detections));
        return success();
    }

    void finish() override { addCounters(m_sims[0], m_sums.counters); }

private:
    struct Outcome
    {
        bool top1 = false, top5 = false;
        std::size_t largest = 0;
        std::vector<double> output, logits;
        std::vector<std::int64_t> mask;
        std::vector<Detection> detections;
    };
    Evaluator(const Evaluation &e, EvaluationSums &sums) : m_e(e), m_kind(e.kind()), m_sums(sums) {}

    static std::vector<std::int64_t> maskOf(const std::vector<double> &values, std::size_t classes)
    {
        if (classes > 1)
            return largestClasses(values, classes);
        std::vector<std::int64_t> out;
        out.reserve(values.size());
        for (const double v : values)
            out.push_back(std::isfinite(v) ? static_cast<std::int64_t>(std::clamp(v, -0x1p53, 0x1p53)) : -1);
        return out;
    }

    std::vector<Detection> detectionsOf(const EvaluatedModel &model, const Simulator &sim)
    {
        for (std::size_t k = 0; k < m_parts.size(); ++k)
            model.detections[k].read(sim.tensor(model.outputs.detections[k]), m_parts[k]);
        return readDetections(m_parts[0], m_parts[1], m_parts[2], m_parts[3].empty() ? 0 : m_parts[3][0]);
    }

    const Evaluation &m_e;
    const OutputKind m_kind;
    EvaluationSums &m_sums;
    std::vector<Simulator> m_sims;
    std::array<Outcome, 2> m_outcomes;
    std::array<std::vector<double>, 4> m_parts; // boxes, classes, scores, count
    double m_signal = 0, m_error = 0;
};

} // namespace

Result<EvaluationSums> evaluateSamples(const Evaluation &e, std::size_t count, unsigned threads,
                                       const RunControl &control)
{
    EvaluationSums sums;
    const Model *second = e.models.size() > 1 ? e.models[1].source->model.get() : nullptr;
    const SampleLoop loop{count, sampleThreads(count, threads, {e.models[0].source->model.get(), second})};
    const Status ran = forEachSample(
        loop, [&] { return Evaluator::create(e, sums); }, control);
    if (!ran)
        return ran.error();
    return sums;
}

} // namespace requant::cli
