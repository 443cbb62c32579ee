// SPDX-License-Identifier: GPL-3.0-or-later
// Every fast kernel against a slow, obvious one on random shapes, at every SIMD level that this processor has.
#include "core/sim/kernels/addrows.h"
#include "core/sim/kernels/bytetable.h"
#include "core/sim/kernels/conv.h"
#include "core/sim/kernels/elementwise.h"
#include "core/sim/kernels/softmax.h"

#include "random.h"

#include <cmath>
#include <cstring>
#include <limits>

using namespace requant;
using testing::Random;

namespace {

constexpr SimdLevel kLevels[] = {SimdLevel::Scalar, SimdLevel::Avx2, SimdLevel::Avx512, SimdLevel::Avx512Vnni, SimdLevel::Amx};

SimdLevel best()
{
    static const SimdLevel level = simdLevel();
    return level;
}

OutputStage randomStage(Random &random, std::size_t channels, ElementType type, double size)
{
    OutputStage s;
    s.rounding = static_cast<Rounding>(random.integer(0, 2));
    s.type = type;
    const IntegerRange range = integerRange(type);
    s.min = static_cast<std::int32_t>(range.min) + random.integer(0, 3);
    s.max = static_cast<std::int32_t>(range.max) - random.integer(0, 3);
    s.zeroPoint = random.integer(static_cast<int>(range.min), static_cast<int>(range.max));
    s.setChannels(channels);
    for (std::size_t c = 0; c < channels; ++c) {
        double real = random.chance() ? random.real(0.2, 3.0) / size : std::ldexp(1.0, random.integer(-12, 2));
        s.setChannel(c, real, static_cast<float>(real));
    }
    return s;
}

struct Case
{
    ConvGeometry g;
    std::vector<std::int16_t> weights;
    std::vector<std::int32_t> bias;
    std::int32_t zeroPoint = 0;
};

Case randomCase(Random &random, bool depthwise)
{
    Case t;
    ConvGeometry &g = t.g;
    g.batch = random.integer(1, 2);
    g.inH = random.integer(1, 12);
    g.inW = random.integer(1, 12);
    g.kernelH = random.integer(1, 5);
    g.kernelW = random.integer(1, 5);
    g.strideH = random.integer(1, 3);
    g.strideW = random.integer(1, 3);
    g.dilationH = random.integer(1, 3);
    g.dilationW = random.integer(1, 3);
    if (random.integer(0, 3) == 0)
        g.kernelH = g.kernelW = g.strideH = g.strideW = 1;
    if (depthwise) {
        g.inC = random.integer(1, 150);
        g.outC = g.inC * (random.integer(0, 3) == 0 ? random.integer(2, 3) : 1);
        g.groups = g.inC;
    } else {
        g.groups = random.integer(0, 3) == 0 ? random.integer(2, 3) : 1;
        g.inC = g.groups * random.integer(1, 37);
        g.outC = g.groups * random.integer(1, 90);
    }
    bool same = random.chance();
    const auto fits = [&] { return (g.kernelH - 1) * g.dilationH < g.inH && (g.kernelW - 1) * g.dilationW < g.inW; };
    if (!fits())
        same = true;
    g.outH = ConvGeometry::outputSize(same, g.inH, g.kernelH, g.strideH, g.dilationH);
    g.outW = ConvGeometry::outputSize(same, g.inW, g.kernelW, g.strideW, g.dilationW);
    g.padTop = ConvGeometry::padBefore(g.inH, g.outH, g.kernelH, g.strideH, g.dilationH);
    g.padLeft = ConvGeometry::padBefore(g.inW, g.outW, g.kernelW, g.strideW, g.dilationW);
    const bool extreme = random.integer(0, 3) == 0;
    t.weights.resize(static_cast<std::size_t>(g.outC * g.kernelH * g.kernelW * (g.inC / g.groups)));
    // As int8 and int4 weights are, uint8 ones with their zero point, or beyond what one type holds.
    const int kind = random.integer(0, 4), zero = random.integer(0, 255);
    const int low = kind == 0 ? -255 : kind == 1 ? -zero : kind == 2 ? -7 : -128, high = kind == 0 ? 255 : kind == 1 ? 255 - zero : kind == 2 ? 7 : 127;
    for (auto &w : t.weights)
        w = static_cast<std::int16_t>(extreme ? (random.chance() ? high : low) : random.integer(low, high));
    if (random.integer(0, 3))
        for (int c = 0; c < g.outC; ++c)
            t.bias.push_back(random.integer(-20000, 20000));
    return t;
}

// One accumulator after another, straight from the definition.
template <class T>
std::vector<std::int32_t> obviousConv(const Case &t, const std::vector<T> &in, bool depthwise, const OutputStage &stage)
{
    const ConvGeometry &g = t.g;
    std::vector<std::int32_t> out;
    const int channels = g.inC / g.groups, perGroup = g.outC / g.groups;
    for (int b = 0; b < g.batch; ++b)
        for (int oy = 0; oy < g.outH; ++oy)
            for (int ox = 0; ox < g.outW; ++ox)
                for (int c = 0; c < g.outC; ++c) {
                    std::int32_t acc = t.bias.empty() ? 0 : t.bias[static_cast<std::size_t>(c)];
                    for (int ky = 0; ky < g.kernelH; ++ky)
                        for (int kx = 0; kx < g.kernelW; ++kx)
                            for (int i = 0; i < channels; ++i) {
                                const int y = oy * g.strideH - g.padTop + ky * g.dilationH, x = ox * g.strideW - g.padLeft + kx * g.dilationW;
                                if (y < 0 || y >= g.inH || x < 0 || x >= g.inW)
                                    continue;
                                const int q = in[static_cast<std::size_t>(((b * g.inH + y) * g.inW + x) * g.inC + c / perGroup * channels + i)] - t.zeroPoint;
                                const int w = depthwise ? (ky * g.kernelW + kx) * g.outC + c : ((c * g.kernelH + ky) * g.kernelW + kx) * channels + i;
                                acc += q * t.weights[static_cast<std::size_t>(w)];
                            }
                    out.push_back(stage.apply(acc, static_cast<std::size_t>(c)));
                }
    return out;
}

template <class T>
void runConv(const Case &t, bool depthwise, const OutputStage &stage, const std::vector<T> &in, void *out, const KernelRun &r)
{
    if (depthwise)
        Depthwise8<T>(t.g, DepthwiseWeights::pack(t.g, stage, t.weights), t.bias, t.zeroPoint, stage).run(in.data(), out, r);
    else
        Conv8<T>(t.g, ConvWeights::pack(t.g, stage.simd, t.weights), t.bias, t.zeroPoint, stage).run(in.data(), out, r);
}

template <class T>
void convEqualsObvious(bool depthwise, int cases)
{
    RunState states[3];
    for (unsigned t = 0; t < 3; ++t)
        states[t].workers = Workers(t + 1);
    Scratch scratch;
    for (int n = 0; n < cases; ++n) {
        const std::uint64_t seed = testing::baseSeed() + static_cast<std::uint64_t>(n);
        Random random(seed);
        Case t = randomCase(random, depthwise);
        const ConvGeometry &g = t.g;
        t.zeroPoint = random.integer(std::numeric_limits<T>::min(), std::numeric_limits<T>::max());
        std::vector<T> in(static_cast<std::size_t>(g.batch * g.inH * g.inW * g.inC));
        for (T &q : in)
            q = static_cast<T>(random.integer(std::numeric_limits<T>::min(), std::numeric_limits<T>::max()));
        const ElementType outType = random.chance() ? ElementType::UInt8 : ElementType::Int8;
        OutputStage stage = randomStage(random, static_cast<std::size_t>(g.outC), outType, 40.0 * g.inC / g.groups * g.kernelH * g.kernelW + 1);
        const auto expected = obviousConv(t, in, depthwise, stage);
        for (const SimdLevel level : kLevels) {
            if (level > best())
                continue;
            stage.simd = level;
            std::vector<std::uint8_t> out(expected.size(), 77);
            runConv(t, depthwise, stage, in, out.data(), KernelRun{{}, {}, states[n % 3], scratch});
            std::size_t wrong = 0;
            for (std::size_t i = 0; i < out.size(); ++i)
                wrong += (outType == ElementType::UInt8 ? std::int32_t{out[i]} : std::int32_t{static_cast<std::int8_t>(out[i])}) != expected[i];
            INFO("REQUANT_SEED=" << seed << " simd " << simdLevelName(level) << " in " << g.inH << "x" << g.inW << "x" << g.inC << " kernel " << g.kernelH << "x"
                                 << g.kernelW << " out " << g.outC << " groups " << g.groups << " rounding " << static_cast<int>(stage.rounding));
            REQUIRE(wrong == 0);
        }
    }
}

} // namespace

