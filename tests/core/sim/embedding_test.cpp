// SPDX-License-Identifier: GPL-3.0-or-later
#include "twin.h"

using namespace requant;
using namespace testing;

namespace {

// Two values in a byte, the first in the low half.
std::vector<std::int8_t> packed(const std::vector<int> &values)
{
    std::vector<std::int8_t> out;
    for (std::size_t i = 0; i < values.size(); i += 2)
        out.push_back(static_cast<std::int8_t>((values[i] & 15) | ((i + 1 < values.size() ? values[i + 1] & 15 : 0) << 4)));
    return out;
}

} // namespace

TEST_CASE("embeddingLookupEqualsItsDefinition")
{
    for (std::uint64_t round = 0; round < 60; ++round) {
        const std::uint64_t seed = baseSeed() + round;
        INFO("REQUANT_SEED=" << seed);
        Random random(seed);
        const int form = random.integer(0, 4); // float; int8 copied; to float: int8, uint8 with int8's bits, int4
        const int rows = random.integer(1, 9), a = random.integer(1, 5), b = form == 4 ? 2 * random.integer(1, 4) : random.integer(1, 7), picked = random.integer(0, 6);
        const bool perRow = form >= 2 && random.chance();
        const auto row = static_cast<std::size_t>(a * b), all = static_cast<std::size_t>(rows) * row;
        const Shape table{rows, a, b};
        QuantParams grid = QuantParams::perTensor(0.03f, 0);
        if (perRow) {
            grid.scale.clear();
            for (int r = 0; r < rows; ++r)
                grid.scale.push_back(static_cast<float>(random.real(0.001, 0.1)));
            grid.zeroPoint.assign(grid.scale.size(), 0);
        }
        const auto reals = randomFloats(random, all);
        std::vector<int> integers;
        for (std::size_t i = 0; i < all; ++i)
            integers.push_back(form == 4 ? random.integer(-8, 7) : random.integer(-128, 127));
        const std::vector<std::int8_t> bytes(integers.begin(), integers.end());
        std::vector<std::int32_t> indices;
        for (int k = 0; k < picked; ++k)
            indices.push_back(random.integer(0, rows - 1));

        OneOperator one(Op::EmbeddingLookup);
        one.input({picked}, ElementType::Int32);
        if (form == 0)
            one.constant(table, reals);
        else
            one.constant(table, form == 4 ? packed(integers) : bytes, grid, form == 4 ? ElementType::Int4 : form == 3 ? ElementType::UInt8 : ElementType::Int8);
        form == 1 ? one.output({picked, a, b}, ElementType::Int8, 0.03f, 0) : one.output({picked, a, b}, ElementType::Float32);
        const SimOptions options = optionsFor(randomArithmetic(random), random.chance() ? 2 : 1);
        std::vector<float> expected;
        std::vector<std::int8_t> copied;
        for (const std::int32_t k : indices)
            for (std::size_t i = static_cast<std::size_t>(k) * row; i < (static_cast<std::size_t>(k) + 1) * row; ++i) {
                copied.push_back(bytes[i]);
                expected.push_back(form == 0 ? reals[i] : static_cast<float>(integers[i]) * grid.scale[perRow ? static_cast<std::size_t>(k) : 0]);
            }
        if (form == 1)
            CHECK(one.run<std::int8_t>({bytesOf(indices)}, options) == copied);
        else
            CHECK(one.run<float>({bytesOf(indices)}, options) == expected);
    }
}

TEST_CASE("embeddingLookupFailsOutsideOfItsTable")
{
    for (const std::int32_t wrong : {-1, 3}) {
        OneOperator one(Op::EmbeddingLookup);
        one.input({2}, ElementType::Int32);
        one.constant<float>({3, 2}, {1, 2, 3, 4, 5, 6});
        one.output({2, 2}, ElementType::Float32);
        auto sim = one.simulator();
        REQUIRE(sim);
        const std::vector<std::int32_t> good{2, 0}, bad{0, wrong};
        REQUIRE(sim->setInput(0, std::as_bytes(std::span(good))));
        REQUIRE(sim->run());
        CHECK(valuesOf<float>(sim->output(0)) == std::vector<float>{5, 6, 1, 2});
        REQUIRE(sim->setInput(0, std::as_bytes(std::span(bad))));
        const auto run = sim->run();
        REQUIRE_FALSE(run);
        CHECK(text(run.error()).find("row number is out of range") != std::string::npos);
    }
}

TEST_CASE("embeddingLookupRefusesWhatTfliteReadsWrong")
{
    const auto refusal = [](Shape table, std::int64_t zeroPoint, Shape out) {
        OneOperator one(Op::EmbeddingLookup);
        one.input({2}, ElementType::Int32);
        const std::size_t n = count(table);
        one.constant(std::move(table), std::vector<std::int8_t>((n + 1) / 2), QuantParams::perTensor(0.5f, zeroPoint), ElementType::Int4);
        one.output(std::move(out), ElementType::Float32);
        return one.refusal();
    };
    CHECK(refusal({3, 4}, 0, {2, 4}).empty());
    CHECK(refusal({3, 3}, 0, {2, 3}).find("odd") != std::string::npos);
    CHECK(refusal({3, 4}, 1, {2, 4}).find("zero point") != std::string::npos);
    CHECK(refusal({3, 4}, 0, {3, 4}).find("shape") != std::string::npos);
}
