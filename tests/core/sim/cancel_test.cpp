// SPDX-License-Identifier: GPL-3.0-or-later
// One heavy operator stops within a tenth of a second of being told to, in the slowest instructions.
#include "lstmnetwork.h"

#include <chrono>
#include <ctime>
#include <functional>
#include <thread>

using namespace requant;
using namespace testing;

namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr double kBound = 1.5; // seconds; checked code is that much slower
#else
constexpr double kBound = 0.1;
#endif

class Scalar
{
public:
    Scalar() : m_before(simdLevel()) { setSimdLevel(SimdLevel::Scalar); }
    ~Scalar() { setSimdLevel(m_before); }
    Scalar(const Scalar &) = delete;
    Scalar &operator=(const Scalar &) = delete;

private:
    SimdLevel m_before;
};

// Processor time of the process: a busy machine does not count.
double processorSeconds()
{
    return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

// Seconds of work from the request to the end of the run, which must not have finished its work before.
double secondsToStop(Simulator &sim)
{
    std::atomic<bool> cancelled{false};
    double asked = 0;
    std::thread other([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(60));
        asked = processorSeconds();
        cancelled = true;
    });
    const Status status = sim.run(RunControl(&cancelled, {}));
    const double ended = processorSeconds();
    other.join();
    REQUIRE_FALSE(status);
    CHECK(status.error().message->id == kCancelled.id);
    return ended - asked;
}

// One of several attempts must be quick; an operator that does not look would be slow in all.
void checkStops(const char *name, OneOperator &one, const SimOptions &options = {})
{
    const Scalar scalar;
    auto sim = one.simulator(options);
    REQUIRE(sim);
    if (const auto ok = sim->supported(); !ok)
        FAIL(text(ok.error()));
    double best = 1e9;
    for (int attempt = 0; attempt < 4 && best > kBound; ++attempt)
        best = std::min(best, secondsToStop(*sim));
    INFO(name << ": " << best * 1000 << " ms");
    CHECK(best <= kBound);
}

OneOperator convolution(Op op, ElementType type, const Shape &in, const Shape &weights, int outC)
{
    OneOperator one(op);
    const bool floats = type == ElementType::Float32;
    for (const char *name : {"stride_h", "stride_w", "depth_multiplier"})
        one.option(name, 1);
    if (op == Op::TransposeConv)
        one.constant<std::int32_t>({4}, {in[0], in[1], in[2], outC});
    const auto addInput = [&] { one.input(in, type, floats ? 0.0f : 0.1f, 0); };
    if (op != Op::TransposeConv)
        addInput();
    if (floats)
        one.constant<float>(weights, std::vector<float>(count(weights), 0.5f));
    else
        one.constant<std::int8_t>(weights, std::vector<std::int8_t>(count(weights), 77), QuantParams::perTensor(0.01f, 0));
    if (op == Op::TransposeConv)
        addInput();
    one.output({in[0], in[1], in[2], outC}, type, floats ? 0.0f : 1.0f, 0);
    return one;
}

} // namespace

TEST_CASE("heavyConvolutionsStopInTime")
{
    for (const ElementType type : {ElementType::Int8, ElementType::Int16, ElementType::Float32}) {
        INFO(typeName(type));
        auto conv = convolution(Op::Conv2D, type, {1, 128, 128, 256}, {256, 3, 3, 256}, 256);
        checkStops("CONV_2D", conv);
        auto depthwise = convolution(Op::DepthwiseConv2D, type, {1, 160, 160, 256}, {1, 65, 65, 256}, 256);
        checkStops("DEPTHWISE_CONV_2D", depthwise);
        auto transposed = convolution(Op::TransposeConv, type, {1, 128, 128, 256}, {256, 3, 3, 256}, 256);
        checkStops("TRANSPOSE_CONV", transposed);
    }
    SimOptions narrow;
    narrow.accumulator.bits = 16;
    auto conv = convolution(Op::Conv2D, ElementType::Int8, {1, 96, 96, 256}, {256, 3, 3, 256}, 256);
    checkStops("CONV_2D with narrow accumulators", conv, narrow);
    SimOptions threads;
    threads.threads = 2;
    auto floats = convolution(Op::Conv2D, ElementType::Float32, {1, 128, 128, 256}, {256, 3, 3, 256}, 256);
    checkStops("CONV_2D on two threads", floats, threads);
}

