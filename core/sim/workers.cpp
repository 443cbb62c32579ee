// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sim/workers.h"

#include <atomic>
#include <thread>

namespace requant {

struct Workers::Pool
{
    // One job at a time: a helper takes part `index` when `generation` changes and counts `pending` down when it is done.
    std::atomic<std::uint32_t> generation{0}, pending{0};
    std::atomic<bool> quit{false};
    std::size_t n = 0, parts = 0;
    Part part = nullptr;
    void *context = nullptr;
    std::vector<Scratch> scratch;
    std::vector<std::thread> threads;

    void runPart(std::size_t index, Scratch &s) const { part(context, n * index / parts, n * (index + 1) / parts, s); }

    void help(std::size_t index)
    {
        std::uint32_t seen = 0;
        for (;;) {
            // Operators follow each other closely: look for a while before sleeping.
            for (int i = 0; i < 2000 && generation.load(std::memory_order_acquire) == seen; ++i)
                std::this_thread::yield();
            generation.wait(seen, std::memory_order_acquire);
            seen = generation.load(std::memory_order_acquire);
            if (quit.load(std::memory_order_acquire))
                return;
            if (index < parts)
                runPart(index, scratch[index - 1]);
            if (pending.fetch_sub(1, std::memory_order_acq_rel) == 1)
                pending.notify_one();
        }
    }
};

Workers::Workers(unsigned threads) : m_threads(std::max(1u, threads))
{
    if (m_threads == 1)
        return;
    m_pool = std::make_unique<Pool>();
    m_pool->scratch.resize(m_threads - 1);
    for (unsigned i = 1; i < m_threads; ++i)
        m_pool->threads.emplace_back([pool = m_pool.get(), i] { pool->help(i); });
}

Workers::Workers(Workers &&) noexcept = default;

Workers &Workers::operator=(Workers &&other) noexcept
{
    std::swap(m_threads, other.m_threads);
    std::swap(m_pool, other.m_pool);
    return *this;
}

Workers::~Workers()
{
    if (!m_pool)
        return;
    m_pool->quit.store(true, std::memory_order_release);
    m_pool->generation.fetch_add(1, std::memory_order_acq_rel);
    m_pool->generation.notify_all();
    for (std::thread &t : m_pool->threads)
        t.join();
}

void Workers::dispatch(std::size_t n, std::size_t parts, Scratch &own, Part part, void *context)
{
    Pool &p = *m_pool;
    p.n = n;
    p.parts = parts;
    p.part = part;
    p.context = context;
    p.pending.store(static_cast<std::uint32_t>(p.threads.size()), std::memory_order_relaxed);
    p.generation.fetch_add(1, std::memory_order_acq_rel);
    p.generation.notify_all();
    p.runPart(0, own);
    for (std::uint32_t left = p.pending.load(std::memory_order_acquire); left != 0; left = p.pending.load(std::memory_order_acquire))
        p.pending.wait(left, std::memory_order_acquire);
}

} // namespace requant
