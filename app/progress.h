// SPDX-License-Identifier: GPL-3.0-or-later
// One progress line on stderr, on a terminal only, and the interrupt key as cancellation.
#pragma once

#include "core/base/runcontrol.h"

#include <chrono>
#include <mutex>

namespace requant::cli {

// SIGINT sets a flag that every RunControl made here reads; a second SIGINT ends the program at once.
void installInterruptHandler();

class Progress
{
public:
    explicit Progress(bool quiet);
    ~Progress(); // wipes the line
    Progress(const Progress &) = delete;
    Progress &operator=(const Progress &) = delete;
    RunControl control();
    void clear();

private:
    void show(std::size_t done, std::size_t total, std::string_view what);

    bool m_enabled = false;
    bool m_shown = false;
    std::mutex m_mutex;
    std::chrono::steady_clock::time_point m_last{};
};

} // namespace requant::cli
