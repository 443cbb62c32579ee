// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sim/kernels/hybrid.h"

#include "twin.h"

#include <cstring>

using namespace requant;
using namespace testing;

namespace {

struct Grid
{
    std::vector<int> q;
    float scale = 1;
    int zeroPoint = 0;
};

Grid symmetric(const std::vector<float> &x)
{
    Grid g;
    float range = 0;
    for (const float v : x)
        range = std::max(range, std::abs(v));
    if (range == 0)
        return {std::vector<int>(x.size(), 0), 1, 0};
    for (const float v : x)
        g.q.push_back(std::clamp(static_cast<int>(std::round(v * (127 / range))), -127, 127));
    g.scale = range / 127;
    return g;
}

Grid asymmetric(const std::vector<float> &x)
{
    Grid g;
    double low = 0, high = 0;
    for (const float v : x) {
        low = std::min(low, static_cast<double>(v));
        high = std::max(high, static_cast<double>(v));
    }
    if (low == high)
        return {std::vector<int>(x.size(), 0), 1, 0};
    const double scale = (high - low) / 255, a = -128 - low / scale, b = 127 - high / scale;
    const double zero = 128 + std::abs(low / scale) < 127 + std::abs(high / scale) ? a : b;
    g.zeroPoint = zero <= -128 ? -128 : zero >= 127 ? 127 : static_cast<int>(std::round(zero));
    g.scale = static_cast<float>(scale);
    for (const float v : x)
        g.q.push_back(std::clamp(static_cast<int>(std::round(static_cast<float>(g.zeroPoint) + v * (1.0f / g.scale))), -128, 127));
    return g;
}

float clip(float v, int activation)
{
    if (activation != 0)
        v = std::max(v, activation == 2 ? -1.0f : 0.0f);
    return activation > 1 ? std::min(v, activation == 2 ? 1.0f : 6.0f) : v;
}

// Integer weights of a random type: values, how they are stored, their grid.
struct Weights
{
    std::vector<int> values;
    std::vector<std::uint8_t> stored;
    ElementType type = ElementType::Int8;
    QuantParams quant;
};

Weights randomWeights(Random &random, std::size_t n, std::size_t scales, int dimension, std::vector<ElementType> types)
{
    Weights w;
    w.type = types[static_cast<std::size_t>(random.integer(0, static_cast<int>(types.size()) - 1))];
    const bool four = w.type == ElementType::Int4;
    w.stored.assign(four ? (n + 1) / 2 : n, 0);
    for (std::size_t i = 0; i < n; ++i) {
        const int v = four ? random.integer(-8, 7) : random.integer(-128, 127);
        w.values.push_back(v);
        if (four)
            w.stored[i / 2] = static_cast<std::uint8_t>(w.stored[i / 2] | (v & 15) << (i % 2 ? 4 : 0));
        else
            w.stored[i] = static_cast<std::uint8_t>(v); // uint8: TFLite reads the bits as int8
    }
    const float first = static_cast<float>(random.real(0.001, 0.1));
    const bool same = random.integer(0, 3) == 0;
    for (std::size_t k = 0; k < scales; ++k)
        w.quant.scale.push_back(same ? first : static_cast<float>(random.real(0.001, 0.1)));
    w.quant.zeroPoint.assign(scales, 0);
    w.quant.quantizedDimension = dimension;
    return w;
}

std::vector<float> slice(const std::vector<float> &x, std::size_t part, std::size_t n)
{
    return {x.begin() + static_cast<std::ptrdiff_t>(part * n), x.begin() + static_cast<std::ptrdiff_t>((part + 1) * n)};
}

bool sameBits(const std::vector<float> &a, const std::vector<float> &b)
{
    return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0);
}

