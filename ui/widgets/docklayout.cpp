// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/docklayout.h"

#include <QMainWindow>
#include <QSettings>
#include <QTimer>

#include <algorithm>
#include <utility>

namespace requant {

DockLayout::DockLayout(QMainWindow *window) : QObject(window), m_window(window)
{
    window->setDockOptions(QMainWindow::AnimatedDocks | QMainWindow::AllowNestedDocks | QMainWindow::AllowTabbedDocks);
    window->setTabPosition(Qt::AllDockWidgetAreas, QTabWidget::North);
}

QDockWidget *DockLayout::add(const QString &title, const char *name, QWidget *content, Qt::DockWidgetArea area)
{
    auto *d = new QDockWidget(title, m_window);
    d->setObjectName(QLatin1String(name));
    d->setWidget(content);
    m_window->addDockWidget(area, d);
    m_docks.push_back(d);
    return d;
}

void DockLayout::tabify(QDockWidget *first, QDockWidget *second)
{
    m_window->tabifyDockWidget(first, second);
    for (QDockWidget *d : {first, second}) {
        if (!d->titleBarWidget())
            d->setTitleBarWidget(new QWidget(d));
    }
}

void DockLayout::finish(QDockWidget *layers, QDockWidget *inspector, QDockWidget *charts, QWidget *centre)
{
    m_layers = layers;
    m_inspector = inspector;
    m_charts = charts;
    m_centre = centre;
    m_charts->raise();
    m_default = m_window->saveState();
}

void DockLayout::setSizes()
{
    const int width = m_window->width(), height = m_window->height();
    m_window->resizeDocks({m_layers, m_inspector},
                          {std::clamp(width * 35 / 100, 480, 720), std::clamp(width * 24 / 100, 312, 440)},
                          Qt::Horizontal);
    m_window->resizeDocks({m_charts}, {std::clamp(height * 30 / 100, 240, 360)}, Qt::Vertical);
}

void DockLayout::reset()
{
    m_window->restoreState(m_default);
    for (QDockWidget *d : m_docks)
        d->show();
    setSizes();
    m_charts->raise();
}

void DockLayout::restore()
{
    const QSettings settings;
    m_window->restoreGeometry(settings.value(QStringLiteral("geometry")).toByteArray());
    m_restored = m_window->restoreState(settings.value(QStringLiteral("docks")).toByteArray());
}

void DockLayout::remember() const
{
    QSettings settings;
    settings.setValue(QStringLiteral("geometry"), m_window->saveGeometry());
    settings.setValue(QStringLiteral("docks"), m_window->saveState());
}

void DockLayout::shown()
{
    if (!std::exchange(m_restored, true)) {
        setSizes();
        return;
    }
    // Docks of a window of another size: those that leave no room for the graph, or hardly any of the window, go back.
    QTimer::singleShot(0, this, [this] {
        const int width = m_window->width();
        const auto odd = [width](const QDockWidget *d, int most) {
            return d->isVisible() && !d->isFloating() && d->width() * 100 > width * most;
        };
        if (odd(m_layers, 55) || odd(m_inspector, 45)
            || (m_centre->isVisible() && m_centre->width() * 100 < width * 20))
            setSizes();
    });
}

void bringUp(QDockWidget *d)
{
    d->show();
    d->raise();
}

void focusInto(QDockWidget *dock)
{
    bringUp(dock);
    QWidget *content = dock->widget();
    if (content->focusProxy() || content->focusPolicy() != Qt::NoFocus) {
        content->setFocus(Qt::ShortcutFocusReason);
        return;
    }
    for (QWidget *w = content->nextInFocusChain(); w && w != content; w = w->nextInFocusChain()) {
        if (content->isAncestorOf(w) && (w->focusPolicy() & Qt::TabFocus) && w->isEnabled()
            && w->isVisibleTo(content)) {
            w->setFocus(Qt::ShortcutFocusReason);
            return;
        }
    }
}

} // namespace requant
