// SPDX-License-Identifier: GPL-3.0-or-later
// Shapes as values, tensors from a few numbers, choices of the best and conversions, against their definitions.
#include "core/sim/kernels/shapeops.h"

#include "moving.h"

#include <cmath>

using namespace testing;

TEST_CASE("reshapingCopiesTheBytes")
{
    replayable(60, [](Random &random) {
        const Tensor in = randomTensor(random, randomShape(random, 0, 4), randomType(random));
        Shape flat{static_cast<std::int32_t>(count(in.shape))}, wide = in.shape;
        const auto at = static_cast<std::size_t>(random.integer(0, static_cast<int>(wide.size())));
        wide.insert(wide.begin() + static_cast<std::ptrdiff_t>(at), 1);
        Mover reshape(Op::Reshape, random);
        reshape.input(in);
        reshape.ints({random.chance() ? -1 : flat[0]});
        reshape.output(flat, in.type);
        CHECK(reshape.run() == in.bytes);
        Mover expand(Op::ExpandDims, random);
        expand.input(in);
        expand.ints({}, {random.chance() ? static_cast<std::int64_t>(at) : static_cast<std::int64_t>(at) - static_cast<std::int64_t>(wide.size())});
        expand.output(wide, in.type);
        CHECK(expand.run() == in.bytes);
        Mover squeeze(Op::Squeeze, random);
        squeeze.input({wide, in.type, in.bytes});
        squeeze.output(in.shape, in.type);
        CHECK(squeeze.run() == in.bytes);
    });
}

TEST_CASE("expandedDimensionIsWhereTheAxisSays")
{
    replayable(4, [](Random &random) {
        Mover m(Op::ExpandDims, random);
        m.input(randomTensor(random, {2, 3}, ElementType::Int8));
        m.ints({}, {0});
        m.output({2, 1, 3}, ElementType::Int8);
        CHECK_THAT(m.failure(), Catch::Contains("declared shape"));
    });
}

TEST_CASE("shapeAndRankAreTheDeclaredOnes")
{
    for (const ElementType type : {ElementType::Int32, ElementType::Int64}) {
        OneOperator shape(Op::Shape);
        shape.input({2, 0, 5}, ElementType::Int8);
        shape.output({3}, type);
        const auto bytes = shape.runAll({{}})[0];
        CHECK((type == ElementType::Int32 ? bytes == bytesOf(std::vector<std::int32_t>{2, 0, 5}) : bytes == bytesOf(std::vector<std::int64_t>{2, 0, 5})));
    }
    OneOperator rank(Op::Rank);
    rank.input({2, 1, 5}, ElementType::Int8);
    rank.output({}, ElementType::Int32);
    CHECK(rank.run<std::int32_t>({Bytes(10)}) == std::vector<std::int32_t>{3});
}

TEST_CASE("fillAndZerosLikeEqualTheirDefinitions")
{
    replayable(60, [](Random &random) {
        const Shape shape = randomShape(random, 0, 4);
        const Tensor value = randomTensor(random, {}, randomType(random));
        Mover fill(Op::Fill, random);
        fill.ints(std::vector<std::int64_t>(shape.begin(), shape.end()));
        fill.input(value);
        fill.output(shape, value.type);
        REQUIRE(fill.run() == moved(value, shape, [](const Index &, Index &) { return true; }).bytes);
        const Tensor in = randomTensor(random, shape, value.type);
        Mover zero(Op::ZerosLike, random);
        zero.input(in);
        zero.output(shape, value.type);
        REQUIRE(zero.run() == Bytes(in.bytes.size()));
    });
}

TEST_CASE("rangeCountsAsTfliteDoes")
{
    replayable(100, [](Random &random) {
        const bool real = random.chance();
        const int start = random.integer(-20, 20), delta = random.chance() ? random.integer(1, 5) : -random.integer(1, 5), n = random.integer(0, 12);
        // Any limit behind the last value and not behind the next.
        const int limit = start + delta * n - (delta > 0 ? 1 : -1) * (n > 0 ? random.integer(0, std::abs(delta) - 1) : 0);
        const bool wrong = random.integer(0, 4) == 0;
        const std::int32_t declared = n + (wrong ? 1 : 0);
        OneOperator one(Op::Range);
        if (real) {
            const std::vector<float> values{static_cast<float>(start) * 0.1f, 0, static_cast<float>(delta) * 0.1f};
            // Half a step before the end of the count.
            const float end = n == 0 ? values[0] : values[0] + values[2] * (static_cast<float>(n) - 0.5f);
            for (const float v : {values[0], end, values[2]})
                one.constant<float>({}, {v});
            one.output({declared}, ElementType::Float32);
            if (wrong)
                return;
            std::vector<float> expected;
            float v = values[0];
            for (int k = 0; k < n; ++k, v += values[2])
                expected.push_back(v);
            REQUIRE(one.run<float>({}) == expected);
            return;
        }
        for (const int v : {start, limit, delta})
            one.input({}, ElementType::Int64), (void)v;
        one.output({declared}, ElementType::Int64);
        const std::vector<Bytes> inputs{bytesOf(std::vector<std::int64_t>{start}), bytesOf(std::vector<std::int64_t>{limit}), bytesOf(std::vector<std::int64_t>{delta})};
        if (wrong) {
            auto sim = one.simulator();
            REQUIRE(sim);
            for (std::size_t k = 0; k < 3; ++k)
                REQUIRE(sim->setInput(k, inputs[k]));
            const auto ok = sim->run();
            REQUIRE_FALSE(ok);
            CHECK_THAT(requant::text(ok.error()), Catch::Contains("declared shape"));
            return;
        }
        std::vector<std::int64_t> expected;
        for (std::int64_t v = start; delta > 0 ? v < limit : v > limit; v += delta)
            expected.push_back(v);
        REQUIRE(one.run<std::int64_t>(inputs) == expected);
    });
}

