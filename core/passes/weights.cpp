// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/passes/weights.h"

#include "core/model/poweroftwo.h"
#include "core/passes/grids.h"
#include "core/passes/rounding.h"
#include "core/passes/roundingcost.h"
#include "core/scheme/scheme.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <thread>

namespace requant {

namespace {

// Keeps the int32 bias two bits away from overflow.
constexpr double kBiasLimit = 536870912.0; // 2^29
constexpr double kBiasMax = 2147483647.0;
constexpr int kMostHalvings = 8;

struct Levels
{
    double zero = 0, min = 0, max = 0; // in integers of the storage type
    double magnitude() const { return std::min(max - zero, zero - min); }
};

Levels symmetricLevels(const TensorWish &w)
{
    if (w.bits) {
        const double most = static_cast<double>((1 << (w.bits - 1)) - 1), zero = w.type == ElementType::UInt8 ? 128 : 0;
        return {zero, zero - most, zero + most};
    }
    switch (w.type) {
    case ElementType::UInt8: return {128, 1, 255};
    case ElementType::Int4: return {0, -7, 7};
    case ElementType::Int16: return {0, -32767, 32767};
    default: return {0, -127, 127}; // TFLite's specification: signed weights lie in [-127, 127]
    }
}

double quantized(double v, double scale, const Levels &l)
{
    return std::clamp(std::round(v / scale) + l.zero, l.min, l.max);
}

constexpr double kDamping = 3e-3;   // of each input's own variance
constexpr double kShrinkage = 0.3; // at as many inputs as patches: half of it

// f(begin, end) over [0, n) on all cores; the split does not change results.
template <class F>
void inParallel(std::size_t n, std::size_t grain, F &&f)
{
    const std::size_t cores = std::max(1u, std::thread::hardware_concurrency());
    const std::size_t threads = std::clamp<std::size_t>(n / std::max<std::size_t>(1, grain), 1, cores);
    const std::size_t each = (n + threads - 1) / threads;
    std::vector<std::thread> pool;
    for (std::size_t t = 1; t < threads; ++t)
        pool.emplace_back([&f, t, each, n] { f(std::min(n, t * each), std::min(n, (t + 1) * each)); });
    f(std::size_t{0}, std::min(n, each));
    for (std::thread &t : pool)
        t.join();
}

class Quantizer
{
public:
    explicit Quantizer(const WeightTask &task)
        : m_task(task), m_w(*task.weights), m_values(m_w.values), m_levels(symmetricLevels(task.wish)),
          m_pow2(task.wish.scale != ScaleRule::Any),
          m_unit(task.wish.scale == ScaleRule::PowerOfTwoMultiplier ? task.outputScale / task.inputScale : 1.0), m_folds(task.errorFolding && !task.bias.empty())
    {
        if (task.patch && !task.patch->empty() && task.roundingSearch && m_w.outputs % task.patch->blocks == 0
            && task.patch->size == m_w.inputs)
            prepareRounders();
        importance();
        m_floats.assign(m_values.begin(), m_values.end());
        findLargest();
        weighInputs();
    }

    QuantizedWeights run()
    {
        std::vector<double> scales;
        if (m_task.wish.symmetry == Symmetry::Asymmetric && m_task.wish.type == ElementType::UInt8)
            scales.assign(1, asymmetricScale());
        else if (m_task.wish.granularity == Granularity::PerChannel)
            scales = perChannelScales();
        else
            scales.assign(1, perTensorScale());
        if (scales.size() == 1 && hasRows())
            divideRows(asStored(scales[0]));
        return finish(scales);
    }

private:
    struct Rounded
    {
        std::vector<double> q, errors; // errors: by output channel
        double error = 0, nearest = 0;
    };

    double value(std::size_t o, std::size_t k) const { return m_values[o * m_w.inputs + k]; }

    double largest(std::size_t o) const { return m_largest[o]; }

