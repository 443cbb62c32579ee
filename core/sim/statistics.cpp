// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sim/statistics.h"

#include "core/sim/samplerunner.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>

namespace requant {
namespace {

// Integer sums, so that the order in which samples finish does not matter.
struct Sums
{
    std::uint64_t count = 0;
    std::vector<std::int64_t> sum, min, max;
    std::vector<unsigned __int128> square;
    std::vector<std::uint64_t> histogram;
};

template <class T>
void addValues(std::span<const std::byte> bytes, std::size_t channels, Sums &s)
{
    const std::size_t n = bytes.size() / sizeof(T), rows = n / channels;
    const auto *values = reinterpret_cast<const T *>(bytes.data());
    s.count += n;
    if constexpr (sizeof(T) == 1) {
        // One tensor's sums fit 64 bits (and per run of 2^16 rows 32 bits), which vectorises.
        constexpr std::size_t kRows = std::size_t{1} << 15;
        std::vector<std::int32_t> sum(channels);
        std::vector<std::uint32_t> square(channels);
        std::vector<T> low(channels, std::numeric_limits<T>::max()), high(channels, std::numeric_limits<T>::min());
        for (std::size_t first = 0; first < rows; first += kRows) {
            std::fill(sum.begin(), sum.end(), 0);
            std::fill(square.begin(), square.end(), 0u);
            const std::size_t last = std::min(rows, first + kRows);
            for (std::size_t r = first; r < last; ++r) {
                const T *row = values + r * channels;
                for (std::size_t c = 0; c < channels; ++c) {
                    const std::int32_t q = row[c];
                    sum[c] += q;
                    square[c] += static_cast<std::uint32_t>(q * q);
                    low[c] = std::min(low[c], row[c]);
                    high[c] = std::max(high[c], row[c]);
                }
            }
            for (std::size_t c = 0; c < channels; ++c) {
                s.sum[c] += sum[c];
                s.square[c] += square[c];
            }
        }
        for (std::size_t c = 0; c < channels; ++c) {
            s.min[c] = std::min<std::int64_t>(s.min[c], low[c]);
            s.max[c] = std::max<std::int64_t>(s.max[c], high[c]);
        }
        // Four histograms in turn: equal neighbours do not wait for each other.
        std::uint32_t bins[4][256] = {};
        for (std::size_t i = 0; i < n; ++i)
            ++bins[i % 4][static_cast<std::uint8_t>(values[i]) ^ (std::is_signed_v<T> ? 0x80u : 0u)];
        for (std::size_t b = 0; b < 256; ++b)
            s.histogram[b] += std::uint64_t{bins[0][b]} + bins[1][b] + bins[2][b] + bins[3][b];
    } else {
        for (std::size_t r = 0; r < rows; ++r)
            for (std::size_t c = 0; c < channels; ++c) {
                T v;
                std::memcpy(&v, bytes.data() + (r * channels + c) * sizeof(T), sizeof(T));
                const std::int64_t q = v;
                s.sum[c] += q;
                s.square[c] += static_cast<unsigned __int128>(static_cast<__int128>(q) * q);
                s.min[c] = std::min(s.min[c], q);
                s.max[c] = std::max(s.max[c], q);
            }
    }
}

using AllSums = std::map<TensorIndex, Sums>;

std::size_t channelsOf(const Tensor &t) { return t.shape.empty() || t.shape.back() < 1 ? 1 : static_cast<std::size_t>(t.shape.back()); }

bool isCounted(const Tensor &t)
{
    return t.type == ElementType::UInt8 || t.type == ElementType::Int8 || t.type == ElementType::Int16 || t.type == ElementType::Int32;
}

void add(const Simulator &sim, const Subgraph &graph, AllSums &all)
{
    for (auto &[index, s] : all) {
        const Tensor &t = graph.tensor(index);
        const auto bytes = sim.tensor(index);
        const std::size_t channels = channelsOf(t);
        switch (t.type) {
        case ElementType::UInt8: addValues<std::uint8_t>(bytes, channels, s); break;
        case ElementType::Int8: addValues<std::int8_t>(bytes, channels, s); break;
        case ElementType::Int16: addValues<std::int16_t>(bytes, channels, s); break;
        default: addValues<std::int32_t>(bytes, channels, s); break;
        }
    }
}

AllSums emptySums(const Model &model, const Subgraph &graph)
{
    std::vector<bool> active(graph.tensors.size(), false);
    for (const TensorIndex t : graph.inputs)
        active[t.pos()] = true;
    for (const Operator &op : graph.operators)
        for (const TensorIndex t : op.outputs)
            if (t)
                active[t.pos()] = true;
    AllSums all;
    for (std::size_t i = 0; i < graph.tensors.size(); ++i) {
        const Tensor &t = graph.tensors[i];
        if (!active[i] || !isCounted(t) || model.isConstant(t) || elementCount(t.shape) == 0)
            continue;
        Sums s;
        const std::size_t channels = channelsOf(t);
        s.sum.assign(channels, 0);
        s.square.assign(channels, 0);
        s.min.assign(channels, std::numeric_limits<std::int64_t>::max());
        s.max.assign(channels, std::numeric_limits<std::int64_t>::min());
        if (bitWidth(t.type) == 8)
            s.histogram.assign(256, 0);
        all.emplace(TensorIndex(i), std::move(s));
    }
    return all;
}

void merge(AllSums &into, const AllSums &from)
{
    for (auto &[index, a] : into) {
        const Sums &b = from.at(index);
        a.count += b.count;
        for (std::size_t c = 0; c < a.sum.size(); ++c) {
            a.sum[c] += b.sum[c];
            a.square[c] += b.square[c];
            a.min[c] = std::min(a.min[c], b.min[c]);
            a.max[c] = std::max(a.max[c], b.max[c]);
        }
        for (std::size_t i = 0; i < a.histogram.size(); ++i)
            a.histogram[i] += b.histogram[i];
    }
}

// Sums of one thread; what they are added to is touched under the loop's lock only.
class Collector : public SampleWorker
{
public:
    Collector(Simulator sim, const SampleSet &samples, AllSums &total)
        : m_sim(std::move(sim)), m_samples(samples), m_total(total), m_mine(emptySums(m_sim.model(), m_sim.model().subgraphs.front()))
    {
        std::erase_if(m_mine, [&](const auto &entry) { return !m_sim.isReachable(entry.first); });
    }
    Status compute(std::size_t i, const RunControl &control) override
    {
        if (auto status = runSample(m_sim, m_samples, i, control); !status)
            return status;
        add(m_sim, m_sim.model().subgraphs.front(), m_mine);
        return success();
    }
    void finish() override { merge(m_total, m_mine); }

private:
    Simulator m_sim;
    const SampleSet &m_samples;
    AllSums &m_total;
    AllSums m_mine;
};

TensorStatistics finish(const Sums &s)
{
    TensorStatistics t;
    t.count = s.count;
    const std::size_t channels = s.sum.size();
    const double perChannel = static_cast<double>(s.count) / static_cast<double>(channels);
    t.mean.resize(channels);
    t.meanSquare.resize(channels);
    for (std::size_t c = 0; c < channels && s.count > 0; ++c) {
        t.mean[c] = static_cast<double>(s.sum[c]) / perChannel;
        t.meanSquare[c] = static_cast<double>(s.square[c]) / perChannel;
    }
    if (s.count > 0) {
        t.channelMin = s.min;
        t.channelMax = s.max;
        t.min = *std::min_element(s.min.begin(), s.min.end());
        t.max = *std::max_element(s.max.begin(), s.max.end());
    } else {
        t.channelMin.assign(channels, 0);
        t.channelMax.assign(channels, 0);
    }
    t.histogram = s.histogram;
    return t;
}

} // namespace

Result<Statistics> collectStatistics(std::shared_ptr<const Model> model, const SampleSet &samples, std::size_t limit, unsigned threads,
                                     const RunControl &control)
{
    auto first = Simulator::create(model);
    if (!first)
        return first.error();
    if (auto status = samples.fits(*model); !status)
        return status.error();
    const Subgraph &graph = model->subgraphs.front();
    AllSums total = emptySums(*model, graph);
    std::erase_if(total, [&](const auto &entry) { return !first->isReachable(entry.first); });
    const auto isInput = [&](TensorIndex t) { return std::find(graph.inputs.begin(), graph.inputs.end(), t) != graph.inputs.end(); };
    if (std::all_of(total.begin(), total.end(), [&](const auto &entry) { return isInput(entry.first); }))
        if (auto status = first->supported(); !status)
            return status.error();

    const std::size_t count = limit ? std::min(limit, samples.size()) : samples.size();
    std::optional<Simulator> spare(std::move(*first)); // the first worker takes it
    std::mutex mutex;
    const auto make = [&]() -> Result<std::unique_ptr<SampleWorker>> {
        std::optional<Simulator> sim;
        {
            const std::scoped_lock lock(mutex);
            sim.swap(spare);
        }
        if (!sim) {
            auto made = Simulator::create(model);
            if (!made)
                return made.error();
            sim.emplace(std::move(*made));
        }
        return std::unique_ptr<SampleWorker>(std::make_unique<Collector>(std::move(*sim), samples, total));
    };
    const SampleLoop loop{count, sampleThreads(count, threads, {model.get()}), "statistics"};
    if (auto status = forEachSample(loop, make, control); !status)
        return status.error();
    Statistics result;
    for (const auto &[index, sums] : total)
        if (sums.count > 0)
            result.emplace(index, finish(sums));
    return result;
}

} // namespace requant
