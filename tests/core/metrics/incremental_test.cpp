// SPDX-License-Identifier: GPL-3.0-or-later
// After any sequence of edits the incremental report must be the whole one, bit for bit.
#include "core/metrics/incremental.h"

#include "core/convert/convert.h"
#include "core/metrics/events.h"
#include "core/sim/samplerunner.h"
#include "core/sim/synthetic.h"
#include "core/tflite/tflite.h"
#include "reports.h"
#include "tests/core/tinymodel.h"

#include <catch2/catch.hpp>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <random>

using namespace requant;
using testing::difference;

namespace {

class Random
{
public:
    explicit Random(std::uint64_t seed) : m_engine(seed) {}
    int integer(int low, int high) { return std::uniform_int_distribution<int>(low, high)(m_engine); }
    bool oneIn(int n) { return integer(1, n) == 1; }

private:
    std::mt19937_64 m_engine;
};

std::uint64_t baseSeed()
{
    const char *text = std::getenv("REQUANT_SEED");
    return text ? std::strtoull(text, nullptr, 10) : std::uint64_t{std::random_device{}()};
}

std::shared_ptr<const Model> load(const std::filesystem::path &file)
{
    auto loaded = loadTflite(file);
    REQUIRE(loaded);
    return loaded->model;
}

std::shared_ptr<const Model> sampleModel()
{
    return load(std::filesystem::path(REQUANT_SOURCE_DIR) / "resources/sample/fashion_mobilenet_uint8.tflite");
}

SampleSet noise(const Model &m, std::size_t count)
{
    const Subgraph &g = m.subgraphs.front();
    std::vector<std::size_t> sizes;
    for (const TensorIndex t : g.inputs)
        sizes.push_back(byteSize(g.tensor(t).type, static_cast<std::size_t>(elementCount(g.tensor(t).shape))));
    return SampleSet::generated(m, count, "noise", [sizes](std::size_t i) {
        std::mt19937 engine(static_cast<unsigned>(i));
        std::vector<std::vector<std::byte>> inputs;
        for (const std::size_t n : sizes) {
            inputs.emplace_back(n);
            for (std::byte &b : inputs.back())
                b = static_cast<std::byte>(engine());
        }
        return inputs;
    });
}

Recipe quickRecipe(const char *profile)
{
    Recipe r;
    if (const Profile *p = findProfile(profile))
        r = p->recipe;
    r.algorithms.scaleSearch = r.algorithms.errorFolding = r.algorithms.roundingSearch = false;
    return r;
}

// A change that a user might make.
void edit(Recipe &r, Random &random, int operators)
{
    if (random.oneIn(6)) {
        static constexpr const char *kProfiles[]{"symmetric", "symmetric-pow2", "tflite-int8", "symmetric-per-channel", "tflite-int16x8"};
        r.rules = quickRecipe(kProfiles[random.integer(0, 4)]).rules;
        return;
    }
    if (random.oneIn(8)) {
        r.algorithms.weightCorrection = !r.algorithms.weightCorrection;
        return;
    }
    if (!r.rules.empty() && random.oneIn(5)) {
        r.rules.pop_back();
        return;
    }
    Rule rule;
    const int first = random.integer(0, operators - 1);
    rule.range = {first, std::min(operators - 1, first + (random.oneIn(4) ? 3 : 0))};
    switch (random.integer(0, 5)) {
    case 0: rule.activations.scale = ScaleRule::PowerOfTwo; break;
    case 1: rule.weights.scale = ScaleRule::PowerOfTwo; break;
    case 2: rule.activations.type = ElementType::Int8; break;
    case 3: rule.activations.symmetry = Symmetry::Symmetric; break;
    case 4: rule.weights.granularity = Granularity::PerTensor; break;
    default: rule.activations.keep = rule.weights.keep = true; break;
    }
    r.rules.push_back(rule);
}

Conversion converted(const std::shared_ptr<const Model> &model, const Recipe &r)
{
    Result<Conversion> c = convert({model, r, nullptr, {}});
    REQUIRE(c);
    return std::move(*c);
}

ErrorReport updated(IncrementalComparison &engine, const ComparedModels &c, const Numerics &n = {})
{
    Result<ErrorReport> r = engine.update(c, n);
    REQUIRE(r);
    return std::move(*r);
}

ErrorReport whole(const ComparedModels &c, const SampleSet &samples, std::size_t limit, const Numerics &n = {})
{
    Result<ErrorReport> r = measureErrors(c, samples, limit, n);
    REQUIRE(r);
    return std::move(*r);
}

void editAtRandom(const std::shared_ptr<const Model> &model, const SampleSet &samples, int edits)
{
    const auto seed = baseSeed();
    INFO("REQUANT_SEED=" << seed);
    Random random(seed);
    const int operators = static_cast<int>(model->subgraphs.front().operators.size());
    IncrementalOptions options;
    options.samples = samples.size();
    // From nothing to everything, in both halves of the budget.
    const std::size_t budgets[]{0, 200'000, 2'000'000, std::size_t{256} << 20};
    options.budget = budgets[random.integer(0, 3)];
    options.threads = static_cast<unsigned>(random.integer(1, 3));
    INFO("budget " << options.budget << ", threads " << options.threads);
    IncrementalComparison engine(model, samples, options);
    Recipe recipe = quickRecipe("symmetric");
    Numerics numerics;
    for (int k = 0; k < edits; ++k) {
        INFO("edit " << k);
        edit(recipe, random, operators);
        if (random.oneIn(10))
            numerics = random.oneIn(2) ? Arithmetic::Xnnpack : Arithmetic::ShiftHalfUp;
        const Conversion c = converted(model, recipe);
        if (random.oneIn(4)) { // cancelled on the way, at some sample
            std::atomic<bool> cancelled{false};
            const int after = random.integer(0, static_cast<int>(samples.size()));
            std::atomic<int> steps{0};
            const RunControl control(&cancelled, [&](std::size_t, std::size_t, std::string_view) { cancelled = ++steps >= after; });
            (void)engine.update(c.compared(), numerics, control);
            continue; // the next edit starts from there
        }
        CHECK(difference(updated(engine, c.compared(), numerics), whole(c.compared(), samples, 0, numerics)) == "");
        CHECK(engine.keptBytes() <= options.budget + options.budget / 10);
    }
}

} // namespace

TEST_CASE("reportsAfterRandomEditsAreTheWholeOnes")
{
    const auto model = sampleModel();
    editAtRandom(model, noise(*model, 5), 12);
}

TEST_CASE("reportsAfterRandomEditsOfMobileNetAreTheWholeOnes")
{
    const auto file = std::filesystem::path(REQUANT_ACCEPTANCE_DIR) / "models/mobilenet_v1_0.25_128_quant.tflite";
    if (std::string(REQUANT_ACCEPTANCE_DIR).empty() || !std::filesystem::exists(file)) {
        std::cout << "skipped: no acceptance data\n";
        return;
    }
    const auto model = load(file);
    editAtRandom(model, noise(*model, 3), 5);
}

TEST_CASE("onlyWhatAnEditChangedIsSimulated")
{
    const auto model = sampleModel();
    const int operators = static_cast<int>(model->subgraphs.front().operators.size());
    IncrementalOptions options;
    options.samples = 4;
    IncrementalComparison engine(model, noise(*model, 9), options);
    CHECK(engine.sampleCount() == 4);
    Recipe r = quickRecipe("symmetric");
    r.algorithms.zeroPointFolding = false; // inserts no paddings: operators keep their positions
    const Conversion first = converted(model, r);
    updated(engine, first.compared());
    CHECK(engine.work().sourceRuns == 4);
    CHECK(engine.work().operators == 4 * first.model->subgraphs.front().operators.size());

    // Nothing changed: another conversion with the same recipe.
    updated(engine, converted(model, r).compared());
    CHECK(engine.work().sourceRuns == 0);
    CHECK(engine.work().operators == 0);
    CHECK(engine.work().localOperators == 0);

    // The weights of one layer: this layer alone, and what follows it.
    Rule rule;
    rule.range = {operators - 5, operators - 5};
    rule.weights.scale = ScaleRule::PowerOfTwo;
    r.algorithms.weightCorrection = false;
    const Conversion plain = converted(model, r);
    updated(engine, plain.compared());
    r.rules.push_back(rule);
    const Conversion c = converted(model, r);
    REQUIRE(c.model->subgraphs.front().operators[static_cast<std::size_t>(operators) - 5].code == Op::Conv2D);
    updated(engine, c.compared());
    CHECK(engine.work().sourceRuns == 0);
    CHECK(engine.work().localOperators == 4);
    CHECK(engine.work().operators == 4 * 5);
}

TEST_CASE("localErrorsOfTheLayersAskedForComeFirst")
{
    const auto model = sampleModel();
    const SampleSet samples = noise(*model, 3);
    IncrementalComparison engine(model, samples);
    const Conversion c = converted(model, quickRecipe("symmetric-pow2"));
    const ErrorReport expected = whole(c.compared(), samples, 0);
    const OperatorIndex layer{2};
    int calls = 0;
    const Result<ErrorReport> r = engine.update(c.compared(), Numerics{}, {}, std::span(&layer, 1), [&](const ErrorReport &preview) {
        ++calls;
        REQUIRE(preview.layers.size() == expected.layers.size());
        for (std::size_t i = 0; i < preview.layers.size(); ++i) {
            CHECK_FALSE(preview.layers[i].cumulative);
            CHECK(testing::same(preview.layers[i].local, i == 2 ? expected.layers[i].local : std::nullopt));
            CHECK(testing::same(preview.layers[i].weights, expected.layers[i].weights));
        }
    });
    REQUIRE(r);
    CHECK(calls == 1);
    CHECK(difference(*r, expected) == "");

    // All layers, when none is named; unchanged ones with the numbers that they had.
    REQUIRE(engine.update(c.compared(), Numerics{}, {}, {}, [&](const ErrorReport &preview) {
        ++calls;
        for (std::size_t i = 0; i < preview.layers.size(); ++i)
            CHECK(testing::same(preview.layers[i].local, expected.layers[i].local));
    }));
    CHECK(calls == 2);
}

TEST_CASE("networksThatKeepStateAreMeasuredWhole")
{
    // A variable holds the last input; out = in + variable.
    const auto network = [](float outScale) {
        test::TinyModel m;
        const auto in = m.activation("in", {1, 4}, ElementType::Int8, 0.5f, 0);
        const auto handle = m.plain("handle", {}, ElementType::Resource);
        const auto last = m.activation("last", {1, 4}, ElementType::Int8, 0.5f, 0);
        const auto out = m.activation("out", {1, 4}, ElementType::Int8, outScale, 0);
        m.add(Op::VarHandle, {}, {handle});
        m.add(Op::ReadVariable, {handle}, {last});
        m.add(Op::Add, {in, last}, {out}, test::TinyModel::options("AddOptions"));
        m.add(Op::AssignVariable, {handle, in}, {});
        m.io({in}, {out});
        return std::make_shared<const Model>(m.model());
    };
    const auto source = network(1.0f);
    REQUIRE(keepsState(*source));
    const SampleSet samples = noise(*source, 6);
    IncrementalComparison engine(source, samples);
    for (const float scale : {0.75f, 1.0f, 2.0f}) {
        const ComparedModels c{source, network(scale), {}, {}};
        const ErrorReport r = updated(engine, c);
        CHECK(difference(r, whole(c, samples, 0)) == "");
        CHECK(engine.work().sourceRuns == 6);
        CHECK(engine.keptBytes() == 0);
        REQUIRE(r.layers[2].cumulative);
        CHECK(std::isinf(r.layers[2].cumulative->sqnrDb) == (scale == 1.0f));
    }
}

// A recurrent layer behind another one: feeding the others alone must not touch its state. The errors are also those of two
// simulators that run the samples in order.
TEST_CASE("recurrentLayersKeepTheirStateBetweenSamples")
{
    const auto network = [](float middleScale, float outScale) {
        test::TinyModel m;
        const auto weights = [](std::size_t n) {
            std::vector<std::int8_t> w;
            for (std::size_t i = 0; i < n; ++i)
                w.push_back(static_cast<std::int8_t>(static_cast<int>(i * 37 % 200) - 100));
            return w;
        };
        const auto in = m.activation("in", {1, 4}, ElementType::Int8, 0.05f, 0);
        const auto w = m.constant<std::int8_t>("w", {4, 4}, ElementType::Int8, QuantParams::perTensor(0.01f, 0), weights(16));
        const auto middle = m.activation("middle", {1, 4}, ElementType::Int8, middleScale, 3);
        const auto feature = m.constant<std::int8_t>("feature", {3, 4}, ElementType::Int8, QuantParams::perTensor(0.01f, 0), weights(12));
        const auto time = m.constant<std::int16_t>("time", {3, 5}, ElementType::Int16, QuantParams::perTensor(1.0f / 32768, 0),
                                                   {9000, -4000, 20000, 8000, 30000, 100, 200, -300, 25000, 9000, 15000, 12000, 1000, -7000, 28000});
        const auto bias = m.constant<std::int32_t>("bias", {3}, ElementType::Int32, {}, {100, 200, 300});
        const auto state = m.activation("state", {1, 15}, ElementType::Int16, 0.001f, 0);
        m.graph().tensor(state).isVariable = true;
        const auto out = m.activation("out", {1, 3}, ElementType::Int8, outScale, -128);
        m.add(Op::FullyConnected, {in, w, TensorIndex{}}, {middle}, test::TinyModel::options("FullyConnectedOptions"));
        auto options = std::make_shared<Table>(*test::TinyModel::options("SVDFOptions"));
        options->set("rank", FieldValue{std::int64_t{1}});
        options->set("fused_activation_function", FieldValue{std::int64_t{1}});
        m.add(Op::Svdf, {middle, feature, time, bias, state}, {out}, options);
        m.io({in}, {out});
        return std::make_shared<const Model>(m.model());
    };
    const auto source = network(0.08f, 0.05f);
    REQUIRE(keepsState(*source));
    constexpr std::size_t kSamples = 9;
    const SampleSet samples = noise(*source, kSamples);
    IncrementalComparison engine(source, samples);
    for (const float scale : {0.2f, 0.08f, 0.4f}) {
        const ComparedModels c{source, network(scale, 0.07f), {}, {}};
        const ErrorReport r = updated(engine, c);
        CHECK(difference(r, whole(c, samples, 0)) == "");
        CHECK(engine.work().sourceRuns == kSamples);
        CHECK(r.layers[0].local);
        CHECK_FALSE(r.layers[1].local);
        REQUIRE(r.layers[1].cumulative);
        auto a = Simulator::create(c.source), b = Simulator::create(c.converted);
        REQUIRE(a);
        REQUIRE(b);
        double squares = 0;
        for (std::size_t i = 0; i < kSamples; ++i) {
            REQUIRE(runSample(*a, samples, i, {}, {}));
            REQUIRE(runSample(*b, samples, i, {}, {}));
            for (std::size_t k = 0; k < 3; ++k) {
                const double x = 0.05f * static_cast<float>(static_cast<std::int8_t>(a->output(0)[k]) + 128), y = 0.07f * static_cast<float>(static_cast<std::int8_t>(b->output(0)[k]) + 128);
                squares += (x - y) * (x - y);
            }
        }
        CHECK(squares > 0);
        CHECK(r.layers[1].cumulative->mse == Approx(squares / (3 * kSamples)).epsilon(1e-5));
    }
}

TEST_CASE("operatorsWithoutKernelAreToldOnce")
{
    // in -> convolution -> a; a -> unknown operator -> b -> convolution -> c; a -> convolution -> d.
    test::TinyModel m;
    const auto t = [&](const char *name) { return m.activation(name, {1, 1, 1, 2}, ElementType::Int8, 1, 0); };
    const auto in = t("in"), a = t("a"), b = t("b"), c = t("c"), d = t("d");
    const auto conv = [&](TensorIndex from, TensorIndex to) {
        m.conv<std::int8_t>(from, to, ElementType::Int8, QuantParams::perTensor(1, 0), {1, 0, 0, 1}, {0, 0});
    };
    conv(in, a);
    const OperatorIndex unknown = m.add(Op::Custom, {a}, {b});
    m.graph().op(unknown).customCode = "Unheard";
    conv(b, c);
    conv(a, d);
    m.io({in}, {c, d});
    const auto model = std::make_shared<const Model>(m.model());
    IncrementalComparison engine(model, noise(*model, 2));
    const ErrorReport r = updated(engine, {model, model, {}, {}});
    REQUIRE(r.unsupported.size() == 1);
    CHECK(r.unsupported[0].where == Location(OperatorRef{SubgraphIndex{0}, unknown}));
    CHECK_THAT(text(r.unsupported[0]), Catch::Contains("Unheard"));
    const Diagnostics findings = eventDiagnostics(r);
    REQUIRE(findings.size() == 1);
    CHECK(findings[0].severity == Severity::Warning);
    CHECK(r.layers[0].cumulative);
    CHECK(r.layers[0].local);
    CHECK_FALSE(r.layers[1].cumulative);
    CHECK_FALSE(r.layers[2].cumulative);
    CHECK_FALSE(r.layers[2].local); // its input is not known
    CHECK(r.layers[2].weights);
    CHECK(r.layers[3].cumulative);
    CHECK_FALSE(r.hasOutput);
    CHECK(difference(updated(engine, {model, model, {}, {}}), r) == "");
}
