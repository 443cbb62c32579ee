// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/logic/jobsmodel.h"

#include <algorithm>

namespace requant {

namespace {

constexpr int kMostEnded = 50;
constexpr qint64 kBriefMs = 300; // an overtaken job shorter than this says nothing to anybody

} // namespace

qint64 remainingMs(qint64 elapsedMs, int permille)
{
    // The first per cents and the first second are too uneven to be extended.
    if (permille < 20 || permille > 1000 || elapsedMs < 1000)
        return -1;
    return elapsedMs * (1000 - permille) / permille;
}

QString durationText(qint64 ms)
{
    if (ms < 100)
        return JobsModel::tr("%1 ms").arg(ms);
    if (ms < 9950)
        return JobsModel::tr("%1 s").arg(double(ms) / 1000, 0, 'f', 1);
    const qint64 s = (ms + 500) / 1000;
    return s < 60 ? JobsModel::tr("%1 s").arg(s) : JobsModel::tr("%1 min %2 s").arg(s / 60).arg(s % 60);
}

JobsModel::JobsModel(std::vector<JobRunner *> runners, QObject *parent) : QAbstractTableModel(parent)
{
    for (JobRunner *r : runners) {
        connect(r, &JobRunner::started, this, [this, r] { begin(r); });
        connect(r, &JobRunner::ended, this, [this, r](JobRunner::End how) { finish(r, how); });
        connect(r, &JobRunner::progressChanged, this, [this, r] { refresh(r); });
        if (r->isRunning())
            begin(r);
    }
}

int JobsModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : int(m_jobs.size());
}

int JobsModel::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

int JobsModel::runningCount() const
{
    return int(std::count_if(m_jobs.begin(), m_jobs.end(), [](const Job &j) { return j.runner != nullptr; }));
}

int JobsModel::rowOf(const JobRunner *r) const
{
    const auto it = std::find_if(m_jobs.begin(), m_jobs.end(), [r](const Job &j) { return j.runner == r; });
    return it == m_jobs.end() ? -1 : int(it - m_jobs.begin());
}

void JobsModel::begin(JobRunner *r)
{
    beginInsertRows({}, 0, 0);
    Job job{r, r->title(), {}, 0, JobRunner::End::Finished};
    job.clock.start();
    m_jobs.insert(m_jobs.begin(), job);
    endInsertRows();
    emit runningCountChanged();
}

void JobsModel::finish(JobRunner *r, JobRunner::End how)
{
    const int row = rowOf(r);
    if (row < 0)
        return;
    Job &job = m_jobs[std::size_t(row)];
    job.runner = nullptr;
    job.took = job.clock.elapsed();
    job.end = how;
    const bool brief = how != JobRunner::End::Finished && job.took < kBriefMs;
    const auto drop = [this](int at) {
        beginRemoveRows({}, at, at);
        m_jobs.erase(m_jobs.begin() + at);
        endRemoveRows();
    };
    if (brief)
        drop(row);
    else
        emit dataChanged(index(row, 0), index(row, ColumnCount - 1));
    for (int at = int(m_jobs.size()) - 1; int(m_jobs.size()) - runningCount() > kMostEnded && at >= 0; --at) {
        if (!m_jobs[std::size_t(at)].runner)
            drop(at);
    }
    emit runningCountChanged();
}

void JobsModel::refresh(const JobRunner *r)
{
    const int row = rowOf(r);
    if (row < 0)
        return;
    Job &job = m_jobs[std::size_t(row)];
    job.step = r->stepText();
    job.permille = r->permille();
    emit dataChanged(index(row, 0), index(row, ColumnCount - 1));
}

void JobsModel::cancel(int row)
{
    if (row >= 0 && row < int(m_jobs.size()) && m_jobs[std::size_t(row)].runner)
        m_jobs[std::size_t(row)].runner->cancel();
}

void JobsModel::clearEnded()
{
    for (int row = int(m_jobs.size()) - 1; row >= 0; --row) {
        if (m_jobs[std::size_t(row)].runner)
            continue;
        beginRemoveRows({}, row, row);
        m_jobs.erase(m_jobs.begin() + row);
        endRemoveRows();
    }
}

QString JobsModel::timeText(const Job &j) const
{
    if (!j.runner) {
        switch (j.end) {
        case JobRunner::End::Finished: return tr("took %1").arg(durationText(j.took));
        case JobRunner::End::Cancelled: return tr("cancelled after %1").arg(durationText(j.took));
        case JobRunner::End::Overtaken: return tr("overtaken after %1").arg(durationText(j.took));
        }
    }
    const qint64 elapsed = j.clock.elapsed(), left = remainingMs(elapsed, j.permille);
    return left < 0 ? tr("for %1").arg(durationText(elapsed)) : tr("%1 remaining").arg(durationText(left));
}

QVariant JobsModel::data(const QModelIndex &i, int role) const
{
    if (!i.isValid() || i.row() >= int(m_jobs.size()))
        return {};
    const Job &j = m_jobs[std::size_t(i.row())];
    const int permille = j.runner ? j.permille : j.end == JobRunner::End::Finished ? 1000 : -1;
    if (role == PermilleRole)
        return permille;
    if (role == RunningRole)
        return j.runner != nullptr;
    if (role != Qt::DisplayRole && role != Qt::ToolTipRole && role != Qt::AccessibleTextRole)
        return {};
    switch (i.column()) {
    case TitleColumn: {
        return !j.runner || j.step.isEmpty() ? j.title : tr("%1: %2").arg(j.title, j.step);
    }
    case ProgressColumn:
        if (j.runner)
            return permille < 0 ? tr("running") : tr("%1 %").arg(permille / 10);
        return j.end == JobRunner::End::Finished    ? tr("finished")
               : j.end == JobRunner::End::Cancelled ? tr("cancelled")
                                                    : tr("overtaken by a newer edit");
    case TimeColumn: return timeText(j);
    default: return {};
    }
}

QVariant JobsModel::headerData(int section, Qt::Orientation o, int role) const
{
    if (o != Qt::Horizontal || role != Qt::DisplayRole)
        return {};
    switch (section) {
    case TitleColumn: return tr("Job");
    case ProgressColumn: return tr("Progress");
    case TimeColumn: return tr("Time");
    default: return {};
    }
}

} // namespace requant
