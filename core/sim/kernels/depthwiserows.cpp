// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sim/kernels/depthwiserows.h"

#include <algorithm>
#include <numeric>

namespace requant {
namespace {

constexpr std::size_t kVector = 64;     // outputs of a vector
constexpr std::size_t kAtOnce = 16;     // vectors whose accumulators are kept
constexpr std::size_t kTapBytes = 256;  // weights of a vector's tap: four lines of 64 channels

std::size_t size(int v) { return static_cast<std::size_t>(v); }

} // namespace

int DepthwiseBytes::channelAt(bool isFlat, int channels, std::size_t phase, std::size_t i)
{
    const std::size_t at = phase * kVector + i;
    return isFlat ? static_cast<int>(at % size(channels)) : at < size(channels) ? static_cast<int>(at) : -1;
}

DepthwiseBytes DepthwiseBytes::pack(const ConvGeometry &g, std::span<const std::int16_t> weights)
{
    DepthwiseBytes d;
    const std::size_t channels = size(g.outC);
    d.isFlat = g.strideW == 1 && channels % 16 == 0;
    d.phases = d.isFlat ? channels / std::gcd(channels, kVector) : (channels + kVector - 1) / kVector;
    d.groups = size(g.kernelH + 3) / 4;
    d.sums.assign(channels, 0);
    for (std::size_t i = 0; i < weights.size(); ++i)
        d.sums[i % channels] += weights[i];
    const std::size_t width = size(g.kernelW), taps = d.groups * width;
    std::vector<int> rest(taps * kTapBytes); // what is not stored yet, in the order of a phase's data
    for (std::size_t p = 0; p < d.phases; ++p) {
        std::fill(rest.begin(), rest.end(), 0);
        for (std::size_t i = 0; i < kVector; ++i)
            if (const int c = channelAt(d.isFlat, g.outC, p, i); c >= 0)
                for (std::size_t ky = 0; ky < size(g.kernelH); ++ky)
                    for (std::size_t kx = 0; kx < width; ++kx)
                        rest[(ky / 4 * width + kx) * kTapBytes + OutputQuad::place(i) * 4 + ky % 4] = weights[(ky * width + kx) * channels + size(c)];
        const auto take = [&](std::size_t begin, std::size_t n) { // as much of n weights as fits
            for (std::size_t i = begin; i < begin + n; ++i) {
                const int part = std::clamp(rest[i], -128, 127);
                d.data.push_back(static_cast<std::int8_t>(part));
                rest[i] -= part;
            }
        };
        Phase phase{d.data.size(), {}};
        take(0, rest.size());
        for (std::size_t at = 0; at < rest.size(); at += kVector)
            while (std::any_of(rest.begin() + static_cast<std::ptrdiff_t>(at), rest.begin() + static_cast<std::ptrdiff_t>(at + kVector), [](int w) { return w != 0; })) {
                const std::size_t tap = at / kTapBytes;
                phase.more.push_back({d.data.size(), tap / width, tap % width, at % kTapBytes / kVector});
                take(at, kVector);
            }
        d.phase.push_back(std::move(phase));
    }
    return d;
}

DepthwiseRows::DepthwiseRows(const ConvGeometry &g, const DepthwiseBytes &weights, const OutputStage &stage, std::span<const std::int32_t> bias,
                             std::int32_t inputZeroPoint, bool isSigned)
    : m_g(g), m_weights(weights), m_stage(stage), m_isSigned(isSigned)
{
    const std::int32_t zero = inputZeroPoint + (isSigned ? 128 : 0); // of the inputs as unsigned bytes
    m_padding = static_cast<std::uint8_t>(zero);
    m_pitch = (size(g.inC) + 15) / 16 * 16;
    const std::size_t width = size((g.outW - 1) * g.strideW + (g.kernelW - 1) * g.dilationW + 1);
    m_planeBytes = (width * m_pitch + 2 * kVector + 63) / 64 * 64;
    m_inStep = weights.isFlat ? weights.phases * kVector : size(g.strideW) * m_pitch;
    m_outStep = weights.isFlat ? weights.phases * kVector : size(g.outC);
    m_bias.assign(weights.phases * kVector, 0);
    m_quads.resize(weights.phases);
    for (std::size_t phase = 0; phase < weights.phases; ++phase)
        for (std::size_t i = 0; i < kVector; ++i) {
            const int c = DepthwiseBytes::channelAt(weights.isFlat, g.outC, phase, i);
            if (c < 0)
                continue;
            m_quads[phase].set(i, stage, size(c));
            const auto b = bias.empty() ? 0u : static_cast<std::uint32_t>(bias[size(c)]);
            m_bias[phase * kVector + OutputQuad::place(i)] =
                static_cast<std::int32_t>(b - static_cast<std::uint32_t>(zero) * static_cast<std::uint32_t>(weights.sums[size(c)]));
        }
}

std::size_t DepthwiseRows::run(const std::uint8_t *image, int oy, std::byte *out, bool count, Scratch &scratch) const
{
    const std::size_t planesBytes = 4 * m_weights.groups * m_planeBytes;
    std::byte *memory = scratch.get(planesBytes + kAtOnce * kVector * 4);
    auto *planes = reinterpret_cast<std::uint8_t *>(memory);
    auto *acc = reinterpret_cast<std::int32_t *>(memory + planesBytes);
    interleave(image, oy, planes);
    const std::size_t lineBytes = size(m_g.outW) * size(m_g.outC);
    std::size_t saturated = 0;
    for (std::size_t phase = 0; phase < m_weights.phases; ++phase) {
        const std::size_t start = phase * kVector;
        if (start >= lineBytes)
            break;
        const std::size_t vectors = m_weights.isFlat ? (lineBytes - start + m_outStep - 1) / m_outStep : size(m_g.outW);
        for (std::size_t first = 0; first < vectors; first += kAtOnce) {
            const std::size_t n = std::min(kAtOnce, vectors - first);
            accumulate(phase, planes, first, n, acc);
            std::byte *to = out + start + first * m_outStep;
            // Across pixels only the line's last vector may be short.
            const std::size_t lastWidth = m_weights.isFlat ? std::min(kVector, lineBytes - start - (first + n - 1) * m_outStep) : std::min(kVector, size(m_g.outC) - start);
            const std::size_t whole = m_weights.isFlat && lastWidth < kVector ? n - 1 : n;
            if (whole > 0)
                saturated += applyQuads512(m_stage, m_quads[phase], acc, whole, to, m_outStep, m_weights.isFlat ? kVector : lastWidth, count);
            if (whole < n)
                saturated += applyQuads512(m_stage, m_quads[phase], acc + whole * kVector, 1, to + whole * m_outStep, m_outStep, lastWidth, count);
        }
    }
    return saturated;
}

} // namespace requant

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>
#define REQUANT_VNNI __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512vnni")))
#define REQUANT_INLINE_VNNI inline __attribute__((always_inline, target("avx512f,avx512bw,avx512vl,avx512dq,avx512vnni")))

