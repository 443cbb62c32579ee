// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sim/kernels/bilinear.h"

#include <cstring>
#include <type_traits>

#if defined(__x86_64__) && defined(__GNUC__)
#define REQUANT_X86 1
#include <immintrin.h>
#define REQUANT_TARGET(x) __attribute__((target(x)))
#endif
#define REQUANT_INLINE inline __attribute__((always_inline))

namespace requant {
namespace {

template <class T>
REQUANT_INLINE void mixLoop(const T *first, const T *second, const Tap &tap, std::size_t n, std::int32_t *mixed)
{
    const std::int32_t w0 = tap.weight0, w1 = tap.weight1;
    for (std::size_t i = 0; i < n; ++i)
        mixed[i] = first[i] * w0 + second[i] * w1;
}

template <class T>
REQUANT_INLINE void scaleLoop(const T *first, const T *second, const Tap &tap, std::size_t n, float *scaled0, float *scaled1)
{
    const float w0 = tap.real0, w1 = tap.real1;
    for (std::size_t i = 0; i < n; ++i) {
        scaled0[i] = static_cast<float>(first[i]) * w0;
        scaled1[i] = static_cast<float>(second[i]) * w1;
    }
}

template <class T>
void mixPixels(const std::int32_t *mixed, std::span<const Tap> taps, std::size_t channels, int shift, FixedRounding rounding, T *out)
{
    // 16-bit values times both weights need more than 32 bits.
    using Sum = std::conditional_t<sizeof(T) == 1, std::int32_t, std::int64_t>;
    for (const Tap &tap : taps) {
        const std::int32_t *a = mixed + tap.first * channels, *b = mixed + tap.second * channels;
        for (std::size_t c = 0; c < channels; ++c) {
            const Sum sum = static_cast<Sum>(a[c]) * tap.weight0 + static_cast<Sum>(b[c]) * tap.weight1;
            *out++ = static_cast<T>(roundingShiftRight(sum, shift, rounding));
        }
    }
}

template <class T>
void sumPixels(const float *scaled0, const float *scaled1, std::span<const Tap> taps, std::size_t channels, T *out)
{
    for (const Tap &tap : taps) {
        const std::size_t a = tap.first * channels, b = tap.second * channels;
        for (std::size_t c = 0; c < channels; ++c) {
            const float sum = scaled0[a + c] * tap.real0 + scaled1[a + c] * tap.real0 + scaled0[b + c] * tap.real1 + scaled1[b + c] * tap.real1;
            *out++ = static_cast<T>(std::is_integral_v<T> ? sum + 0.5f : sum);
        }
    }
}

#ifdef REQUANT_X86
template <class T>
REQUANT_TARGET("avx2") void mixAvx2(const T *first, const T *second, const Tap &tap, std::size_t n, std::int32_t *mixed)
{
    mixLoop(first, second, tap, n, mixed);
}

template <class T>
REQUANT_TARGET("avx2") void scaleAvx2(const T *first, const T *second, const Tap &tap, std::size_t n, float *scaled0, float *scaled1)
{
    scaleLoop(first, second, tap, n, scaled0, scaled1);
}

// The low 8 bits of 8 values that are in T's range.
template <class T>
REQUANT_TARGET("avx2") REQUANT_INLINE __m128i narrow(__m256i v)
{
    const __m128i words = _mm_packs_epi32(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1));
    return std::is_signed_v<T> ? _mm_packs_epi16(words, words) : _mm_packus_epi16(words, words);
}

// Pixels of 8 channels at a time. The last block of a pixel overlaps its neighbour in memory: of fewer than 8 channels it
// writes into the next pixel, which comes later, and at the end of the row into a buffer.
template <class T, class Block>
REQUANT_TARGET("avx2") REQUANT_INLINE void forBlocks(std::span<const Tap> taps, std::size_t channels, T *out, Block &&block)
{
    constexpr std::size_t kLanes = 8;
    const std::size_t total = taps.size() * channels;
    for (std::size_t x = 0; x < taps.size(); ++x) {
        const Tap &tap = taps[x];
        const std::size_t at = x * channels;
        for (std::size_t c = 0; c < channels; c += kLanes) {
            if (c + kLanes > channels && channels >= kLanes)
                c = channels - kLanes;
            const __m128i values = block(tap, c);
            if (at + c + kLanes <= total) {
                _mm_storel_epi64(reinterpret_cast<__m128i *>(out + at + c), values);
            } else {
                T buffer[2 * kLanes];
                _mm_storel_epi64(reinterpret_cast<__m128i *>(buffer), values);
                std::memcpy(out + at + c, buffer, total - at - c);
            }
        }
    }
}

template <class T, bool Away>
REQUANT_TARGET("avx2") void mixPixelsAvx2(const std::int32_t *mixed, std::span<const Tap> taps, std::size_t channels, int shift, T *out)
{
    const __m256i half = _mm256_set1_epi32(1 << (shift - 1));
    const __m128i count = _mm_cvtsi32_si128(shift);
    forBlocks(taps, channels, out, [&](const Tap &tap, std::size_t c) REQUANT_TARGET("avx2") {
        const __m256i a = _mm256_loadu_si256(reinterpret_cast<const __m256i *>(mixed + tap.first * channels + c));
        const __m256i b = _mm256_loadu_si256(reinterpret_cast<const __m256i *>(mixed + tap.second * channels + c));
        __m256i sum = _mm256_add_epi32(_mm256_mullo_epi32(a, _mm256_set1_epi32(tap.weight0)), _mm256_mullo_epi32(b, _mm256_set1_epi32(tap.weight1)));
        if (Away) // half away from zero: one less before the floor where the sum is negative
            sum = _mm256_add_epi32(sum, _mm256_srai_epi32(sum, 31));
        return narrow<T>(_mm256_sra_epi32(_mm256_add_epi32(sum, half), count));
    });
}

template <class T>
REQUANT_TARGET("avx2") void sumPixelsAvx2(const float *scaled0, const float *scaled1, std::span<const Tap> taps, std::size_t channels, T *out)
{
    forBlocks(taps, channels, out, [&](const Tap &tap, std::size_t c) REQUANT_TARGET("avx2") {
        const std::size_t a = tap.first * channels + c, b = tap.second * channels + c;
        const __m256 w0 = _mm256_set1_ps(tap.real0), w1 = _mm256_set1_ps(tap.real1);
        __m256 sum = _mm256_add_ps(_mm256_mul_ps(_mm256_loadu_ps(scaled0 + a), w0), _mm256_mul_ps(_mm256_loadu_ps(scaled1 + a), w0));
        sum = _mm256_add_ps(sum, _mm256_mul_ps(_mm256_loadu_ps(scaled0 + b), w1));
        sum = _mm256_add_ps(sum, _mm256_mul_ps(_mm256_loadu_ps(scaled1 + b), w1));
        return narrow<T>(_mm256_cvttps_epi32(_mm256_add_ps(sum, _mm256_set1_ps(0.5f))));
    });
}
#endif

} // namespace

