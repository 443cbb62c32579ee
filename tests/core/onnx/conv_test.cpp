// SPDX-License-Identifier: GPL-3.0-or-later
// Convolutions and matrix products from ONNX files against loops in ONNX's own order (NCHW), in whole numbers; the
// output stage is ONNX Runtime's: float32(sum) * (x_scale * w_scale / y_scale), half to even.
#include "../sim/random.h"
#include "handmade.h"

#include <algorithm>
#include <cmath>

using namespace handmade;
using namespace requant;

namespace {

struct Case
{
    int groups = 1, perGroupIn = 1, perGroupOut = 1, h = 1, w = 1, kh = 1, kw = 1;
    int strideH = 1, strideW = 1, dilationH = 1, dilationW = 1;
    int pads[4] = {0, 0, 0, 0}; // top, left, bottom, right
    int activations = kU8, weights = kI8;
    bool perChannel = true, relu = false, withBias = true, qOperator = false;
    int inputs() const { return groups * perGroupIn; }
    int outputs() const { return groups * perGroupOut; }
    int outH() const { return (h + pads[0] + pads[2] - (kh - 1) * dilationH - 1) / strideH + 1; }
    int outW() const { return (w + pads[1] + pads[3] - (kw - 1) * dilationW - 1) / strideW + 1; }
};

int least(int type)
{
    return type == kU8 ? 0 : -128;
}

float outputScale(float sx, float sw, float sy)
{
    return sx * sw / sy;
}

int stage(std::int64_t sum, float scale, int zero, int low, int type)
{
    const double q = std::nearbyint(static_cast<double>(static_cast<float>(sum) * scale)) + zero;
    return static_cast<int>(
        std::clamp(q, static_cast<double>(std::max(low, least(type))), static_cast<double>(least(type) + 255)));
}

void check(std::uint64_t seed)
{
    CAPTURE(seed);
    testing::Random random(seed);
    Case c;
    const int kind = random.integer(0, 3);
    c.groups = kind == 0 ? random.integer(2, 6) : kind == 1 ? 2 : 1;
    c.perGroupIn = kind == 0 ? 1 : random.integer(1, 4);
    c.perGroupOut = random.integer(1, 3);
    c.kh = random.integer(1, 3);
    c.kw = random.integer(1, 3);
    c.strideH = random.integer(1, 2);
    c.strideW = random.integer(1, 2);
    c.dilationH = random.integer(1, 2);
    c.dilationW = random.integer(1, 2);
    for (int &p : c.pads)
        p = random.integer(0, 2);
    c.h = random.integer(5, 9);
    c.w = random.integer(5, 9);
    c.weights = random.chance() ? kI8 : kU8;
    c.activations = c.weights == kU8 || random.chance() ? kU8 : kI8;
    c.perChannel = c.weights == kI8 && random.chance();
    c.qOperator = random.chance();
    c.relu = !c.qOperator && random.chance();
    c.withBias = random.integer(0, 3) > 0;

    const int zx = least(c.activations) + random.integer(0, 255), zy = least(c.activations) + random.integer(0, 255);
    const int zw = c.weights == kU8 ? random.integer(0, 255) : 0;
    const auto sx = static_cast<float>(random.real(0.01, 0.1)), sy = static_cast<float>(random.real(0.05, 0.4));
    std::vector<float> sw(static_cast<std::size_t>(c.perChannel ? c.outputs() : 1));
    for (float &s : sw)
        s = static_cast<float>(random.real(0.001, 0.02));
    std::vector<std::uint8_t> x(static_cast<std::size_t>(c.inputs() * c.h * c.w)),
        w(static_cast<std::size_t>(c.outputs() * c.perGroupIn * c.kh * c.kw));
    for (auto &v : x)
        v = static_cast<std::uint8_t>(random.integer(0, 255));
    for (auto &v : w)
        v = static_cast<std::uint8_t>(random.integer(0, 255));
    std::vector<std::int32_t> b(static_cast<std::size_t>(c.outputs()));
    for (auto &v : b)
        v = random.integer(-2000, 2000);

    OnnxModel m;
    m.input("x", c.activations, {1, c.inputs(), c.h, c.w});
    m.output("y", c.activations, {1, c.outputs(), c.outH(), c.outW()});
    m.grid("x", sx, zx, c.activations);
    m.grid("y", sy, zy, c.activations);
    m.constant("w", c.weights, {c.outputs(), c.perGroupIn, c.kh, c.kw}, w);
    m.scale("w_s", sw);
    m.zeroPoint("w_z", c.weights, std::vector<std::int64_t>(sw.size(), zw));
    std::vector<float> sb;
    for (const float s : sw)
        sb.push_back(s * sx);
    m.constant("b", kI32, {c.outputs()}, b);
    m.scale("b_s", sb);
    m.zeroPoint("b_z", kI32, std::vector<std::int64_t>(sb.size(), 0));
    onnx::NodeProto *n = nullptr;
    if (c.qOperator) {
        n = &m.node("QLinearConv", {"x", "x_s", "x_z", "w", "w_s", "w_z", "y_s", "y_z"}, {"y"});
        if (c.withBias)
            n->add_input("b");
    } else {
        m.dequantize("x", "xf");
        m.dequantize("w", "wf", 0);
        m.dequantize("b", "bf", 0);
        n = &m.node("Conv", {"xf", "wf"}, {"yf"});
        if (c.withBias)
            n->add_input("bf");
    }
    OnnxModel::integer(*n, "group", c.groups);
    OnnxModel::integers(*n, "strides", {c.strideH, c.strideW});
    OnnxModel::integers(*n, "dilations", {c.dilationH, c.dilationW});
    OnnxModel::integers(*n, "pads", {c.pads[0], c.pads[1], c.pads[2], c.pads[3]});
    if (!c.qOperator) {
        if (c.relu)
            m.node("Relu", {"yf"}, {"yr"});
        m.quantize(c.relu ? "yr" : "yf", "y");
    }

    const LoadedModel loaded = m.mustRead();
    REQUIRE(countOf(*loaded.model, Op::Transpose) == 0);
    std::vector<std::uint8_t> nhwc(x.size());
    for (int ch = 0; ch < c.inputs(); ++ch)
        for (int i = 0; i < c.h * c.w; ++i)
            nhwc[static_cast<std::size_t>(i * c.inputs() + ch)] = x[static_cast<std::size_t>(ch * c.h * c.w + i)];
    const auto got = run<std::uint8_t>(loaded.model, {asBytes(nhwc)});
    REQUIRE(got.size() == static_cast<std::size_t>(c.outputs() * c.outH() * c.outW()));

    const auto valueOf = [](std::uint8_t v, int type) {
        return type == kU8 ? int{v} : int{static_cast<std::int8_t>(v)};
    };
    for (int o = 0; o < c.outputs(); ++o)
        for (int r = 0; r < c.outH(); ++r)
            for (int q = 0; q < c.outW(); ++q) {
                std::int64_t sum = c.withBias ? b[static_cast<std::size_t>(o)] : 0;
                for (int i = 0; i < c.perGroupIn; ++i)
                    for (int a = 0; a < c.kh; ++a)
                        for (int e = 0; e < c.kw; ++e) {
                            const int y = r * c.strideH - c.pads[0] + a * c.dilationH,
                                      z = q * c.strideW - c.pads[1] + e * c.dilationW;
                            if (y < 0 || y >= c.h || z < 0 || z >= c.w)
                                continue;
                            const int ch = o / c.perGroupOut * c.perGroupIn + i;
                            sum +=
                                (valueOf(x[static_cast<std::size_t>((ch * c.h + y) * c.w + z)], c.activations) - zx)
                                * (valueOf(w[static_cast<std::size_t>(((o * c.perGroupIn + i) * c.kh + a) * c.kw + e)],
                                           c.weights)
                                   - zw);
                        }
                const float scale = outputScale(sx, sw[c.perChannel ? static_cast<std::size_t>(o) : 0], sy);
                const int want = stage(sum, scale, zy, c.relu ? zy : -1000, c.activations);
                CAPTURE(o, r, q, c.groups, c.perGroupIn, c.activations, c.weights, c.relu, c.withBias, c.qOperator);
                REQUIRE(valueOf(got[static_cast<std::size_t>((r * c.outW() + q) * c.outputs() + o)], c.activations)
                        == want);
            }
}

} // namespace