TEST_CASE("broadcastArgsEqualsItsDefinition")
{
    replayable(100, [](Random &random) {
        const Shape out = randomShape(random, 0, 4);
        std::vector<std::int64_t> full(out.begin(), out.end()), other;
        const std::size_t rank = static_cast<std::size_t>(random.integer(0, static_cast<int>(out.size())));
        for (std::size_t d = 0; d < rank; ++d)
            other.push_back(random.chance() ? 1 : full[full.size() - rank + d]);
        OneOperator one(Op::BroadcastArgs);
        one.input({static_cast<std::int32_t>(full.size())}, ElementType::Int64);
        one.input({static_cast<std::int32_t>(other.size())}, ElementType::Int64);
        one.output({static_cast<std::int32_t>(full.size())}, ElementType::Int64);
        REQUIRE(one.run<std::int64_t>({bytesOf(full), bytesOf(other)}) == full);
    });
}

TEST_CASE("whereOfAConstantListsItsPlaces")
{
    OneOperator one(Op::Where);
    one.input({1}, ElementType::Int8); // keeps the network from having no input
    OneOperator where(Op::Where);
    where.constant<std::uint8_t>({2, 3}, {0, 1, 0, 1, 0, 1}, {}, ElementType::Bool);
    where.output({3, 2}, ElementType::Int64);
    CHECK(where.run<std::int64_t>({}) == std::vector<std::int64_t>{0, 1, 1, 0, 1, 2});
    one.output({1, 1}, ElementType::Int64);
    CHECK_THAT(one.refusal(), Catch::Contains("depends on the values"));
}

TEST_CASE("oneHotEqualsItsDefinition")
{
    replayable(100, [](Random &random) {
        const Shape shape = randomShape(random, 0, 3);
        const ElementType type = randomType(random);
        const auto axis = static_cast<std::size_t>(random.integer(0, static_cast<int>(shape.size())));
        const std::int32_t depth = random.integer(0, 5);
        std::vector<std::int64_t> indices;
        for (std::int64_t k = 0; k < count(shape); ++k)
            indices.push_back(random.integer(-2, depth + 1));
        Shape out = shape;
        out.insert(out.begin() + static_cast<std::ptrdiff_t>(axis), depth);
        const Tensor on = randomTensor(random, {}, type), off = randomTensor(random, {}, type);
        Mover m(Op::OneHot, random);
        m.ints(shape, indices);
        m.ints({}, {depth});
        m.input(on);
        m.constant(off);
        m.output(out, type);
        if (axis + 1 < out.size() || random.chance())
            m.one().option("axis", static_cast<std::int64_t>(axis));
        Tensor expected = zeros(out, type);
        for (std::int64_t k = 0; k < count(out); ++k) {
            Index o = indexOf(k, out);
            const std::int64_t at = o[axis];
            o.erase(o.begin() + static_cast<std::ptrdiff_t>(axis));
            copyBits(expected.bytes, k, indices[static_cast<std::size_t>(flatOf(o, shape))] == at ? on.bytes : off.bytes, 0, on.bits());
        }
        REQUIRE(m.run() == expected.bytes);
    });
}

