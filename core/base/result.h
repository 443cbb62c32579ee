// SPDX-License-Identifier: GPL-3.0-or-later
// A value or one fatal diagnostic: C++20 stand-in for std::expected<T, Error> with the same member names.
#pragma once

#include "core/base/diagnostic.h"

#include <cassert>
#include <utility>
#include <variant>

namespace requant {

template <class T>
class [[nodiscard]] Result
{
public:
    using value_type = T;

    Result(T value) : m_state(std::in_place_index<0>, std::move(value)) {}
    Result(Error error) : m_state(std::in_place_index<1>, std::move(error)) {}

    bool has_value() const noexcept { return m_state.index() == 0; }
    explicit operator bool() const noexcept { return has_value(); }
    T &value() & { assert(has_value()); return *std::get_if<0>(&m_state); }
    const T &value() const & { assert(has_value()); return *std::get_if<0>(&m_state); }
    T &&value() && { assert(has_value()); return std::move(*std::get_if<0>(&m_state)); }
    T &operator*() & { return value(); }
    const T &operator*() const & { return value(); }
    T &&operator*() && { return std::move(*this).value(); }
    T *operator->() { return &value(); }
    const T *operator->() const { return &value(); }
    const Error &error() const { assert(!has_value()); return *std::get_if<1>(&m_state); }
    Error &error() { assert(!has_value()); return *std::get_if<1>(&m_state); }

private:
    std::variant<T, Error> m_state;
};

// For functions that succeed without a value.
using Status = Result<std::monostate>;
inline Status success() { return Status(std::monostate{}); }

} // namespace requant
