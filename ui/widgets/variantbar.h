// SPDX-License-Identifier: GPL-3.0-or-later
// The variants of the open model as tabs, with a button that adds one, and the actions of the menu "Variants".
#pragma once

#include <QWidget>

class QAction;
class QLineEdit;
class QMenu;
class QTabBar;
class QToolButton;

namespace requant {

class Session;

class VariantBar : public QWidget
{
    Q_OBJECT
public:
    explicit VariantBar(Session *, QWidget *parent = nullptr);
    void fillMenu(QMenu *);

protected:
    void changeEvent(QEvent *) override;
    bool eventFilter(QObject *, QEvent *) override;

private:
    QAction *make(const QString &icon, const QString &text, const char *name, const QKeySequence &);
    void documentChanged();
    void refresh();
    void showStates();
    void fillProfiles();
    void step(int by);
    void rename(int index);
    void endRename(bool take);
    void showTabMenu(const QPoint &);

    Session *m_session;
    QTabBar *m_tabs;
    QToolButton *m_more;
    QMenu *m_profiles;
    QLineEdit *m_name; // over the tab that is being renamed
    int m_renamed = -1;
    QAction *m_add, *m_duplicate, *m_rename, *m_remove, *m_cancel, *m_next, *m_previous;
    bool m_syncing = false;
};

} // namespace requant
