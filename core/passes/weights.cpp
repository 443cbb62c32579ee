// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/passes/weights.h"

#include "core/passes/grids.h"
#include "core/scheme/scheme.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

namespace requant {

namespace {

// Keeps the int32 bias two bits away from overflow.
constexpr double kBiasLimit = 536870912.0; // 2^29
constexpr double kBiasMax = 2147483647.0;

std::int64_t element(std::span<const std::byte> data, ElementType type, std::size_t i)
{
    switch (type) {
    case ElementType::Int8: return static_cast<std::int8_t>(data[i]);
    case ElementType::UInt8: return static_cast<std::uint8_t>(data[i]);
    case ElementType::Int16: {
        std::int16_t v = 0;
        std::memcpy(&v, data.data() + i * sizeof v, sizeof v);
        return v;
    }
    case ElementType::Int4: {
        const auto byte = static_cast<std::uint8_t>(data[i / 2]);
        const int nibble = i % 2 ? byte >> 4 : byte & 15;
        return nibble >= 8 ? nibble - 16 : nibble;
    }
    default: return 0;
    }
}

struct Levels
{
    double zero = 0, min = 0, max = 0; // in integers of the storage type
    double magnitude() const { return std::min(max - zero, zero - min); }
};

Levels symmetricLevels(const TensorWish &w)
{
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

class Quantizer
{
public:
    explicit Quantizer(const WeightTask &task)
        : m_task(task), m_w(*task.weights), m_levels(symmetricLevels(task.wish)),
          m_pow2(task.wish.scale == ScaleRule::PowerOfTwo)
    {
        importance();
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
        return finish(scales);
    }

private:
    double value(std::size_t o, std::size_t k) const { return m_w.values[o * m_w.inputs + k]; }

    double largest(std::size_t o) const
    {
        double m = 0;
        for (std::size_t k = 0; k < m_w.inputs; ++k)
            m = std::max(m, std::abs(value(o, k)));
        return m;
    }

    // V_k of the header; 1 where nothing is known. Small shares of the channel's own mean square and of the average keep
    // weights of constant and of silent inputs from being entirely free; a larger floor would forbid clipping outliers.
    void importance()
    {
        if (m_task.moments.empty())
            return;
        const auto &mean = m_task.moments.mean;
        const auto &square = m_task.moments.meanSquare;
        m_importance.resize(mean.size());
        double total = 0;
        for (std::size_t c = 0; c < mean.size(); ++c)
            total += square[c];
        const double floor = 1e-6 * total / static_cast<double>(mean.size());
        for (std::size_t c = 0; c < mean.size(); ++c) {
            const double spread = m_task.errorFolding ? std::max(0.0, square[c] - mean[c] * mean[c]) : square[c];
            m_importance[c] = spread + 1e-2 * square[c] + floor;
        }
    }

    double weightOf(std::size_t o, std::size_t k) const
    {
        return m_importance.empty() ? 1.0 : m_importance[m_w.channel[o * m_w.inputs + k]];
    }

    double cost(double scale) const
    {
        double sum = 0;
        for (std::size_t o = 0; o < m_w.outputs; ++o) {
            for (std::size_t k = 0; k < m_w.inputs; ++k) {
                const double v = value(o, k);
                const double d = (quantized(v, scale, m_levels) - m_levels.zero) * scale - v;
                sum += d * d * weightOf(o, k);
            }
        }
        return sum;
    }

    double perTensorScale() const
    {
        double max = 0;
        for (std::size_t o = 0; o < m_w.outputs; ++o)
            max = std::max(max, largest(o));
        const double naive = max > 0 ? max / m_levels.magnitude() : 1.0;
        std::vector<double> candidates;
        if (m_pow2) {
            const double top = ceilPowerOfTwo(naive);
            for (int k = 0; k < (m_task.scaleSearch ? 6 : 1); ++k)
                candidates.push_back(std::ldexp(top, -k));
        } else {
            candidates.push_back(naive);
            if (m_task.scaleSearch) {
                if (m_task.sourceScale.size() == 1)
                    candidates.push_back(m_task.sourceScale[0]);
                for (double f = 0.97; f > 0.03; f *= 0.97)
                    candidates.push_back(naive * f);
            }
        }
        const double floor = biasFloor();
        double best = candidates.front();
        double bestCost = std::numeric_limits<double>::infinity();
        if (candidates.size() == 1)
            return atLeast(best, floor);
        for (double s : candidates) {
            if (s < floor)
                continue;
            const double c = cost(s);
            if (c < bestCost) {
                bestCost = c;
                best = s;
            }
        }
        return atLeast(best, floor);
    }

    // Never clips: clipping by output error does harm with one scale per channel.
    std::vector<double> perChannelScales() const
    {
        std::vector<double> scales(m_w.outputs, 0.0);
        for (std::size_t o = 0; o < m_w.outputs; ++o) {
            const double max = largest(o);
            if (max <= 0)
                continue;
            double s = max / m_levels.magnitude();
            if (!m_pow2 && m_task.scaleSearch && !m_task.sourceScale.empty()) {
                const double source = m_task.sourceScale[m_task.sourceScale.size() > 1 ? o : 0];
                if (source >= s)
                    s = source; // the source's integers fit as they are
            }
            scales[o] = m_pow2 ? ceilPowerOfTwo(s) : s;
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
                scales[o] = median; // an all-zero channel
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
        if (m_pow2)
            s = ceilPowerOfTwo(s);
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
        return m_pow2 ? ceilPowerOfTwo(floor) : floor;
    }

    QuantizedWeights finish(const std::vector<double> &scales) const
    {
        QuantizedWeights out;
        out.values.resize(m_w.values.size());
        out.params.zeroPoint.assign(scales.size(), static_cast<std::int64_t>(m_levels.zero));
        for (double s : scales)
            out.params.scale.push_back(static_cast<float>(s));
        out.bias.resize(m_task.bias.size());
        
        std::size_t clipped = 0;
        for (std::size_t o = 0; o < m_w.outputs; ++o) {
            const double s = static_cast<double>(out.params.scaleAt(o)); // as the runtime will read it
            double shift = 0;
            for (std::size_t k = 0; k < m_w.inputs; ++k) {
                const double v = value(o, k);
                const double q = quantized(v, s, m_levels);
                clipped += std::abs(v / s) > m_levels.magnitude() + 0.5;
                out.values[o * m_w.inputs + k] = static_cast<std::int64_t>(q);
                if (m_task.errorFolding && !m_task.moments.empty())
                    shift += ((q - m_levels.zero) * s - v) * m_task.moments.mean[m_w.channel[o * m_w.inputs + k]];
            }
            if (m_task.bias.empty())
                continue;
            const double b = std::round((m_task.bias[o] - shift) / (m_task.inputScale * s));
            out.biasSaturated = out.biasSaturated || std::abs(b) > kBiasMax;
            out.bias[o] = static_cast<std::int64_t>(std::clamp(b, -kBiasMax, kBiasMax));
        }
        out.clipped = static_cast<double>(clipped) / static_cast<double>(std::max<std::size_t>(1, m_w.values.size()));
        return out;
    }

    const WeightTask &m_task;
    const RealWeights &m_w;
    Levels m_levels;
    bool m_pow2;
    std::vector<double> m_importance; // by input channel
};

} // namespace

RealWeights realWeights(const Model &model, const Operator &op, const Tensor &weight, std::size_t inputChannels)
{
    RealWeights out;
    const auto data = model.data(weight);
    const auto n = static_cast<std::size_t>(elementCount(weight.shape));
    const bool depthwise = op.code == Op::DepthwiseConv2D;
    const auto dim = static_cast<std::size_t>(weightedInputs(op.code).channelDimension);
    out.outputs = dim < weight.shape.size() ? static_cast<std::size_t>(weight.shape[dim]) : 1;
    out.inputs = out.outputs ? n / out.outputs : 0;
    out.values.resize(n);
    out.channel.resize(n);
    const std::size_t last = weight.shape.empty() ? 1 : static_cast<std::size_t>(weight.shape.back());
    const std::size_t multiplier = depthwise && inputChannels ? std::max<std::size_t>(1, out.outputs / inputChannels) : 1;
    const std::size_t groups = !depthwise && last && inputChannels > last && op.code == Op::Conv2D ? inputChannels / last : 1;
    for (std::size_t i = 0; i < n; ++i) {
        // Depthwise weights are [1, h, w, outputs]; all others have the output channel first.
        const std::size_t o = depthwise ? i % out.outputs : i / out.inputs;
        const std::size_t k = depthwise ? i / out.outputs : i % out.inputs;
        const double s = weight.quant.scaleAt(o);
        const auto z = static_cast<double>(weight.quant.zeroPointAt(o));
        out.values[o * out.inputs + k] = s * (static_cast<double>(element(data, weight.type, i)) - z);
        std::size_t c = 0;
        if (depthwise)
            c = o / multiplier;
        else if (op.code == Op::FullyConnected)
            c = inputChannels ? k % inputChannels : 0;
        else
            c = k % last + (groups > 1 ? (o / std::max<std::size_t>(1, out.outputs / groups)) * last : 0);
        out.channel[o * out.inputs + k] = inputChannels ? std::min(c, inputChannels - 1) : 0;
    }
    return out;
}

QuantizedWeights quantizeWeights(const WeightTask &task)
{
    return Quantizer(task).run();
}

} // namespace requant
