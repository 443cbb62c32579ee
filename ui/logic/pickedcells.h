// SPDX-License-Identifier: GPL-3.0-or-later
// Chosen rows and columns of a table, in a chosen order, as a table of its own: what is copied or exported. A snapshot's worth
// of indices: valid as long as the source does not change its rows.
#pragma once

#include <QAbstractTableModel>

#include <vector>

namespace requant {

class PickedCells : public QAbstractTableModel
{
    Q_OBJECT
public:
    PickedCells(const QAbstractItemModel &source, std::vector<int> rows, std::vector<int> columns);
    int rowCount(const QModelIndex &parent = {}) const override { return parent.isValid() ? 0 : int(m_rows.size()); }
    int columnCount(const QModelIndex &parent = {}) const override { return parent.isValid() ? 0 : int(m_columns.size()); }
    QVariant data(const QModelIndex &, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation, int role = Qt::DisplayRole) const override;

private:
    const QAbstractItemModel &m_source;
    std::vector<int> m_rows, m_columns;
};

} // namespace requant
