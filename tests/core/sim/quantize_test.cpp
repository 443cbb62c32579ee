// SPDX-License-Identifier: GPL-3.0-or-later
// QUANTIZE and DEQUANTIZE between all types against their definitions.
#include "elementtwin.h"

#include "core/sim/kernels/half.h"

using namespace requant;
using namespace testing;

namespace {

template <class In, class Out>
void requantizes()
{
    forSeeds(40, [](Random &random) {
        const Arithmetic arithmetic = randomArithmetic(random);
        const int wider = static_cast<int>(sizeof(In)) - static_cast<int>(sizeof(Out));
        const double width = std::ldexp(1.0, sizeof(Out) == 4 ? -12 : 8 * wider); // much of the same range of reals; TFLite's left shift fits int32
        const float si = randomScale(random), so = static_cast<float>(static_cast<double>(si) * width * (random.chance() ? std::exp2(random.integer(-3, 3)) : random.real(0.2, 4)));
        const int zi = randomZeroPoint<In>(random), zo = randomZeroPoint<Out>(random);
        OneOperator one(Op::Quantize);
        one.input({100}, elementType<In>(), si, zi);
        one.output({100}, elementType<Out>(), so, zo);
        std::vector<In> x;
        if constexpr (sizeof(In) <= 2)
            x = randomValues<In>(random, 100);
        else
            for (int i = 0; i < 100; ++i)
                x.push_back(random.integer(-(1 << 28), 1 << 28));
        const bool delegated = arithmetic == Arithmetic::Xnnpack && std::is_same_v<In, Out> && sizeof(In) == 1;
        std::vector<Out> expected;
        for (const In q : x) {
            const std::int64_t v = std::int64_t{q} - zi;
            const long double scaled = delegated ? roundedOnce(v * static_cast<long double>(std::nearbyint(256 * (si / so))) / 256, FixedRounding::HalfUp)
                                                 : static_cast<long double>(scaledFixed(v, static_cast<double>(si) / static_cast<double>(so), fixedRounding(arithmetic)));
            expected.push_back(static_cast<Out>(std::clamp<long double>(scaled + zo, std::numeric_limits<Out>::min(), std::numeric_limits<Out>::max())));
        }
        INFO(arithmeticName(arithmetic) << " " << typeName(elementType<In>()) << " to " << typeName(elementType<Out>()) << " scales " << si << " " << so);
        requireEqual(one.run<Out>({bytesOf(x)}, optionsFor(arithmetic)), expected);
    });
}

template <class T>
std::vector<float> reals(Random &random, std::size_t n, float scale)
{
    std::vector<float> x(n);
    for (float &v : x) {
        const double range = std::ldexp(1.0, 8 * static_cast<int>(sizeof(T)));
        v = static_cast<float>(random.integer(0, 9) == 0 ? random.real(-1e12, 1e12) : random.chance() ? static_cast<double>(scale) * (random.integer(-200, 200) + 0.5) // ties
                                                                                         : static_cast<double>(scale) * random.real(-range, range));
    }
    return x;
}

enum class Division { Float, Double, ReciprocalHalfEven };

template <class T>
T quantized(float v, float scale, int zeroPoint, Division division = Division::Float)
{
    const double steps = division == Division::ReciprocalHalfEven ? static_cast<double>(std::nearbyint(v * (1.0f / scale)))
                         : division == Division::Double           ? std::round(static_cast<double>(v) / static_cast<double>(scale))
                                                                  : static_cast<double>(std::round(v / scale));
    return static_cast<T>(std::clamp<double>(steps + zeroPoint, std::numeric_limits<T>::min(), std::numeric_limits<T>::max()));
}

template <class T>
void quantizesFloats()
{
    forSeeds(30, [](Random &random) {
        const Arithmetic arithmetic = randomArithmetic(random);
        const float scale = randomScale(random);
        const int zeroPoint = randomZeroPoint<T>(random);
        OneOperator one(Op::Quantize);
        one.input({200}, ElementType::Float32);
        one.output({200}, elementType<T>(), scale, zeroPoint);
        const auto x = reals<T>(random, 200, scale);
        std::vector<T> expected;
        for (const float v : x)
            expected.push_back(quantized<T>(v, scale, zeroPoint, arithmetic != Arithmetic::Xnnpack ? Division::Float
                                                                 : sizeof(T) == 1                  ? Division::ReciprocalHalfEven
                                                                 : sizeof(T) == 2                  ? Division::Double
                                                                                                   : Division::Float));
        INFO(arithmeticName(arithmetic));
        requireEqual(one.run<T>({bytesOf(x)}, optionsFor(arithmetic)), expected);
    });
}

// A tensor's grid per channel, in the network that has just been built.
void setGrid(OneOperator &one, TensorIndex t, std::vector<float> scale, std::vector<std::int64_t> zeroPoint, int dimension)
{
    QuantParams &q = one.tiny().graph().tensor(t).quant;
    q.scale = std::move(scale);
    q.zeroPoint = std::move(zeroPoint);
    q.quantizedDimension = dimension;
}

} // namespace

