// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sim/samplerunner.h"

#include "random.h"

#include <atomic>
#include <chrono>
#include <mutex>
#include <new>
#include <set>
#include <thread>

using namespace requant;

namespace {

constexpr Message kTestFailure{"test.failure", "sample %1"};

// What the workers of one loop did.
struct Log
{
    std::mutex mutex;
    std::vector<std::size_t> delivered;
    std::set<std::thread::id> threads;
    std::size_t finished = 0, workers = 0;
};

class Recorder : public SampleWorker
{
public:
    using Compute = std::function<Status(std::size_t, const RunControl &)>;
    Recorder(Log &log, Compute compute) : m_log(log), m_compute(std::move(compute)) { ++m_log.workers; }
    Status compute(std::size_t i, const RunControl &control) override
    {
        {
            const std::lock_guard lock(m_log.mutex);
            m_log.threads.insert(std::this_thread::get_id());
        }
        m_last = i;
        return m_compute(i, control);
    }
    Status deliver(std::size_t i) override
    {
        CHECK(m_last == i);
        m_log.delivered.push_back(i);
        return success();
    }
    void finish() override { ++m_log.finished; }

private:
    Log &m_log;
    Compute m_compute;
    std::size_t m_last = 0;
};

Status runLoop(const SampleLoop &loop, Log &log, const Recorder::Compute &compute, const RunControl &control = {})
{
    std::mutex mutex;
    return forEachSample(
        loop,
        [&]() -> Result<std::unique_ptr<SampleWorker>> {
            const std::lock_guard lock(mutex);
            return std::unique_ptr<SampleWorker>(std::make_unique<Recorder>(log, compute));
        },
        control);
}

} // namespace

TEST_CASE("resultsComeInOrderFromAnyNumberOfThreads")
{
    const auto seed = testing::baseSeed();
    INFO("REQUANT_SEED=" << seed);
    testing::Random random(seed);
    for (const unsigned threads : {1u, 2u, 5u, 64u}) {
        std::vector<int> delays(40);
        for (int &d : delays)
            d = random.integer(0, 300);
        Log log;
        std::size_t steps = 0;
        const RunControl control(nullptr, [&](std::size_t done, std::size_t total, std::string_view what) {
            CHECK(done == ++steps);
            CHECK(total == delays.size());
            CHECK(what == "counting");
        });
        REQUIRE(runLoop({delays.size(), threads, "counting"}, log, [&](std::size_t i, const RunControl &) {
            std::this_thread::sleep_for(std::chrono::microseconds(delays[i]));
            return success();
        }, control));
        REQUIRE(log.delivered.size() == delays.size());
        for (std::size_t i = 0; i < delays.size(); ++i)
            CHECK(log.delivered[i] == i);
        CHECK(steps == delays.size());
        CHECK(log.finished == log.workers);
        CHECK(log.threads.size() <= threads);
    }
}

TEST_CASE("oneThreadMeansTheCallersOwn")
{
    Log log;
    REQUIRE(runLoop({5, 1}, log, [](std::size_t, const RunControl &) { return success(); }));
    CHECK(log.threads == std::set{std::this_thread::get_id()});
    CHECK(log.workers == 1);
}

TEST_CASE("noSamplesNoWorkers")
{
    Log log;
    REQUIRE(runLoop({0, 4}, log, [](std::size_t, const RunControl &) { return success(); }));
    CHECK(log.workers == 0);
}

TEST_CASE("ofSeveralFailuresTheFirstSamplesIsTold")
{
    // Samples from 5 on fail at once, sample 5 late: the others fail before it.
    for (int repeat = 0; repeat < 10; ++repeat) {
        Log log;
        const Status s = runLoop({64, 4}, log, [](std::size_t i, const RunControl &) -> Status {
            if (i == 5)
                std::this_thread::sleep_for(std::chrono::milliseconds(5));
            return i >= 5 ? Status(makeError(kTestFailure, {std::to_string(i)})) : success();
        });
        REQUIRE_FALSE(s);
        CHECK(text(s.error()) == "sample 5");
        CHECK(log.delivered == std::vector<std::size_t>{0, 1, 2, 3, 4});
        CHECK(log.finished == 0);
    }
}

TEST_CASE("workersThatCannotBeMadeAreAnError")
{
    const Status s = forEachSample({8, 2}, []() -> Result<std::unique_ptr<SampleWorker>> { return makeError(kTestFailure, {"none"}); }, {});
    REQUIRE_FALSE(s);
    CHECK(text(s.error()) == "sample none");
}

TEST_CASE("memoryThatRunsOutIsAnErrorLikeOthers")
{
    for (const unsigned threads : {1u, 3u}) {
        Log log;
        const Status s = runLoop({16, threads}, log, [](std::size_t i, const RunControl &) -> Status {
            if (i == 3)
                throw std::bad_alloc();
            return success();
        });
        REQUIRE_FALSE(s);
        CHECK(s.error().message->id == kOutOfMemory.id);
        CHECK(log.delivered == std::vector<std::size_t>{0, 1, 2});
    }
}

TEST_CASE("loopsStopWithinATenthOfASecondWhenCancelled")
{
    using Clock = std::chrono::steady_clock;
    std::atomic<bool> cancelled{false};
    const RunControl control(&cancelled, {});
    std::atomic<Clock::time_point> at{};
    std::thread canceller([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        at = Clock::now();
        cancelled = true;
    });
    Log log;
    // Sample 0 takes until it is cancelled; others wait for their turn behind it.
    const Status s = runLoop({1000, 3}, log, [](std::size_t i, const RunControl &c) -> Status {
        while (i == 0 && !c.isCancelled())
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        return i == 0 ? Status(cancelledError()) : success();
    }, control);
    const auto took = Clock::now() - at.load();
    canceller.join();
    REQUIRE_FALSE(s);
    CHECK(s.error().message->id == kCancelled.id);
    CHECK(took < std::chrono::milliseconds(100));
    CHECK(log.delivered.empty());
}

TEST_CASE("networksWithVariablesKeepState")
{
    Model m;
    m.subgraphs.resize(2);
    m.subgraphs[0].tensors.resize(1);
    m.subgraphs[1].tensors.resize(1);
    CHECK_FALSE(keepsState(m));
    CHECK(sampleThreads(10, 4, {&m}) == 4);
    CHECK(sampleThreads(3, 4, {&m}) == 3);
    CHECK(sampleThreads(0, 4, {&m}) == 1);
    m.subgraphs[1].tensors[0].isVariable = true; // in a subgraph that control flow may run
    CHECK(keepsState(m));
    CHECK(sampleThreads(10, 4, {nullptr, &m}) == 1);
}
