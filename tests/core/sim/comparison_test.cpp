// SPDX-License-Identifier: GPL-3.0-or-later
// Comparisons, logic and selection against their definitions.
#include "elementtwin.h"

#include <functional>

using namespace requant;
using namespace testing;

namespace {

struct Case
{
    Op op;
    std::function<bool(long double, long double)> f;
};

const std::vector<Case> &cases()
{
    static const std::vector<Case> all{
        {Op::Equal, [](long double a, long double b) { return a == b; }},     {Op::NotEqual, [](long double a, long double b) { return a != b; }},
        {Op::Less, [](long double a, long double b) { return a < b; }},       {Op::LessEqual, [](long double a, long double b) { return a <= b; }},
        {Op::Greater, [](long double a, long double b) { return a > b; }},    {Op::GreaterEqual, [](long double a, long double b) { return a >= b; }},
    };
    return all;
}

const Case &randomCase(Random &random) { return cases()[static_cast<std::size_t>(random.integer(0, 5))]; }

template <class T>
void comparesStoredValues(bool equalityOnly = false, std::optional<ElementType> type = {})
{
    forSeeds(40, [&](Random &random) {
        const Case &c = equalityOnly ? cases()[static_cast<std::size_t>(random.integer(0, 1))] : randomCase(random);
        const Shapes s = randomShapes(random, 2);
        const ElementType t = type.value_or(elementType<T>());
        OneOperator one(c.op);
        one.input(s.in[0], t);
        one.input(s.in[1], t);
        one.output(s.out, ElementType::Bool);
        auto a = anyValues<T>(random, count(s.in[0])), b = anyValues<T>(random, count(s.in[1]));
        if (type == ElementType::Bool)
            for (auto *v : {&a, &b})
                for (auto &x : *v)
                    x = static_cast<T>(random.integer(0, 1));
        std::vector<std::uint8_t> expected;
        for (std::size_t i = 0; i < count(s.out); ++i)
            expected.push_back(c.f(a[sourceOf(s.in[0], s.out, i)], b[sourceOf(s.in[1], s.out, i)]));
        requireEqual(one.run<std::uint8_t>({bytesOf(a), bytesOf(b)}), expected);
    });
}

template <class T>
void comparesScaledValues(bool equalityOnly)
{
    forSeeds(60, [&](Random &random) {
        const Case &c = equalityOnly ? cases()[static_cast<std::size_t>(random.integer(0, 1))] : randomCase(random);
        const Shapes s = randomShapes(random, 2);
        const Arithmetic arithmetic = randomArithmetic(random);
        const auto zero = [&] { return random.integer(std::numeric_limits<T>::min(), std::numeric_limits<T>::max()); };
        const int z1 = zero(), z2 = random.chance() ? z1 : zero();
        const auto s1 = static_cast<float>(random.chance() ? std::ldexp(1.0, random.integer(-12, -1)) : random.real(0.0001, 0.99));
        const auto s2 = random.chance() ? s1 : static_cast<float>(random.real(0.001, 0.99));
        OneOperator one(c.op);
        one.input(s.in[0], elementType<T>(), s1, z1);
        one.input(s.in[1], elementType<T>(), s2, z2);
        one.output(s.out, ElementType::Bool);
        const auto a = randomValues<T>(random, count(s.in[0])), b = randomValues<T>(random, count(s.in[1]));
        const auto value = [&](int q, int zero, float scale) -> long double {
            return isShift(arithmetic) ? static_cast<long double>(scale) * (q - zero)
                                       : static_cast<long double>(scaledFixed((q - zero) * 256, static_cast<double>(scale), fixedRounding(arithmetic)));
        };
        std::vector<std::uint8_t> expected;
        for (std::size_t i = 0; i < count(s.out); ++i)
            expected.push_back(c.f(value(a[sourceOf(s.in[0], s.out, i)], z1, s1), value(b[sourceOf(s.in[1], s.out, i)], z2, s2)));
        INFO("arithmetic " << arithmeticName(arithmetic));
        requireEqual(one.run<std::uint8_t>({bytesOf(a), bytesOf(b)}, optionsFor(arithmetic)), expected);
    });
}

} // namespace

