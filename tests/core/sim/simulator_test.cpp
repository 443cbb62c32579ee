// SPDX-License-Identifier: GPL-3.0-or-later
// What a file may claim and no kernel may believe: every case is refused with a reason instead of read or written past
// a tensor's end.
#include "core/sim/simulator.h"

#include "tests/core/tinymodel.h"

#include <catch2/catch.hpp>

#include <limits>

using namespace requant;
using namespace requant::test;

namespace {

bool simulated(TinyModel &m)
{
    const auto sim = Simulator::create(std::make_shared<const Model>(m.model()));
    REQUIRE(sim);
    return sim->supported().has_value();
}

TablePtr table(std::vector<std::pair<std::string, std::int64_t>> fields)
{
    auto t = std::make_shared<Table>();
    t->type = "Options";
    for (auto &[name, value] : fields)
        t->set(name, FieldValue{value});
    return t;
}

struct Copying : TinyModel // one operator from x to y
{
    TensorIndex x, y;
    Copying(Shape in, Shape out, Op op, std::vector<std::pair<Shape, std::vector<std::int64_t>>> constants)
    {
        x = activation("x", std::move(in), ElementType::Int8, 0.1f, 0);
        y = activation("y", std::move(out), ElementType::Int8, 0.1f, 0);
        std::vector<TensorIndex> inputs{x};
        for (auto &[shape, values] : constants)
            inputs.push_back(constant<std::int64_t>("c", shape, ElementType::Int64, {}, values));
        add(op, inputs, {y});
        io({x}, {y});
    }
};

constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();

} // namespace

TEST_CASE("transposeRefusesAPermutationThatRepeatsADimension")
{
    Copying good({2, 2}, {2, 2}, Op::Transpose, {{{2}, {1, 0}}});
    CHECK(simulated(good));
    Copying bad({2, 2}, {2, 2}, Op::Transpose, {{{2}, {0, 0}}});
    CHECK_FALSE(simulated(bad));
}

TEST_CASE("sliceRefusesABeginThatOverflows")
{
    Copying good({4}, {2}, Op::Slice, {{{1}, {2}}, {{1}, {2}}});
    CHECK(simulated(good));
    Copying bad({4}, {2}, Op::Slice, {{{1}, {kMost}}, {{1}, {2}}});
    CHECK_FALSE(simulated(bad));
}

TEST_CASE("padRefusesPaddingsThatOverflow")
{
    Copying good({4}, {7}, Op::Pad, {{{1, 2}, {1, 2}}});
    CHECK(simulated(good));
    Copying bad({4}, {2}, Op::Pad, {{{1, 2}, {kMost, kMost}}});
    CHECK_FALSE(simulated(bad));
}

TEST_CASE("stridedSliceTakesStridesOfAnyLength")
{
    for (const std::int64_t stride : {kMost, std::numeric_limits<std::int64_t>::min()}) {
        Copying m({4}, {1}, Op::StridedSlice, {{{1}, {3}}, {{1}, {stride > 0 ? 4 : -5}}, {{1}, {stride}}});
        CHECK(simulated(m));
    }
}

TEST_CASE("splitRefusesOutputsOfAnotherShape")
{
    for (const std::int32_t rows : {2, 1}) {
        TinyModel m;
        const auto axis = m.constant<std::int32_t>("axis", {}, ElementType::Int32, {}, {1});
        const auto x = m.activation("x", {2, 4}, ElementType::Int8, 0.1f, 0);
        const auto a = m.activation("a", {rows, 2}, ElementType::Int8, 0.1f, 0);
        const auto b = m.activation("b", {2, 2}, ElementType::Int8, 0.1f, 0);
        m.add(Op::Split, {axis, x}, {a, b});
        m.io({x}, {a, b});
        CHECK(simulated(m) == (rows == 2));
    }
}

TEST_CASE("unpackRefusesOutputsOfAnotherSize")
{
    for (const std::int32_t n : {3, 2}) {
        TinyModel m;
        const auto x = m.activation("x", {2, 3}, ElementType::Int8, 0.1f, 0);
        const auto a = m.activation("a", {3}, ElementType::Int8, 0.1f, 0);
        const auto b = m.activation("b", {n}, ElementType::Int8, 0.1f, 0);
        m.add(Op::Unpack, {x}, {a, b}, table({{"axis", 0}}));
        m.io({x}, {a, b});
        CHECK(simulated(m) == (n == 3));
    }
}

TEST_CASE("concatenationRefusesAnAbsentInput")
{
    TinyModel m;
    const auto x = m.activation("x", {1, 2}, ElementType::Int8, 0.1f, 0);
    const auto y = m.activation("y", {1, 2}, ElementType::Int8, 0.1f, 0);
    m.add(Op::Concatenation, {x, TensorIndex{}}, {y}, table({{"axis", 1}}));
    m.io({x}, {y});
    CHECK_FALSE(simulated(m));
}

