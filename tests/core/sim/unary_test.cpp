// SPDX-License-Identifier: GPL-3.0-or-later
// Functions of one value: every input of 8 bits, many of 16, against the function itself.
#include "elementtwin.h"

#include <functional>
#include <numeric>

using namespace requant;
using namespace testing;

namespace {

using Real = std::function<float(float)>;
using Options = std::function<void(OneOperator &)>;

constexpr float kInfinity = std::numeric_limits<float>::infinity();

// All values of an 8-bit type, or many of int16 with its ends.
template <class T>
std::vector<T> manyValues()
{
    std::vector<T> v;
    for (int q = std::numeric_limits<T>::min(); q <= std::numeric_limits<T>::max(); q += sizeof(T) == 1 ? 1 : 13)
        v.push_back(static_cast<T>(q));
    v.back() = std::numeric_limits<T>::max();
    return v;
}

template <class T>
struct Grids
{
    float si, so;
    int zi, zo;
};

template <class T>
std::vector<T> runOn(Op op, const Grids<T> &g, const std::vector<T> &x, const SimOptions &simOptions, const Options &options = {})
{
    OneOperator one(op);
    const auto n = static_cast<std::int32_t>(x.size());
    one.input({n}, elementType<T>(), g.si, g.zi);
    one.output({n}, elementType<T>(), g.so, g.zo);
    if (options)
        options(one);
    return one.run<T>({bytesOf(x)}, simOptions);
}

template <class T>
T clamped(long double v)
{
    return static_cast<T>(std::clamp<long double>(v, std::numeric_limits<T>::min(), std::numeric_limits<T>::max()));
}

// TFLite's table: float32 throughout, rounded half away; XNNPACK: half to even where its delegate takes the operator.
template <class T>
void isTabulated(Op op, Real f, bool delegated, Grids<T> g, const Options &options = {})
{
    const auto x = manyValues<T>();
    for (const Arithmetic arithmetic : kArithmetics) {
        std::vector<T> expected;
        for (const T q : x) {
            const float value = f(g.si * static_cast<float>(q - g.zi)) * (1.0f / g.so);
            expected.push_back(clamped<T>((delegated && arithmetic == Arithmetic::Xnnpack ? std::nearbyint(value) : std::round(value)) + g.zo));
        }
        INFO(opName(op) << " " << arithmeticName(arithmetic) << " grids " << g.si << " " << g.zi << " " << g.so << " " << g.zo);
        requireEqual(runOn<T>(op, g, x, optionsFor(arithmetic), options), expected);
    }
}

template <class T>
Grids<T> randomGrids(Random &random)
{
    const float si = randomScale(random);
    return {si, si * static_cast<float>(random.integer(0, 2) == 0 ? std::exp2(random.integer(-2, 2)) : random.real(0.3, 3)), randomZeroPoint<T>(random), randomZeroPoint<T>(random)};
}

float logistic(float v) { return 1.0f / (1.0f + std::exp(-v)); }
float elu(float v) { return v < 0 ? std::expm1(v) : v; }
float geluErf(float v) { return 0.5f * v * std::erfc(v * -0.70710678118654752f); }
float geluTanh(float v) { return 0.5f * v * (1.0f + std::tanh(0.79788456080286536f * (v + 0.044715f * v * v * v))); }

} // namespace

TEST_CASE("functionsOf8BitsAreTables")
{
    forSeeds(6, [](Random &random) {
        const float si = randomScale(random);
        isTabulated<std::uint8_t>(Op::Logistic, logistic, true, {si, 1.0f / 256, randomZeroPoint<std::uint8_t>(random), 0});
        isTabulated<std::int8_t>(Op::Logistic, logistic, true, {si, 1.0f / 256, randomZeroPoint<std::int8_t>(random), -128});
        const Real tanh = [](float v) { return std::tanh(v); };
        isTabulated<std::uint8_t>(Op::Tanh, tanh, true, {si, 1.0f / 128, randomZeroPoint<std::uint8_t>(random), 128});
        isTabulated<std::int8_t>(Op::Tanh, tanh, true, {si, 1.0f / 128, randomZeroPoint<std::int8_t>(random), 0});
        isTabulated<std::int8_t>(Op::Elu, elu, true, randomGrids<std::int8_t>(random));
        const auto approximate = [](bool on) { return [on](OneOperator &one) { one.option("approximate", on); }; };
        isTabulated<std::int8_t>(Op::Gelu, geluErf, false, randomGrids<std::int8_t>(random), approximate(false));
        isTabulated<std::uint8_t>(Op::Gelu, geluErf, false, randomGrids<std::uint8_t>(random), approximate(false));
        isTabulated<std::int8_t>(Op::Gelu, geluTanh, false, randomGrids<std::int8_t>(random), approximate(true));
        isTabulated<std::uint8_t>(Op::Gelu, geluTanh, false, randomGrids<std::uint8_t>(random), approximate(true));
        Grids<std::int8_t> g = randomGrids<std::int8_t>(random);
        g.si /= 16;
        isTabulated<std::int8_t>(Op::Exp, [](float v) { return std::exp(v); }, false, g);
        g = randomGrids<std::int8_t>(random);
        isTabulated<std::int8_t>(Op::Log, [&](float v) { return v <= 0 ? static_cast<float>(-128 - g.zo) * g.so : std::log(v); }, false, g);
    });
}

