// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/passes/weights.h"

#include <algorithm>
#include <cstring>

namespace requant {

namespace {

// Calls f with what reads element i.
template <class F>
void withElements(std::span<const std::byte> data, ElementType type, F &&f)
{
    switch (type) {
    case ElementType::Int8: return f([data](std::size_t i) { return static_cast<double>(static_cast<std::int8_t>(data[i])); });
    case ElementType::UInt8: return f([data](std::size_t i) { return static_cast<double>(static_cast<std::uint8_t>(data[i])); });
    case ElementType::Int16:
        return f([data](std::size_t i) {
            std::int16_t v = 0;
            std::memcpy(&v, data.data() + i * sizeof v, sizeof v);
            return static_cast<double>(v);
        });
    case ElementType::Int4:
        return f([data](std::size_t i) {
            const auto byte = static_cast<std::uint8_t>(data[i / 2]);
            const int nibble = i % 2 ? byte >> 4 : byte & 15;
            return static_cast<double>(nibble >= 8 ? nibble - 16 : nibble);
        });
    default: return f([](std::size_t) { return 0.0; });
    }
}

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
    withElements(data, weight.type, [&](const auto &element) {
        for (std::size_t o = 0; o < out.outputs; ++o) {
            const double s = weight.quant.scaleAt(o);
            const auto z = static_cast<double>(weight.quant.zeroPointAt(o));
            const std::size_t block = groups > 1 ? o / std::max<std::size_t>(1, out.outputs / groups) * last : 0;
            const std::size_t of = op.code == Op::FullyConnected ? inputChannels : last;
            std::size_t c = 0;
            for (std::size_t k = 0; k < out.inputs; ++k, c = c + 1 >= of ? 0 : c + 1) {
                // Depthwise weights are [1, h, w, outputs]; all others have the output channel first.
                const std::size_t i = depthwise ? k * out.outputs + o : o * out.inputs + k;
                const std::size_t channel = depthwise ? o / multiplier : op.code == Op::FullyConnected ? c : block + c;
                out.values[o * out.inputs + k] = s * (element(i) - z);
                out.channel[o * out.inputs + k] = inputChannels ? std::min(channel, inputChannels - 1) : 0;
            }
        }
    });
    return out;
}

} // namespace requant
