// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/passes/propagation.h"

#include "core/constraints/opspec.h"
#include "core/passes/integers.h"
#include "core/passes/weights.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <optional>

namespace requant {

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kInputSpread = 0.25; // standard deviation of an input, of its range
constexpr double kPixels = 0.9;       // correlation within a window of a graph input, colours among them
constexpr double kNeighbours = 0.5;   // within a window of an inner tensor, one channel
constexpr double kFarApart = 0.2;     // across a whole picture

double density(double z) { return std::exp(-z * z / 2) / std::sqrt(2 * std::acos(-1.0)); }
double below(double z) { return std::erfc(-z / std::sqrt(2.0)) / 2; }

double between(double v, double low, double high) { return std::min(std::max(v, low), high); }

class Propagation
{
public:
    explicit Propagation(const Model &model) : m_model(model), m_graph(model.subgraphs.front()) {}

    ExpectedStatistics run()
    {
        for (const TensorIndex t : m_graph.inputs)
            m_out[t] = input(t);
        for (std::size_t o = 0; o < m_graph.operators.size(); ++o)
            visit(m_graph.operators[o]);
        return std::move(m_out);
    }

private:
    struct Span
    {
        double low = 0, high = 0;
    };

    const Tensor &tensor(TensorIndex t) const { return m_graph.tensor(t); }

    std::size_t channels(TensorIndex t) const
    {
        const Shape &s = tensor(t).shape;
        return s.empty() ? 1 : static_cast<std::size_t>(std::max(1, s.back()));
    }

    bool isInput(TensorIndex t) const { return std::find(m_graph.inputs.begin(), m_graph.inputs.end(), t) != m_graph.inputs.end(); }

    // What the grid can hold; nothing for float.
    std::optional<Span> range(TensorIndex t) const
    {
        const Tensor &x = tensor(t);
        if (!x.quant.isQuantized() || bitWidth(x.type) > 16 || bitWidth(x.type) == 0)
            return {};
        const IntegerRange r = integerRange(x.type);
        const auto s = static_cast<double>(x.quant.scale[0]), z = static_cast<double>(x.quant.zeroPointAt(0));
        return Span{s * (static_cast<double>(r.min) - z), s * (static_cast<double>(r.max) - z)};
    }

    ExpectedValues constantValues(std::size_t n, double mean, double variance) const
    {
        return {std::vector<double>(n, mean), std::vector<double>(n, variance), {}};
    }

    ExpectedValues input(TensorIndex t) const
    {
        const Span r = range(t).value_or(Span{-1, 1});
        const double spread = kInputSpread * (r.high - r.low);
        return constantValues(channels(t), (r.low + r.high) / 2, spread * spread);
    }

    std::optional<ExpectedValues> constant(TensorIndex t) const
    {
        const Tensor &x = tensor(t);
        const auto data = m_model.data(x);
        if (data.empty() || !x.quant.isQuantized())
            return {};
        const auto n = static_cast<std::size_t>(std::max<std::int64_t>(0, elementCount(x.shape)));
        const std::size_t c = channels(t);
        if (n == 0 || n % c != 0 || data.size() < byteSize(x.type, n))
            return {};
        const auto q = unpackIntegers(data, x.type, n);
        const double s = static_cast<double>(x.quant.scale[0]), z = static_cast<double>(x.quant.zeroPointAt(0));
        ExpectedValues out = constantValues(c, 0, 0);
        std::vector<double> square(c, 0.0);
        for (std::size_t i = 0; i < n; ++i) {
            const double v = s * (static_cast<double>(q[i]) - z), share = static_cast<double>(c) / static_cast<double>(n);
            out.mean[i % c] += v * share;
            square[i % c] += v * v * share;
        }
        for (std::size_t i = 0; i < c; ++i)
            out.variance[i] = std::max(0.0, square[i] - out.mean[i] * out.mean[i]);
        return out;
    }

    // Nothing if the tensor comes from operators that are not known.
    std::optional<ExpectedValues> value(TensorIndex t) const
    {
        if (!t)
            return {};
        if (const auto it = m_out.find(t); it != m_out.end())
            return it->second;
        return constant(t);
    }

    // Spread over another number of channels: repeated, averaged, or all alike.
    static ExpectedValues fitted(const ExpectedValues &from, std::size_t n)
    {
        const std::size_t m = from.mean.size();
        if (m == n)
            return {from.mean, from.variance, {}};
        ExpectedValues out{std::vector<double>(n, 0.0), std::vector<double>(n, 0.0), {}};
        if (n % m == 0) {
            for (std::size_t i = 0; i < n; ++i) {
                out.mean[i] = from.mean[i % m];
                out.variance[i] = from.variance[i % m];
            }
            return out;
        }
        double mean = 0, square = 0;
        for (std::size_t i = 0; i < m; ++i) {
            mean += from.mean[i] / static_cast<double>(m);
            square += (from.variance[i] + from.mean[i] * from.mean[i]) / static_cast<double>(m);
        }
        out.mean.assign(n, mean);
        out.variance.assign(n, std::max(0.0, square - mean * mean));
        return out;
    }

