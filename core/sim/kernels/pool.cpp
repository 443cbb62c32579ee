// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sim/kernels/pool.h"

#include "core/sim/kernels/conv.h"

#include <algorithm>
#include <bit>
#include <limits>

namespace requant {
namespace {

struct PoolParams
{
    ConvGeometry g;
    bool average = true;
    ActivationRange range;
    FloatRange floatRange{};
};

template <class T>
void pool(const PoolParams &p, const T *in, T *out, Scratch &scratch)
{
    using Sum = std::conditional_t<std::is_floating_point_v<T>, float, std::int32_t>;
    const ConvGeometry &g = p.g;
    const auto channels = static_cast<std::size_t>(g.inC);
    auto *acc = reinterpret_cast<Sum *>(scratch.get(channels * sizeof(Sum)));
    for (int b = 0; b < g.batch; ++b)
        for (int oy = 0; oy < g.outH; ++oy)
            for (int ox = 0; ox < g.outW; ++ox, out += channels) {
                const int y0 = oy * g.strideH - g.padTop, x0 = ox * g.strideW - g.padLeft;
                const int yBegin = std::max(y0, 0), yEnd = std::min(y0 + g.kernelH, g.inH);
                const int xBegin = std::max(x0, 0), xEnd = std::min(x0 + g.kernelW, g.inW);
                std::fill_n(acc, channels, p.average ? Sum{} : std::numeric_limits<Sum>::lowest());
                for (int y = yBegin; y < yEnd; ++y)
                    for (int x = xBegin; x < xEnd; ++x) {
                        const T *pixel = in + ((static_cast<std::ptrdiff_t>(b) * g.inH + y) * g.inW + x) * g.inC;
                        if (p.average)
                            for (std::size_t c = 0; c < channels; ++c)
                                acc[c] += static_cast<Sum>(pixel[c]);
                        else
                            for (std::size_t c = 0; c < channels; ++c)
                                acc[c] = std::max(acc[c], static_cast<Sum>(pixel[c]));
                    }
                const int count = (yEnd - yBegin) * (xEnd - xBegin);
                for (std::size_t c = 0; c < channels; ++c) {
                    if constexpr (std::is_floating_point_v<T>) {
                        const float v = p.average ? acc[c] / static_cast<float>(count) : acc[c];
                        out[c] = std::min(std::max(v, p.floatRange.min), p.floatRange.max);
                    } else {
                        std::int32_t v = acc[c];
                        if (p.average && count > 0)
                            v = v > 0 ? (v + count / 2) / count : (v - count / 2) / count;
                        out[c] = static_cast<T>(std::clamp(v, p.range.min, p.range.max));
                    }
                }
            }
}

// The input seen as [outer][reduced...] through the strides of kept and reduced dimensions.
struct Reduction
{
    std::vector<std::size_t> keptDims, keptSteps, reducedDims, reducedSteps;
    std::size_t outputs = 1, count = 1;
};

Reduction reductionOf(const Shape &in, const std::vector<bool> &reduced)
{
    Reduction r;
    std::size_t step = 1;
    for (std::size_t d = in.size(); d-- > 0;) {
        const auto n = static_cast<std::size_t>(in[d]);
        (reduced[d] ? r.reducedDims : r.keptDims).insert((reduced[d] ? r.reducedDims : r.keptDims).begin(), n);
        (reduced[d] ? r.reducedSteps : r.keptSteps).insert((reduced[d] ? r.reducedSteps : r.keptSteps).begin(), step);
        (reduced[d] ? r.count : r.outputs) *= n;
        step *= n;
    }
    return r;
}

// Calls f(offset) for every index of the dimensions, in order.
template <class F>
void forEachOffset(const std::vector<std::size_t> &dims, const std::vector<std::size_t> &steps, std::size_t total, F &&f)
{
    std::vector<std::size_t> index(dims.size(), 0);
    for (std::size_t i = 0; i < total; ++i) {
        std::size_t offset = 0;
        for (std::size_t d = 0; d < dims.size(); ++d)
            offset += index[d] * steps[d];
        f(offset);
        for (std::size_t d = dims.size(); d-- > 0;) {
            if (++index[d] < dims[d])
                break;
            index[d] = 0;
        }
    }
}

// Sums per output element, written to `sums`.
template <class T, class Sum>
void reduceSums(const Reduction &r, const T *in, Sum *sums)
{
    std::vector<std::size_t> kept(r.outputs);
    std::size_t k = 0;
    forEachOffset(r.keptDims, r.keptSteps, r.outputs, [&](std::size_t offset) { kept[k++] = offset; });
    std::fill_n(sums, r.outputs, Sum{});
    forEachOffset(r.reducedDims, r.reducedSteps, r.count, [&](std::size_t offset) {
        for (std::size_t i = 0; i < r.outputs; ++i)
            sums[i] += static_cast<Sum>(in[kept[i] + offset]);
    });
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
    p.average = s.op().code == Op::AveragePool2D;
    const auto activation = static_cast<Activation>(s.option("fused_activation_function"));
    if (in.type == ElementType::Float32) {
        p.floatRange = floatActivationRange(activation);
        return Kernel([p](const KernelRun &r) { pool(p, r.input<float>(0), r.output<float>(), r.scratch); });
    }
    if (!isQuantizedActivation(in.type))
        return s.unsupported("type " + std::string(typeName(in.type)));
    p.range = activationRange(activation, out);
    Kernel kernel;
    withType(in.type, [&]<class T>(T) {
        kernel = [p](const KernelRun &r) { pool(p, r.input<T>(0), r.output<T>(), r.scratch); };
    });
    return kernel;
}

Result<Kernel> makeMean(const KernelSetup &s)
{
    const Tensor &in = s.input(0), &out = s.output();
    const bool sum = s.op().code == Op::Sum;
    if (in.type != out.type)
        return s.unsupported("input and output are of different types");
    if (!s.isConstant(1))
        return s.unsupported("the axes are not constant");
    const auto rank = static_cast<std::int64_t>(in.shape.size());
    std::vector<bool> reduced(in.shape.size(), false);
    for (std::int64_t axis : s.constantInts(1)) {
        axis += axis < 0 ? rank : 0;
        if (axis < 0 || axis >= rank)
            return s.unsupported("an axis is out of range");
        reduced[static_cast<std::size_t>(axis)] = true;
    }
    const Reduction r = reductionOf(in.shape, reduced);
    if (static_cast<std::int64_t>(r.outputs) != elementCount(out.shape) || r.count == 0)
        return s.unsupported("the output's shape does not fit the axes");
    if (in.type == ElementType::Float32)
        return Kernel([r, sum](const KernelRun &run) {
            auto *result = run.output<float>();
            reduceSums(r, run.input<float>(0), result);
            if (!sum)
                for (std::size_t i = 0; i < r.outputs; ++i)
                    result[i] /= static_cast<float>(r.count);
        });
    if (!isQuantizedActivation(in.type) || !in.quant.isQuantized() || !out.quant.isQuantized())
        return s.unsupported("type " + std::string(typeName(in.type)));

    const float si = in.quant.scaleAt(0), so = out.quant.scaleAt(0);
    const auto count = static_cast<std::int64_t>(r.count);
    OutputStage stage;
    stage.type = out.type;
    stage.zeroPoint = static_cast<std::int32_t>(out.quant.zeroPointAt(0));
    const ActivationRange range = activationRange(Activation::None, out);
    stage.min = range.min;
    stage.max = range.max;
    stage.setChannels(1);
    // The delegate takes means over height and width of 8-bit tensors.
    const bool delegated = s.isXnnpack() && is8Bit(in.type) && !sum;
    if (delegated) {
        stage.rounding = Rounding::FloatHalfEven;
        stage.scale[0] = si / (so * static_cast<float>(count));
    } else {
        Multiplier m = quantizeMultiplier(static_cast<double>(si) / static_cast<double>(so));
        if (!sum) { // 1/count folded into the multiplier, as precise as its headroom allows
            int shift = 63 - std::countl_zero(static_cast<std::uint64_t>(count));
            shift = std::min({shift, 32, 31 + m.shift});
            m.multiplier = static_cast<std::int32_t>((static_cast<std::int64_t>(m.multiplier) << shift) / count);
            m.shift -= shift;
        }
        stage.multiplier[0] = m.multiplier;
        stage.leftShift[0] = std::max(m.shift, 0);
        stage.rightShift[0] = std::max(-m.shift, 0);
    }
    const auto offset = static_cast<std::int32_t>(in.quant.zeroPointAt(0) * count);
    Kernel kernel;
    withType(in.type, [&]<class T>(T) {
        kernel = [r, stage, offset](const KernelRun &run) {
            auto *sums = reinterpret_cast<std::int32_t *>(run.scratch.get(r.outputs * 4));
            reduceSums(r, run.input<T>(0), sums);
            T *result = run.output<T>();
            for (std::size_t i = 0; i < r.outputs; ++i)
                result[i] = static_cast<T>(stage.apply(sums[i] - offset, 0));
        };
    });
    return kernel;
}

} // namespace requant
