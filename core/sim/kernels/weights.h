// SPDX-License-Identifier: GPL-3.0-or-later
// What operators with weights share beside conv.*: weights as integers, the output stage of one value at a time, counting.
#pragma once

#include "core/sim/kernels/kernel.h"
#include "core/sim/kernels/outputstage.h"

#include <cstdint>
#include <span>
#include <vector>

namespace requant {

// The stored integers of a uint8, int8, int16 or int4 tensor, without a zero point of any kind taken off; empty for others.
std::vector<std::int16_t> storedWeights(const Tensor &, std::span<const std::byte> data);

// How TFLite multiplies the scales of inputs and weights before it divides by the output's: in float where it has one factor for
// all channels (uint8, FULLY_CONNECTED, BATCH_MATMUL), else in double. XNNPACK's factor is float throughout.
enum class ScaleProduct { Float, Double };
// `channels` is 1 or the number of output channels; weights may have one scale or as many.
OutputStage outputStage(const Tensor &in, const Tensor &weights, const Tensor &out, std::size_t channels, Activation, Rounding, FixedRounding,
                        ScaleProduct);

// TFLite's form for 64-bit accumulators is defined for factors less than 2^7; true if the stage has another form or keeps to that.
bool factorsFitWideAccumulators(const OutputStage &);

// One output and what is counted of it.
template <class T, class Acc>
T finish(const OutputStage &stage, Acc acc, std::size_t channel, LayerCounters &tally)
{
    const std::int64_t v = stage.unclamped(acc, channel);
    ++tally.outputs;
    ++tally.accumulated;
    tally.saturated += stage.isSaturated(v);
    return static_cast<T>(v < stage.min ? stage.min : v > stage.max ? stage.max : v);
}
// Adds to the counters of the operator that runs, if it counts; threads may do so at once.
inline void count(const KernelRun &r, const LayerCounters &tally)
{
    if (r.state.counters)
        r.state.counters->addShared(tally);
}

} // namespace requant
