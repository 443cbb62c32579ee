// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sim/kernels/addrows.h"

#if defined(__x86_64__) && defined(__GNUC__)
#define REQUANT_X86 1
#include <immintrin.h>
#define REQUANT_TARGET(x) __attribute__((target(x)))
#endif
#define REQUANT_INLINE inline __attribute__((always_inline))

namespace requant {
namespace {

template <class T>
REQUANT_INLINE void addBody(const AddXnnpack &params, const T *__restrict a, const T *__restrict b, std::size_t n, T *__restrict out)
{
    const AddXnnpack p = params;
    for (std::size_t i = 0; i < n; ++i) {
        std::int32_t v = ((p.bias + a[i] * p.multiplier1 + b[i] * p.multiplier2) >> p.shift) + p.zeroPointOut;
        v = v < p.min ? p.min : v;
        out[i] = static_cast<T>(v > p.max ? p.max : v);
    }
}
#ifdef REQUANT_X86
template <class T>
REQUANT_TARGET("avx2") void addAvx2(const AddXnnpack &p, const T *a, const T *b, std::size_t n, T *out) { addBody(p, a, b, n, out); }

template <class T>
REQUANT_TARGET("avx512f,avx512bw,avx512vl,avx512dq") void add512(const AddXnnpack &p, const T *a, const T *b, std::size_t n, T *out)
{
    const __m512i bias = _mm512_set1_epi32(p.bias), m1 = _mm512_set1_epi32(p.multiplier1), m2 = _mm512_set1_epi32(p.multiplier2);
    const __m512i zero = _mm512_set1_epi32(p.zeroPointOut), low = _mm512_set1_epi32(p.min), high = _mm512_set1_epi32(p.max);
    const __m128i shift = _mm_cvtsi32_si128(p.shift);
    for (std::size_t i = 0; i < n; i += 16) {
        const __mmask16 mask = n - i >= 16 ? __mmask16{0xFFFF} : static_cast<__mmask16>((1u << (n - i)) - 1);
        const __m128i xb = _mm_maskz_loadu_epi8(mask, a + i), yb = _mm_maskz_loadu_epi8(mask, b + i);
        __m512i x, y;
        if constexpr (std::is_signed_v<T>) {
            x = _mm512_cvtepi8_epi32(xb);
            y = _mm512_cvtepi8_epi32(yb);
        } else {
            x = _mm512_cvtepu8_epi32(xb);
            y = _mm512_cvtepu8_epi32(yb);
        }
        const __m512i sum = _mm512_add_epi32(_mm512_add_epi32(bias, _mm512_mullo_epi32(x, m1)), _mm512_mullo_epi32(y, m2));
        const __m512i v = _mm512_min_epi32(_mm512_max_epi32(_mm512_add_epi32(_mm512_sra_epi32(sum, shift), zero), low), high);
        _mm_mask_storeu_epi8(out + i, mask, _mm512_cvtepi32_epi8(v));
    }
}

REQUANT_TARGET("avx512f,avx512bw,avx512vl,avx512dq")
void tables512(const std::int32_t *one, const std::int32_t *other, const std::uint8_t *a, const std::uint8_t *b, std::size_t n, std::int32_t *sums)
{
    for (std::size_t i = 0; i < n; i += 16) {
        const __mmask16 mask = n - i >= 16 ? __mmask16{0xFFFF} : static_cast<__mmask16>((1u << (n - i)) - 1);
        const __m512i x = _mm512_cvtepu8_epi32(_mm_maskz_loadu_epi8(mask, a + i)), y = _mm512_cvtepu8_epi32(_mm_maskz_loadu_epi8(mask, b + i));
        _mm512_mask_storeu_epi32(sums + i, mask, _mm512_add_epi32(_mm512_i32gather_epi32(x, one, 4), _mm512_i32gather_epi32(y, other, 4)));
    }
}
#endif

template <class T>
void addTyped(SimdLevel level, const AddXnnpack &p, const T *a, const T *b, std::size_t n, T *out)
{
#ifdef REQUANT_X86
    if (level >= SimdLevel::Avx512)
        return add512(p, a, b, n, out);
    if (level >= SimdLevel::Avx2)
        return addAvx2(p, a, b, n, out);
#endif
    (void)level;
    addBody(p, a, b, n, out);
}

} // namespace

void addRows(SimdLevel level, const AddXnnpack &p, const std::uint8_t *a, const std::uint8_t *b, std::size_t n, std::uint8_t *out)
{
    addTyped(level, p, a, b, n, out);
}
void addRows(SimdLevel level, const AddXnnpack &p, const std::int8_t *a, const std::int8_t *b, std::size_t n, std::int8_t *out)
{
    addTyped(level, p, a, b, n, out);
}

void addFromTables(SimdLevel level, const std::int32_t *one, const std::int32_t *other, const std::uint8_t *a, const std::uint8_t *b, std::size_t n,
                   std::int32_t *sums)
{
#ifdef REQUANT_X86
    if (level >= SimdLevel::Avx512)
        return tables512(one, other, a, b, n, sums);
#endif
    (void)level;
    for (std::size_t i = 0; i < n; ++i)
        sums[i] = static_cast<std::int32_t>(static_cast<std::uint32_t>(one[a[i]]) + static_cast<std::uint32_t>(other[b[i]]));
}

} // namespace requant
