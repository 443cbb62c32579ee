// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sim/kernels/reduce.h"

#include "core/sim/kernels/elements.h"
#include "core/sim/kernels/reduction.h"

#include <bit>
#include <cmath>
#include <limits>

namespace requant {
namespace {

Result<Reduction> reductionOf(const KernelSetup &s, std::vector<bool> *axes = nullptr)
{
    const Shape &in = s.input(0).shape;
    if (!s.isConstant(1) && elementCount(s.input(1).shape) != 0)
        return s.unsupported("the axes are not constant");
    std::vector<bool> reduced(in.size(), false);
    const auto rank = static_cast<std::int64_t>(in.size());
    for (std::int64_t axis : s.constantInts(1)) {
        if (rank == 0)
            break; // a scalar has no axes; TFLite does not look at them
        axis += axis < 0 ? rank : 0;
        if (axis < 0 || axis >= rank)
            return s.unsupported("an axis is out of range");
        reduced[static_cast<std::size_t>(axis)] = true;
    }
    if (axes)
        *axes = reduced;
    const Reduction r(in, reduced);
    if (static_cast<std::int64_t>(r.outputs()) != elementCount(s.output().shape))
        return s.unsupported("the output's shape does not fit the axes");
    if (!r.ok())
        return s.unsupported("too many dimensions");
    return r;
}

template <class T>
T wrappingAdd(T a, T b) { return static_cast<T>(static_cast<std::make_unsigned_t<T>>(a) + static_cast<std::make_unsigned_t<T>>(b)); }
template <class T>
T wrappingMul(T a, T b)
{
    using P = std::common_type_t<std::make_unsigned_t<T>, unsigned>;
    return static_cast<T>(static_cast<P>(static_cast<std::make_unsigned_t<T>>(a)) * static_cast<P>(static_cast<std::make_unsigned_t<T>>(b)));
}

template <class T, class Step>
Kernel fold(const Reduction &p, T start, Step step)
{
    return [=](const KernelRun &r) {
        T *out = r.output<T>();
        p.run(r, r.input<T>(0), start, step, [out](std::size_t i, T v) { out[i] = v; });
    };
}

Kernel floatMeanOrSum(const Reduction &p, bool mean)
{
    const float n = static_cast<float>(p.count()), divisor = mean ? n : 1.0f; // 0 / 0 is the mean of nothing
    return [=](const KernelRun &r) {
        float *out = r.output<float>();
        p.run(r, r.input<float>(0), 0.0f, [](float a, float x) { return a + x; }, [=](std::size_t i, float v) { out[i] = v / divisor; });
    };
}

template <class T>
Kernel integerMean(const Reduction &p)
{
    const auto n = static_cast<std::int64_t>(std::max<std::size_t>(p.count(), 1));
    return [p, n](const KernelRun &r) {
        T *out = r.output<T>();
        p.run(r, r.input<T>(0), std::int64_t{0}, [](std::int64_t a, T x) { return wrappingAdd(a, std::int64_t{x}); },
              [=](std::size_t i, std::int64_t v) { out[i] = static_cast<T>(v / n); });
    };
}

// How a quantized sum of integers becomes the output's integer.
struct SumScale
{
    enum class Kind { Fixed, FloatHalfEven, FloatHalfAway } kind = Kind::Fixed;
    Multiplier multiplier;
    FixedRounding rounding = FixedRounding::Double;
    float scale = 0, bias = 0;
    std::int32_t offset = 0; // minus zero point times n: TFLite's int32 wraps
    std::int32_t zeroPoint = 0;

