// SPDX-License-Identifier: GPL-3.0-or-later
// Measures one sample: the converted network beside the source's activations, layer by layer. What is prepared once for two
// models is shared by threads; each has a meter of its own.
#pragma once

#include "core/metrics/accumulator.h"
#include "core/metrics/layerpairs.h"
#include "core/metrics/modelchanges.h"
#include "core/metrics/tensorcomparison.h"
#include "core/sim/simulator.h"

#include <optional>
#include <span>
#include <vector>

namespace requant {

using Bytes = std::vector<std::byte>;

// Two models, prepared. Everything that an update changes against an earlier one is in `changes`.
struct PreparedComparison
{
    PreparedComparison(const ComparedModels &, ModelChanges);

    ComparedModels models;
    ModelChanges changes;
    std::vector<LayerPair> pairs;                         // by operator of the source, as the next one
    std::vector<std::optional<TensorComparison>> outputs; // of comparable layers
    std::vector<TensorFeed> feeds;                        // by tensor of the source
    std::vector<std::optional<TensorFeed>> inputs;        // by graph input: where its effective grid is not the declared one
    GraphIndex graph;                                     // of the converted network
    std::optional<TensorComparison> logits, firstOutput;
    TensorIndex sourceLogits, convertedLogits;
    std::vector<TensorIndex> wanted; // tensors of the converted network that changed end-to-end errors are read from
    bool stateful = false;           // runs must be whole and in order
};

// Sums of one sample, or of many, merged in sample order.
struct SampleSums
{
    explicit SampleSums(std::size_t layers = 0, std::size_t operators = 0) : local(layers), cumulative(layers), counters(operators) {}
    void merge(const SampleSums &);

    std::vector<ErrorAccumulator> local, cumulative; // by layer; empty where nothing was measured
    std::vector<LayerCounters> counters; // by operator of the converted network
    ErrorAccumulator output;
    std::size_t agreeing = 0, samples = 0;
    std::size_t sourceRuns = 0, operators = 0, localOperators = 0;
};

// Where the source's activations are: in its simulator or kept from an earlier run.
struct SourceTensors
{
    const Model &model;
    const Simulator *simulator = nullptr;
    const std::vector<Bytes> *kept = nullptr; // by tensor; constants are not in it
    std::span<const std::byte> operator()(TensorIndex) const;
};

class SampleMeter
{
public:
    SampleMeter(const PreparedComparison &, Simulator converted);

    // Runs what changed of the converted network, and what it needs and `kept` does not have: values of the earlier network
    // by its tensors (see ModelChanges::sameAs), or none. With `complete` everything that is not kept is run. The sample is
    // given in the source's types and in the converted network's. The simulator must count events.
    Status simulate(const std::vector<Bytes> &sourceInputs, const std::vector<Bytes> &inputs, const std::vector<Bytes> &kept, bool complete,
                    const RunControl &, SampleSums &);
    // A tensor after simulate(): just computed, or kept.
    std::span<const std::byte> value(TensorIndex, const std::vector<Bytes> &kept) const;
    // Whether simulate() ran the tensor's operator.
    bool hasRun(TensorIndex t) const { return m_ran[t.pos()] == m_sample; }

    // End-to-end errors of what changed; after simulate().
    void compareEndToEnd(const SourceTensors &, const std::vector<Bytes> &kept, SampleSums &);
    // One layer alone, fed with the source's activations. Overwrites tensors of the converted network.
    Status compareLayer(std::size_t layer, const SourceTensors &, const RunControl &, SampleSums &);

    const Simulator &simulator() const { return m_sim; }
    Simulator takeSimulator() { return std::move(m_sim); } // the end of this meter

private:
    bool isComputed(TensorIndex t) const { return m_computed[t.pos()] == m_sample; }
    bool hasValue(TensorIndex, const std::vector<Bytes> &kept) const;
    bool feed(TensorIndex, const SourceTensors &, const RunControl &);

    const PreparedComparison &m_c;
    Simulator m_sim;
    std::vector<std::uint64_t> m_computed, m_ran; // by tensor: the sample whose value the simulator holds, and computed
    std::uint64_t m_sample = 0;
    std::vector<bool> m_needed, m_runs;    // by tensor, by operator
    ComparisonScratch m_scratch;
    Bytes m_fed;
};

} // namespace requant
