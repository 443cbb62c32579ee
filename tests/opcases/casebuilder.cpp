// SPDX-License-Identifier: GPL-3.0-or-later
#include "casebuilder.h"

#include <memory>

namespace opcases {
namespace {

using namespace requant;

template <class T>
void put(std::vector<std::byte> &to, T value)
{
    const auto *p = reinterpret_cast<const std::byte *>(&value);
    to.insert(to.end(), p, p + sizeof value);
}

// The whole range, its ends and the neighbourhood of the zero point by turns.
std::int64_t quantizedValue(Dice &dice, ElementType type, std::int64_t zero, const Range &range, int manner)
{
    IntegerRange r = integerRange(type);
    r.min = range.low < 0 ? r.min : zero;
    switch (manner) {
    case 0: return dice.integer(static_cast<int>(r.min), static_cast<int>(r.max));
    case 1: return dice.pick({r.min, r.max, zero});
    default: return std::clamp(zero + dice.integer(-5, 5), r.min, r.max);
    }
}

void putValue(std::vector<std::byte> &to, Dice &dice, ElementType type, std::int64_t zero, Range range, int manner)
{
    switch (type) {
    case ElementType::UInt8: put(to, static_cast<std::uint8_t>(quantizedValue(dice, type, zero, range, manner))); break;
    case ElementType::Int8: put(to, static_cast<std::int8_t>(quantizedValue(dice, type, zero, range, manner))); break;
    case ElementType::Int16: put(to, static_cast<std::int16_t>(quantizedValue(dice, type, zero, range, manner))); break;
    case ElementType::Int32: put(to, static_cast<std::int32_t>(std::lround(dice.real(range.low, range.high)))); break;
    case ElementType::Int64: put(to, static_cast<std::int64_t>(std::llround(dice.real(range.low, range.high)))); break;
    case ElementType::Bool: put(to, static_cast<std::uint8_t>(dice.integer(0, 1))); break;
    default: put(to, static_cast<float>(manner == 1 ? dice.pick({range.low, range.high, 0.5 * (range.low + range.high)}) : dice.real(range.low, range.high)));
    }
}

} // namespace

TensorIndex CaseBuilder::randomConstant(Shape shape, ElementType type, Grid g)
{
    std::vector<std::byte> values;
    const int manner = m_dice.integer(0, 1);
    for (std::int64_t n = elementCount(shape); n > 0; --n)
        putValue(values, m_dice, type, g.zeroPoint, {}, manner);
    return constant(std::move(shape), type, values, g.scale > 0 ? QuantParams::perTensor(g.scale, g.zeroPoint) : QuantParams{});
}

void CaseBuilder::add(Op op, const char *optionsType, std::vector<std::pair<std::string, double>> options)
{
    std::shared_ptr<Table> table;
    if (optionsType) {
        table = std::make_shared<Table>();
        table->type = optionsType;
        for (const auto &[name, value] : options) {
            const bool real = name == "alpha" || name == "beta" || name == "cell_clip" || name == "proj_clip";
            table->set(name, real ? FieldValue{value} : FieldValue{static_cast<std::int64_t>(value)});
        }
        for (auto &[name, values] : m_lists)
            table->set(name, FieldValue{std::move(values)});
    }
    m_tiny.graph().op(m_tiny.add(op, m_inputs, m_outputs, table)).version = m_version;
}

const Model &CaseBuilder::model()
{
    m_tiny.io(m_activations, m_outputs);
    return m_tiny.model();
}

std::vector<std::byte> CaseBuilder::inputs(int runs)
{
    std::vector<std::byte> all;
    for (int run = 0; run < runs; ++run)
        for (std::size_t k = 0; k < m_activations.size(); ++k) {
            const Tensor &t = m_tiny.graph().tensor(m_activations[k]);
            for (std::int64_t n = elementCount(t.shape); n > 0; --n)
                putValue(all, m_dice, t.type, t.quant.zeroPointAt(0), m_ranges[k], run % 3);
        }
    return all;
}

} // namespace opcases
