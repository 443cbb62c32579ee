// SPDX-License-Identifier: GPL-3.0-or-later
#include "twin.h"

using namespace requant;
using namespace testing;

namespace {

struct Case
{
    Shape x, y, out;
    bool adjX, adjY;
    std::size_t rows, depth, columns;
};

Case randomCase(Random &random)
{
    Case c;
    c.adjX = random.chance();
    c.adjY = random.chance();
    const int rows = random.integer(1, 6), depth = random.integer(0, 9) == 0 ? 0 : random.integer(1, 70), columns = random.integer(0, 4) == 0 ? random.integer(60, 70) : random.integer(1, 6);
    c.rows = static_cast<std::size_t>(rows);
    c.depth = static_cast<std::size_t>(depth);
    c.columns = static_cast<std::size_t>(columns);
    const int batches = random.integer(0, 3);
    for (int d = 0; d < batches; ++d) {
        const int n = random.integer(1, 3), one = random.integer(0, 3);
        c.x.push_back(one == 1 ? 1 : n);
        c.y.push_back(one == 2 ? 1 : n);
        c.out.push_back(std::max(c.x.back(), c.y.back()));
    }
    // One side may leave out its first dimensions.
    Shape &shorter = random.chance() ? c.x : c.y;
    while (!shorter.empty() && shorter.front() == 1)
        shorter.erase(shorter.begin());
    const auto append = [](Shape &s, int a, int b, bool swap) {
        s.push_back(swap ? b : a);
        s.push_back(swap ? a : b);
    };
    append(c.x, rows, depth, c.adjX);
    append(c.y, depth, columns, c.adjY);
    append(c.out, rows, columns, false);
    return c;
}

// f(position in x, position in y) for every product of output `at`, in the order of the depth.
template <class F>
void products(const Case &c, std::size_t at, F &&f)
{
    const std::size_t column = at % c.columns, row = at / c.columns % c.rows;
    std::size_t batch = at / (c.columns * c.rows), x = 0, y = 0, xStep = 1, yStep = 1;
    for (std::size_t back = 3; back <= c.out.size(); ++back) {
        const auto size = [&](const Shape &s) { return back <= s.size() ? static_cast<std::size_t>(s[s.size() - back]) : 1; };
        const std::size_t here = batch % size(c.out);
        batch /= size(c.out);
        x += size(c.x) == 1 ? 0 : here * xStep;
        y += size(c.y) == 1 ? 0 : here * yStep;
        xStep *= size(c.x);
        yStep *= size(c.y);
    }
    for (std::size_t k = 0; k < c.depth; ++k)
        f(x * c.rows * c.depth + (c.adjX ? k * c.rows + row : row * c.depth + k), y * c.columns * c.depth + (c.adjY ? column * c.depth + k : k * c.columns + column));
}

OneOperator network(const Case &c)
{
    OneOperator one(Op::BatchMatmul);
    one.option("adj_x", c.adjX);
    one.option("adj_y", c.adjY);
    return one;
}

template <class X, class Y, class Out>
void integersEqual(ElementType xType, ElementType yType, ElementType outType, int cases)
{
    for (std::uint64_t n = 0; n < static_cast<std::uint64_t>(cases); ++n) {
        const std::uint64_t seed = baseSeed() + n;
        Random random(seed);
        const Case c = randomCase(random);
        const bool constant = random.chance(), wide = xType == ElementType::Int16;
        INFO("REQUANT_SEED=" << seed << " " << shapeText(c.x) << " x " << shapeText(c.y) << (c.adjX ? " adj_x" : "") << (c.adjY ? " adj_y" : "") << (constant ? " constant" : ""));
        const auto zeroOf = [&] { return wide ? 0 : random.integer(-128, 127); };
        const int xZero = zeroOf(), yZero = zeroOf();
        const float sx = 0.01f, sy = 0.02f;
        const double size = (wide ? 20000.0 : 80.0) * (yType == ElementType::Int16 ? 20000.0 : 80.0) * std::sqrt(static_cast<double>(c.depth) + 1) * 0.01 * 0.02;
        const OutputGrid out{outType, static_cast<float>(size / (wide ? 20000 : 100) * random.real(0.3, 2.0)), zeroOf()};
        const auto x = randomValues<X>(random, count(c.x));
        const auto y = randomValues<Y>(random, count(c.y));
        OneOperator one = network(c);
        one.input(c.x, xType, sx, xZero);
        if (constant)
            one.constant<Y>(c.y, y, QuantParams::perTensor(sy, yZero));
        else
            one.input(c.y, yType, sy, yZero);
        one.output(c.out, outType, out.scale, out.zeroPoint);
        const Arithmetic arithmetic = randomArithmetic(random);
        std::vector<Out> expected;
        for (std::size_t at = 0; at < count(c.out); ++at) {
            std::int64_t sum = 0;
            const bool plain = outType == ElementType::Int32;
            products(c, at, [&](std::size_t i, std::size_t j) { sum += std::int64_t{x[i] - (plain ? 0 : xZero)} * (y[j] - (plain ? 0 : yZero)); });
            expected.push_back(static_cast<Out>(plain ? sum : scaledOutput(sum, static_cast<double>(sx * sy), wide ? Form::Fixed64 : Form::Fixed32, out, arithmetic)));
        }
        const RandomSimd simd(random);
        std::vector<std::vector<std::byte>> inputs{bytesOf(x)};
        if (!constant)
            inputs.push_back(bytesOf(y));
        if (constant && y.empty())
            continue; // a constant without elements is none
        CHECK(one.run<Out>(inputs, optionsFor(arithmetic, random.chance() ? 2 : 1)) == expected);
    }
}

template <class X, class W, class Bias>
void fullyConnectedEquals(ElementType type, ElementType weightType, ElementType biasType, int cases)
{
    for (std::uint64_t n = 0; n < static_cast<std::uint64_t>(cases); ++n) {
        const std::uint64_t seed = baseSeed() + n;
        Random random(seed);
        const int rows = random.integer(0, 5), depth = random.integer(1, 70), channels = random.integer(1, 20);
        const bool wide = type == ElementType::Int16, hasBias = random.chance(), perChannel = weightType != ElementType::UInt8 && random.chance();
        INFO("REQUANT_SEED=" << seed << " " << rows << "x" << depth << " weights " << channels << "x" << depth);
        const auto zeroOf = [&] { return wide ? 0 : random.integer(static_cast<int>(integerRange(type).min), static_cast<int>(integerRange(type).max)); };
        const int xZero = zeroOf(), wZero = perChannel ? 0 : zeroOf();
        const float sx = 0.01f;
        QuantParams q;
        const auto scales = static_cast<std::size_t>(perChannel ? channels : 1);
        for (std::size_t k = 0; k < scales; ++k)
            q.scale.push_back(static_cast<float>(random.real(0.01, 0.03)));
        q.zeroPoint.assign(scales, wZero);
        q.quantizedDimension = 0;
        const double size = (wide ? 20000.0 : 80.0) * (weightType == ElementType::Int16 ? 20000.0 : 80.0) * std::sqrt(static_cast<double>(depth)) * 0.01 * 0.02;
        const OutputGrid out{type, static_cast<float>(size / (wide ? 20000 : 100) * random.real(0.3, 2.0)), zeroOf(), random.integer(0, 3)};
        const auto x = randomValues<X>(random, static_cast<std::size_t>(rows * depth));
        const auto w = randomValues<W>(random, static_cast<std::size_t>(channels * depth));
        std::vector<Bias> bias(static_cast<std::size_t>(channels), 0);
        for (Bias &b : bias)
            b = static_cast<Bias>(hasBias ? random.integer(-5000, 5000) : 0);
        OneOperator one(Op::FullyConnected);
        one.option("fused_activation_function", out.activation);
        one.input({rows, depth}, type, sx, xZero);
        const auto wi = one.input({channels, depth}, weightType, 1.0f, 0);
        one.tiny().graph().tensor(wi).quant = q;
        if (hasBias)
            one.input({channels}, biasType);
        else if (wide && biasType == ElementType::Int32)
            one.option("quantized_bias_type", static_cast<int>(ElementType::Int32));
        one.output({rows, channels}, type, out.scale, out.zeroPoint);
        const Arithmetic arithmetic = randomArithmetic(random);
        // Which rounding LiteRT has: double precision in its reference kernels, ruy's single one beside the delegate.
        const bool through16 = weightType == ElementType::Int16, narrow = !wide || biasType == ElementType::Int32;
        const bool ruy = arithmetic == Arithmetic::Xnnpack && narrow && !through16;
        const bool real = !through16 && !ruy && (arithmetic == Arithmetic::TfliteReference || arithmetic == Arithmetic::Xnnpack);
        const Form form = wide && (!narrow || through16) ? Form::Fixed64 : Form::Fixed32;
        std::vector<X> expected;
        for (std::size_t at = 0; at < static_cast<std::size_t>(rows * channels); ++at) {
            const std::size_t c = at % static_cast<std::size_t>(channels), row = at / static_cast<std::size_t>(channels), d = static_cast<std::size_t>(depth);
            std::int64_t sum = bias[c];
            for (std::size_t k = 0; k < d; ++k)
                sum += std::int64_t{x[row * d + k] - xZero} * (w[c * d + k] - wZero);
            const float sw = q.scale[perChannel ? c : 0];
            const double exact = static_cast<double>(sx) * static_cast<double>(sw);
            const std::int64_t v = real ? out.clamp(std::llround(static_cast<double>(sum) * (exact / static_cast<double>(out.scale))) + out.zeroPoint)
                                        : scaledOutput(sum, perChannel ? exact : static_cast<double>(sx * sw), form, out, ruy ? Arithmetic::TfliteSingle : arithmetic);
            expected.push_back(static_cast<X>(v));
        }
        const RandomSimd simd(random);
        std::vector<std::vector<std::byte>> inputs{bytesOf(x), bytesOf(w)};
        if (hasBias)
            inputs.push_back(bytesOf(bias));
        CHECK(one.run<X>(inputs, optionsFor(arithmetic, random.chance() ? 2 : 1)) == expected);
    }
}

} // namespace

