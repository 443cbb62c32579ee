// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/convert/report.h"
#include "core/convert/reportchart.h"
#include "core/convert/reportmatrix.h"
#include "core/convert/reportsplit.h"
#include "core/convert/reporttext.h"
#include "core/metrics/events.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace requant {

namespace {

using reportchart::escape;
using namespace reporttext;

// Okabe-Ito colours in both themes; the page has no outside parts.
constexpr std::string_view kStyle = R"(
:root{--bg:#f6f7f9;--card:#fff;--text:#1d2433;--soft:#5b6475;--line:#dfe3ea;--before:#8b93a3;--after:#0072b2;
--second:#d55e00;--third:#009e73;--good:#00795a;--bad:#b3261e;--chip:#eef1f6;color-scheme:light dark}
@media(prefers-color-scheme:dark){:root{--bg:#14171d;--card:#1d2129;--text:#e6e9f0;--soft:#9ea8ba;--line:#313845;
--before:#8b93a3;--after:#56b4e9;--second:#f0a35c;--third:#4fc3a1;--good:#4fc3a1;--bad:#ff8a80;--chip:#272d38}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--text);font:15px/1.5 system-ui,"DejaVu Sans",sans-serif}
main{max-width:1400px;margin:0 auto;padding:32px 24px 64px}
h1{font-size:26px;margin:0 0 4px}h2{font-size:20px;margin:0 0 4px}h3{font-size:15px;margin:28px 0 8px}
p{margin:4px 0 12px}.soft{color:var(--soft)}code,pre,.num{font-family:ui-monospace,"DejaVu Sans Mono",monospace;font-size:13px}
section,header.card{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:24px;margin:0 0 24px}
dl{display:grid;grid-template-columns:max-content 1fr;gap:4px 20px;margin:12px 0 0}dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere}
.facts{display:flex;flex-wrap:wrap;gap:12px;margin:16px 0 12px}
.fact{background:var(--chip);border-radius:10px;padding:10px 16px;min-width:120px}
.fact b{display:block;font-size:20px;font-variant-numeric:tabular-nums}.fact span{color:var(--soft);font-size:13px}
.scroll{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:13px}
th{text-align:left;color:var(--soft);font-weight:600;white-space:nowrap}
th,td{padding:5px 10px 5px 0;border-bottom:1px solid var(--line);vertical-align:top}
td.r,th.r{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}td.name{overflow-wrap:break-word;min-width:15em}
table.layers td.name{min-width:22em}
@media(max-width:900px){td.name,table.layers td.name{min-width:9em;overflow-wrap:anywhere}}
details{margin:20px 0 0}summary{cursor:pointer;font-weight:600}summary .soft{font-weight:400}
pre{background:var(--chip);border-radius:8px;padding:14px;overflow:auto;max-height:480px}
.ok{color:var(--good);font-weight:600}.bad{color:var(--bad);font-weight:600}
.chart{overflow-x:auto;padding-bottom:4px}.legend{color:var(--soft);font-size:13px;display:flex;gap:18px;flex-wrap:wrap}
.legend i{display:inline-block;width:11px;height:11px;border-radius:3px;margin-right:6px;vertical-align:-1px}
svg .grid{stroke:var(--line)}svg .tick{fill:var(--soft);font-size:10px}svg .move{stroke:var(--line);stroke-width:2}
svg .before{fill:var(--before)}svg .after{fill:var(--after)}svg .bar{fill:var(--after);opacity:.45}svg .bar.exact{opacity:.25}
svg .weight{fill:var(--third);stroke:var(--card);stroke-width:1.5}svg .cumulative{fill:none;stroke:var(--second);stroke-width:2.2;stroke-linejoin:round}
)";

std::string cell(const std::string &s, const char *cls = nullptr)
{
    return std::string("<td") + (cls ? std::string(" class=\"") + cls + '"' : "") + '>' + s + "</td>";
}

std::string headings(std::initializer_list<std::pair<const char *, bool>> all)
{
    std::string out = "<tr>";
    for (const auto &[name, right] : all)
        out += std::string(right ? "<th class=\"r\">" : "<th>") + name + "</th>";
    return out + "</tr>\n";
}

std::string fact(const std::string &value, const std::string &what)
{
    return "<div class=\"fact\"><b>" + value + "</b><span>" + what + "</span></div>";
}

std::string decibelsWithUnit(double db)
{
    return std::isfinite(db) ? decibels(db) + " dB" : decibels(db);
}

std::string legend(std::initializer_list<std::pair<const char *, const char *>> all)
{
    std::string out = "<p class=\"legend\">";
    for (const auto &[colour, name] : all)
        out += std::string("<span><i style=\"background:var(--") + colour + ")\"></i>" + name + "</span>";
    return out + "</p>\n";
}

std::string fold(const std::string &title, std::size_t count, const std::string &body, bool open = false)
{
    return std::string("<details") + (open ? " open" : "") + "><summary>" + title + " <span class=\"soft\">("
        + std::to_string(count) + ")</span></summary>\n" + body + "</details>\n";
}

std::string decibelCell(const std::optional<ValueError> &e)
{
    return cell(e ? decibels(e->sqnrDb) : "-", "r");
}

// A share in percent, with the number itself to be read on hovering.
std::string countCell(const std::optional<LayerCounters> &c, std::uint64_t LayerCounters::*part, std::uint64_t LayerCounters::*of)
{
    if (!c || (*c).*of == 0)
        return cell("-", "r");
    const double share = static_cast<double>((*c).*part) / static_cast<double>((*c).*of);
    return "<td class=\"r\" title=\"" + std::to_string((*c).*part) + " of " + std::to_string((*c).*of) + "\">" + fixed(100 * share, 2) + "</td>";
}

std::string arithmetics(const Numerics &n)
{
    const Arithmetic source = sourceNumerics(n).arithmetic;
    return numericsText(n) + (source == n.arithmetic ? std::string() : "; the source in " + std::string(arithmeticName(source)));
}

std::string layerTable(const ReportTarget &t)
{
    const Conversion &c = *t.conversion;
    const Subgraph &gs = c.source->subgraphs.front(), &gc = c.model->subgraphs.front();
    std::string out = "<div class=\"scroll\"><table class=\"layers\">"
        + headings({{"#", true}, {"operator", false}, {"layer", false}, {"type", false}, {"scale", true}, {"becomes", true},
                    {"zero point", true}, {"weights dB", true}, {"local dB", true}, {"end to end dB", true},
                    {"steps RMS", true}, {"saturated %", true}, {"clipped %", true}, {"overflows %", true}});
    for (const LayerError &l : t.errors->layers) {
        const Tensor *now = nullptr;
        if (l.converted && !gc.op(l.converted).outputs.empty() && gc.op(l.converted).outputs[0])
            now = &gc.tensor(gc.op(l.converted).outputs[0]);
        out += "<tr>" + cell(std::to_string(l.source.value), "r") + cell(opName(gs.op(l.source).code))
            + cell(escape(l.name), "name") + cell(now ? std::string(typeName(now->type)) : "-") + cell(scale(l.scaleBefore), "r")
            + cell(scale(l.scaleAfter), "r")
            + cell(now && now->quant.isQuantized() ? std::to_string(now->quant.zeroPointAt(0)) : "-", "r")
            + decibelCell(l.weights) + decibelCell(l.local) + decibelCell(l.cumulative)
            + cell(l.local ? fixed(l.local->rmsSteps, 2) : "-", "r")
            + cell(l.local ? fixed(100 * l.local->saturationRate, 2) : "-", "r")
            + countCell(l.counters, &LayerCounters::saturated, &LayerCounters::outputs)
            + countCell(l.counters, &LayerCounters::overflowed, &LayerCounters::accumulated) + "</tr>\n";
    }
    return out + "</table></div>\n";
}

std::string adjustmentsTable(const Conversion &c)
{
    std::string out = "<div class=\"scroll\"><table>"
        + headings({{"tensor", false}, {"asked", false}, {"became", false}, {"because of", false}, {"reason", false}});
    for (const Adjustment &a : c.resolution.adjustments)
        out += "<tr>" + cell(escape(tensorPlace(*c.source, a.tensor)), "name") + cell(wishText(a.asked))
            + cell(wishText(a.granted)) + cell(escape(operatorPlace(*c.source, a.because)), "name") + cell(escape(a.reason))
            + "</tr>\n";
    return out + "</table></div>\n";
}

std::string boundariesTable(const ReportTarget &target)
{
    const Conversion &c = *target.conversion;
    std::string out = "<div class=\"scroll\"><table>"
        + headings({{"tensor", false}, {"read by", false}, {"on the grid", false}, {"SQNR against what it reads", true}, {"reason", false}});
    for (const Boundary &b : c.resolution.boundaries) {
        const BoundaryCost *cost = costOf(c, target.boundaries, b);
        out += "<tr>" + cell(escape(tensorPlace(*c.source, b.tensor)), "name")
            + cell(b.consumer ? escape(operatorPlace(*c.source, b.consumer)) : "graph output", "name")
            + cell(wishText(b.plan.wish)) + cell(cost ? decibelsWithUnit(cost->sqnrDb) : "-", "r") + cell(escape(b.reason)) + "</tr>\n";
    }
    return out + "</table></div>\n";
}

std::string diagnosticsTable(const Conversion &c, const Diagnostics &all)
{
    std::string out = "<div class=\"scroll\"><table>" + headings({{"kind", false}, {"place", false}, {"message", false}});
    for (const Diagnostic &d : all)
        out += "<tr>" + cell(std::string(severityName(d.severity)), d.severity == Severity::Error ? "bad" : nullptr)
            + cell(escape(diagnosticPlace(*c.source, d.where)), "name") + cell(escape(text(d))) + "</tr>\n";
    return out + "</table></div>\n";
}

std::string checkText(const ReportTarget &t)
{
    if (!t.check)
        return "not written";
    const bool good = t.check->violations == 0 && t.check->differences == 0;
    return std::string("<span class=\"") + (good ? "ok" : "bad") + "\">written, read back, "
        + std::to_string(t.check->violations) + " rule violation" + (t.check->violations == 1 ? "" : "s")
        + (t.check->differences ? ", " + std::to_string(t.check->differences)
                   + (t.check->differences == 1 ? " field" : " fields") + " not as meant" : "") + "</span>";
}

std::string targetSection(const ReportSource &source, const ReportTarget &t)
{
    const Conversion &c = *t.conversion;
    const ErrorReport &e = *t.errors;
    std::string out = "<section id=\"" + escape(t.id) + "\"><h2>" + escape(t.id) + "</h2><p class=\"soft\">"
        + escape(t.title) + "</p>\n";
    if (t.output)
        out += "<dl><dt>model</dt><dd>" + escape(t.output->name) + ", " + bytes(t.output->bytes)
            + "</dd><dt>sha256</dt><dd><code>" + t.output->sha256 + "</code></dd></dl>\n";
    out += "<div class=\"facts\">";
    if (e.hasOutput)
        out += fact(decibelsWithUnit(e.outputSqnrDb), "SQNR of the output")
            + fact(fixed(100 * e.agreement, 1) + " %", "same largest output");
    if (e.counters.overflowed > 0)
        out += fact(std::to_string(e.counters.overflowed), "sums that left their accumulator");
    if (e.counters.clippedBias > 0)
        out += fact(std::to_string(e.counters.clippedBias), e.counters.clippedBias == 1 ? "bias that does not fit" : "biases that do not fit");
    out += fact(std::to_string(insertedOperators(c)),
                insertedOperators(c) == 1 ? "requantize operator inserted" : "requantize operators inserted")
        + fact(std::to_string(c.resolution.adjustments.size()),
               c.resolution.adjustments.size() == 1 ? "wish adjusted" : "wishes adjusted")
        + fact(std::string(fixedOutputPolicyName(c.recipe.fixedOutputs)), "policy for fixed outputs")
        + fact(std::to_string(c.effective.size()),
               c.effective.size() == 1 ? "tensor with an absorbed ratio or offset" : "tensors with an absorbed ratio or offset") + "</div>\n<p>" + checkText(t) + "</p>\n";

    if (const Diagnostics all = findings(t); !all.empty())
        out += fold("Findings", all.size(), diagnosticsTable(c, all), true);
    if (!c.resolution.adjustments.empty())
        out += fold("Wishes that were not granted as asked", c.resolution.adjustments.size(), adjustmentsTable(c), true);

    if (e.samples > 0)
        out += "<h3>Error by layer, SQNR in dB (" + std::to_string(e.samples) + (e.samples == 1 ? " sample, " : " samples, ")
            + arithmetics(e.numerics) + ")</h3>"
            + legend({{"after", "local: this layer alone, fed with the source's values"},
                      {"second", "end to end"},
                      {"third", "weights"}});
    else
        out += "<h3>Error of the weights by layer, SQNR in dB</h3>" + legend({{"after", "weights"}});
    out += reportchart::errors(e, *source.model);
    if (t.diagnosis)
        out += reportsplit::section(*t.diagnosis);
    if (const std::string chart = reportchart::scales(e, reportchart::ScaleOf::Activations); !chart.empty())
        out += "<h3>Scale of every layer's output</h3>" + legend({{"before", "before"}, {"after", "after"}}) + chart;
    if (const std::string chart = reportchart::scales(e, reportchart::ScaleOf::Weights); !chart.empty())
        out += "<h3>Scale of the weights (the largest channel)</h3>" + legend({{"before", "before"}, {"after", "after"}}) + chart;

    out += fold("Layers", e.layers.size(), layerTable(t));
    if (!c.resolution.boundaries.empty())
        out += fold("Requantize operators", c.resolution.boundaries.size(), boundariesTable(t));
    out += fold("Recipe", c.recipe.rules.size(), "<pre>" + escape(recipeToJson(c.recipe)) + "</pre>");
    return out + "</section>\n";
}

std::string overview(std::span<const ReportTarget> targets)
{
    std::string out = "<div class=\"scroll\"><table>"
        + headings({{"target", false}, {"model", false}, {"SQNR of the output", true}, {"agreement", true},
                    {"requantize operators", true}, {"checked", false}});
    for (const ReportTarget &t : targets)
        out += "<tr>" + cell("<a href=\"#" + escape(t.id) + "\">" + escape(t.id) + "</a>")
            + cell(t.output ? escape(t.output->name) : "-", "name")
            + cell(t.errors->hasOutput ? decibelsWithUnit(t.errors->outputSqnrDb) : "-", "r")
            + cell(t.errors->hasOutput ? fixed(100 * t.errors->agreement, 1) + " %" : "-", "r")
            + cell(std::to_string(insertedOperators(*t.conversion)), "r") + cell(checkText(t)) + "</tr>\n";
    return out + "</table></div>\n";
}

std::string operatorList(const Model &m)
{
    std::map<std::string, std::size_t> counts;
    for (const Operator &op : m.subgraphs.front().operators)
        ++counts[opName(op.code)];
    std::string out;
    for (const auto &[name, n] : counts)
        out += (out.empty() ? "" : ", ") + std::to_string(n) + ' ' + name;
    return out;
}

} // namespace

std::string reportHtml(const ReportSource &source, std::span<const ReportTarget> targets)
{
    const Subgraph &g = source.model->subgraphs.front();
    std::string out = "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
                      "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">"
                      "<meta name=\"generator\" content=\"Requant\"><title>"
        + escape(source.file.name) + " re-quantized</title><style>" + std::string(kStyle) + reportsplit::style() + "</style></head><body><main>\n"
        + "<header class=\"card\"><h1>" + escape(source.file.name) + "</h1><p class=\"soft\">re-quantized for "
        + std::to_string(targets.size()) + (targets.size() == 1 ? " target" : " targets") + " by Requant</p><dl>"
        + "<dt>file</dt><dd>" + bytes(source.file.bytes) + "</dd><dt>sha256</dt><dd><code>" + source.file.sha256
        + "</code></dd>";
    if (!source.model->description.empty())
        out += "<dt>description</dt><dd>" + escape(source.model->description) + "</dd>";
    out += "<dt>operators</dt><dd>" + std::to_string(g.operators.size()) + ": " + escape(operatorList(*source.model)) + "</dd>";
    for (const auto &[label, list] : {std::pair{"input", &g.inputs}, std::pair{"output", &g.outputs}})
        for (const TensorIndex i : *list) {
            const Tensor &t = g.tensor(i);
            out += std::string("<dt>") + label + "</dt><dd>" + escape(t.name) + ", " + shapeText(t.shape) + " "
                + std::string(typeName(t.type));
            if (t.quant.scale.size() == 1)
                out += ", scale " + scale(static_cast<double>(t.quant.scale[0])) + ", zero point "
                    + std::to_string(t.quant.zeroPointAt(0));
            out += "</dd>";
        }
    out += "<dt>samples</dt><dd>"
        + (source.samples.empty() ? "none: converted without data"
                                  : escape(source.samples) + ", " + std::to_string(source.calibrationSamples) + " for calibration")
        + "</dd></dl>\n<h3>Targets</h3>" + overview(targets);
    if (targets.size() > 1) {
        const bool measured = std::all_of(targets.begin(), targets.end(), [](const auto &t) { return t.errors->samples > 0; });
        out += fold(measured ? "SQNR of each layer alone, by target" : "SQNR of each layer's weights, by target",
                    g.operators.size(), reportmatrix::table(source, targets));
    }
    out += "</header>\n";
    for (const ReportTarget &t : targets)
        out += targetSection(source, t);
    return out + "</main></body></html>\n";
}

} // namespace requant
