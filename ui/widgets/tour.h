// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

class QLabel;
class QPushButton;

namespace requant {

// A walk over the parts of the window: everything but one part is dimmed, and a card tells what it is for. Escape ends
// it.
class Tour : public QWidget
{
    Q_OBJECT
public:
    explicit Tour(QWidget *window);
    int stepCount() const;
    int step() const { return m_step; }

signals:
    void ended();

protected:
    void paintEvent(QPaintEvent *) override;
    bool eventFilter(QObject *, QEvent *) override; // the window's size
    void keyPressEvent(QKeyEvent *) override;

private:
    void go(int step);
    void end();
    void place();
    QWidget *target() const; // of the step; null if the window has none
    QRect spot() const;

    QWidget *m_window;
    QWidget *m_card;
    QLabel *m_title, *m_text, *m_count;
    QPushButton *m_back, *m_next, *m_skip;
    int m_step = 0;
};

} // namespace requant