template <class T>
void mixRows([[maybe_unused]] SimdLevel simd, const T *first, const T *second, const Tap &tap, std::size_t n, std::int32_t *mixed)
{
#ifdef REQUANT_X86
    if (simd >= SimdLevel::Avx2)
        return mixAvx2(first, second, tap, n, mixed);
#endif
    mixLoop(first, second, tap, n, mixed);
}

template <class T>
void scaleRows([[maybe_unused]] SimdLevel simd, const T *first, const T *second, const Tap &tap, std::size_t n, float *scaled0, float *scaled1)
{
#ifdef REQUANT_X86
    if (simd >= SimdLevel::Avx2)
        return scaleAvx2(first, second, tap, n, scaled0, scaled1);
#endif
    scaleLoop(first, second, tap, n, scaled0, scaled1);
}

template <class T>
void mixColumns([[maybe_unused]] SimdLevel simd, const std::int32_t *mixed, std::span<const Tap> taps, std::size_t channels, int shift,
                FixedRounding rounding, T *out)
{
#ifdef REQUANT_X86
    if constexpr (sizeof(T) == 1) {
        if (simd >= SimdLevel::Avx2 && rounding == FixedRounding::HalfUp)
            return mixPixelsAvx2<T, false>(mixed, taps, channels, shift, out);
        if (simd >= SimdLevel::Avx2 && (rounding == FixedRounding::Double || rounding == FixedRounding::HalfAway))
            return mixPixelsAvx2<T, true>(mixed, taps, channels, shift, out);
    }
#endif
    mixPixels(mixed, taps, channels, shift, rounding, out);
}

template <class T>
void sumColumns([[maybe_unused]] SimdLevel simd, const float *scaled0, const float *scaled1, std::span<const Tap> taps, std::size_t channels, T *out)
{
#ifdef REQUANT_X86
    if constexpr (sizeof(T) == 1) {
        if (simd >= SimdLevel::Avx2)
            return sumPixelsAvx2(scaled0, scaled1, taps, channels, out);
    }
#endif
    sumPixels(scaled0, scaled1, taps, channels, out);
}

void mixFloats(const float *first, const float *second, const Tap &row, std::span<const Tap> columns, std::size_t channels, float *out)
{
    for (const Tap &tap : columns) {
        const std::size_t a = tap.first * channels, b = tap.second * channels;
        for (std::size_t c = 0; c < channels; ++c) {
            const float top = first[a + c] + (first[b + c] - first[a + c]) * tap.real1;
            const float bottom = second[a + c] + (second[b + c] - second[a + c]) * tap.real1;
            *out++ = top + (bottom - top) * row.real1;
        }
    }
}

template void mixRows(SimdLevel, const std::uint8_t *, const std::uint8_t *, const Tap &, std::size_t, std::int32_t *);
template void mixRows(SimdLevel, const std::int8_t *, const std::int8_t *, const Tap &, std::size_t, std::int32_t *);
template void mixRows(SimdLevel, const std::int16_t *, const std::int16_t *, const Tap &, std::size_t, std::int32_t *);
template void scaleRows(SimdLevel, const std::uint8_t *, const std::uint8_t *, const Tap &, std::size_t, float *, float *);
template void scaleRows(SimdLevel, const float *, const float *, const Tap &, std::size_t, float *, float *);
template void mixColumns(SimdLevel, const std::int32_t *, std::span<const Tap>, std::size_t, int, FixedRounding, std::uint8_t *);
template void mixColumns(SimdLevel, const std::int32_t *, std::span<const Tap>, std::size_t, int, FixedRounding, std::int8_t *);
template void mixColumns(SimdLevel, const std::int32_t *, std::span<const Tap>, std::size_t, int, FixedRounding, std::int16_t *);
template void sumColumns(SimdLevel, const float *, const float *, std::span<const Tap>, std::size_t, std::uint8_t *);
template void sumColumns(SimdLevel, const float *, const float *, std::span<const Tap>, std::size_t, float *);

} // namespace requant
