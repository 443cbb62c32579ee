// SPDX-License-Identifier: GPL-3.0-or-later
// Ctrl+K: every command of the window and every layer, found by typing a few letters.
#pragma once

#include <QFrame>
#include <QPointer>

#include <vector>

class QAction;
class QLineEdit;
class QListView;
class QMainWindow;

namespace requant {

class PaletteModel;
class Session;

class CommandPalette : public QFrame
{
    Q_OBJECT
public:
    CommandPalette(Session *, QMainWindow *);

    // Over the window's upper part, with the commands as they are now.
    void popUp();

protected:
    bool eventFilter(QObject *, QEvent *) override;

private:
    void collect();
    void run(int row);
    void step(int by); // to the next row that can be run

    Session *m_session;
    QMainWindow *m_window;
    PaletteModel *m_model;
    QLineEdit *m_text;
    QListView *m_list;
    std::vector<QPointer<QAction>> m_actions; // by id
};

} // namespace requant
