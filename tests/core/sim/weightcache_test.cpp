// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sim/kernels/weightcache.h"

#include "oneoperator.h"

#include <thread>

using namespace requant;
using testing::OneOperator;

namespace {

struct Layer
{
    OneOperator one{Op::FullyConnected};
    TensorIndex weights, output;
    explicit Layer(const std::vector<std::int8_t> &values)
    {
        one.input({2, 32}, ElementType::Int8, 0.5f, 3);
        weights = one.constant<std::int8_t>({20, 32}, values, QuantParams::perTensor(0.1f, 0));
        one.constant<std::int32_t>({20}, std::vector<std::int32_t>(20, 7), QuantParams::perTensor(0.05f, 0));
        output = one.output({2, 20}, ElementType::Int8, 1.0f, 0);
    }
    Simulator simulator()
    {
        auto sim = one.simulator();
        if (!sim)
            FAIL(text(sim.error()));
        REQUIRE(sim->supported());
        return std::move(*sim);
    }
    Tensor &tensor(TensorIndex t) { return one.tiny().graph().tensor(t); }
};

std::vector<std::int8_t> someWeights(int seed)
{
    std::vector<std::int8_t> w(20 * 32);
    for (std::size_t i = 0; i < w.size(); ++i)
        w[i] = static_cast<std::int8_t>(static_cast<int>(i * 31 % 255) - 127 + seed);
    return w;
}

std::vector<std::byte> outputOf(Simulator &sim)
{
    std::vector<std::int8_t> x(64);
    for (std::size_t i = 0; i < x.size(); ++i)
        x[i] = static_cast<std::int8_t>(static_cast<int>(i * 13 % 256) - 128);
    REQUIRE(sim.setInput(0, std::as_bytes(std::span(x))));
    REQUIRE(sim.run());
    return {sim.output(0).begin(), sim.output(0).end()};
}

} // namespace

TEST_CASE("weightsArePackedOnceForSimulatorsThatShareThem")
{
    WeightCache &cache = WeightCache::shared();
    const std::size_t others = cache.size();
    const std::uint64_t before = cache.packings();
    Layer layer(someWeights(0));
    {
        Simulator a = layer.simulator(), b = layer.simulator();
        CHECK(cache.packings() == before + 1);
        CHECK(cache.size() == others + 1);
        CHECK(outputOf(a) == outputOf(b));

        // A variant on another output grid.
        layer.tensor(layer.output).quant = QuantParams::perTensor(2.0f, 5);
        Simulator variant = layer.simulator();
        CHECK(cache.packings() == before + 1);
        CHECK(outputOf(variant) != outputOf(a));

        // Weights that are read in another way are others.
        layer.tensor(layer.weights).quant = QuantParams::perTensor(0.1f, 1);
        Simulator moved = layer.simulator();
        CHECK(cache.packings() == before + 2);
        CHECK(outputOf(moved) != outputOf(variant));
        CHECK(cache.size() == others + 2);
    }
    CHECK(cache.size() == others);
    Simulator again = layer.simulator();
    CHECK(cache.packings() == before + 3);
}

TEST_CASE("equalWeightsInOtherBuffersAreOthers")
{
    WeightCache &cache = WeightCache::shared();
    const std::uint64_t before = cache.packings();
    Layer first(someWeights(0)), second(someWeights(0)), third(someWeights(1));
    Simulator a = first.simulator(), b = second.simulator(), c = third.simulator();
    CHECK(cache.packings() == before + 3);
    CHECK(outputOf(a) == outputOf(b));
    CHECK(outputOf(a) != outputOf(c));
}

TEST_CASE("packedWeightsOutliveTheModelThatTheyCameFrom")
{
    std::optional<Layer> layer(someWeights(0));
    Simulator sim = layer->simulator();
    const auto expected = outputOf(sim);
    layer.reset();
    std::vector<Layer> others; // may get the memory
    for (int i = 1; i < 20; ++i) {
        others.emplace_back(someWeights(i));
        Simulator other = others.back().simulator();
        CHECK(outputOf(other) != expected);
    }
    CHECK(outputOf(sim) == expected);
}

TEST_CASE("threadsMayPrepareTheSameModelAtOnce")
{
    WeightCache &cache = WeightCache::shared();
    const std::size_t others = cache.size();
    Layer layer(someWeights(3));
    Simulator first = layer.simulator();
    const auto model = std::make_shared<const Model>(first.model());
    const auto expected = outputOf(first);
    std::vector<std::optional<Simulator>> sims(4);
    std::vector<std::thread> threads;
    for (auto &sim : sims)
        threads.emplace_back([&sim, &model] {
            for (int i = 0; i < 50; ++i)
                if (auto made = Simulator::create(model))
                    sim.emplace(std::move(*made));
        });
    for (std::thread &t : threads)
        t.join();
    CHECK(cache.size() == others + 1);
    for (auto &sim : sims) {
        REQUIRE(sim);
        CHECK(outputOf(*sim) == expected);
    }
}