TEST_CASE("requantizesBetweenAllIntegers")
{
    requantizes<std::int8_t, std::int8_t>();
    requantizes<std::int8_t, std::uint8_t>();
    requantizes<std::int8_t, std::int16_t>();
    requantizes<std::uint8_t, std::uint8_t>();
    requantizes<std::uint8_t, std::int8_t>();
    requantizes<std::uint8_t, std::int16_t>();
    requantizes<std::int16_t, std::int8_t>();
    requantizes<std::int16_t, std::int16_t>();
    requantizes<std::int16_t, std::int32_t>();
    requantizes<std::int32_t, std::int8_t>();
    requantizes<std::int32_t, std::int16_t>();
}

TEST_CASE("quantizesFloatsToAllIntegers")
{
    quantizesFloats<std::uint8_t>();
    quantizesFloats<std::int8_t>();
    quantizesFloats<std::int16_t>();
    quantizesFloats<std::int32_t>();
}

TEST_CASE("quantizesFloatsToPackedInt4")
{
    OneOperator one(Op::Quantize);
    one.input({5}, ElementType::Float32);
    one.output({5}, ElementType::Int4, 0.5f, 1);
    const auto y = one.run<std::uint8_t>({bytesOf<float>({0, 0.25f, -100, 100, -0.75f})});
    // 1, 2; -8, 7; -1
    CHECK(y == std::vector<std::uint8_t>{0x21, 0x78, 0x0F});
}

TEST_CASE("quantizesAndDequantizesPerChannel")
{
    forSeeds(20, [](Random &random) {
        const Shape shape{2, 3, 4};
        const int dimension = random.integer(0, 2);
        const auto channels = static_cast<std::size_t>(shape[static_cast<std::size_t>(dimension)]);
        std::vector<float> scale;
        std::vector<std::int64_t> zeroPoint;
        for (std::size_t c = 0; c < channels; ++c) {
            scale.push_back(randomScale(random));
            zeroPoint.push_back(random.integer(-100, 100));
        }
        if (random.chance())
            zeroPoint.resize(1); // shared
        const auto channelOf = [&](std::size_t place) { return static_cast<std::size_t>(coordinates(shape, place)[static_cast<std::size_t>(dimension)]); };
        const auto zeroOf = [&](std::size_t c) { return static_cast<int>(zeroPoint[zeroPoint.size() > 1 ? c : 0]); };

        OneOperator to(Op::Quantize);
        to.input(shape, ElementType::Float32);
        setGrid(to, to.output(shape, ElementType::Int8), scale, zeroPoint, dimension);
        const auto x = reals<std::int8_t>(random, 24, 0.05f);
        std::vector<std::int8_t> expected;
        for (std::size_t i = 0; i < 24; ++i)
            expected.push_back(quantized<std::int8_t>(x[i], scale[channelOf(i)], zeroOf(channelOf(i))));
        requireEqual(to.run<std::int8_t>({bytesOf(x)}), expected);

        OneOperator back(Op::Dequantize);
        setGrid(back, back.input(shape, ElementType::Int8), scale, zeroPoint, dimension);
        back.output(shape, ElementType::Float32);
        std::vector<float> real;
        for (std::size_t i = 0; i < 24; ++i)
            real.push_back(scale[channelOf(i)] * static_cast<float>(expected[i] - zeroOf(channelOf(i))));
        requireEqual(back.run<float>({bytesOf(expected)}), real);
    });
}

namespace {

template <class T>
void dequantizes()
{
    Random random(baseSeed());
    const float scale = randomScale(random);
    const int zeroPoint = randomZeroPoint<T>(random);
    OneOperator one(Op::Dequantize);
    one.input({300}, elementType<T>(), scale, zeroPoint);
    one.output({300}, ElementType::Float32);
    const auto x = anyValues<T>(random, 300);
    std::vector<float> expected;
    for (const T q : x)
        expected.push_back(static_cast<float>(static_cast<long double>(scale) * (static_cast<long double>(q) - zeroPoint)));
    INFO("REQUANT_SEED=" << baseSeed());
    requireEqual(one.run<float>({bytesOf(x)}), expected);
}

} // namespace

