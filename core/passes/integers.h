// SPDX-License-Identifier: GPL-3.0-or-later
// Constant integers <-> bytes of a buffer.
#pragma once

#include "core/model/elementtype.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace requant {

// Values are taken modulo the type's width; int4 is packed, low bits first.
std::vector<std::byte> packIntegers(const std::vector<std::int64_t> &values, ElementType);
// n elements of int4, int8, uint8, int16, int32 or int64; missing bytes and other types give zeros.
std::vector<std::int64_t> unpackIntegers(std::span<const std::byte>, ElementType, std::size_t n);

} // namespace requant
