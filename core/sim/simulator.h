// SPDX-License-Identifier: GPL-3.0-or-later
// Runs the integer network as a real runtime computes it. In Arithmetic::TfliteReference every tensor equals what
// TFLite's reference kernels give, in Arithmetic::Xnnpack what TFLite's XNNPACK delegate gives (see kernels/ for what is
// promised for which operator). One Simulator belongs to one thread; several may share a Model.
#pragma once

#include "core/base/result.h"
#include "core/base/runcontrol.h"
#include "core/model/model.h"
#include "core/model/arithmetic.h"
#include "core/sim/counters.h"

#include <functional>
#include <memory>
#include <span>
#include <vector>

namespace requant {

struct SimOptions
{
    Arithmetic arithmetic = Arithmetic::TfliteReference;
    // Keep every tensor's bytes until the next run (needed by tensor() for intermediates, statistics and comparisons).
    // Otherwise memory is reused and only graph outputs stay readable.
    bool keepAllTensors = true;
    AccumulatorModel accumulator = {};
    bool countEvents = false; // fill counters()
    unsigned threads = 1;     // share the rows of each operator; samples side by side use one simulator each instead
};

class Simulator
{
public:
    // Packs weights. An operator that cannot be simulated is no error here: see supported().
    static Result<Simulator> create(std::shared_ptr<const Model>, const SimOptions & = {});
    Simulator(Simulator &&) noexcept;
    Simulator &operator=(Simulator &&) noexcept;
    ~Simulator();
    // Ends the simulator and keeps the weights that it packed: while the result lives, simulators of models that share the
    // buffers need not pack them again.
    std::shared_ptr<const void> intoWeights() &&;

    const Model &model() const;
    const SimOptions &options() const;
    // The first operator that cannot be simulated (message id "sim.unsupported-operator") and why, or a success.
    Status supported() const;
    // A success if run() computes every graph output; otherwise supported()'s reason.
    Status outputsSupported() const;
    // Whether this operator of the main subgraph has a kernel.
    Status supported(OperatorIndex) const;
    // Whether run() computes this tensor.
    bool isReachable(TensorIndex) const;

    // Bytes of graph input k, in the tensor's own type and shape; the size must match.
    Status setInput(std::size_t k, std::span<const std::byte> bytes);
    // Runs the operators of the main subgraph in order, except those that cannot be simulated and what depends on them.
    // Variables keep their values from run to run. Cancels within 100 ms.
    Status run(const RunControl &control = {}) { return run(control, {}); }
    // The same; shows each graph input and each output of an operator as soon as it is there, whether or not it is kept.
    using Observer = std::function<void(TensorIndex, std::span<const std::byte>)>;
    Status run(const RunControl &, const Observer &);
    // Runs one operator on the tensors as they are now. With setTensor() this feeds a layer alone (local error).
    Status runOperator(OperatorIndex, const RunControl & = {});
    Status setTensor(TensorIndex, std::span<const std::byte> bytes);

    // Variable tensors and resources become zero again, initialisation subgraphs run again.
    void resetState();
    // Of an operator of the main subgraph since the last reset; zeros unless options().countEvents.
    LayerCounters counters(OperatorIndex) const;
    void resetCounters();

    std::size_t inputCount() const;
    std::size_t outputCount() const;
    std::span<const std::byte> output(std::size_t k) const;
    // A tensor of the main subgraph: a constant's data, or the value after the last run; empty if not computed or not kept.
    std::span<const std::byte> tensor(TensorIndex) const;
    // Shape that the last run gave the tensor (equal to the declared one unless an operator sizes its output dynamically).
    Shape tensorShape(TensorIndex) const;

private:
    struct Impl;
    explicit Simulator(std::unique_ptr<Impl>);
    std::unique_ptr<Impl> m_impl;
};

// True if the simulator has a kernel for this operator with these types; otherwise the reason is stored.
bool canSimulate(const Model &, const Subgraph &, const Operator &, std::string *reason = nullptr);

} // namespace requant
