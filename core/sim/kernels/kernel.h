// SPDX-License-Identifier: GPL-3.0-or-later
// What an operator's kernel is to the executor: prepared once per operator (parameters computed, weights packed), then
// run many times on plain pointers. Families live beside this file; table.cpp lists which operator is whose.
#pragma once

#include "core/base/result.h"
#include "core/base/runcontrol.h"
#include "core/model/arithmetic.h"
#include "core/model/model.h"
#include "core/sim/counters.h"
#include "core/sim/fixedpoint.h"
#include "core/sim/workers.h"

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

namespace requant {

inline constexpr Message kUnsupportedOperator{"sim.unsupported-operator", "operator %1 (%2) cannot be simulated: %3"};

// Resource variables of one simulator: zeros until they are assigned.
struct Resources
{
    std::vector<std::vector<std::byte>> values; // by resource id; empty: never assigned
};

// What kernels share during a run.
struct RunState
{
    Workers workers;
    Resources resources;
    const RunControl *control = nullptr;
    LayerCounters *counters = nullptr; // of the operator that runs; null: nothing is counted
    const char *failure = nullptr;     // set by KernelRun::fail()
    bool isCancelled() const { return control && control->isCancelled(); }
};

struct KernelRun
{
    std::span<const std::byte *const> in; // null for an absent optional input
    std::span<std::byte *const> out;
    RunState &state;
    Scratch &scratch; // of the calling thread; workers have their own

    template <class T>
    const T *input(std::size_t k) const { return reinterpret_cast<const T *>(in[k]); }
    template <class T>
    T *output(std::size_t k = 0) const { return reinterpret_cast<T *>(out[k]); }
    // Values that only a run shows to be wrong (an index out of range): the run ends with this reason.
    void fail(const char *why) const { state.failure = why; }
    // f(begin, end, scratch) over [0, n), on all workers; stops early when the run is cancelled. `grain`: the least worth a thread.
    template <class F>
    void parallel(std::size_t n, std::size_t grain, F &&f) const
    {
        state.workers.parallel(n, grain, scratch, std::forward<F>(f));
    }
};

using Kernel = std::function<void(const KernelRun &)>;

// Everything a family needs to prepare an operator.
class KernelSetup
{
public:
    KernelSetup(const Model &model, const Subgraph &graph, const Operator &op, Arithmetic arithmetic, bool checkOnly,
                AccumulatorModel accumulator = {})
        : m_model(model), m_graph(graph), m_op(op), m_arithmetic(arithmetic), m_accumulator(accumulator), m_checkOnly(checkOnly) {}

    const Operator &op() const { return m_op; }
    Arithmetic arithmetic() const { return m_arithmetic; }
    FixedRounding rounding() const { return fixedRounding(m_arithmetic); }
    const AccumulatorModel &accumulator() const { return m_accumulator; }
    const Model &model() const { return m_model; }
    bool isXnnpack() const { return m_arithmetic == Arithmetic::Xnnpack; }
    bool isOnnxRuntime() const { return m_arithmetic == Arithmetic::OnnxRuntime; }
    // The caller wants only to know whether the operator is supported: return before packing weights.
    bool checkOnly() const { return m_checkOnly; }
    std::size_t inputCount() const { return m_op.inputs.size(); }
    std::size_t outputCount() const { return m_op.outputs.size(); }
    bool hasInput(std::size_t k) const { return k < m_op.inputs.size() && m_op.inputs[k]; }
    const Tensor &input(std::size_t k) const { return m_graph.tensor(m_op.inputs[k]); }
    const Tensor &output(std::size_t k = 0) const { return m_graph.tensor(m_op.outputs[k]); }
    // What the operator computes on the way, given for its grid only; null if it is not there.
    const Tensor *intermediate(std::size_t k) const
    {
        const TensorIndex t = k < m_op.intermediates.size() ? m_op.intermediates[k] : TensorIndex();
        return t && t.pos() < m_graph.tensors.size() ? &m_graph.tensor(t) : nullptr;
    }
    std::span<const std::byte> constant(std::size_t k) const { return m_model.data(input(k)); }
    bool isConstant(std::size_t k) const { return m_model.isConstant(input(k)); }
    // A constant int32 or int64 input as values; empty if it is no constant.
    std::vector<std::int64_t> constantInts(std::size_t k) const;
    std::int64_t option(std::string_view name, std::int64_t fallback = 0) const
    {
        return m_op.options ? m_op.options->integer(name, fallback) : fallback;
    }
    double realOption(std::string_view name, double fallback = 0) const
    {
        return m_op.options ? m_op.options->real(name, fallback) : fallback;
    }
    Error unsupported(std::string why) const;

private:
    const Model &m_model;
    const Subgraph &m_graph;
    const Operator &m_op;
    Arithmetic m_arithmetic;
    AccumulatorModel m_accumulator;
    bool m_checkOnly;
};

using KernelFactory = Result<Kernel> (*)(const KernelSetup &);
// Null if no family has the operator.
KernelFactory kernelFactory(Op);

// Fused activation (the schema's ActivationFunctionType) as integers of the output's grid: TFLite's rounding of 0, 6, -1, 1.
struct ActivationRange
{
    std::int32_t min = 0, max = 0;
};
enum class Activation : std::int32_t { None = 0, Relu = 1, ReluN1To1 = 2, Relu6 = 3, Tanh = 4, SignBit = 5 };
ActivationRange activationRange(Activation, const Tensor &output);
// The ends of the storage type at which clipping loses something: not those that the fused activation bounds anyway.
struct SaturatingEnds
{
    bool low = true, high = true;
};
SaturatingEnds saturatingEnds(Activation, const Tensor &output);
// activationRange() for float networks.
struct FloatRange
{
    float min, max;
};
FloatRange floatActivationRange(Activation);

// Calls f with a value of the C++ type that stores `type` (uint8, int8, int16, int32, int64, float); false for others.
template <class F>
bool withType(ElementType type, F &&f)
{
    switch (type) {
    case ElementType::UInt8: f(std::uint8_t{}); return true;
    case ElementType::Int8: f(std::int8_t{}); return true;
    case ElementType::Int16: f(std::int16_t{}); return true;
    case ElementType::Int32: f(std::int32_t{}); return true;
    case ElementType::Int64: f(std::int64_t{}); return true;
    case ElementType::Float32: f(float{}); return true;
    default: return false;
    }
}
inline bool is8Bit(ElementType t) { return t == ElementType::UInt8 || t == ElementType::Int8; }
inline bool isQuantizedActivation(ElementType t) { return is8Bit(t) || t == ElementType::Int16; }

} // namespace requant
