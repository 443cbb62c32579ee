// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/sim/kernels/cpu.h"

#include <cstddef>
#include <cstdint>

namespace requant {

// to[i] = table[from[i]]; the table has 256 entries.
void mapBytes(SimdLevel, const std::uint8_t *table, const std::uint8_t *from, std::size_t n, std::uint8_t *to);

} // namespace requant
