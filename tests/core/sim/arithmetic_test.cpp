// SPDX-License-Identifier: GPL-3.0-or-later
// Operators of two operands against their definitions, in every arithmetic and storage type, with broadcasting.
#include "elementtwin.h"

#include <functional>
#include <optional>

using namespace requant;
using namespace testing;

namespace {

template <class T>
struct Pair
{
    Arithmetic arithmetic;
    Shapes shapes;
    float s1, s2, so;
    int z1, z2, zo;
    int activation = 0;
    std::vector<T> a, b;

    Pair(Random &random, double outputScale(double s1, double s2)) : arithmetic(randomArithmetic(random)), shapes(randomShapes(random, 2))
    {
        s1 = randomScale(random);
        s2 = random.integer(0, 3) == 0 ? s1 : randomScale(random);
        so = static_cast<float>(outputScale(static_cast<double>(s1), static_cast<double>(s2)) * random.real(0.3, 2));
        if (random.integer(0, 2) == 0)
            so = static_cast<float>(std::exp2(std::round(std::log2(static_cast<double>(so)))));
        if (random.integer(0, 3) == 0) // near enough to a power of two for TFLite's int16, or just not
            (random.chance() ? s1 : so) *= static_cast<float>(std::exp2(random.chance() ? random.real(-0.00099, 0.00099) : random.real(0.0011, 0.002)));
        z1 = randomZeroPoint<T>(random);
        z2 = randomZeroPoint<T>(random);
        zo = randomZeroPoint<T>(random);
        activation = random.integer(0, 3);
        a = randomValues<T>(random, count(shapes.in[0]));
        b = randomValues<T>(random, count(shapes.in[1]));
    }
    OneOperator one(Op op) const
    {
        OneOperator o(op);
        o.input(shapes.in[0], elementType<T>(), s1, z1);
        o.input(shapes.in[1], elementType<T>(), s2, z2);
        o.output(shapes.out, elementType<T>(), so, zo);
        o.option("fused_activation_function", activation);
        return o;
    }
    // f(q1 - z1, q2 - z2), plus the output's zero point, clamped.
    template <class F>
    std::vector<T> expected(F f) const
    {
        const OutputGrid grid{elementType<T>(), so, zo, activation};
        std::vector<T> out;
        for (std::size_t i = 0; i < count(shapes.out); ++i)
            out.push_back(static_cast<T>(grid.clamp(static_cast<std::int64_t>(f(a[sourceOf(shapes.in[0], shapes.out, i)] - z1, b[sourceOf(shapes.in[1], shapes.out, i)] - z2)) + zo)));
        return out;
    }
    template <class F>
    void check(Op op, F f) const
    {
        INFO(opName(op) << " arithmetic " << arithmeticName(arithmetic) << " scales " << s1 << " " << s2 << " " << so << " zero points " << z1 << " " << z2 << " " << zo);
        requireEqual(one(op).template run<T>({bytesOf(a), bytesOf(b)}, optionsFor(arithmetic)), expected(f));
    }
};

// The exponent of the power of two for which TFLite takes a scale: its logarithm is within 1e-3 (CheckedLog2, in float).
std::optional<int> powerOfTwo(float v)
{
    const double log = std::log2(static_cast<double>(v)), e = std::round(log);
    return std::abs(log - e) < 1e-3 ? std::optional(static_cast<int>(e)) : std::nullopt;
}

// Float might decide otherwise.
bool doubtfulPower(float v)
{
    const double log = std::log2(static_cast<double>(v));
    return std::abs(std::abs(log - std::round(log)) - 1e-3) < 3e-6;
}

template <class T>
void additionEqualsItsDefinition(Random &random)
{
    Pair<T> p(random, [](double s1, double s2) { return s1 + s2; });
    const Op op = random.chance() ? Op::Add : Op::Sub;
    const int sign = op == Op::Add ? 1 : -1;
    const FixedRounding rounding = fixedRounding(p.arithmetic);
    const auto s1 = static_cast<double>(p.s1), s2 = static_cast<double>(p.s2), so = static_cast<double>(p.so);
    if (isShift(p.arithmetic)) {
        const Q31 r1(s1 / so), r2(s2 / so);
        return p.check(op, [&](int x, int y) { return roundedOnce(x * r1.value() + sign * y * r2.value(), rounding); });
    }
    const float ratio1 = p.s1 / p.so, ratio2 = p.s2 / p.so;
    if (sizeof(T) == 1 && p.arithmetic == Arithmetic::Xnnpack) {
        int shift = 0; // the larger multiplier has 21 bits
        while (std::ldexp(std::max(ratio1, ratio2), shift) < 0x1p20f)
            ++shift;
        const long double m1 = std::nearbyint(std::ldexp(ratio1, shift)), m2 = std::nearbyint(std::ldexp(ratio2, shift));
        return p.check(op, [&](int x, int y) { return roundedOnce(std::ldexp(x * m1 + sign * y * m2, -shift), FixedRounding::HalfUp); });
    }
    if (sizeof(T) == 2 && (doubtfulPower(p.s1) || doubtfulPower(p.s2) || doubtfulPower(p.so)))
        return;
    const auto e1 = powerOfTwo(p.s1), e2 = powerOfTwo(p.s2), eo = powerOfTwo(p.so);
    if (sizeof(T) == 2 && e1 && e2 && eo) {
        if (*e1 > *eo || *e2 > *eo || (*e1 != *eo && *e2 != *eo)) {
            CHECK_FALSE(p.one(op).refusal(optionsFor(p.arithmetic)).empty());
            return;
        }
        return p.check(op, [&](int x, int y) {
            const auto a = roundedOnce(std::ldexp(static_cast<long double>(x), *e1 - *eo), FixedRounding::HalfAway),
                       b = roundedOnce(std::ldexp(static_cast<long double>(y), *e2 - *eo), FixedRounding::HalfAway);
            return std::clamp<long double>(a + sign * b, -32768, 32767);
        });
    }
    const int left = sizeof(T) == 1 ? 20 : 15;
    const double twice = 2 * std::max(s1, s2);
    p.check(op, [&](int x, int y) {
        const std::int64_t sum = scaledFixed(std::int64_t{x} << left, s1 / twice, rounding) + sign * scaledFixed(std::int64_t{y} << left, s2 / twice, rounding);
        return scaledFixed(sum, twice / (std::ldexp(1.0, left) * so), rounding);
    });
}

template <class T>
void productEqualsItsDefinition(Random &random)
{
    Pair<T> p(random, [](double s1, double s2) { return s1 * s2 * (sizeof(T) == 1 ? 60 : 9000); });
    const float ratio = p.s1 * p.s2 / p.so;
    if (sizeof(T) == 1 && p.arithmetic == Arithmetic::Xnnpack)
        return p.check(Op::Mul, [&](int x, int y) { return std::nearbyint(static_cast<float>(x * y) * ratio); });
    p.check(Op::Mul, [&](int x, int y) { return scaledFixed(std::int64_t{x} * y, static_cast<double>(ratio), fixedRounding(p.arithmetic)); });
}

} // namespace

