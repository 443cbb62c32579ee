// SPDX-License-Identifier: GPL-3.0-or-later
// Counting in a table takes a store for each value, whatever the processor is. Where there is AVX-512 VBMI2 the most frequent
// value is counted by the vector and only the others are left; where there is AMX these are counted by a matrix product: with
// H[h][k] = [high half of value k is h] and L[k][l] = [low half of value k is l], both 0 or 1, H * L counts all values at once.
#include "core/sim/bytehistogram.h"

#include <algorithm>
#include <bit>
#include <cstring>

#if defined(__x86_64__) && defined(__GNUC__)
#define REQUANT_X86 1
#include <immintrin.h>
#endif

namespace requant {
namespace {

constexpr std::size_t kFew = 512;                   // values for which nothing but a table pays
constexpr std::size_t kMost = std::size_t{1} << 30; // that a bin of 32 bits holds

// Four tables in turn: equal neighbours do not wait for each other.
struct Bins
{
    std::uint32_t bin[4][256] = {};
    void add(const std::uint8_t *values, std::size_t n)
    {
        std::size_t i = 0;
        for (; i + 8 <= n; i += 8) {
            std::uint64_t x;
            std::memcpy(&x, values + i, 8);
            for (unsigned k = 0; k < 8; ++k)
                ++bin[k % 4][x >> (8 * k) & 255];
        }
        for (; i < n; ++i)
            ++bin[0][values[i]];
    }
    void addTo(std::uint64_t *histogram) const
    {
        for (unsigned b = 0; b < 256; ++b)
            histogram[b] += std::uint64_t{bin[0][b]} + bin[1][b] + bin[2][b] + bin[3][b];
    }
};

#ifdef REQUANT_X86
constexpr std::size_t kPiece = 4096;

bool hasCompress()
{
    static const bool has = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vbmi2");
    return has;
}

// The values that are not `frequent`, at most kPiece; up to 63 bytes behind them are written too.
__attribute__((target("avx512f,avx512bw,avx512vbmi2,popcnt")))
std::size_t others(const std::uint8_t *values, std::size_t n, std::uint8_t frequent, std::uint8_t *to)
{
    const __m512i skipped = _mm512_set1_epi8(static_cast<char>(frequent));
    std::uint8_t *end = to;
    for (std::size_t i = 0; i < n; i += 64) {
        const __mmask64 inside = n - i >= 64 ? ~__mmask64{0} : (__mmask64{1} << (n - i)) - 1;
        const __m512i x = _mm512_maskz_loadu_epi8(inside, values + i);
        const __mmask64 other = _mm512_mask_cmpneq_epi8_mask(inside, x, skipped);
        _mm512_storeu_si512(end, _mm512_maskz_compress_epi8(other, x));
        end += std::popcount(other);
    }
    return static_cast<std::size_t>(end - to);
}

#define REQUANT_AMX __attribute__((target("amx-tile,amx-int8,avx512f,avx512bw,avx512vl,avx512dq")))

// Tiles 0 to 3 hold counts, 4 and 6 factors H, 5 and 7 factors L.
class TileCounts
{
public:
    REQUANT_AMX TileCounts()
    {
        struct alignas(64) Config
        {
            std::uint8_t palette = 1, startRow = 0, reserved[14] = {};
            std::uint16_t columnBytes[16] = {};
            std::uint8_t rows[16] = {};
        } config;
        std::fill_n(config.columnBytes, 8, std::uint16_t{64});
        std::fill_n(config.rows, 8, std::uint8_t{16});
        asm volatile("" ::: "memory");
        _tile_loadconfig(&config);
        _tile_zero(0);
        _tile_zero(1);
        _tile_zero(2);
        _tile_zero(3);
    }
    REQUANT_AMX ~TileCounts() { _tile_release(); }
    TileCounts(const TileCounts &) = delete;
    TileCounts &operator=(const TileCounts &) = delete;

