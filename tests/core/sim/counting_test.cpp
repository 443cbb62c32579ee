// SPDX-License-Identifier: GPL-3.0-or-later
// What operators with weights beside convolutions count: scales cancel, so that an accumulator of 200 is clipped and 20 is not.
#include "lstmnetwork.h"

using namespace requant;
using namespace testing;

namespace {

// The counters of two runs.
LayerCounters counted(OneOperator &one, const std::vector<std::vector<std::byte>> &inputs, Arithmetic arithmetic)
{
    SimOptions options = optionsFor(arithmetic, 2);
    options.countEvents = true;
    auto sim = one.simulator(options);
    REQUIRE(sim);
    if (const auto ok = sim->supported(); !ok)
        FAIL(text(ok.error()));
    for (int run = 0; run < 2; ++run) {
        for (std::size_t k = 0; k < inputs.size(); ++k)
            REQUIRE(sim->setInput(k, inputs[k]));
        REQUIRE(sim->run());
    }
    return sim->counters(OperatorIndex(0));
}

const std::vector<std::int8_t> kValues{100, 10, -100, 1};
constexpr LayerCounters kExpected{.outputs = 8, .saturated = 4, .accumulated = 8};

} // namespace

TEST_CASE("transposeConvCountsWhatItClips")
{
    for (const Arithmetic a : kArithmetics) {
        OneOperator one(Op::TransposeConv);
        one.constant<std::int32_t>({4}, {1, 2, 2, 1});
        one.constant<std::int8_t>({1, 1, 1, 1}, {2}, QuantParams::perTensor(1.0f, 0));
        one.input({1, 2, 2, 1}, ElementType::Int8, 1.0f);
        one.output({1, 2, 2, 1}, ElementType::Int8, 1.0f);
        one.option("stride_h", 1);
        one.option("stride_w", 1);
        CHECK(counted(one, {bytesOf(kValues)}, a) == kExpected);
    }
}

TEST_CASE("batchMatmulCountsWhatItClips")
{
    for (const Arithmetic a : kArithmetics) {
        OneOperator one(Op::BatchMatmul);
        one.input({4, 1}, ElementType::Int8, 1.0f);
        one.constant<std::int8_t>({1, 1}, {2}, QuantParams::perTensor(1.0f, 0));
        one.output({4, 1}, ElementType::Int8, 1.0f);
        CHECK(counted(one, {bytesOf(kValues)}, a) == kExpected);
    }
}

TEST_CASE("fullyConnectedWithComputedWeightsCountsWhatItClips")
{
    for (const Arithmetic a : kArithmetics) {
        OneOperator one(Op::FullyConnected);
        one.input({4, 1}, ElementType::Int8, 1.0f);
        one.input({1, 1}, ElementType::Int8, 1.0f);
        one.output({4, 1}, ElementType::Int8, 1.0f);
        CHECK(counted(one, {bytesOf(kValues), bytesOf(std::vector<std::int8_t>{2})}, a) == kExpected);
        // RELU clips the negative one by intent.
        one.option("fused_activation_function", 1);
        CHECK(counted(one, {bytesOf(kValues), bytesOf(std::vector<std::int8_t>{2})}, a) == LayerCounters{.outputs = 8, .saturated = 2, .accumulated = 8});
    }
}

TEST_CASE("svdfCountsWhatItClips")
{
    for (const Arithmetic a : kArithmetics) {
        OneOperator one(Op::Svdf);
        one.option("rank", 1);
        one.option("fused_activation_function", 1);
        one.input({4, 1}, ElementType::Int8, 1.0f);
        one.constant<std::int8_t>({1, 1}, {1}, QuantParams::perTensor(1.0f, 0));
        one.constant<std::int8_t>({1, 1}, {2}, QuantParams::perTensor(1.0f, 0));
        one.absent();
        const TensorIndex state = one.tiny().activation("state", {4, 1}, ElementType::Int8, 1.0f, 0);
        one.tiny().graph().tensor(state).isVariable = true;
        one.append(state);
        one.output({4, 1}, ElementType::Int8, 1.0f);
        CHECK(counted(one, {bytesOf(kValues)}, a) == kExpected);
    }
}

// One cell: gates are open (biases of 7.8), the cell adds up tanh(7.8) per step to its clip, the output is a multiple of that.
TEST_CASE("lstmCountsWhatItClips")
{
    for (const bool coarse : {false, true}) {
        LstmNetwork n;
        n.batches = 1;
        n.inputs = n.cells = n.outputs = 1;
        n.peephole = n.norm = n.projection = false;
        OneOperator one(Op::UnidirectionalSequenceLstm);
        n.setOptions(one);
        const QuantParams grid = QuantParams::perTensor(1.0f / 1024, 0);
        one.input(n.shape(1), ElementType::Int8, 1.0f / 1024, 0);
        for (int k = 0; k < 8; ++k)
            one.constant<std::int8_t>({1, 1}, {0}, grid);
        for (int k = 0; k < 3; ++k)
            one.absent();
        for (int k = 0; k < 4; ++k) // on the grid of a product of the scales, 2^-20
            one.constant<std::int32_t>({1}, {7 << 20});
        one.absent();
        one.absent();
        n.addState(one, 1, ElementType::Int8, 1.0f / 1024, 0);
        n.addState(one, 1, ElementType::Int16, 1.0f / 2048, 0);
        for (int k = 0; k < 4; ++k)
            one.absent();
        const float hidden = coarse ? 1.0f / 64 : 1.0f / 256;
        for (int k = 0; k < 4; ++k)
            one.intermediate(ElementType::Int16, 1.0f / 4096, 0);
        one.intermediate(ElementType::Int8, hidden, 0);
        one.output(n.shape(1), ElementType::Int8, hidden, 0);
        // tanh(1), tanh(2) and tanh(3) are 0.76 to 1: at most 64 steps, at least 194.
        const LayerCounters c = counted(one, {bytesOf(std::vector<std::int8_t>(3))}, Arithmetic::TfliteReference);
        CHECK(c == LayerCounters{.outputs = 6, .saturated = coarse ? 0u : 6u, .accumulated = 0});
    }
}