TEST_CASE("quantizedSumsEqualTheirDefinition")
{
    forSeeds(120, additionEqualsItsDefinition<std::uint8_t>);
    forSeeds(120, additionEqualsItsDefinition<std::int8_t>);
    forSeeds(120, additionEqualsItsDefinition<std::int16_t>);
}

TEST_CASE("quantizedProductsEqualTheirDefinition")
{
    forSeeds(60, productEqualsItsDefinition<std::uint8_t>);
    forSeeds(60, productEqualsItsDefinition<std::int8_t>);
    forSeeds(60, productEqualsItsDefinition<std::int16_t>);
}

TEST_CASE("shiftHardwareRoundsASumOnce")
{
    // 0.5 (a + b) with a and b on the same grid: the sum of halves, not a sum of rounded halves.
    const auto sum = [](Arithmetic arithmetic, std::int8_t a, std::int8_t b) {
        OneOperator one(Op::Add);
        one.input({1}, ElementType::Int8, 0.25f, 0);
        one.input({1}, ElementType::Int8, 0.25f, 0);
        one.output({1}, ElementType::Int8, 0.5f, 0);
        return int{one.run<std::int8_t>({bytesOf<std::int8_t>({a}), bytesOf<std::int8_t>({b})}, optionsFor(arithmetic))[0]};
    };
    CHECK(sum(Arithmetic::ShiftHalfUp, 1, 1) == 1);
    CHECK(sum(Arithmetic::ShiftHalfUp, 1, 2) == 2);
    CHECK(sum(Arithmetic::ShiftHalfUp, -1, -2) == -1);
    CHECK(sum(Arithmetic::ShiftHalfEven, 1, 2) == 2);
    CHECK(sum(Arithmetic::ShiftHalfEven, 1, 4) == 2);
    CHECK(sum(Arithmetic::ShiftHalfAway, -1, -2) == -2);
    CHECK(sum(Arithmetic::ShiftTruncate, 1, 2) == 1);
    CHECK(sum(Arithmetic::ShiftTruncate, -1, -2) == -2);
}

