// SPDX-License-Identifier: GPL-3.0-or-later
// Resizing pixel by pixel from TFLite's and XNNPACK's definitions, at every SIMD level that this processor has.
#include "core/sim/kernels/resize.h"

#include "core/sim/kernels/cpu.h"

#include "moving.h"

#include <cmath>

using namespace testing;
using requant::Arithmetic;
using requant::SimdLevel;

namespace {

struct Resize
{
    Shape in, out;
    bool align = false, half = false;

    explicit Resize(Random &random)
    {
        const auto side = [&] { return random.integer(0, 5) == 0 ? random.integer(20, 60) : random.integer(1, 9); };
        in = {random.integer(0, 4) == 0 ? 2 : 1, side(), side(), random.integer(0, 3) == 0 ? random.integer(9, 40) : random.integer(1, 9)};
        out = {in[0], side(), side(), in[3]};
        (random.chance() ? align : half) = random.integer(0, 2) != 0;
    }
    OneOperator one(Op op, ElementType type) const
    {
        OneOperator one(op);
        one.input(in, type, type == ElementType::Float32 ? 0.0f : 0.5f);
        one.constant<std::int32_t>({2}, {out[1], out[2]});
        one.output(out, type, type == ElementType::Float32 ? 0.0f : 0.5f);
        one.option("align_corners", align);
        one.option("half_pixel_centers", half);
        return one;
    }
    template <class T>
    T at(const std::vector<T> &x, std::int64_t b, std::int64_t y, std::int64_t col, std::int64_t c) const
    {
        return x[static_cast<std::size_t>(flatOf({b, y, col, c}, in))];
    }
    float scale(int from, int to) const
    {
        return align && to > 1 ? static_cast<float>(from - 1) / static_cast<float>(to - 1) : static_cast<float>(from) / static_cast<float>(to);
    }
    // f(four corners' places, output index) for every output.
    template <class F>
    void forPixels(F &&f) const
    {
        for (std::int64_t k = 0; k < count(out); ++k)
            f(indexOf(k, out));
    }
};

// TFLite: four products summed up in float.
template <class T>
std::vector<T> inFloats(const Resize &r, const std::vector<T> &x)
{
    std::vector<T> y;
    r.forPixels([&](const Index &o) {
        const auto place = [&](std::int64_t i, int from, int to) {
            return r.half ? (static_cast<float>(i) + 0.5f) * r.scale(from, to) - 0.5f : static_cast<float>(i) * r.scale(from, to);
        };
        const float v = place(o[1], r.in[1], r.out[1]), h = place(o[2], r.in[2], r.out[2]);
        const auto y0 = std::max<std::int64_t>(0, static_cast<std::int64_t>(std::floor(v))), y1 = std::min<std::int64_t>(r.in[1] - 1, static_cast<std::int64_t>(std::ceil(v)));
        const auto x0 = std::max<std::int64_t>(0, static_cast<std::int64_t>(std::floor(h))), x1 = std::min<std::int64_t>(r.in[2] - 1, static_cast<std::int64_t>(std::ceil(h)));
        const float fy = v - static_cast<float>(y0), fx = h - static_cast<float>(x0);
        const auto p = [&](std::int64_t yy, std::int64_t xx) { return static_cast<float>(r.at(x, o[0], yy, xx, o[3])); };
        float sum = p(y0, x0) * (1 - fy) * (1 - fx) + p(y1, x0) * fy * (1 - fx) + p(y0, x1) * (1 - fy) * fx + p(y1, x1) * fy * fx;
        y.push_back(static_cast<T>(std::is_integral_v<T> ? sum + 0.5f : sum));
    });
    return y;
}

// TFLite with 10 bits: half away from zero, or half up with single rounding.
template <class T>
std::vector<T> in10Bits(const Resize &r, const std::vector<T> &x, bool single)
{
    std::vector<T> y;
    r.forPixels([&](const Index &o) {
        const auto place = [&](std::int64_t i, std::int64_t from, std::int64_t to) {
            const bool align = r.align && to > 1;
            const std::int64_t n = align ? from - 1 : from, m = align ? to - 1 : to, scale = (1024 * n + m / 2) / m;
            const std::int64_t at = r.half ? i * scale + scale / 2 - 512 : i * scale;
            return std::clamp<std::int64_t>(at, 0, 1024 * (from - 1)); // beyond it the edge is repeated
        };
        const std::int64_t v = place(o[1], r.in[1], r.out[1]), h = place(o[2], r.in[2], r.out[2]);
        std::int64_t sum = 0;
        for (const std::int64_t dy : {0, 1})
            for (const std::int64_t dx : {0, 1}) {
                const std::int64_t weight = (dy ? v % 1024 : 1024 - v % 1024) * (dx ? h % 1024 : 1024 - h % 1024);
                if (weight != 0)
                    sum += weight * r.at(x, o[0], v / 1024 + dy, h / 1024 + dx, o[3]);
            }
        const double real = static_cast<double>(sum) / (1 << 20);
        y.push_back(static_cast<T>(single ? std::floor(real + 0.5) : std::round(real)));
    });
    return y;
}

// XNNPACK: positions in float; integers with 11 bits, half up, floats in the order of its kernel.
template <class T>
std::vector<T> asDelegate(const Resize &r, const std::vector<T> &x)
{
    std::vector<T> y;
    r.forPixels([&](const Index &o) {
        const auto place = [&](std::int64_t i, int from, int to) {
            const float scale = r.scale(from, to);
            const float at = r.half ? static_cast<float>(i) * scale + (0.5f * scale - 0.5f) : static_cast<float>(i) * scale;
            return r.half ? std::min(std::max(at, 0.0f), static_cast<float>(from - 1)) : at;
        };
        const float v = place(o[1], r.in[1], r.out[1]), h = place(o[2], r.in[2], r.out[2]);
        const auto y0 = static_cast<std::int64_t>(v), x0 = static_cast<std::int64_t>(h);
        const std::int64_t y1 = std::min<std::int64_t>(y0 + 1, r.in[1] - 1), x1 = std::min<std::int64_t>(x0 + 1, r.in[2] - 1);
        if constexpr (std::is_floating_point_v<T>) {
            const auto p = [&](std::int64_t yy, std::int64_t xx) { return r.at(x, o[0], yy, xx, o[3]); };
            const float ax = h - static_cast<float>(x0), ay = v - static_cast<float>(y0);
            const float top = p(y0, x0) + (p(y0, x1) - p(y0, x0)) * ax, bottom = p(y1, x0) + (p(y1, x1) - p(y1, x0)) * ax;
            y.push_back(top + (bottom - top) * ay);
            return;
        }
        const std::int64_t wy = std::lrint((v - static_cast<float>(y0)) * 2048), wx = std::lrint((h - static_cast<float>(x0)) * 2048);
        const auto corner = [&](std::int64_t yy, std::int64_t xx) { return static_cast<std::int64_t>(r.at(x, o[0], yy, xx, o[3])); };
        const std::int64_t tl = corner(y0, x0), tr = corner(y0, x1), bl = corner(y1, x0), br = corner(y1, x1);
        const std::int64_t top = tl * 2048 + (tr - tl) * wx, bottom = bl * 2048 + (br - bl) * wx, sum = top * 2048 + (bottom - top) * wy;
        y.push_back(static_cast<T>((sum + (1 << 21)) >> 22));
    });
    return y;
}

template <class T>
void resizesTo(const Resize &r, ElementType type, Arithmetic arithmetic, const std::vector<T> &x, const std::vector<T> &expected)
{
    for (const SimdLevel level : {SimdLevel::Scalar, SimdLevel::Avx2, SimdLevel::Avx512Vnni}) {
        requant::setSimdLevel(level);
        INFO("simd " << requant::simdLevelName(level) << " " << requant::arithmeticName(arithmetic) << " in " << requant::shapeText(r.in) << " out "
                     << requant::shapeText(r.out) << " align " << r.align << " half " << r.half);
        OneOperator one = r.one(Op::ResizeBilinear, type);
        requant::SimOptions options;
        options.arithmetic = arithmetic;
        options.threads = r.in[0];
        REQUIRE(one.run<T>({bytesOf(x)}, options) == expected);
    }
    requant::setSimdLevel(SimdLevel::Avx512Vnni);
}

} // namespace

