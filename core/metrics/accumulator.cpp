// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/metrics/accumulator.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace requant {

double sqnrDb(double signalSquare, double errorSquare)
{
    if (errorSquare <= 0)
        return std::numeric_limits<double>::infinity();
    return 10.0 * std::log10(signalSquare / errorSquare); // -infinity for an error on silence
}

ChannelLayout ChannelLayout::along(const Shape &shape, int dimension)
{
    const int rank = static_cast<int>(shape.size());
    if (dimension < 0)
        dimension += rank;
    ChannelLayout layout;
    if (dimension < 0 || dimension >= rank)
        return layout;
    layout.channels = static_cast<std::size_t>(std::max(1, shape[static_cast<std::size_t>(dimension)]));
    for (int d = dimension + 1; d < rank; ++d)
        layout.inner *= static_cast<std::size_t>(std::max(1, shape[static_cast<std::size_t>(d)]));
    return layout;
}

ErrorAccumulator::ErrorAccumulator(ChannelLayout layout) : m_layout(layout), m_channels(layout.channels) {}

void ErrorAccumulator::add(std::span<const double> source, std::span<const double> converted,
                           const ValueReader &sourceReader, const ValueReader &convertedReader, bool narrow)
{
    const std::size_t n = std::min(source.size(), converted.size());
    if (m_channels.empty())
        m_channels.resize(m_layout.channels);
    const bool hasSteps = convertedReader.isInteger();
    std::size_t gridChannel = convertedReader.channelOf(0);
    double step = convertedReader.step(gridChannel);
    double low = convertedReader.low(gridChannel), high = convertedReader.high(gridChannel);
    const bool sourceInteger = sourceReader.isInteger();
    std::size_t channelIndex = 0, inChannel = 0; // walks as m_layout.of(i), without a division per element
    for (std::size_t i = 0; i < n; ++i) {
        const double x = source[i], y = converted[i], e = y - x;
        Channel &channel = m_channels[channelIndex];
        if (++inChannel == m_layout.inner) {
            inChannel = 0;
            channelIndex = channelIndex + 1 == m_layout.channels ? 0 : channelIndex + 1;
        }
        channel.difference += e;
        channel.signal += x * x;
        channel.error += e * e;
        ++channel.count;
        m_convertedSquare += y * y;
        m_product += x * y;
        const double size = std::abs(e);
        m_maxAbs = std::max(m_maxAbs, size);
        if (!hasSteps)
            continue;
        if (const std::size_t c = convertedReader.channelOf(i); c != gridChannel) {
            gridChannel = c;
            step = convertedReader.step(c);
            low = convertedReader.low(c);
            high = convertedReader.high(c);
        }
        if (step > 0) {
            const double steps = size / step;
            m_stepSquare += steps * steps;
            m_maxSteps = std::max(m_maxSteps, steps);
            const bool atLimit = y >= high || y <= (narrow ? low + 1.01 * step : low);
            if (atLimit && size > 0.5 * step) {
                const std::size_t s = sourceReader.channelOf(i);
                if (!sourceInteger || (x > sourceReader.low(s) && x < sourceReader.high(s)))
                    ++m_saturated;
            }
        }
    }
    m_count += n;
    if (hasSteps)
        m_stepCount += n;
}