TEST_CASE("convolutionsOfNchwFilesEqualLoopsInTheirOwnOrder")
{
    for (std::uint64_t round = 0; round < 300; ++round)
        check(testing::baseSeed() + round);
}

TEST_CASE("flattenedPicturesTakeTheirMatrixInStoredOrder")
{
    for (std::uint64_t round = 0; round < 60; ++round) {
        const std::uint64_t seed = testing::baseSeed() + 900 + round;
        CAPTURE(seed);
        testing::Random random(seed);
        // x -> MaxPool 1x1 (makes it a picture) -> Flatten -> Gemm or MatMul, in NCHW.
        const int c = random.integer(2, 4), h = random.integer(2, 3), w = random.integer(2, 3), k = c * h * w,
                  o = random.integer(1, 5);
        const bool transB = random.chance(), matmul = !transB && random.chance();
        std::vector<std::int8_t> x(static_cast<std::size_t>(k)), weights(static_cast<std::size_t>(k * o));
        for (auto &v : x)
            v = static_cast<std::int8_t>(random.integer(-128, 127));
        for (auto &v : weights)
            v = static_cast<std::int8_t>(random.integer(-127, 127));
        std::vector<float> sw(static_cast<std::size_t>(o));
        for (float &s : sw)
            s = static_cast<float>(random.real(0.001, 0.02));
        OnnxModel m(random.integer(13, 21));
        m.input("x", kI8, {1, c, h, w});
        m.output("y", kI8, {1, o});
        m.grid("x", 0.05f, -3, kI8);
        m.grid("y", 0.3f, 7, kI8);
        m.constant("w", kI8, transB ? std::vector<int>{o, k} : std::vector<int>{k, o}, weights);
        m.scale("w_s", sw);
        m.zeroPoint("w_z", kI8, std::vector<std::int64_t>(sw.size(), 0));
        m.dequantize("x", "xf");
        m.dequantize("w", "wf", transB ? 0 : 1);
        OnnxModel::integers(m.node("MaxPool", {"xf"}, {"p"}), "kernel_shape", {1, 1});
        m.node("Flatten", {"p"}, {"f"});
        auto &n = m.node(matmul ? "MatMul" : "Gemm", {"f", "wf"}, {"yf"});
        if (transB)
            OnnxModel::integer(n, "transB", 1);
        m.quantize("yf", "y");
        const LoadedModel loaded = m.mustRead();
        REQUIRE(countOf(*loaded.model, Op::Transpose) == 0);
        std::vector<std::int8_t> nhwc(x.size());
        for (int ch = 0; ch < c; ++ch)
            for (int i = 0; i < h * w; ++i)
                nhwc[static_cast<std::size_t>(i * c + ch)] = x[static_cast<std::size_t>(ch * h * w + i)];
        const auto got = run<std::int8_t>(loaded.model, {asBytes(nhwc)});
        REQUIRE(got.size() == static_cast<std::size_t>(o));
        for (int j = 0; j < o; ++j) {
            std::int64_t sum = 0;
            for (int i = 0; i < k; ++i)
                sum += (x[static_cast<std::size_t>(i)] + 3)
                       * weights[static_cast<std::size_t>(transB ? j * k + i : i * o + j)];
            REQUIRE(int{got[static_cast<std::size_t>(j)]}
                    == stage(sum, outputScale(0.05f, sw[static_cast<std::size_t>(j)], 0.3f), 7, -1000, kI8));
        }
    }
}