    // Whole vectors.
    REQUANT_AMX void add(const std::uint8_t *values, std::size_t vectors)
    {
        const __m512i one = _mm512_set1_epi8(1), half = _mm512_set1_epi8(15);
        const __m512i column = _mm512_mullo_epi32(_mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15), _mm512_set1_epi32(0x01010101));
        __m512i isRow[16]; // as a table: 1 at the row, else 0
        for (int h = 0; h < 16; ++h) {
            alignas(16) std::uint8_t table[16] = {};
            table[h] = 1;
            isRow[h] = _mm512_maskz_broadcast_i32x4(0xFFFF, _mm_load_si128(reinterpret_cast<const __m128i *>(table))); // the plain form warns in GCC 12
        }
        for (std::size_t v = 0; v < vectors; ++v, values += 64) {
            std::uint8_t *to = m_factors[m_next];
            const __m512i high = _mm512_and_si512(_mm512_srli_epi16(_mm512_loadu_si512(values), 4), half);
#pragma GCC unroll 16
            for (int h = 0; h < 16; ++h)
                _mm512_store_si512(to + 64 * h, _mm512_shuffle_epi8(isRow[h], high));
#pragma GCC unroll 16
            for (int k = 0; k < 16; ++k) { // four values for all columns: (x & half) ^ column is 0 where it is theirs
                std::int32_t four;
                std::memcpy(&four, values + 4 * k, 4);
                _mm512_store_si512(to + 1024 + 64 * k, _mm512_subs_epu8(one, _mm512_ternarylogic_epi32(_mm512_set1_epi32(four), half, column, 0x6A)));
            }
            if (++m_next == kSlots)
                multiply();
        }
    }
    REQUANT_AMX void addTo(std::uint64_t *histogram)
    {
        multiply();
        alignas(64) std::int32_t counts[4][256];
        _tile_stored(0, counts[0], 64);
        _tile_stored(1, counts[1], 64);
        _tile_stored(2, counts[2], 64);
        _tile_stored(3, counts[3], 64);
        asm volatile("" ::: "memory");
        for (unsigned b = 0; b < 256; ++b)
            histogram[b] += static_cast<std::uint64_t>(std::int64_t{counts[0][b]} + counts[1][b] + counts[2][b] + counts[3][b]);
    }

private:
    static constexpr std::size_t kSlots = 4;

    REQUANT_AMX void multiply()
    {
        asm volatile("" ::: "memory"); // what the tile instructions read is not told to the compiler
        const std::uint8_t(*f)[2048] = m_factors;
        if (m_next == kSlots) {
            _tile_loadd(4, f[0], 64);
            _tile_loadd(5, f[0] + 1024, 64);
            _tile_dpbuud(0, 4, 5);
            _tile_loadd(6, f[1], 64);
            _tile_loadd(7, f[1] + 1024, 64);
            _tile_dpbuud(1, 6, 7);
            _tile_loadd(4, f[2], 64);
            _tile_loadd(5, f[2] + 1024, 64);
            _tile_dpbuud(2, 4, 5);
            _tile_loadd(6, f[3], 64);
            _tile_loadd(7, f[3] + 1024, 64);
            _tile_dpbuud(3, 6, 7);
        } else {
            for (std::size_t slot = 0; slot < m_next; ++slot) {
                _tile_loadd(4, f[slot], 64);
                _tile_loadd(5, f[slot] + 1024, 64);
                _tile_dpbuud(0, 4, 5);
            }
        }
        m_next = 0;
        asm volatile("" ::: "memory");
    }

    alignas(64) std::uint8_t m_factors[kSlots][2048];
    std::size_t m_next = 0;
};

// Hands the values that are not `frequent` over piece by piece: take(values, count) gives how many it took from the front.
// Returns how many were left over, at `rest`, and in `taken` how many were not.
template <class Take>
std::size_t forOthers(const std::uint8_t *values, std::size_t n, std::uint8_t frequent, std::uint8_t *rest, std::size_t &taken, Take &&take)
{
    std::size_t left = 0;
    for (std::size_t first = 0; first < n; first += kPiece) {
        left += others(values + first, std::min(kPiece, n - first), frequent, rest + left);
        const std::size_t now = take(rest, left);
        std::memmove(rest, rest + now, left - now);
        taken += now;
        left -= now;
    }
    return left;
}

void addWithVectors(bool tiles, const std::uint8_t *values, std::size_t n, std::uint8_t frequent, std::uint64_t *histogram)
{
    alignas(64) std::uint8_t rest[64 + kPiece + 64];
    std::size_t left = 0, taken = 0;
    Bins bins;
    if (tiles) {
        TileCounts counts;
        left = forOthers(values, n, frequent, rest, taken, [&](const std::uint8_t *some, std::size_t count) {
            counts.add(some, count / 64);
            return count / 64 * 64;
        });
        counts.addTo(histogram);
    } else {
        left = forOthers(values, n, frequent, rest, taken, [&](const std::uint8_t *some, std::size_t count) {
            bins.add(some, count);
            return count;
        });
    }
    bins.add(rest, left);
    bins.addTo(histogram);
    histogram[frequent] += n - taken - left;
}
#endif

} // namespace

void addHistogram(SimdLevel level, const std::uint8_t *values, std::size_t n, std::uint8_t frequent, std::uint64_t *histogram)
{
    for (std::size_t first = 0; first < n; first += kMost) {
        const std::size_t count = std::min(kMost, n - first);
#ifdef REQUANT_X86
        if (level >= SimdLevel::Avx512 && count >= kFew && hasCompress()) {
            addWithVectors(level >= SimdLevel::Amx, values + first, count, frequent, histogram);
            continue;
        }
#endif
        (void)level;
        (void)frequent;
        Bins bins;
        bins.add(values + first, count);
        bins.addTo(histogram);
    }
}

} // namespace requant
