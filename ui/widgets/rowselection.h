// SPDX-License-Identifier: GPL-3.0-or-later
// Between the rows that a table has selected and the operators that all views have selected together. Who calls keeps
// one direction from calling the other.
#pragma once

#include <QModelIndex>

#include <functional>

class QAbstractItemView;

namespace requant {

class Selection;

void selectOperatorsOfRows(const QAbstractItemView *, Selection *,
                           const std::function<int(const QModelIndex &)> &operatorAt);
// The current one comes into sight, with this column.
void selectRowsOfOperators(QAbstractItemView *, const Selection &,
                           const std::function<QModelIndex(int)> &indexOfOperator, int column);

} // namespace requant
