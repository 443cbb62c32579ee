// SPDX-License-Identifier: GPL-3.0-or-later
// The whole road on the shipped sample network, for every built-in profile.
#include "core/convert/convert.h"

#include "core/metrics/outputerror.h"
#include "core/tflite/tflite.h"

#include <catch2/catch.hpp>

#include <atomic>
#include <cmath>

using namespace requant;

namespace {

const std::filesystem::path kSample = std::filesystem::path(REQUANT_SOURCE_DIR) / "resources/sample";

std::shared_ptr<const Model> sample(const char *name = "fashion_mobilenet_uint8.tflite")
{
    auto loaded = loadTflite(kSample / name);
    REQUIRE(loaded);
    return loaded->model;
}

Conversion convertTo(const std::shared_ptr<const Model> &model, Recipe recipe)
{
    auto out = convert({model, std::move(recipe), nullptr, {}});
    REQUIRE(out);
    return std::move(*out);
}

bool isPowerOfTwo(float s)
{
    int e = 0;
    return s > 0 && std::frexp(s, &e) == 0.5f;
}

bool hasFixedOutput(const Model &m, TensorIndex t)
{
    const Subgraph &g = m.subgraphs.front();
    const OperatorIndex o = GraphIndex(g).producer(t);
    const OpSpec *spec = o ? findOpSpec(g.op(o).code) : nullptr;
    return spec && spec->row(RowKind::FixedOutput, g.tensor(t).type);
}

double sqnr(const Conversion &c, const SampleSet &samples)
{
    auto report = measureErrors(c.compared(), samples, 32, Arithmetic::TfliteReference);
    REQUIRE(report);
    return report->outputSqnrDb;
}

} // namespace

TEST_CASE("everyProfileGivesAModelWithoutRuleViolations")
{
    for (const char *source : {"fashion_mobilenet_uint8.tflite", "fashion_mobilenet_int8.tflite"}) {
        const auto model = sample(source);
        for (const Profile &p : builtinProfiles()) {
            INFO(source << " to " << p.id);
            Recipe recipe = p.recipe;
            recipe.effort = Effort::Fast; // the rules do not depend on how weights are rounded
            const Conversion c = convertTo(model, recipe);
            for (const Diagnostic &d : verifyQuantization(*c.model)) {
                if (d.severity != Severity::Note)
                    FAIL_CHECK(text(d));
            }
            auto written = writeTflite(*c.model);
            REQUIRE(written);
            auto back = readTflite(*written, nullptr);
            REQUIRE(back);
            for (const std::string &d : modelDifferences(*c.model, *back->model)) {
                // The writer moves code entries to new versions and adds those of inserted operators.
                if (!d.starts_with("operator_codes") && d.find(".opcode_index") == std::string::npos)
                    FAIL_CHECK(d);
            }
            CHECK(effectiveGrids(*back->model) == c.effective);
        }
    }
}

TEST_CASE("symmetricProfilesLeaveZeroPointsOnlyWhereTheOutputIsFixed")
{
    for (const char *id : {"symmetric", "symmetric-pow2", "symmetric-per-channel", "symmetric-pow2-per-channel"}) {
        const Conversion c = convertTo(sample(), findProfile(id)->recipe);
        const Subgraph &g = c.model->subgraphs.front();
        const bool pow2 = std::string_view(id).find("pow2") != std::string_view::npos;
        std::size_t checked = 0;
        for (std::size_t i = 0; i < g.tensors.size(); ++i) {
            const Tensor &t = g.tensors[i];
            if (!t.quant.isQuantized())
                continue;
            ++checked;
            INFO(id << ": " << t.name);
            if (pow2) {
                for (float s : t.quant.scale)
                    CHECK(isPowerOfTwo(s));
            }
            if (hasFixedOutput(*c.model, TensorIndex(i)))
                continue;
            for (std::int64_t z : t.quant.zeroPoint)
                CHECK(z == 0);
        }
        CHECK(checked > 30);
    }
}

