// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/passes/patchgeometry.h"

#include <algorithm>

namespace requant {

namespace {

int padBefore(bool same, int in, int out, int kernel, int stride, int dilation)
{
    return same ? std::max(0, (out - 1) * stride + (kernel - 1) * dilation + 1 - in) / 2 : 0;
}

} // namespace

std::optional<PatchGeometry> PatchGeometry::create(const Model &model, const Operator &op)
{
    const Subgraph &g = model.subgraphs.front();
    const bool dense = op.code == Op::FullyConnected;
    if ((op.code != Op::Conv2D && op.code != Op::DepthwiseConv2D && !dense) || op.inputs.size() < 2 || !op.inputs[0]
        || !op.inputs[1] || op.outputs.empty() || !op.outputs[0])
        return {};
    const Tensor &in = g.tensor(op.inputs[0]), &w = g.tensor(op.inputs[1]), &out = g.tensor(op.outputs[0]);
    PatchGeometry a;
    if (dense) {
        if (w.shape.size() != 2 || w.shape[1] < 1)
            return {};
        a.m_inC = w.shape[1];
        a.m_outW = static_cast<int>(elementCount(in.shape) / w.shape[1]); // rows
        a.m_inW = a.m_outW;
        a.m_size = static_cast<std::size_t>(w.shape[1]);
    } else {
        if (in.shape.size() != 4 || w.shape.size() != 4 || out.shape.size() != 4 || in.shape[0] != 1 || !op.options)
            return {};
        const auto option = [&](const char *name) {
            return std::max(1, static_cast<int>(op.options->integer(name, 1)));
        };
        const bool same = op.options->integer("padding") == 0;
        a.m_inH = in.shape[1];
        a.m_inW = in.shape[2];
        a.m_inC = in.shape[3];
        a.m_outH = out.shape[1];
        a.m_outW = out.shape[2];
        a.m_kernelH = w.shape[1];
        a.m_kernelW = w.shape[2];
        a.m_strideH = option("stride_h");
        a.m_strideW = option("stride_w");
        a.m_dilationH = option("dilation_h_factor");
        a.m_dilationW = option("dilation_w_factor");
        a.m_padTop = padBefore(same, a.m_inH, a.m_outH, a.m_kernelH, a.m_strideH, a.m_dilationH);
        a.m_padLeft = padBefore(same, a.m_inW, a.m_outW, a.m_kernelW, a.m_strideW, a.m_dilationW);
        const bool depthwise = op.code == Op::DepthwiseConv2D;
        const int channels = depthwise ? 1 : w.shape[3];
        if (channels < 1 || a.m_inC < 1 || a.m_inC % channels != 0)
            return {};
        a.m_blocks = static_cast<std::size_t>(a.m_inC / channels);
        a.m_size = static_cast<std::size_t>(a.m_kernelH) * static_cast<std::size_t>(a.m_kernelW)
                   * static_cast<std::size_t>(channels);
    }
    if (a.m_size == 0 || a.m_outH < 1 || a.m_outW < 1)
        return {};
    return a;
}

} // namespace requant
