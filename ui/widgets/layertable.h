// SPDX-License-Identifier: GPL-3.0-or-later
// The table of layers with its filter, bound to the shared selection.
#pragma once

#include <QByteArray>
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
    // The columns in sight, their order, widths and sorting: of an earlier state, and as they are.
    void restoreColumns(const QByteArray &);
    QByteArray columnState() const;
    void resetColumns();
    // Columns in sight, in their order; the selected rows, or all that the filter leaves.
    QString csv(bool selectedOnly) const;

protected:
    void resizeEvent(QResizeEvent *) override;
    bool eventFilter(QObject *, QEvent *) override; // of the view: its keys

private:
    void sizeColumns();
    void showColumnMenu(QPoint);
    void showRowMenu(QPoint);
    void copy(bool selectedOnly) const;
    void saveCsv();
    void fromSelection();
    void toSelection();

    LayerFilterModel *m_proxy;
    Selection *m_selection;
    QLineEdit *m_filter;
    QTableView *m_view;
    bool m_narrow = false;
    bool m_chosen = false; // the user has chosen columns: none hides by itself
    bool m_syncing = false;
};

} // namespace requant
