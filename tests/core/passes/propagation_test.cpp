// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/passes/propagation.h"
#include "core/sim/synthetic.h"
#include "core/tflite/tflite.h"
#include "tests/core/tinymodel.h"

#include <catch2/catch.hpp>

#include <cmath>
#include <limits>

using namespace requant;
using namespace requant::test;

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// By summing over a fine grid.
Moments slowClipped(Moments x, double low, double high)
{
    const double s = std::sqrt(x.variance);
    double total = 0, mean = 0, square = 0;
    for (int i = -100000; i <= 100000; ++i) {
        const double z = i * 1e-4, w = std::exp(-z * z / 2), v = std::min(std::max(x.mean + s * z, low), high);
        total += w;
        mean += w * v;
        square += w * v * v;
    }
    mean /= total;
    return {mean, square / total - mean * mean};
}

double correlation(const std::vector<double> &a, const std::vector<double> &b)
{
    double ma = 0, mb = 0, ab = 0, aa = 0, bb = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        ma += a[i] / static_cast<double>(a.size());
        mb += b[i] / static_cast<double>(a.size());
    }
    for (std::size_t i = 0; i < a.size(); ++i) {
        ab += (a[i] - ma) * (b[i] - mb);
        aa += (a[i] - ma) * (a[i] - ma);
        bb += (b[i] - mb) * (b[i] - mb);
    }
    return ab / std::sqrt(aa * bb);
}

} // namespace

TEST_CASE("momentsOfAClippedNormalAreThoseOfASum")
{
    for (const Moments x : {Moments{0, 1}, Moments{2, 9}, Moments{-3, 0.25}, Moments{7, 4}, Moments{1, 0}}) {
        for (const auto &[low, high] : {std::pair{0.0, 6.0}, {0.0, kInfinity}, {-1.0, 1.0}, {-kInfinity, kInfinity}, {-kInfinity, 2.0}}) {
            const Moments fast = clippedNormal(x, low, high), slow = slowClipped(x, low, high);
            CAPTURE(x.mean, x.variance, low, high);
            CHECK(fast.mean == Approx(slow.mean).margin(1e-6));
            CHECK(fast.variance == Approx(slow.variance).margin(1e-6));
        }
    }
}

TEST_CASE("aLinearLayersMeanIsThatOfItsInputs")
{
    TinyModel m;
    const auto in = m.activation("in", {1, 4, 4, 2}, ElementType::UInt8, 1.0f / 128, 0); // real 0 .. 1.99
    const auto a = m.activation("a", {1, 4, 4, 2}, ElementType::UInt8, 0.05f, 128);
    const auto b = m.activation("b", {1, 4, 4, 2}, ElementType::UInt8, 0.05f, 128);
    const auto w = QuantParams::perTensor(0.01f, 100);
    m.conv<std::uint8_t>(in, a, ElementType::UInt8, w, {150, 60, 120, 70}, {1280, -2560}); // 0.5, -0.4; 0.2, -0.3
    m.conv<std::uint8_t>(a, b, ElementType::UInt8, w, {200, 100, 100, 50}, {0, 0}, 3);     // RELU6 of 1 a0, -0.5 a1
    m.io({in}, {b});
    const auto e = expectedStatistics(m.model());
    REQUIRE(e.count(a));
    const double middle = 255.0 / 256;
    CHECK(e.at(a).mean[0] == Approx(0.1 * middle + 0.1).epsilon(1e-6));
    CHECK(e.at(a).mean[1] == Approx(-0.1 * middle - 0.2).epsilon(1e-6));
    CHECK(e.at(a).atTop.empty());
    REQUIRE(e.count(b));
    // One weight each: the variance is that of the input times its square, then the clamp.
    const Moments before{e.at(a).mean[0], e.at(a).variance[0]}, after = clippedNormal(before, 0, 6);
    CHECK(e.at(b).mean[0] == Approx(after.mean).epsilon(1e-4));
    CHECK(e.at(b).variance[0] == Approx(after.variance).epsilon(1e-4));
    REQUIRE(e.at(b).atTop.size() == 2);
    CHECK(e.at(b).atTop[0] < 1e-6);

    const Statistics s = asStatistics(m.model(), e);
    CHECK(0.05 * (s.at(a).mean[0] - 128) == Approx(e.at(a).mean[0]).epsilon(1e-5));
    const double second = s.at(a).meanSquare[1] - s.at(a).mean[1] * s.at(a).mean[1];
    CHECK(0.05 * 0.05 * second == Approx(e.at(a).variance[1]).epsilon(1e-4));
}

TEST_CASE("whatAnUnknownOperatorMakesIsNotExpected")
{
    TinyModel m;
    const auto in = m.activation("in", {1, 4, 4, 2}, ElementType::UInt8, 1.0f / 128, 0);
    const auto a = m.activation("a", {1, 4, 4, 2}, ElementType::UInt8, 0.05f, 128);
    const auto b = m.activation("b", {1, 4, 4, 2}, ElementType::UInt8, 0.05f, 128);
    const auto c = m.activation("c", {1, 8, 4, 2}, ElementType::UInt8, 0.05f, 128);
    const auto w = QuantParams::perTensor(0.01f, 100);
    m.add(Op::Custom, {in}, {a});
    m.conv<std::uint8_t>(a, b, ElementType::UInt8, w, {150, 60, 120, 70}, {0, 0});
    // Joined along rows: the known part stands for all.
    m.add(Op::Concatenation, {b, in}, {c}, TinyModel::options("ConcatenationOptions"));
    m.io({in}, {c});
    const auto e = expectedStatistics(m.model());
    CHECK(e.count(a) == 0);
    CHECK(e.count(b) == 0);
    REQUIRE(e.count(c));
    CHECK(e.at(c).mean[0] == Approx(e.at(in).mean[0]));
}

TEST_CASE("expectedMeansOfTheSampleAreLikeMeasuredOnes")
{
    const auto file = loadTflite(REQUANT_SOURCE_DIR "/resources/sample/fashion_mobilenet_int8.tflite");
    REQUIRE(file);
    const auto model = file->model;
    const auto samples = syntheticSamples(*model, 16);
    REQUIRE(samples);
    const auto measured = collectStatistics(model, *samples);
    REQUIRE(measured);
    const Statistics expected = asStatistics(*model, expectedStatistics(*model));
    std::size_t layers = 0;
    double sum = 0;
    for (const Operator &op : model->subgraphs.front().operators) {
        if (op.code != Op::Conv2D && op.code != Op::DepthwiseConv2D)
            continue;
        const TensorIndex t = op.outputs[0];
        REQUIRE(expected.count(t));
        sum += correlation(expected.at(t).mean, measured->at(t).mean);
        ++layers;
    }
    REQUIRE(layers > 5);
    CHECK(sum / static_cast<double>(layers) > 0.7);
}