TEST_CASE("bilinearEqualsItsDefinitions")
{
    replayable(80, [](Random &random) {
        const Resize r(random);
        const auto n = static_cast<std::size_t>(count(r.in));
        const auto u8 = randomValues<std::uint8_t>(random, n);
        const auto i8 = randomValues<std::int8_t>(random, n);
        const auto i16 = randomValues<std::int16_t>(random, n);
        std::vector<float> f32;
        for (std::size_t k = 0; k < n; ++k)
            f32.push_back(static_cast<float>(random.real(-10, 10)));
        resizesTo(r, ElementType::Float32, Arithmetic::TfliteReference, f32, inFloats(r, f32));
        resizesTo(r, ElementType::Float32, Arithmetic::Xnnpack, f32, asDelegate(r, f32));
        resizesTo(r, ElementType::UInt8, Arithmetic::TfliteReference, u8, inFloats(r, u8));
        resizesTo(r, ElementType::UInt8, Arithmetic::Xnnpack, u8, asDelegate(r, u8));
        resizesTo(r, ElementType::UInt8, Arithmetic::ShiftHalfUp, u8, in10Bits(r, u8, true));
        resizesTo(r, ElementType::Int8, Arithmetic::TfliteReference, i8, in10Bits(r, i8, false));
        resizesTo(r, ElementType::Int8, Arithmetic::TfliteSingle, i8, in10Bits(r, i8, true));
        resizesTo(r, ElementType::Int8, Arithmetic::Xnnpack, i8, asDelegate(r, i8));
        resizesTo(r, ElementType::Int16, Arithmetic::TfliteReference, i16, in10Bits(r, i16, false));
        resizesTo(r, ElementType::Int16, Arithmetic::Xnnpack, i16, in10Bits(r, i16, false));
    });
}

