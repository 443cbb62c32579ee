// SPDX-License-Identifier: GPL-3.0-or-later
// The output stage sixteen channels at a time. Their parameters stay in registers while the rows go by.
//
// Fixed point: with P = acc * multiplier and n = 31 + right shift, one rounding is floor((P + C) / 2^n). So are TFLite's two
// roundings: floor((floor((P + 2^30) / 2^31) + 2^(right-1) - [acc < 0]) / 2^right) has nested floors, which collapse into
// one with C = 2^30 + 2^(n-1) - 2^31 * [acc < 0]. For right >= 1 the low half of the 64-bit sum is not needed: the high half
// is shifted by right - 1. Nothing overflows: |P| <= 2^62 and C <= 2^61 + 2^30.
#include "core/sim/kernels/outputrows.h"

#include <algorithm>
#include <bit>
#include <limits>

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>
#define REQUANT_AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq")))
#define REQUANT_INLINE512 inline __attribute__((always_inline, target("avx512f,avx512bw,avx512vl,avx512dq")))

namespace requant {
namespace {

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

struct Bounds
{
    __m512i low, high, lowest, highest; // without zero point
    bool countLow, countHigh;
};

REQUANT_INLINE512 Bounds boundsOf(const OutputStage &s)
{
    const IntegerRange storage = integerRange(s.type);
    const auto bound = [&](std::int64_t v) {
        return static_cast<std::int32_t>(std::clamp<std::int64_t>(v - s.zeroPoint, std::numeric_limits<std::int32_t>::min(), std::numeric_limits<std::int32_t>::max()));
    };
    return {_mm512_set1_epi32(bound(s.min)), _mm512_set1_epi32(bound(s.max)), _mm512_set1_epi32(bound(storage.min)), _mm512_set1_epi32(bound(storage.max)),
            s.countLow, s.countHigh};
}

REQUANT_INLINE512 std::size_t countOutside(const Bounds &b, __mmask16 mask, __m512i v)
{
    unsigned outside = 0;
    if (b.countLow)
        outside |= _mm512_mask_cmplt_epi32_mask(mask, v, b.lowest);
    if (b.countHigh)
        outside |= _mm512_mask_cmpgt_epi32_mask(mask, v, b.highest);
    return static_cast<std::size_t>(std::popcount(outside));
}

// 64 scaled values as bytes, with zero point. Packing saturates, so that only a fused activation needs a clamp.
template <class T>
REQUANT_INLINE512 __m512i pack(const __m512i *v, __m512i zero, __m512i low, __m512i high)
{
    const __m512i w0 = _mm512_adds_epi16(_mm512_packs_epi32(v[0], v[1]), zero), w1 = _mm512_adds_epi16(_mm512_packs_epi32(v[2], v[3]), zero);
    if constexpr (std::is_signed_v<T>)
        return _mm512_min_epi8(_mm512_max_epi8(_mm512_packs_epi16(w0, w1), low), high);
    else
        return _mm512_min_epu8(_mm512_max_epu8(_mm512_packus_epi16(w0, w1), low), high);
}

// Packing leaves four bytes of each vector side by side; this brings them home.
REQUANT_INLINE512 __m512i inOrder(__m512i packed)
{
    return _mm512_permutexvar_epi32(_mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15), packed);
}

// Sixteen channels of four rows at a time. Parameters are copied: stores of bytes may not seem to change them.
template <Form F, class T, bool Count>
REQUANT_AVX512 std::size_t rows8(const OutputStage &s, const OutputRows &b, std::size_t column, const Columns &columns, const Bounds &bounds)
{
    const Columns c = columns;
    const __m512i zero = _mm512_set1_epi16(static_cast<std::int16_t>(s.zeroPoint));
    const __m512i low = _mm512_set1_epi8(static_cast<char>(s.min)), high = _mm512_set1_epi8(static_cast<char>(s.max));
    const std::size_t accStride = b.accStride, outStride = b.outStride;
    std::size_t saturated = 0, rows = b.rows;
    const std::int32_t *acc = b.acc + column;
    std::byte *to = b.out + column;
    __m512i v[4];
    if (c.mask == 0xFFFF)
        for (; rows >= 4; rows -= 4, acc += 4 * accStride, to += 4 * outStride) {
#pragma GCC unroll 4
            for (std::size_t k = 0; k < 4; ++k) {
                v[k] = scaled<F>(c, _mm512_loadu_si512(acc + k * accStride));
                if constexpr (Count)
                    saturated += countOutside(bounds, c.mask, v[k]);
            }
            const __m512i q = inOrder(pack<T>(v, zero, low, high));
            _mm_storeu_si128(reinterpret_cast<__m128i *>(to), _mm512_castsi512_si128(q));
            _mm_storeu_si128(reinterpret_cast<__m128i *>(to + outStride), _mm512_extracti32x4_epi32(q, 1));
            _mm_storeu_si128(reinterpret_cast<__m128i *>(to + 2 * outStride), _mm512_extracti32x4_epi32(q, 2));
            _mm_storeu_si128(reinterpret_cast<__m128i *>(to + 3 * outStride), _mm512_extracti32x4_epi32(q, 3));
        }
    for (; rows > 0; --rows, acc += accStride, to += outStride) {
        v[0] = scaled<F>(c, _mm512_maskz_loadu_epi32(c.mask, acc));
        if constexpr (Count)
            saturated += countOutside(bounds, c.mask, v[0]);
        v[1] = v[2] = v[3] = v[0];
        _mm_mask_storeu_epi8(to, c.mask, _mm512_castsi512_si128(inOrder(pack<T>(v, zero, low, high))));
    }
    return saturated;
}

// Rows of 64 channels: four vectors in their order, or in that of OutputQuad, where packing needs no permutation.
template <Form F, class T, bool Count, bool Permute>
REQUANT_AVX512 std::size_t rows64(const OutputStage &s, const std::int32_t *acc, std::size_t accStride, std::size_t rows, std::byte *to, std::size_t outStride,
                                  __mmask64 mask, const Columns *columns, const Bounds &bounds)
{
    const Columns c[4] = {columns[0], columns[1], columns[2], columns[3]};
    const __m512i zero = _mm512_set1_epi16(static_cast<std::int16_t>(s.zeroPoint));
    const __m512i low = _mm512_set1_epi8(static_cast<char>(s.min)), high = _mm512_set1_epi8(static_cast<char>(s.max));
    std::size_t saturated = 0;
    for (std::size_t r = 0; r < rows; ++r, acc += accStride, to += outStride) {
        __m512i v[4];
#pragma GCC unroll 4
        for (std::size_t j = 0; j < 4; ++j) {
            v[j] = scaled<F>(c[j], _mm512_loadu_si512(acc + 16 * j));
            if constexpr (Count)
                saturated += countOutside(bounds, c[j].mask, v[j]);
        }
        __m512i q = pack<T>(v, zero, low, high);
        if constexpr (Permute)
            q = inOrder(q);
        if (mask == ~__mmask64{0})
            _mm512_storeu_si512(to, q);
        else
            _mm512_mask_storeu_epi8(to, mask, q);
    }
    return saturated;
}

template <Form F, class T, bool Count>
REQUANT_AVX512 std::size_t rowsWide(const OutputStage &s, const OutputRows &b, std::size_t column, const Columns &columns, const Bounds &bounds)
{
    const Columns c = columns;
    const __m512i zero = _mm512_set1_epi32(s.zeroPoint);
    std::size_t saturated = 0;
    T *out = reinterpret_cast<T *>(b.out) + column;
    for (std::size_t r = 0; r < b.rows; ++r) {
        const __m512i v = scaled<F>(c, _mm512_maskz_loadu_epi32(c.mask, b.acc + r * b.accStride + column));
        if constexpr (Count)
            saturated += countOutside(bounds, c.mask, v);
        const __m512i q = _mm512_add_epi32(_mm512_min_epi32(_mm512_max_epi32(v, bounds.low), bounds.high), zero);
        if constexpr (sizeof(T) == 2)
            _mm256_mask_storeu_epi16(out + r * b.outStride, c.mask, _mm512_cvtepi32_epi16(q));
        else
            _mm512_mask_storeu_epi32(out + r * b.outStride, c.mask, q);
    }
    return saturated;
}

template <Form F, bool Count>
std::size_t rowsOfType(const OutputStage &s, const OutputRows &b, std::size_t column, const Columns &c, const Bounds &bounds)
{
    switch (s.type) {
    case ElementType::UInt8: return rows8<F, std::uint8_t, Count>(s, b, column, c, bounds);
    case ElementType::Int8: return rows8<F, std::int8_t, Count>(s, b, column, c, bounds);
    case ElementType::Int16: return rowsWide<F, std::int16_t, Count>(s, b, column, c, bounds);
    default: return rowsWide<F, std::int32_t, Count>(s, b, column, c, bounds);
    }
}

// n = 31 - left + right (at least 0) and half of 2^n for even and odd channels.
REQUANT_AVX512 void prepareOnce(Columns &c)
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

REQUANT_AVX512 Form prepareHigh(const OutputStage &s, bool count, Columns &c)
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
REQUANT_AVX512 Form loadColumns(const OutputStage &s, __mmask16 mask, const std::int32_t *multiplier, const std::int32_t *left, const std::int32_t *right,
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

// The quickest form that serves all four.
template <class T, bool Count, bool Permute>
REQUANT_AVX512 std::size_t rows64OfForms(const OutputStage &s, const std::int32_t *acc, std::size_t accStride, std::size_t rows, std::byte *to, std::size_t outStride,
                                         __mmask64 mask, Columns *c, const Form *form, const Bounds &bounds)
{
    if (form[1] == form[0] && form[2] == form[0] && form[3] == form[0])
        switch (form[0]) {
        case Form::Float: return rows64<Form::Float, T, Count, Permute>(s, acc, accStride, rows, to, outStride, mask, c, bounds);
        case Form::High: return rows64<Form::High, T, Count, Permute>(s, acc, accStride, rows, to, outStride, mask, c, bounds);
        case Form::HighSigned: return rows64<Form::HighSigned, T, Count, Permute>(s, acc, accStride, rows, to, outStride, mask, c, bounds);
        case Form::HighEven: return rows64<Form::HighEven, T, Count, Permute>(s, acc, accStride, rows, to, outStride, mask, c, bounds);
        default: break;
        }
    switch (s.rounding) {
    case Rounding::FloatHalfEven: return rows64<Form::FloatBound, T, Count, Permute>(s, acc, accStride, rows, to, outStride, mask, c, bounds);
    case Rounding::RealHalfAway: return rows64<Form::Real, T, Count, Permute>(s, acc, accStride, rows, to, outStride, mask, c, bounds);
    case Rounding::Fixed: break;
    }
    if (s.fixed == FixedRounding::Double)
        return rows64<Form::Twice, T, Count, Permute>(s, acc, accStride, rows, to, outStride, mask, c, bounds);
    for (std::size_t j = 0; j < 4; ++j)
        prepareOnce(c[j]);
    return rows64<Form::Once, T, Count, Permute>(s, acc, accStride, rows, to, outStride, mask, c, bounds);
}

template <bool Count>
REQUANT_AVX512 std::size_t applyColumns(const OutputStage &s, const OutputRows &b)
{
    const Bounds bounds = boundsOf(s);
    std::size_t saturated = 0, column = 0;
    if (byteSize(s.type, 1) == 1)
        for (; column + 64 <= b.n; column += 64) {
            Columns c[4];
            Form form[4];
            for (std::size_t j = 0; j < 4; ++j) {
                const std::size_t at = column + 16 * j;
                form[j] = loadColumns(s, 0xFFFF, b.multiplier + at, b.left + at, b.right + at, b.scale + at, b.real + at, Count, c[j]);
            }
            saturated += s.type == ElementType::UInt8
                             ? rows64OfForms<std::uint8_t, Count, true>(s, b.acc + column, b.accStride, b.rows, b.out + column, b.outStride, ~__mmask64{0}, c, form, bounds)
                             : rows64OfForms<std::int8_t, Count, true>(s, b.acc + column, b.accStride, b.rows, b.out + column, b.outStride, ~__mmask64{0}, c, form, bounds);
        }
    for (; column < b.n; column += 16) {
        const __mmask16 mask = b.n - column >= 16 ? __mmask16{0xFFFF} : static_cast<__mmask16>((1u << (b.n - column)) - 1);
        Columns c;
        const Form form = loadColumns(s, mask, b.multiplier + column, b.left + column, b.right + column, b.scale + column, b.real + column, Count, c);
        switch (form) {
        case Form::Float: saturated += rowsOfType<Form::Float, Count>(s, b, column, c, bounds); break;
        case Form::FloatBound: saturated += rowsOfType<Form::FloatBound, Count>(s, b, column, c, bounds); break;
        case Form::High: saturated += rowsOfType<Form::High, Count>(s, b, column, c, bounds); break;
        case Form::HighSigned: saturated += rowsOfType<Form::HighSigned, Count>(s, b, column, c, bounds); break;
        case Form::HighEven: saturated += rowsOfType<Form::HighEven, Count>(s, b, column, c, bounds); break;
        case Form::Twice: saturated += rowsOfType<Form::Twice, Count>(s, b, column, c, bounds); break;
        case Form::Once: saturated += rowsOfType<Form::Once, Count>(s, b, column, c, bounds); break;
        case Form::Real: saturated += rowsOfType<Form::Real, Count>(s, b, column, c, bounds); break;
        }
    }
    return saturated;
}

template <class T, bool Count>
REQUANT_AVX512 std::size_t applyQuads(const OutputStage &s, const OutputQuad &q, const std::int32_t *acc, std::size_t n, std::byte *out, std::size_t outStep,
                                      std::size_t width)
{
    const Bounds bounds = boundsOf(s);
    const __mmask64 mask = width >= 64 ? ~__mmask64{0} : (__mmask64{1} << width) - 1;
    Columns c[4];
    Form form[4];
    for (std::size_t j = 0; j < 4; ++j) {
        std::uint32_t places = 0xFFFF; // of outputs that are stored
        for (std::size_t k = 0; k < 16 && width < 64; ++k)
            places &= ~((16 * (k / 4) + 4 * j + k % 4 < width ? 0u : 1u) << k);
        const std::size_t at = 16 * j;
        form[j] = loadColumns(s, static_cast<__mmask16>(places), q.multiplier + at, q.left + at, q.right + at, q.scale + at, q.real + at, Count, c[j]);
    }
    return rows64OfForms<T, Count, false>(s, acc, 64, n, out, outStep, mask, c, form, bounds);
}

} // namespace

void OutputQuad::set(std::size_t output, const OutputStage &s, std::size_t channel)
{
    const std::size_t p = place(output);
    multiplier[p] = s.multiplier[channel];
    left[p] = s.leftShift[channel];
    right[p] = s.rightShift[channel];
    scale[p] = s.scale[channel];
    real[p] = s.real[channel];
}

std::size_t applyQuads512(const OutputStage &s, const OutputQuad &q, const std::int32_t *acc, std::size_t n, std::byte *out, std::size_t outStep,
                          std::size_t width, bool count)
{
    if (s.type == ElementType::UInt8)
        return count ? applyQuads<std::uint8_t, true>(s, q, acc, n, out, outStep, width) : applyQuads<std::uint8_t, false>(s, q, acc, n, out, outStep, width);
    return count ? applyQuads<std::int8_t, true>(s, q, acc, n, out, outStep, width) : applyQuads<std::int8_t, false>(s, q, acc, n, out, outStep, width);
}

std::size_t applyRows512(const OutputStage &s, const OutputRows &b, bool count)
{
    return count ? applyColumns<true>(s, b) : applyColumns<false>(s, b);
}

} // namespace requant
#else
namespace requant {
std::size_t applyRows512(const OutputStage &, const OutputRows &, bool) { return 0; }
std::size_t applyQuads512(const OutputStage &, const OutputQuad &, const std::int32_t *, std::size_t, std::byte *, std::size_t, std::size_t, bool) { return 0; }
void OutputQuad::set(std::size_t, const OutputStage &, std::size_t) {}
} // namespace requant
#endif
