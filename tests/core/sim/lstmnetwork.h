// SPDX-License-Identifier: GPL-3.0-or-later
// What the tests of UNIDIRECTIONAL_SEQUENCE_LSTM share: which parts a network has, and figures of TFLite's own tests.
#pragma once

#include "twin.h"

namespace testing {

struct LstmNetwork
{
    // As in the figures below.
    std::size_t batches = 2, steps = 3, inputs = 5, cells = 4, outputs = 3;
    bool timeMajor = true, inputGate = true, peephole = true, norm = true, projection = true, projectionBias = false, twentyInputs = false;
    float cellClip = 0, outputClip = 0;

    LstmNetwork() = default;
    explicit LstmNetwork(Random &random)
    {
        const auto size = [&](int most) { return static_cast<std::size_t>(random.integer(1, most)); };
        batches = size(3);
        steps = size(4);
        inputs = size(40);
        cells = size(40);
        projection = random.chance();
        projectionBias = projection && random.chance();
        outputs = projection ? size(static_cast<int>(cells)) : cells;
        timeMajor = random.chance();
        inputGate = random.chance();
        peephole = random.chance();
        norm = random.chance();
        twentyInputs = !norm && random.chance();
        cellClip = random.chance() ? static_cast<float>(random.real(0.1, 2.0)) : 0.0f;
        outputClip = random.chance() ? static_cast<float>(random.real(0.1, 1.0)) : 0.0f;
    }
    bool isThere(std::size_t gate) const { return inputGate || gate > 0; }
    bool allInputs() const { return !twentyInputs; }
    static std::int32_t dim(std::size_t n) { return static_cast<std::int32_t>(n); }
    requant::Shape shape(std::size_t last) const { return {dim(timeMajor ? steps : batches), dim(timeMajor ? batches : steps), dim(last)}; }
    std::size_t row(std::size_t batch, std::size_t step) const { return timeMajor ? step * batches + batch : batch * steps + step; }
    void setOptions(OneOperator &one) const
    {
        one.option("fused_activation_function", 4);
        one.option("time_major", timeMajor);
        one.realOption("cell_clip", static_cast<double>(cellClip));
        one.realOption("proj_clip", static_cast<double>(outputClip));
    }
    void addState(OneOperator &one, std::size_t size, requant::ElementType type, float scale = 0, std::int64_t zeroPoint = 0) const
    {
        const requant::Shape shape{dim(batches), dim(size)};
        const auto t = scale > 0 ? one.tiny().activation("state", shape, type, scale, zeroPoint) : one.tiny().plain("state", shape, type);
        one.tiny().graph().tensor(t).isVariable = true;
        one.append(t);
    }
};

// LiteRT, tflite/kernels/lstm_test.cc: "NoCifg_Peephole_Projection_LayerNorm"; gates input, forget, cell, output.
struct LstmFigures
{
    std::vector<float> input[4]{
        {0.5f, 0.6f, 0.7f, -0.8f, -0.9f, 0.1f, 0.2f, 0.3f, -0.4f, 0.5f, -0.8f, 0.7f, -0.6f, 0.5f, -0.4f, -0.5f, -0.4f, -0.3f, -0.2f, -0.1f},
        {-0.6f, -0.1f, 0.3f, 0.2f, 0.9f, -0.5f, -0.2f, -0.4f, 0.3f, -0.8f, -0.4f, 0.3f, -0.5f, -0.4f, -0.6f, 0.3f, -0.4f, -0.6f, -0.5f, -0.5f},
        {-0.4f, -0.3f, -0.2f, -0.1f, -0.5f, 0.5f, -0.2f, -0.3f, -0.2f, -0.6f, 0.6f, -0.1f, -0.4f, -0.3f, -0.7f, 0.7f, -0.9f, -0.5f, 0.8f, 0.6f},
        {-0.8f, -0.4f, -0.2f, -0.9f, -0.1f, -0.7f, 0.3f, -0.3f, -0.8f, -0.2f, 0.6f, -0.2f, 0.4f, -0.7f, -0.3f, -0.5f, 0.1f, 0.5f, -0.6f, -0.4f}};
    std::vector<float> recurrent[4]{{-0.2f, -0.3f, 0.4f, 0.1f, -0.5f, 0.9f, -0.2f, -0.3f, -0.7f, 0.05f, -0.2f, -0.6f},
                                    {-0.5f, -0.3f, -0.5f, -0.2f, 0.6f, 0.4f, 0.9f, 0.3f, -0.1f, 0.2f, 0.5f, 0.2f},
                                    {-0.3f, 0.2f, 0.1f, -0.3f, 0.8f, -0.08f, -0.2f, 0.3f, 0.8f, -0.6f, -0.1f, 0.2f},
                                    {0.3f, -0.1f, 0.1f, -0.2f, -0.5f, -0.7f, -0.2f, -0.6f, -0.1f, -0.4f, -0.7f, -0.2f}};
    std::vector<float> peephole[4]{{0.05f, 0.1f, 0.25f, 0.15f}, {-0.02f, -0.15f, -0.25f, -0.03f}, {}, {0.1f, -0.1f, -0.5f, 0.05f}};
    std::vector<float> bias[4]{{0.03f, 0.15f, 0.22f, 0.38f}, {0.1f, -0.3f, -0.2f, 0.1f}, {-0.05f, 0.72f, 0.25f, 0.08f}, {0.05f, -0.01f, 0.2f, 0.1f}};
    std::vector<float> norm[4]{{0.1f, 0.2f, 0.3f, 0.5f}, {0.2f, 0.2f, 0.4f, 0.3f}, {0.7f, 0.2f, 0.3f, 0.8f}, {0.6f, 0.2f, 0.2f, 0.5f}};
    std::vector<float> projection{-0.1f, 0.2f, 0.01f, -0.2f, 0.1f, 0.5f, 0.3f, 0.08f, 0.07f, 0.2f, -0.4f, 0.2f};
};

} // namespace testing
