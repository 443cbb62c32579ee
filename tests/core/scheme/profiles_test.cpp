// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/scheme/profiledata.h"
#include "core/scheme/recipejson.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <filesystem>
#include <set>

using namespace requant;

namespace {

std::string errorOf(const std::string &json)
{
    const auto p = parseProfile(json, "p.json");
    return p ? "no error" : text(p.error());
}

const Rule &firstRule(std::string_view id)
{
    const Profile *p = findProfile(id);
    REQUIRE(p);
    REQUIRE_FALSE(p->recipe.rules.empty());
    return p->recipe.rules.front();
}

} // namespace

TEST_CASE("everyProfileFileIsBuiltInAndWellFormed")
{
    std::set<std::string> files;
    for (const auto &entry : std::filesystem::directory_iterator(REQUANT_SOURCE_DIR "/resources/profiles"))
        files.insert(entry.path().filename().string());
    std::set<std::string> builtIn;
    for (const ProfileSource &s : profileSources()) {
        const auto p = parseProfile(s.json, s.file);
        INFO((p ? std::string() : text(p.error())));
        REQUIRE(p.has_value());
        CHECK(p->id + ".json" == s.file);
        builtIn.insert(std::string(s.file));
    }
    CHECK(files == builtIn);
    CHECK(builtinProfiles().size() == profileSources().size());
}

TEST_CASE("profilesAreThoseOfTheProduct")
{
    const std::vector<std::string> expected{"tflite-int8",
                                            "tflite-int16x8",
                                            "tf1-uint8",
                                            "symmetric",
                                            "symmetric-pow2",
                                            "symmetric-per-channel",
                                            "symmetric-pow2-per-channel",
                                            "int8-per-tensor",
                                            "x86-no-vnni",
                                            "amd-dpu",
                                            "esp-dl-s3",
                                            "esp-dl-p4",
                                            "ti-tidl",
                                            "sony-imx500"};
    std::vector<std::string> ids;
    for (const Profile &p : builtinProfiles())
        ids.push_back(p.id);
    CHECK(ids == expected);
    CHECK(findProfile("tpu-of-tomorrow") == nullptr);
}

TEST_CASE("everyProfileNamesTheSourceOfEachFact")
{
    for (const Profile &p : builtinProfiles()) {
        INFO(p.id);
        CHECK_FALSE(p.title.empty());
        CHECK_FALSE(p.summary.empty());
        CHECK(p.facts.size() >= 3);
        for (const ProfileFact &f : p.facts) {
            INFO(f.statement);
            CHECK_FALSE(f.statement.empty());
            CHECK(f.source.size() > 8);
            CHECK(f.statement.find('?') == std::string::npos);
        }
        CHECK(p.recipe.name == p.id);
    }
}

TEST_CASE("everyProfileSetsEveryFieldOfEveryTensor")
{
    for (const Profile &p : builtinProfiles()) {
        INFO(p.id);
        const Rule &r = firstRule(p.id);
        CHECK((r.name.empty() && r.regex.empty() && r.operators.empty() && !r.range));
        for (const TensorConfig &c : {r.activations, r.weights}) {
            CHECK((c.type && c.symmetry && c.granularity && c.scale && c.narrowRange));
            CHECK_FALSE(c.keep);
        }
    }
}

