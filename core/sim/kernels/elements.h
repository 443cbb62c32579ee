// SPDX-License-Identifier: GPL-3.0-or-later
// Loops over elements that depend on nothing but themselves: shared by the workers, in pieces short enough that a
// cancelled run stops in time.
#pragma once

#include "core/sim/kernels/broadcast.h"
#include "core/sim/kernels/bytetable.h"
#include "core/sim/kernels/kernel.h"
#include "core/sim/kernels/saturation.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>

namespace requant {

// XNNPACK's tensors have up to six dimensions: its delegate leaves others to TFLite.
inline bool takenByXnnpack(const KernelSetup &s)
{
    constexpr std::size_t kMostDims = 6;
    for (std::size_t k = 0; k < s.inputCount(); ++k)
        if (s.hasInput(k) && s.input(k).shape.size() > kMostDims)
            return false;
    return s.isXnnpack() && s.output().shape.size() <= kMostDims;
}

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

// y = f(x) for 8 bits, tabulated when it is made: f(q) gives any integer, which is clamped.
template <class In, class Out, class F>
Kernel tabulateElements(F &&f, const Clamp &clamp, std::size_t count)
{
    static_assert(sizeof(In) == 1);
    struct Table
    {
        std::array<Out, 256> value{};
        std::array<bool, 256> saturated{};
    };
    auto table = std::make_shared<Table>();
    for (std::size_t i = 0; i < 256; ++i) { // by the input's bit pattern
        const auto v = static_cast<std::int64_t>(f(std::int32_t{static_cast<In>(i)}));
        table->value[i] = clamp.store<Out>(v);
        table->saturated[i] = clamp.isSaturated(v);
    }
    return [table, count, level = simdLevel()](const KernelRun &r) {
        const auto *x = r.input<std::uint8_t>(0);
        Out *y = r.output<Out>();
        forPieces(r, count, [&](std::size_t begin, std::size_t end) {
            if constexpr (sizeof(Out) == 1)
                mapBytes(level, reinterpret_cast<const std::uint8_t *>(table->value.data()), x + begin, end - begin, reinterpret_cast<std::uint8_t *>(y + begin));
            else
                for (std::size_t i = begin; i < end; ++i)
                    y[i] = table->value[x[i]];
            if (!r.state.counters)
                return;
            std::uint64_t saturated = 0;
            for (std::size_t i = begin; i < end; ++i)
                saturated += table->saturated[x[i]];
            countResults(r, end - begin, saturated);
        });
    };
}

// y = clamp(f(x)), element by element; f gives any integer. Counts.
template <class In, class Out, class F>
Kernel clampElements(F f, const Clamp &clamp, std::size_t count)
{
    return [f, clamp, count](const KernelRun &r) {
        const In *x = r.input<In>(0);
        Out *y = r.output<Out>();
        forPieces(r, count, [&](std::size_t begin, std::size_t end) {
            for (std::size_t i = begin; i < end; ++i)
                y[i] = clamp.store<Out>(f(x[i]));
            if (!r.state.counters)
                return;
            std::uint64_t saturated = 0;
            for (std::size_t i = begin; i < end; ++i)
                saturated += clamp.isSaturated(f(x[i]));
            countResults(r, end - begin, saturated);
        });
    };
}

// f(a, b, i) for the places [begin, end) of the output. The operands' steps are 0 or 1 along a run.
template <class A, class B, class F>
void forPairs(const Broadcast &broadcast, const A *a, const B *b, std::size_t begin, std::size_t end, F &&f)
{
    broadcast.forEachRun(begin, end, [&](std::size_t ia, std::size_t sa, std::size_t ib, std::size_t sb, std::size_t io, std::size_t n) {
        if (sa != 0 && sb != 0) {
            for (std::size_t i = 0; i < n; ++i)
                f(a[ia + i], b[ib + i], io + i);
        } else if (sa != 0) {
            for (std::size_t i = 0; i < n; ++i)
                f(a[ia + i], b[ib], io + i);
        } else {
            for (std::size_t i = 0; i < n; ++i)
                f(a[ia], b[ib + i * sb], io + i);
        }
    });
}

// y = f(a, b), element by element with broadcasting; `first` and `second` are the operands' positions among the inputs.
template <class In, class Out, class F>
Kernel mapPairs(Broadcast broadcast, F f, std::size_t first = 0, std::size_t second = 1)
{
    return [broadcast, f, first, second](const KernelRun &r) {
        Out *out = r.output<Out>();
        forPieces(r, broadcast.count(), [&](std::size_t begin, std::size_t end) {
            forPairs(broadcast, r.input<In>(first), r.input<In>(second), begin, end,
                     [&](In a, In b, std::size_t i) { out[i] = static_cast<Out>(f(a, b)); });
        });
    };
}

// y = clamp(f(a, b)); f gives any integer. Counts.
template <class In, class Out, class F>
Kernel clampPairs(Broadcast broadcast, F f, const Clamp &clamp)
{
    return [broadcast, f, clamp](const KernelRun &r) {
        const In *a = r.input<In>(0);
        const In *b = r.input<In>(1);
        Out *out = r.output<Out>();
        forPieces(r, broadcast.count(), [&](std::size_t begin, std::size_t end) {
            if (!r.state.counters)
                return forPairs(broadcast, a, b, begin, end, [&](In x, In y, std::size_t i) { out[i] = clamp.store<Out>(f(x, y)); });
            std::uint64_t saturated = 0;
            forPairs(broadcast, a, b, begin, end, [&](In x, In y, std::size_t i) {
                const std::int64_t v = f(x, y);
                out[i] = clamp.store<Out>(v);
                saturated += clamp.isSaturated(v);
            });
            countResults(r, end - begin, saturated);
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
