// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sim/kernels/convfloat.h"

#include <algorithm>

#if defined(__x86_64__) && defined(__GNUC__)
#define REQUANT_X86 1
#include <immintrin.h>
#define REQUANT_TARGET(x) __attribute__((target(x)))
#endif
#define REQUANT_INLINE inline __attribute__((always_inline))

namespace requant {
namespace {

constexpr std::size_t kPanel = FloatWeights::kPanel;
constexpr std::size_t kPixels = 8;                           // side by side, with the same taps
constexpr std::size_t kRun = 1 << 14;                        // products of one output between two looks at the cancellation
constexpr std::size_t kWorthAThread = std::size_t{1} << 16; // multiplications

std::size_t size(int v) { return static_cast<std::size_t>(v); }

// ---- sums[r][c] += x[r * step + k] * w[k][c], in the order of k -----------------------------------------------------

template <std::size_t R>
void panelScalar(const float *x, std::size_t step, std::size_t n, const float *w, float *sums)
{
    for (std::size_t k = 0; k < n; ++k, w += kPanel)
        for (std::size_t r = 0; r < R; ++r)
            for (std::size_t c = 0; c < kPanel; ++c)
                sums[r * kPanel + c] += x[r * step + k] * w[c];
}

#ifdef REQUANT_X86
template <std::size_t R>
REQUANT_TARGET("avx2") void panelAvx2(const float *x, std::size_t step, std::size_t n, const float *w, float *sums)
{
    constexpr std::size_t kRows = R < 4 ? R : 4; // registers
    for (std::size_t first = 0; first < R; first += kRows, x += kRows * step, sums += kRows * kPanel) {
        __m256 sum[kRows][2];
#pragma GCC unroll 4
        for (std::size_t r = 0; r < kRows; ++r) {
            sum[r][0] = _mm256_loadu_ps(sums + r * kPanel);
            sum[r][1] = _mm256_loadu_ps(sums + r * kPanel + 8);
        }
        const float *panel = w;
        for (std::size_t k = 0; k < n; ++k, panel += kPanel) {
            const __m256 w0 = _mm256_loadu_ps(panel), w1 = _mm256_loadu_ps(panel + 8);
#pragma GCC unroll 4
            for (std::size_t r = 0; r < kRows; ++r) {
                const __m256 v = _mm256_set1_ps(x[r * step + k]);
                sum[r][0] = _mm256_add_ps(sum[r][0], _mm256_mul_ps(v, w0));
                sum[r][1] = _mm256_add_ps(sum[r][1], _mm256_mul_ps(v, w1));
            }
        }
#pragma GCC unroll 4
        for (std::size_t r = 0; r < kRows; ++r) {
            _mm256_storeu_ps(sums + r * kPanel, sum[r][0]);
            _mm256_storeu_ps(sums + r * kPanel + 8, sum[r][1]);
        }
    }
}

template <std::size_t R>
REQUANT_TARGET("avx512f") void panelAvx512(const float *x, std::size_t step, std::size_t n, const float *w, float *sums)
{
    __m512 sum[R];
#pragma GCC unroll 8
    for (std::size_t r = 0; r < R; ++r)
        sum[r] = _mm512_loadu_ps(sums + r * kPanel);
    for (std::size_t k = 0; k < n; ++k, w += kPanel) {
        const __m512 v = _mm512_loadu_ps(w);
#pragma GCC unroll 8
        for (std::size_t r = 0; r < R; ++r)
            sum[r] = _mm512_add_ps(sum[r], _mm512_mul_ps(_mm512_set1_ps(x[r * step + k]), v));
    }
#pragma GCC unroll 8
    for (std::size_t r = 0; r < R; ++r)
        _mm512_storeu_ps(sums + r * kPanel, sum[r]);
}
#endif

template <std::size_t R>
void panel(SimdLevel level, const float *x, std::size_t step, std::size_t n, const float *w, float *sums)
{
#ifdef REQUANT_X86
    if (level >= SimdLevel::Avx512)
        return panelAvx512<R>(x, step, n, w, sums);
    if (level >= SimdLevel::Avx2)
        return panelAvx2<R>(x, step, n, w, sums);
#endif
    (void)level;
    panelScalar<R>(x, step, n, w, sums);
}

// sums[c] += x[c] * w[c]
REQUANT_INLINE void addProducts(const float *x, const float *w, std::size_t n, float *sums)
{
    for (std::size_t c = 0; c < n; ++c)
        sums[c] += x[c] * w[c];
}
void addProductsScalar(const float *x, const float *w, std::size_t n, float *sums) { addProducts(x, w, n, sums); }
#ifdef REQUANT_X86
REQUANT_TARGET("avx2") void addProductsAvx2(const float *x, const float *w, std::size_t n, float *sums) { addProducts(x, w, n, sums); }
#endif

// Kernel positions that fall inside the picture for an output position whose first tap is at `origin`.
struct TapRange
{
    int begin, end;
    bool operator==(const TapRange &) const = default;
    static TapRange inside(int origin, int in, int kernel, int dilation)
    {
        const int begin = std::min(origin < 0 ? (-origin + dilation - 1) / dilation : 0, kernel);
        const int end = origin >= in ? 0 : std::min(kernel, (in - 1 - origin) / dilation + 1);
        return {begin, std::max(begin, end)};
    }
};

} // namespace

std::shared_ptr<const FloatWeights> FloatWeights::pack(const ConvGeometry &g, bool depthwise, std::span<const float> weights)
{
    auto packed = std::make_shared<FloatWeights>();
    if (depthwise) {
        packed->values.assign(weights.begin(), weights.end());
        return packed;
    }
    const std::size_t groups = size(g.groups), perGroup = size(g.outC / g.groups), depth = size(g.kernelH * g.kernelW * (g.inC / g.groups));
    packed->panelsPerGroup = (perGroup + kPanel - 1) / kPanel;
    packed->values.assign(groups * packed->panelsPerGroup * depth * kPanel, 0.0f);
    for (std::size_t group = 0; group < groups; ++group)
        for (std::size_t c = 0; c < perGroup; ++c) {
            float *to = packed->values.data() + (group * packed->panelsPerGroup + c / kPanel) * depth * kPanel + c % kPanel;
            const float *from = weights.data() + (group * perGroup + c) * depth;
            for (std::size_t k = 0; k < depth; ++k)
                to[k * kPanel] = from[k];
        }
    return packed;
}

ConvFloat::ConvFloat(const ConvGeometry &g, bool depthwise, std::shared_ptr<const FloatWeights> weights, std::vector<float> bias, FloatRange range)
    : m_g(g), m_depthwise(depthwise), m_weights(std::move(weights)), m_bias(std::move(bias)), m_range(range)
{
    const bool pointwise = g.kernelH == 1 && g.kernelW == 1 && g.strideH == 1 && g.strideW == 1 && g.padTop == 0 && g.padLeft == 0;
    const std::int64_t pixels = std::int64_t{g.batch} * g.outH * g.outW;
    if (pointwise && pixels < (1 << 28)) { // one long row
        m_g.batch = m_g.inH = m_g.outH = 1;
        m_g.inW = m_g.outW = static_cast<int>(pixels);
    }
}

// Output pixels [begin, end) of the batch and panels [panelBegin, panelEnd) of all groups.
struct ConvFloat::Part
{
    const float *in;
    float *out;
    const RunState &state;
    Scratch &scratch;
    std::size_t begin, end, panelBegin, panelEnd;
};

void ConvFloat::finish(const float *sums, std::size_t channel, std::size_t n, float *out) const
{
    for (std::size_t c = 0; c < n; ++c)
        out[c] = std::min(std::max(sums[c] + m_bias[channel + c], m_range.min), m_range.max);
}

void ConvFloat::runPanels(const Part &part) const
{
    const ConvGeometry &g = m_g;
    const std::size_t inC = size(g.inC), outC = size(g.outC), channels = size(g.inC / g.groups), perGroup = size(g.outC / g.groups);
    const std::size_t depth = size(g.kernelH * g.kernelW) * channels, step = size(g.strideW) * inC, perGroupPanels = m_weights->panelsPerGroup;
    const bool merges = g.groups == 1 && g.dilationW == 1; // the taps of a line are neighbours
    for (std::size_t pixel = part.begin; pixel < part.end;) {
        const int ox = static_cast<int>(pixel % size(g.outW)), oy = static_cast<int>(pixel / size(g.outW) % size(g.outH));
        const std::size_t image = pixel / size(g.outW) / size(g.outH) * size(g.inH);
        const int y0 = oy * g.strideH - g.padTop, x0 = ox * g.strideW - g.padLeft;
        const TapRange ys = TapRange::inside(y0, g.inH, g.kernelH, g.dilationH), xs = TapRange::inside(x0, g.inW, g.kernelW, g.dilationW);
        std::size_t pixels = 1;
        const std::size_t most = std::min({kPixels, part.end - pixel, size(g.outW - ox)});
        while (pixels < most && TapRange::inside(x0 + static_cast<int>(pixels) * g.strideW, g.inW, g.kernelW, g.dilationW) == xs)
            ++pixels;
        if (pixels != kPixels)
            pixels = 1;
        for (std::size_t p = part.panelBegin; p < part.panelEnd; ++p) {
            const std::size_t group = p / perGroupPanels, inPanel = p % perGroupPanels * kPanel;
            float sums[kPixels * kPanel] = {};
            const auto add = [&](const float *x, std::size_t n, const float *w) {
                for (std::size_t k = 0; k < n && !part.state.isCancelled(); k += kRun) {
                    const std::size_t some = std::min(kRun, n - k);
                    if (pixels == kPixels)
                        panel<kPixels>(m_level, x + k, step, some, w + k * kPanel, sums);
                    else
                        panel<1>(m_level, x + k, step, some, w + k * kPanel, sums);
                }
            };
            for (int ky = ys.begin; ky < ys.end; ++ky) {
                const float *line = part.in + (image + size(y0 + ky * g.dilationH)) * size(g.inW) * inC + group * channels;
                const float *w = m_weights->values.data() + (p * depth + size(ky * g.kernelW) * channels) * kPanel;
                if (merges && xs.begin < xs.end)
                    add(line + size(x0 + xs.begin) * inC, size(xs.end - xs.begin) * channels, w + size(xs.begin) * channels * kPanel);
                else
                    for (int kx = xs.begin; kx < xs.end; ++kx)
                        add(line + size(x0 + kx * g.dilationW) * inC, channels, w + size(kx) * channels * kPanel);
            }
            if (part.state.isCancelled())
                return;
            const std::size_t channel = group * perGroup + inPanel, n = std::min(kPanel, perGroup - inPanel);
            for (std::size_t r = 0; r < pixels; ++r)
                finish(sums + r * kPanel, channel, n, part.out + (pixel + r) * outC + channel);
        }
        pixel += pixels;
    }
}

void ConvFloat::runTaps(const Part &part) const
{
    const ConvGeometry &g = m_g;
    const std::size_t inC = size(g.inC), outC = size(g.outC), multiplier = outC / inC;
    auto *sums = reinterpret_cast<float *>(part.scratch.get(2 * outC * sizeof(float)));
    float *spread = sums + outC;
    auto products = addProductsScalar;
#ifdef REQUANT_X86
    if (m_level >= SimdLevel::Avx2)
        products = addProductsAvx2;
#endif
    for (std::size_t pixel = part.begin; pixel < part.end; ++pixel) {
        const std::size_t image = pixel / size(g.outW) / size(g.outH) * size(g.inH);
        const int y0 = static_cast<int>(pixel / size(g.outW) % size(g.outH)) * g.strideH - g.padTop, x0 = static_cast<int>(pixel % size(g.outW)) * g.strideW - g.padLeft;
        const TapRange ys = TapRange::inside(y0, g.inH, g.kernelH, g.dilationH), xs = TapRange::inside(x0, g.inW, g.kernelW, g.dilationW);
        std::fill_n(sums, outC, 0.0f);
        for (int ky = ys.begin; ky < ys.end; ++ky) {
            for (int kx = xs.begin; kx < xs.end; ++kx) {
                const float *x = part.in + ((image + size(y0 + ky * g.dilationH)) * size(g.inW) + size(x0 + kx * g.dilationW)) * inC;
                if (multiplier != 1) {
                    for (std::size_t c = 0; c < outC; ++c)
                        spread[c] = x[c / multiplier];
                    x = spread;
                }
                products(x, m_weights->values.data() + size(ky * g.kernelW + kx) * outC, outC, sums);
            }
            if (part.state.isCancelled())
                return;
        }
        finish(sums, 0, outC, part.out + pixel * outC);
    }
}

void ConvFloat::run(const float *in, float *out, const KernelRun &r) const
{
    const std::size_t pixels = size(m_g.batch) * size(m_g.outH) * size(m_g.outW), panels = m_depthwise ? 1 : m_weights->panelsPerGroup * size(m_g.groups);
    const std::size_t depth = size(m_g.kernelH * m_g.kernelW) * size(m_g.inC / m_g.groups) + 1;
    if (pixels == 0 || m_g.outC == 0)
        return;
    const auto part = [&](std::size_t begin, std::size_t end, std::size_t panelBegin, std::size_t panelEnd, Scratch &scratch) {
        const Part p{in, out, r.state, scratch, begin, end, panelBegin, panelEnd};
        m_depthwise ? runTaps(p) : runPanels(p);
    };
    if (!m_depthwise && pixels < 4 * kPixels * r.state.workers.threads()) // few pixels, as of a fully connected layer: share the channels
        r.parallel(panels, kWorthAThread / (depth * kPanel * pixels) + 1, [&](std::size_t begin, std::size_t end, Scratch &scratch) { part(0, pixels, begin, end, scratch); });
    else
        r.parallel(pixels, kWorthAThread / (depth * size(m_g.outC)) + 1, [&](std::size_t begin, std::size_t end, Scratch &scratch) { part(begin, end, 0, panels, scratch); });
}

} // namespace requant
