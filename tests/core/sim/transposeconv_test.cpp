// SPDX-License-Identifier: GPL-3.0-or-later
#include "twin.h"

using namespace requant;
using namespace testing;

namespace {

struct Case
{
    int batch, inH, inW, inC, outH, outW, outC, kernelH, kernelW, strideH, strideW, activation;
    bool same, bias;
    int pad(int out, int kernel, int stride) const // before the first element of the input that a convolution would read
    {
        const int positions = same ? (out + stride - 1) / stride : (out + stride - kernel) / stride;
        return std::max(0, (positions - 1) * stride + kernel - out) / 2;
    }
    std::size_t macs() const { return static_cast<std::size_t>(batch * inH * inW * inC * kernelH * kernelW * outC); }
    // What XNNPACK's delegate asks of a shape.
    bool delegated() const
    {
        const auto fits = [&](int in, int out, int kernel, int stride) { return same ? kernel >= stride && (out + stride - 1) / stride == in : out >= kernel; };
        return fits(inH, outH, kernelH, strideH) && fits(inW, outW, kernelW, strideW);
    }
};

Case randomCase(Random &random)
{
    Case c;
    do {
        c.batch = random.integer(1, 2);
        c.inH = random.integer(0, 9) == 0 ? 0 : random.integer(1, 5);
        c.inW = random.integer(1, 5);
        c.inC = random.integer(1, 40);
        c.outC = random.integer(0, 5) == 0 ? random.integer(60, 70) : random.integer(1, 9);
        c.kernelH = random.integer(1, 4);
        c.kernelW = random.integer(1, 4);
        c.strideH = random.integer(1, 4);
        c.strideW = random.integer(1, 4);
        c.same = random.chance();
        c.outH = c.same ? c.inH * c.strideH - random.integer(0, 1) : (c.inH - 1) * c.strideH + c.kernelH;
        c.outW = c.same ? c.inW * c.strideW : (c.inW - 1) * c.strideW + c.kernelW + random.integer(0, 1);
        c.activation = random.integer(0, 3);
        c.bias = random.chance();
    } while (c.macs() > 200000 || c.outH < 0 || c.outW < 0);
    return c;
}

// Adds each input into the outputs that it reaches: straight from the definition, in TFLite's order.
template <class Acc, class In, class W>
std::vector<Acc> scatter(const Case &c, const std::vector<In> &in, const std::vector<W> &w)
{
    std::vector<Acc> sum(static_cast<std::size_t>(c.batch * c.outH * c.outW * c.outC), Acc{});
    const int padH = c.pad(c.outH, c.kernelH, c.strideH), padW = c.pad(c.outW, c.kernelW, c.strideW);
    std::size_t at = 0;
    for (int b = 0; b < c.batch; ++b)
        for (int y = 0; y < c.inH; ++y)
            for (int x = 0; x < c.inW; ++x)
                for (int i = 0; i < c.inC; ++i, ++at)
                    for (int ky = 0; ky < c.kernelH; ++ky)
                        for (int kx = 0; kx < c.kernelW; ++kx) {
                            const int oy = y * c.strideH - padH + ky, ox = x * c.strideW - padW + kx;
                            if (oy < 0 || oy >= c.outH || ox < 0 || ox >= c.outW)
                                continue;
                            for (int o = 0; o < c.outC; ++o)
                                sum[static_cast<std::size_t>(((b * c.outH + oy) * c.outW + ox) * c.outC + o)] +=
                                    static_cast<Acc>(in[at]) * static_cast<Acc>(w[static_cast<std::size_t>(((o * c.kernelH + ky) * c.kernelW + kx) * c.inC + i)]);
                        }
    return sum;
}

OneOperator network(const Case &c)
{
    OneOperator one(Op::TransposeConv);
    one.constant<std::int32_t>({4}, {c.batch, c.outH, c.outW, c.outC});
    one.option("padding", c.same ? 0 : 1);
    one.option("stride_h", c.strideH);
    one.option("stride_w", c.strideW);
    one.option("fused_activation_function", c.activation);
    return one;
}

Shape weightShape(const Case &c) { return {c.outC, c.kernelH, c.kernelW, c.inC}; }
Shape inputShape(const Case &c) { return {c.batch, c.inH, c.inW, c.inC}; }
Shape outputShape(const Case &c) { return {c.batch, c.outH, c.outW, c.outC}; }

std::string describe(const Case &c, std::uint64_t seed)
{
    std::ostringstream s;
    s << "REQUANT_SEED=" << seed << " in " << shapeText(inputShape(c)) << " weights " << shapeText(weightShape(c)) << " strides " << c.strideH << "x" << c.strideW
      << " out " << shapeText(outputShape(c)) << (c.same ? " SAME" : " VALID");
    return s.str();
}

template <class T>
void integersEqual(ElementType type, int cases)
{
    for (std::uint64_t n = 0; n < static_cast<std::uint64_t>(cases); ++n) {
        const std::uint64_t seed = baseSeed() + n;
        Random random(seed);
        const Case c = randomCase(random);
        INFO(describe(c, seed));
        const bool isUnsigned = type == ElementType::UInt8, wide = type == ElementType::Int16;
        const auto channels = static_cast<std::size_t>(c.outC);
        const auto zeroOf = [&] { return wide ? 0 : random.integer(static_cast<int>(integerRange(type).min), static_cast<int>(integerRange(type).max)); };
        const int inZero = zeroOf(), weightZero = isUnsigned ? zeroOf() : 0;
        const float si = 0.01f;
        QuantParams q;
        const std::size_t scales = isUnsigned || random.chance() ? 1 : channels;
        for (std::size_t k = 0; k < scales; ++k)
            q.scale.push_back(static_cast<float>(random.real(0.001, 0.02)));
        q.zeroPoint.assign(q.scale.size(), weightZero);
        const double size = (wide ? 20000.0 * 80 : 80.0 * 80) * std::sqrt(static_cast<double>(c.inC)) * 0.01 * 0.01;
        const OutputGrid out{type, static_cast<float>(size / (wide ? 20000 : 100) * random.real(0.3, 2.0)), zeroOf(), c.activation};
        const bool narrow = !wide || random.chance();

        const auto in = randomValues<T>(random, count(inputShape(c)));
        std::vector<std::int8_t> w8 = randomValues<std::int8_t>(random, count(weightShape(c)));
        std::vector<std::uint8_t> wu = randomValues<std::uint8_t>(random, count(weightShape(c)));
        std::vector<std::int64_t> bias(channels, 0);
        for (auto &b : bias)
            b = c.bias ? random.integer(-50000, 50000) : 0;

        OneOperator one = network(c);
        if (isUnsigned)
            one.constant<std::uint8_t>(weightShape(c), wu, q);
        else
            one.constant<std::int8_t>(weightShape(c), w8, q);
        one.input(inputShape(c), type, si, inZero);
        if (c.bias && wide && !narrow)
            one.constant<std::int64_t>({c.outC}, bias);
        else if (c.bias)
            one.constant<std::int32_t>({c.outC}, std::vector<std::int32_t>(bias.begin(), bias.end()));
        if (wide && narrow)
            one.option("quantized_bias_type", static_cast<int>(ElementType::Int32));
        one.output(outputShape(c), type, out.scale, out.zeroPoint);

        std::vector<int> x(in.begin(), in.end()), w;
        for (int &v : x)
            v -= inZero;
        for (std::size_t i = 0; i < count(weightShape(c)); ++i)
            w.push_back(isUnsigned ? wu[i] - weightZero : w8[i]);
        auto sums = scatter<std::int64_t>(c, x, w);

        const Arithmetic arithmetic = randomArithmetic(random);
        const Form form = wide && !narrow ? Form::Fixed64 : arithmetic == Arithmetic::Xnnpack && !wide && c.delegated() ? Form::Float : Form::Fixed32;
        std::vector<T> expected;
        for (std::size_t i = 0; i < sums.size(); ++i) {
            const std::size_t o = i % channels;
            const float sw = q.scale[q.scale.size() == 1 ? 0 : o];
            const double product = isUnsigned || form == Form::Float ? static_cast<double>(si * sw) : static_cast<double>(si) * static_cast<double>(sw);
            expected.push_back(static_cast<T>(scaledOutput(sums[i] + bias[o], product, form, out, arithmetic)));
        }
        const RandomSimd simd(random);
        CHECK(one.run<T>({bytesOf(in)}, optionsFor(arithmetic, random.chance() ? 2 : 1)) == expected);
    }
}

} // namespace