TEST_CASE("comparesStoredIntegersFloatsAndBools")
{
    comparesStoredValues<float>();
    comparesStoredValues<std::int32_t>();
    comparesStoredValues<std::int64_t>();
    comparesStoredValues<std::uint8_t>(true, ElementType::Bool);
}

TEST_CASE("comparesQuantizedValuesAsTheyAreScaled")
{
    comparesScaledValues<std::uint8_t>(false);
    comparesScaledValues<std::int8_t>(false);
    comparesScaledValues<std::int16_t>(true);
}

TEST_CASE("ordersInt16ByItsStoredValues")
{
    OneOperator one(Op::Less);
    one.input({2}, ElementType::Int16, 0.5f, 0);
    one.input({2}, ElementType::Int16, 0.001f, 0);
    one.output({2}, ElementType::Bool);
    CHECK(one.run<std::uint8_t>({bytesOf<std::int16_t>({5, 7}), bytesOf<std::int16_t>({6, 7})}) == std::vector<std::uint8_t>{1, 0});
}

TEST_CASE("nanIsEqualToNothing")
{
    const float nan = std::numeric_limits<float>::quiet_NaN();
    const auto result = [&](Op op) {
        OneOperator one(op);
        one.input({2}, ElementType::Float32);
        one.input({2}, ElementType::Float32);
        one.output({2}, ElementType::Bool);
        return one.run<std::uint8_t>({bytesOf<float>({nan, nan}), bytesOf<float>({nan, 1})});
    };
    for (const Op op : {Op::Equal, Op::Less, Op::LessEqual, Op::Greater, Op::GreaterEqual})
        CHECK(result(op) == std::vector<std::uint8_t>{0, 0});
    CHECK(result(Op::NotEqual) == std::vector<std::uint8_t>{1, 1});
}

TEST_CASE("refusesComparisonsThatTfliteLeavesUndefined")
{
    OneOperator large(Op::Less);
    large.input({2}, ElementType::Int8, 1.0f, 0);
    large.input({2}, ElementType::Int8, 0.5f, 0);
    large.output({2}, ElementType::Bool);
    CHECK(large.refusal().find("scale of 1") != std::string::npos);
    CHECK(large.refusal(optionsFor(Arithmetic::ShiftHalfUp)).empty());

    OneOperator bare(Op::NotEqual);
    bare.input({2}, ElementType::Int16);
    bare.input({2}, ElementType::Int16);
    bare.output({2}, ElementType::Bool);
    CHECK_FALSE(bare.refusal().empty());

    OneOperator shapes(Op::Equal);
    shapes.input({2, 3}, ElementType::Float32);
    shapes.input({2}, ElementType::Float32);
    shapes.output({2, 3}, ElementType::Bool);
    CHECK(shapes.refusal().find("broadcast") != std::string::npos);

    OneOperator types(Op::Equal);
    types.input({2}, ElementType::Float32);
    types.input({2}, ElementType::Int32);
    types.output({2}, ElementType::Bool);
    CHECK_FALSE(types.refusal().empty());
}

TEST_CASE("logicFollowsItsTruthTable")
{
    const auto bools = [](Random &random, std::size_t n) {
        std::vector<std::uint8_t> v(n);
        for (auto &b : v)
            b = static_cast<std::uint8_t>(random.integer(0, 1));
        return v;
    };
    forSeeds(40, [&](Random &random) {
        const bool isAnd = random.chance();
        const Shapes s = randomShapes(random, 2);
        OneOperator one(isAnd ? Op::LogicalAnd : Op::LogicalOr);
        one.input(s.in[0], ElementType::Bool);
        one.input(s.in[1], ElementType::Bool);
        one.output(s.out, ElementType::Bool);
        const auto a = bools(random, count(s.in[0])), b = bools(random, count(s.in[1]));
        std::vector<std::uint8_t> expected;
        for (std::size_t i = 0; i < count(s.out); ++i) {
            const int sum = a[sourceOf(s.in[0], s.out, i)] + b[sourceOf(s.in[1], s.out, i)];
            expected.push_back(isAnd ? sum == 2 : sum > 0);
        }
        requireEqual(one.run<std::uint8_t>({bytesOf(a), bytesOf(b)}), expected);
    });
    OneOperator inverted(Op::LogicalNot);
    inverted.input({3}, ElementType::Bool);
    inverted.output({3}, ElementType::Bool);
    CHECK(inverted.run<std::uint8_t>({bytesOf<std::uint8_t>({1, 0, 1})}) == std::vector<std::uint8_t>{0, 1, 0});
}

