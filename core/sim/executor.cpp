// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sim/executor.h"

#include "core/sim/kernels/detection.h"
#include "core/sim/kernels/qdq.h"

#include <algorithm>
#include <cstring>

namespace requant {
namespace {

constexpr Message kTooLarge{"sim.too-large", "the tensors need %1 bytes, more than the limit of %2"};
constexpr Message kBadOperator{"sim.bad-operator", "operator %1 (%2) has a missing input or output"};
constexpr Message kRunFailed{"sim.run-failed", "operator %1 (%2) failed: %3"};
constexpr Message kBadSubgraph{"sim.bad-subgraph", "subgraph %1 does not exist or calls itself"};
constexpr Message kTensorType{"sim.tensor-type", "tensor %1 (%2) has no fixed size: type %3, shape %4"};

constexpr std::size_t kAlignment = 64;
constexpr std::size_t kMemoryLimit = std::size_t{8} << 30;

std::string name(const Operator &op) { return op.code == Op::Custom ? op.customCode : opName(op.code); }

// Number of inputs without which an operator makes no sense. Others are checked by the family.
std::size_t leastInputs(Op op)
{
    switch (op) {
    case Op::VarHandle: return 0;
    case Op::AssignVariable:
    case Op::BatchMatmul:
    case Op::Conv2D:
    case Op::DepthwiseConv2D:
    case Op::EmbeddingLookup:
    case Op::FullyConnected:
    case Op::Add:
    case Op::Sub:
    case Op::Mul:
    case Op::Minimum:
    case Op::Maximum:
    case Op::Equal:
    case Op::NotEqual:
    case Op::Less:
    case Op::LessEqual:
    case Op::Greater:
    case Op::GreaterEqual:
    case Op::LogicalAnd:
    case Op::LogicalOr:
    case Op::Div:
    case Op::SquaredDifference:
    case Op::FloorDiv:
    case Op::FloorMod:
    case Op::Pow:
    case Op::AddN:
    case Op::Prelu:
    case Op::ReduceMax:
    case Op::ReduceMin:
    case Op::ReduceProd:
    case Op::ReduceAny:
    case Op::ReduceAll:
    case Op::Cumsum:
    case Op::Mean:
    case Op::Sum:
    case Op::Pad:
    case Op::Transpose:
    case Op::ArgMax:
    case Op::ArgMin:
    case Op::Split: return 2;
    case Op::TransposeConv:
    case Op::Padv2:
    case Op::Select:
    case Op::SelectV2:
    case Op::Slice:
    case Op::SplitV:
    case Op::SpaceToBatchNd:
    case Op::BatchToSpaceNd: return 3;
    case Op::StridedSlice: return 4;
    default: return 1;
    }
}

// A bias may be absent, and parts of a recurrent cell, which its factory knows.
bool mayBeAbsent(Op op, std::size_t input)
{
    switch (op) {
    case Op::Conv2D:
    case Op::Conv3D:
    case Op::DepthwiseConv2D:
    case Op::FullyConnected: return input == 2;
    case Op::TransposeConv:
    case Op::Svdf: return input == 3;
    case Op::UnidirectionalSequenceLstm: return input > 0;
    default: return false;
    }
}

// Kernels trust the sizes of constants and compute with zero points as int32: what does not keep to that stays out.
// Sparse constants, whose data is shorter than their shape says, are not unpacked.
const char *unfit(const Model &model, const Tensor &t)
{
    if (std::any_of(t.shape.begin(), t.shape.end(), [](std::int32_t d) { return d < 0; }))
        return "a dimension is negative";
    const std::size_t needed = byteSize(t.type, static_cast<std::size_t>(elementCount(t.shape)));
    if (needed > kMemoryLimit)
        return "a tensor is too large";
    if (t.quant.zeroPoint.size() > 1 && t.quant.zeroPoint.size() != t.quant.scale.size())
        return "there are not as many zero points as scales";
    if (model.isConstant(t) && model.data(t).size() < needed)
        return "a constant is sparse or has fewer values than its shape says";
    if (!t.quant.isQuantized() || !isIntegerStorage(t.type) || bitWidth(t.type) > 16)
        return nullptr;
    const IntegerRange range = integerRange(t.type);
    const auto outside = [&](std::int64_t z) { return z < range.min || z > range.max; };
    if (std::any_of(t.quant.zeroPoint.begin(), t.quant.zeroPoint.end(), outside))
        return "a zero point is outside of its type's range";
    return nullptr;
}

} // namespace

Result<Kernel> prepareKernel(const Model &model, const Subgraph &graph, const Operator &op, const SimOptions &options, bool checkOnly)
{
    const KernelSetup setup(model, graph, op, options.arithmetic, checkOnly, options.accumulator);
    const KernelFactory factory = kernelFactory(op.code);
    if (!factory)
        return setup.unsupported("no kernel");
    if ((op.outputs.empty() && op.code != Op::AssignVariable) || op.inputs.size() < leastInputs(op.code))
        return setup.unsupported("it has too few inputs or outputs");
    for (std::size_t k = 0; k < leastInputs(op.code); ++k)
        if (!op.inputs[k])
            return setup.unsupported("a required input is absent");
    for (const TensorIndex t : op.outputs)
        if (!t)
            return setup.unsupported("an output is absent");
    for (const TensorIndex t : op.inputs)
        if (t && t.pos() >= graph.tensors.size())
            return setup.unsupported("an input does not exist");
    for (const TensorIndex t : op.outputs)
        if (t.pos() >= graph.tensors.size())
            return setup.unsupported("an output does not exist");
    for (std::size_t k = 0; k < op.inputs.size(); ++k) {
        if (!op.inputs[k] && !mayBeAbsent(op.code, k))
            return setup.unsupported("a required input is absent");
        if (const char *why = op.inputs[k] ? unfit(model, graph.tensor(op.inputs[k])) : nullptr)
            return setup.unsupported(why);
    }
    for (const TensorIndex t : op.outputs)
        if (const char *why = unfit(model, graph.tensor(t)))
            return setup.unsupported(why);
    if (setup.isOnnxRuntime()) {
        if (auto made = makeQdq(setup))
            return std::move(*made);
    }
    return factory(setup);
}

std::size_t valueBytes(const Tensor &t)
{
    return t.type == ElementType::Resource ? 4 : byteSize(t.type, static_cast<std::size_t>(elementCount(t.shape)));
}

// Files leave the shapes of some outputs open; their operator knows them. A tensor never becomes smaller than it is declared.
void GraphExecutor::sizeOpenOutputs()
{
    for (const Operator &op : m_graph.operators) {
        const std::vector<Shape> shapes = detectionShapes(op);
        for (std::size_t k = 0; k < std::min(shapes.size(), op.outputs.size()); ++k) {
            const TensorIndex t = op.outputs[k];
            if (!t || t.pos() >= m_values.size())
                continue;
            const std::size_t bytes = byteSize(m_graph.tensor(t).type, static_cast<std::size_t>(elementCount(shapes[k])));
            if (bytes <= m_values[t.pos()].bytes)
                continue;
            m_values[t.pos()].bytes = bytes;
            m_openShapes[t.pos()] = shapes[k];
        }
    }
}

Shape GraphExecutor::shape(TensorIndex t) const
{
    const auto found = m_openShapes.find(t.pos());
    return found != m_openShapes.end() ? found->second : m_graph.tensor(t).shape;
}

// Gives every activation its memory: its own, or, if not all are kept, memory that is free during its life.
Status GraphExecutor::place()
{
    const Subgraph &g = m_graph;
    const std::size_t operators = g.operators.size();
    std::vector<std::size_t> first(g.tensors.size(), operators + 1), last(g.tensors.size(), 0);
    const auto touch = [&](TensorIndex t, std::size_t when) {
        if (!t || t.pos() >= g.tensors.size())
            return;
        first[t.pos()] = std::min(first[t.pos()], when);
        last[t.pos()] = std::max(last[t.pos()], when);
    };
    for (std::size_t i = 0; i < operators; ++i) {
        for (const TensorIndex t : g.operators[i].inputs)
            touch(t, i + 1);
        for (const TensorIndex t : g.operators[i].outputs)
            touch(t, i + 1);
    }
    for (const TensorIndex t : g.inputs) { // stays readable: the same input may be run twice
        touch(t, 0);
        touch(t, operators + 1);
    }
    for (const TensorIndex t : g.outputs)
        touch(t, operators + 1);
    for (std::size_t i = 0; i < g.tensors.size(); ++i)
        if (g.tensors[i].isVariable) { // keeps its value from run to run
            touch(TensorIndex(i), 0);
            touch(TensorIndex(i), operators + 1);
        }

    struct Placed
    {
        std::size_t begin, end, first, last;
    };
    std::vector<Placed> placed;
    std::vector<std::size_t> offset(g.tensors.size(), 0), order;
    for (std::size_t i = 0; i < g.tensors.size(); ++i)
        if (m_values[i].constant.empty() && first[i] <= operators + 1 && last[i] >= first[i])
            order.push_back(i);
    if (!m_engine.options().keepAllTensors)
        std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return m_values[a].bytes > m_values[b].bytes; });
    std::size_t total = 0;
    for (const std::size_t i : order) {
        if (m_values[i].bytes > kMemoryLimit)
            return makeError(kTooLarge, {std::to_string(m_values[i].bytes), std::to_string(kMemoryLimit)});
        const std::size_t need = (m_values[i].bytes + kAlignment - 1) / kAlignment * kAlignment;
        std::size_t at = total;
        if (!m_engine.options().keepAllTensors) {
            at = 0;
            std::sort(placed.begin(), placed.end(), [](const Placed &a, const Placed &b) { return a.begin < b.begin; });
            for (const Placed &p : placed) {
                if (p.last < first[i] || p.first > last[i])
                    continue;
                if (at + need <= p.begin)
                    break;
                at = std::max(at, p.end);
            }
            placed.push_back({at, at + need, first[i], last[i]});
        }
        offset[i] = at;
        total = std::max(total, at + need);
        if (m_engine.memoryUsed() + total > kMemoryLimit)
            return makeError(kTooLarge, {std::to_string(m_engine.memoryUsed() + total), std::to_string(kMemoryLimit)});
    }
    m_engine.memoryUsed() += total;
    m_memory.assign(total + kAlignment, std::byte{0});
    const auto address = reinterpret_cast<std::uintptr_t>(m_memory.data());
    std::byte *base = m_memory.data() + (kAlignment - address % kAlignment) % kAlignment;
    for (const std::size_t i : order)
        m_values[i].data = base + offset[i];
    return success();
}