TEST_CASE("nearestEqualsItsDefinition")
{
    replayable(100, [](Random &random) {
        Resize r(random);
        if (random.integer(0, 7) == 0)
            r.align = r.half = true;
        const ElementType type = randomType(random);
        const Tensor in = randomTensor(random, r.in, type);
        OneOperator one = r.one(Op::ResizeNearestNeighbor, type);
        const auto nearest = [&](std::int64_t i, int from, int to) {
            const float at = (static_cast<float>(i) + (r.half ? 0.5f : 0.0f)) * r.scale(from, to);
            return std::min<std::int64_t>(static_cast<std::int64_t>(r.align ? std::round(at) : std::floor(at)), from - 1);
        };
        REQUIRE(one.runAll({in.bytes})[0] == moved(in, r.out, [&](const Index &o, Index &i) {
            i = {o[0], nearest(o[1], r.in[1], r.out[1]), nearest(o[2], r.in[2], r.out[2]), o[3]};
            return true;
        }).bytes);
    });
}

TEST_CASE("nearestOfUint8BesideTheDelegateIsExactlyTheFloor")
{
    // TFLite's optimized kernel states that its fractions give floor(i * from / to) exactly.
    replayable(50, [](Random &random) {
        const std::int32_t from = random.integer(1, 250), to = random.integer(1, 250);
        OneOperator one(Op::ResizeNearestNeighbor);
        one.input({1, 1, from, 1}, ElementType::UInt8, 1);
        one.constant<std::int32_t>({2}, {1, to});
        one.output({1, 1, to, 1}, ElementType::UInt8, 1);
        std::vector<std::uint8_t> x(static_cast<std::size_t>(from)), expected;
        std::iota(x.begin(), x.end(), std::uint8_t{0});
        for (std::int32_t i = 0; i < to; ++i)
            expected.push_back(static_cast<std::uint8_t>(i * from / to));
        requant::SimOptions options;
        options.arithmetic = Arithmetic::Xnnpack;
        REQUIRE(one.run<std::uint8_t>({bytesOf(x)}, options) == expected);
    });
}

TEST_CASE("resizeRefusesAnotherSize")
{
    for (const bool constantly : {true, false}) {
        OneOperator one(Op::ResizeBilinear);
        one.input({1, 2, 2, 1}, ElementType::Int8, 1);
        if (constantly)
            one.constant<std::int32_t>({2}, {3, 4});
        else
            one.input({2}, ElementType::Int32);
        one.output({1, 4, 3, 1}, ElementType::Int8, 1);
        if (constantly) {
            CHECK_THAT(one.refusal(), Catch::Contains("wanted size"));
            continue;
        }
        auto sim = one.simulator();
        REQUIRE(sim);
        REQUIRE(sim->supported());
        REQUIRE(sim->setInput(0, Bytes(4)));
        REQUIRE(sim->setInput(1, bytesOf(std::vector<std::int32_t>{3, 4})));
        CHECK_FALSE(sim->run());
        REQUIRE(sim->setInput(1, bytesOf(std::vector<std::int32_t>{4, 3})));
        CHECK(sim->run());
    }
}
