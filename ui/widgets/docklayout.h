// SPDX-License-Identifier: GPL-3.0-or-later
// The window's docks: their sizes, the way back to the layout of the first start, and the memory of the last one.
#pragma once

#include <QByteArray>
#include <QDockWidget>
#include <QObject>

#include <vector>

class QMainWindow;

namespace requant {

class DockLayout : public QObject
{
    Q_OBJECT
public:
    explicit DockLayout(QMainWindow *);

    QDockWidget *add(const QString &title, const char *name, QWidget *content, Qt::DockWidgetArea);
    // Shares the place of an earlier dock; the tab names it, a title bar would say it twice.
    void tabify(QDockWidget *first, QDockWidget *second);
    const std::vector<QDockWidget *> &docks() const { return m_docks; } // in the order they were added

    // After all docks are there: this is the layout to come back to.
    void finish(QDockWidget *layers, QDockWidget *inspector, QDockWidget *charts, QWidget *centre);
    void reset();
    // Window geometry and docks, from and to the settings.
    void restore();
    void remember() const;
    // The window is shown: docks get their sizes, unless those of the last time fit.
    void shown();

private:
    void setSizes();

    QMainWindow *m_window;
    std::vector<QDockWidget *> m_docks;
    QDockWidget *m_layers = nullptr, *m_inspector = nullptr, *m_charts = nullptr;
    QWidget *m_centre = nullptr;
    QByteArray m_default;
    bool m_restored = false; // docks have the sizes of the last time
};

// Shows a dock and brings it to the front of those that share its place.
void bringUp(QDockWidget *);
// The same, with the keyboard's focus on its first control.
void focusInto(QDockWidget *);

} // namespace requant
