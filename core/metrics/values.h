// SPDX-License-Identifier: GPL-3.0-or-later
// Integers of a tensor <-> the real values that they stand for: see effectivegrid.h for what a grid may absorb.
#pragma once

#include "core/model/effectivegrid.h"
#include "core/model/model.h"

#include <cstddef>
#include <limits>
#include <span>
#include <vector>

namespace requant {

// True if a tensor's bytes have real values: a type that decodes and either a grid or a floating point type.
bool hasRealValues(const Tensor &);

// The elements as integers; int4 and int2 are unpacked. Empty for types that are not integer storage.
std::vector<std::int64_t> decodeIntegers(std::span<const std::byte>, ElementType);

// Reads tensors of one type and grid. Integers without a grid count as real values (scale 1, zero point 0).
class ValueReader
{
public:
    explicit ValueReader(const Tensor &, const EffectiveGrid & = {});
    bool readable() const { return m_readable; }
    // Replaces `out`; stays empty if the bytes are no whole number of elements or the type has no real values.
    void read(std::span<const std::byte> bytes, std::vector<double> &out) const;
    std::size_t channelOf(std::size_t element) const { return m_channels > 1 ? (element / m_inner) % m_channels : 0; }
    std::size_t channels() const { return m_channels; }
    std::size_t elementsInChannel() const { return m_inner; } // next to each other
    // How many elements from this one on have its channel.
    std::size_t inChannelFrom(std::size_t element) const
    {
        return m_channels > 1 ? m_inner - element % m_inner : std::numeric_limits<std::size_t>::max();
    }
    // One unit of the grid in real units (0 for floats), and the real values of the storage limits.
    double step(std::size_t channel) const;
    double low(std::size_t channel) const;
    double high(std::size_t channel) const;
    bool isInteger() const { return m_integer; }
    // The real value by byte of an 8-bit tensor with one grid; empty for others.
    std::span<const double> table() const { return m_table; }
    bool isSigned() const { return m_type != ElementType::UInt8; }
    // Sum of the real values of `count` elements of channel 0 whose integers sum up to `sum`.
    double realSum(std::int64_t sum, std::uint64_t count) const
    {
        const auto n = static_cast<double>(count);
        return m_scale[0] * (static_cast<double>(sum) - n * m_zero[0]) + n * m_offset[0];
    }

private:
    double real(std::int64_t q, std::size_t channel) const
    {
        return m_scale[channel] * (static_cast<double>(q) - m_zero[channel]) + m_offset[channel];
    }
    template <class T>
    void readWhole(std::span<const std::byte> bytes, std::vector<double> &out) const;
    ElementType m_type;
    bool m_readable = false, m_integer = false;
    std::vector<double> m_scale, m_zero, m_offset; // by channel of the grid; with ratio and factors
    std::size_t m_channels = 1, m_inner = 1;
    std::vector<double> m_table;         // 8-bit per-tensor grids: real value by byte
};

// Puts real values on a grid: q = clamp(round((real/factor - offset) / (scale*ratio)) + zp), ties away from zero. Per-tensor grids
// and float32 only; empty for others. With factors the values start at channel 0.
std::vector<std::byte> quantizeReals(std::span<const double> real, const Tensor &, const EffectiveGrid & = {});

} // namespace requant