    void findLargest()
    {
        m_largest.assign(m_w.outputs, 0.0);
        for (std::size_t o = 0; o < m_w.outputs; ++o)
            for (std::size_t k = 0; k < m_w.inputs; ++k)
                m_largest[o] = std::max(m_largest[o], std::abs(value(o, k)));
    }

    void prepareRounders()
    {
        const PatchMoments &p = *m_task.patch;
        const std::size_t n = p.size;
        const double share = m_folds ? m_task.meanWeight : 1.0;
        m_rounders.reserve(p.blocks);
        // An input that is silent here may speak elsewhere.
        double average = 0;
        for (std::size_t b = 0; b < p.blocks; ++b)
            for (std::size_t i = 0; i < n; ++i)
                average += p.covariance[(b * n + i) * n + i];
        const double floor = m_task.silentFloor * average / static_cast<double>(p.blocks * n);
        // Few patches know little of how inputs go together: the covariance shrinks towards its diagonal.
        const double keep = 1 - kShrinkage * static_cast<double>(n) / static_cast<double>(n + std::max<std::size_t>(1, p.samples));
        std::vector<double> h(n * n);
        for (std::size_t b = 0; b < p.blocks; ++b) {
            const double *mean = &p.mean[b * n];
            for (std::size_t i = 0; i < n; ++i)
                for (std::size_t j = 0; j < n; ++j)
                    h[i * n + j] = (i == j ? 1.0 : keep) * p.covariance[(b * n + i) * n + j] + share * mean[i] * mean[j];
            for (std::size_t i = 0; i < n; ++i)
                h[i * n + i] = std::max(h[i * n + i], floor);
            m_rounders.emplace_back(h, n, kDamping);
            for (std::size_t i = 0; i < n; ++i)
                m_diagonal.push_back(h[i * n + i]);
        }
    }

    std::size_t blockOf(std::size_t o) const { return o / (m_w.outputs / m_rounders.size()); }

    // V_k of the header; empty where nothing is known. Small shares of the channel's own mean square and of the average keep
    // weights of constant and of silent inputs from being entirely free; a larger floor would forbid clipping outliers.
    void importance()
    {
        if (m_task.moments.empty())
            return;
        const auto &mean = m_task.moments.mean;
        const auto &square = m_task.moments.meanSquare;
        if (square.empty())
            return;
        m_importance.resize(mean.size());
        double total = 0;
        for (std::size_t c = 0; c < mean.size(); ++c)
            total += square[c];
        const double floor = 1e-6 * total / static_cast<double>(mean.size());
        for (std::size_t c = 0; c < mean.size(); ++c) {
            const double spread = m_task.errorFolding ? std::max(0.0, square[c] - mean[c] * mean[c]) : square[c];
            m_importance[c] = spread + m_task.meanShare * square[c] + floor;
        }
    }

    // What a squared error of each weight counts: by block with rounders, else by weight; empty: nothing is known.
    void weighInputs()
    {
        const auto take = [this](std::size_t n, const auto &weight) {
            m_inputWeights.resize(n);
            for (std::size_t i = 0; i < n; ++i)
                m_inputWeights[i] = static_cast<float>(weight(i));
        };
        if (!m_rounders.empty())
            take(m_diagonal.size(), [this](std::size_t i) { return m_diagonal[i]; });
        else if (!m_importance.empty())
            take(m_values.size(), [this](std::size_t i) { return m_importance[m_w.channel[i]]; });
    }

    // Without statistics: errors count relative to the channel's own size, so that an outlier in a channel that hardly matters
    // does not set everybody's scale.
    void relativeSizes()
    {
        m_relative.assign(m_w.outputs, 0.0);
        for (std::size_t o = 0; o < m_w.outputs; ++o) {
            double sum = 0;
            for (std::size_t k = 0; k < m_w.inputs; ++k)
                sum += value(o, k) * value(o, k);
            m_relative[o] = sum > 0 ? 1 / sum : 0.0;
        }
    }

