// SPDX-License-Identifier: GPL-3.0-or-later
// Converters of TensorFlow 1 take a fused activation away where saturation does the same: a uint8 output whose range
// begins at the real 0 is a RELU, one from 0 to 6 a RELU6 ("RemoveTrivialQuantizedActivationFunc" of TOCO). On a grid
// that goes below 0 the network would be another one. So the source is read with these activations said, which changes
// none of its integers:
//   zero point = least integer                                          RELU
//   and round(6 / scale) = greatest - least integer                     RELU6
// Afterwards (removeTrivialActivations) those that saturation does on the new grids are gone again.
// Known limit: the weighted operators, ADD, SUB and MUL; others with such an output mostly have inputs that are not
// negative.
#include "core/passes/context.h"

#include "core/passes/integers.h"

#include <algorithm>
#include <cmath>

namespace requant {

namespace {

constexpr std::string_view kFused = "fused_activation_function";
constexpr std::int64_t kNone = 0, kRelu = 1, kRelu6 = 3;
constexpr double kSix = 6.0;

bool canSayActivation(const Operator &op)
{
    switch (op.code) {
    case Op::Conv2D:
    case Op::DepthwiseConv2D:
    case Op::FullyConnected:
    case Op::Add:
    case Op::Sub:
    case Op::Mul: return op.outputs.size() == 1 && op.outputs[0] && op.options && op.options->find(kFused);
    default: return false;
    }
}

std::int64_t impliedActivation(const Subgraph &g, const Operator &op)
{
    if (!canSayActivation(op) || op.options->integer(kFused) != kNone)
        return kNone;
    const Tensor &t = g.tensor(op.outputs[0]);
    if ((t.type != ElementType::UInt8 && t.type != ElementType::Int8) || t.quant.scale.size() != 1)
        return kNone;
    const IntegerRange r = integerRange(t.type);
    const double steps = std::round(kSix / static_cast<double>(t.quant.scale[0]));
    if (t.quant.zeroPointAt(0) != r.min)
        return kNone;
    return steps == static_cast<double>(r.max - r.min) ? kRelu6 : kRelu;
}

TablePtr withActivation(const TablePtr &from, std::int64_t activation)
{
    auto options = std::make_shared<Table>(*from);
    options->set(kFused, FieldValue{activation});
    return options;
}

} // namespace

Model withImpliedActivations(const Model &model)
{
    Model out = model;
    Subgraph &g = out.subgraphs.front();
    for (Operator &op : g.operators)
        if (const std::int64_t activation = impliedActivation(g, op); activation != kNone)
            op.options = withActivation(op.options, activation);
    return out;
}

void removeTrivialActivations(PassContext &c, const Model &given)
{
    for (std::size_t i = 0; i < c.graph().operators.size(); ++i) {
        Operator &op = c.graph().operators[i];
        const OperatorIndex o = c.out.origin[i];
        if (!o || !canSayActivation(op))
            continue;
        const Operator &before = given.subgraphs.front().op(o);
        const std::int64_t activation = op.options->integer(kFused);
        if (!before.options || before.options->integer(kFused) != kNone || activation == kNone)
            continue;
        const Tensor &t = c.graph().tensor(op.outputs[0]);
        if (t.quant.scale.size() != 1)
            continue;
        const EffectiveGrid e = c.effectiveOf(op.outputs[0]);
        const IntegerRange r = integerRange(t.type);
        const double step = e.ratio * static_cast<double>(t.quant.scale[0]);
        const auto real = [&](std::int64_t q) {
            return step * static_cast<double>(q - t.quant.zeroPointAt(0)) + e.offset;
        };
        // Half a step: nothing lies between.
        if (real(r.min) > -0.5 * step && (activation != kRelu6 || real(r.max) < kSix + 0.5 * step))
            op.options = withActivation(op.options, kNone);
    }
}

} // namespace requant
