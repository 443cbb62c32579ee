// SPDX-License-Identifier: GPL-3.0-or-later
// Runs the operators of subgraphs on their own memory; control flow calls the executors of other subgraphs. The simulator
// (simulator.h) is the door to this file.
#pragma once

#include "core/base/result.h"
#include "core/base/runcontrol.h"
#include "core/model/model.h"
#include "core/sim/kernels/kernel.h"
#include "core/sim/simulator.h"

#include <map>
#include <memory>
#include <span>
#include <vector>

namespace requant {

class Engine;

// The kernel of one operator, or why there is none (message id "sim.unsupported-operator").
Result<Kernel> prepareKernel(const Model &, const Subgraph &, const Operator &, const SimOptions &, bool checkOnly);

// Bytes that the executor keeps for a tensor: resources are handles of four bytes; 0 for strings and other open types.
std::size_t valueBytes(const Tensor &);

// One subgraph: memory for its tensors and a prepared step for each operator.
class GraphExecutor
{
public:
    // Prepares kernels; operators that cannot be simulated become steps that carry the reason.
    static Result<std::unique_ptr<GraphExecutor>> create(Engine &, SubgraphIndex);

    const Subgraph &graph() const { return m_graph; }
    Status run(const RunControl &, const Simulator::Observer * = nullptr);
    Status runAlone(std::size_t step, const RunControl &);
    // The first operator that cannot be simulated, in this subgraph or in one that it calls.
    Status supported() const;
    // Whether run() computes the tensor (constants and inputs count as computed).
    bool isReachable(TensorIndex t) const { return t && t.pos() < m_reachable.size() && m_reachable[t.pos()]; }
    Status stepError(std::size_t i) const { return m_steps[i].runnable() ? success() : Status(m_steps[i].error); }

    std::span<const std::byte> bytes(TensorIndex) const;
    std::byte *memory(TensorIndex t) { return m_values[t.pos()].data; } // null for constants
    std::size_t size(TensorIndex t) const { return m_values[t.pos()].bytes; }
    Shape shape(TensorIndex) const; // the declared one, or what the operator makes of an open one
    bool isConstant(TensorIndex t) const { return !m_values[t.pos()].constant.empty(); }
    void setComputed(TensorIndex t) { m_values[t.pos()].computed = true; }
    bool isKept(TensorIndex) const; // still there after a run
    void resetState();              // variable tensors become real zero
    const LayerCounters &counters(std::size_t step) const { return m_steps[step].counters; }
    void resetCounters();
    std::vector<Kernel> takeKernels(); // the end of this executor

private:
    enum class Call : std::uint8_t { None, If, While, Once };
    struct Step
    {
        Kernel kernel; // empty if unsupported or a call
        Call call = Call::None;
        SubgraphIndex first, second; // If: then, else; While: condition, body; Once: initialisation
        bool reachable = true;       // everything that it depends on is computed by run()
        Error error;                 // why it cannot run
        std::vector<const std::byte *> in;
        std::vector<std::byte *> out;
        LayerCounters counters;
        bool runnable() const { return kernel || call != Call::None; }
    };
    struct Value
    {
        std::byte *data = nullptr;           // memory of an activation
        std::span<const std::byte> constant; // bytes of a constant
        std::size_t bytes = 0;
        bool computed = false;
    };

    GraphExecutor(Engine &engine, SubgraphIndex index, const Subgraph &graph) : m_engine(engine), m_index(index), m_graph(graph) {}
    void sizeOpenOutputs();
    Status place();
    void prepareStep(const Operator &, Step &);
    Status prepareCall(const Operator &, Step &);
    void findReachable();
    Status runStep(std::size_t);
    Status runCall(const Operator &, Step &, const RunControl &);
    Status callGraph(GraphExecutor &, std::span<const TensorIndex> arguments, const RunControl &);

    Engine &m_engine;
    SubgraphIndex m_index;
    const Subgraph &m_graph;
    std::vector<Step> m_steps;
    std::vector<Value> m_values;
    std::map<std::size_t, Shape> m_openShapes;
    std::vector<bool> m_reachable;
    bool m_initialised = false; // CALL_ONCE has run this subgraph: once for all operators that name it
    std::vector<std::byte> m_memory;
};

// A model's executors and what they share. Subgraphs that nothing calls have none.
class Engine
{
public:
    Engine(std::shared_ptr<const Model> model, const SimOptions &options) : m_model(std::move(model)), m_options(options)
    {
        m_state.workers = Workers(options.threads);
        m_graphs.resize(m_model->subgraphs.size());
        m_entered.resize(m_model->subgraphs.size(), false);
    }
    // Made on first use. An error if subgraphs call each other in a circle or the index is none of the model's.
    Result<GraphExecutor *> graph(SubgraphIndex);
    GraphExecutor &main() { return *m_graphs.front(); }
    const GraphExecutor &main() const { return *m_graphs.front(); }
    const Model &model() const { return *m_model; }
    const std::shared_ptr<const Model> &modelPointer() const { return m_model; }
    const SimOptions &options() const { return m_options; }
    RunState &state() { return m_state; }
    Scratch &scratch() { return m_scratch; }
    std::size_t &memoryUsed() { return m_memoryUsed; }
    void resetState();
    void resetCounters();

private:
    std::shared_ptr<const Model> m_model;
    SimOptions m_options;
    std::vector<std::unique_ptr<GraphExecutor>> m_graphs;
    std::vector<bool> m_entered; // being made: a second entry is a circle
    RunState m_state;
    Scratch m_scratch;
    std::size_t m_memoryUsed = 0;
};

} // namespace requant
