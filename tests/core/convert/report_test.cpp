// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/convert/report.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <sstream>

using namespace requant;

namespace {

// One RELU layer whose names would break a careless page.
struct Case
{
    std::shared_ptr<Model> model = std::make_shared<Model>();
    Conversion conversion;
    ErrorReport errors;

    Case()
    {
        model->buffers.resize(1);
        Subgraph g;
        for (const char *name : {"in", "evil\"<script>&, name"}) {
            Tensor t;
            t.name = name;
            t.shape = {1, 2};
            t.type = ElementType::Int8;
            t.quant = QuantParams::perTensor(0.25f, 3);
            g.tensors.push_back(t);
        }
        Operator op;
        op.code = Op::Relu;
        op.inputs = {TensorIndex(0)};
        op.outputs = {TensorIndex(1)};
        g.operators.push_back(op);
        g.inputs = {TensorIndex(0)};
        g.outputs = {TensorIndex(1)};
        model->subgraphs.push_back(g);
        conversion.source = conversion.model = model;
        conversion.origin = {OperatorIndex(0)};
        conversion.resolution.adjustments.push_back({TensorIndex(1), {}, {}, OperatorIndex(0), "because 1 < 2"});
        LayerError l;
        l.source = l.converted = OperatorIndex(0);
        l.output = TensorIndex(1);
        l.name = g.tensors[1].name;
        l.scaleBefore = 0.25;
        l.scaleAfter = 0.5;
        l.local = ValueError{};
        l.local->sqnrDb = std::numeric_limits<double>::infinity();
        l.cumulative = ValueError{};
        l.cumulative->sqnrDb = 21.5;
        errors.layers = {l};
        errors.samples = 1;
    }
    ReportSource source() const { return {{"net.tflite", std::string(64, 'a'), 123}, model, "4 pictures", 4, Arithmetic::Xnnpack}; }
    std::vector<ReportTarget> targets() const
    {
        return {{"symmetric", "Symmetric", &conversion, &errors, ReportFile{"net-symmetric.tflite", "b", 99}, WriteCheck{0, 0}}};
    }
};

} // namespace

TEST_CASE("htmlReportEscapesNamesAndLoadsNothing")
{
    const Case c;
    const std::string html = reportHtml(c.source(), c.targets());
    CHECK(html.find("<script>") == std::string::npos);
    CHECK(html.find("evil&quot;&lt;script&gt;&amp;, name") != std::string::npos);
    CHECK(html.find("because 1 &lt; 2") != std::string::npos);
    CHECK(html.find("http") == std::string::npos);
    CHECK(html.find("written, read back, 0 rule violations") != std::string::npos);
    CHECK(html.find("21.5") != std::string::npos);
    CHECK(html.find("exact") != std::string::npos);
    CHECK(html.find("2^-2") != std::string::npos);
}

TEST_CASE("htmlReportShowsFindingsAndWishesOpenBeforeTheCharts")
{
    Case c;
    c.conversion.diagnostics.push_back(
        makeWarning(kFixedOutputKept, {"x", "1", "2", "y"}, OperatorRef{SubgraphIndex(0), OperatorIndex(0)}));
    const std::string html = reportHtml(c.source(), c.targets());
    const std::size_t findings = html.find("<details open><summary>Findings"),
                      wishes = html.find("<details open><summary>Wishes that were not granted"), chart = html.find("<svg");
    CHECK(findings < chart);
    CHECK(wishes < chart);
    CHECK(html.find("<b>1</b><span>wish adjusted</span>") != std::string::npos);
}

TEST_CASE("reportsNameTheSourcesLayersInFindings")
{
    Case c;
    auto converted = std::make_shared<Model>(*c.model);
    Operator inserted;
    inserted.code = Op::Quantize;
    inserted.inputs = {TensorIndex(0)};
    inserted.outputs = {TensorIndex(1)};
    auto &operators = converted->subgraphs[0].operators;
    operators.insert(operators.begin(), inserted);
    c.conversion.model = converted;
    c.conversion.origin = {OperatorIndex(), OperatorIndex(0)};
    c.conversion.diagnostics.push_back(
        makeWarning(kFixedOutputKept, {"x", "1", "2", "y"}, OperatorRef{SubgraphIndex(0), OperatorIndex(0)}));
    CHECK(reportHtml(c.source(), c.targets()).find("0 RELU evil") != std::string::npos);
    const auto j = nlohmann::json::parse(reportJson(c.source(), c.targets()));
    CHECK(j["targets"][0]["diagnostics"][0]["place"] == "0 RELU evil\"<script>&, name");
}

TEST_CASE("htmlReportDrawsOctavesEvenly")
{
    Case c;
    LayerError wide = c.errors.layers[0];
    wide.scaleBefore = 0.7;
    wide.scaleAfter = 3e-6;
    c.errors.layers.push_back(wide);
    const std::string html = reportHtml(c.source(), c.targets());
    std::vector<double> heights;
    std::size_t at = html.find("Scale of every layer's output before and after");
    REQUIRE(at != std::string::npos);
    const std::size_t end = html.find("</svg>", at);
    while ((at = html.find("class=\"grid\"", at)) < end) {
        at = html.find("y1=\"", at) + 4;
        heights.push_back(std::stod(html.substr(at, 8)));
    }
    REQUIRE(heights.size() >= 4);
    for (std::size_t i = 2; i < heights.size(); ++i)
        CHECK(heights[i] - heights[i - 1] == Approx(heights[1] - heights[0]).margin(0.11));
}