void convolution(bool depthwise, std::uint64_t seed)
{
    Random random(seed);
    const int batch = random.integer(1, 2), inH = random.integer(1, 7), inW = random.integer(1, 7), kernelH = random.integer(1, 4), kernelW = random.integer(1, 4);
    const int strideH = random.integer(1, 3), strideW = random.integer(1, 3);
    int dilationH = random.integer(1, 2), dilationW = random.integer(1, 2);
    const int groups = depthwise ? random.integer(1, 40) : random.integer(0, 3) == 0 ? 2 : 1;
    const int inC = depthwise ? groups : groups * random.integer(1, 40), outC = groups * random.integer(1, depthwise ? 2 : 40);
    const bool same = random.chance() || (kernelH - 1) * dilationH >= inH || (kernelW - 1) * dilationW >= inW;
    const auto outOf = [&](int in, int kernel, int stride, int dilation) { return same ? (in + stride - 1) / stride : (in + stride - (kernel - 1) * dilation - 1) / stride; };
    const int outH = outOf(inH, kernelH, strideH, dilationH), outW = outOf(inW, kernelW, strideW, dilationW);
    const auto padOf = [&](int in, int out, int kernel, int stride, int dilation) { return std::max(0, (out - 1) * stride + (kernel - 1) * dilation + 1 - in) / 2; };
    const int padH = padOf(inH, outH, kernelH, strideH, dilationH), padW = padOf(inW, outW, kernelW, strideW, dilationW);
    const int channels = inC / groups, perGroup = outC / groups, activation = random.integer(0, 3);
    const Shape weightShape = depthwise ? Shape{1, kernelH, kernelW, outC} : Shape{outC, kernelH, kernelW, channels};
    INFO("REQUANT_SEED=" << seed << " in " << batch << "x" << inH << "x" << inW << "x" << inC << " weights " << shapeText(weightShape) << " out " << outC);
    const Weights w = randomWeights(random, count(weightShape), depthwise || random.chance() ? static_cast<std::size_t>(outC) : 1, depthwise ? 3 : 0,
                                    depthwise ? std::vector{ElementType::Int8} : std::vector{ElementType::Int8, ElementType::Int4, ElementType::UInt8});
    const bool perChannel = w.type != ElementType::UInt8 && std::any_of(w.quant.scale.begin(), w.quant.scale.end(), [&](float v) { return v != w.quant.scale[0]; });
    const bool centred = !depthwise && !perChannel;
    const Arithmetic arithmetic = randomArithmetic(random);
    const bool optimized = arithmetic == Arithmetic::Xnnpack;
    const auto in = randomFloats(random, static_cast<std::size_t>(batch * inH * inW * inC), 4.0), bias = randomFloats(random, static_cast<std::size_t>(outC));

    std::vector<float> expected;
    const std::size_t image = static_cast<std::size_t>(inH * inW * inC);
    for (int b = 0; b < batch; ++b) {
        const Grid x = centred ? symmetric(slice(in, static_cast<std::size_t>(b), image)) : asymmetric(slice(in, static_cast<std::size_t>(b), image));
        for (int oy = 0; oy < outH; ++oy)
            for (int ox = 0; ox < outW; ++ox)
                for (int c = 0; c < outC; ++c) {
                    int sum = 0;
                    for (int ky = 0; ky < kernelH; ++ky)
                        for (int kx = 0; kx < kernelW; ++kx) {
                            const int y = oy * strideH - padH + ky * dilationH, xx = ox * strideW - padW + kx * dilationW;
                            if (y < 0 || y >= inH || xx < 0 || xx >= inW)
                                continue;
                            for (int i = 0; i < channels; ++i) {
                                const int at = (y * inW + xx) * inC + c / perGroup * channels + i;
                                const int weight = depthwise ? (ky * kernelW + kx) * outC + c : ((c * kernelH + ky) * kernelW + kx) * channels + i;
                                sum += (x.q[static_cast<std::size_t>(at)] - x.zeroPoint) * w.values[static_cast<std::size_t>(weight)];
                            }
                        }
                    const float sw = w.quant.scaleAt(centred ? 0 : static_cast<std::size_t>(c)), s = static_cast<float>(sum);
                    const bool product = centred || (depthwise ? !optimized : optimized && groups == 1);
                    const float scaled = product ? s * (x.scale * sw) : depthwise ? s * x.scale * sw : s * sw * x.scale;
                    expected.push_back(clip(scaled + bias[static_cast<std::size_t>(c)], activation));
                }
    }
    OneOperator one(depthwise ? Op::DepthwiseConv2D : Op::Conv2D);
    one.input({batch, inH, inW, inC}, ElementType::Float32);
    one.constant<std::uint8_t>(weightShape, w.stored, w.quant, w.type);
    one.constant<float>({outC}, bias);
    one.output({batch, outH, outW, outC}, ElementType::Float32);
    one.option("padding", same ? 0 : 1);
    one.option("stride_h", strideH);
    one.option("stride_w", strideW);
    one.option("dilation_h_factor", dilationH);
    one.option("dilation_w_factor", dilationW);
    one.option("fused_activation_function", activation);
    if (depthwise)
        one.option("depth_multiplier", perGroup);
    if (!depthwise && groups != 1 && centred) {
        CHECK(one.refusal().find("groups of integer weights with one scale") != std::string::npos);
        return;
    }
    const RandomSimd simd(random);
    CHECK(one.run<float>({bytesOf(in)}, optionsFor(arithmetic, random.chance() ? 2 : 1)) == expected);
}

} // namespace

