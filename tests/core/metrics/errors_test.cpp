// SPDX-License-Identifier: GPL-3.0-or-later
// Tiny networks of FULLY_CONNECTED layers without bias, computed by hand.
#include "core/metrics/errors.h"

#include <catch2/catch.hpp>

#include <cmath>
#include <filesystem>
#include <fstream>

using namespace requant;

namespace {

Tensor int8Tensor(std::string name, Shape shape, float scale)
{
    Tensor t;
    t.name = std::move(name);
    t.shape = std::move(shape);
    t.type = ElementType::Int8;
    t.quant = QuantParams::perTensor(scale, 0);
    return t;
}

// Tensors: 0 input, 1 weights of layer 0, 2 its output, 3 weights of layer 1, 4 its output. Both weights are the identity.
Model twoLayers()
{
    Model m;
    m.buffers.resize(1);
    Subgraph g;
    g.tensors = {int8Tensor("in", {1, 2}, 1), int8Tensor("w0", {2, 2}, 1), int8Tensor("a", {1, 2}, 1),
                 int8Tensor("w1", {2, 2}, 1), int8Tensor("out", {1, 2}, 1)};
    const std::vector<std::int8_t> identity{1, 0, 0, 1};
    for (const std::size_t w : {1u, 3u})
        g.tensors[w].buffer = m.addBuffer(Buffer::fromValues(std::span(identity)));
    for (const int layer : {0, 1}) {
        Operator op;
        op.code = Op::FullyConnected;
        op.version = 4;
        op.inputs = {TensorIndex(2 * layer), TensorIndex(2 * layer + 1), TensorIndex()};
        op.outputs = {TensorIndex(2 * layer + 2)};
        g.operators.push_back(op);
    }
    g.inputs = {TensorIndex(0)};
    g.outputs = {TensorIndex(4)};
    m.subgraphs.push_back(std::move(g));
    return m;
}

class Samples
{
public:
    explicit Samples(const std::vector<std::int8_t> &values)
        : m_file(std::filesystem::temp_directory_path()
                 / ("requant-errors-test-" + std::to_string(reinterpret_cast<std::uintptr_t>(this)) + ".raw"))
    {
        std::ofstream(m_file, std::ios::binary)
            .write(reinterpret_cast<const char *>(values.data()), static_cast<std::streamsize>(values.size()));
    }
    ~Samples() { std::filesystem::remove(m_file); }
    SampleSet open(const Model &m) const
    {
        Result<SampleSet> s = SampleSet::open(m_file, m);
        REQUIRE(s);
        return *s;
    }

private:
    std::filesystem::path m_file;
};

ComparedModels compared(Model converted)
{
    ComparedModels c;
    c.source = std::make_shared<const Model>(twoLayers());
    c.converted = std::make_shared<const Model>(std::move(converted));
    return c;
}

ErrorReport measure(const ComparedModels &c, const std::vector<std::int8_t> &inputs, std::size_t limit = 0)
{
    const Samples samples(inputs);
    Result<ErrorReport> r = measureErrors(c, samples.open(*c.source), limit, Arithmetic::TfliteReference);
    REQUIRE(r);
    return *r;
}

} // namespace

TEST_CASE("equalModelsHaveNoError")
{
    const ErrorReport r = measure(compared(twoLayers()), {3, 5, 7, 1});
    CHECK(r.samples == 2);
    REQUIRE(r.layers.size() == 2);
    for (const LayerError &l : r.layers) {
        REQUIRE(l.weights);
        REQUIRE(l.local);
        REQUIRE(l.cumulative);
        CHECK(std::isinf(l.weights->sqnrDb));
        CHECK(std::isinf(l.local->sqnrDb));
        CHECK(std::isinf(l.cumulative->sqnrDb));
        CHECK(l.local->count == 4);
    }
    CHECK(r.hasOutput);
    CHECK(std::isinf(r.outputSqnrDb));
    CHECK(r.agreement == 1.0);
}

TEST_CASE("coarserOutputGridIsMeasuredInItsOwnSteps")
{
    // 3, 5 become 2, 3 on steps of 2: errors of 1 each.
    Model m = twoLayers();
    m.subgraphs[0].tensors[4].quant.scale = {2.0f};
    const ErrorReport r = measure(compared(m), {3, 5});
    CHECK(std::isinf(r.layers[0].cumulative->sqnrDb));
    const ValueError &e = *r.layers[1].local;
    CHECK(e.sqnrDb == Approx(10 * std::log10(34.0 / 2.0)));
    CHECK(e.rmsSteps == Approx(0.5));
    CHECK(e.maxAbs == Approx(1.0));
    CHECK(e.biasShift == std::vector<double>{1, 1});
    CHECK(r.layers[1].scaleBefore == 1.0);
    CHECK(r.layers[1].scaleAfter == 2.0);
    CHECK(r.outputSqnrDb == Approx(e.sqnrDb));
}

