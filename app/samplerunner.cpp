// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/samplerunner.h"

#include "core/metrics/errors.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

namespace requant::cli {

namespace {

Result<SampleRun> runOne(Simulator &sim, const RunPlan &plan, std::size_t i, const RunControl &control)
{
    SampleRun run;
    run.inputs = plan.samples->sampleFor(i, sim.model());
    for (std::size_t k = 0; k < run.inputs.size(); ++k)
        if (const Status s = sim.setInput(k, run.inputs[k]); !s)
            return s.error();
    if (const Status s = sim.run(control); !s)
        return s.error();
    for (std::size_t k = 0; k < sim.outputCount(); ++k) {
        const std::span<const std::byte> bytes = sim.output(k);
        run.outputs.emplace_back(bytes.begin(), bytes.end());
    }
    for (const TensorIndex t : plan.taps) {
        const std::span<const std::byte> bytes = sim.tensor(t);
        run.taps.emplace_back(bytes.begin(), bytes.end());
    }
    return run;
}

} // namespace

unsigned coreCount()
{
    return std::max(1u, std::thread::hardware_concurrency());
}

Status runSamples(const RunPlan &plan, const std::function<Status(std::size_t, SampleRun &&)> &deliver,
                  const std::function<void(const Simulator &)> &first, const RunControl &control)
{
    if (const Status s = plan.samples->fits(*plan.model); !s)
        return s;
    std::size_t threads = plan.threads ? plan.threads : coreCount();
    threads = std::clamp<std::size_t>(threads, 1, std::max<std::size_t>(1, plan.count));
    if (keepsState(*plan.model))
        threads = 1;
    std::mutex mutex;
    std::condition_variable turn;
    std::size_t next = 0, delivered = 0;
    std::optional<Error> failure;
    const auto fail = [&](const Error &e) {
        const std::lock_guard lock(mutex);
        if (!failure)
            failure = e;
        turn.notify_all();
    };
    const auto work = [&] {
        std::optional<Simulator> sim;
        const auto prepare = [&](bool keepAll) -> Status {
            Result<Simulator> made = Simulator::create(plan.model, {plan.arithmetic, keepAll});
            if (!made)
                return made.error();
            if (const Status s = made->supported(); !s)
                return s;
            sim.emplace(std::move(*made));
            return success();
        };
        for (;;) {
            std::size_t mine = 0;
            {
                const std::lock_guard lock(mutex);
                if (failure || next >= plan.count)
                    return;
                mine = next++;
            }
            const bool shown = mine == 0 && first;
            if (!sim)
                if (const Status s = prepare(shown || !plan.taps.empty()); !s)
                    return fail(s.error());
            Result<SampleRun> run = runOne(*sim, plan, mine, control.silent());
            if (!run)
                return fail(run.error());
            if (shown)
                first(*sim);
            std::unique_lock lock(mutex);
            turn.wait(lock, [&] { return delivered == mine || failure; });
            if (failure)
                return;
            if (const Status s = deliver(mine, std::move(*run)); !s)
                failure = s.error();
            ++delivered;
            if (!control.step(delivered, plan.count, "running") && !failure)
                failure = cancelledError();
            turn.notify_all();
        }
    };
    std::vector<std::thread> pool;
    for (std::size_t t = 1; t < threads; ++t)
        pool.emplace_back(work);
    work();
    for (std::thread &t : pool)
        t.join();
    if (failure)
        return *failure;
    return success();
}

} // namespace requant::cli