TEST_CASE("resultsBeyondInt32Saturate")
{
    const auto y = runOn<std::int8_t>(Op::Exp, {1.0f, 0.001f, 0, 0}, {127, 100, -100}, {});
    CHECK(y == std::vector<std::int8_t>{127, 127, 0});
}

namespace {

template <class T>
void rectifies(Op op, float low, float high)
{
    forSeeds(20, [&](Random &random) {
        const Arithmetic arithmetic = randomArithmetic(random);
        const Grids<T> g = randomGrids<T>(random);
        const auto x = manyValues<T>();
        const auto bound = [&](float v) { return g.zo + std::round(v / g.so); };
        std::vector<T> expected;
        for (const T q : x) {
            long double v = static_cast<long double>(scaledFixed(q - g.zi, static_cast<double>(g.si / g.so), fixedRounding(arithmetic)) + g.zo);
            v = std::max<long double>(v, bound(low));
            if (high != kInfinity)
                v = std::min<long double>(v, bound(high));
            expected.push_back(clamped<T>(v));
        }
        INFO(opName(op) << " " << arithmeticName(arithmetic));
        requireEqual(runOn<T>(op, g, x, optionsFor(arithmetic)), expected);
    });
}

template <class T>
void leaks()
{
    forSeeds(60, [](Random &random) {
        const Arithmetic arithmetic = randomArithmetic(random);
        const Grids<T> g = randomGrids<T>(random);
        const auto alpha = static_cast<float>(random.chance() ? random.real(0.01, 0.9) : random.integer(0, 3) == 0 ? 0.25 : random.real(-0.9, 2));
        const FixedRounding rounding = fixedRounding(arithmetic);
        const float positive = g.si / g.so, negative = positive * alpha;
        const bool delegated = arithmetic == Arithmetic::Xnnpack && sizeof(T) == 1 && std::abs(negative) >= 1.0f / 256;
        std::vector<T> expected;
        const auto x = manyValues<T>();
        for (const T q : x) {
            const int v = q - g.zi;
            const auto slope = static_cast<double>(g.si * alpha / g.so);
            long double out = 0;
            if (delegated)
                out = roundedOnce(static_cast<long double>(v * std::nearbyint(256 * (v >= 0 ? positive : negative))) / 256, FixedRounding::HalfUp);
            else if (v >= 0)
                out = static_cast<long double>(scaledFixed(v, static_cast<double>(positive), rounding));
            else if (slope < 0 && !isShift(arithmetic)) // TFLite negates the product with the slope's magnitude
                out = -static_cast<long double>(scaledFixed(v, -slope, rounding));
            else
                out = static_cast<long double>(scaledFixed(v, slope, rounding));
            expected.push_back(clamped<T>(out + g.zo));
        }
        INFO(arithmeticName(arithmetic) << " alpha " << alpha << " scales " << g.si << " " << g.so);
        requireEqual(runOn<T>(Op::LeakyRelu, g, x, optionsFor(arithmetic), [&](OneOperator &one) { one.realOption("alpha", static_cast<double>(alpha)); }), expected);
    });
}

} // namespace

