// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

class QPushButton;
class QTableView;

namespace requant {

class JobsModel;

// The list of jobs: what runs, how far, how long still; each can be cancelled. Ended ones stay with how long they took.
class JobsPanel : public QWidget
{
    Q_OBJECT
public:
    explicit JobsPanel(JobsModel *, QWidget *parent = nullptr);

signals:
    void cancelAllRequested();

private:
    void cancelSelected();
    void refresh();

    JobsModel *m_model;
    QTableView *m_table;
    QPushButton *m_cancel, *m_cancelAll, *m_clear;
};

} // namespace requant
