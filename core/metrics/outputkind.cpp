// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/metrics/outputkind.h"

#include "core/sim/kernels/detection.h"

#include <algorithm>

namespace requant {

namespace {

// Elements of all dimensions but the last.
std::int64_t places(const Shape &shape)
{
    return shape.empty() ? 1 : elementCount(Shape(shape.begin(), shape.end() - 1));
}

// The operator that makes a tensor's values; null for graph inputs and constants.
const Operator *maker(const Subgraph &g, TensorIndex t)
{
    const GraphIndex index(g);
    for (std::size_t step = 0; t && step < g.operators.size(); ++step) {
        const OperatorIndex o = index.producer(t);
        if (!o)
            return nullptr;
        const Operator &op = g.op(o);
        switch (op.code) {
        case Op::Reshape:
        case Op::Squeeze:
        case Op::ExpandDims:
        case Op::Cast:
        case Op::Quantize:
        case Op::Dequantize:
            if (op.inputs.empty())
                return &op;
            t = op.inputs[0];
            break;
        default: return &op;
        }
    }
    return nullptr;
}

} // namespace

std::string_view outputKindName(OutputKind kind)
{
    switch (kind) {
    case OutputKind::Scores: return "scores";
    case OutputKind::Mask: return "mask";
    case OutputKind::Detections: return "detections";
    case OutputKind::Values: break;
    }
    return "values";
}

Outputs outputsOf(const Model &model)
{
    Outputs out;
    if (model.subgraphs.empty() || model.subgraphs.front().outputs.empty())
        return out;
    const Subgraph &g = model.subgraphs.front();
    out.tensor = g.outputs.front();
    if (!out.tensor)
        return out;
    const Shape &shape = g.tensor(out.tensor).shape;
    const std::int64_t count = elementCount(shape);
    if (const Operator *op = maker(g, out.tensor)) {
        if (op->code == Op::Custom && op->customCode == kDetectionPostprocess && op->outputs.size() >= 4) {
            out.kind = OutputKind::Detections;
            std::copy_n(op->outputs.begin(), 4, out.detections.begin());
            return out;
        }
        if (op->code == Op::ArgMax && count > 1) {
            out.kind = OutputKind::Mask;
            return out;
        }
        if (op->code == Op::Softmax && shape.size() == 4 && shape[3] > 1 && places(shape) > 1) {
            out.kind = OutputKind::Mask;
            out.classes = static_cast<std::size_t>(shape[3]);
            return out;
        }
    }
    const bool asManyAsIn = std::any_of(g.inputs.begin(), g.inputs.end(),
                                        [&](TensorIndex t) { return t && elementCount(g.tensor(t).shape) == count; });
    if (!shape.empty() && shape.back() == count && count > 1 && !asManyAsIn)
        out.kind = OutputKind::Scores;
    return out;
}

} // namespace requant
