// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/metrics/tensorcomparison.h"

#include <cstring>
#include <limits>

namespace requant {
namespace {

// Below, a walk through all pairs of values costs more than one through the elements.
constexpr std::size_t kLeastForPairs = 4096;

template <class T>
void mapBytes(std::span<const std::byte> from, std::span<const std::byte> table, std::vector<std::byte> &out)
{
    T map[256];
    std::memcpy(map, table.data(), sizeof map);
    out.resize(from.size() * sizeof(T));
    for (std::size_t i = 0; i < from.size(); ++i)
        std::memcpy(out.data() + i * sizeof(T), &map[static_cast<std::size_t>(from[i])], sizeof(T));
}

} // namespace

TensorComparison::TensorComparison(const Tensor &source, const Tensor &converted, const EffectiveGrid &grid)
    : m_source(source), m_converted(converted, grid), m_layout(ChannelLayout::along(source.shape, -1))
{
}

bool TensorComparison::read(std::span<const std::byte> source, std::span<const std::byte> converted, ComparisonScratch &scratch) const
{
    m_source.read(source, scratch.x);
    m_converted.read(converted, scratch.y);
    return !scratch.x.empty() && scratch.x.size() == scratch.y.size();
}

ErrorAccumulator TensorComparison::compare(std::span<const std::byte> source, std::span<const std::byte> converted,
                                           ComparisonScratch &scratch) const
{
    const std::size_t n = source.size();
    const bool bytes = !m_source.table().empty() && !m_converted.table().empty() && m_layout.inner == 1;
    if (bytes && n == converted.size() && n >= kLeastForPairs && n <= std::numeric_limits<std::uint32_t>::max() && n % m_layout.channels == 0) {
        ErrorAccumulator sums(m_layout);
        sums.addBytes(source, converted, m_source, m_converted, scratch.pairs);
        return sums;
    }
    if (!read(source, converted, scratch))
        return {};
    ErrorAccumulator sums(m_layout);
    sums.add(scratch.x, scratch.y, m_source, m_converted);
    return sums;
}

TensorFeed::TensorFeed(const Tensor &source, const Tensor &converted, const EffectiveGrid &grid) : m_grid(grid)
{
    if (source.type == converted.type && source.quant.sameGrid(converted.quant) && grid.isTrue()) {
        m_how = How::Copy;
        return;
    }
    if (!hasRealValues(source) || !hasRealValues(converted))
        return;
    m_how = How::Values;
    m_target = converted;
    m_reader = ValueReader(source);
    if (m_reader.table().empty() || converted.quant.isPerChannel() || !grid.factors.empty())
        return;
    m_table = quantizeReals(m_reader.table(), converted, grid);
    m_width = m_table.size() / 256;
    if (m_table.size() % 256 == 0 && (m_width == 1 || m_width == 2 || m_width == 4))
        m_how = How::Table;
}

std::span<const std::byte> TensorFeed::feed(std::span<const std::byte> source, std::vector<std::byte> &out, std::vector<double> &scratch) const
{
    switch (m_how) {
    case How::Not: return {};
    case How::Copy: return source;
    case How::Table:
        if (m_width == 1)
            mapBytes<std::uint8_t>(source, m_table, out);
        else if (m_width == 2)
            mapBytes<std::uint16_t>(source, m_table, out);
        else
            mapBytes<std::uint32_t>(source, m_table, out);
        return out;
    case How::Values:
        m_reader.read(source, scratch);
        out = quantizeReals(scratch, m_target, m_grid);
        return out;
    }
    return {};
}

} // namespace requant
