// SPDX-License-Identifier: GPL-3.0-or-later
// A line across the window for something that went wrong with what the user just did; it can be dismissed.
#pragma once

#include <QFrame>
#include <QList>

class QAction;
class QLabel;

namespace requant {

class Banner : public QFrame
{
    Q_OBJECT
public:
    explicit Banner(QWidget *parent = nullptr);
    void showError(const QString &text);
    // Something to know, or to decide by one of the actions; an action that was chosen hides the banner.
    void showNotice(const QString &text, const QList<QAction *> &actions = {});
    QString text() const;

protected:
    void changeEvent(QEvent *) override;

private:
    void restyle();
    void showText(const QString &, bool error, const QList<QAction *> &);

    QLabel *m_icon, *m_text;
    QWidget *m_buttons;
    bool m_error = true;
};

} // namespace requant
