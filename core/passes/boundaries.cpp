// SPDX-License-Identifier: GPL-3.0-or-later
// Requantize operators and second constants where neighbours do not agree on a grid. TFLite's QUANTIZE takes int16 to int8 but not to
// uint8 (tflite/kernels/quantize.cc): there two stand behind each other, the second of which only moves the zero point.
// Afterwards: every boundary's consumer (or graph output, with its signatures) reads a tensor on the boundary's grid.
#include "core/passes/context.h"

namespace requant {

namespace {

class Copies
{
public:
    PassContext &c;
    std::vector<std::pair<TensorIndex, TensorIndex>> made;

    // A copy of the same tensor with the same type and grid serves several consumers.
    TensorIndex find(const Boundary &b, ElementType type, const QuantParams &grid)
    {
        for (const auto &[from, copy] : made) {
            const Tensor &t = c.graph().tensor(copy);
            if (from == b.tensor && t.type == type && t.quant.sameGrid(grid))
                return copy;
        }
        return TensorIndex{};
    }

    TensorIndex add(const Boundary &b, ElementType type, const QuantParams &grid, std::vector<std::byte> data = {})
    {
        Tensor t = c.from.tensor(b.tensor);
        t.name += "_requant" + std::to_string(made.size());
        t.type = type;
        PassContext::takeGrid(t, grid);
        const TensorIndex copy = c.addTensor(std::move(t), std::move(data));
        made.emplace_back(b.tensor, copy);
        c.copyGroup[copy] = b.plan.group;
        return copy;
    }

    // A copy that an operator in front of the boundary makes of `from`.
    TensorIndex requantize(const Boundary &b, TensorIndex from, ElementType type, const QuantParams &grid)
    {
        if (const TensorIndex known = find(b, type, grid))
            return known;
        if (type == ElementType::UInt8 && c.graph().tensor(from).type == ElementType::Int16) {
            QuantParams moved = grid;
            for (std::int64_t &z : moved.zeroPoint)
                z -= 128;
            from = requantize(b, from, ElementType::Int8, moved);
        }
        const TensorIndex copy = add(b, type, grid);
        Operator op;
        op.code = Op::Quantize;
        op.inputs = {from};
        op.outputs = {copy};
        auto options = std::make_shared<Table>();
        options->type = "QuantizeOptions";
        op.options = options;
        c.insertBefore(b.consumer ? b.consumer.pos() : c.from.operators.size(), std::move(op));
        return copy;
    }

    TensorIndex constant(const Boundary &b, const GroupGrid &grid)
    {
        const ElementType type = b.plan.wish.type;
        const TensorIndex known = find(b, type, grid.params);
        return known ? known : add(b, type, grid.params, regridded(c, c.from.tensor(b.tensor), type, grid));
    }
};

void replaceGraphOutput(PassContext &c, std::size_t k, TensorIndex from, TensorIndex to)
{
    c.graph().outputs[k] = to;
    if (!c.out.model.rest)
        return;
    // Signatures name graph outputs by tensor number.
    const FieldValue *found = c.out.model.rest->find("signature_defs");
    const auto *defs = found ? std::get_if<FieldValue::Tables>(&found->data) : nullptr;
    if (!defs)
        return;
    FieldValue::Tables changed;
    for (const TablePtr &def : *defs) {
        Table copy = *def;
        const FieldValue *outputs = copy.find("outputs");
        const auto *maps = outputs ? std::get_if<FieldValue::Tables>(&outputs->data) : nullptr;
        if (maps && copy.integer("subgraph_index") == 0) {
            FieldValue::Tables renumbered;
            for (const TablePtr &map : *maps) {
                Table entry = *map;
                if (entry.integer("tensor_index") == from.value)
                    entry.set("tensor_index", FieldValue{std::int64_t{to.value}});
                renumbered.push_back(std::make_shared<Table>(std::move(entry)));
            }
            copy.set("outputs", FieldValue{std::move(renumbered)});
        }
        changed.push_back(std::make_shared<Table>(std::move(copy)));
    }
    Table rest = *c.out.model.rest;
    rest.set("signature_defs", FieldValue{std::move(changed)});
    c.out.model.rest = std::make_shared<Table>(std::move(rest));
}

} // namespace

void insertBoundaries(PassContext &c)
{
    Copies copies{c, {}};
    for (const Boundary &b : c.resolution.boundaries) {
        const GroupGrid *grid = c.gridOf(b.plan);
        if (!grid)
            continue;
        const TensorIndex copy = b.constant ? copies.constant(b, *grid) : copies.requantize(b, b.tensor, b.plan.wish.type, grid->params);
        if (b.consumer)
            c.graph().op(b.consumer).inputs[static_cast<std::size_t>(b.input)] = copy;
        else
            replaceGraphOutput(c, static_cast<std::size_t>(b.input), b.tensor, copy);
    }
}

} // namespace requant
