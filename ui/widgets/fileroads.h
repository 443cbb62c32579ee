// SPDX-License-Identifier: GPL-3.0-or-later
// The ways into and out of files: dialogs, projects and their recovery, the question about unsaved edits, recent files,
// what is dropped on the window.
#pragma once

#include <QObject>
#include <QStringList>

#include <functional>

class QMenu;
class QMimeData;
class QWidget;

namespace requant {

class Banner;
class ProjectKeeper;
class Session;

class FileRoads : public QObject
{
    Q_OBJECT
public:
    // With remember, recent files are kept in the settings.
    FileRoads(Session *, bool remember, Banner *, QWidget *window);

    ProjectKeeper *project() const { return m_project; }

    // A model or a project, or a recipe for the open model, in the background.
    void open(const QString &path);
    void openSample();
    void openDialog();
    void openRecipeDialog();
    void saveRecipeAs();
    void saveProject(); // to its file; without one as saveProjectAs()
    void saveProjectAs();
    // Unsaved work of a program that ended in the middle of it.
    void offerRecovery();

    QStringList recent() const; // newest first
    void fillRecentMenu(QMenu *);

    static bool canDrop(const QMimeData *);
    void drop(const QMimeData *);

    // Whether the window may close; otherwise asks, and closes it when the answer allows.
    bool mayClose();

private:
    void followProject();
    void locateModel(const QString &project, const QString &model);
    // Runs `then` once nothing would be lost: at once, or after the answer to a question.
    void whenSaved(const QString &question, std::function<void()> then);

    Session *m_session;
    bool m_remember;
    Banner *m_banner;
    QWidget *m_window;
    ProjectKeeper *m_project;
    std::function<void()> m_afterSave; // what waits for the project to be written
    bool m_discard = false;            // the user gave the edits up; the window closes
};

} // namespace requant
