// SPDX-License-Identifier: GPL-3.0-or-later
// The one place where core meets threads. A runner has one current job: starting another cancels and overtakes it.
// Lives in the GUI thread; a job sees only what it captured (values and shared_ptr<const ...>) and its RunControl.
#pragma once

#include "core/base/runcontrol.h"

#include <QObject>
#include <QString>
#include <QThreadPool>
#include <QTimer>

#include <functional>
#include <memory>
#include <mutex>
#include <new>
#include <type_traits>

namespace requant {

inline constexpr Message kUnexpected{"ui.unexpected", "an internal error: %1"};

class JobRunner : public QObject
{
    Q_OBJECT
public:
    enum class End { Finished, Cancelled, Overtaken }; // finished: also with an error
    Q_ENUM(End)
    explicit JobRunner(QObject *parent = nullptr);
    ~JobRunner() override; // cancels and waits, overtaken jobs included

    bool isRunning() const { return m_current != nullptr; }
    const QString &title() const { return m_title; }
    int permille() const; // -1: not known yet
    QString stepText() const;

    // work: Result<T>(const RunControl &), on a pool thread. done: void(Result<T>), in this object's thread, and never
    // for a job that a later start() or a cancel() has overtaken.
    template <class Work, class Done>
    void start(const QString &title, Work work, Done done)
    {
        using R = std::invoke_result_t<Work &, const RunControl &>;
        launch(
            title,
            [work = std::move(work), done = std::move(done)](const RunControl &run) mutable -> std::function<void()> {
                auto result = std::make_shared<R>(guarded<R>(work, run));
                return [result, done = std::move(done)]() mutable { done(std::move(*result)); };
            });
    }
    void cancel();

signals:
    void runningChanged();
    void progressChanged(); // at most ten times a second
    void cancelled();       // by cancel(), not by a newer job
    // Of each job: once started, once ended.
    void started();
    void ended(requant::JobRunner::End);

private:
    struct State
    {
        std::atomic<bool> cancelled{false};
        std::atomic<int> permille{-1};
        std::mutex mutex;
        std::string step; // guarded
    };
    // Returns what shall run in the GUI thread.
    using Task = std::function<std::function<void()>(const RunControl &)>;

    template <class R, class Work>
    static R guarded(Work &work, const RunControl &run)
    {
        try {
            return work(run);
        } catch (const std::bad_alloc &) {
            return makeError(kOutOfMemory);
        } catch (const std::exception &e) {
            return makeError(kUnexpected, {e.what()});
        }
    }
    void launch(const QString &title, Task);
    void overtake(End);

    std::shared_ptr<State> m_current;
    QString m_title;
    QTimer m_poll;
    QThreadPool m_pool;
};

} // namespace requant
