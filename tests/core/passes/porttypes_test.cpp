// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/passes/porttypes.h"

#include "core/constraints/resolve.h"
#include "core/sim/samples.h"
#include "core/sim/simulator.h"
#include "tests/core/sim/random.h"
#include "tests/core/tinymodel.h"

#include <catch2/catch.hpp>

using namespace requant;
using requant::test::TinyModel;

namespace {

constexpr ElementType kPorts[] = {ElementType::UInt8, ElementType::Int8, ElementType::Float32};

// A 1x1 convolution of 2 channels to 2, whose input and output are of this type.
std::shared_ptr<Model> convolution(ElementType type)
{
    TinyModel m;
    const std::int64_t zero = type == ElementType::UInt8 ? 120 : type == ElementType::Int8 ? -8 : 0;
    const float scale = type == ElementType::Int16 ? 0.001f : 0.25f;
    const auto in = m.activation("in", {1, 2, 2, 2}, type, scale, zero);
    const auto out = m.activation("out", {1, 2, 2, 2}, type, scale, zero);
    if (type == ElementType::UInt8)
        m.conv<std::uint8_t>(in, out, ElementType::UInt8, QuantParams::perTensor(0.1f, 128), {130, 120, 140, 118},
                             {0, 0});
    else
        m.conv<std::int8_t>(in, out, ElementType::Int8, QuantParams::perTensor(0.1f, 0), {2, -8, 12, -10}, {0, 0});
    if (type == ElementType::Int16) {
        auto &g = m.graph();
        Tensor &bias = g.tensors.back();
        bias.type = ElementType::Int64;
        bias.buffer =
            m.model().addBuffer(Buffer::fromValues(std::span<const std::int64_t>(std::vector<std::int64_t>{0, 0})));
    }
    m.graph().operators[0].version = type == ElementType::UInt8 ? 1 : type == ElementType::Int8 ? 3 : 4;
    m.io({in}, {out});
    return std::make_shared<Model>(m.model());
}

std::shared_ptr<Model> betweenFloats()
{
    TinyModel m;
    const auto in = m.plain("in", {1, 4}, ElementType::Float32),
               q = m.activation("q", {1, 4}, ElementType::Int8, 0.5f, 3);
    const auto r = m.activation("r", {1, 4}, ElementType::Int8, 0.5f, 3),
               out = m.plain("out", {1, 4}, ElementType::Float32);
    m.add(Op::Quantize, {in}, {q});
    m.add(Op::Relu, {q}, {r});
    m.add(Op::Dequantize, {r}, {out});
    m.graph().operators[1].version = m.graph().operators[2].version = 2;
    m.io({in}, {out});
    return std::make_shared<Model>(m.model());
}

std::vector<std::byte> run(const std::shared_ptr<const Model> &m, const std::vector<std::byte> &input)
{
    auto s = Simulator::create(m);
    REQUIRE(s);
    REQUIRE(s->supported());
    REQUIRE(s->setInput(0, input));
    REQUIRE(s->run());
    const auto out = s->output(0);
    return {out.begin(), out.end()};
}

const Tensor &input(const Model &m)
{
    return m.subgraphs[0].tensor(m.subgraphs[0].inputs[0]);
}

const Tensor &output(const Model &m)
{
    return m.subgraphs[0].tensor(m.subgraphs[0].outputs[0]);
}

} // namespace

TEST_CASE("portsChangeTypesAndNothingElse")
{
    testing::Random random(testing::baseSeed());
    INFO("seed " << testing::baseSeed());
    for (const ElementType inside : {ElementType::UInt8, ElementType::Int8}) {
        const auto model = convolution(inside);
        for (const ElementType in : kPorts)
            for (const ElementType out : kPorts) {
                INFO(typeName(inside) << " taking " << typeName(in) << " giving " << typeName(out));
                const PortedModel ported = withPortTypes(model, {in, out});
                CHECK(ported.diagnostics.empty());
                CHECK(ported.added == std::size_t(in != inside) + std::size_t(out != inside));
                CHECK(input(*ported.model).type == in);
                CHECK(output(*ported.model).type == out);
                CHECK(verifyQuantization(*ported.model).empty());
                // The same real values in give the same real values out; the twin is regrid() on both sides.
                std::vector<std::byte> x(8);
                for (std::byte &b : x)
                    b = static_cast<std::byte>(random.integer(0, 255));
                const auto y = run(ported.model, regrid(x, input(*model), input(*ported.model)));
                CHECK(y == regrid(run(model, x), output(*model), output(*ported.model)));
            }
    }
}

