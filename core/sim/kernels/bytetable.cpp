// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sim/kernels/bytetable.h"

#if defined(__x86_64__) && defined(__GNUC__)
#define REQUANT_X86 1
#include <immintrin.h>
#endif

namespace requant {
namespace {

#ifdef REQUANT_X86
bool hasBytePermutes()
{
    static const bool has = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vbmi");
    return has;
}

// The table in four registers: two permutations of 128 entries, the highest bit chooses.
__attribute__((target("avx512f,avx512bw,avx512vbmi"))) void mapBytes512(const std::uint8_t *table, const std::uint8_t *from, std::size_t n, std::uint8_t *to)
{
    const __m512i t0 = _mm512_loadu_si512(table), t1 = _mm512_loadu_si512(table + 64), t2 = _mm512_loadu_si512(table + 128), t3 = _mm512_loadu_si512(table + 192);
    for (std::size_t i = 0; i < n; i += 64) {
        const __mmask64 mask = n - i >= 64 ? ~__mmask64{0} : (__mmask64{1} << (n - i)) - 1;
        const __m512i x = _mm512_maskz_loadu_epi8(mask, from + i);
        const __m512i low = _mm512_permutex2var_epi8(t0, x, t1), high = _mm512_permutex2var_epi8(t2, x, t3);
        _mm512_mask_storeu_epi8(to + i, mask, _mm512_mask_mov_epi8(low, _mm512_movepi8_mask(x), high));
    }
}
#endif

} // namespace

void mapBytes(SimdLevel level, const std::uint8_t *table, const std::uint8_t *from, std::size_t n, std::uint8_t *to)
{
#ifdef REQUANT_X86
    if (level >= SimdLevel::Avx512 && hasBytePermutes())
        return mapBytes512(table, from, n, to);
#endif
    (void)level;
    for (std::size_t i = 0; i < n; ++i)
        to[i] = table[from[i]];
}

} // namespace requant
