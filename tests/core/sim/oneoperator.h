// SPDX-License-Identifier: GPL-3.0-or-later
// A network of one operator, built, run and read back: what every kernel's comparison with its obvious twin starts from.
//   OneOperator one(Op::Add);
//   one.input({1, 2, 3}, ElementType::Int8, 0.5f, 3);          // an activation, in order of the operator's inputs
//   one.constant<std::int32_t>({2}, {1, 2});                   // or a constant
//   one.output({1, 2, 3}, ElementType::Int8, 0.25f, -1);
//   one.option("fused_activation_function", 1);
//   const std::vector<std::int8_t> y = one.run<std::int8_t>({bytesOf(x0), ...});   // bytes of the activations in order
#pragma once

#include "../tinymodel.h"
#include "allocations.h"
#include "random.h"

#include "core/sim/simulator.h"

#include <catch2/catch.hpp>

#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace testing {

template <class T>
std::vector<std::byte> bytesOf(const std::vector<T> &values)
{
    const auto b = std::as_bytes(std::span<const T>(values));
    return {b.begin(), b.end()};
}

template <class T>
std::vector<T> valuesOf(std::span<const std::byte> bytes)
{
    std::vector<T> out(bytes.size() / sizeof(T));
    if (!out.empty())
        std::memcpy(out.data(), bytes.data(), out.size() * sizeof(T));
    return out;
}

// n values over the whole range of T (one case in four: only its ends and the middle).
template <class T>
std::vector<T> randomValues(Random &random, std::size_t n)
{
    constexpr int kLow = static_cast<int>(std::numeric_limits<T>::min()), kHigh = static_cast<int>(std::numeric_limits<T>::max());
    const bool extreme = random.integer(0, 3) == 0;
    std::vector<T> out(n);
    for (T &v : out) {
        const int pick = random.integer(0, 2);
        v = static_cast<T>(!extreme ? random.integer(kLow, kHigh) : pick == 0 ? kLow : pick == 1 ? kHigh : kLow / 2 + kHigh / 2);
    }
    return out;
}

class OneOperator
{
public:
    explicit OneOperator(requant::Op op) : m_op(op), m_options(std::make_shared<requant::Table>()) {}

    requant::TensorIndex input(requant::Shape shape, requant::ElementType type, float scale = 0, std::int64_t zeroPoint = 0)
    {
        const auto t = scale > 0 ? m_model.activation("in", std::move(shape), type, scale, zeroPoint) : m_model.plain("in", std::move(shape), type);
        m_activations.push_back(t);
        m_inputs.push_back(t);
        return t;
    }
    template <class T>
    requant::TensorIndex constant(requant::Shape shape, const std::vector<T> &values, requant::QuantParams quant = {},
                                  std::optional<requant::ElementType> type = {})
    {
        const auto t = m_model.constant("constant", std::move(shape), type.value_or(typeOf<T>()), std::move(quant), values);
        m_inputs.push_back(t);
        return t;
    }
    void append(requant::TensorIndex t) { m_inputs.push_back(t); } // a constant made with tiny()
    void absent() { m_inputs.emplace_back(); }
    requant::TensorIndex output(requant::Shape shape, requant::ElementType type, float scale = 0, std::int64_t zeroPoint = 0)
    {
        const auto t = scale > 0 ? m_model.activation("out", std::move(shape), type, scale, zeroPoint) : m_model.plain("out", std::move(shape), type);
        m_outputs.push_back(t);
        return t;
    }
    // A grid of what the operator computes on the way.
    void intermediate(requant::ElementType type, float scale, std::int64_t zeroPoint)
    {
        m_intermediates.push_back(m_model.activation("intermediate", {}, type, scale, zeroPoint));
    }
    void option(std::string_view name, std::int64_t value) { m_options->set(name, requant::FieldValue{value}); }
    void realOption(std::string_view name, double value) { m_options->set(name, requant::FieldValue{value}); }
    void intsOption(std::string_view name, std::vector<std::int64_t> v) { m_options->set(name, requant::FieldValue{std::move(v)}); }
    // For what this header does not foresee (variable tensors, per-channel grids, custom operators).
    requant::test::TinyModel &tiny() { return m_model; }

    requant::Result<requant::Simulator> simulator(const requant::SimOptions &options = {})
    {
        if (m_model.graph().operators.empty()) {
            m_model.add(m_op, m_inputs, m_outputs, m_options);
            m_model.graph().operators.back().intermediates = m_intermediates;
            m_model.io(m_activations, m_outputs);
        }
        return requant::Simulator::create(std::make_shared<const requant::Model>(m_model.model()), options);
    }
    // The reason if the operator cannot be simulated, else empty.
    std::string refusal(const requant::SimOptions &options = {})
    {
        auto sim = simulator(options);
        if (!sim)
            return requant::text(sim.error());
        const auto ok = sim->supported();
        return ok ? std::string() : requant::text(ok.error());
    }
    // All outputs' bytes; fails the test if anything is refused or if a second run allocates.
    std::vector<std::vector<std::byte>> runAll(const std::vector<std::vector<std::byte>> &inputs, const requant::SimOptions &options = {})
    {
        auto sim = simulator(options);
        if (!sim)
            FAIL(requant::text(sim.error()));
        if (const auto ok = sim->supported(); !ok)
            FAIL(requant::text(ok.error()));
        for (std::size_t k = 0; k < inputs.size(); ++k)
            if (const auto ok = sim->setInput(k, inputs[k]); !ok)
                FAIL(requant::text(ok.error()));
        if (const auto ok = sim->run(); !ok)
            FAIL(requant::text(ok.error()));
        std::vector<std::vector<std::byte>> out;
        for (std::size_t k = 0; k < sim->outputCount(); ++k)
            out.emplace_back(sim->output(k).begin(), sim->output(k).end());
        const std::uint64_t before = allocationCount();
        const auto again = sim->run();
        const std::uint64_t allocated = allocationCount() - before;
        if (!again)
            FAIL(requant::text(again.error()));
        if (allocated != 0)
            FAIL(allocated << " allocations in the second run of " << requant::opName(m_op));
        return out;
    }
    template <class T>
    std::vector<T> run(const std::vector<std::vector<std::byte>> &inputs, const requant::SimOptions &options = {})
    {
        return valuesOf<T>(runAll(inputs, options)[0]);
    }

private:
    template <class T>
    static requant::ElementType typeOf()
    {
        using requant::ElementType;
        if constexpr (std::is_same_v<T, float>)
            return ElementType::Float32;
        else if constexpr (std::is_same_v<T, std::uint8_t>)
            return ElementType::UInt8;
        else if constexpr (std::is_same_v<T, std::int8_t>)
            return ElementType::Int8;
        else if constexpr (std::is_same_v<T, std::int16_t>)
            return ElementType::Int16;
        else if constexpr (std::is_same_v<T, std::int32_t>)
            return ElementType::Int32;
        else
            return ElementType::Int64;
    }

    requant::Op m_op;
    requant::test::TinyModel m_model;
    std::shared_ptr<requant::Table> m_options;
    std::vector<requant::TensorIndex> m_inputs, m_activations, m_outputs, m_intermediates;
};

} // namespace testing
