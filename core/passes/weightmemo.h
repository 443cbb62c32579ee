// SPDX-License-Identifier: GPL-3.0-or-later
// Weights that were quantized before: a conversion whose recipe differs in one layer takes those of the others from here. A
// key holds every value that quantizeWeights() is given, so what is found is what would have been computed. Safe to use from
// several threads.
#pragma once

#include "core/passes/weights.h"

#include <cstring>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <type_traits>
#include <unordered_map>
#include <vector>

namespace requant {

class MemoKey
{
public:
    template <class T>
    MemoKey &operator<<(const T &v)
        requires(std::is_arithmetic_v<T> || std::is_enum_v<T> || std::is_pointer_v<T>)
    {
        m_bytes.append(reinterpret_cast<const char *>(&v), sizeof v);
        return *this;
    }
    template <class T>
    MemoKey &operator<<(const std::vector<T> &v)
    {
        *this << v.size();
        m_bytes.append(reinterpret_cast<const char *>(v.data()), v.size() * sizeof(T));
        return *this;
    }
    template <class T>
    MemoKey &operator<<(const std::optional<T> &v)
    {
        return v ? *this << true << *v : *this << false;
    }
    const std::string &bytes() const { return m_bytes; }

private:
    std::string m_bytes;
};

class WeightMemo
{
public:
    static constexpr std::size_t kBudget = std::size_t{64} << 20;
    explicit WeightMemo(std::size_t budget = kBudget) : m_budget(budget) {}

    std::optional<QuantizedWeights> find(const std::string &key);
    // Those not asked for the longest make room.
    void keep(const std::string &key, const QuantizedWeights &);
    std::size_t bytes() const;

private:
    struct Entry
    {
        std::string key;
        QuantizedWeights rest;           // without values
        std::vector<std::int16_t> values; // weights have at most 16 bits
        std::size_t bytes() const;
    };
    using Entries = std::list<Entry>; // the last one used first
    mutable std::mutex m_mutex;
    std::size_t m_budget, m_bytes = 0;
    Entries m_entries;
    std::unordered_map<std::string, Entries::iterator> m_at;
};

} // namespace requant
