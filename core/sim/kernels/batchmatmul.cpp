// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sim/kernels/batchmatmul.h"

#include "core/sim/kernels/dot.h"
#include "core/sim/kernels/hybrid.h"
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
            LayerCounters tally;
            for (std::size_t row = begin; row < end && !r.state.isCancelled(); ++row) {
                const std::size_t batch = row / g.rows;
                const std::int16_t *a = left + (g.of(batch, g.left) * g.rows + row % g.rows) * g.depth;
                const std::int16_t *b = right + g.of(batch, g.right) * g.columns * g.depth;
                for (std::size_t j = 0; j < g.columns && !r.state.isCancelled(); ++j)
                    f(r, a, b + j * g.depth, row * g.columns + j, tally);
            }
            count(r, tally);
        });
    };
}

// finish(r, sum, output position) gives the output.
template <class Finishing>
Kernel floatKernel(const MatmulShape &g, Finishing &&finish)
{
    return [g, finish](const KernelRun &r) {
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
                for (std::size_t first = 0; first < g.columns && !r.state.isCancelled(); first += kBlock) {
                    const std::size_t n = std::min(kBlock, g.columns - first);
                    std::array<float, kBlock> sum{};
                    for (std::size_t k = 0; k < g.depth; ++k) // each sum in the order of k
                        for (std::size_t j = 0; j < n; ++j)
                            sum[j] += a[k] * b[k * g.columns + first + j];
                    for (std::size_t j = 0, at = row * g.columns + first; j < n; ++j, ++at)
                        out[at] = finish(r, sum[j], at);
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
    if (isHybrid(s, 1))
        return makeHybridBatchMatmul(s);
    const auto shape = matmulShape(s);
    if (!shape)
        return shape.error();
    const MatmulShape &g = *shape;
    const Tensor &x = s.input(0), &y = s.input(1), &out = s.output();
    if (x.type == ElementType::Float32 && y.type == ElementType::Float32 && out.type == ElementType::Float32)
        return floatKernel(g, [](const KernelRun &, float sum, std::size_t) { return sum; });
    if (x.type == ElementType::Int8 && y.type == ElementType::Int8 && out.type == ElementType::Int32)
        return integerKernel<std::int8_t, std::int8_t>(g, 0, 0, [depth = g.depth, level = simdLevel()](const KernelRun &r, const std::int16_t *a, const std::int16_t *b, std::size_t at, LayerCounters &) {
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
    if (!wide)
        return integerKernel<std::int8_t, std::int8_t>(g, zero(x), zero(y), [depth = g.depth, stage, level = simdLevel()](const KernelRun &r, const std::int16_t *a, const std::int16_t *b, std::size_t at, LayerCounters &tally) {
            r.output<std::int8_t>()[at] = finish<std::int8_t>(stage, dot(level, a, b, depth), 0, tally);
        });
    if (!factorsFitWideAccumulators(stage))
        return s.unsupported("the output's scale is too small for the inputs': TFLite stops the process");
    const auto store = [depth = g.depth, stage](const KernelRun &r, const std::int16_t *a, const std::int16_t *b, std::size_t at, LayerCounters &tally) {
        r.output<std::int16_t>()[at] = finish<std::int16_t>(stage, dotWide(a, b, depth), 0, tally);
    };
    if (y.type == ElementType::Int8)
        return integerKernel<std::int16_t, std::int8_t>(g, 0, 0, store);
    return integerKernel<std::int16_t, std::int16_t>(g, 0, 0, store);
}

Result<Kernel> makeDynamicFullyConnected(const KernelSetup &s)
{
    const Tensor &x = s.input(0), &w = s.input(1), &out = s.output();
    if (w.shape.size() != 2 || elementCount(w.shape) == 0)
        return s.unsupported("the weights are not two-dimensional");
    const std::int64_t elements = elementCount(x.shape), depth = w.shape[1], channels = w.shape[0];
    if (elements % depth != 0 || elementCount(out.shape) != elements / depth * channels)
        return s.unsupported("the shapes do not fit the weights");
    MatmulShape g;
    g.rows = static_cast<std::size_t>(elements / depth);
    g.depth = static_cast<std::size_t>(depth);
    g.columns = static_cast<std::size_t>(channels);
    g.adjY = true;
    if (s.hasInput(2) && elementCount(s.input(2).shape) != channels)
        return s.unsupported("the bias has not one value per channel");
    const ElementType biasType = s.hasInput(2) ? s.input(2).type : x.type == ElementType::Float32 ? ElementType::Float32 : ElementType::Int32;
    const auto activation = static_cast<Activation>(s.option("fused_activation_function"));

    if (x.type == ElementType::Float32) {
        if (w.type != x.type || out.type != x.type || biasType != x.type)
            return s.unsupported("float inputs with weights of type " + std::string(typeName(w.type)) + " that are not constant");
        return floatKernel(g, [range = floatActivationRange(activation), n = g.columns](const KernelRun &r, float sum, std::size_t at) {
            const float v = r.in.size() > 2 && r.in[2] ? sum + r.input<float>(2)[at % n] : sum;
            return std::min(std::max(v, range.min), range.max);
        });
    }

    const bool wide = x.type == ElementType::Int16;
    const bool weightsFit = w.type == x.type || (wide && w.type == ElementType::Int8);
    if (!isQuantizedActivation(x.type) || !weightsFit || out.type != x.type)
        return s.unsupported("inputs of type " + std::string(typeName(x.type)) + ", weights of type " + std::string(typeName(w.type)) +
                             " that are not constant, outputs of type " + std::string(typeName(out.type)));
    if (biasType != ElementType::Int32 && !(wide && biasType == ElementType::Int64))
        return s.unsupported("a bias of type " + std::string(typeName(biasType)));
    if (!x.quant.isQuantized() || !w.quant.isQuantized() || !out.quant.isQuantized())
        return s.unsupported("a tensor has no scale");
    const bool perChannel = w.quant.isPerChannel();
    if (perChannel && (w.quant.scale.size() != g.columns || w.quant.quantizedDimension != 0 || w.type == ElementType::UInt8))
        return s.unsupported("the weights' scales are not one per output channel");
    const auto zero = [](const Tensor &t) { return static_cast<std::int32_t>(t.quant.zeroPointAt(0)); };
    if (wide && (zero(x) != 0 || zero(w) != 0 || zero(out) != 0))
        return s.unsupported("int16 tensors with a zero point");

    // The accumulator's width: conv.h.
    const bool hasBias = s.hasInput(2), intBias = hasBias && biasType == ElementType::Int32;
    const auto asked = static_cast<ElementType>(s.option("quantized_bias_type"));
    const bool narrow = !wide || intBias || (s.isXnnpack() ? !hasBias && asked != ElementType::Int64 : asked == ElementType::Int32);
    const bool through16 = w.type == ElementType::Int16; // int16 weights: always 64 bits and the fixed multiplier
    Rounding rounding = Rounding::Fixed;
    FixedRounding fixed = s.rounding();
    if (s.isXnnpack() && narrow && !through16)
        fixed = FixedRounding::Single;
    else if (!through16 && (s.isXnnpack() || s.arithmetic() == Arithmetic::TfliteReference))
        rounding = Rounding::RealHalfAway;
    const ScaleProduct product = perChannel || rounding == Rounding::RealHalfAway ? ScaleProduct::Double : ScaleProduct::Float;
    const OutputStage stage = outputStage(x, w, out, g.columns, activation, rounding, fixed, product);
    const bool acc64 = wide && (!narrow || through16);
    if (acc64 && rounding == Rounding::Fixed && !factorsFitWideAccumulators(stage))
        return s.unsupported("the output's scale is too small for the inputs': TFLite stops the process");

    const auto make = [&]<class X, class W>(X, W) -> Kernel {
        return integerKernel<X, W>(g, zero(x), perChannel ? 0 : zero(w), [g, stage, acc64, biasType, hasBias, level = simdLevel()](const KernelRun &r, const std::int16_t *a, const std::int16_t *b, std::size_t at, LayerCounters &tally) {
            const std::size_t c = at % g.columns;
            const std::int64_t bias = !hasBias ? 0 : biasType == ElementType::Int64 ? r.input<std::int64_t>(2)[c] : r.input<std::int32_t>(2)[c];
            if constexpr (sizeof(X) == 2) {
                const std::int64_t sum = dotWide(a, b, g.depth) + bias;
                r.output<X>()[at] = acc64 ? finish<X>(stage, sum, c, tally) : finish<X>(stage, static_cast<std::int32_t>(sum), c, tally);
            } else {
                const auto sum = static_cast<std::uint32_t>(dot(level, a, b, g.depth)) + static_cast<std::uint32_t>(bias);
                r.output<X>()[at] = finish<X>(stage, static_cast<std::int32_t>(sum), c, tally);
            }
        });
    };
    if (x.type == ElementType::UInt8)
        return make(std::uint8_t{}, std::uint8_t{});
    if (x.type == ElementType::Int8)
        return make(std::int8_t{}, std::int8_t{});
    return through16 ? make(std::int16_t{}, std::int16_t{}) : make(std::int16_t{}, std::int8_t{});
}

} // namespace requant
