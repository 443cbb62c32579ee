// SPDX-License-Identifier: GPL-3.0-or-later
// Samples handed to threads in order and their results taken back in order, so that sums come out the same for any number
// of threads. Everything that runs a model on samples goes through here.
#pragma once

#include "core/base/result.h"
#include "core/base/runcontrol.h"
#include "core/model/model.h"
#include "core/sim/samples.h"
#include "core/sim/simulator.h"

#include <functional>
#include <memory>
#include <string_view>

namespace requant {

unsigned coreCount(); // at least 1

// True if a run leaves something behind for the next one (variables, resources): runs then keep their order, on one thread.
bool keepsState(const Model &);

// What one thread does with samples; it owns its simulators and reuses its memory from sample to sample.
class SampleWorker
{
public:
    virtual ~SampleWorker() = default;
    // Computes sample i and keeps the result. Runs beside other workers.
    virtual Status compute(std::size_t i, const RunControl &) = 0;
    // Hands the result of compute(i) over: for sample 0, 1, 2 ... in this order and never two at a time.
    virtual Status deliver(std::size_t /*i*/) { return success(); }
    // After its last sample, if nothing failed; never two at a time, in any order.
    virtual void finish() {}
};

struct SampleLoop
{
    std::size_t count = 0;
    unsigned threads = 0; // 0: all cores
    std::string_view what = "running"; // named in the progress
};

// Makes one worker per thread and runs samples 0 ... count - 1. Of several failures the one of the first sample is returned.
// Memory that runs out is an error like others ("base.out-of-memory"). Progress is reported by whole samples.
Status forEachSample(const SampleLoop &, const std::function<Result<std::unique_ptr<SampleWorker>>()> &make, const RunControl &);

// Threads that a loop over `count` samples of these models takes: one if a model keeps state.
unsigned sampleThreads(std::size_t count, unsigned wanted, std::initializer_list<const Model *>);

// Gives the simulator sample i (fitted to its model) and runs it.
Status runSample(Simulator &, const SampleSet &, std::size_t i, const RunControl &, const Simulator::Observer & = {});

} // namespace requant
