// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/metrics/values.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace requant {

namespace {

template <class T>
T loadAt(std::span<const std::byte> bytes, std::size_t i)
{
    T v;
    std::memcpy(&v, bytes.data() + i * sizeof(T), sizeof(T));
    return v;
}

template <class T>
std::vector<std::int64_t> decodeWhole(std::span<const std::byte> bytes)
{
    std::vector<std::int64_t> out(bytes.size() / sizeof(T));
    for (std::size_t i = 0; i < out.size(); ++i)
        out[i] = static_cast<std::int64_t>(loadAt<T>(bytes, i));
    return out;
}

// Low bits first; `isSigned` extends the sign.
std::vector<std::int64_t> decodePacked(std::span<const std::byte> bytes, unsigned bits, bool isSigned)
{
    const unsigned perByte = 8 / bits;
    const unsigned mask = (1u << bits) - 1u;
    std::vector<std::int64_t> out;
    out.reserve(bytes.size() * perByte);
    for (const std::byte b : bytes) {
        for (unsigned k = 0; k < perByte; ++k) {
            const unsigned v = (static_cast<unsigned>(b) >> (k * bits)) & mask;
            const bool negative = isSigned && (v >> (bits - 1)) != 0;
            out.push_back(negative ? static_cast<std::int64_t>(v) - static_cast<std::int64_t>(mask) - 1
                                   : static_cast<std::int64_t>(v));
        }
    }
    return out;
}

template <class T>
void store(std::vector<std::byte> &out, std::size_t i, T v)
{
    std::memcpy(out.data() + i * sizeof(T), &v, sizeof(T));
}

} // namespace

bool hasRealValues(const Tensor &t)
{
    if (t.type == ElementType::Float32 || t.type == ElementType::Float64)
        return true;
    return t.quant.isQuantized() && isIntegerStorage(t.type);
}

std::vector<std::int64_t> decodeIntegers(std::span<const std::byte> bytes, ElementType type)
{
    switch (type) {
    case ElementType::Int8: return decodeWhole<std::int8_t>(bytes);
    case ElementType::UInt8:
    case ElementType::Bool: return decodeWhole<std::uint8_t>(bytes);
    case ElementType::Int16: return decodeWhole<std::int16_t>(bytes);
    case ElementType::UInt16: return decodeWhole<std::uint16_t>(bytes);
    case ElementType::Int32: return decodeWhole<std::int32_t>(bytes);
    case ElementType::UInt32: return decodeWhole<std::uint32_t>(bytes);
    case ElementType::Int64: return decodeWhole<std::int64_t>(bytes);
    case ElementType::UInt64: return decodeWhole<std::uint64_t>(bytes);
    case ElementType::Int4: return decodePacked(bytes, 4, true);
    case ElementType::UInt4: return decodePacked(bytes, 4, false);
    case ElementType::Int2: return decodePacked(bytes, 2, true);
    default: return {};
    }
}

ValueReader::ValueReader(const Tensor &t, const EffectiveGrid &grid) : m_type(t.type)
{
    const bool isFloat = t.type == ElementType::Float32 || t.type == ElementType::Float64;
    m_integer = isIntegerStorage(t.type);
    m_readable = isFloat || m_integer || t.type == ElementType::Bool;
    if (!m_readable)
        return;
    if (isFloat || !t.quant.isQuantized()) {
        m_scale = {isFloat ? 1.0 : grid.ratio};
        m_zero = {0.0};
        m_offset = {isFloat ? 0.0 : grid.offset};
        return;
    }
    if (t.quant.isPerChannel()) {
        const auto dim = static_cast<std::size_t>(std::max(0, t.quant.quantizedDimension));
        m_channels = t.quant.scale.size();
        for (std::size_t d = dim + 1; d < t.shape.size(); ++d)
            m_inner *= static_cast<std::size_t>(std::max(1, t.shape[d]));
    } else if (!grid.factors.empty()) {
        m_channels = grid.factors.size();
    }
    for (std::size_t c = 0; c < m_channels; ++c) {
        const std::size_t own = t.quant.isPerChannel() ? c : 0;
        m_scale.push_back(static_cast<double>(t.quant.scaleAt(own)) * grid.ratio * grid.factor(c));
        m_zero.push_back(static_cast<double>(t.quant.zeroPointAt(own)));
        m_offset.push_back(grid.offset * grid.factor(c));
    }
    if (m_channels == 1 && (t.type == ElementType::Int8 || t.type == ElementType::UInt8)) {
        m_table.resize(256);
        for (int b = 0; b < 256; ++b) {
            const std::int64_t q = t.type == ElementType::Int8 && b > 127 ? b - 256 : b;
            m_table[static_cast<std::size_t>(b)] = real(q, 0);
        }
    }
}

