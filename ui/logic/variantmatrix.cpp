// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/logic/variantmatrix.h"

#include "ui/logic/texts.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace requant {

void VariantMatrix::setModel(std::shared_ptr<const Model> model)
{
    if (model == m_model)
        return;
    beginResetModel();
    m_model = std::move(model);
    m_names = m_model ? layerNames(m_model->subgraphs.front()) : std::vector<std::string>();
    m_columns.clear();
    compute();
    endResetModel();
}

void VariantMatrix::setChoice(HeatChoice choice)
{
    m_choice = choice;
    compute();
    update();
}

void VariantMatrix::setColumns(std::vector<Measured> columns)
{
    const auto resulting = [this](std::size_t n) {
        return int(n) + (m_a != m_b && std::max(m_a, m_b) < int(n) ? 1 : 0);
    };
    const bool other = resulting(columns.size()) != resulting(m_columns.size());
    if (other)
        beginResetModel();
    m_columns = std::move(columns);
    compute();
    if (other)
        endResetModel();
    else
        update();
}

void VariantMatrix::setDifference(int a, int b)
{
    if (a == m_a && b == m_b)
        return;
    beginResetModel();
    m_a = std::max(a, 0);
    m_b = std::max(b, 0);
    compute();
    endResetModel();
}

int VariantMatrix::differenceColumn() const
{
    const bool has = m_a != m_b && std::max(m_a, m_b) < int(m_columns.size());
    return has ? FirstColumn + int(m_columns.size()) : -1;
}

void VariantMatrix::compute()
{
    const std::size_t n = m_names.size();
    m_values.clear();
    m_spread = {};
    m_difference = {};
    double least = std::numeric_limits<double>::infinity(), most = -least;
    for (const Measured &m : m_columns) {
        m_values.push_back(m.values(m_choice, n));
        for (const double v : m_values.back()) {
            if (std::isfinite(v)) {
                least = std::min(least, v);
                most = std::max(most, v);
            }
        }
    }
    if (least <= most) {
        m_spread.best = lowIsBad(m_choice.quantity) ? most : least;
        m_spread.worst = lowIsBad(m_choice.quantity) ? least : most;
    }
    if (differenceColumn() >= 0) {
        m_difference = differenceHeat(m_choice, m_columns[std::size_t(m_a)], m_columns[std::size_t(m_b)], n);
        if (m_difference.values.empty())
            m_difference.values.assign(n, std::numeric_limits<double>::quiet_NaN());
        m_values.push_back(m_difference.values);
    }
}

void VariantMatrix::update()
{
    if (m_columns.empty())
        return;
    if (rowCount() > 0)
        emit dataChanged(index(0, FirstColumn), index(rowCount() - 1, columnCount() - 1));
    emit headerDataChanged(Qt::Horizontal, FirstColumn, columnCount() - 1);
}

bool VariantMatrix::isStale(int column) const
{
    if (column == differenceColumn())
        return m_difference.stale;
    bool stale = false;
    m_columns[std::size_t(column - FirstColumn)].report(m_choice, &stale);
    return stale;
}

double VariantMatrix::value(int row, int column) const
{
    const auto c = std::size_t(column - FirstColumn);
    return column >= FirstColumn && c < m_values.size() && std::size_t(row) < m_values[c].size()
               ? m_values[c][std::size_t(row)]
               : std::numeric_limits<double>::quiet_NaN();
}

int VariantMatrix::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : int(m_names.size());
}

int VariantMatrix::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : FirstColumn + int(m_values.size());
}

