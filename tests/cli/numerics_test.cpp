// SPDX-License-Identifier: GPL-3.0-or-later
// Arithmetics and widths from the command line to outputs, totals and findings.
#include "program.h"

#include <catch2/catch.hpp>

#include <algorithm>

using clitest::Folder;
using clitest::Outcome;
using clitest::readAll;
using clitest::runRequant;
using clitest::sampleFile;
using clitest::writeText;

namespace {

const std::string kModel = sampleFile("fashion_mobilenet_int8.tflite");
const std::string kImages = sampleFile("fashion_test_images.npy");
const std::string kLabels = sampleFile("fashion_test_labels.npy");

bool contains(const std::string &text, const std::string &part)
{
    return text.find(part) != std::string::npos;
}

std::vector<std::string> run(const std::string &folder, const std::vector<std::string> &more = {})
{
    std::vector<std::string> args{"run", kModel, "--samples", kImages, "--limit", "8", "-o", folder};
    args.insert(args.end(), more.begin(), more.end());
    return args;
}

std::vector<std::string> with(std::vector<std::string> args, const std::vector<std::string> &more)
{
    args.insert(args.end(), more.begin(), more.end());
    return args;
}

std::vector<std::string> ids(const nlohmann::json &diagnostics)
{
    std::vector<std::string> out;
    for (const auto &d : diagnostics)
        out.push_back(d["id"]);
    return out;
}

bool holds(const std::vector<std::string> &all, const std::string &one)
{
    return std::find(all.begin(), all.end(), one) != all.end();
}

} // namespace

TEST_CASE("widthsThatAreNoneExitWith2")
{
    const Folder folder;
    for (const char *width : {"15", "65", "x", "24:clip", "24:", ":wrap", "2 4", "-20"}) {
        INFO(width);
        const Outcome o = runRequant(run(folder.path("out"), {"--accumulator=" + std::string(width)}));
        CHECK(o.exitCode == 2);
        CHECK(contains(o.err, "--accumulator"));
    }
    for (const char *width : {"1", "65", "8:", "8:wrap", "own"}) {
        INFO(width);
        const Outcome o = runRequant(run(folder.path("out"), {"--bias-bits=" + std::string(width)}));
        CHECK(o.exitCode == 2);
        CHECK(contains(o.err, "--bias-bits"));
    }
    CHECK(folder.files().empty());
}

TEST_CASE("everyArithmeticHasItsOutputs")
{
    const Folder folder;
    REQUIRE(runRequant(run(folder.path("tflite-reference"))).exitCode == 0);
    for (const char *name : {"tflite-single", "xnnpack", "shift-half-up", "shift-half-even", "shift-half-away", "shift-truncate"}) {
        INFO(name);
        const Outcome o = runRequant(run(folder.path(name), {"--arithmetic", name, "--json"}));
        REQUIRE(o.exitCode == 0);
        CHECK(o.json()["arithmetic"] == name);
        CHECK(readAll(folder.path(name) + "/output0.raw").size() == readAll(folder.path("tflite-reference") + "/output0.raw").size());
    }
    CHECK(readAll(folder.path("shift-truncate") + "/output0.raw") != readAll(folder.path("tflite-reference") + "/output0.raw"));
}

TEST_CASE("runTellsWhatOverflowed")
{
    const Folder folder;
    const Outcome plain = runRequant(run(folder.path("plain")));
    REQUIRE(plain.exitCode == 0);
    CHECK_FALSE(contains(plain.out, "overflows"));

    const Outcome narrow = runRequant(run(folder.path("narrow"), {"--accumulator", "16"}));
    REQUIRE(narrow.exitCode == 0);
    CHECK(contains(narrow.out, "overflows: "));
    CHECK(contains(narrow.out, "; accumulator: 16 bits, saturating"));
    const auto j = runRequant(run(folder.path("json"), {"--accumulator", "16:wrap", "--bias-bits", "14", "--json"})).json();
    CHECK(j["accumulator"]["bits"] == 16);
    CHECK(j["accumulator"]["overflow"] == "wrap");
    CHECK(j["bias_bits"] == 14);
    CHECK(j["counters"]["overflowed"] > 0);
    CHECK(j["counters"]["clipped_bias"] > 0);

    const Outcome wide = runRequant(run(folder.path("wide"), {"--accumulator", "32"}));
    REQUIRE(wide.exitCode == 0);
    CHECK(contains(wide.out, "overflows: none"));
    CHECK(readAll(folder.path("wide") + "/output0.raw") == readAll(folder.path("plain") + "/output0.raw"));
    CHECK(readAll(folder.path("narrow") + "/output0.raw") != readAll(folder.path("plain") + "/output0.raw"));
}

