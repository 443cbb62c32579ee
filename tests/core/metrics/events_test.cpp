// SPDX-License-Identifier: GPL-3.0-or-later
// Counters on their way from the simulator into reports and findings.
#include "core/metrics/events.h"

#include "tests/core/tinymodel.h"

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>

using namespace requant;
using namespace requant::test;

namespace {

// Two 1x1 convolutions, 2 channels each. The first: 100 x in - 50 x in + 30000; the second keeps what it gets.
std::shared_ptr<const Model> network(float outScale)
{
    TinyModel m;
    const auto in = m.activation("in", {1, 1, 2, 2}, ElementType::Int8, 1, 0);
    const auto a = m.activation("first", {1, 1, 2, 2}, ElementType::Int8, outScale, 0);
    const auto out = m.activation("second", {1, 1, 2, 2}, ElementType::Int8, outScale, 0);
    m.conv<std::int8_t>(in, a, ElementType::Int8, QuantParams::perTensor(1, 0), {100, -50, 1, 0}, {30000, 0});
    m.conv<std::int8_t>(a, out, ElementType::Int8, QuantParams::perTensor(1, 0), {1, 0, 0, 1}, {0, 0});
    m.io({in}, {out});
    return std::make_shared<const Model>(m.model());
}

ErrorReport measured(const Numerics &numerics, const std::vector<std::int8_t> &values, float outScale = 512)
{
    const ComparedModels c{network(outScale), network(outScale), {}, {}};
    const auto file = std::filesystem::temp_directory_path()
        / ("requant-events-test-" + std::to_string(reinterpret_cast<std::uintptr_t>(&c)) + ".raw");
    std::ofstream(file, std::ios::binary).write(reinterpret_cast<const char *>(values.data()), static_cast<std::streamsize>(values.size()));
    const auto samples = SampleSet::open(file, *c.source);
    REQUIRE(samples);
    Result<ErrorReport> r = measureErrors(c, *samples, 0, numerics);
    std::filesystem::remove(file);
    REQUIRE(r);
    return *r;
}

std::vector<std::string> texts(const Diagnostics &all)
{
    std::vector<std::string> out;
    for (const Diagnostic &d : all) {
        CHECK(d.severity == (d.args.back() == "rounded" ? Severity::Note : Severity::Warning));
        const auto *at = std::get_if<OperatorRef>(&d.where);
        out.push_back(std::to_string(at ? at->op.value : -1) + ": " + text(d));
    }
    return out;
}

using Texts = std::vector<std::string>;

} // namespace

TEST_CASE("overflowsOfTheConvertedNetworkAreCountedAndTold")
{
    // 16 bits end at 32767: 30000 + 100 * 28 passes it, 100 * 27 does not. Two samples of two pixels each.
    const std::vector<std::int8_t> values{28, 0, 27, 0, 100, 0, 0, 0};
    const ErrorReport r = measured({Arithmetic::TfliteReference, {16, Overflow::Saturate}}, values);
    REQUIRE(r.layers.size() == 2);
    REQUIRE(r.layers[0].counters);
    CHECK(r.layers[0].counters->overflowed == 2);
    CHECK(r.layers[0].counters->accumulated == 8);
    REQUIRE(r.layers[1].counters);
    CHECK(r.layers[1].counters->overflowed == 0);
    CHECK(r.counters.overflowed == 2);
    CHECK(r.numerics.accumulator.bits == 16);
    // The source has the runtime's own accumulators: what the narrow ones lose is an error.
    REQUIRE(r.layers[0].local);
    CHECK(r.layers[0].local->maxAbs > 0);
    CHECK(texts(eventDiagnostics(r)) == Texts{"0: 2 of 8 sums of first left their accumulator (16 bits, saturating)"});

    const ErrorReport wide = measured({Arithmetic::TfliteReference, {17, Overflow::Saturate}}, values);
    CHECK(wide.counters.overflowed == 0);
    CHECK(wide.layers[0].local->maxAbs == 0);
    CHECK(eventDiagnostics(wide).empty());
}

TEST_CASE("biasesThatDoNotFitAreTold")
{
    const std::vector<std::int8_t> values{1, 2, 3, 4};
    const ErrorReport r = measured({Arithmetic::ShiftHalfUp, {0, Overflow::Saturate, 8}}, values);
    CHECK(r.layers[0].counters->clippedBias == 1);
    CHECK(r.counters.clippedBias == 1);
    CHECK(texts(eventDiagnostics(r)) == Texts{"0: 1 of the biases of first do not fit 8 bits and were saturated"});
    CHECK(texts(eventDiagnostics(measured({Arithmetic::ShiftHalfUp, {0, Overflow::Wrap, 8}}, values)))
          == Texts{"0: 1 of the biases of first do not fit 8 bits and were wrapped"});
    // 30000 on a scale of its own: 117 * 256.
    CHECK(texts(eventDiagnostics(measured({Arithmetic::ShiftHalfUp, {0, Overflow::Saturate, 8, true}}, values)))
          == Texts{"0: 1 of the biases of first do not fit 8 bits and were rounded"});
    CHECK(eventDiagnostics(measured({Arithmetic::ShiftHalfUp, {0, Overflow::Saturate, 16}}, values)).empty());
}

TEST_CASE("withoutSamplesNothingIsCounted")
{
    const ComparedModels c{network(512), network(512), {}, {}};
    const ErrorReport r = measureWeights(c);
    CHECK_FALSE(r.layers[0].counters);
    CHECK(eventDiagnostics(r).empty());
}

TEST_CASE("widthsHaveWords")
{
    CHECK(accumulatorText({}) == "the runtime's own width, wrapping");
    CHECK(accumulatorText({24, Overflow::Wrap}) == "24 bits, wrapping");
    CHECK(numericsText({Arithmetic::ShiftHalfUp, {24, Overflow::Saturate, 20}}) == "shift-half-up, accumulators of 24 bits, saturating, biases of 20 bits");
    CHECK(numericsText(Arithmetic::Xnnpack) == "xnnpack");
    CHECK(accumulatorText({48, Overflow::Saturate}) == "48 bits, saturating");
}
