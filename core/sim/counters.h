// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

namespace requant {

// What happened inside an operator on integers, summed over runs.
struct LayerCounters
{
    std::uint64_t outputs = 0;     // elements computed by an operator that counts
    std::uint64_t saturated = 0;   // of these: clipped at an end of the storage type (not by a fused activation)
    std::uint64_t accumulated = 0; // elements with an accumulator
    std::uint64_t overflowed = 0;  // of these: the accumulator left its width at least once
    std::uint64_t clippedBias = 0; // channels whose bias does not fit its width (of the operator, not summed over runs)
    void add(const LayerCounters &o)
    {
        outputs += o.outputs;
        saturated += o.saturated;
        accumulated += o.accumulated;
        overflowed += o.overflowed;
        clippedBias = std::max(clippedBias, o.clippedBias);
    }
    // The same while other threads do so too; not for clippedBias.
    void addShared(const LayerCounters &o)
    {
        const auto sum = [](std::uint64_t &to, std::uint64_t n) { std::atomic_ref(to).fetch_add(n, std::memory_order_relaxed); };
        sum(outputs, o.outputs);
        sum(saturated, o.saturated);
        sum(accumulated, o.accumulated);
        sum(overflowed, o.overflowed);
    }
    friend bool operator==(const LayerCounters &, const LayerCounters &) = default;
};

} // namespace requant