namespace {

template <class T>
void selects(bool second)
{
    forSeeds(30, [&](Random &random) {
        Shapes s = randomShapes(random, 3);
        bool rows = false;
        if (!second) {
            s.in[1] = s.in[2] = s.out;
            const int way = random.integer(0, 2);
            rows = way == 0 && !s.out.empty();
            s.in[0] = rows ? Shape{s.out[0]} : way == 1 ? Shape{} : s.out;
        }
        OneOperator one(second ? Op::SelectV2 : Op::Select);
        one.input(s.in[0], ElementType::Bool);
        one.input(s.in[1], elementType<T>());
        one.input(s.in[2], elementType<T>());
        one.output(s.out, elementType<T>());
        std::vector<std::uint8_t> which(count(s.in[0]));
        for (auto &b : which)
            b = static_cast<std::uint8_t>(random.integer(0, 1));
        const auto a = anyValues<T>(random, count(s.in[1])), b = anyValues<T>(random, count(s.in[2]));
        std::vector<T> expected;
        for (std::size_t i = 0; i < count(s.out); ++i) {
            const std::size_t w = rows ? static_cast<std::size_t>(coordinates(s.out, i)[0]) : sourceOf(s.in[0], s.out, i);
            expected.push_back(which[w] ? a[sourceOf(s.in[1], s.out, i)] : b[sourceOf(s.in[2], s.out, i)]);
        }
        requireEqual(one.run<T>({bytesOf(which), bytesOf(a), bytesOf(b)}), expected);
    });
}

} // namespace

TEST_CASE("selectionTakesOneOrTheOther")
{
    for (const bool second : {false, true}) {
        selects<std::int8_t>(second);
        selects<std::int16_t>(second);
        selects<float>(second);
        selects<std::int64_t>(second);
    }
}

TEST_CASE("oneValueIsSelectedWhateverItsRank")
{
    for (const Op op : {Op::Select, Op::SelectV2}) {
        OneOperator one(op);
        one.input({1, 1}, ElementType::Bool);
        one.input({}, ElementType::Float32);
        one.input({1}, ElementType::Float32);
        one.output({1}, ElementType::Float32);
        CHECK(one.run<float>({bytesOf<std::uint8_t>({1}), bytesOf<float>({2}), bytesOf<float>({3})}) == std::vector<float>{2});
    }
}

namespace {

template <class T>
void takesTheLarger()
{
    forSeeds(40, [&](Random &random) {
        const bool maximum = random.chance();
        const Shapes s = randomShapes(random, 2);
        OneOperator one(maximum ? Op::Maximum : Op::Minimum);
        one.input(s.in[0], elementType<T>());
        one.input(s.in[1], elementType<T>());
        one.output(s.out, elementType<T>());
        const auto a = anyValues<T>(random, count(s.in[0])), b = anyValues<T>(random, count(s.in[1]));
        std::vector<T> expected;
        for (std::size_t i = 0; i < count(s.out); ++i) {
            const T x = a[sourceOf(s.in[0], s.out, i)], y = b[sourceOf(s.in[1], s.out, i)];
            expected.push_back((x < y) == maximum ? y : x);
        }
        requireEqual(one.run<T>({bytesOf(a), bytesOf(b)}), expected);
    });
}

} // namespace

TEST_CASE("minimumAndMaximumTakeOneOfTheTwo")
{
    takesTheLarger<std::uint8_t>();
    takesTheLarger<std::int8_t>();
    takesTheLarger<std::int16_t>();
    takesTheLarger<std::int32_t>();
    takesTheLarger<std::int64_t>();
    takesTheLarger<float>();
}
