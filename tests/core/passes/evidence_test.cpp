// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/passes/evidence.h"

#include "core/passes/passes.h"
#include "core/passes/patches.h"
#include "core/sim/simulator.h"
#include "tests/core/tinymodel.h"

#include <catch2/catch.hpp>

#include <atomic>
#include <span>
#include <thread>

using namespace requant;
using namespace requant::test;

namespace {

constexpr Arithmetic kReference = Arithmetic::TfliteReference;

// Three convolutions in a row, the last behind an ADD of the first two.
std::shared_ptr<const Model> network()
{
    TinyModel m;
    const auto x = m.activation("x", {1, 3, 3, 2}, ElementType::UInt8, 0.5f, 120),
               a = m.activation("a", {1, 3, 3, 2}, ElementType::UInt8, 1, 100);
    const auto b = m.activation("b", {1, 3, 3, 2}, ElementType::UInt8, 2, 90),
               s = m.activation("s", {1, 3, 3, 2}, ElementType::UInt8, 2, 100);
    const auto y = m.activation("y", {1, 3, 3, 3}, ElementType::UInt8, 3, 128);
    m.conv(x, a, ElementType::UInt8, QuantParams::perTensor(1, 128), std::vector<std::uint8_t>{130, 127, 125, 131},
           {10, -20});
    m.conv(a, b, ElementType::UInt8, QuantParams::perTensor(1, 128), std::vector<std::uint8_t>{129, 126, 131, 127},
           {3, 4}, 1);
    m.add(Op::Add, {a, b}, {s}, TinyModel::options("AddOptions"));
    m.conv(s, y, ElementType::UInt8, QuantParams::perTensor(1, 128),
           std::vector<std::uint8_t>{129, 128, 127, 130, 126, 129}, {1, 2, 3});
    m.io({x}, {y});
    return std::make_shared<const Model>(m.model());
}

std::shared_ptr<const SampleSet> samplesOf(const Model &model)
{
    return std::make_shared<const SampleSet>(SampleSet::generated(model, 3, "made", [](std::size_t i) {
        std::vector<std::byte> x(18);
        for (std::size_t k = 0; k < x.size(); ++k)
            x[k] = static_cast<std::byte>((k * 37 + i * 91) % 256);
        return std::vector<std::vector<std::byte>>{x};
    }));
}

// From a whole run of every sample.
PatchMoments plainMoments(const std::shared_ptr<const Model> &model, const SampleSet &set, OperatorIndex o)
{
    const Operator &op = model->subgraphs[0].op(o);
    auto patches = PatchAccumulator::create(*model, op, set.size());
    REQUIRE(patches);
    for (std::size_t i = 0; i < set.size(); ++i) {
        auto sim = Simulator::create(model);
        REQUIRE(sim);
        REQUIRE(sim->setInput(0, set.sample(i)[0]));
        REQUIRE(sim->run());
        patches->add(sim->tensor(op.inputs[0]), i);
    }
    return patches->result();
}

// Value by value.
void checkOutputs(const OutputEvidence &e, const std::shared_ptr<const Model> &model, const SampleSet &set, OperatorIndex o)
{
    const Operator &op = model->subgraphs[0].op(o);
    const Tensor &t = model->subgraphs[0].tensor(op.outputs[0]);
    const auto channels = static_cast<std::size_t>(t.shape.back());
    const bool relu = op.options->integer("fused_activation_function") == 1;
    REQUIRE(e.channels() == channels);
    REQUIRE(e.bins.size() == channels * 256);
    std::vector<std::uint32_t> bins(channels * 256, 0);
    std::vector<std::int64_t> inside(channels, 0);
    for (std::size_t i = 0; i < set.size(); ++i) {
        auto sim = Simulator::create(model);
        REQUIRE(sim->setInput(0, set.sample(i)[0]));
        REQUIRE(sim->run());
        const auto bytes = sim->tensor(op.outputs[0]);
        std::vector<std::int64_t> sum(channels, 0);
        for (std::size_t k = 0; k < bytes.size(); ++k) {
            const auto q = std::int64_t{static_cast<std::uint8_t>(bytes[k])};
            sum[k % channels] += q;
            ++bins[k % channels * 256 + static_cast<std::size_t>(q)];
            inside[k % channels] += q > (relu ? t.quant.zeroPointAt(0) : 0) && q < 255;
        }
        CHECK(e.sum[i] == sum);
        CHECK(e.count[i] == static_cast<std::int64_t>(bytes.size() / channels));
    }
    CHECK(e.bins == bins);
    CHECK(e.inside == inside);
    CHECK(e.countIf(0, 0, [](std::int64_t q) { return q >= 0; }) == 27);
}

} // namespace

