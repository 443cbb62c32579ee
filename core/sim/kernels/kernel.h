// SPDX-License-Identifier: GPL-3.0-or-later
// What an operator's kernel is to the executor: prepared once per operator (parameters computed, weights packed), then
// run many times on plain pointers. Families live beside this file; table.cpp lists which operator is whose.
#pragma once

#include "core/base/result.h"
#include "core/model/model.h"
#include "core/model/arithmetic.h"

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

namespace requant {

inline constexpr Message kUnsupportedOperator{"sim.unsupported-operator", "operator %1 (%2) cannot be simulated: %3"};

// Grows, never shrinks, so that after the first run nothing is allocated. 64-byte aligned.
class Scratch
{
public:
    std::byte *get(std::size_t bytes)
    {
        if (m_memory.size() < bytes + 64)
            m_memory.resize(bytes + 64);
        const auto address = reinterpret_cast<std::uintptr_t>(m_memory.data());
        return m_memory.data() + ((64 - address % 64) % 64);
    }

private:
    std::vector<std::byte> m_memory;
};

struct KernelRun
{
    std::span<const std::byte *const> in; // null for an absent optional input
    std::span<std::byte *const> out;
    Scratch &scratch;

    template <class T>
    const T *input(std::size_t k) const { return reinterpret_cast<const T *>(in[k]); }
    template <class T>
    T *output(std::size_t k = 0) const { return reinterpret_cast<T *>(out[k]); }
};

using Kernel = std::function<void(const KernelRun &)>;

// Everything a family needs to prepare an operator.
class KernelSetup
{
public:
    KernelSetup(const Model &model, const Subgraph &graph, const Operator &op, Arithmetic arithmetic, bool checkOnly)
        : m_model(model), m_graph(graph), m_op(op), m_arithmetic(arithmetic), m_checkOnly(checkOnly) {}

    const Operator &op() const { return m_op; }
    Arithmetic arithmetic() const { return m_arithmetic; }
    bool isXnnpack() const { return m_arithmetic == Arithmetic::Xnnpack; }
    // The caller wants only to know whether the operator is supported: return before packing weights.
    bool checkOnly() const { return m_checkOnly; }
    std::size_t inputCount() const { return m_op.inputs.size(); }
    std::size_t outputCount() const { return m_op.outputs.size(); }
    bool hasInput(std::size_t k) const { return k < m_op.inputs.size() && m_op.inputs[k]; }
    const Tensor &input(std::size_t k) const { return m_graph.tensor(m_op.inputs[k]); }
    const Tensor &output(std::size_t k = 0) const { return m_graph.tensor(m_op.outputs[k]); }
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
// The same for float networks.
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
