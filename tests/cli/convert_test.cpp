// SPDX-License-Identifier: GPL-3.0-or-later
#include "program.h"

#include "core/tflite/tflite.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>

using clitest::Folder;
using clitest::Outcome;
using clitest::readAll;
using clitest::runRequant;
using clitest::sampleFile;
using clitest::writeText;

namespace {

const std::string kModel = sampleFile("fashion_mobilenet_uint8.tflite");
const std::string kImages = sampleFile("fashion_test_images.npy");

bool isPowerOfTwo(float scale)
{
    int exponent = 0;
    return std::frexp(scale, &exponent) == 0.5f;
}

} // namespace

TEST_CASE("convertWritesOneModelPerTargetAndAReport")
{
    const Folder folder;
    const Outcome o = runRequant({"convert", kModel, "--profile", "symmetric", "--profile", "symmetric-pow2", "--samples", kImages,
                               "--sample-limit", "16", "--measure-limit", "4", "-o", folder.path("out")});
    INFO(o.err);
    REQUIRE(o.exitCode == 0);
    // Nothing else: no temporary file stays.
    CHECK(folder.files()
          == std::set<std::string>{"out/fashion_mobilenet_uint8-symmetric.tflite",
                                   "out/fashion_mobilenet_uint8-symmetric-pow2.tflite",
                                   "out/fashion_mobilenet_uint8-report.html", "out/fashion_mobilenet_uint8-report.json",
                                   "out/fashion_mobilenet_uint8-report.csv"});
    const std::string said = "written, read back, 0 rule violations";
    CHECK(o.out.find(said) != std::string::npos);
    CHECK(o.out.find(said) != o.out.rfind(said));
    CHECK(o.out.find("not as meant") == std::string::npos);
    CHECK(o.out.find("worst layers") != std::string::npos);
    CHECK(o.out.find("keep") != std::string::npos); // the policy for the softmax is said

    const nlohmann::json report = nlohmann::json::parse(readAll(folder.path("out/fashion_mobilenet_uint8-report.json")));
    REQUIRE(report["targets"].size() == 2);
    CHECK(report["source"]["sha256"].get<std::string>().size() == 64);
    for (const auto &target : report["targets"]) {
        CHECK(target["read_back"]["violations"] == 0);
        CHECK(target["errors"]["layers"].size() == report["source"]["operators"].get<std::size_t>());
        CHECK(target["errors"]["samples"] == 4);
        CHECK(target["recipe"]["rules"].size() > 0);
        for (const auto &adjustment : target["adjustments"])
            CHECK_FALSE(adjustment["reason"].get<std::string>().empty());
    }
    const std::string html = readAll(folder.path("out/fashion_mobilenet_uint8-report.html"));
    CHECK(html.rfind("<!DOCTYPE html>", 0) == 0);
    CHECK(html.find("</html>") != std::string::npos);
    CHECK(html.find("<svg") != std::string::npos);
    CHECK(html.find("src=") == std::string::npos); // nothing is loaded from elsewhere
    CHECK(html.find("<link") == std::string::npos);
    const std::string csv = readAll(folder.path("out/fashion_mobilenet_uint8-report.csv"));
    CHECK(static_cast<std::size_t>(std::count(csv.begin(), csv.end(), '\n'))
          == 1 + 2 * report["source"]["operators"].get<std::size_t>());
}

TEST_CASE("symmetricPow2MeansZeroPointsZeroAndPowersOfTwo")
{
    const Folder folder;
    for (const char *policy : {"keep", "requantize"}) {
        REQUIRE(runRequant({"convert", kModel, "--profile", "symmetric-pow2", "--fixed-outputs", policy, "--no-measure",
                         "--no-report", "-o", folder.path(policy)})
                    .exitCode == 0);
        const auto loaded = requant::loadTflite(folder.path(policy) + "/fashion_mobilenet_uint8-symmetric-pow2.tflite");
        REQUIRE(loaded);
        const requant::Subgraph &g = loaded->model->subgraphs[0];
        std::set<std::int32_t> fixed;
        for (const requant::Operator &op : g.operators)
            if (op.code == requant::Op::Softmax)
                fixed.insert(op.outputs[0].value);
        CHECK(fixed.size() == 1);
        for (std::size_t i = 0; i < g.tensors.size(); ++i) {
            const requant::Tensor &t = g.tensors[i];
            if (!t.quant.isQuantized() || fixed.count(static_cast<std::int32_t>(i)))
                continue;
            INFO(policy << ' ' << t.name);
            for (const std::int64_t z : t.quant.zeroPoint)
                CHECK(z == 0);
            if (t.type == requant::ElementType::Int8)
                CHECK(isPowerOfTwo(t.quant.scale[0]));
        }
        const bool outputIsFixed = fixed.count(g.outputs[0].value) > 0;
        CHECK(outputIsFixed == (std::string(policy) == "keep"));
    }
}

