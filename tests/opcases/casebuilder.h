// SPDX-License-Identifier: GPL-3.0-or-later
// Random networks of one operator. A generator draws shapes, grids and options and adds one
// operator; what is drawn must be what TFLite takes, because some of its checks end the process.
#pragma once

#include "../core/tinymodel.h"

#include "core/model/model.h"

#include <cmath>
#include <functional>
#include <random>
#include <string>
#include <vector>

namespace opcases {

using requant::ElementType;
using requant::Op;
using requant::Shape;
using requant::TensorIndex;

class Dice
{
public:
    explicit Dice(std::uint64_t seed) : m_engine(seed) {}
    int integer(int low, int high) { return std::uniform_int_distribution<int>(low, high)(m_engine); }
    double real(double low, double high) { return std::uniform_real_distribution<double>(low, high)(m_engine); }
    bool chance(int oneIn = 2) { return integer(1, oneIn) == 1; }
    template <class T>
    T pick(std::initializer_list<T> list) { return *(list.begin() + integer(0, static_cast<int>(list.size()) - 1)); }
    // Evenly over the logarithm; one in four is a power of two.
    float scale(double low, double high)
    {
        const double log = real(std::log2(low), std::log2(high));
        return static_cast<float>(std::exp2(chance(4) ? std::round(log) : log));
    }
    Shape shape(int rank, int most)
    {
        Shape s;
        for (int d = 0; d < rank; ++d)
            s.push_back(chance(5) ? 1 : integer(1, most));
        return s;
    }

private:
    std::mt19937_64 m_engine;
};

struct Grid
{
    float scale = 0; // 0: not quantized
    std::int64_t zeroPoint = 0;
};

// What a graph input's values are drawn from; integers of quantized tensors use their whole range, from the zero point upwards if
// nothing below 0 is wanted.
struct Range
{
    double low = -8, high = 8;
};

class CaseBuilder
{
public:
    Dice &dice() { return m_dice; }
    explicit CaseBuilder(std::uint64_t seed) : m_dice(seed) {}

    // Any zero point for 8 bits, 0 for wider types, no grid for others.
    Grid grid(ElementType type, double low = 0.01, double high = 0.2)
    {
        if (!isQuantized(type))
            return {};
        const requant::IntegerRange r = requant::integerRange(type);
        const auto zero = requant::bitWidth(type) != 8 ? 0 : m_dice.chance(4) ? m_dice.pick<std::int64_t>({r.min, r.max, (r.min + r.max + 1) / 2})
                                                                              : std::int64_t{m_dice.integer(static_cast<int>(r.min), static_cast<int>(r.max))};
        return {m_dice.scale(low, high), zero};
    }
    static bool isQuantized(ElementType t) { return t == ElementType::UInt8 || t == ElementType::Int8 || t == ElementType::Int16; }

    TensorIndex input(Shape shape, ElementType type, Grid g = {}, Range range = {})
    {
        const TensorIndex t = tensor("in", std::move(shape), type, g);
        m_inputs.push_back(t);
        m_activations.push_back(t);
        m_ranges.push_back(range);
        return t;
    }
    TensorIndex output(Shape shape, ElementType type, Grid g = {})
    {
        const TensorIndex t = tensor("out", std::move(shape), type, g);
        m_outputs.push_back(t);
        return t;
    }
    template <class T>
    TensorIndex constant(Shape shape, ElementType type, const std::vector<T> &values, requant::QuantParams quant = {})
    {
        const TensorIndex t = m_tiny.constant("constant" + std::to_string(m_inputs.size()), std::move(shape), type, std::move(quant), values);
        m_inputs.push_back(t);
        return t;
    }
    TensorIndex ints(const std::vector<std::int32_t> &values) { return constant<std::int32_t>({static_cast<std::int32_t>(values.size())}, ElementType::Int32, values); }
    TensorIndex scalar(std::int32_t value) { return constant<std::int32_t>({}, ElementType::Int32, {value}); }
    void absent() { m_inputs.emplace_back(); }
    // A variable tensor that lives on from run to run.
    void state(Shape shape, ElementType type, Grid g = {})
    {
        const TensorIndex t = tensor("state", std::move(shape), type, g);
        m_tiny.graph().tensor(t).isVariable = true;
        m_inputs.push_back(t);
    }
    // A quantized constant of random values.
    TensorIndex randomConstant(Shape shape, ElementType type, Grid g);

    void add(Op op, const char *optionsType = nullptr) { add(op, optionsType, {}); }
    void add(Op op, const char *optionsType, std::vector<std::pair<std::string, double>> options);
    void version(int v) { m_version = v; } // where a runtime knows no version 1
    void integers(std::string name, std::vector<std::int64_t> values) { m_lists.emplace_back(std::move(name), std::move(values)); }

    // The network and the bytes of its inputs for `runs` runs, one after another.
    const requant::Model &model();
    std::vector<std::byte> inputs(int runs);
    requant::test::TinyModel &tiny() { return m_tiny; }

private:
    TensorIndex tensor(std::string name, Shape shape, ElementType type, Grid g)
    {
        name += std::to_string(m_tiny.graph().tensors.size());
        return g.scale > 0 ? m_tiny.activation(name, std::move(shape), type, g.scale, g.zeroPoint) : m_tiny.plain(name, std::move(shape), type);
    }

    Dice m_dice;
    int m_version = 1;
    requant::test::TinyModel m_tiny;
    std::vector<TensorIndex> m_inputs, m_activations, m_outputs;
    std::vector<Range> m_ranges;
    std::vector<std::pair<std::string, std::vector<std::int64_t>>> m_lists;
};

struct Generator
{
    std::string name; // "CONV_2D int8"
    std::function<void(CaseBuilder &)> make;
};

std::vector<Generator> allGenerators();
void addWeighted(std::vector<Generator> &);
void addElementwise(std::vector<Generator> &);
void addUnary(std::vector<Generator> &);
void addReducing(std::vector<Generator> &);
void addMoving(std::vector<Generator> &);
void addHybrid(std::vector<Generator> &);
void addOther(std::vector<Generator> &);
void addSequence(std::vector<Generator> &);

} // namespace opcases
