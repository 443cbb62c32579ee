// SPDX-License-Identifier: GPL-3.0-or-later
// The window: docks, actions and what ties them together. What is computed is in Session, what is shown in the panels.
#pragma once

#include <QMainWindow>

#include <functional>

class QComboBox;
class QLabel;
class QMenu;
class QStackedWidget;

namespace requant {

class Banner;
class ChartsPanel;
class EmptyState;
class GraphPanel;
class Inspector;
class IssuesModel;
class IssuesPanel;
class LayerTable;
class LayerTableModel;
class Session;

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
    // Brings a part to the front: "layers", "layer", "scheme", "why", "scale", "weights", "activations", "steps",
    // "issues", "heat", "export", "samples". False for another name.
    bool showPart(const QString &name);

protected:
    void closeEvent(QCloseEvent *) override;
    void showEvent(QShowEvent *) override;
    void dragEnterEvent(QDragEnterEvent *) override;
    void dropEvent(QDropEvent *) override;

private:
    void buildActions();
    void buildDocks();
    void buildMenus();
    void buildToolBar();
    void buildStatusBar();
    void openDialog();
    void openRecipeDialog();
    void saveRecipeAs();
    // Runs `then` once nothing would be lost: at once, or after the answer to a question.
    void whenSaved(const QString &question, std::function<void()> then);
    void showSamples();
    void showExport();
    void showAbout();
    void chooseProfile(const QString &id);
    void choosePreset(int preset);
    void setTheme(int theme);
    void refreshRecent();
    void documentChanged();
    void refreshRecipe();  // pickers
    void refreshResults(); // table, status
    void refreshIssues();
    void resetLayout();
    void restore();
    void sizeDocks();

    bool m_remember;
    Session *m_session;
    LayerTableModel *m_layers;
    IssuesModel *m_issues;

    QStackedWidget *m_centre;
    EmptyState *m_start;
    Banner *m_banner;
    GraphPanel *m_graph;
    LayerTable *m_table;
    Inspector *m_inspector;
    ChartsPanel *m_charts;
    IssuesPanel *m_issuesPanel;
    QDockWidget *m_layersDock, *m_inspectorDock, *m_chartsDock, *m_issuesDock;
    QComboBox *m_profile, *m_preset;
    QLabel *m_modelText, *m_resultText, *m_issueText;
    QMenu *m_recentMenu;
    QAction *m_open, *m_openRecipe, *m_saveRecipe, *m_export, *m_samples, *m_openSample, *m_undo, *m_redo, *m_recompute,
        *m_quit;
    QByteArray m_defaultLayout;
    std::function<void()> m_afterSave; // what waits for the recipe to be written
    bool m_discard = false;            // the user gave the edits up; the window closes
    bool m_restored = false; // docks have the sizes of the last time
};

} // namespace requant
