// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sim/statistics.h"

#include "core/sim/bytesums.h"
#include "core/sim/samplerunner.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>

namespace requant {
namespace {

// Integer sums, so that the order in which samples finish does not matter. Those of bytes are kept as bytes.
struct Sums
{
    std::uint64_t count = 0;
    std::vector<std::int64_t> sum, min, max;
    std::vector<unsigned __int128> square;
    std::optional<ByteSums> bytes;
};

template <class T>
void addValues(std::span<const std::byte> bytes, std::size_t channels, Sums &s)
{
    const std::size_t n = bytes.size() / sizeof(T), rows = n / channels;
    s.count += n;
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

using AllSums = std::map<TensorIndex, Sums>;

std::size_t channelsOf(const Tensor &t) { return t.shape.empty() || t.shape.back() < 1 ? 1 : static_cast<std::size_t>(t.shape.back()); }

bool isCounted(const Tensor &t)
{
    return t.type == ElementType::UInt8 || t.type == ElementType::Int8 || t.type == ElementType::Int16 || t.type == ElementType::Int32;
}

void add(const Tensor &t, std::span<const std::byte> bytes, SimdLevel level, Sums &s)
{
    const std::size_t channels = channelsOf(t);
    if (s.bytes) {
        s.count += bytes.size();
        addBytes(level, {reinterpret_cast<const std::uint8_t *>(bytes.data()), bytes.size()}, t.type == ElementType::Int8, *s.bytes);
    } else if (t.type == ElementType::Int16) {
        addValues<std::int16_t>(bytes, channels, s);
    } else {
        addValues<std::int32_t>(bytes, channels, s);
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
        if (bitWidth(t.type) == 8) {
            s.bytes.emplace(channels);
        } else {
            s.sum.assign(channels, 0);
            s.square.assign(channels, 0);
            s.min.assign(channels, std::numeric_limits<std::int64_t>::max());
            s.max.assign(channels, std::numeric_limits<std::int64_t>::min());
        }
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
        if (a.bytes)
            a.bytes->add(*b.bytes);
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
        // Values are counted as they come: they are still near, and their memory may be used again.
        return runSample(m_sim, m_samples, i, control, [this](TensorIndex t, std::span<const std::byte> bytes) {
            if (const auto found = m_mine.find(t); found != m_mine.end())
                add(m_sim.model().subgraphs.front().tensor(t), bytes, m_level, found->second);
        });
    }
    void finish() override { merge(m_total, m_mine); }

private:
    Simulator m_sim;
    const SampleSet &m_samples;
    AllSums &m_total;
    AllSums m_mine;
    SimdLevel m_level = simdLevel();
};

// Sums of bytes in terms of the values q = byte - shift.
void fromBytes(const ByteSums &b, int shift, Sums &s)
{
    const auto rows = static_cast<std::int64_t>(b.rows);
    for (std::size_t c = 0; c < b.sum.size(); ++c) {
        const auto sum = static_cast<std::int64_t>(b.sum[c]);
        s.sum.push_back(sum - shift * rows);
        s.square.push_back(static_cast<unsigned __int128>(static_cast<__int128>(b.square[c]) - static_cast<__int128>(2 * shift) * sum +
                                                          static_cast<__int128>(shift) * shift * rows));
        s.min.push_back(b.low[c] - shift);
        s.max.push_back(b.high[c] - shift);
    }
}

TensorStatistics finish(const Tensor &tensor, Sums &s)
{
    if (s.bytes)
        fromBytes(*s.bytes, tensor.type == ElementType::Int8 ? 128 : 0, s);
    TensorStatistics t;
    t.count = s.count;
    const std::size_t channels = s.sum.size();
    const double perChannel = static_cast<double>(s.count) / static_cast<double>(channels);
    t.mean.resize(channels);
    t.meanSquare.resize(channels);
    for (std::size_t c = 0; c < channels; ++c) {
        t.mean[c] = static_cast<double>(s.sum[c]) / perChannel;
        t.meanSquare[c] = static_cast<double>(s.square[c]) / perChannel;
    }
    t.channelMin = s.min;
    t.channelMax = s.max;
    t.min = *std::min_element(s.min.begin(), s.min.end());
    t.max = *std::max_element(s.max.begin(), s.max.end());
    if (s.bytes)
        t.histogram.assign(s.bytes->histogram.begin(), s.bytes->histogram.end());
    return t;
}

} // namespace

Result<Statistics> collectStatistics(std::shared_ptr<const Model> model, const SampleSet &samples, std::size_t limit, unsigned threads,
                                     const RunControl &control)
{
    const SimOptions options{.keepAllTensors = false};
    auto first = Simulator::create(model, options);
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
            auto made = Simulator::create(model, options);
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
    for (auto &[index, sums] : total)
        if (sums.count > 0)
            result.emplace(index, finish(graph.tensor(index), sums));
    return result;
}

} // namespace requant
