// SPDX-License-Identifier: GPL-3.0-or-later
// Counts what a program allocates: linking allocations.cpp replaces its operator new and delete.
#pragma once

#include <cstdint>

namespace testing {

// Calls of operator new so far, of all threads.
std::uint64_t allocationCount();

} // namespace testing
