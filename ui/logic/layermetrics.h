// SPDX-License-Identifier: GPL-3.0-or-later
// Per-layer numbers of a report as vectors by source operator: what charts draw.
#pragma once

#include <QString>

#include <vector>

namespace requant {

struct ErrorReport;
struct Model;

enum class LayerMetric { WeightSqnr, LocalSqnr, CumulativeSqnr, RmsSteps, Saturation };
inline constexpr int kLayerMetricCount = 5;

QString metricTitle(LayerMetric);
QString metricShortTitle(LayerMetric); // for pickers
QString metricUnit(LayerMetric);
QString metricText(LayerMetric, double value); // with its unit
bool needsSamples(LayerMetric);

// NaN where the report says nothing; +infinity for an SQNR without any error.
std::vector<double> metricValues(LayerMetric, const ErrorReport &, std::size_t operators);
// Declared output scales by operator of `source`, taken from `model` (the source itself or a conversion of it).
std::vector<double> outputScales(const Model &source, const Model &model);
// Likewise of the weights, the largest channel's; NaN for layers without.
std::vector<double> weightScales(const Model &source, const Model &model);

} // namespace requant
