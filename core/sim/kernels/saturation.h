// SPDX-License-Identifier: GPL-3.0-or-later
// How a result becomes the output's integer, and which results count as saturated: those that an end of the storage type
// clips. What a fused (or the operator's own) activation clips is no saturation.
#pragma once

#include "core/sim/kernels/kernel.h"

#include <algorithm>
#include <cstdint>
#include <limits>

namespace requant {

struct Clamp
{
    std::int64_t min = 0, max = 0;  // storage and activation
    std::int64_t low = 0, high = 0; // results outside are saturated

    // The function's own bounds in real numbers; infinite: none.
    static Clamp of(const Tensor &output, float lowest, float highest);
    static Clamp of(const Tensor &output, Activation activation = Activation::None);

    // Nothing counts as saturated: the function's own end is the storage's.
    Clamp withoutSaturation() const { return {min, max, std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()}; }

    template <class T>
    T store(std::int64_t v) const { return static_cast<T>(std::clamp(v, min, max)); }
    bool isSaturated(std::int64_t v) const { return v < low || v > high; }
};

// Adds to the counters of the operator that runs; threads may do so at once. Only if r.state.counters.
inline void countResults(const KernelRun &r, std::uint64_t outputs, std::uint64_t saturated)
{
    LayerCounters c;
    c.outputs = outputs;
    c.saturated = saturated;
    r.state.counters->addShared(c);
}

// `fast` where nothing is counted, else `counting`.
inline Kernel countedKernel(Kernel fast, Kernel counting)
{
    return [fast = std::move(fast), counting = std::move(counting)](const KernelRun &r) { (r.state.counters ? counting : fast)(r); };
}

} // namespace requant
