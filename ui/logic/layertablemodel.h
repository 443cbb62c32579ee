// SPDX-License-Identifier: GPL-3.0-or-later
// One row per operator of the source's main subgraph. New results change cells, never rows, so that selection and
// scroll position survive a recomputation.
#pragma once

#include "core/metrics/errors.h"
#include "core/model/model.h"

#include <QAbstractTableModel>
#include <QSortFilterProxyModel>

#include <memory>
#include <vector>

namespace requant {

class LayerTableModel : public QAbstractTableModel
{
    Q_OBJECT
public:
    enum Column {
        NumberColumn,
        LayerColumn,
        OperatorColumn,
        SchemeColumn,
        ScaleColumn,
        WeightSqnrColumn,
        LocalSqnrColumn,
        CumulativeSqnrColumn,
        StepsColumn,
        SaturationColumn,
        ClippedColumn,  // outputs that saturated
        OverflowColumn, // sums that left their accumulator
        CosineColumn,
        ShapeColumn, // of the first output
        BytesColumn, // of the operator's constants, after conversion
        ColumnCount
    };
    enum Role {
        SortRole = Qt::UserRole, // numbers sort as numbers; what is not known sorts last
        OperatorRole,            // the operator's number
        StaleRole,               // the cell's number belongs to an older recipe
        BarRole,                 // 0..1 for columns that draw a bar behind the number; invalid otherwise
        FilterRole,              // all that the filter searches
    };
    using QAbstractTableModel::QAbstractTableModel;

    void setModel(std::shared_ptr<const Model>);
    // The model after conversion (null: none yet) and whether it belongs to the recipe as it is now.
    void setConverted(std::shared_ptr<const Model>, bool stale);
    // A report and whether it belongs to an earlier recipe; null: not measured.
    struct Measured
    {
        std::shared_ptr<const ErrorReport> report;
        bool stale = false;
        bool operator==(const Measured &) const = default;
    };
    // Weights, layers alone, end to end; may be the same report.
    void setReports(Measured weights, Measured local, Measured errors);

    int rowCount(const QModelIndex &parent = {}) const override;
    int columnCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation, int role = Qt::DisplayRole) const override;

private:
    struct Row
    {
        QString name, fullName, op;
        TensorIndex output;
    };
    double number(int row, int column) const; // NaN: not known
    double constantBytes(int row) const;
    QString text(int row, int column) const;
    QString toolTip(int row, int column) const;
    bool isStale(int column) const;
    struct Shown : Measured
    {
        std::vector<int> at; // position in the report by row, -1: none
    };
    const LayerError *layer(const Shown &, int row) const;
    bool show(Shown &, Measured);
    void allChanged(int firstColumn, int lastColumn);

    std::shared_ptr<const Model> m_model, m_converted;
    Shown m_weights, m_local, m_errors;
    std::vector<Row> m_rows;
    bool m_convertedStale = false;
};

// Sorts by SortRole with the unknown last in either order, and keeps rows that contain every word of the filter.
class LayerFilterModel : public QSortFilterProxyModel
{
    Q_OBJECT
public:
    explicit LayerFilterModel(QObject *parent = nullptr);
    void setFilterText(const QString &);
    int operatorAt(const QModelIndex &proxyIndex) const; // -1 for an invalid index
    QModelIndex indexOfOperator(int op) const;           // invalid if filtered away

protected:
    bool filterAcceptsRow(int row, const QModelIndex &parent) const override;
    bool lessThan(const QModelIndex &a, const QModelIndex &b) const override;

private:
    QStringList m_words;
};

} // namespace requant
