// SPDX-License-Identifier: GPL-3.0-or-later
// Top 1 and top 5 of source and conversion where the samples have labels: measured again after every edit, when nothing
// else runs.
#pragma once

#include "core/metrics/labelscore.h"
#include "ui/logic/jobrunner.h"

#include <optional>

namespace requant {

class Session;

class LabelMeter : public QObject
{
    Q_OBJECT
public:
    static LabelMeter *of(Session *); // the session's only one

    const QString &path() const { return m_path; }
    void setLabels(const QString &path); // a .npy file of integers; empty: none
    const std::optional<LabelScore> &score() const { return m_score; }
    bool isStale() const { return m_stale; }
    const QString &problem() const { return m_problem; }
    JobRunner *runner() { return &m_job; }
    // "top 1: 90.6 % (source 90.6 %), top 5: 99 % ... , 64 labelled samples"; the problem, or nothing without labels.
    QString text() const;

signals:
    void changed();

private:
    explicit LabelMeter(Session *);
    void forget();
    void measure();

    Session *m_session;
    QString m_path, m_problem;
    std::shared_ptr<const std::vector<std::int64_t>> m_labels;
    std::shared_ptr<const void> m_measured; // the conversion that m_score is of
    std::shared_ptr<const void> m_tried;    // a conversion that is not tried again
    std::optional<LabelScore> m_score;
    bool m_stale = false;
    JobRunner m_job;
};

// Labels that lie beside samples by their name: x_images.npy and x_labels.npy. Empty if there are none.
QString labelsBeside(const QString &samplesPath);

} // namespace requant
