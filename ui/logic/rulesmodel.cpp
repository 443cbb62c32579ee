// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/logic/rulesmodel.h"

#include "ui/logic/recipeedit.h"
#include "ui/logic/schemefields.h"
#include "ui/logic/texts.h"

#include <QMimeData>

#include <algorithm>

namespace requant {

static const QString kMime = QStringLiteral("application/x-requant-rule");

void RulesModel::setRules(std::vector<Rule> rules, std::size_t ofProfile)
{
    if (rules == m_rules && ofProfile == m_ofProfile)
        return;
    // Rows that stay keep their selection: what is inserted or removed stands behind the rules that both begin with. The counts
    // belong to the rules before.
    const auto common = std::mismatch(m_rules.begin(), m_rules.end(), rules.begin(), rules.end());
    const int first = int(common.first - m_rules.begin());
    const int more = int(rules.size()) - int(m_rules.size());
    m_counts.clear();
    if (more > 0) {
        beginInsertRows({}, first, first + more - 1);
        m_rules.insert(m_rules.begin() + first, rules.begin() + first, rules.begin() + first + more);
        endInsertRows();
    } else if (more < 0) {
        beginRemoveRows({}, first, first - more - 1);
        m_rules.erase(m_rules.begin() + first, m_rules.begin() + first - more);
        endRemoveRows();
    }
    m_rules = std::move(rules);
    m_ofProfile = ofProfile;
    if (!m_rules.empty())
        emit dataChanged(index(0, 0), index(int(m_rules.size()) - 1, ColumnCount - 1));
}

void RulesModel::setCounts(std::vector<RuleCount> counts)
{
    m_counts = std::move(counts);
    if (!m_rules.empty())
        emit dataChanged(index(0, 0), index(int(m_rules.size()) - 1, ColumnCount - 1));
}

int RulesModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : int(m_rules.size());
}

int RulesModel::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

QVariant RulesModel::data(const QModelIndex &at, int role) const
{
    if (!at.isValid() || std::size_t(at.row()) >= m_rules.size())
        return {};
    const Rule &r = m_rules[std::size_t(at.row())];
    const RuleCount *count = std::size_t(at.row()) < m_counts.size() ? &m_counts[std::size_t(at.row())] : nullptr;
    if (role == Qt::ToolTipRole) {
        QStringList lines{ruleText(r)};
        if (!r.comment.empty())
            lines << QString::fromStdString(r.comment);
        if (std::size_t(at.row()) < m_ofProfile)
            lines << tr("From the target's profile");
        if (count && !count->problem.isEmpty())
            lines << count->problem;
        else if (count)
            lines << tr("Matches %1; has the last word on %2")
                         .arg(countText(count->hits, "layer or input", "layers and inputs"))
                         .arg(count->decides);
        return lines.join(u'\n');
    }
    if (role == Qt::TextAlignmentRole && (at.column() == HitsColumn || at.column() == DecidesColumn))
        return int(Qt::AlignRight | Qt::AlignVCenter);
    if (role != Qt::DisplayRole)
        return {};
    const auto dash = [](const QString &s) { return s.isEmpty() ? noText() : s; };
    switch (at.column()) {
    case ConditionColumn: return conditionText(r);
    case ActivationsColumn: return dash(configText(r.activations));
    case WeightsColumn: return dash(configText(r.weights));
    case AlgorithmsColumn: return dash(algorithmsText(r.algorithms));
    case HitsColumn: return count ? QString::number(count->hits) : QStringLiteral("\u2026");
    case DecidesColumn: return count ? QString::number(count->decides) : QStringLiteral("\u2026");
    default: return {};
    }
}

QVariant RulesModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation == Qt::Vertical)
        return role == Qt::DisplayRole ? QVariant(section) : QVariant();
    if (role == Qt::ToolTipRole) {
        switch (section) {
        case HitsColumn: return tr("Layers and graph inputs that the rule matches");
        case DecidesColumn: return tr("Of them, those for which it has the last word on at least one field");
        default: return {};
        }
    }
    if (role != Qt::DisplayRole)
        return {};
    switch (section) {
    case ConditionColumn: return tr("Layers");
    case ActivationsColumn: return tr("Activations");
    case WeightsColumn: return tr("Weights");
    case AlgorithmsColumn: return tr("Algorithms");
    case HitsColumn: return tr("Matches");
    case DecidesColumn: return tr("Decides");
    default: return {};
    }
}

Qt::ItemFlags RulesModel::flags(const QModelIndex &at) const
{
    const auto base = QAbstractTableModel::flags(at) | (at.isValid() ? Qt::ItemNeverHasChildren : Qt::NoItemFlags);
    return at.isValid() ? base | Qt::ItemIsDragEnabled : base | Qt::ItemIsDropEnabled;
}

QStringList RulesModel::mimeTypes() const
{
    return {kMime};
}

QMimeData *RulesModel::mimeData(const QModelIndexList &rows) const
{
    if (rows.isEmpty())
        return nullptr;
    auto *data = new QMimeData;
    data->setData(kMime, QByteArray::number(rows.first().row()));
    return data;
}

bool RulesModel::canDropMimeData(const QMimeData *data, Qt::DropAction action, int row, int,
                                 const QModelIndex &parent) const
{
    return data && data->hasFormat(kMime) && action == Qt::MoveAction && (row >= 0 || parent.isValid() || row == -1);
}

bool RulesModel::dropMimeData(const QMimeData *data, Qt::DropAction action, int row, int column,
                              const QModelIndex &parent)
{
    if (!canDropMimeData(data, action, row, column, parent))
        return false;
    bool ok = false;
    const int from = data->data(kMime).toInt(&ok);
    const int before = row >= 0 ? row : parent.isValid() ? parent.row() : rowCount();
    const int to = before > from ? before - 1 : before;
    if (ok && from >= 0 && from < rowCount() && to != from && to < rowCount())
        emit moveRequested(from, to);
    return false;
}

} // namespace requant
