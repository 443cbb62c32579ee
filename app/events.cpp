// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/events.h"

#include <algorithm>

namespace requant::cli {

namespace {

double share(std::uint64_t part, std::uint64_t of)
{
    return of ? static_cast<double>(part) / static_cast<double>(of) : 0.0;
}

struct Tally
{
    std::size_t layers = 0; // with at least one
    const LayerEvents *worst = nullptr;
};

// The layer with the largest share.
Tally tally(const std::vector<LayerEvents> &all, std::uint64_t LayerCounters::*part, std::uint64_t LayerCounters::*of)
{
    Tally t;
    for (const LayerEvents &l : all) {
        if (l.counters.*part == 0)
            continue;
        ++t.layers;
        if (!t.worst || share(l.counters.*part, l.counters.*of) > share(t.worst->counters.*part, t.worst->counters.*of))
            t.worst = &l;
    }
    return t;
}

std::string percent(double share)
{
    return formatted(share > 0 && share < 0.0001 ? "%.2g %%" : "%.2f %%", 100 * share);
}

} // namespace

std::vector<LayerEvents> layerEvents(const ErrorReport &report)
{
    std::vector<LayerEvents> out;
    for (const LayerError &l : report.layers)
        if (l.counters)
            out.push_back({l.name, *l.counters});
    return out;
}

std::vector<LayerEvents> layerEvents(const Model &model, const std::vector<LayerCounters> &byOperator)
{
    const std::vector<std::string> names = layerNames(model.subgraphs.front());
    std::vector<LayerEvents> out;
    for (std::size_t i = 0; i < std::min(names.size(), byOperator.size()); ++i)
        out.push_back({names[i], byOperator[i]});
    return out;
}

void addCounters(const Simulator &sim, std::vector<LayerCounters> &byOperator)
{
    byOperator.resize(sim.model().subgraphs.front().operators.size());
    for (std::size_t i = 0; i < byOperator.size(); ++i)
        byOperator[i].add(sim.counters(OperatorIndex(i)));
}

LayerCounters totals(const std::vector<LayerEvents> &all)
{
    LayerCounters sum;
    std::uint64_t clipped = 0;
    for (const LayerEvents &l : all) {
        sum.add(l.counters);
        clipped += l.counters.clippedBias;
    }
    sum.clippedBias = clipped;
    return sum;
}

std::vector<std::string> eventLines(const std::vector<LayerEvents> &all, const Numerics &numerics)
{
    std::vector<std::string> out;
    const LayerCounters sum = totals(all);
    if (sum.outputs > 0) {
        const Tally t = tally(all, &LayerCounters::saturated, &LayerCounters::outputs);
        out.push_back("saturated: " + (t.worst ? percent(share(sum.saturated, sum.outputs)) + " of the outputs, most in " + t.worst->layer + " ("
                                                     + percent(share(t.worst->counters.saturated, t.worst->counters.outputs)) + ")"
                                               : std::string("none of the outputs")));
    }
    if (sum.overflowed > 0 || (numerics.accumulator.bits > 0 && !all.empty())) {
        const Tally t = tally(all, &LayerCounters::overflowed, &LayerCounters::accumulated);
        out.push_back("overflows: "
                      + (t.worst ? formatted("%llu of %llu sums in ", static_cast<unsigned long long>(sum.overflowed),
                                             static_cast<unsigned long long>(sum.accumulated))
                             + plural(t.layers, "layer") + ", most in " + t.worst->layer + " ("
                             + percent(share(t.worst->counters.overflowed, t.worst->counters.accumulated)) + ")"
                                 : std::string("none"))
                      + "; accumulator: " + accumulatorText(numerics.accumulator));
    }
    if (sum.clippedBias > 0) {
        const Tally t = tally(all, &LayerCounters::clippedBias, &LayerCounters::outputs);
        out.push_back("biases: " + formatted("%llu in ", static_cast<unsigned long long>(sum.clippedBias)) + plural(t.layers, "layer")
                      + formatted(" do not fit %d bits and were ", numerics.accumulator.biasBits) + biasRuleText(numerics.accumulator)
                      + ", the first in " + std::find_if(all.begin(), all.end(), [](const LayerEvents &l) { return l.counters.clippedBias > 0; })->layer);
    }
    return out;
}

Json countersJson(const LayerCounters &c)
{
    return {{"outputs", c.outputs}, {"saturated", c.saturated}, {"accumulated", c.accumulated}, {"overflowed", c.overflowed}, {"clipped_bias", c.clippedBias}};
}

} // namespace requant::cli
