// SPDX-License-Identifier: GPL-3.0-or-later
// The table of layers with its filter, bound to the shared selection.
#pragma once

#include <QWidget>

class QLineEdit;
class QTableView;

namespace requant {

class LayerFilterModel;
class LayerTableModel;
class Selection;

class LayerTable : public QWidget
{
    Q_OBJECT
public:
    LayerTable(LayerTableModel *, Selection *, QWidget *parent = nullptr);
    QTableView *view() const { return m_view; }
    void focusFilter();
    // Sorts by a column of LayerTableModel, the worst numbers on top.
    void sortWorstFirst(int column);

protected:
    void resizeEvent(QResizeEvent *) override;

private:
    void sizeColumns();
    void fromSelection();
    void toSelection();

    LayerFilterModel *m_proxy;
    Selection *m_selection;
    QLineEdit *m_filter;
    QTableView *m_view;
    bool m_narrow = false;
    bool m_syncing = false;
};

} // namespace requant