namespace requant {
namespace {

struct Lines
{
    const std::uint8_t *line[4];
    bool inside[4];
};

// 64 bytes of up to four lines at `offset`, where `mask` says that they are inside of the picture, to the planes.
template <int Count, bool Masked, bool Signed>
REQUANT_INLINE_VNNI void interleave64(const Lines &lines, std::ptrdiff_t offset, __mmask64 mask, __m512i padding, std::uint8_t *plane, std::size_t planeBytes)
{
    const __m512i sign = _mm512_set1_epi8(static_cast<char>(0x80));
    __m512i x[4];
#pragma GCC unroll 4
    for (int k = 0; k < 4; ++k) {
        if (k >= Count) {
            x[k] = padding;
            continue;
        }
        if constexpr (Masked)
            x[k] = _mm512_mask_loadu_epi8(Signed ? _mm512_xor_si512(padding, sign) : padding, lines.inside[k] ? mask : 0, lines.line[k] + offset);
        else
            x[k] = _mm512_loadu_si512(lines.line[k] + offset);
        if constexpr (Signed)
            x[k] = _mm512_xor_si512(x[k], sign);
    }
    const __m512i low01 = _mm512_unpacklo_epi8(x[0], x[1]), high01 = _mm512_unpackhi_epi8(x[0], x[1]);
    const __m512i low23 = _mm512_unpacklo_epi8(x[2], x[3]), high23 = _mm512_unpackhi_epi8(x[2], x[3]);
    _mm512_storeu_si512(plane, _mm512_unpacklo_epi16(low01, low23));
    _mm512_storeu_si512(plane + planeBytes, _mm512_unpackhi_epi16(low01, low23));
    _mm512_storeu_si512(plane + 2 * planeBytes, _mm512_unpacklo_epi16(high01, high23));
    _mm512_storeu_si512(plane + 3 * planeBytes, _mm512_unpackhi_epi16(high01, high23));
}

// Lowest bits [0, n).
std::uint64_t lowBits(std::ptrdiff_t n) { return n <= 0 ? 0 : n >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << n) - 1; }

// The line from its padding on, as one row of bytes.
template <int Count, bool Signed>
REQUANT_VNNI void interleaveFlat(const Lines &lines, std::ptrdiff_t lineBytes, std::ptrdiff_t before, std::ptrdiff_t all, std::uint8_t padding, std::uint8_t *plane,
                                 std::size_t planeBytes)
{
    const __m512i pad = _mm512_set1_epi8(static_cast<char>(padding));
    const bool whole = std::all_of(lines.inside, lines.inside + Count, [](bool b) { return b; });
    for (std::ptrdiff_t at = 0; at < all; at += 64) {
        const std::ptrdiff_t offset = at - before;
        if (whole && offset >= 0 && offset + 64 <= lineBytes)
            interleave64<Count, false, Signed>(lines, offset, 0, pad, plane + at, planeBytes);
        else
            interleave64<Count, true, Signed>(lines, offset, lowBits(lineBytes - offset) & ~lowBits(-offset), pad, plane + at, planeBytes);
    }
}

// Pixel by pixel, each from a multiple of 16 bytes on.
template <int Count, bool Signed>
REQUANT_VNNI void interleavePixels(const Lines &lines, int inW, int channels, int before, int all, std::uint8_t padding, std::uint8_t *plane, std::size_t pitch,
                                   std::size_t planeBytes)
{
    const __m512i pad = _mm512_set1_epi8(static_cast<char>(padding));
    const bool whole = std::all_of(lines.inside, lines.inside + Count, [](bool b) { return b; });
    for (int p = 0; p < all; ++p) {
        const int x = p - before;
        const bool inside = x >= 0 && x < inW;
        for (int c = 0; c < channels; c += 64) {
            const std::ptrdiff_t offset = static_cast<std::ptrdiff_t>(x) * channels + c;
            std::uint8_t *to = plane + static_cast<std::size_t>(p) * pitch + c;
            if (whole && inside && channels - c >= 64)
                interleave64<Count, false, Signed>(lines, offset, 0, pad, to, planeBytes);
            else
                interleave64<Count, true, Signed>(lines, offset, inside ? lowBits(channels - c) : 0, pad, to, planeBytes);
        }
    }
}

template <bool Signed>
void interleaveLines(int count, const ConvGeometry &g, const Lines &lines, std::uint8_t padding, std::uint8_t *plane, std::size_t pitch, std::size_t planeBytes)
{
    const int width = (g.outW - 1) * g.strideW + (g.kernelW - 1) * g.dilationW + 1;
    const auto run = [&]<int Count>() {
        if (pitch == size(g.inC))
            interleaveFlat<Count, Signed>(lines, std::ptrdiff_t{g.inW} * g.inC, std::ptrdiff_t{g.padLeft} * g.inC, std::ptrdiff_t{width} * g.inC, padding, plane, planeBytes);
        else
            interleavePixels<Count, Signed>(lines, g.inW, g.inC, g.padLeft, width, padding, plane, pitch, planeBytes);
    };
    switch (count) {
    case 1: return run.template operator()<1>();
    case 2: return run.template operator()<2>();
    case 3: return run.template operator()<3>();
    default: return run.template operator()<4>();
    }
}

struct Taps
{
    const std::uint8_t *in;    // plane 0 of the first group at the first vector's first tap
    std::size_t inStep, planeBytes, tapStep;
    const std::int8_t *weights;
    std::size_t groups, kernelW;
    const std::int32_t *bias;
    std::int32_t *acc;
    std::size_t n;
};

// One group: the weights stay in registers.
template <std::size_t Width>
REQUANT_VNNI void accumulateFew(const Taps &t)
{
    __m512i w[Width][4], bias[4];
#pragma GCC unroll 4
    for (std::size_t j = 0; j < 4; ++j) {
        bias[j] = _mm512_loadu_si512(t.bias + 16 * j);
#pragma GCC unroll 4
        for (std::size_t kx = 0; kx < Width; ++kx)
            w[kx][j] = _mm512_loadu_si512(t.weights + kx * kTapBytes + 64 * j);
    }
    const std::uint8_t *in = t.in;
    for (std::size_t k = 0; k < t.n; ++k, in += t.inStep)
#pragma GCC unroll 4
        for (std::size_t j = 0; j < 4; ++j) {
            __m512i sum = bias[j];
#pragma GCC unroll 4
            for (std::size_t kx = 0; kx < Width; ++kx)
                sum = _mm512_dpbusd_epi32(sum, _mm512_loadu_si512(in + j * t.planeBytes + kx * t.tapStep), w[kx][j]);
            _mm512_storeu_si512(t.acc + k * kVector + 16 * j, sum);
        }
}

REQUANT_VNNI void accumulateMany(const Taps &t)
{
    const std::uint8_t *in = t.in;
    for (std::size_t k = 0; k < t.n; ++k, in += t.inStep) {
        __m512i sum[4];
#pragma GCC unroll 4
        for (std::size_t j = 0; j < 4; ++j)
            sum[j] = _mm512_loadu_si512(t.bias + 16 * j);
        const std::int8_t *w = t.weights;
        for (std::size_t group = 0; group < t.groups; ++group)
            for (std::size_t kx = 0; kx < t.kernelW; ++kx, w += kTapBytes) {
                const std::uint8_t *x = in + group * 4 * t.planeBytes + kx * t.tapStep;
#pragma GCC unroll 4
                for (std::size_t j = 0; j < 4; ++j)
                    sum[j] = _mm512_dpbusd_epi32(sum[j], _mm512_loadu_si512(x + j * t.planeBytes), _mm512_loadu_si512(w + 64 * j));
            }
#pragma GCC unroll 4
        for (std::size_t j = 0; j < 4; ++j)
            _mm512_storeu_si512(t.acc + k * kVector + 16 * j, sum[j]);
    }
}

// What one vector of a tap has beyond int8.
REQUANT_VNNI void accumulateMore(const Taps &t, const DepthwiseBytes::More &more, const std::int8_t *weights)
{
    const __m512i w = _mm512_loadu_si512(weights);
    const std::uint8_t *in = t.in + (more.group * 4 + more.j) * t.planeBytes + more.kx * t.tapStep;
    std::int32_t *acc = t.acc + 16 * more.j;
    for (std::size_t k = 0; k < t.n; ++k, in += t.inStep, acc += kVector)
        _mm512_storeu_si512(acc, _mm512_dpbusd_epi32(_mm512_loadu_si512(acc), _mm512_loadu_si512(in), w));
}

} // namespace