// What control flow calls must exist and take and give what the operator hands over.
Status GraphExecutor::prepareCall(const Operator &op, Step &step)
{
    const KernelSetup setup(m_engine.model(), m_graph, op, m_engine.options().arithmetic, true);
    const auto graphOf = [&](std::string_view option) { return SubgraphIndex(static_cast<std::int32_t>(setup.option(option, -1))); };
    const auto sizes = [&](std::span<const TensorIndex> given, const GraphExecutor &g, const std::vector<TensorIndex> &wanted) {
        return std::equal(given.begin(), given.end(), wanted.begin(), wanted.end(), [&](TensorIndex a, TensorIndex b) {
            return a && b && a.pos() < m_graph.tensors.size() && b.pos() < g.graph().tensors.size() &&
                   m_graph.tensor(a).type == g.graph().tensor(b).type && size(a) == g.size(b);
        });
    };
    const auto called = [&](SubgraphIndex index, Result<GraphExecutor *> &g) -> Status {
        g = m_engine.graph(index);
        if (!g)
            return g.error();
        if (auto ok = (*g)->supported(); !ok)
            return setup.unsupported("it needs subgraph " + std::to_string(index.value) + ": " + text(ok.error()));
        return success();
    };
    Result<GraphExecutor *> a = makeError(kBadSubgraph), b = makeError(kBadSubgraph);
    const std::span<const TensorIndex> inputs(op.inputs), outputs(op.outputs);
    switch (op.code) {
    case Op::CallOnce:
        step.first = graphOf("init_subgraph_index");
        if (auto ok = called(step.first, a); !ok)
            return ok;
        if (!inputs.empty() || !outputs.empty() || !(*a)->graph().inputs.empty() || !(*a)->graph().outputs.empty())
            return setup.unsupported("it or its subgraph has inputs or outputs");
        step.call = Call::Once;
        return success();
    case Op::If:
        step.first = graphOf("then_subgraph_index");
        step.second = graphOf("else_subgraph_index");
        for (const auto &[index, g] : {std::pair(step.first, &a), std::pair(step.second, &b)}) {
            if (auto ok = called(index, *g); !ok)
                return ok;
            if (inputs.empty() || !inputs[0] || m_graph.tensor(inputs[0]).type != ElementType::Bool || size(inputs[0]) != 1 ||
                !sizes(inputs.subspan(1), ***g, (**g)->graph().inputs) || !sizes(outputs, ***g, (**g)->graph().outputs))
                return setup.unsupported("its inputs or outputs are not those of the subgraphs");
        }
        step.call = Call::If;
        return success();
    default:
        step.first = graphOf("cond_subgraph_index");
        step.second = graphOf("body_subgraph_index");
        if (auto ok = called(step.first, a); !ok)
            return ok;
        if (auto ok = called(step.second, b); !ok)
            return ok;
        const Subgraph &condition = (*a)->graph(), &body = (*b)->graph();
        if (!sizes(inputs, **a, condition.inputs) || !sizes(inputs, **b, body.inputs) || !sizes(inputs, **b, body.outputs) ||
            !std::equal(inputs.begin(), inputs.end(), outputs.begin(), outputs.end(), [&](TensorIndex x, TensorIndex y) {
                return y && y.pos() < m_graph.tensors.size() && size(x) == size(y) && m_graph.tensor(x).type == m_graph.tensor(y).type;
            }))
            return setup.unsupported("its inputs or outputs are not those of the subgraphs");
        if (condition.outputs.size() != 1 || condition.tensor(condition.outputs[0]).type != ElementType::Bool || (*a)->size(condition.outputs[0]) != 1)
            return setup.unsupported("its condition is not one bool");
        step.call = Call::While;
        return success();
    }
}

