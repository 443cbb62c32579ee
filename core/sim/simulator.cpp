// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sim/simulator.h"

#include "core/sim/kernels/kernel.h"

#include <algorithm>
#include <cstring>

namespace requant {
namespace {

constexpr Message kNoSubgraph{"sim.no-subgraph", "the model has no subgraph to simulate"};
constexpr Message kTensorType{"sim.tensor-type", "tensor %1 (%2) has no fixed size: type %3, shape %4"};
constexpr Message kInputSize{"sim.input-size", "tensor %1 takes %2 bytes, not %3"};
constexpr Message kNoInput{"sim.no-input", "the model has no input %1"};
constexpr Message kConstantTensor{"sim.constant-tensor", "tensor %1 is constant and cannot be set"};
constexpr Message kNoTensor{"sim.no-tensor", "the model has no tensor %1"};
constexpr Message kTooLarge{"sim.too-large", "the tensors need %1 bytes, more than the limit of %2"};
constexpr Message kBadOperator{"sim.bad-operator", "operator %1 (%2) has a missing input or output"};

constexpr std::size_t kAlignment = 64;
constexpr std::size_t kMemoryLimit = std::size_t{8} << 30;

std::string name(const Operator &op) { return op.code == Op::Custom ? op.customCode : opName(op.code); }

// Number of inputs without which an operator makes no sense. Others are checked by the family.
std::size_t leastInputs(Op op)
{
    switch (op) {
    case Op::Conv2D:
    case Op::DepthwiseConv2D:
    case Op::FullyConnected:
    case Op::Add:
    case Op::Sub:
    case Op::Mul:
    case Op::Minimum:
    case Op::Maximum:
    case Op::Mean:
    case Op::Sum:
    case Op::Pad:
    case Op::Transpose:
    case Op::ArgMax:
    case Op::ArgMin:
    case Op::Split: return 2;
    case Op::Padv2:
    case Op::Slice:
    case Op::SplitV:
    case Op::SpaceToBatchNd:
    case Op::BatchToSpaceNd: return 3;
    case Op::StridedSlice: return 4;
    default: return 1;
    }
}

// An absent bias is the only absent input that a kernel expects.
bool mayBeAbsent(Op op, std::size_t input)
{
    return input == 2 && (op == Op::Conv2D || op == Op::DepthwiseConv2D || op == Op::FullyConnected);
}

// Kernels trust the sizes of constants and compute with zero points as int32: what does not keep to that stays out.
// Sparse constants, whose data is shorter than their shape says, are not unpacked.
const char *unfit(const Model &model, const Tensor &t)
{
    const std::size_t needed = byteSize(t.type, static_cast<std::size_t>(elementCount(t.shape)));
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

Result<Kernel> prepare(const Model &model, const Subgraph &graph, const Operator &op, Arithmetic arithmetic, bool checkOnly)
{
    const KernelSetup setup(model, graph, op, arithmetic, checkOnly);
    const KernelFactory factory = kernelFactory(op.code);
    if (!factory)
        return setup.unsupported("no kernel");
    if (op.outputs.empty() || op.inputs.size() < leastInputs(op.code))
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
    return factory(setup);
}

} // namespace

struct Simulator::Impl
{
    struct Step
    {
        Kernel kernel; // empty if unsupported
        Error error;   // why
        std::vector<const std::byte *> in;
        std::vector<std::byte *> out;
    };
    struct Value
    {
        std::byte *data = nullptr;             // memory of an activation
        std::span<const std::byte> constant;   // bytes of a constant
        std::size_t bytes = 0;
        bool computed = false;
    };

    std::shared_ptr<const Model> model;
    SimOptions options;
    std::vector<Step> steps;
    std::vector<Value> values;
    std::vector<std::byte> memory;
    Scratch scratch;
    bool kept = true; // no memory is shared between tensors

    const Subgraph &graph() const { return model->subgraphs.front(); }

