// SPDX-License-Identifier: GPL-3.0-or-later
// One or two models on labelled or unlabelled samples, side by side: what `requant evaluate` sums up.
#pragma once

#include "app/common.h"

#include "core/metrics/iou.h"
#include "core/metrics/outputkind.h"
#include "core/metrics/values.h"
#include "core/sim/samplerunner.h"

#include <array>
#include <optional>

namespace requant::cli {

// A tensor of a model as real values (effective grids honoured).
class TensorReader
{
public:
    TensorReader(const Model &, TensorIndex);
    bool readable() const { return m_reader && m_reader->readable(); }
    // Empty where there is nothing to read.
    void read(std::span<const std::byte> bytes, std::vector<double> &out) const;

private:
    std::optional<ValueReader> m_reader;
};

// One of the models that are evaluated.
struct EvaluatedModel
{
    explicit EvaluatedModel(const Source &);
    const Source *source;
    Outputs outputs;
    TensorIndex logitsIndex;
    TensorReader output, logits;
    std::vector<TensorReader> detections; // of outputs.detections
};

// What is left of all samples: sums only. [0] is the evaluated model, [1] the one it is compared with.
struct EvaluationSums
{
    std::array<std::size_t, 2> top1{}, top5{}; // only with labels
    std::size_t gained = 0, lost = 0, agreeing = 0;
    double signal = 0, error = 0; // of the logits
    bool comparable = true;       // the logits
    MaskAgreement masks;
    BoxAgreement boxes;
    std::vector<LayerCounters> counters; // of the evaluated model, by operator
};

struct Evaluation
{
    const std::vector<EvaluatedModel> &models; // one or two
    const SampleSet &samples;
    const std::vector<std::int64_t> *labels; // null: unlabelled
    Numerics numerics;                       // of the first model; the second runs with sourceNumerics()
    // Both are of the kind; Values where there is one model, or they are of two kinds.
    OutputKind kind() const;
};

// Runs `count` samples; the sums are the same for any number of threads.
Result<EvaluationSums> evaluateSamples(const Evaluation &, std::size_t count, unsigned threads, const RunControl &);

} // namespace requant::cli