TEST_CASE("transposeConvEqualsItsDefinition")
{
    integersEqual<std::uint8_t>(ElementType::UInt8, 60);
    integersEqual<std::int8_t>(ElementType::Int8, 80);
    integersEqual<std::int16_t>(ElementType::Int16, 60);
}

TEST_CASE("transposeConvOfFloatsEqualsItsDefinition")
{
    for (std::uint64_t n = 0; n < 60; ++n) {
        const std::uint64_t seed = baseSeed() + n;
        Random random(seed);
        Case c = randomCase(random);
        INFO(describe(c, seed));
        const auto in = randomFloats(random, count(inputShape(c)), 3.0), w = randomFloats(random, count(weightShape(c)));
        const auto bias = c.bias ? randomFloats(random, static_cast<std::size_t>(c.outC)) : std::vector<float>(static_cast<std::size_t>(c.outC), 0.0f);
        OneOperator one = network(c);
        one.constant<float>(weightShape(c), w);
        one.input(inputShape(c), ElementType::Float32);
        if (c.bias)
            one.constant<float>({c.outC}, bias);
        one.output(outputShape(c), ElementType::Float32);
        auto expected = scatter<float>(c, in, w);
        for (std::size_t i = 0; i < expected.size(); ++i) {
            float &v = expected[i];
            v += bias[i % static_cast<std::size_t>(c.outC)];
            if (c.activation != 0)
                v = std::max(v, c.activation == 2 ? -1.0f : 0.0f);
            if (c.activation > 1)
                v = std::min(v, c.activation == 2 ? 1.0f : 6.0f);
        }
        CHECK(one.run<float>({bytesOf(in)}) == expected);
    }
}

