// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/metrics/outputerror.h"

#include "core/metrics/layerpairs.h"
#include "core/metrics/logits.h"
#include "core/metrics/tensorcomparison.h"
#include "core/sim/samplerunner.h"

#include <algorithm>
#include <optional>

namespace requant {

namespace {

constexpr Message kNoLogits{"metrics.no-logits", "the outputs of the two networks cannot be compared"};

struct Plan
{
    std::span<const ComparedModels> conversions;
    const SampleSet &samples;
    std::size_t count = 0;
    Numerics numerics, sourceNumerics;
    TensorIndex sourceLogits;
    std::vector<TensorIndex> logits;
    std::vector<TensorComparison> comparisons;
    std::vector<ErrorAccumulator> sums;
    std::size_t index(std::size_t i) const { return i * samples.size() / count; }
};

class Worker : public SampleWorker
{
public:
    static Result<std::unique_ptr<SampleWorker>> create(Plan &plan)
    {
        std::vector<Simulator> simulators;
        for (std::size_t k = 0; k <= plan.conversions.size(); ++k) {
            const Numerics &n = k == 0 ? plan.sourceNumerics : plan.numerics;
            auto made = Simulator::create(k == 0 ? plan.conversions[0].source : plan.conversions[k - 1].converted,
                                          {.arithmetic = n.arithmetic, .accumulator = n.accumulator});
            if (!made)
                return made.error();
            if (const Status s = made->supported(); !s)
                return s.error();
            simulators.push_back(std::move(*made));
        }
        return std::unique_ptr<SampleWorker>(new Worker(plan, std::move(simulators)));
    }
    Status compute(std::size_t i, const RunControl &run) override
    {
        for (Simulator &s : m_simulators)
            if (const Status status = runSample(s, m_plan.samples, m_plan.index(i), run); !status)
                return status;
        for (std::size_t k = 0; k < m_errors.size(); ++k)
            m_errors[k] = m_plan.comparisons[k].compare(m_simulators[0].tensor(m_plan.sourceLogits),
                                                        m_simulators[k + 1].tensor(m_plan.logits[k]), m_scratch);
        return success();
    }
    Status deliver(std::size_t) override
    {
        for (std::size_t k = 0; k < m_errors.size(); ++k)
            m_plan.sums[k].merge(m_errors[k]);
        return success();
    }

private:
    Worker(Plan &plan, std::vector<Simulator> simulators)
        : m_plan(plan), m_simulators(std::move(simulators)), m_errors(plan.conversions.size())
    {
    }
    Plan &m_plan;
    std::vector<Simulator> m_simulators; // the source's first
    std::vector<ErrorAccumulator> m_errors;
    ComparisonScratch m_scratch;
};

} // namespace

Result<std::vector<double>> outputSqnrDb(std::span<const ComparedModels> conversions, const SampleSet &samples,
                                         std::size_t count, const Numerics &numerics, const RunControl &run)
{
    std::vector<double> out;
    if (conversions.empty())
        return out;
    const Model &source = *conversions[0].source;
    Plan plan{.conversions = conversions,
              .samples = samples,
              .count = count ? std::min(count, samples.size()) : samples.size(),
              .numerics = numerics,
              .sourceNumerics = sourceNumerics(numerics),
              .sourceLogits = logitsTensor(source),
              .logits = {},
              .comparisons = {},
              .sums = std::vector<ErrorAccumulator>(conversions.size())};
    for (const ComparedModels &m : conversions) {
        const TensorIndex t = logitsTensor(*m.converted);
        if (!plan.sourceLogits || !t)
            return makeError(kNoLogits);
        plan.logits.push_back(t);
        plan.comparisons.emplace_back(mainOf(m.source).tensor(plan.sourceLogits), mainOf(m.converted).tensor(t),
                                      gridOf(m, t));
    }
    const unsigned threads = sampleThreads(plan.count, 0, {conversions[0].source.get()});
    if (const Status s = forEachSample(
            {plan.count, threads, "comparing outputs"}, [&] { return Worker::create(plan); }, run);
        !s)
        return s.error();
    for (const ErrorAccumulator &sum : plan.sums) {
        if (sum.empty())
            return makeError(kNoLogits);
        out.push_back(sum.result().sqnrDb);
    }
    return out;
}

} // namespace requant
