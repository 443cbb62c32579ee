// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/logic/layertablemodel.h"

#include "ui/logic/texts.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace requant {

namespace {

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
constexpr double kFullBarDb = 48; // 8 bits' worth of signal to noise: the bar is full

double share(std::uint64_t part, std::uint64_t of)
{
    return of ? double(part) / double(of) : kUnknown;
}

std::vector<int> positions(const ErrorReport *report, std::size_t rows)
{
    std::vector<int> at(rows, -1);
    if (!report)
        return at;
    for (std::size_t i = 0; i < report->layers.size(); ++i) {
        const auto op = report->layers[i].source;
        if (op && op.pos() < rows)
            at[op.pos()] = int(i);
    }
    return at;
}

bool isNumeric(int column)
{
    return column == LayerTableModel::NumberColumn || (column >= LayerTableModel::ScaleColumn && column != LayerTableModel::ShapeColumn);
}

} // namespace

void LayerTableModel::setModel(std::shared_ptr<const Model> model)
{
    beginResetModel();
    m_model = std::move(model);
    m_converted.reset();
    m_rows.clear();
    if (m_model && !m_model->subgraphs.empty()) {
        const auto &g = m_model->subgraphs.front();
        m_rows.reserve(g.operators.size());
        const auto names = layerNames(g);
        for (const auto &op : g.operators) {
            Row r;
            r.name = toQString(names[m_rows.size()]);
            r.op = op.code == Op::Custom && !op.customCode.empty() ? QString::fromStdString(op.customCode)
                                                                   : QString::fromStdString(opName(op.code));
            if (!op.outputs.empty() && op.outputs.front()) {
                r.output = op.outputs.front();
                r.fullName = QString::fromStdString(g.tensor(r.output).name);
            }
            m_rows.push_back(std::move(r));
        }
    }
    for (Shown *s : {&m_weights, &m_local, &m_errors})
        *s = {{}, positions(nullptr, m_rows.size())};
    endResetModel();
}

void LayerTableModel::setConverted(std::shared_ptr<const Model> converted, bool stale)
{
    if (converted == m_converted && stale == m_convertedStale)
        return;
    m_converted = std::move(converted);
    m_convertedStale = stale;
    allChanged(SchemeColumn, ScaleColumn);
    allChanged(BytesColumn, BytesColumn);
}

bool LayerTableModel::show(Shown &shown, Measured now)
{
    if (now == shown)
        return false;
    if (now.report != shown.report)
        shown.at = positions(now.report.get(), m_rows.size());
    static_cast<Measured &>(shown) = std::move(now);
    return true;
}

void LayerTableModel::setReports(Measured weights, Measured local, Measured errors)
{
    const bool changed[]{show(m_weights, std::move(weights)), show(m_local, std::move(local)), show(m_errors, std::move(errors))};
    if (changed[0] || changed[1] || changed[2])
        allChanged(WeightSqnrColumn, CosineColumn);
}

void LayerTableModel::allChanged(int first, int last)
{
    if (!m_rows.empty())
        emit dataChanged(index(0, first), index(int(m_rows.size()) - 1, last));
}

int LayerTableModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : int(m_rows.size());
}

int LayerTableModel::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

const LayerError *LayerTableModel::layer(const Shown &shown, int row) const
{
    const int i = shown.at[std::size_t(row)];
    return shown.report && i >= 0 ? &shown.report->layers[std::size_t(i)] : nullptr;
}

double LayerTableModel::number(int row, int column) const
{
    const auto sqnr = [](const std::optional<ValueError> &e) { return e ? e->sqnrDb : kUnknown; };
    const auto *errors = layer(m_errors, row);
    switch (column) {
    case ScaleColumn: {
        const auto *m = m_converted ? m_converted.get() : m_model.get();
        const auto out = m_rows[std::size_t(row)].output;
        if (!out || out.pos() >= m->subgraphs.front().tensors.size())
            return kUnknown;
        const double s = largestScale(m->subgraphs.front().tensor(out).quant);
        return s > 0 ? s : kUnknown;
    }
    case WeightSqnrColumn: {
        const auto *w = layer(m_weights, row);
        return w ? sqnr(w->weights) : kUnknown;
    }
    case LocalSqnrColumn: {
        const auto *alone = layer(m_local, row);
        return alone ? sqnr(alone->local) : kUnknown;
    }
    case CumulativeSqnrColumn: return errors ? sqnr(errors->cumulative) : kUnknown;
    case StepsColumn: return errors && errors->cumulative ? errors->cumulative->rmsSteps : kUnknown;
    case SaturationColumn: return errors && errors->cumulative ? errors->cumulative->saturationRate : kUnknown;
    case ClippedColumn: return errors && errors->counters ? share(errors->counters->saturated, errors->counters->outputs) : kUnknown;
    case OverflowColumn: return errors && errors->counters ? share(errors->counters->overflowed, errors->counters->accumulated) : kUnknown;
    case CosineColumn: return errors && errors->cumulative ? errors->cumulative->cosine : kUnknown;
    case BytesColumn: return constantBytes(row);
    default: return kUnknown;
    }
}