namespace {

// Floats and integers without scales.
template <class T, class F>
void plainEqualsItsDefinition(Op op, F f, bool activations = true, std::function<void(std::vector<T> &, std::vector<T> &)> adapt = {})
{
    forSeeds(30, [&](Random &random) {
        const Shapes s = randomShapes(random, 2);
        const int activation = activations ? random.integer(0, 3) : 0;
        OneOperator one(op);
        one.input(s.in[0], elementType<T>());
        one.input(s.in[1], elementType<T>());
        one.output(s.out, elementType<T>());
        one.option("fused_activation_function", activation);
        auto a = anyValues<T>(random, count(s.in[0])), b = anyValues<T>(random, count(s.in[1]));
        if (adapt)
            adapt(a, b);
        std::vector<T> expected;
        for (std::size_t i = 0; i < count(s.out); ++i) {
            T v = f(a[sourceOf(s.in[0], s.out, i)], b[sourceOf(s.in[1], s.out, i)]);
            const T low = activation == 2 ? T(-1) : T(0), high = activation == 2 ? T(1) : T(6);
            if (activation != 0)
                v = std::max(v, low);
            if (activation > 1)
                v = std::min(v, high);
            expected.push_back(v);
        }
        INFO(opName(op));
        requireEqual(one.run<T>({bytesOf(a), bytesOf(b)}), expected);
    });
}

template <class T>
T modulo(__int128 v) { return static_cast<T>(static_cast<std::uint64_t>(v)); }

template <class T>
void withoutZeros(std::vector<T> &, std::vector<T> &b)
{
    for (T &v : b)
        v = v == 0 ? T(3) : v;
}

template <class T>
void wrappingArithmetic()
{
    plainEqualsItsDefinition<T>(Op::Add, [](T a, T b) { return modulo<T>(__int128{a} + b); });
    plainEqualsItsDefinition<T>(Op::Sub, [](T a, T b) { return modulo<T>(__int128{a} - b); });
    plainEqualsItsDefinition<T>(Op::Mul, [](T a, T b) { return modulo<T>(__int128{a} * b); });
}

template <class T>
void flooredDivision()
{
    const auto floored = [](T a, T b) {
        __int128 q = __int128{a} / b;
        while (q * b > a && b > 0)
            --q;
        while (q * b < a && b < 0)
            --q;
        return q;
    };
    plainEqualsItsDefinition<T>(Op::FloorMod, [&](T a, T b) { return modulo<T>(__int128{a} - floored(a, b) * b); }, false, withoutZeros<T>);
    if (sizeof(T) < 8)
        plainEqualsItsDefinition<T>(Op::FloorDiv, [&](T a, T b) { return modulo<T>(floored(a, b)); }, false, withoutZeros<T>);
}

} // namespace