    std::span<const std::byte> bytes(TensorIndex t) const
    {
        if (!t || t.pos() >= values.size())
            return {};
        const Value &v = values[t.pos()];
        if (!v.constant.empty())
            return v.constant;
        return v.computed ? std::span<const std::byte>(v.data, v.bytes) : std::span<const std::byte>{};
    }

    Status place();
    Status runStep(std::size_t i);
};

// Gives every activation its memory: its own, or, if not all are kept, memory that is free during its life.
Status Simulator::Impl::place()
{
    const Subgraph &g = graph();
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

    struct Placed
    {
        std::size_t begin, end, first, last;
    };
    std::vector<Placed> placed;
    std::vector<std::size_t> offset(g.tensors.size(), 0), order;
    for (std::size_t i = 0; i < g.tensors.size(); ++i)
        if (values[i].constant.empty() && first[i] <= operators + 1 && last[i] >= first[i])
            order.push_back(i);
    if (!options.keepAllTensors)
        std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return values[a].bytes > values[b].bytes; });
    std::size_t total = 0;
    for (const std::size_t i : order) {
        const std::size_t need = (values[i].bytes + kAlignment - 1) / kAlignment * kAlignment;
        std::size_t at = total;
        if (!options.keepAllTensors) {
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
        if (total > kMemoryLimit)
            return makeError(kTooLarge, {std::to_string(total), std::to_string(kMemoryLimit)});
    }
    memory.assign(total + kAlignment, std::byte{0});
    const auto address = reinterpret_cast<std::uintptr_t>(memory.data());
    std::byte *base = memory.data() + (kAlignment - address % kAlignment) % kAlignment;
    for (const std::size_t i : order)
        values[i].data = base + offset[i];
    kept = options.keepAllTensors;
    return success();
}

Status Simulator::Impl::runStep(std::size_t i)
{
    Step &step = steps[i];
    if (!step.kernel)
        return step.error;
    step.kernel(KernelRun{step.in, step.out, scratch});
    for (const TensorIndex t : graph().operators[i].outputs)
        values[t.pos()].computed = true;
    return success();
}

Simulator::Simulator(std::unique_ptr<Impl> impl) : m_impl(std::move(impl)) {}
Simulator::Simulator(Simulator &&) noexcept = default;
Simulator &Simulator::operator=(Simulator &&) noexcept = default;
Simulator::~Simulator() = default;

Result<Simulator> Simulator::create(std::shared_ptr<const Model> model, const SimOptions &options)
{
    if (!model || model->subgraphs.empty())
        return makeError(kNoSubgraph);
    auto impl = std::make_unique<Impl>();
    impl->model = std::move(model);
    impl->options = options;
    const Subgraph &g = impl->graph();
    impl->values.resize(g.tensors.size());
    for (std::size_t i = 0; i < g.tensors.size(); ++i) {
        const Tensor &t = g.tensors[i];
        Impl::Value &v = impl->values[i];
        v.constant = impl->model->data(t);
        v.bytes = byteSize(t.type, static_cast<std::size_t>(elementCount(t.shape)));
        v.computed = false;
    }
    for (const TensorIndex t : g.inputs)
        if (!t || t.pos() >= g.tensors.size() || bitWidth(g.tensor(t).type) == 0)
            return makeError(kTensorType, {std::to_string(t.value), t && t.pos() < g.tensors.size() ? g.tensor(t).name : "?", "", ""});
    if (auto placed = impl->place(); !placed)
        return placed.error();
    for (const Operator &op : g.operators) {
        Impl::Step step;
        auto kernel = prepare(*impl->model, g, op, options.arithmetic, false);
        if (kernel) {
            step.kernel = std::move(*kernel);
            for (const TensorIndex t : op.inputs)
                step.in.push_back(!t ? nullptr : !impl->values[t.pos()].constant.empty() ? impl->values[t.pos()].constant.data() : impl->values[t.pos()].data);
            for (const TensorIndex t : op.outputs)
                step.out.push_back(impl->values[t.pos()].data);
            if (std::find(step.out.begin(), step.out.end(), nullptr) != step.out.end()) {
                step.error = makeError(kBadOperator, {std::to_string(impl->steps.size()), name(op)});
                step.kernel = nullptr;
            }
        } else {
            step.error = kernel.error();
        }
        impl->steps.push_back(std::move(step));
    }
    return Simulator(std::move(impl));
}

const Model &Simulator::model() const { return *m_impl->model; }
const SimOptions &Simulator::options() const { return m_impl->options; }

Status Simulator::supported() const
{
    for (const auto &step : m_impl->steps)
        if (!step.kernel)
            return step.error;
    return success();
}

Status Simulator::setInput(std::size_t k, std::span<const std::byte> bytes)
{
    if (k >= inputCount())
        return makeError(kNoInput, {std::to_string(k)});
    return setTensor(m_impl->graph().inputs[k], bytes);
}

Status Simulator::setTensor(TensorIndex t, std::span<const std::byte> bytes)
{
    if (!t || t.pos() >= m_impl->values.size())
        return makeError(kNoTensor, {std::to_string(t.value)});
    Impl::Value &v = m_impl->values[t.pos()];
    const std::string &tensorName = m_impl->graph().tensor(t).name;
    if (!v.constant.empty())
        return makeError(kConstantTensor, {tensorName}, TensorRef{SubgraphIndex{0}, t});
    if (bytes.size() != v.bytes)
        return makeError(kInputSize, {tensorName, std::to_string(v.bytes), std::to_string(bytes.size())}, TensorRef{SubgraphIndex{0}, t});
    if (v.data && !bytes.empty())
        std::memcpy(v.data, bytes.data(), bytes.size());
    v.computed = v.data != nullptr;
    return success();
}

Status Simulator::run(const RunControl &control)
{
    for (std::size_t i = 0; i < m_impl->steps.size(); ++i) {
        if (control.isCancelled())
            return cancelledError();
        if (auto status = m_impl->runStep(i); !status)
            return status;
    }
    return success();
}

Status Simulator::runOperator(OperatorIndex op)
{
    if (!op || op.pos() >= m_impl->steps.size())
        return makeError(kBadOperator, {std::to_string(op.value), "?"});
    return m_impl->runStep(op.pos());
}

std::size_t Simulator::inputCount() const { return m_impl->graph().inputs.size(); }
std::size_t Simulator::outputCount() const { return m_impl->graph().outputs.size(); }

std::span<const std::byte> Simulator::output(std::size_t k) const
{
    return k < outputCount() ? m_impl->bytes(m_impl->graph().outputs[k]) : std::span<const std::byte>{};
}

std::span<const std::byte> Simulator::tensor(TensorIndex t) const
{
    if (!t || t.pos() >= m_impl->values.size())
        return {};
    if (!m_impl->kept && m_impl->values[t.pos()].constant.empty()) {
        const Subgraph &g = m_impl->graph();
        const auto in = [&](const std::vector<TensorIndex> &list) { return std::find(list.begin(), list.end(), t) != list.end(); };
        if (!in(g.outputs) && !in(g.inputs))
            return {};
    }
    return m_impl->bytes(t);
}

Shape Simulator::tensorShape(TensorIndex t) const
{
    return t && t.pos() < m_impl->values.size() ? m_impl->graph().tensor(t).shape : Shape{};
}

bool canSimulate(const Model &model, const Subgraph &graph, const Operator &op, std::string *reason)
{
    const auto kernel = prepare(model, graph, op, Arithmetic::TfliteReference, true);
    if (!kernel && reason)
        *reason = kernel.error().args.size() > 2 ? kernel.error().args[2] : text(kernel.error());
    return kernel.has_value();
}

} // namespace requant
