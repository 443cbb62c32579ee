// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sim/kernels/qdq.h"

#include "core/sim/fixedpoint.h"
#include "core/sim/kernels/elements.h"
#include "core/sim/kernels/rows.h"

#include <cmath>

namespace requant {
namespace {

struct RealGrid
{
    float scale = 1;
    std::int32_t zeroPoint = 0;

    float real(std::int32_t q) const { return static_cast<float>(q - zeroPoint) * scale; }
    std::int64_t integer(float v) const
    {
        const float steps = std::nearbyint(v / scale);
        return steps != steps
                   ? std::numeric_limits<std::int32_t>::min()
                   : static_cast<std::int64_t>(std::clamp(static_cast<double>(steps), -0x1p40, 0x1p40)) + zeroPoint;
    }
};

std::optional<RealGrid> gridOf(const Tensor &t)
{
    if (!isQuantizedActivation(t.type) || !t.quant.isQuantized() || t.quant.isPerChannel() || !(t.quant.scaleAt(0) > 0))
        return std::nullopt;
    return RealGrid{t.quant.scaleAt(0), static_cast<std::int32_t>(t.quant.zeroPointAt(0))};
}

// Calls f with a value of the type, which is of 8 or 16 bits.
template <class F>
Kernel withActivation(ElementType type, F &&f)
{
    Kernel kernel;
    withType(type, [&]<class T>(T v) {
        if constexpr (std::is_integral_v<T> && sizeof(T) <= 2)
            kernel = f(v);
    });
    return kernel;
}

Activation fused(const KernelSetup &s)
{
    return static_cast<Activation>(s.option("fused_activation_function"));
}

template <class Combine>
Result<Kernel> pairs(const KernelSetup &s, Combine combine)
{
    auto broadcast = broadcastOf(s);
    if (!broadcast)
        return broadcast.error();
    const Clamp clamp = Clamp::of(s.output(), fused(s));
    return withActivation(s.output().type, [&]<class T>(T) { return clampPairs<T, T>(*broadcast, combine, clamp); });
}

std::int64_t rounded(float v)
{
    return static_cast<std::int64_t>(std::nearbyint(std::clamp(v, -0x1p31f, 0x1p31f)));
}

// The file's operators work on integers (QLinearAdd ...), not on reals between quantizers.
bool onIntegers(const KernelSetup &s)
{
    return s.model().sourceFile
           && (s.model().sourceFile->format == kOnnxUnsigned || s.model().sourceFile->format == "onnx-integers");
}

Result<Kernel> realPairs(const KernelSetup &s, RealGrid a, RealGrid b, RealGrid out)
{
    const FloatRange range = floatActivationRange(fused(s));
    const auto with = [&](auto combine) {
        return pairs(s, [=](std::int32_t x, std::int32_t y) {
            return out.integer(std::clamp(combine(a.real(x), b.real(y)), range.min, range.max));
        });
    };
    switch (s.op().code) {
    case Op::Add: return with([](float v, float w) { return v + w; });
    case Op::Sub: return with([](float v, float w) { return v - w; });
    default: return with([](float v, float w) { return v * w; });
    }
}

// QLinearAdd: one fused multiply-add per operand on the stored integers.
Result<Kernel> sum(const KernelSetup &s, RealGrid a, RealGrid b, RealGrid out, bool subtract)
{
    // Integers of the file: int8 may be uint8 there, which rounds otherwise in the last bit of a float.
    const bool moved = s.output().type == ElementType::Int8 && s.model().sourceFile->format == kOnnxUnsigned;
    const std::int32_t up = moved ? 128 : 0;
    for (RealGrid *g : {&a, &b, &out})
        g->zeroPoint += up;
    const float ra = a.scale / out.scale, rb = (subtract ? -b.scale : b.scale) / out.scale;
    // One product is fused with the sum, as compilers do it there.
    const float fixed = static_cast<float>(out.zeroPoint)
                        - std::fma(ra, static_cast<float>(a.zeroPoint), rb * static_cast<float>(b.zeroPoint));
    return pairs(s, [=](std::int32_t x, std::int32_t y) {
        return rounded(std::fma(static_cast<float>(x + up), ra, std::fma(static_cast<float>(y + up), rb, fixed))) - up;
    });
}

Result<Kernel> product(const KernelSetup &s, RealGrid a, RealGrid b, RealGrid out)
{
    const float ratio = a.scale * b.scale / out.scale, zero = static_cast<float>(out.zeroPoint);
    return pairs(s, [=](std::int32_t x, std::int32_t y) {
        return rounded(static_cast<float>((x - a.zeroPoint) * (y - b.zeroPoint)) * ratio + zero);
    });
}

template <class F>
Kernel function(const KernelSetup &s, RealGrid in, RealGrid out, F f)
{
    const auto count = static_cast<std::size_t>(elementCount(s.input(0).shape));
    const Clamp clamp = Clamp::of(s.output());
    return withActivation(s.input(0).type, [&]<class In>(In) {
        return withActivation(s.output().type, [&]<class Out>(Out) {
            const auto integer = [=](std::int32_t q) { return out.integer(f(in.real(q))); };
            if constexpr (sizeof(In) == 1)
                return tabulateElements<In, Out>(integer, clamp, count);
            else
                return clampElements<In, Out>(integer, clamp, count);
        });
    });
}

Kernel fromFloat(const KernelSetup &s, RealGrid out)
{
    const auto count = static_cast<std::size_t>(elementCount(s.input(0).shape));
    return withActivation(s.output().type, [&]<class T>(T) {
        return clampElements<float, T>([out](float v) { return out.integer(v); }, Clamp::of(s.output()), count);
    });
}

// Reals of the window are added row by row; padding does not count.
std::optional<Result<Kernel>> averagePool(const KernelSetup &s, RealGrid in, RealGrid out)
{
    const Shape &x = s.input(0).shape, &y = s.output().shape;
    if (x.size() != 4 || y.size() != 4 || x[0] != y[0] || x[3] != y[3])
        return std::nullopt;
    const auto option = [&](const char *name) { return s.option(name, 1); };
    const std::int64_t kh = option("filter_height"), kw = option("filter_width"), sh = option("stride_h"),
                       sw = option("stride_w");
    constexpr std::int64_t kMost = 1 << 20;
    if (kh < 1 || kw < 1 || sh < 1 || sw < 1 || kh > kMost || kw > kMost || sh > kMost || sw > kMost)
        return std::nullopt;
    const bool same = s.option("padding") == 0;
    const auto outputs = [&](std::int64_t n, std::int64_t k, std::int64_t step) {
        return same ? (n + step - 1) / step : (n - k) / step + 1;
    };
    if (y[1] != outputs(x[1], kh, sh) || y[2] != outputs(x[2], kw, sw))
        return std::nullopt;
    const auto before = [&](std::int64_t n, std::int64_t o, std::int64_t k, std::int64_t step) {
        return std::max<std::int64_t>(0, (o - 1) * step + k - n) / 2;
    };
    const std::int64_t top = same ? before(x[1], y[1], kh, sh) : 0, left = same ? before(x[2], y[2], kw, sw) : 0;
    const Clamp clamp = Clamp::of(s.output(), fused(s));
    const bool integers = onIntegers(s), whole = !integers && y[1] == 1 && y[2] == 1 && kh == x[1] && kw == x[2];
    const std::int64_t ih = x[1], iw = x[2], c = x[3], oh = y[1], ow = y[2];
    // Of a whole picture: what MEAN computes, so that both spellings of it are the same.
    const auto sumOf = [=](const auto *p, std::int64_t n, std::int64_t k) {
        std::int32_t total = 0;
        for (std::int64_t i = 0; i < ih * iw; ++i)
            total += p[(n * ih * iw + i) * c + k] - in.zeroPoint;
        return total;
    };
    return withActivation(s.input(0).type, [&]<class T>(T) {
        return Kernel([=](const KernelRun &r) {
            const auto rows = static_cast<std::size_t>(x[0]) * static_cast<std::size_t>(oh);
            r.parallel(rows, 1, [&](std::size_t first, std::size_t end, Scratch &) {
                for (std::size_t row = first; row < end && !r.state.isCancelled(); ++row) {
                    const auto n = static_cast<std::int64_t>(row) / oh, oy = static_cast<std::int64_t>(row) % oh;
                    const std::int64_t y0 = std::max<std::int64_t>(oy * sh - top, 0),
                                       y1 = std::min(oy * sh - top + kh, ih);
                    for (std::int64_t ox = 0; ox < ow; ++ox) {
                        const std::int64_t x0 = std::max<std::int64_t>(ox * sw - left, 0),
                                           x1 = std::min(ox * sw - left + kw, iw);
                        for (std::int64_t k = 0; k < c; ++k) {
                            float total = 0;
                            for (std::int64_t i = y0; i < y1; ++i)
                                for (std::int64_t j = x0; j < x1; ++j)
                                    total += in.real(r.input<T>(0)[((n * ih + i) * iw + j) * c + k]);
                            const float real =
                                total / static_cast<float>(std::max<std::int64_t>(1, (y1 - y0) * (x1 - x0)));
                            const std::int64_t v =
                                whole ? std::int64_t{scaleXnnpack(sumOf(r.input<T>(0), n, k),
                                                                  in.scale / (out.scale * static_cast<float>(ih * iw)))}
                                            + out.zeroPoint
                                : integers ? rounded(real / out.scale + static_cast<float>(out.zeroPoint))
                                           : out.integer(real);
                            r.output<T>()[(static_cast<std::int64_t>(row) * ow + ox) * c + k] = clamp.store<T>(v);
                            if (r.state.counters)
                                countResults(r, 1, clamp.isSaturated(v));
                        }
                    }
                }
            });
        });
    });
}

std::optional<Result<Kernel>> softmax(const KernelSetup &s, RealGrid in, RealGrid out)
{
    const Shape &shape = s.input(0).shape;
    if (shape.empty() || elementCount(shape) == 0 || shape.back() < 1)
        return std::nullopt;
    const Clamp clamp = Clamp::of(s.output());
    const auto depth = static_cast<std::size_t>(shape.back());
    const std::size_t rows = static_cast<std::size_t>(elementCount(shape)) / depth;
    const auto beta = static_cast<float>(s.realOption("beta", 1));
    return withActivation(s.input(0).type, [&]<class T>(T) {
        return Kernel([=](const KernelRun &r) {
            r.parallel(rows, std::max<std::size_t>(1, kElementPiece / depth),
                       [&](std::size_t begin, std::size_t end, Scratch &scratch) {
                           auto *exps = reinterpret_cast<float *>(scratch.get(depth * sizeof(float)));
                           for (std::size_t row = begin; row < end && !r.state.isCancelled(); ++row) {
                               const T *x = r.input<T>(0) + row * depth;
                               T *y = r.output<T>() + row * depth;
                               const float most = in.real(*std::max_element(x, x + depth));
                               float sum = 0;
                               for (std::size_t c = 0; c < depth; ++c)
                                   sum += exps[c] = std::exp(beta * (in.real(x[c]) - most));
                               for (std::size_t c = 0; c < depth; ++c)
                                   y[c] = clamp.store<T>(out.integer(exps[c] / sum));
                           }
                       });
        });
    });
}

} // namespace

std::optional<Result<Kernel>> makeQdq(const KernelSetup &s)
{
    if (s.inputCount() == 0 || s.outputCount() != 1 || !s.hasInput(0))
        return std::nullopt;
    const Tensor &x = s.input(0), &y = s.output();
    const auto out = gridOf(y);
    if (!out)
        return std::nullopt;
    const Op op = s.op().code;
    const bool sameCount = elementCount(x.shape) == elementCount(y.shape);
    if (op == Op::Quantize && x.type == ElementType::Float32 && sameCount)
        return fromFloat(s, *out);
    const auto in = gridOf(x);
    if (!in)
        return std::nullopt;
    if (op == Op::Add || op == Op::Sub || op == Op::Mul) {
        const auto b = s.inputCount() == 2 && s.hasInput(1) ? gridOf(s.input(1)) : std::nullopt;
        if (!b || s.input(1).type != x.type || x.type != y.type)
            return std::nullopt;
        if (!onIntegers(s))
            return realPairs(s, *in, *b, *out);
        return op == Op::Mul ? product(s, *in, *b, *out) : sum(s, *in, *b, *out, op == Op::Sub);
    }
    if (op == Op::AveragePool2D && x.type == y.type)
        return averagePool(s, *in, *out);
    if (op == Op::Softmax && x.type == y.type && sameCount)
        return softmax(s, *in, *out);
    if (!sameCount)
        return std::nullopt;
    const auto alpha = static_cast<float>(s.realOption("alpha"));
    switch (op) {
    case Op::Quantize: return function(s, *in, *out, [](float v) { return v; });
    case Op::Logistic: return function(s, *in, *out, [](float v) { return 1.0f / (1.0f + std::exp(-v)); });
    case Op::Tanh: return function(s, *in, *out, [](float v) { return std::tanh(v); });
    case Op::Relu: return function(s, *in, *out, [](float v) { return std::max(v, 0.0f); });
    case Op::Relu6: return function(s, *in, *out, [](float v) { return std::clamp(v, 0.0f, 6.0f); });
    case Op::ReluN1To1: return function(s, *in, *out, [](float v) { return std::clamp(v, -1.0f, 1.0f); });
    case Op::LeakyRelu: return function(s, *in, *out, [alpha](float v) { return v < 0 ? v * alpha : v; });
    case Op::HardSwish:
        return function(s, *in, *out, [](float v) { return v * std::clamp(v * (1.0f / 6.0f) + 0.5f, 0.0f, 1.0f); });
    default: return std::nullopt;
    }
}

} // namespace requant
