// SPDX-License-Identifier: GPL-3.0-or-later
#include "oneoperator.h"

using namespace requant;

namespace {

TablePtr fieldsOf(std::vector<std::pair<std::string, FieldValue>> fields)
{
    auto t = std::make_shared<Table>();
    for (auto &[name, value] : fields)
        t->set(name, std::move(value));
    return t;
}

TablePtr handle(const std::string &name) { return fieldsOf({{"container", FieldValue{std::string()}}, {"shared_name", FieldValue{name}}}); }

// Two variables, "a" then "b", which the file mentions in another order in its second subgraph; each run gives the old value of
// "a" and stores x in it, and gives "b", which only the initialisation assigns.
struct Streaming : test::TinyModel
{
    Streaming(bool initialise, std::int64_t zeroPoint = 0)
    {
        const auto x = activation("x", {3}, ElementType::Int8, 0.5f, zeroPoint);
        const auto a = plain("a", {}, ElementType::Resource), b = plain("b", {}, ElementType::Resource);
        const auto oldA = activation("old", {3}, ElementType::Int8, 0.5f, zeroPoint), oldB = activation("constant", {3}, ElementType::Int8, 0.5f, zeroPoint);
        if (initialise)
            for (int twice = 0; twice < 2; ++twice)
                add(Op::CallOnce, {}, {}, fieldsOf({{"init_subgraph_index", FieldValue{std::int64_t{1}}}}));
        add(Op::VarHandle, {}, {a}, handle("a"));
        add(Op::VarHandle, {}, {b}, handle("b"));
        add(Op::ReadVariable, {a}, {oldA});
        add(Op::ReadVariable, {b}, {oldB});
        add(Op::AssignVariable, {a, x}, {});
        io({x}, {oldA, oldB});
        Subgraph init;
        if (initialise) {
            TinyModel part;
            const auto pb = part.plain("pb", {}, ElementType::Resource), pa = part.plain("pa", {}, ElementType::Resource);
            const auto one = part.constant<std::int8_t>("one", {3}, ElementType::Int8, QuantParams::perTensor(0.5f, 0), {1, 2, 3});
            const auto two = part.constant<std::int8_t>("two", {3}, ElementType::Int8, QuantParams::perTensor(0.5f, 0), {4, 5, 6});
            part.add(Op::VarHandle, {}, {pb}, handle("b"));
            part.add(Op::VarHandle, {}, {pa}, handle("a"));
            part.add(Op::AssignVariable, {pa, one}, {});
            part.add(Op::AssignVariable, {pb, two}, {});
            init = part.graph();
            for (Tensor &t : init.tensors)
                if (t.buffer.value != 0)
                    t.buffer = model().addBuffer(part.model().buffers[t.buffer.pos()]);
            model().subgraphs.push_back(init);
        }
    }
};

using Values = std::vector<std::int8_t>;

std::pair<Values, Values> step(Simulator &sim, const Values &x)
{
    REQUIRE(sim.setInput(0, std::as_bytes(std::span(x))));
    const auto ok = sim.run();
    if (!ok)
        FAIL(text(ok.error()));
    return {testing::valuesOf<std::int8_t>(sim.output(0)), testing::valuesOf<std::int8_t>(sim.output(1))};
}

} // namespace

TEST_CASE("variablesKeepTheirValueFromRunToRun")
{
    for (const bool keepAll : {true, false}) {
        auto sim = Simulator::create(std::make_shared<const Model>(Streaming(true).model()), SimOptions{Arithmetic::TfliteReference, keepAll});
        REQUIRE(sim);
        REQUIRE(sim->supported());
        for (int again = 0; again < 2; ++again) {
            CHECK(step(*sim, {7, 8, 9}) == std::pair(Values{1, 2, 3}, Values{4, 5, 6}));
            CHECK(step(*sim, {-1, 0, 1}) == std::pair(Values{7, 8, 9}, Values{4, 5, 6}));
            CHECK(step(*sim, {0, 0, 0}) == std::pair(Values{-1, 0, 1}, Values{4, 5, 6}));
            sim->resetState();
        }
    }
}

TEST_CASE("unassignedVariablesAreRealZero")
{
    auto sim = Simulator::create(std::make_shared<const Model>(Streaming(false, -5).model()));
    REQUIRE(sim);
    CHECK(step(*sim, {7, 8, 9}) == std::pair(Values{-5, -5, -5}, Values{-5, -5, -5}));
    CHECK(step(*sim, {1, 1, 1}) == std::pair(Values{7, 8, 9}, Values{-5, -5, -5}));
}

TEST_CASE("variablesOfAnotherSizeEndTheRun")
{
    Streaming m(false);
    m.graph().tensors[3].shape = {4}; // reads "a" as four values
    auto sim = Simulator::create(std::make_shared<const Model>(m.model()));
    REQUIRE(sim);
    const Values x{1, 2, 3};
    REQUIRE(sim->setInput(0, std::as_bytes(std::span(x))));
    REQUIRE(sim->run()); // nothing assigned yet
    const auto second = sim->run();
    REQUIRE_FALSE(second);
    CHECK_THAT(text(second.error()), Catch::Contains("another size"));
}

TEST_CASE("handlesThatNoVariableHasEndTheRun")
{
    test::TinyModel m;
    const auto handleIn = m.plain("h", {}, ElementType::Resource), value = m.activation("v", {2}, ElementType::Int8, 0.5f, 0);
    m.add(Op::ReadVariable, {handleIn}, {value});
    m.io({handleIn}, {value});
    auto sim = Simulator::create(std::make_shared<const Model>(m.model()));
    REQUIRE(sim);
    for (const std::int32_t id : {0, -1, 1 << 30}) {
        REQUIRE(sim->setInput(0, std::as_bytes(std::span(&id, 1))));
        CHECK_FALSE(sim->run());
    }
}
