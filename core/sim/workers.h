// SPDX-License-Identifier: GPL-3.0-or-later
// Threads that share the rows of one operator. They sleep between runs and belong to one simulator; nothing is allocated
// while they work.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace requant {

// Grows, never shrinks, so that after the first run nothing is allocated. 64-byte aligned.
class Scratch
{
public:
    std::byte *get(std::size_t bytes)
    {
        if (m_memory.size() < bytes + 64)
            m_memory.resize(bytes + 64);
        const auto address = reinterpret_cast<std::uintptr_t>(m_memory.data());
        return m_memory.data() + ((64 - address % 64) % 64);
    }

private:
    std::vector<std::byte> m_memory;
};

class Workers
{
public:
    explicit Workers(unsigned threads = 1); // the caller's thread is one of them
    Workers(Workers &&) noexcept;
    Workers &operator=(Workers &&) noexcept;
    ~Workers();
    unsigned threads() const { return m_threads; }

    // f(begin, end, scratch) for disjoint ranges that cover [0, n), each at least `grain` long (but the last); returns
    // when all are done. `own` is the calling thread's scratch. f must not call parallel() again.
    template <class F>
    void parallel(std::size_t n, std::size_t grain, Scratch &own, F &&f)
    {
        const std::size_t parts = std::min<std::size_t>(m_threads, n / std::max<std::size_t>(grain, 1));
        if (parts <= 1 || !m_pool) {
            if (n > 0)
                f(std::size_t{0}, n, own);
            return;
        }
        dispatch(n, parts, own, [](void *context, std::size_t begin, std::size_t end, Scratch &scratch) {
            (*static_cast<std::remove_reference_t<F> *>(context))(begin, end, scratch);
        }, const_cast<void *>(static_cast<const void *>(&f)));
    }

private:
    using Part = void (*)(void *context, std::size_t begin, std::size_t end, Scratch &);
    void dispatch(std::size_t n, std::size_t parts, Scratch &own, Part, void *context);

    struct Pool;
    unsigned m_threads = 1;
    std::unique_ptr<Pool> m_pool; // null with one thread
};

} // namespace requant
