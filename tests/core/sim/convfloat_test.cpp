// SPDX-License-Identifier: GPL-3.0-or-later
// Float convolutions against one product at a time, to the last bit.
#include "twin.h"

using namespace requant;
using namespace testing;

namespace {

struct Layer
{
    Op op = Op::Conv2D;
    int batch, inH, inW, inC, outC, kernelH, kernelW, strideH, strideW, dilationH, dilationW, groups = 1, activation;
    bool same, hasBias;

    explicit Layer(Random &random)
    {
        op = std::array{Op::Conv2D, Op::DepthwiseConv2D, Op::FullyConnected}[static_cast<std::size_t>(random.integer(0, 2))];
        const bool dense = op == Op::FullyConnected, pointwise = dense || random.integer(0, 3) == 0;
        batch = random.integer(1, 2);
        kernelH = pointwise ? 1 : random.integer(1, 4);
        kernelW = pointwise ? 1 : random.integer(1, 4);
        strideH = dense ? 1 : random.integer(1, 2);
        strideW = dense ? 1 : random.integer(1, 3);
        dilationH = pointwise ? 1 : random.integer(1, 2);
        dilationW = pointwise ? 1 : random.integer(1, 2);
        same = !dense && random.chance();
        inH = dense ? 1 : random.integer((kernelH - 1) * dilationH + 1, 9);
        inW = dense ? 1 : random.integer((kernelW - 1) * dilationW + 1, 30);
        if (op == Op::Conv2D && random.chance())
            groups = random.integer(1, 3);
        inC = groups * random.integer(1, 20);
        outC = op == Op::DepthwiseConv2D ? inC * random.integer(1, 3) : groups * random.integer(1, 40);
        activation = random.integer(0, 3);
        hasBias = random.chance();
    }
    static int out(bool same, int in, int k, int stride, int dilation) { return same ? (in + stride - 1) / stride : (in - (k - 1) * dilation - 1 + stride) / stride; }
    static int pad(bool same, int in, int k, int stride, int dilation)
    {
        return same ? std::max((out(true, in, k, stride, dilation) - 1) * stride + (k - 1) * dilation + 1 - in, 0) / 2 : 0;
    }
    int outH() const { return out(same, inH, kernelH, strideH, dilationH); }
    int outW() const { return out(same, inW, kernelW, strideW, dilationW); }
    bool depthwise() const { return op == Op::DepthwiseConv2D; }
    Shape weightShape() const
    {
        if (op == Op::FullyConnected)
            return {outC, inC};
        return depthwise() ? Shape{1, kernelH, kernelW, outC} : Shape{outC, kernelH, kernelW, inC / groups};
    }
};

std::vector<float> obvious(const Layer &l, const std::vector<float> &x, const std::vector<float> &w, const std::vector<float> &bias)
{
    std::vector<float> y;
    const int padY = Layer::pad(l.same, l.inH, l.kernelH, l.strideH, l.dilationH), padX = Layer::pad(l.same, l.inW, l.kernelW, l.strideW, l.dilationW);
    const int channels = l.depthwise() ? 1 : l.inC / l.groups;
    for (int b = 0; b < l.batch; ++b)
        for (int oy = 0; oy < l.outH(); ++oy)
            for (int ox = 0; ox < l.outW(); ++ox)
                for (int c = 0; c < l.outC; ++c) {
                    float sum = 0;
                    for (int ky = 0; ky < l.kernelH; ++ky)
                        for (int kx = 0; kx < l.kernelW; ++kx)
                            for (int i = 0; i < channels; ++i) {
                                const int iy = oy * l.strideH - padY + ky * l.dilationH, ix = ox * l.strideW - padX + kx * l.dilationW;
                                if (iy < 0 || iy >= l.inH || ix < 0 || ix >= l.inW)
                                    continue;
                                const int from = l.depthwise() ? c / (l.outC / l.inC) : c / (l.outC / l.groups) * channels + i;
                                const int at = l.depthwise() ? (ky * l.kernelW + kx) * l.outC + c : ((c * l.kernelH + ky) * l.kernelW + kx) * channels + i;
                                sum += x[static_cast<std::size_t>(((b * l.inH + iy) * l.inW + ix) * l.inC + from)] * w[static_cast<std::size_t>(at)];
                            }
                    float v = sum + (l.hasBias ? bias[static_cast<std::size_t>(c)] : 0.0f);
                    if (l.activation != 0)
                        v = std::max(v, l.activation == 2 ? -1.0f : 0.0f);
                    if (l.activation >= 2)
                        v = std::min(v, l.activation == 2 ? 1.0f : 6.0f);
                    y.push_back(v);
                }
    return y;
}

} // namespace

TEST_CASE("floatConvolutionsAddOneProductAtATime")
{
    for (std::uint64_t n = 0; n < 150; ++n) {
        const std::uint64_t seed = baseSeed() + n;
        Random random(seed);
        const Layer l(random);
        INFO("REQUANT_SEED=" << seed << " " << opName(l.op) << " in " << l.batch << "x" << l.inH << "x" << l.inW << "x" << l.inC << " kernel " << l.kernelH << "x" << l.kernelW
                             << " out " << l.outC << " groups " << l.groups);
        OneOperator one(l.op);
        one.option("padding", l.same ? 0 : 1);
        one.option("stride_h", l.strideH);
        one.option("stride_w", l.strideW);
        one.option("dilation_h_factor", l.dilationH);
        one.option("dilation_w_factor", l.dilationW);
        one.option("depth_multiplier", l.outC / l.inC);
        one.option("fused_activation_function", l.activation);
        const bool dense = l.op == Op::FullyConnected;
        const Shape in = dense ? Shape{l.batch, l.inC} : Shape{l.batch, l.inH, l.inW, l.inC}, out = dense ? Shape{l.batch, l.outC} : Shape{l.batch, l.outH(), l.outW(), l.outC};
        const auto x = randomFloats(random, count(in)), w = randomFloats(random, count(l.weightShape())), bias = randomFloats(random, static_cast<std::size_t>(l.outC));
        one.input(in, ElementType::Float32);
        one.constant(l.weightShape(), w);
        if (l.hasBias)
            one.constant(Shape{l.outC}, bias);
        one.output(out, ElementType::Float32);
        const RandomSimd simd(random);
        CHECK(one.run<float>({bytesOf(x)}, optionsFor(Arithmetic::TfliteReference, static_cast<unsigned>(random.integer(1, 3)))) == obvious(l, x, w, bias));
    }
}

TEST_CASE("floatWeightsThatAreNotFiniteDoNotReachThroughThePadding")
{
    OneOperator one(Op::Conv2D);
    one.option("stride_h", 1);
    one.option("stride_w", 1);
    one.input({1, 1, 20, 1}, ElementType::Float32);
    one.constant<float>({1, 1, 3, 1}, {std::numeric_limits<float>::infinity(), 1, 0});
    one.output({1, 1, 20, 1}, ElementType::Float32);
    std::vector<float> expected(20, std::numeric_limits<float>::max()); // no activation clamps too, as TFLite's
    expected[0] = 2;
    CHECK(one.run<float>({bytesOf(std::vector<float>(20, 2.0f))}) == expected);
}