TEST_CASE("correctionsBeatTheNaiveConversion")
{
    const auto model = sample();
    const auto samples = SampleSet::open(kSample / "fashion_test_images.npy", *model);
    REQUIRE(samples);
    // The sample's weights have no outliers: with free scales there is little to win, but nothing may be lost.
    for (const auto &[id, gain] : {std::pair("symmetric", 0.0), std::pair("symmetric-pow2", 3.0)}) {
        Recipe recipe = findProfile(id)->recipe;
        const double corrected = sqnr(convertTo(model, recipe), *samples);
        recipe.algorithms = Algorithms::naive();
        const double naive = sqnr(convertTo(model, recipe), *samples);
        INFO(id << ": naive " << naive << " dB, corrected " << corrected << " dB");
        CHECK(corrected > naive + gain);
    }
}

TEST_CASE("conversionIsDeterministic")
{
    const auto model = sample();
    const Recipe recipe = findProfile("symmetric-pow2")->recipe;
    const auto a = writeTflite(*convertTo(model, recipe).model);
    const auto b = writeTflite(*convertTo(model, recipe).model);
    REQUIRE(a);
    REQUIRE(b);
    CHECK(*a == *b);
}

TEST_CASE("emptyRecipeGivesTheSourceAndItsRecord")
{
    const auto model = sample();
    const Conversion c = convertTo(model, Recipe{});
    Model stripped = *c.model;
    const auto differences = modelDifferences(*model, stripped);
    CHECK_FALSE(differences.empty()); // the record of the conversion is there ...
    for (const std::string &d : differences) {
        INFO(d);
        CHECK((d.find("metadata") != std::string::npos || d.find("buffers") != std::string::npos)); // ... and nothing else
    }
}

TEST_CASE("picturesMeanTheSameToAConvertedModelOpenedAlone")
{
    // The sample's input is [0, 1] on zero point 0: a symmetric int8 input holds it in 0..127, not as pixel - 128.
    const auto model = sample();
    const auto samples = SampleSet::open(kSample / "fashion_test_images.npy", *model);
    REQUIRE(samples);
    for (const char *id : {"symmetric", "symmetric-pow2", "tflite-int8", "tflite-int16x8"}) {
        const Conversion c = convertTo(model, findProfile(id)->recipe);
        const auto alone = SampleSet::open(kSample / "fashion_test_images.npy", *c.model);
        REQUIRE(alone);
        INFO(id);
        for (std::size_t i : {0u, 7u})
            CHECK(alone->sample(i) == samples->sampleFor(i, *c.model));
    }
}

TEST_CASE("onlyOneLayerChangesWhenOnlyOneIsAsked")
{
    const auto model = sample();
    const Subgraph &g = model->subgraphs.front();
    std::size_t chosen = 0;
    for (std::size_t i = 0; i < g.operators.size(); ++i) {
        if (g.operators[i].code == Op::Conv2D)
            chosen = i; // the last convolution
    }
    Rule r;
    r.range = std::pair(static_cast<std::int32_t>(chosen), static_cast<std::int32_t>(chosen));
    r.activations.type = ElementType::Int8;
    r.activations.symmetry = Symmetry::Symmetric;
    r.weights.type = ElementType::Int8;
    r.weights.symmetry = Symmetry::Symmetric;
    Recipe recipe;
    recipe.rules = {r};
    const Conversion c = convertTo(model, recipe);
    const auto inserted = std::count(c.origin.begin(), c.origin.end(), OperatorIndex{});
    CHECK(inserted >= 1);
    CHECK(inserted <= 2);
    for (std::size_t i = 0; i < g.operators.size(); ++i) {
        const TensorIndex t = g.operators[i].outputs[0];
        if (i != chosen)
            CHECK(c.model->subgraphs.front().tensor(t).type == g.tensor(t).type);
    }
    CHECK(c.model->subgraphs.front().tensor(g.operators[chosen].outputs[0]).type == ElementType::Int8);
}