TEST_CASE("recipesAreTargetsToo")
{
    const Folder folder;
    const std::string recipe = folder.path("head.json");
    writeText(recipe, runRequant({"profiles", "show", "symmetric", "--json"}).json()["recipe"].dump());
    const Outcome o = runRequant({"convert", kModel, "--recipe", recipe, "--naive", "--no-report", "--no-measure", "--json", "-o",
                               folder.path("out")});
    REQUIRE(o.exitCode == 0);
    const nlohmann::json j = o.json();
    REQUIRE(j["targets"].size() == 1);
    CHECK(j["targets"][0]["id"] == "head");
    CHECK(j["targets"][0]["violations"] == 0);
    CHECK(j["targets"][0]["differences"].empty());
    CHECK(j["resources"]["cpu_seconds"].get<double>() > 0);
    CHECK(j["resources"]["peak_memory_bytes"].get<double>() > 1e6); // the program itself takes more
    CHECK(j["resources"]["peak_memory_bytes"].get<double>() < 1e9);
    CHECK(folder.files().count("out/fashion_mobilenet_uint8-head.tflite") == 1);
}

TEST_CASE("quietConvertPrintsALinePerModel")
{
    const Folder folder;
    const Outcome o = runRequant({"convert", kModel, "--profile", "symmetric", "--profile", "symmetric-pow2", "--no-measure", "-q",
                                  "-o", folder.path()});
    CHECK(o.exitCode == 0);
    CHECK(std::count(o.out.begin(), o.out.end(), '\n') == 2);
    CHECK(o.out.find("fashion_mobilenet_uint8-symmetric-pow2.tflite: 0 rule violations") != std::string::npos);
    CHECK(o.err.empty());
}

TEST_CASE("aReportOfOtherTargetsIsNotOverwritten")
{
    const Folder folder;
    const auto convertTo = [&](const char *profile) {
        return runRequant({"convert", kModel, "--profile", profile, "--no-measure", "-o", folder.path()});
    };
    const std::string report = folder.path("fashion_mobilenet_uint8-report.json");
    CHECK(convertTo("symmetric").exitCode == 0);
    const std::string before = readAll(report);
    CHECK(convertTo("symmetric-pow2").exitCode == 0);
    CHECK(readAll(report) == before);
    const auto other = nlohmann::json::parse(readAll(folder.path("fashion_mobilenet_uint8-symmetric-pow2-report.json")));
    CHECK(other["targets"][0]["id"] == "symmetric-pow2");
    CHECK(folder.files().size() == 2 + 2 * 3);
    CHECK(convertTo("symmetric").out.find("it replaces the earlier one") != std::string::npos);
    CHECK(folder.files().size() == 2 + 2 * 3);
}

TEST_CASE("twoTargetsOfOneNameAreRefused")
{
    const Folder folder;
    CHECK(runRequant({"convert", kModel, "--profile", "symmetric", "--profile", "symmetric", "-o", folder.path("out")}).exitCode
          == 2);
    CHECK(folder.files().empty());
}

TEST_CASE("formatsAreWhatIsWrittenAndNothingElse")
{
    const Folder folder;
    const Outcome o = runRequant({"convert", kModel, "--profile", "symmetric", "--preset", "fast", "--format", "c-array,recipe", "--format", "csv",
                                  "--input-type", "float32", "--output-type", "uint8", "--json", "-o", folder.path("out")});
    INFO(o.err);
    REQUIRE(o.exitCode == 0);
    const std::string base = "out/fashion_mobilenet_uint8-";
    CHECK(folder.files() == std::set<std::string>{base + "symmetric.h", base + "symmetric.cc", base + "symmetric.recipe.json", base + "report.csv"});
    const auto target = o.json()["targets"][0];
    CHECK(target["file"].is_null());
    CHECK(target["files"].size() == 3);
    CHECK(target["differences"].empty());
    const std::string header = readAll(folder.path(base + "symmetric.h"));
    CHECK(header.find("input 0: float32 1x28x28x1, not quantized") != std::string::npos);
    CHECK(header.find("output 0: uint8 1x10, real = 0.00390625 * (q - (0))") != std::string::npos);
    CHECK(header.find("QUANTIZE") != std::string::npos);
}