    // Nearest rounding, inputs taken as independent, of a row divided by f.
    double rowCost(std::size_t o, double scale, double f = 1) const
    {
        const std::size_t n = m_w.inputs;
        const float *weights = m_inputWeights.empty() ? nullptr : &m_inputWeights[m_rounders.empty() ? o * n : blockOf(o) * n];
        const double sum = roundingCost(&m_floats[o * n], weights, n, static_cast<float>(1 / (scale * f)), static_cast<float>(m_levels.min - m_levels.zero),
                                        static_cast<float>(m_levels.max - m_levels.zero));
        return sum * scale * scale * f * f * (weights ? 1.0 : m_relative[o]);
    }

    double cost(double scale) const
    {
        double sum = 0;
        for (std::size_t o = 0; o < m_w.outputs; ++o) {
            double row = rowCost(o, scale);
            if (const double f = neededFactor(o, scale); f > 1)
                row = std::min(row, rowCost(o, scale, f) + factorCost(o, f));
            sum += row;
        }
        return sum;
    }

    bool hasRows() const { return m_task.rows && !(m_importance.empty() && m_rounders.empty()); }

    // The factor with which a row is not cut at this scale; 1: it is not, or there is none.
    double neededFactor(std::size_t o, double scale) const
    {
        if (!hasRows())
            return 1;
        const double f = largest(o) / (scale * m_levels.magnitude());
        return f > 1 + 0.5 / m_levels.magnitude() && f <= m_task.rows->most[o] ? f : 1;
    }

    // What a factor costs beside the weights: values beyond the clamp, and coarser steps.
    double factorCost(std::size_t o, double f) const
    {
        const RowScaling &r = *m_task.rows;
        const double beyond = (f - 1) * r.clamp;
        return r.clampShare[o] * beyond * beyond / 2 + r.step * r.step * (f * f - 1) / 12;
    }

    double roundedRowCost(std::size_t o, double scale, double f) const
    {
        std::vector<double> row(m_w.inputs), q(m_w.inputs);
        for (std::size_t k = 0; k < m_w.inputs; ++k)
            row[k] = value(o, k) / f;
        const RoundingLevels levels{m_levels.zero, m_levels.min, m_levels.max, m_task.reach};
        return m_rounders[blockOf(o)].round(row.data(), 1, &scale, levels, searching(), q.data()).chosen[0] * f * f;
    }

    // The better of cutting a row and dividing it; `cutCost` is what cutting costs.
    double chooseFactor(std::size_t o, double scale, double &cutCost) const
    {
        const double f = neededFactor(o, scale);
        if (f == 1)
            return 1;
        const double divided = (m_rounders.empty() ? rowCost(o, scale, f) : roundedRowCost(o, scale, f)) + factorCost(o, f);
        if (divided >= cutCost)
            return 1;
        cutCost = divided;
        return f;
    }

    void divideRows(double scale)
    {
        std::vector<double> factors(m_w.outputs, 1.0);
        bool any = false;
        for (std::size_t o = 0; o < m_w.outputs; ++o) {
            if (neededFactor(o, scale) == 1)
                continue;
            double cut = m_rounders.empty() ? rowCost(o, scale) : roundedRowCost(o, scale, 1);
            factors[o] = chooseFactor(o, scale, cut);
            any = any || factors[o] != 1;
        }
        if (!any)
            return;
        for (std::size_t o = 0; o < m_w.outputs; ++o)
            for (std::size_t k = 0; k < m_w.inputs; ++k)
                m_values[o * m_w.inputs + k] /= factors[o];
        findLargest();
        m_factors = std::move(factors);
    }

