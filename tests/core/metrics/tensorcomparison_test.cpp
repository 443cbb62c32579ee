// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/metrics/tensorcomparison.h"

#include <catch2/catch.hpp>

#include <array>
#include <cmath>
#include <cstdlib>
#include <random>

using namespace requant;

namespace {

std::uint64_t baseSeed()
{
    const char *text = std::getenv("REQUANT_SEED");
    return text ? std::strtoull(text, nullptr, 10) : std::uint64_t{std::random_device{}()};
}

Tensor tensor(ElementType type, Shape shape, float scale, std::int64_t zero)
{
    Tensor t;
    t.type = type;
    t.shape = std::move(shape);
    t.quant = QuantParams::perTensor(scale, zero);
    return t;
}

std::vector<std::byte> randomBytes(std::mt19937_64 &random, std::size_t n)
{
    std::vector<std::byte> bytes(n);
    for (std::byte &b : bytes)
        b = static_cast<std::byte>(random());
    return bytes;
}

double realAt(const Tensor &t, std::byte b, EffectiveGrid grid = {})
{
    const auto u = static_cast<std::uint8_t>(b);
    const double q = t.type == ElementType::UInt8 ? u : static_cast<std::int8_t>(u);
    return static_cast<double>(t.quant.scale[0]) * grid.ratio * (q - static_cast<double>(t.quant.zeroPoint[0])) + grid.offset;
}

} // namespace

// The fast way against the definitions of errors.h, element by element.
TEST_CASE("bytesAreComparedAsTheDefinitionsSay")
{
    const auto seed = baseSeed();
    INFO("REQUANT_SEED=" << seed);
    std::mt19937_64 random(seed);
    const auto integer = [&](int low, int high) { return std::uniform_int_distribution<int>(low, high)(random); };
    ComparisonScratch scratch;
    for (int repeat = 0; repeat < 12; ++repeat) {
        const int channels = std::array{1, 3, 16, 64, 65, 200}[static_cast<std::size_t>(integer(0, 5))];
        const int rows = 5000 / channels + integer(1, 200); // above and below where small tensors take another way
        const auto type = [&] { return integer(0, 1) ? ElementType::UInt8 : ElementType::Int8; };
        const auto zero = [&](ElementType t) { return t == ElementType::UInt8 ? integer(0, 255) : integer(-128, 127); };
        const ElementType ta = type(), tb = type();
        const Tensor a = tensor(ta, {1, rows, channels}, 0.01f * static_cast<float>(integer(1, 50)), zero(ta));
        const Tensor b = tensor(tb, {1, rows, channels}, integer(0, 2) ? 0.0625f : a.quant.scale[0], zero(tb));
        const EffectiveGrid grid{integer(0, 1) ? 1.0 : 1.37, integer(0, 1) ? 0.0 : 0.21};
        const auto n = static_cast<std::size_t>(rows * channels);
        const auto x = randomBytes(random, n), y = randomBytes(random, n);

        double signal = 0, error = 0, square = 0, product = 0, most = 0, steps = 0, mostSteps = 0;
        std::uint64_t saturated = 0;
        std::vector<double> shift(static_cast<std::size_t>(channels), 0);
        const double step = static_cast<double>(b.quant.scale[0]) * grid.ratio;
        for (std::size_t i = 0; i < n; ++i) {
            const double p = realAt(a, x[i]), q = realAt(b, y[i], grid), e = q - p;
            signal += p * p;
            error += e * e;
            square += q * q;
            product += p * q;
            most = std::max(most, std::abs(e));
            steps += e / step * (e / step);
            mostSteps = std::max(mostSteps, std::abs(e) / step);
            shift[i % static_cast<std::size_t>(channels)] += e / rows;
            const auto atLimit = [](const Tensor &t, std::byte v) {
                const auto u = static_cast<std::uint8_t>(v);
                return t.type == ElementType::UInt8 ? u == 0 || u == 255 : u == 0x7f || u == 0x80;
            };
            saturated += atLimit(b, y[i]) && !atLimit(a, x[i]) && std::abs(e) > 0.5 * step;
        }
        const TensorComparison comparison(a, b, grid);
        const ValueError r = comparison.compare(x, y, scratch).result();
        CHECK(r.count == n);
        CHECK(r.sqnrDb == Approx(10 * std::log10(signal / error)).epsilon(1e-9));
        CHECK(r.mse == Approx(error / static_cast<double>(n)).epsilon(1e-9));
        CHECK(r.cosine == Approx(product / std::sqrt(signal * square)).epsilon(1e-9));
        CHECK(r.maxAbs == Approx(most).epsilon(1e-12));
        CHECK(r.maxSteps == Approx(mostSteps).epsilon(1e-12));
        CHECK(r.rmsSteps == Approx(std::sqrt(steps / static_cast<double>(n))).epsilon(1e-9));
        CHECK(r.saturationRate == static_cast<double>(saturated) / static_cast<double>(n));
        REQUIRE(r.biasShift.size() == shift.size());
        for (std::size_t c = 0; c < shift.size(); ++c)
            CHECK(r.biasShift[c] == Approx(shift[c]).margin(1e-9 * most));

        // The scratch holds nothing back from tensor to tensor.
        const ValueError again = comparison.compare(x, y, scratch).result();
        CHECK(again.sqnrDb == r.sqnrDb);
        CHECK(again.biasShift == r.biasShift);
    }
}

