// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sim/kernels/gemm8.h"

#include <algorithm>
#include <cstring>

namespace requant {
namespace {

constexpr std::size_t kPanel = PackedWeights8::kPanel;

struct Span
{
    std::int16_t low = 0, high = 0;
};
Span panelSpan(std::size_t panel, std::size_t channels, std::size_t depth, std::span<const std::int16_t> weights)
{
    const std::size_t begin = panel * kPanel * depth, end = std::min((panel + 1) * kPanel, channels) * depth;
    if (begin == end)
        return {};
    const auto [low, high] = std::minmax_element(weights.begin() + static_cast<std::ptrdiff_t>(begin), weights.begin() + static_cast<std::ptrdiff_t>(end));
    return {*low, *high};
}

} // namespace

bool PackedWeights8::fits(std::size_t channels, std::size_t depth, std::span<const std::int16_t> weights)
{
    for (std::size_t p = 0; p * kPanel < channels; ++p) {
        const Span s = panelSpan(p, channels, depth, weights);
        if (s.high - s.low > 255)
            return false;
    }
    return true;
}

PackedWeights8::PackedWeights8(std::size_t channels, std::size_t depth, std::span<const std::int16_t> weights)
    : m_channels(channels), m_depth(depth)
{
    m_steps = std::max<std::size_t>(1, (depth + 63) / 64);
    m_step = std::max<std::size_t>(4, ((depth + m_steps - 1) / m_steps + 3) / 4 * 4);
    m_data.assign(panels() * kPanel * rowBytes() + 64, 0);
    m_begin = (64 - reinterpret_cast<std::uintptr_t>(m_data.data()) % 64) % 64;
    m_offset.assign(panels(), 0);
    m_sum.assign(channels, 0);
    for (std::size_t p = 0; p < panels(); ++p) {
        const Span s = panelSpan(p, channels, depth, weights);
        m_offset[p] = s.low >= -128 && s.high <= 127 ? 0 : s.low + 128;
        m_hasOffsets = m_hasOffsets || m_offset[p] != 0;
        std::int8_t *to = m_data.data() + m_begin + p * rowBytes() * kPanel;
        for (std::size_t c = 0; c < kPanel && p * kPanel + c < channels; ++c) {
            const std::int16_t *w = weights.data() + (p * kPanel + c) * depth;
            std::uint32_t sum = 0;
            for (std::size_t k = 0; k < depth; ++k) {
                to[(k / 4 * kPanel + c) * 4 + k % 4] = static_cast<std::int8_t>(w[k] - m_offset[p]);
                sum += static_cast<std::uint32_t>(std::int32_t{w[k]});
            }
            m_sum[p * kPanel + c] = static_cast<std::int32_t>(sum);
        }
    }
}

} // namespace requant

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>
#define REQUANT_VNNI __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512vnni")))
#define REQUANT_AMX __attribute__((target("amx-tile,amx-int8,avx512f,avx512bw,avx512vl,avx512dq")))

