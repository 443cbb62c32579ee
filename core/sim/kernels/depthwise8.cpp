// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sim/kernels/depthwise8.h"

#include <algorithm>

#if defined(__x86_64__) && defined(__GNUC__)
#define REQUANT_X86 1
#include <immintrin.h>
#define REQUANT_TARGET_O3(x) __attribute__((target(x)))
#endif
#define REQUANT_INLINE inline __attribute__((always_inline))

namespace requant {
namespace {

constexpr std::size_t kPixels = 8;                          // whose accumulators are kept
constexpr double kMostPlanes = 4 << 20; // bytes of interleaved lines
constexpr std::size_t kWorthAThread = std::size_t{1} << 18; // multiplications

std::size_t size(int v) { return static_cast<std::size_t>(v); }

struct TapRange
{
    int begin, end;
};
// Kernel positions that fall inside the picture for an output position whose first tap is at `origin`.
TapRange tapsInside(int origin, int in, int kernel, int dilation)
{
    int begin = origin < 0 ? (-origin + dilation - 1) / dilation : 0;
    int end = origin >= in ? 0 : std::min(kernel, (in - 1 - origin) / dilation + 1);
    begin = std::min(begin, kernel);
    return {begin, std::max(begin, end)};
}

template <class T>
REQUANT_INLINE void accumulateTap(const T *in, const std::int16_t *w, std::int32_t zeroPoint, std::size_t n, std::int32_t *acc)
{
    for (std::size_t c = 0; c < n; ++c)
        acc[c] += (static_cast<std::int32_t>(in[c]) - zeroPoint) * w[c];
}

template <class T>
struct PixelArgs
{
    const T *origin;          // input at tap (0, 0); may lie outside, only taps inside are read
    std::ptrdiff_t lineStep, tapStep; // elements between taps
    TapRange y, x;
    const std::int16_t *weights;
    std::size_t kernelW, channels;
    std::int32_t zeroPoint;
    const std::int32_t *bias;
    std::int32_t *acc;
};

template <class T>
REQUANT_INLINE void pixelBody(const PixelArgs<T> &a)
{
    constexpr std::size_t kBlock = 64; // accumulators stay in registers
    std::size_t c = 0;
    for (; c + kBlock <= a.channels; c += kBlock) {
        std::int32_t sum[kBlock];
        for (std::size_t i = 0; i < kBlock; ++i)
            sum[i] = a.bias[c + i];
        for (int ky = a.y.begin; ky < a.y.end; ++ky)
            for (int kx = a.x.begin; kx < a.x.end; ++kx) {
                const T *p = a.origin + ky * a.lineStep + kx * a.tapStep + static_cast<std::ptrdiff_t>(c);
                const std::int16_t *w = a.weights + (static_cast<std::size_t>(ky) * a.kernelW + static_cast<std::size_t>(kx)) * a.channels + c;
                for (std::size_t i = 0; i < kBlock; ++i)
                    sum[i] += (static_cast<std::int32_t>(p[i]) - a.zeroPoint) * w[i];
            }
        for (std::size_t i = 0; i < kBlock; ++i)
            a.acc[c + i] = sum[i];
    }
    if (c == a.channels)
        return;
    for (std::size_t i = c; i < a.channels; ++i)
        a.acc[i] = a.bias[i];
    for (int ky = a.y.begin; ky < a.y.end; ++ky)
        for (int kx = a.x.begin; kx < a.x.end; ++kx)
            accumulateTap(a.origin + ky * a.lineStep + kx * a.tapStep + static_cast<std::ptrdiff_t>(c),
                          a.weights + (static_cast<std::size_t>(ky) * a.kernelW + static_cast<std::size_t>(kx)) * a.channels + c,
                          a.zeroPoint, a.channels - c, a.acc + c);
}
#ifdef REQUANT_X86
template <class T>
REQUANT_TARGET_O3("avx2") void pixelAvx2(const PixelArgs<T> &a) { pixelBody(a); }
// Two taps of 32 channels in one multiply-add: their values lie interleaved, so that each int32 lane sums one channel.
template <class T>
REQUANT_TARGET_O3("avx512f,avx512bw,avx512vl,avx512dq") void pixelAvx512(const PixelArgs<T> &a)
{
    const __m512i zero = _mm512_set1_epi16(static_cast<std::int16_t>(a.zeroPoint));
    const T *taps[64];
    const std::int16_t *weights[64];
    std::size_t count = 0;
    const auto yTaps = static_cast<std::size_t>(a.y.end - a.y.begin), xTaps = static_cast<std::size_t>(a.x.end - a.x.begin);
    if (yTaps * xTaps > 63)
        return pixelBody(a);
    for (int ky = a.y.begin; ky < a.y.end; ++ky)
        for (int kx = a.x.begin; kx < a.x.end; ++kx, ++count) {
            taps[count] = a.origin + ky * a.lineStep + kx * a.tapStep;
            weights[count] = a.weights + (static_cast<std::size_t>(ky) * a.kernelW + static_cast<std::size_t>(kx)) * a.channels;
        }
    // unpacklo and unpackhi work in 128-bit lanes: low holds channels 0-3, 8-11, ..., high 4-7, 12-15, ...
    const __m512i first = _mm512_setr_epi32(0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23);
    const __m512i second = _mm512_setr_epi32(8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31);
    for (std::size_t c = 0; c < a.channels; c += 32) {
        const __mmask32 mask = a.channels - c >= 32 ? ~__mmask32{0} : static_cast<__mmask32>((std::uint32_t{1} << (a.channels - c)) - 1);
        __m512i low = _mm512_setzero_si512(), high = _mm512_setzero_si512();
        for (std::size_t k = 0; k < count; k += 2) {
            const bool two = k + 1 < count;
            const __m256i b0 = _mm256_maskz_loadu_epi8(mask, taps[k] + c), b1 = _mm256_maskz_loadu_epi8(mask, taps[two ? k + 1 : k] + c);
            __m512i x0, x1;
            if constexpr (std::is_signed_v<T>) {
                x0 = _mm512_cvtepi8_epi16(b0);
                x1 = _mm512_cvtepi8_epi16(b1);
            } else {
                x0 = _mm512_cvtepu8_epi16(b0);
                x1 = _mm512_cvtepu8_epi16(b1);
            }
            x0 = _mm512_sub_epi16(x0, zero);
            x1 = _mm512_sub_epi16(x1, zero);
            const __m512i w0 = _mm512_maskz_loadu_epi16(mask, weights[k] + c);
            const __m512i w1 = _mm512_maskz_loadu_epi16(two ? mask : __mmask32{0}, weights[two ? k + 1 : k] + c);
            low = _mm512_add_epi32(low, _mm512_madd_epi16(_mm512_unpacklo_epi16(x0, x1), _mm512_unpacklo_epi16(w0, w1)));
            high = _mm512_add_epi32(high, _mm512_madd_epi16(_mm512_unpackhi_epi16(x0, x1), _mm512_unpackhi_epi16(w0, w1)));
        }
        const auto mask0 = static_cast<__mmask16>(mask), mask1 = static_cast<__mmask16>(mask >> 16);
        const __m512i sum0 = _mm512_add_epi32(_mm512_permutex2var_epi32(low, first, high), _mm512_maskz_loadu_epi32(mask0, a.bias + c));
        const __m512i sum1 = _mm512_add_epi32(_mm512_permutex2var_epi32(low, second, high), _mm512_maskz_loadu_epi32(mask1, a.bias + c + 16));
        _mm512_mask_storeu_epi32(a.acc + c, mask0, sum0);
        _mm512_mask_storeu_epi32(a.acc + c + 16, mask1, sum1);
    }
}
#endif
template <class T>
void pixel(SimdLevel level, const PixelArgs<T> &a)
{
#ifdef REQUANT_X86
    if (level >= SimdLevel::Avx512)
        return pixelAvx512(a);
    if (level >= SimdLevel::Avx2)
        return pixelAvx2(a);
#endif
    (void)level;
    pixelBody(a);
}

} // namespace

bool DepthwiseWeights::takesBytes(const ConvGeometry &g, const OutputStage &stage)
{
    // Dilation or kernels out of proportion are not worth their interleaved lines.
    const double width = static_cast<double>(g.outW) * g.strideW + static_cast<double>(g.kernelW) * g.dilationW;
    const double planes = (static_cast<double>(g.kernelH) + 3) * width * (static_cast<double>(g.inC) + 15);
    return stage.simd >= SimdLevel::Avx512Vnni && g.outC == g.inC && byteSize(stage.type, 1) == 1 && planes < kMostPlanes;
}

std::shared_ptr<const DepthwiseWeights> DepthwiseWeights::pack(const ConvGeometry &g, const OutputStage &stage, std::span<const std::int16_t> weights)
{
    auto packed = std::make_shared<DepthwiseWeights>();
    if (takesBytes(g, stage))
        packed->bytes = std::make_unique<const DepthwiseBytes>(DepthwiseBytes::pack(g, weights));
    else
        packed->words.assign(weights.begin(), weights.end());
    return packed;
}

template <class T>
Depthwise8<T>::Depthwise8(const ConvGeometry &g, std::shared_ptr<const DepthwiseWeights> weights, std::span<const std::int32_t> bias, std::int32_t inputZeroPoint,
                          OutputStage stage)
    : m_g(g), m_zeroPoint(inputZeroPoint), m_stage(std::move(stage)), m_weights(std::move(weights)), m_bias(size(g.outC), 0)
{
    if (!bias.empty())
        m_bias.assign(bias.begin(), bias.end());
    if (m_weights->bytes)
        m_rows = std::make_unique<const DepthwiseRows>(m_g, *m_weights->bytes, m_stage, bias, m_zeroPoint, std::is_signed_v<T>);
}

// Output lines [begin, end) of the batch.
template <class T>
std::size_t Depthwise8<T>::runWords(const T *in, std::byte *out, std::size_t begin, std::size_t end, const RunState &state, Scratch &scratch) const
{
    const ConvGeometry &g = m_g;
    const int multiplier = g.outC / g.inC;
    const std::size_t elementBytes = byteSize(m_stage.type, 1), outC = size(g.outC);
    auto *acc = reinterpret_cast<std::int32_t *>(scratch.get(kPixels * outC * 4));
    const std::ptrdiff_t lineStep = static_cast<std::ptrdiff_t>(g.dilationH) * g.inW * g.inC, tapStep = static_cast<std::ptrdiff_t>(g.dilationW) * g.inC;
    std::size_t saturated = 0;
    for (std::size_t line = begin; line < end && !state.isCancelled(); ++line) {
        const T *image = in + line / size(g.outH) * (size(g.inH) * size(g.inW) * size(g.inC));
        std::byte *to = out + line * size(g.outW) * outC * elementBytes;
        const int y0 = static_cast<int>(line % size(g.outH)) * g.strideH - g.padTop;
        const TapRange ys = tapsInside(y0, g.inH, g.kernelH, g.dilationH);
        for (std::size_t first = 0; first < size(g.outW) && !state.isCancelled(); first += kPixels) {
            const std::size_t n = std::min(kPixels, size(g.outW) - first);
            for (std::size_t k = 0; k < n; ++k) {
                const int x0 = static_cast<int>(first + k) * g.strideW - g.padLeft;
                const TapRange xs = tapsInside(x0, g.inW, g.kernelW, g.dilationW);
                const T *origin = image + (static_cast<std::ptrdiff_t>(y0) * g.inW + x0) * g.inC;
                std::int32_t *a = acc + k * outC;
                if (multiplier == 1) {
                    pixel(m_stage.simd, PixelArgs<T>{origin, lineStep, tapStep, ys, xs, m_weights->words.data(), size(g.kernelW), outC, m_zeroPoint, m_bias.data(), a});
                    continue;
                }
                std::copy(m_bias.begin(), m_bias.end(), a);
                for (int ky = ys.begin; ky < ys.end; ++ky)
                    for (int kx = xs.begin; kx < xs.end; ++kx) {
                        const T *p = origin + ky * lineStep + kx * tapStep;
                        const std::int16_t *w = m_weights->words.data() + size(ky * g.kernelW + kx) * outC;
                        for (std::size_t c = 0, i = 0; c < outC; ++i)
                            for (const std::int32_t q = static_cast<std::int32_t>(p[i]) - m_zeroPoint; c < (i + 1) * size(multiplier); ++c)
                                a[c] += q * w[c];
                    }
            }
            saturated += m_stage.applyRows(acc, outC, n, 0, outC, to + first * outC * elementBytes, outC, state.counters);
        }
    }
    return saturated;
}

template <class T>
void Depthwise8<T>::run(const T *in, void *out, const KernelRun &r) const
{
    const std::size_t lines = size(m_g.batch) * size(m_g.outH), lineBytes = size(m_g.outW) * size(m_g.outC) * byteSize(m_stage.type, 1);
    if (lines == 0 || lineBytes == 0)
        return;
    auto *bytes = static_cast<std::byte *>(out);
    std::atomic<std::uint64_t> saturated{0};
    const std::size_t lineWork = size(m_g.outW) * size(m_g.outC) * size(m_g.kernelH * m_g.kernelW);
    r.parallel(lines, std::max<std::size_t>(1, kWorthAThread / lineWork), [&](std::size_t begin, std::size_t end, Scratch &scratch) {
        std::size_t mine = 0;
        if (!m_rows)
            mine = runWords(in, bytes, begin, end, r.state, scratch);
        else
            for (std::size_t line = begin; line < end && !r.state.isCancelled(); ++line) {
                const auto *image = reinterpret_cast<const std::uint8_t *>(in) + line / size(m_g.outH) * (size(m_g.inH) * size(m_g.inW) * size(m_g.inC));
                mine += m_rows->run(image, static_cast<int>(line % size(m_g.outH)), bytes + line * lineBytes, r.state.counters, scratch);
            }
        saturated += mine;
    });
    if (r.state.counters) {
        const auto outputs = static_cast<std::uint64_t>(lines) * size(m_g.outW) * size(m_g.outC);
        r.state.counters->add({.outputs = outputs, .saturated = saturated, .accumulated = outputs});
    }
}

template class Depthwise8<std::uint8_t>;
template class Depthwise8<std::int8_t>;

} // namespace requant
