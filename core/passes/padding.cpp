// SPDX-License-Identifier: GPL-3.0-or-later
// What folded zero points (offsets.h) ask of the graph.
// Afterwards: the fused activation of an operator whose output saturates at the activation's clamps is NONE; a convolution with
// SAME padding whose input has an offset reads a copy padded by PADV2 with the integer of the real 0, with VALID padding; PAD of
// such a tensor is a PADV2 with that integer.
#include "core/passes/context.h"

#include "core/passes/integers.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace requant {

namespace {

constexpr std::int64_t kSame = 0, kValid = 1;

TablePtr withOption(const TablePtr &from, std::string_view name, std::int64_t value)
{
    auto options = std::make_shared<Table>(from ? *from : Table{});
    options->set(name, FieldValue{value});
    return options;
}

std::int64_t integerOfZero(const PassContext &c, TensorIndex t)
{
    const EffectiveGrid e = c.effectiveOf(t);
    const Tensor &tensor = c.graph().tensor(t);
    const IntegerRange r = integerRange(tensor.type);
    const double q = -e.offset / (e.ratio * static_cast<double>(tensor.quant.scale[0]));
    return std::clamp<std::int64_t>(std::llround(q) + tensor.quant.zeroPointAt(0), r.min, r.max);
}

TensorIndex zeroConstant(PassContext &c, TensorIndex t)
{
    Tensor zero;
    zero.name = c.graph().tensor(t).name + "_zero";
    zero.shape = {1};
    zero.type = c.graph().tensor(t).type;
    zero.quant = QuantParams::perTensor(c.graph().tensor(t).quant.scale[0], c.graph().tensor(t).quant.zeroPointAt(0));
    const ElementType type = zero.type;
    const TensorIndex made = c.addTensor(std::move(zero), packIntegers({integerOfZero(c, t)}, type));
    c.copyGroup[made] = c.copyGroup.count(t) ? c.copyGroup[t] : c.resolution.tensors[t.pos()].group;
    return made;
}

struct Pads
{
    int before = 0, after = 0;
    friend bool operator==(const Pads &, const Pads &) = default;
};

Pads samePadding(int in, int kernel, int stride, int dilation)
{
    const int out = (in + stride - 1) / stride;
    const int total = std::max(0, (out - 1) * stride + (kernel - 1) * dilation + 1 - in);
    return {total / 2, total - total / 2};
}

struct Padded
{
    TensorIndex from, to;
    Pads rows, columns;
};

// The padded copy of a convolution's input; invalid if nothing is padded.
TensorIndex paddedInput(PassContext &c, OperatorIndex o, TensorIndex in, std::vector<Padded> &made)
{
    const Operator &op = c.placed(o);
    const Tensor &x = c.graph().tensor(in), &w = c.graph().tensor(op.inputs[1]);
    if (x.shape.size() != 4 || w.shape.size() != 4 || !op.options || op.options->integer("padding") != kSame)
        return {};
    const auto option = [&](const char *name) { return std::max(1, static_cast<int>(op.options->integer(name, 1))); };
    const Pads rows = samePadding(x.shape[1], w.shape[1], option("stride_h"), option("dilation_h_factor"));
    const Pads columns = samePadding(x.shape[2], w.shape[2], option("stride_w"), option("dilation_w_factor"));
    if (rows == Pads{} && columns == Pads{})
        return {};
    for (const Padded &p : made) {
        if (p.from == in && p.rows == rows && p.columns == columns)
            return p.to;
    }
    Tensor amounts;
    amounts.name = x.name + "_paddings" + std::to_string(made.size());
    amounts.shape = {4, 2};
    amounts.type = ElementType::Int32;
    std::vector<std::byte> bytes = packIntegers({0, 0, rows.before, rows.after, columns.before, columns.after, 0, 0}, ElementType::Int32);
    Tensor copy = x;
    copy.name += "_padded" + std::to_string(made.size());
    copy.shape[1] += rows.before + rows.after;
    copy.shape[2] += columns.before + columns.after;
    copy.shapeSignature.reset();
    Operator pad;
    pad.code = Op::Padv2;
    const TensorIndex paddings = c.addTensor(std::move(amounts), std::move(bytes));
    const TensorIndex zero = zeroConstant(c, in);
    const TensorIndex to = c.addTensor(std::move(copy));
    c.copyGroup[to] = c.copyGroup.at(zero);
    pad.inputs = {in, paddings, zero};
    pad.outputs = {to};
    auto options = std::make_shared<Table>();
    options->type = "PadV2Options";
    pad.options = std::move(options);
    c.insertBefore(o.pos(), std::move(pad));
    made.push_back({in, to, rows, columns});
    return to;
}

bool hasOffset(const PassContext &c, TensorIndex t)
{
    return t && c.effectiveOf(t).offset != 0.0;
}

} // namespace

void foldPadding(PassContext &c)
{
    std::vector<Padded> made;
    for (std::size_t i = 0; i < c.from.operators.size(); ++i) {
        const OperatorIndex o(i);
        Operator &op = c.placed(o);
        if (!op.outputs.empty() && op.outputs[0]) {
            const GroupGrid *grid = c.gridOf(c.resolution.tensors[op.outputs[0].pos()]);
            if (grid && grid->saturates && op.options && op.options->integer("fused_activation_function") != 0)
                op.options = withOption(op.options, "fused_activation_function", 0);
        }
        if (op.inputs.empty() || !hasOffset(c, op.inputs[0]))
            continue;
        if (op.code == Op::Conv2D || op.code == Op::DepthwiseConv2D) {
            if (const TensorIndex padded = paddedInput(c, o, op.inputs[0], made)) {
                Operator &consumer = c.placed(o);
                consumer.inputs[0] = padded;
                consumer.options = withOption(consumer.options, "padding", kValid);
            }
        } else if (op.code == Op::Pad) {
            const TensorIndex zero = zeroConstant(c, op.inputs[0]);
            Operator &pad = c.placed(o);
            pad.code = Op::Padv2;
            pad.inputs.resize(2);
            pad.inputs.push_back(zero);
            auto options = std::make_shared<Table>();
            options->type = "PadV2Options";
            pad.options = std::move(options);
        }
    }
}

} // namespace requant