TEST_CASE("dequantizesAllIntegers")
{
    dequantizes<std::uint8_t>();
    dequantizes<std::int8_t>();
    dequantizes<std::int16_t>();
    OneOperator packed(Op::Dequantize);
    packed.input({3}, ElementType::Int4, 0.5f, 1);
    packed.output({3}, ElementType::Float32);
    CHECK(packed.run<float>({bytesOf<std::uint8_t>({0x87, 0x0F})}) == std::vector<float>{3, -4.5f, -1}); // 7, -8, -1
}

TEST_CASE("halfPrecisionIsReadAndRounded")
{
    const std::vector<std::pair<std::uint16_t, float>> exact{{0x0000, 0.0f},     {0x3C00, 1.0f},        {0xC000, -2.0f},         {0x7BFF, 65504.0f},
                                                             {0x0001, 0x1p-24f}, {0x03FF, 1023 * 0x1p-24f}, {0x0400, 0x1p-14f},   {0x3555, 0.333251953125f}};
    OneOperator one(Op::Dequantize);
    one.input({static_cast<std::int32_t>(exact.size())}, ElementType::Float16);
    one.output({static_cast<std::int32_t>(exact.size())}, ElementType::Float32);
    std::vector<std::uint16_t> x;
    for (const auto &[bits, value] : exact)
        x.push_back(bits);
    const auto y = one.run<float>({bytesOf(x)});
    for (std::size_t i = 0; i < exact.size(); ++i) {
        CHECK(y[i] == exact[i].second);
        CHECK(halfFromFloat(exact[i].second) == exact[i].first);
    }
    for (int bits = 0; bits < 0x7C00; ++bits) // every finite one survives, and the middle between two goes to the even one
    {
        const auto h = static_cast<std::uint16_t>(bits);
        const float here = floatFromHalf(h), next = bits + 1 < 0x7C00 ? floatFromHalf(static_cast<std::uint16_t>(h + 1)) : 65536.0f;
        REQUIRE(halfFromFloat(here) == h);
        REQUIRE(halfFromFloat(here + (next - here) / 2) == (bits % 2 == 0 ? h : h + 1));
    }
    CHECK(halfFromFloat(1e10f) == 0x7C00);
    CHECK(std::isnan(floatFromHalf(0x7E01)));
    CHECK(std::isinf(floatFromHalf(0xFC00)));
}

TEST_CASE("castsToAndFromHalf")
{
    OneOperator to(Op::Cast);
    to.input({3}, ElementType::Int32);
    to.output({3}, ElementType::Float16);
    CHECK(to.run<std::uint16_t>({bytesOf<std::int32_t>({1, -2, 100000})}) == std::vector<std::uint16_t>{0x3C00, 0xC000, 0x7C00});
    OneOperator from(Op::Cast);
    from.input({2}, ElementType::Float16);
    from.output({2}, ElementType::Int8);
    CHECK(from.run<std::int8_t>({bytesOf<std::uint16_t>({0x3E00, 0xFC00})}) == std::vector<std::int8_t>{1, -128}); // 1.5, -infinity
}

TEST_CASE("gridsThatDoNotFitAreRefused")
{
    OneOperator channels(Op::Quantize);
    channels.input({2, 3}, ElementType::Float32);
    setGrid(channels, channels.output({2, 3}, ElementType::Int8), {1, 2}, {0}, 1);
    CHECK(channels.refusal().find("quantized dimension") != std::string::npos);

    OneOperator bare(Op::Quantize);
    bare.input({2}, ElementType::Float32);
    bare.output({2}, ElementType::Int8);
    CHECK_FALSE(bare.refusal().empty());

    OneOperator shapes(Op::Dequantize);
    shapes.input({2}, ElementType::Int8, 1, 0);
    shapes.output({3}, ElementType::Float32);
    CHECK_FALSE(shapes.refusal().empty());
}

TEST_CASE("requantizationCountsSaturation")
{
    OneOperator one(Op::Quantize);
    one.input({4}, ElementType::Int8, 1, 0);
    one.output({4}, ElementType::Int8, 0.5f, 0);
    SimOptions options;
    options.countEvents = true;
    auto sim = one.simulator(options);
    REQUIRE(sim);
    REQUIRE(sim->setInput(0, bytesOf<std::int8_t>({63, 64, -64, -65})));
    REQUIRE(sim->run());
    CHECK(sim->counters(OperatorIndex(0)).outputs == 4);
    CHECK(sim->counters(OperatorIndex(0)).saturated == 2);
}
