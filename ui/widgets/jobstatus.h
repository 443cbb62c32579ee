// SPDX-License-Identifier: GPL-3.0-or-later
// The job in work, for the status bar: what, how far, and a button that cancels. A job under 300 ms is never shown.
#pragma once

#include <QTimer>
#include <QWidget>

#include <vector>

class QLabel;
class QProgressBar;
class QToolButton;

namespace requant {

class JobRunner;

class JobStatus : public QWidget
{
    Q_OBJECT
public:
    explicit JobStatus(std::vector<JobRunner *>, QWidget *parent = nullptr);

signals:
    void cancelRequested();

private:
    void refresh();
    JobRunner *current() const; // the last in the list that runs

    std::vector<JobRunner *> m_runners;
    QLabel *m_what;
    QProgressBar *m_bar;
    QToolButton *m_cancel;
    QTimer m_delay, m_linger;
};

} // namespace requant