TEST_CASE("countersDoNotDependOnThreads")
{
    const Folder folder;
    const auto one = runRequant(run(folder.path("one"), {"--accumulator", "16", "--threads", "1", "--json"})).json();
    const auto four = runRequant(run(folder.path("four"), {"--accumulator", "16", "--threads", "4", "--json"})).json();
    CHECK(one["counters"] == four["counters"]);
}

TEST_CASE("theSourceIsEvaluatedInItsOwnRuntime")
{
    const std::vector<std::string> alone{"evaluate", kModel, "--samples", kImages, "--labels", kLabels, "--json"};
    const auto plain = runRequant(alone).json();
    const auto paired = runRequant(with(alone, {"--against", kModel, "--arithmetic", "shift-half-up", "--accumulator", "16"})).json();
    CHECK(paired["against"]["top1"] == plain["top1"]);
    CHECK(paired["top1"] < plain["top1"]);
    CHECK(paired["counters"]["overflowed"] > 0);
}

TEST_CASE("compareTellsOverflowsByLayer")
{
    const std::vector<std::string> args{"compare", kModel, kModel, "--samples", kImages, "--limit", "4", "--accumulator", "16"};
    const Outcome o = runRequant(args);
    CHECK(contains(o.out, "over %"));
    CHECK(contains(o.out, "overflows: "));
    const auto j = runRequant(with(args, {"--json"})).json();
    CHECK(holds(ids(j["diagnostics"]), "metrics.accumulator-overflow"));
    CHECK(j["errors"]["accumulator"]["bits"] == 16);
    std::uint64_t overflowed = 0;
    for (const auto &layer : j["errors"]["layers"])
        overflowed += layer["counters"]["overflowed"].get<std::uint64_t>();
    CHECK(overflowed > 0);
    CHECK(overflowed == j["errors"]["counters"]["overflowed"]);
}

TEST_CASE("convertMeasuresWithTheRecipesWidths")
{
    const Folder folder;
    const std::string recipe = folder.path("narrow.json");
    writeText(recipe, R"({"requant_recipe": 1, "arithmetic": "shift-half-even", "accumulator": {"bits": 16}, "limits": {"bias_bits": 12}})");
    const std::vector<std::string> args{"convert", kModel, "--recipe", recipe, "--samples", kImages, "--measure-limit", "4", "--json"};
    const auto j = runRequant(with(args, {"-o", folder.path("out")})).json();
    const auto &target = j["targets"][0];
    CHECK(target["arithmetic"] == "shift-half-even");
    CHECK(target["accumulator"]["bits"] == 16);
    CHECK(target["counters"]["overflowed"] > 0);
    CHECK(holds(ids(target["diagnostics"]), "metrics.accumulator-overflow"));
    // The conversion meets the width, so that the hardware finds nothing to clip.
    CHECK(target["counters"]["clipped_bias"] == 0);
    CHECK_FALSE(holds(ids(target["diagnostics"]), "metrics.bias-clipped"));
    CHECK_FALSE(holds(ids(target["diagnostics"]), "limits.bias-bits"));
    const std::string html = readAll(folder.path("out") + "/fashion_mobilenet_int8-report.html");
    CHECK(contains(html, "shift-half-even, accumulators of 16 bits, saturating, biases of 12 bits; the source in tflite-reference"));
    CHECK(contains(html, "sums that left their accumulator"));

    // The options take precedence over the recipe, which is kept in the written model as it was computed with.
    const auto over = runRequant(with(args, {"-o", folder.path("over"), "--accumulator", "24:wrap", "--bias-bits", "20", "--arithmetic", "xnnpack"})).json();
    CHECK(over["targets"][0]["accumulator"]["bits"] == 24);
    CHECK(over["targets"][0]["accumulator"]["overflow"] == "wrap");
    CHECK(over["targets"][0]["counters"]["overflowed"] == 0);
    CHECK_FALSE(holds(ids(over["targets"][0]["diagnostics"]), "metrics.bias-clipped"));
}