TEST_CASE("integersWithoutScalesWrap")
{
    wrappingArithmetic<std::int16_t>();
    wrappingArithmetic<std::int32_t>();
    wrappingArithmetic<std::int64_t>();
    plainEqualsItsDefinition<std::int32_t>(Op::SquaredDifference, [](std::int32_t a, std::int32_t b) {
        return modulo<std::int32_t>((__int128{a} - b) * (__int128{a} - b));
    }, false);
    plainEqualsItsDefinition<std::int32_t>(Op::Div, [](std::int32_t a, std::int32_t b) { return modulo<std::int32_t>(__int128{a} / b); }, true, withoutZeros<std::int32_t>);
}

TEST_CASE("floatsFollowTheProcessor")
{
    plainEqualsItsDefinition<float>(Op::Add, [](float a, float b) { return a + b; });
    plainEqualsItsDefinition<float>(Op::Sub, [](float a, float b) { return a - b; });
    plainEqualsItsDefinition<float>(Op::Mul, [](float a, float b) { return a * b; });
    plainEqualsItsDefinition<float>(Op::Div, [](float a, float b) { return a / b; }, true, withoutZeros<float>);
    plainEqualsItsDefinition<float>(Op::SquaredDifference, [](float a, float b) { return (a - b) * (a - b); }, false);
    plainEqualsItsDefinition<float>(Op::FloorDiv, [](float a, float b) { return static_cast<float>(std::floor(static_cast<double>(a) / static_cast<double>(b))); }, false, withoutZeros<float>);
    plainEqualsItsDefinition<float>(Op::Pow, [](float a, float b) { return std::pow(a, b); }, false);
}

TEST_CASE("floorsTowardsMinusInfinity")
{
    flooredDivision<std::int8_t>();
    flooredDivision<std::int16_t>();
    flooredDivision<std::int32_t>();
    flooredDivision<std::int64_t>();
    OneOperator one(Op::FloorMod);
    one.input({4}, ElementType::Float32);
    one.input({4}, ElementType::Float32);
    one.output({4}, ElementType::Float32);
    CHECK(one.run<float>({bytesOf<float>({5.5f, -5.5f, 5.5f, -5.5f}), bytesOf<float>({2, 2, -2, -2})}) == std::vector<float>{1.5f, 0.5f, -0.5f, -1.5f});
}

TEST_CASE("integerPowersWrap")
{
    plainEqualsItsDefinition<std::int32_t>(
        Op::Pow,
        [](std::int32_t a, std::int32_t b) {
            std::int32_t v = 1;
            for (int i = 0; i < b; ++i)
                v = modulo<std::int32_t>(__int128{v} * a);
            return v;
        },
        false,
        [](std::vector<std::int32_t> &, std::vector<std::int32_t> &b) {
            for (auto &v : b)
                v = static_cast<std::int32_t>(static_cast<std::uint32_t>(v) % 40);
        });
}

namespace {

std::string failure(OneOperator &one, const std::vector<std::vector<std::byte>> &inputs)
{
    auto sim = one.simulator();
    REQUIRE(sim);
    for (std::size_t k = 0; k < inputs.size(); ++k)
        REQUIRE(sim->setInput(k, inputs[k]));
    const auto ok = sim->run();
    return ok ? std::string() : text(ok.error());
}

} // namespace

