// SPDX-License-Identifier: GPL-3.0-or-later
// Progress out, cancellation in. Long functions call step() at natural boundaries (at least every 100 ms) and return
// the error kCancelled when it answers false. The caller owns the flag; nothing here knows about threads or a UI.
#pragma once

#include "core/base/result.h"

#include <atomic>
#include <functional>
#include <string_view>

namespace requant {

class RunControl
{
public:
    using ProgressFn = std::function<void(std::size_t done, std::size_t total, std::string_view what)>;

    RunControl() = default;
    RunControl(const std::atomic<bool> *cancelled, ProgressFn progress)
        : m_cancelled(cancelled), m_progress(std::move(progress)) {}

    bool isCancelled() const { return m_cancelled && m_cancelled->load(std::memory_order_relaxed); }
    // The same cancellation without progress: for the steps inside a step.
    RunControl silent() const { return RunControl(m_cancelled, {}); }
    // May be called from worker threads; the progress function must be thread-safe.
    [[nodiscard]] bool step(std::size_t done, std::size_t total, std::string_view what) const
    {
        if (m_progress)
            m_progress(done, total, what);
        return !isCancelled();
    }

private:
    const std::atomic<bool> *m_cancelled = nullptr;
    ProgressFn m_progress;
};

inline Error cancelledError() { return makeError(kCancelled); }

} // namespace requant
