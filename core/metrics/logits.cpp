// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/metrics/logits.h"

namespace requant {

TensorIndex logitsTensor(const Model &model)
{
    if (model.subgraphs.empty() || model.subgraphs.front().outputs.empty())
        return {};
    const Subgraph &g = model.subgraphs.front();
    const GraphIndex index(g);
    TensorIndex t = g.outputs.front();
    for (std::size_t step = 0; t && step < g.operators.size(); ++step) {
        const OperatorIndex o = index.producer(t);
        if (!o || g.op(o).inputs.empty() || !g.op(o).inputs[0])
            break;
        switch (g.op(o).code) {
        case Op::Softmax:
        case Op::Logistic:
        case Op::LogSoftmax: return g.op(o).inputs[0];
        case Op::Reshape:
        case Op::Squeeze:
        case Op::Quantize:
        case Op::Dequantize: t = g.op(o).inputs[0]; break;
        default: return g.outputs.front();
        }
    }
    return g.outputs.front();
}

} // namespace requant
