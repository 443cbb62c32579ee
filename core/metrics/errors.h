// SPDX-License-Identifier: GPL-3.0-or-later
// How far a converted network is from its source, layer by layer. Errors are streamed over samples; no run is kept.
// SQNR = 10 log10(sum x^2 / sum (x - x')^2) in dB, x the source's real value. A "step" is one unit of the new grid's
// effective scale; ideal rounding gives 0.289 steps RMS.
#pragma once

#include "core/base/result.h"
#include "core/base/runcontrol.h"
#include "core/model/arithmetic.h"
#include "core/model/model.h"
#include "core/passes/passes.h"
#include "core/sim/counters.h"
#include "core/sim/samples.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace requant {

struct ValueError
{
    double sqnrDb = 0;   // +infinity if there is no error at all
    double cosine = 1;
    double mse = 0;      // real units squared
    double maxAbs = 0;   // real units
    double rmsSteps = 0, maxSteps = 0;
    double saturationRate = 0; // share of elements at the storage limits, off by more than half a
                               // step, that the source did not have at its own limits
    std::vector<double> biasShift;         // per channel: mean of (new - source), real units
    std::vector<double> channelSqnrDb;     // weights: per output channel; empty for activations
    std::uint64_t count = 0;
};

struct LayerError
{
    OperatorIndex source;      // in the source model
    OperatorIndex converted;   // in the converted model; invalid if removed
    TensorIndex output;        // first output, the same index in both models
    std::string name;          // layerName()
    double scaleBefore = 0, scaleAfter = 0; // of the output, declared, per-tensor (0 if it has no grid)
    double weightScaleBefore = 0, weightScaleAfter = 0; // largest of the channels; 0 without weights
    std::optional<ValueError> weights;
    std::optional<ValueError> local;       // this layer alone, fed with the source's activations
    std::optional<ValueError> cumulative;  // end to end
    std::optional<LayerCounters> counters; // of the converted operator, end to end, over all samples
};

struct ErrorReport
{
    std::vector<LayerError> layers; // by operator of the source's main subgraph
    std::size_t samples = 0;        // 0: only weights were measured
    Numerics numerics;              // of the converted model; the source ran with sourceNumerics()
    LayerCounters counters;         // of all its operators, inserted ones too; clippedBias: of all layers
    // End to end.
    double outputSqnrDb = 0; // of the logits (see logits.h): the first graph output before a softmax
    double agreement = 0;    // share of samples with the same largest value in the first graph output
    bool hasOutput = false;
    // Operators that have no kernel, placed in the source: layers that need them have weight errors only.
    Diagnostics unsupported;
};

// What is compared with what: two models whose tensors keep their indices.
struct ComparedModels
{
    std::shared_ptr<const Model> source, converted;
    std::map<TensorIndex, EffectiveGrid> effective;
    std::vector<OperatorIndex> origin; // by operator of `converted`; empty: operators correspond one to one
};

ErrorReport measureWeights(const ComparedModels &);
// Weights, local and cumulative activation errors over at most `limit` samples (0 = all); the same for any number of threads.
// The numerics are the converted model's; the source is what it was made for: see sourceNumerics(). Layers that need an operator
// without kernel have no activation errors (see ErrorReport::unsupported). For one conversion after another see incremental.h.
Result<ErrorReport> measureErrors(const ComparedModels &, const SampleSet &, std::size_t limit, const Numerics &,
                                  const RunControl & = {});

} // namespace requant
