// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/logic/pickedcells.h"

namespace requant {

PickedCells::PickedCells(const QAbstractItemModel &source, std::vector<int> rows, std::vector<int> columns)
    : m_source(source), m_rows(std::move(rows)), m_columns(std::move(columns))
{
}

QVariant PickedCells::data(const QModelIndex &i, int role) const
{
    if (!checkIndex(i, CheckIndexOption::IndexIsValid))
        return {};
    return m_source.index(m_rows[std::size_t(i.row())], m_columns[std::size_t(i.column())]).data(role);
}

QVariant PickedCells::headerData(int section, Qt::Orientation orientation, int role) const
{
    const auto &of = orientation == Qt::Horizontal ? m_columns : m_rows;
    if (section < 0 || section >= int(of.size()))
        return {};
    return m_source.headerData(of[std::size_t(section)], orientation, role);
}

} // namespace requant
