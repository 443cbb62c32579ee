// SPDX-License-Identifier: GPL-3.0-or-later
// What the activations of a network are like on samples, streamed: no run is kept.
#pragma once

#include "core/base/result.h"
#include "core/base/runcontrol.h"
#include "core/model/model.h"
#include "core/sim/samples.h"
#include "core/sim/simulator.h"

#include <map>
#include <memory>
#include <vector>

namespace requant {

// All values are integers q of the tensor's own grid (zero point not removed). Channels run along the last dimension.
struct TensorStatistics
{
    std::uint64_t count = 0;            // elements seen
    std::int64_t min = 0, max = 0;
    std::vector<double> mean;           // per channel: E[q]
    std::vector<double> meanSquare;     // per channel: E[q^2]
    std::vector<std::int64_t> channelMin, channelMax;
    std::vector<std::uint64_t> histogram; // 256 bins over the storage range of 8-bit tensors; empty for others
};

using Statistics = std::map<TensorIndex, TensorStatistics>; // of the main subgraph

// Runs the samples (at most `limit`, 0 = all) on `threads` threads (0 = all cores); same result for any thread count. Tensors
// that a run does not compute (an operator without kernel and what depends on it) have no entry; an error if that leaves inputs only.
Result<Statistics> collectStatistics(std::shared_ptr<const Model>, const SampleSet &, std::size_t limit = 0,
                                     unsigned threads = 0, const RunControl & = {});

} // namespace requant
