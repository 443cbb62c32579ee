// SPDX-License-Identifier: GPL-3.0-or-later
// What the graph can be coloured by, and the colours' numbers from a report.
#pragma once

#include "ui/logic/heat.h"

#include <memory>
#include <vector>

namespace requant {

class Session;
struct ErrorReport;

enum class HeatQuantity { ActivationSqnr, ActivationRms, ActivationMax, Cosine, Saturation, BiasShift, Clipped, Overflowed, WeightSqnr, WeightRms };
inline constexpr int kHeatQuantityCount = 10;
// Of a layer fed with the source's activations, or with the whole network converted.
enum class HeatReach { Local, EndToEnd };

struct HeatChoice
{
    HeatQuantity quantity = HeatQuantity::ActivationSqnr;
    HeatReach reach = HeatReach::Local;
    bool operator==(const HeatChoice &) const = default;
};

QString heatTitle(HeatQuantity);
QString heatUnit(HeatQuantity);
bool hasReach(HeatQuantity, HeatReach); // weights have neither: their numbers are the same for both

// NaN where the report says nothing; +infinity for an SQNR without any error.
std::vector<double> heatValues(HeatChoice, const ErrorReport &, std::size_t operators);
// Colours are spread over what is found, within the ends that make sense for the quantity.
Heat makeHeat(HeatChoice, const ErrorReport &, std::size_t operators, bool stale);
// From the session's report for it; empty while there is none.
Heat heatOf(const Session &, HeatChoice);

} // namespace requant