// LiteRT, tflite/kernels/transpose_conv_test.cc, SimpleTest.
TEST_CASE("transposeConvGivesWhatTflitesOwnTestExpects")
{
    const auto sequence = [](int n) {
        std::vector<float> v;
        for (int i = 1; i <= n; ++i)
            v.push_back(static_cast<float>(i));
        return v;
    };
    const auto run = [&](int out, bool same) {
        const Case c{1, 4, 4, 1, out, out, 1, 3, 3, 1, 1, 0, same, false};
        OneOperator one = network(c);
        one.constant<float>({1, 3, 3, 1}, sequence(9));
        one.input({1, 4, 4, 1}, ElementType::Float32);
        one.output({1, out, out, 1}, ElementType::Float32);
        return one.run<float>({bytesOf(sequence(16))});
    };
    CHECK(run(4, true) == std::vector<float>{29, 62, 83, 75, 99, 192, 237, 198, 207, 372, 417, 330, 263, 446, 485, 365});
    const auto full = run(6, false);
    REQUIRE(full.size() == 36);
    CHECK(full[0] == 1);   // only the first tap
    CHECK(full[35] == 144); // 16 * 9
}

TEST_CASE("transposeConvComparesAnAskedShapeWithTheDeclaredOne")
{
    OneOperator one(Op::TransposeConv);
    one.input({4}, ElementType::Int32);
    one.constant<float>({1, 1, 1, 1}, {2.0f});
    one.input({1, 2, 2, 1}, ElementType::Float32);
    one.output({1, 2, 2, 1}, ElementType::Float32);
    one.option("stride_h", 1);
    one.option("stride_w", 1);
    const std::vector<float> x{1, 2, 3, 4};
    auto sim = one.simulator();
    REQUIRE(sim);
    REQUIRE(sim->supported());
    for (const std::int32_t height : {2, 3}) {
        const std::vector<std::int32_t> shape{1, height, 2, 1};
        REQUIRE(sim->setInput(0, bytesOf(shape)));
        REQUIRE(sim->setInput(1, bytesOf(x)));
        const auto ran = sim->run();
        CHECK(ran.has_value() == (height == 2));
    }
}

TEST_CASE("transposeConvRefusesWhatItCannotCompute")
{
    const Case c{1, 2, 2, 3, 4, 4, 5, 3, 3, 2, 2, 0, true, false};
    const auto refused = [&](Shape weights, Shape out, ElementType type, std::int64_t weightZero) {
        OneOperator one = network(c);
        one.constant<std::int8_t>(weights, std::vector<std::int8_t>(count(weights)), QuantParams::perTensor(0.1f, weightZero));
        one.input(inputShape(c), type, 0.1f, 0);
        one.output(out, type, 0.1f, 0);
        return !one.refusal().empty();
    };
    CHECK_FALSE(refused(weightShape(c), outputShape(c), ElementType::Int8, 0));
    CHECK(refused(weightShape(c), outputShape(c), ElementType::Int8, 3));       // TFLite ignores it
    CHECK(refused(weightShape(c), outputShape(c), ElementType::UInt8, 0));      // int8 weights
    CHECK(refused({5, 3, 3, 2}, outputShape(c), ElementType::Int8, 0));         // channels
    CHECK(refused(weightShape(c), {1, 4, 5, 5}, ElementType::Int8, 0));         // not the asked shape
    CHECK(refused(weightShape(c), outputShape(c), ElementType::Int32, 0));
}
