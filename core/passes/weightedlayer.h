// SPDX-License-Identifier: GPL-3.0-or-later
// One weighted operator after another: its weights and bias on the grids that were chosen (weights.h has the arithmetic).
// Afterwards: weights and bias of the operator have their planned types; the bias's scale is input scale x weight scale, it
// contains the input's and the output's offset and the folded rounding error. Tensors with several users are split, never
// changed under somebody else's feet.
#pragma once

#include "core/passes/context.h"
#include "core/passes/evidence.h"
#include "core/passes/weights.h"

namespace requant {

// Where an operator's data, weights and bias are, and on which grids; nothing if there is nothing to do for it.
struct WeightedLayer
{
    OperatorIndex op;               // of the source
    TensorIndex input, weight, bias, output; // of the source
    const GroupGrid *inGrid = nullptr, *outGrid = nullptr;
    ElementType biasType = ElementType::Int32;
    bool keepsWeights = false;
    const TensorPlan *plan = nullptr; // of the weights
};

Result<std::optional<WeightedLayer>> findWeightedLayer(const PassContext &, OperatorIndex);

inline constexpr double kMeasuredMeanShare = 1e-2, kExpectedMeanShare = 0.1; // of statistics that were measured or estimated

// What is known of a layer beside the network itself; all of it may be missing.
struct LayerKnowledge
{
    const PatchMoments *patch = nullptr;      // of the input, real units
    const LayerEvidence *patchSource = nullptr; // the evidence that `patch` belongs to; null: it is nobody's
    const Statistics *statistics = nullptr;   // of the source's tensors: serve where `patch` is missing
    double meanShare = kMeasuredMeanShare;    // goes with `statistics` (WeightTask)
    bool realSamples = false;                 // `patch` and `outputs` are of the user's samples
    const RowScaling *rows = nullptr;         // bounds of the output channels' factors (equalization.h); null: no factors
    const OutputEvidence *outputs = nullptr;  // of the source
};

// Factors that are chosen go to the output's GroupGrid.
void quantizeLayer(PassContext &, const WeightedLayer &, const LayerKnowledge &);

// Adds real[o] to the layer's bias; channels whose bias would leave int32 keep theirs.
void addToBias(PassContext &, const WeightedLayer &, const std::vector<double> &real);

} // namespace requant
