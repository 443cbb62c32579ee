// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sim/bytesums.h"

#include "core/sim/bytehistogram.h"

#include <algorithm>
#include <numeric>

#if defined(__x86_64__) && defined(__GNUC__)
#define REQUANT_X86 1
#include <immintrin.h>
#define REQUANT_TARGET(x) __attribute__((target(x)))
#endif

namespace requant {
namespace {

constexpr std::size_t kRows = std::size_t{1} << 15; // of which sums surely fit 32 bits

// ---- sums of channels ------------------------------------------------------------------------------------------------

void addChannels(const std::uint8_t *values, std::size_t rows, std::size_t channels, std::uint8_t flip, ByteSums &s)
{
    std::vector<std::uint32_t> sum(channels), square(channels);
    std::uint8_t *low = s.low.data(), *high = s.high.data();
    for (std::size_t first = 0; first < rows; first += kRows) {
        std::fill(sum.begin(), sum.end(), 0u);
        std::fill(square.begin(), square.end(), 0u);
        const std::size_t last = std::min(rows, first + kRows);
        for (std::size_t r = first; r < last; ++r) {
            const std::uint8_t *row = values + r * channels;
            for (std::size_t c = 0; c < channels; ++c) {
                const auto u = static_cast<std::uint8_t>(row[c] ^ flip);
                sum[c] += u;
                square[c] += static_cast<std::uint32_t>(u) * u;
                low[c] = std::min(low[c], u);
                high[c] = std::max(high[c], u);
            }
        }
        for (std::size_t c = 0; c < channels; ++c) {
            s.sum[c] += sum[c];
            s.square[c] += square[c];
        }
    }
}

#ifdef REQUANT_X86
#define REQUANT_VNNI REQUANT_TARGET("avx512f,avx512bw,avx512vl,avx512dq,avx512vnni")

// Of 64 columns, in their order.
struct Columns
{
    alignas(64) std::uint32_t sum[64];
    alignas(64) std::int32_t excess[64]; // sum of u * (u - 128)
    alignas(64) std::uint8_t low[64], high[64];
};

// The first `width` of 64 columns, at most kRows rows. Four rows are interleaved, so that one multiply-add takes four values of
// a column.
REQUANT_VNNI void addColumns(const std::uint8_t *values, std::size_t rows, std::size_t stride, std::size_t width, std::uint8_t flip, Columns &to)
{
    const __mmask64 mask = width >= 64 ? ~__mmask64{0} : (__mmask64{1} << width) - 1;
    const __m512i flips = _mm512_set1_epi8(static_cast<char>(flip)), half = _mm512_set1_epi8(static_cast<char>(0x80)), one = _mm512_set1_epi8(1);
    __m512i sum[4] = {}, excess[4] = {}, low = _mm512_set1_epi8(static_cast<char>(0xFF)), high = _mm512_setzero_si512();
    for (std::size_t r = 0; r < rows; r += 4) {
        __m512i x[4];
        const std::size_t count = std::min<std::size_t>(4, rows - r);
        if (count == 4 && width >= 64) {
#pragma GCC unroll 4
            for (std::size_t k = 0; k < 4; ++k) {
                x[k] = _mm512_xor_si512(_mm512_loadu_si512(values + (r + k) * stride), flips);
                low = _mm512_min_epu8(low, x[k]);
                high = _mm512_max_epu8(high, x[k]);
            }
        } else {
            for (std::size_t k = 0; k < 4; ++k) {
                x[k] = _mm512_setzero_si512(); // adds nothing
                if (k >= count)
                    continue;
                x[k] = _mm512_xor_si512(_mm512_maskz_loadu_epi8(mask, values + (r + k) * stride), flips);
                low = _mm512_min_epu8(low, x[k]);
                high = _mm512_max_epu8(high, x[k]);
            }
        }
        const __m512i low01 = _mm512_unpacklo_epi8(x[0], x[1]), high01 = _mm512_unpackhi_epi8(x[0], x[1]);
        const __m512i low23 = _mm512_unpacklo_epi8(x[2], x[3]), high23 = _mm512_unpackhi_epi8(x[2], x[3]);
        const __m512i v[4] = {_mm512_unpacklo_epi16(low01, low23), _mm512_unpackhi_epi16(low01, low23), _mm512_unpacklo_epi16(high01, high23),
                              _mm512_unpackhi_epi16(high01, high23)};
#pragma GCC unroll 4
        for (std::size_t j = 0; j < 4; ++j) {
            sum[j] = _mm512_dpbusd_epi32(sum[j], v[j], one);
            excess[j] = _mm512_dpbusd_epi32(excess[j], v[j], _mm512_xor_si512(v[j], half));
        }
    }
    alignas(64) std::uint32_t s[4][16];
    alignas(64) std::int32_t e[4][16];
    for (std::size_t j = 0; j < 4; ++j) {
        _mm512_store_si512(s[j], sum[j]);
        _mm512_store_si512(e[j], excess[j]);
    }
    for (std::size_t i = 0; i < 64; ++i) { // element 4 * l + k of vector j is column 16 * l + 4 * j + k
        to.sum[i] = s[i % 16 / 4][i / 16 * 4 + i % 4];
        to.excess[i] = e[i % 16 / 4][i / 16 * 4 + i % 4];
    }
    _mm512_store_si512(to.low, low);
    _mm512_store_si512(to.high, high);
}

// Columns [begin, begin + width) of rows `stride` apart; column i belongs to channel i % channels.
void addBlock(const std::uint8_t *values, std::size_t rows, std::size_t stride, std::size_t begin, std::size_t width, std::uint8_t flip, ByteSums &s)
{
    Columns columns;
    const std::size_t channels = s.sum.size();
    for (std::size_t first = 0; first < rows; first += kRows) {
        const std::size_t count = std::min(kRows, rows - first);
        addColumns(values + first * stride + begin, count, stride, width, flip, columns);
        std::size_t c = begin % channels;
        for (std::size_t i = 0; i < width; ++i, c = c + 1 == channels ? 0 : c + 1) {
            s.sum[c] += columns.sum[i];
            s.square[c] += static_cast<std::uint64_t>(std::int64_t{columns.excess[i]} + std::int64_t{columns.sum[i]} * 128);
            s.low[c] = std::min(s.low[c], columns.low[i]);
            s.high[c] = std::max(s.high[c], columns.high[i]);
        }
    }
}

void addChannelsVnni(const std::uint8_t *values, std::size_t rows, std::size_t channels, std::uint8_t flip, ByteSums &s)
{
    // Rows of a common multiple of the channels and 64 waste no columns.
    constexpr std::size_t kMostBlocks = 16;
    const std::size_t period = std::lcm(channels, std::size_t{64}), n = rows * channels;
    if (period <= kMostBlocks * 64 && n >= 8 * period) {
        const std::size_t done = n / period * period;
        for (std::size_t begin = 0; begin < period; begin += 64)
            addBlock(values, done / period, period, begin, 64, flip, s);
        for (std::size_t begin = 0; begin < n - done; begin += 64) // the last, incomplete one
            addBlock(values + done, 1, period, begin, std::min<std::size_t>(64, n - done - begin), flip, s);
        return;
    }
    for (std::size_t begin = 0; begin < channels; begin += 64)
        addBlock(values, rows, channels, begin, std::min<std::size_t>(64, channels - begin), flip, s);
}
#endif

} // namespace

void ByteSums::add(const ByteSums &o)
{
    for (std::size_t c = 0; c < sum.size(); ++c) {
        sum[c] += o.sum[c];
        square[c] += o.square[c];
        low[c] = std::min(low[c], o.low[c]);
        high[c] = std::max(high[c], o.high[c]);
    }
    for (std::size_t b = 0; b < histogram.size(); ++b)
        histogram[b] += o.histogram[b];
    rows += o.rows;
}

void addBytes(SimdLevel level, std::span<const std::uint8_t> values, bool isSigned, ByteSums &s)
{
    const std::size_t channels = s.sum.size(), rows = channels == 0 ? 0 : values.size() / channels;
    const std::uint8_t flip = isSigned ? 0x80 : 0;
    // In the order of the bytes as they are; the most frequent one so far.
    std::uint64_t histogram[256] = {};
    const auto most = std::max_element(s.histogram.begin(), s.histogram.end());
    addHistogram(level, values.data(), rows * channels, static_cast<std::uint8_t>((most - s.histogram.begin()) ^ flip), histogram);
    for (std::size_t b = 0; b < 256; ++b)
        s.histogram[b ^ flip] += histogram[b];
    s.rows += rows;
#ifdef REQUANT_X86
    if (level >= SimdLevel::Avx512Vnni)
        return addChannelsVnni(values.data(), rows, channels, flip, s);
#endif
    addChannels(values.data(), rows, channels, flip, s);
}

} // namespace requant
