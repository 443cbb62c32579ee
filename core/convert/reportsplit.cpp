// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/convert/reportsplit.h"

#include "core/convert/reportchart.h"
#include "core/convert/reporttext.h"

#include <algorithm>
#include <cmath>

namespace requant::reportsplit {

namespace {

using reportchart::escape;
using namespace reporttext;

// The order in which causes are stacked, those of the weights first.
constexpr Cause kOrder[kCauses] = {Cause::WeightRounding, Cause::Clipping,   Cause::BiasCorrection,
                                   Cause::BiasRounding,   Cause::InputGrid,  Cause::OutputGrid,
                                   Cause::Multiplier,     Cause::Arithmetic, Cause::Boundary};

std::string colour(Cause c)
{
    return "c" + std::to_string(static_cast<int>(c));
}

double sumOf(const LayerSplit &l)
{
    double sum = 0;
    for (const double p : l.parts)
        sum += p;
    return sum;
}

std::string percent(double part, double whole)
{
    return whole > 0 ? fixed(100 * part / whole, 1) : std::string("-");
}

std::string titleOf(const LayerSplit &l)
{
    std::string t = std::to_string(l.source.value) + ' ' + l.name + "\n" + decibels(l.sqnrDb()) + " dB, "
                    + fixed(l.total, 4) + " squared steps\n" + explanation(l);
    if (l.unsplit.empty())
        for (const Cause c : kOrder)
            if (l.part(c) > 0)
                t += "\n" + std::string(causeName(c)) + ' ' + fixed(l.part(c), 4);
    return t;
}

// Stacked bars: the parts of every layer. Layers far above the others are cut at the top, where a mark says so.
std::string chart(const ErrorSplit &split, const std::string &label)
{
    constexpr double kHeight = 220, kLeft = 56, kRight = 16, kTop = 18, kBottom = 30;
    std::vector<double> sums;
    for (const LayerSplit &l : split.layers)
        if (l.measured && sumOf(l) > 0)
            sums.push_back(sumOf(l));
    if (sums.empty())
        return {};
    std::sort(sums.begin(), sums.end());
    const double typical = sums[sums.size() * 8 / 10], most = std::min(sums.back(), std::max(4 * typical, 0.2));
    const double pitch = std::max(11.0, 880.0 / static_cast<double>(split.layers.size())),
                 width = kLeft + kRight + pitch * static_cast<double>(split.layers.size());
    const double bar = std::min(26.0, pitch * 0.75), plot = kHeight - kTop - kBottom;
    const auto y = [&](double v) { return kTop + (1 - std::min(v / most, 1.0)) * plot; };
    std::string out = "<div class=\"chart\"><svg role=\"img\" aria-label=\"" + escape(label) + "\" viewBox=\"0 0 "
                      + fixed(width, 0) + ' ' + fixed(kHeight, 0) + "\" width=\"" + fixed(width, 0) + "\" height=\""
                      + fixed(kHeight, 0) + "\">\n";
    for (int i = 0; i <= 4; ++i) {
        const double v = most * i / 4;
        out += "<line class=\"grid\" x1=\"" + fixed(kLeft, 0) + "\" x2=\"" + fixed(width - kRight, 0) + "\" y1=\""
               + fixed(y(v), 1) + "\" y2=\"" + fixed(y(v), 1) + "\"/><text class=\"tick\" text-anchor=\"end\" x=\""
               + fixed(kLeft - 6, 0) + "\" y=\"" + fixed(y(v) + 4, 1) + "\">"
               + fixed(v, most < 1    ? 3
                          : most < 10 ? 2
                                      : 0)
               + "</text>\n";
    }
    const std::size_t every = pitch > 24 ? 1 : split.layers.size() > 200 ? 20 : 5;
    for (std::size_t i = 0; i < split.layers.size(); ++i) {
        const LayerSplit &l = split.layers[i];
        const double x = kLeft + pitch * (static_cast<double>(i) + 0.5);
        if (i % every == 0)
            out += "<text class=\"tick\" text-anchor=\"middle\" x=\"" + fixed(x, 1) + "\" y=\"" + fixed(kHeight - 10, 0)
                   + "\">" + std::to_string(i) + "</text>";
        if (!l.measured || sumOf(l) <= 0)
            continue;
        out += "<g><title>" + escape(titleOf(l)) + "</title>";
        double below = 0;
        for (const Cause c : kOrder) {
            const double top = y(below + l.part(c)), bottom = y(below);
            below += l.part(c);
            if (bottom - top > 0.05)
                out += "<rect style=\"fill:var(--" + colour(c) + ")\" x=\"" + fixed(x - bar / 2, 1) + "\" width=\""
                       + fixed(bar, 1) + "\" y=\"" + fixed(top, 1) + "\" height=\"" + fixed(bottom - top, 1) + "\"/>";
        }
        if (below > most)
            out += "<path class=\"more\" d=\"M" + fixed(x - 4, 1) + ' ' + fixed(kTop - 3, 1) + "l4 -6l4 6z\"/>";
        out += "</g>\n";
    }
    return out + "</svg></div>\n";
}

std::string legend()
{
    std::string out = "<p class=\"legend\">";
    for (const Cause c : kOrder)
        out += "<span><i style=\"background:var(--" + colour(c) + ")\"></i>" + std::string(causeName(c)) + "</span>";
    return out + "</p>\n";
}

std::string cell(const std::string &s, bool right = true)
{
    return (right ? "<td class=\"r\">" : "<td>") + s + "</td>";
}

std::string headings(std::initializer_list<const char *> left, const std::vector<std::string> &right)
{
    std::string out = "<tr>";
    for (const char *h : left)
        out += std::string("<th>") + h + "</th>";
    for (const std::string &h : right)
        out += "<th class=\"r\">" + escape(h) + "</th>";
    return out + "</tr>\n";
}

const LayerSplit *sameLayer(const ErrorSplit &split, const LayerSplit &l)
{
    return l.source.pos() < split.layers.size() && split.layers[l.source.pos()].measured ? &split.layers[l.source.pos()]
                                                                                         : nullptr;
}

std::string layersTable(const Diagnosis &d)
{
    std::vector<std::string> columns{"naive dB", "dB", "steps\u00b2"};
    for (const Cause c : kOrder)
        columns.push_back(std::string(causeName(c)) + " %");
    columns.push_back("interaction %");
    std::string out = "<div class=\"scroll\"><table class=\"layers\">" + headings({"#", "layer"}, columns);
    out.insert(out.size() - 6, "<th>naive</th><th>corrected</th>");
    for (const LayerSplit *l : worstSplits(d.corrected())) {
        const LayerSplit *before = sameLayer(d.naive(), *l);
        out += "<tr>" + cell(std::to_string(l->source.value)) + "<td class=\"name\">" + escape(l->name) + "</td>"
               + cell(before ? decibels(before->sqnrDb()) : "-") + cell(decibels(l->sqnrDb()))
               + cell(fixed(l->total, 4));
        for (const Cause c : kOrder)
            out += cell(l->unsplit.empty() ? percent(l->part(c), l->total) : "-");
        out += cell(l->unsplit.empty() ? percent(l->interaction, l->total) : "-")
               + cell(before ? escape(explanation(*before)) : "-", false) + cell(escape(explanation(*l)), false)
               + "</tr>\n";
    }
    return out + "</table></div>\n";
}

std::string stepsTable(const Diagnosis &d)
{
    std::vector<std::string> columns;
    for (const DiagnosisStep &s : d.steps)
        columns.push_back(s.name);
    std::string out = "<div class=\"scroll\"><table class=\"layers\">" + headings({"#", "layer"}, columns)
                      + "<tr><td></td><td class=\"name\">output, end to end</td>";
    for (const DiagnosisStep &s : d.steps)
        out += cell(s.hasOutput ? decibels(s.outputSqnrDb) : "-");
    out += "</tr>\n";
    for (const LayerSplit *l : worstSplits(d.naive())) {
        out += "<tr>" + cell(std::to_string(l->source.value)) + "<td class=\"name\">" + escape(l->name) + "</td>";
        for (const DiagnosisStep &s : d.steps) {
            const LayerSplit *now = sameLayer(s.split, *l);
            out += cell(now ? decibels(now->sqnrDb()) : "-");
        }
        out += "</tr>\n";
    }
    return out + "</table></div>\n";
}

std::string fold(const std::string &title, const std::string &body)
{
    return "<details><summary>" + title + "</summary>\n" + body + "</details>\n";
}

} // namespace

std::string style()
{
    return ":root{--c0:#0072b2;--c1:#d55e00;--c2:#cc79a7;--c3:#56b4e9;--c4:#009e73;--c5:#b5bac4;--c6:#f0e442;--c7:#"
           "e69f00;--c8:#5b3a86}\n"
           "@media(prefers-color-scheme:dark){:root{--c0:#4a9fd8;--c5:#6f7888;--c8:#a78bd0}}\nsvg "
           ".more{fill:var(--text)}\n";
}

std::string section(const Diagnosis &d)
{
    const std::string unit = "mean square in squared steps of the new grid; each layer fed with the source's values";
    std::string out = "<h3>Where the error of every layer comes from (" + std::to_string(d.corrected().samples)
                      + (d.corrected().samples == 1 ? " sample" : " samples") + ": " + escape(d.samples)
                      + ")</h3><p class=\"soft\">" + unit + "</p>\n" + legend();
    out += "<p>naive</p>" + chart(d.naive(), "Causes of every layer's error, naive");
    out += "<p>corrected</p>" + chart(d.corrected(), "Causes of every layer's error, corrected");
    out += fold("Causes by layer, the worst first", layersTable(d));
    if (d.steps.size() > 1)
        out += fold("What each algorithm bought: local SQNR in dB", stepsTable(d));
    return out;
}

} // namespace requant::reportsplit
