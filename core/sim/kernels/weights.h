// SPDX-License-Identifier: GPL-3.0-or-later
// What operators with weights share beside conv.*: weights as integers, the output stage of one value at a time, counting.
#pragma once

#include "core/sim/kernels/kernel.h"
#include "core/sim/kernels/outputstage.h"

#include <atomic>
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

// TFLite's form for 64-bit accumulators is defined for factors less than 2^7.
bool factorsFitWideAccumulators(const OutputStage &);

struct Tally
{
    std::uint64_t outputs = 0, saturated = 0;
};

// An output stage that counts what the ends of the storage type clip; what the fused activation clips is no saturation.
class Finish
{
public:
    Finish() = default;
    Finish(const OutputStage &, Activation, const Tensor &out);
    template <class T, class Acc>
    T store(Acc acc, std::size_t channel, Tally &tally) const
    {
        const std::int32_t v = m_open.apply(acc, channel);
        ++tally.outputs;
        tally.saturated += v < m_low || v > m_high;
        return static_cast<T>(v < m_min ? m_min : v > m_max ? m_max : v);
    }
    // Adds to the counters of the operator that runs, if it counts; threads may do so at once.
    static void count(const KernelRun &, const Tally &);

private:
    OutputStage m_open; // clips far outside of the storage type
    std::int32_t m_min = 0, m_max = 0, m_low = 0, m_high = 0;
};

} // namespace requant
