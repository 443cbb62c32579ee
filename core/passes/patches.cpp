// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/passes/patches.h"

#include "core/scheme/scheme.h"

#include <algorithm>

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define REQUANT_CLONES __attribute__((target_clones("avx2", "default"), optimize("O3")))
#else
#define REQUANT_CLONES
#endif

namespace requant {

namespace {

REQUANT_CLONES void addProducts(std::int32_t *to, const std::int32_t *x, std::int32_t a, std::size_t n)
{
    for (std::size_t j = 0; j < n; ++j)
        to[j] += a * x[j];
}

// Products of two 8-bit differences are at most 255^2: that many fit an int32.
constexpr std::size_t kFlush = 32768;

int padBefore(bool same, int in, int out, int kernel, int stride, int dilation)
{
    return same ? std::max(0, (out - 1) * stride + (kernel - 1) * dilation + 1 - in) / 2 : 0;
}

} // namespace

std::optional<PatchAccumulator> PatchAccumulator::create(const Model &model, const Operator &op, std::size_t samples)
{
    const Subgraph &g = model.subgraphs.front();
    const bool dense = op.code == Op::FullyConnected;
    if ((op.code != Op::Conv2D && op.code != Op::DepthwiseConv2D && !dense) || op.inputs.size() < 2 || !op.inputs[0] || !op.inputs[1]
        || op.outputs.empty() || !op.outputs[0])
        return {};
    const Tensor &in = g.tensor(op.inputs[0]), &w = g.tensor(op.inputs[1]), &out = g.tensor(op.outputs[0]);
    if ((in.type != ElementType::Int8 && in.type != ElementType::UInt8) || !in.quant.isQuantized() || in.quant.isPerChannel())
        return {};
    PatchAccumulator a;
    a.m_signed = in.type == ElementType::Int8;
    a.m_zeroPoint = static_cast<std::int32_t>(in.quant.zeroPointAt(0));
    a.m_scale = static_cast<double>(in.quant.scale[0]);
    if (dense) {
        if (w.shape.size() != 2 || w.shape[1] < 1)
            return {};
        a.m_inC = w.shape[1];
        a.m_outW = static_cast<int>(elementCount(in.shape) / w.shape[1]); // rows
        a.m_inW = a.m_outW;
        a.m_size = static_cast<std::size_t>(w.shape[1]);
    } else {
        if (in.shape.size() != 4 || w.shape.size() != 4 || out.shape.size() != 4 || in.shape[0] != 1 || !op.options)
            return {};
        const auto option = [&](const char *name) { return std::max(1, static_cast<int>(op.options->integer(name, 1))); };
        const bool same = op.options->integer("padding") == 0;
        a.m_inH = in.shape[1];
        a.m_inW = in.shape[2];
        a.m_inC = in.shape[3];
        a.m_outH = out.shape[1];
        a.m_outW = out.shape[2];
        a.m_kernelH = w.shape[1];
        a.m_kernelW = w.shape[2];
        a.m_strideH = option("stride_h");
        a.m_strideW = option("stride_w");
        a.m_dilationH = option("dilation_h_factor");
        a.m_dilationW = option("dilation_w_factor");
        a.m_padTop = padBefore(same, a.m_inH, a.m_outH, a.m_kernelH, a.m_strideH, a.m_dilationH);
        a.m_padLeft = padBefore(same, a.m_inW, a.m_outW, a.m_kernelW, a.m_strideW, a.m_dilationW);
        a.m_depthwise = op.code == Op::DepthwiseConv2D;
        const int channels = a.m_depthwise ? 1 : w.shape[3];
        if (channels < 1 || a.m_inC < 1 || a.m_inC % channels != 0)
            return {};
        a.m_blocks = static_cast<std::size_t>(a.m_inC / channels);
        a.m_size = static_cast<std::size_t>(a.m_kernelH) * static_cast<std::size_t>(a.m_kernelW) * static_cast<std::size_t>(channels);
    }
    if (a.m_size == 0 || a.m_size > kMostInputs || a.m_outH < 1 || a.m_outW < 1 || samples == 0)
        return {};
    a.m_perSample = std::max<std::size_t>(1, kPatches / samples);
    a.m_sum.assign(a.m_blocks * a.m_size, 0);
    a.m_product.assign(a.m_blocks * a.m_size * a.m_size, 0);
    a.m_part.assign(a.m_product.size(), 0);
    a.m_patch.resize(a.m_blocks * a.m_size);
    return a;
}

void PatchAccumulator::add(std::span<const std::byte> input, std::size_t sample)
{
    if (input.size() < static_cast<std::size_t>(m_inH) * static_cast<std::size_t>(m_inW) * static_cast<std::size_t>(m_inC))
        return;
    const auto at = [&](std::size_t i) {
        return (m_signed ? std::int32_t{static_cast<std::int8_t>(input[i])} : std::int32_t{static_cast<std::uint8_t>(input[i])}) - m_zeroPoint;
    };
    const std::size_t positions = static_cast<std::size_t>(m_outH) * static_cast<std::size_t>(m_outW);
    const std::size_t patches = std::min(positions, m_perSample);
    const auto channels = static_cast<std::size_t>(m_inC), perBlock = channels / m_blocks;
    const std::size_t taps = m_size / perBlock;
    for (std::size_t p = 0; p < patches; ++p) {
        // Evenly spread, from another start in each sample.
        const std::size_t position = (p * positions / patches + sample * 40503) % positions;
        const int oy = static_cast<int>(position / static_cast<std::size_t>(m_outW)), ox = static_cast<int>(position % static_cast<std::size_t>(m_outW));
        for (int ky = 0; ky < m_kernelH; ++ky) {
            for (int kx = 0; kx < m_kernelW; ++kx) {
                const std::size_t tap = static_cast<std::size_t>(ky * m_kernelW + kx);
                const int y = oy * m_strideH - m_padTop + ky * m_dilationH, x = ox * m_strideW - m_padLeft + kx * m_dilationW;
                const bool inside = y >= 0 && y < m_inH && x >= 0 && x < m_inW;
                const std::size_t first = inside ? (static_cast<std::size_t>(y) * static_cast<std::size_t>(m_inW) + static_cast<std::size_t>(x)) * channels : 0;
                for (std::size_t c = 0; c < channels; ++c)
                    m_patch[(c / perBlock * taps + tap) * perBlock + c % perBlock] = inside ? at(first + c) : 0;
            }
        }
        for (std::size_t b = 0; b < m_blocks; ++b) {
            const std::int32_t *x = &m_patch[b * m_size];
            for (std::size_t i = 0; i < m_size; ++i) {
                m_sum[b * m_size + i] += x[i];
                if (x[i] != 0)
                    addProducts(&m_part[(b * m_size + i) * m_size + i], x + i, x[i], m_size - i);
            }
        }
        ++m_count;
        if (++m_pending == kFlush)
            flush();
    }
    flush();
}

void PatchAccumulator::flush()
{
    for (std::size_t i = 0; i < m_part.size(); ++i)
        m_product[i] += m_part[i];
    std::fill(m_part.begin(), m_part.end(), 0);
    m_pending = 0;
}

PatchMoments PatchAccumulator::result() const
{
    PatchMoments m;
    if (m_count == 0)
        return m;
    const auto n = static_cast<double>(m_count);
    m.blocks = m_blocks;
    m.size = m_size;
    m.samples = m_count;
    m.mean.resize(m_sum.size());
    m.covariance.resize(m_product.size());
    for (std::size_t b = 0; b < m_blocks; ++b) {
        for (std::size_t i = 0; i < m_size; ++i)
            m.mean[b * m_size + i] = static_cast<double>(m_sum[b * m_size + i]) / n;
        for (std::size_t i = 0; i < m_size; ++i) {
            for (std::size_t j = i; j < m_size; ++j) {
                const double c = static_cast<double>(m_product[(b * m_size + i) * m_size + j]) / n - m.mean[b * m_size + i] * m.mean[b * m_size + j];
                m.covariance[(b * m_size + i) * m_size + j] = m.covariance[(b * m_size + j) * m_size + i] = c * m_scale * m_scale;
            }
        }
    }
    for (double &v : m.mean)
        v *= m_scale;
    return m;
}

} // namespace requant
