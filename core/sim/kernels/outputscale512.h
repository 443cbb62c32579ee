// SPDX-License-Identifier: GPL-3.0-or-later
// Sixteen accumulators to their scaled values with AVX-512; part of outputstage512.cpp.
//
// Fixed point: with P = acc * multiplier and n = 31 + right shift, one rounding is floor((P + C) / 2^n). So are TFLite's two
// roundings: floor((floor((P + 2^30) / 2^31) + 2^(right-1) - [acc < 0]) / 2^right) has nested floors, which collapse into
// one with C = 2^30 + 2^(n-1) - 2^31 * [acc < 0]. For right >= 1 the low half of the 64-bit sum is not needed: the high half
// is shifted by right - 1. Nothing overflows: |P| <= 2^62 and C <= 2^61 + 2^30.
#pragma once

#include "core/sim/kernels/outputstage.h"

#include <cstdint>
#include <limits>

#include <immintrin.h>

#define REQUANT_AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq")))
#define REQUANT_INLINE512 inline __attribute__((always_inline, target("avx512f,avx512bw,avx512vl,avx512dq")))

namespace requant::avx512 {

enum class Form {
    Float,      // every factor is less than 1: no product leaves int32
    FloatBound, // others
    High,       // fixed point through the high half, C for all values
    HighSigned, // the same, less for negative products
    HighEven,   // the same, half to even
    Twice,      // TFLite's two roundings for any shifts
    Once,       // one rounding for any shifts
    Real
};

// Parameters of sixteen channels; which of them mean something depends on the form.
struct Columns
{
    __mmask16 mask;
    __m512 scale;
    __m512d real0, real1;
    __m512i m, mOdd, right, left, shift;
    __m512i nudgeEven, nudgeOdd; // C
    __m512i nEven, nOdd;
    __m512i less;                // what negative products get less
    FixedRounding fixed;
};

REQUANT_INLINE512 __m512i oddsToEvens(__m512i v) { return _mm512_castps_si512(_mm512_movehdup_ps(_mm512_castsi512_ps(v))); }
// The high halves of even and odd products, in their places.
REQUANT_INLINE512 __m512i highHalves(__m512i even, __m512i odd)
{
    return _mm512_castps_si512(_mm512_mask_movehdup_ps(_mm512_castsi512_ps(odd), 0x5555, _mm512_castsi512_ps(even)));
}
REQUANT_INLINE512 __m512i interleave(__m512i even, __m512i odd) { return _mm512_mask_blend_epi32(0xAAAA, even, _mm512_slli_epi64(odd, 32)); }

REQUANT_INLINE512 __m512i scaleTwice(const Columns &c, __m512i acc)
{
    const __m512i one = _mm512_set1_epi32(1), nudge = _mm512_set1_epi64(std::int64_t{1} << 30);
    const __m512i x = _mm512_sllv_epi32(acc, _mm512_and_si512(c.left, _mm512_set1_epi32(31)));
    const __m512i even = _mm512_srli_epi64(_mm512_add_epi64(_mm512_mul_epi32(x, c.m), nudge), 31);
    const __m512i odd = _mm512_slli_epi64(_mm512_add_epi64(_mm512_mul_epi32(oddsToEvens(x), c.mOdd), nudge), 1);
    const __m512i v = _mm512_mask_blend_epi32(0xAAAA, even, odd);
    const __m512i bits = _mm512_sub_epi32(_mm512_sllv_epi32(one, c.right), one);
    const __m512i threshold = _mm512_add_epi32(_mm512_srli_epi32(bits, 1), _mm512_srli_epi32(v, 31));
    const __m512i q = _mm512_srav_epi32(v, c.right);
    return _mm512_mask_add_epi32(q, _mm512_cmpgt_epi32_mask(_mm512_and_si512(v, bits), threshold), q, one);
}

REQUANT_INLINE512 __m512i roundOnce(FixedRounding fixed, __m512i product, __m512i n, __m512i half)
{
    const __mmask8 some = _mm512_cmpneq_epi64_mask(half, _mm512_setzero_si512());
    const __m512i one = _mm512_set1_epi64(1);
    __m512i nudge = half;
    if (fixed == FixedRounding::HalfEven) // one less where the floor is even
        nudge = _mm512_mask_sub_epi64(nudge, some & _mm512_testn_epi64_mask(_mm512_srav_epi64(product, n), one), nudge, one);
    else if (fixed == FixedRounding::HalfAway)
        nudge = _mm512_mask_sub_epi64(nudge, some & _mm512_movepi64_mask(product), nudge, one);
    else if (fixed == FixedRounding::Truncate)
        nudge = _mm512_setzero_si512();
    const __m512i v = _mm512_srav_epi64(_mm512_add_epi64(product, nudge), n);
    return _mm512_max_epi64(_mm512_min_epi64(v, _mm512_set1_epi64(std::numeric_limits<std::int32_t>::max())),
                            _mm512_set1_epi64(std::numeric_limits<std::int32_t>::min()));
}

REQUANT_INLINE512 __m512i scaleOnce(const Columns &c, __m512i acc)
{
    const __m512i even = roundOnce(c.fixed, _mm512_mul_epi32(acc, c.m), c.nEven, c.nudgeEven);
    const __m512i odd = roundOnce(c.fixed, _mm512_mul_epi32(oddsToEvens(acc), c.mOdd), c.nOdd, c.nudgeOdd);
    const __m512i v = interleave(even, odd);
    // A factor of 2^31 or more leaves int32 on the accumulator's side unless the product is 0.
    const __mmask16 huge = _mm512_cmpgt_epi32_mask(c.left, _mm512_set1_epi32(31)) & _mm512_test_epi32_mask(acc, acc) & _mm512_test_epi32_mask(c.m, c.m);
    return _mm512_mask_xor_epi32(v, huge, _mm512_srai_epi32(acc, 31), _mm512_set1_epi32(std::numeric_limits<std::int32_t>::max()));
}

REQUANT_INLINE512 __m256i roundReal(__m512d acc, __m512d real)
{
    __m512d v = _mm512_mul_pd(acc, real);
    v = _mm512_min_pd(_mm512_max_pd(v, _mm512_set1_pd(-2147483648.0)), _mm512_set1_pd(2147483647.0));
    const __m256i whole = _mm512_cvttpd_epi32(v);
    const __m512d rest = _mm512_sub_pd(v, _mm512_cvtepi32_pd(whole));
    const __m256i one = _mm256_set1_epi32(1);
    const __m256i up = _mm256_mask_add_epi32(whole, _mm512_cmp_pd_mask(rest, _mm512_set1_pd(0.5), _CMP_GE_OQ), whole, one);
    return _mm256_mask_sub_epi32(up, _mm512_cmp_pd_mask(rest, _mm512_set1_pd(-0.5), _CMP_LE_OQ), up, one);
}

// The scaled values, saturated at the ends of int32, without zero point.
template <Form F>
REQUANT_INLINE512 __m512i scaled(const Columns &c, __m512i acc)
{
    if constexpr (F == Form::Float || F == Form::FloatBound) {
        __m512 v = _mm512_mul_ps(_mm512_cvtepi32_ps(acc), c.scale);
        if constexpr (F == Form::FloatBound)
            v = _mm512_max_ps(_mm512_min_ps(v, _mm512_set1_ps(2147483520.0f)), _mm512_set1_ps(-2147483520.0f));
        return _mm512_cvt_roundps_epi32(v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
    } else if constexpr (F == Form::Twice) {
        return scaleTwice(c, acc);
    } else if constexpr (F == Form::Once) {
        return scaleOnce(c, acc);
    } else if constexpr (F == Form::Real) {
        const __m256i low = roundReal(_mm512_cvtepi32_pd(_mm512_castsi512_si256(acc)), c.real0);
        const __m256i high = roundReal(_mm512_cvtepi32_pd(_mm512_extracti64x4_epi64(acc, 1)), c.real1);
        return _mm512_inserti64x4(_mm512_castsi256_si512(low), high, 1);
    } else {
        const __m512i even = _mm512_mul_epi32(acc, c.m), odd = _mm512_mul_epi32(oddsToEvens(acc), c.mOdd);
        __m512i sumEven = _mm512_add_epi64(even, c.nudgeEven), sumOdd = _mm512_add_epi64(odd, c.nudgeOdd);
        if constexpr (F == Form::HighSigned) {
            sumEven = _mm512_mask_sub_epi64(sumEven, _mm512_movepi64_mask(even), sumEven, c.less);
            sumOdd = _mm512_mask_sub_epi64(sumOdd, _mm512_movepi64_mask(odd), sumOdd, c.less);
        } else if constexpr (F == Form::HighEven) { // C has one less than half: an odd floor gives it back
            const __m512i one = _mm512_set1_epi64(1);
            sumEven = _mm512_add_epi64(sumEven, _mm512_and_si512(_mm512_srav_epi64(even, c.nEven), one));
            sumOdd = _mm512_add_epi64(sumOdd, _mm512_and_si512(_mm512_srav_epi64(odd, c.nOdd), one));
        }
        return _mm512_srav_epi32(highHalves(sumEven, sumOdd), c.shift);
    }
}

// n = 31 - left + right (at least 0) and half of 2^n for even and odd channels.
REQUANT_AVX512 inline void prepareOnce(Columns &c)
{
    const __m512i n = _mm512_max_epi32(_mm512_add_epi32(_mm512_sub_epi32(_mm512_set1_epi32(31), c.left), c.right), _mm512_setzero_si512());
    c.nEven = _mm512_and_si512(n, _mm512_set1_epi64(0xFFFFFFFF));
    c.nOdd = _mm512_srli_epi64(n, 32);
    const __m512i one = _mm512_set1_epi64(1);
    c.nudgeEven = _mm512_srli_epi64(_mm512_sllv_epi64(one, c.nEven), 1);
    c.nudgeOdd = _mm512_srli_epi64(_mm512_sllv_epi64(one, c.nOdd), 1);
}

REQUANT_INLINE512 void addToNudge(Columns &c, std::int64_t v)
{
    c.nudgeEven = _mm512_add_epi64(c.nudgeEven, _mm512_set1_epi64(v));
    c.nudgeOdd = _mm512_add_epi64(c.nudgeOdd, _mm512_set1_epi64(v));
}

// Whether every right shift is at least 1 and every left shift 0.
REQUANT_INLINE512 bool fitsHigh(const Columns &c)
{
    return _mm512_mask_cmplt_epi32_mask(c.mask, c.right, _mm512_set1_epi32(1)) == 0 && _mm512_test_epi32_mask(c.left, c.left) == 0;
}

REQUANT_AVX512 inline Form prepareHigh(const OutputStage &s, bool count, Columns &c)
{
    c.shift = _mm512_sub_epi32(c.right, _mm512_set1_epi32(1));
    // How negative values are rounded does not show where they are clamped away.
    const bool negatives = count || s.min < s.zeroPoint;
    switch (s.fixed) {
    case FixedRounding::Double:
        addToNudge(c, std::int64_t{1} << 30);
        c.less = _mm512_set1_epi64(std::int64_t{1} << 31);
        return negatives ? Form::HighSigned : Form::High;
    case FixedRounding::HalfAway: c.less = _mm512_set1_epi64(1); return negatives ? Form::HighSigned : Form::High;
    case FixedRounding::HalfEven: addToNudge(c, -1); return Form::HighEven;
    case FixedRounding::Truncate: c.nudgeEven = c.nudgeOdd = _mm512_setzero_si512(); return Form::High;
    case FixedRounding::HalfUp:
    case FixedRounding::Single: break;
    }
    return Form::High;
}

// What the stage's rounding needs. The form is the quickest that these channels allow.
REQUANT_AVX512 inline Form loadColumns(const OutputStage &s, __mmask16 mask, const std::int32_t *multiplier, const std::int32_t *left, const std::int32_t *right,
                                const float *scale, const double *real, bool count, Columns &c)
{
    c.mask = mask;
    if (s.rounding == Rounding::FloatHalfEven) {
        c.scale = _mm512_maskz_loadu_ps(mask, scale);
        return _mm512_cmp_ps_mask(c.scale, _mm512_set1_ps(0.99f), _CMP_NLT_UQ) == 0 ? Form::Float : Form::FloatBound;
    }
    if (s.rounding == Rounding::RealHalfAway) {
        c.real0 = _mm512_maskz_loadu_pd(static_cast<__mmask8>(mask), real);
        c.real1 = _mm512_maskz_loadu_pd(static_cast<__mmask8>(mask >> 8), real + 8);
        return Form::Real;
    }
    c.fixed = s.fixed;
    c.m = _mm512_maskz_loadu_epi32(mask, multiplier);
    c.mOdd = oddsToEvens(c.m);
    c.left = _mm512_maskz_loadu_epi32(mask, left);
    // A multiplier of 0 gives 0 with any shift.
    c.right = _mm512_mask_mov_epi32(_mm512_maskz_loadu_epi32(mask, right), _mm512_testn_epi32_mask(c.m, c.m), _mm512_set1_epi32(1));
    prepareOnce(c);
    if (!fitsHigh(c))
        return s.fixed == FixedRounding::Double ? Form::Twice : Form::Once;
    return prepareHigh(s, count, c);
}

} // namespace requant::avx512