TEST_CASE("rectifiersScaleAndClamp")
{
    rectifies<std::uint8_t>(Op::Relu, 0, kInfinity);
    rectifies<std::int8_t>(Op::Relu, 0, kInfinity);
    rectifies<std::int16_t>(Op::Relu, 0, kInfinity);
    rectifies<std::uint8_t>(Op::Relu6, 0, 6);
    rectifies<std::int8_t>(Op::Relu6, 0, 6);
    rectifies<std::int16_t>(Op::Relu6, 0, 6);
    rectifies<std::uint8_t>(Op::ReluN1To1, -1, 1);
    rectifies<std::int8_t>(Op::ReluN1To1, -1, 1);
    rectifies<std::uint8_t>(Op::Relu0To1, 0, 1);
    rectifies<std::int8_t>(Op::Relu0To1, 0, 1);
}

TEST_CASE("leakyReluScalesEachHalf")
{
    leaks<std::uint8_t>();
    leaks<std::int8_t>();
    leaks<std::int16_t>();
}

TEST_CASE("hardSwishIsWithinOneStepOfReal")
{
    forSeeds(20, [](Random &random) {
        Grids<std::int8_t> g = randomGrids<std::int8_t>(random);
        g.si = std::min(g.si, 0.1f);
        g.so = g.si * static_cast<float>(random.real(0.5, 2));
        const auto x = manyValues<std::int8_t>();
        const auto y = runOn<std::int8_t>(Op::HardSwish, g, x, {});
        for (std::size_t i = 0; i < x.size(); ++i) {
            const double v = static_cast<double>(g.si) * (x[i] - g.zi), real = v * std::clamp(v + 3, 0.0, 6.0) / 6;
            REQUIRE(std::abs(y[i] - std::clamp(real / static_cast<double>(g.so) + g.zo, -128.0, 127.0)) <= 1.0);
        }
    });
}

namespace {

// int16 through tables with interpolation: within `steps` of the real function wherever that is inside of the output's range.
void isCloseTo(Op op, const Real &f, float si, float so, double steps, int least = -32768)
{
    std::vector<std::int16_t> x;
    for (const std::int16_t q : manyValues<std::int16_t>())
        if (q >= least)
            x.push_back(q);
    const auto y = runOn<std::int16_t>(op, {si, so, 0, 0}, x, {});
    for (std::size_t i = 0; i < x.size(); ++i) {
        const double real = static_cast<double>(f(si * static_cast<float>(x[i]))) / static_cast<double>(so);
        INFO(opName(op) << " of " << si * static_cast<float>(x[i]));
        REQUIRE(std::abs(y[i] - std::clamp(real, -32768.0, 32767.0)) <= steps);
    }
}

} // namespace

TEST_CASE("functionsOfInt16AreInterpolated")
{
    for (const float si : {1.0f / 4096, 1.0f / 2048, 0.0002f, 0.0005f, 0.0011f}) {
        isCloseTo(Op::Logistic, logistic, si, 1.0f / 32768, 4);
        isCloseTo(Op::Tanh, [](float v) { return std::tanh(v); }, si, 1.0f / 32768, 16);
    }
    isCloseTo(Op::Exp, [](float v) { return std::exp(v); }, 1.0f / 32768, 3.0f / 32768, 2);
    isCloseTo(Op::Log, [](float v) { return std::log(v); }, 1.0f / 1024, 4.0f / 32768, 3, 4096);
    isCloseTo(Op::Rsqrt, [](float v) { return 1 / std::sqrt(v); }, 1.0f / 1024, 1.0f / 32768, 3, 8192);
}

TEST_CASE("int16LogisticReadsTflitesTable")
{
    // Entries 3, 12, 15, 30 and 33 of TFLite's table: 34813, 40794, 42688, 50942, 52311; half of each.
    const std::vector<std::int16_t> x{512, 2048, 2560, 5120, 5632};
    CHECK(runOn<std::int16_t>(Op::Logistic, {1.0f / 4096, 1.0f / 32768, 0, 0}, x, {}) == std::vector<std::int16_t>{17407, 20397, 21344, 25471, 26156});
}

