// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/layertable.h"

#include "core/convert/report.h"

#include <algorithm>
#include <cstdio>
#include <optional>

namespace requant::cli {

namespace {

std::string decibels(const std::optional<ValueError> &e)
{
    return e ? decibelText(e->sqnrDb) : "-";
}

std::optional<double> severity(const LayerError &l)
{
    if (l.local)
        return l.local->sqnrDb;
    if (l.weights)
        return l.weights->sqnrDb;
    return {};
}

} // namespace

std::vector<const LayerError *> worstLayers(const ErrorReport &report, std::size_t most)
{
    std::vector<const LayerError *> out;
    for (const LayerError &l : report.layers)
        if (severity(l))
            out.push_back(&l);
    std::stable_sort(out.begin(), out.end(), [](const auto *a, const auto *b) { return *severity(*a) < *severity(*b); });
    if (most && out.size() > most)
        out.resize(most);
    return out;
}

void printLayerTable(const ErrorReport &report, const Model &source, std::size_t most)
{
    std::vector<const LayerError *> rows;
    if (most)
        rows = worstLayers(report, most);
    else
        for (const LayerError &l : report.layers)
            rows.push_back(&l);
    const bool overflows = report.counters.overflowed > 0;
    const auto overflowed = [&](const LayerError &l) {
        return !l.counters || l.counters->accumulated == 0
            ? std::string("-")
            : formatted("%.2f", 100.0 * static_cast<double>(l.counters->overflowed) / static_cast<double>(l.counters->accumulated));
    };
    std::printf("  %4s %-18s %-10s %-10s %9s %9s %9s %8s %7s%s  %s\n", "#", "operator", "scale", "becomes", "weights",
                "local", "end2end", "steps", "sat %", overflows ? "  over %" : "", "layer");
    for (const LayerError *l : rows) {
        const Operator &op = source.subgraphs.front().op(l->source);
        std::printf("  %4d %-18s %-10s %-10s %9s %9s %9s %8s %7s%s  %s\n", l->source.value, opName(op.code).c_str(),
                    scaleText(l->scaleBefore).c_str(), scaleText(l->scaleAfter).c_str(), decibels(l->weights).c_str(),
                    decibels(l->local).c_str(), decibels(l->cumulative).c_str(),
                    l->local ? formatted("%.2f", l->local->rmsSteps).c_str() : "-",
                    l->local ? formatted("%.2f", 100 * l->local->saturationRate).c_str() : "-",
                    overflows ? formatted(" %7s", overflowed(*l).c_str()).c_str() : "", l->name.c_str());
    }
}

Json errorReportJson(const ErrorReport &report, const Model &source)
{
    return Json::parse(errorsJson(report, source));
}

} // namespace requant::cli
