// SPDX-License-Identifier: GPL-3.0-or-later
// int4 weights under integer activations. Input, weight and output scales cancel, so that every arithmetic must give the
// accumulator itself, clipped: the definition needs no rounding.
#include "twin.h"

using namespace requant;
using namespace testing;

namespace {

constexpr float kIn = 0.5f, kWeights = 0.25f, kOut = 0.125f;

// Two values in a byte, the first in the low half.
std::vector<std::int8_t> packed(const std::vector<int> &values)
{
    std::vector<std::int8_t> out((values.size() + 1) / 2);
    for (std::size_t i = 0; i < values.size(); ++i)
        out[i / 2] = static_cast<std::int8_t>(out[i / 2] | (values[i] & 15) << (i % 2 * 4));
    return out;
}

struct Layer
{
    Op op = Op::Conv2D;
    int batch = 1, inH = 1, inW = 1, inC = 1, outC = 1, kernelH = 1, kernelW = 1, groups = 1;
    int outH() const { return inH - kernelH + 1; }
    int outW() const { return inW - kernelW + 1; }
};

Layer randomLayer(Random &random, Op op)
{
    Layer l;
    l.op = op;
    l.batch = random.integer(1, 3);
    l.inC = random.integer(1, 40);
    l.outC = random.integer(1, 20);
    if (op == Op::FullyConnected)
        return l;
    l.inC = random.integer(1, 9);
    l.kernelH = random.integer(1, 3);
    l.kernelW = random.integer(1, 3);
    l.inH = l.kernelH + random.integer(0, 4);
    l.inW = l.kernelW + random.integer(0, 4);
    l.groups = op == Op::DepthwiseConv2D ? l.inC : 1;
    if (op == Op::DepthwiseConv2D)
        l.outC = l.inC * random.integer(1, 2);
    return l;
}

template <class T>
void equalsDefinition(Random &random, const Layer &l)
{
    const bool wide = sizeof(T) == 2, hasBias = wide || random.chance(), perChannel = random.chance();
    const int xZero = wide ? 0 : random.integer(-20, 20), yZero = wide ? 0 : random.integer(-20, 20), most = wide ? 600 : 4;
    const int channels = l.inC / l.groups, perGroup = l.outC / l.groups;
    const auto size = [](int v) { return static_cast<std::size_t>(v); };
    std::vector<T> x;
    for (int i = 0; i < l.batch * l.inH * l.inW * l.inC; ++i)
        x.push_back(static_cast<T>(xZero + random.integer(-most, most)));
    std::vector<int> w;
    for (int i = 0; i < l.outC * l.kernelH * l.kernelW * channels; ++i)
        w.push_back(random.integer(-8, 7));
    std::vector<std::int64_t> bias;
    for (int c = 0; c < l.outC; ++c)
        bias.push_back(hasBias ? random.integer(-30, 30) : 0);

    const bool depthwise = l.op == Op::DepthwiseConv2D, flat = l.op == Op::FullyConnected;
    OneOperator one(l.op);
    flat ? one.input({l.batch, l.inC}, wide ? ElementType::Int16 : ElementType::Int8, kIn, xZero)
         : one.input({l.batch, l.inH, l.inW, l.inC}, wide ? ElementType::Int16 : ElementType::Int8, kIn, xZero);
    QuantParams grid = QuantParams::perTensor(kWeights, 0);
    if (perChannel) {
        grid.scale.assign(size(l.outC), kWeights);
        grid.zeroPoint.assign(size(l.outC), 0);
        grid.quantizedDimension = depthwise ? 3 : 0;
    }
    const Shape shape = flat ? Shape{l.outC, l.inC} : depthwise ? Shape{1, l.kernelH, l.kernelW, l.outC} : Shape{l.outC, l.kernelH, l.kernelW, l.inC};
    one.constant<std::int8_t>(shape, packed(w), grid, ElementType::Int4);
    if (wide)
        one.constant<std::int64_t>({l.outC}, bias);
    else if (hasBias)
        one.constant<std::int32_t>({l.outC}, std::vector<std::int32_t>(bias.begin(), bias.end()));
    else
        one.absent();
    flat ? one.output({l.batch, l.outC}, wide ? ElementType::Int16 : ElementType::Int8, kOut, yZero)
         : one.output({l.batch, l.outH(), l.outW(), l.outC}, wide ? ElementType::Int16 : ElementType::Int8, kOut, yZero);
    one.option("padding", 1);
    one.option("stride_h", 1);
    one.option("stride_w", 1);
    one.option("depth_multiplier", perGroup);

    std::vector<T> expected;
    for (int b = 0; b < l.batch; ++b)
        for (int y = 0; y < l.outH(); ++y)
            for (int u = 0; u < l.outW(); ++u)
                for (int c = 0; c < l.outC; ++c) {
                    std::int64_t acc = bias[size(c)];
                    for (int ky = 0; ky < l.kernelH; ++ky)
                        for (int kx = 0; kx < l.kernelW; ++kx)
                            for (int i = 0; i < channels; ++i) {
                                const int at = depthwise ? (ky * l.kernelW + kx) * l.outC + c : ((c * l.kernelH + ky) * l.kernelW + kx) * channels + i;
                                acc += std::int64_t{x[size(((b * l.inH + y + ky) * l.inW + u + kx) * l.inC + c / perGroup * channels + i)] - xZero} * w[size(at)];
                            }
                    expected.push_back(static_cast<T>(std::clamp<std::int64_t>(acc + yZero, std::numeric_limits<T>::min(), std::numeric_limits<T>::max())));
                }
    const RandomSimd simd(random);
    for (const Arithmetic a : kArithmetics) {
        INFO(arithmeticName(a) << ", op " << opName(l.op) << ", wide " << wide << ", per channel " << perChannel);
        CHECK(one.run<T>({bytesOf(x)}, optionsFor(a, random.chance() ? 2 : 1)) == expected);
    }
}

} // namespace

TEST_CASE("fourBitWeightsEqualTheDefinition")
{
    for (std::uint64_t round = 0; round < 60; ++round) {
        const std::uint64_t seed = baseSeed() + round;
        INFO("REQUANT_SEED=" << seed);
        Random random(seed);
        for (const Op op : {Op::Conv2D, Op::DepthwiseConv2D, Op::FullyConnected}) {
            equalsDefinition<std::int8_t>(random, randomLayer(random, op));
            equalsDefinition<std::int16_t>(random, randomLayer(random, op));
        }
    }
}
