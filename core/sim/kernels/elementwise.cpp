// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sim/kernels/elementwise.h"

#include "core/sim/kernels/addrows.h"
#include "core/sim/kernels/elements.h"
#include "core/sim/kernels/exact.h"
#include "core/sim/kernels/outputstage.h"

#include <array>
#include <bit>
#include <cmath>
#include <memory>

namespace requant {

AddParams AddParams::make(float scale1, float scale2, float scaleOut, int leftShift)
{
    AddParams p;
    const double twiceMax = 2.0 * std::max(static_cast<double>(scale1), static_cast<double>(scale2));
    p.leftShift = leftShift;
    p.input1 = quantizeMultiplier(static_cast<double>(scale1) / twiceMax);
    p.input2 = quantizeMultiplier(static_cast<double>(scale2) / twiceMax);
    p.output = quantizeMultiplier(twiceMax / (static_cast<double>(1 << leftShift) * static_cast<double>(scaleOut)));
    return p;
}

AddXnnpack AddXnnpack::make(float scale1, float scale2, float scaleOut, std::int32_t zeroPoint1, std::int32_t zeroPoint2,
                            bool subtract)
{
    AddXnnpack p;
    const float ratio1 = scale1 / scaleOut, ratio2 = (subtract ? -scale2 : scale2) / scaleOut;
    const float most = std::max(std::abs(ratio1), std::abs(ratio2));
    const int exponent = static_cast<int>(std::bit_cast<std::uint32_t>(most) >> 23) - 127;
    p.shift = 20 - exponent;
    const auto scaled = [&](float ratio) { return static_cast<std::int32_t>(std::nearbyint(std::ldexp(ratio, p.shift))); };
    p.multiplier1 = scaled(ratio1);
    p.multiplier2 = scaled(ratio2);
    p.bias = (p.shift > 0 ? 1 << (p.shift - 1) : 0) - p.multiplier1 * zeroPoint1 - p.multiplier2 * zeroPoint2;
    return p;
}

namespace {

constexpr std::size_t kRow = 64, kPiece = 16 * kRow; // of accumulators

// term(a, b) as accumulators, then the output stage on rows of them. Counts. `row` gives the same for n pairs of operands that
// are not broadcast.
template <class T, class Term, class Row>
Kernel stagedPairs(const Broadcast &broadcast, const OutputStage &oneChannel, Term term, Row row)
{
    auto stage = std::make_shared<OutputStage>(oneChannel);
    stage->simd = simdLevel();
    stage->multiplier.assign(kRow, oneChannel.multiplier[0]);
    stage->leftShift.assign(kRow, oneChannel.leftShift[0]);
    stage->rightShift.assign(kRow, oneChannel.rightShift[0]);
    stage->real.assign(kRow, oneChannel.real[0]);
    stage->scale.assign(kRow, oneChannel.scale[0]);
    return [broadcast, term, row, stage](const KernelRun &r) {
        const T *a = r.input<T>(0);
        const T *b = r.input<T>(1);
        T *out = r.output<T>();
        forPieces(r, broadcast.count(), [&](std::size_t begin, std::size_t end) {
            std::int32_t acc[kPiece];
            std::size_t saturated = 0;
            for (std::size_t first = begin; first < end; first += kPiece) {
                const std::size_t n = std::min(kPiece, end - first), whole = n / kRow * kRow;
                if (!broadcast.sameShape() || !row(stage->simd, a + first, b + first, n, acc))
                    forPairs(broadcast, a, b, first, first + n, [&](T x, T y, std::size_t i) { acc[i - first] = term(x, y); });
                saturated += stage->applyRows(acc, kRow, n / kRow, 0, kRow, out + first, kRow, r.state.counters);
                saturated += stage->applyRows(acc + whole, kRow, n > whole ? 1 : 0, 0, n - whole, out + first + whole, kRow, r.state.counters);
            }
            if (r.state.counters)
                countResults(r, end - begin, saturated);
        });
    };
}

// Where there is no faster form for whole rows.
constexpr auto kNoRow = [](SimdLevel, const auto *, const auto *, std::size_t, std::int32_t *) { return false; };

OutputStage stageOf(const Tensor &output, Activation activation)
{
    OutputStage stage;
    const ActivationRange range = activationRange(activation, output);
    const SaturatingEnds ends = saturatingEnds(activation, output);
    stage.type = output.type;
    stage.zeroPoint = static_cast<std::int32_t>(output.quant.zeroPointAt(0));
    stage.min = range.min;
    stage.max = range.max;
    stage.countLow = ends.low;
    stage.countHigh = ends.high;
    stage.setChannels(1);
    return stage;
}

// 8-bit reference ADD/SUB: the scaled inputs come from two tables of 256.
template <class T>
Kernel addTables(const Broadcast &broadcast, const AddParams &p, const OutputStage &stage)
{
    struct Tables
    {
        std::array<std::int32_t, 256> first, second;
    };
    auto tables = std::make_shared<Tables>();
    for (std::size_t i = 0; i < 256; ++i) {
        const std::int32_t q = static_cast<T>(i);
        tables->first[i] = p.scaled1(q);
        tables->second[i] = p.subtract ? -p.scaled2(q) : p.scaled2(q);
    }
    return stagedPairs<T>(broadcast, stage, [tables](T x, T y) {
        return tables->first[static_cast<std::uint8_t>(x)] + tables->second[static_cast<std::uint8_t>(y)];
    }, [tables](SimdLevel level, const T *a, const T *b, std::size_t n, std::int32_t *acc) {
        const auto bytes = [](const T *q) { return reinterpret_cast<const std::uint8_t *>(q); };
        addFromTables(level, tables->first.data(), tables->second.data(), bytes(a), bytes(b), n, acc);
        return true;
    });
}

// q * 2^15 times m in 32 bits: the product's floor at 2^-16 comes from m's halves. The shift is no left one.
template <bool Single>
struct Scaled16
{
    std::int32_t high, low, right, nudge, first;

