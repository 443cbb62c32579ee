// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/logic/heatmap.h"

#include "core/metrics/errors.h"
#include "ui/logic/document.h"
#include "ui/logic/session.h"

#include <QCoreApplication>

#include <algorithm>
#include <cmath>
#include <limits>

namespace requant {
namespace {

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
constexpr double kIdealRms = 0.289; // steps, of rounding to the nearest: 1 / sqrt(12)

QString tr(const char *s) { return QCoreApplication::translate("requant", s); }

bool isOfWeights(HeatQuantity q) { return q == HeatQuantity::WeightSqnr || q == HeatQuantity::WeightRms; }

double percent(std::uint64_t part, std::uint64_t of)
{
    return of ? 100 * double(part) / double(of) : kUnknown;
}

// Largest mean shift of a channel, in steps of the layer's new scale.
double biasShift(const LayerError &l, const ValueError &e)
{
    if (e.biasShift.empty() || l.scaleAfter <= 0)
        return kUnknown;
    double most = 0;
    for (const double shift : e.biasShift)
        most = std::max(most, std::abs(shift));
    return most / l.scaleAfter;
}

double valueOf(const LayerError &l, HeatChoice c)
{
    if (c.quantity == HeatQuantity::Clipped)
        return l.counters ? percent(l.counters->saturated, l.counters->outputs) : kUnknown;
    if (c.quantity == HeatQuantity::Overflowed)
        return l.counters ? percent(l.counters->overflowed, l.counters->accumulated) : kUnknown;
    const auto &e = isOfWeights(c.quantity) ? l.weights : c.reach == HeatReach::Local ? l.local : l.cumulative;
    if (!e)
        return kUnknown;
    switch (c.quantity) {
    case HeatQuantity::ActivationSqnr:
    case HeatQuantity::WeightSqnr: return e->sqnrDb;
    case HeatQuantity::ActivationRms:
    case HeatQuantity::WeightRms: return e->rmsSteps;
    case HeatQuantity::ActivationMax: return e->maxSteps;
    case HeatQuantity::Cosine: return e->cosine;
    case HeatQuantity::Saturation: return 100 * e->saturationRate;
    case HeatQuantity::BiasShift: return biasShift(l, *e);
    case HeatQuantity::Clipped:
    case HeatQuantity::Overflowed: break;
    }
    return kUnknown;
}

} // namespace

QString heatTitle(HeatQuantity q)
{
    switch (q) {
    case HeatQuantity::ActivationSqnr: return tr("Activation SQNR");
    case HeatQuantity::ActivationRms: return tr("Activation RMS error");
    case HeatQuantity::ActivationMax: return tr("Largest activation error");
    case HeatQuantity::Cosine: return tr("Cosine similarity");
    case HeatQuantity::Saturation: return tr("Saturated values");
    case HeatQuantity::BiasShift: return tr("Largest channel shift");
    case HeatQuantity::Clipped: return tr("Clipped outputs");
    case HeatQuantity::Overflowed: return tr("Overflowed sums");
    case HeatQuantity::WeightSqnr: return tr("Weight SQNR");
    case HeatQuantity::WeightRms: return tr("Weight RMS error");
    }
    return {};
}

QString heatUnit(HeatQuantity q)
{
    switch (q) {
    case HeatQuantity::ActivationSqnr:
    case HeatQuantity::WeightSqnr: return QStringLiteral("dB");
    case HeatQuantity::ActivationRms:
    case HeatQuantity::ActivationMax:
    case HeatQuantity::BiasShift:
    case HeatQuantity::WeightRms: return tr("steps");
    case HeatQuantity::Saturation:
    case HeatQuantity::Clipped:
    case HeatQuantity::Overflowed: return QStringLiteral("%");
    case HeatQuantity::Cosine: return {};
    }
    return {};
}

bool hasReach(HeatQuantity q, HeatReach reach)
{
    if (isOfWeights(q))
        return false;
    return reach == HeatReach::EndToEnd || (q != HeatQuantity::Clipped && q != HeatQuantity::Overflowed);
}

std::vector<double> heatValues(HeatChoice c, const ErrorReport &report, std::size_t operators)
{
    std::vector<double> out(operators, kUnknown);
    for (const LayerError &l : report.layers) {
        if (l.source && l.source.pos() < operators)
            out[l.source.pos()] = valueOf(l, c);
    }
    return out;
}

Heat makeHeat(HeatChoice c, const ErrorReport &report, std::size_t operators, bool stale)
{
    Heat h;
    h.title = heatTitle(c.quantity);
    if (hasReach(c.quantity, HeatReach::Local))
        h.title = c.reach == HeatReach::Local ? tr("%1, this layer alone").arg(h.title) : tr("%1, end to end").arg(h.title);
    h.unit = heatUnit(c.quantity);
    h.values = heatValues(c, report, operators);
    h.stale = stale;
    double least = std::numeric_limits<double>::infinity(), most = -least;
    for (const double v : h.values) {
        if (std::isfinite(v)) {
            least = std::min(least, v);
            most = std::max(most, v);
        }
    }
    const bool any = least <= most;
    switch (c.quantity) {
    case HeatQuantity::ActivationSqnr:
    case HeatQuantity::WeightSqnr:
        h.best = any ? std::clamp(std::ceil(most), 20.0, 60.0) : 48.0;
        h.worst = any ? std::min(std::floor(least), h.best - 6) : 0.0;
        break;
    case HeatQuantity::ActivationRms:
    case HeatQuantity::WeightRms:
        h.best = kIdealRms;
        h.worst = any ? std::max(most, 1.0) : 1.0;
        break;
    case HeatQuantity::ActivationMax:
        h.best = 0.5; // rounding to the nearest
        h.worst = any ? std::max(most, 1.0) : 1.0;
        break;
    case HeatQuantity::Cosine:
        h.best = 1;
        h.worst = any ? std::min(least, 0.99) : 0.99;
        break;
    case HeatQuantity::Saturation:
    case HeatQuantity::Clipped:
    case HeatQuantity::Overflowed:
    case HeatQuantity::BiasShift:
        h.best = 0;
        h.worst = any ? std::max(most, 1.0) : 1.0;
        break;
    }
    return h;
}

Heat heatOf(const Session &session, HeatChoice c)
{
    const Document *doc = session.document();
    const bool counts = c.quantity == HeatQuantity::Clipped || c.quantity == HeatQuantity::Overflowed;
    const bool weights = isOfWeights(c.quantity), local = !counts && c.reach == HeatReach::Local;
    const auto &report = weights ? session.weightReport() : local ? session.localReport() : session.errorReport();
    const bool stale = weights ? session.isConversionStale() : local ? session.isLocalReportStale() : session.isErrorReportStale();
    return doc && report ? makeHeat(c, *report, doc->mainGraph().operators.size(), stale) : Heat();
}

} // namespace requant