TEST_CASE("convolutionEqualsItsDefinition")
{
    convEqualsObvious<std::uint8_t>(false, 60);
    convEqualsObvious<std::int8_t>(false, 60);
}

TEST_CASE("depthwiseEqualsItsDefinition")
{
    convEqualsObvious<std::uint8_t>(true, 60);
    convEqualsObvious<std::int8_t>(true, 60);
}

// Rows, columns from the middle, every rounding and type, accumulators and multipliers up to their ends.
TEST_CASE("rowsOfOutputsEqualOneByOne")
{
    for (int n = 0; n < 600; ++n) {
        const auto seed = testing::baseSeed() + static_cast<std::uint64_t>(n);
        Random random(seed);
        const auto channels = static_cast<std::size_t>(random.integer(1, 100)), rows = static_cast<std::size_t>(random.integer(1, 7));
        constexpr ElementType kTypes[] = {ElementType::Int8, ElementType::UInt8, ElementType::Int16, ElementType::Int32};
        OutputStage stage = randomStage(random, channels, kTypes[n % 4], 1000);
        stage.fixed = static_cast<FixedRounding>(random.integer(0, 5));
        stage.countLow = random.integer(0, 3) != 0;
        stage.countHigh = random.integer(0, 3) != 0;
        const bool usual = random.chance(); // all multipliers less than 1/2: the short way of the vector forms
        for (std::size_t c = 0; c < channels; ++c) {
            const double real = usual ? std::ldexp(random.real(0.5, 1.0), random.integer(-31, -1)) : random.integer(0, 9) == 0 ? 0.0 : std::ldexp(random.real(0.5, 1.0), random.integer(-31, 33));
            stage.setChannel(c, real, static_cast<float>(real));
        }
        if (random.integer(0, 3) == 0)
            stage.min = std::max(stage.min, stage.zeroPoint);
        const int size = random.integer(0, 31);
        std::vector<std::int32_t> acc(channels * rows);
        for (auto &a : acc)
            a = random.integer(0, 9) == 0 ? (random.chance() ? std::numeric_limits<std::int32_t>::max() : std::numeric_limits<std::int32_t>::min())
                                          : random.integer(std::numeric_limits<std::int32_t>::min(), std::numeric_limits<std::int32_t>::max()) >> size;
        if (stage.rounding == Rounding::Fixed && random.chance()) // ties
            for (std::size_t i = 0; i < acc.size(); ++i)
                acc[i] = (2 * random.integer(-200, 200) + 1) * (1 << std::clamp(stage.rightShift[i % channels], 0, 20));
        const std::size_t first = channels / 3, width = channels - first, outStride = width + 3, bytes = byteSize(stage.type, 1);
        std::size_t saturated = 0;
        std::vector<std::int64_t> expected;
        for (std::size_t r = 0; r < rows; ++r)
            for (std::size_t c = first; c < channels; ++c) {
                const std::int64_t v = stage.unclamped(acc[r * channels + c], c);
                const IntegerRange storage = integerRange(stage.type);
                saturated += (v < storage.min && stage.countLow) || (v > storage.max && stage.countHigh);
                expected.push_back(std::clamp<std::int64_t>(v, stage.min, stage.max));
            }
        for (const SimdLevel level : kLevels) {
            if (level > best())
                continue;
            stage.simd = level;
            INFO("REQUANT_SEED=" << seed << " simd " << simdLevelName(level) << " rounding " << static_cast<int>(stage.rounding) << " fixed " << static_cast<int>(stage.fixed) << " type " << typeName(stage.type));
            for (const bool count : {false, true}) {
                std::vector<std::byte> out(rows * outStride * bytes, std::byte{0x5A});
                REQUIRE(stage.applyRows(acc.data() + first, channels, rows, first, width, out.data(), outStride, count) == (count ? saturated : 0));
                std::size_t wrong = 0;
                for (std::size_t r = 0; r < rows; ++r)
                    for (std::size_t c = 0; c < outStride; ++c) {
                        const std::byte *at = out.data() + (r * outStride + c) * bytes;
                        if (c >= width) {
                            wrong += std::any_of(at, at + bytes, [](std::byte x) { return x != std::byte{0x5A}; });
                            continue;
                        }
                        std::int64_t got = 0;
                        withType(stage.type, [&]<class T>(T v) {
                            std::memcpy(&v, at, bytes);
                            got = static_cast<std::int64_t>(v);
                        });
                        wrong += got != expected[r * width + c];
                    }
                REQUIRE(wrong == 0);
            }
        }
    }
}