TEST_CASE("localErrorDoesNotCarryEarlierErrors")
{
    // Layer 0 computes half of what it should; layer 1 is right.
    Model m = twoLayers();
    m.subgraphs[0].tensors[1].quant.scale = {0.5f};
    const ErrorReport r = measure(compared(m), {4, 8});
    CHECK(r.layers[0].weights->sqnrDb == Approx(10 * std::log10(1 / 0.25)));
    CHECK(r.layers[0].local->sqnrDb == Approx(10 * std::log10(80.0 / 20.0)));
    CHECK(std::isinf(r.layers[1].local->sqnrDb));
    CHECK(r.layers[1].cumulative->sqnrDb == Approx(10 * std::log10(80.0 / 20.0)));
}

TEST_CASE("absorbedRatioIsTakenOut")
{
    // The true scale of tensor 2 is half the declared one; layer 0's declared weights are twice, layer 1's half of the true.
    Model m = twoLayers();
    m.subgraphs[0].tensors[1].quant.scale = {2.0f};
    m.subgraphs[0].tensors[3].quant.scale = {0.5f};
    ComparedModels c = compared(m);
    c.effective[TensorIndex(2)] = {0.5};
    const ErrorReport r = measure(c, {4, 8});
    for (const LayerError &l : r.layers) {
        CHECK(std::isinf(l.weights->sqnrDb));
        CHECK(std::isinf(l.local->sqnrDb));
        CHECK(std::isinf(l.cumulative->sqnrDb));
    }
    const ErrorReport weights = measureWeights(c);
    CHECK(weights.samples == 0);
    CHECK(std::isinf(weights.layers[1].weights->sqnrDb));
    CHECK_FALSE(weights.layers[1].local);
}

TEST_CASE("localErrorGoesThroughAnInsertedRequantizeOperator")
{
    // Layer 1 reads a copy of tensor 2 on steps of 2: 3, 5 become 4, 6.
    Model m = twoLayers();
    Subgraph &g = m.subgraphs[0];
    g.tensors.push_back(int8Tensor("a_requantized", {1, 2}, 2));
    Operator q;
    q.code = Op::Quantize;
    q.version = 2;
    q.inputs = {TensorIndex(2)};
    q.outputs = {TensorIndex(5)};
    g.operators.insert(g.operators.begin() + 1, q);
    g.operators[2].inputs[0] = TensorIndex(5);
    ComparedModels c = compared(m);
    c.origin = {OperatorIndex(0), OperatorIndex(), OperatorIndex(1)};
    const ErrorReport r = measure(c, {3, 5});
    REQUIRE(r.layers.size() == 2);
    CHECK(r.layers[1].converted == OperatorIndex(2));
    CHECK(std::isinf(r.layers[0].local->sqnrDb));
    CHECK(r.layers[1].local->biasShift == std::vector<double>{1, 1});
    CHECK(r.layers[1].cumulative->biasShift == std::vector<double>{1, 1});
}

TEST_CASE("agreementCountsSamplesWithTheSameLargestOutput")
{
    Model m = twoLayers();
    m.subgraphs[0].tensors[4].quant.scale = {64.0f};
    // (1,3) -> (0,0): changed; (3,1) -> (0,0): same; (0,100) -> (0,2): same; (90,100) -> (1,2): same.
    const ErrorReport r = measure(compared(m), {1, 3, 3, 1, 0, 100, 90, 100});
    CHECK(r.samples == 4);
    CHECK(r.agreement == Approx(0.75));
    const ErrorReport first = measure(compared(m), {1, 3, 3, 1, 0, 100, 90, 100}, 1);
    CHECK(first.samples == 1);
    CHECK(first.agreement == 0);
}

TEST_CASE("measuringStopsWhenCancelled")
{
    const ComparedModels c = compared(twoLayers());
    const Samples samples({3, 5, 3, 5});
    const std::atomic<bool> cancelled{true};
    const Result<ErrorReport> r =
        measureErrors(c, samples.open(*c.source), 0, Arithmetic::TfliteReference, RunControl(&cancelled, {}));
    REQUIRE_FALSE(r);
    CHECK(r.error().message->id == kCancelled.id);
}
