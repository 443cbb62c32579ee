// SPDX-License-Identifier: GPL-3.0-or-later
// Loops over elements that depend on nothing but themselves: shared by the workers, in pieces short enough that a
// cancelled run stops in time.
#pragma once

#include "core/sim/kernels/broadcast.h"
#include "core/sim/kernels/kernel.h"

#include <algorithm>
#include <cstddef>

namespace requant {

inline constexpr std::size_t kElementPiece = std::size_t{1} << 16;

// f(begin, end) for pieces of [0, n).
template <class F>
void forPieces(const KernelRun &r, std::size_t n, F &&f)
{
    r.parallel(n, kElementPiece, [&](std::size_t begin, std::size_t end, Scratch &) {
        for (; begin < end && !r.state.isCancelled(); begin += kElementPiece)
            f(begin, std::min(end, begin + kElementPiece));
    });
}

// y = f(x), element by element.
template <class In, class Out, class F>
Kernel mapElements(F f, std::size_t count)
{
    return [f, count](const KernelRun &r) {
        const In *x = r.input<In>(0);
        Out *y = r.output<Out>();
        forPieces(r, count, [&](std::size_t begin, std::size_t end) {
            for (std::size_t i = begin; i < end; ++i)
                y[i] = static_cast<Out>(f(x[i]));
        });
    };
}

// y = f(a, b), element by element with broadcasting; `first` and `second` are the operands' positions among the inputs.
template <class In, class Out, class F>
Kernel mapPairs(Broadcast broadcast, F f, std::size_t first = 0, std::size_t second = 1)
{
    return [broadcast, f, first, second](const KernelRun &r) {
        const In *a = r.input<In>(first);
        const In *b = r.input<In>(second);
        Out *out = r.output<Out>();
        forPieces(r, broadcast.count(), [&](std::size_t begin, std::size_t end) {
            broadcast.forEachRun(begin, end, [&](std::size_t ia, std::size_t sa, std::size_t ib, std::size_t sb, std::size_t io, std::size_t n) {
                if (sa != 0 && sb != 0) { // steps are 0 or 1 along the innermost dimension
                    for (std::size_t i = 0; i < n; ++i)
                        out[io + i] = static_cast<Out>(f(a[ia + i], b[ib + i]));
                } else if (sa != 0) {
                    for (std::size_t i = 0; i < n; ++i)
                        out[io + i] = static_cast<Out>(f(a[ia + i], b[ib]));
                } else {
                    for (std::size_t i = 0; i < n; ++i)
                        out[io + i] = static_cast<Out>(f(a[ia], b[ib + i * sb]));
                }
            });
        });
    };
}

// The operands at two positions, broadcast to the output.
inline Result<Broadcast> broadcastOf(const KernelSetup &s, std::size_t first = 0, std::size_t second = 1)
{
    const Shape &a = s.input(first).shape, &b = s.input(second).shape, &out = s.output().shape;
    Broadcast broadcast(a, b, out);
    if (!broadcast.ok())
        return s.unsupported("shapes " + shapeText(a) + " and " + shapeText(b) + " do not broadcast to " + shapeText(out));
    return broadcast;
}

} // namespace requant
