// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/metrics/accumulator.h"

#include "core/base/clones.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace requant {

namespace {

constexpr std::size_t kRunWidth = 64; // elements of one channel are added up in as many sums side by side

// Sums side by side, of columns of a matrix.
struct Columns
{
    std::vector<double> difference, signal, error, square, product, maxAbs, cut;
    // A converted value beyond `low` or `high` that is off by more than `half` is cut, if the source's is between its own limits.
    std::vector<double> low, high, half, sourceLow, sourceHigh;

    void resize(std::size_t width)
    {
        for (auto *sums : {&difference, &signal, &error, &square, &product, &maxAbs, &cut})
            sums->assign(width, 0.0);
        for (auto *limits : {&low, &high, &half, &sourceLow, &sourceHigh})
            limits->resize(width);
    }

    void limit(std::size_t i, const ValueReader &converted, std::size_t channel, const ValueReader &source, std::size_t sourceChannel, bool narrow)
    {
        constexpr double kInfinite = std::numeric_limits<double>::infinity();
        const double step = converted.step(channel);
        half[i] = step > 0 ? 0.5 * step : kInfinite;
        low[i] = converted.low(channel) + (narrow ? 1.01 * step : 0.0);
        high[i] = converted.high(channel);
        sourceLow[i] = source.isInteger() ? source.low(sourceChannel) : -kInfinite;
        sourceHigh[i] = source.isInteger() ? source.high(sourceChannel) : kInfinite;
    }

    void add(const double *x, const double *y, std::size_t rows, std::size_t width);
};

REQUANT_CLONES void addRow(const double *__restrict x, const double *__restrict y, std::size_t width, const double *__restrict low,
                           const double *__restrict high, const double *__restrict half, const double *__restrict sourceLow,
                           const double *__restrict sourceHigh, double *__restrict difference, double *__restrict signal,
                           double *__restrict error, double *__restrict square, double *__restrict product, double *__restrict maxAbs,
                           double *__restrict cut)
{
    for (std::size_t i = 0; i < width; ++i) {
        const double e = y[i] - x[i], size = std::abs(e);
        difference[i] += e;
        signal[i] += x[i] * x[i];
        error[i] += e * e;
        square[i] += y[i] * y[i];
        product[i] += x[i] * y[i];
        maxAbs[i] = size > maxAbs[i] ? size : maxAbs[i];
        const bool isCut = ((y[i] >= high[i]) | (y[i] <= low[i])) & (size > half[i]) & (x[i] > sourceLow[i]) & (x[i] < sourceHigh[i]);
        cut[i] += isCut ? 1.0 : 0.0;
    }
}

void Columns::add(const double *x, const double *y, std::size_t rows, std::size_t width)
{
    for (std::size_t r = 0; r < rows; ++r)
        addRow(x + r * width, y + r * width, width, low.data(), high.data(), half.data(), sourceLow.data(), sourceHigh.data(), difference.data(),
               signal.data(), error.data(), square.data(), product.data(), maxAbs.data(), cut.data());
}

} // namespace

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
    const std::size_t n = std::min(source.size(), converted.size()), channels = m_layout.channels;
    if (m_channels.empty())
        m_channels.resize(channels);
    const bool hasSteps = convertedReader.isInteger();
    Columns columns;
    const auto limit = [&](std::size_t column, std::size_t element) {
        columns.limit(column, convertedReader, convertedReader.channelOf(element), sourceReader, sourceReader.channelOf(element), narrow);
    };
    const auto fold = [&](std::size_t column, std::size_t channel, std::size_t count, double step) {
        Channel &c = m_channels[channel];
        c.difference += columns.difference[column];
        c.signal += columns.signal[column];
        c.error += columns.error[column];
        c.count += count;
        m_convertedSquare += columns.square[column];
        m_product += columns.product[column];
        m_maxAbs = std::max(m_maxAbs, columns.maxAbs[column]);
        if (hasSteps && step > 0) {
            m_stepSquare += columns.error[column] / (step * step);
            m_maxSteps = std::max(m_maxSteps, columns.maxAbs[column] / step);
            m_saturated += static_cast<std::uint64_t>(columns.cut[column]);
        }
    };
    const auto inRows = [&](const ValueReader &r) { return r.channels() <= 1 || (r.channels() == channels && r.elementsInChannel() == 1); };
    if (channels > 1 && m_layout.inner == 1 && inRows(convertedReader) && inRows(sourceReader)) {
        const std::size_t rows = n / channels, rest = n % channels;
        columns.resize(channels);
        for (std::size_t c = 0; c < channels; ++c)
            limit(c, c);
        columns.add(source.data(), converted.data(), rows, channels);
        columns.add(source.data() + rows * channels, converted.data() + rows * channels, 1, rest);
        for (std::size_t c = 0; c < channels; ++c)
            fold(c, c, rows + (c < rest ? 1 : 0), convertedReader.step(convertedReader.channelOf(c)));
    } else {
        for (std::size_t i = 0; i < n;) {
            const std::size_t inChannel = m_layout.inner - i % m_layout.inner;
            const std::size_t run = std::min({n - i, channels > 1 ? inChannel : n - i, convertedReader.inChannelFrom(i), sourceReader.inChannelFrom(i)});
            const std::size_t width = std::min(run, kRunWidth);
            columns.resize(width);
            for (std::size_t c = 0; c < width; ++c)
                limit(c, i);
            columns.add(source.data() + i, converted.data() + i, run / width, width);
            columns.add(source.data() + i + run / width * width, converted.data() + i + run / width * width, 1, run % width);
            const std::size_t channel = channels > 1 ? i / m_layout.inner % channels : 0;
            for (std::size_t c = 0; c < width; ++c)
                fold(c, channel, run / width + (c < run % width ? 1 : 0), convertedReader.step(convertedReader.channelOf(i)));
            i += run;
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