TEST_CASE("writtenModelsAreSimulatedBesideTheConversion")
{
    const Folder folder;
    const Outcome o = runRequant({"convert", kModel, "--profile", "symmetric", "--preset", "fast", "--samples", kImages, "--sample-limit", "4",
                                  "--measure-limit", "1", "--input-type", "int8", "--output-type", "float32", "--no-report", "-o", folder.path("out")});
    INFO(o.err);
    REQUIRE(o.exitCode == 0);
    CHECK(o.out.find("0 rule violations, byte-equal to the simulation on 4 samples") != std::string::npos);
    const auto loaded = requant::loadTflite(folder.path("out/fashion_mobilenet_uint8-symmetric.tflite"));
    REQUIRE(loaded);
    const requant::Subgraph &g = loaded->model->subgraphs[0];
    CHECK(g.tensor(g.inputs[0]).type == requant::ElementType::Int8);
    CHECK(g.tensor(g.outputs[0]).type == requant::ElementType::Float32);
    CHECK(runRequant({"convert", kModel, "--profile", "symmetric", "--format", "caffe", "-o", folder.path("no")}).exitCode == 2);
    CHECK(runRequant({"convert", kModel, "--profile", "symmetric", "--input-type", "int4", "-o", folder.path("no")}).exitCode == 2);
}

TEST_CASE("modelsGoToOnnxAndBackAndToAimetAndBack")
{
    const Folder folder;
    const std::string onnx = folder.path("net.onnx"), copy = folder.path("copy.onnx"), back = folder.path("back.tflite");
    REQUIRE(runRequant({"convert", kModel, "-o", onnx, "--quiet"}).exitCode == 0);
    REQUIRE(runRequant({"convert", onnx, "-o", copy, "--quiet"}).exitCode == 0);
    const auto bytesOf = [](const std::string &file) {
        std::ifstream in(file, std::ios::binary);
        return std::string(std::istreambuf_iterator<char>(in), {});
    };
    CHECK(bytesOf(onnx) == bytesOf(copy));
    CHECK_FALSE(bytesOf(onnx).empty());
    CHECK(runRequant({"convert", onnx, "-o", back, "--quiet"}).exitCode == 0);
    CHECK(runRequant({"convert", onnx, "--profile", "symmetric", "--preset", "fast", "-o", folder.path("symmetric.onnx"), "--quiet"}).exitCode == 0);
    CHECK(runRequant({"convert", onnx, "-o", onnx, "--quiet"}).exitCode == 2); // never over the source

    // A network's own encodings on its float network give its grids again.
    REQUIRE(runRequant({"convert", kModel, "--profile", "symmetric", "--preset", "fast", "--naive", "--format", "aimet", "-o", folder.path("aimet"), "--quiet"}).exitCode == 0);
    const std::string stem = folder.path("aimet/fashion_mobilenet_uint8-symmetric");
    for (const char *ending : {".encodings.json", ".encodings-0.6.1.json"}) {
        const Outcome again = runRequant({"convert", stem + "-float.tflite", "--encodings", stem + ending, "-o", folder.path("again.tflite"), "--quiet"});
        CHECK(again.exitCode == 0);
        const auto loaded = requant::loadTflite(folder.path("again.tflite"));
        REQUIRE(loaded);
        const requant::Subgraph &g = loaded->model->subgraphs[0];
        CHECK(g.tensor(g.inputs[0]).type == requant::ElementType::Int8);
        CHECK(g.tensor(g.inputs[0]).quant.zeroPointAt(0) == 0);
    }
    CHECK(runRequant({"convert", kModel, "--encodings", stem + ".encodings.json", "-o", folder.path("no.tflite")}).exitCode == 3);
}
