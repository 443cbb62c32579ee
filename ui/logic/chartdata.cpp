// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/logic/chartdata.h"

#include "core/metrics/errors.h"
#include "core/model/model.h"
#include "ui/logic/layermetrics.h"
#include "ui/logic/texts.h"

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

HeatQuantity quantityOf(LayerChartKind k)
{
    switch (k) {
    case LayerChartKind::Steps: return HeatQuantity::ActivationRms;
    case LayerChartKind::Cosine: return HeatQuantity::Cosine;
    case LayerChartKind::Saturation: return HeatQuantity::Saturation;
    case LayerChartKind::BiasShift: return HeatQuantity::BiasShift;
    case LayerChartKind::Weights: return HeatQuantity::WeightSqnr;
    default: return HeatQuantity::ActivationSqnr;
    }
}

// Names say whose the numbers are only where there are two.
QString of(const QString &text, const Measured &m, bool several)
{
    return several ? tr("%1: %2").arg(m.name, text) : text;
}

} // namespace

QString chartTitle(LayerChartKind k)
{
    switch (k) {
    case LayerChartKind::Scale: return tr("Scale");
    case LayerChartKind::Weights: return tr("Weight error");
    case LayerChartKind::Activations: return tr("Activation error");
    case LayerChartKind::Steps: return tr("Steps");
    case LayerChartKind::Cosine: return tr("Cosine");
    case LayerChartKind::Saturation: return tr("Saturation");
    case LayerChartKind::BiasShift: return tr("Shift");
    case LayerChartKind::Causes: return tr("Causes");
    }
    return {};
}

QString chartAxis(LayerChartKind k)
{
    switch (k) {
    case LayerChartKind::Scale: return tr("output scale");
    case LayerChartKind::Weights:
    case LayerChartKind::Activations: return tr("SQNR (dB)");
    case LayerChartKind::Steps: return tr("RMS (steps)");
    case LayerChartKind::Cosine: return tr("cosine");
    case LayerChartKind::Saturation: return tr("saturated (%)");
    case LayerChartKind::BiasShift: return tr("shift (steps)");
    case LayerChartKind::Causes: return tr("error (steps\u00b2)");
    }
    return {};
}

QString chartMeaning(LayerChartKind k)
{
    switch (k) {
    case LayerChartKind::Scale: return tr("one grid line per power of two");
    case LayerChartKind::Weights:
    case LayerChartKind::Activations: return tr("SQNR (dB), higher is better");
    case LayerChartKind::Steps: return tr("RMS error in steps, lower is better; ideal rounding gives 0.289");
    case LayerChartKind::Cosine: return tr("cosine similarity, 1 is best");
    case LayerChartKind::Saturation: return tr("values cut off at the new range's ends, lower is better");
    case LayerChartKind::BiasShift: return tr("largest mean shift of a channel in steps, lower is better");
    case LayerChartKind::Causes:
        return tr("each layer alone, lower is better; hatched: without algorithms, full: as the recipe says");
    }
    return {};
}

QString chartToolTip(LayerChartKind k)
{
    switch (k) {
    case LayerChartKind::Scale: return tr("Scale of every layer's output in the source and after conversion");
    case LayerChartKind::Weights:
        return tr("How far the converted weights are from the source's: signal to noise ratio, more is better");
    case LayerChartKind::Activations:
        return tr("How far every layer's output is from the source's on the samples: alone and in the whole network");
    case LayerChartKind::Steps:
        return tr("Error of every layer's output in steps of its new scale; ideal rounding gives 0.29");
    case LayerChartKind::Cosine:
        return tr("Cosine of the angle between a layer's output and the source's: 1 is the same direction");
    case LayerChartKind::Saturation:
        return tr("Share of a layer's values at the ends of its new range that the source did not have at its own");
    case LayerChartKind::BiasShift:
        return tr("The channel whose mean moved farthest: what a corrected bias would take back");
    case LayerChartKind::Causes:
        return tr(
            "What each layer's own error is made of: rounded weights, cut-off weights, the output's grid and more");
    }
    return {};
}

QString chartText(LayerChartKind k, double v)
{
    if (std::isnan(v))
        return noText();
    switch (k) {
    case LayerChartKind::Scale: return scaleText(v);
    case LayerChartKind::Causes:
        if (v != 0 && std::abs(v) < 1e-4)
            return v > 0 ? tr("< 0.0001 steps\u00b2") : tr("> -0.0001 steps\u00b2");
        return QStringLiteral("%1 steps\u00b2").arg(v, 0, 'g', 3);
    default: return choiceText({quantityOf(k), HeatReach::EndToEnd}, v);
    }
}

bool chartNeedsSamples(LayerChartKind k)
{
    return k != LayerChartKind::Scale && k != LayerChartKind::Weights;
}

bool chartFromZero(LayerChartKind k)
{
    return k != LayerChartKind::Scale && k != LayerChartKind::Cosine;
}

