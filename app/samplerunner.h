// SPDX-License-Identifier: GPL-3.0-or-later
// Runs a model on samples, on several threads where the model allows it, and hands results over in sample order.
#pragma once

#include "core/base/runcontrol.h"
#include "core/model/model.h"
#include "core/sim/samples.h"
#include "core/sim/simulator.h"

#include <functional>
#include <memory>
#include <vector>

namespace requant::cli {

struct SampleRun
{
    std::vector<std::vector<std::byte>> inputs, outputs, taps;
};

struct RunPlan
{
    std::shared_ptr<const Model> model;
    const SampleSet *samples = nullptr; // may have been opened for another model: the real values are kept
    std::size_t count = 0;
    unsigned threads = 0; // 0: all cores
    Arithmetic arithmetic = Arithmetic::TfliteReference;
    std::vector<TensorIndex> taps = {}; // inner tensors whose bytes are handed over too
};

// `deliver` is called for sample 0, 1, 2 ... never at the same time; an error that it returns ends the run.
// `first` (may be empty) sees the simulator after sample 0, with all tensors kept.
Status runSamples(const RunPlan &, const std::function<Status(std::size_t, SampleRun &&)> &deliver,
                  const std::function<void(const Simulator &)> &first, const RunControl &);

unsigned coreCount();

} // namespace requant::cli