TEST_CASE("int16SigmoidsOfPowerOfTwoScalesAreGemmlowpsBesideADelegate")
{
    const auto x = manyValues<std::int16_t>();
    for (const float si : {1.0f / 4096, 1.0f / 2048}) {
        const auto tanh = runOn<std::int16_t>(Op::Tanh, {si, 1.0f / 32768, 0, 0}, x, optionsFor(Arithmetic::Xnnpack));
        for (std::size_t i = 0; i < x.size(); ++i)
            REQUIRE(std::abs(tanh[i] / 32768.0 - std::tanh(std::clamp(static_cast<double>(si) * x[i], -8.0, 8.0))) < 0.002);
    }
    const auto logistics = runOn<std::int16_t>(Op::Logistic, {1.0f / 4096, 1.0f / 32768, 0, 0}, x, optionsFor(Arithmetic::Xnnpack));
    for (std::size_t i = 0; i < x.size(); ++i)
        REQUIRE(std::abs(logistics[i] / 32768.0 - 1 / (1 + std::exp(-x[i] / 4096.0))) < 0.002);
    // Recorded from TFLite (tfjs-tflite 0.0.1-alpha.10).
    using Values = std::vector<std::int16_t>;
    CHECK(runOn<std::int16_t>(Op::Logistic, {1.0f / 4096, 1.0f / 32768, 0, 0}, Values{22205, 1531, -25969, -10323, -3332}, optionsFor(Arithmetic::Xnnpack)) ==
          Values{32620, 19414, 59, 2439, 10067});
    CHECK(runOn<std::int16_t>(Op::Tanh, {1.0f / 4096, 1.0f / 32768, 0, 0}, Values{2541, -6546, -9060, -17963, 19493}, optionsFor(Arithmetic::Xnnpack)) ==
          Values{18072, -30196, -31984, -32764, 32767});
    CHECK(runOn<std::int16_t>(Op::Tanh, {1.0f / 2048, 1.0f / 32768, 0, 0}, Values{-6086, -4072, 1029, 8396, 10742}, optionsFor(Arithmetic::Xnnpack)) ==
          Values{-32592, -31568, 15204, 32744, 32767});
}

TEST_CASE("absoluteValuesAreRescaledOnce")
{
    const auto check = [](auto tag) {
        using T = decltype(tag);
        forSeeds(20, [](Random &random) {
            const Arithmetic arithmetic = randomArithmetic(random);
            Grids<T> g = randomGrids<T>(random);
            if (random.integer(0, 2) == 0)
                g.so = g.si;
            const auto x = manyValues<T>();
            std::vector<T> expected;
            for (const T q : x) {
                const int v = std::abs(q - g.zi);
                expected.push_back(clamped<T>(static_cast<long double>(g.si == g.so ? v : scaledFixed(v, static_cast<double>(g.si / g.so), fixedRounding(arithmetic))) + g.zo));
            }
            requireEqual(runOn<T>(Op::Abs, g, x, optionsFor(arithmetic)), expected);
        });
    };
    check(std::int8_t{});
    check(std::int16_t{});
}

TEST_CASE("reciprocalRootsOfInt8AreWithinOneStep")
{
    const Grids<std::int8_t> g{0.02f, 0.01f, -128, -100};
    const auto x = manyValues<std::int8_t>();
    for (const Arithmetic arithmetic : kArithmetics) {
        const auto y = runOn<std::int8_t>(Op::Rsqrt, g, x, optionsFor(arithmetic));
        CHECK(y[0] == 127); // of zero
        for (std::size_t i = 1; i < x.size(); ++i) {
            const double real = 1 / std::sqrt(static_cast<double>(g.si) * (x[i] - g.zi)) / static_cast<double>(g.so) + g.zo;
            REQUIRE(std::abs(y[i] - std::clamp(real, -128.0, 127.0)) <= 1.01); // truncation, and Newton's error
        }
    }
}

TEST_CASE("aNegativeValueHasNoRoot")
{
    const auto failure = [](auto tag) {
        using T = decltype(tag);
        OneOperator one(Op::Rsqrt);
        one.input({2}, elementType<T>(), 0.1f, 0);
        one.output({2}, elementType<T>(), 0.1f, 0);
        auto sim = one.simulator();
        REQUIRE(sim);
        REQUIRE(sim->setInput(0, bytesOf<T>({4, -1})));
        const auto ok = sim->run();
        return ok ? std::string() : text(ok.error());
    };
    CHECK(failure(std::int8_t{}).find("square root") != std::string::npos);
    CHECK(failure(std::int16_t{}).find("square root") != std::string::npos);
}

namespace {

template <class T>
std::vector<T> plain(Op op, const std::vector<T> &x, const Options &options = {})
{
    OneOperator one(op);
    one.input({static_cast<std::int32_t>(x.size())}, elementType<T>());
    one.output({static_cast<std::int32_t>(x.size())}, elementType<T>());
    if (options)
        options(one);
    return one.run<T>({bytesOf(x)});
}

} // namespace

