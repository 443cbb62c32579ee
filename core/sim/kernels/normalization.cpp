// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sim/kernels/normalization.h"

#include "core/sim/kernels/elements.h"
#include "core/sim/kernels/rows.h"
#include "core/sim/kernels/softmax.h"

#include <array>
#include <bit>
#include <cmath>
#include <memory>

namespace requant {
namespace {

std::int32_t mul(std::int32_t a, std::int32_t b) { return saturatingRoundingDoublingHighMul(a, b); }
std::int32_t add(std::int32_t a, std::int32_t b) { return static_cast<std::int32_t>(static_cast<std::uint32_t>(a) + static_cast<std::uint32_t>(b)); }
std::int32_t sub(std::int32_t a, std::int32_t b) { return static_cast<std::int32_t>(static_cast<std::uint32_t>(a) - static_cast<std::uint32_t>(b)); }
std::int32_t saturated(std::int64_t v)
{
    return static_cast<std::int32_t>(std::clamp<std::int64_t>(v, std::numeric_limits<std::int32_t>::min(), std::numeric_limits<std::int32_t>::max()));
}

} // namespace

Multiplier inverseSquareRoot(std::int32_t x)
{
    if (x <= 1)
        return {std::numeric_limits<std::int32_t>::max(), 0};
    int shift = 11;
    for (; x >= 1 << 29; x /= 4)
        ++shift;
    const int pairs = (std::countl_zero(static_cast<std::uint32_t>(x)) - 1) / 2 - 1; // x becomes a number in [1/8, 1/2) of Q3.28's unit
    shift -= pairs;
    x *= 1 << (2 * pairs);
    const std::int32_t half = roundingDivideByPOT(x >> 1, 1);
    constexpr std::int32_t kOneAndAHalf = (1 << 28) + (1 << 27), kHalfSqrt2 = 1518500250;
    std::int32_t root = 1 << 28; // Newton, from 1
    for (int i = 0; i < 5; ++i) {
        const std::int32_t cube = saturatingShiftLeft(mul(mul(root, root), root), 6);
        root = saturatingShiftLeft(sub(mul(kOneAndAHalf, root), mul(half, cube)), 3);
    }
    root = mul(root, kHalfSqrt2);
    if (shift < 0) {
        root = static_cast<std::int32_t>(static_cast<std::uint32_t>(root) << -shift);
        shift = 0;
    }
    return {root, -shift};
}

// Normalised twice, as it is and times sqrt(1/2), the better of which lies within 2^(1/4) of 2^(-1/4); there a quotient of
// polynomials is enough.
std::int32_t logOfAtLeastOne(std::int32_t x)
{
    constexpr int kInputBits = 12, kSumBits = 6; // of the integer part; the sum has one more than the result
    constexpr std::int32_t kLog2 = 1488522236, kFourthRootHalf = 1805811301, kRootHalf = 1518500250;
    constexpr std::int32_t kAlphaN = 117049297, kAlphaD = 127690142, kAlphaI = 1057819769, kAlphaF = 638450708;
    constexpr std::int32_t kQuarter = 1 << 23; // Q6.25

    const int headroom = std::countl_zero(static_cast<std::uint32_t>(x));
    const std::int32_t r1 = saturatingShiftLeft(mul(saturatingShiftLeft(x, headroom - 1), kRootHalf), 1);
    const std::int32_t log1 = saturated(std::int64_t{saturatingShiftLeft(kInputBits - headroom, 31 - kSumBits)} + kQuarter);
    const int headroom2 = std::countl_zero(static_cast<std::uint32_t>(mul(x, kRootHalf))) - 1;
    const std::int32_t r2 = saturatingShiftLeft(x, headroom2);
    const std::int32_t log2 = saturated(std::int64_t{saturatingShiftLeft(kInputBits - headroom2, 31 - kSumBits)} - kQuarter);
    const std::int32_t r = std::min(r1, r2), logOfPower = std::max(log1, log2);

    const std::int64_t sum = std::int64_t{r} + kFourthRootHalf;
    const auto p = static_cast<std::int32_t>((sum + (sum >= 0 ? 1 : -1)) / 2);
    const std::int32_t difference = sub(r, kFourthRootHalf), q = add(difference, difference), square = mul(q, q);
    const std::int32_t numerator = add(mul(q, r), mul(mul(q, square), kAlphaN));
    const std::int32_t denominator = add(mul(p, add(add(kAlphaI, q), mul(kAlphaD, square))), mul(kAlphaF, q)); // less one
    const std::int32_t scaled = roundingDivideByPOT(numerator, kSumBits);
    return saturatingShiftLeft(add(mul(logOfPower, kLog2), mul(scaled, oneOverOnePlusX(denominator))), 1);
}

namespace {

template <class T>
Kernel l2Normalization8(const Rows &rows, std::int32_t zeroPoint, FixedRounding rounding)
{
    return [=](const KernelRun &r) {
        forLastDims(r, rows, [&](std::size_t row) {
            const T *x = r.input<T>(0) + row * rows.depth;
            T *y = r.output<T>() + row * rows.depth;
            std::uint32_t sum = 0;
            for (std::size_t c = 0; c < rows.depth; ++c)
                sum += static_cast<std::uint32_t>((x[c] - zeroPoint) * (x[c] - zeroPoint));
            const Multiplier root = inverseSquareRoot(static_cast<std::int32_t>(sum));
            for (std::size_t c = 0; c < rows.depth; ++c) {
                const std::int32_t v = x[c] - zeroPoint;
                if constexpr (std::is_same_v<T, std::uint8_t>)
                    y[c] = static_cast<T>(std::clamp(128 + multiplyByQuantizedMultiplier(128 * v, root, rounding), 0, 255));
                else
                    y[c] = static_cast<T>(std::clamp(multiplyByQuantizedMultiplier(v, {root.multiplier, root.shift + 7}, rounding), -128, 127));
            }
        });
    };
}

// Everything that depends on the difference to the row's largest value only.
struct LogSoftmaxTables
{
    std::array<std::int32_t, 256> scaled{}, exps{}; // Q5.26 and Q12.19, by minus the difference
    std::int32_t diffMin = 0;
    Multiplier reverse;
    FixedRounding rounding = FixedRounding::Double;
};

template <class T>
void logSoftmaxRow(const LogSoftmaxTables &t, const T *x, T *y, std::size_t depth)
{
    constexpr std::int32_t kMin = std::numeric_limits<T>::min(), kMax = std::numeric_limits<T>::max();
    const std::int32_t most = *std::max_element(x, x + depth);
    std::int64_t sum = 0;
    for (std::size_t c = 0; c < depth; ++c)
        if (x[c] - most >= t.diffMin)
            sum += t.exps[static_cast<std::size_t>(most - x[c])];
    const std::int32_t log = logOfAtLeastOne(saturated(sum));
    const std::int32_t least = std::max(t.diffMin - 1, multiplyByQuantizedMultiplier(add(log, std::numeric_limits<std::int32_t>::min()), t.reverse, t.rounding));
    for (std::size_t c = 0; c < depth; ++c) {
        std::int32_t v = kMin;
        if (x[c] - most > least)
            v = std::clamp(roundingDivideByPOT(sub(t.scaled[static_cast<std::size_t>(most - x[c])], log), 22) + kMax, kMin, kMax);
        y[c] = static_cast<T>(v);
    }
}

// TFLite's optimized kernel: exponentials of float, the logarithm once per row.
struct FloatLogSoftmax
{
    std::array<float, 256> exps{}; // exp(-scale * i)
    float inScale = 1, outScale = 1;
    std::int32_t zeroPoint = 0;
};

template <class T>
void logSoftmaxRow(const FloatLogSoftmax &t, const T *x, T *y, std::size_t depth)
{
    const std::int32_t most = *std::max_element(x, x + depth);
    float sum = 0.0f;
    for (std::size_t c = 0; c < depth; ++c)
        sum += t.exps[static_cast<std::size_t>(most - x[c])];
    const float scale = t.inScale / t.outScale, offset = (t.inScale * static_cast<float>(most) + std::log(sum)) / t.outScale;
    for (std::size_t c = 0; c < depth; ++c) {
        const auto v = static_cast<std::int32_t>(std::nearbyint(scale * static_cast<float>(x[c]) - offset)) + t.zeroPoint;
        y[c] = static_cast<T>(std::clamp<std::int32_t>(v, std::numeric_limits<T>::min(), std::numeric_limits<T>::max()));
    }
}

template <class T, class Tables>
Kernel logSoftmax8(const Rows &rows, std::shared_ptr<const Tables> tables)
{
    return [rows, tables](const KernelRun &r) {
        forLastDims(r, rows, [&](std::size_t row) {
            logSoftmaxRow(*tables, r.input<T>(0) + row * rows.depth, r.output<T>() + row * rows.depth, rows.depth);
        });
    };
}

Status checkRows(const KernelSetup &s)
{
    const Tensor &in = s.input(0), &out = s.output();
    if (in.type != out.type || in.shape.empty() || in.shape != out.shape)
        return s.unsupported("input and output differ in type or shape or are scalars");
    if (in.type != ElementType::Float32 && !is8Bit(in.type))
        return s.unsupported("type " + std::string(typeName(in.type)));
    if (is8Bit(in.type) && (in.quant.isPerChannel() || !(in.quant.scaleAt(0) > 0)))
        return s.unsupported("the input has no scale or several");
    return success();
}

bool hasGrid(const Tensor &t, float scale, std::int64_t zeroPoint) { return t.quant.scaleAt(0) == scale && t.quant.zeroPointAt(0) == zeroPoint; }

} // namespace

Result<Kernel> makeL2Normalization(const KernelSetup &s)
{
    if (auto ok = checkRows(s); !ok)
        return ok.error();
    if (s.option("fused_activation_function") != 0)
        return s.unsupported("a fused activation");
    const ElementType type = s.input(0).type;
    const Rows rows = rowsOf(s.input(0).shape);
    if (type == ElementType::Float32)
        return Kernel([rows](const KernelRun &r) {
            forLastDims(r, rows, [&](std::size_t row) {
                const float *x = r.input<float>(0) + row * rows.depth;
                float *y = r.output<float>() + row * rows.depth, sum = 0;
                for (std::size_t c = 0; c < rows.depth; ++c)
                    sum += x[c] * x[c];
                const float norm = std::max(std::sqrt(sum), 1e-6f);
                for (std::size_t c = 0; c < rows.depth; ++c)
                    y[c] = x[c] / norm;
            });
        });
    if (!hasGrid(s.output(), 1.0f / 128, type == ElementType::UInt8 ? 128 : 0))
        return s.unsupported("the output's scale is not 1/128 or its zero point is not in the middle");
    const auto zeroPoint = static_cast<std::int32_t>(s.input(0).quant.zeroPointAt(0));
    return type == ElementType::UInt8 ? l2Normalization8<std::uint8_t>(rows, zeroPoint, s.rounding()) : l2Normalization8<std::int8_t>(rows, zeroPoint, s.rounding());
}

Result<Kernel> makeLogSoftmax(const KernelSetup &s)
{
    if (auto ok = checkRows(s); !ok)
        return ok.error();
    const ElementType type = s.input(0).type;
    const Rows rows = rowsOf(s.input(0).shape);
    if (type == ElementType::Float32)
        return Kernel([rows](const KernelRun &r) {
            forLastDims(r, rows, [&](std::size_t row) {
                const float *x = r.input<float>(0) + row * rows.depth;
                float *y = r.output<float>() + row * rows.depth, sum = 0;
                const float most = *std::max_element(x, x + rows.depth);
                for (std::size_t c = 0; c < rows.depth; ++c)
                    sum += std::exp(x[c] - most);
                const float log = std::log(sum);
                for (std::size_t c = 0; c < rows.depth; ++c)
                    y[c] = x[c] - most - log;
            });
        });
    if (!hasGrid(s.output(), 16.0f / 256, type == ElementType::UInt8 ? 255 : 127))
        return s.unsupported("the output's scale is not 1/16 or its zero point is not the largest integer");
    const float scale = s.input(0).quant.scaleAt(0);
    if (s.isXnnpack()) {
        auto t = std::make_shared<FloatLogSoftmax>();
        for (std::size_t i = 0; i < 256; ++i)
            t->exps[i] = std::exp(-scale * static_cast<float>(i));
        t->inScale = scale;
        t->outScale = s.output().quant.scaleAt(0);
        t->zeroPoint = static_cast<std::int32_t>(s.output().quant.zeroPointAt(0));
        return type == ElementType::UInt8 ? logSoftmax8<std::uint8_t, FloatLogSoftmax>(rows, t) : logSoftmax8<std::int8_t, FloatLogSoftmax>(rows, t);
    }
    constexpr int kIntegerBits = 5;
    const Multiplier m = quantizeMultiplier(std::min(static_cast<double>(scale) * (1 << (31 - kIntegerBits)), 2147483647.0));
    const double reverse = std::ldexp(1.0, 31 - m.shift) / static_cast<double>(m.multiplier);
    if (m.shift < 1 || !(reverse < 1.0))
        return s.unsupported("the input's scale is too small");
    auto t = std::make_shared<LogSoftmaxTables>();
    t->reverse = quantizeMultiplier(reverse);
    t->rounding = s.rounding();
    t->diffMin = -static_cast<std::int32_t>(std::floor(((1 << kIntegerBits) - 1) * std::ldexp(1.0, 31 - kIntegerBits - m.shift)));
    for (std::int32_t i = 0; i < 256; ++i) {
        if (-i < t->diffMin)
            break;
        const auto k = static_cast<std::size_t>(i);
        t->scaled[k] = multiplyByQuantizedMultiplier(-i, m, t->rounding);
        t->exps[k] = roundingDivideByPOT(expOnNegativeValues(t->scaled[k]), 12);
    }
    return type == ElementType::UInt8 ? logSoftmax8<std::uint8_t, LogSoftmaxTables>(rows, t) : logSoftmax8<std::int8_t, LogSoftmaxTables>(rows, t);
}

} // namespace requant