TEST_CASE("fullyConnectedWithDynamicWeightsEqualsItsDefinition")
{
    fullyConnectedEquals<std::int8_t, std::int8_t, std::int32_t>(ElementType::Int8, ElementType::Int8, ElementType::Int32, 80);
    fullyConnectedEquals<std::uint8_t, std::uint8_t, std::int32_t>(ElementType::UInt8, ElementType::UInt8, ElementType::Int32, 60);
    fullyConnectedEquals<std::int16_t, std::int8_t, std::int64_t>(ElementType::Int16, ElementType::Int8, ElementType::Int64, 40);
    fullyConnectedEquals<std::int16_t, std::int8_t, std::int32_t>(ElementType::Int16, ElementType::Int8, ElementType::Int32, 40);
    fullyConnectedEquals<std::int16_t, std::int16_t, std::int64_t>(ElementType::Int16, ElementType::Int16, ElementType::Int64, 40);
}

TEST_CASE("fullyConnectedWithDynamicFloatsEqualsItsDefinition")
{
    for (std::uint64_t n = 0; n < 40; ++n) {
        const std::uint64_t seed = baseSeed() + n;
        INFO("REQUANT_SEED=" << seed);
        Random random(seed);
        const int rows = random.integer(1, 5), depth = random.integer(1, 70), channels = random.integer(1, 80);
        const auto x = randomFloats(random, static_cast<std::size_t>(rows * depth)), w = randomFloats(random, static_cast<std::size_t>(channels * depth)),
                   bias = randomFloats(random, static_cast<std::size_t>(channels));
        OneOperator one(Op::FullyConnected);
        one.option("fused_activation_function", 1);
        one.option("keep_num_dims", 1);
        one.input({1, rows, depth}, ElementType::Float32);
        one.input({channels, depth}, ElementType::Float32);
        one.input({channels}, ElementType::Float32);
        one.output({1, rows, channels}, ElementType::Float32);
        std::vector<float> expected;
        for (int r = 0; r < rows; ++r)
            for (int c = 0; c < channels; ++c) {
                float sum = 0;
                for (int k = 0; k < depth; ++k)
                    sum += x[static_cast<std::size_t>(r * depth + k)] * w[static_cast<std::size_t>(c * depth + k)];
                expected.push_back(std::max(sum + bias[static_cast<std::size_t>(c)], 0.0f));
            }
        CHECK(one.run<float>({bytesOf(x), bytesOf(w), bytesOf(bias)}) == expected);
    }
}

