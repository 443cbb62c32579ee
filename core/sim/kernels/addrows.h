// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/sim/kernels/cpu.h"
#include "core/sim/kernels/elementwise.h"

#include <cstddef>
#include <cstdint>

namespace requant {

// out[i] = p.apply(a[i], b[i]).
void addRows(SimdLevel, const AddXnnpack &p, const std::uint8_t *a, const std::uint8_t *b, std::size_t n, std::uint8_t *out);
void addRows(SimdLevel, const AddXnnpack &p, const std::int8_t *a, const std::int8_t *b, std::size_t n, std::int8_t *out);

// sums[i] = one[a[i]] + other[b[i]], wrapping.
void addFromTables(SimdLevel, const std::int32_t *one, const std::int32_t *other, const std::uint8_t *a, const std::uint8_t *b, std::size_t n,
                   std::int32_t *sums);

} // namespace requant
