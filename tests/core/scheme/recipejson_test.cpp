// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/scheme/recipejson.h"

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <unistd.h>

using namespace requant;

namespace {

Recipe fullRecipe()
{
    Recipe r;
    r.name = "All fields \"quoted\" \n and é";
    r.description = "every field set once";
    r.fixedOutputs = FixedOutputPolicy::Requantize;
    r.arithmetic = Arithmetic::Xnnpack;
    r.algorithms = {false, true, false};
    r.limits.shiftRange = std::pair(-2, 16);
    r.limits.biasBits = 20;
    r.limits.biasOwnScale = true;
    r.accumulator = {24, Overflow::Wrap};
    Rule all;
    all.activations = {ElementType::Int8, Symmetry::Symmetric, Granularity::PerTensor, ScaleRule::PowerOfTwo, true, {}};
    all.weights = {ElementType::Int4, Symmetry::Asymmetric, Granularity::PerChannel, ScaleRule::Any, false, false};
    Rule some;
    some.name = "block_[0-9]/*";
    some.regex = R"(conv_\d+$)";
    some.operators = {"CONV_2D", "INPUT"};
    some.range = std::pair(3, 10);
    some.activations.keep = true;
    some.comment = "left alone";
    some.algorithms.scaleSearch = false;
    some.algorithms.empiricalFolding = true;
    Rule schemes;
    schemes.activations.symmetry = Symmetry::Restricted;
    schemes.weights.scale = ScaleRule::PowerOfTwoMultiplier;
    schemes.weights.bits = 7;
    Rule nothing;
    r.rules = {all, some, schemes, nothing};
    return r;
}

// The error for a recipe whose rules, or any other text behind the version, are given.
std::string errorOf(const std::string &json)
{
    const auto r = parseRecipe(json, "r.json");
    return r ? "no error" : text(r.error());
}

std::string errorOfBody(const std::string &body)
{
    return errorOf("{\"requant_recipe\": 1,\n" + body + "}");
}

} // namespace

TEST_CASE("writtenRecipeReadsBackEqual")
{
    for (const Recipe &r : {Recipe{}, fullRecipe()}) {
        const std::string json = recipeToJson(r);
        INFO(json);
        const auto back = parseRecipe(json);
        REQUIRE(back.has_value());
        CHECK(*back == r);
        CHECK(recipeToJson(*back) == json);
    }
}

TEST_CASE("defaultsStandWhereKeysAreMissing")
{
    const auto r = parseRecipe(R"({"requant_recipe": 1})");
    REQUIRE(r.has_value());
    CHECK(*r == Recipe{});
    const auto partly = parseRecipe(R"({"requant_recipe": 1, "algorithms": {"scale_search": false}})");
    REQUIRE(partly.has_value());
    CHECK(partly->algorithms == Algorithms{true, false, true});
}

TEST_CASE("numericsAreArithmeticAccumulatorAndBiasWidth")
{
    CHECK(numerics(Recipe{}) == Numerics{});
    const auto r = parseRecipe(R"({"requant_recipe": 1, "arithmetic": "shift-half-even", "accumulator": {"bits": 24}, "limits": {"bias_bits": 20}})");
    REQUIRE(r.has_value());
    CHECK(numerics(*r) == Numerics{Arithmetic::ShiftHalfEven, {24, Overflow::Saturate, 20, false}});
    const auto wrap = parseRecipe(R"({"requant_recipe": 1, "accumulator": {"bits": 16, "overflow": "wrap"}})");
    REQUIRE(wrap.has_value());
    CHECK(numerics(*wrap) == Numerics{Arithmetic::TfliteReference, {16, Overflow::Wrap, 0, false}});
}

TEST_CASE("sourceRunsInItsOwnRuntime")
{
    const AccumulatorModel narrow{24, Overflow::Wrap, 20, true};
    CHECK(sourceNumerics({Arithmetic::ShiftHalfUp, narrow}) == Numerics{Arithmetic::TfliteReference, {}});
    CHECK(sourceNumerics({Arithmetic::Xnnpack, narrow}) == Numerics{Arithmetic::Xnnpack, {}});
    CHECK(sourceNumerics({Arithmetic::TfliteSingle, {}}) == Numerics{Arithmetic::TfliteSingle, {}});
}

