// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sim/kernels/pool.h"

#include "core/sim/kernels/conv.h"
#include "core/sim/kernels/exact.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace requant {
namespace {

constexpr std::size_t kWorthAThread = std::size_t{1} << 15; // additions

struct PoolParams
{
    ConvGeometry g;
    bool average = true, squares = false; // L2_POOL_2D: the root of the mean of squares
    bool isShift = false;
    FixedRounding rounding = FixedRounding::Double;
    ActivationRange range;
    FloatRange floatRange{};
};

// One row of outputs of one picture.
template <class T>
void poolRow(const PoolParams &p, const T *in, int oy, T *out, Scratch &scratch)
{
    using Sum = std::conditional_t<std::is_floating_point_v<T>, float, std::int32_t>;
    const ConvGeometry &g = p.g;
    const auto channels = static_cast<std::size_t>(g.inC);
    auto *acc = reinterpret_cast<Sum *>(scratch.get(channels * sizeof(Sum)));
    const int y0 = oy * g.strideH - g.padTop, yBegin = std::max(y0, 0), yEnd = std::min(y0 + g.kernelH, g.inH);
    for (int ox = 0; ox < g.outW; ++ox, out += channels) {
        const int x0 = ox * g.strideW - g.padLeft, xBegin = std::max(x0, 0), xEnd = std::min(x0 + g.kernelW, g.inW);
        std::fill_n(acc, channels, p.average ? Sum{} : std::numeric_limits<Sum>::lowest());
        for (int y = yBegin; y < yEnd; ++y)
            for (int x = xBegin; x < xEnd; ++x) {
                const T *pixel = in + (static_cast<std::ptrdiff_t>(y) * g.inW + x) * g.inC;
                if (p.squares)
                    for (std::size_t c = 0; c < channels; ++c)
                        acc[c] += static_cast<Sum>(pixel[c]) * static_cast<Sum>(pixel[c]);
                else if (p.average)
                    for (std::size_t c = 0; c < channels; ++c)
                        acc[c] += static_cast<Sum>(pixel[c]);
                else
                    for (std::size_t c = 0; c < channels; ++c)
                        acc[c] = std::max(acc[c], static_cast<Sum>(pixel[c]));
            }
        const int count = (yEnd - yBegin) * (xEnd - xBegin);
        for (std::size_t c = 0; c < channels; ++c) {
            if constexpr (std::is_floating_point_v<T>) {
                float v = p.average ? acc[c] / static_cast<float>(count) : acc[c];
                if (p.squares)
                    v = std::sqrt(v);
                out[c] = std::min(std::max(v, p.floatRange.min), p.floatRange.max);
            } else {
                std::int32_t v = acc[c];
                if (p.average && count > 0 && p.isShift)
                    v = roundingDivide(v, count, p.rounding);
                else if (p.average && count > 0)
                    v = v > 0 ? (v + count / 2) / count : (v - count / 2) / count;
                out[c] = static_cast<T>(std::clamp(v, p.range.min, p.range.max));
            }
        }
    }
}

template <class T>
Kernel poolKernel(const PoolParams &p)
{
    return [p](const KernelRun &r) {
        const ConvGeometry &g = p.g;
        const auto rowOut = static_cast<std::size_t>(g.outW) * static_cast<std::size_t>(g.inC);
        const std::size_t rowWork = rowOut * static_cast<std::size_t>(std::min(g.kernelH, g.inH)) * static_cast<std::size_t>(std::min(g.kernelW, g.inW));
        const std::size_t picture = static_cast<std::size_t>(g.inH) * static_cast<std::size_t>(g.inW) * static_cast<std::size_t>(g.inC);
        const auto rows = static_cast<std::size_t>(g.outH);
        r.parallel(static_cast<std::size_t>(g.batch) * rows, kWorthAThread / (rowWork + 1) + 1, [&](std::size_t begin, std::size_t end, Scratch &scratch) {
            for (std::size_t row = begin; row < end && !r.state.isCancelled(); ++row)
                poolRow(p, r.input<T>(0) + row / rows * picture, static_cast<int>(row % rows), r.output<T>() + row * rowOut, scratch);
        });
    };
}

} // namespace

Result<Kernel> makePool2d(const KernelSetup &s)
{
    const Tensor &in = s.input(0), &out = s.output();
    if (in.type != out.type || in.shape.size() != 4 || out.shape.size() != 4)
        return s.unsupported("input and output differ in type or are not four-dimensional");
    PoolParams p;
    ConvGeometry &g = p.g;
    g.batch = in.shape[0];
    g.inH = in.shape[1];
    g.inW = in.shape[2];
    g.inC = g.outC = in.shape[3];
    g.outH = out.shape[1];
    g.outW = out.shape[2];
    g.kernelH = static_cast<int>(s.option("filter_height", 1));
    g.kernelW = static_cast<int>(s.option("filter_width", 1));
    g.strideH = static_cast<int>(s.option("stride_h", 1));
    g.strideW = static_cast<int>(s.option("stride_w", 1));
    const bool same = s.option("padding") == 0;
    if (g.strideH < 1 || g.strideW < 1 || g.kernelH < 1 || g.kernelW < 1)
        return s.unsupported("a stride or filter size is less than 1");
    if (!ConvGeometry::fitsInt(g.inH, g.kernelH, g.strideH, 1) || !ConvGeometry::fitsInt(g.inW, g.kernelW, g.strideW, 1))
        return s.unsupported("strides or filter are out of proportion");
    if (out.shape[0] != g.batch || out.shape[3] != g.inC || g.outH != ConvGeometry::outputSize(same, g.inH, g.kernelH, g.strideH, 1) ||
        g.outW != ConvGeometry::outputSize(same, g.inW, g.kernelW, g.strideW, 1))
        return s.unsupported("the output's shape does not follow from input, strides and padding");
    g.padTop = ConvGeometry::padBefore(g.inH, g.outH, g.kernelH, g.strideH, 1);
    g.padLeft = ConvGeometry::padBefore(g.inW, g.outW, g.kernelW, g.strideW, 1);
    p.average = s.op().code != Op::MaxPool2D;
    p.squares = s.op().code == Op::L2Pool2D;
    p.isShift = isShift(s.arithmetic());
    p.rounding = s.rounding();
    const auto activation = static_cast<Activation>(s.option("fused_activation_function"));
    if (in.type == ElementType::Float32) {
        p.floatRange = floatActivationRange(activation);
        return poolKernel<float>(p);
    }
    if (!isQuantizedActivation(in.type) || p.squares)
        return s.unsupported("type " + std::string(typeName(in.type)));
    if (p.average && std::int64_t{std::min(g.kernelH, g.inH)} * std::min(g.kernelW, g.inW) > (in.type == ElementType::Int16 ? 1 << 15 : 1 << 22))
        return s.unsupported("the filter is too large for sums of 32 bits");
    p.range = activationRange(activation, out);
    switch (in.type) {
    case ElementType::UInt8: return poolKernel<std::uint8_t>(p);
    case ElementType::Int8: return poolKernel<std::int8_t>(p);
    default: return poolKernel<std::int16_t>(p);
    }
}

} // namespace requant