TEST_CASE("aZeroDivisorOrANegativeExponentEndsTheRun")
{
    const std::vector<std::int32_t> ones{1, 1};
    for (const Op op : {Op::Div, Op::FloorDiv, Op::FloorMod}) {
        OneOperator one(op);
        one.input({2}, ElementType::Int32);
        one.input({2}, ElementType::Int32);
        one.output({2}, ElementType::Int32);
        CHECK(failure(one, {bytesOf(ones), bytesOf<std::int32_t>({1, 0})}).find("division by zero") != std::string::npos);
        CHECK(failure(one, {bytesOf(ones), bytesOf<std::int32_t>({1, 2})}).empty());
    }
    OneOperator quantized(Op::Div);
    quantized.input({2}, ElementType::UInt8, 1, 3);
    quantized.input({2}, ElementType::UInt8, 1, 7);
    quantized.output({2}, ElementType::UInt8, 1, 0);
    CHECK(failure(quantized, {bytesOf<std::uint8_t>({1, 1}), bytesOf<std::uint8_t>({0, 7})}).find("division by zero") != std::string::npos);
    OneOperator power(Op::Pow);
    power.input({2}, ElementType::Int32);
    power.input({2}, ElementType::Int32);
    power.output({2}, ElementType::Int32);
    CHECK(failure(power, {bytesOf(ones), bytesOf<std::int32_t>({1, -1})}).find("negative exponent") != std::string::npos);
}

namespace {

template <class T>
void quotientsAreClose()
{
    forSeeds(60, [](Random &random) {
        Pair<T> p(random, [](double s1, double s2) { return s1 / s2 / 20; });
        for (T &v : p.b)
            v = v == static_cast<T>(p.z2) ? static_cast<T>(p.z2 > 0 ? p.z2 - 1 : p.z2 + 1) : v;
        const auto ratio = static_cast<double>(p.s1 / (p.s2 * p.so));
        if (isShift(p.arithmetic)) {
            const Q31 m(ratio);
            return p.check(Op::Div, [&](int x, int y) {
                // In whole units of the multiplier's last place, the divisor positive.
                const auto n = static_cast<std::int64_t>(x) * static_cast<std::int64_t>(m.mantissa) * (y < 0 ? -1 : 1);
                const auto d = static_cast<std::int64_t>(std::ldexp(std::abs(y), 31 - m.exponent));
                return roundedQuotient(n, d, fixedRounding(p.arithmetic));
            });
        }
        if (sizeof(T) == 2 && p.shapes.in[0] == p.shapes.in[1])
            return p.check(Op::Div, [&](int x, int y) {
                return std::round(static_cast<float>(x) * p.s1 / (static_cast<float>(y) * p.s2) / p.so);
            });
        const auto got = p.one(Op::Div).template run<T>({bytesOf(p.a), bytesOf(p.b)}, optionsFor(p.arithmetic));
        const OutputGrid grid{elementType<T>(), p.so, p.zo, p.activation};
        for (std::size_t i = 0; i < got.size(); ++i) {
            const double real = ratio * (p.a[sourceOf(p.shapes.in[0], p.shapes.out, i)] - p.z1) / (p.b[sourceOf(p.shapes.in[1], p.shapes.out, i)] - p.z2);
            if (std::abs(real) < 0.5) // TFLite's shift is out of range there
                continue;
            INFO("place " << i << " real " << real << " arithmetic " << arithmeticName(p.arithmetic));
            REQUIRE(std::abs(static_cast<double>(got[i]) - static_cast<double>(grid.clamp(p.zo + std::llround(std::clamp(real, -1e6, 1e6))))) <= 1);
        }
    });
}

} // namespace

TEST_CASE("quantizedQuotientsAreWithinOneStepAndExactInShiftHardware")
{
    quotientsAreClose<std::uint8_t>();
    quotientsAreClose<std::int8_t>();
    quotientsAreClose<std::int16_t>();
}

TEST_CASE("smallQuotientsAreThoseOfTfliteInWebAssembly")
{
    // Recorded from TFLite (tfjs-tflite 0.0.1-alpha.10): quotients of less than half a step come out at the ends.
    OneOperator one(Op::Div);
    one.input({6}, ElementType::UInt8, 0.05861038342f, 87);
    one.input({6}, ElementType::UInt8, 0.03562123328f, 30);
    one.output({6}, ElementType::UInt8, 0.7785731554f, 177);
    const std::vector<std::uint8_t> a{88, 89, 89, 88, 95, 94}, b{203, 82, 224, 82, 203, 219};
    CHECK(one.run<std::uint8_t>({bytesOf(a), bytesOf(b)}) == std::vector<std::uint8_t>(6, 255));
}

