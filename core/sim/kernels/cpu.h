// SPDX-License-Identifier: GPL-3.0-or-later
// Which instructions the fast paths may use. All levels give the same bytes.
#pragma once

#include <string_view>

namespace requant {

enum class SimdLevel {
    Scalar,
    Avx2,
    Avx512,     // F, BW, VL, DQ
    Avx512Vnni, // and VNNI
    Amx         // and AMX-INT8, which the kernel has granted to this process
};

// The best level of this processor, unless REQUANT_SIMD (scalar, avx2, avx512, vnni, amx) or setSimdLevel() asks for less.
SimdLevel simdLevel();
// For tests; never raises above what the processor has. Affects kernels prepared afterwards.
void setSimdLevel(SimdLevel);
std::string_view simdLevelName(SimdLevel);

} // namespace requant
