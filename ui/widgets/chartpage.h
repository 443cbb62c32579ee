// SPDX-License-Identifier: GPL-3.0-or-later
// One tab of the charts: a chart with what belongs to it, its numbers as a table, and what to say while there are none.
#pragma once

#include <QString>
#include <QWidget>

namespace requant {

class ChartTable;
class ZoomChart;

struct NothingToShow
{
    QString title, text; // what is missing, and what to do about it
    bool wantsSamples = false;
};

class ChartPage : public QWidget
{
    Q_OBJECT
public:
    using QWidget::QWidget;
    virtual QString title() const = 0;
    virtual QString toolTip() const = 0;
    virtual QString meaning() const = 0; // of the numbers; may be empty
    virtual ZoomChart *chart() const = 0;
    virtual bool refresh() = 0;                // false: there is nothing to draw
    virtual NothingToShow nothing() const = 0; // after refresh() gave false
    virtual void fillTable(ChartTable &) const = 0;
    virtual QWidget *options() { return nullptr; } // controls for the panel's row; shown while the page is

signals:
    void refreshed(); // numbers came by the page's own work
};

} // namespace requant
