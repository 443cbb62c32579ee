// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/sim/kernels/cpu.h"

#include <cstddef>
#include <cstdint>

namespace requant {

// ++histogram[values[i]] for n values. `frequent` is a guess at the most frequent one; a good guess saves time.
void addHistogram(SimdLevel, const std::uint8_t *values, std::size_t n, std::uint8_t frequent, std::uint64_t *histogram);

} // namespace requant
