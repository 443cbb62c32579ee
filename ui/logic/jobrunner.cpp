// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/logic/jobrunner.h"

namespace requant {

JobRunner::JobRunner(QObject *parent) : QObject(parent)
{
    m_pool.setMaxThreadCount(4); // overtaken jobs wind down while the current one runs
    m_poll.setInterval(100);
    connect(&m_poll, &QTimer::timeout, this, &JobRunner::progressChanged);
}

JobRunner::~JobRunner()
{
    overtake(End::Cancelled);
    m_pool.waitForDone();
}

int JobRunner::permille() const
{
    return m_current ? m_current->permille.load() : -1;
}

QString JobRunner::stepText() const
{
    if (!m_current)
        return {};
    const std::lock_guard lock(m_current->mutex);
    return QString::fromStdString(m_current->step);
}

void JobRunner::launch(const QString &title, Task task)
{
    overtake(End::Overtaken);
    auto state = std::make_shared<State>();
    m_current = state;
    m_title = title;
    m_poll.start();
    // The pool runs only what is copyable; the task is moved into shared storage once.
    auto shared = std::make_shared<Task>(std::move(task));
    m_pool.start([this, state, shared] {
        const RunControl run(&state->cancelled, [&state](std::size_t done, std::size_t total, std::string_view what) {
            state->permille.store(total ? int(1000 * done / total) : 0);
            const std::lock_guard lock(state->mutex);
            state->step.assign(what);
        });
        auto finish = std::make_shared<std::function<void()>>((*shared)(run));
        *shared = nullptr; // captured values go here, in the worker
        // The pool is waited for in the destructor, so `this` is alive here; a queued call to a dead object is dropped.
        QMetaObject::invokeMethod(
            this,
            [this, state, finish] {
                if (m_current != state)
                    return;
                m_current.reset();
                m_poll.stop();
                emit ended(End::Finished);
                (*finish)();
                if (!isRunning())
                    emit runningChanged();
            },
            Qt::QueuedConnection);
    });
    emit started();
    emit runningChanged();
}

void JobRunner::overtake(End how)
{
    if (!m_current)
        return;
    m_current->cancelled.store(true);
    m_current.reset();
    m_poll.stop();
    emit ended(how);
}

void JobRunner::cancel()
{
    if (!m_current)
        return;
    overtake(End::Cancelled);
    emit runningChanged();
    emit cancelled();
}

} // namespace requant
