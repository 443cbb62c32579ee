// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sim/simulator.h"

#include "core/sim/executor.h"

#include <cstring>

namespace requant {
namespace {

constexpr Message kNoSubgraph{"sim.no-subgraph", "the model has no subgraph to simulate"};
constexpr Message kInputSize{"sim.input-size", "tensor %1 takes %2 bytes, not %3"};
constexpr Message kNoInput{"sim.no-input", "the model has no input %1"};
constexpr Message kConstantTensor{"sim.constant-tensor", "tensor %1 is constant and cannot be set"};
constexpr Message kNoTensor{"sim.no-tensor", "the model has no tensor %1"};
constexpr Message kNoOperator{"sim.no-operator", "the model has no operator %1"};

} // namespace

struct Simulator::Impl
{
    Engine engine;
    GraphExecutor *graph = nullptr; // the main subgraph
    Impl(std::shared_ptr<const Model> model, const SimOptions &options) : engine(std::move(model), options) {}
};

Simulator::Simulator(std::unique_ptr<Impl> impl) : m_impl(std::move(impl)) {}
Simulator::Simulator(Simulator &&) noexcept = default;
Simulator &Simulator::operator=(Simulator &&) noexcept = default;
Simulator::~Simulator() = default;

Result<Simulator> Simulator::create(std::shared_ptr<const Model> model, const SimOptions &options)
{
    if (!model || model->subgraphs.empty())
        return makeError(kNoSubgraph);
    auto impl = std::make_unique<Impl>(std::move(model), options);
    auto graph = impl->engine.graph(SubgraphIndex{0});
    if (!graph)
        return graph.error();
    impl->graph = *graph;
    return Simulator(std::move(impl));
}

std::shared_ptr<const void> Simulator::intoWeights() &&
{
    auto kernels = std::make_shared<const std::vector<Kernel>>(m_impl->graph->takeKernels());
    m_impl.reset();
    return kernels;
}

const Model &Simulator::model() const { return m_impl->engine.model(); }
const SimOptions &Simulator::options() const { return m_impl->engine.options(); }
Status Simulator::supported() const { return m_impl->graph->supported(); }

Status Simulator::outputsSupported() const
{
    for (const TensorIndex t : m_impl->graph->graph().outputs)
        if (!m_impl->graph->isReachable(t))
            return supported() ? success() : supported();
    return success();
}

Status Simulator::supported(OperatorIndex op) const
{
    if (!op || op.pos() >= m_impl->graph->graph().operators.size())
        return makeError(kNoOperator, {std::to_string(op.value)});
    return m_impl->graph->stepError(op.pos());
}

bool Simulator::isReachable(TensorIndex t) const { return m_impl->graph->isReachable(t); }

Status Simulator::setInput(std::size_t k, std::span<const std::byte> bytes)
{
    if (k >= inputCount())
        return makeError(kNoInput, {std::to_string(k)});
    return setTensor(m_impl->graph->graph().inputs[k], bytes);
}

Status Simulator::setTensor(TensorIndex t, std::span<const std::byte> bytes)
{
    GraphExecutor &graph = *m_impl->graph;
    if (!t || t.pos() >= graph.graph().tensors.size())
        return makeError(kNoTensor, {std::to_string(t.value)});
    const std::string &tensorName = graph.graph().tensor(t).name;
    if (graph.isConstant(t))
        return makeError(kConstantTensor, {tensorName}, TensorRef{SubgraphIndex{0}, t});
    if (bytes.size() != graph.size(t))
        return makeError(kInputSize, {tensorName, std::to_string(graph.size(t)), std::to_string(bytes.size())}, TensorRef{SubgraphIndex{0}, t});
    if (!graph.memory(t))
        return success();
    if (!bytes.empty())
        std::memcpy(graph.memory(t), bytes.data(), bytes.size());
    graph.setComputed(t);
    return success();
}

Status Simulator::run(const RunControl &control, const Observer &observer) { return m_impl->graph->run(control, observer ? &observer : nullptr); }

Status Simulator::runOperator(OperatorIndex op, const RunControl &control)
{
    if (!op || op.pos() >= m_impl->graph->graph().operators.size())
        return makeError(kNoOperator, {std::to_string(op.value)});
    return m_impl->graph->runAlone(op.pos(), control);
}

void Simulator::resetState() { m_impl->engine.resetState(); }
void Simulator::resetCounters() { m_impl->engine.resetCounters(); }
LayerCounters Simulator::counters(OperatorIndex op) const { return m_impl->graph->counters(op.pos()); }

std::size_t Simulator::inputCount() const { return m_impl->graph->graph().inputs.size(); }
std::size_t Simulator::outputCount() const { return m_impl->graph->graph().outputs.size(); }

std::span<const std::byte> Simulator::output(std::size_t k) const
{
    return k < outputCount() ? m_impl->graph->bytes(m_impl->graph->graph().outputs[k]) : std::span<const std::byte>{};
}

std::span<const std::byte> Simulator::tensor(TensorIndex t) const
{
    if (!t || t.pos() >= m_impl->graph->graph().tensors.size() || !m_impl->graph->isKept(t))
        return {};
    return m_impl->graph->bytes(t);
}

Shape Simulator::tensorShape(TensorIndex t) const
{
    return t && t.pos() < m_impl->graph->graph().tensors.size() ? m_impl->graph->shape(t) : Shape{};
}

bool canSimulate(const Model &model, const Subgraph &graph, const Operator &op, std::string *reason)
{
    if (op.code == Op::If || op.code == Op::While || op.code == Op::CallOnce)
        return true; // what they call is looked at operator by operator
    const auto kernel = prepareKernel(model, graph, op, SimOptions{}, true);
    if (!kernel && reason)
        *reason = kernel.error().args.size() > 2 ? kernel.error().args[2] : text(kernel.error());
    return kernel.has_value();
}

} // namespace requant