TEST_CASE("convolutionRefusesAnInputWithoutChannels")
{
    TinyModel m;
    const auto x = m.activation("x", {1, 2, 2, 0}, ElementType::Int8, 0.1f, 0);
    const auto y = m.activation("y", {1, 2, 2, 2}, ElementType::Int8, 0.1f, 0);
    const auto w = m.constant<std::int8_t>("w", {2, 1, 1, 3}, ElementType::Int8, QuantParams::perTensor(0.1f, 0), {1, 2, 3, 4, 5, 6});
    m.add(Op::Conv2D, {x, w}, {y}, TinyModel::options("Conv2DOptions"));
    m.io({x}, {y});
    CHECK_FALSE(simulated(m));
}

TEST_CASE("constantsShorterThanTheirShapeAreRefused")
{
    TinyModel m;
    const auto x = m.activation("x", {1, 4}, ElementType::Int8, 0.1f, 0);
    const auto y = m.activation("y", {1, 4}, ElementType::Int8, 0.1f, 0);
    const auto c = m.constant<std::int8_t>("sparse", {1, 4}, ElementType::Int8, QuantParams::perTensor(0.1f, 0), {1, 2});
    m.add(Op::Add, {x, c}, {y}, TinyModel::options("AddOptions"));
    m.io({x}, {y});
    CHECK_FALSE(simulated(m));
}

TEST_CASE("enlargingResizeStaysInsideThePicture")
{
    // With 10-bit fractions the scale rounds up to 1/1024: the last rows would lie behind the picture.
    TinyModel m;
    const auto x = m.activation("x", {1, 2, 1, 1}, ElementType::Int8, 0.1f, 0);
    const auto y = m.activation("y", {1, 3000, 1, 1}, ElementType::Int8, 0.1f, 0);
    const auto size = m.constant<std::int32_t>("size", {2}, ElementType::Int32, {}, {3000, 1});
    m.add(Op::ResizeBilinear, {x, size}, {y}, table({}));
    m.io({x}, {y});
    auto sim = Simulator::create(std::make_shared<const Model>(m.model()));
    REQUIRE(sim);
    const std::int8_t pixels[2] = {10, 20};
    REQUIRE(sim->setInput(0, std::as_bytes(std::span(pixels))));
    REQUIRE(sim->run());
    for (const std::byte b : sim->output(0)) {
        CHECK(static_cast<std::int8_t>(b) >= 10);
        CHECK(static_cast<std::int8_t>(b) <= 20);
    }
}

TEST_CASE("whileLoopsUntilItsConditionFails")
{
    // count = 0; while (count < 5) count = count + 2
    TinyModel m;
    const auto x = m.plain("x", {1}, ElementType::Int32), y = m.plain("y", {1}, ElementType::Int32);
    auto options = std::make_shared<Table>();
    options->set("cond_subgraph_index", FieldValue{std::int64_t{1}});
    options->set("body_subgraph_index", FieldValue{std::int64_t{2}});
    m.add(Op::While, {x}, {y}, options);
    m.io({x}, {y});
    TinyModel body;
    const auto in = body.plain("in", {1}, ElementType::Int32), out = body.plain("out", {1}, ElementType::Int32);
    const auto two = body.constant<std::int32_t>("two", {1}, ElementType::Int32, {}, {2});
    body.add(Op::Add, {in, two}, {out}, TinyModel::options("AddOptions"));
    body.io({in}, {out});
    TinyModel condition;
    const auto c = condition.plain("c", {1}, ElementType::Int32), less = condition.plain("less", {1}, ElementType::Bool);
    const auto five = condition.constant<std::int32_t>("five", {1}, ElementType::Int32, {}, {5});
    condition.add(Op::Less, {c, five}, {less});
    condition.io({c}, {less});
    for (TinyModel *part : {&condition, &body}) {
        Subgraph g = part->graph();
        for (Tensor &t : g.tensors)
            if (t.buffer.value != 0)
                t.buffer = m.model().addBuffer(part->model().buffers[t.buffer.pos()]);
        m.model().subgraphs.push_back(g);
    }
    auto sim = Simulator::create(std::make_shared<const Model>(m.model()));
    REQUIRE(sim);
    if (!sim->supported()) { // until comparisons have a kernel
        CHECK_THAT(text(sim->supported().error()), Catch::Contains("LESS"));
        return;
    }
    for (const std::int32_t start : {0, 1, 4, 5, 9}) {
        const std::vector<std::int32_t> value{start};
        REQUIRE(sim->setInput(0, std::as_bytes(std::span(value))));
        REQUIRE(sim->run());
        std::int32_t result = 0;
        std::memcpy(&result, sim->output(0).data(), 4);
        CHECK(result == (start >= 5 ? start : start + (5 - start + 1) / 2 * 2));
    }
}
