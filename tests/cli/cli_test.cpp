// SPDX-License-Identifier: GPL-3.0-or-later
#include "program.h"

#include "core/tflite/tflite.h"

#include <catch2/catch.hpp>

#include <sstream>

using clitest::Folder;
using clitest::Outcome;
using clitest::readAll;
using clitest::runRequant;
using clitest::sampleFile;
using clitest::writeText;

namespace {

const std::string kModel = sampleFile("fashion_mobilenet_uint8.tflite");
const std::string kImages = sampleFile("fashion_test_images.npy");
const std::string kLabels = sampleFile("fashion_test_labels.npy");

bool contains(const std::string &text, const std::string &part)
{
    return text.find(part) != std::string::npos;
}

} // namespace

TEST_CASE("everyCommandHasHelpWithExamples")
{
    CHECK(runRequant({"--help"}).exitCode == 0);
    CHECK(contains(runRequant({"--help"}).out, "Exit codes:"));
    CHECK(runRequant({"--version"}).exitCode == 0);
    for (const char *command : {"inspect", "convert", "run", "compare", "evaluate", "verify", "profiles"}) {
        INFO(command);
        const Outcome o = runRequant({command, "--help"});
        CHECK(o.exitCode == 0);
        CHECK(contains(o.out, "Examples:"));
        CHECK(contains(o.out, std::string("requant ") + command));
    }
}

TEST_CASE("wrongUsageExitsWith2")
{
    CHECK(runRequant({}).exitCode == 2);
    CHECK(runRequant({"transmogrify"}).exitCode == 2);
    CHECK(runRequant({"inspect"}).exitCode == 2);
    CHECK(runRequant({"inspect", kModel, "--no-such-option"}).exitCode == 2);
    CHECK(runRequant({"profiles", "show", "no-such-profile"}).exitCode == 2);
    CHECK(runRequant({"run", kModel, "--samples", kImages}).exitCode == 2);
    CHECK(runRequant({"run", kModel, "--samples", kImages, "--arithmetic", "banker", "-o", "x"}).exitCode == 2);
    const Folder folder;
    CHECK(runRequant({"convert", kModel, "-o", folder.path("out")}).exitCode == 2);
    const Outcome unknown = runRequant({"convert", kModel, "--profile", "no-such-profile", "-o", folder.path("out")});
    CHECK(unknown.exitCode == 2);
    CHECK(contains(unknown.err, "no-such-profile"));
    CHECK(folder.files().empty());
}

TEST_CASE("usageErrorsAreMarkedAndPointToHelp")
{
    const Folder folder;
    const Outcome option = runRequant({"inspect", kModel, "--no-such-option"});
    CHECK(option.err.rfind("requant: error: ", 0) == 0);
    CHECK(contains(option.err, "--no-such-option"));
    CHECK(contains(option.err, "'requant inspect --help'"));
    const Outcome noFolder = runRequant({"convert", kModel, "--profile", "symmetric"});
    CHECK(noFolder.exitCode == 2);
    CHECK(noFolder.err.rfind("requant: error: ", 0) == 0);
    CHECK(contains(noFolder.err, "--output"));
    CHECK(runRequant({"inspect", "--json"}).json()["error"]["exit"] == 2);

    CHECK(contains(runRequant({"convert", kModel, "--profile", "symetric", "-o", folder.path("out")}).err,
                   "did you mean 'symmetric'?"));
    CHECK(contains(runRequant({"profiles", "show", "amd-dpuu"}).err, "did you mean 'amd-dpu'?"));
    CHECK_FALSE(contains(runRequant({"profiles", "show", "qqqqqqqqqqqq"}).err, "did you mean"));

    const std::string file = folder.path("file");
    writeText(file, "in the way");
    const Outcome wrong = runRequant({"convert", kModel, "--profile", "symmetric", "-o", file});
    CHECK(wrong.exitCode == 2);
    CHECK(contains(wrong.err, "-o takes a folder"));
    const Outcome two = runRequant({"convert", kModel, "--profile", "symmetric", "--profile", "symmetric-pow2", "-o", folder.path("net.tflite")});
    CHECK(two.exitCode == 2);
    CHECK(contains(two.err, "several targets"));
    CHECK(folder.files() == std::set<std::string>{"file"});
}

