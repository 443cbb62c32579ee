// SPDX-License-Identifier: GPL-3.0-or-later
// What conversions of one source have in common: synthetic samples, statistics, and for every layer what judging it by
// its outputs takes from the source. Each is made when it is first asked for; who shares an evidence gets the same
// numbers as who does not. Safe to use from several threads.
#pragma once

#include "core/base/result.h"
#include "core/base/runcontrol.h"
#include "core/passes/layerwalk.h"
#include "core/passes/propagation.h"
#include "core/passes/weightmemo.h"
#include "core/passes/weights.h"
#include "core/sim/samples.h"
#include "core/sim/statistics.h"

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

namespace requant {

struct LayerSamples;

// A layer's output in the source: integers of its storage type, by channel of the last dimension.
struct OutputEvidence
{
    std::vector<std::vector<std::int64_t>> sum; // by sample and channel
    std::vector<std::int64_t> count;            // by sample: values of each channel
    std::vector<std::int64_t> inside;           // by channel: how many lie between the ends, those of a fused activation included
    std::vector<std::uint32_t> bins;            // 8-bit outputs: [channels][256], how many are the least integer, the next ...

    std::size_t channels() const { return inside.size(); }
    bool empty() const { return inside.empty(); } // types and grids that are not looked at
    bool hasBins() const { return !bins.empty(); }
    // Values of the channel that `holds` is true of, by integer; 8-bit outputs.
    template <class Holds>
    std::uint64_t countIf(std::size_t channel, std::int64_t least, Holds &&holds) const
    {
        std::uint64_t n = 0;
        for (std::size_t b = 0; b < 256; ++b)
            if (holds(least + static_cast<std::int64_t>(b)))
                n += bins[channel * 256 + b];
        return n;
    }
    std::size_t bytes() const;
};

// Of the operator's first output.
OutputEvidence outputEvidence(const Model &, const Operator &, const LayerValues &);

// What was found of the source's layers on one set of samples.
class LayerEvidence
{
public:
    explicit LayerEvidence(std::size_t budget) : m_budget(budget) {}
    // Nothing: not kept. A null moment: the layer has none.
    std::optional<std::shared_ptr<const PatchMoments>> moments(OperatorIndex) const;
    std::shared_ptr<const OutputEvidence> outputs(OperatorIndex) const; // null: not kept
    // Kept as long as there is room.
    void keep(OperatorIndex, std::shared_ptr<const PatchMoments>);
    void keep(OperatorIndex, std::shared_ptr<const OutputEvidence>);
    std::size_t bytes() const;

private:
    bool takes(std::size_t bytes);
    mutable std::mutex m_mutex;
    std::size_t m_budget, m_bytes = 0;
    std::map<OperatorIndex, std::shared_ptr<const PatchMoments>> m_moments;
    std::map<OperatorIndex, std::shared_ptr<const OutputEvidence>> m_outputs;
};

class SourceEvidence
{
public:
    static constexpr std::size_t kBudget = std::size_t{96} << 20;
    // `budget`: bytes of what is kept of layers, for each set of samples. 0: nothing, the memory of a single
    // conversion. `memo`: bytes of weights that were quantized (weightmemo.h); they serve the next conversion only where a
    // recipe is edited layer by layer.
    explicit SourceEvidence(std::shared_ptr<const Model> source, std::size_t budget = kBudget, std::size_t memo = 0)
        : m_source(std::move(source)), m_budget(budget), m_weights(memo), m_remembers(memo > 0)
    {
    }
    const std::shared_ptr<const Model> &source() const { return m_source; }

    // The synthetic samples of this number; null, with a reason, where the model's inputs allow none.
    std::shared_ptr<const SampleSet> synthetic(std::size_t count, std::string *why = nullptr);
    // collectStatistics() of the source.
    Result<std::shared_ptr<const Statistics>> statistics(const std::shared_ptr<const SampleSet> &, std::size_t limit,
                                                         const RunControl &);
    // Of `count` samples spread over the set, the source computed by this arithmetic. Lives as long as this.
    LayerEvidence &layers(const std::shared_ptr<const SampleSet> &, std::size_t count, Arithmetic);
    // expectedStatistics() of the source as the passes see it.
    std::shared_ptr<const ExpectedStatistics> expected(const Model &withActivations);
    WeightMemo *weights() { return m_remembers ? &m_weights : nullptr; } // null: nothing is kept

private:
    // Keep the set alive, so that none takes its place.
    using StatisticsKey = std::pair<std::shared_ptr<const SampleSet>, std::size_t>;
    using LayersKey = std::tuple<std::shared_ptr<const SampleSet>, std::size_t, Arithmetic>;
    std::shared_ptr<const Model> m_source;
    std::size_t m_budget;
    std::mutex m_mutex;
    std::condition_variable m_made;
    std::map<std::size_t, std::shared_ptr<const SampleSet>> m_synthetic;
    std::map<StatisticsKey, std::shared_ptr<const Statistics>> m_statistics; // null: somebody is making them
    std::map<LayersKey, std::unique_ptr<LayerEvidence>> m_layers;
    std::shared_ptr<const ExpectedStatistics> m_expected;
    WeightMemo m_weights;
    bool m_remembers;
};

// One conversion's way through the source, in the order of its operators: runs it only as far as something is asked
// that the evidence does not hold.
class SourceWalk
{
public:
    // Both must outlive the walk.
    SourceWalk(const Model &, const LayerSamples &, Arithmetic);
    // Of what the operator's weights multiply; null where PatchAccumulator has none for it.
    Result<std::shared_ptr<const PatchMoments>> moments(OperatorIndex, const RunControl &);
    // Of its first output; never null. After moments() of the same operator, before that of a later one.
    Result<std::shared_ptr<const OutputEvidence>> outputs(OperatorIndex, const RunControl &);

private:
    Status runUntil(std::size_t, const RunControl &); // the operators before this one are done

    const Model &m_model;
    const LayerSamples &m_samples;
    Arithmetic m_arithmetic;
    std::optional<LayerValues> m_values;
    std::size_t m_done = 0; // operators
};

} // namespace requant