    // One scale or one per output channel; scales as the runtime will read them.
    Rounded roundAll(const std::vector<double> &scales, const Rounder::Options &options) const
    {
        Rounded r;
        r.q.resize(m_w.values.size());
        std::vector<double> errors(m_w.outputs, 0.0), nearest(m_w.outputs, 0.0);
        const std::size_t perBlock = m_w.outputs / m_rounders.size();
        const RoundingLevels levels{m_levels.zero, m_levels.min, m_levels.max, m_task.reach};
        std::vector<double> all(m_w.outputs);
        for (std::size_t o = 0; o < m_w.outputs; ++o)
            all[o] = scales[scales.size() > 1 ? o : 0];
        constexpr std::size_t kRows = 8; // Rounder's own grouping
        const std::size_t chunks = (perBlock + kRows - 1) / kRows;
        inParallel(m_rounders.size() * chunks, std::max<std::size_t>(1, 20000 / (m_w.inputs * m_w.inputs + 1)), [&](std::size_t begin, std::size_t end) {
            for (std::size_t i = begin; i < end; ++i) {
                const std::size_t b = i / chunks, first = b * perBlock + i % chunks * kRows;
                const std::size_t rows = std::min(kRows, (b + 1) * perBlock - first);
                const auto costs = m_rounders[b].round(&m_values[first * m_w.inputs], rows, &all[first], levels, options, &r.q[first * m_w.inputs]);
                std::copy(costs.chosen.begin(), costs.chosen.end(), errors.begin() + static_cast<std::ptrdiff_t>(first));
                std::copy(costs.nearest.begin(), costs.nearest.end(), nearest.begin() + static_cast<std::ptrdiff_t>(first));
            }
        });
        for (std::size_t o = 0; o < m_w.outputs; ++o) {
            const double square = m_factors.empty() ? 1.0 : m_factors[o] * m_factors[o];
            r.error += square * errors[o];
            r.nearest += square * nearest[o];
        }
        r.errors = std::move(errors);
        return r;
    }

    // Depthwise filters are small and their inputs alike: descent alone finds as much.
    Rounder::Options searching() const { return {m_rounders.size() == 1 || m_w.inputs > 32, 3}; }

    double perTensorScale()
    {
        double max = 0;
        for (std::size_t o = 0; o < m_w.outputs; ++o)
            max = std::max(max, largest(o));
        const double naive = max > 0 ? max / m_levels.magnitude() : 1.0;
        const double floor = biasFloor();
        std::vector<double> candidates;
        if (m_pow2) {
            const double top = allowed(naive);
            for (int k = 0; k < (m_task.scaleSearch ? 6 : 1); ++k)
                candidates.push_back(std::ldexp(top, -k));
            for (double s = 2 * top; s < 2 * narrowBiasFloor(); s *= 2)
                candidates.push_back(s);
            keepInShiftRange(candidates, top);
        } else {
            candidates.push_back(naive);
            if (m_task.scaleSearch) {
                if (m_task.sourceScale.size() == 1)
                    candidates.push_back(m_task.sourceScale[0]);
                for (double f = 0.96; f > 0.03; f *= 0.96)
                    candidates.push_back(naive * f);
            }
            for (double s = 1.1 * naive; s < 1.1 * narrowBiasFloor(); s *= 1.1)
                candidates.push_back(std::min(s, narrowBiasFloor()));
        }
        std::erase_if(candidates, [&](double s) { return s < floor; });
        if (candidates.empty())
            return atLeast(naive, floor);
        if (candidates.size() == 1)
            return candidates.front();
        if (m_importance.empty() && m_rounders.empty())
            relativeSizes();
        std::vector<std::pair<double, double>> ranked;
        const auto rank = [&](std::size_t i) { ranked.emplace_back(cost(candidates[i]) + biasCost(candidates[i]), candidates[i]); };
        // Without finalists to be found: every fourth of a long list, then the neighbours of the best.
        const std::size_t stride = m_rounders.empty() && candidates.size() > 16 ? 4 : 1;
        std::size_t best = 0;
        for (std::size_t i = 0; i < candidates.size(); i += i < 2 ? 1 : stride) {
            rank(i);
            if (ranked.back().first <= ranked[best].first)
                best = ranked.size() - 1;
        }
        if (stride > 1) {
            const auto at = static_cast<std::size_t>(std::find(candidates.begin(), candidates.end(), ranked[best].second) - candidates.begin());
            for (std::size_t i = at < stride ? 0 : at - stride + 1; i < std::min(at + stride, candidates.size()); ++i)
                if (i != at)
                    rank(i);
        }
        std::stable_sort(ranked.begin(), ranked.end(), [](const auto &a, const auto &b) { return a.first < b.first; });
        if (m_rounders.empty())
            return ranked.front().second;
        // The best few again, scored with the weights as they will be rounded; the source's own scale is always among them.
        constexpr std::size_t kFinalists = 3;
        std::vector<double> finalists;
        for (std::size_t i = 0; i < std::min(kFinalists, ranked.size()); ++i)
            finalists.push_back(ranked[i].second);
        const auto own = [&](double s) { return m_task.sourceScale.size() == 1 && s == m_task.sourceScale[0]; };
        if (!m_pow2 && m_task.sourceScale.size() == 1 && m_task.sourceScale[0] >= floor && std::none_of(finalists.begin(), finalists.end(), own))
            finalists.push_back(m_task.sourceScale[0]);
        double chosen = finalists.front(), bestError = std::numeric_limits<double>::infinity();
        for (double s : finalists) {
            const double error = score(asStored(s)) + biasCost(s);
            if (error < bestError) {
                bestError = error;
                chosen = s;
            }
        }
        return chosen;
    }