// The scaled value itself against the definitions in exact arithmetic.
TEST_CASE("outputStageFollowsItsRounding")
{
    OutputStage s;
    s.type = ElementType::Int16;
    s.min = -32768;
    s.max = 32767;
    s.setChannels(1);
    s.setChannel(0, 0.25, 0.25f);
    const auto at = [&](FixedRounding f, std::int32_t acc) {
        s.fixed = f;
        return s.apply(acc, 0);
    };
    CHECK(at(FixedRounding::Double, 2) == 1);
    CHECK(at(FixedRounding::Double, -2) == -1);
    CHECK(at(FixedRounding::HalfUp, -2) == 0);
    CHECK(at(FixedRounding::Single, -2) == 0);
    CHECK(at(FixedRounding::HalfEven, 2) == 0);
    CHECK(at(FixedRounding::HalfEven, 6) == 2);
    CHECK(at(FixedRounding::HalfAway, -2) == -1);
    CHECK(at(FixedRounding::Truncate, -1) == -1);
    s.rounding = Rounding::RealHalfAway;
    CHECK(s.apply(2, 0) == 1);
    CHECK(s.apply(-2, 0) == -1);
    CHECK(s.apply(-1, 0) == 0);
    s.rounding = Rounding::FloatHalfEven;
    CHECK(s.apply(2, 0) == 0);
    CHECK(s.apply(6, 0) == 2);
    CHECK(s.apply(std::numeric_limits<std::int32_t>::max(), 0) == 32767);
}