void GraphExecutor::prepareStep(const Operator &op, Step &step)
{
    if (op.code == Op::If || op.code == Op::While || op.code == Op::CallOnce) {
        if (auto status = prepareCall(op, step); !status) {
            step.call = Call::None;
            step.error = status.error();
        }
        return;
    }
    auto kernel = prepareKernel(m_engine.model(), m_graph, op, m_engine.options(), false);
    if (!kernel) {
        step.error = kernel.error();
        return;
    }
    for (const TensorIndex t : op.inputs)
        step.in.push_back(!t ? nullptr : isConstant(t) ? m_values[t.pos()].constant.data() : m_values[t.pos()].data);
    for (const TensorIndex t : op.outputs)
        step.out.push_back(m_values[t.pos()].data);
    if (std::find(step.out.begin(), step.out.end(), nullptr) != step.out.end())
        step.error = makeError(kBadOperator, {std::to_string(m_steps.size()), name(op)});
    else
        step.kernel = std::move(*kernel);
}

// What does not depend on an operator that cannot run is computed all the same.
void GraphExecutor::findReachable()
{
    m_reachable.assign(m_graph.tensors.size(), false);
    for (std::size_t i = 0; i < m_graph.tensors.size(); ++i)
        m_reachable[i] = !m_values[i].constant.empty() || m_graph.tensors[i].isVariable || elementCount(m_graph.tensors[i].shape) == 0;
    for (const TensorIndex t : m_graph.inputs)
        m_reachable[t.pos()] = true;
    bool lostAssignment = false;
    for (std::size_t i = 0; i < m_steps.size(); ++i) {
        const Operator &op = m_graph.operators[i];
        Step &step = m_steps[i];
        step.reachable = step.runnable() && std::all_of(op.inputs.begin(), op.inputs.end(), [&](TensorIndex t) { return !t || isReachable(t); });
        if (op.code == Op::ReadVariable && lostAssignment)
            step.reachable = false;
        lostAssignment = lostAssignment || (!step.reachable && (op.code == Op::AssignVariable || op.code == Op::CallOnce));
        for (const TensorIndex t : op.outputs)
            if (t && t.pos() < m_reachable.size())
                m_reachable[t.pos()] = step.reachable;
    }
}

