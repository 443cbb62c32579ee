// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/passes/passes.h"

#include "core/tflite/schema.h"
#include "core/tflite/tflite.h"
#include "tests/core/tinymodel.h"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace requant;
using namespace requant::test;

namespace {

// One convolution with a scale for each of its two channels.
struct PerChannel : TinyModel
{
    TensorIndex in, out, bias;
    PerChannel()
    {
        in = activation("in", {1, 1, 1, 2}, ElementType::Int8, 0.5f, 3);
        out = activation("out", {1, 1, 1, 2}, ElementType::Int8, 0.25f, -7);
        QuantParams weights;
        weights.scale = {0.125f, 0.0625f};
        weights.zeroPoint = {0, 0};
        conv<std::int8_t>(in, out, ElementType::Int8, weights, {20, -3, 14, 13}, {500, -100});
        io({in}, {out});
        bias = graph().operators[0].inputs[2];
    }
    Tensor &biasTensor() { return graph().tensor(bias); }
    void saysDimension(std::int64_t dimension)
    {
        auto rest = std::make_shared<Table>();
        rest->type = "Tensor";
        rest->set(std::string(tfliteformat::kSourceDimension), FieldValue{dimension});
        biasTensor().rest = rest;
        biasTensor().quant.present = tfliteformat::kHasSourceDimension;
    }
};

PassResult kept(const Model &m)
{
    const Recipe nothing;
    auto out = applyPasses(m, resolveConstraints(m, assignScheme(m, nothing), nothing), nothing, nullptr);
    REQUIRE(out);
    return std::move(*out);
}

} // namespace

TEST_CASE("aKeptBiasLosesADimensionThatItDoesNotHave")
{
    PerChannel m;
    m.saysDimension(3);
    const PassResult p = kept(m.model());
    REQUIRE(p.diagnostics.size() == 1);
    CHECK(p.diagnostics[0].message == &kDimensionRepaired);
    CHECK(p.diagnostics[0].severity == Severity::Note);
    CHECK(p.diagnostics[0].args == std::vector<std::string>{"out/bias", "3"});
    CHECK(std::get<TensorRef>(p.diagnostics[0].where).tensor == m.bias);

    // A file of it says 0; one of the source still says 3.
    const auto written = writeTflite(p.model), before = writeTflite(m.model());
    REQUIRE(written);
    REQUIRE(before);
    const auto again = readTflite(*written, nullptr), source = readTflite(*before, nullptr);
    REQUIRE(again);
    REQUIRE(source);
    const auto complains = [](const LoadedModel &l) {
        return std::any_of(l.diagnostics.begin(), l.diagnostics.end(),
                           [](const Diagnostic &d) { return d.message->id == "tflite.dimension-read"; });
    };
    CHECK_FALSE(complains(*again));
    CHECK(complains(*source));
    const Tensor &bias = again->model->subgraphs[0].tensor(m.bias);
    CHECK(bias.quant.quantizedDimension == 0);
    CHECK(values<std::int32_t>(*again->model, bias) == std::vector<std::int32_t>{500, -100});
}

TEST_CASE("aKeptBiasIsDeclaredOnTheGridThatKernelsTake")
{
    PerChannel m;
    m.biasTensor().quant.scale = {0.0625f, 7.0f}; // the second should be 0.5 x 0.0625
    m.biasTensor().quant.zeroPoint = {0, 4};
    const PassResult p = kept(m.model());
    REQUIRE(p.diagnostics.size() == 1);
    CHECK(p.diagnostics[0].message == &kBiasGridRepaired);
    CHECK(p.diagnostics[0].args[0] == "out/bias");
    const Tensor &bias = p.model.subgraphs[0].tensor(m.bias);
    CHECK(bias.quant.scale == std::vector<float>{0.0625f, 0.03125f});
    CHECK(bias.quant.zeroPoint == std::vector<std::int64_t>{0, 0});
    CHECK(values<std::int32_t>(p.model, bias) == std::vector<std::int32_t>{500, -100});
    CHECK(verifyQuantization(p.model).empty());
    CHECK_FALSE(verifyQuantization(m.model()).empty());
}

TEST_CASE("aZeroPointOfABiasAloneIsRepairedToo")
{
    PerChannel m;
    m.biasTensor().quant.zeroPoint = {0, 4};
    const PassResult p = kept(m.model());
    REQUIRE(p.diagnostics.size() == 1);
    CHECK(p.model.subgraphs[0].tensor(m.bias).quant.zeroPoint == std::vector<std::int64_t>{0, 0});
}

TEST_CASE("goodBiasesAreLeftAlone")
{
    PerChannel m;
    m.graph().operators[0].version = 3; // of int8, which setVersions() sees to
    const PassResult p = kept(m.model());
    CHECK(p.diagnostics.empty());
    CHECK(modelDifferences(m.model(), p.model) == std::vector<std::string>{});
}

TEST_CASE("aBiasWhoseUsersHaveDifferentProductsIsNotDeclaredAnew")
{
    PerChannel m;
    const auto second = m.activation("second", {1, 1, 1, 2}, ElementType::Int8, 0.25f, 0);
    QuantParams other = QuantParams::perTensor(1.0f, 0);
    m.conv<std::int8_t>(m.in, second, ElementType::Int8, other, {1, 2, 3, 4}, {1, 1});
    m.graph().operators[1].inputs[2] = m.bias;
    m.io({m.in}, {m.out, second});
    m.biasTensor().quant.scale = {9.0f, 9.0f};
    const PassResult p = kept(m.model());
    CHECK(p.model.subgraphs[0].tensor(m.bias).quant.scale == std::vector<float>{9.0f, 9.0f});
    CHECK(p.diagnostics.empty());
}

TEST_CASE("aSenselessProductRepairsNothing")
{
    PerChannel m;
    m.graph().tensor(m.graph().operators[0].inputs[1]).quant.scale = {0.0f, 1e-38f};
    m.biasTensor().quant.scale = {9.0f, 9.0f};
    CHECK(kept(m.model()).model.subgraphs[0].tensor(m.bias).quant.scale == std::vector<float>{9.0f, 9.0f});
}

TEST_CASE("aBiasWithScalesAlongPartOfItIsLeftAlone")
{
    PerChannel m;
    m.biasTensor().shape = {2, 1};
    m.biasTensor().quant.scale = {9.0f, 9.0f, 9.0f}; // as no file may have it
    CHECK(kept(m.model()).model.subgraphs[0].tensor(m.bias).quant.scale.size() == 3);
}
