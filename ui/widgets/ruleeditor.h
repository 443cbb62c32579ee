// SPDX-License-Identifier: GPL-3.0-or-later
// One rule of the recipe: which layers it is for (name pattern, regular expression, operators, range) and what it asks
// of them.
#pragma once

#include "core/scheme/recipe.h"

#include <QWidget>

class QLabel;
class QLineEdit;
class QScrollArea;

namespace requant {

class AlgorithmsForm;
class ConfigForm;
class Session;

class RuleEditor : public QWidget
{
    Q_OBJECT
public:
    explicit RuleEditor(Session *, QWidget *parent = nullptr);

    void setRule(int index); // -1: none
    void focusName();

private:
    void refresh();
    void conditionsEdited(const QString &field);
    // Pushes the rule unless the recipe's reader would refuse it; successive edits of one field are one step.
    void apply(Rule, const QString &what, const QString &mergeKey);
    const Rule *rule() const; // null without one
    void showProblem(const QString &);

    Session *m_session;
    int m_index = -1;
    bool m_filling = false;
    QWidget *m_page;
    QLineEdit *m_name, *m_regex, *m_operators, *m_range, *m_comment;
    QLabel *m_problem;
    ConfigForm *m_activations, *m_weights;
    AlgorithmsForm *m_algorithms;
};

} // namespace requant