double LayerTableModel::constantBytes(int row) const
{
    const Model &m = m_converted ? *m_converted : *m_model;
    const auto &tensors = m.subgraphs.front().tensors;
    double bytes = 0;
    for (const TensorIndex t : m_model->subgraphs.front().operators[std::size_t(row)].inputs) {
        if (t && t.pos() < tensors.size() && m.isConstant(tensors[t.pos()]))
            bytes += double(m.data(tensors[t.pos()]).size());
    }
    return bytes > 0 ? bytes : kUnknown;
}

bool LayerTableModel::isStale(int column) const
{
    switch (column) {
    case SchemeColumn:
    case BytesColumn:
    case ScaleColumn: return m_converted && m_convertedStale;
    case WeightSqnrColumn: return m_weights.stale;
    case LocalSqnrColumn: return m_local.stale;
    case CumulativeSqnrColumn:
    case StepsColumn:
    case SaturationColumn:
    case ClippedColumn:
    case CosineColumn:
    case OverflowColumn: return m_errors.stale;
    default: return false;
    }
}

QString LayerTableModel::toolTip(int row, int column) const
{
    const Row &r = m_rows[std::size_t(row)];
    if (column <= OperatorColumn || !r.output)
        return r.fullName;
    const Tensor &before = m_model->subgraphs.front().tensor(r.output);
    const bool after = m_converted && r.output.pos() < m_converted->subgraphs.front().tensors.size();
    switch (column) {
    case SchemeColumn:
        return after ? tr("before: %1\nafter: %2")
                           .arg(gridSentence(before), gridSentence(m_converted->subgraphs.front().tensor(r.output)))
                     : gridSentence(before);
    case ScaleColumn: {
        const QString was = scaleToolTip(largestScale(before.quant));
        return after ? tr("before: %1\nafter: %2")
                           .arg(was, scaleToolTip(largestScale(m_converted->subgraphs.front().tensor(r.output).quant)))
                     : was;
    }
    case ClippedColumn:
    case OverflowColumn: {
        const auto *errors = layer(m_errors, row);
        if (!errors || !errors->counters)
            return {};
        const LayerCounters &c = *errors->counters;
        return column == ClippedColumn ? tr("%1 of %2 outputs").arg(c.saturated).arg(c.outputs) : tr("%1 of %2 sums").arg(c.overflowed).arg(c.accumulated);
    }
    default: return isStale(column) ? tr("of the recipe before the last edit") : QString();
    }
}

QString LayerTableModel::text(int row, int column) const
{
    const Row &r = m_rows[std::size_t(row)];
    const double n = number(row, column);
    switch (column) {
    case LayerColumn: return r.name;
    case OperatorColumn: return r.op;
    case SchemeColumn: {
        const auto *m = m_converted ? m_converted.get() : m_model.get();
        if (!r.output || r.output.pos() >= m->subgraphs.front().tensors.size())
            return {};
        const Tensor &t = m->subgraphs.front().tensor(r.output);
        const QString badge = gridBadge(t);
        return badge.isEmpty() ? typeText(t.type) : badge;
    }
    case ShapeColumn: return r.output ? toQString(shapeText(m_model->subgraphs.front().tensor(r.output).shape)) : QString();
    case WeightSqnrColumn:
    case LocalSqnrColumn:
    case CumulativeSqnrColumn: return dbNumber(n);
    }
    if (std::isnan(n))
        return noText();
    switch (column) {
    case ScaleColumn: return scaleText(n);
    case StepsColumn: return QString::number(n, 'f', 2);
    case CosineColumn: return QString::number(n, 'f', 5);
    case BytesColumn: return bytesText(qint64(n));
    default: return QString::number(n * 100, 'f', 1); // percent
    }
}

