// SPDX-License-Identifier: GPL-3.0-or-later
// Rounding of the accumulator has a mean of its own, and moving the zero point changes it.
//
// TFLite's reference multiplies with rounding and then shifts right by n with ties away from zero. Every second odd
// result of the first rounding is a tie of the second: with M = m 2^-n, m in [1/2, 1), the result lies 2^-(n+1) steps
// farther from zero than it should on average. A folded zero point turns positive results into negative ones, and the
// source's half-up into half-down: 2^-n steps lost in the mean, a quarter of a step where n = 2. The difference of both
// means goes into the bias, as rounding errors of the weights do. Shifting hardware that truncates loses half a step in
// the same way.
#pragma once

#include "core/model/arithmetic.h"
#include "core/passes/evidence.h"
#include "core/passes/weightedlayer.h"

#include <vector>

namespace requant {

// E[rounded - exact] in output steps, for results that are above zero in a share of all cases; `multiplier` > 0.
double meanRounding(Arithmetic, double multiplier, double positiveShare);

// By output channel: the share of results above zero, before (source) and now; of those that no clamp has decided.
struct ResultSigns
{
    std::vector<double> before, now;
};
// `outputs`: null without samples, then of a RELU all results count as positive before, of others as half; below the
// middle now.
ResultSigns resultSigns(const PassContext &, const WeightedLayer &, const OutputEvidence *outputs);

} // namespace requant