void DepthwiseRows::interleave(const std::uint8_t *image, int oy, std::uint8_t *planes) const
{
    const int y0 = oy * m_g.strideH - m_g.padTop;
    for (std::size_t group = 0; group < m_weights.groups; ++group) {
        const int first = static_cast<int>(group) * 4, count = std::min(4, m_g.kernelH - first);
        Lines lines{{image, image, image, image}, {}};
        for (int k = 0; k < count; ++k) {
            const int y = y0 + (first + k) * m_g.dilationH;
            lines.inside[k] = y >= 0 && y < m_g.inH;
            if (lines.inside[k])
                lines.line[k] = image + static_cast<std::ptrdiff_t>(y) * m_g.inW * m_g.inC;
        }
        std::uint8_t *plane = planes + group * 4 * m_planeBytes;
        if (m_isSigned)
            interleaveLines<true>(count, m_g, lines, m_padding, plane, m_pitch, m_planeBytes);
        else
            interleaveLines<false>(count, m_g, lines, m_padding, plane, m_pitch, m_planeBytes);
    }
}

void DepthwiseRows::accumulate(std::size_t phase, const std::uint8_t *planes, std::size_t first, std::size_t n, std::int32_t *acc) const
{
    const DepthwiseBytes::Phase &p = m_weights.phase[phase];
    const Taps taps{planes + phase * kVector + first * m_inStep, m_inStep, m_planeBytes, size(m_g.dilationW) * m_pitch, m_weights.data.data() + p.begin, m_weights.groups,
                    size(m_g.kernelW), m_bias.data() + phase * kVector, acc, n};
    if (m_weights.groups == 1 && m_g.kernelW == 3)
        accumulateFew<3>(taps);
    else
        accumulateMany(taps);
    for (const DepthwiseBytes::More &more : p.more)
        accumulateMore(taps, more, m_weights.data.data() + more.begin);
}

} // namespace requant
#else
namespace requant {
void DepthwiseRows::interleave(const std::uint8_t *, int, std::uint8_t *) const {}
void DepthwiseRows::accumulate(std::size_t, const std::uint8_t *, std::size_t, std::size_t, std::int32_t *) const {}
} // namespace requant
#endif