    // The layer's error with one scale. Of many rows a part stands for the rest, but every row that is cut counts.
    double score(double scale) const
    {
        if (!searching().sequential) {
            const Rounded r = roundAll({scale}, searching());
            double sum = 0;
            for (std::size_t o = 0; o < m_w.outputs; ++o) {
                double row = r.errors[o];
                chooseFactor(o, scale, row);
                sum += row;
            }
            return sum;
        }
        constexpr std::size_t kRows = 8, kMost = 192;
        const std::size_t n = m_w.inputs, perBlock = m_w.outputs / m_rounders.size();
        const std::size_t stride = std::max<std::size_t>(1, m_w.outputs / kMost);
        std::vector<std::size_t> rows;
        std::vector<double> weight;
        const double limit = scale * (m_levels.magnitude() + 0.5);
        std::size_t whole = 0, sampled = 0;
        std::vector<bool> cut(m_w.outputs, false);
        for (std::size_t o = 0; o < m_w.outputs; ++o) {
            cut[o] = largest(o) > limit;
            whole += !cut[o];
            sampled += !cut[o] && o % stride == 0;
        }
        for (std::size_t o = 0; o < m_w.outputs; ++o) {
            if (cut[o] || o % stride == 0) {
                rows.push_back(o);
                weight.push_back(cut[o] || sampled == 0 ? 1.0 : static_cast<double>(whole) / static_cast<double>(sampled));
            }
        }
        std::vector<double> errors(rows.size(), 0.0);
        const std::vector<double> scales(kRows, scale);
        const RoundingLevels levels{m_levels.zero, m_levels.min, m_levels.max, m_task.reach};
        // Rows of one block and one weight, a few at a time.
        std::vector<std::pair<std::size_t, std::size_t>> groups;
        for (std::size_t i = 0; i < rows.size();) {
            std::size_t j = i + 1;
            while (j < rows.size() && j - i < kRows && rows[j] / perBlock == rows[i] / perBlock)
                ++j;
            groups.emplace_back(i, j);
            i = j;
        }
        inParallel(groups.size(), std::max<std::size_t>(1, 20000 / (n * n + 1)), [&](std::size_t begin, std::size_t end) {
            std::vector<double> values(kRows * n);
            for (std::size_t g = begin; g < end; ++g) {
                const auto [first, last] = groups[g];
                for (std::size_t i = first; i < last; ++i)
                    std::copy_n(&m_values[rows[i] * n], n, &values[(i - first) * n]);
                m_rounders[rows[first] / perBlock].sequentialCosts(values.data(), last - first, scales.data(), levels, &errors[first]);
            }
        });
        double sum = 0;
        for (std::size_t i = 0; i < rows.size(); ++i) {
            if (cut[rows[i]])
                chooseFactor(rows[i], scale, errors[i]);
            sum += weight[i] * errors[i];
        }
        return sum;
    }

