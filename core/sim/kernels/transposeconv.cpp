// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sim/kernels/transposeconv.h"

#include "core/sim/kernels/conv.h"
#include "core/sim/kernels/dot.h"
#include "core/sim/kernels/narrow.h"
#include "core/sim/kernels/weights.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>

namespace requant {
namespace {

constexpr std::size_t kBlock = 64; // output channels at a time: their sums stay in the first cache

std::size_t size(int v) { return static_cast<std::size_t>(v); }

// An output position o receives input position i through tap k where o + pad = i * stride + k.
struct Axis
{
    int in, out, kernel, stride, pad;
    // f(tap, input position), positions ascending: the order in which TFLite's kernel adds.
    template <class F>
    void taps(int o, F &&f) const
    {
        const int p = o + pad, least = p - kernel + 1;
        for (int i = least <= 0 ? 0 : (least + stride - 1) / stride; i < in && i * stride <= p; ++i)
            f(p - i * stride, i);
    }
};

struct Plane
{
    int batch, inC, outC;
    Axis y, x;
    std::size_t rows() const { return size(batch) * size(y.out); }
    std::size_t rowElements() const { return size(x.out) * size(outC); }
    std::size_t inputElements() const { return size(batch) * size(y.in) * size(x.in) * size(inC); }
};

ConvGeometry convGeometry(const Plane &g)
{
    ConvGeometry c;
    c.batch = g.batch;
    c.inH = g.y.in;
    c.inW = g.x.in;
    c.inC = g.inC;
    c.outH = g.y.out;
    c.outW = g.x.out;
    c.outC = g.outC;
    c.kernelH = g.y.kernel;
    c.kernelW = g.x.kernel;
    c.strideH = g.y.stride;
    c.strideW = g.x.stride;
    c.padTop = g.y.pad;
    c.padLeft = g.x.pad;
    return c;
}

// f(tap, input pixel) for every tap that reaches the output (row, ox); the pixel is the element where its channels begin.
template <class F>
void forTaps(const Plane &g, std::size_t row, int ox, F &&f)
{
    const std::size_t image = row / size(g.y.out) * size(g.y.in);
    g.y.taps(static_cast<int>(row % size(g.y.out)), [&](int ky, int iy) {
        g.x.taps(ox, [&](int kx, int ix) {
            f(size(ky * g.x.kernel + kx), ((image + size(iy)) * size(g.x.in) + size(ix)) * size(g.inC));
        });
    });
}

// Runs f(row, begin, end, tally) for each row of outputs and each block of output channels.
template <class F>
void forBlocks(const Plane &g, const KernelRun &r, F &&f)
{
    r.parallel(g.rows(), 1, [&](std::size_t begin, std::size_t end, Scratch &) {
        LayerCounters tally;
        for (std::size_t row = begin; row < end; ++row)
            for (int ox = 0; ox < g.x.out; ++ox)
                for (std::size_t c = 0; c < size(g.outC); c += kBlock) {
                    if (r.state.isCancelled())
                        return;
                    f(row, ox, c, std::min(c + kBlock, size(g.outC)), tally);
                }
        count(r, tally);
    });
}

// Weights of a file are [outC][taps][inC]; here [taps][outC][inC] or, for floats, [taps][inC][outC].
template <class T>
std::vector<T> byTap(const Plane &g, const std::vector<T> &w, bool channelsLast)
{
    const std::size_t taps = size(g.y.kernel) * size(g.x.kernel), outC = size(g.outC), inC = size(g.inC);
    std::vector<T> t(w.size());
    for (std::size_t c = 0; c < outC; ++c)
        for (std::size_t k = 0; k < taps; ++k)
            for (std::size_t i = 0; i < inC; ++i)
                t[channelsLast ? (k * inC + i) * outC + c : (k * outC + c) * inC + i] = w[(c * taps + k) * inC + i];
    return t;
}

template <class T>
Kernel kernel8(const Plane &g, std::vector<std::int16_t> weights, std::vector<std::int32_t> bias, std::int32_t zeroPoint, const OutputStage &stage)
{
    return [g, weights = byTap(g, weights, false), bias = std::move(bias), zeroPoint, stage, level = simdLevel()](const KernelRun &r) {
        const std::size_t n = g.inputElements(), inC = size(g.inC), outC = size(g.outC);
        auto *x = reinterpret_cast<std::int16_t *>(r.scratch.get(n * sizeof(std::int16_t)));
        const T *in = r.input<T>(2);
        for (std::size_t i = 0; i < n; ++i)
            x[i] = static_cast<std::int16_t>(in[i] - zeroPoint);
        T *out = r.output<T>();
        forBlocks(g, r, [&](std::size_t row, int ox, std::size_t begin, std::size_t end, LayerCounters &tally) {
            std::array<std::uint32_t, kBlock> sum{};
            forTaps(g, row, ox, [&](std::size_t tap, std::size_t pixel) {
                for (std::size_t c = begin; c < end; ++c)
                    sum[c - begin] += static_cast<std::uint32_t>(dot(level, x + pixel, weights.data() + (tap * outC + c) * inC, inC));
            });
            T *to = out + row * g.rowElements() + size(ox) * outC;
            for (std::size_t c = begin; c < end; ++c)
                to[c] = finish<T>(stage, static_cast<std::int32_t>(sum[c - begin] + static_cast<std::uint32_t>(bias[c])), c, tally);
        });
    };
}

// `narrow`: the accumulator has 32 bits and wraps.
Kernel kernel16(const Plane &g, std::vector<std::int16_t> weights, std::vector<std::int64_t> bias, bool narrow, const OutputStage &stage)
{
    return [g, weights = byTap(g, weights, false), bias = std::move(bias), narrow, stage](const KernelRun &r) {
        const std::size_t inC = size(g.inC), outC = size(g.outC);
        const auto *in = r.input<std::int16_t>(2);
        auto *out = r.output<std::int16_t>();
        forBlocks(g, r, [&](std::size_t row, int ox, std::size_t begin, std::size_t end, LayerCounters &tally) {
            std::array<std::int64_t, kBlock> sum{};
            forTaps(g, row, ox, [&](std::size_t tap, std::size_t pixel) {
                for (std::size_t c = begin; c < end; ++c)
                    sum[c - begin] += dotWide(in + pixel, weights.data() + (tap * outC + c) * inC, inC);
            });
            std::int16_t *to = out + row * g.rowElements() + size(ox) * outC;
            for (std::size_t c = begin; c < end; ++c) {
                const std::int64_t acc = sum[c - begin] + bias[c];
                to[c] = narrow ? finish<std::int16_t>(stage, static_cast<std::int32_t>(acc), c, tally) : finish<std::int16_t>(stage, acc, c, tally);
            }
        });
    };
}

Kernel kernelFloat(const Plane &g, const std::vector<float> &weights, std::vector<float> bias, FloatRange range)
{
    return [g, weights = byTap(g, weights, true), bias = std::move(bias), range](const KernelRun &r) {
        const std::size_t inC = size(g.inC), outC = size(g.outC);
        const auto *in = r.input<float>(2);
        auto *out = r.output<float>();
        forBlocks(g, r, [&](std::size_t row, int ox, std::size_t begin, std::size_t end, LayerCounters &) {
            std::array<float, kBlock> sum{};
            forTaps(g, row, ox, [&](std::size_t tap, std::size_t pixel) {
                for (std::size_t i = 0; i < inC; ++i) {
                    const float v = in[pixel + i];
                    const float *w = weights.data() + (tap * inC + i) * outC;
                    for (std::size_t c = begin; c < end; ++c)
                        sum[c - begin] += v * w[c];
                }
            });
            float *to = out + row * g.rowElements() + size(ox) * outC;
            for (std::size_t c = begin; c < end; ++c)
                to[c] = std::min(std::max(sum[c - begin] + bias[c], range.min), range.max);
        });
    };
}

// Whether the delegate's paddings make this output from this input.
bool delegateTakes(const KernelSetup &s, const Plane &g, bool same)
{
    const auto fits = [&](const Axis &a) {
        return same ? a.kernel >= a.stride && ConvGeometry::outputSize(true, a.out, a.kernel, a.stride, 1) == a.in : a.out >= a.kernel;
    };
    return s.isXnnpack() && is8Bit(s.input(2).type) && s.isConstant(0) && fits(g.y) && fits(g.x);
}

// The output's shape, asked for by the first input: if that is not constant, a run compares it with the declared one.
Kernel withShape(const KernelSetup &s, Kernel kernel)
{
    if (s.isConstant(0))
        return kernel;
    return [kernel = std::move(kernel), shape = s.output().shape](const KernelRun &r) {
        for (std::size_t d = 0; d < shape.size(); ++d)
            if (r.input<std::int32_t>(0)[d] != shape[d])
                return r.fail("the output shape that is asked for is not the declared one");
        kernel(r);
    };
}

} // namespace

Result<Kernel> makeTransposeConv(const KernelSetup &s)
{
    const Tensor &shape = s.input(0), &w = s.input(1), &in = s.input(2), &out = s.output();
    if (shape.type != ElementType::Int32 || elementCount(shape.shape) != 4)
        return s.unsupported("the output's shape is not four int32");
    if (in.shape.size() != 4 || w.shape.size() != 4 || out.shape.size() != 4 || elementCount(w.shape) == 0)
        return s.unsupported("shapes are not four-dimensional");
    if (s.isConstant(0))
        for (std::size_t d = 0; d < 4; ++d)
            if (s.constantInts(0)[d] != out.shape[d])
                return s.unsupported("the output's shape is not the one asked for");
    const int strideH = static_cast<int>(s.option("stride_h", 1)), strideW = static_cast<int>(s.option("stride_w", 1));
    const bool same = s.option("padding") == 0;
    if (strideH < 1 || strideW < 1)
        return s.unsupported("a stride is less than 1");
    Plane g{out.shape[0], in.shape[3], out.shape[3], {in.shape[1], out.shape[1], w.shape[1], strideH, 0}, {in.shape[2], out.shape[2], w.shape[2], strideW, 0}};
    for (Axis *a : {&g.y, &g.x}) {
        if (!ConvGeometry::fitsInt(a->out, a->kernel, a->stride, 1) || !ConvGeometry::fitsInt(a->in, a->kernel, a->stride, 1))
            return s.unsupported("strides or filter are out of proportion");
        a->pad = ConvGeometry::padBefore(a->out, ConvGeometry::outputSize(same, a->out, a->kernel, a->stride, 1), a->kernel, a->stride, 1);
    }
    if (in.shape[0] != g.batch || w.shape[0] != g.outC || w.shape[3] != g.inC)
        return s.unsupported("the weights' shape does not fit");
    const auto channels = size(g.outC);
    const bool hasBias = s.hasInput(3);
    if (!s.isConstant(1))
        return s.unsupported("the weights are not constant");
    if (hasBias && (!s.isConstant(3) || static_cast<std::size_t>(elementCount(s.input(3).shape)) != channels))
        return s.unsupported("the bias is not a constant with one value per channel");
    if (out.type != in.type)
        return s.unsupported("outputs of type " + std::string(typeName(out.type)) + " from inputs of type " + std::string(typeName(in.type)));
    const auto activation = static_cast<Activation>(s.option("fused_activation_function"));

    if (in.type == ElementType::Float32) {
        if (w.type != ElementType::Float32 || (hasBias && s.input(3).type != ElementType::Float32))
            return s.unsupported("float inputs with weights of type " + std::string(typeName(w.type)));
        if (s.checkOnly())
            return Kernel{};
        std::vector<float> weights(static_cast<std::size_t>(elementCount(w.shape))), bias(channels, 0.0f);
        std::memcpy(weights.data(), s.constant(1).data(), weights.size() * sizeof(float));
        if (hasBias)
            std::memcpy(bias.data(), s.constant(3).data(), channels * sizeof(float));
        return withShape(s, kernelFloat(g, weights, std::move(bias), floatActivationRange(activation)));
    }

    if (!isQuantizedActivation(in.type) || w.type != (in.type == ElementType::UInt8 ? ElementType::UInt8 : ElementType::Int8))
        return s.unsupported("inputs of type " + std::string(typeName(in.type)) + " with weights of type " + std::string(typeName(w.type)));
    if (!in.quant.isQuantized() || !w.quant.isQuantized() || !out.quant.isQuantized())
        return s.unsupported("a tensor has no scale");
    if (w.quant.isPerChannel() && (w.quant.scale.size() != channels || w.quant.quantizedDimension != 0 || w.type == ElementType::UInt8))
        return s.unsupported("the weights' scales are not one per output channel");
    const bool wide = in.type == ElementType::Int16;
    const ElementType biasType = hasBias ? s.input(3).type : ElementType::Int32;
    if (biasType != ElementType::Int32 && !(wide && biasType == ElementType::Int64))
        return s.unsupported("a bias of type " + std::string(typeName(biasType)));
    const auto weightZero = static_cast<std::int16_t>(w.quant.zeroPointAt(0));
    const auto isZero = [](std::int64_t z) { return z == 0; };
    if (w.type == ElementType::Int8 && !std::all_of(w.quant.zeroPoint.begin(), w.quant.zeroPoint.end(), isZero))
        return s.unsupported("int8 weights with a zero point, which TFLite ignores");
    if (wide && (in.quant.zeroPointAt(0) != 0 || out.quant.zeroPointAt(0) != 0))
        return s.unsupported("int16 tensors with a zero point");
    if (s.checkOnly())
        return Kernel{};

    const OutputStage stage = outputStage(in, w, out, channels, activation, delegateTakes(s, g, same) ? Rounding::FloatHalfEven : Rounding::Fixed, s.rounding(),
                                          in.type == ElementType::UInt8 ? ScaleProduct::Float : ScaleProduct::Double);
    std::vector<std::int16_t> weights = storedWeights(w, s.constant(1));
    for (std::int16_t &v : weights)
        v = static_cast<std::int16_t>(v - weightZero);
    std::vector<std::int64_t> bias(channels, 0);
    if (hasBias)
        bias = s.constantInts(3);
    const std::size_t clippedBias = fitBias(bias, s.accumulator(), w.quant.isPerChannel());
    // TFLite takes the accumulator's width from this option, a TensorType; files without it have int64 biases.
    const bool narrow = !wide || (hasBias ? biasType == ElementType::Int32 : s.option("quantized_bias_type") == static_cast<std::int64_t>(ElementType::Int32));
    if (!narrow && !factorsFitWideAccumulators(stage))
        return s.unsupported("the output's scale is too small for the input's and weights': TFLite stops the process");
    const auto zeroPoint = static_cast<std::int32_t>(in.quant.zeroPointAt(0));
    const SummedLayer layer{convGeometry(g), false, true, in.type, zeroPoint, !narrow, weights, bias};
    const auto kernel = [&]() -> Kernel {
        if (mayOverflow(layer, s.accumulator()))
            return makeNarrow(layer, stage, s.accumulator());
        if (wide)
            return kernel16(g, std::move(weights), std::move(bias), narrow, stage);
        std::vector<std::int32_t> bias32(channels);
        std::transform(bias.begin(), bias.end(), bias32.begin(), [](std::int64_t v) { return static_cast<std::int32_t>(v); });
        if (in.type == ElementType::UInt8)
            return kernel8<std::uint8_t>(g, std::move(weights), std::move(bias32), zeroPoint, stage);
        return kernel8<std::int8_t>(g, std::move(weights), std::move(bias32), zeroPoint, stage);
    };
    return withShape(s, countingClippedBias(kernel(), clippedBias));
}

} // namespace requant
