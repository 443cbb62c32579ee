// SPDX-License-Identifier: GPL-3.0-or-later
#include "explained.h"

#include "core/sim/fixedpoint.h"

#include <cstring>
#include <memory>

namespace explained {
namespace {

using namespace requant;
using Inputs = std::vector<std::span<const std::byte>>;

template <class T>
std::vector<T> valuesOf(std::span<const std::byte> bytes)
{
    std::vector<T> out(bytes.size() / sizeof(T));
    if (!out.empty())
        std::memcpy(out.data(), bytes.data(), out.size() * sizeof(T));
    return out;
}

template <class T>
std::vector<std::byte> bytesOf(const std::vector<T> &values)
{
    const auto b = std::as_bytes(std::span<const T>(values));
    return {b.begin(), b.end()};
}

template <class T>
T clamped(std::int64_t v, std::int64_t low = std::numeric_limits<T>::min(), std::int64_t high = std::numeric_limits<T>::max())
{
    return static_cast<T>(std::clamp<std::int64_t>(v, low, high));
}

std::int64_t optionOf(const Operator &op, const char *name, std::int64_t fallback) { return op.options ? op.options->integer(name, fallback) : fallback; }
std::int32_t zeroPoint(const Tensor &t) { return static_cast<std::int32_t>(t.quant.zeroPointAt(0)); }

// Where a fused activation cuts: TFLite's rounding of -1, 0, 1 and 6 to the output's grid.
struct ActivationEnds
{
    std::int64_t low, high;
    ActivationEnds(const Operator &op, const Tensor &out)
    {
        const IntegerRange range = integerRange(out.type);
        low = range.min;
        high = range.max;
        const std::int64_t fused = optionOf(op, "fused_activation_function", 0);
        const auto limit = [&](float v) { return static_cast<std::int64_t>(std::round(v / out.quant.scaleAt(0))) + zeroPoint(out); };
        if (fused != 0)
            low = std::max(low, limit(fused == 2 ? -1.0f : 0.0f));
        if (fused >= 2)
            high = std::min(high, limit(fused == 2 ? 1.0f : 6.0f));
    }
};

// Sums over axes, in order of the output.
template <class T>
struct Reduced
{
    std::vector<std::int32_t> sums;
    std::int64_t count = 1;
    Reduced(const Tensor &in, const std::vector<std::int32_t> &axes, const std::vector<T> &x)
    {
        const std::size_t rank = in.shape.size();
        std::vector<bool> reduced(rank, false);
        for (const std::int32_t a : axes)
            reduced[static_cast<std::size_t>(a < 0 ? a + static_cast<std::int32_t>(rank) : a)] = true;
        std::size_t outputs = 1;
        for (std::size_t d = 0; d < rank; ++d) {
            if (reduced[d])
                count *= in.shape[d];
            else
                outputs *= static_cast<std::size_t>(in.shape[d]);
        }
        sums.assign(outputs, 0);
        for (std::size_t i = 0; i < x.size(); ++i) {
            std::size_t rest = i, to = 0, step = 1;
            for (std::size_t d = rank; d-- > 0;) {
                const auto n = static_cast<std::size_t>(in.shape[d]);
                if (!reduced[d]) {
                    to += rest % n * step;
                    step *= n;
                }
                rest /= n;
            }
            sums[to] += x[i];
        }
    }
};

// MEAN where the delegate does not take it: in float32, or, on one grid, as an integer division. Today's folds 1/count into the
// multiplier, and today's delegate takes any axes.
template <class T>
Definition mean(const Subgraph &g, const Operator &op, const Inputs &inputs)
{
    const Tensor &in = g.tensor(op.inputs[0]), &out = g.tensor(op.outputs[0]);
    const auto axes = valuesOf<std::int32_t>(inputs[1]);
    const bool spatial = in.shape.size() == 4 && (axes == std::vector<std::int32_t>{1, 2} || axes == std::vector<std::int32_t>{2, 1});
    if (sizeof(T) == 1 && spatial)
        return {}; // delegated
    const Reduced<T> r(in, axes, valuesOf<T>(inputs[0]));
    const std::int32_t zi = zeroPoint(in), zo = zeroPoint(out);
    const auto n = static_cast<std::int32_t>(r.count);
    const float scale = in.quant.scaleAt(0) / out.quant.scaleAt(0), bias = static_cast<float>(-zi) * scale;
    std::vector<T> y;
    for (const std::int32_t sum : r.sums) {
        if (in.quant.sameGrid(out.quant)) {
            y.push_back(static_cast<T>(sum / n));
        } else {
            const float v = static_cast<float>(sum) / static_cast<float>(n) * scale;
            y.push_back(clamped<T>(static_cast<std::int64_t>(std::round(v + bias)) + zo));
        }
    }
    return {"older MEAN: in float, or cut off on one grid", {bytesOf(y)}};
}

// SUM beside the delegate, in float, as the simulator has it, but the result wraps where the simulator saturates (optimized/reduce.h,
// today's too). On one grid the older kernel adds stored integers, which wrap.
template <class T>
Definition sum(const Subgraph &g, const Operator &op, const Inputs &inputs)
{
    const Tensor &in = g.tensor(op.inputs[0]), &out = g.tensor(op.outputs[0]);
    const Reduced<T> r(in, valuesOf<std::int32_t>(inputs[1]), valuesOf<T>(inputs[0]));
    const float scale = in.quant.scaleAt(0) / out.quant.scaleAt(0), bias = static_cast<float>(-zeroPoint(in)) * scale * static_cast<float>(r.count);
    const bool sameGrid = in.quant.sameGrid(out.quant);
    std::vector<T> y;
    for (const std::int32_t sum : r.sums)
        y.push_back(static_cast<T>(sameGrid ? sum : static_cast<std::int32_t>(std::round(static_cast<float>(sum) * scale + bias)) + zeroPoint(out)));
    return {"SUM of 8 bits wraps; older: on one grid stored integers are added", {bytesOf(y)}};
}

// The delegate of 2022 takes 2 to 4 uint8 inputs without looking at their grids and copies the bytes.
Definition concatenation(const Subgraph &g, const Operator &op, const Inputs &inputs)
{
    const Tensor &out = g.tensor(op.outputs[0]);
    const bool sameGrids = std::all_of(op.inputs.begin(), op.inputs.end(), [&](TensorIndex t) { return g.tensor(t).quant.sameGrid(out.quant); });
    if (sameGrids || op.inputs.size() < 2 || op.inputs.size() > 4)
        return {};
    const auto rank = static_cast<std::int64_t>(out.shape.size());
    std::int64_t axis = optionOf(op, "axis", 0);
    axis += axis < 0 ? rank : 0;
    std::size_t outer = 1;
    for (std::size_t d = 0; d < static_cast<std::size_t>(axis); ++d)
        outer *= static_cast<std::size_t>(out.shape[d]);
    std::vector<std::byte> y;
    for (std::size_t o = 0; o < outer; ++o)
        for (const auto &x : inputs) {
            const auto part = x.subspan(o * (x.size() / outer), x.size() / outer);
            y.insert(y.end(), part.begin(), part.end());
        }
    return {"older CONCATENATION: the delegate copies uint8 of other grids", {y}};
}

// XNNPACK of then and of today (convolution-nhwc.c): where the kernel is so much smaller than the stride that SAME would take pixels
// away, the unsigned padding wraps and every pixel counts as padding. What is left is the bias.
template <class T>
Definition allPadding(const Subgraph &g, const Operator &op, const Inputs &inputs)
{
    if (op.inputs.size() < 3)
        return {}; // not delegated
    const Tensor &in = g.tensor(op.inputs[0]), &w = g.tensor(op.inputs[1]), &out = g.tensor(op.outputs[0]);
    const auto removed = [&](std::size_t d, const char *strideName, const char *dilationName) {
        const std::int64_t effective = (w.shape[d] - 1) * optionOf(op, dilationName, 1) + 1;
        return (out.shape[d] - 1) * optionOf(op, strideName, 1) + effective < in.shape[d];
    };
    const bool pointwise = op.code == Op::Conv2D && w.shape[1] == 1 && w.shape[2] == 1;
    if (optionOf(op, "padding", 0) != 0 || pointwise ||
        (!removed(1, "stride_h", "dilation_h_factor") && !removed(2, "stride_w", "dilation_w_factor")))
        return {};
    const auto bias = valuesOf<std::int32_t>(inputs[2]);
    const float so = out.quant.scaleAt(0);
    const ActivationEnds ends(op, out);
    std::vector<T> y(static_cast<std::size_t>(elementCount(out.shape)));
    for (std::size_t i = 0; i < y.size(); ++i) {
        const std::size_t c = i % bias.size();
        y[i] = clamped<T>(std::int64_t{scaleXnnpack(bias[c], in.quant.scaleAt(0) * w.quant.scaleAt(c) / so)} + zeroPoint(out), ends.low, ends.high);
    }
    return {"XNNPACK: SAME with a kernel smaller than the stride takes every pixel as padding", {bytesOf(y)}};
}

std::vector<std::int32_t> weightsOf(const Tensor &w, std::span<const std::byte> bytes)
{
    std::vector<std::int32_t> values;
    for (const std::byte b : bytes)
        values.push_back((w.type == ElementType::UInt8 ? static_cast<std::int32_t>(b) : static_cast<std::int8_t>(b)) - zeroPoint(w));
    return values;
}

// Sums of 32 bits, scaled by the 32-bit multiplier of their channel.
template <class T>
std::vector<T> scaled(const Tensor &in, const Tensor &w, const Tensor &out, const std::vector<std::int32_t> &sums, FixedRounding rounding, std::int64_t low,
                      std::int64_t high)
{
    const auto channels = static_cast<std::size_t>(out.shape.back());
    std::vector<T> y;
    for (std::size_t i = 0; i < sums.size(); ++i) {
        const double real = static_cast<double>(in.quant.scaleAt(0)) * static_cast<double>(w.quant.scaleAt(i % channels)) / static_cast<double>(out.quant.scaleAt(0));
        y.push_back(clamped<T>(std::int64_t{multiplyByQuantizedMultiplier(sums[i], quantizeMultiplier(real), rounding)} + zeroPoint(out), low, high));
    }
    return y;
}

// int8 weights with a zero point: the delegate of 2022 takes them and does not look at it, today's leaves them to TFLite.
Definition fullyConnected8(const Subgraph &g, const Operator &op, const Inputs &inputs)
{
    const Tensor &in = g.tensor(op.inputs[0]), &w = g.tensor(op.inputs[1]), &out = g.tensor(op.outputs[0]);
    if (zeroPoint(w) == 0)
        return {};
    const auto x = valuesOf<std::int8_t>(inputs[0]), weights = valuesOf<std::int8_t>(inputs[1]);
    const auto bias = op.inputs.size() > 2 && op.inputs[2] ? valuesOf<std::int32_t>(inputs[2]) : std::vector<std::int32_t>(static_cast<std::size_t>(w.shape[0]), 0);
    const auto depth = static_cast<std::size_t>(w.shape[1]), units = static_cast<std::size_t>(w.shape[0]);
    const ActivationEnds ends(op, out);
    std::vector<std::int8_t> y;
    for (std::size_t row = 0; row < x.size() / depth; ++row)
        for (std::size_t u = 0; u < units; ++u) {
            std::int32_t sum = bias[u];
            for (std::size_t k = 0; k < depth; ++k)
                sum += (x[row * depth + k] - zeroPoint(in)) * weights[u * depth + k];
            y.push_back(clamped<std::int8_t>(std::int64_t{scaleXnnpack(sum, in.quant.scaleAt(0) * w.quant.scaleAt(0) / out.quant.scaleAt(0))} + zeroPoint(out), ends.low, ends.high));
        }
    return {"older FULLY_CONNECTED: the delegate ignores the weights' zero point", {bytesOf(y)}};
}

// int8: ruy's single rounding, where today's has the reference kernel only; into int32 without the zero points, which today's
// leaves in.
Definition batchMatmul(const Subgraph &g, const Operator &op, const Inputs &inputs)
{
    const Tensor &in = g.tensor(op.inputs[0]), &w = g.tensor(op.inputs[1]), &out = g.tensor(op.outputs[0]);
    const bool adjX = optionOf(op, "adj_x", 0) != 0, adjY = optionOf(op, "adj_y", 0) != 0;
    if (in.shape.size() != 3 || w.shape.size() != 3 || in.shape[0] != w.shape[0])
        return {};
    const auto at = [](const Tensor &t, int d) { return static_cast<std::size_t>(t.shape[static_cast<std::size_t>(d)]); };
    const std::size_t rows = at(in, adjX ? 2 : 1), depth = at(in, adjX ? 1 : 2), columns = at(w, adjY ? 1 : 2);
    const auto x = valuesOf<std::int8_t>(inputs[0]), y = valuesOf<std::int8_t>(inputs[1]);
    std::vector<std::int32_t> sums;
    for (std::size_t b = 0; b < at(in, 0); ++b)
        for (std::size_t i = 0; i < rows; ++i)
            for (std::size_t j = 0; j < columns; ++j) {
                std::int32_t sum = 0;
                for (std::size_t k = 0; k < depth; ++k)
                    sum += (x[b * rows * depth + (adjX ? k * rows + i : i * depth + k)] - zeroPoint(in)) *
                           (y[b * columns * depth + (adjY ? j * depth + k : k * columns + j)] - zeroPoint(w));
                sums.push_back(sum);
            }
    if (out.type == ElementType::Int32)
        return {"older BATCH_MATMUL: into int32 without zero points", {bytesOf(sums)}};
    const Multiplier m = quantizeMultiplier(static_cast<double>(in.quant.scaleAt(0) * w.quant.scaleAt(0)) / static_cast<double>(out.quant.scaleAt(0)));
    std::vector<std::int8_t> z;
    for (const std::int32_t sum : sums)
        z.push_back(clamped<std::int8_t>(std::int64_t{multiplyByQuantizedMultiplier(sum, m, FixedRounding::Single)} + zeroPoint(out)));
    return {"older BATCH_MATMUL: one rounding", {bytesOf(z)}};
}

template <class T>
Definition transposeConv(const Subgraph &g, const Operator &op, const Inputs &inputs, const char *reason)
{
    const Tensor &w = g.tensor(op.inputs[1]), &in = g.tensor(op.inputs[2]), &out = g.tensor(op.outputs[0]);
    const bool same = optionOf(op, "padding", 0) == 0;
    const auto at = [](const Tensor &t, int d) { return static_cast<std::int64_t>(t.shape[static_cast<std::size_t>(d)]); };
    const std::int64_t strides[]{optionOf(op, "stride_h", 1), optionOf(op, "stride_w", 1)};
    std::int64_t pads[2];
    for (int d = 0; d < 2; ++d) {
        const std::int64_t steps = same ? (at(out, d + 1) + strides[d] - 1) / strides[d] : (at(out, d + 1) - at(w, d + 1) + strides[d]) / strides[d];
        pads[d] = std::max<std::int64_t>((steps - 1) * strides[d] + at(w, d + 1) - at(out, d + 1), 0) / 2;
    }
    const auto x = valuesOf<T>(inputs[2]);
    const auto weights = weightsOf(w, inputs[1]);
    std::vector<std::int32_t> sums(static_cast<std::size_t>(elementCount(out.shape)), 0);
    if (inputs.size() > 3 && !inputs[3].empty()) {
        const auto bias = valuesOf<std::int32_t>(inputs[3]);
        for (std::size_t i = 0; i < sums.size(); ++i)
            sums[i] = bias[i % bias.size()];
    }
    const auto index = [](std::int64_t a, std::int64_t n, std::int64_t b, std::int64_t m, std::int64_t c) { return (a * n + b) * m + c; };
    for (std::int64_t b = 0; b < at(in, 0); ++b)
        for (std::int64_t iy = 0; iy < at(in, 1); ++iy)
            for (std::int64_t ix = 0; ix < at(in, 2); ++ix)
                for (std::int64_t ky = 0; ky < at(w, 1); ++ky)
                    for (std::int64_t kx = 0; kx < at(w, 2); ++kx) {
                        const std::int64_t oy = iy * strides[0] + ky - pads[0], ox = ix * strides[1] + kx - pads[1];
                        if (oy < 0 || ox < 0 || oy >= at(out, 1) || ox >= at(out, 2))
                            continue;
                        for (std::int64_t o = 0; o < at(w, 0); ++o)
                            for (std::int64_t c = 0; c < at(w, 3); ++c) {
                                const std::int64_t q = x[static_cast<std::size_t>(index(index(b, at(in, 1), iy, at(in, 2), ix), at(in, 3), c, 1, 0))];
                                const std::int64_t v = weights[static_cast<std::size_t>(index(index(o, at(w, 1), ky, at(w, 2), kx), at(w, 3), c, 1, 0))];
                                sums[static_cast<std::size_t>(index(index(b, at(out, 1), oy, at(out, 2), ox), at(out, 3), o, 1, 0))] +=
                                    static_cast<std::int32_t>((q - zeroPoint(in)) * v);
                            }
                    }
    const ActivationEnds ends(op, out);
    return {reason, {bytesOf(scaled<T>(in, w, out, sums, FixedRounding::Double, ends.low, ends.high))}};
}

} // namespace

std::optional<Equivalent> equivalent(const Model &model)
{
    const Operator &op = model.subgraphs.front().operators.front();
    if (op.code == Op::UnidirectionalSequenceLstm && op.intermediates.size() == 5 && op.inputs.size() > 16 && !op.inputs[16]) {
        Equivalent e{"older LSTM without projection: the hidden zero point has the other sign", model};
        for (std::int64_t &zero : e.model.subgraphs.front().tensor(op.intermediates[4]).quant.zeroPoint)
            zero = -zero;
        return e;
    }
    if (op.code == Op::TransposeConv && optionOf(op, "fused_activation_function", 0) != 0) {
        Equivalent e{"older TRANSPOSE_CONV: no fused activation", model};
        Table options = *op.options;
        for (Field &f : options.fields)
            if (f.name == "fused_activation_function")
                f.value.data = std::int64_t{0};
        e.model.subgraphs.front().operators.front().options = std::make_shared<const Table>(std::move(options));
        return e;
    }
    return {};
}

Definition definitionOf(const Subgraph &g, const Operator &op, const Inputs &inputs)
{
    if (op.inputs.empty() || !op.inputs[0])
        return {};
    const ElementType type = g.tensor(op.inputs[0]).type;
    const bool unsigned8 = type == ElementType::UInt8, signed8 = type == ElementType::Int8;
    switch (op.code) {
    case Op::Mean:
        return unsigned8                    ? mean<std::uint8_t>(g, op, inputs)
               : signed8                    ? mean<std::int8_t>(g, op, inputs)
               : type == ElementType::Int16 ? mean<std::int16_t>(g, op, inputs)
                                            : Definition{};
    case Op::Sum:
        return unsigned8                    ? sum<std::uint8_t>(g, op, inputs)
               : signed8                    ? sum<std::int8_t>(g, op, inputs)
               : type == ElementType::Int16 ? sum<std::int16_t>(g, op, inputs)
                                            : Definition{};
    case Op::Concatenation: return unsigned8 ? concatenation(g, op, inputs) : Definition{};
    case Op::Conv2D:
    case Op::DepthwiseConv2D:
        return unsigned8 ? allPadding<std::uint8_t>(g, op, inputs) : signed8 ? allPadding<std::int8_t>(g, op, inputs) : Definition{};
    case Op::BatchMatmul: return signed8 ? batchMatmul(g, op, inputs) : Definition{};
    case Op::FullyConnected: return signed8 ? fullyConnected8(g, op, inputs) : Definition{};
    case Op::TransposeConv: {
        const bool hasBias = op.inputs.size() > 3 && op.inputs[3];
        const ElementType dataType = g.tensor(op.inputs[2]).type;
        if (dataType == ElementType::Int8 && g.tensor(op.inputs[1]).quant.isPerChannel())
            return transposeConv<std::int8_t>(g, op, inputs, "older TRANSPOSE_CONV: the delegate does not take weights per channel");
        if (dataType == ElementType::Int16 && !hasBias)
            return transposeConv<std::int16_t>(g, op, inputs, "older TRANSPOSE_CONV: int16 without a bias has sums of 32 bits");
        return {};
    }
    default: return {};
    }
}

} // namespace explained