    explicit Scaled16(Multiplier m)
        : high(m.multiplier >> 16), low(m.multiplier & 0xFFFF), right(-m.shift), nudge(right > 0 ? 1 << (right - 1) : 0),
          first(Single && right > 0 ? 0 : 1 << 15)
    {}

    std::int32_t operator()(std::int32_t q) const
    {
        const std::int32_t x = q * high + ((q * low + first) >> 16);
        return Single ? (x + nudge) >> right : roundingDivideByPOT(x, right);
    }
};

// int16 reference ADD/SUB without zero points.
template <bool Single>
Kernel addScaled16(const Broadcast &broadcast, const AddParams &p, const OutputStage &stage)
{
    const Scaled16<Single> first(p.input1), second(p.input2);
    const std::int32_t sign = p.subtract ? -1 : 1;
    const auto term = [=](std::int32_t x, std::int32_t y) { return first(x) + sign * second(y); };
    return stagedPairs<std::int16_t>(broadcast, stage, term, [term](SimdLevel, const std::int16_t *a, const std::int16_t *b, std::size_t n, std::int32_t *acc) {
        for (std::size_t i = 0; i < n; ++i)
            acc[i] = term(a[i], b[i]);
        return true;
    });
}

// 8-bit ADD/SUB of XNNPACK.
template <class T>
Kernel addXnnpack(const Broadcast &broadcast, const AddXnnpack &p)
{
    return [broadcast, p, level = simdLevel()](const KernelRun &r) {
        const T *a = r.input<T>(0);
        const T *b = r.input<T>(1);
        T *out = r.output<T>();
        forPieces(r, broadcast.count(), [&](std::size_t begin, std::size_t end) {
            broadcast.forEachRun(begin, end, [&](std::size_t ia, std::size_t sa, std::size_t ib, std::size_t sb, std::size_t io, std::size_t n) {
                if (sa == 1 && sb == 1)
                    return addRows(level, p, a + ia, b + ib, n, out + io);
                for (std::size_t i = 0; i < n; ++i)
                    out[io + i] = static_cast<T>(p.apply(a[ia + i * sa], b[ib + i * sb]));
            });
        });
    };
}


// TFLite's int16 ADD/SUB for power-of-two scales: one input is shifted to the output's scale, the sum saturates.
Result<Kernel> addPowerOfTwo(const KernelSetup &s, const Broadcast &broadcast, const Clamp &clamp, bool subtract)
{
    const auto log2Of = [](float scale) { return static_cast<int>(std::lround(std::log2(static_cast<double>(scale)))); };
    const int out = log2Of(s.output().quant.scaleAt(0));
    const int shift1 = log2Of(s.input(0).quant.scaleAt(0)) - out, shift2 = log2Of(s.input(1).quant.scaleAt(0)) - out;
    if (shift1 > 0 || shift2 > 0 || (shift1 != 0 && shift2 != 0))
        return s.unsupported("power-of-two int16 scales: one input must have the output's scale and the other no larger one");
    return clampPairs<std::int16_t, std::int16_t>(broadcast, [=](std::int32_t a, std::int32_t b) {
        const std::int32_t x = roundingDivideByPOT(a, std::min(-shift1, 31)), y = roundingDivideByPOT(b, std::min(-shift2, 31));
        return subtract ? x - y : x + y;
    }, clamp);
}

// As TFLite's CheckedLog2: nearly a power of two is enough.
bool isPowerOfTwo(float scale)
{
    if (scale <= 0)
        return false;
    const float log = std::log(scale) * (1.0f / std::log(2.0f));
    return std::abs(log - std::round(log)) < 1e-3f;
}

// Of the storage types that ADD and MUL take: f(T{}).
template <class F>
Kernel withActivationType(ElementType type, F &&f)
{
    switch (type) {
    case ElementType::UInt8: return f(std::uint8_t{});
    case ElementType::Int8: return f(std::int8_t{});
    default: return f(std::int16_t{});
    }
}

template <class T>
T inRange(T v, const FloatRange &range) // as TFLite has it for NaN, too
{
    return std::min(std::max(v, range.min), range.max);
}

// Integers that are not quantized wrap; an activation clamps the integers themselves.
template <class T>
T inRange(T v, Activation activation)
{
    switch (activation) {
    case Activation::Relu: return std::max<T>(v, 0);
    case Activation::Relu6: return std::clamp<T>(v, 0, 6);
    case Activation::ReluN1To1: return std::clamp<T>(v, -1, 1);
    default: return v;
    }
}

// a + b, a - b or a * b of integers, modulo their size.
template <class T>
T wrapped(Op op, T a, T b)
{
    using U = std::make_unsigned_t<T>;
    using P = std::common_type_t<U, unsigned>;
    const P x = static_cast<U>(a), y = static_cast<U>(b);
    return static_cast<T>(static_cast<U>(op == Op::Add ? x + y : op == Op::Sub ? x - y : x * y));
}

Kernel plainIntegers(const KernelSetup &s, const Broadcast &broadcast, Activation activation)
{
    Kernel kernel;
    withType(s.output().type, [&]<class T>(T) {
        if constexpr (std::is_integral_v<T> && std::is_signed_v<T> && sizeof(T) >= 2) {
            const auto make = [&](auto f) { kernel = mapPairs<T, T>(broadcast, [=](T a, T b) { return inRange(f(a, b), activation); }); };
            switch (s.op().code) {
            case Op::Add: return make([](T a, T b) { return wrapped(Op::Add, a, b); });
            case Op::Sub: return make([](T a, T b) { return wrapped(Op::Sub, a, b); });
            default: return make([](T a, T b) { return wrapped(Op::Mul, a, b); });
            }
        }
    });
    return kernel;
}

struct Operands
{
    float scale1 = 0, scale2 = 0, scaleOut = 0;
    std::int32_t zeroPoint1 = 0, zeroPoint2 = 0, zeroPointOut = 0;
};

// What ADD, SUB and MUL have in common: types, grids, and everything that is not quantized.
struct Prepared
{
    Broadcast broadcast;
    Activation activation = Activation::None;
    Operands operands; // if quantized
    Kernel kernel;     // complete for floats and plain integers
};

Result<Prepared> prepare(const KernelSetup &s)
{
    const Tensor &a = s.input(0), &b = s.input(1), &out = s.output();
    if (a.type != b.type || a.type != out.type)
        return s.unsupported("inputs and output are of different types");
    auto broadcast = broadcastOf(s);
    if (!broadcast)
        return broadcast.error();
    Prepared p{*broadcast, static_cast<Activation>(s.option("fused_activation_function")), {}, {}};
    const FloatRange range = floatActivationRange(p.activation);
    if (a.type == ElementType::Float32) {
        const auto make = [&](auto f) { return mapPairs<float, float>(p.broadcast, [=](float x, float y) { return inRange(f(x, y), range); }); };
        p.kernel = s.op().code == Op::Add   ? make([](float x, float y) { return x + y; })
                   : s.op().code == Op::Sub ? make([](float x, float y) { return x - y; })
                                            : make([](float x, float y) { return x * y; });
        return p;
    }
    if (a.type == ElementType::Int32 || a.type == ElementType::Int64 || (a.type == ElementType::Int16 && !out.quant.isQuantized())) {
        p.kernel = plainIntegers(s, p.broadcast, p.activation);
        return p;
    }
    if (!isQuantizedActivation(a.type) || !a.quant.isQuantized() || !b.quant.isQuantized() || !out.quant.isQuantized())
        return s.unsupported("type " + std::string(typeName(a.type)));
    if (a.quant.isPerChannel() || b.quant.isPerChannel() || out.quant.isPerChannel())
        return s.unsupported("several scales");
    const auto zeroPoint = [](const Tensor &t) { return static_cast<std::int32_t>(t.quant.zeroPointAt(0)); };
    p.operands = {a.quant.scaleAt(0), b.quant.scaleAt(0), out.quant.scaleAt(0), zeroPoint(a), zeroPoint(b), zeroPoint(out)};
    if (!(p.operands.scale1 > 0 && p.operands.scale2 > 0 && p.operands.scaleOut > 0))
        return s.unsupported("a scale is not positive");
    return p;
}

} // namespace

Result<Kernel> makeAddSub(const KernelSetup &s)
{
    auto prepared = prepare(s);
    if (!prepared)
        return prepared.error();
    if (prepared->kernel)
        return std::move(prepared->kernel);
    const ElementType type = s.output().type;
    const bool subtract = s.op().code == Op::Sub;
    const Broadcast &broadcast = prepared->broadcast;
    const auto [s1, s2, so, z1, z2, zo] = prepared->operands;
    const Clamp clamp = Clamp::of(s.output(), prepared->activation);
    const ActivationRange range = activationRange(prepared->activation, s.output());

    if (isShift(s.arithmetic())) {
        const double ratio1 = static_cast<double>(s1) / static_cast<double>(so), ratio2 = static_cast<double>(s2) / static_cast<double>(so);
        if (!ExactSum::takes(ratio1) || !ExactSum::takes(ratio2))
            return s.unsupported("the output's scale is too small for the inputs'");
        const ExactSum sum(ratio1, subtract ? -ratio2 : ratio2, s.rounding());
        return withActivationType(type, [&, z1 = z1, z2 = z2, zo = zo]<class T>(T) {
            return clampPairs<T, T>(broadcast, [=](std::int32_t x, std::int32_t y) { return sum(x - z1, y - z2) + zo; }, clamp);
        });
    }
    // XNNPACK takes ratios in [2^-10, 2^8); others stay with TFLite.
    const auto inXnnpack = [](float ratio) { return ratio >= 0x1p-10f && ratio < 0x1p8f; };
    if (takenByXnnpack(s) && is8Bit(type) && inXnnpack(s1 / so) && inXnnpack(s2 / so)) {
        AddXnnpack p = AddXnnpack::make(s1, s2, so, z1, z2, subtract);
        p.zeroPointOut = zo;
        p.min = range.min;
        p.max = range.max;
        return withActivationType(type, [&]<class T>(T) {
            Kernel fast;
            if constexpr (sizeof(T) == 1)
                fast = addXnnpack<T>(broadcast, p);
            return countedKernel(std::move(fast), clampPairs<T, T>(broadcast, [p](std::int32_t x, std::int32_t y) { return p.unclamped(x, y); }, clamp));
        });
    }
    const bool powersOfTwo = type == ElementType::Int16 && s.option("pot_scale_int16", 1) != 0 && isPowerOfTwo(s1) && isPowerOfTwo(s2) && isPowerOfTwo(so);
    if (type == ElementType::Int16 && (!subtract || powersOfTwo) && (z1 != 0 || z2 != 0 || zo != 0))
        return s.unsupported("int16 with a zero point");
    if (powersOfTwo)
        return addPowerOfTwo(s, broadcast, clamp, subtract);

    AddParams p = AddParams::make(s1, s2, so, type == ElementType::Int16 ? 15 : 20);
    if (!subtract && p.output.shift > 0)
        return s.unsupported("the output's scale is too small for the inputs': TFLite stops the process");
    p.zeroPoint1 = z1;
    p.zeroPoint2 = z2;
    p.zeroPointOut = zo;
    p.min = range.min;
    p.max = range.max;
    p.subtract = subtract;
    p.rounding = s.rounding();
    OutputStage stage = stageOf(s.output(), prepared->activation);
    stage.fixed = p.rounding;
    stage.multiplier[0] = p.output.multiplier;
    stage.leftShift[0] = std::max(p.output.shift, 0);
    stage.rightShift[0] = std::max(-p.output.shift, 0);
    return withActivationType(type, [&, z1 = z1, z2 = z2]<class T>(T) {
        if constexpr (sizeof(T) == 1)
            return addTables<T>(broadcast, p, stage);
        else if (z1 == 0 && z2 == 0)
            return p.rounding == FixedRounding::Single ? addScaled16<true>(broadcast, p, stage) : addScaled16<false>(broadcast, p, stage);
        else
            return stagedPairs<T>(broadcast, stage, [p](T x, T y) { return p.subtract ? p.scaled1(x) - p.scaled2(y) : p.scaled1(x) + p.scaled2(y); }, kNoRow);
    });
}

Result<Kernel> makeMul(const KernelSetup &s)
{
    auto prepared = prepare(s);
    if (!prepared)
        return prepared.error();
    if (prepared->kernel)
        return std::move(prepared->kernel);
    const auto [s1, s2, so, z1, z2, zo] = prepared->operands;
    const bool is16 = s.output().type == ElementType::Int16;
    if (is16 && (z1 != 0 || z2 != 0 || zo != 0))
        return s.unsupported("int16 with a zero point");
    const float ratio = s1 * s2 / so; // float, as TFLite has it
    OutputStage stage = stageOf(s.output(), prepared->activation);
    stage.rounding = takenByXnnpack(s) && !is16 && ratio >= 0x1p-16f && ratio < 0x1p8f ? Rounding::FloatHalfEven : Rounding::Fixed;
    stage.fixed = s.rounding();
    stage.setChannel(0, static_cast<double>(ratio), ratio);
    return withActivationType(s.output().type, [&, z1 = z1, z2 = z2]<class T>(T) {
        return stagedPairs<T>(prepared->broadcast, stage, [z1, z2](std::int32_t x, std::int32_t y) { return (x - z1) * (y - z2); }, kNoRow);
    });
}

Result<Kernel> makeMinMax(const KernelSetup &s)
{
    const Tensor &a = s.input(0), &b = s.input(1), &out = s.output();
    const bool maximum = s.op().code == Op::Maximum;
    if (a.type != b.type || a.type != out.type)
        return s.unsupported("inputs and output are of different types");
    auto broadcast = broadcastOf(s);
    if (!broadcast)
        return broadcast.error();
    Kernel kernel;
    const bool known = withType(a.type, [&]<class T>(T) {
        kernel = mapPairs<T, T>(std::move(*broadcast), [maximum](T x, T y) { return (maximum ? x > y : x < y) ? x : y; });
    });
    if (!known)
        return s.unsupported("type " + std::string(typeName(a.type)));
    return kernel;
}

} // namespace requant