QVariant LayerTableModel::data(const QModelIndex &i, int role) const
{
    if (!checkIndex(i, CheckIndexOption::IndexIsValid))
        return {};
    const Row &r = m_rows[std::size_t(i.row())];
    const int c = i.column();
    switch (role) {
    case Qt::DisplayRole: return c == NumberColumn ? QVariant(i.row()) : QVariant(text(i.row(), c));
    case Qt::EditRole: // with all digits, for what copies the table
    case SortRole:
        if (c == NumberColumn)
            return i.row();
        return c == LayerColumn || c == OperatorColumn || c == SchemeColumn || c == ShapeColumn ? data(i, Qt::DisplayRole)
                                                                                                : QVariant(number(i.row(), c));
    case OperatorRole: return i.row();
    case StaleRole: return isStale(c);
    case BarRole:
        if (c == WeightSqnrColumn || c == LocalSqnrColumn || c == CumulativeSqnrColumn) {
            const double db = number(i.row(), c);
            if (!std::isnan(db))
                return std::clamp(db / kFullBarDb, 0.0, 1.0);
        }
        return {};
    case FilterRole:
        return QString(QString::number(i.row()) + u' ' + r.fullName + u' ' + r.op + u' '
                       + data(index(i.row(), SchemeColumn), Qt::DisplayRole).toString());
    case Qt::ToolTipRole: return toolTip(i.row(), c);
    case Qt::TextAlignmentRole:
        return isNumeric(c) ? QVariant(int(Qt::AlignRight | Qt::AlignVCenter))
                                                     : QVariant(int(Qt::AlignLeft | Qt::AlignVCenter));
    }
    return {};
}

QVariant LayerTableModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal)
        return {};
    if (role == Qt::DisplayRole) {
        switch (section) {
        case NumberColumn: return tr("#");
        case LayerColumn: return tr("Layer");
        case OperatorColumn: return tr("Operator");
        case SchemeColumn: return tr("Scheme");
        case ScaleColumn: return tr("Scale");
        case WeightSqnrColumn: return tr("Weights\ndB");
        case LocalSqnrColumn: return tr("Local\ndB");
        case CumulativeSqnrColumn: return tr("End\ndB");
        case StepsColumn: return tr("RMS\nsteps");
        case SaturationColumn: return tr("Satur.\n%");
        case ClippedColumn: return tr("Clipped\n%");
        case OverflowColumn: return tr("Overfl.\n%");
        case CosineColumn: return tr("Cosine");
        case ShapeColumn: return tr("Shape");
        case BytesColumn: return tr("Constants");
        }
    }
    if (role == Qt::ToolTipRole) {
        switch (section) {
        case NumberColumn: return tr("Place in execution order");
        case LayerColumn: return tr("Name of the operator's first output, shortened");
        case SchemeColumn:
            return tr("Storage of the output: type, S symmetric or A asymmetric, P2 power-of-two scale, C per-channel");
        case ScaleColumn: return tr("Scale of the output after conversion");
        case WeightSqnrColumn:
            return tr("Signal to quantization noise ratio of the weights against the source's weights; more is better");
        case LocalSqnrColumn:
            return tr("Signal to noise ratio of this layer's output when it is fed the source's activations");
        case CumulativeSqnrColumn:
            return tr("Signal to noise ratio of this layer's output when the whole network is converted");
        case StepsColumn:
            return tr("Root mean square error of the output in steps of its new scale, whole network converted. "
                      "Ideal rounding gives 0.29");
        case SaturationColumn:
            return tr("Share of values at the limits of the storage type that were not in the source");
        case ClippedColumn:
            return tr("Share of outputs beyond an end of the storage type, where the activation does not end there anyway, "
                      "whole network converted");
        case OverflowColumn:
            return tr("Share of sums that left their accumulator's width on the way, whole network converted");
        case CosineColumn: return tr("Cosine of the angle between source's and conversion's outputs, whole network converted; 1 is the same");
        case ShapeColumn: return tr("Shape of the operator's first output");
        case BytesColumn: return tr("Memory of weights, biases and other constants after conversion; shared ones count in every layer");
        }
    }
    if (role == Qt::TextAlignmentRole)
        return isNumeric(section) ? QVariant(int(Qt::AlignRight | Qt::AlignVCenter))
                                                                 : QVariant(int(Qt::AlignLeft | Qt::AlignVCenter));
    return {};
}

} // namespace requant
