// SPDX-License-Identifier: GPL-3.0-or-later
// Layers x variants: one row per operator of the source, one column per variant or file, and the difference of two of
// them. New numbers change cells, never rows.
#pragma once

#include "core/model/model.h"
#include "ui/logic/measured.h"

#include <QAbstractTableModel>
#include <QSortFilterProxyModel>

#include <memory>
#include <vector>

namespace requant {

class VariantMatrix : public QAbstractTableModel
{
    Q_OBJECT
public:
    enum FixedColumn { NumberColumn, LayerColumn, FirstColumn };
    enum Role {
        SortRole = Qt::UserRole,
        OperatorRole, // the operator's number
        StaleRole,
        BadnessRole, // 0 good .. 1 bad over all variants; of the difference: 0 better .. 0.5 equal .. 1 worse. Invalid:
                     // unknown
    };
    using QAbstractTableModel::QAbstractTableModel;

    void setModel(std::shared_ptr<const Model>);
    void setChoice(HeatChoice);
    HeatChoice choice() const { return m_choice; }
    void setColumns(std::vector<Measured>);
    const std::vector<Measured> &columns() const { return m_columns; }
    // The last column is `b` minus `a` (places in columns()); there is none while they are the same or not there.
    void setDifference(int a, int b);
    int differenceColumn() const;            // -1 if there is none
    double value(int row, int column) const; // NaN for what is not known

    int rowCount(const QModelIndex &parent = {}) const override;
    int columnCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation, int role = Qt::DisplayRole) const override;

private:
    void compute();
    void update(); // cells and headers
    bool isStale(int column) const;

    std::shared_ptr<const Model> m_model;
    std::vector<std::string> m_names;
    HeatChoice m_choice;
    std::vector<Measured> m_columns;
    int m_a = 0, m_b = 1;
    std::vector<std::vector<double>> m_values; // by column, the difference last
    Heat m_spread, m_difference;               // ends of the colours
};

// Sorts numbers as numbers; what is not known stays last in either order.
class MatrixSort : public QSortFilterProxyModel
{
    Q_OBJECT
public:
    using QSortFilterProxyModel::QSortFilterProxyModel;
    int operatorAt(const QModelIndex &) const; // -1 for none
    QModelIndex indexOfOperator(int op, int column = 0) const;

protected:
    bool lessThan(const QModelIndex &, const QModelIndex &) const override;
};

} // namespace requant
