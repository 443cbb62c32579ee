// SPDX-License-Identifier: GPL-3.0-or-later
// A distinct index type per kind of thing, so that a tensor number cannot be passed for an operator number.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>

namespace requant {

template <class Tag>
struct Index
{
    static constexpr std::int32_t kNone = -1;
    std::int32_t value = kNone;

    constexpr Index() = default;
    constexpr explicit Index(std::int32_t v) : value(v) {}
    constexpr explicit Index(std::size_t v) : value(static_cast<std::int32_t>(v)) {}
    constexpr explicit operator bool() const noexcept { return value >= 0; }
    // Position in a vector; only for a valid index.
    constexpr std::size_t pos() const noexcept { return static_cast<std::size_t>(value); }
    friend constexpr auto operator<=>(Index, Index) = default;
};

using TensorIndex = Index<struct TensorTag>;
using OperatorIndex = Index<struct OperatorTag>;
using BufferIndex = Index<struct BufferTag>;
using SubgraphIndex = Index<struct SubgraphTag>;

struct TensorRef
{
    SubgraphIndex subgraph;
    TensorIndex tensor;
    friend constexpr auto operator<=>(const TensorRef &, const TensorRef &) = default;
};

struct OperatorRef
{
    SubgraphIndex subgraph;
    OperatorIndex op;
    friend constexpr auto operator<=>(const OperatorRef &, const OperatorRef &) = default;
};

} // namespace requant

template <class Tag>
struct std::hash<requant::Index<Tag>>
{
    std::size_t operator()(requant::Index<Tag> i) const noexcept { return std::hash<std::int32_t>{}(i.value); }
};