TEST_CASE("aWalkGivesWhatWholeRunsGiveSharedOrNot")
{
    const auto model = network();
    const auto set = samplesOf(*model);
    for (const std::size_t budget : {std::size_t{0}, std::size_t{300}, SourceEvidence::kBudget}) {
        INFO("budget " << budget);
        SourceEvidence evidence(model, budget);
        for (int conversion = 0; conversion < 3; ++conversion) {
            const LayerSamples samples{set.get(), 3, true, &evidence.layers(set, 3, kReference)};
            SourceWalk walk(*model, samples, kReference);
            for (const OperatorIndex o : {OperatorIndex(0), OperatorIndex(1), OperatorIndex(3)}) {
                const auto moments = walk.moments(o, {});
                REQUIRE(moments);
                REQUIRE(*moments);
                const PatchMoments plain = plainMoments(model, *set, o);
                CHECK((*moments)->mean == plain.mean);
                CHECK((*moments)->covariance == plain.covariance);
                if (conversion == 1 && o == OperatorIndex(1))
                    continue; // not everybody asks for everything
                const auto outputs = walk.outputs(o, {});
                REQUIRE(outputs);
                checkOutputs(**outputs, model, *set, o);
            }
        }
        CHECK(evidence.layers(set, 3, kReference).bytes() <= budget);
        CHECK((budget < 300 || evidence.layers(set, 3, kReference).bytes() > 0));
    }
}

TEST_CASE("signedAndWideOutputsAreLookedAtByTheirIntegers")
{
    for (const ElementType type : {ElementType::Int8, ElementType::Int16}) {
        TinyModel m;
        const auto x = m.activation("x", {1, 1, 3, 2}, type, 1, 0), y = m.activation("y", {1, 1, 3, 2}, type, 1, 0);
        m.conv(x, y, ElementType::Int8, QuantParams::perTensor(1, 0), std::vector<std::int8_t>{1, 0, 0, 1}, {0, 0});
        m.io({x}, {y});
        LayerValues values(1, kReference);
        const std::vector<std::int8_t> narrow{-128, 5, -3, 127, 0, -1};
        std::vector<std::int16_t> wide{-32768, 5, -3, 32767, 0, -1};
        const auto bytes = type == ElementType::Int8 ? std::as_bytes(std::span(narrow)) : std::as_bytes(std::span(wide));
        values.set(0, y, {bytes.begin(), bytes.end()});
        const OutputEvidence e = outputEvidence(m.model(), m.graph().operators[0], values);
        CHECK(e.hasBins() == (type == ElementType::Int8));
        CHECK(e.count == std::vector<std::int64_t>{3});
        CHECK(e.inside == std::vector<std::int64_t>{2, 2});
        const std::int64_t low = type == ElementType::Int8 ? -128 : -32768;
        CHECK(e.sum[0] == std::vector<std::int64_t>{low - 3, 5 - 1 - low - 1});
        if (e.hasBins())
            CHECK(e.countIf(0, -128, [](std::int64_t q) { return q < 0; }) == 2);
    }
}

TEST_CASE("whatIsKeptIsNotComputedAgain")
{
    const auto model = network();
    const auto set = samplesOf(*model);
    SourceEvidence evidence(model);
    const LayerSamples samples{set.get(), 3, true, &evidence.layers(set, 3, kReference)};
    const auto first = SourceWalk(*model, samples, kReference).moments(OperatorIndex(3), {});
    REQUIRE(first);
    const std::atomic<bool> cancelled{true}; // running anything would fail
    const auto second = SourceWalk(*model, samples, kReference).moments(OperatorIndex(3), RunControl(&cancelled, {}));
    REQUIRE(second);
    CHECK(first->get() == second->get());
    CHECK(!SourceWalk(*model, samples, kReference).outputs(OperatorIndex(3), RunControl(&cancelled, {})));
    // Another number of samples is other evidence, and so is another arithmetic.
    CHECK(&evidence.layers(set, 2, kReference) != &evidence.layers(set, 3, kReference));
    CHECK(&evidence.layers(set, 3, Arithmetic::Xnnpack) != &evidence.layers(set, 3, kReference));
}

TEST_CASE("statisticsAreMadeOnceByWhoComesFirst")
{
    const auto model = network();
    SourceEvidence evidence(model);
    const auto set = evidence.synthetic(4);
    REQUIRE(set);
    CHECK(evidence.synthetic(4) == set);
    const std::atomic<bool> cancelled{true};
    CHECK(!evidence.statistics(set, 0, RunControl(&cancelled, {}))); // leaves nothing half made behind
    std::vector<std::shared_ptr<const Statistics>> found(4);
    std::vector<std::thread> threads;
    for (auto &f : found)
        threads.emplace_back([&] {
            if (auto s = evidence.statistics(set, 0, {}))
                f = *s;
        });
    for (std::thread &t : threads)
        t.join();
    REQUIRE(found[0]);
    for (const auto &f : found)
        CHECK(f == found[0]);
    const auto plain = collectStatistics(model, *set);
    REQUIRE(plain);
    REQUIRE(plain->size() == found[0]->size());
    for (const auto &[t, s] : *plain) {
        CHECK(found[0]->at(t).mean == s.mean);
        CHECK(found[0]->at(t).histogram == s.histogram);
    }
    CHECK(*evidence.statistics(set, 4, {}) == found[0]); // all of them, said otherwise
    CHECK(*evidence.statistics(set, 2, {}) != found[0]);
}