Result<std::unique_ptr<GraphExecutor>> GraphExecutor::create(Engine &engine, SubgraphIndex index)
{
    const Model &model = engine.model();
    const Subgraph &g = model.subgraph(index);
    std::unique_ptr<GraphExecutor> self(new GraphExecutor(engine, index, g));
    self->m_values.resize(g.tensors.size());
    for (std::size_t i = 0; i < g.tensors.size(); ++i) {
        self->m_values[i].constant = model.data(g.tensors[i]);
        self->m_values[i].bytes = valueBytes(g.tensors[i]);
    }
    self->sizeOpenOutputs();
    for (const TensorIndex t : g.inputs)
        if (!t || t.pos() >= g.tensors.size() || (bitWidth(g.tensor(t).type) == 0 && g.tensor(t).type != ElementType::Resource))
            return makeError(kTensorType, {std::to_string(t.value), t && t.pos() < g.tensors.size() ? g.tensor(t).name : "?", "", ""});
    if (auto placed = self->place(); !placed)
        return placed.error();
    for (const Operator &op : g.operators) {
        Step step;
        self->prepareStep(op, step);
        self->m_steps.push_back(std::move(step));
    }
    self->findReachable();
    self->resetState();
    return self;
}

Status GraphExecutor::supported() const
{
    for (const Step &step : m_steps)
        if (!step.runnable())
            return step.error;
    return success();
}

