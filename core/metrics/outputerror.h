// SPDX-License-Identifier: GPL-3.0-or-later
// What conversions of one source are worth at the end: the signal to quantization noise ratio of their logits
// (logits.h).
#pragma once

#include "core/metrics/errors.h"

#include <span>
#include <vector>

namespace requant {

// In dB, by conversion, over `count` samples spread over the set (0: all); +infinity where nothing differs. All of one
// source; errors where the source or a conversion cannot be run, or their logits cannot be compared.
Result<std::vector<double>> outputSqnrDb(std::span<const ComparedModels>, const SampleSet &, std::size_t count,
                                         const Numerics &, const RunControl & = {});

} // namespace requant
