// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/logic/layermetrics.h"

#include "core/metrics/errors.h"
#include "core/scheme/scheme.h"
#include "ui/logic/texts.h"

#include <QCoreApplication>

#include <algorithm>
#include <cmath>
#include <limits>

namespace requant {

static QString tr(const char *s)
{
    return QCoreApplication::translate("requant", s);
}

QString metricTitle(LayerMetric m)
{
    switch (m) {
    case LayerMetric::WeightSqnr: return tr("Weight error (SQNR)");
    case LayerMetric::LocalSqnr: return tr("Activation error, this layer alone (SQNR)");
    case LayerMetric::CumulativeSqnr: return tr("Activation error, end to end (SQNR)");
    case LayerMetric::RmsSteps: return tr("Activation error in steps (RMS)");
    case LayerMetric::Saturation: return tr("Saturated values");
    }
    return {};
}

QString metricShortTitle(LayerMetric m)
{
    switch (m) {
    case LayerMetric::WeightSqnr: return tr("Weight SQNR");
    case LayerMetric::LocalSqnr: return tr("Local SQNR");
    case LayerMetric::CumulativeSqnr: return tr("End-to-end SQNR");
    case LayerMetric::RmsSteps: return tr("RMS steps");
    case LayerMetric::Saturation: return tr("Saturation");
    }
    return {};
}

QString metricUnit(LayerMetric m)
{
    switch (m) {
    case LayerMetric::RmsSteps: return tr("steps");
    case LayerMetric::Saturation: return QStringLiteral("%");
    default: return QStringLiteral("dB");
    }
}

QString metricText(LayerMetric m, double v)
{
    if (std::isnan(v))
        return noText();
    switch (m) {
    case LayerMetric::RmsSteps: return stepsText(v);
    case LayerMetric::Saturation: return percentText(v / 100);
    default: return dbText(v);
    }
}

bool needsSamples(LayerMetric m)
{
    return m != LayerMetric::WeightSqnr;
}

std::vector<double> metricValues(LayerMetric m, const ErrorReport &report, std::size_t operators)
{
    constexpr double nan = std::numeric_limits<double>::quiet_NaN();
    std::vector<double> out(operators, nan);
    for (const LayerError &l : report.layers) {
        if (!l.source || l.source.pos() >= operators)
            continue;
        double &v = out[l.source.pos()];
        switch (m) {
        case LayerMetric::WeightSqnr: v = l.weights ? l.weights->sqnrDb : nan; break;
        case LayerMetric::LocalSqnr: v = l.local ? l.local->sqnrDb : nan; break;
        case LayerMetric::CumulativeSqnr: v = l.cumulative ? l.cumulative->sqnrDb : nan; break;
        case LayerMetric::RmsSteps: v = l.cumulative ? l.cumulative->rmsSteps : nan; break;
        case LayerMetric::Saturation: v = l.cumulative ? l.cumulative->saturationRate * 100 : nan; break;
        }
    }
    return out;
}

namespace {

template <class TensorOf>
std::vector<double> scales(const Model &source, const Model &model, TensorOf tensorOf)
{
    const auto &g = source.subgraphs.front();
    const auto &tensors = model.subgraphs.front().tensors;
    std::vector<double> out(g.operators.size(), std::numeric_limits<double>::quiet_NaN());
    for (std::size_t i = 0; i < out.size(); ++i) {
        const TensorIndex t = tensorOf(g.operators[i]);
        const double s = t && t.pos() < tensors.size() ? largestScale(tensors[t.pos()].quant) : 0;
        if (s > 0)
            out[i] = s;
    }
    return out;
}

} // namespace

std::vector<double> outputScales(const Model &source, const Model &model)
{
    return scales(source, model,
                  [](const Operator &op) { return op.outputs.empty() ? TensorIndex() : op.outputs.front(); });
}

std::vector<double> weightScales(const Model &source, const Model &model)
{
    return scales(source, model, [](const Operator &op) {
        const int w = weightedInputs(op.code).weight;
        return w >= 0 && std::size_t(w) < op.inputs.size() ? op.inputs[std::size_t(w)] : TensorIndex();
    });
}

} // namespace requant