TEST_CASE("inputsAreQuantizedByTheirRange")
{
    for (std::uint64_t n = 0; n < 300; ++n) {
        const std::uint64_t seed = baseSeed() + n;
        INFO("REQUANT_SEED=" << seed);
        Random random(seed);
        auto x = randomFloats(random, static_cast<std::size_t>(random.integer(0, 40)), std::pow(10.0, random.integer(-20, 20)));
        const int kind = random.integer(0, 4);
        for (float &v : x)
            v = kind == 0 ? std::abs(v) : kind == 1 ? -std::abs(v) : kind == 2 ? 0.0f : v;
        for (const bool centred : {true, false}) {
            const Grid expected = centred ? symmetric(x) : asymmetric(x);
            std::vector<std::int16_t> q(x.size());
            const DynamicGrid got = centred ? quantizeSymmetric(x.data(), x.size(), q.data()) : quantizeAsymmetric(x.data(), x.size(), q.data());
            CHECK(std::vector<int>(q.begin(), q.end()) == expected.q);
            CHECK(got.scale == expected.scale);
            CHECK(got.zeroPoint == expected.zeroPoint);
        }
    }
    // What is no number gives integers in range all the same.
    const float odd[] = {std::numeric_limits<float>::infinity(), -std::numeric_limits<float>::infinity(), std::numeric_limits<float>::quiet_NaN(), 1e38f};
    std::int16_t q[4];
    quantizeSymmetric(odd, 4, q);
    CHECK(std::all_of(q, q + 4, [](int v) { return v >= -127 && v <= 127; }));
    quantizeAsymmetric(odd, 4, q);
    CHECK(std::all_of(q, q + 4, [](int v) { return v >= -128 && v <= 127; }));
}

TEST_CASE("hybridConvolutionEqualsItsDefinition")
{
    for (std::uint64_t n = 0; n < 120; ++n)
        convolution(false, baseSeed() + n);
}

TEST_CASE("hybridDepthwiseEqualsItsDefinition")
{
    for (std::uint64_t n = 0; n < 60; ++n)
        convolution(true, baseSeed() + n);
}

