// SPDX-License-Identifier: GPL-3.0-or-later
// Two inputs broadcast to one output, dimension by dimension from the last.
#pragma once

#include "core/model/model.h"

#include <cstddef>
#include <vector>

namespace requant {

class Broadcast
{
public:
    // Valid only if ok(): every dimension of a and b is 1 or the output's.
    Broadcast(const Shape &a, const Shape &b, const Shape &out)
    {
        const std::size_t rank = out.size();
        m_dims.assign(out.begin(), out.end());
        m_stepA = steps(a, out);
        m_stepB = steps(b, out);
        m_ok = m_stepA.size() == rank && m_stepB.size() == rank;
        m_same = elementCount(a) == elementCount(out) && elementCount(b) == elementCount(out);
        m_count = static_cast<std::size_t>(elementCount(out));
    }
    bool ok() const { return m_ok; }
    bool sameShape() const { return m_same; }
    std::size_t count() const { return m_count; }

    // Calls f(offsetA, stepA, offsetB, stepB, offsetOut, n) for runs along the last dimension.
    template <class F>
    void forEachRun(F &&f) const
    {
        if (m_count == 0)
            return;
        if (m_same || m_dims.empty()) {
            f(std::size_t{0}, std::size_t{1}, std::size_t{0}, std::size_t{1}, std::size_t{0}, m_count);
            return;
        }
        const std::size_t last = m_dims.size() - 1;
        std::vector<std::size_t> index(m_dims.size(), 0);
        for (std::size_t out = 0; out < m_count; out += m_dims[last]) {
            std::size_t a = 0, b = 0;
            for (std::size_t d = 0; d < last; ++d) {
                a += index[d] * m_stepA[d];
                b += index[d] * m_stepB[d];
            }
            f(a, m_stepA[last], b, m_stepB[last], out, m_dims[last]);
            for (std::size_t d = last; d-- > 0;) {
                if (++index[d] < m_dims[d])
                    break;
                index[d] = 0;
            }
        }
    }

private:
    static std::vector<std::size_t> steps(const Shape &shape, const Shape &out)
    {
        std::vector<std::size_t> step(out.size(), 0);
        if (shape.size() > out.size())
            return {};
        std::size_t run = 1;
        const std::size_t lead = out.size() - shape.size();
        for (std::size_t d = shape.size(); d-- > 0;) {
            if (shape[d] != out[d + lead] && shape[d] != 1)
                return {};
            step[d + lead] = shape[d] == 1 ? 0 : run;
            run *= static_cast<std::size_t>(shape[d]);
        }
        return step;
    }
    std::vector<std::size_t> m_dims, m_stepA, m_stepB;
    bool m_ok = false, m_same = false;
    std::size_t m_count = 0;
};

} // namespace requant
