// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/metrics/labelscore.h"

#include "core/tflite/tflite.h"
#include "tests/core/sim/random.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <numeric>

using namespace requant;

TEST_CASE("ranksAreThoseOfAStableSort")
{
    testing::Random random(testing::baseSeed());
    INFO("seed " << testing::baseSeed());
    for (int round = 0; round < 200; ++round) {
        std::vector<float> outputs(static_cast<std::size_t>(random.integer(1, 12)));
        for (float &v : outputs)
            v = static_cast<float>(random.integer(-3, 3)); // many equal ones
        std::vector<std::size_t> order(outputs.size());
        std::iota(order.begin(), order.end(), std::size_t{0});
        std::stable_sort(order.begin(), order.end(),
                         [&](std::size_t a, std::size_t b) { return outputs[a] > outputs[b]; });
        for (std::size_t rank = 0; rank < order.size(); ++rank)
            CHECK(rankOf(outputs, static_cast<std::int64_t>(order[rank])) == rank);
        CHECK(rankOf(outputs, -1) == outputs.size());
        CHECK(rankOf(outputs, static_cast<std::int64_t>(outputs.size())) == outputs.size());
    }
}

TEST_CASE("labelsAreCountedForBothNetworks")
{
    const std::filesystem::path folder = std::filesystem::path(REQUANT_SOURCE_DIR) / "resources/sample";
    const auto model = loadTflite(folder / "fashion_mobilenet_uint8.tflite");
    REQUIRE(model);
    const auto samples = SampleSet::open(folder / "fashion_test_images.npy", *model->model);
    REQUIRE(samples);
    const auto labels = loadLabels(folder / "fashion_test_labels.npy");
    REQUIRE(labels);
    const auto score = scoreLabels(model->model, model->model, *samples, *labels, 40, Arithmetic::TfliteReference);
    REQUIRE(score);
    CHECK(score->samples == 40);
    CHECK(score->top1[0] == score->top1[1]); // the same network
    CHECK(score->top1[0] <= score->top5[0]);
    // By hand: one sample after another.
    auto sim = Simulator::create(model->model);
    REQUIRE(sim);
    std::size_t right = 0;
    for (std::size_t i = 0; i < 40; ++i) {
        REQUIRE(runSample(*sim, *samples, i, {}));
        const auto out = sim->output(0);
        std::size_t best = 0;
        for (std::size_t k = 1; k < out.size(); ++k)
            if (std::to_integer<int>(out[k]) > std::to_integer<int>(out[best]))
                best = k;
        right += static_cast<std::int64_t>(best) == (*labels)[i];
    }
    CHECK(score->top1[0] == right);
    const auto few =
        scoreLabels(model->model, model->model, *samples, std::span(*labels).first(3), 40, Arithmetic::TfliteReference);
    REQUIRE_FALSE(few);
    CHECK(few.error().message->id == kLabelCount.id);
}