namespace {

template <class T>
void bestEqualTheirDefinitions(Random &random, ElementType type)
{
    const std::int32_t rows = random.integer(0, 5), n = random.integer(1, 40), inner = random.integer(1, 3), k = random.integer(0, n);
    std::vector<T> x;
    for (std::int32_t i = 0; i < rows * n * inner; ++i)
        x.push_back(static_cast<T>(random.chance() ? random.integer(0, 3) : random.integer(0, 120) - (std::is_signed_v<T> ? 60 : 0))); // many ties
    {
        const bool largest = random.chance(), wide = random.chance();
        OneOperator one(largest ? Op::ArgMax : Op::ArgMin);
        one.input({rows, n, inner}, type);
        one.constant<std::int32_t>({}, {random.chance() ? 1 : -2});
        one.output({rows, inner}, wide ? ElementType::Int64 : ElementType::Int32);
        std::vector<std::int64_t> expected;
        for (std::int32_t o = 0; o < rows; ++o)
            for (std::int32_t i = 0; i < inner; ++i) {
                std::int32_t best = 0;
                const auto at = [&](std::int32_t j) { return x[static_cast<std::size_t>((o * n + j) * inner + i)]; };
                for (std::int32_t j = 0; j < n; ++j)
                    if (largest ? at(j) > at(best) : at(j) < at(best))
                        best = j;
                expected.push_back(best);
            }
        REQUIRE(one.runAll({bytesOf(x)})[0] == (wide ? bytesOf(expected) : bytesOf(std::vector<std::int32_t>(expected.begin(), expected.end()))));
    }
    {
        OneOperator one(Op::TopkV2);
        one.input({rows, n * inner}, type);
        one.constant<std::int32_t>({}, {k});
        one.output({rows, k}, type);
        one.output({rows, k}, ElementType::Int32);
        std::vector<T> values;
        std::vector<std::int32_t> indices;
        for (std::int32_t o = 0; o < rows; ++o) { // takes the first largest of what is left, k times
            std::vector<bool> used(static_cast<std::size_t>(n * inner), false);
            for (std::int32_t j = 0; j < k; ++j) {
                std::int32_t best = -1;
                for (std::int32_t i = 0; i < n * inner; ++i)
                    if (!used[static_cast<std::size_t>(i)] && (best < 0 || x[static_cast<std::size_t>(o * n * inner + i)] > x[static_cast<std::size_t>(o * n * inner + best)]))
                        best = i;
                used[static_cast<std::size_t>(best)] = true;
                values.push_back(x[static_cast<std::size_t>(o * n * inner + best)]);
                indices.push_back(best);
            }
        }
        const auto out = one.runAll({bytesOf(x)});
        REQUIRE(out[0] == bytesOf(values));
        REQUIRE(out[1] == bytesOf(indices));
    }
}

} // namespace

TEST_CASE("theFirstOfEqualsIsTheBest")
{
    replayable(20, [](Random &random) {
        bestEqualTheirDefinitions<std::uint8_t>(random, ElementType::UInt8);
        bestEqualTheirDefinitions<std::int8_t>(random, ElementType::Int8);
        bestEqualTheirDefinitions<std::int16_t>(random, ElementType::Int16);
        bestEqualTheirDefinitions<std::int32_t>(random, ElementType::Int32);
        bestEqualTheirDefinitions<std::int64_t>(random, ElementType::Int64);
        bestEqualTheirDefinitions<float>(random, ElementType::Float32);
    });
}

TEST_CASE("castsKeepWrapOrSaturate")
{
    const auto cast = [](const Bytes &in, ElementType from, ElementType to, std::int32_t n) {
        OneOperator one(Op::Cast);
        one.input({n}, from);
        one.output({n}, to);
        return one.runAll({in})[0];
    };
    const auto reals = bytesOf(std::vector<float>{-1.9f, 1.9f, 300, -300, 1e20f, -1e20f, std::nanf(""), 0});
    using ElementType::Int8, ElementType::UInt8, ElementType::Int32, ElementType::Int64, ElementType::Float32, ElementType::Bool, ElementType::Int4;
    CHECK(cast(reals, Float32, Int8, 8) == bytesOf(std::vector<std::int8_t>{-1, 1, 127, -128, 127, -128, 127, 0}));
    CHECK(cast(reals, Float32, UInt8, 8) == bytesOf(std::vector<std::uint8_t>{0, 1, 255, 0, 255, 0, 255, 0}));
    constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max(), kLeast = std::numeric_limits<std::int64_t>::min();
    CHECK(cast(reals, Float32, Int64, 8) == bytesOf(std::vector<std::int64_t>{-1, 1, 300, -300, kMost, kLeast, kMost, 0}));
    CHECK(cast(reals, Float32, Bool, 8) == bytesOf(std::vector<std::uint8_t>{1, 1, 1, 1, 1, 1, 1, 0}));
    CHECK(cast(reals, Float32, Int4, 8) == bytesOf(std::vector<std::uint8_t>{0x1F, 0x87, 0x87, 0x07}));
    CHECK(cast(bytesOf(std::vector<std::uint8_t>{0x1F, 0x87, 0x05}), Int4, Float32, 5) == bytesOf(std::vector<float>{-1, 1, 7, -8, 5}));
    CHECK(cast(bytesOf(std::vector<std::int32_t>{-1, 257, 16777217}), Int32, UInt8, 3) == bytesOf(std::vector<std::uint8_t>{255, 1, 1}));
    CHECK(cast(bytesOf(std::vector<std::int32_t>{-1, 257, 16777217}), Int32, Float32, 3) == bytesOf(std::vector<float>{-1, 257, 16777216}));
    CHECK(cast(bytesOf(std::vector<std::uint8_t>{0, 1, 7}), Bool, Int64, 3) == bytesOf(std::vector<std::int64_t>{0, 1, 1}));
    // Longer than one part.
    std::vector<std::int16_t> many(1000);
    std::iota(many.begin(), many.end(), std::int16_t{-500});
    CHECK(cast(bytesOf(many), ElementType::Int16, Int32, 1000) == bytesOf(std::vector<std::int32_t>(many.begin(), many.end())));
}
