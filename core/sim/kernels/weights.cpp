// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sim/kernels/weights.h"

#include "core/sim/kernels/packed4.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

namespace requant {

std::vector<std::int16_t> storedWeights(const Tensor &t, std::span<const std::byte> data)
{
    const auto n = static_cast<std::size_t>(elementCount(t.shape));
    if (data.size() < byteSize(t.type, n))
        return {};
    std::vector<std::int16_t> w(n);
    switch (t.type) {
    case ElementType::UInt8: std::transform(data.begin(), data.begin() + static_cast<std::ptrdiff_t>(n), w.begin(), [](std::byte b) { return static_cast<std::int16_t>(b); }); break;
    case ElementType::Int8: std::transform(data.begin(), data.begin() + static_cast<std::ptrdiff_t>(n), w.begin(), [](std::byte b) { return static_cast<std::int16_t>(static_cast<std::int8_t>(b)); }); break;
    case ElementType::Int16:
        if (n > 0)
            std::memcpy(w.data(), data.data(), n * sizeof w[0]);
        break;
    case ElementType::Int4: unpackInt4(data, n, w.data()); break;
    default: return {};
    }
    return w;
}

OutputStage outputStage(const Tensor &in, const Tensor &weights, const Tensor &out, std::size_t channels, Activation activation, Rounding rounding,
                        FixedRounding fixed, ScaleProduct scaleProduct)
{
    OutputStage stage;
    stage.rounding = rounding;
    stage.fixed = fixed;
    stage.simd = simdLevel();
    stage.type = out.type;
    stage.zeroPoint = static_cast<std::int32_t>(out.quant.zeroPointAt(0));
    const ActivationRange range = activationRange(activation, out);
    stage.min = range.min;
    stage.max = range.max;
    stage.setChannels(channels);
    const float si = in.quant.scaleAt(0), so = out.quant.scaleAt(0);
    for (std::size_t c = 0; c < channels; ++c) {
        const float sw = weights.quant.scaleAt(c);
        const double product = scaleProduct == ScaleProduct::Float ? static_cast<double>(si * sw) : static_cast<double>(si) * static_cast<double>(sw);
        stage.setChannel(c, product / static_cast<double>(so), (si * sw) / so);
    }
    return stage;
}

bool factorsFitWideAccumulators(const OutputStage &stage)
{
    return std::all_of(stage.leftShift.begin(), stage.leftShift.end(), [](int shift) { return shift <= 7; });
}

Finish::Finish(const OutputStage &stage, Activation activation, const Tensor &out) : m_open(stage), m_min(stage.min), m_max(stage.max)
{
    constexpr std::int32_t kFar = 1 << 20;
    const IntegerRange storage = integerRange(out.type);
    m_open.min = static_cast<std::int32_t>(storage.min) - kFar;
    m_open.max = static_cast<std::int32_t>(storage.max) + kFar;
    // A bound of the activation inside of the storage type clips first.
    const auto bound = [&](float v) { return static_cast<double>(std::round(v / out.quant.scaleAt(0))) + static_cast<double>(out.quant.zeroPointAt(0)); };
    const bool hasLow = activation == Activation::Relu || activation == Activation::Relu6 || activation == Activation::ReluN1To1;
    const bool hasHigh = activation == Activation::Relu6 || activation == Activation::ReluN1To1;
    const bool lowClips = hasLow && bound(activation == Activation::ReluN1To1 ? -1.0f : 0.0f) >= static_cast<double>(storage.min);
    const bool highClips = hasHigh && bound(activation == Activation::ReluN1To1 ? 1.0f : 6.0f) <= static_cast<double>(storage.max);
    m_low = lowClips ? std::numeric_limits<std::int32_t>::min() : static_cast<std::int32_t>(storage.min);
    m_high = highClips ? std::numeric_limits<std::int32_t>::max() : static_cast<std::int32_t>(storage.max);
}

void Finish::count(const KernelRun &r, const Tally &tally)
{
    LayerCounters *c = r.state.counters;
    if (!c)
        return;
    const auto add = [](std::uint64_t &to, std::uint64_t n) { std::atomic_ref(to).fetch_add(n, std::memory_order_relaxed); };
    add(c->outputs, tally.outputs);
    add(c->saturated, tally.saturated);
    add(c->accumulated, tally.outputs);
}

} // namespace requant
