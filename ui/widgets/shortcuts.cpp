// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/shortcuts.h"

#include <QAction>
#include <QCoreApplication>
#include <QDockWidget>
#include <QMainWindow>
#include <QMenu>
#include <QMenuBar>
#include <QSet>

#include <algorithm>

namespace requant {

namespace {

struct KeyRow
{
    const char *action;
    int keys;
};

constexpr KeyRow kKeys[] = {
    {"quit", int(Qt::CTRL) | int(Qt::Key_Q)}, // not every platform has one
    {"compareWorst", int(Qt::CTRL) | int(Qt::SHIFT) | int(Qt::Key_J)},
    {"compareClose", int(Qt::CTRL) | int(Qt::SHIFT) | int(Qt::Key_B)},
    {"compareCsv", int(Qt::CTRL) | int(Qt::ALT) | int(Qt::Key_M)},
    {"compareCopy", int(Qt::CTRL) | int(Qt::ALT) | int(Qt::Key_C)},
    {"openSample", int(Qt::CTRL) | int(Qt::ALT) | int(Qt::Key_O)},
    {"resetLayout", int(Qt::CTRL) | int(Qt::ALT) | int(Qt::Key_0)},
    {"themeSystem", int(Qt::CTRL) | int(Qt::ALT) | int(Qt::Key_1)},
    {"themeLight", int(Qt::CTRL) | int(Qt::ALT) | int(Qt::Key_2)},
    {"themeDark", int(Qt::CTRL) | int(Qt::ALT) | int(Qt::Key_3)},
    {"languageSystem", int(Qt::CTRL) | int(Qt::ALT) | int(Qt::Key_4)},
    {"language_en", int(Qt::CTRL) | int(Qt::ALT) | int(Qt::Key_5)},
    {"language_de", int(Qt::CTRL) | int(Qt::ALT) | int(Qt::Key_6)},
    {"startTour", int(Qt::CTRL) | int(Qt::Key_F1)},
    {"about", int(Qt::CTRL) | int(Qt::SHIFT) | int(Qt::Key_F1)},
};

// Keys that views understand by themselves.
struct ViewRow
{
    const char *keys, *text;
};

constexpr ViewRow kInGraph[] = {
    {QT_TRANSLATE_NOOP("shortcuts", "Arrow keys"), QT_TRANSLATE_NOOP("shortcuts", "walk along the edges")},
    {QT_TRANSLATE_NOOP("shortcuts", "Home, End"), QT_TRANSLATE_NOOP("shortcuts", "first and last operator")},
    {QT_TRANSLATE_NOOP("shortcuts", "Enter"), QT_TRANSLATE_NOOP("shortcuts", "scheme of the layer")},
    {QT_TRANSLATE_NOOP("shortcuts", "F"), QT_TRANSLATE_NOOP("shortcuts", "whole graph")},
    {QT_TRANSLATE_NOOP("shortcuts", "Z"), QT_TRANSLATE_NOOP("shortcuts", "zoom to the selection")},
    {QT_TRANSLATE_NOOP("shortcuts", "+, \u2212, 0"), QT_TRANSLATE_NOOP("shortcuts", "zoom in, zoom out, actual size")},
    {QT_TRANSLATE_NOOP("shortcuts", "/"),
     QT_TRANSLATE_NOOP("shortcuts", "search; F3 and Shift+F3 for the next and the one before")},
    {QT_TRANSLATE_NOOP("shortcuts", "E"), QT_TRANSLATE_NOOP("shortcuts", "labels on the edges")},
    {QT_TRANSLATE_NOOP("shortcuts", "C"), QT_TRANSLATE_NOOP("shortcuts", "collapse the name scope")},
};

QString words(const char *s)
{
    return QCoreApplication::translate("shortcuts", s);
}

QString plain(QString text)
{
    return text.remove(u'&').remove(u'\u2026').toHtmlEscaped();
}

QString row(const QString &keys, const QString &text)
{
    return QStringLiteral("<tr><td style='padding-right: 12px'><b>%1</b></td><td>%2</td></tr>").arg(keys, text);
}

QString rowsOf(const QList<QAction *> &actions, QSet<const QAction *> &told)
{
    QString out;
    for (const QAction *a : actions) {
        if (a->menu()) {
            out += rowsOf(a->menu()->actions(), told);
        } else if (!a->shortcut().isEmpty() && !told.contains(a)) {
            told.insert(a);
            out += row(a->shortcut().toString(QKeySequence::NativeText).toHtmlEscaped(), plain(a->text()));
        }
    }
    return out;
}

QString section(const QString &title, const QString &rows)
{
    return rows.isEmpty() ? QString() : QStringLiteral("<h4>%1</h4><table>%2</table>").arg(title, rows);
}

} // namespace

void completeShortcuts(QMainWindow &window)
{
    for (const KeyRow &k : kKeys) {
        auto *a = window.findChild<QAction *>(QLatin1String(k.action));
        if (a && a->shortcut().isEmpty())
            a->setShortcut(QKeySequence(k.keys));
    }
    int n = 1;
    for (QDockWidget *d : window.findChildren<QDockWidget *>(QString(), Qt::FindDirectChildrenOnly)) {
        if (n < 10 && d->toggleViewAction()->shortcut().isEmpty())
            d->toggleViewAction()->setShortcut(QKeySequence(Qt::ALT | Qt::SHIFT | Qt::Key(Qt::Key_0 + n++)));
    }
}

QString shortcutsPage(const QMainWindow &window)
{
    QString out;
    QSet<const QAction *> told;
    for (const QAction *menu : window.menuBar()->actions()) {
        if (menu->menu())
            out += section(plain(menu->text()), rowsOf(menu->menu()->actions(), told));
    }
    QString graph;
    for (const ViewRow &r : kInGraph)
        graph += row(words(r.keys), words(r.text));
    out += section(words(QT_TRANSLATE_NOOP("shortcuts", "In the graph")), graph);
    QList<QAction *> others = window.findChildren<QAction *>();
    others.removeIf([](const QAction *a) { return a->text().isEmpty(); });
    out += section(words(QT_TRANSLATE_NOOP("shortcuts", "In other parts")), rowsOf(others, told));
    return out;
}

} // namespace requant
