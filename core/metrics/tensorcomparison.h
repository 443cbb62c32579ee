// SPDX-License-Identifier: GPL-3.0-or-later
// A tensor of the source and its counterpart in the converted network: prepared once, then used for many samples and by
// several threads.
#pragma once

#include "core/metrics/accumulator.h"
#include "core/metrics/pairs.h"
#include "core/metrics/values.h"

#include <span>
#include <vector>

namespace requant {

struct ComparisonScratch
{
    std::vector<double> x, y;
    PairScratch pairs;
};

class TensorComparison
{
public:
    // The grid is what the converted tensor's integers really mean. Channels are the last dimension.
    TensorComparison(const Tensor &source, const Tensor &converted, const EffectiveGrid &);
    // The errors of one sample; stays empty where the values cannot be compared. 8-bit tensors are compared as integers, in
    // the order of their values; others element by element.
    ErrorAccumulator compare(std::span<const std::byte> source, std::span<const std::byte> converted, ComparisonScratch &) const;
    // Real values of both; false where they are not as many.
    bool read(std::span<const std::byte> source, std::span<const std::byte> converted, ComparisonScratch &) const;
    const ValueReader &sourceReader() const { return m_source; }
    const ValueReader &convertedReader() const { return m_converted; }

private:
    ValueReader m_source, m_converted;
    ChannelLayout m_layout;
};

// What a tensor of the converted network holds when it gets the source's value.
class TensorFeed
{
public:
    TensorFeed() = default; // impossible
    TensorFeed(const Tensor &source, const Tensor &converted, const EffectiveGrid &);
    bool possible() const { return m_how != How::Not; }
    // The fed bytes: `source` itself or what is put into `out`; empty if the values cannot be fed.
    std::span<const std::byte> feed(std::span<const std::byte> source, std::vector<std::byte> &out, std::vector<double> &scratch) const;

private:
    enum class How : std::uint8_t { Not, Copy, Table, Values };
    How m_how = How::Not;
    Tensor m_target; // of Values
    ValueReader m_reader{Tensor()};
    EffectiveGrid m_grid;
    std::size_t m_width = 0;           // bytes of a target element
    std::vector<std::byte> m_table;    // of Table: the target element for every source byte
};

} // namespace requant
