// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sim/kernels/outputstage.h"

#include <bit>

#if defined(__x86_64__) && defined(__GNUC__)
#define REQUANT_X86 1
#include <immintrin.h>
#define REQUANT_TARGET(x) __attribute__((target(x)))
#endif
#define REQUANT_INLINE inline __attribute__((always_inline))

namespace requant {
namespace {

struct RowArgs
{
    const std::int32_t *acc;
    const std::int32_t *multiplier, *left, *right;
    const float *scale;
    std::size_t n;
    std::int32_t zeroPoint, min, max;
};

// Same result as multiplyByQuantizedMultiplier: multipliers are never negative here, so nothing saturates.
template <class T>
REQUANT_INLINE void rowReference(const RowArgs &a, T *out)
{
    for (std::size_t i = 0; i < a.n; ++i) {
        const auto shifted = static_cast<std::int32_t>(static_cast<std::uint32_t>(a.acc[i]) << a.left[i]);
        const auto high = static_cast<std::int32_t>((std::int64_t{shifted} * a.multiplier[i] + (std::int64_t{1} << 30)) >> 31);
        const std::int32_t e = a.right[i];
        const std::int32_t mask = static_cast<std::int32_t>((std::uint32_t{1} << e) - 1u);
        const std::int32_t rest = high & mask;
        const std::int32_t threshold = (mask >> 1) + static_cast<std::int32_t>(static_cast<std::uint32_t>(high) >> 31);
        std::int32_t v = (high >> e) + (rest > threshold ? 1 : 0) + a.zeroPoint;
        v = v < a.min ? a.min : v;
        v = v > a.max ? a.max : v;
        out[i] = static_cast<T>(v);
    }
}

// Rounds by adding 1.5 * 2^23: exact half to even for the clamped range, which is less than 2^17 wide.
template <class T>
REQUANT_INLINE void rowXnnpack(const RowArgs &a, T *out)
{
    const auto low = static_cast<float>(a.min - a.zeroPoint), high = static_cast<float>(a.max - a.zeroPoint);
    for (std::size_t i = 0; i < a.n; ++i) {
        float v = static_cast<float>(a.acc[i]) * a.scale[i];
        v = v < low ? low : v;
        v = v > high ? high : v;
        const float magic = v + 12582912.0f;
        const std::int32_t q = std::bit_cast<std::int32_t>(magic) - 0x4B400000 + a.zeroPoint;
        out[i] = static_cast<T>(q);
    }
}

template <class T>
void scalarReference(const RowArgs &a, T *out) { rowReference(a, out); }
template <class T>
void scalarXnnpack(const RowArgs &a, T *out) { rowXnnpack(a, out); }
#ifdef REQUANT_X86
template <class T>
REQUANT_TARGET("avx2") void avx2Reference(const RowArgs &a, T *out) { rowReference(a, out); }
template <class T>
REQUANT_TARGET("avx2") void avx2Xnnpack(const RowArgs &a, T *out) { rowXnnpack(a, out); }
#define REQUANT_AVX512 "avx512f,avx512bw,avx512vl,avx512dq"

template <class T>
REQUANT_TARGET(REQUANT_AVX512) inline void store512(T *out, __mmask16 mask, __m512i v)
{
    if constexpr (sizeof(T) == 1)
        _mm_mask_storeu_epi8(out, mask, _mm512_cvtepi32_epi8(v));
    else if constexpr (sizeof(T) == 2)
        _mm256_mask_storeu_epi16(out, mask, _mm512_cvtepi32_epi16(v));
    else
        _mm512_mask_storeu_epi32(out, mask, v);
}

template <class T>
REQUANT_TARGET(REQUANT_AVX512) void avx512Reference(const RowArgs &a, T *out)
{
    const __m512i nudge = _mm512_set1_epi64(std::int64_t{1} << 30), one = _mm512_set1_epi32(1);
    const __m512i zero = _mm512_set1_epi32(a.zeroPoint), low = _mm512_set1_epi32(a.min), high = _mm512_set1_epi32(a.max);
    for (std::size_t i = 0; i < a.n; i += 16) {
        const __mmask16 mask = a.n - i >= 16 ? __mmask16{0xFFFF} : static_cast<__mmask16>((1u << (a.n - i)) - 1);
        const __m512i x = _mm512_sllv_epi32(_mm512_maskz_loadu_epi32(mask, a.acc + i), _mm512_maskz_loadu_epi32(mask, a.left + i));
        const __m512i m = _mm512_maskz_loadu_epi32(mask, a.multiplier + i), e = _mm512_maskz_loadu_epi32(mask, a.right + i);
        // Even and odd lanes as 64-bit products; bits 31 to 62 of each are the rounded high halves.
        const __m512i even = _mm512_srli_epi64(_mm512_add_epi64(_mm512_mul_epi32(x, m), nudge), 31);
        const __m512i odd = _mm512_slli_epi64(_mm512_add_epi64(_mm512_mul_epi32(_mm512_srli_epi64(x, 32), _mm512_srli_epi64(m, 32)), nudge), 1);
        const __m512i v = _mm512_mask_blend_epi32(0xAAAA, even, odd);
        const __m512i bits = _mm512_sub_epi32(_mm512_sllv_epi32(one, e), one);
        const __m512i threshold = _mm512_add_epi32(_mm512_srli_epi32(bits, 1), _mm512_srli_epi32(v, 31));
        __m512i q = _mm512_srav_epi32(v, e);
        q = _mm512_mask_add_epi32(q, _mm512_cmpgt_epi32_mask(_mm512_and_si512(v, bits), threshold), q, one);
        q = _mm512_min_epi32(_mm512_max_epi32(_mm512_add_epi32(q, zero), low), high);
        store512(out + i, mask, q);
    }
}

template <class T>
REQUANT_TARGET(REQUANT_AVX512) void avx512Xnnpack(const RowArgs &a, T *out)
{
    const __m512i zero = _mm512_set1_epi32(a.zeroPoint);
    const __m512 low = _mm512_set1_ps(static_cast<float>(a.min - a.zeroPoint)), high = _mm512_set1_ps(static_cast<float>(a.max - a.zeroPoint));
    for (std::size_t i = 0; i < a.n; i += 16) {
        const __mmask16 mask = a.n - i >= 16 ? __mmask16{0xFFFF} : static_cast<__mmask16>((1u << (a.n - i)) - 1);
        __m512 v = _mm512_mul_ps(_mm512_cvtepi32_ps(_mm512_maskz_loadu_epi32(mask, a.acc + i)), _mm512_maskz_loadu_ps(mask, a.scale + i));
        v = _mm512_min_ps(_mm512_max_ps(v, low), high);
        const __m512i q = _mm512_cvt_roundps_epi32(v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
        store512(out + i, mask, _mm512_add_epi32(q, zero));
    }
}
#endif

template <class T>
void applyTyped(const OutputStage &stage, const RowArgs &a, std::size_t first, void *out)
{
    auto *typed = static_cast<T *>(out);
    if (stage.rounding == Rounding::RealHalfAway || (stage.rounding == Rounding::Fixed && stage.fixed != FixedRounding::Double)) {
        for (std::size_t i = 0; i < a.n; ++i)
            typed[i] = static_cast<T>(stage.apply(a.acc[i], first + i));
        return;
    }
    const bool xnnpack = stage.rounding == Rounding::FloatHalfEven;
#ifdef REQUANT_X86
    if (stage.simd >= SimdLevel::Avx512)
        return xnnpack ? avx512Xnnpack(a, typed) : avx512Reference(a, typed);
    if (stage.simd >= SimdLevel::Avx2)
        return xnnpack ? avx2Xnnpack(a, typed) : avx2Reference(a, typed);
#endif
    return xnnpack ? scalarXnnpack(a, typed) : scalarReference(a, typed);
}

} // namespace

void OutputStage::setChannels(std::size_t n)
{
    multiplier.assign(n, 0);
    leftShift.assign(n, 0);
    rightShift.assign(n, 0);
    real.assign(n, 0.0);
    scale.assign(n, 0.0f);
}

void OutputStage::setChannel(std::size_t c, double value, float value32)
{
    const Multiplier m = quantizeMultiplier(value);
    multiplier[c] = m.multiplier;
    leftShift[c] = m.shift > 0 ? m.shift & 31 : 0;
    rightShift[c] = m.shift > 0 ? 0 : -m.shift;
    real[c] = value;
    scale[c] = value32;
}

std::int32_t OutputStage::apply(std::int32_t acc, std::size_t channel) const
{
    const float low = static_cast<float>(min - zeroPoint), high = static_cast<float>(max - zeroPoint);
    std::int32_t value = 0;
    switch (rounding) {
    case Rounding::Fixed: value = multiplyByQuantizedMultiplier(acc, multiplierOf(channel), fixed); break;
    case Rounding::RealHalfAway: return applyReal(static_cast<double>(acc), channel);
    case Rounding::FloatHalfEven:
        value = static_cast<std::int32_t>(std::nearbyint(std::clamp(static_cast<float>(acc) * scale[channel], low, high)));
        break;
    }
    if (fixed != FixedRounding::Double)
        return static_cast<std::int32_t>(std::clamp<std::int64_t>(std::int64_t{value} + zeroPoint, min, max));
    return std::clamp(value + zeroPoint, min, max);
}

std::int32_t OutputStage::apply(std::int64_t acc, std::size_t channel) const
{
    if (rounding == Rounding::RealHalfAway)
        return applyReal(static_cast<double>(acc), channel);
    const std::int64_t value = multiplyByQuantizedMultiplier(acc, multiplierOf(channel), fixed);
    return static_cast<std::int32_t>(std::clamp<std::int64_t>(value + zeroPoint, min, max));
}

std::int32_t OutputStage::applyReal(double acc, std::size_t channel) const
{
    const double steps = std::clamp(acc * real[channel], -2147483648.0, 2147483647.0);
    return static_cast<std::int32_t>(std::clamp<std::int64_t>(std::int64_t{static_cast<std::int32_t>(std::round(steps))} + zeroPoint, min, max));
}

void OutputStage::applyRow(const std::int32_t *acc, std::size_t first, std::size_t n, void *out) const
{
    const RowArgs a{acc, multiplier.data() + first, leftShift.data() + first, rightShift.data() + first,
                    scale.data() + first, n, zeroPoint, min, max};
    switch (type) {
    case ElementType::UInt8: return applyTyped<std::uint8_t>(*this, a, first, out);
    case ElementType::Int8: return applyTyped<std::int8_t>(*this, a, first, out);
    case ElementType::Int16: return applyTyped<std::int16_t>(*this, a, first, out);
    default: return applyTyped<std::int32_t>(*this, a, first, out);
    }
}

} // namespace requant