    static double asStored(double s) { return static_cast<double>(static_cast<float>(s)); }

    // For a row that the source's scale cannot hold: coarser scales, on which its weights may lie better, and finer ones that cut a
    // little.
    double searchedScale(std::size_t o, double covering) const
    {
        double best = covering, bestCost = roundedRowCost(o, asStored(covering), 1);
        const auto offer = [&](double s) {
            const double cost = roundedRowCost(o, asStored(s), 1);
            if (cost < bestCost) {
                bestCost = cost;
                best = s;
            }
        };
        if (m_task.sourceScale.empty())
            return best;
        const double source = m_task.sourceScale[m_task.sourceScale.size() > 1 ? o : 0];
        if (source >= 0.8 * covering) {
            for (int i = 0; i < 4; ++i)
                offer(source + (covering - source) * i / 4);
        }
        for (int i = 1; i <= 24; ++i)
            offer(covering * (1 + 0.02 * i));
        return best;
    }

    // Otherwise never clips: clipping by output error does harm with one scale per channel.
    std::vector<double> perChannelScales()
    {
        if (m_importance.empty() && m_rounders.empty() && narrowBias())
            relativeSizes();
        std::vector<double> scales(m_w.outputs, 0.0);
        for (std::size_t o = 0; o < m_w.outputs; ++o) {
            const double max = largest(o);
            if (max <= 0)
                continue;
            double s = max / m_levels.magnitude();
            if (!m_pow2 && m_task.scaleSearch && !m_task.sourceScale.empty()) {
                const double source = m_task.sourceScale[m_task.sourceScale.size() > 1 ? o : 0];
                if (source >= s) {
                    // The source's integers fit as they are, or a multiple of them: then biases have finer steps.
                    s = std::ldexp(source, -std::min(kMostHalvings, std::max(0, std::ilogb(source / s * (1 + 1e-9)))));
                }
            }
            scales[o] = m_pow2 ? inShiftRange(allowed(s)) : s;
            if (!m_rounders.empty() && !m_pow2 && m_task.scaleSearch && scales[o] == max / m_levels.magnitude())
                scales[o] = searchedScale(o, scales[o]);
            scales[o] = forNarrowBias(o, scales[o]);
        }
        std::vector<double> alive;
        std::copy_if(scales.begin(), scales.end(), std::back_inserter(alive), [](double s) { return s > 0; });
        double median = 1.0;
        if (!alive.empty()) {
            const auto middle = alive.begin() + static_cast<std::ptrdiff_t>(alive.size() / 2);
            std::nth_element(alive.begin(), middle, alive.end());
            median = *middle;
        }
        for (std::size_t o = 0; o < m_w.outputs; ++o) {
            if (scales[o] <= 0)
                scales[o] = forNarrowBias(o, median); // an all-zero channel
            scales[o] = atLeast(scales[o], m_task.bias.empty() ? 0 : std::abs(m_task.bias[o]) / (m_task.inputScale * kBiasLimit));
        }
        return scales;
    }

    double asymmetricScale()
    {
        double lo = 0, hi = 0;
        for (double v : m_w.values) {
            lo = std::min(lo, v);
            hi = std::max(hi, v);
        }
        Grid grid = coveringGrid(m_task.wish, {lo, hi});
        double s = grid.scale;
        s = std::max(s, std::min(8 * s, narrowBiasFloor()));
        if (m_pow2)
            s = inShiftRange(allowed(s));
        s = atLeast(s, biasFloor());
        const IntegerRange r = storageRange(m_task.wish);
        const auto zero = std::clamp<std::int64_t>(std::llround(static_cast<double>(r.min) - lo / s), r.min, r.max);
        m_levels = {static_cast<double>(zero), static_cast<double>(r.min), static_cast<double>(r.max)};
        return s;
    }

