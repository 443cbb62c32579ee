// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sim/kernels/hybrid.h"

#include "core/sim/kernels/batchmatmul.h"
#include "core/sim/kernels/dot.h"
#include "core/sim/kernels/weights.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <numeric>

namespace requant {
namespace {

std::size_t size(int v) { return static_cast<std::size_t>(v); }

std::int16_t rounded(float v, float low, float high)
{
    const float r = std::round(v);
    return static_cast<std::int16_t>(r >= low ? std::min(r, high) : low); // not a number: low
}

// The quantized inputs and their grids, in the calling thread's scratch.
struct Quantized
{
    std::int16_t *values;
    DynamicGrid *grids;
    Quantized(Scratch &scratch, std::size_t n, std::size_t batches)
    {
        std::byte *memory = scratch.get(batches * sizeof(DynamicGrid) + n * sizeof(std::int16_t));
        grids = reinterpret_cast<DynamicGrid *>(memory);
        values = reinterpret_cast<std::int16_t *>(memory + batches * sizeof(DynamicGrid));
    }
    // Each of `batches` parts of n values by itself. `centred`: zero points are taken off.
    void fill(const float *in, std::size_t batches, std::size_t n, bool asymmetric, bool centred)
    {
        for (std::size_t b = 0; b < batches; ++b) {
            std::int16_t *to = values + b * n;
            grids[b] = asymmetric ? quantizeAsymmetric(in + b * n, n, to) : quantizeSymmetric(in + b * n, n, to);
            if (centred && grids[b].zeroPoint != 0)
                for (std::size_t i = 0; i < n; ++i)
                    to[i] = static_cast<std::int16_t>(to[i] - grids[b].zeroPoint);
        }
    }
};

// Integers of the weights, uint8 read as the int8 whose bits it has.
std::vector<std::int16_t> hybridWeights(const KernelSetup &s, std::size_t k)
{
    Tensor t = s.input(k);
    if (t.type == ElementType::UInt8)
        t.type = ElementType::Int8;
    return storedWeights(t, s.constant(k));
}

std::vector<float> floatBias(const KernelSetup &s, std::size_t k, std::size_t channels)
{
    std::vector<float> bias(channels, 0.0f);
    if (s.hasInput(k))
        std::memcpy(bias.data(), s.constant(k).data(), channels * sizeof(float));
    return bias;
}

Status checkHybrid(const KernelSetup &s, std::size_t channels, int channelAxis, bool mayInt4)
{
    const Tensor &w = s.input(1), &out = s.output();
    if (out.type != ElementType::Float32)
        return s.unsupported("float inputs with outputs of type " + std::string(typeName(out.type)));
    if (w.type != ElementType::Int8 && !(mayInt4 && (w.type == ElementType::Int4 || w.type == ElementType::UInt8)))
        return s.unsupported("float inputs with weights of type " + std::string(typeName(w.type)));
    if (!s.isConstant(1))
        return s.unsupported("the weights are not constant");
    if (!w.quant.isQuantized() || (w.quant.isPerChannel() && (w.quant.scale.size() != channels || w.quant.quantizedDimension != channelAxis)))
        return s.unsupported("the weights' scales are not one or one per output channel");
    const auto isZero = [](std::int64_t z) { return z == 0; };
    if (w.type != ElementType::UInt8 && !std::all_of(w.quant.zeroPoint.begin(), w.quant.zeroPoint.end(), isZero))
        return s.unsupported("integer weights with a zero point, which TFLite ignores beside float inputs");
    if (s.hasInput(2) && (s.input(2).type != ElementType::Float32 || !s.isConstant(2) || static_cast<std::size_t>(elementCount(s.input(2).shape)) != channels))
        return s.unsupported("the bias is not a float constant with one value per channel");
    if (s.option("fused_activation_function") > static_cast<int>(Activation::Relu6))
        return s.unsupported("a fused activation that does not clip");
    return success();
}

// ---- convolutions ------------------------------------------------------------------------------------------------

struct Taps
{
    int begin, end;
    static Taps inside(int origin, int in, int kernel, int dilation)
    {
        int begin = 0, end = kernel;
        while (begin < end && origin + begin * dilation < 0)
            ++begin;
        while (end > begin && origin + (end - 1) * dilation >= in)
            --end;
        return {begin, end};
    }
};

constexpr std::size_t kBlock = 64; // output channels at a time

// Sums of one output pixel for channels [first, last). Weights are [outC][kernelH][kernelW][inC / groups], for a depthwise
// convolution [kernelH][kernelW][outC].
void sumPixel(const ConvGeometry &g, SimdLevel level, bool depthwise, const std::int16_t *image, const std::int16_t *weights, int oy, int ox, std::size_t first,
              std::size_t last, std::uint32_t *sums)
{
    const int y0 = oy * g.strideH - g.padTop, x0 = ox * g.strideW - g.padLeft;
    const Taps ys = Taps::inside(y0, g.inH, g.kernelH, g.dilationH), xs = Taps::inside(x0, g.inW, g.kernelW, g.dilationW);
    const std::size_t channels = size(g.inC / g.groups), perGroup = size(g.outC / g.groups), outC = size(g.outC);
    const bool lines = g.groups == 1 && g.dilationW == 1 && !depthwise; // taps of one line are neighbours
    std::fill_n(sums, last - first, 0);
    for (int ky = ys.begin; ky < ys.end; ++ky)
        for (int kx = xs.begin; kx < xs.end; kx += lines ? xs.end - xs.begin : 1) {
            const std::int16_t *p = image + (size(y0 + ky * g.dilationH) * size(g.inW) + size(x0 + kx * g.dilationW)) * size(g.inC);
            const std::size_t tap = size(ky * g.kernelW + kx), n = lines ? size(xs.end - kx) * channels : channels;
            for (std::size_t c = first; c < last; ++c) {
                if (depthwise)
                    sums[c - first] += static_cast<std::uint32_t>(std::int32_t{p[c / perGroup]} * weights[tap * outC + c]);
                else
                    sums[c - first] += static_cast<std::uint32_t>(dot(level, p + c / perGroup * channels, weights + (c * size(g.kernelH * g.kernelW) + tap) * channels, n));
            }
        }
}

} // namespace

DynamicGrid quantizeSymmetric(const float *values, std::size_t n, std::int16_t *to)
{
    float range = 0;
    for (std::size_t i = 0; i < n; ++i)
        range = std::max(range, std::abs(values[i]));
    if (range == 0) {
        std::fill_n(to, n, std::int16_t{0});
        return {};
    }
    const float inverse = 127.0f / range;
    for (std::size_t i = 0; i < n; ++i)
        to[i] = rounded(values[i] * inverse, -127.0f, 127.0f);
    return {range / 127.0f, 0};
}

DynamicGrid quantizeAsymmetric(const float *values, std::size_t n, std::int16_t *to)
{
    float low = 0, high = 0;
    for (std::size_t i = 0; i < n; ++i) {
        low = std::min(low, values[i]);
        high = std::max(high, values[i]);
    }
    if (low == high) {
        std::fill_n(to, n, std::int16_t{0});
        return {};
    }
    // The zero point is derived from the end at which that loses less.
    const double min = static_cast<double>(low), max = static_cast<double>(high), scale = (max - min) / 255.0;
    const double fromMin = -128.0 - min / scale, fromMax = 127.0 - max / scale;
    const double zero = 128.0 + std::abs(min / scale) < 127.0 + std::abs(max / scale) ? fromMin : fromMax;
    DynamicGrid grid;
    grid.scale = static_cast<float>(scale);
    grid.zeroPoint = zero > -128.0 ? static_cast<std::int32_t>(std::round(std::min(zero, 127.0))) : -128;
    const float inverse = 1.0f / grid.scale, offset = static_cast<float>(grid.zeroPoint);
    for (std::size_t i = 0; i < n; ++i)
        to[i] = rounded(offset + values[i] * inverse, -128.0f, 127.0f);
    return grid;
}

bool isHybrid(const KernelSetup &s, std::size_t weights)
{
    const ElementType w = s.input(weights).type;
    return s.input(0).type == ElementType::Float32 && isIntegerStorage(w);
}

Result<Kernel> makeHybridConv(const KernelSetup &s, const ConvGeometry &g, bool depthwise)
{
    const Tensor &w = s.input(1);
    const auto channels = size(g.outC);
    if (auto ok = checkHybrid(s, channels, depthwise ? 3 : 0, !depthwise); !ok)
        return ok.error();
    if (depthwise && w.quant.scale.size() != channels)
        return s.unsupported("TFLite asks for one scale per channel of integer weights beside float inputs");
    // uint8 weights with several scales: TFLite takes the first for all.
    const bool perChannel = w.type != ElementType::UInt8 && std::any_of(w.quant.scale.begin(), w.quant.scale.end(), [&](float v) { return v != w.quant.scale[0]; });
    if (!depthwise && g.groups != 1 && !perChannel)
        return s.unsupported("groups of integer weights with one scale beside float inputs, which TFLite cannot run");
    if (s.checkOnly())
        return Kernel{};
    const bool asymmetric = depthwise || perChannel;
    // The order in which TFLite multiplies a sum, the weights' scale and the inputs'.
    enum class Order { Weights, Inputs, Product };
    const Order order = depthwise ? (s.isXnnpack() ? Order::Inputs : Order::Product) : perChannel && (g.groups != 1 || !s.isXnnpack()) ? Order::Weights : Order::Product;
    std::vector<float> scales(channels);
    for (std::size_t c = 0; c < channels; ++c)
        scales[c] = w.quant.scaleAt(asymmetric ? c : 0);
    const FloatRange range = floatActivationRange(static_cast<Activation>(s.option("fused_activation_function")));
    return Kernel([g, depthwise, asymmetric, order, scales = std::move(scales), weights = hybridWeights(s, 1), bias = floatBias(s, 2, channels), range,
                   level = simdLevel()](const KernelRun &r) {
        const std::size_t image = size(g.inH) * size(g.inW) * size(g.inC), outC = size(g.outC), batches = size(g.batch);
        Quantized x(r.scratch, batches * image, batches);
        x.fill(r.input<float>(0), batches, image, asymmetric, true);
        auto *out = r.output<float>();
        r.parallel(batches * size(g.outH), 1, [&](std::size_t begin, std::size_t end, Scratch &) {
            std::array<std::uint32_t, kBlock> sums;
            for (std::size_t row = begin; row < end; ++row) {
                const std::size_t b = row / size(g.outH);
                const float scale = x.grids[b].scale;
                for (int ox = 0; ox < g.outW; ++ox)
                    for (std::size_t first = 0; first < outC; first += kBlock) {
                        if (r.state.isCancelled())
                            return;
                        const std::size_t last = std::min(first + kBlock, outC);
                        sumPixel(g, level, depthwise, x.values + b * image, weights.data(), static_cast<int>(row % size(g.outH)), ox, first, last, sums.data());
                        float *to = out + (row * size(g.outW) + size(ox)) * outC;
                        for (std::size_t c = first; c < last; ++c) {
                            const auto sum = static_cast<float>(static_cast<std::int32_t>(sums[c - first]));
                            const float v = order == Order::Product ? sum * (scales[c] * scale) : order == Order::Weights ? sum * scales[c] * scale : sum * scale * scales[c];
                            to[c] = std::min(std::max((0.0f + v) + bias[c], range.min), range.max);
                        }
                    }
            }
        });
    });
}

Result<Kernel> makeHybridFullyConnected(const KernelSetup &s)
{
    const Tensor &w = s.input(1);
    const std::int64_t elements = elementCount(s.input(0).shape);
    if (w.shape.size() != 2 || elementCount(w.shape) == 0 || elements % w.shape[1] != 0 || elementCount(s.output().shape) != elements / w.shape[1] * w.shape[0])
        return s.unsupported("the shapes do not fit the weights");
    const std::size_t depth = size(w.shape[1]), channels = size(w.shape[0]), rows = static_cast<std::size_t>(elements) / depth;
    if (auto ok = checkHybrid(s, channels, 0, true); !ok)
        return ok.error();
    if (s.checkOnly())
        return Kernel{};
    std::vector<float> scales(channels);
    for (std::size_t c = 0; c < channels; ++c)
        scales[c] = w.quant.scaleAt(c);
    const FloatRange range = floatActivationRange(static_cast<Activation>(s.option("fused_activation_function")));
    return Kernel([depth, channels, rows, asymmetric = s.option("asymmetric_quantize_inputs") != 0, scales = std::move(scales), weights = hybridWeights(s, 1),
                   bias = floatBias(s, 2, channels), range, level = simdLevel()](const KernelRun &r) {
        const float *in = r.input<float>(0);
        auto *out = r.output<float>();
        const bool zeros = std::all_of(in, in + rows * depth, [](float v) { return v == 0; }); // then nothing is added to the bias
        Quantized x(r.scratch, rows * depth, rows);
        x.fill(in, rows, depth, asymmetric, true);
        r.parallel(rows * channels, 16, [&](std::size_t begin, std::size_t end, Scratch &) {
            for (std::size_t at = begin; at < end && !r.state.isCancelled(); ++at) {
                const std::size_t row = at / channels, c = at % channels;
                float v = bias[c];
                if (!zeros)
                    v += static_cast<float>(dot(level, x.values + row * depth, weights.data() + c * depth, depth)) * (x.grids[row].scale * scales[c]);
                out[at] = std::min(std::max(v, range.min), range.max);
            }
        });
    });
}

Result<Kernel> makeHybridBatchMatmul(const KernelSetup &s)
{
    const auto shape = matmulShape(s);
    if (!shape)
        return shape.error();
    const MatmulShape &g = *shape;
    const Tensor &w = s.input(1);
    const int rank = static_cast<int>(w.shape.size());
    if (auto ok = checkHybrid(s, g.columns, g.adjY ? rank - 2 : rank - 1, false); !ok)
        return ok.error();
    const auto several = [](const std::array<std::size_t, 3> &side) { return std::count_if(side.begin(), side.end(), [](std::size_t n) { return n != 1; }); };
    if (several(g.left) > 1 || several(g.right) > 1 || g.right[0] != 1)
        return s.unsupported("several batch dimensions, whose scales TFLite mixes up");
    if (s.checkOnly())
        return Kernel{};
    const std::size_t weightSize = g.rightCount() * g.columns * g.depth;
    std::vector<std::int16_t> stored = hybridWeights(s, 1), weights(weightSize);
    copyMatrices(stored.data(), g.rightCount(), g.adjY ? g.columns : g.depth, g.adjY ? g.depth : g.columns, !g.adjY, weights.data(), [](std::int16_t v) { return v; });
    std::vector<std::int32_t> rowSums(g.rightCount() * g.columns);
    for (std::size_t i = 0; i < rowSums.size(); ++i)
        rowSums[i] = std::accumulate(weights.begin() + static_cast<std::ptrdiff_t>(i * g.depth), weights.begin() + static_cast<std::ptrdiff_t>((i + 1) * g.depth), 0);
    std::vector<float> scales(g.columns);
    for (std::size_t c = 0; c < g.columns; ++c)
        scales[c] = w.quant.scaleAt(c);
    return Kernel([g, asymmetric = s.option("asymmetric_quantize_inputs") != 0, scales = std::move(scales), weights = std::move(weights), rowSums = std::move(rowSums),
                   level = simdLevel()](const KernelRun &r) {
        const std::size_t rows = g.leftCount() * g.rows;
        // A transposed copy of the floats, then their integers.
        const std::size_t floats = g.adjX ? rows * g.depth * sizeof(float) : 0, grids = rows * sizeof(DynamicGrid);
        std::byte *memory = r.scratch.get(floats + grids + rows * g.depth * sizeof(std::int16_t));
        const float *in = r.input<float>(0);
        if (g.adjX) {
            copyMatrices(in, g.leftCount(), g.depth, g.rows, true, reinterpret_cast<float *>(memory), [](float v) { return v; });
            in = reinterpret_cast<const float *>(memory);
        }
        auto *grid = reinterpret_cast<DynamicGrid *>(memory + floats);
        auto *x = reinterpret_cast<std::int16_t *>(memory + floats + grids);
        for (std::size_t row = 0; row < rows; ++row)
            grid[row] = asymmetric ? quantizeAsymmetric(in + row * g.depth, g.depth, x + row * g.depth) : quantizeSymmetric(in + row * g.depth, g.depth, x + row * g.depth);
        auto *out = r.output<float>();
        r.parallel(g.batchCount() * g.rows, 1, [&](std::size_t begin, std::size_t end, Scratch &) {
            for (std::size_t at = begin; at < end && !r.state.isCancelled(); ++at) {
                const std::size_t batch = at / g.rows, row = g.of(batch, g.left) * g.rows + at % g.rows, first = g.of(batch, g.right) * g.columns;
                for (std::size_t c = 0; c < g.columns && !r.state.isCancelled(); ++c) {
                    const std::int32_t sum = dot(level, x + row * g.depth, weights.data() + (first + c) * g.depth, g.depth);
                    // Through float and back, as TFLite subtracts.
                    const float share = static_cast<float>(rowSums[first + c]) * static_cast<float>(grid[row].zeroPoint);
                    const auto total = static_cast<std::int32_t>(std::clamp(static_cast<float>(sum) - share, -2147483648.0f, 2147483520.0f));
                    out[at * g.columns + c] = 0.0f + grid[row].scale * scales[c] * static_cast<float>(total);
                }
            }
        });
    });
}

} // namespace requant
