// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sim/kernels/conv16.h"

#include "core/sim/kernels/patches.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

#if defined(__x86_64__) && defined(__GNUC__)
#define REQUANT_X86 1
#define REQUANT_TARGET(x) __attribute__((target(x)))
#endif
#define REQUANT_INLINE inline __attribute__((always_inline))

namespace requant {
namespace {

constexpr std::size_t kRows = 24; // of a block
constexpr std::size_t kMostRowBytes = std::size_t{1} << 18; // of rows that come in blocks
constexpr std::size_t kPanel = PackedWeights::kPanel;
constexpr std::size_t kAccStride = PackedWeights::kMostPanels * kPanel;
constexpr std::size_t kWorthAThread = std::size_t{1} << 17; // multiplications
constexpr std::int32_t kNoBias[kAccStride] = {};

std::size_t size(int v) { return static_cast<std::size_t>(v); }

// ---- loops over channels that compilers vectorise --------------------------------------------------------------------

// to[c] += x[c] * w[c], which surely fits.
REQUANT_INLINE void addProducts(const std::int16_t *x, const std::int16_t *w, std::size_t n, std::int32_t *to)
{
    for (std::size_t c = 0; c < n; ++c)
        to[c] += std::int32_t{x[c]} * w[c];
}
REQUANT_INLINE void addWide(const std::int32_t *from, std::size_t n, std::int64_t *to)
{
    for (std::size_t c = 0; c < n; ++c)
        to[c] += from[c];
}
void addProductsScalar(const std::int16_t *x, const std::int16_t *w, std::size_t n, std::int32_t *to) { addProducts(x, w, n, to); }
void addWideScalar(const std::int32_t *from, std::size_t n, std::int64_t *to) { addWide(from, n, to); }
#ifdef REQUANT_X86
REQUANT_TARGET("avx2") void addProductsAvx2(const std::int16_t *x, const std::int16_t *w, std::size_t n, std::int32_t *to) { addProducts(x, w, n, to); }
REQUANT_TARGET("avx2") void addWideAvx2(const std::int32_t *from, std::size_t n, std::int64_t *to) { addWide(from, n, to); }
#endif

struct Loops
{
    void (*products)(const std::int16_t *, const std::int16_t *, std::size_t, std::int32_t *) = addProductsScalar;
    void (*wide)(const std::int32_t *, std::size_t, std::int64_t *) = addWideScalar;
    explicit Loops(SimdLevel level)
    {
#ifdef REQUANT_X86
        if (level >= SimdLevel::Avx2) {
            products = addProductsAvx2;
            wide = addWideAvx2;
        }
#endif
        (void)level;
    }
};

} // namespace

std::shared_ptr<const Weights16> Weights16::pack(const ConvGeometry &g, bool depthwise, std::span<const std::int16_t> weights)
{
    auto packed = std::make_shared<Weights16>();
    std::int64_t largest = 1;
    for (const std::int16_t w : weights)
        largest = std::max<std::int64_t>(largest, std::abs(std::int32_t{w}));
    packed->run = static_cast<std::size_t>(std::int64_t{0x7FFFFFFF} / (32768 * largest)) / 2 * 2;
    if (depthwise) {
        packed->taps.assign(weights.begin(), weights.end());
        return packed;
    }
    const std::size_t perGroup = size(g.outC / g.groups), depth = size(g.kernelH * g.kernelW * (g.inC / g.groups));
    for (std::size_t group = 0; group < size(g.groups); ++group) {
        const std::int16_t *w = weights.data() + group * perGroup * depth;
        packed->panels.emplace_back(perGroup, depth, [&](std::size_t c, std::size_t k) { return w[c * depth + k]; });
    }
    return packed;
}

Conv16::Conv16(const ConvGeometry &g, std::shared_ptr<const Weights16> weights, std::span<const std::int64_t> bias, bool wide, OutputStage stage)
    : m_g(g), m_wide(wide), m_stage(std::move(stage)), m_weights(std::move(weights)), m_bias(size(g.outC), 0)
{
    std::copy(bias.begin(), bias.end(), m_bias.begin());
}

// Channels [first, first + n) of one pixel.
std::size_t Conv16::finish(const std::int64_t *acc, std::size_t first, std::size_t n, std::byte *out, bool count) const
{
    if (m_wide)
        return m_stage.applyRow(acc, first, n, out, count);
    std::int32_t low[kAccStride];
    std::size_t saturated = 0;
    const std::size_t bytes = byteSize(m_stage.type, 1);
    for (std::size_t c = 0; c < n; c += kAccStride) {
        const std::size_t m = std::min(kAccStride, n - c);
        std::transform(acc + c, acc + c + m, low, [](std::int64_t v) { return static_cast<std::int32_t>(v); });
        saturated += m_stage.applyRows(low, m, 1, first + c, m, out + c * bytes, m, count);
    }
    return saturated;
}

// Output pixels [begin, end) of the batch through the matrix product.
std::size_t Conv16::runRows(const std::int16_t *in, std::byte *out, std::size_t begin, std::size_t end, const RunState &state, Scratch &scratch) const
{
    const ConvGeometry &g = m_g;
    const PackedWeights &first = m_weights->panels.front();
    const std::size_t perGroup = size(g.outC / g.groups), outC = size(g.outC), stride = first.rowStride(), depth = first.depth(), bytes = byteSize(m_stage.type, 1);
    const bool direct = g.kernelH == 1 && g.kernelW == 1 && g.strideH == 1 && g.strideW == 1 && g.padTop == 0 && g.padLeft == 0 && g.groups == 1 && stride == depth;
    // A single product may leave int32 only if both factors are -32768; then it is the run of length 2 that does not fit.
    const std::size_t run = std::max<std::size_t>(m_weights->run, 2);
    const std::size_t most = !direct && stride * 2 > kMostRowBytes ? 1 : kRows;
    const std::size_t rowBytes = direct ? 0 : (most * stride * 2 + 63) / 64 * 64, accBytes = most * kAccStride * 4;
    std::byte *memory = scratch.get(rowBytes + accBytes + most * kAccStride * 8);
    auto *gathered = reinterpret_cast<std::int16_t *>(memory);
    auto *acc = reinterpret_cast<std::int32_t *>(memory + rowBytes);
    auto *sum = reinterpret_cast<std::int64_t *>(memory + rowBytes + accBytes);
    const Loops loops(m_stage.simd);
    std::size_t saturated = 0;
    for (std::size_t pixel = begin; pixel < end; pixel += most) {
        const std::size_t count = std::min(most, end - pixel);
        for (std::size_t group = 0; group < size(g.groups); ++group) {
            const std::int16_t *rows = in + pixel * depth;
            if (!direct) {
                const int channels = g.inC / g.groups;
                for (std::size_t r = 0; r < count && stride != depth; ++r)
                    gathered[r * stride + depth] = 0;
                forPatches(
                    Patches<std::int16_t>{g, in, static_cast<int>(group) * channels, channels}, pixel, count, gathered, stride,
                    [](std::int16_t *to, const std::int16_t *from, std::size_t n) { std::memcpy(to, from, n * 2); },
                    [](std::int16_t *to, std::size_t n) { std::fill_n(to, n, std::int16_t{0}); });
                rows = gathered;
            }
            const PackedWeights &w = m_weights->panels[group];
            for (std::size_t p = 0, panels = 0; p < w.panels(); p += panels) {
                panels = panelGroup(w.panels() - p);
                const std::size_t channel = group * perGroup + p * kPanel, n = std::min(panels * kPanel, perGroup - p * kPanel);
                for (std::size_t r = 0; r < count; ++r)
                    std::copy_n(m_bias.begin() + static_cast<std::ptrdiff_t>(channel), n, sum + r * kAccStride);
                for (std::size_t k = 0; k < depth; k += run) {
                    if (state.isCancelled())
                        return saturated;
                    multiplyRows(m_stage.simd, rows, stride, count, w, p, panels, kNoBias, acc, kAccStride, k, k + run);
                    for (std::size_t r = 0; r < count; ++r)
                        loops.wide(acc + r * kAccStride, n, sum + r * kAccStride);
                }
                for (std::size_t r = 0; r < count; ++r)
                    saturated += finish(sum + r * kAccStride, channel, n, out + ((pixel + r) * outC + channel) * bytes, state.counters);
            }
        }
    }
    return saturated;
}

// The same for a depthwise convolution: all channels tap by tap.
std::size_t Conv16::runTaps(const std::int16_t *in, std::byte *out, std::size_t begin, std::size_t end, const RunState &state, Scratch &scratch) const
{
    const ConvGeometry &g = m_g;
    const std::size_t outC = size(g.outC), inC = size(g.inC), multiplier = outC / inC, bytes = byteSize(m_stage.type, 1);
    const std::size_t spreadBytes = (outC * 2 + 63) / 64 * 64, accBytes = (outC * 4 + 63) / 64 * 64;
    std::byte *memory = scratch.get(spreadBytes + accBytes + outC * 8);
    auto *spread = reinterpret_cast<std::int16_t *>(memory);
    auto *acc = reinterpret_cast<std::int32_t *>(memory + spreadBytes);
    auto *sum = reinterpret_cast<std::int64_t *>(memory + spreadBytes + accBytes);
    const Loops loops(m_stage.simd);
    const std::size_t run = std::max<std::size_t>(m_weights->run, 1), perImage = size(g.outH) * size(g.outW);
    std::size_t saturated = 0;
    for (std::size_t pixel = begin; pixel < end && !state.isCancelled(); ++pixel) {
        const std::int16_t *image = in + pixel / perImage * (size(g.inH) * size(g.inW) * inC);
        const int y0 = static_cast<int>(pixel % perImage / size(g.outW)) * g.strideH - g.padTop, x0 = static_cast<int>(pixel % size(g.outW)) * g.strideW - g.padLeft;
        std::copy(m_bias.begin(), m_bias.end(), sum);
        std::fill_n(acc, outC, 0);
        std::size_t added = 0;
        for (int ky = 0; ky < g.kernelH; ++ky)
            for (int kx = 0; kx < g.kernelW; ++kx) {
                const int y = y0 + ky * g.dilationH, x = x0 + kx * g.dilationW;
                if (y < 0 || y >= g.inH || x < 0 || x >= g.inW)
                    continue;
                const std::int16_t *from = image + (size(y) * size(g.inW) + size(x)) * inC;
                if (multiplier != 1) {
                    for (std::size_t c = 0, i = 0; i < inC; ++i)
                        for (std::size_t m = 0; m < multiplier; ++m)
                            spread[c++] = from[i];
                    from = spread;
                }
                loops.products(from, m_weights->taps.data() + size(ky * g.kernelW + kx) * outC, outC, acc);
                if (++added % run == 0) {
                    loops.wide(acc, outC, sum);
                    std::fill_n(acc, outC, 0);
                }
            }
        loops.wide(acc, outC, sum);
        saturated += finish(sum, 0, outC, out + pixel * outC * bytes, state.counters);
    }
    return saturated;
}

void Conv16::run(const std::int16_t *in, void *out, const KernelRun &r) const
{
    const std::size_t pixels = size(m_g.batch) * size(m_g.outH) * size(m_g.outW);
    const std::size_t work = size(m_g.kernelH * m_g.kernelW * (m_g.inC / m_g.groups)) * size(m_g.outC);
    if (pixels == 0 || work == 0)
        return;
    auto *bytes = static_cast<std::byte *>(out);
    std::atomic<std::uint64_t> saturated{0};
    r.parallel(pixels, std::max<std::size_t>(1, kWorthAThread / work), [&](std::size_t begin, std::size_t end, Scratch &scratch) {
        saturated += m_weights->panels.empty() ? runTaps(in, bytes, begin, end, r.state, scratch) : runRows(in, bytes, begin, end, r.state, scratch);
    });
    if (r.state.counters) {
        const auto outputs = static_cast<std::uint64_t>(pixels) * size(m_g.outC);
        r.state.counters->add({.outputs = outputs, .saturated = saturated, .accumulated = outputs});
    }
}

} // namespace requant