TEST_CASE("hybridFullyConnectedEqualsItsDefinition")
{
    for (std::uint64_t n = 0; n < 120; ++n) {
        const std::uint64_t seed = baseSeed() + n;
        Random random(seed);
        const int rows = random.integer(0, 5), depth = random.integer(1, 70), channels = random.integer(1, 20), activation = random.integer(0, 3);
        const bool asymmetricInputs = random.chance(), hasBias = random.chance();
        INFO("REQUANT_SEED=" << seed << " " << rows << "x" << depth << " weights " << channels << "x" << depth);
        const Weights w = randomWeights(random, static_cast<std::size_t>(channels * depth), random.chance() ? static_cast<std::size_t>(channels) : 1, 0,
                                        {ElementType::Int8, ElementType::Int4, ElementType::UInt8});
        auto in = randomFloats(random, static_cast<std::size_t>(rows * depth), 4.0);
        if (random.integer(0, 5) == 0)
            std::fill(in.begin(), in.end(), 0.0f);
        auto bias = hasBias ? randomFloats(random, static_cast<std::size_t>(channels)) : std::vector<float>(static_cast<std::size_t>(channels), 0.0f);
        if (hasBias)
            bias[0] = -0.0f;
        const bool zeros = std::all_of(in.begin(), in.end(), [](float v) { return v == 0; });
        std::vector<float> expected;
        for (std::size_t row = 0; row < static_cast<std::size_t>(rows); ++row) {
            const std::vector<float> part = slice(in, row, static_cast<std::size_t>(depth));
            const Grid x = asymmetricInputs ? asymmetric(part) : symmetric(part);
            for (std::size_t c = 0; c < static_cast<std::size_t>(channels); ++c) {
                int product = 0, weightSum = 0;
                for (std::size_t k = 0; k < static_cast<std::size_t>(depth); ++k) {
                    product += x.q[k] * w.values[c * static_cast<std::size_t>(depth) + k];
                    weightSum += w.values[c * static_cast<std::size_t>(depth) + k];
                }
                float v = bias[c];
                if (!zeros)
                    v += static_cast<float>(product - weightSum * x.zeroPoint) * (x.scale * w.quant.scaleAt(c));
                expected.push_back(clip(v, activation));
            }
        }
        OneOperator one(Op::FullyConnected);
        one.input({rows, depth}, ElementType::Float32);
        one.constant<std::uint8_t>({channels, depth}, w.stored, w.quant, w.type);
        if (hasBias)
            one.constant<float>({channels}, bias);
        one.output({rows, channels}, ElementType::Float32);
        one.option("asymmetric_quantize_inputs", asymmetricInputs);
        one.option("fused_activation_function", activation);
        const RandomSimd simd(random);
        const auto got = one.run<float>({bytesOf(in)}, optionsFor(randomArithmetic(random), random.chance() ? 2 : 1));
        CHECK(got == expected);
        CHECK((activation != 0 || sameBits(got, expected))); // also the sign of zero
    }
}

TEST_CASE("hybridBatchMatmulEqualsItsDefinition")
{
    for (std::uint64_t n = 0; n < 120; ++n) {
        const std::uint64_t seed = baseSeed() + n;
        Random random(seed);
        const int rows = random.integer(1, 5), depth = random.integer(1, 70), columns = random.integer(1, 12), batches = random.integer(1, 3), which = random.integer(0, 2);
        const int left = which == 1 ? 1 : batches, right = which == 2 ? 1 : batches;
        const bool adjX = random.chance(), adjY = random.chance(), asymmetricInputs = random.chance();
        INFO("REQUANT_SEED=" << seed << " " << left << ":" << rows << "x" << depth << " " << right << ":" << depth << "x" << columns);
        const std::size_t d = static_cast<std::size_t>(depth), m = static_cast<std::size_t>(rows), k = static_cast<std::size_t>(columns);
        const Weights w = randomWeights(random, static_cast<std::size_t>(right) * d * k, random.chance() ? k : 1, adjY ? 1 : 2, {ElementType::Int8});
        const auto in = randomFloats(random, static_cast<std::size_t>(left) * m * d, 4.0);
        std::vector<float> expected;
        for (int b = 0; b < std::max(left, right); ++b)
            for (std::size_t i = 0; i < m; ++i) {
                const std::size_t lb = left == 1 ? 0 : static_cast<std::size_t>(b), rb = right == 1 ? 0 : static_cast<std::size_t>(b);
                std::vector<float> part;
                for (std::size_t j = 0; j < d; ++j)
                    part.push_back(in[lb * m * d + (adjX ? j * m + i : i * d + j)]);
                const Grid x = asymmetricInputs ? asymmetric(part) : symmetric(part);
                for (std::size_t c = 0; c < k; ++c) {
                    int product = 0, weightSum = 0;
                    for (std::size_t j = 0; j < d; ++j) {
                        const int weight = w.values[rb * d * k + (adjY ? c * d + j : j * k + c)];
                        product += x.q[j] * weight;
                        weightSum += weight;
                    }
                    const float taken = static_cast<float>(product) - static_cast<float>(weightSum) * static_cast<float>(x.zeroPoint);
                    expected.push_back((x.scale * w.quant.scaleAt(c)) * static_cast<float>(static_cast<int>(taken)));
                }
            }
        OneOperator one(Op::BatchMatmul);
        one.input({left, adjX ? depth : rows, adjX ? rows : depth}, ElementType::Float32);
        one.constant<std::uint8_t>({right, adjY ? columns : depth, adjY ? depth : columns}, w.stored, w.quant, w.type);
        one.output({std::max(left, right), rows, columns}, ElementType::Float32);
        one.option("adj_x", adjX);
        one.option("adj_y", adjY);
        one.option("asymmetric_quantize_inputs", asymmetricInputs);
        const RandomSimd simd(random);
        CHECK(one.run<float>({bytesOf(in)}, optionsFor(randomArithmetic(random), random.chance() ? 2 : 1)) == expected);
    }
}