void ValueReader::read(std::span<const std::byte> bytes, std::vector<double> &out) const
{
    out.clear();
    if (!m_readable)
        return;
    if (m_type == ElementType::Float32 || m_type == ElementType::Float64) {
        const std::size_t width = m_type == ElementType::Float32 ? 4 : 8;
        out.resize(bytes.size() / width);
        for (std::size_t i = 0; i < out.size(); ++i)
            out[i] = width == 4 ? static_cast<double>(loadAt<float>(bytes, i)) : loadAt<double>(bytes, i);
        return;
    }
    if (!m_table.empty()) {
        out.resize(bytes.size());
        for (std::size_t i = 0; i < bytes.size(); ++i)
            out[i] = m_table[static_cast<std::size_t>(bytes[i])];
        return;
    }
    switch (m_type) {
    case ElementType::Int8: return readWhole<std::int8_t>(bytes, out);
    case ElementType::UInt8: return readWhole<std::uint8_t>(bytes, out);
    case ElementType::Int16: return readWhole<std::int16_t>(bytes, out);
    case ElementType::Int32: return readWhole<std::int32_t>(bytes, out);
    default: break;
    }
    const std::vector<std::int64_t> q = decodeIntegers(bytes, m_type);
    out.resize(q.size());
    for (std::size_t i = 0; i < q.size(); ++i)
        out[i] = real(q[i], channelOf(i));
}

template <class T>
void ValueReader::readWhole(std::span<const std::byte> bytes, std::vector<double> &out) const
{
    const std::size_t n = bytes.size() / sizeof(T);
    out.resize(n);
    if (m_channels > 1 && m_inner == 1) {
        for (std::size_t i = 0; i < n; i += m_channels)
            for (std::size_t c = 0; c < std::min(m_channels, n - i); ++c)
                out[i + c] = m_scale[c] * (static_cast<double>(loadAt<T>(bytes, i + c)) - m_zero[c]) + m_offset[c];
        return;
    }
    for (std::size_t i = 0; i < n;) {
        const std::size_t c = channelOf(i), end = i + std::min(n - i, inChannelFrom(i));
        for (const double scale = m_scale[c], zero = m_zero[c], offset = m_offset[c]; i < end; ++i)
            out[i] = scale * (static_cast<double>(loadAt<T>(bytes, i)) - zero) + offset;
    }
}

double ValueReader::step(std::size_t channel) const
{
    return m_integer && !m_scale.empty() ? m_scale[m_channels > 1 ? channel : 0] : 0.0;
}

double ValueReader::low(std::size_t channel) const
{
    return real(integerRange(m_type).min, m_channels > 1 ? channel : 0);
}

double ValueReader::high(std::size_t channel) const
{
    return real(integerRange(m_type).max, m_channels > 1 ? channel : 0);
}

std::vector<std::byte> quantizeReals(std::span<const double> real, const Tensor &t, const EffectiveGrid &grid)
{
    if (t.type == ElementType::Float32) {
        std::vector<std::byte> out(real.size() * sizeof(float));
        for (std::size_t i = 0; i < real.size(); ++i)
            store(out, i, static_cast<float>(real[i]));
        return out;
    }
    if (t.quant.isPerChannel() || (!t.quant.isQuantized() && !isIntegerStorage(t.type)))
        return {};
    const double scale = t.quant.isQuantized() ? static_cast<double>(t.quant.scaleAt(0)) * grid.ratio : 1.0;
    const auto zero = static_cast<double>(t.quant.zeroPointAt(0));
    const IntegerRange range = integerRange(t.type);
    const auto quantized = [&](double x) {
        const double q = std::round((x - grid.offset) / scale) + zero;
        return std::clamp(q, static_cast<double>(range.min), static_cast<double>(range.max));
    };
    std::vector<std::byte> out(byteSize(t.type, real.size()));
    for (std::size_t i = 0; i < real.size(); ++i) {
        const double q = quantized(real[i] / grid.factor(i));
        switch (t.type) {
        case ElementType::Int8: store(out, i, static_cast<std::int8_t>(q)); break;
        case ElementType::UInt8: store(out, i, static_cast<std::uint8_t>(q)); break;
        case ElementType::Int16: store(out, i, static_cast<std::int16_t>(q)); break;
        case ElementType::Int32: store(out, i, static_cast<std::int32_t>(q)); break;
        default: return {};
        }
    }
    return out;
}

} // namespace requant
