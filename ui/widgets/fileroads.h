// SPDX-License-Identifier: GPL-3.0-or-later
// The ways into and out of files: dialogs, the question about unsaved edits, recent files, what is dropped on the
// window.
#pragma once

#include <QObject>
#include <QStringList>

#include <functional>

class QMenu;
class QMimeData;
class QWidget;

namespace requant {

class Banner;
class Session;

class FileRoads : public QObject
{
    Q_OBJECT
public:
    // With remember, recent files are kept in the settings.
    FileRoads(Session *, bool remember, Banner *, QWidget *window);

    // A model, or a recipe for the open one, in the background.
    void open(const QString &path);
    void openSample();
    void openDialog();
    void openRecipeDialog();
    void saveRecipeAs();

    QStringList recent() const; // newest first
    void fillRecentMenu(QMenu *);

    static bool canDrop(const QMimeData *);
    void drop(const QMimeData *);

    // Whether the window may close; otherwise asks, and closes it when the answer allows.
    bool mayClose();

private:
    // Runs `then` once nothing would be lost: at once, or after the answer to a question.
    void whenSaved(const QString &question, std::function<void()> then);

    Session *m_session;
    bool m_remember;
    Banner *m_banner;
    QWidget *m_window;
    std::function<void()> m_afterSave; // what waits for the recipe to be written
    bool m_discard = false;            // the user gave the edits up; the window closes
};

} // namespace requant
