// SPDX-License-Identifier: GPL-3.0-or-later
// On the shipped sample network.
#include "core/convert/diagnosis.h"
#include "core/convert/report.h"
#include "core/sim/synthetic.h"
#include "core/tflite/tflite.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstring>
#include <thread>

using namespace requant;

namespace {

const std::filesystem::path kSample = std::filesystem::path(REQUANT_SOURCE_DIR) / "resources/sample";

std::shared_ptr<const Model> sample()
{
    auto loaded = loadTflite(kSample / "fashion_mobilenet_uint8.tflite");
    REQUIRE(loaded);
    return loaded->model;
}

std::shared_ptr<const SampleSet> images(const Model &model)
{
    auto set = SampleSet::open(kSample / "fashion_test_images.npy", model, 24);
    REQUIRE(set);
    return std::make_shared<const SampleSet>(std::move(*set));
}

Recipe recipeOf(const char *id)
{
    const Profile *p = findProfile(id);
    REQUIRE(p);
    return p->recipe;
}

bool sameModel(const Model &a, const Model &b)
{
    return modelDifferences(a, b, 1).empty();
}

} // namespace

TEST_CASE("conversionsThatShareEvidenceAreThoseThatDoNot")
{
    const auto model = sample();
    std::vector<Recipe> recipes;
    for (const char *id : {"symmetric", "symmetric-pow2", "tflite-int16x8", "esp-dl-s3"})
        recipes.push_back(recipeOf(id));
    recipes[1].arithmetic = Arithmetic::Xnnpack; // the source runs by another arithmetic
    recipes[2].algorithms.equalization = false;
    for (const bool real : {false, true}) {
        const auto set = real ? images(*model) : nullptr;
        std::vector<Conversion> alone;
        for (const Recipe &r : recipes) {
            auto c = convert({model, r, nullptr, {}, set});
            REQUIRE(c);
            alone.push_back(std::move(*c));
        }
        // Everything is kept, or what fits only.
        for (const std::size_t budget : {SourceEvidence::kBudget, std::size_t{400} << 10}) {
            const auto evidence = std::make_shared<SourceEvidence>(model, budget);
            std::vector<Result<Conversion>> shared(recipes.size(), makeError(kCancelled));
            std::vector<std::thread> threads; // two at a time
            for (std::size_t first = 0; first < recipes.size(); first += 2) {
                for (std::size_t i = first; i < first + 2; ++i)
                    threads.emplace_back([&, i] { shared[i] = convert({model, recipes[i], nullptr, {}, set, evidence}); });
                for (std::thread &t : threads)
                    t.join();
                threads.clear();
            }
            for (std::size_t i = 0; i < recipes.size(); ++i) {
                INFO(recipes[i].name << (real ? " on images" : " without data") << ", budget " << budget);
                REQUIRE(shared[i]);
                const auto a = writeTflite(*alone[i].model), b = writeTflite(*shared[i]->model);
                REQUIRE(a);
                REQUIRE(b);
                CHECK(*a == *b);
                CHECK(alone[i].effective == shared[i]->effective);
            }
        }
    }
}

