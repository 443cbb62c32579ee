// SPDX-License-Identifier: GPL-3.0-or-later
// The graph with its toolbar (zoom, search, direction, scopes, heat) and a tab for each subgraph.
#pragma once

#include "ui/logic/heatmap.h"

#include <QWidget>

#include <optional>

class QAction;
class QComboBox;
class QMenu;
class QTabBar;
class QToolBar;

namespace requant {

class GraphView;
class Session;

class GraphPanel : public QWidget
{
    Q_OBJECT
public:
    explicit GraphPanel(Session *, QWidget *parent = nullptr);
    GraphView *view() const { return m_view; }
    void restore(); // direction and labels, from and to the settings
    void remember() const;
    void setHeat(std::optional<HeatChoice>); // nothing: colours tell the kind of operator

private:
    void addView(QToolBar *);
    void addShape(QToolBar *);
    void addHeat(QToolBar *);
    std::optional<HeatChoice> heat() const;
    void fillScopes();
    void showDocument();
    void showSubgraph(int);
    void refresh();

    Session *m_session;
    GraphView *m_view;
    QTabBar *m_subgraphs;
    QComboBox *m_quantity, *m_reach;
    QAction *m_reachAction = nullptr, *m_across = nullptr, *m_labels = nullptr;
    QMenu *m_scopes = nullptr;
};

} // namespace requant
