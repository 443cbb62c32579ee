// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/logic/issuesmodel.h"

#include "core/convert/boundarycost.h"
#include "core/convert/convert.h"
#include "ui/logic/texts.h"

#include <algorithm>
#include <cmath>

namespace requant {

QString wishSentence(const TensorWish &w)
{
    QStringList words{typeText(w.type), toQString(symmetryName(w.symmetry))};
    if (w.role == TensorRole::Weight)
        words << toQString(granularityName(w.granularity));
    if (w.scale == ScaleRule::PowerOfTwo)
        words << IssuesModel::tr("power-of-two scale");
    if (w.scale == ScaleRule::PowerOfTwoMultiplier)
        words << IssuesModel::tr("power-of-two multiplier");
    if (w.bits)
        words << IssuesModel::tr("%1 bits").arg(w.bits);
    if (w.narrowRange)
        words << IssuesModel::tr("narrow range");
    if (w.keep)
        words << IssuesModel::tr("kept as is");
    return words.join(QStringLiteral(", "));
}

std::vector<Issue> issuesOf(const Diagnostics &all, const Model *model, const GraphIndex *index)
{
    std::vector<Issue> out;
    out.reserve(all.size());
    for (const Diagnostic &d : all) {
        Issue i;
        i.severity = d.severity;
        i.text = diagnosticText(d);
        i.id = d.message ? toQString(d.message->id) : QString();
        if (model && index) {
            i.op = operatorAt(*model, *index, d.where);
            i.layer = layerTitle(*model, i.op);
        }
        out.push_back(std::move(i));
    }
    return out;
}

QString boundaryText(const Conversion &c, std::span<const BoundaryCost> costs, const Boundary &b)
{
    const QString why = QString::fromStdString(b.reason);
    const BoundaryCost *cost = costOf(c, costs, b);
    if (!cost)
        return why;
    return std::isinf(cost->sqnrDb)
               ? IssuesModel::tr("%1; it loses nothing").arg(why)
               : IssuesModel::tr("%1; its output is within %2 of what it reads").arg(why, dbText(cost->sqnrDb));
}

std::vector<Issue> issuesOf(const Conversion &c, const GraphIndex &source, std::span<const BoundaryCost> costs)
{
    const Model &model = *c.source;
    std::vector<Issue> out = issuesOf(c.diagnostics, &model, &source);
    for (const Adjustment &a : c.resolution.adjustments) {
        Issue i;
        i.kind = IssueKind::Adjustment;
        i.op = operatorAt(model, source, TensorRef{SubgraphIndex{0}, a.tensor});
        i.layer = layerTitle(model, i.op);
        const QString asked = wishSentence(a.asked), granted = wishSentence(a.granted);
        i.text = QString::fromStdString(a.reason);
        if (asked != granted)
            i.text = IssuesModel::tr("%1 (asked: %2; is: %3)").arg(i.text, asked, granted);
        out.push_back(std::move(i));
    }
    for (const Boundary &b : c.resolution.boundaries) {
        Issue i;
        i.kind = IssueKind::Boundary;
        i.op = b.consumer ? b.consumer.value : operatorAt(model, source, TensorRef{SubgraphIndex{0}, b.tensor});
        i.layer = layerTitle(model, i.op);
        i.text = boundaryText(c, costs, b);
        out.push_back(std::move(i));
    }
    return out;
}

void IssuesModel::setIssues(std::vector<Issue> issues)
{
    const bool same = issues.size() == m_issues.size()
                      && std::equal(issues.begin(), issues.end(), m_issues.begin(), [](const Issue &a, const Issue &b) {
                             return a.kind == b.kind && a.severity == b.severity && a.op == b.op && a.text == b.text;
                         });
    if (same)
        return;
    beginResetModel();
    m_issues = std::move(issues);
    endResetModel();
}

int IssuesModel::count(Severity s) const
{
    return int(std::count_if(m_issues.begin(), m_issues.end(),
                             [s](const Issue &i) { return i.kind == IssueKind::Finding && i.severity == s; }));
}

int IssuesModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : int(m_issues.size());
}

int IssuesModel::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

QVariant IssuesModel::data(const QModelIndex &index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid))
        return {};
    const Issue &i = m_issues[std::size_t(index.row())];
    switch (role) {
    case Qt::DisplayRole:
        switch (index.column()) {
        case KindColumn:
            return i.kind == IssueKind::Adjustment ? tr("Adjusted")
                   : i.kind == IssueKind::Boundary ? tr("Requantize")
                                                   : severityText(i.severity);
        case LayerColumn: return i.layer.isEmpty() ? tr("model") : i.layer;
        case TextColumn: return i.text;
        }
        return {};
    case SortRole:
        switch (index.column()) {
        case KindColumn: return i.kind == IssueKind::Finding ? 2 - int(i.severity) : 2 + int(i.kind);
        case LayerColumn: return i.op;
        case TextColumn: return i.text;
        }
        return {};
    case Qt::ToolTipRole: return i.id.isEmpty() ? i.text : QString(i.text + QStringLiteral("\n[") + i.id + u']');
    case OperatorRole: return i.op;
    case SeverityRole: return int(i.severity);
    case KindRole: return int(i.kind);
    case IdRole: return i.id;
    }
    return {};
}

QVariant IssuesModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole)
        return {};
    switch (section) {
    case KindColumn: return tr("Kind");
    case LayerColumn: return tr("Layer");
    case TextColumn: return tr("What and why");
    }
    return {};
}

IssuesFilterModel::IssuesFilterModel(QObject *parent) : QSortFilterProxyModel(parent)
{
    setSortRole(IssuesModel::SortRole);
}

void IssuesFilterModel::setShown(Show s)
{
    m_show = s;
    invalidateFilter();
}

void IssuesFilterModel::setOnlyOperators(std::vector<int> ops, bool only)
{
    m_operators = std::move(ops);
    m_onlyOperators = only;
    invalidateFilter();
}

bool IssuesFilterModel::filterAcceptsRow(int row, const QModelIndex &parent) const
{
    const QModelIndex i = sourceModel()->index(row, 0, parent);
    const auto kind = IssueKind(i.data(IssuesModel::KindRole).toInt());
    const bool shown = m_show == Show::All || (m_show == Show::Findings && kind == IssueKind::Finding)
                       || (m_show == Show::Adjustments && kind == IssueKind::Adjustment)
                       || (m_show == Show::Boundaries && kind == IssueKind::Boundary);
    return shown
           && (!m_onlyOperators
               || std::binary_search(m_operators.begin(), m_operators.end(),
                                     i.data(IssuesModel::OperatorRole).toInt()));
}

} // namespace requant