TEST_CASE("sixteenBitsInsideAreRoundedOutsideAndThatIsSaid")
{
    const auto model = convolution(ElementType::Int16);
    for (const ElementType out : {ElementType::Int8, ElementType::UInt8}) {
        const PortedModel ported = withPortTypes(model, {out, out});
        REQUIRE(ported.diagnostics.size() == 2);
        CHECK(ported.diagnostics[0].message->id == kPortCoarser.id);
        CHECK(ported.added == (out == ElementType::Int8 ? 2u : 4u)); // there is no QUANTIZE between int16 and uint8
        CHECK(verifyQuantization(*ported.model).empty());
        CHECK(input(*ported.model).quant.scale[0] == 0.256f);
        // A value on the coarse grid comes through both: 8 bits times 256 are its 16.
        const std::vector<std::byte> x(8, std::byte{out == ElementType::Int8 ? std::uint8_t{3} : std::uint8_t{131}});
        const auto inner = regrid(x, input(*ported.model), input(*model));
        std::int16_t first = 0;
        std::memcpy(&first, inner.data(), 2);
        CHECK(first == 768);
        run(ported.model, x);
    }
}

TEST_CASE("floatPortsLoseTheirQuantizeAndDequantize")
{
    const auto model = betweenFloats();
    const PortedModel ported = withPortTypes(model, {ElementType::Int8, ElementType::UInt8});
    CHECK(ported.removed == 2);
    CHECK(ported.added == 1); // int8 inside, uint8 outside
    CHECK(input(*ported.model).name == "q");
    CHECK(output(*ported.model).quant.zeroPointAt(0) == 131);
    CHECK(verifyQuantization(*ported.model).empty());
    const std::vector<std::byte> x{std::byte{0}, std::byte{3}, std::byte{5}, std::byte{250}};
    CHECK(run(ported.model, x)
          == std::vector<std::byte>{std::byte{131}, std::byte{131}, std::byte{133}, std::byte{131}});
}

TEST_CASE("portsWithoutAGridStayAndSayWhy")
{
    TinyModel m;
    const auto in = m.plain("in", {1, 4}, ElementType::Float32), ids = m.plain("ids", {1}, ElementType::Int32);
    const auto out = m.plain("out", {1, 4}, ElementType::Float32);
    m.add(Op::Relu, {in}, {out});
    m.io({in, ids}, {out});
    const auto model = std::make_shared<Model>(m.model());
    const PortedModel ported = withPortTypes(model, {ElementType::Int8, ElementType::Int8});
    CHECK(ported.model == model);
    REQUIRE(ported.diagnostics.size() == 3);
    for (const Diagnostic &d : ported.diagnostics)
        CHECK(d.message->id == kPortKept.id);
    CHECK(withPortTypes(model, {}).model == model);
    CHECK(withPortTypes(model, {ElementType::Float32, {}}).diagnostics.size() == 1); // the int32 input
}

TEST_CASE("signaturesNameTheNewPorts")
{
    auto model = convolution(ElementType::UInt8);
    const auto map = [](const char *name, int tensor) {
        auto t = std::make_shared<Table>();
        t->type = "TensorMap";
        t->set("name", FieldValue{std::string(name)});
        t->set("tensor_index", FieldValue{std::int64_t{tensor}});
        return TablePtr(t);
    };
    auto signature = std::make_shared<Table>();
    signature->type = "SignatureDef";
    signature->set("inputs", FieldValue{FieldValue::Tables{map("x", 0)}});
    signature->set("outputs", FieldValue{FieldValue::Tables{map("y", 1)}});
    signature->set("subgraph_index", FieldValue{std::int64_t{0}});
    auto rest = std::make_shared<Table>();
    rest->set("signature_defs", FieldValue{FieldValue::Tables{signature}});
    model->rest = rest;
    const PortedModel ported = withPortTypes(model, {ElementType::Int8, ElementType::Float32});
    const auto &defs = std::get<FieldValue::Tables>(ported.model->rest->find("signature_defs")->data);
    const auto named = [&](const char *side) {
        return std::get<FieldValue::Tables>(defs[0]->find(side)->data)[0]->integer("tensor_index");
    };
    CHECK(named("inputs") == ported.model->subgraphs[0].inputs[0].value);
    CHECK(named("outputs") == ported.model->subgraphs[0].outputs[0].value);
    CHECK(named("inputs") > 3);
}

TEST_CASE("oneTensorAsTwoOutputsIsMovedOnce")
{
    auto model = convolution(ElementType::UInt8);
    auto &g = model->subgraphs[0];
    g.outputs.push_back(g.outputs[0]);
    const PortedModel ported = withPortTypes(model, {{}, ElementType::Int8});
    CHECK(ported.added == 1);
    CHECK(ported.model->subgraphs[0].outputs[0] == ported.model->subgraphs[0].outputs[1]);
}
