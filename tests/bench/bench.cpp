// SPDX-License-Identifier: GPL-3.0-or-later
// Times networks on request, so that a driver can measure several programs in turn. One command a line on standard input:
//   open ID MODEL SAMPLES ARITHMETIC THREADS   prepares a simulator without statistics on the first samples
//   run ID N                                   answers N times in ms, one inference each
//   side ID N THREADS                          N inferences on THREADS simulators side by side: ms, and ms of processor time
//   statistics ID N THREADS                    the same for collectStatistics() on N samples
//   profile ID N                               answers a table of the least ms of each operator of N runs
//   cpu                                        answers what the kernels use
// An answer is one line (a table ends with an empty line); "error ..." if it fails.
#include "core/sim/kernels/cpu.h"
#include "core/sim/samples.h"
#include "core/sim/simulator.h"
#include "core/sim/statistics.h"
#include "core/tflite/tflite.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <iostream>
#include <map>
#include <optional>
#include <sstream>
#include <thread>

using namespace requant;

namespace {

using Clock = std::chrono::steady_clock;
double since(Clock::time_point start) { return std::chrono::duration<double, std::milli>(Clock::now() - start).count(); }

double processorMs() { return 1000.0 * static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

struct Entry
{
    std::shared_ptr<const Model> model;
    std::optional<SampleSet> samples;
    SimOptions options;
    std::optional<Simulator> sim;
    std::size_t next = 0;
};

Status feed(Simulator &sim, const SampleSet &samples, std::size_t i)
{
    const auto inputs = samples.sampleFor(i % samples.size(), sim.model());
    for (std::size_t k = 0; k < inputs.size(); ++k)
        if (auto ok = sim.setInput(k, inputs[k]); !ok)
            return ok;
    return success();
}

Status open(std::istringstream &in, Entry &e)
{
    std::string model, samples, arithmetic;
    unsigned threads = 1;
    in >> model >> samples >> arithmetic >> threads;
    auto loaded = loadTflite(model);
    if (!loaded)
        return loaded.error();
    e.model = loaded->model;
    auto set = SampleSet::open(samples, *e.model);
    if (!set)
        return set.error();
    e.samples.emplace(std::move(*set));
    if (!arithmeticFromName(arithmetic, e.options.arithmetic))
        return makeError(Message{"bench.arithmetic", "no arithmetic %1"}, {arithmetic});
    e.options.keepAllTensors = false;
    e.options.threads = threads;
    auto sim = Simulator::create(e.model, e.options);
    if (!sim)
        return sim.error();
    if (auto ok = sim->supported(); !ok)
        return ok;
    e.sim.emplace(std::move(*sim));
    return success();
}

Status run(Entry &e, std::size_t n)
{
    std::string line;
    for (std::size_t i = 0; i < n; ++i) {
        if (auto ok = feed(*e.sim, *e.samples, e.next++); !ok)
            return ok;
        const auto start = Clock::now();
        if (auto ok = e.sim->run(); !ok)
            return ok;
        line += std::to_string(since(start)) + " ";
    }
    std::cout << line << std::endl;
    return success();
}

Status side(const Entry &e, std::size_t n, unsigned threads)
{
    std::vector<Simulator> sims;
    for (unsigned t = 0; t < threads; ++t) {
        auto sim = Simulator::create(e.model, e.options);
        if (!sim)
            return sim.error();
        sims.push_back(std::move(*sim));
    }
    std::atomic<std::size_t> next{0};
    std::atomic<bool> failed{false};
    const auto work = [&](Simulator &sim) {
        for (std::size_t i = next++; i < n; i = next++)
            if (!feed(sim, *e.samples, i) || !sim.run())
                failed = true;
    };
    const auto start = Clock::now();
    const double processor = processorMs();
    std::vector<std::thread> pool;
    for (unsigned t = 1; t < threads; ++t)
        pool.emplace_back(work, std::ref(sims[t]));
    work(sims[0]);
    for (std::thread &t : pool)
        t.join();
    const double ms = since(start);
    if (failed)
        return makeError(Message{"bench.failed", "a run failed"});
    std::cout << ms << " " << processorMs() - processor << std::endl;
    return success();
}

Status profile(const Entry &e, std::size_t n)
{
    SimOptions options = e.options;
    options.keepAllTensors = true;
    auto sim = Simulator::create(e.model, options);
    if (!sim)
        return sim.error();
    if (auto ok = feed(*sim, *e.samples, 0); !ok)
        return ok;
    const Subgraph &g = e.model->subgraphs.front();
    std::vector<double> least(g.operators.size(), 1e9);
    for (std::size_t i = 0; i < n; ++i)
        for (std::size_t k = 0; k < least.size(); ++k) {
            const auto start = Clock::now();
            if (auto ok = sim->runOperator(OperatorIndex(k)); !ok)
                return ok;
            least[k] = std::min(least[k], since(start));
        }
    double total = 0;
    for (std::size_t k = 0; k < least.size(); ++k) {
        const Operator &op = g.operators[k];
        const auto shape = [&](TensorIndex t) { return t ? shapeText(g.tensor(t).shape) : std::string("-"); };
        total += least[k];
        std::printf("%8.4f %-22s %s %s -> %s\n", least[k], std::string(opName(op.code)).c_str(), shape(op.inputs[0]).c_str(),
                    op.inputs.size() > 1 ? shape(op.inputs[1]).c_str() : "", shape(op.outputs[0]).c_str());
    }
    std::printf("%8.4f in all\n\n", total);
    std::fflush(stdout);
    return success();
}

} // namespace

int main()
{
    std::map<std::string, Entry> entries;
    for (std::string line; std::getline(std::cin, line);) {
        std::istringstream in(line);
        std::string command, id;
        std::size_t n = 1;
        unsigned threads = 1;
        in >> command >> id;
        Status status = success();
        if (command == "cpu") {
            std::cout << simdLevelName(simdLevel()) << std::endl;
        } else if (command == "open") {
            status = open(in, entries[id]);
            if (status)
                std::cout << "ok" << std::endl;
        } else if (const auto found = entries.find(id); found == entries.end()) {
            status = makeError(Message{"bench.unknown", "no command %1 or network %2"}, {command, id});
        } else {
            Entry &e = found->second;
            in >> n >> threads;
            if (command == "run") {
                status = run(e, n);
            } else if (command == "side") {
                status = side(e, n, threads);
            } else if (command == "profile") {
                status = profile(e, n);
            } else if (command == "statistics") {
                const auto start = Clock::now();
                const double processor = processorMs();
                // There may be fewer samples in the file: they repeat.
                const auto repeated = SampleSet::generated(*e.model, n, "repeated", [&](std::size_t i) { return e.samples->sample(i % e.samples->size()); });
                auto all = collectStatistics(e.model, repeated, n, threads);
                const double ms = since(start);
                if (!all)
                    status = all.error();
                else
                    std::cout << ms << " " << processorMs() - processor << std::endl;
            } else {
                status = makeError(Message{"bench.unknown", "no command %1 or network %2"}, {command, id});
            }
        }
        if (!status)
            std::cout << "error " << text(status.error()) << std::endl;
    }
    return 0;
}
