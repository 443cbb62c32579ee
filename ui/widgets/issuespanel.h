// SPDX-License-Identifier: GPL-3.0-or-later
// The list of findings, adjustments and requantize operators; a click selects the layer.
#pragma once

#include "ui/logic/issuesmodel.h"

#include <QWidget>

class QComboBox;
class QCheckBox;
class QLabel;
class QStackedWidget;
class QTableView;

namespace requant {

class Selection;

class IssuesPanel : public QWidget
{
    Q_OBJECT
public:
    IssuesPanel(IssuesModel *, Selection *, QWidget *parent = nullptr);

    // Greys the list and says why; empty: the list is of the recipe as it is.
    void setStale(const QString &why);

signals:
    void layerActivated(int op);
    void fixedOutputActivated(int op); // a finding that the choice for fixed outputs would change

private:
    void refresh();

    IssuesModel *m_model;
    IssuesFilterModel *m_proxy;
    Selection *m_selection;
    QComboBox *m_show;
    QCheckBox *m_onlySelected;
    QStackedWidget *m_stack;
    QTableView *m_view;
    QLabel *m_stale;
};

} // namespace requant