TEST_CASE("oneRowOfAHeavyLayerStopsInTime")
{
    // Few outputs of very many products each.
    for (const bool floats : {true, false}) {
        OneOperator one(Op::Conv2D);
        one.option("padding", 1);
        one.option("stride_h", 1);
        one.option("stride_w", 1);
        const Shape in{1, 64, 64, 256}, weights{16, 33, 33, 256};
        one.input(in, ElementType::Float32);
        if (floats)
            one.constant<float>(weights, std::vector<float>(count(weights), 0.5f));
        else
            one.constant<std::int8_t>(weights, std::vector<std::int8_t>(count(weights), 5), QuantParams::perTensor(0.1f, 0));
        one.output({1, 32, 32, 16}, ElementType::Float32);
        checkStops(floats ? "float" : "hybrid", one);
    }
}

TEST_CASE("heavyProductsStopInTime")
{
    for (const ElementType type : {ElementType::Int8, ElementType::Int16, ElementType::Float32}) {
        INFO(typeName(type));
        OneOperator one(Op::BatchMatmul);
        const float scale = type == ElementType::Float32 ? 0.0f : 0.1f;
        one.input({8, 1024, 1024}, type, scale, 0);
        one.input({8, 1024, 1024}, type, scale, 0);
        one.output({8, 1024, 1024}, type, scale * 100, 0);
        checkStops("BATCH_MATMUL", one);
    }
    OneOperator one(Op::Conv3D);
    for (const char *name : {"stride_d", "stride_h", "stride_w", "dilation_d_factor", "dilation_h_factor", "dilation_w_factor"})
        one.option(name, 1);
    one.input({1, 24, 24, 24, 128}, ElementType::Float32);
    one.constant<float>({5, 5, 5, 128, 128}, std::vector<float>(125 * 128 * 128, 0.5f));
    one.output({1, 24, 24, 24, 128}, ElementType::Float32);
    checkStops("CONV_3D", one);
}

TEST_CASE("longSequencesStopInTime")
{
    for (const bool floats : {true, false}) {
        LstmNetwork n;
        n.batches = 4;
        n.steps = 2000;
        n.inputs = n.cells = n.outputs = 512;
        n.peephole = n.norm = n.projection = false;
        OneOperator one(Op::UnidirectionalSequenceLstm);
        n.setOptions(one);
        const Shape matrix{512, 512}, cells{512};
        const QuantParams grid = QuantParams::perTensor(0.01f, 0);
        one.input(n.shape(512), floats ? ElementType::Float32 : ElementType::Int8, floats ? 0.0f : 0.02f, 0);
        for (int k = 0; k < 8; ++k)
            floats ? void(one.constant<float>(matrix, std::vector<float>(512 * 512, 0.01f))) : void(one.constant<std::int8_t>(matrix, std::vector<std::int8_t>(512 * 512, 3), grid));
        for (int k = 0; k < 3; ++k)
            one.absent();
        for (int k = 0; k < 4; ++k)
            floats ? void(one.constant<float>(cells, std::vector<float>(512, 0.1f))) : void(one.constant<std::int32_t>(cells, std::vector<std::int32_t>(512, 100)));
        one.absent();
        one.absent();
        n.addState(one, 512, floats ? ElementType::Float32 : ElementType::Int8, floats ? 0.0f : 1.0f / 128, 0);
        n.addState(one, 512, floats ? ElementType::Float32 : ElementType::Int16, floats ? 0.0f : 1.0f / 2048, 0);
        for (int k = 0; k < 4; ++k)
            one.absent();
        for (int k = 0; k < 4 && !floats; ++k)
            one.intermediate(ElementType::Int16, 1.0f / 4096, 0);
        if (!floats)
            one.intermediate(ElementType::Int8, 1.0f / 128, 0);
        one.output(n.shape(512), floats ? ElementType::Float32 : ElementType::Int8, floats ? 0.0f : 1.0f / 128, 0);
        checkStops(floats ? "LSTM of floats" : "LSTM of integers", one);
    }
}
