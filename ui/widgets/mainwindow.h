// SPDX-License-Identifier: GPL-3.0-or-later
// The window: docks, actions and what ties them together. What is computed is in Session, what is shown in the panels.
#pragma once

#include <QMainWindow>

class QMenu;
class QSplitter;
class QStackedWidget;

namespace requant {

class ChartsPanel;
class ComparePanel;
class Comparison;
class DockLayout;
class EmptyState;
class FileRoads;
class GraphPanel;
class HelpCentre;
class Inspector;
class IssuesModel;
class IssuesPanel;
class LayerTable;
class LayerTableModel;
class RecipePanel;
class SecondGraph;
class Session;
class VariantBar;

class MainWindow : public QMainWindow
{
    Q_OBJECT
public:
    // With remember, geometry, docks, theme and recent files are read from and written to the settings.
    explicit MainWindow(bool remember, QWidget *parent = nullptr);
    ~MainWindow() override;

    Session *session() const { return m_session; }
    void open(const QString &path);
    void openSample();
    // Offers unsaved work of a program that ended in the middle of it, if there is any.
    void offerRecovery();
    void compareWith(const QString &path); // another file beside the open model
    // Brings a part to the front: "layers", "layer", "scheme", "why", "scale", "weights", "activations", "steps",
    // "cosine", "saturation", "shift", "causes", "histogram", "variants", "chart-table", "compare", "side-by-side",
    // "issues", "rules", "recipe", "targets", "heat", "export", "samples", "jobs",
    // "help", "tour". False for another name.
    bool showPart(const QString &name);

protected:
    void closeEvent(QCloseEvent *) override;
    void showEvent(QShowEvent *) override;
    void dragEnterEvent(QDragEnterEvent *) override;
    void dropEvent(QDropEvent *) override;

private:
    void buildCentre();
    void buildDocks();
    // In mainwindow_menus.cpp
    void buildActions();
    void buildMenus();
    void buildToolBar();

    void showSamples();
    void showExport();
    void showAbout();
    void setTheme(int theme);
    void documentChanged();
    void followUndo();
    void refreshTitle();
    void refreshResults(); // table
    void refreshIssues();

    bool m_remember;
    Session *m_session;
    LayerTableModel *m_layers;
    IssuesModel *m_issues;
    Comparison *m_comparison;
    DockLayout *m_layout;
    FileRoads *m_files;

    QStackedWidget *m_centre;
    EmptyState *m_start;
    QSplitter *m_graphs; // the graph, and the second one beside it
    GraphPanel *m_graph;
    SecondGraph *m_second;
    LayerTable *m_table;
    Inspector *m_inspector;
    ChartsPanel *m_charts;
    ComparePanel *m_compare;
    VariantBar *m_variants;
    IssuesPanel *m_issuesPanel;
    RecipePanel *m_recipe;
    HelpCentre *m_help;
    QDockWidget *m_layersDock, *m_inspectorDock, *m_chartsDock, *m_compareDock, *m_recipeDock, *m_issuesDock;
    QAction *m_open, *m_openRecipe, *m_saveRecipe, *m_save, *m_saveAs, *m_palette, *m_export, *m_samples, *m_openSample,
        *m_undo, *m_redo, *m_recompute, *m_quit;
};

} // namespace requant