TEST_CASE("aFailedConversionLeavesNoFolder")
{
    const Folder folder;
    std::filesystem::create_directory(folder.path("none"));
    const Outcome o = runRequant({"convert", kModel, "--profile", "symmetric", "--samples", folder.path("none"), "-o",
                                  folder.path("a/b")});
    CHECK(o.exitCode == 3);
    CHECK(contains(o.err, ".png")); // the kinds it looks for
    CHECK_FALSE(std::filesystem::exists(folder.path("a")));
}

TEST_CASE("unusableFilesExitWith3AndAreNamed")
{
    const Folder folder;
    const std::string missing = folder.path("missing.tflite"), empty = folder.path("empty.tflite"),
                      words = folder.path("words.tflite"), cut = folder.path("cut.tflite");
    writeText(empty, "");
    writeText(words, "version https://example.org/spec\nsize 1234\n");
    writeText(cut, readAll(kModel).substr(0, 40000));
    for (const std::string &file : {missing, empty, words, cut}) {
        for (const char *command : {"inspect", "verify"}) {
            INFO(command << ' ' << file);
            const Outcome o = runRequant({command, file});
            CHECK(o.exitCode == 3);
            CHECK(contains(o.err, file));
            CHECK(o.out.empty());
        }
        const Outcome json = runRequant({"inspect", file, "--json"});
        CHECK(json.exitCode == 3);
        CHECK(json.json()["error"]["file"] == file);
        CHECK_FALSE(json.json()["error"]["message"].get<std::string>().empty());
    }
}

TEST_CASE("badSamplesLabelsAndRecipesAreNamed")
{
    const Folder folder;
    const std::string raw = folder.path("short.raw"), recipe = folder.path("mine.json"), noNpy = folder.path("no.npy");
    writeText(raw, "abc");
    writeText(noNpy, "not an array");
    writeText(recipe, "{\n  \"requant_recipe\": 1,\n  \"rulez\": []\n}\n");
    for (const std::string &file : {raw, noNpy, folder.path("missing.npy")}) {
        INFO(file);
        const Outcome o = runRequant({"run", kModel, "--samples", file, "-o", folder.path("out")});
        CHECK(o.exitCode == 3);
        CHECK(contains(o.err, file));
    }
    const Outcome labels = runRequant({"evaluate", kModel, "--samples", kImages, "--labels", noNpy});
    CHECK(labels.exitCode == 3);
    CHECK(contains(labels.err, noNpy));
    const Outcome r = runRequant({"convert", kModel, "--recipe", recipe, "-o", folder.path("out")});
    CHECK(r.exitCode == 3);
    CHECK(contains(r.err, recipe));
    CHECK(contains(r.err, "line 3"));
    CHECK(contains(r.err, "rulez"));
}

TEST_CASE("placesThatCannotBeWrittenExitWith4")
{
    const Folder folder;
    const std::string file = folder.path("file");
    writeText(file, "in the way");
    const Outcome run = runRequant({"run", kModel, "--samples", kImages, "--limit", "1", "-o", file + "/out"});
    CHECK(run.exitCode == 4);
    CHECK(contains(run.err, file));
    CHECK(runRequant({"convert", kModel, "--profile", "symmetric", "-o", file + "/out"}).exitCode == 4);
    CHECK(readAll(file) == "in the way");
}

TEST_CASE("inspectTellsWhatIsInTheModel")
{
    const nlohmann::json j = runRequant({"inspect", kModel, "--json", "--tensors"}).json();
    CHECK(j["operators"] == j["layers"].size());
    CHECK(j["tensors"] == j["all_tensors"].size());
    CHECK(j["sha256"].get<std::string>().size() == 64);
    CHECK(j["inputs"][0]["type"] == "uint8");
    CHECK(j["operator_counts"]["CONV_2D"].get<int>() > 10);
    const std::string layer = j["layers"][0]["layer"];
    const Outcome one = runRequant({"inspect", kModel, "--layer", layer});
    CHECK(one.exitCode == 0);
    CHECK(contains(one.out, layer));
    CHECK(contains(one.out, "stride_w"));
    const Outcome none = runRequant({"inspect", kModel, "--layer", "no such layer"});
    CHECK(none.exitCode == 3);
    CHECK(contains(none.err, kModel));
}

