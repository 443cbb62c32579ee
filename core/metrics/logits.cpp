// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/metrics/logits.h"

#include "core/sim/kernels/detection.h"

namespace requant {

TensorIndex logitsTensor(const Model &model)
{
    if (model.subgraphs.empty() || model.subgraphs.front().outputs.empty())
        return {};
    const Subgraph &g = model.subgraphs.front();
    const GraphIndex index(g);
    TensorIndex t = g.outputs.front(), otherwise = t;
    for (std::size_t step = 0; t && step < g.operators.size(); ++step) {
        const OperatorIndex o = index.producer(t);
        if (!o || g.op(o).inputs.empty() || !g.op(o).inputs[0])
            break;
        switch (g.op(o).code) {
        case Op::Softmax:
        case Op::Logistic:
        case Op::LogSoftmax:
        case Op::ArgMax: return g.op(o).inputs[0];
        case Op::Custom:
            if (g.op(o).customCode != kDetectionPostprocess || g.op(o).inputs.size() < 2 || !g.op(o).inputs[1])
                return otherwise;
            t = otherwise = g.op(o).inputs[1];
            break;
        case Op::Reshape:
        case Op::Squeeze:
        case Op::Quantize:
        case Op::Dequantize: t = g.op(o).inputs[0]; break;
        default: return otherwise;
        }
    }
    return otherwise;
}

} // namespace requant
