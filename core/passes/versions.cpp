// SPDX-License-Identifier: GPL-3.0-or-later
// Afterwards: every operator that the table knows says a version that its types need, and int16 sums of power-of-two scales
// use the general form where shifts alone do not do.
#include "core/passes/context.h"

#include <algorithm>
#include <cmath>

namespace requant {

namespace {

// ADD and SUB of int16 on power-of-two scales only shift, and not every triple of scales can be shifted; the general
// form takes them all.
void allowGeneralScales(PassContext &c, Operator &op)
{
    if (!op.options || !op.options->flag("pot_scale_int16", true) || op.inputs.size() != 2 || op.outputs.empty())
        return;
    int log[3] = {};
    for (std::size_t i = 0; i < 3; ++i) {
        const TensorIndex t = i < 2 ? op.inputs[i] : op.outputs[0];
        if (!t || !c.graph().tensor(t).quant.isQuantized())
            return;
        std::frexp(c.graph().tensor(t).quant.scale[0], &log[i]);
    }
    if (log[0] <= log[2] && log[1] <= log[2] && (log[0] == log[2] || log[1] == log[2]))
        return;
    auto options = std::make_shared<Table>(*op.options);
    options->set("pot_scale_int16", FieldValue{std::int64_t{0}});
    op.options = std::move(options);
}

} // namespace

void setVersions(PassContext &c)
{
    for (Operator &op : c.graph().operators) {
        const OpSpec *spec = findOpSpec(op.code);
        if (!spec)
            continue;
        ElementType type = ElementType::Float32;
        for (TensorIndex t : op.inputs) {
            if (t && typeBit(c.graph().tensor(t).type) && typeBit(type) == 0)
                type = c.graph().tensor(t).type;
        }
        for (TensorIndex t : op.outputs) {
            if (t && typeBit(c.graph().tensor(t).type)) {
                type = c.graph().tensor(t).type;
                break;
            }
        }
        int version = spec->minVersion(type);
        const WeightedInputs at = weightedInputs(op.code);
        if (at.weight >= 0 && static_cast<std::size_t>(at.weight) < op.inputs.size() && op.inputs[static_cast<std::size_t>(at.weight)]
            && c.graph().tensor(op.inputs[static_cast<std::size_t>(at.weight)]).type == ElementType::Int4)
            version = op.code == Op::FullyConnected ? (type == ElementType::Int16 ? 13 : 10) : 7;
        op.version = std::max(op.version, version);
        if (type == ElementType::Int16 && (op.code == Op::Add || op.code == Op::Sub))
            allowGeneralScales(c, op);
    }
}

} // namespace requant
