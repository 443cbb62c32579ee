// SPDX-License-Identifier: GPL-3.0-or-later
// The window's help: the dock with explanations, What's This on its controls, the tour; and the dock that lists jobs.
#pragma once

#include <QObject>

class QDockWidget;
class QMainWindow;
class QMenu;

namespace requant {

class DockLayout;
class HelpPanel;
class JobsModel;
class Session;
class Tour;

class HelpCentre : public QObject
{
    Q_OBJECT
public:
    // Docks are added behind `beside` (jobs) and `behind` (help).
    HelpCentre(Session *, DockLayout *, QDockWidget *beside, QDockWidget *behind, bool remember, QMainWindow *);

    void fillMenu(QMenu *help);
    // Once all menus are there.
    void windowBuilt();
    // What's This of every control of `root` that has none and is known by its name.
    static void explainControls(QWidget *root);
    bool showPart(const QString &name); // "jobs", "help", "tour"
    Tour *startTour();                  // null without an open model

private:
    void offerTour();
    void refreshJobs();

    Session *m_session;
    QMainWindow *m_window;
    JobsModel *m_jobs;
    HelpPanel *m_panel;
    QDockWidget *m_jobsDock, *m_helpDock;
    bool m_remember;
};

} // namespace requant
