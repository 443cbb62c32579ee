// SPDX-License-Identifier: GPL-3.0-or-later
// The hardware's limits (recipe.h) at one finished layer. What weights.cpp could not meet by the choice of a scale is
// said here, with the reason; constraints/limits.h counts on the finished model.
#pragma once

#include "core/passes/weightedlayer.h"

namespace requant {

// Whether these weight scales, between the layer's grids, give multipliers that the rule and the limits ask for.
bool multipliersFit(const PassContext &, const WeightedLayer &, const QuantParams &weights);

// One warning where an output shift is missed, one where biases do not fit or were cut. `kept`: the weights are the
// source's.
void reportLimits(PassContext &, const WeightedLayer &, const QuantParams &weights, bool kept, std::size_t biasesCut);

inline constexpr Message kLayerShift{"passes.shift-range", "%1: its output shift is %2, outside of %3..%4: %5"};
inline constexpr Message kLayerNoShift{"passes.shift-integer", "%1: its multiplier is no power of two: %2"};
inline constexpr Message kBiasesCut{
    "passes.bias-bits", "%1: %2 of %3 biases were cut to %4 bits: weights coarse enough to make room would cost more"};
inline constexpr Message kKeptBias{"passes.kept-bias-bits",
                                   "%1: %2 of %3 biases have more than %4 bits: its weights are kept as they are"};

} // namespace requant
