// SPDX-License-Identifier: GPL-3.0-or-later
// What a view shows while it has nothing to show: an icon, what is missing, and a button that helps.
#pragma once

#include <QWidget>

class QAction;
class QLabel;

namespace requant {

class EmptyState : public QWidget
{
    Q_OBJECT
public:
    EmptyState(const QString &icon, const QString &title, const QString &text, QWidget *parent = nullptr);
    void setTexts(const QString &title, const QString &text);
    void addButton(QAction *);
    void setButtonsVisible(bool);

protected:
    void changeEvent(QEvent *) override;

private:
    void refreshIcon();

    QString m_iconName;
    QLabel *m_icon, *m_title, *m_text;
    QWidget *m_buttons;
};

} // namespace requant