std::vector<ChartSeries> layerSeries(LayerChartKind kind, const Model &source, std::span<const Measured> all,
                                     bool ofWeights)
{
    const std::size_t n = source.subgraphs.front().operators.size();
    const auto shown = all.first(std::min<std::size_t>(all.size(), 2));
    const bool several = shown.size() > 1;
    std::vector<ChartSeries> out;
    const auto add = [&](const QString &name, const Measured &m, std::vector<double> values,
                         bool stale) -> ChartSeries & {
        ChartSeries s;
        s.name = of(name, m, several);
        s.of = &m == shown.data() ? ChartSeries::Of::First : ChartSeries::Of::Second;
        s.stale = stale;
        s.values = std::move(values);
        out.push_back(std::move(s));
        return out.back();
    };
    if (kind == LayerChartKind::Scale) {
        ChartSeries before;
        before.name = tr("before");
        before.of = ChartSeries::Of::Before;
        const auto scales = ofWeights ? weightScales : outputScales;
        before.values = scales(source, source);
        out.push_back(std::move(before));
        for (const Measured &m : shown)
            add(tr("after"), m, m.model ? scales(source, *m.model) : std::vector<double>(), m.conversionStale);
        return out;
    }
    const HeatQuantity quantity = quantityOf(kind);
    if (kind == LayerChartKind::Weights && !several) {
        if (shown.empty() || !shown[0].weights)
            return out;
        std::vector<double> inexact = shown[0].values({quantity}, n), exact = inexact;
        for (std::size_t i = 0; i < n; ++i)
            (std::isinf(inexact[i]) ? inexact[i] : exact[i]) = kNone;
        add(tr("weights"), shown[0], std::move(inexact), shown[0].conversionStale).bars = true;
        ChartSeries &e = add(tr("exact: no error at all"), shown[0], std::move(exact), shown[0].conversionStale);
        e.bars = true;
        e.of = ChartSeries::Of::Before;
        return out;
    }
    for (const Measured &m : shown) {
        const HeatChoice alone{quantity, HeatReach::Local}, whole{quantity, HeatReach::EndToEnd};
        bool stale = false;
        if (!hasReach(quantity, HeatReach::Local)) {
            if (m.report(whole, &stale))
                add(tr("weights"), m, m.values(whole, n), stale);
            continue;
        }
        if (m.report(alone, &stale))
            add(tr("this layer alone"), m, m.values(alone, n), stale).dashed = true;
        if (m.report(whole, &stale))
            add(tr("end to end"), m, m.values(whole, n), stale);
    }
    return out;
}

void ChartTable::set(const QString &rowTitle, std::vector<Row> rows, std::vector<Column> columns)
{
    const bool same = rows.size() == m_rows.size() && columns.size() == m_columns.size();
    if (!same)
        beginResetModel();
    m_rowTitle = rowTitle;
    m_rows = std::move(rows);
    m_columns = std::move(columns);
    if (!same) {
        endResetModel();
    } else {
        if (!m_rows.empty())
            emit dataChanged(index(0, 0), index(rowCount() - 1, columnCount() - 1));
        emit headerDataChanged(Qt::Horizontal, 0, columnCount() - 1);
    }
}

void ChartTable::setLayers(const Model &model, std::span<const ChartSeries> series,
                           const std::function<QString(double)> &textOf)
{
    const std::vector<std::string> names = layerNames(model.subgraphs.front());
    std::vector<Row> rows;
    std::vector<Column> columns;
    for (const ChartSeries &s : series)
        columns.push_back({s.name, textOf, {}, s.stale});
    for (std::size_t i = 0; i < names.size(); ++i) {
        const bool any = std::any_of(series.begin(), series.end(), [i](const ChartSeries &s) {
            return i < s.values.size() && !std::isnan(s.values[i]);
        });
        if (!any)
            continue;
        rows.push_back({QString::fromStdString(names[i]), int(i)});
        for (std::size_t c = 0; c < columns.size(); ++c)
            columns[c].values.push_back(i < series[c].values.size() ? series[c].values[i] : kNone);
    }
    set(tr("Layer"), std::move(rows), std::move(columns));
}

int ChartTable::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : int(m_rows.size());
}

int ChartTable::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : 2 + int(m_columns.size());
}

QVariant ChartTable::data(const QModelIndex &i, int role) const
{
    if (!checkIndex(i, CheckIndexOption::IndexIsValid))
        return {};
    const Row &row = m_rows[std::size_t(i.row())];
    if (role == OperatorRole)
        return row.op;
    if (role == Qt::TextAlignmentRole)
        return int((i.column() == 1 ? Qt::AlignLeft : Qt::AlignRight) | Qt::AlignVCenter);
    const bool plain = role == Qt::DisplayRole || role == Qt::EditRole || role == SortRole;
    if (i.column() == 0)
        return plain ? QVariant(row.op >= 0 ? row.op : i.row()) : QVariant();
    if (i.column() == 1)
        return plain || role == Qt::ToolTipRole ? QVariant(row.title) : QVariant();
    const Column &c = m_columns[std::size_t(i.column() - 2)];
    const double v = std::size_t(i.row()) < c.values.size() ? c.values[std::size_t(i.row())] : kNone;
    if (role == Qt::DisplayRole)
        return std::isnan(v) ? noText() : c.textOf ? c.textOf(v) : QString::number(v, 'g', 6);
    return role == Qt::EditRole || role == SortRole ? QVariant(v) : QVariant();
}

QVariant ChartTable::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal)
        return {};
    if (role == Qt::TextAlignmentRole)
        return int((section == 0   ? Qt::AlignHCenter
                    : section == 1 ? Qt::AlignLeft
                                   : Qt::AlignRight)
                   | Qt::AlignVCenter);
    if (role != Qt::DisplayRole || section < 0 || section >= columnCount())
        return {};
    return section == 0 ? QStringLiteral("#") : section == 1 ? m_rowTitle : m_columns[std::size_t(section - 2)].title;
}

} // namespace requant