std::span<const std::byte> GraphExecutor::bytes(TensorIndex t) const
{
    if (!t || t.pos() >= m_values.size())
        return {};
    const Value &v = m_values[t.pos()];
    if (!v.constant.empty())
        return v.constant;
    return v.computed ? std::span<const std::byte>(v.data, v.bytes) : std::span<const std::byte>{};
}

bool GraphExecutor::isKept(TensorIndex t) const
{
    const auto in = [&](const std::vector<TensorIndex> &list) { return std::find(list.begin(), list.end(), t) != list.end(); };
    return m_engine.options().keepAllTensors || isConstant(t) || m_graph.tensor(t).isVariable || in(m_graph.outputs) || in(m_graph.inputs);
}

// As TFLite resets variable tensors: int8 to the zero point, others to 0.
void GraphExecutor::resetState()
{
    for (std::size_t i = 0; i < m_values.size(); ++i) {
        const Tensor &t = m_graph.tensors[i];
        if (!t.isVariable || !m_values[i].data)
            continue;
        std::memset(m_values[i].data, t.type == ElementType::Int8 ? static_cast<unsigned char>(t.quant.zeroPointAt(0)) : 0, m_values[i].bytes);
        m_values[i].computed = true;
    }
    m_initialised = false;
}

std::vector<Kernel> GraphExecutor::takeKernels()
{
    std::vector<Kernel> kernels;
    for (Step &step : m_steps)
        if (step.kernel)
            kernels.push_back(std::move(step.kernel));
    return kernels;
}

void GraphExecutor::resetCounters()
{
    for (Step &step : m_steps)
        step.counters = {};
}

namespace {

// Kernels poll the innermost run's control.
struct ControlScope
{
    ControlScope(RunState &s, const RunControl &control) : state(s), before(s.control) { state.control = &control; }
    ~ControlScope() { state.control = before; }
    ControlScope(const ControlScope &) = delete;
    ControlScope &operator=(const ControlScope &) = delete;
    RunState &state;
    const RunControl *before;
};

} // namespace

Status GraphExecutor::run(const RunControl &control, const Simulator::Observer *observer)
{
    const ControlScope scope(m_engine.state(), control);
    const auto show = [&](const std::vector<TensorIndex> &tensors) {
        for (const TensorIndex t : tensors)
            if (t && !isConstant(t) && m_values[t.pos()].computed)
                (*observer)(t, bytes(t));
    };
    if (observer)
        show(m_graph.inputs);
    for (std::size_t i = 0; i < m_steps.size(); ++i) {
        if (!m_steps[i].reachable)
            continue;
        if (control.isCancelled())
            return cancelledError();
        Step &step = m_steps[i];
        if (step.call == Call::None) {
            if (auto status = runStep(i); !status)
                return status;
        } else if (auto status = runCall(m_graph.operators[i], step, control); !status) {
            return status;
        }
        if (observer && !control.isCancelled()) // a cancelled operator may have stopped half-way
            show(m_graph.operators[i].outputs);
    }
    return control.isCancelled() ? Status(cancelledError()) : success();
}

Status GraphExecutor::runAlone(std::size_t i, const RunControl &control)
{
    Step &step = m_steps[i];
    if (!step.runnable())
        return step.error;
    if (step.call != Call::None)
        return runCall(m_graph.operators[i], step, control);
    const ControlScope scope(m_engine.state(), control);
    if (auto status = runStep(i); !status)
        return status;
    return control.isCancelled() ? Status(cancelledError()) : success();
}