    // Behind the fused activation and the grid's ends.
    ExpectedValues activated(ExpectedValues v, std::int64_t fused, TensorIndex t) const
    {
        double low = -kInfinity, high = kInfinity;
        if (fused == 1 || fused == 3)
            low = 0;
        if (fused == 2)
            low = -1;
        const bool clamps = fused == 2 || fused == 3;
        if (clamps)
            high = fused == 2 ? 1 : 6;
        if (const auto r = range(t)) {
            low = std::max(low, r->low);
            high = std::min(high, r->high);
        }
        for (std::size_t i = 0; i < v.mean.size(); ++i) {
            const Moments before{v.mean[i], v.variance[i]};
            if (clamps)
                v.atTop.push_back(before.variance > 0 ? 1 - below((high - before.mean) / std::sqrt(before.variance)) : before.mean >= high);
            const Moments m = clippedNormal(before, low, std::max(low, high));
            v.mean[i] = m.mean;
            v.variance[i] = m.variance;
        }
        return v;
    }

    static std::int64_t fusedOf(const Operator &op) { return op.options ? op.options->integer("fused_activation_function") : 0; }

    std::optional<ExpectedValues> layer(const Operator &op) const
    {
        const WeightedInputs at = weightedInputs(op.code);
        const OpSpec *spec = findOpSpec(op.code);
        if (at.weight < 0 || !spec || spec->dataInputs.empty() || op.code == Op::BatchMatmul || op.code == Op::TransposeConv
            || static_cast<std::size_t>(at.weight) >= op.inputs.size())
            return {};
        const auto data = static_cast<std::size_t>(spec->dataInputs.front());
        const TensorIndex w = op.inputs[static_cast<std::size_t>(at.weight)], in = data < op.inputs.size() ? op.inputs[data] : TensorIndex{};
        if (!w || !in || !tensor(w).quant.isQuantized() || bitWidth(tensor(w).type) > 16
            || m_model.data(tensor(w)).size() < byteSize(tensor(w).type, static_cast<std::size_t>(std::max<std::int64_t>(0, elementCount(tensor(w).shape)))))
            return {};
        const auto known = value(in);
        if (!known)
            return {};
        const ExpectedValues &x = *known;
        const std::size_t inputs = x.mean.size();
        const RealWeights weights = realWeights(m_model, op, tensor(w), inputs);
        if (weights.outputs == 0 || weights.inputs == 0)
            return {};
        const bool pixels = isInput(in);
        const double rho = pixels ? kPixels : kNeighbours;
        ExpectedValues y = constantValues(weights.outputs, 0, 0);
        std::vector<double> sum(inputs), square(inputs);
        for (std::size_t o = 0; o < weights.outputs; ++o) {
            std::fill(sum.begin(), sum.end(), 0.0);
            std::fill(square.begin(), square.end(), 0.0);
            const std::size_t first = o * weights.inputs;
            for (std::size_t k = 0; k < weights.inputs; ++k) {
                const double v = weights.values[first + k];
                sum[weights.channel[first + k]] += v;
                square[weights.channel[first + k]] += v * v;
            }
            double mean = 0, variance = 0, together = 0, apart = 0;
            for (std::size_t c = 0; c < inputs; ++c) {
                mean += sum[c] * x.mean[c];
                variance += (rho * sum[c] * sum[c] + (1 - rho) * square[c]) * x.variance[c];
                together += sum[c] * std::sqrt(x.variance[c]);
                apart += square[c] * x.variance[c];
            }
            y.mean[o] = mean;
            y.variance[o] = pixels ? rho * together * together + (1 - rho) * apart : variance;
        }
        const TensorIndex b = at.bias >= 0 && static_cast<std::size_t>(at.bias) < op.inputs.size() ? op.inputs[static_cast<std::size_t>(at.bias)] : TensorIndex{};
        if (b && tensor(in).quant.isQuantized()) {
            // The stored integers are of input scale x weight scale, whatever the file says.
            const auto q = unpackIntegers(m_model.data(tensor(b)), tensor(b).type, weights.outputs);
            for (std::size_t o = 0; o < weights.outputs; ++o)
                y.mean[o] += static_cast<double>(q[o]) * static_cast<double>(tensor(in).quant.scale[0]) * static_cast<double>(tensor(w).quant.scaleAt(o));
        }
        return y;
    }