TEST_CASE("commentsAreAllowed")
{
    const auto r = parseRecipe("// mine\n{ /* version */ \"requant_recipe\": 1 // one\n, \"rules\": [ /* none */ ] }");
    CHECK(r.has_value());
}

TEST_CASE("recipeErrorsNameLineColumnAndKey")
{
    struct Row
    {
        const char *body, *error;
    };
    const Row rows[] = {
        {R"("colour": 1)",
         "r.json: line 2, column 1, colour: unknown key; known here: requant_recipe, name, description, "
         "arithmetic, accumulator, fixed_outputs, preset, algorithms, limits, rules"},
        {R"("name": 1)", "r.json: line 2, column 9, name: expected a text, found an integer"},
        {R"("arithmetic": "exact")",
         "r.json: line 2, column 15, arithmetic: \"exact\" is none of tflite-reference, tflite-single, xnnpack, shift-half-up, shift-half-even, shift-half-away, shift-truncate, onnxruntime"},
        {R"("fixed_outputs": "drop")",
         "r.json: line 2, column 18, fixed_outputs: \"drop\" is none of keep, requantize"},
        {R"("algorithms": [])", "r.json: line 2, column 15, algorithms: expected an object, found a list"},
        {R"("algorithms": {"scale_search": 1})",
         "r.json: line 2, column 32, algorithms.scale_search: expected true or false, found an integer"},
        {R"("algorithms": {"magic": true})", "r.json: line 2, column 16, algorithms.magic: unknown key; known here: "
                                             "weight_correction, scale_search, error_folding, zero_point_folding, rounding_search, empirical_folding, equalization"},
        {R"("limits": {"bias_bits": 1})", "r.json: line 2, column 25, limits.bias_bits: 1 is not between 2 and 64"},
        {R"("limits": {"bias_bits": 8.0})",
         "r.json: line 2, column 25, limits.bias_bits: expected an integer, found a number with a fraction"},
        {R"("limits": {"shift_range": [16, 0]})",
         "r.json: line 2, column 27, limits.shift_range: the range [16, 0] ends before it begins"},
        {R"("limits": {"shift_range": [16]})",
         "r.json: line 2, column 27, limits.shift_range: expected two integers [first, last]"},
        {R"("limits": {"steps": 1})",
         "r.json: line 2, column 12, limits.steps: unknown key; known here: shift_range, bias_bits, bias_own_scale"},
        {R"("limits": {"bias_own_scale": 1})",
         "r.json: line 2, column 30, limits.bias_own_scale: expected true or false, found an integer"},
        {R"("accumulator": 24)", "r.json: line 2, column 16, accumulator: expected an object, found an integer"},
        {R"("accumulator": {"bits": 15})", "r.json: line 2, column 25, accumulator.bits: 15 is not between 16 and 64"},
        {R"("accumulator": {"bits": 65})", "r.json: line 2, column 25, accumulator.bits: 65 is not between 16 and 64"},
        {R"("accumulator": {"bits": "24"})", "r.json: line 2, column 25, accumulator.bits: expected an integer, found a text"},
        {R"("accumulator": {"bits": 24, "overflow": "clip"})",
         "r.json: line 2, column 41, accumulator.overflow: \"clip\" is none of saturate, wrap"},
        {R"("accumulator": {"width": 24})", "r.json: line 2, column 17, accumulator.width: unknown key; known here: bits, overflow"},
        {R"("rules": {})", "r.json: line 2, column 10, rules: expected a list, found an object"},
        {R"("rules": [{},
 7])",
         "r.json: line 3, column 2, rules[1]: expected an object, found an integer"},
        {R"("rules": [{"layer": "x"}])",
         "r.json: line 2, column 12, rules[0].layer: unknown key; known here: name, regex, "
         "operators, range, activations, weights, algorithms, comment"},
        {R"("rules": [{"name": null}])", "r.json: line 2, column 20, rules[0].name: expected a text, found null"},
        {R"("rules": [{"operators": "CONV_2D"}])",
         "r.json: line 2, column 25, rules[0].operators: expected a list, found a text"},
        {R"("rules": [{"operators": [1]}])",
         "r.json: line 2, column 26, rules[0].operators[0]: expected a text, found an integer"},
        {R"("rules": [{"operators": ["CONV_2D", "CONV2D"]}])",
         "r.json: line 2, column 37, rules[0].operators[1]: there is no operator \"CONV2D\""},
        {R"("rules": [{"range": [4, 3]}])",
         "r.json: line 2, column 21, rules[0].range: the range [4, 3] ends before it begins"},
        {R"("rules": [{"range": [-1, 3]}])",
         "r.json: line 2, column 22, rules[0].range[0]: -1 is not between 0 and 2147483647"},
        {R"("rules": [{"range": [0, 99999999999]}])",
         "r.json: line 2, column 25, rules[0].range[1]: 99999999999 is not between 0 and 2147483647"},
        {R"("rules": [{"activations": {"type": "int4"}}])",
         "r.json: line 2, column 36, rules[0].activations.type: \"int4\" is none of int8, uint8, int16"},
        {R"("rules": [{"activations": {"type": 8}}])",
         "r.json: line 2, column 36, rules[0].activations.type: expected a text, found an integer"},
        {R"("rules": [{"activations": {"granularity": "per-channel"}}])",
         "r.json: line 2, column 43, rules[0].activations.granularity: activations cannot be per-channel; only weights "
         "can"},
        {R"("rules": [{}, {}, {
  "weights": {"symmetry": "symmetric",
    "type": "int16"}}])",
         "r.json: line 4, column 13, rules[2].weights.type: \"int16\" is none of int8, uint8, int4"},
        {R"("rules": [{"weights": {"symmetry": "both"}}])",
         "r.json: line 2, column 36, rules[0].weights.symmetry: \"both\" is none of asymmetric, symmetric, restricted"},
        {R"("rules": [{"weights": {"granularity": "per-axis"}}])",
         "r.json: line 2, column 39, rules[0].weights.granularity: \"per-axis\" is none of per-tensor, per-channel"},
        {R"("rules": [{"weights": {"scale": "pow2"}}])",
         "r.json: line 2, column 33, rules[0].weights.scale: \"pow2\" is none of any, power-of-two, power-of-two-multiplier"},
        {R"("rules": [{"activations": {"scale": "power-of-two-multiplier"}}])",
         "r.json: line 2, column 37, rules[0].activations.scale: a power-of-two multiplier is had by choosing the weights' scale; "
         "activations take any or power-of-two"},
        {R"("rules": [{"activations": {"bits": 7}}])",
         "r.json: line 2, column 36, rules[0].activations.bits: only weights can have fewer bits; kernels saturate activations at the "
         "ends of their type"},
        {R"("rules": [{"weights": {"own_grid": true}}])",
         "r.json: line 2, column 36, rules[0].weights.own_grid: weights always have a grid of their own"},
        {R"("rules": [{"activations": {"own_grid": 1}}])",
         "r.json: line 2, column 40, rules[0].activations.own_grid: expected true or false, found an integer"},
        {R"("rules": [{"weights": {"bits": 9}}])", "r.json: line 2, column 32, rules[0].weights.bits: 9 is not between 2 and 8"},
        {R"("rules": [{"weights": {"bits": 1}}])", "r.json: line 2, column 32, rules[0].weights.bits: 1 is not between 2 and 8"},
        {R"("rules": [{"weights": {"bits": "7"}}])",
         "r.json: line 2, column 32, rules[0].weights.bits: expected an integer, found a text"},
        {R"("rules": [{"weights": {"type": "int4", "bits": 7}}])",
         "r.json: line 2, column 48, rules[0].weights.bits: int4 has no 7 bits"},
        {R"("rules": [{"algorithms": {"scale_search": "off"}}])",
         "r.json: line 2, column 43, rules[0].algorithms.scale_search: expected true or false, found a text"},
        {R"("rules": [{"algorithms": {"magic": true}}])",
         "r.json: line 2, column 27, rules[0].algorithms.magic: unknown key; known here: weight_correction, scale_search, "
         "error_folding, zero_point_folding, rounding_search, empirical_folding, equalization"},
        {R"("rules": [{"weights": {"narrow_range": "yes"}}])",
         "r.json: line 2, column 40, rules[0].weights.narrow_range: expected true or false, found a text"},
        {R"("rules": [{"weights": {"keep": 0}}])",
         "r.json: line 2, column 32, rules[0].weights.keep: expected true or false, found an integer"},
        {R"("rules": [{"weights": {"width": 8}}])",
         "r.json: line 2, column 24, rules[0].weights.width: unknown key; known "
         "here: type, symmetry, granularity, scale, narrow_range, bits, own_grid, keep"},
        {R"("name": "a", "name": "b")", "r.json: line 2, column 14, name: the key is given twice"},
    };
    for (const Row &r : rows) {
        INFO(r.body);
        CHECK(errorOfBody(r.body) == r.error);
    }
}

