// SPDX-License-Identifier: GPL-3.0-or-later
#include "program.h"

#include <catch2/catch.hpp>

#include <algorithm>

using clitest::Folder;
using clitest::Outcome;
using clitest::readAll;
using clitest::runRequant;
using clitest::sampleFile;

namespace {

const std::string kModel = sampleFile("fashion_mobilenet_uint8.tflite");
const std::string kImages = sampleFile("fashion_test_images.npy");

} // namespace

TEST_CASE("diagnoseNamesCausesAndWhatAlgorithmsBuy")
{
    const Folder folder;
    const Outcome o = runRequant({"diagnose", kModel, "--profile", "symmetric-pow2", "--samples", kImages,
                                  "--sample-limit", "8", "--measure-limit", "2", "--worst", "3", "--csv",
                                  folder.path("d.csv"), "--html", folder.path("d.html")});
    INFO(o.err);
    REQUIRE(o.exitCode == 0);
    for (const char *said : {"where the error of the worst layers comes from (3 of",
                             "naive: ", "what each algorithm bought", "+ rounding search", "end to end"})
        CHECK(o.out.find(said) != std::string::npos);
    CHECK(folder.files() == std::set<std::string>{"d.csv", "d.html"});
    CHECK(readAll(folder.path("d.html")).find("Where the error of every layer comes from") != std::string::npos);
    CHECK(readAll(folder.path("d.csv")).rfind("step,operator,code,layer", 0) == 0);
}

TEST_CASE("diagnoseOfChosenLayersAsJson")
{
    const Outcome o = runRequant({"diagnose", kModel, "--profile", "symmetric", "--no-steps", "--measure-limit", "1",
                                  "--layers", "0", "--json"});
    INFO(o.err);
    REQUIRE(o.exitCode == 0);
    const auto j = o.json();
    CHECK(j["format"] == "requant-diagnosis");
    REQUIRE(j["steps"].size() == 2);
    std::size_t measured = 0;
    for (const auto &l : j["steps"][1]["layers"])
        measured += l["measured"].get<bool>() ? 1 : 0;
    CHECK(measured == 1);
}

TEST_CASE("diagnoseSaysWhatIsWrongWithItsArguments")
{
    CHECK(runRequant({"diagnose", kModel}).exitCode == 2);
    CHECK(runRequant({"diagnose", kModel, "--profile", "symmetrc"}).err.find("did you mean") != std::string::npos);
    const Outcome o = runRequant({"diagnose", kModel, "--profile", "symmetric", "--layers", "nowhere*"});
    CHECK(o.exitCode == 2);
    CHECK(o.err.find("nowhere*") != std::string::npos);
    CHECK(runRequant({"diagnose", "missing.tflite", "--profile", "symmetric"}).exitCode == 3);
}

TEST_CASE("severalTargetsAreThoseOfEachAloneWithDiagnosis")
{
    const Folder folder;
    REQUIRE(
        runRequant({"convert", kModel, "--profile", "symmetric", "--profile", "symmetric-pow2", "--samples", kImages,
                    "--sample-limit", "8", "--measure-limit", "3", "--diagnose", "-o", folder.path("both")})
            .exitCode
        == 0);
    const auto both = nlohmann::json::parse(readAll(folder.path("both/fashion_mobilenet_uint8-report.json")));
    std::size_t i = 0;
    for (const char *id : {"symmetric", "symmetric-pow2"}) {
        REQUIRE(runRequant({"convert", kModel, "--profile", id, "--samples", kImages, "--sample-limit", "8",
                            "--measure-limit", "3", "-o", folder.path(id)})
                    .exitCode
                == 0);
        const std::string file = std::string("/fashion_mobilenet_uint8-") + id + ".tflite";
        CHECK(readAll(folder.path("both") + file) == readAll(folder.path(id) + file));
        const auto alone = nlohmann::json::parse(readAll(folder.path(id) + "/fashion_mobilenet_uint8-report.json"));
        CHECK(both["targets"][i]["errors"] == alone["targets"][0]["errors"]);
        CHECK(both["targets"][i]["diagnosis"]["steps"].size() > 3);
        CHECK_FALSE(alone["targets"][0].contains("diagnosis"));
        ++i;
    }
    CHECK(readAll(folder.path("both/fashion_mobilenet_uint8-report.html")).find("What each algorithm bought")
          != std::string::npos);
}