TEST_CASE("inspectLayerNamesOptionsRangesAndMatches")
{
    const nlohmann::json j = runRequant({"inspect", kModel, "--json"}).json();
    const Outcome first = runRequant({"inspect", kModel, "--layer", "0"});
    CHECK(contains(first.out, "RELU6"));
    CHECK(contains(first.out, "SAME"));
    const Outcome past = runRequant({"inspect", kModel, "--layer", "999"});
    CHECK(past.exitCode == 3);
    CHECK(contains(past.err, "0.." + std::to_string(j["operators"].get<int>() - 1)));
    const Outcome several = runRequant({"inspect", kModel, "--layer", "expanded_conv_3"});
    CHECK(several.exitCode == 2);
    CHECK(several.out.empty());
    CHECK(contains(several.err, "layers match"));
    for (const auto &l : j["layers"])
        if (const std::string name = l["layer"]; name.rfind("expanded_conv_3/", 0) == 0)
            CHECK(contains(several.err, name));
}

TEST_CASE("profilesHaveFactsWithSources")
{
    const nlohmann::json all = runRequant({"profiles", "list", "--json"}).json();
    CHECK(all.size() >= 13);
    for (const auto &p : all) {
        const nlohmann::json one = runRequant({"profiles", "show", p["id"].get<std::string>(), "--json"}).json();
        INFO(p["id"]);
        CHECK(one["facts"].size() > 0);
        for (const auto &fact : one["facts"])
            CHECK_FALSE(fact["source"].get<std::string>().empty());
        CHECK(one["recipe"].is_object());
    }
}

TEST_CASE("verifyFindsABrokenRule")
{
    const std::string int8Model = sampleFile("fashion_mobilenet_int8.tflite");
    CHECK(runRequant({"verify", kModel, int8Model}).exitCode == 0);
    const auto loaded = requant::loadTflite(int8Model);
    REQUIRE(loaded);
    requant::Model broken = *loaded->model;
    bool changed = false;
    for (const requant::Operator &op : broken.subgraphs[0].operators)
        if (op.code == requant::Op::Softmax) {
            broken.subgraphs[0].tensor(op.outputs[0]).quant.scale[0] *= 2;
            changed = true;
        }
    REQUIRE(changed);
    const Folder folder;
    const std::string file = folder.path("broken.tflite");
    REQUIRE(requant::saveTflite(broken, file));
    const Outcome o = runRequant({"verify", file});
    CHECK(o.exitCode == 1);
    CHECK(contains(o.out, "SOFTMAX"));
    const nlohmann::json j = runRequant({"verify", file, "--json"}).json();
    CHECK(j["violations"] == 1);
    CHECK(j["diagnostics"][0].contains("id"));
}

TEST_CASE("verifyChecksAgainstATarget")
{
    const Folder folder;
    REQUIRE(runRequant({"convert", kModel, "--profile", "int8-per-tensor", "--no-measure", "--no-report", "-o", folder.path()})
                .exitCode
            == 0);
    const std::string made = folder.path("fashion_mobilenet_uint8-int8-per-tensor.tflite"), recipe = folder.path("r.json");
    writeText(recipe, runRequant({"profiles", "show", "int8-per-tensor", "--json"}).json()["recipe"].dump());
    const Outcome good = runRequant({"verify", made, "--profile", "int8-per-tensor"});
    INFO(good.out);
    CHECK(good.exitCode == 0);
    CHECK(contains(good.out, "0 misses of target int8-per-tensor"));
    CHECK(runRequant({"verify", made, "--recipe", recipe}).exitCode == 0);
    CHECK(runRequant({"verify", kModel}).exitCode == 0);
    const Outcome other = runRequant({"verify", made, "--profile", "symmetric-pow2", "--json"});
    CHECK(other.exitCode == 1);
    CHECK(other.json()["target_misses"].get<int>() > 0);
    CHECK(other.json()["violations"] == 0);
    CHECK(runRequant({"verify", made, "--profile", "symmetric", "--recipe", recipe}).exitCode == 2);
    CHECK(runRequant({"verify", made, "--profile", "symetric"}).exitCode == 2);
}

