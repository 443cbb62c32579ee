// SPDX-License-Identifier: GPL-3.0-or-later
// The report's charts as pictures of their own: what the page's style sheet says is written into each mark, in the
// light theme's colours. Renderers of SVG Tiny (QtSvg) know neither style variables nor shifted text.
#include "core/convert/report.h"
#include "core/convert/reportchart.h"

namespace requant {

namespace {

void replaceAll(std::string &s, std::string_view from, std::string_view to)
{
    for (std::size_t at = 0; (at = s.find(from, at)) != std::string::npos; at += to.size())
        s.replace(at, from.size(), to);
}

std::string standalone(std::string svg)
{
    constexpr std::pair<std::string_view, std::string_view> kMarks[] = {
        {"class=\"grid\"", "stroke=\"#dfe3ea\""},
        {"class=\"tick\"", "fill=\"#5b6475\" font-size=\"10\" font-family=\"DejaVu Sans\""},
        {"class=\"move\"", "stroke=\"#dfe3ea\" stroke-width=\"2\""},
        {"class=\"before\"", "fill=\"#8b93a3\""},
        {"class=\"after\"", "fill=\"#0072b2\""},
        {"class=\"bar\"", "fill=\"#0072b2\" fill-opacity=\"0.45\""},
        {"class=\"bar exact\"", "fill=\"#0072b2\" fill-opacity=\"0.25\""},
        {"class=\"weight\"", "fill=\"#009e73\" stroke=\"#ffffff\" stroke-width=\"1.5\""},
        {"class=\"cumulative\"", "fill=\"none\" stroke=\"#d55e00\" stroke-width=\"2.2\""},
        {"<tspan dy=\"-4\" font-size=\"8\">", "^"},
        {"</tspan>", ""},
        {"<svg ", "<svg xmlns=\"http://www.w3.org/2000/svg\" "},
    };
    const std::size_t begin = svg.find("<svg "), end = svg.rfind("</svg>");
    if (begin == std::string::npos || end == std::string::npos)
        return {};
    svg = svg.substr(begin, end + 6 - begin);
    for (const auto &[from, to] : kMarks)
        replaceAll(svg, from, to);
    return svg;
}

} // namespace

std::vector<ReportChart> reportCharts(const ReportTarget &t, const Model &source)
{
    const ErrorReport &e = *t.errors;
    std::vector<ReportChart> out;
    if (e.samples > 0)
        out.push_back({"Error by layer, SQNR in dB",
                       {{"#0072b2", "this layer alone"}, {"#d55e00", "end to end"}, {"#009e73", "weights"}},
                       standalone(reportchart::errors(e, source))});
    else
        out.push_back({"Error of the weights by layer, SQNR in dB",
                       {{"#0072b2", "weights"}},
                       standalone(reportchart::errors(e, source))});
    for (const auto &[of, title] :
         {std::pair{reportchart::ScaleOf::Activations, "Scale of every layer's output"},
          std::pair{reportchart::ScaleOf::Weights, "Scale of the weights (the largest channel)"}}) {
        if (std::string chart = standalone(reportchart::scales(e, of)); !chart.empty())
            out.push_back({title, {{"#8b93a3", "before"}, {"#0072b2", "after"}}, std::move(chart)});
    }
    return out;
}

} // namespace requant
