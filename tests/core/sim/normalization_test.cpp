// SPDX-License-Identifier: GPL-3.0-or-later
// Functions of whole rows: SOFTMAX, LOG_SOFTMAX, L2_NORMALIZATION and what their fixed point is made of.
#include "elementtwin.h"

#include "core/sim/kernels/normalization.h"

using namespace requant;
using namespace testing;

namespace {

// Each row of `depth` values, in real numbers.
template <class T, class F>
void isWithin(Op op, double tolerance, float so, int zo, F rowFunction, float si = 0)
{
    forSeeds(40, [&](Random &random) {
        const int rows = random.integer(0, 6), depth = random.integer(1, 40);
        const float scale = si != 0 ? si : randomScale(random, -7, -2);
        const int zi = randomZeroPoint<T>(random);
        const Arithmetic arithmetic = randomArithmetic(random);
        OneOperator one(op);
        one.input({rows, depth}, elementType<T>(), scale, zi);
        one.output({rows, depth}, elementType<T>(), so, zo);
        one.realOption("beta", 1.0);
        const auto x = randomValues<T>(random, static_cast<std::size_t>(rows * depth));
        const auto y = one.run<T>({bytesOf(x)}, optionsFor(arithmetic, 2));
        for (int r = 0; r < rows; ++r) {
            std::vector<double> row;
            for (int c = 0; c < depth; ++c)
                row.push_back(static_cast<double>(scale) * (x[static_cast<std::size_t>(r * depth + c)] - zi));
            const std::vector<double> real = rowFunction(row);
            for (int c = 0; c < depth; ++c) {
                const auto k = static_cast<std::size_t>(c);
                const double steps = std::clamp(real[k] / static_cast<double>(so) + zo, static_cast<double>(std::numeric_limits<T>::min()), static_cast<double>(std::numeric_limits<T>::max()));
                // TFLite's fixed point ends at -15.5 to -31, as the input's scale has it: what lies below is the smallest integer.
                if (op == Op::LogSoftmax && real[k] < -15.4 && y[static_cast<std::size_t>(r * depth + c)] == std::numeric_limits<T>::min())
                    continue;
                INFO(opName(op) << " " << arithmeticName(arithmetic) << " row " << r << " place " << c << " of " << depth << " scale " << scale);
                REQUIRE(std::abs(y[static_cast<std::size_t>(r * depth + c)] - steps) <= tolerance);
            }
        }
    });
}

std::vector<double> softmax(const std::vector<double> &x)
{
    double sum = 0;
    for (const double v : x)
        sum += std::exp(v);
    std::vector<double> y;
    for (const double v : x)
        y.push_back(std::exp(v) / sum);
    return y;
}

std::vector<double> logSoftmax(const std::vector<double> &x)
{
    std::vector<double> y = softmax(x);
    for (double &v : y)
        v = std::log(v);
    return y;
}

std::vector<double> unitLength(const std::vector<double> &x)
{
    double sum = 0;
    for (const double v : x)
        sum += v * v;
    std::vector<double> y;
    for (const double v : x)
        y.push_back(sum > 0 ? v / std::sqrt(sum) : 0);
    return y;
}

} // namespace

TEST_CASE("softmaxIsWithinOneStepOfReal")
{
    isWithin<std::uint8_t>(Op::Softmax, 1.0, 1.0f / 256, 0, softmax);
    isWithin<std::int8_t>(Op::Softmax, 1.0, 1.0f / 256, -128, softmax);
    isWithin<std::int16_t>(Op::Softmax, 40.0, 1.0f / 32768, 0, softmax, 0.0003f);
}

TEST_CASE("logSoftmaxIsWithinOneStepOfReal")
{
    isWithin<std::uint8_t>(Op::LogSoftmax, 1.0, 1.0f / 16, 255, logSoftmax);
    isWithin<std::int8_t>(Op::LogSoftmax, 1.0, 1.0f / 16, 127, logSoftmax);
}

TEST_CASE("l2NormalizationIsWithinOneStepOfReal")
{
    isWithin<std::uint8_t>(Op::L2Normalization, 1.0, 1.0f / 128, 128, unitLength);
    isWithin<std::int8_t>(Op::L2Normalization, 1.0, 1.0f / 128, 0, unitLength);
}

TEST_CASE("floatRowsFollowTheirDefinition")
{
    forSeeds(20, [](Random &random) {
        const int depth = random.integer(1, 30);
        const auto x = randomFloats(random, static_cast<std::size_t>(3 * depth), 5);
        for (const auto &[op, f] : {std::pair{Op::Softmax, &softmax}, {Op::LogSoftmax, &logSoftmax}, {Op::L2Normalization, &unitLength}}) {
            OneOperator one(op);
            one.input({3, depth}, ElementType::Float32);
            one.output({3, depth}, ElementType::Float32);
            one.realOption("beta", 1.0);
            const auto y = one.run<float>({bytesOf(x)});
            for (int r = 0; r < 3; ++r) {
                const auto real = f({x.begin() + r * depth, x.begin() + (r + 1) * depth});
                for (int c = 0; c < depth; ++c)
                    REQUIRE(std::abs(static_cast<double>(y[static_cast<std::size_t>(r * depth + c)]) - real[static_cast<std::size_t>(c)]) < 1e-5);
            }
        }
    });
}

TEST_CASE("inverseRootsAndLogarithmsAreAccurate")
{
    const auto root = [](std::int32_t x) {
        const Multiplier m = inverseSquareRoot(x);
        return std::ldexp(m.multiplier, m.shift - 31);
    };
    CHECK(root(0) == root(1)); // zero counts as one
    for (const std::int64_t x : {1, 2, 3, 4, 5, 100, 1023, 65536, 65537, 123456789, 536870911, 536870912, 2147483647})
        CHECK(std::abs(root(static_cast<std::int32_t>(x)) * std::sqrt(static_cast<double>(x)) - 1) < 2e-6); // five iterations from 1
    for (int i = 0; i < 400; ++i) { // 1 to about 4000 in Q12.19
        const double x = std::exp(i * 0.0207);
        const auto fixed = static_cast<std::int32_t>(x * (1 << 19));
        CHECK(std::abs(logOfAtLeastOne(fixed) / 67108864.0 - std::log(fixed / 524288.0)) < 2e-6);
    }
}

TEST_CASE("fixedOutputGridsAreDemanded")
{
    const auto refusal = [](Op op, float so, std::int64_t zo) {
        OneOperator one(op);
        one.input({2, 3}, ElementType::Int8, 0.1f, 0);
        one.output({2, 3}, ElementType::Int8, so, zo);
        return one.refusal();
    };
    CHECK(refusal(Op::L2Normalization, 1.0f / 128, 0).empty());
    CHECK(refusal(Op::L2Normalization, 1.0f / 64, 0).find("1/128") != std::string::npos);
    CHECK(refusal(Op::LogSoftmax, 1.0f / 16, 127).empty());
    CHECK(refusal(Op::LogSoftmax, 1.0f / 16, 0).find("1/16") != std::string::npos);
}
