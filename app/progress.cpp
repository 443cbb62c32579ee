// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/progress.h"

#include <atomic>
#include <csignal>
#include <cstdio>
#include <string>
#include <unistd.h>

namespace requant::cli {

namespace {

std::atomic<bool> interrupted{false};
static_assert(std::atomic<bool>::is_always_lock_free, "written from a signal handler");

void onInterrupt(int)
{
    interrupted.store(true);
    std::signal(SIGINT, SIG_DFL);
}

} // namespace

void installInterruptHandler()
{
    std::signal(SIGINT, onInterrupt);
}

Progress::Progress(bool quiet) : m_enabled(!quiet && isatty(STDERR_FILENO) != 0) {}

Progress::~Progress()
{
    clear();
}

void Progress::clear()
{
    const std::lock_guard lock(m_mutex);
    if (m_shown)
        std::fputs("\r\033[K", stderr);
    m_shown = false;
}

RunControl Progress::control()
{
    if (!m_enabled)
        return RunControl(&interrupted, {});
    return RunControl(&interrupted, [this](std::size_t done, std::size_t total, std::string_view what) {
        show(done, total, what);
    });
}

void Progress::show(std::size_t done, std::size_t total, std::string_view what)
{
    const std::lock_guard lock(m_mutex);
    const auto now = std::chrono::steady_clock::now();
    if (m_shown && done < total && now - m_last < std::chrono::milliseconds(100))
        return;
    m_last = now;
    m_shown = true;
    constexpr std::size_t width = 24;
    const std::size_t filled = total ? std::min(width, width * done / total) : 0;
    std::string bar(filled, '#');
    bar.append(width - filled, '.');
    std::fprintf(stderr, "\r\033[K[%s] %zu/%zu %.*s", bar.c_str(), done, total, static_cast<int>(what.size()), what.data());
    std::fflush(stderr);
}

} // namespace requant::cli
