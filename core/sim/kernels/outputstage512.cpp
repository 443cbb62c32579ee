// SPDX-License-Identifier: GPL-3.0-or-later
// The output stage sixteen channels at a time. Their parameters stay in registers while the rows go by.
#include "core/sim/kernels/outputrows.h"

#include <algorithm>
#include <bit>
#include <limits>

#if defined(__x86_64__) && defined(__GNUC__)
#include "core/sim/kernels/outputscale512.h"

namespace requant {
namespace {

using namespace avx512;

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