QVariant VariantMatrix::data(const QModelIndex &i, int role) const
{
    if (!checkIndex(i, CheckIndexOption::IndexIsValid))
        return {};
    const int row = i.row(), column = i.column();
    if (role == OperatorRole)
        return row;
    if (column == NumberColumn) {
        if (role == Qt::TextAlignmentRole)
            return int(Qt::AlignRight | Qt::AlignVCenter);
        return role == Qt::DisplayRole || role == Qt::EditRole || role == SortRole ? QVariant(row) : QVariant();
    }
    if (column == LayerColumn) {
        const QString name = QString::fromStdString(m_names[std::size_t(row)]);
        if (role == Qt::ToolTipRole)
            return layerTitle(*m_model, row);
        return role == Qt::DisplayRole || role == Qt::EditRole || role == SortRole ? QVariant(name) : QVariant();
    }
    const double v = value(row, column);
    const bool difference = column == differenceColumn();
    switch (role) {
    case Qt::DisplayRole: {
        if (std::isnan(v))
            return noText();
        if (difference && std::isinf(v)) // of SQNR
            return v > 0 ? tr("now exact") : tr("no longer exact");
        const QString text = choiceText(m_choice, v);
        return difference && v > 0 ? u'+' + text : text;
    }
    case Qt::EditRole:
    case SortRole: return v;
    case StaleRole: return isStale(column);
    case BadnessRole: {
        if (std::isnan(v))
            return {};
        const Heat &h = difference ? m_difference : m_spread;
        if (std::isinf(v))
            return (v > 0) == (h.best > h.worst) ? 0.0 : 1.0;
        return h.best == h.worst ? 0.0 : std::clamp((h.best - v) / (h.best - h.worst), 0.0, 1.0);
    }
    case Qt::TextAlignmentRole: return int(Qt::AlignRight | Qt::AlignVCenter);
    case Qt::ToolTipRole:
        return tr("%1\n%2: %3")
            .arg(layerTitle(*m_model, row), headerData(column, Qt::Horizontal, Qt::ToolTipRole).toString(),
                 choiceText(m_choice, v));
    default: return {};
    }
}

QVariant VariantMatrix::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal)
        return {};
    if (role == Qt::TextAlignmentRole)
        return int((section == NumberColumn  ? Qt::AlignHCenter
                    : section == LayerColumn ? Qt::AlignLeft
                                             : Qt::AlignRight)
                   | Qt::AlignVCenter);
    if (role != Qt::DisplayRole && role != Qt::ToolTipRole)
        return {};
    if (section == NumberColumn)
        return QStringLiteral("#");
    if (section == LayerColumn)
        return tr("Layer");
    if (section == differenceColumn()) {
        const QString text = tr("%1 \u2212 %2").arg(m_columns[std::size_t(m_b)].name, m_columns[std::size_t(m_a)].name);
        return role == Qt::ToolTipRole ? tr("%1: %2").arg(text, choiceTitle(m_choice)) : text;
    }
    const auto c = std::size_t(section - FirstColumn);
    if (c >= m_columns.size())
        return {};
    return role == Qt::ToolTipRole ? tr("%1: %2").arg(m_columns[c].name, choiceTitle(m_choice)) : m_columns[c].name;
}

int MatrixSort::operatorAt(const QModelIndex &i) const
{
    return i.isValid() ? i.data(VariantMatrix::OperatorRole).toInt() : -1;
}

QModelIndex MatrixSort::indexOfOperator(int op, int column) const
{
    return sourceModel() && op >= 0 ? mapFromSource(sourceModel()->index(op, column)) : QModelIndex();
}

bool MatrixSort::lessThan(const QModelIndex &a, const QModelIndex &b) const
{
    const QVariant x = a.data(VariantMatrix::SortRole), y = b.data(VariantMatrix::SortRole);
    if (x.typeId() != QMetaType::Double || y.typeId() != QMetaType::Double)
        return x.typeId() == QMetaType::Int ? x.toInt() < y.toInt() : x.toString() < y.toString();
    const double v = x.toDouble(), w = y.toDouble();
    if (std::isnan(v) || std::isnan(w))
        return std::isnan(v) == std::isnan(w) ? false : std::isnan(w) == (sortOrder() == Qt::AscendingOrder);
    return v < w;
}

} // namespace requant