TEST_CASE("convolutionsRefuseWeightsThatAreNoConstants")
{
    for (const Op op : {Op::Conv2D, Op::DepthwiseConv2D}) {
        OneOperator one(op);
        one.input({1, 4, 4, 2}, ElementType::Int8, 0.1f, 0);
        one.input(op == Op::Conv2D ? Shape{2, 1, 1, 2} : Shape{1, 1, 1, 2}, ElementType::Int8, 0.1f, 0);
        one.output({1, 4, 4, 2}, ElementType::Int8, 0.1f, 0);
        one.option("stride_h", 1);
        one.option("stride_w", 1);
        CHECK_THAT(one.refusal(), Catch::Contains("not constant"));
    }
}

TEST_CASE("batchMatmulEqualsItsDefinition")
{
    integersEqual<std::int8_t, std::int8_t, std::int8_t>(ElementType::Int8, ElementType::Int8, ElementType::Int8, 100);
    integersEqual<std::int8_t, std::int8_t, std::int32_t>(ElementType::Int8, ElementType::Int8, ElementType::Int32, 30);
    integersEqual<std::int16_t, std::int16_t, std::int16_t>(ElementType::Int16, ElementType::Int16, ElementType::Int16, 60);
    integersEqual<std::int16_t, std::int8_t, std::int16_t>(ElementType::Int16, ElementType::Int8, ElementType::Int16, 60);
}

