// SPDX-License-Identifier: GPL-3.0-or-later
// The charts of the active variant: a tab for each, a table view of each, and ways to save and copy them.
#pragma once

#include <QWidget>

#include <vector>

class QAction;
class QLabel;
class QMenu;
class QSortFilterProxyModel;
class QStackedWidget;
class QTabBar;
class QTableView;
class QToolButton;

namespace requant {

class ChartPage;
class ChartTable;
class Comparison;
class EmptyState;
class LayerChart;
class LayerPage;
class Session;

class ChartsPanel : public QWidget
{
    Q_OBJECT
public:
    // In the order of LayerChartKind, then the others.
    enum Tab {
        ScaleTab,
        WeightTab,
        ActivationTab,
        StepsTab,
        CosineTab,
        SaturationTab,
        ShiftTab,
        CausesTab,
        HistogramTab,
        VariantsTab,
        TabCount
    };

    ChartsPanel(Session *, Comparison *, QAction *openSamples, QWidget *parent = nullptr);
    void setTab(Tab);
    void setTableShown(bool);
    LayerChart *chart(Tab) const; // of a tab with layers
    ChartTable *table() const { return m_table; }

private:
    QToolButton *button(const QString &icon, const QString &text, const char *name);
    void buildRow();
    void buildTable();
    void addPage(ChartPage *);
    ChartPage *page() const;
    void refresh();
    void fillTable();
    void fillExportMenu();
    void save(int kind);
    void tableToSelection();
    void selectionToTable();

    Session *m_session;
    Comparison *m_comparison;
    QTabBar *m_tabs;
    QStackedWidget *m_stack; // pages, then the table, then the empty state
    QWidget *m_optionsRow;   // of all pages, one is seen
    QLabel *m_meaning;       // what the numbers say
    QToolButton *m_compare, *m_all, *m_tableButton, *m_export;
    QMenu *m_exportMenu;
    std::vector<ChartPage *> m_pages;
    std::vector<LayerPage *> m_layerPages;
    ChartTable *m_table;
    QSortFilterProxyModel *m_sorted;
    QTableView *m_view;
    EmptyState *m_empty;
    bool m_syncing = false;
};

} // namespace requant
