// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/logic/layertablemodel.h"

#include <algorithm>
#include <cmath>

namespace requant {

LayerFilterModel::LayerFilterModel(QObject *parent) : QSortFilterProxyModel(parent)
{
    setSortRole(LayerTableModel::SortRole);
    setDynamicSortFilter(true);
}

void LayerFilterModel::setFilterText(const QString &text)
{
    const auto words = text.split(u' ', Qt::SkipEmptyParts);
    if (words == m_words)
        return;
    m_words = words;
    invalidateFilter();
}

int LayerFilterModel::operatorAt(const QModelIndex &i) const
{
    return i.isValid() ? i.data(LayerTableModel::OperatorRole).toInt() : -1;
}

QModelIndex LayerFilterModel::indexOfOperator(int op) const
{
    if (!sourceModel() || op < 0 || op >= sourceModel()->rowCount())
        return {};
    return mapFromSource(sourceModel()->index(op, 0));
}

bool LayerFilterModel::filterAcceptsRow(int row, const QModelIndex &parent) const
{
    if (m_words.isEmpty())
        return true;
    const QString all = sourceModel()->index(row, 0, parent).data(LayerTableModel::FilterRole).toString();
    return std::all_of(m_words.begin(), m_words.end(),
                       [&](const QString &w) { return all.contains(w, Qt::CaseInsensitive); });
}

bool LayerFilterModel::lessThan(const QModelIndex &a, const QModelIndex &b) const
{
    const QVariant x = a.data(sortRole()), y = b.data(sortRole());
    if (x.typeId() == QMetaType::Double && y.typeId() == QMetaType::Double) {
        const double p = x.toDouble(), q = y.toDouble();
        // Unknown numbers stay at the end whichever way the column is sorted.
        if (std::isnan(p) || std::isnan(q))
            return std::isnan(p) == std::isnan(q) ? a.row() < b.row()
                                                  : (sortOrder() == Qt::AscendingOrder) == std::isnan(q);
        return p == q ? a.row() < b.row() : p < q;
    }
    if (x.typeId() == QMetaType::QString) {
        const int order = QString::localeAwareCompare(x.toString(), y.toString());
        return order == 0 ? a.row() < b.row() : order < 0;
    }
    return x.toInt() < y.toInt();
}

} // namespace requant