TEST_CASE("batchMatmulOfFloatsEqualsItsDefinition")
{
    for (std::uint64_t n = 0; n < 60; ++n) {
        const std::uint64_t seed = baseSeed() + n;
        Random random(seed);
        const Case c = randomCase(random);
        INFO("REQUANT_SEED=" << seed << " " << shapeText(c.x) << " x " << shapeText(c.y));
        const auto x = randomFloats(random, count(c.x)), y = randomFloats(random, count(c.y));
        OneOperator one = network(c);
        one.input(c.x, ElementType::Float32);
        one.input(c.y, ElementType::Float32);
        one.output(c.out, ElementType::Float32);
        std::vector<float> expected;
        for (std::size_t at = 0; at < count(c.out); ++at) {
            float sum = 0;
            products(c, at, [&](std::size_t i, std::size_t j) { sum += x[i] * y[j]; });
            expected.push_back(sum);
        }
        CHECK(one.run<float>({bytesOf(x), bytesOf(y)}) == expected);
    }
}

// LiteRT, tflite/kernels/batch_matmul_test.cc: Float32Test_Simple and RHSAdjoint.
TEST_CASE("batchMatmulGivesWhatTflitesOwnTestExpects")
{
    const std::vector<float> x{1, 2, 3, 4, 5, 6};
    for (const bool adjoint : {false, true}) {
        OneOperator one(Op::BatchMatmul);
        one.option("adj_y", adjoint);
        one.input({1, 2, 3}, ElementType::Float32);
        one.input(adjoint ? Shape{1, 4, 3} : Shape{1, 3, 4}, ElementType::Float32);
        one.output({1, 2, 4}, ElementType::Float32);
        const std::vector<float> y = adjoint ? std::vector<float>{7, 11, 15, 8, 12, 16, 9, 13, 17, 10, 14, 18} : std::vector<float>{7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18};
        CHECK(one.run<float>({bytesOf(x), bytesOf(y)}) == std::vector<float>{74, 80, 86, 92, 173, 188, 203, 218});
    }
}

TEST_CASE("batchMatmulRefusesMatricesThatDoNotFit")
{
    const auto refused = [](Shape x, Shape y, Shape out, ElementType type = ElementType::Int8) {
        OneOperator one(Op::BatchMatmul);
        one.input(std::move(x), type, 0.1f, 0);
        one.input(std::move(y), type, 0.1f, 0);
        one.output(std::move(out), type, 0.1f, 0);
        return !one.refusal().empty();
    };
    CHECK_FALSE(refused({2, 3}, {3, 4}, {2, 4}));
    CHECK(refused({2, 3}, {4, 3}, {2, 4}));
    CHECK(refused({2, 3}, {3, 4}, {2, 3}));
    CHECK(refused({2, 2, 3}, {3, 3, 4}, {2, 2, 4}));
    CHECK(refused({2, 3}, {3, 4}, {1, 2, 4}));
    CHECK(refused({3}, {3, 4}, {4}));
    CHECK(refused({2, 3}, {3, 4}, {2, 4}, ElementType::UInt8));
}
