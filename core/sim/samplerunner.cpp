// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sim/samplerunner.h"

#include <algorithm>
#include <condition_variable>
#include <limits>
#include <mutex>
#include <new>
#include <optional>
#include <system_error>
#include <thread>
#include <vector>

namespace requant {
namespace {

// Workers' code may run out of memory anywhere; threads must not end with an exception.
template <class F>
Status guarded(F &&f)
{
    try {
        return f();
    } catch (const std::bad_alloc &) {
        return makeError(kOutOfMemory);
    }
}

class Loop
{
public:
    Loop(const SampleLoop &loop, const std::function<Result<std::unique_ptr<SampleWorker>>()> &make, const RunControl &control)
        : m_loop(loop), m_make(make), m_control(control), m_quiet(control.silent())
    {
    }

    Status run()
    {
        const std::size_t threads = std::min<std::size_t>(m_loop.threads ? m_loop.threads : coreCount(), m_loop.count);
        std::vector<std::thread> pool;
        try {
            for (std::size_t t = 1; t < threads; ++t)
                pool.emplace_back([this] { work(); });
        } catch (const std::exception &) {
            // Fewer threads than wanted do the same work.
        }
        work();
        for (std::thread &t : pool)
            t.join();
        return m_failure ? Status(*m_failure) : success();
    }

private:
    static constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();

    void work()
    {
        std::unique_ptr<SampleWorker> worker;
        for (;;) {
            std::size_t mine = 0;
            {
                const std::lock_guard lock(m_mutex);
                if (m_failure || m_next >= m_loop.count)
                    break;
                mine = m_next++;
            }
            Status done = guarded([&]() -> Status {
                if (!worker) {
                    auto made = m_make();
                    if (!made)
                        return made.error();
                    worker = std::move(*made);
                }
                return worker->compute(mine, m_quiet);
            });
            std::unique_lock lock(m_mutex);
            if (done)
                m_turn.wait(lock, [&] { return m_delivered == mine || m_failedAt < mine; });
            if (m_failedAt < mine)
                return;
            if (done)
                done = guarded([&] { return worker->deliver(mine); });
            if (done)
                ++m_delivered;
            if (done && !m_control.step(m_delivered, m_loop.count, m_loop.what))
                done = cancelledError();
            if (!done) {
                m_failure = done.error();
                m_failedAt = mine;
            }
            m_turn.notify_all();
        }
        const std::lock_guard lock(m_mutex);
        if (worker && !m_failure)
            if (const Status done = guarded([&] { worker->finish(); return success(); }); !done)
                m_failure = done.error();
    }

    const SampleLoop &m_loop;
    const std::function<Result<std::unique_ptr<SampleWorker>>()> &m_make;
    const RunControl &m_control;
    const RunControl m_quiet;
    std::mutex m_mutex;
    std::condition_variable m_turn;
    std::size_t m_next = 0, m_delivered = 0, m_failedAt = kNone; // guarded, as all below
    std::optional<Error> m_failure;
};

bool keepsState(const Subgraph &g)
{
    const bool variables = std::any_of(g.tensors.begin(), g.tensors.end(), [](const Tensor &t) {
        return t.isVariable || t.type == ElementType::Resource;
    });
    return variables || std::any_of(g.operators.begin(), g.operators.end(), [](const Operator &op) {
        return op.code == Op::VarHandle || op.code == Op::CallOnce;
    });
}

} // namespace

unsigned coreCount() { return std::max(1u, std::thread::hardware_concurrency()); }

bool keepsState(const Model &model)
{
    return std::any_of(model.subgraphs.begin(), model.subgraphs.end(), [](const Subgraph &g) { return keepsState(g); });
}

unsigned sampleThreads(std::size_t count, unsigned wanted, std::initializer_list<const Model *> models)
{
    if (std::any_of(models.begin(), models.end(), [](const Model *m) { return m && keepsState(*m); }))
        return 1;
    const std::size_t most = std::max<std::size_t>(count, 1);
    return static_cast<unsigned>(std::min<std::size_t>(wanted ? wanted : coreCount(), most));
}

Status forEachSample(const SampleLoop &loop, const std::function<Result<std::unique_ptr<SampleWorker>>()> &make, const RunControl &control)
{
    return guarded([&] { return Loop(loop, make, control).run(); });
}

Status runSample(Simulator &sim, const SampleSet &samples, std::size_t i, const RunControl &control, const Simulator::Observer &observer)
{
    const auto inputs = samples.sampleFor(i, sim.model());
    for (std::size_t k = 0; k < inputs.size(); ++k)
        if (const Status s = sim.setInput(k, inputs[k]); !s)
            return s;
    return sim.run(control, observer);
}

} // namespace requant