    double biasFloor() const
    {
        double floor = 0;
        for (double b : m_task.bias)
            floor = std::max(floor, std::abs(b) / (m_task.inputScale * kBiasLimit));
        return floor;
    }

    double atLeast(double s, double floor) const
    {
        if (s >= floor)
            return s;
        return m_pow2 ? allowed(floor) : floor;
    }

    // The least scale of the rule that is no smaller.
    double allowed(double s) const { return m_unit * ceilPowerOfTwo(s / m_unit); }

    // The scale nearest to s whose shift the hardware has. A larger one costs precision only: at the end of the range that is far
    // less than a step of the output. A smaller one cuts weights, by at most 3 octaves; beyond that s stays.
    double inShiftRange(double s) const
    {
        const auto shift = m_task.limits.shiftRange ? shiftOf(m_task.inputScale * s / m_task.outputScale) : std::nullopt;
        if (!shift)
            return s;
        constexpr int kMostOctaves = 3;
        const auto [least, most] = *m_task.limits.shiftRange;
        if (*shift > most)
            return std::ldexp(s, *shift - most);
        return *shift < least && least - *shift <= kMostOctaves ? std::ldexp(s, *shift - least) : s;
    }

    bool hasShift(double s) const
    {
        const auto shift = m_task.limits.shiftRange ? shiftOf(m_task.inputScale * s / m_task.outputScale) : std::nullopt;
        return !shift || (*shift >= m_task.limits.shiftRange->first && *shift <= m_task.limits.shiftRange->second);
    }

    void keepInShiftRange(std::vector<double> &candidates, double top) const
    {
        const double nearest = inShiftRange(top);
        if (!hasShift(nearest))
            return;
        std::erase_if(candidates, [this](double s) { return !hasShift(s); });
        if (candidates.empty())
            candidates.push_back(nearest);
    }

    // The largest bias integer of a width that is narrower than the runtime's; biases on a scale of their own are rounded instead.
    bool narrowBias() const { return m_task.limits.biasBits && *m_task.limits.biasBits < 31 && !m_task.limits.biasOwnScale && !m_task.bias.empty(); }
    // Less a 64th, which folding of rounding errors may need.
    double mostBias() const { return (std::ldexp(1.0, *m_task.limits.biasBits - 1) - 1) * (1 - 1.0 / 64); }

    double narrowBiasFloor() const
    {
        double most = 0;
        for (const double b : m_task.bias)
            most = std::max(most, std::abs(b));
        return narrowBias() ? most / (m_task.inputScale * mostBias()) : 0.0;
    }

    // What a scale cuts of the bias, in the unit of cost().
    double biasCost(std::size_t o, double scale) const
    {
        const double cut = std::max(0.0, std::abs(m_task.bias[o]) - mostBias() * m_task.inputScale * scale);
        if (!m_rounders.empty() || !m_importance.empty())
            return cut * cut;
        // Nothing known of the input: its mean square is taken for that of 32 steps, in which m_relative counts.
        return cut * cut * (m_relative[o] > 0 ? m_relative[o] : 1.0) / std::pow(32 * m_task.inputScale, 2);
    }

    double biasCost(double scale) const
    {
        double sum = 0;
        for (std::size_t o = 0; narrowBias() && o < m_task.bias.size(); ++o)
            sum += biasCost(o, scale);
        return sum;
    }

    // The scale of one channel that costs least when coarser weights make room for its bias.
    double forNarrowBias(std::size_t o, double s) const
    {
        if (!narrowBias())
            return s;
        const double floor = std::abs(m_task.bias[o]) / (m_task.inputScale * mostBias());
        const auto total = [&](double scale) { return rowCost(o, scale) + biasCost(o, scale); };
        double best = s, least = total(s);
        for (double wider = m_pow2 ? 2 * s : std::min(1.1 * s, floor); s < floor; wider = m_pow2 ? 2 * wider : std::min(1.1 * wider, floor)) {
            if ((hasShift(wider) || !hasShift(s)) && total(wider) < least) {
                least = total(wider);
                best = wider;
            }
            if (wider >= floor)
                break;
        }
        return best;
    }