TEST_CASE("squaredDifferencesEqualTheirDefinition")
{
    forSeeds(120, [](Random &random) {
        Pair<std::int8_t> p(random, [](double s1, double s2) { return std::max(s1, s2) * std::max(s1, s2) * 60; });
        p.activation = 0;
        const auto s1 = static_cast<double>(p.s1), s2 = static_cast<double>(p.s2), so = static_cast<double>(p.so);
        const double larger = std::max(s1, s2), twice = 2 * larger;
        const FixedRounding rounding = fixedRounding(p.arithmetic);
        if (isShift(p.arithmetic)) {
            const auto f1 = static_cast<__int128>(std::round(s1 / larger * 2147483648.0)), f2 = static_cast<__int128>(std::round(s2 / larger * 2147483648.0));
            const Q31 m(larger * larger / so);
            return p.check(Op::SquaredDifference, [&](int x, int y) {
                const __int128 d = x * f1 - y * f2, n = d * d * static_cast<__int128>(m.mantissa);
                const __int128 unit = static_cast<__int128>(1) << (93 - m.exponent), floor = n / unit, twiceRest = 2 * (n - floor * unit); // never negative
                const bool up = rounding == FixedRounding::HalfEven ? twiceRest > unit || (twiceRest == unit && floor % 2 != 0) : rounding != FixedRounding::Truncate && twiceRest >= unit;
                return static_cast<std::int64_t>(floor + (up ? 1 : 0));
            });
        }
        p.check(Op::SquaredDifference, [&](int x, int y) {
            const std::int64_t d = scaledFixed(x * 128, s1 / twice, rounding) - scaledFixed(y * 128, s2 / twice, rounding);
            return scaledFixed(d * d, twice * twice / (16384 * so), rounding);
        });
    });
}

TEST_CASE("preluMultipliesNegativeValuesByTheirSlope")
{
    const auto quantized = [](auto tag) {
        using T = decltype(tag);
        forSeeds(60, [](Random &random) {
            Pair<T> p(random, [](double s1, double) { return s1; });
            p.activation = 0;
            p.shapes.in[0] = p.shapes.out;
            p.a = randomValues<T>(random, count(p.shapes.out));
            const auto identity = static_cast<double>(p.s1 / p.so), slope = static_cast<double>(p.s1 * p.s2 / p.so);
            const FixedRounding rounding = fixedRounding(p.arithmetic);
            p.check(Op::Prelu, [&](int x, int y) { return x >= 0 ? scaledFixed(x, identity, rounding) : scaledFixed(x * y, slope, rounding); });
        });
    };
    quantized(std::uint8_t{});
    quantized(std::int8_t{});
    OneOperator one(Op::Prelu);
    one.input({2, 3}, ElementType::Float32);
    one.constant<float>({3}, {0.5f, 2, -1});
    one.output({2, 3}, ElementType::Float32);
    CHECK(one.run<float>({bytesOf<float>({1, 2, 3, -1, -2, -3})}) == std::vector<float>{1, 2, 3, -0.5f, -4, 3});
}

TEST_CASE("addNAddsAllInputs")
{
    OneOperator one(Op::AddN);
    for (int k = 0; k < 3; ++k)
        one.input({2}, ElementType::Int32);
    one.output({2}, ElementType::Int32);
    CHECK(one.run<std::int32_t>({bytesOf<std::int32_t>({1, 2147483647}), bytesOf<std::int32_t>({2, 1}), bytesOf<std::int32_t>({3, 0})}) ==
          std::vector<std::int32_t>{6, -2147483647 - 1});
}

