// SPDX-License-Identifier: GPL-3.0-or-later
// Cross-layer equalization of single channels.
//
// One scale for all output channels of a layer suffers from one channel with large weights. Its row may be divided by a
// factor f and the weights that read the channel multiplied by f: the network's function is the same, real = f (ratio s
// q + offset) for that channel (effectivegrid.h). What it costs: the channel's steps are f times as coarse, and a clamp
// of RELU6 moves to 6 f. The second is small only if the channel seldom reaches the clamp, so the share of samples at
// the clamp decides, with a floor for what samples have not shown; a channel that they never reach is not taken as one
// that never will. Chosen with the layer's scale, by output error: weights.h. The idea of factors between layers: Nagel
// et al., Data-Free Quantization Through Weight Equalization and Bias Correction, arXiv 1906.04721; there for all
// channels and by ranges alone.
#pragma once

#include "core/passes/evidence.h"
#include "core/passes/propagation.h"
#include "core/passes/weightedlayer.h"

namespace requant {

// Before the walk: factors that spare a layer one outlier. A channel of tensors that sums tie together has one factor
// for all of them; f > 1 divides a producer's row that exceeds its layer's range, f < 1 a reader's column that does,
// where the channel needs no more than that part of its range by a margin. Linear outputs and RELU only where f > 1,
// since there is no clamp to move. `statistics`: of the source, for the ranges of channels; null: no f < 1.
void presetFactors(PassContext &, const Statistics *statistics, bool realSamples);

// What the layer's rows may be divided by; nothing if its output must keep one grid for all channels: it has to be the
// output of this layer alone, read as data by convolutions only whose weights may change. `outputs`: the
// layer's in the source.
std::optional<RowScaling> planRowScaling(const PassContext &, const WeightedLayer &, const OutputEvidence &outputs,
                                         bool realSamples);
// The same by what is expected of the layer's output.
std::optional<RowScaling> planRowScaling(const PassContext &, const WeightedLayer &, const ExpectedStatistics &);

} // namespace requant