Status GraphExecutor::runStep(std::size_t i)
{
    Step &step = m_steps[i];
    const Operator &op = m_graph.operators[i];
    RunState &state = m_engine.state();
    state.failure = nullptr;
    state.counters = m_engine.options().countEvents ? &step.counters : nullptr;
    step.kernel(KernelRun{step.in, step.out, state, m_engine.scratch()});
    if (state.failure)
        return makeError(kRunFailed, {std::to_string(i), name(op), state.failure}, OperatorRef{m_index, OperatorIndex(i)});
    for (const TensorIndex t : op.outputs)
        m_values[t.pos()].computed = true;
    return success();
}

// Hands the arguments over and runs the subgraph.
Status GraphExecutor::callGraph(GraphExecutor &g, std::span<const TensorIndex> arguments, const RunControl &control)
{
    for (std::size_t k = 0; k < arguments.size(); ++k) {
        const TensorIndex to = g.graph().inputs[k];
        const auto from = bytes(arguments[k]);
        if (!g.memory(to))
            continue;
        if (from.size() == g.size(to) && !from.empty())
            std::memcpy(g.memory(to), from.data(), from.size());
        g.setComputed(to);
    }
    return g.run(control);
}

Status GraphExecutor::runCall(const Operator &op, Step &step, const RunControl &control)
{
    const auto take = [&](const GraphExecutor &g, const std::vector<TensorIndex> &results) {
        for (std::size_t k = 0; k < results.size(); ++k) {
            const auto from = g.bytes(results[k]);
            Value &v = m_values[op.outputs[k].pos()];
            if (v.data && from.size() == v.bytes && !from.empty())
                std::memcpy(v.data, from.data(), from.size());
            v.computed = true;
        }
    };
    const auto isTrue = [](std::span<const std::byte> b) { return !b.empty() && b[0] != std::byte{0}; };
    const std::span<const TensorIndex> inputs(op.inputs);
    if (step.call == Call::Once) {
        GraphExecutor &g = **m_engine.graph(step.first);
        if (g.m_initialised)
            return success();
        const Status status = g.run(control);
        g.m_initialised = status.has_value();
        return status;
    }
    if (step.call == Call::If) {
        GraphExecutor &g = **m_engine.graph(isTrue(bytes(inputs[0])) ? step.first : step.second);
        if (auto status = callGraph(g, inputs.subspan(1), control); !status)
            return status;
        take(g, g.graph().outputs);
        return success();
    }
    GraphExecutor &condition = **m_engine.graph(step.first), &body = **m_engine.graph(step.second);
    // The state lives in this graph's outputs while the loop turns.
    for (std::size_t k = 0; k < inputs.size(); ++k) {
        const auto from = bytes(inputs[k]);
        Value &v = m_values[op.outputs[k].pos()];
        if (v.data && from.size() == v.bytes && !from.empty())
            std::memmove(v.data, from.data(), from.size());
        v.computed = true;
    }
    for (;;) {
        if (control.isCancelled())
            return cancelledError();
        if (auto status = callGraph(condition, op.outputs, control); !status)
            return status;
        if (!isTrue(condition.bytes(condition.graph().outputs[0])))
            return success();
        if (auto status = callGraph(body, op.outputs, control); !status)
            return status;
        take(body, body.graph().outputs);
    }
}

Result<GraphExecutor *> Engine::graph(SubgraphIndex index)
{
    if (!index || index.pos() >= m_graphs.size())
        return makeError(kBadSubgraph, {std::to_string(index.value)});
    if (auto &made = m_graphs[index.pos()])
        return made.get();
    if (m_entered[index.pos()])
        return makeError(kBadSubgraph, {std::to_string(index.value)});
    m_entered[index.pos()] = true;
    auto made = GraphExecutor::create(*this, index);
    m_entered[index.pos()] = false;
    if (!made)
        return made.error();
    m_graphs[index.pos()] = std::move(*made);
    return m_graphs[index.pos()].get();
}

void Engine::resetState()
{
    m_state.resources.values.clear();
    for (const auto &g : m_graphs)
        if (g)
            g->resetState();
}

void Engine::resetCounters()
{
    for (const auto &g : m_graphs)
        if (g)
            g->resetCounters();
}

} // namespace requant
