// SPDX-License-Identifier: GPL-3.0-or-later
// All jobs of the session: those that run with their progress and the time that remains, and the latest that ended with
// how long they took.
#pragma once

#include "ui/logic/jobrunner.h"

#include <QAbstractTableModel>
#include <QElapsedTimer>

#include <vector>

namespace requant {

// Milliseconds that remain at an even pace; -1 where it is too early to tell.
qint64 remainingMs(qint64 elapsedMs, int permille);
QString durationText(qint64 ms); // "0.4 s", "12 s", "3 min 5 s"

class JobsModel : public QAbstractTableModel
{
    Q_OBJECT
public:
    enum Column { TitleColumn, ProgressColumn, TimeColumn, ColumnCount };
    enum Role { PermilleRole = Qt::UserRole, RunningRole }; // -1: not known yet

    explicit JobsModel(std::vector<JobRunner *>, QObject *parent = nullptr);

    int rowCount(const QModelIndex & = {}) const override;
    int columnCount(const QModelIndex & = {}) const override;
    QVariant data(const QModelIndex &, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation, int role = Qt::DisplayRole) const override;

    int runningCount() const;
    void cancel(int row); // nothing for a job that has ended
    void clearEnded();

signals:
    void runningCountChanged();

private:
    struct Job
    {
        JobRunner *runner; // null once it has ended
        QString title;
        QElapsedTimer clock;
        qint64 took = 0;
        JobRunner::End end = JobRunner::End::Finished;
        // As told last: the runner's own change at any time, rows may not.
        QString step = {};
        int permille = -1;
    };
    int rowOf(const JobRunner *) const;
    void begin(JobRunner *);
    void finish(JobRunner *, JobRunner::End);
    void refresh(const JobRunner *);
    QString timeText(const Job &) const;

    std::vector<Job> m_jobs; // the latest first
};

} // namespace requant
