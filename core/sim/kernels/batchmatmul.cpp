// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sim/kernels/batchmatmul.h"

#include "core/sim/kernels/dot.h"
#include "core/sim/kernels/weights.h"

#include <algorithm>

namespace requant {
namespace {

constexpr std::size_t kBlock = 64;

// Both sides with the depth last, as int16 without zero points, then f(left row, right column, output position, tally).
template <class Left, class Right, class F>
Kernel integerKernel(const MatmulShape &g, std::int32_t leftZero, std::int32_t rightZero, F &&f)
{
    return [g, leftZero, rightZero, f](const KernelRun &r) {
        const std::size_t leftSize = g.leftCount() * g.rows * g.depth, rightSize = g.rightCount() * g.columns * g.depth;
        auto *left = reinterpret_cast<std::int16_t *>(r.scratch.get((leftSize + rightSize) * sizeof(std::int16_t)));
        auto *right = left + leftSize;
        const auto less = [](std::int32_t zero) { return [zero](auto v) { return static_cast<std::int16_t>(v - zero); }; };
        copyMatrices(r.input<Left>(0), g.leftCount(), g.adjX ? g.depth : g.rows, g.adjX ? g.rows : g.depth, g.adjX, left, less(leftZero));
        copyMatrices(r.input<Right>(1), g.rightCount(), g.adjY ? g.columns : g.depth, g.adjY ? g.depth : g.columns, !g.adjY, right, less(rightZero));
        r.parallel(g.batchCount() * g.rows, 1, [&](std::size_t begin, std::size_t end, Scratch &) {
            Tally tally;
            for (std::size_t row = begin; row < end && !r.state.isCancelled(); ++row) {
                const std::size_t batch = row / g.rows;
                const std::int16_t *a = left + (g.of(batch, g.left) * g.rows + row % g.rows) * g.depth;
                const std::int16_t *b = right + g.of(batch, g.right) * g.columns * g.depth;
                for (std::size_t j = 0; j < g.columns; ++j)
                    f(r, a, b + j * g.depth, row * g.columns + j, tally);
            }
            Finish::count(r, tally);
        });
    };
}

Kernel floatKernel(const MatmulShape &g)
{
    return [g](const KernelRun &r) {
        const std::size_t leftSize = g.leftCount() * g.rows * g.depth, rightSize = g.rightCount() * g.columns * g.depth;
        auto *left = reinterpret_cast<float *>(r.scratch.get((leftSize + rightSize) * sizeof(float)));
        auto *right = left + leftSize;
        const auto same = [](float v) { return v; };
        copyMatrices(r.input<float>(0), g.leftCount(), g.adjX ? g.depth : g.rows, g.adjX ? g.rows : g.depth, g.adjX, left, same);
        copyMatrices(r.input<float>(1), g.rightCount(), g.adjY ? g.columns : g.depth, g.adjY ? g.depth : g.columns, g.adjY, right, same);
        auto *out = r.output<float>();
        r.parallel(g.batchCount() * g.rows, 1, [&](std::size_t begin, std::size_t end, Scratch &) {
            for (std::size_t row = begin; row < end && !r.state.isCancelled(); ++row) {
                const std::size_t batch = row / g.rows;
                const float *a = left + (g.of(batch, g.left) * g.rows + row % g.rows) * g.depth;
                const float *b = right + g.of(batch, g.right) * g.columns * g.depth;
                for (std::size_t first = 0; first < g.columns; first += kBlock) {
                    const std::size_t n = std::min(kBlock, g.columns - first);
                    std::array<float, kBlock> sum{};
                    for (std::size_t k = 0; k < g.depth; ++k) // each sum in the order of k
                        for (std::size_t j = 0; j < n; ++j)
                            sum[j] += a[k] * b[k * g.columns + first + j];
                    std::copy_n(sum.begin(), n, out + row * g.columns + first);
                }
            }
        });
    };
}

} // namespace

Result<MatmulShape> matmulShape(const KernelSetup &s)
{
    const Shape &x = s.input(0).shape, &y = s.input(1).shape, &out = s.output().shape;
    const std::size_t rank = std::max(x.size(), y.size());
    if (x.size() < 2 || y.size() < 2 || rank > 5 || out.size() != rank)
        return s.unsupported("ranks");
    MatmulShape g;
    g.adjX = s.option("adj_x") != 0;
    g.adjY = s.option("adj_y") != 0;
    const auto size = [](std::int32_t v) { return static_cast<std::size_t>(std::max(v, 0)); };
    const auto last = [&](const Shape &shape, std::size_t back) { return size(shape[shape.size() - back]); };
    g.rows = last(x, g.adjX ? 1 : 2);
    g.depth = last(x, g.adjX ? 2 : 1);
    g.columns = last(y, g.adjY ? 2 : 1);
    if (last(y, g.adjY ? 1 : 2) != g.depth || last(out, 2) != g.rows || last(out, 1) != g.columns)
        return s.unsupported("the matrices do not fit each other");
    for (std::size_t d = 0; d + 2 < rank; ++d) { // from the last batch dimension
        const auto at = [&](const Shape &shape) { return d + 2 < shape.size() ? last(shape, d + 3) : std::size_t{1}; };
        const std::size_t a = at(x), b = at(y), n = a == 1 ? b : a;
        if ((a != b && a != 1 && b != 1) || at(out) != n)
            return s.unsupported("the batches do not fit each other");
        g.left[2 - d] = a;
        g.right[2 - d] = b;
        g.batches[2 - d] = n;
    }
    return g;
}

Result<Kernel> makeBatchMatmul(const KernelSetup &s)
{
    const auto shape = matmulShape(s);
    if (!shape)
        return shape.error();
    const MatmulShape &g = *shape;
    const Tensor &x = s.input(0), &y = s.input(1), &out = s.output();
    if (x.type == ElementType::Float32 && y.type == ElementType::Float32 && out.type == ElementType::Float32)
        return floatKernel(g);
    if (x.type == ElementType::Int8 && y.type == ElementType::Int8 && out.type == ElementType::Int32)
        return integerKernel<std::int8_t, std::int8_t>(g, 0, 0, [depth = g.depth, level = simdLevel()](const KernelRun &r, const std::int16_t *a, const std::int16_t *b, std::size_t at, Tally &) {
            r.output<std::int32_t>()[at] = dot(level, a, b, depth);
        });

    const bool wide = x.type == ElementType::Int16;
    if ((x.type != ElementType::Int8 && !wide) || (y.type != ElementType::Int8 && !(wide && y.type == ElementType::Int16)) || out.type != x.type)
        return s.unsupported("inputs of type " + std::string(typeName(x.type)) + " and " + std::string(typeName(y.type)) + " with outputs of type " + std::string(typeName(out.type)));
    if (!x.quant.isQuantized() || !y.quant.isQuantized() || !out.quant.isQuantized())
        return s.unsupported("a tensor has no scale");
    if (x.quant.isPerChannel() || y.quant.isPerChannel() || out.quant.isPerChannel())
        return s.unsupported("per-channel scales");
    const auto zero = [](const Tensor &t) { return static_cast<std::int32_t>(t.quant.zeroPointAt(0)); };
    if (wide && (zero(x) != 0 || zero(y) != 0 || zero(out) != 0))
        return s.unsupported("int16 tensors with a zero point");
    const OutputStage stage = outputStage(x, y, out, 1, Activation::None, Rounding::Fixed, s.rounding(), ScaleProduct::Float);
    const Finish finish(stage, Activation::None, out);
    if (!wide)
        return integerKernel<std::int8_t, std::int8_t>(g, zero(x), zero(y), [depth = g.depth, finish, level = simdLevel()](const KernelRun &r, const std::int16_t *a, const std::int16_t *b, std::size_t at, Tally &tally) {
            r.output<std::int8_t>()[at] = finish.store<std::int8_t>(dot(level, a, b, depth), 0, tally);
        });
    if (!factorsFitWideAccumulators(stage))
        return s.unsupported("the output's scale is too small for the inputs': TFLite stops the process");
    const auto store = [depth = g.depth, finish](const KernelRun &r, const std::int16_t *a, const std::int16_t *b, std::size_t at, Tally &tally) {
        r.output<std::int16_t>()[at] = finish.store<std::int16_t>(dotWide(a, b, depth), 0, tally);
    };
    if (y.type == ElementType::Int8)
        return integerKernel<std::int16_t, std::int8_t>(g, 0, 0, store);
    return integerKernel<std::int16_t, std::int16_t>(g, 0, 0, store);
}

} // namespace requant
