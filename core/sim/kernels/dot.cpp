// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sim/kernels/dot.h"

#if defined(__x86_64__) && defined(__GNUC__)
#define REQUANT_X86 1
#include <immintrin.h>
#define REQUANT_TARGET(x) __attribute__((target(x)))
#endif

namespace requant {
namespace {

std::int32_t dotScalar(const std::int16_t *a, const std::int16_t *b, std::size_t n)
{
    std::uint32_t sum = 0;
    for (std::size_t i = 0; i < n; ++i)
        sum += static_cast<std::uint32_t>(std::int32_t{a[i]} * b[i]);
    return static_cast<std::int32_t>(sum);
}

#ifdef REQUANT_X86
REQUANT_TARGET("avx2") std::int32_t dotAvx2(const std::int16_t *a, const std::int16_t *b, std::size_t n)
{
    __m256i sum = _mm256_setzero_si256();
    std::size_t i = 0;
    for (; i + 16 <= n; i += 16)
        sum = _mm256_add_epi32(sum, _mm256_madd_epi16(_mm256_loadu_si256(reinterpret_cast<const __m256i *>(a + i)),
                                                      _mm256_loadu_si256(reinterpret_cast<const __m256i *>(b + i))));
    __m128i four = _mm_add_epi32(_mm256_castsi256_si128(sum), _mm256_extracti128_si256(sum, 1));
    four = _mm_add_epi32(four, _mm_shuffle_epi32(four, 0x4E));
    four = _mm_add_epi32(four, _mm_shuffle_epi32(four, 0xB1));
    return static_cast<std::int32_t>(static_cast<std::uint32_t>(_mm_cvtsi128_si32(four)) + static_cast<std::uint32_t>(dotScalar(a + i, b + i, n - i)));
}

REQUANT_TARGET("avx512f,avx512bw,avx512vl,avx512dq") std::int32_t dotAvx512(const std::int16_t *a, const std::int16_t *b, std::size_t n)
{
    __m512i sum = _mm512_setzero_si512();
    for (std::size_t i = 0; i < n; i += 32) {
        const __mmask32 mask = n - i >= 32 ? ~__mmask32{0} : static_cast<__mmask32>((std::uint32_t{1} << (n - i)) - 1);
        sum = _mm512_add_epi32(sum, _mm512_madd_epi16(_mm512_maskz_loadu_epi16(mask, a + i), _mm512_maskz_loadu_epi16(mask, b + i)));
    }
    return _mm512_reduce_add_epi32(sum);
}
#endif

} // namespace

std::int32_t dot(SimdLevel level, const std::int16_t *a, const std::int16_t *b, std::size_t n)
{
#ifdef REQUANT_X86
    if (level >= SimdLevel::Avx512)
        return dotAvx512(a, b, n);
    if (level >= SimdLevel::Avx2)
        return dotAvx2(a, b, n);
#endif
    (void)level;
    return dotScalar(a, b, n);
}

} // namespace requant