TEST_CASE("equalValuesOnDifferentGridsHaveNoError")
{
    // uint8 around 128 and int8 around 0; a scale that is three times another.
    ComparisonScratch scratch;
    std::mt19937_64 random(1);
    for (const std::size_t n : {100u, 10'000u}) {
        const auto x = randomBytes(random, n);
        auto y = x;
        for (std::byte &b : y)
            b ^= std::byte{0x80};
        const Shape shape{static_cast<std::int32_t>(n), 1};
        const auto same = TensorComparison(tensor(ElementType::UInt8, shape, 0.1f, 128), tensor(ElementType::Int8, shape, 0.1f, 0), {})
                              .compare(x, y, scratch)
                              .result();
        CHECK(std::isinf(same.sqnrDb));
        CHECK(same.biasShift == std::vector<double>{0});
        CHECK(same.saturationRate == 0);
    }
}

TEST_CASE("tensorsOfDifferentSizeAreNotCompared")
{
    ComparisonScratch scratch;
    const Tensor t = tensor(ElementType::Int8, {1, 4}, 1, 0);
    CHECK(TensorComparison(t, t, {}).compare(std::vector<std::byte>(4), std::vector<std::byte>(3), scratch).empty());
    CHECK(TensorComparison(t, t, {}).compare({}, {}, scratch).empty());
}

TEST_CASE("fedValuesAreTheSourcesOnTheNewGrid")
{
    std::mt19937_64 random(2);
    std::vector<double> reals;
    std::vector<std::byte> out;
    for (const ElementType to : {ElementType::UInt8, ElementType::Int8, ElementType::Int16, ElementType::Int32, ElementType::Float32}) {
        for (const EffectiveGrid grid : {EffectiveGrid{}, EffectiveGrid{0.7, 0.0}, EffectiveGrid{0.9, -0.4}}) {
            const Tensor from = tensor(ElementType::UInt8, {300}, 0.05f, 20), target = tensor(to, {300}, 0.03f, 3);
            const TensorFeed feed(from, target, grid);
            REQUIRE(feed.possible());
            const auto bytes = randomBytes(random, 300);
            std::vector<double> expected(300);
            for (std::size_t i = 0; i < bytes.size(); ++i)
                expected[i] = realAt(from, bytes[i]);
            const auto fed = feed.feed(bytes, out, reals);
            CHECK(std::vector<std::byte>(fed.begin(), fed.end()) == quantizeReals(expected, target, grid));
        }
    }
    // The same grid: the bytes themselves. No real values: impossible.
    const Tensor a = tensor(ElementType::Int8, {4}, 0.5f, 0);
    const std::vector<std::byte> bytes(4, std::byte{9});
    CHECK(TensorFeed(a, a, {}).feed(bytes, out, reals).data() == bytes.data());
    Tensor text = a;
    text.type = ElementType::String;
    CHECK_FALSE(TensorFeed(a, text, {}).possible());
}