TEST_CASE("runWritesTheGoldenLayout")
{
    const Folder folder;
    const Outcome o = runRequant({"run", kModel, "--samples", kImages, "--limit", "3", "--all-tensors", "--save-inputs", "-o",
                               folder.path("a")});
    REQUIRE(o.exitCode == 0);
    CHECK(folder.files()
          == std::set<std::string>{"a/output0.raw", "a/inputs.raw", "a/tensors.bin", "a/tensors.tsv"});
    CHECK(readAll(folder.path("a/output0.raw")).size() == 3 * 10);
    const std::string inputs = readAll(folder.path("a/inputs.raw")), bin = readAll(folder.path("a/tensors.bin"));
    // The table describes the bytes, and the first tensor is the first input.
    std::istringstream table(readAll(folder.path("a/tensors.tsv")));
    std::string line;
    std::getline(table, line);
    CHECK(line == "tensor\tname\toffset\tbytes");
    std::size_t at = 0, rows = 0;
    while (std::getline(table, line)) {
        const std::size_t tab = line.rfind('\t'), before = line.rfind('\t', tab - 1);
        CHECK(std::stoul(line.substr(before + 1)) == at);
        at += std::stoul(line.substr(tab + 1));
        ++rows;
    }
    CHECK(at == bin.size());
    CHECK(rows > 20);
    CHECK(inputs.size() % 3 == 0);
    CHECK(contains(bin, inputs.substr(0, inputs.size() / 3)));

    // The saved inputs give the same outputs again, on any number of threads.
    for (const char *threads : {"1", "2"}) {
        REQUIRE(runRequant({"run", kModel, "--samples", folder.path("a/inputs.raw"), "--threads", threads, "-o", folder.path("b")})
                    .exitCode == 0);
        CHECK(readAll(folder.path("b/output0.raw")) == readAll(folder.path("a/output0.raw")));
    }
}

TEST_CASE("benchPrintsTheMedian")
{
    const Outcome o = runRequant({"run", kModel, "--samples", kImages, "--limit", "2", "--bench", "3"});
    CHECK(o.exitCode == 0);
    REQUIRE(o.out.rfind("median_ms ", 0) == 0);
    CHECK(std::stod(o.out.substr(10)) > 0);
    const nlohmann::json j = runRequant({"run", kModel, "--samples", kImages, "--limit", "2", "--bench", "3", "--json"}).json();
    CHECK(j["median_ms"].get<double>() >= j["min_ms"].get<double>());
}

TEST_CASE("evaluateAgainstItselfFindsNoChange")
{
    const Outcome o = runRequant({"evaluate", kModel, "--against", kModel, "--samples", kImages, "--labels", kLabels, "--limit",
                               "100", "--json"});
    REQUIRE(o.exitCode == 0);
    const nlohmann::json j = o.json();
    CHECK(j["samples"] == 100);
    CHECK(j["top1"].get<double>() > 80);
    CHECK(j["top5"].get<double>() >= j["top1"].get<double>());
    CHECK(j["against"]["top1"] == j["top1"]);
    CHECK(j["gained"] == 0);
    CHECK(j["lost"] == 0);
    CHECK(j["agreement"] == 1.0);
    CHECK(j["sqnr_db"].is_null());
}

TEST_CASE("evaluateWithoutLabelsComparesWithTheSourceOnly")
{
    CHECK(runRequant({"evaluate", kModel, "--samples", kImages}).exitCode == 2);
    const Folder folder;
    REQUIRE(runRequant({"convert", kModel, "--profile", "symmetric", "--preset", "fast", "--no-measure", "--no-report",
                        "-o", folder.path()})
                .exitCode
            == 0);
    const std::string made = folder.path("fashion_mobilenet_uint8-symmetric.tflite");
    const std::vector<std::string> bare{"evaluate", made,      "--against", kModel,  "--samples",
                                        kImages,    "--limit", "40",        "--json"};
    std::vector<std::string> labelled = bare;
    labelled.insert(labelled.end(), {"--labels", kLabels});
    const nlohmann::json a = runRequant(bare).json(), b = runRequant(labelled).json();
    CHECK_FALSE(a.contains("top1"));
    CHECK_FALSE(a.contains("gained"));
    CHECK_FALSE(a["against"].contains("top1"));
    CHECK(a["outputs"] == "scores");
    CHECK(a["exact"] == false);
    CHECK(a["sqnr_db"] == b["sqnr_db"]);
    CHECK(a["agreement"] == b["agreement"]);
    CHECK(b.contains("top1"));
    const Outcome text = runRequant({"evaluate", made, "--against", kModel, "--samples", kImages, "--limit", "40"});
    CHECK(text.exitCode == 0);
    CHECK(text.out.find("agreement") != std::string::npos);
    CHECK(text.out.find("top-1") == std::string::npos);
}

