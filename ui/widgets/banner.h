// SPDX-License-Identifier: GPL-3.0-or-later
// A line across the window for something that went wrong with what the user just did; it can be dismissed.
#pragma once

#include <QFrame>

class QLabel;

namespace requant {

class Banner : public QFrame
{
    Q_OBJECT
public:
    explicit Banner(QWidget *parent = nullptr);
    void showError(const QString &text);
    QString text() const;

protected:
    void changeEvent(QEvent *) override;

private:
    void restyle();
    QLabel *m_icon, *m_text;
};

} // namespace requant