    std::int64_t operator()(std::int32_t sum) const
    {
        switch (kind) {
        case Kind::Fixed: return std::int64_t{multiplyByQuantizedMultiplier(wrappingAdd(sum, offset), multiplier, rounding)} + zeroPoint;
        case Kind::FloatHalfEven: return std::int64_t{scaleXnnpack(wrappingAdd(sum, offset), scale)} + zeroPoint;
        default:
            return static_cast<std::int64_t>(std::clamp(std::round(static_cast<float>(sum) * scale + bias), -0x1p31f, 0x1p31f)) + zeroPoint;
        }
    }
};

SumScale sumScale(const KernelSetup &s, const Reduction &p, bool mean)
{
    const Tensor &in = s.input(0), &out = s.output();
    const float si = in.quant.scaleAt(0), so = out.quant.scaleAt(0);
    const auto n = static_cast<std::int64_t>(p.count());
    SumScale f;
    f.rounding = s.rounding();
    f.zeroPoint = static_cast<std::int32_t>(out.quant.zeroPointAt(0));
    f.offset = static_cast<std::int32_t>(static_cast<std::uint32_t>(-in.quant.zeroPointAt(0) * n));
    const double ratio = static_cast<double>(si) / static_cast<double>(so);
    if (isShift(s.arithmetic())) {
        f.multiplier = quantizeMultiplier(mean ? ratio / static_cast<double>(std::max<std::int64_t>(n, 1)) : ratio);
        return f;
    }
    if ((takenByXnnpack(s) || s.isOnnxRuntime()) && mean && is8Bit(in.type)) {
        f.kind = SumScale::Kind::FloatHalfEven;
        f.scale = si / (so * static_cast<float>(n));
        return f;
    }
    if (s.isXnnpack() && !mean) {
        f.kind = SumScale::Kind::FloatHalfAway;
        f.scale = si / so;
        f.bias = static_cast<float>(-in.quant.zeroPointAt(0)) * f.scale * static_cast<float>(n);
        return f;
    }
    f.multiplier = quantizeMultiplier(ratio);
    if (mean && n > 0) { // 1 / n folded into the multiplier, as precise as its headroom allows
        int shift = 63 - std::countl_zero(static_cast<std::uint64_t>(n));
        shift = std::min({shift, 32, 31 + f.multiplier.shift});
        f.multiplier.multiplier = static_cast<std::int32_t>((static_cast<std::int64_t>(f.multiplier.multiplier) << shift) / n);
        f.multiplier.shift -= shift;
    }
    return f;
}

// Stored integers without a result: TFLite leaves the value 0.
template <class T>
Kernel zeros(std::size_t n)
{
    return [n](const KernelRun &r) { std::fill_n(r.output<T>(), n, T{}); };
}

template <class T>
Kernel quantizedSum(const Reduction &p, const SumScale &scale, const Clamp &clamp)
{
    if (p.count() == 0)
        return zeros<T>(p.outputs());
    return [=](const KernelRun &r) {
        T *out = r.output<T>();
        const auto step = [](std::uint32_t a, T x) { return a + static_cast<std::uint32_t>(std::int32_t{x}); };
        p.run(r, r.input<T>(0), std::uint32_t{0}, step, [&](std::size_t i, std::uint32_t sum) {
            const std::int64_t v = scale(static_cast<std::int32_t>(sum));
            out[i] = clamp.store<T>(v);
            if (r.state.counters)
                countResults(r, 1, clamp.isSaturated(v));
        });
    };
}

// One value, then products: the first is taken as it is.
struct Product
{
    std::int32_t value = 0;
    bool started = false;
};

template <class T>
Kernel quantizedProduct(const KernelSetup &s, const Reduction &p)
{
    const Tensor &in = s.input(0), &out = s.output();
    if (p.count() == 0)
        return zeros<T>(p.outputs());
    const auto zi = static_cast<std::int32_t>(in.quant.zeroPointAt(0)), zo = static_cast<std::int32_t>(out.quant.zeroPointAt(0));
    const Multiplier m = quantizeMultiplier(static_cast<double>(in.quant.scaleAt(0)) /
                                            std::pow(static_cast<double>(out.quant.scaleAt(0)), 1.0 / static_cast<double>(p.count())));
    const Clamp clamp = Clamp::of(out);
    const FixedRounding rounding = s.rounding();
    return [=](const KernelRun &r) {
        T *y = r.output<T>();
        const auto step = [=](Product a, T x) {
            if (!a.started)
                return Product{x - zi, true};
            return Product{multiplyByQuantizedMultiplier(std::int64_t{a.value} * (x - zi), m, rounding), true};
        };
        p.run(r, r.input<T>(0), Product{}, step, [&](std::size_t i, Product a) {
            const std::int64_t v = std::int64_t{multiplyByQuantizedMultiplier(std::int64_t{a.value}, m, rounding)} + zo;
            y[i] = clamp.store<T>(v);
            if (r.state.counters)
                countResults(r, 1, clamp.isSaturated(v));
        });
    };
}

const char *unfitGrids(const Tensor &in, const Tensor &out)
{
    if (!in.quant.isQuantized() || !out.quant.isQuantized() || in.quant.isPerChannel() || out.quant.isPerChannel())
        return "a tensor has no scale or several";
    return in.quant.scaleAt(0) > 0 && out.quant.scaleAt(0) > 0 ? nullptr : "a scale is not positive";
}

} // namespace

Result<Kernel> makeMeanOrSum(const KernelSetup &s)
{
    const Tensor &in = s.input(0), &out = s.output();
    const bool mean = s.op().code == Op::Mean;
    if (in.type != out.type)
        return s.unsupported("input and output are of different types");
    auto p = reductionOf(s);
    if (!p)
        return p.error();
    switch (in.type) {
    case ElementType::Float32: return floatMeanOrSum(*p, mean);
    case ElementType::Int32: return mean ? integerMean<std::int32_t>(*p) : fold<std::int32_t>(*p, 0, wrappingAdd<std::int32_t>);
    case ElementType::Int64: return mean ? integerMean<std::int64_t>(*p) : fold<std::int64_t>(*p, 0, wrappingAdd<std::int64_t>);
    default: break;
    }
    if (!isQuantizedActivation(in.type))
        return s.unsupported("type " + std::string(typeName(in.type)));
    if (const char *why = unfitGrids(in, out))
        return s.unsupported(why);
    const SumScale scale = sumScale(s, *p, mean);
    Kernel kernel;
    withType(in.type, [&]<class T>(T) {
        if constexpr (std::is_integral_v<T> && sizeof(T) <= 2)
            kernel = quantizedSum<T>(*p, scale, Clamp::of(out));
    });
    return kernel;
}

Result<Kernel> makeReduce(const KernelSetup &s)
{
    const Tensor &in = s.input(0), &out = s.output();
    const Op op = s.op().code;
    if (in.type != out.type)
        return s.unsupported("input and output are of different types");
    auto p = reductionOf(s);
    if (!p)
        return p.error();
    if (op == Op::ReduceAny || op == Op::ReduceAll) {
        if (in.type != ElementType::Bool)
            return s.unsupported("type " + std::string(typeName(in.type)));
        const bool all = op == Op::ReduceAll;
        return fold<std::uint8_t>(*p, all ? 1 : 0, [all](std::uint8_t a, std::uint8_t x) {
            return static_cast<std::uint8_t>(all ? a != 0 && x != 0 : a != 0 || x != 0);
        });
    }
    if (op == Op::ReduceProd && in.quant.isQuantized() && isQuantizedActivation(in.type)) {
        if (const char *why = unfitGrids(in, out))
            return s.unsupported(why);
        if (in.type == ElementType::UInt8)
            return s.unsupported("type uint8");
        return in.type == ElementType::Int8 ? quantizedProduct<std::int8_t>(s, *p) : quantizedProduct<std::int16_t>(s, *p);
    }
    if (isQuantizedActivation(in.type) && (in.quant.scaleAt(0) != out.quant.scaleAt(0) || in.quant.zeroPointAt(0) != out.quant.zeroPointAt(0)))
        return s.unsupported("input and output are on different grids: TFLite refuses the network");
    Kernel kernel;
    withType(in.type, [&]<class T>(T) {
        using Limits = std::numeric_limits<T>;
        if (op == Op::ReduceMax)
            kernel = fold<T>(*p, Limits::lowest(), [](T a, T x) { return x > a ? x : a; });
        else if (op == Op::ReduceMin)
            kernel = fold<T>(*p, Limits::max(), [](T a, T x) { return x < a ? x : a; });
        else if constexpr (std::is_floating_point_v<T>)
            kernel = fold<T>(*p, T(1), [](T a, T x) { return a * x; });
        else
            kernel = fold<T>(*p, T(1), wrappingMul<T>);
    });
    if (!kernel)
        return s.unsupported("type " + std::string(typeName(in.type)));
    return kernel;
}

Result<Kernel> makeCumsum(const KernelSetup &s)
{
    const Tensor &in = s.input(0), &out = s.output();
    if (in.type != out.type || in.shape.empty() || elementCount(in.shape) != elementCount(out.shape))
        return s.unsupported("input and output differ in type or shape or are scalars");
    if (!s.isConstant(1) || s.constantInts(1).size() != 1)
        return s.unsupported("the axis is not constant");
    const auto rank = static_cast<std::int64_t>(in.shape.size());
    const std::int64_t given = s.constantInts(1)[0], axis = given + (given < 0 ? rank : 0);
    if (axis < 0 || axis >= rank)
        return s.unsupported("the axis is out of range");
    std::size_t inner = 1, outer = 1;
    for (std::int64_t d = 0; d < rank; ++d)
        if (d != axis)
            (d < axis ? outer : inner) *= static_cast<std::size_t>(in.shape[static_cast<std::size_t>(d)]);
    const auto n = static_cast<std::size_t>(in.shape[static_cast<std::size_t>(axis)]);
    const bool exclusive = s.option("exclusive") != 0, reverse = s.option("reverse") != 0;
    const auto make = [=]<class T>(T) {
        return Kernel([=](const KernelRun &r) {
            r.parallel(inner * outer, std::max<std::size_t>(1, kElementPiece / std::max<std::size_t>(n, 1)), [&](std::size_t begin, std::size_t end, Scratch &) {
                for (std::size_t i = begin; i < end && !r.state.isCancelled(); ++i) {
                    const std::size_t first = i / inner * n * inner + i % inner;
                    T sum{};
                    for (std::size_t k = 0; k < n; ++k) {
                        const std::size_t at = first + (reverse ? n - 1 - k : k) * inner;
                        const T before = sum;
                        if constexpr (std::is_floating_point_v<T>)
                            sum += r.input<T>(0)[at];
                        else
                            sum = wrappingAdd(sum, r.input<T>(0)[at]);
                        r.output<T>()[at] = exclusive ? before : sum;
                    }
                }
            });
        });
    };
    switch (in.type) {
    case ElementType::Float32: return make(float{});
    case ElementType::Int32: return make(std::int32_t{});
    case ElementType::Int64: return make(std::int64_t{});
    default: return s.unsupported("type " + std::string(typeName(in.type)));
    }
}

} // namespace requant