TEST_CASE("rowsOfWideAccumulatorsEqualOneByOne")
{
    for (int n = 0; n < 200; ++n) {
        const auto seed = testing::baseSeed() + static_cast<std::uint64_t>(n);
        Random random(seed);
        const auto channels = static_cast<std::size_t>(random.integer(1, 300));
        OutputStage stage = randomStage(random, channels, ElementType::Int16, 100000);
        stage.rounding = random.chance() ? Rounding::Fixed : Rounding::RealHalfAway;
        stage.fixed = static_cast<FixedRounding>(random.integer(0, 5));
        std::vector<std::int64_t> acc(channels);
        for (auto &a : acc)
            a = (std::int64_t{random.integer(-(1 << 23), (1 << 23) - 1)} << 24 | random.integer(0, (1 << 24) - 1)) >> random.integer(0, 40);
        std::size_t saturated = 0;
        for (std::size_t c = channels / 3; c < channels; ++c)
            saturated += stage.isSaturated(stage.unclamped(acc[c], c));
        for (const SimdLevel level : kLevels) {
            if (level > best())
                continue;
            stage.simd = level;
            INFO("REQUANT_SEED=" << seed << " simd " << simdLevelName(level) << " rounding " << static_cast<int>(stage.rounding) << " fixed " << static_cast<int>(stage.fixed));
            std::vector<std::int16_t> out(channels);
            REQUIRE(stage.applyRow(acc.data() + channels / 3, channels / 3, channels - channels / 3, out.data() + channels / 3, true) == saturated);
            for (std::size_t c = channels / 3; c < channels; ++c)
                REQUIRE(out[c] == stage.apply(acc[c], c));
        }
    }
}

TEST_CASE("samePaddingPutsTheOddPixelAfter")
{
    CHECK(ConvGeometry::outputSize(true, 7, 3, 2, 1) == 4);
    CHECK(ConvGeometry::outputSize(false, 7, 3, 2, 1) == 3);
    CHECK(ConvGeometry::padBefore(224, 112, 3, 2, 1) == 0); // one pixel in all, after
    CHECK(ConvGeometry::padBefore(7, 7, 3, 1, 2) == 2);
    CHECK(ConvGeometry::outputSize(false, 5, 5, 1, 1) == 1);
}

TEST_CASE("exponentialAndReciprocalAreAccurate")
{
    for (int i = 1; i <= 400; ++i) {
        const double x = -i / 20.0;
        const double got = expOnNegativeValues(static_cast<std::int32_t>(std::lround(x * (1 << 26)))) / 2147483648.0;
        CHECK(std::abs(got - std::exp(x)) < 1e-6);
    }
    for (int i = 0; i < 100; ++i)
        CHECK(std::abs(oneOverOnePlusX(static_cast<std::int32_t>(i / 100.0 * 2147483648.0)) / 2147483648.0 - 1 / (1 + i / 100.0)) < 1e-7);
}

