// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/passes/patches.h"

#include "tests/core/tinymodel.h"

#include <catch2/catch.hpp>

#include <cmath>
#include <cstdlib>
#include <random>

using namespace requant;
using namespace requant::test;

namespace {

struct Case
{
    bool depthwise, same;
    int height, width, channels, kernel, stride, dilation;
};

int outputOf(const Case &k, int in)
{
    const int reach = (k.kernel - 1) * k.dilation + 1;
    return k.same ? (in + k.stride - 1) / k.stride : (in - reach) / k.stride + 1;
}

} // namespace

TEST_CASE("patchMomentsAreThoseOfTheDefinition")
{
    const char *text = std::getenv("REQUANT_SEED");
    const unsigned seed = text ? static_cast<unsigned>(std::strtoul(text, nullptr, 10)) : 3;
    INFO("REQUANT_SEED=" << seed);
    std::mt19937 engine(seed);
    for (const Case k : {Case{false, true, 5, 4, 3, 3, 1, 1}, Case{false, false, 6, 5, 2, 3, 2, 1}, Case{true, true, 5, 6, 3, 3, 2, 1},
                         Case{true, true, 6, 6, 2, 3, 1, 2}, Case{false, true, 3, 3, 4, 1, 1, 1}}) {
        TinyModel m;
        const int oh = outputOf(k, k.height), ow = outputOf(k, k.width), outputs = k.depthwise ? k.channels : 2;
        const auto in = m.activation("in", {1, k.height, k.width, k.channels}, ElementType::UInt8, 0.5f, 100);
        const auto out = m.activation("out", {1, oh, ow, outputs}, ElementType::UInt8, 1.0f, 0);
        const Shape shape = k.depthwise ? Shape{1, k.kernel, k.kernel, outputs} : Shape{outputs, k.kernel, k.kernel, k.channels};
        const auto w = m.constant("w", shape, ElementType::UInt8, QuantParams::perTensor(1.0f, 0), std::vector<std::uint8_t>(static_cast<std::size_t>(elementCount(shape)), 1));
        auto options = std::make_shared<Table>(*TinyModel::options(k.depthwise ? "DepthwiseConv2DOptions" : "Conv2DOptions"));
        for (const char *name : {"stride_w", "stride_h"})
            options->set(name, FieldValue{std::int64_t{k.stride}});
        for (const char *name : {"dilation_w_factor", "dilation_h_factor"})
            options->set(name, FieldValue{std::int64_t{k.dilation}});
        options->set("padding", FieldValue{std::int64_t{k.same ? 0 : 1}});
        m.add(k.depthwise ? Op::DepthwiseConv2D : Op::Conv2D, {in, w}, {out}, options);
        m.io({in}, {out});

        const std::size_t blocks = k.depthwise ? static_cast<std::size_t>(k.channels) : 1;
        const std::size_t perBlock = static_cast<std::size_t>(k.channels) / blocks, size = static_cast<std::size_t>(k.kernel * k.kernel) * perBlock;
        std::vector<double> sum(blocks * size, 0.0), product(blocks * size * size, 0.0);
        double count = 0;
        auto accumulator = PatchAccumulator::create(m.model(), m.graph().operators[0], 2);
        REQUIRE(accumulator);
        const int reach = (k.kernel - 1) * k.dilation + 1;
        const int top = k.same ? std::max(0, (oh - 1) * k.stride + reach - k.height) / 2 : 0, left = k.same ? std::max(0, (ow - 1) * k.stride + reach - k.width) / 2 : 0;
        for (std::size_t sample = 0; sample < 2; ++sample) {
            std::vector<std::byte> picture(static_cast<std::size_t>(k.height * k.width * k.channels));
            for (std::byte &b : picture)
                b = static_cast<std::byte>(engine() & 255);
            accumulator->add(picture, sample);
            for (int oy = 0; oy < oh; ++oy)
                for (int ox = 0; ox < ow; ++ox, ++count)
                    for (std::size_t b = 0; b < blocks; ++b) {
                        std::vector<double> patch;
                        for (int ky = 0; ky < k.kernel; ++ky)
                            for (int kx = 0; kx < k.kernel; ++kx)
                                for (std::size_t c = 0; c < perBlock; ++c) {
                                    const int y = oy * k.stride - top + ky * k.dilation, x = ox * k.stride - left + kx * k.dilation;
                                    const bool inside = y >= 0 && x >= 0 && y < k.height && x < k.width;
                                    patch.push_back(inside ? 0.5 * (std::to_integer<int>(picture[static_cast<std::size_t>((y * k.width + x) * k.channels) + b * perBlock + c]) - 100) : 0.0);
                                }
                        for (std::size_t i = 0; i < size; ++i) {
                            sum[b * size + i] += patch[i];
                            for (std::size_t j = 0; j < size; ++j)
                                product[(b * size + i) * size + j] += patch[i] * patch[j];
                        }
                    }
        }
        const PatchMoments p = accumulator->result();
        REQUIRE(p.blocks == blocks);
        REQUIRE(p.size == size);
        CHECK(p.samples == static_cast<std::size_t>(count));
        for (std::size_t b = 0; b < blocks; ++b)
            for (std::size_t i = 0; i < size; ++i) {
                CHECK(p.mean[b * size + i] == Approx(sum[b * size + i] / count).margin(1e-9));
                for (std::size_t j = 0; j < size; ++j)
                    CHECK(p.covariance[(b * size + i) * size + j]
                          == Approx(product[(b * size + i) * size + j] / count - sum[b * size + i] * sum[b * size + j] / count / count).margin(1e-6));
            }
    }
}

TEST_CASE("tooLargePatchesAndFloatInputsAreLeftOut")
{
    TinyModel m;
    const auto in = m.plain("in", {1, 1, 1, 2}, ElementType::Float32);
    const auto out = m.plain("out", {1, 1, 1, 2}, ElementType::Float32);
    const auto w = m.constant("w", {2, 1, 1, 2}, ElementType::Int8, QuantParams::perTensor(1.0f, 0), std::vector<std::int8_t>(4, 1));
    m.add(Op::Conv2D, {in, w}, {out}, TinyModel::options("Conv2DOptions"));
    CHECK(!PatchAccumulator::create(m.model(), m.graph().operators[0], 4));
}
