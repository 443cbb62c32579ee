// SPDX-License-Identifier: GPL-3.0-or-later
// How often source and converted network are right about labelled samples: the label has the largest output (top 1) or
// one of the five largest. Of equal outputs the earlier class counts as the larger, as arg-max takes it.
#pragma once

#include "core/model/arithmetic.h"
#include "core/sim/samplerunner.h"

#include <array>
#include <span>

namespace requant {

struct LabelScore
{
    std::size_t samples = 0;
    std::array<std::size_t, 2> top1{}, top5{}; // [0] the source's, [1] the converted network's
};

// Rank of a class among the outputs, 0 the largest; the number of outputs for a class that there is not.
std::size_t rankOf(std::span<const float> outputs, std::int64_t label);

// At most `limit` samples (0: all), which must have a label each. Refuses networks whose first output is no scores, one
// for each class.
Result<LabelScore> scoreLabels(std::shared_ptr<const Model> source, std::shared_ptr<const Model> converted,
                               const SampleSet &, std::span<const std::int64_t> labels, std::size_t limit,
                               const Numerics &, const RunControl & = {});

inline constexpr Message kNoScores{"labels.no-scores",
                                   "labels need a network that gives one score for each class; this one gives %1"};
inline constexpr Message kLabelCount{"labels.count", "there are %1 labels for %2 samples"};

} // namespace requant
