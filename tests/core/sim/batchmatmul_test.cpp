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

} // namespace

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