    double meanOf(std::size_t o, std::size_t k) const
    {
        if (m_task.patch && !m_task.patch->empty() && m_task.patch->size == m_w.inputs && m_w.outputs % m_task.patch->blocks == 0)
            return m_task.patch->mean[o / (m_w.outputs / m_task.patch->blocks) * m_w.inputs + k];
        return m_task.moments.mean.empty() ? 0.0 : m_task.moments.mean[m_w.channel[o * m_w.inputs + k]];
    }

    QuantizedWeights finish(const std::vector<double> &scales)
    {
        QuantizedWeights out;
        out.values.resize(m_w.values.size());
        out.params.zeroPoint.assign(scales.size(), static_cast<std::int64_t>(m_levels.zero));
        std::vector<double> stored;
        for (double s : scales) {
            out.params.scale.push_back(static_cast<float>(s));
            stored.push_back(asStored(s));
        }
        out.bias.resize(m_task.bias.size());
        Rounded chosen;
        if (!m_rounders.empty()) {
            chosen = roundAll(stored, searching());
            out.error = chosen.error;
            out.nearestError = chosen.nearest;
        }

        std::size_t clipped = 0;
        for (std::size_t o = 0; o < m_w.outputs; ++o) {
            const double s = static_cast<double>(out.params.scaleAt(o)); // as the runtime will read it
            double shift = 0;
            for (std::size_t k = 0; k < m_w.inputs; ++k) {
                const double v = value(o, k);
                const double q = m_rounders.empty() ? quantized(v, s, m_levels) : chosen.q[o * m_w.inputs + k];
                clipped += std::abs(v / s) > m_levels.magnitude() + 0.5;
                out.values[o * m_w.inputs + k] = static_cast<std::int64_t>(q);
                shift += ((q - m_levels.zero) * s - v) * ((m_task.errorFolding ? meanOf(o, k) : 0.0) - m_task.offset);
            }
            if (m_task.bias.empty())
                continue;
            double bias = m_task.bias[o];
            if (!m_factors.empty())
                bias = (bias + m_task.rows->offset) / m_factors[o] - m_task.rows->offset;
            if (m_task.biasShift)
                bias += m_task.biasShift(o, s, m_factors.empty() ? 1.0 : m_factors[o]);
            const double b = std::round((bias - shift) / (m_task.inputScale * s));
            out.biasSaturated = out.biasSaturated || std::abs(b) > kBiasMax;
            out.bias[o] = static_cast<std::int64_t>(std::clamp(b, -kBiasMax, kBiasMax));
        }
        out.factors = m_factors;
        out.biasesCut = fitBiases(out.bias, m_task.limits, scales.size() > 1);
        out.clipped = static_cast<double>(clipped) / static_cast<double>(std::max<std::size_t>(1, m_w.values.size()));
        return out;
    }

    const WeightTask &m_task;
    const RealWeights &m_w;
    std::vector<double> m_values;  // m_w's, rows divided by their factors
    std::vector<double> m_factors; // by output channel; empty: all 1
    std::vector<double> m_largest; // of m_values, by output channel
    std::vector<float> m_floats;   // m_w's
    std::vector<float> m_inputWeights;
    Levels m_levels;
    bool m_pow2;
    double m_unit; // scales of a power-of-two rule are m_unit 2^k
    bool m_folds;
    std::vector<double> m_importance, m_relative; // by input channel; by output channel
    std::vector<Rounder> m_rounders;              // by block of the patch
    std::vector<double> m_diagonal;               // [block][input]
};

} // namespace

QuantizedWeights quantizeWeights(const WeightTask &task)
{
    return Quantizer(task).run();
}

} // namespace requant
