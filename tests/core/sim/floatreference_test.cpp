// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sim/floatreference.h"

#include "core/sim/samples.h"
#include "core/sim/simulator.h"

#include "../tinymodel.h"
#include "golden.h"

#include <algorithm>
#include <cmath>

using namespace requant;
using requant::test::TinyModel;

namespace {

std::shared_ptr<const Model> realsOf(const Model &m)
{
    auto reals = floatReference(m);
    if (!reals)
        FAIL(text(reals.error()));
    return *reals;
}

std::vector<float> runOn(const Model &m, const std::vector<float> &input)
{
    auto sim = Simulator::create(std::make_shared<const Model>(m));
    REQUIRE(sim);
    if (const auto ok = sim->supported(); !ok)
        FAIL(text(ok.error()));
    REQUIRE(sim->setInput(0, std::as_bytes(std::span(input))));
    REQUIRE(sim->run());
    std::vector<float> out(sim->output(0).size() / 4);
    std::memcpy(out.data(), sim->output(0).data(), out.size() * 4);
    return out;
}

} // namespace

TEST_CASE("floatReferenceIsWhatTheIntegersStandFor")
{
    // QUANTIZE, a convolution with two weight scales, a bias whose stored scale is wrong, RELU6, DEQUANTIZE.
    TinyModel m;
    const auto x = m.plain("x", {1, 1, 1, 2}, ElementType::Float32), q = m.activation("q", {1, 1, 1, 2}, ElementType::Int8, 0.5f, 3);
    const auto c = m.activation("c", {1, 1, 1, 2}, ElementType::Int8, 0.25f, -100), y = m.plain("y", {1, 1, 1, 2}, ElementType::Float32);
    m.add(Op::Quantize, {x}, {q});
    QuantParams grid;
    grid.scale = {0.5f, 2.0f};
    grid.zeroPoint = {0, 0};
    m.conv<std::int8_t>(q, c, ElementType::Int8, grid, {1, -2, 3, 4}, {8, 1}, 3); // output channel 0: 1, -2; channel 1: 3, 4
    for (Tensor &t : m.graph().tensors)
        if (t.name == "c/bias")
            t.quant.scale = {7.0f, 7.0f};
    m.add(Op::Dequantize, {c}, {y});
    m.io({x}, {y});
    const auto reals = realsOf(m.model());
    const Subgraph &g = reals->subgraphs.front();
    REQUIRE(g.tensors.size() == m.graph().tensors.size());
    REQUIRE(g.operators.size() == 3);
    for (const Tensor &t : g.tensors) {
        CHECK(t.type == ElementType::Float32);
        CHECK_FALSE(t.quant.isQuantized());
    }
    // 0.5 x0 - 1 x1 + 8 * 0.25; 6 x0 + 8 x1 + 1 * 1; clamped to [0, 6]. Finer than any grid: inputs are not rounded.
    CHECK(runOn(*reals, {0.1f, 0.2f}) == std::vector<float>{0.5f * 0.1f - 0.2f + 2.0f, 6.0f * 0.1f + 8.0f * 0.2f + 1.0f});
    CHECK(runOn(*reals, {1, 9}) == std::vector<float>{0, 6});
}

TEST_CASE("activationsThatAGridImpliesArePutBack")
{
    struct Case
    {
        float scale;
        std::int64_t zeroPoint;
        std::vector<float> expected; // of -1, 5, 9
    };
    for (const Case &c : {Case{6.0f / 255, 0, {0, 5, 6}}, Case{0.05f, 0, {0, 5, 9}}, Case{0.05f, 1, {-1, 5, 9}}}) {
        TinyModel m;
        const auto x = m.activation("x", {3}, ElementType::UInt8, 0.1f, 128), y = m.activation("y", {3}, ElementType::UInt8, c.scale, c.zeroPoint);
        const auto zero = m.constant<std::uint8_t>("zero", {1}, ElementType::UInt8, QuantParams::perTensor(1, 0), {0});
        m.add(Op::Add, {x, zero}, {y}, TinyModel::options("AddOptions"));
        m.io({x}, {y});
        CHECK(runOn(*realsOf(m.model()), {-1, 5, 9}) == c.expected);
    }
}

