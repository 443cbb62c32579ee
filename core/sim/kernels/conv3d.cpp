// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sim/kernels/conv3d.h"

#include "core/sim/kernels/convgeometry.h"

#include <algorithm>
#include <array>

namespace requant {
namespace {

// One of depth, height and width.
struct Axis
{
    int in = 1, out = 1, kernel = 1, stride = 1, dilation = 1, pad = 0;

    int position(int o, int k) const { return o * stride - pad + k * dilation; } // outside [0, in): padding
};

struct Conv3d
{
    std::array<Axis, 3> axes; // depth, height, width
    std::size_t batches = 0, inC = 0, outC = 0;
    bool hasBias = false;
    FloatRange range{};

    void run(const KernelRun &r) const
    {
        const std::size_t rows = batches * static_cast<std::size_t>(axes[0].out) * static_cast<std::size_t>(axes[1].out);
        r.parallel(rows, 1, [&](std::size_t begin, std::size_t end, Scratch &) {
            for (std::size_t row = begin; row < end; ++row)
                for (int x = 0; x < axes[2].out && !r.state.isCancelled(); ++x)
                    point(r, row, x);
        });
    }

    void point(const KernelRun &r, std::size_t row, int x) const
    {
        const auto [depth, height, width] = axes;
        const auto y = static_cast<int>(row % static_cast<std::size_t>(height.out)), d = static_cast<int>(row / static_cast<std::size_t>(height.out)) % depth.out;
        const std::size_t batch = row / (static_cast<std::size_t>(depth.out) * static_cast<std::size_t>(height.out));
        float *sums = r.output<float>() + (row * static_cast<std::size_t>(width.out) + static_cast<std::size_t>(x)) * outC;
        std::fill_n(sums, outC, 0.0f);
        const float *weights = r.input<float>(1);
        for (int kd = 0; kd < depth.kernel; ++kd)
            for (int ky = 0; ky < height.kernel; ++ky)
                for (int kx = 0; kx < width.kernel; ++kx, weights += inC * outC) {
                    const int id = depth.position(d, kd), iy = height.position(y, ky), ix = width.position(x, kx);
                    if (id < 0 || id >= depth.in || iy < 0 || iy >= height.in || ix < 0 || ix >= width.in)
                        continue;
                    if (r.state.isCancelled())
                        return;
                    const std::size_t plane = batch * static_cast<std::size_t>(depth.in) + static_cast<std::size_t>(id);
                    const std::size_t line = plane * static_cast<std::size_t>(height.in) + static_cast<std::size_t>(iy);
                    const float *in = r.input<float>(0) + (line * static_cast<std::size_t>(width.in) + static_cast<std::size_t>(ix)) * inC;
                    for (std::size_t c = 0; c < inC; ++c)
                        for (std::size_t o = 0; o < outC; ++o)
                            sums[o] += in[c] * weights[c * outC + o];
                }
        for (std::size_t o = 0; o < outC; ++o) {
            const float v = hasBias ? sums[o] + r.input<float>(2)[o] : sums[o];
            sums[o] = std::min(std::max(v, range.min), range.max);
        }
    }
};

} // namespace

Result<Kernel> makeConv3d(const KernelSetup &s)
{
    if (s.inputCount() < 2 || !s.hasInput(1))
        return s.unsupported("it has too few inputs");
    const Tensor &in = s.input(0), &weights = s.input(1), &out = s.output();
    const bool hasBias = s.hasInput(2);
    for (const Tensor *t : {&in, &weights, &out, hasBias ? &s.input(2) : &out})
        if (t->type != ElementType::Float32)
            return s.unsupported("type " + std::string(typeName(t->type)));
    if (in.shape.size() != 5 || weights.shape.size() != 5 || out.shape.size() != 5)
        return s.unsupported("input, weights or output is not five-dimensional");
    const std::int64_t inC = in.shape[4], outC = out.shape[4];
    if (weights.shape[3] != inC || weights.shape[4] != outC || out.shape[0] != in.shape[0] || (hasBias && elementCount(s.input(2).shape) != outC))
        return s.unsupported("the shapes do not fit");
    const std::int64_t padding = s.option("padding");
    if (padding != 0 && padding != 1)
        return s.unsupported("neither SAME nor VALID padding");
    Conv3d k;
    constexpr const char *kStrides[] = {"stride_d", "stride_h", "stride_w"}, *kDilations[] = {"dilation_d_factor", "dilation_h_factor", "dilation_w_factor"};
    for (std::size_t a = 0; a < 3; ++a) {
        const std::int64_t stride = s.option(kStrides[a]), dilation = s.option(kDilations[a], 1);
        const std::int64_t size = in.shape[a + 1], kernel = weights.shape[a];
        constexpr std::int64_t kMost = 1 << 24;
        if (stride < 1 || stride > kMost || dilation < 1 || dilation > kMost || size < 1 || kernel < 1)
            return s.unsupported("strides, dilations or sizes are out of range");
        Axis &axis = k.axes[a];
        axis = {static_cast<int>(size), static_cast<int>(out.shape[a + 1]), static_cast<int>(kernel), static_cast<int>(stride), static_cast<int>(dilation), 0};
        if (!ConvGeometry::fitsInt(axis.in, axis.kernel, axis.stride, axis.dilation) ||
            ConvGeometry::outputSize(padding == 0, axis.in, axis.kernel, axis.stride, axis.dilation) != axis.out)
            return s.unsupported("the output's size does not follow from strides and padding");
        axis.pad = ConvGeometry::padBefore(axis.in, axis.out, axis.kernel, axis.stride, axis.dilation);
    }
    const auto activation = static_cast<Activation>(s.option("fused_activation_function"));
    if (activation > Activation::Relu6)
        return s.unsupported("a fused activation that does not clip");
    k.batches = static_cast<std::size_t>(std::max<std::int64_t>(in.shape[0], 0));
    k.inC = static_cast<std::size_t>(std::max<std::int64_t>(inC, 0));
    k.outC = static_cast<std::size_t>(std::max<std::int64_t>(outC, 0));
    k.hasBias = hasBias;
    k.range = floatActivationRange(activation);
    return Kernel([k](const KernelRun &r) { k.run(r); });
}

} // namespace requant