TEST_CASE("illFormedRegexIsAnErrorWithItsPlace")
{
    const std::string e = errorOfBody(R"("rules": [{"regex": "conv("}])");
    CHECK(e.rfind("r.json: line 2, column 21, rules[0].regex: \"conv(\" is no regular expression: ", 0) == 0);
}

TEST_CASE("versionIsLookedAtFirst")
{
    CHECK(errorOf(R"({"name": "x"})") == "r.json: line 1, column 1, requant_recipe: the key is missing");
    CHECK(errorOf(R"({"hologram": [], "requant_recipe": 2})")
          == "r.json: line 1, column 36, requant_recipe: version 2 is newer than this program, which reads up to "
             "version 1");
    CHECK(errorOf(R"({"requant_recipe": 0})")
          == "r.json: line 1, column 20, requant_recipe: 0 is no version; the first one is 1");
    CHECK(errorOf(R"({"requant_recipe": "1"})")
          == "r.json: line 1, column 20, requant_recipe: expected an integer, found a text");
    CHECK(errorOf("[]") == "r.json: line 1, column 1, top level: expected an object, found a list");
}

TEST_CASE("syntaxErrorsCarryTheSource")
{
    CHECK(errorOf("{\"requant_recipe\": 1,\n}").rfind("r.json: line 2, column 1: not valid JSON: ", 0) == 0);
}

TEST_CASE("recipesAreSavedAndLoaded")
{
    const std::filesystem::path folder =
        std::filesystem::temp_directory_path() / ("requant_recipe_test_" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder);
    const std::filesystem::path file = folder / "r.json";
    REQUIRE(saveRecipe(fullRecipe(), file).has_value());
    const auto back = loadRecipe(file);
    REQUIRE(back.has_value());
    CHECK(*back == fullRecipe());

    std::ofstream(file) << "{\n  \"requant_recipe\": 1,\n  \"rule\": []\n}\n";
    const auto bad = loadRecipe(file);
    REQUIRE_FALSE(bad.has_value());
    CHECK(text(bad.error()).rfind(file.string() + ": line 3, column 3, rule: unknown key", 0) == 0);
    CHECK_FALSE(loadRecipe(folder / "none.json").has_value());
    std::filesystem::remove_all(folder);
}

TEST_CASE("shippedRecipesAreWellFormed")
{
    std::size_t count = 0;
    for (const auto &entry : std::filesystem::directory_iterator(REQUANT_SOURCE_DIR "/resources/recipes")) {
        if (entry.path().extension() != ".json")
            continue;
        ++count;
        const auto r = loadRecipe(entry.path());
        INFO((r ? std::string() : text(r.error())));
        REQUIRE(r.has_value());
        CHECK_FALSE(r->description.empty());
        CHECK_FALSE(r->rules.empty());
    }
    CHECK(count > 0);
}
