// SPDX-License-Identifier: GPL-3.0-or-later
// Empirical folding: a layer's bias takes in the mean difference that is left between source and new network on real samples,
// behind everything that came before and after the layer's own activation (what clipping and earlier layers did is in it):
//   b[o] += m max(0, 1 - v / m^2) / max(P(inside), 0.1),   m = E[y_source - y_new],
// v the squared standard error of m over the samples, so that a layer that is exact already does not learn their scatter (a positive
// part James-Stein estimate for each channel), and P(inside) the share of the source's outputs that are not at an end of their range: only those follow the bias. To be repeated,
// because outputs are rounded and cut. Synthetic samples would teach the network their own statistics.
#pragma once

#include "core/passes/evidence.h"
#include "core/passes/weightedlayer.h"

namespace requant {

// `source`: the layer's outputs there.
void correctBias(PassContext &, const WeightedLayer &, const OutputEvidence &source, const LayerValues &now);

} // namespace requant
