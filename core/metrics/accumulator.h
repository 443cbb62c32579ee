// SPDX-License-Identifier: GPL-3.0-or-later
// Sums of the error between two tensors, added up over samples. Merging in a fixed order gives the same result for any
// number of threads.
#pragma once

#include "core/metrics/errors.h"
#include "core/metrics/pairs.h"
#include "core/metrics/values.h"

#include <span>
#include <vector>

namespace requant {

// How elements fall into channels: channel = (element / inner) % channels.
struct ChannelLayout
{
    std::size_t channels = 1, inner = 1;
    static ChannelLayout along(const Shape &, int dimension); // negative: counted from the end
};

class ErrorAccumulator
{
public:
    ErrorAccumulator() = default;
    explicit ErrorAccumulator(ChannelLayout layout);

    // `source` and `converted`: real values of equal count. The readers tell steps and storage limits.
    // `narrow`: the value next to the lowest counts as a limit too (weights with a narrow range).
    void add(std::span<const double> source, std::span<const double> converted, const ValueReader &sourceReader,
             const ValueReader &convertedReader, bool narrow = false);
    // The same for two 8-bit tensors with one grid each, from their bytes (see pairs.h) and much faster. The layout's channels
    // must be the last dimension (inner == 1). result() then has no channelSqnrDb.
    void addBytes(std::span<const std::byte> source, std::span<const std::byte> converted, const ValueReader &sourceReader,
                  const ValueReader &convertedReader, PairScratch &scratch);
    void merge(const ErrorAccumulator &);
    bool empty() const { return m_count == 0; }
    // `perChannelSqnr` fills channelSqnrDb.
    ValueError result(bool perChannelSqnr = false) const;

private:
    struct Channel
    {
        double difference = 0, signal = 0, error = 0;
        std::uint64_t count = 0;
    };
    ChannelLayout m_layout;
    std::vector<Channel> m_channels;
    std::uint64_t m_count = 0, m_stepCount = 0, m_saturated = 0;
    double m_pairSignal = 0, m_pairError = 0; // of addBytes(); of add() by channel
    double m_convertedSquare = 0, m_product = 0, m_maxAbs = 0;
    double m_stepSquare = 0, m_maxSteps = 0;
};

// 10 log10(signal / error); +infinity without error.
double sqnrDb(double signalSquare, double errorSquare);

} // namespace requant