    // A function of one value: quadrature over the normal distribution.
    static ExpectedValues mapped(const ExpectedValues &x, const std::function<double(double)> &f)
    {
        ExpectedValues y{std::vector<double>(x.mean.size(), 0.0), std::vector<double>(x.mean.size(), 0.0), {}};
        constexpr int kPoints = 33;
        for (std::size_t i = 0; i < x.mean.size(); ++i) {
            double total = 0, square = 0;
            for (int p = 0; p < kPoints; ++p) {
                const double z = -4 + 8.0 * p / (kPoints - 1), w = density(z), v = f(x.mean[i] + z * std::sqrt(x.variance[i]));
                total += w;
                y.mean[i] += w * v;
                square += w * v * v;
            }
            y.mean[i] /= total;
            y.variance[i] = std::max(0.0, square / total - y.mean[i] * y.mean[i]);
        }
        return y;
    }

    static std::function<double(double)> unary(const Operator &op)
    {
        switch (op.code) {
        case Op::Relu: return [](double v) { return std::max(v, 0.0); };
        case Op::Relu6: return [](double v) { return between(v, 0, 6); };
        case Op::ReluN1To1: return [](double v) { return between(v, -1, 1); };
        case Op::Relu0To1: return [](double v) { return between(v, 0, 1); };
        case Op::Logistic: return [](double v) { return 1 / (1 + std::exp(-v)); };
        case Op::Tanh: return [](double v) { return std::tanh(v); };
        case Op::HardSwish: return [](double v) { return v * between(v + 3, 0, 6) / 6; };
        case Op::Gelu: return [](double v) { return v * below(v); };
        case Op::Elu: return [](double v) { return v > 0 ? v : std::expm1(v); };
        case Op::Abs: return [](double v) { return std::abs(v); };
        case Op::Neg: return [](double v) { return -v; };
        case Op::LeakyRelu: {
            const double alpha = op.options ? op.options->real("alpha") : 0.0;
            return [alpha](double v) { return v > 0 ? v : alpha * v; };
        }
        default: return {};
        }
    }

    // Along another axis than the channels: the average of the inputs that are known, as of the state of a streaming
    // network and what is appended to it.
    std::optional<ExpectedValues> concatenated(const Operator &op) const
    {
        const std::size_t n = channels(op.outputs[0]);
        ExpectedValues all;
        std::vector<ExpectedValues> known;
        for (const TensorIndex t : op.inputs) {
            if (const auto v = value(t)) {
                all.mean.insert(all.mean.end(), v->mean.begin(), v->mean.end());
                all.variance.insert(all.variance.end(), v->variance.begin(), v->variance.end());
                known.push_back(fitted(*v, n));
            }
        }
        if (known.empty())
            return {};
        if (known.size() == op.inputs.size() && all.mean.size() == n)
            return all;
        const bool alongChannels = std::any_of(op.inputs.begin(), op.inputs.end(), [&](TensorIndex t) { return t && channels(t) != n; });
        if (alongChannels)
            return {};
        ExpectedValues out = constantValues(n, 0, 0);
        const double share = 1 / static_cast<double>(known.size());
        for (std::size_t i = 0; i < n; ++i) {
            double square = 0;
            for (const ExpectedValues &v : known) {
                out.mean[i] += share * v.mean[i];
                square += share * (v.variance[i] + v.mean[i] * v.mean[i]);
            }
            out.variance[i] = std::max(0.0, square - out.mean[i] * out.mean[i]);
        }
        return out;
    }

    ExpectedValues pair(const Operator &op, const ExpectedValues &first, const ExpectedValues &second) const
    {
        const std::size_t n = channels(op.outputs[0]);
        const ExpectedValues a = fitted(first, n), b = fitted(second, n);
        ExpectedValues y = constantValues(n, 0, 0);
        for (std::size_t i = 0; i < n; ++i) {
            if (op.code == Op::Mul) {
                y.mean[i] = a.mean[i] * b.mean[i];
                y.variance[i] = (a.variance[i] + a.mean[i] * a.mean[i]) * (b.variance[i] + b.mean[i] * b.mean[i]) - y.mean[i] * y.mean[i];
            } else {
                y.mean[i] = a.mean[i] + (op.code == Op::Sub ? -b.mean[i] : b.mean[i]);
                y.variance[i] = a.variance[i] + b.variance[i];
            }
        }
        return y;
    }

