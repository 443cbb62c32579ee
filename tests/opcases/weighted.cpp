// SPDX-License-Identifier: GPL-3.0-or-later
#include "casebuilder.h"

#include <numeric>

namespace opcases {
namespace {

using namespace requant;

int outputSize(bool same, int in, int kernel, int stride, int dilation)
{
    return same ? (in + stride - 1) / stride : (in - (kernel - 1) * dilation + stride - 1) / stride;
}

struct Weights
{
    QuantParams quant;
    double scale = 0; // a typical one
};

// int8 and int16 networks: symmetric, per channel or not. uint8: any zero point.
Weights weights(CaseBuilder &b, ElementType activations, Shape shape, int channels, int dimension)
{
    Dice &d = b.dice();
    const std::int64_t count = elementCount(shape);
    const int manner = d.integer(0, 2);
    Weights w;
    w.scale = d.scale(0.002, 0.05);
    if (activations == ElementType::UInt8) {
        w.quant = QuantParams::perTensor(static_cast<float>(w.scale), d.integer(0, 255));
        std::vector<std::uint8_t> v;
        for (std::int64_t i = 0; i < count; ++i)
            v.push_back(static_cast<std::uint8_t>(manner == 1 ? d.pick({0, 255}) : d.integer(0, 255)));
        b.constant(std::move(shape), ElementType::UInt8, v, w.quant);
        return w;
    }
    const bool perChannel = dimension >= 0 && d.chance();
    w.quant.quantizedDimension = std::max(dimension, 0);
    for (int c = 0; c < (perChannel ? channels : 1); ++c)
        w.quant.scale.push_back(static_cast<float>(w.scale * (perChannel ? d.real(0.3, 2) : 1)));
    const bool offset = dimension < 0 && activations == ElementType::Int8 && d.chance(5); // FULLY_CONNECTED only
    w.quant.zeroPoint.assign(w.quant.scale.size(), offset ? d.integer(-40, 40) : 0);
    std::vector<std::int8_t> v;
    for (std::int64_t i = 0; i < count; ++i)
        v.push_back(static_cast<std::int8_t>(manner == 1 ? d.pick({-127, 127}) : d.integer(-127, 127)));
    b.constant(std::move(shape), ElementType::Int8, v, w.quant);
    return w;
}

void bias(CaseBuilder &b, ElementType activations, const Weights &w, float inputScale, int channels)
{
    QuantParams quant;
    for (const float s : w.quant.scale)
        quant.scale.push_back(s * inputScale);
    quant.zeroPoint.assign(quant.scale.size(), 0);
    if (activations == ElementType::Int16) {
        std::vector<std::int64_t> v(static_cast<std::size_t>(channels));
        for (auto &x : v)
            x = b.dice().integer(-2000000, 2000000);
        b.constant<std::int64_t>({channels}, ElementType::Int64, v, quant);
        return;
    }
    std::vector<std::int32_t> v(static_cast<std::size_t>(channels));
    for (auto &x : v)
        x = b.dice().integer(-5000, 5000);
    b.constant<std::int32_t>({channels}, ElementType::Int32, v, quant);
}

// An output grid on which sums of `depth` products are spread well.
Grid outputGrid(CaseBuilder &b, ElementType type, double inputScale, double weightScale, double depth)
{
    Grid g = b.grid(type);
    const double steps = type == ElementType::Int16 ? 0.7 * 256 : 0.7;
    g.scale = static_cast<float>(inputScale * weightScale * std::sqrt(depth) * 73 * 73 / 60 / steps * b.dice().real(0.5, 2) * (type == ElementType::Int16 ? 256 : 1));
    return g;
}

double activation(CaseBuilder &b) { return b.dice().integer(0, 3); }

void conv(CaseBuilder &b, ElementType type)
{
    Dice &d = b.dice();
    const int kh = d.integer(1, 4), kw = d.chance(3) ? 1 : d.integer(1, 4), sh = d.integer(1, 3), sw = d.integer(1, 3);
    const int dh = d.chance(4) ? 2 : 1, dw = d.chance(4) ? d.integer(2, 3) : 1;
    const int h = d.integer((kh - 1) * dh + 1, 12), w = d.integer((kw - 1) * dw + 1, 12), c = d.integer(1, 20), oc = d.integer(1, 20), n = d.integer(1, 2);
    const bool same = d.chance();
    const Grid in = b.grid(type, 0.005, type == ElementType::Int16 ? 0.02 : 0.2);
    b.input({n, h, w, c}, type, in);
    const Weights weight = weights(b, type, {oc, kh, kw, c}, oc, 0);
    bias(b, type, weight, in.scale, oc);
    b.output({n, outputSize(same, h, kh, sh, dh), outputSize(same, w, kw, sw, dw), oc}, type, outputGrid(b, type, in.scale, weight.scale, c * kh * kw));
    b.add(Op::Conv2D, "Conv2DOptions", {{"padding", same ? 0 : 1}, {"stride_w", sw}, {"stride_h", sh}, {"fused_activation_function", activation(b)},
                                        {"dilation_w_factor", dw}, {"dilation_h_factor", dh}});
}

void depthwise(CaseBuilder &b, ElementType type)
{
    Dice &d = b.dice();
    const int kh = d.integer(1, 5), kw = d.integer(1, 5), s = d.integer(1, 3);
    const int dh = s == 1 && d.chance(4) ? 2 : 1, dw = s == 1 && d.chance(4) ? 2 : 1, m = d.chance(3) ? d.integer(2, 3) : 1;
    const int h = d.integer((kh - 1) * dh + 1, 12), w = d.integer((kw - 1) * dw + 1, 12), c = d.integer(1, 24), n = d.integer(1, 2);
    const bool same = d.chance();
    const Grid in = b.grid(type, 0.005, type == ElementType::Int16 ? 0.02 : 0.2);
    b.input({n, h, w, c}, type, in);
    const Weights weight = weights(b, type, {1, kh, kw, c * m}, c * m, 3);
    if (!d.chance(5)) // the package looks at the number of inputs only
        bias(b, type, weight, in.scale, c * m);
    b.output({n, outputSize(same, h, kh, s, dh), outputSize(same, w, kw, s, dw), c * m}, type, outputGrid(b, type, in.scale, weight.scale, kh * kw));
    b.add(Op::DepthwiseConv2D, "DepthwiseConv2DOptions", {{"padding", same ? 0 : 1}, {"stride_w", s}, {"stride_h", s}, {"depth_multiplier", m},
                                                          {"fused_activation_function", activation(b)}, {"dilation_w_factor", dw}, {"dilation_h_factor", dh}});
}

void fullyConnected(CaseBuilder &b, ElementType type)
{
    Dice &d = b.dice();
    const int depth = d.integer(1, 70), units = d.integer(1, 40), rows = d.integer(1, 4);
    const bool keep = d.chance(3);
    const Grid in = b.grid(type, 0.005, type == ElementType::Int16 ? 0.02 : 0.2);
    b.input(keep ? Shape{2, rows, depth} : Shape{rows, depth}, type, in);
    const Weights weight = weights(b, type, {units, depth}, units, -1);
    if (d.chance(5))
        b.absent();
    else
        bias(b, type, weight, in.scale, units);
    b.output(keep ? Shape{2, rows, units} : Shape{rows, units}, type, outputGrid(b, type, in.scale, weight.scale, depth));
    b.add(Op::FullyConnected, "FullyConnectedOptions", {{"fused_activation_function", activation(b)}, {"keep_num_dims", keep ? 1 : 0}});
}

void transposeConv(CaseBuilder &b, ElementType type)
{
    Dice &d = b.dice();
    const int kh = d.integer(1, 4), kw = d.integer(1, 4), sh = d.integer(1, 3), sw = d.integer(1, 3), h = d.integer(1, 6), w = d.integer(1, 6);
    const int c = d.integer(1, 12), oc = d.integer(1, 12), n = d.integer(1, 2);
    const bool same = d.chance() && kh >= sh && kw >= sw;
    const int oh = same ? h * sh : (h - 1) * sh + kh, ow = same ? w * sw : (w - 1) * sw + kw;
    const Grid in = b.grid(type, 0.005, type == ElementType::Int16 ? 0.02 : 0.2);
    b.ints({n, oh, ow, oc});
    const Weights weight = weights(b, type, {oc, kh, kw, c}, oc, 0);
    b.input({n, h, w, c}, type, in);
    if (d.chance())
        bias(b, type, weight, in.scale, oc);
    b.output({n, oh, ow, oc}, type, outputGrid(b, type, in.scale, weight.scale, c * kh * kw));
    b.add(Op::TransposeConv, "TransposeConvOptions", {{"padding", same ? 0 : 1}, {"stride_w", sw}, {"stride_h", sh}, {"fused_activation_function", d.chance(3) ? activation(b) : 0}});
}

void batchMatmul(CaseBuilder &b, ElementType type, ElementType outType)
{
    Dice &d = b.dice();
    const bool adjX = d.chance(), adjY = d.chance();
    const int m = d.integer(1, 8), k = d.integer(1, 30), n = d.integer(1, 8), batch = d.integer(1, 3);
    const Grid x = b.grid(type), y = b.grid(type);
    b.input(adjX ? Shape{batch, k, m} : Shape{batch, m, k}, type, x);
    b.input(adjY ? Shape{batch, n, k} : Shape{batch, k, n}, type, y);
    b.output({batch, m, n}, outType, outType == ElementType::Int32 ? Grid{} : outputGrid(b, type, x.scale, y.scale * (type == ElementType::Int16 ? 256 : 1), k));
    b.add(Op::BatchMatmul, "BatchMatMulOptions", {{"adj_x", adjX ? 1 : 0}, {"adj_y", adjY ? 1 : 0}});
}

} // namespace

void addWeighted(std::vector<Generator> &all)
{
    for (const ElementType type : {ElementType::UInt8, ElementType::Int8, ElementType::Int16}) {
        const std::string suffix = " " + std::string(typeName(type));
        all.push_back({"CONV_2D" + suffix, [type](CaseBuilder &b) { conv(b, type); }});
        all.push_back({"DEPTHWISE_CONV_2D" + suffix, [type](CaseBuilder &b) { depthwise(b, type); }});
        all.push_back({"FULLY_CONNECTED" + suffix, [type](CaseBuilder &b) { fullyConnected(b, type); }});
        all.push_back({"TRANSPOSE_CONV" + suffix, [type](CaseBuilder &b) { transposeConv(b, type); }});
        if (type != ElementType::UInt8)
            all.push_back({"BATCH_MATMUL" + suffix, [type](CaseBuilder &b) { batchMatmul(b, type, type); }});
    }
    all.push_back({"BATCH_MATMUL int8-int32", [](CaseBuilder &b) { batchMatmul(b, ElementType::Int8, ElementType::Int32); }});
}

} // namespace opcases
