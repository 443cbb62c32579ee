// SPDX-License-Identifier: GPL-3.0-or-later
// A float network and encodings: grids as the encodings say them, the rest by the operator rules, and real values near
// the float's.
#include "core/aimet/quantize.h"

#include "../tinymodel.h"
#include "core/constraints/resolve.h"
#include "core/sim/simulator.h"
#include "core/tflite/tflite.h"

#include <catch2/catch.hpp>

#include <cmath>

using namespace requant;

namespace {

TablePtr options(std::string type, std::vector<std::pair<std::string, std::int64_t>> fields)
{
    auto t = std::make_shared<Table>();
    t->type = std::move(type);
    for (const auto &[name, v] : fields)
        t->set(name, FieldValue{v});
    return t;
}

// conv 1x1 (RELU apart or fused), whole AVERAGE_POOL_2D, RESHAPE, FULLY_CONNECTED, SOFTMAX; all float.
struct FloatNet
{
    test::TinyModel m;
    std::vector<float> w{0.5f, -0.25f, 0.75f, 1.0f}, dense{1.0f, -1.0f, 0.5f, 0.25f};
    explicit FloatNet(bool separateRelu)
    {
        const auto x = m.plain("x", {1, 2, 2, 2}, ElementType::Float32),
                   c = m.plain("c", {1, 2, 2, 2}, ElementType::Float32),
                   r = m.plain("r", {1, 2, 2, 2}, ElementType::Float32),
                   p = m.plain("p", {1, 1, 1, 2}, ElementType::Float32), f = m.plain("f", {1, 2}, ElementType::Float32),
                   d = m.plain("d", {1, 2}, ElementType::Float32), s = m.plain("s", {1, 2}, ElementType::Float32);
        const auto cw = m.constant("cw", {2, 1, 1, 2}, ElementType::Float32, {}, w);
        const auto cb = m.constant("cb", {2}, ElementType::Float32, {}, std::vector<float>{0.125f, -0.5f});
        const auto dw = m.constant("dw", {2, 2}, ElementType::Float32, {}, dense);
        const auto shape = m.constant("shape", {2}, ElementType::Int32, {}, std::vector<std::int32_t>{1, 2});
        m.add(Op::Conv2D, {x, cw, cb}, {separateRelu ? c : r},
              options("Conv2DOptions", {{"padding", 1},
                                        {"stride_w", 1},
                                        {"stride_h", 1},
                                        {"fused_activation_function", separateRelu ? 0 : 1},
                                        {"dilation_w_factor", 1},
                                        {"dilation_h_factor", 1}}));
        if (separateRelu)
            m.add(Op::Relu, {c}, {r});
        m.add(Op::AveragePool2D, {r}, {p},
              options("Pool2DOptions", {{"padding", 1},
                                        {"stride_w", 2},
                                        {"stride_h", 2},
                                        {"filter_width", 2},
                                        {"filter_height", 2},
                                        {"fused_activation_function", 0}}));
        m.add(Op::Reshape, {p, shape}, {f}, options("ReshapeOptions", {}));
        m.add(Op::FullyConnected, {f, dw, TensorIndex()}, {d},
              options("FullyConnectedOptions", {{"fused_activation_function", 0},
                                                {"weights_format", 0},
                                                {"keep_num_dims", 0},
                                                {"asymmetric_quantize_inputs", 0}}));
        auto soft = std::make_shared<Table>();
        soft->type = "SoftmaxOptions";
        soft->set("beta", FieldValue{1.0});
        m.add(Op::Softmax, {d}, {s}, soft);
        m.graph().inputs = {x};
        m.graph().outputs = {s};
    }
};

Encoding grid(double scale, std::int64_t zeroPoint, int bits = 8)
{
    return {bits, false, zeroPoint == 1 << (bits - 1), {scale}, {zeroPoint}};
}

Encodings encodings()
{
    Encodings e;
    e.version = "0.6.1";
    e.activations = {{"x", grid(1.0 / 64, 100)},
                     {"r", grid(1.0 / 50, 0)},
                     {"p", grid(1.0 / 80, 0)},
                     {"d", grid(1.0 / 40, 128)},
                     {"s", grid(0.3, 0)}};
    e.parameters = {{"cw", grid(1.0 / 127, 128)}, {"dw", grid(1.0 / 127, 128)}};
    return e;
}

QuantizedByEncodings mustQuantize(const Model &m, const Encodings &e)
{
    auto q = quantizeByEncodings(m, e);
    if (!q)
        FAIL(text(q.error()));
    std::string findings;
    for (const Diagnostic &d : verifyQuantization(*q->model))
        if (d.severity == Severity::Error)
            findings += text(d) + "\n";
    REQUIRE(findings == "");
    const auto bytes = writeTflite(*q->model);
    if (!bytes)
        FAIL(text(bytes.error()));
    REQUIRE(readTflite(*bytes, nullptr));
    return std::move(*q);
}

bool says(const Diagnostics &notes, const Message &m)
{
    return std::any_of(notes.begin(), notes.end(), [&](const Diagnostic &d) { return d.message->id == m.id; });
}

std::vector<Op> operatorsOf(const Model &m)
{
    std::vector<Op> out;
    for (const Operator &op : m.subgraphs[0].operators)
        out.push_back(op.code);
    return out;
}

const Tensor &named(const Model &m, const std::string &name)
{
    for (const Tensor &t : m.subgraphs[0].tensors)
        if (t.name == name)
            return t;
    FAIL("no tensor " + name);
    return m.subgraphs[0].tensors[0];
}

} // namespace