void ErrorAccumulator::addBytes(std::span<const std::byte> source, std::span<const std::byte> converted, const ValueReader &sourceReader,
                                const ValueReader &convertedReader, PairScratch &scratch)
{
    const std::size_t n = std::min(source.size(), converted.size()), channels = m_layout.channels;
    if (m_channels.empty())
        m_channels.resize(channels);
    const double step = convertedReader.step(0), low = convertedReader.low(0), high = convertedReader.high(0);
    const double sourceLow = sourceReader.low(0), sourceHigh = sourceReader.high(0);
    const auto realX = sourceReader.table(), realY = convertedReader.table();
    scratch.counts.add(source.first(n), converted.first(n));
    scratch.counts.take([&](std::size_t bx, std::size_t by, std::uint32_t count) {
        const double x = realX[bx], y = realY[by], size = std::abs(y - x), times = count;
        m_pairSignal += times * (x * x);
        m_pairError += times * (size * size);
        m_convertedSquare += times * (y * y);
        m_product += times * (x * y);
        m_maxAbs = std::max(m_maxAbs, size);
        if (step > 0) {
            const double steps = size / step;
            m_stepSquare += times * (steps * steps);
            m_maxSteps = std::max(m_maxSteps, steps);
            if ((y >= high || y <= low) && size > 0.5 * step && x > sourceLow && x < sourceHigh)
                m_saturated += count;
        }
    });
    scratch.sums.assign(2 * channels, 0);
    addChannelSums(source.first(n), sourceReader.isSigned(), std::span(scratch.sums).first(channels));
    addChannelSums(converted.first(n), convertedReader.isSigned(), std::span(scratch.sums).last(channels));
    const std::uint64_t rows = n / channels;
    for (std::size_t c = 0; c < channels; ++c) {
        m_channels[c].difference += convertedReader.realSum(scratch.sums[channels + c], rows) - sourceReader.realSum(scratch.sums[c], rows);
        m_channels[c].count += rows;
    }
    m_count += n;
    m_stepCount += n;
}

void ErrorAccumulator::merge(const ErrorAccumulator &other)
{
    if (other.empty())
        return;
    if (m_channels.empty()) {
        *this = other;
        return;
    }
    const std::size_t common = std::min(m_channels.size(), other.m_channels.size());
    for (std::size_t c = 0; c < common; ++c) {
        m_channels[c].difference += other.m_channels[c].difference;
        m_channels[c].signal += other.m_channels[c].signal;
        m_channels[c].error += other.m_channels[c].error;
        m_channels[c].count += other.m_channels[c].count;
    }
    m_count += other.m_count;
    m_stepCount += other.m_stepCount;
    m_saturated += other.m_saturated;
    m_pairSignal += other.m_pairSignal;
    m_pairError += other.m_pairError;
    m_convertedSquare += other.m_convertedSquare;
    m_product += other.m_product;
    m_stepSquare += other.m_stepSquare;
    m_maxAbs = std::max(m_maxAbs, other.m_maxAbs);
    m_maxSteps = std::max(m_maxSteps, other.m_maxSteps);
}

ValueError ErrorAccumulator::result(bool perChannelSqnr) const
{
    ValueError r;
    r.count = m_count;
    if (m_count == 0)
        return r;
    const auto n = static_cast<double>(m_count);
    double sourceSquare = m_pairSignal, errorSquare = m_pairError;
    for (const Channel &c : m_channels) {
        sourceSquare += c.signal;
        errorSquare += c.error;
    }
    r.sqnrDb = requant::sqnrDb(sourceSquare, errorSquare);
    const double norms = std::sqrt(sourceSquare) * std::sqrt(m_convertedSquare);
    if (norms > 0)
        r.cosine = std::clamp(m_product / norms, -1.0, 1.0);
    else
        r.cosine = sourceSquare == m_convertedSquare ? 1.0 : 0.0;
    r.mse = errorSquare / n;
    r.maxAbs = m_maxAbs;
    if (m_stepCount > 0) {
        r.rmsSteps = std::sqrt(m_stepSquare / static_cast<double>(m_stepCount));
        r.maxSteps = m_maxSteps;
        r.saturationRate = static_cast<double>(m_saturated) / static_cast<double>(m_stepCount);
    }
    for (const Channel &c : m_channels) {
        r.biasShift.push_back(c.count ? c.difference / static_cast<double>(c.count) : 0.0);
        if (perChannelSqnr)
            r.channelSqnrDb.push_back(requant::sqnrDb(c.signal, c.error));
    }
    return r;
}

} // namespace requant
