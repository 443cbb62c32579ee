// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/convert/reportmatrix.h"

#include "core/convert/reportchart.h"
#include "core/convert/reporttext.h"

#include <algorithm>
#include <cmath>

namespace requant::reportmatrix {

namespace {

using reportchart::escape;
using namespace reporttext;

constexpr double kGoodDb = 60;

// By layer of the source; null where nothing is known.
std::vector<const ValueError *> numbers(const ReportTarget &t, std::size_t layers)
{
    std::vector<const ValueError *> out(layers, nullptr);
    for (const LayerError &l : t.errors->layers) {
        const auto &e = t.errors->samples > 0 ? l.local : l.weights;
        if (e && l.source && l.source.pos() < layers)
            out[l.source.pos()] = &*e;
    }
    return out;
}

} // namespace

std::string table(const ReportSource &source, std::span<const ReportTarget> targets)
{
    const Subgraph &g = source.model->subgraphs.front();
    const std::vector<std::string> names = layerNames(g);
    std::vector<std::vector<const ValueError *>> columns;
    double worst = kGoodDb;
    for (const ReportTarget &t : targets) {
        for (const ValueError *e : columns.emplace_back(numbers(t, names.size()))) {
            if (e && std::isfinite(e->sqnrDb))
                worst = std::min(worst, e->sqnrDb);
        }
    }
    std::string out =
        "<div class=\"scroll\"><table class=\"layers\"><tr><th class=\"r\">#</th><th>operator</th><th>layer</th>";
    for (const ReportTarget &t : targets)
        out += "<th class=\"r\">" + escape(t.id) + (t.errors->samples > 0 ? " dB</th>" : " (weights) dB</th>");
    out += "</tr>\n";
    for (std::size_t i = 0; i < names.size(); ++i) {
        std::string row;
        bool any = false;
        for (const auto &column : columns) {
            const ValueError *e = column[i];
            any = any || e;
            const double badness =
                e && e->sqnrDb < kGoodDb && worst < kGoodDb ? (kGoodDb - e->sqnrDb) / (kGoodDb - worst) : 0;
            row += "<td class=\"r\"";
            if (badness > 0)
                row += " style=\"background:rgba(213,94,0," + fixed(0.6 * std::min(badness, 1.0), 2) + ")\"";
            row += '>' + (e ? decibels(e->sqnrDb) : std::string("-")) + "</td>";
        }
        if (any)
            out += "<tr><td class=\"r\">" + std::to_string(i) + "</td><td>" + opName(g.operators[i].code)
                   + "</td><td class=\"name\">" + escape(names[i]) + "</td>" + row + "</tr>\n";
    }
    return out + "</table></div>\n";
}

} // namespace requant::reportmatrix