TEST_CASE("floatFunctionsFollowTheCLibrary")
{
    Random random(baseSeed());
    std::vector<float> x = wideValues<float>(random, 500);
    const std::vector<std::pair<Op, Real>> functions{
        {Op::Abs, [](float v) { return std::fabs(v); }},
        {Op::Neg, [](float v) { return 0.0f - v; }},
        {Op::Sign, [](float v) { return static_cast<float>((v > 0) - (v < 0)); }},
        {Op::Exp, [](float v) { return std::exp(v); }},
        {Op::Log, [](float v) { return std::log(v); }},
        {Op::Sqrt, [](float v) { return std::sqrt(v); }},
        {Op::Rsqrt, [](float v) { return 1.0f / std::sqrt(v); }},
        {Op::Square, [](float v) { return v * v; }},
        {Op::Sin, [](float v) { return std::sin(v); }},
        {Op::Cos, [](float v) { return std::cos(v); }},
        {Op::Floor, [](float v) { return std::floor(v); }},
        {Op::Ceil, [](float v) { return std::ceil(v); }},
        {Op::Round, [](float v) { return std::nearbyint(v); }},
        {Op::Logistic, logistic},
        {Op::Tanh, [](float v) { return std::tanh(v); }},
        {Op::Elu, elu},
        {Op::Gelu, geluErf},
        {Op::HardSwish, [](float v) { return v * std::clamp(v + 3, 0.0f, 6.0f) / 6; }},
        {Op::Relu, [](float v) { return v > 0 ? v : 0; }},
        {Op::Relu6, [](float v) { return std::clamp(v, 0.0f, 6.0f); }},
        {Op::ReluN1To1, [](float v) { return std::clamp(v, -1.0f, 1.0f); }},
        {Op::Relu0To1, [](float v) { return std::clamp(v, 0.0f, 1.0f); }},
    };
    for (const auto &[op, f] : functions) {
        std::vector<float> expected;
        for (const float v : x)
            expected.push_back(f(v));
        INFO("REQUANT_SEED=" << baseSeed() << " " << opName(op));
        requireEqual(plain(op, x), expected);
    }
    CHECK(plain<float>(Op::Round, {0.5f, 1.5f, 2.5f, -0.5f, -1.5f, 1e20f}) == std::vector<float>{0, 2, 2, 0, -2, 1e20f});
    CHECK(plain<float>(Op::LeakyRelu, {2, -2}, [](OneOperator &one) { one.realOption("alpha", 0.25); }) == std::vector<float>{2, -0.5f});
    CHECK(std::isnan(plain<float>(Op::Sign, {std::nanf("")})[0]));
}

TEST_CASE("integersAreNegatedAsTheyAreStored")
{
    CHECK(plain<std::int32_t>(Op::Neg, {5, -2147483647 - 1}) == std::vector<std::int32_t>{-5, -2147483647 - 1});
    CHECK(plain<std::int64_t>(Op::Neg, {7, -7}) == std::vector<std::int64_t>{-7, 7});
    CHECK(runOn<std::int8_t>(Op::Neg, {1, 1, 3, 3}, {5, -128}, {}) == std::vector<std::int8_t>{-5, -128});
    CHECK(plain<std::int32_t>(Op::Abs, {-5, 5}) == std::vector<std::int32_t>{5, 5});
    CHECK(plain<std::int16_t>(Op::Abs, {-5, 5}) == std::vector<std::int16_t>{5, 5});
    CHECK(plain<std::int32_t>(Op::Sign, {-5, 0, 9}) == std::vector<std::int32_t>{-1, 0, 1});
}

TEST_CASE("functionsWithoutAKernelInTfliteAreRefused")
{
    const auto refusal = [](Op op, ElementType type) {
        OneOperator one(op);
        one.input({2}, type, 0.1f, 0);
        one.output({2}, type, 0.1f, 0);
        return one.refusal();
    };
    CHECK_FALSE(refusal(Op::Sqrt, ElementType::Int8).empty());
    CHECK_FALSE(refusal(Op::Elu, ElementType::UInt8).empty());
    CHECK_FALSE(refusal(Op::Gelu, ElementType::Int16).empty());
    CHECK_FALSE(refusal(Op::HardSwish, ElementType::Int16).empty());
    CHECK_FALSE(refusal(Op::ReluN1To1, ElementType::Int16).empty());
    CHECK_FALSE(refusal(Op::Exp, ElementType::UInt8).empty());
}