TEST_CASE("findingsOfTheNewModelArePlacedInTheSource")
{
    static constexpr Message kFound{"verify.test", "found"};
    Model source;
    source.subgraphs.emplace_back();
    source.subgraphs[0].tensors.resize(3);
    Model converted = source;
    converted.subgraphs[0].tensors.resize(4);
    auto &ops = converted.subgraphs[0].operators;
    ops.resize(3);
    ops[1].inputs = {TensorIndex{1}}; // inserted, reads tensor 1 of the source
    ops[2].inputs = {TensorIndex{3}}; // inserted, reads a copy that the source does not have
    const auto at = [](int op) { return Location(OperatorRef{SubgraphIndex{0}, OperatorIndex{op}}); };
    Diagnostics found{makeError(kFound, {}, at(0)), makeError(kFound, {}, at(1)), makeError(kFound, {}, at(2)), makeError(kFound)};
    placeInSource(found, converted, {OperatorIndex{5}, {}, {}}, source);
    CHECK(found[0].where == at(5));
    CHECK(found[1].where == Location(TensorRef{SubgraphIndex{0}, TensorIndex{1}}));
    CHECK(found[2].where == Location());
    CHECK(found[3].where == Location());
}

TEST_CASE("cancelledConversionSaysSo")
{
    std::atomic<bool> cancelled{true};
    const RunControl run(&cancelled, nullptr);
    const auto out = convert({sample(), findProfile("symmetric")->recipe, nullptr, {}}, run);
    REQUIRE_FALSE(out);
    CHECK(out.error().message == &kCancelled);
}

TEST_CASE("modelWithoutOperatorsIsRefused")
{
    auto empty = std::make_shared<Model>();
    const auto out = convert({empty, Recipe{}, nullptr, {}});
    REQUIRE_FALSE(out);
    CHECK(out.error().message == &kEmptyModel);
}

TEST_CASE("eachPresetGivesWhatItsDataAllows")
{
    const auto model = sample();
    const auto opened = SampleSet::open(kSample / "fashion_test_images.npy", *model);
    REQUIRE(opened);
    const auto samples = std::make_shared<const SampleSet>(*opened);
    Recipe recipe = findProfile("symmetric-pow2")->recipe;
    const auto measured = [&](std::optional<Effort> effort, std::shared_ptr<const SampleSet> set) {
        recipe.effort = effort;
        auto c = convert({model, recipe, nullptr, {}, std::move(set)});
        REQUIRE(c);
        return std::pair(sqnr(*c, *samples), *writeTflite(*c->model));
    };
    const auto fast = measured(Effort::Fast, samples), fastAlone = measured(Effort::Fast, nullptr);
    const auto balanced = measured(Effort::Balanced, nullptr), best = measured(Effort::Best, samples);
    CHECK(fast.second == fastAlone.second); // looks at no data
    CHECK(measured(Effort::Balanced, samples).second == balanced.second);
    CHECK(balanced.first > fast.first);
    CHECK(best.first > balanced.first - 0.5);
    Recipe naive = recipe;
    naive.algorithms = Algorithms::naive();
    CHECK(fast.first > sqnr(convertTo(model, naive), *samples));
}

TEST_CASE("outputsOfSeveralConversionsAreComparedAsAFullMeasurementDoes")
{
    const auto model = sample();
    const auto opened = SampleSet::open(kSample / "fashion_test_images.npy", *model, 24);
    REQUIRE(opened);
    std::vector<Conversion> made;
    for (const char *id : {"symmetric", "symmetric-pow2"}) {
        Recipe recipe = findProfile(id)->recipe;
        recipe.effort = Effort::Fast;
        made.push_back(convertTo(model, recipe));
    }
    const ComparedModels compared[]{made[0].compared(), made[1].compared()};
    const auto db = outputSqnrDb(compared, *opened, 0, Arithmetic::TfliteReference);
    REQUIRE(db);
    REQUIRE(db->size() == 2);
    for (std::size_t k = 0; k < 2; ++k) {
        const auto whole = measureErrors(compared[k], *opened, 0, Arithmetic::TfliteReference);
        REQUIRE(whole);
        CHECK((*db)[k] == Approx(whole->outputSqnrDb).margin(1e-9));
    }
    CHECK((*db)[0] != (*db)[1]);
    const ComparedModels same[]{{model, model, {}, {}}};
    const auto exact = outputSqnrDb(same, *opened, 5, Arithmetic::TfliteReference);
    REQUIRE(exact);
    CHECK(std::isinf((*exact)[0]));
    const std::atomic<bool> cancelled{true};
    CHECK_FALSE(outputSqnrDb(compared, *opened, 0, Arithmetic::TfliteReference, RunControl(&cancelled, {})));
}
