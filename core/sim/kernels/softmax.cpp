// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sim/kernels/softmax.h"

#include "core/sim/fixedpoint.h"
#include "core/sim/kernels/lut.h"
#include "core/sim/kernels/rows.h"

#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <memory>

namespace requant {
namespace {

constexpr std::int32_t kOne = std::numeric_limits<std::int32_t>::max(); // 1.0 in Q0.31, as gemmlowp has it

std::int32_t mulQ31(std::int32_t a, std::int32_t b) { return saturatingRoundingDoublingHighMul(a, b); }

std::int32_t addWrapping(std::int32_t a, std::int32_t b)
{
    return static_cast<std::int32_t>(static_cast<std::uint32_t>(a) + static_cast<std::uint32_t>(b));
}

// exp(a) for a in [-1/4, 0), Q0.31: Taylor's polynomial of degree 4 around -1/8.
std::int32_t expNearMinusEighth(std::int32_t a)
{
    constexpr std::int32_t kExpMinusEighth = 1895147668; // exp(-1/8)
    constexpr std::int32_t kOneThird = 715827883;
    const std::int32_t x = addWrapping(a, 1 << 28);
    const std::int32_t x2 = mulQ31(x, x), x3 = mulQ31(x2, x), x4 = mulQ31(x2, x2);
    const std::int32_t x4Over4 = roundingDivideByPOT(x4, 2);
    const std::int32_t rest = roundingDivideByPOT(addWrapping(mulQ31(addWrapping(x4Over4, x3), kOneThird), x2), 1);
    return addWrapping(kExpMinusEighth, mulQ31(kExpMinusEighth, addWrapping(x, rest)));
}

} // namespace

std::int32_t expOnNegativeValues(std::int32_t a)
{
    if (a == 0)
        return kOne;
    constexpr int kFractionBits = 26;
    constexpr std::int32_t kQuarter = 1 << (kFractionBits - 2);
    const std::int32_t inQuarter = (a & (kQuarter - 1)) - kQuarter; // a modulo 1/4, in [-1/4, 0)
    std::int32_t result = expNearMinusEighth(saturatingShiftLeft(inQuarter, 5));
    const std::int32_t remainder = addWrapping(inQuarter, -a);      // a multiple of 1/4
    // exp(-2^e) in Q0.31 for e = -2 ... 4
    constexpr std::array<std::int32_t, 7> kPowers{1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242};
    for (int i = 0; i < 7; ++i)
        if (remainder & (1 << (kFractionBits - 2 + i)))
            result = mulQ31(result, kPowers[static_cast<std::size_t>(i)]);
    return result;
}

std::int32_t oneOverOnePlusX(std::int32_t a)
{
    const std::int64_t sum = std::int64_t{a} + kOne;
    const auto half = static_cast<std::int32_t>((sum + (sum >= 0 ? 1 : -1)) / 2);
    constexpr std::int32_t k48Over17 = 1515870810, kMinus32Over17 = -1010580540; // Q2.29
    std::int32_t x = addWrapping(k48Over17, mulQ31(half, kMinus32Over17));
    for (int i = 0; i < 3; ++i) {
        const std::int32_t error = addWrapping(1 << 29, -mulQ31(half, x)); // 1 - half * x, Q2.29
        x = addWrapping(x, saturatingShiftLeft(mulQ31(x, error), 2));
    }
    return saturatingShiftLeft(x, 1);
}

std::int32_t fixedReciprocal(std::int32_t x, int integerBits, int *bitsOverUnit)
{
    const int headroom = std::countl_zero(static_cast<std::uint32_t>(x));
    *bitsOverUnit = integerBits - headroom;
    // Modulo 32: a sum of thousands of ones can wrap to 0.
    const std::uint32_t shifted = (static_cast<std::uint32_t>(x) << (headroom & 31)) - (std::uint32_t{1} << 31);
    return oneOverOnePlusX(static_cast<std::int32_t>(shifted));
}

namespace {

// A Q0.31 multiplier with a left shift; used where the real multiplier is greater than one.
std::int32_t multiplyGreaterThanOne(std::int32_t x, Multiplier m)
{
    return mulQ31(static_cast<std::int32_t>(static_cast<std::uint32_t>(x) << (m.shift & 31)), m.multiplier);
}

struct FixedSoftmax
{
    std::array<std::int32_t, 256> exps{}; // only 256 differences exist
    std::int32_t diffMin = 0;
};

template <class In, class Out>
void softmaxRow(const FixedSoftmax &p, const In *in, Out *out, std::size_t depth)
{
    constexpr int kAccumulatorBits = 12;
    constexpr std::int32_t kMin = std::numeric_limits<Out>::min(), kMax = std::numeric_limits<Out>::max();
    const std::int32_t most = *std::max_element(in, in + depth);
    std::int32_t sum = 0;
    for (std::size_t c = 0; c < depth; ++c)
        if (in[c] - most >= p.diffMin)
            sum = addWrapping(sum, roundingDivideByPOT(p.exps[static_cast<std::size_t>(most - in[c])], kAccumulatorBits));
    int bitsOverUnit = 0;
    const std::int32_t reciprocal = fixedReciprocal(sum, kAccumulatorBits, &bitsOverUnit);
    const int exponent = std::clamp(bitsOverUnit + 31 - static_cast<int>(sizeof(Out)) * 8, 0, 31);
    for (std::size_t c = 0; c < depth; ++c) {
        std::int32_t v = kMin;
        if (in[c] - most >= p.diffMin)
            v += roundingDivideByPOT(mulQ31(reciprocal, p.exps[static_cast<std::size_t>(most - in[c])]), exponent);
        out[c] = static_cast<Out>(std::clamp(v, kMin, kMax));
    }
}

struct TableSoftmax
{
    std::array<float, 256> exps{}; // exp(-scale * beta * (255 - i))
    float scale = 1;
    std::int32_t zeroPoint = 0;
};

template <class In, class Out>
void softmaxRow(const TableSoftmax &p, const In *in, Out *out, std::size_t depth)
{
    constexpr std::int32_t kMin = std::numeric_limits<Out>::min(), kMax = std::numeric_limits<Out>::max();
    const std::int32_t most = *std::max_element(in, in + depth);
    const auto at = [&](std::size_t c) { return p.exps[static_cast<std::size_t>(255 - (most - in[c]))]; };
    float sum = 0.0f;
    for (std::size_t c = 0; c < depth; ++c)
        sum += at(c);
    const float inverse = 1.0f / (sum * p.scale);
    for (std::size_t c = 0; c < depth; ++c) {
        const float scaled = std::min(at(c) * inverse, 1e9f);
        // TFLite adds a half for uint8 and rounds half to even for the others.
        const std::int32_t q = std::is_same_v<Out, std::uint8_t> ? static_cast<std::int32_t>(scaled + 0.5f)
                                                                 : static_cast<std::int32_t>(std::nearbyint(scaled)) + p.zeroPoint;
        out[c] = static_cast<Out>(std::clamp(q, kMin, kMax));
    }
}

struct Softmax16
{
    Multiplier input;
    FixedRounding rounding = FixedRounding::Double;
    std::array<std::int16_t, 513> exp{}, oneOver{};
};

template <class In, class Out>
void softmaxRow(const Softmax16 &p, const In *in, Out *out, std::size_t depth)
{
    const std::int32_t most = *std::max_element(in, in + depth);
    std::int32_t sum = 0; // Q16.15
    for (std::size_t c = 0; c < depth; ++c) {
        const std::int64_t scaled = std::int64_t{multiplyByQuantizedMultiplier(std::int32_t{in[c]} - most, p.input, p.rounding)} + 32767;
        out[c] = lookup16(p.exp, static_cast<std::int16_t>(std::clamp<std::int64_t>(scaled, -32768, 32767)));
        sum = addWrapping(sum, out[c]);
    }
    const int headroom = std::countl_zero(static_cast<std::uint32_t>(sum));
    const auto shifted = static_cast<std::int32_t>(((static_cast<std::int64_t>(sum) << std::max(headroom - 1, 0)) + (1 << 13)) >> 14);
    const std::int32_t centred = shifted - ((1 << 15) + (1 << 16));
    const std::int16_t reciprocal = lookup16(p.oneOver, static_cast<std::int16_t>(std::clamp(centred, -32768, 32767)));
    const int right = std::max(31 - headroom, 1);
    for (std::size_t c = 0; c < depth; ++c) {
        const auto v = static_cast<std::int32_t>((std::int64_t{out[c]} * reciprocal + (std::int64_t{1} << (right - 1))) >> right);
        out[c] = static_cast<std::int16_t>(std::clamp(v, 0, 32767));
    }
}

template <class In, class Out, class Parameters>
Kernel softmaxKernel(const Rows &rows, std::shared_ptr<const Parameters> p)
{
    return [rows, p](const KernelRun &r) {
        forLastDims(r, rows, [&](std::size_t row) {
            softmaxRow(*p, r.input<In>(0) + row * rows.depth, r.output<Out>() + row * rows.depth, rows.depth);
        });
    };
}

// 8 bits to 8 or 16.
template <class Parameters>
Kernel softmax8(const KernelSetup &s, const Rows &rows, std::shared_ptr<const Parameters> p)
{
    Kernel kernel;
    withType(s.input(0).type, [&]<class In>(In) {
        withType(s.output().type, [&]<class Out>(Out) {
            if constexpr (sizeof(In) == 1 && sizeof(Out) <= 2)
                kernel = softmaxKernel<In, Out, Parameters>(rows, p);
        });
    });
    return kernel;
}

} // namespace

Result<Kernel> makeSoftmax(const KernelSetup &s)
{
    const Tensor &in = s.input(0), &out = s.output();
    if (in.shape.empty() || in.shape != out.shape)
        return s.unsupported("input and output differ in shape or are scalars");
    const Rows rows = rowsOf(in.shape);
    const auto beta = static_cast<float>(s.realOption("beta", 1.0));
    if (in.type == ElementType::Float32 && out.type == ElementType::Float32)
        return Kernel([=](const KernelRun &r) {
            forLastDims(r, rows, [&](std::size_t row) {
                const float *x = r.input<float>(0) + row * rows.depth;
                float *y = r.output<float>() + row * rows.depth, sum = 0;
                const float most = *std::max_element(x, x + rows.depth);
                for (std::size_t c = 0; c < rows.depth; ++c)
                    sum += y[c] = std::exp((x[c] - most) * beta);
                for (std::size_t c = 0; c < rows.depth; ++c)
                    y[c] /= sum;
            });
        });
    if (!in.quant.isQuantized() || !out.quant.isQuantized())
        return s.unsupported("a tensor has no scale");

    if (in.type == ElementType::Int16 && out.type == ElementType::Int16) {
        auto p = std::make_shared<Softmax16>();
        constexpr double kRange = 65535.0;
        p->exp = makeTable16<double>(10.0 / kRange, 32767, 2.0 / kRange, 0, [](double v) { return std::exp(v); });
        p->oneOver = makeTable16<double>(1.0 / kRange, -32768, 2.0 / kRange, 0, [](double v) { return 1.0 / (1.0 + v); });
        p->input = quantizeMultiplier(static_cast<double>(in.quant.scaleAt(0) * beta) / (10.0 / kRange));
        p->rounding = s.rounding();
        return softmaxKernel<std::int16_t, std::int16_t, Softmax16>(rows, p);
    }
    if (!is8Bit(in.type) || !(is8Bit(out.type) || out.type == ElementType::Int16))
        return s.unsupported("types " + std::string(typeName(in.type)) + " to " + std::string(typeName(out.type)));

    if (s.isXnnpack()) {
        auto p = std::make_shared<TableSoftmax>();
        const float scale = -in.quant.scaleAt(0) * beta;
        for (int i = 0; i < 256; ++i)
            p->exps[static_cast<std::size_t>(255 - i)] = std::exp(scale * static_cast<float>(i));
        p->scale = out.quant.scaleAt(0);
        p->zeroPoint = static_cast<std::int32_t>(out.quant.zeroPointAt(0));
        return softmax8<TableSoftmax>(s, rows, p);
    }
    constexpr int kIntegerBits = 5;
    const double real = std::min(static_cast<double>(beta) * static_cast<double>(in.quant.scaleAt(0)) * (1 << (31 - kIntegerBits)), 2147483647.0);
    if (!(real > 1.0))
        return s.unsupported("the input's scale is too small");
    const Multiplier input = quantizeMultiplier(real);
    auto p = std::make_shared<FixedSoftmax>();
    p->diffMin = -static_cast<std::int32_t>(std::floor(((1 << kIntegerBits) - 1) * static_cast<double>(1LL << (31 - kIntegerBits)) /
                                                       static_cast<double>(1LL << input.shift)));
    for (int d = 0; d < 256 && -d >= p->diffMin; ++d)
        p->exps[static_cast<std::size_t>(d)] = expOnNegativeValues(multiplyGreaterThanOne(-d, input));
    return softmax8<FixedSoftmax>(s, rows, p);
}

} // namespace requant
