// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/convert/diagnosis.h"
#include "ui/logic/chartdata.h"

#include <QCoreApplication>

#include <algorithm>
#include <cmath>
#include <limits>

namespace requant {

namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

QString tr(const char *s)
{
    return QCoreApplication::translate("requant", s);
}

QString causeTitle(Cause c)
{
    switch (c) {
    case Cause::WeightRounding: return tr("weight rounding");
    case Cause::Clipping: return tr("clipping");
    case Cause::BiasCorrection: return tr("bias correction");
    case Cause::BiasRounding: return tr("bias rounding");
    case Cause::InputGrid: return tr("input grid");
    case Cause::OutputGrid: return tr("output grid");
    case Cause::Multiplier: return tr("multiplier");
    case Cause::Arithmetic: return tr("arithmetic");
    case Cause::Boundary: return tr("inserted operators");
    default: return QString::fromUtf8(causeName(c).data(), qsizetype(causeName(c).size()));
    }
}

} // namespace

std::vector<ChartSeries> causeSeries(const Diagnosis &diagnosis, std::size_t operators, bool stale)
{
    // Causes, then what they are short of the total, then layers of which only the total is known.
    constexpr std::size_t kParts = kCauses + 2;
    const auto values = [operators](const ErrorSplit &split, std::size_t part) {
        std::vector<double> out(operators, kNone);
        for (const LayerSplit &l : split.layers) {
            if (!l.measured || !l.source || l.source.pos() >= operators || l.unsplit.empty() != (part <= kCauses))
                continue;
            out[l.source.pos()] = part < kCauses ? l.part(Cause(part)) : part == kCauses ? l.interaction : l.total;
        }
        return out;
    };
    const auto any = [](const std::vector<double> &v) {
        return std::any_of(v.begin(), v.end(), [](double x) { return !std::isnan(x) && x != 0; });
    };
    const bool both = diagnosis.steps.size() > 1;
    std::vector<ChartSeries> naive, now;
    for (std::size_t p = 0; p < kParts; ++p) {
        ChartSeries s;
        s.of = ChartSeries::Of::Part;
        s.part = int(p);
        s.bars = true;
        s.stale = stale;
        s.name = p < kCauses ? causeTitle(Cause(p)) : p == kCauses ? tr("causes together") : tr("not split");
        s.values = values(diagnosis.corrected(), p);
        ChartSeries before = s;
        before.values = both ? values(diagnosis.naive(), p) : std::vector<double>();
        if (!any(s.values) && !any(before.values))
            continue;
        before.name = tr("naive: %1").arg(s.name);
        before.aside = true;
        if (both)
            naive.push_back(std::move(before));
        now.push_back(std::move(s));
    }
    naive.insert(naive.end(), std::make_move_iterator(now.begin()), std::make_move_iterator(now.end()));
    return naive;
}

void toShares(std::vector<ChartSeries> &causes)
{
    for (const bool aside : {false, true}) {
        std::vector<double> total;
        for (const ChartSeries &s : causes) {
            total.resize(std::max(total.size(), s.values.size()), 0);
            for (std::size_t i = 0; i < s.values.size(); ++i)
                total[i] += s.aside == aside && !std::isnan(s.values[i]) ? s.values[i] : 0;
        }
        for (ChartSeries &s : causes) {
            for (std::size_t i = 0; i < s.values.size() && s.aside == aside; ++i)
                s.values[i] = total[i] > 0 ? 100 * s.values[i] / total[i] : kNone;
        }
    }
}

} // namespace requant
