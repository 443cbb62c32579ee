// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/passes/weightmemo.h"

#include <algorithm>
#include <limits>

namespace requant {

std::size_t WeightMemo::Entry::bytes() const
{
    return sizeof *this + 2 * key.size() + values.size() * sizeof(std::int16_t) + rest.bias.size() * sizeof(std::int64_t)
        + rest.factors.size() * sizeof(double) + rest.params.scale.size() * (sizeof(float) + sizeof(std::int64_t));
}

std::optional<QuantizedWeights> WeightMemo::find(const std::string &key)
{
    const std::lock_guard lock(m_mutex);
    const auto it = m_at.find(key);
    if (it == m_at.end())
        return std::nullopt;
    m_entries.splice(m_entries.begin(), m_entries, it->second);
    QuantizedWeights out = it->second->rest;
    out.values.assign(it->second->values.begin(), it->second->values.end());
    return out;
}

void WeightMemo::keep(const std::string &key, const QuantizedWeights &q)
{
    constexpr std::int64_t kLeast = std::numeric_limits<std::int16_t>::min(), kMost = std::numeric_limits<std::int16_t>::max();
    if (std::any_of(q.values.begin(), q.values.end(), [](std::int64_t v) { return v < kLeast || v > kMost; }))
        return;
    Entry e{key, {}, {}};
    e.rest.params = q.params;
    e.rest.bias = q.bias;
    e.rest.factors = q.factors;
    e.rest.clipped = q.clipped;
    e.rest.biasSaturated = q.biasSaturated;
    e.rest.biasesCut = q.biasesCut;
    e.rest.error = q.error;
    e.rest.nearestError = q.nearestError;
    e.values.reserve(q.values.size());
    for (const std::int64_t v : q.values)
        e.values.push_back(static_cast<std::int16_t>(v));
    const std::lock_guard lock(m_mutex);
    if (m_at.contains(key) || e.bytes() > m_budget)
        return;
    m_bytes += e.bytes();
    m_entries.push_front(std::move(e));
    m_at[key] = m_entries.begin();
    while (m_bytes > m_budget) {
        m_bytes -= m_entries.back().bytes();
        m_at.erase(m_entries.back().key);
        m_entries.pop_back();
    }
}

std::size_t WeightMemo::bytes() const
{
    const std::lock_guard lock(m_mutex);
    return m_bytes;
}

} // namespace requant