TEST_CASE("gridsAreThoseOfTheEncodings")
{
    for (const bool separate : {false, true}) {
        FloatNet net(separate);
        const QuantizedByEncodings q = mustQuantize(net.m.model(), encodings());
        REQUIRE(operatorsOf(*q.model)
                == std::vector<Op>{Op::Conv2D, Op::Mean, Op::Reshape, Op::FullyConnected, Op::Softmax});
        REQUIRE(q.model->subgraphs[0].operators[0].options->integer("fused_activation_function") == 1);
        REQUIRE(named(*q.model, "x").type == ElementType::Int8);
        REQUIRE(named(*q.model, "x").quant.sameGrid(QuantParams::perTensor(1.0f / 64, -28)));
        REQUIRE(named(*q.model, "r").quant.sameGrid(QuantParams::perTensor(static_cast<float>(1.0 / 50), -128)));
        REQUIRE(named(*q.model, "f").quant.sameGrid(QuantParams::perTensor(static_cast<float>(1.0 / 80), -128)));
        REQUIRE(named(*q.model, "s").quant.sameGrid(QuantParams::perTensor(1.0f / 256, -128)));
        REQUIRE(says(q.notes, kFixedInstead));
        const Tensor &w = named(*q.model, "cw");
        REQUIRE(w.type == ElementType::Int8);
        const auto bytes = q.model->data(w);
        for (std::size_t i = 0; i < net.w.size(); ++i)
            REQUIRE(static_cast<std::int8_t>(bytes[i])
                    == static_cast<int>(std::nearbyint(static_cast<double>(net.w[i])
                                                       / static_cast<double>(static_cast<float>(1.0 / 127)))));
    }
}

TEST_CASE("theQuantizedNetworkGivesNearlyWhatTheFloatOneGives")
{
    FloatNet net(false);
    const auto reals = std::make_shared<const Model>(net.m.model());
    const QuantizedByEncodings q = mustQuantize(net.m.model(), encodings());
    auto a = Simulator::create(reals), b = Simulator::create(q.model);
    REQUIRE((a && b));
    std::vector<float> x;
    std::vector<std::int8_t> xq;
    for (int i = 0; i < 8; ++i) {
        xq.push_back(static_cast<std::int8_t>(i * 25 - 100));
        x.push_back(static_cast<float>(xq.back() + 28) / 64);
    }
    REQUIRE(a->setInput(0, std::as_bytes(std::span<const float>(x))));
    REQUIRE(b->setInput(0, std::as_bytes(std::span<const std::int8_t>(xq))));
    REQUIRE(a->run());
    REQUIRE(b->run());
    for (std::size_t c = 0; c < 2; ++c) {
        float real = 0;
        std::memcpy(&real, a->output(0).data() + c * sizeof real, sizeof real);
        const double got = (static_cast<std::int8_t>(b->output(0)[c]) + 128) / 256.0;
        REQUIRE(std::abs(got - static_cast<double>(real)) < 0.02);
    }
}

TEST_CASE("whatHasNoEncodingFollowsItsRuleOrStaysFloat")
{
    FloatNet net(false);
    Encodings e = encodings();
    e.parameters.clear();     // weights from their range
    e.activations.erase("p"); // a pool copies its input's grid
    QuantizedByEncodings q = mustQuantize(net.m.model(), e);
    REQUIRE(says(q.notes, kWeightFromRange));
    REQUIRE(operatorsOf(*q.model)[1] == Op::AveragePool2D);
    REQUIRE(named(*q.model, "p").quant.sameGrid(named(*q.model, "r").quant));
    e.activations.erase("d"); // a product does not know its grid
    q = mustQuantize(net.m.model(), e);
    REQUIRE(says(q.notes, kStaysFloat));
    REQUIRE(named(*q.model, "d").type == ElementType::Float32);
    REQUIRE(operatorsOf(*q.model)
            == std::vector<Op>{Op::Conv2D, Op::AveragePool2D, Op::Reshape, Op::Dequantize, Op::FullyConnected,
                               Op::Softmax, Op::Quantize});
}

TEST_CASE("asymmetricWeightsMakeAUint8Network")
{
    FloatNet net(false);
    Encodings e = encodings();
    e.parameters["cw"] = grid(1.25 / 255, 51);
    const QuantizedByEncodings q = mustQuantize(net.m.model(), e);
    REQUIRE(named(*q.model, "x").type == ElementType::UInt8);
    REQUIRE(named(*q.model, "x").quant.zeroPointAt(0) == 100);
    REQUIRE(named(*q.model, "cw").type == ElementType::UInt8);
    REQUIRE(named(*q.model, "cw").quant.zeroPointAt(0) == 51);
}

TEST_CASE("wrongPairsAreRefused")
{
    FloatNet net(false);
    Encodings other;
    other.activations["nobody"] = grid(1, 0);
    const auto none = quantizeByEncodings(net.m.model(), other);
    REQUIRE_FALSE(none);
    REQUIRE(text(none.error()).find("nobody") != std::string::npos);
    const QuantizedByEncodings q = mustQuantize(net.m.model(), encodings());
    REQUIRE_FALSE(quantizeByEncodings(*q.model, encodings()));
    Encodings more = encodings();
    more.activations["nobody"] = grid(1, 0);
    REQUIRE(says(mustQuantize(net.m.model(), more).notes, kUnusedEncodings));
}
