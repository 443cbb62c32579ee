// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/passes/patches.h"

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

} // namespace

std::optional<PatchAccumulator> PatchAccumulator::create(const Model &model, const Operator &op, std::size_t samples)
{
    const auto geometry = PatchGeometry::create(model, op);
    if (!geometry || geometry->size() > kMostInputs || samples == 0)
        return {};
    const Tensor &in = model.subgraphs.front().tensor(op.inputs[0]);
    if ((in.type != ElementType::Int8 && in.type != ElementType::UInt8) || !in.quant.isQuantized() || in.quant.isPerChannel())
        return {};
    PatchAccumulator a;
    a.m_geometry = *geometry;
    a.m_signed = in.type == ElementType::Int8;
    a.m_zeroPoint = static_cast<std::int32_t>(in.quant.zeroPointAt(0));
    a.m_scale = static_cast<double>(in.quant.scale[0]);
    a.m_blocks = geometry->blocks();
    a.m_size = geometry->size();
    a.m_perSample = std::max<std::size_t>(1, kPatches / samples);
    a.m_sum.assign(a.m_blocks * a.m_size, 0);
    a.m_product.assign(a.m_blocks * a.m_size * a.m_size, 0);
    a.m_part.assign(a.m_product.size(), 0);
    a.m_patch.resize(a.m_blocks * a.m_size);
    return a;
}

void PatchAccumulator::add(std::span<const std::byte> input, std::size_t sample)
{
    if (input.size() < m_geometry.inputElements())
        return;
    const auto at = [&](std::size_t i) {
        return (m_signed ? std::int32_t{static_cast<std::int8_t>(input[i])} : std::int32_t{static_cast<std::uint8_t>(input[i])}) - m_zeroPoint;
    };
    const std::size_t positions = m_geometry.positions(), patches = std::min(positions, m_perSample);
    for (std::size_t p = 0; p < patches; ++p) {
        // Evenly spread, from another start in each sample.
        m_geometry.gather((p * positions / patches + sample * 40503) % positions, std::int32_t{0}, at, m_patch.data());
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