TEST_CASE("htmlReportHoldsTargetsAgainstEachOther")
{
    const Case exact;
    Case worse, weightsOnly;
    worse.errors.layers[0].local->sqnrDb = 12.25;
    weightsOnly.errors.samples = 0;
    weightsOnly.errors.layers[0].local.reset();
    std::vector<ReportTarget> targets = exact.targets();
    CHECK(reportHtml(exact.source(), targets).find("by target") == std::string::npos); // one is held against nothing
    targets.push_back(worse.targets()[0]);
    targets[1].id = "pow2";
    std::string html = reportHtml(exact.source(), targets);
    CHECK(html.find("SQNR of each layer alone, by target") != std::string::npos);
    CHECK(html.find("<th class=\"r\">pow2 dB</th>") != std::string::npos);
    CHECK(html.find("<td class=\"r\">exact</td><td class=\"r\" style=\"background:rgba(213,94,0,0.60)\">12.2</td>")
          != std::string::npos);
    targets[1] = weightsOnly.targets()[0];
    html = reportHtml(exact.source(), targets);
    CHECK(html.find("<td class=\"r\">exact</td><td class=\"r\">-</td>") != std::string::npos);
    CHECK(html.find("symmetric (weights) dB") != std::string::npos);
}

TEST_CASE("jsonReportIsValidWithInfiniteNumbers")
{
    const Case c;
    const auto j = nlohmann::json::parse(reportJson(c.source(), c.targets()));
    const auto &layer = j["targets"][0]["errors"]["layers"][0];
    CHECK(layer["local"]["sqnr_db"].is_null());
    CHECK(layer["local"]["exact"] == true);
    CHECK(layer["cumulative"]["sqnr_db"] == 21.5);
    CHECK(layer["weights"].is_null());
    CHECK(layer["layer"] == "evil\"<script>&, name");
    CHECK(j["arithmetic"] == "xnnpack");
    CHECK(j["targets"][0]["adjustments"][0]["reason"] == "because 1 < 2");
}

TEST_CASE("reportsShowCountersAndTellOverflows")
{
    Case c;
    c.errors.samples = 2;
    c.errors.numerics = {Arithmetic::ShiftHalfEven, {20, Overflow::Wrap, 16}};
    c.errors.layers[0].counters = LayerCounters{200, 50, 200, 3, 2};
    c.errors.counters = *c.errors.layers[0].counters;
    const auto j = nlohmann::json::parse(reportJson(c.source(), c.targets()));
    const auto &errors = j["targets"][0]["errors"];
    CHECK(errors["arithmetic"] == "shift-half-even");
    CHECK(errors["source_arithmetic"] == "tflite-reference");
    CHECK(errors["accumulator"]["bits"] == 20);
    CHECK(errors["accumulator"]["overflow"] == "wrap");
    CHECK(errors["bias_bits"] == 16);
    CHECK(errors["counters"]["overflowed"] == 3);
    CHECK(errors["layers"][0]["counters"]["saturated"] == 50);
    CHECK(errors["layers"][0]["counters"]["clipped_bias"] == 2);
    std::vector<std::string> ids;
    for (const auto &d : j["targets"][0]["diagnostics"])
        ids.push_back(d["id"]);
    CHECK(std::count(ids.begin(), ids.end(), "metrics.accumulator-overflow") == 1);
    CHECK(std::count(ids.begin(), ids.end(), "metrics.bias-clipped") == 1);

    const std::string html = reportHtml(c.source(), c.targets());
    CHECK(html.find("shift-half-even, accumulators of 20 bits, wrapping, biases of 16 bits; the source in tflite-reference") != std::string::npos);
    CHECK(html.find("3 of 200 sums of") != std::string::npos);
    CHECK(html.find("title=\"50 of 200\">25.00<") != std::string::npos);
    CHECK(html.find("title=\"3 of 200\">1.50<") != std::string::npos);
}

TEST_CASE("csvRowsHaveAsManyFieldsAsTheirHead")
{
    Case c;
    c.errors.layers[0].name = "plain";
    const auto fields = [&] {
        std::vector<std::ptrdiff_t> counts;
        std::istringstream lines(reportCsv(c.source(), c.targets()));
        for (std::string line; std::getline(lines, line);)
            counts.push_back(std::count(line.begin(), line.end(), ','));
        return counts;
    };
    for (int counted = 0; counted < 2; ++counted) {
        const auto counts = fields();
        REQUIRE(counts.size() >= 2);
        for (const auto n : counts)
            CHECK(n == counts[0]);
        for (LayerError &l : c.errors.layers)
            l.counters = LayerCounters{200, 50, 200, 3, 2};
    }
    CHECK(reportCsv(c.source(), c.targets()).find(",200,50,200,3,2\n") != std::string::npos);
}

TEST_CASE("csvReportQuotesNames")
{
    const Case c;
    const std::string csv = reportCsv(c.source(), c.targets());
    CHECK(csv.find("\"evil\"\"<script>&, name\"") != std::string::npos);
    CHECK(csv.find(",inf,") != std::string::npos);
}
