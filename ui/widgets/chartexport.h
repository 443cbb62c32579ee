// SPDX-License-Identifier: GPL-3.0-or-later
// Charts and their tables into files and onto the clipboard.
#pragma once

#include <QString>

class QAbstractItemModel;
class QGraphicsView;
class QWidget;

namespace requant {

enum class ChartFile { Png, Svg, Csv };

// Writes the view as it is seen (PNG in twice its pixels, SVG with text as text), or the table. False with the reason
// in `why`.
bool saveChart(QGraphicsView &, const QAbstractItemModel &, ChartFile, const QString &path, QString *why);
void copyChart(QGraphicsView &);
void copyTable(const QAbstractItemModel &);
// Asks for the file; `view` may be null for a table alone.
void saveChartAs(QWidget *parent, QGraphicsView *view, const QAbstractItemModel &, ChartFile,
                 const QString &suggestedName);

} // namespace requant
