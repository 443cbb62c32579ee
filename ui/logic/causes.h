// SPDX-License-Identifier: GPL-3.0-or-later
// What the variants' errors are made of (core/metrics/errorsplit.h), measured when it is asked for, in a job of its
// own.
#pragma once

#include "core/base/diagnostic.h"
#include "ui/logic/computation.h"
#include "ui/logic/jobrunner.h"

#include <QObject>

#include <map>
#include <memory>
#include <optional>

namespace requant {

class Session;
struct Diagnosis;

class Causes : public QObject
{
    Q_OBJECT
public:
    explicit Causes(Session *); // its part
    ~Causes() override;

    // The active variant, on the session's samples. Nothing while its conversion is on its way, or where it is known
    // already.
    void start();
    void cancel();
    bool isRunning() const { return m_job.isRunning(); }
    bool isStopped() const; // of the active variant as it is now: cancelled
    const Dated<Diagnosis> &diagnosis(int variant) const;
    bool isStale(int variant) const;                                       // of a recipe before
    const std::optional<Diagnostic> &failure() const { return m_failure; } // of the last run
    JobRunner *runner() { return &m_job; }

signals:
    void changed();

private:
    void forget();
    void dropOvertaken();

    Session *m_session;
    std::map<int, Dated<Diagnosis>> m_known; // by variant
    std::optional<Diagnostic> m_failure;
    quint64 m_runRevision = 0, m_failedRevision = 0, m_stoppedRevision = 0; // of recipes
    JobRunner m_job;                                                        // last: its end touches the members above
};

} // namespace requant