TEST_CASE("whatTfliteRefusesIsRefused")
{
    OneOperator small(Op::Add); // the output's scale is out of the reference kernel's reach
    small.input({2}, ElementType::Int8, 1, 0);
    small.input({2}, ElementType::Int8, 1, 0);
    small.output({2}, ElementType::Int8, 1e-7f, 0);
    CHECK(small.refusal().find("stops the process") != std::string::npos);

    OneOperator offset(Op::Mul);
    offset.input({2}, ElementType::Int16, 1, 5);
    offset.input({2}, ElementType::Int16, 1, 0);
    offset.output({2}, ElementType::Int16, 1, 0);
    CHECK(offset.refusal().find("zero point") != std::string::npos);

    for (const Op op : {Op::Add, Op::Sub}) // SUB takes zero points if a scale is no power of two
        for (const float scale : {0.5f, 0.3f}) {
            OneOperator sum(op);
            sum.input({2}, ElementType::Int16, scale, 5);
            sum.input({2}, ElementType::Int16, 0.5f, 0);
            sum.output({2}, ElementType::Int16, 0.5f, 0);
            INFO(opName(op) << " " << scale);
            CHECK((sum.refusal().find("zero point") != std::string::npos) == (op == Op::Add || scale == 0.5f));
        }

    OneOperator types(Op::Sub);
    types.input({2}, ElementType::Int8, 1, 0);
    types.input({2}, ElementType::UInt8, 1, 0);
    types.output({2}, ElementType::Int8, 1, 0);
    CHECK(types.refusal().find("types") != std::string::npos);

    OneOperator bare(Op::Mul);
    bare.input({2}, ElementType::Int8);
    bare.input({2}, ElementType::Int8);
    bare.output({2}, ElementType::Int8);
    CHECK_FALSE(bare.refusal().empty());
}

TEST_CASE("saturationIsCountedButNotActivations")
{
    const auto counted = [](int activation, std::int64_t zeroPoint) {
        OneOperator one(Op::Add);
        one.input({4}, ElementType::Int8, 1, 0);
        one.input({4}, ElementType::Int8, 1, 0);
        one.output({4}, ElementType::Int8, 1, zeroPoint);
        one.option("fused_activation_function", activation);
        SimOptions options = optionsFor(Arithmetic::TfliteReference);
        options.countEvents = true;
        auto sim = one.simulator(options);
        REQUIRE(sim);
        REQUIRE(sim->setInput(0, bytesOf<std::int8_t>({100, -100, 5, 127})));
        REQUIRE(sim->setInput(1, bytesOf<std::int8_t>({100, -100, 5, 0})));
        REQUIRE(sim->run());
        return sim->counters(OperatorIndex(0));
    };
    CHECK(counted(0, 0).outputs == 4);
    CHECK(counted(0, 0).saturated == 2);    // 200 and -200
    CHECK(counted(1, 0).saturated == 1);    // RELU clips -200 itself
    CHECK(counted(3, 0).saturated == 0);    // RELU6 clips both
    CHECK(counted(1, -128).saturated == 0); // zero is the smallest integer: still RELU, and 200 fits
    CHECK(counted(0, -128).saturated == 1);
}

TEST_CASE("countingAndThreadsChangeNoBytes")
{
    forSeeds(20, [](Random &random) {
        const Shape shape{3, 70, 1001};
        const Arithmetic arithmetic = randomArithmetic(random);
        const Op op = random.chance() ? Op::Add : Op::Mul;
        OneOperator one(op);
        one.input(shape, ElementType::Int8, 0.05f, 3);
        one.input(random.chance() ? Shape{70, 1} : shape, ElementType::Int8, 0.03f, -7);
        one.output(shape, ElementType::Int8, 0.06f, 11);
        auto sim = one.simulator();
        REQUIRE(sim);
        std::vector<std::vector<std::byte>> inputs;
        for (std::size_t k = 0; k < 2; ++k)
            inputs.push_back(bytesOf(randomValues<std::int8_t>(random, count(sim->model().subgraphs[0].tensor(sim->model().subgraphs[0].inputs[k]).shape))));
        const auto plain = one.runAll(inputs, optionsFor(arithmetic));
        SimOptions counting = optionsFor(arithmetic, 3);
        counting.countEvents = true;
        CHECK(one.runAll(inputs, counting) == plain);
    });
}
