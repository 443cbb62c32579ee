// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/logic/measured.h"

#include "core/convert/convert.h"
#include "ui/logic/document.h"
#include "ui/logic/exporter.h"
#include "ui/logic/otherfile.h"
#include "ui/logic/session.h"
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

const std::shared_ptr<const ErrorReport> &Measured::report(HeatChoice c, bool *stale) const
{
    const bool ofWeights = !hasReach(c.quantity, HeatReach::EndToEnd);
    const bool alone = !ofWeights && c.reach == HeatReach::Local && hasReach(c.quantity, HeatReach::Local);
    if (stale)
        *stale = ofWeights ? conversionStale : alone ? localStale : errorsStale;
    return ofWeights ? weights : alone ? local : errors;
}

std::vector<double> Measured::values(HeatChoice c, std::size_t operators) const
{
    const auto &r = report(c);
    return r ? heatValues(c, *r, operators) : std::vector<double>(operators, std::numeric_limits<double>::quiet_NaN());
}

Measured measuredVariant(const Session &session, int index)
{
    const Variant &v = session.document()->variants()->at(index);
    const Computation &c = session.computation();
    const VariantResults &r = c.results(v.id);
    Measured m;
    m.name = v.name;
    m.variant = v.id;
    m.conversion = r.conversion.value;
    m.model = m.conversion ? m.conversion->model : nullptr;
    m.weights = r.weights.value;
    m.local = r.local.value;
    m.errors = r.errors.value;
    m.conversionStale = c.isConversionStale(v.id);
    m.localStale = c.isLocalStale(v.id);
    m.errorsStale = c.isErrorsStale(v.id);
    return m;
}

std::vector<Measured> measuredAll(const Session &session)
{
    std::vector<Measured> out;
    if (!session.document())
        return out;
    for (int i = 0; i < session.document()->variants()->count(); ++i)
        out.push_back(measuredVariant(session, i));
    if (session.otherFile().isOpen())
        out.push_back(session.otherFile().measured());
    return out;
}

std::vector<ReportVariant> otherVariants(const Session &session)
{
    std::vector<ReportVariant> out;
    const Variants &all = *session.document()->variants();
    const Computation &work = session.computation();
    for (int i = 0; i < all.count(); ++i) {
        const int id = all.at(i).id;
        const VariantResults &r = work.results(id);
        if (i == all.activeIndex() || !r.conversion.value || work.isConversionStale(id) || r.preliminary)
            continue;
        const bool measured = r.errors.value && !work.isErrorsStale(id) && !r.errorsPreliminary;
        out.push_back({all.label(i), r.conversion.value, measured ? r.errors.value : r.weights.value});
    }
    return out;
}

QString choiceTitle(HeatChoice c)
{
    const QString title = heatTitle(c.quantity);
    if (!hasReach(c.quantity, HeatReach::Local))
        return title;
    return c.reach == HeatReach::Local ? tr("%1, this layer alone").arg(title) : tr("%1, end to end").arg(title);
}

QString choiceText(HeatChoice c, double v)
{
    if (std::isnan(v))
        return noText();
    if (c.quantity == HeatQuantity::Cosine)
        return QString::number(v, 'f', 5);
    const QString unit = heatUnit(c.quantity);
    if (unit == QStringLiteral("dB"))
        return dbText(v);
    if (unit == QStringLiteral("%"))
        return percentText(v / 100);
    return stepsText(v);
}

bool lowIsBad(HeatQuantity q)
{
    return q == HeatQuantity::ActivationSqnr || q == HeatQuantity::WeightSqnr || q == HeatQuantity::Cosine;
}

std::vector<HeatChoice> allChoices()
{
    std::vector<HeatChoice> out;
    for (int q = 0; q < kHeatQuantityCount; ++q) {
        const auto quantity = HeatQuantity(q);
        if (hasReach(quantity, HeatReach::Local))
            out.push_back({quantity, HeatReach::Local});
        out.push_back({quantity, HeatReach::EndToEnd});
    }
    return out;
}

Heat differenceHeat(HeatChoice c, const Measured &a, const Measured &b, std::size_t operators)
{
    Heat h;
    bool staleA = false, staleB = false;
    if (!a.report(c, &staleA) || !b.report(c, &staleB))
        return h;
    h.title = tr("%1 minus %2: %3").arg(b.name, a.name, choiceTitle(c));
    h.unit = heatUnit(c.quantity);
    h.diverging = true;
    h.stale = staleA || staleB;
    const std::vector<double> x = a.values(c, operators);
    h.values = b.values(c, operators);
    double most = 0;
    for (std::size_t i = 0; i < operators; ++i) {
        double &v = h.values[i];
        v = x[i] == v ? 0.0 : v - x[i]; // both exact: no difference
        if (std::isfinite(v))
            most = std::max(most, std::abs(v));
    }
    if (most == 0)
        most = 1;
    h.best = lowIsBad(c.quantity) ? most : -most;
    h.worst = -h.best;
    return h;
}

int firstJump(const std::vector<double> &localSqnrDb)
{
    std::vector<std::pair<int, double>> known;
    for (std::size_t i = 0; i < localSqnrDb.size(); ++i) {
        if (!std::isnan(localSqnrDb[i]))
            known.emplace_back(int(i), std::min(localSqnrDb[i], 60.0));
    }
    std::vector<double> before; // in order of size
    for (const auto &[op, db] : known) {
        std::vector<double> few;
        if (before.size() < 3) {
            for (const auto &[o, d] : known) {
                if (o != op)
                    few.push_back(d);
            }
            std::sort(few.begin(), few.end());
        }
        const std::vector<double> &others = before.size() < 3 ? few : before;
        if (!others.empty() && db <= others[others.size() / 2] - kJumpDb)
            return op;
        before.insert(std::upper_bound(before.begin(), before.end(), db), db);
    }
    return -1;
}

} // namespace requant