TEST_CASE("additionIsWithinOneStepOfReal")
{
    const auto seed = testing::baseSeed();
    INFO("REQUANT_SEED=" << seed);
    Random random(seed);
    for (int n = 0; n < 500; ++n) {
        const float s1 = static_cast<float>(random.real(0.01, 1)), s2 = static_cast<float>(random.real(0.01, 1)), so = static_cast<float>(random.real(0.2, 2));
        const int z1 = random.integer(-128, 127), z2 = random.integer(-128, 127), zo = random.integer(-128, 127);
        AddParams reference = AddParams::make(s1, s2, so, 20);
        AddXnnpack xnnpack = AddXnnpack::make(s1, s2, so, z1, z2, false);
        reference.zeroPoint1 = z1;
        reference.zeroPoint2 = z2;
        reference.zeroPointOut = xnnpack.zeroPointOut = zo;
        reference.min = xnnpack.min = -128;
        reference.max = xnnpack.max = 127;
        for (int k = 0; k < 20; ++k) {
            const int a = random.integer(-128, 127), b = random.integer(-128, 127);
            const double real = (double(s1) * (a - z1) + double(s2) * (b - z2)) / double(so) + zo;
            const double clamped = std::clamp(real, -128.0, 127.0);
            REQUIRE(std::abs(reference.finish(reference.scaled1(a) + reference.scaled2(b)) - clamped) < 0.51);
            REQUIRE(std::abs(xnnpack.apply(a, b) - clamped) < 0.51);
        }
    }
}

TEST_CASE("rowsOfSumsEqualOneByOne")
{
    for (int n = 0; n < 100; ++n) {
        const auto seed = testing::baseSeed() + static_cast<std::uint64_t>(n);
        Random random(seed);
        const auto count = static_cast<std::size_t>(random.integer(0, 150));
        AddXnnpack p = AddXnnpack::make(static_cast<float>(random.real(0.002, 200)), static_cast<float>(random.real(0.002, 200)), 1.0f, random.integer(0, 255), random.integer(0, 255),
                                        random.chance());
        p.zeroPointOut = random.integer(0, 255);
        p.min = random.integer(0, 20);
        p.max = random.integer(200, 255);
        std::vector<std::uint8_t> a(count), b(count);
        std::vector<std::int32_t> one(256), other(256);
        for (std::size_t i = 0; i < count; ++i) {
            a[i] = static_cast<std::uint8_t>(random.integer(0, 255));
            b[i] = static_cast<std::uint8_t>(random.chance() ? 255 : random.integer(0, 255));
        }
        for (std::size_t i = 0; i < 256; ++i) {
            one[i] = random.integer(-(1 << 30), 1 << 30);
            other[i] = random.integer(-(1 << 30), (1 << 30) - 1);
        }
        for (const SimdLevel level : kLevels) {
            if (level > best())
                continue;
            INFO("REQUANT_SEED=" << seed << " simd " << simdLevelName(level));
            std::vector<std::uint8_t> out(count + 1, 77);
            addRows(level, p, a.data(), b.data(), count, out.data());
            AddXnnpack s = p; // the same on int8
            s.min -= 128;
            s.max -= 128;
            std::vector<std::int8_t> signedOut(count), signedA(a.begin(), a.end()), signedB(b.begin(), b.end());
            addRows(level, s, signedA.data(), signedB.data(), count, signedOut.data());
            std::vector<std::int32_t> sums(count);
            addFromTables(level, one.data(), other.data(), a.data(), b.data(), count, sums.data());
            std::size_t wrong = 0;
            for (std::size_t i = 0; i < count; ++i)
                wrong += out[i] != p.apply(a[i], b[i]) || signedOut[i] != s.apply(signedA[i], signedB[i]) || sums[i] != one[a[i]] + other[b[i]];
            REQUIRE(wrong == 0);
            REQUIRE(out[count] == 77);
        }
    }
}

TEST_CASE("bytesThroughATableEqualOneByOne")
{
    const auto seed = testing::baseSeed();
    INFO("REQUANT_SEED=" << seed);
    Random random(seed);
    std::vector<std::uint8_t> table(256);
    for (auto &v : table)
        v = static_cast<std::uint8_t>(random.integer(0, 255));
    for (const std::size_t n : {0u, 1u, 63u, 64u, 65u, 256u, 1000u}) {
        std::vector<std::uint8_t> from(n), to(n + 1, 77);
        for (std::size_t i = 0; i < n; ++i)
            from[i] = static_cast<std::uint8_t>(n == 256 ? static_cast<int>(i) : random.integer(0, 255));
        for (const SimdLevel level : kLevels) {
            if (level > best())
                continue;
            INFO("simd " << simdLevelName(level) << " n " << n);
            mapBytes(level, table.data(), from.data(), n, to.data());
            std::size_t wrong = 0;
            for (std::size_t i = 0; i < n; ++i)
                wrong += to[i] != table[from[i]];
            REQUIRE(wrong == 0);
            REQUIRE(to[n] == 77);
        }
    }
}
