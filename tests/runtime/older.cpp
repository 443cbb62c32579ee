// SPDX-License-Identifier: GPL-3.0-or-later
#include "older.h"

#include "core/sim/fixedpoint.h"

#include <cstring>

namespace older {
namespace {

using namespace requant;

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
T clamped(std::int32_t v)
{
    return static_cast<T>(std::clamp<std::int32_t>(v, std::numeric_limits<T>::min(), std::numeric_limits<T>::max()));
}

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

// MEAN of int16 (and of int8 where the delegate does not take it). Over height and width with the dimensions kept: scaled first,
// then divided by the count, two roundings. Otherwise in float32, or, on one grid, as an integer division. Today's folds 1/count
// into the multiplier in all three cases.
template <class T>
Definition mean(const Subgraph &g, const Operator &op, const std::vector<std::span<const std::byte>> &inputs)
{
    const Tensor &in = g.tensor(op.inputs[0]), &out = g.tensor(op.outputs[0]);
    const auto axes = valuesOf<std::int32_t>(inputs[1]);
    const Reduced<T> r(in, axes, valuesOf<T>(inputs[0]));
    const bool keeps = op.options && op.options->integer("keep_dims", 0) != 0;
    const bool spatial = axes == std::vector<std::int32_t>{1, 2} || axes == std::vector<std::int32_t>{2, 1};
    const auto zi = static_cast<std::int32_t>(in.quant.zeroPointAt(0)), zo = static_cast<std::int32_t>(out.quant.zeroPointAt(0));
    const auto n = static_cast<std::int32_t>(r.count);
    const Multiplier m = quantizeMultiplier(static_cast<double>(in.quant.scaleAt(0)) / static_cast<double>(out.quant.scaleAt(0)));
    const float scale = in.quant.scaleAt(0) / out.quant.scaleAt(0), bias = static_cast<float>(-zi) * scale;
    std::vector<T> y;
    for (const std::int32_t sum : r.sums) {
        if (keeps && in.shape.size() == 4 && spatial) {
            std::int32_t v = multiplyByQuantizedMultiplier(sum - zi * n, m);
            v = v > 0 ? (v + n / 2) / n : (v - n / 2) / n;
            y.push_back(clamped<T>(v + zo));
        } else if (in.quant.sameGrid(out.quant)) {
            y.push_back(static_cast<T>(sum / n));
        } else {
            const float v = static_cast<float>(sum) / static_cast<float>(n) * scale;
            y.push_back(static_cast<T>(std::clamp(std::round(v + bias) + static_cast<float>(zo), static_cast<float>(std::numeric_limits<T>::min()),
                                                  static_cast<float>(std::numeric_limits<T>::max()))));
        }
    }
    return {"MEAN rounds the sum and the division by the count apart", {bytesOf(y)}};
}

} // namespace

Definition definitionOf(const Subgraph &g, const Operator &op, const std::vector<std::span<const std::byte>> &inputs)
{
    const ElementType type = g.tensor(op.inputs.at(0)).type;
    if (op.code == Op::Mean && type == ElementType::Int16)
        return mean<std::int16_t>(g, op, inputs);
    return {};
}

} // namespace older
