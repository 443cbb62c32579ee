// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sim/kernels/kernel.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

namespace requant {

std::vector<std::int64_t> KernelSetup::constantInts(std::size_t k) const
{
    const auto bytes = constant(k);
    const auto read = [&]<class T>(T) {
        // A buffer may hold more than the shape says.
        std::vector<std::int64_t> values(std::min(bytes.size() / sizeof(T), static_cast<std::size_t>(elementCount(input(k).shape))));
        for (std::size_t i = 0; i < values.size(); ++i) {
            T v;
            std::memcpy(&v, bytes.data() + i * sizeof(T), sizeof(T));
            values[i] = static_cast<std::int64_t>(v);
        }
        return values;
    };
    switch (input(k).type) {
    case ElementType::Int32: return read(std::int32_t{});
    case ElementType::Int64: return read(std::int64_t{});
    case ElementType::Int16: return read(std::int16_t{});
    case ElementType::Int8: return read(std::int8_t{});
    case ElementType::UInt8: return read(std::uint8_t{});
    default: return {};
    }
}

Error KernelSetup::unsupported(std::string why) const
{
    const std::string name = m_op.code == Op::Custom ? m_op.customCode : opName(m_op.code);
    std::size_t position = 0;
    for (std::size_t i = 0; i < m_graph.operators.size(); ++i)
        if (&m_graph.operators[i] == &m_op)
            position = i;
    std::size_t graph = 0;
    for (std::size_t i = 0; i < m_model.subgraphs.size(); ++i)
        if (&m_model.subgraphs[i] == &m_graph)
            graph = i;
    return makeError(kUnsupportedOperator, {std::to_string(position), name, std::move(why)},
                     OperatorRef{SubgraphIndex(graph), OperatorIndex(position)});
}

namespace {

// A real value as an integer of the output's grid, rounded as TFLite does.
std::int32_t quantizedBound(float value, const Tensor &output)
{
    const float steps = std::round(value / output.quant.scaleAt(0));
    return static_cast<std::int32_t>(std::clamp(static_cast<double>(steps) + static_cast<double>(output.quant.zeroPointAt(0)),
                                                -2147483648.0, 2147483647.0));
}

} // namespace

ActivationRange activationRange(Activation activation, const Tensor &output)
{
    const IntegerRange storage = integerRange(output.type);
    ActivationRange r{static_cast<std::int32_t>(std::max<std::int64_t>(storage.min, std::numeric_limits<std::int32_t>::min())),
                      static_cast<std::int32_t>(std::min<std::int64_t>(storage.max, std::numeric_limits<std::int32_t>::max()))};
    const auto quantize = [&](float value) { return quantizedBound(value, output); };
    switch (activation) {
    case Activation::Relu: r.min = std::max(r.min, quantize(0.0f)); break;
    case Activation::Relu6:
        r.min = std::max(r.min, quantize(0.0f));
        r.max = std::min(r.max, quantize(6.0f));
        break;
    case Activation::ReluN1To1:
        r.min = std::max(r.min, quantize(-1.0f));
        r.max = std::min(r.max, quantize(1.0f));
        break;
    default: break;
    }
    return r;
}

SaturatingEnds saturatingEnds(Activation activation, const Tensor &output)
{
    const IntegerRange storage = integerRange(output.type);
    const auto below = [&](float bound) { return quantizedBound(bound, output) < storage.min; };
    const auto above = [&](float bound) { return quantizedBound(bound, output) > storage.max; };
    switch (activation) {
    case Activation::Relu: return {below(0.0f), true};
    case Activation::Relu6: return {below(0.0f), above(6.0f)};
    case Activation::ReluN1To1: return {below(-1.0f), above(1.0f)};
    default: return {};
    }
}

FloatRange floatActivationRange(Activation activation)
{
    constexpr float kLowest = std::numeric_limits<float>::lowest(), kMax = std::numeric_limits<float>::max();
    switch (activation) {
    case Activation::Relu: return {0.0f, kMax};
    case Activation::Relu6: return {0.0f, 6.0f};
    case Activation::ReluN1To1: return {-1.0f, 1.0f};
    default: return {kLowest, kMax};
    }
}

} // namespace requant
