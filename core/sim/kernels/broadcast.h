// SPDX-License-Identifier: GPL-3.0-or-later
// Inputs broadcast to one output, dimension by dimension from the last. Dimensions that all operands walk alike are merged
// when the loop is made; nothing is allocated when it runs.
#pragma once

#include "core/model/model.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace requant {

template <std::size_t N>
class BroadcastLoop
{
public:
    static constexpr std::size_t kMaxDims = 8; // after merging
    using Offsets = std::array<std::size_t, N>;

    // Valid only if ok(): every dimension of the inputs is 1 or the output's. Leading dimensions of 1 may be too many.
    BroadcastLoop(const std::array<Shape, N> &in, const Shape &out) : m_count(static_cast<std::size_t>(elementCount(out)))
    {
        Offsets run; // elements of each input in the dimensions so far
        run.fill(1);
        for (std::size_t d = 0; d < out.size(); ++d) { // from the last
            Offsets step{};
            for (std::size_t k = 0; k < N; ++k) {
                if (d >= in[k].size())
                    continue;
                const std::int32_t size = in[k][in[k].size() - 1 - d];
                if (size != out[out.size() - 1 - d] && size != 1) {
                    m_ok = false;
                    return;
                }
                step[k] = size == 1 ? 0 : run[k];
                run[k] *= static_cast<std::size_t>(size);
            }
            add(static_cast<std::size_t>(out[out.size() - 1 - d]), step);
        }
        for (std::size_t k = 0; k < N; ++k) {
            for (std::size_t d = out.size(); d < in[k].size(); ++d)
                m_ok = m_ok && in[k][in[k].size() - 1 - d] == 1;
            m_same = m_same && elementCount(in[k]) == elementCount(out);
        }
        if (m_rank == 0) {
            m_dims[0] = 1;
            m_steps[0].fill(1);
            m_rank = 1;
        }
    }
    bool ok() const { return m_ok; }
    bool sameShape() const { return m_same; }
    std::size_t count() const { return m_count; }

    // Calls f(offsets, steps, offsetOut, n) for runs along the innermost dimension that cover [begin, end) of the output.
    // Along it every step is 0 or 1.
    template <class F>
    void forRange(std::size_t begin, std::size_t end, F &&f) const
    {
        if (begin >= end)
            return;
        std::array<std::size_t, kMaxDims> index; // from the innermost
        Offsets offset{};
        for (std::size_t d = 0, rest = begin; d < m_rank; ++d) {
            index[d] = rest % m_dims[d];
            rest /= m_dims[d];
            for (std::size_t k = 0; k < N; ++k)
                offset[k] += index[d] * m_steps[d][k];
        }
        while (begin < end) {
            const std::size_t n = std::min(m_dims[0] - index[0], end - begin);
            f(offset, m_steps[0], begin, n);
            begin += n;
            for (std::size_t k = 0; k < N; ++k)
                offset[k] -= index[0] * m_steps[0][k];
            index[0] = 0;
            for (std::size_t d = 1; d < m_rank; ++d) {
                for (std::size_t k = 0; k < N; ++k)
                    offset[k] += m_steps[d][k];
                if (++index[d] < m_dims[d])
                    break;
                for (std::size_t k = 0; k < N; ++k)
                    offset[k] -= m_dims[d] * m_steps[d][k];
                index[d] = 0;
            }
        }
    }

private:
    void add(std::size_t size, const Offsets &step)
    {
        if (size == 1)
            return;
        const auto continues = [&] {
            for (std::size_t k = 0; k < N; ++k)
                if (step[k] != m_steps[m_rank - 1][k] * m_dims[m_rank - 1])
                    return false;
            return true;
        };
        if (m_rank > 0 && continues()) {
            m_dims[m_rank - 1] *= size;
        } else if (m_rank < kMaxDims) {
            m_dims[m_rank] = size;
            m_steps[m_rank++] = step;
        } else {
            m_ok = false;
        }
    }
    std::array<std::size_t, kMaxDims> m_dims{}; // from the innermost
    std::array<Offsets, kMaxDims> m_steps{};
    std::size_t m_rank = 0, m_count = 0;
    bool m_ok = true, m_same = true;
};

// Two operands.
class Broadcast : public BroadcastLoop<2>
{
public:
    Broadcast(const Shape &a, const Shape &b, const Shape &out) : BroadcastLoop<2>({a, b}, out) {}

    // Calls f(offsetA, stepA, offsetB, stepB, offsetOut, n).
    template <class F>
    void forEachRun(std::size_t begin, std::size_t end, F &&f) const
    {
        forRange(begin, end, [&](const Offsets &offset, const Offsets &step, std::size_t out, std::size_t n) {
            f(offset[0], step[0], offset[1], step[1], out, n);
        });
    }
    template <class F>
    void forEachRun(F &&f) const
    {
        forEachRun(0, count(), std::forward<F>(f));
    }
};

} // namespace requant