namespace requant {
namespace {

inline std::int32_t fourAt(const std::uint8_t *p)
{
    std::int32_t v;
    std::memcpy(&v, p, sizeof v);
    return v;
}

// P panels by R rows, all in registers.
template <std::size_t R, std::size_t P>
REQUANT_VNNI void tileVnni(const std::uint8_t *rows, std::size_t stride, std::size_t depth, const std::int8_t *panel, std::size_t panelSize,
                           const std::int32_t *bias, std::int32_t *acc, std::size_t accStride)
{
    __m512i sum[R][P];
#pragma GCC unroll 8
    for (std::size_t r = 0; r < R; ++r)
#pragma GCC unroll 4
        for (std::size_t p = 0; p < P; ++p)
            sum[r][p] = _mm512_loadu_si512(bias + p * kPanel);
    for (std::size_t k = 0; k < depth; k += 4, panel += 4 * kPanel) {
        __m512i w[P];
#pragma GCC unroll 4
        for (std::size_t p = 0; p < P; ++p)
            w[p] = _mm512_load_si512(panel + p * panelSize);
#pragma GCC unroll 8
        for (std::size_t r = 0; r < R; ++r) {
            const __m512i x = _mm512_set1_epi32(fourAt(rows + r * stride + k));
#pragma GCC unroll 4
            for (std::size_t p = 0; p < P; ++p)
                sum[r][p] = _mm512_dpbusd_epi32(sum[r][p], x, w[p]);
        }
    }
#pragma GCC unroll 8
    for (std::size_t r = 0; r < R; ++r)
#pragma GCC unroll 4
        for (std::size_t p = 0; p < P; ++p)
            _mm512_storeu_si512(acc + r * accStride + p * kPanel, sum[r][p]);
}

template <std::size_t P>
void rowsVnni(const Rows8 &rows, const PackedWeights8 &w, const std::int8_t *panel, const std::int32_t *bias, std::int32_t *acc, std::size_t accStride)
{
    constexpr std::size_t kRows = P == 1 ? 8 : 6;
    const std::size_t depth = (w.depth() + 3) / 4 * 4, size = w.rowBytes() * kPanel;
    std::size_t r = 0;
    for (; r + kRows <= rows.count; r += kRows)
        tileVnni<kRows, P>(rows.data + r * rows.stride, rows.stride, depth, panel, size, bias, acc + r * accStride, accStride);
    for (; r + 2 <= rows.count; r += 2)
        tileVnni<2, P>(rows.data + r * rows.stride, rows.stride, depth, panel, size, bias, acc + r * accStride, accStride);
    if (r < rows.count)
        tileVnni<1, P>(rows.data + r * rows.stride, rows.stride, depth, panel, size, bias, acc + r * accStride, accStride);
}

void multiplyVnni(const Rows8 &rows, const PackedWeights8 &w, std::size_t first, std::size_t panels, const std::int32_t *bias, std::int32_t *acc,
                  std::size_t accStride)
{
    for (std::size_t p = 0, n = 0; p < panels; p += n) {
        n = std::min<std::size_t>(panels - p, 4);
        const std::int8_t *panel = w.panel(first + p);
        switch (n) {
        case 1: rowsVnni<1>(rows, w, panel, bias + p * kPanel, acc + p * kPanel, accStride); break;
        case 2: rowsVnni<2>(rows, w, panel, bias + p * kPanel, acc + p * kPanel, accStride); break;
        case 3: rowsVnni<3>(rows, w, panel, bias + p * kPanel, acc + p * kPanel, accStride); break;
        default: rowsVnni<4>(rows, w, panel, bias + p * kPanel, acc + p * kPanel, accStride); break;
        }
    }
}

// ---- AMX: tiles 0 to 3 are sums of 16 rows by 16 channels, 4 and 5 rows of inputs, 6 and 7 weights ----------------------

struct alignas(64) TileConfig
{
    std::uint8_t palette = 1, startRow = 0, reserved[14] = {};
    std::uint16_t columnBytes[16] = {};
    std::uint8_t rows[16] = {};
};

// M tiles of rows by N panels. `second` is where the second tile of rows begins.
template <bool Signed, int M, int N>
REQUANT_AMX inline __attribute__((always_inline)) void tilesAmx(const std::uint8_t *rows, const std::uint8_t *second, std::size_t stride,
                                                                const PackedWeights8 &w, const std::int8_t *panel, const std::int32_t *bias,
                                                                std::int32_t *acc, std::int32_t *accSecond, std::size_t accStride)
{
    const std::size_t step = w.step(), panelSize = w.rowBytes() * kPanel;
    _tile_loadd(0, bias, 0); // every row of sums starts as the bias
    if constexpr (N == 2)
        _tile_loadd(1, bias + kPanel, 0);
    if constexpr (M == 2) {
        _tile_loadd(2, bias, 0);
        if constexpr (N == 2)
            _tile_loadd(3, bias + kPanel, 0);
    }
    const std::int8_t *next = panel + (N == 2 ? panelSize : 0);
    for (std::size_t s = w.steps(); s > 0; --s, rows += step, second += step, panel += step * kPanel, next += step * kPanel) {
        _tile_loadd(4, rows, stride);
        _tile_loadd(6, panel, 4 * kPanel);
        if constexpr (Signed)
            _tile_dpbssd(0, 4, 6);
        else
            _tile_dpbusd(0, 4, 6);
        if constexpr (N == 2) {
            _tile_loadd(7, next, 4 * kPanel);
            if constexpr (Signed)
                _tile_dpbssd(1, 4, 7);
            else
                _tile_dpbusd(1, 4, 7);
        }
        if constexpr (M == 2) {
            _tile_loadd(5, second, stride);
            if constexpr (Signed)
                _tile_dpbssd(2, 5, 6);
            else
                _tile_dpbusd(2, 5, 6);
            if constexpr (N == 2) {
                if constexpr (Signed)
                    _tile_dpbssd(3, 5, 7);
                else
                    _tile_dpbusd(3, 5, 7);
            }
        }
    }
    _tile_stored(0, acc, accStride * 4);
    if constexpr (N == 2)
        _tile_stored(1, acc + kPanel, accStride * 4);
    if constexpr (M == 2) {
        _tile_stored(2, accSecond, accStride * 4);
        if constexpr (N == 2)
            _tile_stored(3, accSecond + kPanel, accStride * 4);
    }
}

template <bool Signed>
REQUANT_AMX void multiplyAmx(const Rows8 &rows, const PackedWeights8 &w, std::size_t first, std::size_t panels, const std::int32_t *bias,
                             std::int32_t *acc, std::size_t accStride)
{
    asm volatile("" ::: "memory"); // what the tile instructions read is not told to the compiler
    // The last tile begins early enough to be whole: some rows are computed twice.
    const std::size_t tiles = (rows.count + 15) / 16, last = rows.count < 16 ? 0 : rows.count - 16;
    for (std::size_t p = 0; p < panels; p += 2) {
        const std::int8_t *panel = w.panel(first + p);
        const std::int32_t *b = bias + p * kPanel;
        for (std::size_t t = 0; t < tiles; t += 2) {
            const std::size_t r0 = std::min(t * 16, last), r1 = std::min(t * 16 + 16, last);
            const std::uint8_t *x0 = rows.data + r0 * rows.stride, *x1 = rows.data + r1 * rows.stride;
            std::int32_t *a0 = acc + r0 * accStride + p * kPanel, *a1 = acc + r1 * accStride + p * kPanel;
            if (t + 1 < tiles) {
                if (p + 1 < panels)
                    tilesAmx<Signed, 2, 2>(x0, x1, rows.stride, w, panel, b, a0, a1, accStride);
                else
                    tilesAmx<Signed, 2, 1>(x0, x1, rows.stride, w, panel, b, a0, a1, accStride);
            } else if (p + 1 < panels) {
                tilesAmx<Signed, 1, 2>(x0, x0, rows.stride, w, panel, b, a0, a0, accStride);
            } else {
                tilesAmx<Signed, 1, 1>(x0, x0, rows.stride, w, panel, b, a0, a0, accStride);
            }
        }
    }
    asm volatile("" ::: "memory");
}

REQUANT_AMX void configureTiles(const TileConfig &config)
{
    asm volatile("" ::: "memory");
    _tile_loadconfig(&config);
}
REQUANT_AMX void releaseTiles() { _tile_release(); }

} // namespace

TileScope::TileScope(SimdLevel level, const PackedWeights8 &w, std::size_t rows)
{
    if (level < SimdLevel::Amx || rows == 0)
        return;
    TileConfig config;
    const auto height = static_cast<std::uint8_t>(std::min<std::size_t>(rows, 16));
    for (std::size_t t = 0; t < 6; ++t) {
        config.rows[t] = height;
        config.columnBytes[t] = static_cast<std::uint16_t>(t < 4 ? 64 : w.step());
    }
    for (std::size_t t = 6; t < 8; ++t) {
        config.rows[t] = static_cast<std::uint8_t>(w.step() / 4);
        config.columnBytes[t] = 64;
    }
    configureTiles(config);
    m_on = true;
}

TileScope::~TileScope()
{
    if (m_on)
        releaseTiles();
}

void multiplyRows8(SimdLevel level, const Rows8 &rows, const PackedWeights8 &weights, std::size_t firstPanel, std::size_t panels,
                   const std::int32_t *bias, std::int32_t *acc, std::size_t accStride)
{
    if (level < SimdLevel::Amx)
        return multiplyVnni(rows, weights, firstPanel, panels, bias, acc, accStride);
    if (rows.isSigned)
        return multiplyAmx<true>(rows, weights, firstPanel, panels, bias, acc, accStride);
    multiplyAmx<false>(rows, weights, firstPanel, panels, bias, acc, accStride);
}

REQUANT_VNNI void sumRows8(const Rows8 &rows, std::size_t n, std::int32_t *to)
{
    const __m512i one = _mm512_set1_epi8(1);
    for (std::size_t r = 0; r < rows.count; ++r) {
        const std::uint8_t *row = rows.data + r * rows.stride;
        __m512i sum = _mm512_setzero_si512();
        for (std::size_t k = 0; k < n; k += 64) {
            const __mmask64 mask = n - k >= 64 ? ~__mmask64{0} : (__mmask64{1} << (n - k)) - 1;
            const __m512i x = _mm512_maskz_loadu_epi8(mask, row + k);
            sum = rows.isSigned ? _mm512_dpbusd_epi32(sum, one, x) : _mm512_dpbusd_epi32(sum, x, one);
        }
        to[r] = _mm512_reduce_add_epi32(sum);
    }
}

REQUANT_VNNI void addRowSums(std::int32_t *acc, std::size_t accStride, std::size_t rows, const std::int32_t *sums, std::int32_t offset)
{
    for (std::size_t r = 0; r < rows; ++r) {
        const auto add = static_cast<std::int32_t>(static_cast<std::uint32_t>(sums[r]) * static_cast<std::uint32_t>(offset));
        std::int32_t *a = acc + r * accStride;
        _mm512_storeu_si512(a, _mm512_add_epi32(_mm512_loadu_si512(a), _mm512_set1_epi32(add)));
    }
}

REQUANT_VNNI void flipSigns(const std::uint8_t *from, std::size_t n, std::uint8_t *to)
{
    const __m512i sign = _mm512_set1_epi8(static_cast<char>(0x80));
    std::size_t i = 0;
    for (; i + 64 <= n; i += 64)
        _mm512_storeu_si512(to + i, _mm512_xor_si512(_mm512_loadu_si512(from + i), sign));
    if (i < n) {
        const __mmask64 mask = (__mmask64{1} << (n - i)) - 1;
        _mm512_mask_storeu_epi8(to + i, mask, _mm512_xor_si512(_mm512_maskz_loadu_epi8(mask, from + i), sign));
    }
}

} // namespace requant
#else
namespace requant {
TileScope::TileScope(SimdLevel, const PackedWeights8 &, std::size_t) {}
TileScope::~TileScope() = default;
void multiplyRows8(SimdLevel, const Rows8 &, const PackedWeights8 &, std::size_t, std::size_t, const std::int32_t *, std::int32_t *, std::size_t) {}
void sumRows8(const Rows8 &, std::size_t, std::int32_t *) {}
void addRowSums(std::int32_t *, std::size_t, std::size_t, const std::int32_t *, std::int32_t) {}
void flipSigns(const std::uint8_t *, std::size_t, std::uint8_t *) {}
} // namespace requant
#endif