    ExpectedValues averaged(const Operator &op, ExpectedValues v) const
    {
        const std::int64_t in = elementCount(tensor(op.inputs[0]).shape), out = elementCount(tensor(op.outputs[0]).shape);
        double n = in > 0 && out > 0 ? static_cast<double>(in) / static_cast<double>(out) : 1.0;
        if (op.code == Op::AveragePool2D && op.options)
            n = static_cast<double>(std::max<std::int64_t>(1, op.options->integer("filter_width", 1) * op.options->integer("filter_height", 1)));
        for (double &x : v.variance)
            x *= kFarApart + (1 - kFarApart) / std::max(1.0, n);
        return v;
    }

    // Of the first output.
    std::optional<ExpectedValues> result(const Operator &op) const
    {
        const TensorIndex to = op.outputs[0];
        if (auto y = layer(op); y && y->mean.size() == channels(to))
            return activated(*y, fusedOf(op), to);
        if (op.code == Op::Concatenation) {
            auto y = concatenated(op);
            return y ? std::optional(activated(*y, fusedOf(op), to)) : y;
        }
        const auto first = op.inputs.empty() ? std::nullopt : value(op.inputs[0]);
        if (!first)
            return {};
        const ExpectedValues x = fitted(*first, channels(to));
        if (const auto f = unary(op))
            return mapped(x, f);
        switch (op.code) {
        case Op::Add: case Op::Sub: case Op::Mul: {
            const auto second = op.inputs.size() == 2 ? value(op.inputs[1]) : std::nullopt;
            return second ? std::optional(activated(pair(op, *first, *second), fusedOf(op), to)) : std::nullopt;
        }
        case Op::AveragePool2D: return activated(averaged(op, x), fusedOf(op), to);
        case Op::Mean: return averaged(op, x);
        case Op::MaxPool2D: {
            // The larger of two correlated values stands for a window's largest.
            ExpectedValues v = x;
            for (std::size_t i = 0; i < v.mean.size(); ++i)
                v.mean[i] += 1.1 * std::sqrt((1 - kNeighbours) * v.variance[i]);
            return activated(v, fusedOf(op), to);
        }
        case Op::Reshape: case Op::Squeeze: case Op::ExpandDims: case Op::Quantize: case Op::Dequantize: case Op::Pad: case Op::Padv2: case Op::MirrorPad:
        case Op::Slice: case Op::StridedSlice: case Op::ResizeBilinear: case Op::ResizeNearestNeighbor: case Op::SpaceToBatchNd: case Op::BatchToSpaceNd:
        case Op::Tile: case Op::BroadcastTo: case Op::ReverseV2: return x;
        default: return {};
        }
    }

    void visit(const Operator &op)
    {
        if (op.outputs.empty() || !op.outputs[0])
            return;
        if (auto y = result(op))
            m_out[op.outputs[0]] = std::move(*y);
    }

    const Model &m_model;
    const Subgraph &m_graph;
    ExpectedStatistics m_out;
};

} // namespace

Moments clippedNormal(Moments x, double low, double high)
{
    if (!(x.variance > 0))
        return {between(x.mean, low, high), 0};
    const double s = std::sqrt(x.variance), a = (low - x.mean) / s, b = (high - x.mean) / s;
    const double inside = below(b) - below(a), pa = std::isinf(a) ? 0 : density(a), pb = std::isinf(b) ? 0 : density(b);
    double mean = x.mean * inside + s * (pa - pb);
    double square = (x.mean * x.mean + x.variance) * inside + s * (std::isinf(a) ? 0 : (x.mean + low) * pa) - s * (std::isinf(b) ? 0 : (x.mean + high) * pb);
    if (!std::isinf(a)) {
        mean += low * below(a);
        square += low * low * below(a);
    }
    if (!std::isinf(b)) {
        mean += high * (1 - below(b));
        square += high * high * (1 - below(b));
    }
    return {mean, std::max(0.0, square - mean * mean)};
}

ExpectedStatistics expectedStatistics(const Model &model)
{
    return model.subgraphs.empty() ? ExpectedStatistics{} : Propagation(model).run();
}

Statistics asStatistics(const Model &model, const ExpectedStatistics &expected)
{
    Statistics out;
    for (const auto &[t, v] : expected) {
        const Tensor &tensor = model.subgraphs.front().tensor(t);
        if (!tensor.quant.isQuantized() || !(tensor.quant.scale[0] > 0))
            continue;
        const auto s = static_cast<double>(tensor.quant.scale[0]), z = static_cast<double>(tensor.quant.zeroPointAt(0));
        TensorStatistics &to = out[t];
        to.count = v.mean.size();
        for (std::size_t i = 0; i < v.mean.size(); ++i) {
            const double mean = v.mean[i] / s + z;
            to.mean.push_back(mean);
            to.meanSquare.push_back(v.variance[i] / (s * s) + mean * mean);
        }
    }
    return out;
}

} // namespace requant
