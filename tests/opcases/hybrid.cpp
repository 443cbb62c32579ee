// SPDX-License-Identifier: GPL-3.0-or-later
// Float activations with int8 weights, float networks, and operators with a state.
#include "casebuilder.h"

namespace opcases {
namespace {

using namespace requant;

std::vector<float> reals(Dice &d, std::int64_t n, double size)
{
    std::vector<float> v;
    for (; n > 0; --n)
        v.push_back(static_cast<float>(d.real(-size, size)));
    return v;
}

// int8 or float weights; scales along `dimension`, or one if it is negative.
void weights(CaseBuilder &b, const Shape &shape, int dimension, bool floats)
{
    Dice &d = b.dice();
    if (floats) {
        b.constant(shape, ElementType::Float32, reals(d, elementCount(shape), 1));
        return;
    }
    QuantParams quant;
    quant.quantizedDimension = std::max(dimension, 0);
    for (int c = 0; c < (dimension < 0 ? 1 : shape[static_cast<std::size_t>(dimension)]); ++c)
        quant.scale.push_back(d.scale(0.002, 0.02));
    quant.zeroPoint.assign(quant.scale.size(), 0);
    std::vector<std::int8_t> v;
    for (std::int64_t n = elementCount(shape); n > 0; --n)
        v.push_back(static_cast<std::int8_t>(d.integer(-127, 127)));
    b.constant(shape, ElementType::Int8, v, quant);
}

// `kernel` with its dilation.
int outputSize(bool same, int in, int kernel, int stride) { return same ? (in + stride - 1) / stride : (in - kernel + stride) / stride; }

void conv(CaseBuilder &b, bool depthwise, bool floats)
{
    Dice &d = b.dice();
    const int stride = d.integer(1, 2), kh = d.integer(stride, 3), kw = d.integer(stride, 3), dilation = stride == 1 && d.chance(4) ? 2 : 1;
    const int reachH = (kh - 1) * dilation + 1, reachW = (kw - 1) * dilation + 1, h = d.integer(reachH, 9), w = d.integer(reachW, 9), c = d.integer(1, 12);
    const int oc = depthwise ? c * (d.chance(3) ? 2 : 1) : d.integer(1, 12), n = d.integer(1, 2);
    const bool same = d.chance();
    b.input({n, h, w, c}, ElementType::Float32, {}, {-3, 3});
    weights(b, depthwise ? Shape{1, kh, kw, oc} : Shape{oc, kh, kw, c}, depthwise ? 3 : d.chance() ? 0 : -1, floats);
    b.constant({oc}, ElementType::Float32, reals(d, oc, 0.5));
    b.output({n, outputSize(same, h, reachH, stride), outputSize(same, w, reachW, stride), oc}, ElementType::Float32);
    if (depthwise)
        b.add(Op::DepthwiseConv2D, "DepthwiseConv2DOptions", {{"padding", same ? 0 : 1}, {"stride_w", stride}, {"stride_h", stride}, {"depth_multiplier", oc / c},
                                                              {"fused_activation_function", d.integer(0, 3)}, {"dilation_w_factor", dilation}, {"dilation_h_factor", dilation}});
    else
        b.add(Op::Conv2D, "Conv2DOptions", {{"padding", same ? 0 : 1}, {"stride_w", stride}, {"stride_h", stride}, {"fused_activation_function", d.integer(0, 3)},
                                            {"dilation_w_factor", dilation}, {"dilation_h_factor", dilation}});
}

void conv3d(CaseBuilder &b)
{
    Dice &d = b.dice();
    const bool same = d.chance();
    Shape in{d.integer(1, 2)}, kernel, out{in[0]};
    std::vector<std::pair<std::string, double>> options{{"padding", same ? 0 : 1}};
    for (const char *axis : {"d", "h", "w"}) { // dilations: see conv3d.h
        const int k = d.integer(1, 3), stride = d.integer(1, 2);
        in.push_back(d.integer(k, 7));
        kernel.push_back(k);
        out.push_back(outputSize(same, in.back(), k, stride));
        options.emplace_back(std::string("stride_") + axis, stride);
        options.emplace_back(std::string("dilation_") + axis + "_factor", 1);
    }
    const int c = d.integer(1, 6), oc = d.integer(1, 6);
    for (const int n : {c, oc})
        kernel.push_back(n);
    in.push_back(c);
    out.push_back(oc);
    options.emplace_back("fused_activation_function", d.integer(0, 3));
    b.input(in, ElementType::Float32, {}, {-3, 3});
    b.constant(kernel, ElementType::Float32, reals(d, elementCount(kernel), 1));
    if (d.chance())
        b.constant({oc}, ElementType::Float32, reals(d, oc, 0.5));
    b.output(out, ElementType::Float32);
    b.add(Op::Conv3D, "Conv3DOptions", options);
}

void fullyConnected(CaseBuilder &b, bool floats)
{
    Dice &d = b.dice();
    const int depth = d.integer(1, 60), units = d.integer(1, 20), rows = d.integer(1, 4);
    b.input({rows, depth}, ElementType::Float32, {}, {-3, 3});
    weights(b, {units, depth}, -1, floats);
    if (d.chance(4))
        b.absent();
    else
        b.constant({units}, ElementType::Float32, reals(d, units, 0.5));
    b.output({rows, units}, ElementType::Float32);
    b.add(Op::FullyConnected, "FullyConnectedOptions", {{"fused_activation_function", d.integer(0, 3)}, {"asymmetric_quantize_inputs", d.integer(0, 1)}});
}

void svdf(CaseBuilder &b)
{
    Dice &d = b.dice();
    const int batches = d.integer(1, 3), inputs = d.integer(1, 30), units = d.integer(1, 6), rank = d.integer(1, 3), memory = d.integer(1, 9), filters = units * rank;
    const Grid in = b.grid(ElementType::Int8);
    Grid out = b.grid(ElementType::Int8);
    const float sw = d.scale(0.005, 0.02), st = 1.0f / 32768;
    const auto ss = static_cast<float>(73.0 * 73 * std::sqrt(inputs) * static_cast<double>(in.scale * sw) / 15000 * d.real(0.5, 2));
    out.scale = static_cast<float>(static_cast<double>(ss) * 10000 * std::sqrt(memory * rank) * 0.5 / 60 * d.real(0.5, 2));
    b.input({batches, inputs}, ElementType::Int8, in);
    b.randomConstant({filters, inputs}, ElementType::Int8, {sw, 0});
    b.randomConstant({filters, memory}, ElementType::Int16, {st, 0});
    if (d.chance(3)) {
        b.absent();
    } else {
        std::vector<std::int32_t> bias;
        for (int u = 0; u < units; ++u)
            bias.push_back(d.integer(-2000, 2000));
        b.constant({units}, ElementType::Int32, bias, QuantParams::perTensor(ss * st, 0));
    }
    b.state({batches, filters * memory}, ElementType::Int16, {ss, 0});
    b.output({batches, units}, ElementType::Int8, out);
    b.add(Op::Svdf, "SVDFOptions", {{"rank", rank}, {"fused_activation_function", 1}});
}

} // namespace

void addHybrid(std::vector<Generator> &all)
{
    for (const bool floats : {false, true}) {
        const std::string suffix = floats ? " float32" : " hybrid";
        all.push_back({"CONV_2D" + suffix, [floats](CaseBuilder &b) { conv(b, false, floats); }});
        all.push_back({"DEPTHWISE_CONV_2D" + suffix, [floats](CaseBuilder &b) { conv(b, true, floats); }});
        all.push_back({"FULLY_CONNECTED" + suffix, [floats](CaseBuilder &b) { fullyConnected(b, floats); }});
    }
    all.push_back({"CONV_3D float32", conv3d});
    all.push_back({"SVDF int8", svdf});
}

} // namespace opcases
