// SPDX-License-Identifier: GPL-3.0-or-later
// A chain of four layers with one change each; what is told to be changed is written out by hand.
#include "core/metrics/modelchanges.h"

#include "tests/core/tinymodel.h"

#include <catch2/catch.hpp>

#include <functional>

using namespace requant;

namespace {

constexpr std::size_t kLayers = 4;
using Flags = std::vector<bool>;

// Tensors: 0 input; then for each layer weights, bias; outputs are at 1 + k.
std::shared_ptr<const Model> chain(const std::function<void(Model &)> &change = {})
{
    test::TinyModel m;
    std::vector<TensorIndex> values;
    for (std::size_t k = 0; k <= kLayers; ++k)
        values.push_back(m.activation("t" + std::to_string(k), {1, 1, 1, 2}, ElementType::Int8, 1, 0));
    for (std::size_t k = 0; k < kLayers; ++k)
        m.conv<std::int8_t>(values[k], values[k + 1], ElementType::Int8, QuantParams::perTensor(1, 0), {1, 2, 3, 4}, {0, 0});
    m.io({values.front()}, {values.back()});
    if (change)
        change(m.model());
    return std::make_shared<const Model>(m.model());
}

ComparedModels compared(std::shared_ptr<const Model> converted)
{
    static const auto source = chain();
    return {source, std::move(converted), {}, {}};
}

struct Told
{
    Flags local, cumulative, operators;
    bool output;
};

Told told(const ComparedModels &before, const ComparedModels &after)
{
    const ModelChanges c = changesBetween(before, after);
    Flags operators;
    for (const OperatorIndex same : c.sameOperator)
        operators.push_back(!same);
    return {c.local, c.cumulative, operators, c.output};
}

Tensor &tensorOf(Model &m, std::int32_t t) { return m.subgraphs[0].tensors[static_cast<std::size_t>(t)]; }

} // namespace

TEST_CASE("equalModelsInOtherMemoryHaveNotChanged")
{
    const ModelChanges c = changesBetween(compared(chain()), compared(chain()));
    CHECK_FALSE(c.any());
    for (std::int32_t t = 0; t <= static_cast<std::int32_t>(kLayers); ++t)
        CHECK(c.sameAs[static_cast<std::size_t>(t)] == TensorIndex(t));
}

TEST_CASE("otherWeightsChangeTheLayerAndWhatFollows")
{
    const auto c = told(compared(chain()), compared(chain([](Model &m) {
        const std::vector<std::int8_t> weights{1, 2, 3, 5};
        const Operator &op = m.subgraphs[0].operators[1];
        m.buffers[m.subgraphs[0].tensor(op.inputs[1]).buffer.pos()] = Buffer::fromValues(std::span(weights));
    })));
    CHECK(c.local == Flags{false, true, false, false});
    CHECK(c.cumulative == Flags{false, true, true, true});
    CHECK(c.operators == c.cumulative);
    CHECK(c.output);
}

TEST_CASE("anotherOutputGridChangesTheLayerAndItsReaders")
{
    const auto c = told(compared(chain()), compared(chain([](Model &m) { tensorOf(m, 2).quant.scale = {2.0f}; })));
    CHECK(c.local == Flags{false, true, true, false});
    CHECK(c.cumulative == Flags{false, true, true, true});
    CHECK(c.operators == c.cumulative);
}

TEST_CASE("anotherEffectiveGridChangesErrorsButNoValues")
{
    ComparedModels after = compared(chain());
    after.effective[TensorIndex{2}] = {0.5};
    const auto c = told(compared(chain()), after);
    CHECK(c.local == Flags{false, true, true, false});
    CHECK(c.cumulative == Flags{false, true, false, false});
    CHECK(c.operators == Flags{false, false, false, false});
    CHECK_FALSE(c.output);

    ComparedModels outputs = compared(chain());
    outputs.effective[TensorIndex{4}] = {0.5};
    CHECK(told(compared(chain()), outputs).output);
}

TEST_CASE("anotherInputGridChangesEverythingEndToEnd")
{
    const auto c = told(compared(chain()), compared(chain([](Model &m) { tensorOf(m, 0).quant.zeroPoint = {3}; })));
    CHECK(c.local == Flags{true, false, false, false});
    CHECK(c.cumulative == Flags{true, true, true, true});
}

TEST_CASE("insertedOperatorsAreFoundAgainWhereverTheyStand")
{
    // Layer `reader` reads a copy of its input on steps of 2.
    const auto insert = [](ComparedModels &c, Model m, std::size_t reader) {
        Subgraph &g = m.subgraphs[0];
        Tensor copy = g.tensors[reader];
        copy.name += "_requantized";
        copy.quant.scale = {2.0f};
        g.tensors.push_back(copy);
        Operator q;
        q.code = Op::Quantize;
        q.inputs = {TensorIndex(reader)};
        q.outputs = {TensorIndex(g.tensors.size() - 1)};
        if (c.origin.empty())
            for (std::size_t k = 0; k < kLayers; ++k)
                c.origin.push_back(OperatorIndex(k));
        const auto at = std::find(c.origin.begin(), c.origin.end(), OperatorIndex(reader)) - c.origin.begin();
        g.operators[static_cast<std::size_t>(at)].inputs[0] = q.outputs[0];
        g.operators.insert(g.operators.begin() + at, q);
        c.origin.insert(c.origin.begin() + at, OperatorIndex());
        c.converted = std::make_shared<const Model>(std::move(m));
    };
    ComparedModels one = compared(chain()), both = compared(chain());
    insert(one, *one.converted, 3);
    insert(both, *both.converted, 1);
    insert(both, *both.converted, 3); // the copy has another index here
    const ModelChanges none = changesBetween(one, one);
    CHECK_FALSE(none.any());

    const auto c = told(one, both);
    CHECK(c.local == Flags{false, true, false, false});
    CHECK(c.cumulative == Flags{false, true, true, true});
    const auto back = told(both, one);
    CHECK(back.local == Flags{false, true, false, false});

    // Inserted before and after the same layer: the values of the first stay.
    ComparedModels last = compared(chain());
    insert(last, *last.converted, 3);
    insert(last, *last.converted, 2);
    const ModelChanges later = changesBetween(one, last);
    CHECK(later.sameAs[1] == TensorIndex{1});
    CHECK(later.sameAs[2] == TensorIndex{2});
    CHECK_FALSE(later.sameAs[3]);
}

TEST_CASE("otherOptionsAndOperatorsChange")
{
    const auto options = told(compared(chain()), compared(chain([](Model &m) {
        m.subgraphs[0].operators[3].options = test::TinyModel::options("Conv2DOptions", 1);
    })));
    CHECK(options.local == Flags{false, false, false, true});
    CHECK(options.cumulative == Flags{false, false, false, true});
}

TEST_CASE("anotherSourceChangesEverything")
{
    ComparedModels before = compared(chain()), after = compared(chain());
    after.source = chain();
    const ModelChanges c = changesBetween(before, after);
    CHECK(c.local == Flags(kLayers, true));
    CHECK(c.cumulative == Flags(kLayers, true));
    CHECK(c.output);
}
