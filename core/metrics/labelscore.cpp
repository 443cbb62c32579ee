// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/metrics/labelscore.h"

#include "core/metrics/outputkind.h"
#include "core/metrics/pairs.h"

#include <algorithm>

namespace requant {

namespace {

class Scorer : public SampleWorker
{
public:
    Scorer(std::array<Simulator, 2> simulators, const SampleSet &samples, std::span<const std::int64_t> labels,
           LabelScore &sum)
        : m_simulators(std::move(simulators)), m_samples(samples), m_labels(labels), m_sum(sum)
    {
    }

    Status compute(std::size_t i, const RunControl &run) override
    {
        for (std::size_t k = 0; k < 2; ++k) {
            if (auto s = runSample(m_simulators[k], m_samples, i, run); !s)
                return s;
            const Subgraph &g = m_simulators[k].model().subgraphs.front();
            m_rank[k] = rankOf(dequantize(m_simulators[k].output(0), g.tensor(g.outputs[0])), m_labels[i]);
        }
        return success();
    }
    Status deliver(std::size_t) override
    {
        ++m_sum.samples;
        for (std::size_t k = 0; k < 2; ++k) {
            m_sum.top1[k] += m_rank[k] < 1;
            m_sum.top5[k] += m_rank[k] < 5;
        }
        return success();
    }

private:
    std::array<Simulator, 2> m_simulators;
    const SampleSet &m_samples;
    std::span<const std::int64_t> m_labels;
    LabelScore &m_sum;
    std::array<std::size_t, 2> m_rank{};
};

} // namespace

std::size_t rankOf(std::span<const float> outputs, std::int64_t label)
{
    if (label < 0 || label >= static_cast<std::int64_t>(outputs.size()))
        return outputs.size();
    const auto at = static_cast<std::size_t>(label);
    std::size_t rank = 0;
    for (std::size_t i = 0; i < outputs.size(); ++i)
        rank += outputs[i] > outputs[at] || (outputs[i] == outputs[at] && i < at);
    return rank;
}

Result<LabelScore> scoreLabels(std::shared_ptr<const Model> source, std::shared_ptr<const Model> converted,
                               const SampleSet &samples, std::span<const std::int64_t> labels, std::size_t limit,
                               const Numerics &how, const RunControl &run)
{
    for (const auto &m : {source, converted}) {
        const Outputs out = outputsOf(*m);
        if (out.kind != OutputKind::Scores)
            return makeError(kNoScores, {std::string(outputKindName(out.kind))});
    }
    if (labels.size() != samples.size())
        return makeError(kLabelCount, {std::to_string(labels.size()), std::to_string(samples.size())});
    LabelScore sum;
    const std::size_t count = limit ? std::min(limit, samples.size()) : samples.size();
    const auto make = [&]() -> Result<std::unique_ptr<SampleWorker>> {
        const Numerics of[2] = {sourceNumerics(how), how};
        std::vector<Simulator> both;
        for (std::size_t k = 0; k < 2; ++k) {
            SimOptions options;
            options.arithmetic = of[k].arithmetic;
            options.accumulator = of[k].accumulator;
            options.keepAllTensors = false;
            auto s = Simulator::create(k == 0 ? source : converted, options);
            if (!s)
                return s.error();
            if (auto can = s->outputsSupported(); !can)
                return can.error();
            both.push_back(std::move(*s));
        }
        return std::unique_ptr<SampleWorker>(
            new Scorer({std::move(both[0]), std::move(both[1])}, samples, labels, sum));
    };
    const SampleLoop loop{count, sampleThreads(count, 0, {source.get(), converted.get()}), "comparing with labels"};
    if (auto s = forEachSample(loop, make, run); !s)
        return s.error();
    return sum;
}

} // namespace requant
