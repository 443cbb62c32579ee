// SPDX-License-Identifier: GPL-3.0-or-later
// What happened inside the integer units, for all commands that simulate: saturated outputs, overflowed accumulators,
// biases that do not fit.
#pragma once

#include "app/common.h"

#include "core/metrics/events.h"
#include "core/sim/simulator.h"

#include <string>
#include <vector>

namespace requant::cli {

struct LayerEvents
{
    std::string layer;
    LayerCounters counters;
};
std::vector<LayerEvents> layerEvents(const ErrorReport &);
std::vector<LayerEvents> layerEvents(const Model &, const std::vector<LayerCounters> &byOperator);

// Adds what happened in the simulator's main subgraph, operator by operator.
void addCounters(const Simulator &, std::vector<LayerCounters> &byOperator);

// A line each for saturation, overflows and biases; nothing for what was not counted or cannot happen.
std::vector<std::string> eventLines(const std::vector<LayerEvents> &, const Numerics &);
Json countersJson(const LayerCounters &);
LayerCounters totals(const std::vector<LayerEvents> &);

} // namespace requant::cli