TEST_CASE("editsThatTakeWeightsFromEarlierConversionsGiveWhatAFreshOneGives")
{
    const auto model = sample();
    const auto set = images(*model);
    // Edits of one layer, of algorithms, limits and scales, and back.
    std::vector<Recipe> edits(1, recipeOf("symmetric"));
    const auto edit = [&](auto &&change) {
        edits.push_back(edits.back());
        change(edits.back());
    };
    const auto ruleFor = [](std::int32_t op) {
        Rule r;
        r.range = std::pair(op, op);
        return r;
    };
    edit([&](Recipe &r) {
        Rule rule = ruleFor(2);
        rule.activations.type = ElementType::Int16;
        r.rules.push_back(rule);
    });
    edit([&](Recipe &r) {
        Rule rule = ruleFor(4);
        rule.weights.bits = 5;
        r.rules.push_back(rule);
    });
    edit([&](Recipe &r) { r.rules.back().algorithms.errorFolding = false; });
    edit([&](Recipe &r) { r.limits.biasBits = 16; });
    edit([&](Recipe &r) { r.algorithms.equalization = false; });
    edit([&](Recipe &r) { r.arithmetic = Arithmetic::Xnnpack; });
    edit([&](Recipe &r) { r = edits.front(); });
    const auto evidence = std::make_shared<SourceEvidence>(model, SourceEvidence::kBudget, WeightMemo::kBudget);
    for (const auto effort : {Effort::Fast, Effort::Balanced, Effort::Best, Effort::Fast}) {
        for (std::size_t i = 0; i < edits.size(); ++i) {
            if (effort != Effort::Fast && i % 3 == 2)
                continue; // enough of what takes its time
            INFO(effortName(effort) << ", edit " << i);
            Recipe r = edits[i];
            r.effort = effort;
            const auto samples = effort == Effort::Best ? set : nullptr;
            const auto alone = convert({model, r, nullptr, {}, samples}), shared = convert({model, r, nullptr, {}, samples, evidence});
            REQUIRE(alone);
            REQUIRE(shared);
            const auto a = writeTflite(*alone->model), b = writeTflite(*shared->model);
            REQUIRE(a);
            REQUIRE(b);
            CHECK(*a == *b);
            CHECK(alone->effective == shared->effective);
            CHECK(alone->diagnostics.size() == shared->diagnostics.size());
        }
    }
    CHECK(evidence->weights()->bytes() > 0);
}

TEST_CASE("evidenceOfAnotherModelIsNotUsed")
{
    const auto model = sample(), other = sample();
    const auto evidence = std::make_shared<SourceEvidence>(other);
    const auto a = convert({model, recipeOf("symmetric"), nullptr, {}}),
               b = convert({model, recipeOf("symmetric"), nullptr, {}, nullptr, evidence});
    REQUIRE(a);
    REQUIRE(b);
    CHECK(sameModel(*a->model, *b->model));
}

