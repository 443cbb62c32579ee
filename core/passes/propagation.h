// SPDX-License-Identifier: GPL-3.0-or-later
// What activations are like, by the network alone: no sample is run.
//
// Mean and variance of every channel are carried from the inputs through the operators, values taken as normally
// distributed before an activation: for a layer  E[y] = W E[x] + b,  Var[y] = sum over input channels of
// rho (sum of w)^2 Var[x] + (1 - rho) (sum of w^2) Var[x],  rho the correlation of neighbours in one kernel window;
// behind a clamp the moments of the clipped normal distribution. Inputs count as pictures: neighbours and colours alike.
// The idea that means follow from weights and normalized statistics: Nagel et al., arXiv 1906.04721, section 4.2; there
// from batch normalization, which a quantized network no longer has.
//
// An estimate, good enough for folding mean errors and for weighing channels, not for choosing ranges. What depends on an
// operator that is not known has no entry.
#pragma once

#include "core/model/model.h"
#include "core/sim/statistics.h"

#include <map>
#include <vector>

namespace requant {

struct ExpectedValues // real, by channel (the last dimension)
{
    std::vector<double> mean, variance;
    std::vector<double> atTop; // share of values that the fused activation cuts at its upper clamp; empty: it has none
};

using ExpectedStatistics = std::map<TensorIndex, ExpectedValues>; // tensors of the main subgraph with a grid or float

ExpectedStatistics expectedStatistics(const Model &);

// As if they had been collected: mean and mean square in integers of the tensors' grids; nothing of ranges.
Statistics asStatistics(const Model &, const ExpectedStatistics &);

// E and Var of min(max(X, low), high), X normal.
struct Moments
{
    double mean = 0, variance = 0;
};
Moments clippedNormal(Moments, double low, double high);

} // namespace requant
