// SPDX-License-Identifier: GPL-3.0-or-later
// What charts draw and their tables show: numbers by layer, with names and kinds of lines, without any colour.
#pragma once

#include "ui/logic/measured.h"

#include <QAbstractTableModel>
#include <QString>

#include <functional>
#include <span>
#include <vector>

namespace requant {

struct Diagnosis;

enum class LayerChartKind { Scale, Weights, Activations, Steps, Cosine, Saturation, BiasShift, Causes };
inline constexpr int kLayerChartKinds = 8;

struct ChartSeries
{
    // Before is the source, First and Second are variants; Part is a cause of errors with its number.
    enum class Of { Before, First, Second, Part };
    QString name;
    Of of = Of::First;
    int part = 0;
    bool bars = false;   // bars of several series stand on each other
    bool aside = false;  // bars on the left of the others: what those are held against
    bool dashed = false; // each layer alone
    bool stale = false;
    std::vector<double> values; // by operator; NaN: none; +infinity: without any error
};

QString chartTitle(LayerChartKind);
QString chartAxis(LayerChartKind);    // with the unit
QString chartMeaning(LayerChartKind); // "lower is better"; may be empty
QString chartToolTip(LayerChartKind);
QString chartText(LayerChartKind, double); // a value with its unit
bool chartNeedsSamples(LayerChartKind);
bool chartFromZero(LayerChartKind);

// Of the first and, if there is another, in comparison with it; more are left out. Not for Causes. Scales are those of
// the outputs or, if asked for, of the weights.
std::vector<ChartSeries> layerSeries(LayerChartKind, const Model &source, std::span<const Measured>,
                                     bool ofWeights = false);
// The errors by cause, in squared steps, of the recipe without algorithms (aside) and as it is; layers whose causes are
// not known have none. A cause that no layer has is left out.
std::vector<ChartSeries> causeSeries(const Diagnosis &, std::size_t operators, bool stale);

// In percent of the layer's error instead; a layer without any has none.
void toShares(std::vector<ChartSeries> &causes);

// A chart's numbers as a table.
class ChartTable : public QAbstractTableModel
{
    Q_OBJECT
public:
    enum Role { SortRole = Qt::UserRole, OperatorRole };
    struct Column
    {
        QString title;
        std::function<QString(double)> textOf; // with its unit
        std::vector<double> values;            // NaN: none
        bool stale = false;
    };
    struct Row
    {
        QString title;
        int op = -1; // of which layer it is; -1: of none
    };
    using QAbstractTableModel::QAbstractTableModel;

    void set(const QString &rowTitle, std::vector<Row>, std::vector<Column>);
    // One row per layer that has a number.
    void setLayers(const Model &, std::span<const ChartSeries>, const std::function<QString(double)> &textOf);
    const std::vector<Row> &rows() const { return m_rows; }

    int rowCount(const QModelIndex &parent = {}) const override;
    int columnCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation, int role = Qt::DisplayRole) const override;

private:
    QString m_rowTitle;
    std::vector<Row> m_rows;
    std::vector<Column> m_columns;
};

} // namespace requant