TEST_CASE("aDiagnosisGoesFromNaiveToTheRecipe")
{
    const auto model = sample();
    const auto set = images(*model);
    const Recipe recipe = recipeOf("symmetric-pow2");
    const auto d = diagnose({model, recipe, nullptr, {}, set});
    REQUIRE(d);
    REQUIRE(d->steps.size() >= 5);
    CHECK(d->steps.front().key == "naive");
    CHECK(d->steps.front().algorithms == Algorithms::naive());
    CHECK(d->steps.back().algorithms == recipe.algorithms);
    CHECK(d->steps.back().key == "empirical_folding");
    const auto plain = convert({model, recipe, nullptr, {}, set});
    REQUIRE(plain);
    CHECK(sameModel(*plain->model, *d->conversion.model));
    CHECK(d->steps.back().outputSqnrDb > d->steps.front().outputSqnrDb + 3);

    for (const DiagnosisStep &s : d->steps) {
        REQUIRE(s.split.layers.size() == model->subgraphs[0].operators.size());
        CHECK(s.split.samples == 8);
        for (const LayerSplit &l : s.split.layers) {
            INFO(s.key << ' ' << l.name);
            CHECK(l.measured);
            CHECK(l.unsplit == "");
            double sum = l.interaction;
            for (const double p : l.parts) {
                CHECK(p >= 0);
                sum += p;
            }
            CHECK(sum == Approx(l.total).epsilon(1e-9).margin(1e-9));
            double shares = 0;
            for (const double s : l.shares)
                shares += s;
            CHECK(shares == Approx(l.total).epsilon(1e-9).margin(1e-9));
            CHECK_FALSE(explanation(l).empty());
            CHECK((l.total > 0 || explanation(l) == "no error"));
        }
    }
    // Where all places are looked at the total is the local error of the report.
    std::size_t compared = 0;
    for (const LayerSplit &l : d->corrected().layers) {
        const LayerError &e = d->errors.layers[l.source.pos()];
        if (!e.local || l.count != e.local->count)
            continue;
        ++compared;
        CHECK(l.total * l.step * l.step == Approx(e.local->mse).epsilon(1e-6).margin(1e-15));
    }
    CHECK(compared > 3);

    const auto worst = worstSplits(d->naive());
    REQUIRE(worst.size() == d->naive().layers.size());
    CHECK(std::is_sorted(worst.begin(), worst.end(),
                         [](const auto *a, const auto *b) { return a->sqnrDb() < b->sqnrDb(); }));

    const auto j = nlohmann::json::parse(diagnosisJson(*d));
    CHECK(j["steps"].size() == d->steps.size());
    CHECK(j["steps"][0]["layers"].size() == d->naive().layers.size());
    CHECK(j["steps"][0]["layers"][0]["parts"].size() == kCauses + 1);
    const std::string csv = diagnosisCsv(*d);
    CHECK(static_cast<std::size_t>(std::count(csv.begin(), csv.end(), '\n'))
          == 1 + d->steps.size() * d->naive().layers.size());
    const std::size_t columns = static_cast<std::size_t>(
        std::count(csv.begin(), csv.begin() + static_cast<std::ptrdiff_t>(csv.find('\n')), ','));
    CHECK(columns == 6 + kCauses + 9 - 1 + 0);

    const ReportSource source{
        {"net.tflite", std::string(64, 'a'), 1}, model, d->samples, 24, Arithmetic::TfliteReference};
    ReportTarget target{"pow2", "title", &d->conversion, &d->errors, {}, {}, {}, &*d};
    const std::string with = reportHtml(source, std::span(&target, 1));
    CHECK(nlohmann::json::parse(reportJson(source, std::span(&target, 1)))["targets"][0]["diagnosis"]["steps"].size()
          == d->steps.size());
    target.diagnosis = nullptr;
    const std::string without = reportHtml(source, std::span(&target, 1));
    for (const char *said :
         {"Where the error of every layer comes from", "What each algorithm bought", "weight rounding"}) {
        CHECK(with.find(said) != std::string::npos);
        CHECK(without.find(said) == std::string::npos);
    }
    CHECK(std::count(with.begin(), with.end(), '<') == std::count(with.begin(), with.end(), '>'));
}

TEST_CASE("aDiagnosisCanBeShortAndStops")
{
    const auto model = sample();
    Recipe recipe = recipeOf("symmetric");
    DiagnoseOptions options;
    options.steps = false;
    options.samples = 2;
    options.layers = {OperatorIndex(1)};
    const auto d = diagnose({model, recipe, nullptr, {}}, options);
    REQUIRE(d);
    REQUIRE(d->steps.size() == 2);
    CHECK(d->samples.find("synthetic") != std::string::npos);
    for (const LayerSplit &l : d->corrected().layers)
        CHECK(l.measured == (l.source == OperatorIndex(1)));
    // Empirical folding needs samples of the user's: no step of its own without.
    options.steps = true;
    const auto all = diagnose({model, recipe, nullptr, {}}, options);
    REQUIRE(all);
    CHECK(
        std::none_of(all->steps.begin(), all->steps.end(), [](const auto &s) { return s.key == "empirical_folding"; }));
    CHECK(all->steps.back().algorithms == recipe.algorithms);
    // A naive recipe has nothing to compare with.
    recipe.algorithms = Algorithms::naive();
    const auto naive = diagnose({model, recipe, nullptr, {}}, options);
    REQUIRE(naive);
    CHECK(naive->steps.size() == 1);
    const std::atomic<bool> cancelled{true};
    const auto stopped = diagnose({model, recipe, nullptr, {}}, options, RunControl(&cancelled, {}));
    REQUIRE(!stopped);
    CHECK(stopped.error().message->id == kCancelled.id);
}
