// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sim/kernels/weights.h"

#include "core/sim/kernels/packed4.h"

#include <algorithm>
#include <cstring>

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
    const SaturatingEnds ends = saturatingEnds(activation, out);
    stage.countLow = ends.low;
    stage.countHigh = ends.high;
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
    const bool reduced = stage.rounding == Rounding::Fixed && (stage.fixed == FixedRounding::Double || stage.fixed == FixedRounding::Single);
    return !reduced || std::all_of(stage.leftShift.begin(), stage.leftShift.end(), [](int shift) { return shift <= 7; });
}

} // namespace requant