TEST_CASE("aSharedBiasIsReadByTheScalesThatItMeets")
{
    TinyModel m;
    const auto x = m.activation("x", {1, 2}, ElementType::Int8, 0.5f, 0);
    const auto bias = m.constant<std::int32_t>("bias", {1}, ElementType::Int32, QuantParams::perTensor(0.5f, 0), {10});
    std::vector<TensorIndex> outputs;
    for (const float scale : {1.0f, 4.0f, 1.0f}) {
        const auto w = m.constant<std::int8_t>("w", {1, 2}, ElementType::Int8, QuantParams::perTensor(scale, 0), {1, 1});
        outputs.push_back(m.activation("y", {1, 1}, ElementType::Int8, 0.5f, 0));
        m.add(Op::FullyConnected, {x, w, bias}, {outputs.back()}, TinyModel::options("FullyConnectedOptions"));
    }
    m.io({x}, outputs);
    const auto reals = realsOf(m.model());
    const Subgraph &g = reals->subgraphs.front();
    REQUIRE(g.tensors.size() == m.graph().tensors.size() + 1);
    CHECK(g.operators[0].inputs[2] == bias);
    CHECK(g.operators[1].inputs[2] == TensorIndex(g.tensors.size() - 1));
    CHECK(g.operators[2].inputs[2] == bias);
    CHECK(requant::test::values<float>(*reals, g.tensor(bias)) == std::vector<float>{5});
    CHECK(requant::test::values<float>(*reals, g.tensors.back()) == std::vector<float>{20});
}

TEST_CASE("positionsStayIntegers")
{
    // Some converters store a grid with axes and sizes.
    TinyModel m;
    const auto x = m.activation("x", {2, 3}, ElementType::UInt8, 0.5f, 128), y = m.activation("y", {3, 2}, ElementType::UInt8, 0.5f, 128);
    const auto p = m.constant<std::int32_t>("p", {2}, ElementType::Int32, QuantParams::perTensor(1.0f, 0), {1, 0});
    const auto best = m.plain("best", {3}, ElementType::Int64);
    const auto axis = m.constant<std::int32_t>("axis", {}, ElementType::Int32, {}, {1});
    m.add(Op::Transpose, {x, p}, {y});
    m.add(Op::ArgMax, {y, axis}, {best});
    m.io({x}, {y, best});
    const auto reals = realsOf(m.model());
    CHECK(reals->subgraphs[0].tensor(p).type == ElementType::Int32);
    CHECK(reals->subgraphs[0].tensor(axis).type == ElementType::Int32);
    CHECK(reals->subgraphs[0].tensor(best).type == ElementType::Int64);
    CHECK(runOn(*reals, {1, 2, 3, 4, 5, 6}) == std::vector<float>{1, 4, 2, 5, 3, 6});
}

TEST_CASE("castOfIntegersOnAGridIsNotTakenForReals")
{
    for (const float scale : {1.0f, 0.5f}) {
        TinyModel m;
        const auto x = m.activation("x", {2}, ElementType::Int8, scale, 0), y = m.plain("y", {2}, ElementType::Float32);
        m.add(Op::Cast, {x}, {y});
        m.io({x}, {y});
        const auto sim = Simulator::create(realsOf(m.model()));
        REQUIRE(sim);
        CHECK(sim->supported().has_value() == (scale == 1.0f));
    }
}

TEST_CASE("constantsThatCannotBeReadAreNamed")
{
    TinyModel m;
    const auto x = m.activation("x", {4}, ElementType::Int8, 0.1f, 0), y = m.activation("y", {4}, ElementType::Int8, 0.1f, 0);
    const auto c = m.constant<std::int8_t>("sparse", {4}, ElementType::Int8, QuantParams::perTensor(0.1f, 0), {1, 2});
    m.add(Op::Add, {x, c}, {y}, TinyModel::options("AddOptions"));
    m.io({x}, {y});
    const auto reals = floatReference(m.model());
    REQUIRE_FALSE(reals);
    CHECK_THAT(text(reals.error()), Catch::Contains("sparse"));
}