TEST_CASE("profilesHoldTheirDefiningDemands")
{
    for (const char *id :
         {"symmetric-pow2", "symmetric-pow2-per-channel", "amd-dpu", "esp-dl-s3", "esp-dl-p4", "ti-tidl"}) {
        INFO(id);
        for (const TensorConfig &c : {firstRule(id).activations, firstRule(id).weights}) {
            CHECK(c.scale == ScaleRule::PowerOfTwo);
            CHECK(c.symmetry == Symmetry::Symmetric);
            CHECK(c.type == ElementType::Int8);
        }
    }
    for (const char *id : {"symmetric", "symmetric-pow2", "int8-per-tensor", "amd-dpu", "esp-dl-s3", "ti-tidl"}) {
        INFO(id);
        CHECK(firstRule(id).weights.granularity == Granularity::PerTensor);
    }
    for (const char *id : {"symmetric-per-channel", "symmetric-pow2-per-channel", "esp-dl-p4", "sony-imx500",
                           "tflite-int8", "tflite-int16x8"}) {
        INFO(id);
        CHECK(firstRule(id).weights.granularity == Granularity::PerChannel);
    }
    CHECK(firstRule("tflite-int16x8").activations.type == ElementType::Int16);
    CHECK(firstRule("tflite-int16x8").activations.symmetry == Symmetry::Symmetric);
    CHECK(firstRule("tflite-int16x8").weights.type == ElementType::Int8);
    CHECK(firstRule("tflite-int8").weights.narrowRange == true);
    CHECK(firstRule("tf1-uint8").weights.type == ElementType::UInt8);
    CHECK(firstRule("tf1-uint8").weights.symmetry == Symmetry::Asymmetric);
    CHECK(firstRule("sony-imx500").activations.scale == ScaleRule::PowerOfTwo);
    CHECK(firstRule("sony-imx500").activations.symmetry == Symmetry::Restricted); // signed or unsigned, tensor by tensor
    CHECK(firstRule("sony-imx500").weights.scale == ScaleRule::Any);
    CHECK(firstRule("x86-no-vnni").weights.bits == 7);

    const Limits dpu = findProfile("amd-dpu")->recipe.limits;
    CHECK(dpu.shiftRange == std::pair(0, 16));
    CHECK(dpu.biasBits == 8);
    CHECK(findProfile("esp-dl-s3")->recipe.limits.biasBits == 20);
    CHECK(findProfile("esp-dl-p4")->recipe.limits.biasBits == 32);
    CHECK_FALSE(findProfile("ti-tidl")->recipe.limits.biasBits); // unknown stays unknown
    CHECK_FALSE(findProfile("ti-tidl")->unknown.empty());
}

TEST_CASE("everyProfileNamesItsArithmetic")
{
    for (const ProfileSource &s : profileSources()) {
        INFO(s.file);
        CHECK(s.json.find("\"arithmetic\": \"") != std::string_view::npos);
    }
    CHECK(findProfile("esp-dl-s3")->recipe.arithmetic == Arithmetic::ShiftHalfUp);
    CHECK(findProfile("esp-dl-p4")->recipe.arithmetic == Arithmetic::ShiftHalfEven);
    CHECK(findProfile("amd-dpu")->recipe.arithmetic == Arithmetic::ShiftHalfUp);
    CHECK(findProfile("amd-dpu")->recipe.limits.biasOwnScale);
    // What runs in TFLite, and what is not documented.
    for (const char *id : {"tflite-int8", "tflite-int16x8", "tf1-uint8", "symmetric", "symmetric-pow2", "symmetric-per-channel",
                           "symmetric-pow2-per-channel", "int8-per-tensor", "ti-tidl", "sony-imx500"}) {
        INFO(id);
        CHECK(findProfile(id)->recipe.arithmetic == Arithmetic::TfliteReference);
    }
    for (const char *id : {"ti-tidl", "sony-imx500"}) {
        const auto &unknown = findProfile(id)->unknown;
        CHECK(std::any_of(unknown.begin(), unknown.end(), [](const std::string &u) { return u.starts_with("Rounding"); }));
    }
}

TEST_CASE("profileErrorsNameLineColumnAndKey")
{
    const std::string head = "{\"requant_profile\": 1, \"id\": \"x\", \"title\": \"X\", \"summary\": \"s\",\n";
    const std::string recipe = "\"recipe\": {\"rules\": []}";
    CHECK(errorOf(head + "\"facts\": [], " + recipe + "}") == "no error");
    CHECK(errorOf(head + recipe + "}") == "p.json: line 1, column 1, facts: the key is missing");
    CHECK(errorOf(head + "\"facts\": [{\"statement\": \"s\"}], " + recipe + "}")
          == "p.json: line 2, column 11, facts[0].source: the key is missing");
    CHECK(errorOf(head + "\"facts\": [{\"statement\": \"s\", \"source\": \"\"}], " + recipe + "}")
          == "p.json: line 2, column 40, facts[0].source: must not be empty");
    CHECK(errorOf(head + "\"facts\": [], \"recipe\": {\"rules\": [{\"weights\": {\"type\": \"int3\"}}]}}")
          == "p.json: line 2, column 56, recipe.rules[0].weights.type: \"int3\" is none of int8, uint8, int4");
    CHECK(
        errorOf(head + "\"facts\": [], \"recipe\": {\"requant_recipe\": 2}}")
        == "p.json: line 2, column 43, recipe.requant_recipe: version 2 is newer than this program, which reads up to "
           "version 1");
    CHECK(errorOf("{\"requant_profile\": 9}")
          == "p.json: line 1, column 21, requant_profile: version 9 is newer than this program, which reads up to "
             "version 1");
}