// LiteRT, tflite/kernels/fully_connected_test.cc, SimpleTestQuantizedInt8: weights 1..10 in three rows, scale 10 / 127.
TEST_CASE("hybridFullyConnectedIsNearTheFloatResult")
{
    std::vector<std::int8_t> weights;
    for (int row = 0; row < 3; ++row)
        for (int k = 1; k <= 10; ++k)
            weights.push_back(static_cast<std::int8_t>(std::round(static_cast<float>(k) / (10.0f / 127))));
    OneOperator one(Op::FullyConnected);
    one.input({2, 10}, ElementType::Float32);
    one.constant<std::int8_t>({3, 10}, weights, QuantParams::perTensor(10.0f / 127, 0));
    one.constant<float>({3}, {1, 2, 3});
    one.output({2, 3}, ElementType::Float32);
    const std::vector<float> in{1, 2, 3, 4, 5, 6, 7, 8, -9, -10, 1, 2, 3, 4, 5, 6, 7, -8, 9, -10};
    const auto out = one.run<float>({bytesOf(in)});
    const std::vector<float> expected{24, 25, 26, 58, 59, 60};
    for (std::size_t i = 0; i < expected.size(); ++i)
        CHECK(std::abs(out[i] - expected[i]) < 1.3f); // its own bound
}

TEST_CASE("hybridRefusesWhatTfliteDoesNotCompute")
{
    const auto refused = [](Op op, Shape weights, QuantParams quant, ElementType type = ElementType::Int8, int activation = 0) {
        OneOperator one(op);
        one.input(op == Op::FullyConnected ? Shape{2, 4} : Shape{1, 4, 4, 4}, ElementType::Float32);
        one.constant<std::uint8_t>(weights, std::vector<std::uint8_t>(count(weights)), std::move(quant), type);
        one.output(op == Op::FullyConnected ? Shape{2, 3} : Shape{1, 4, 4, weights[op == Op::Conv2D ? 0 : 3]}, ElementType::Float32);
        one.option("stride_h", 1);
        one.option("stride_w", 1);
        one.option("fused_activation_function", activation);
        return !one.refusal().empty();
    };
    const QuantParams plain = QuantParams::perTensor(0.1f, 0);
    CHECK_FALSE(refused(Op::FullyConnected, {3, 4}, plain));
    CHECK(refused(Op::FullyConnected, {3, 4}, QuantParams::perTensor(0.1f, 1)));
    CHECK(refused(Op::FullyConnected, {3, 4}, plain, ElementType::Int8, 4)); // TANH
    CHECK(refused(Op::FullyConnected, {3, 4}, plain, ElementType::Int16));
    CHECK_FALSE(refused(Op::Conv2D, {3, 1, 1, 4}, plain));
    CHECK(refused(Op::DepthwiseConv2D, {1, 1, 1, 4}, plain)); // one scale
}
