// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sim/kernels/weightcache.h"

namespace requant {

WeightCache &WeightCache::shared()
{
    static WeightCache cache;
    return cache;
}

WeightCache::Key WeightCache::keyOf(const KernelSetup &s, std::size_t input, std::vector<std::int64_t> form)
{
    const Tensor &t = s.input(input);
    const auto data = s.constant(input);
    form.push_back(static_cast<std::int64_t>(t.type));
    form.insert(form.end(), t.shape.begin(), t.shape.end());
    form.push_back(-1); // ends the shape
    form.insert(form.end(), t.quant.zeroPoint.begin(), t.quant.zeroPoint.end());
    return {data.data(), data.size(), std::move(form)};
}

std::shared_ptr<const void> WeightCache::find(const Key &key)
{
    const std::scoped_lock lock(m_mutex);
    const auto found = m_entries.find(key);
    return found == m_entries.end() ? nullptr : found->second.lock();
}

std::shared_ptr<const void> WeightCache::insert(const Key &key, std::shared_ptr<const void> made)
{
    const std::scoped_lock lock(m_mutex);
    ++m_packings;
    std::erase_if(m_entries, [](const auto &entry) { return entry.second.expired(); });
    std::weak_ptr<const void> &entry = m_entries[key];
    if (auto other = entry.lock())
        return other;
    entry = made;
    return made;
}

std::size_t WeightCache::size()
{
    const std::scoped_lock lock(m_mutex);
    std::erase_if(m_entries, [](const auto &entry) { return entry.second.expired(); });
    return m_entries.size();
}

} // namespace requant
