// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/rowselection.h"

#include "ui/logic/selection.h"

#include <QAbstractItemView>
#include <QItemSelectionModel>

#include <algorithm>
#include <vector>

namespace requant {

void selectOperatorsOfRows(const QAbstractItemView *view, Selection *selection,
                           const std::function<int(const QModelIndex &)> &operatorAt)
{
    std::vector<int> ops;
    for (const QModelIndex &i : view->selectionModel()->selectedRows())
        ops.push_back(operatorAt(i));
    const int current = operatorAt(view->currentIndex());
    selection->set(ops, std::find(ops.begin(), ops.end(), current) != ops.end() ? current : -1);
}

void selectRowsOfOperators(QAbstractItemView *view, const Selection &selection,
                           const std::function<QModelIndex(int)> &indexOfOperator, int column)
{
    QItemSelection rows;
    for (const int op : selection.operators()) {
        const QModelIndex i = indexOfOperator(op);
        if (i.isValid())
            rows.select(i, i);
    }
    auto *model = view->selectionModel();
    model->select(rows, QItemSelectionModel::ClearAndSelect | QItemSelectionModel::Rows);
    const QModelIndex current = indexOfOperator(selection.current());
    if (current.isValid()) {
        model->setCurrentIndex(current, QItemSelectionModel::NoUpdate);
        view->scrollTo(current.siblingAtColumn(column));
    }
}

} // namespace requant
