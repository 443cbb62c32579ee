// SPDX-License-Identifier: GPL-3.0-or-later
// The recipe: its rules in order (later ones win), one of them to edit, the whole as text, and the targets with their
// facts. All edit the document's recipe through its undo history.
#pragma once

#include "ui/logic/jobrunner.h"

#include <QTabWidget>

class QAction;
class QTableView;
class QToolBar;

namespace requant {

class RuleEditor;
class RulesModel;
class Session;

class RecipePanel : public QTabWidget
{
    Q_OBJECT
public:
    enum Tab { RulesTab, TextTab, TargetTab };
    explicit RecipePanel(Session *, QWidget *parent = nullptr);

    const QList<QAction *> &ruleActions() const { return m_actions; }

private:
    QWidget *buildRules();
    QAction *action(const QString &icon, const QString &text, const char *name, const QKeySequence &,
                    void (RecipePanel::*slot)());
    void refresh();
    void count();
    void refreshActions();
    void addRule(); // for the selected layers, or for all
    void removeRule();
    void duplicateRule();
    void moveUp();
    void moveDown();
    void selectMatched();
    void move(int from, int to);
    int currentRule() const; // -1: none
    void setCurrentRule(int);

    Session *m_session;
    RulesModel *m_model;
    QTableView *m_table;
    RuleEditor *m_editor;
    QList<QAction *> m_actions;
    QAction *m_add = nullptr, *m_remove = nullptr, *m_duplicate = nullptr, *m_up = nullptr, *m_down = nullptr,
            *m_select = nullptr;
    JobRunner m_counts;
};

} // namespace requant
