// SPDX-License-Identifier: GPL-3.0-or-later
// Functions of whole rows, a row being the last dimension.
#pragma once

#include "core/sim/kernels/kernel.h"

#include <algorithm>
#include <cstddef>

namespace requant {

struct Rows
{
    std::size_t count = 0, depth = 0; // outer rows of the last dimension
};

inline Rows rowsOf(const Shape &shape)
{
    const auto depth = static_cast<std::size_t>(shape.back());
    return {depth ? static_cast<std::size_t>(elementCount(shape)) / depth : 0, depth};
}

// f(row) for all rows, shared by the workers.
template <class F>
void forLastDims(const KernelRun &r, const Rows &rows, F &&f)
{
    r.parallel(rows.count, std::max<std::size_t>(1, 4096 / std::max<std::size_t>(rows.depth, 1)), [&](std::size_t begin, std::size_t end, Scratch &) {
        for (std::size_t row = begin; row < end && !r.state.isCancelled(); ++row)
            f(row);
    });
}

} // namespace requant
