// SPDX-License-Identifier: GPL-3.0-or-later
// Overflows and clipped biases of a measured network as findings: they are never silent.
#pragma once

#include "core/base/diagnostic.h"
#include "core/metrics/errors.h"

#include <string>

namespace requant {

// A warning for each operator without kernel, each layer whose accumulators overflowed and each whose biases do not fit (a note
// where they are rounded to a scale of their own), at the source's operator.
Diagnostics eventDiagnostics(const ErrorReport &);

std::string numericsText(const Numerics &); // "shift-half-up, accumulators of 24 bits, saturating, biases of 20 bits"
std::string accumulatorText(const AccumulatorModel &); // "24 bits, saturating"; "the runtime's own width, wrapping"
std::string biasRuleText(const AccumulatorModel &);    // what happens to a bias that does not fit: "saturated"

inline constexpr Message kAccumulatorOverflow{"metrics.accumulator-overflow", "%1 of %2 sums of %3 left their accumulator (%4)"};
inline constexpr Message kBiasClipped{"metrics.bias-clipped", "%1 of the biases of %2 do not fit %3 bits and were %4"};

} // namespace requant