TEST_CASE("evaluateMeasuresMasksAndBoxesByTheirOverlap")
{
    const std::string acceptance = REQUANT_ACCEPTANCE_DIR;
    if (acceptance.empty()) {
        WARN("skipped: no acceptance models");
        return;
    }
    const Folder folder;
    const std::string photos = acceptance + "/data/photos";
    for (const std::string name : {"coco_ssd_mobilenet_v1_1.0_quant_2018_06_29", "deeplabv3_mnv2_pascal_quant"}) {
        CAPTURE(name);
        const std::string source = acceptance + "/models/" + name + ".tflite",
                          made = folder.path(name + "-tflite-int8.tflite");
        REQUIRE(runRequant({"convert", source, "--profile", "tflite-int8", "--preset", "fast", "--no-measure",
                            "--no-report", "-o", folder.path()})
                    .exitCode
                == 0);
        const bool mask = name.starts_with("deeplab");
        const std::string limit = mask ? "2" : "5", part = mask ? "mask" : "boxes";
        const nlohmann::json same =
            runRequant({"evaluate", source, "--against", source, "--samples", photos, "--limit", limit, "--json"})
                .json();
        CHECK(same["outputs"] == (mask ? "mask" : "detections"));
        CHECK(same["agreement"].is_null());
        CHECK(same["exact"] == true);
        CHECK(same[part]["mean_iou"] == 1.0);
        const nlohmann::json j =
            runRequant({"evaluate", made, "--against", source, "--samples", photos, "--limit", limit, "--json"}).json();
        CHECK(j["exact"] == false);
        CHECK(j["sqnr_db"].get<double>() > 15);
        CHECK(j[part]["mean_iou"].get<double>() > 0.6);
        CHECK(j[part]["mean_iou"].get<double>() < 1.0);
        if (mask)
            CHECK(j["mask"]["equal_places"].get<double>() > 0.9);
        else
            CHECK(j["boxes"]["matched"].get<int>() <= j["boxes"]["source"].get<int>());
    }
}

TEST_CASE("theFloatReferenceIsNearTheModel")
{
    const Folder folder;
    REQUIRE(runRequant({"run", kModel, "--samples", kImages, "--limit", "3", "--float", "-o", folder.path("real")}).exitCode == 0);
    CHECK(readAll(folder.path("real/output0.raw")).size() == 3 * 10 * sizeof(float));
    const nlohmann::json j = runRequant({"evaluate", kModel, "--float", "--against", kModel, "--samples", kImages, "--labels", kLabels, "--limit",
                                         "50", "--json"}).json();
    CHECK(j["float"] == true);
    CHECK(j["agreement"].get<double>() > 0.9);
    CHECK(j["sqnr_db"].get<double>() > 15);
}

TEST_CASE("compareExitsWith1ForDifferentModels")
{
    const Folder folder;
    CHECK(runRequant({"compare", kModel, kModel}).exitCode == 0);
    REQUIRE(runRequant({"convert", kModel, "--profile", "symmetric", "--no-measure", "--no-report", "-o", folder.path()}).exitCode
            == 0);
    const std::string other = folder.path("fashion_mobilenet_uint8-symmetric.tflite");
    const Outcome o = runRequant({"compare", kModel, other, "--samples", kImages, "--limit", "4", "--json"});
    CHECK(o.exitCode == 1);
    const nlohmann::json j = o.json();
    CHECK(j["equal"] == false);
    CHECK(j["layers_comparable"] == true);
    CHECK(j["differences"].size() > 0);
    CHECK(j["errors"]["samples"] == 4);
    CHECK(j["errors"]["output_sqnr_db"].get<double>() > 10);

    // The count and the table come first; fields only where asked for.
    const std::string count = std::to_string(j["differences"].size()) + " fields differ", field = j["differences"][0];
    const Outcome brief = runRequant({"compare", kModel, other});
    CHECK(brief.out.rfind(count, 0) == 0);
    CHECK_FALSE(contains(brief.out, field));
    const Outcome full = runRequant({"compare", kModel, other, "--fields", "--most", "0"});
    CHECK(full.out.find(field) > full.out.find("operator"));
    for (const auto &d : j["differences"])
        CHECK(contains(full.out, d.get<std::string>()));
}

TEST_CASE("interruptEndsWith130AndLeavesNoFiles")
{
    const Folder folder;
    const Outcome o = runRequant({"run", kModel, "--samples", kImages, "--bench", "10000000", "-o", folder.path("out"), "--limit",
                               "1"},
                              1500);
    CHECK(o.exitCode == 130);
    CHECK(contains(o.err, "stopped"));
    for (const std::string &file : folder.files())
        CHECK(file == "out/output0.raw"); // whole, or not there yet
}
