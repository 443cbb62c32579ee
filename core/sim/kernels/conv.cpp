// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sim/kernels/conv.h"

#include "core/sim/kernels/batchmatmul.h"
#include "core/sim/kernels/conv16.h"
#include "core/sim/kernels/convfloat.h"
#include "core/sim/kernels/hybrid.h"
#include "core/sim/kernels/narrow.h"
#include "core/sim/kernels/packed4.h"
#include "core/sim/kernels/weightcache.h"
#include "core/sim/kernels/weights.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <memory>

namespace requant {

int ConvGeometry::outputSize(bool same, int in, int kernel, int stride, int dilation)
{
    const int effective = (kernel - 1) * dilation + 1;
    return same ? (in + stride - 1) / stride : (in + stride - effective) / stride;
}

bool ConvGeometry::fitsInt(int in, int kernel, int stride, int dilation)
{
    constexpr std::int64_t kMost = std::int64_t{1} << 28;
    return in < kMost && kernel < kMost && stride < kMost && dilation < kMost && std::int64_t{kernel} * dilation < kMost;
}

int ConvGeometry::padBefore(int in, int out, int kernel, int stride, int dilation)
{
    const int effective = (kernel - 1) * dilation + 1;
    return std::max(0, (out - 1) * stride + effective - in) / 2;
}

namespace {

std::size_t size(int v) { return static_cast<std::size_t>(v); }

struct TapRange
{
    int begin, end;
};
// Kernel positions that fall inside the picture for an output position whose first tap is at `origin`.
TapRange tapsInside(int origin, int in, int kernel, int dilation)
{
    int begin = origin < 0 ? (-origin + dilation - 1) / dilation : 0;
    int end = origin >= in ? 0 : std::min(kernel, (in - 1 - origin) / dilation + 1);
    begin = std::min(begin, kernel);
    return {begin, std::max(begin, end)};
}

// ---- int16 inputs with int16 weights: a direct loop ------------------------------------------------------------------

// Calls f(sum, index, channel) for every output of the lines [begin, end) of the batch; weights are [outC][kH][kW][inC / groups].
template <class F>
void directConv(const ConvGeometry &g, const std::int16_t *in, const std::int16_t *weights, std::size_t begin, std::size_t end, const RunState &state, F &&finish)
{
    const int channels = g.inC / g.groups, perGroup = g.outC / g.groups;
    const std::size_t depth = size(g.kernelH * g.kernelW * channels);
    for (std::size_t line = begin; line < end; ++line)
        for (int ox = 0; ox < g.outW; ++ox) {
            const int y0 = static_cast<int>(line % size(g.outH)) * g.strideH - g.padTop, x0 = ox * g.strideW - g.padLeft;
            const std::size_t image = line / size(g.outH) * size(g.inH);
            const TapRange ys = tapsInside(y0, g.inH, g.kernelH, g.dilationH);
            const TapRange xs = tapsInside(x0, g.inW, g.kernelW, g.dilationW);
            for (int c = 0; c < g.outC; ++c) {
                if (state.isCancelled())
                    return;
                std::int64_t sum = 0;
                for (int ky = ys.begin; ky < ys.end; ++ky)
                    for (int kx = xs.begin; kx < xs.end; ++kx) {
                        const std::int16_t *p = in + ((image + size(y0 + ky * g.dilationH)) * size(g.inW) + size(x0 + kx * g.dilationW)) * size(g.inC) + size(c / perGroup * channels);
                        const std::int16_t *w = weights + size(c) * depth + size((ky * g.kernelW + kx) * channels);
                        for (int i = 0; i < channels; ++i)
                            sum += std::int64_t{p[i]} * w[i];
                    }
                finish(sum, (line * size(g.outW) + size(ox)) * size(g.outC) + size(c), size(c));
            }
        }
}

// ---- glue --------------------------------------------------------------------------------------------------------

std::vector<std::int64_t> biasValues(const KernelSetup &s, std::size_t k)
{
    return s.hasInput(k) ? s.constantInts(k) : std::vector<std::int64_t>{};
}

// Weights as int16 without zero points, [rows][depth], `axis` 0: one zero point per row, 3: per last index.
std::vector<std::int16_t> weightValues(const KernelSetup &s, std::size_t k, std::size_t rows, bool channelsLast)
{
    const Tensor &t = s.input(k);
    const auto n = static_cast<std::size_t>(elementCount(t.shape));
    std::vector<std::int16_t> w(n);
    const auto bytes = s.constant(k);
    if (t.type == ElementType::UInt8)
        std::transform(bytes.begin(), bytes.end(), w.begin(), [](std::byte b) { return static_cast<std::int16_t>(b); });
    else if (t.type == ElementType::Int8)
        std::transform(bytes.begin(), bytes.end(), w.begin(), [](std::byte b) { return static_cast<std::int16_t>(static_cast<std::int8_t>(b)); });
    else if (t.type == ElementType::Int16)
        std::memcpy(w.data(), bytes.data(), n * 2);
    else
        unpackInt4(bytes, n, w.data());
    const std::size_t depth = n / std::max<std::size_t>(rows, 1);
    if (!t.quant.zeroPoint.empty())
        for (std::size_t i = 0; i < n; ++i)
            w[i] = static_cast<std::int16_t>(w[i] - t.quant.zeroPointAt(channelsLast ? i % rows : i / depth));
    return w;
}

enum class Family { Conv, Depthwise, FullyConnected };

bool anyNot0(const std::vector<std::int64_t> &zeroPoints)
{
    return std::any_of(zeroPoints.begin(), zeroPoints.end(), [](std::int64_t z) { return z != 0; });
}

// int16 layers whose sums are of 32 bits: TFLite's own kernels add in the bias's type, its default ones in 32 bits unless bias or
// option (quantized_bias_type, a TensorType) say int64.
bool isNarrow16(const KernelSetup &s, Family family)
{
    if (s.hasInput(2))
        return s.input(2).type != ElementType::Int64;
    const auto asked = static_cast<ElementType>(s.option("quantized_bias_type"));
    if (family == Family::FullyConnected && s.input(1).type != ElementType::Int16 && s.isXnnpack())
        return asked != ElementType::Int64;
    return family == Family::FullyConnected && asked == ElementType::Int32;
}

// How a runtime scales sums, see conv.h.
void chooseRounding(const KernelSetup &s, Family family, int groups, OutputStage &stage)
{
    const Tensor &in = s.input(0), &w = s.input(1);
    const bool dense = family == Family::FullyConnected, int16Weights = w.type == ElementType::Int16;
    stage.fixed = s.rounding();
    if (s.isOnnxRuntime() && is8Bit(in.type) && is8Bit(s.output().type)) {
        stage.rounding = Rounding::FloatHalfEven;
    } else if (s.isXnnpack() && is8Bit(in.type) && is8Bit(s.output().type)) {
        const bool leftToTflite = family == Family::Depthwise ? !s.hasInput(2) : dense && in.type == ElementType::Int8 && anyNot0(w.quant.zeroPoint);
        if (!leftToTflite)
            stage.rounding = Rounding::FloatHalfEven;
        else if (dense)
            stage.fixed = FixedRounding::Single;
    } else if (s.isXnnpack() && in.type == ElementType::Int16) {
        if (isNarrow16(s, family) && !int16Weights && (dense || (family == Family::Conv && groups == 1)))
            stage.fixed = FixedRounding::Single;
    } else if (s.arithmetic() == Arithmetic::TfliteReference && dense && !int16Weights) {
        stage.rounding = Rounding::RealHalfAway;
    }
}

// TFLite's fixed multiplier has the product of the scales in float for uint8 and for FULLY_CONNECTED with one scale, in double
// otherwise; XNNPACK's is in float throughout.
OutputStage outputStage(const KernelSetup &s, Family family, std::size_t channels, int groups)
{
    const Tensor &in = s.input(0), &w = s.input(1), &out = s.output();
    OutputStage stage;
    chooseRounding(s, family, groups, stage);
    const bool oneScale = family == Family::FullyConnected && !w.quant.isPerChannel();
    const bool floatProduct = stage.rounding != Rounding::RealHalfAway && (in.type == ElementType::UInt8 || (oneScale && !isShift(s.arithmetic())));
    const SaturatingEnds ends = saturatingEnds(static_cast<Activation>(s.option("fused_activation_function")), out);
    stage.countLow = ends.low;
    stage.countHigh = ends.high;
    stage.simd = simdLevel();
    stage.type = out.type;
    stage.zeroPoint = static_cast<std::int32_t>(out.quant.zeroPointAt(0));
    const ActivationRange range = activationRange(static_cast<Activation>(s.option("fused_activation_function")), out);
    stage.min = range.min;
    stage.max = range.max;
    stage.setChannels(channels);
    const float si = in.quant.scaleAt(0), so = out.quant.scaleAt(0);
    for (std::size_t c = 0; c < channels; ++c) {
        const float sw = w.quant.scaleAt(c);
        const double real = floatProduct ? static_cast<double>(si * sw) / static_cast<double>(so)
                                         : static_cast<double>(si) * static_cast<double>(sw) / static_cast<double>(so);
        stage.setChannel(c, real, (si * sw) / so);
    }
    return stage;
}

Status checkTypes(const KernelSetup &s, std::size_t channels)
{
    const Tensor &in = s.input(0), &w = s.input(1), &out = s.output();
    if (in.type == ElementType::Float32) {
        if (w.type != ElementType::Float32 || out.type != ElementType::Float32)
            return s.unsupported("float inputs need float weights and outputs");
        if (!s.isConstant(1))
            return s.unsupported("the weights are not constant");
        return success();
    }
    if (!isQuantizedActivation(in.type) || !isQuantizedActivation(out.type))
        return s.unsupported("inputs of type " + std::string(typeName(in.type)) + " and outputs of type " + std::string(typeName(out.type)));
    if (in.type == ElementType::Int16 && out.type != ElementType::Int16)
        return s.unsupported("int16 inputs with outputs of type " + std::string(typeName(out.type)));
    if (w.type != ElementType::Int8 && w.type != ElementType::UInt8 && w.type != ElementType::Int4 && w.type != ElementType::Int16)
        return s.unsupported("weights of type " + std::string(typeName(w.type)));
    if (w.type == ElementType::Int16 && in.type != ElementType::Int16)
        return s.unsupported("int16 weights with 8-bit inputs");
    if (!s.isConstant(1))
        return s.unsupported("the weights are not constant");
    if (s.hasInput(2) && (!s.isConstant(2) || static_cast<std::size_t>(elementCount(s.input(2).shape)) != channels))
        return s.unsupported("the bias is not a constant with one value per channel");
    if (!in.quant.isQuantized() || !w.quant.isQuantized() || !out.quant.isQuantized())
        return s.unsupported("a tensor has no scale");
    if (w.quant.isPerChannel() && w.quant.scale.size() != channels)
        return s.unsupported("the number of weight scales is not the number of channels");
    if (s.constant(1).size() != byteSize(w.type, static_cast<std::size_t>(elementCount(w.shape))))
        return s.unsupported("the weights' size does not fit their shape");
    return success();
}

// Whether no sum can leave the accumulators whatever the weights are, so that they need not be looked at.
bool surelyFits(const KernelSetup &s, const ConvGeometry &g, std::span<const std::int64_t> bias, bool wide)
{
    const AccumulatorModel &model = s.accumulator();
    const int own = wide ? 64 : 32, bits = model.bits == 0 ? own : std::min(model.bits, own);
    const double input = s.input(0).type == ElementType::Int16 ? 32768 : 255, weight = s.input(1).type == ElementType::Int16 ? 65535 : 255;
    const double depth = static_cast<double>(g.kernelH) * g.kernelW * (g.inC / g.groups);
    double largest = 0;
    for (const std::int64_t b : bias)
        largest = std::max(largest, std::abs(static_cast<double>(b)));
    return input * weight * depth + largest < std::ldexp(1.0, std::min(bits, 53) - 1);
}

// Chooses the class for the types. `clippedBias`: channels whose bias does not fit the accumulator model's width.
Result<Kernel> prepareWeighted(const KernelSetup &s, const ConvGeometry &g, Family family, std::size_t &clippedBias)
{
    const Tensor &in = s.input(0);
    const auto channels = size(g.outC);
    if (auto status = checkTypes(s, channels); !status)
        return status.error();
    if (s.checkOnly())
        return Kernel{};

    if (in.type == ElementType::Float32) {
        std::vector<float> bias(channels, 0.0f);
        if (s.hasInput(2) && !s.constant(2).empty())
            std::memcpy(bias.data(), s.constant(2).data(), std::min(s.constant(2).size(), channels * 4));
        const FloatRange range = floatActivationRange(static_cast<Activation>(s.option("fused_activation_function")));
        const bool taps = family == Family::Depthwise;
        auto packed = WeightCache::shared().get<FloatWeights>(s, 1, {taps ? 1 : 0, 32, g.groups}, [&] {
            std::vector<float> w(s.constant(1).size() / 4);
            if (!w.empty())
                std::memcpy(w.data(), s.constant(1).data(), w.size() * 4);
            return FloatWeights::pack(g, taps, w);
        });
        return Kernel([conv = std::make_shared<const ConvFloat>(g, taps, std::move(packed), std::move(bias), range)](const KernelRun &r) {
            conv->run(r.input<float>(0), r.output<float>(), r);
        });
    }

    const OutputStage stage = outputStage(s, family, channels, g.groups);
    auto bias64 = biasValues(s, 2);
    clippedBias = fitBias(bias64, s.accumulator(), s.input(1).quant.isPerChannel());
    const auto zeroPoint = static_cast<std::int32_t>(in.quant.zeroPointAt(0));
    const bool wideBias = in.type == ElementType::Int16 && !isNarrow16(s, family);
    // The form for 48-bit accumulators is defined for factors less than 2^7.
    if (in.type == ElementType::Int16 && stage.rounding == Rounding::Fixed && (stage.fixed == FixedRounding::Double || stage.fixed == FixedRounding::Single) &&
        std::any_of(stage.leftShift.begin(), stage.leftShift.end(), [](int shift) { return shift > 7; }))
        return s.unsupported("the output's scale is too small for the input's and weights': TFLite stops the process");
    const bool depthwise = family == Family::Depthwise;
    const auto weights = [&] { return weightValues(s, 1, channels, depthwise); };
    if (!surelyFits(s, g, bias64, wideBias)) {
        const auto values = weights();
        if (const SummedLayer layer{g, depthwise, false, in.type, zeroPoint, wideBias, values, bias64}; mayOverflow(layer, s.accumulator()))
            return makeNarrow(layer, stage, s.accumulator());
    }

    WeightCache &cache = WeightCache::shared();
    if (in.type == ElementType::Int16) {
        auto packed = cache.get<Weights16>(s, 1, {depthwise ? 1 : 0, 16, g.groups}, [&] { return Weights16::pack(g, depthwise, weights()); });
        if (packed->panels.empty() || packed->run >= 2)
            return Kernel([conv = std::make_shared<const Conv16>(g, std::move(packed), bias64, wideBias, stage)](const KernelRun &r) {
                conv->run(r.input<std::int16_t>(0), r.output<std::byte>(), r);
            });
        std::vector<std::int64_t> bias(channels, 0);
        std::copy(bias64.begin(), bias64.end(), bias.begin());
        return Kernel([g, weights = weights(), bias = std::move(bias), stage, wideBias](const KernelRun &r) {
            auto *out = r.output<std::int16_t>();
            r.parallel(size(g.batch) * size(g.outH), 1, [&](std::size_t begin, std::size_t end, Scratch &) {
                LayerCounters tally;
                directConv(g, r.input<std::int16_t>(0), weights.data(), begin, end, r.state, [&](std::int64_t sum, std::size_t i, std::size_t c) {
                    sum += bias[c];
                    out[i] = wideBias ? finish<std::int16_t>(stage, sum, c, tally) : finish<std::int16_t>(stage, static_cast<std::int32_t>(sum), c, tally);
                });
                count(r, tally);
            });
        });
    }

    std::vector<std::int32_t> bias(bias64.size());
    std::transform(bias64.begin(), bias64.end(), bias.begin(), [](std::int64_t v) { return static_cast<std::int32_t>(v); });
    const std::int64_t level = static_cast<std::int64_t>(stage.simd);
    const auto bind = [&]<class T>(T) -> Kernel {
        if (depthwise) {
            auto packed = cache.get<DepthwiseWeights>(s, 1, {1, 8, g.inC, g.strideW, DepthwiseWeights::takesBytes(g, stage)},
                                                      [&] { return DepthwiseWeights::pack(g, stage, weights()); });
            return [conv = std::make_shared<const Depthwise8<T>>(g, std::move(packed), bias, zeroPoint, stage)](const KernelRun &r) {
                conv->run(r.input<T>(0), r.output<std::byte>(), r);
            };
        }
        auto packed = cache.get<ConvWeights>(s, 1, {0, 8, g.groups, level}, [&] { return ConvWeights::pack(g, stage.simd, weights()); });
        return [conv = std::make_shared<const Conv8<T>>(g, std::move(packed), bias, zeroPoint, stage)](const KernelRun &r) {
            conv->run(r.input<T>(0), r.output<std::byte>(), r);
        };
    };
    return in.type == ElementType::UInt8 ? bind(std::uint8_t{}) : bind(std::int8_t{});
}

Result<Kernel> makeWeighted(const KernelSetup &s, const ConvGeometry &g, Family family)
{
    std::size_t clippedBias = 0;
    auto kernel = prepareWeighted(s, g, family, clippedBias);
    return kernel ? countingClippedBias(std::move(*kernel), clippedBias) : kernel;
}

Result<ConvGeometry> convGeometry(const KernelSetup &s)
{
    const Shape &in = s.input(0).shape, &w = s.input(1).shape, &out = s.output().shape;
    if (in.size() != 4 || w.size() != 4 || out.size() != 4 || elementCount(w) == 0)
        return s.unsupported("shapes are not four-dimensional");
    ConvGeometry g;
    g.batch = in[0];
    g.inH = in[1];
    g.inW = in[2];
    g.inC = in[3];
    g.outH = out[1];
    g.outW = out[2];
    g.outC = out[3];
    g.kernelH = w[1];
    g.kernelW = w[2];
    g.strideH = static_cast<int>(s.option("stride_h", 1));
    g.strideW = static_cast<int>(s.option("stride_w", 1));
    g.dilationH = static_cast<int>(s.option("dilation_h_factor", 1));
    g.dilationW = static_cast<int>(s.option("dilation_w_factor", 1));
    const bool same = s.option("padding") == 0;
    if (g.strideH < 1 || g.strideW < 1 || g.dilationH < 1 || g.dilationW < 1)
        return s.unsupported("a stride or dilation is less than 1");
    if (!ConvGeometry::fitsInt(g.inH, g.kernelH, g.strideH, g.dilationH) || !ConvGeometry::fitsInt(g.inW, g.kernelW, g.strideW, g.dilationW))
        return s.unsupported("strides, dilations or filter are out of proportion");
    if (out[0] != g.batch || g.outH != ConvGeometry::outputSize(same, g.inH, g.kernelH, g.strideH, g.dilationH) ||
        g.outW != ConvGeometry::outputSize(same, g.inW, g.kernelW, g.strideW, g.dilationW))
        return s.unsupported("the output's shape does not follow from input, strides and padding");
    g.padTop = ConvGeometry::padBefore(g.inH, g.outH, g.kernelH, g.strideH, g.dilationH);
    g.padLeft = ConvGeometry::padBefore(g.inW, g.outW, g.kernelW, g.strideW, g.dilationW);
    return g;
}

} // namespace

Result<Kernel> makeConv2d(const KernelSetup &s)
{
    auto geometry = convGeometry(s);
    if (!geometry)
        return geometry.error();
    ConvGeometry g = *geometry;
    const Shape &w = s.input(1).shape;
    if (w[0] != g.outC || w[3] < 1 || g.inC % w[3] != 0)
        return s.unsupported("the weights' shape does not fit");
    g.groups = g.inC / w[3];
    if (g.groups < 1 || g.outC % g.groups != 0)
        return s.unsupported("output channels are no multiple of the groups");
    return isHybrid(s, 1) ? makeHybridConv(s, g, false) : makeWeighted(s, g, Family::Conv);
}

Result<Kernel> makeDepthwiseConv2d(const KernelSetup &s)
{
    auto geometry = convGeometry(s);
    if (!geometry)
        return geometry.error();
    ConvGeometry g = *geometry;
    const Shape &w = s.input(1).shape;
    if (w[0] != 1 || w[3] != g.outC || g.inC < 1 || g.outC % g.inC != 0)
        return s.unsupported("the weights' shape does not fit");
    g.groups = g.inC;
    return isHybrid(s, 1) ? makeHybridConv(s, g, true) : makeWeighted(s, g, Family::Depthwise);
}

Result<Kernel> makeFullyConnected(const KernelSetup &s)
{
    const Shape &w = s.input(1).shape;
    if (w.size() != 2 || elementCount(w) == 0)
        return s.unsupported("the weights are not two-dimensional");
    if (s.option("weights_format") != 0)
        return s.unsupported("shuffled weights");
    if (isHybrid(s, 1))
        return makeHybridFullyConnected(s);
    if (!s.isConstant(1) || (s.hasInput(2) && !s.isConstant(2)))
        return makeDynamicFullyConnected(s);
    const std::int64_t elements = elementCount(s.input(0).shape);
    ConvGeometry g;
    g.inC = w[1];
    g.outC = w[0];
    g.batch = static_cast<int>(elements / g.inC);
    if (elements % g.inC != 0 || elementCount(s.output().shape) != std::int64_t{g.batch} * g.outC)
        return s.unsupported("the shapes do not fit the weights");
    // Rows of one picture, so that blocks of them are multiplied together.
    g.inH = g.outH = g.batch;
    g.batch = 1;
    return makeWeighted(s, g, Family::FullyConnected);
}

std::vector<double> weightedMultipliers(const KernelSetup &s, std::size_t channels)
{
    const Family family = s.op().code == Op::FullyConnected ? Family::FullyConnected : s.op().code == Op::DepthwiseConv2D ? Family::Depthwise : Family::Conv;
    const Shape &x = s.input(0).shape, &w = s.input(1).shape;
    const int groups = family == Family::Conv && w.size() == 4 && x.size() == 4 && w[3] > 0 ? x[3] / w[3] : 1;
    const OutputStage stage = outputStage(s, family, channels, groups);
    const bool wide = s.input(0).type == ElementType::Int16 && !isNarrow16(s, family)
        && (stage.fixed == FixedRounding::Double || stage.fixed == FixedRounding::Single);
    std::vector<double> out(channels);
    for (std::size_t c = 0; c < channels; ++c) {
        const Multiplier m = stage.multiplierOf(c);
        switch (stage.rounding) {
        case Rounding::RealHalfAway: out[c] = stage.real[c]; break;
        case Rounding::FloatHalfEven: out[c] = static_cast<double>(stage.scale[c]); break;
        case Rounding::Fixed: // wide accumulators take a multiplier of 16 bits, see fixedpoint.h
            out[c] = wide ? std::ldexp(m.multiplier < 0x7FFF0000 ? (m.multiplier + (1 << 15)) >> 16 : 0x7FFF, m.shift - 15)
                          : std::ldexp(m.multiplier, m.shift - 31);
            break;
        }
    }
    return out;
}

} // namespace requant