namespace {

// Golden inputs (of some networks: noise over the whole range) drawn towards zero, so that activations stay inside of the
// grids that were calibrated for them: what saturates has no like in the float reference.
struct Real
{
    std::string name;
    int damped; // deviations from the zero point are divided by this
    double decibels;
    bool classifies;
};
const std::vector<Real> kReal{{"mobilenet_v1_0.25_128_quant", 1, 20, true},
                              {"pretrainedResnet_quant", 1, 20, true},
                              {"vww_96_int8", 1, 17, true}, // two logits that nearly cancel
                              {"kws_ref_model", 6, 20, true},
                              {"ad01_int8", 1, 20, false},
                              {"seanet_16x8_conv0", 8, 70, false},
                              {"coco_ssd_mobilenet_v1_1.0_quant_2018_06_29", 1, 20, false}}; // its activations are implied by grids

void damp(std::vector<std::byte> &bytes, const Tensor &t, int by)
{
    const std::int64_t zero = t.quant.zeroPointAt(0);
    if (by == 1)
        return;
    for (std::size_t i = 0; i < bytes.size(); i += bitWidth(t.type) / 8) {
        if (t.type == ElementType::Int16) {
            std::int16_t q;
            std::memcpy(&q, &bytes[i], 2);
            q = static_cast<std::int16_t>(zero + (q - zero) / by);
            std::memcpy(&bytes[i], &q, 2);
        } else {
            bytes[i] = static_cast<std::byte>(zero + (static_cast<std::int8_t>(bytes[i]) - zero) / by);
        }
    }
}

} // namespace

// Each layer's rounding adds noise of a step's twelfth root; twenty to thirty layers of 8 bits leave 20 to 45 dB of the logits.
TEST_CASE("realNetworksAreNearTheirFloatReference", "[golden]")
{
    if (!golden::available())
        return;
    for (const Real &real : kReal)
        DYNAMIC_SECTION(real.name)
        {
            const auto model = golden::model(real.name);
            auto integers = Simulator::create(model), reals = Simulator::create(realsOf(*model));
            REQUIRE(integers);
            REQUIRE(reals);
            if (const auto ok = reals->supported(); !ok)
                FAIL(text(ok.error()));
            const Subgraph &g = model->subgraphs.front();
            // The logits: the softmax of a confident network keeps next to nothing of the others.
            TensorIndex out = g.outputs[0];
            for (auto op = g.operators.rbegin(); op != g.operators.rend(); ++op)
                if (op->outputs[0] == out && (op->code == Op::Softmax || op->code == Op::Quantize || op->code == Op::Reshape || op->code == Op::Custom))
                    out = op->inputs[0];
            const auto inputs = golden::bytes(golden::folder() / "golden" / real.name / "inputs.raw");
            double signal = 0, error = 0;
            const bool large = g.tensor(g.inputs[0]).shape[1] > 200;
            const std::size_t runs = large ? 1 : golden::runCount(*model, inputs);
            REQUIRE(runs > 0);
            for (std::size_t run = 0; run < runs; ++run) {
                golden::setInputs(*integers, inputs, run);
                for (std::size_t k = 0; k < g.inputs.size(); ++k) {
                    const auto golden = integers->tensor(g.inputs[k]);
                    std::vector<std::byte> bytes(golden.begin(), golden.end());
                    damp(bytes, g.tensor(g.inputs[k]), real.damped);
                    REQUIRE(integers->setInput(k, bytes));
                    const auto values = dequantize(bytes, g.tensor(g.inputs[k]));
                    REQUIRE(reals->setInput(k, std::as_bytes(std::span(values))));
                }
                REQUIRE(integers->run());
                REQUIRE(reals->run());
                const auto q = dequantize(integers->tensor(out), g.tensor(out));
                std::vector<float> r(reals->tensor(out).size() / 4);
                REQUIRE(q.size() == r.size());
                std::memcpy(r.data(), reals->tensor(out).data(), r.size() * 4);
                for (std::size_t i = 0; i < q.size(); ++i) {
                    signal += static_cast<double>(r[i]) * static_cast<double>(r[i]);
                    error += std::pow(static_cast<double>(q[i]) - static_cast<double>(r[i]), 2);
                }
                // Two classes may lie closer together than the noise.
                const float chosen = r[static_cast<std::size_t>(std::max_element(q.begin(), q.end()) - q.begin())];
                if (real.classifies)
                    CHECK(std::count_if(r.begin(), r.end(), [&](float v) { return v > chosen; }) <= 1);
            }
            INFO("SQNR " << 10 * std::log10(signal / error) << " dB");
            CHECK(10 * std::log10(signal / error) > real.decibels);
        }
}
