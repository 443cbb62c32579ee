// SPDX-License-Identifier: GPL-3.0-or-later
// The active recipe as JSON text. What is typed is checked while typing; a message says line and reason. Applying it is
// one undoable edit; until then the recipe stays as it is.
#pragma once

#include <QPlainTextEdit>
#include <QTimer>
#include <QWidget>

class QLabel;
class QPushButton;

namespace requant {

class Session;

class RecipeText : public QWidget
{
    Q_OBJECT
public:
    explicit RecipeText(Session *, QWidget *parent = nullptr);

private:
    void recipeChanged();
    void check();
    void applyText();
    void revert();
    void goToProblem();
    bool isEdited() const; // something is typed that is not applied

    Session *m_session;
    QPlainTextEdit *m_text;
    QLabel *m_message;
    QPushButton *m_apply, *m_revert, *m_goTo;
    QTimer m_rest;
    QString m_shown; // of the recipe, as it was put into the editor
    bool m_valid = true;
    int m_line = 0, m_column = 0; // of the problem, from 1; 0: none
};

} // namespace requant
