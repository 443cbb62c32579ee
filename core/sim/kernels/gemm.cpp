// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sim/kernels/gemm.h"

#include <algorithm>
#include <cstring>

#if defined(__x86_64__) && defined(__GNUC__)
#define REQUANT_X86 1
#include <immintrin.h>
#define REQUANT_TARGET(x) __attribute__((target(x)))
#define REQUANT_TARGET_O3(x) __attribute__((target(x)))
#endif
#define REQUANT_INLINE inline __attribute__((always_inline))

namespace requant {
namespace {

constexpr std::size_t kPanel = PackedWeights::kPanel;

// Rows of words and how many of each take part.
struct Words
{
    const std::int16_t *data;
    std::size_t count, stride, depth; // depth is even
};

// Sums wrap.
void panelScalar(const Words &rows, const std::int16_t *panel, const std::int32_t *bias, std::int32_t *acc, std::size_t accStride)
{
    const auto product = [](std::int16_t x, std::int16_t w) { return static_cast<std::uint32_t>(std::int32_t{x} * w); };
    for (std::size_t r = 0; r < rows.count; ++r) {
        std::uint32_t sum[kPanel];
        std::transform(bias, bias + kPanel, sum, [](std::int32_t b) { return static_cast<std::uint32_t>(b); });
        const std::int16_t *row = rows.data + r * rows.stride;
        const std::int16_t *w = panel;
        for (std::size_t k = 0; k < rows.depth; k += 2, w += 2 * kPanel)
            for (std::size_t c = 0; c < kPanel; ++c)
                sum[c] += product(row[k], w[2 * c]) + product(row[k + 1], w[2 * c + 1]);
        std::transform(sum, sum + kPanel, acc + r * accStride, [](std::uint32_t v) { return static_cast<std::int32_t>(v); });
    }
}

#ifdef REQUANT_X86
inline std::int32_t pairAt(const std::int16_t *p)
{
    std::int32_t v;
    std::memcpy(&v, p, sizeof v);
    return v;
}

template <std::size_t R>
REQUANT_TARGET("avx2") void tileAvx2(const std::int16_t *rows, std::size_t stride, std::size_t depth, const std::int16_t *panel,
                                     const std::int32_t *bias, std::int32_t *acc, std::size_t accStride)
{
    __m256i sum[R][2];
    const __m256i b0 = _mm256_loadu_si256(reinterpret_cast<const __m256i *>(bias));
    const __m256i b1 = _mm256_loadu_si256(reinterpret_cast<const __m256i *>(bias + 8));
#pragma GCC unroll 8
    for (std::size_t r = 0; r < R; ++r) {
        sum[r][0] = b0;
        sum[r][1] = b1;
    }
    for (std::size_t k = 0; k < depth; k += 2, panel += 2 * kPanel) {
        const __m256i w0 = _mm256_loadu_si256(reinterpret_cast<const __m256i *>(panel));
        const __m256i w1 = _mm256_loadu_si256(reinterpret_cast<const __m256i *>(panel + 16));
#pragma GCC unroll 8
        for (std::size_t r = 0; r < R; ++r) {
            const __m256i x = _mm256_set1_epi32(pairAt(rows + r * stride + k));
            sum[r][0] = _mm256_add_epi32(sum[r][0], _mm256_madd_epi16(x, w0));
            sum[r][1] = _mm256_add_epi32(sum[r][1], _mm256_madd_epi16(x, w1));
        }
    }
#pragma GCC unroll 8
    for (std::size_t r = 0; r < R; ++r) {
        _mm256_storeu_si256(reinterpret_cast<__m256i *>(acc + r * accStride), sum[r][0]);
        _mm256_storeu_si256(reinterpret_cast<__m256i *>(acc + r * accStride + 8), sum[r][1]);
    }
}

// P panels of 16 channels by R rows, all in registers.
#define REQUANT_TILE512(name, features, dot)                                                                           \
    template <std::size_t R, std::size_t P>                                                                            \
    REQUANT_TARGET(features) void name(const std::int16_t *rows, std::size_t stride, std::size_t depth,                \
                                       const std::int16_t *panel, std::size_t panelSize, const std::int32_t *bias, std::int32_t *acc,             \
                                       std::size_t accStride)                                                          \
    {                                                                                                                  \
        __m512i sum[R][P];                                                                                             \
        _Pragma("GCC unroll 8") for (std::size_t r = 0; r < R; ++r)                                                    \
            _Pragma("GCC unroll 4") for (std::size_t p = 0; p < P; ++p)                                                \
                sum[r][p] = _mm512_loadu_si512(bias + p * kPanel);                                                     \
        for (std::size_t k = 0; k < depth; k += 2, panel += 2 * kPanel) {                                              \
            __m512i w[P];                                                                                              \
            _Pragma("GCC unroll 4") for (std::size_t p = 0; p < P; ++p)                                                \
                w[p] = _mm512_loadu_si512(panel + p * panelSize);                                                      \
            _Pragma("GCC unroll 8") for (std::size_t r = 0; r < R; ++r)                                                \
            {                                                                                                          \
                const __m512i x = _mm512_set1_epi32(pairAt(rows + r * stride + k));                                    \
                _Pragma("GCC unroll 4") for (std::size_t p = 0; p < P; ++p)                                            \
                    sum[r][p] = dot(sum[r][p], x, w[p]);                                                               \
            }                                                                                                          \
        }                                                                                                              \
        _Pragma("GCC unroll 8") for (std::size_t r = 0; r < R; ++r)                                                    \
            _Pragma("GCC unroll 4") for (std::size_t p = 0; p < P; ++p)                                                \
                _mm512_storeu_si512(acc + r * accStride + p * kPanel, sum[r][p]);                                      \
    }
#define REQUANT_DOT_MADD(s, x, w) _mm512_add_epi32(s, _mm512_madd_epi16(x, w))
#define REQUANT_DOT_VNNI(s, x, w) _mm512_dpwssd_epi32(s, x, w)
REQUANT_TILE512(tileMadd, "avx512f,avx512bw", REQUANT_DOT_MADD)
REQUANT_TILE512(tileVnni, "avx512f,avx512bw,avx512vnni", REQUANT_DOT_VNNI)

template <bool Vnni, std::size_t R, std::size_t P>
void tile512(const Words &x, std::size_t r, const std::int16_t *panel, std::size_t panelSize, const std::int32_t *bias, std::int32_t *acc,
             std::size_t accStride)
{
    if constexpr (Vnni)
        tileVnni<R, P>(x.data + r * x.stride, x.stride, x.depth, panel, panelSize, bias, acc + r * accStride, accStride);
    else
        tileMadd<R, P>(x.data + r * x.stride, x.stride, x.depth, panel, panelSize, bias, acc + r * accStride, accStride);
}

template <bool Vnni, std::size_t P>
void rows512(const Words &x, const std::int16_t *panel, std::size_t panelSize, const std::int32_t *bias, std::int32_t *acc, std::size_t accStride)
{
    constexpr std::size_t kRows = P == 1 ? 8 : P == 2 ? 8 : 6;
    std::size_t r = 0;
    for (; r + kRows <= x.count; r += kRows)
        tile512<Vnni, kRows, P>(x, r, panel, panelSize, bias, acc, accStride);
    for (; r + 4 <= x.count; r += 4)
        tile512<Vnni, 4, P>(x, r, panel, panelSize, bias, acc, accStride);
    for (; r < x.count; ++r)
        tile512<Vnni, 1, P>(x, r, panel, panelSize, bias, acc, accStride);
}

template <bool Vnni>
void multiply512(const Words &x, const std::int16_t *panel, std::size_t panelSize, std::size_t panels, const std::int32_t *bias, std::int32_t *acc,
                 std::size_t accStride)
{
    switch (panels) {
    case 1: return rows512<Vnni, 1>(x, panel, panelSize, bias, acc, accStride);
    case 2: return rows512<Vnni, 2>(x, panel, panelSize, bias, acc, accStride);
    default: return rows512<Vnni, 3>(x, panel, panelSize, bias, acc, accStride);
    }
}

void multiplyAvx2(const Words &x, const std::int16_t *panel, std::size_t panelSize, std::size_t panels, const std::int32_t *bias, std::int32_t *acc,
                  std::size_t accStride)
{
    for (std::size_t p = 0; p < panels; ++p, panel += panelSize, bias += kPanel, acc += kPanel) {
        std::size_t r = 0;
        for (; r + 6 <= x.count; r += 6)
            tileAvx2<6>(x.data + r * x.stride, x.stride, x.depth, panel, bias, acc + r * accStride, accStride);
        for (; r + 2 <= x.count; r += 2)
            tileAvx2<2>(x.data + r * x.stride, x.stride, x.depth, panel, bias, acc + r * accStride, accStride);
        for (; r < x.count; ++r)
            tileAvx2<1>(x.data + r * x.stride, x.stride, x.depth, panel, bias, acc + r * accStride, accStride);
    }
}
#endif

template <class T>
REQUANT_INLINE void widenBody(const T *from, std::size_t n, std::int32_t zeroPoint, std::int16_t *to)
{
    const auto z = static_cast<std::int16_t>(zeroPoint);
    for (std::size_t i = 0; i < n; ++i)
        to[i] = static_cast<std::int16_t>(static_cast<std::int16_t>(from[i]) - z);
}
#ifdef REQUANT_X86
template <class T>
REQUANT_TARGET_O3("avx2") void widenAvx2(const T *from, std::size_t n, std::int32_t z, std::int16_t *to) { widenBody(from, n, z, to); }
template <class T>
REQUANT_TARGET_O3("avx512f,avx512bw,avx512vl") void widenAvx512(const T *from, std::size_t n, std::int32_t z, std::int16_t *to) { widenBody(from, n, z, to); }
#endif

template <class T>
void widenTyped(SimdLevel level, const T *from, std::size_t n, std::int32_t zeroPoint, std::int16_t *to)
{
#ifdef REQUANT_X86
    if (level >= SimdLevel::Avx512)
        return widenAvx512(from, n, zeroPoint, to);
    if (level >= SimdLevel::Avx2)
        return widenAvx2(from, n, zeroPoint, to);
#endif
    (void)level;
    widenBody(from, n, zeroPoint, to);
}

} // namespace

std::size_t panelGroup(std::size_t panelsLeft)
{
    return panelsLeft == 4 ? 2 : panelsLeft < PackedWeights::kMostPanels ? panelsLeft : PackedWeights::kMostPanels;
}

void multiplyRows(SimdLevel level, const std::int16_t *rows, std::size_t rowStride, std::size_t rowCount, const PackedWeights &weights,
                  std::size_t firstPanel, std::size_t panels, const std::int32_t *bias, std::int32_t *acc, std::size_t accStride, std::size_t begin,
                  std::size_t end)
{
    const Words x{rows + begin, rowCount, rowStride, std::min(end, weights.rowStride()) - begin};
    const std::size_t panelSize = weights.rowStride() * kPanel;
    const std::int16_t *panel = weights.panel(firstPanel) + begin * kPanel;
#ifdef REQUANT_X86
    if (level >= SimdLevel::Avx512Vnni)
        return multiply512<true>(x, panel, panelSize, panels, bias, acc, accStride);
    if (level >= SimdLevel::Avx512)
        return multiply512<false>(x, panel, panelSize, panels, bias, acc, accStride);
    if (level >= SimdLevel::Avx2)
        return multiplyAvx2(x, panel, panelSize, panels, bias, acc, accStride);
#endif
    (void)level;
    for (std::size_t p = 0; p < panels; ++p)
        panelScalar(x, panel + p * panelSize, bias + p * kPanel, acc + p * kPanel, accStride);
}

void widen(SimdLevel level, const std::uint8_t *from, std::size_t n, std::int32_t zeroPoint, std::int16_t *to)
{
    widenTyped(level, from, n, zeroPoint, to);
}
void widen(SimdLevel level, const std::int8_t *from, std::size_t n, std::int32_t zeroPoint, std::int16_t *to)
{
    widenTyped(level, from, n, zeroPoint, to);
}

} // namespace requant
