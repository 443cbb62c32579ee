// SPDX-License-Identifier: GPL-3.0-or-later
// The input of a reduction as dimensions that are kept and dimensions that are reduced, neighbours of a kind merged, and the
// loop over them. Nothing is allocated when it runs.
#pragma once

#include "core/sim/kernels/kernel.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <vector>

namespace requant {

class Reduction
{
public:
    // The axes are negative or less than the rank.
    Reduction(const Shape &in, const std::vector<bool> &reduced)
    {
        std::size_t step = 1;
        bool first = true, before = false;
        for (std::size_t d = in.size(); d-- > 0;) {
            const auto n = static_cast<std::size_t>(in[d]);
            (reduced[d] ? m_count : m_outputs) *= n;
            if (n != 1) {
                Dims &dims = reduced[d] ? m_reduced : m_kept;
                if (first)
                    m_isInnerReduced = reduced[d];
                m_ok = dims.add(n, step, !first && before == reduced[d]) && m_ok;
                before = reduced[d];
                first = false;
            }
            step *= n;
        }
    }
    bool ok() const { return m_ok; } // not too many dimensions
    std::size_t outputs() const { return m_outputs; }
    std::size_t count() const { return m_count; } // inputs per output

    // store(output, acc) with acc = step(...step(start, x0)..., xn) over the inputs of each output in the order of memory.
    // `start` where nothing is reduced.
    template <class In, class Acc, class Step, class Store>
    void run(const KernelRun &r, const In *in, Acc start, Step step, Store store) const
    {
        if (m_outputs == 0)
            return;
        if (m_count == 0) {
            for (std::size_t i = 0; i < m_outputs; ++i)
                store(i, start);
            return;
        }
        if (m_isInnerReduced || m_kept.rank == 0) {
            const std::size_t inner = m_isInnerReduced ? m_reduced.size[0] : 1;
            r.parallel(m_outputs, std::max<std::size_t>(1, kGrain / m_count), [&](std::size_t begin, std::size_t end, Scratch &) {
                Place kept(m_kept, 0, begin);
                for (std::size_t i = begin; i < end && !r.state.isCancelled(); ++i, kept.next()) {
                    Acc acc = start;
                    Place at(m_reduced, m_isInnerReduced ? 1 : 0, 0);
                    for (std::size_t k = 0; k < m_count; k += inner, at.next()) {
                        const In *x = in + kept.offset + at.offset;
                        for (std::size_t j = 0; j < inner; ++j)
                            acc = step(acc, x[j]);
                        if ((k & kCheck) + inner > kCheck && r.state.isCancelled())
                            return;
                    }
                    store(i, acc);
                }
            });
            return;
        }
        const std::size_t inner = m_kept.size[0]; // contiguous outputs of contiguous inputs
        r.parallel(m_outputs / inner, std::max<std::size_t>(1, kGrain / (m_count * inner)), [&](std::size_t begin, std::size_t end, Scratch &scratch) {
            Place kept(m_kept, 1, begin);
            auto *acc = reinterpret_cast<Acc *>(scratch.get(inner * sizeof(Acc)));
            for (std::size_t i = begin; i < end; ++i, kept.next()) {
                std::fill_n(acc, inner, start);
                Place at(m_reduced, 0, 0);
                for (std::size_t k = 0; k < m_count; ++k, at.next()) {
                    const In *x = in + kept.offset + at.offset;
                    for (std::size_t j = 0; j < inner; ++j)
                        acc[j] = step(acc[j], x[j]);
                    if (r.state.isCancelled())
                        return;
                }
                for (std::size_t j = 0; j < inner; ++j)
                    store(i * inner + j, acc[j]);
            }
        });
    }

private:
    static constexpr std::size_t kMaxDims = 8, kGrain = std::size_t{1} << 14, kCheck = (std::size_t{1} << 16) - 1;
    struct Dims // from the innermost
    {
        std::array<std::size_t, kMaxDims> size{}, step{};
        std::size_t rank = 0;

        bool add(std::size_t n, std::size_t s, bool continues)
        {
            if (continues && rank > 0) {
                size[rank - 1] *= n;
            } else if (rank < kMaxDims) {
                size[rank] = n;
                step[rank++] = s;
            } else {
                return false;
            }
            return true;
        }
    };
    struct Place // walks through dimensions [first, rank)
    {
        const Dims &dims;
        std::size_t first, offset = 0;
        std::array<std::size_t, kMaxDims> index{};

        Place(const Dims &d, std::size_t from, std::size_t at) : dims(d), first(from)
        {
            for (std::size_t k = first; k < dims.rank; ++k) {
                index[k] = at % dims.size[k];
                at /= dims.size[k];
                offset += index[k] * dims.step[k];
            }
        }
        void next()
        {
            for (std::size_t k = first; k < dims.rank; ++k) {
                offset += dims.step[k];
                if (++index[k] < dims.size[k])
                    return;
                offset -= dims.size[k] * dims.step[k];
                index[k] = 0;
            }
        }
    };

    Dims m_kept, m_reduced;
    std::size_t m_outputs = 1, m_count = 1;
    bool m_isInnerReduced = false, m_ok = true;
};

} // namespace requant
