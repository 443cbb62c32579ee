// SPDX-License-Identifier: GPL-3.0-or-later
// Boxes and scores of LiteRT's own unit test (tflite/kernels/detection_postprocess_test.cc) and an obvious twin on random ones.
#include "oneoperator.h"

#include <flatbuffers/flexbuffers.h>

#include <cmath>

using namespace requant;
using testing::Random;

namespace {

struct Setting
{
    int maxDetections = 3, classesPerBox = 1, perClass = 100, classes = 2;
    bool regular = false;
    float score = 0, overlap = 0.5f;
    float y = 10, x = 10, h = 5, w = 5;

    std::vector<std::byte> bytes() const
    {
        flexbuffers::Builder b;
        b.Map([&] {
            b.Int("max_detections", maxDetections);
            b.Int("max_classes_per_detection", classesPerBox);
            b.Int("detections_per_class", perClass);
            b.Bool("use_regular_nms", regular);
            b.Float("nms_score_threshold", score);
            b.Float("nms_iou_threshold", overlap);
            b.Int("num_classes", classes);
            b.Float("y_scale", y);
            b.Float("x_scale", x);
            b.Float("h_scale", h);
            b.Float("w_scale", w);
        });
        b.Finish();
        const auto all = std::as_bytes(std::span(b.GetBuffer()));
        return {all.begin(), all.end()};
    }
};

struct Detections
{
    std::vector<float> boxes, classes, scores, count;
};

struct Network : test::TinyModel
{
    // Scales of 0: float inputs.
    Network(const Setting &s, int boxes, int columns, float encodingScale = 0, float anchorScale = 0, std::int64_t zeroPoint = 0, Shape outputShape = {})
    {
        const bool isFloat = encodingScale == 0;
        const auto in = [&](const char *name, Shape shape, float scale, std::int64_t zero) {
            return isFloat ? plain(name, std::move(shape), ElementType::Float32) : activation(name, std::move(shape), ElementType::UInt8, scale, zero);
        };
        const auto encodings = in("encodings", {1, boxes, 4}, encodingScale, zeroPoint);
        const auto scores = in("scores", {1, boxes, columns}, 1.0f / 256, 0);
        const auto anchors = in("anchors", {boxes, 4}, anchorScale, 0);
        std::vector<TensorIndex> outputs;
        for (int k = 0; k < 4; ++k)
            outputs.push_back(plain("out", outputShape, ElementType::Float32));
        const auto op = add(Op::Custom, {encodings, scores, anchors}, outputs);
        graph().op(op).customCode = "TFLite_Detection_PostProcess";
        graph().op(op).customOptions = s.bytes();
        io({encodings, scores, anchors}, outputs);
    }
    Result<Simulator> simulator() { return Simulator::create(std::make_shared<const Model>(model())); }
    template <class T>
    Detections run(const std::vector<T> &encodings, const std::vector<T> &scores, const std::vector<T> &anchors)
    {
        auto sim = simulator();
        REQUIRE(sim);
        if (const auto ok = sim->supported(); !ok)
            FAIL(text(ok.error()));
        REQUIRE(sim->setInput(0, std::as_bytes(std::span(encodings))));
        REQUIRE(sim->setInput(1, std::as_bytes(std::span(scores))));
        REQUIRE(sim->setInput(2, std::as_bytes(std::span(anchors))));
        for (int twice = 0; twice < 2; ++twice)
            REQUIRE(sim->run());
        const auto out = [&](std::size_t k) { return testing::valuesOf<float>(sim->output(k)); };
        CHECK(sim->tensorShape(graph().outputs[0]) == Shape{1, static_cast<std::int32_t>(out(1).size()), 4});
        return {out(0), out(1), out(2), out(3)};
    }
};

const std::vector<float> kEncodings{0, 0, 0, 0, 0, 1, 0, 0, 0, -1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0};
const std::vector<float> kScores{0, .9f, .8f, 0, .75f, .72f, 0, .6f, .5f, 0, .93f, .95f, 0, .5f, .4f, 0, .3f, .2f};
const std::vector<float> kAnchors{.5f, .5f, 1, 1, .5f, .5f, 1, 1, .5f, .5f, 1, 1, .5f, 10.5f, 1, 1, .5f, 10.5f, 1, 1, .5f, 100.5f, 1, 1};

bool near(const std::vector<float> &a, const std::vector<float> &b)
{
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](float x, float y) { return std::abs(x - y) < 1e-4f; });
}

// ---- the obvious twin --------------------------------------------------------------------------------------------

using Corners = std::array<float, 4>; // ymin, xmin, ymax, xmax

float area(const Corners &b) { return (b[2] - b[0]) * (b[3] - b[1]); }

float overlapOf(const Corners &a, const Corners &b)
{
    if (area(a) <= 0 || area(b) <= 0)
        return 0;
    const float both = std::max(std::min(a[2], b[2]) - std::max(a[0], b[0]), 0.0f) * std::max(std::min(a[3], b[3]) - std::max(a[1], b[1]), 0.0f);
    return both / (area(a) + area(b) - both);
}

std::vector<int> keepBest(const std::vector<Corners> &boxes, const std::vector<float> &scores, const Setting &s, int most)
{
    std::vector<int> order, kept;
    for (std::size_t i = 0; i < scores.size(); ++i)
        if (scores[i] >= s.score)
            order.push_back(static_cast<int>(i));
    std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return scores[static_cast<std::size_t>(a)] > scores[static_cast<std::size_t>(b)]; });
    for (const int i : order) {
        bool free = static_cast<int>(kept.size()) < most;
        for (const int k : kept)
            free = free && !(overlapOf(boxes[static_cast<std::size_t>(k)], boxes[static_cast<std::size_t>(i)]) > s.overlap);
        if (free)
            kept.push_back(i);
    }
    return kept;
}

Detections obvious(const Setting &s, const std::vector<float> &encodings, const std::vector<float> &scores, const std::vector<float> &anchors)
{
    const std::size_t n = encodings.size() / 4, columns = scores.size() / n, background = columns - static_cast<std::size_t>(s.classes);
    std::vector<Corners> boxes;
    for (std::size_t i = 0; i < n; ++i) {
        const auto e = [&](std::size_t k) { return static_cast<double>(encodings[i * 4 + k]); };
        const auto a = [&](std::size_t k) { return static_cast<double>(anchors[i * 4 + k]); };
        const auto cy = static_cast<float>(e(0) / static_cast<double>(s.y) * a(2) + a(0)), cx = static_cast<float>(e(1) / static_cast<double>(s.x) * a(3) + a(1));
        const auto hh = static_cast<float>(0.5 * std::exp(e(2) / static_cast<double>(s.h)) * a(2));
        const auto hw = static_cast<float>(0.5 * std::exp(e(3) / static_cast<double>(s.w)) * a(3));
        boxes.push_back({cy - hh, cx - hw, cy + hh, cx + hw});
    }
    const auto score = [&](int box, std::size_t c) { return scores[static_cast<std::size_t>(box) * columns + background + c]; };
    const auto places = static_cast<std::size_t>(s.maxDetections * s.classesPerBox);
    Detections d{std::vector<float>(places * 4, 0.0f), std::vector<float>(places, 0.0f), std::vector<float>(places, 0.0f), {0.0f}};
    const auto put = [&](std::size_t place, int box, std::size_t c) {
        std::copy_n(boxes[static_cast<std::size_t>(box)].begin(), 4, d.boxes.begin() + static_cast<std::ptrdiff_t>(place * 4));
        d.classes[place] = static_cast<float>(c);
        d.scores[place] = score(box, c);
    };
    if (!s.regular) {
        std::vector<float> best;
        for (std::size_t i = 0; i < n; ++i) {
            best.push_back(score(static_cast<int>(i), 0));
            for (std::size_t c = 1; c < static_cast<std::size_t>(s.classes); ++c)
                best.back() = std::max(best.back(), score(static_cast<int>(i), c));
        }
        std::size_t place = 0;
        for (const int box : keepBest(boxes, best, s, s.maxDetections)) {
            std::vector<std::size_t> byScore;
            for (std::size_t c = 0; c < static_cast<std::size_t>(s.classes); ++c)
                byScore.push_back(c);
            std::stable_sort(byScore.begin(), byScore.end(), [&](std::size_t a, std::size_t b) { return score(box, a) > score(box, b); });
            for (std::size_t k = 0; k < std::min(byScore.size(), static_cast<std::size_t>(s.classesPerBox)); ++k)
                put(place * static_cast<std::size_t>(s.classesPerBox) + k, box, byScore[k]);
            ++place;
        }
        d.count = {static_cast<float>(place)};
        return d;
    }
    std::vector<std::pair<int, std::size_t>> kept; // box, class
    for (std::size_t c = 0; c < static_cast<std::size_t>(s.classes); ++c) {
        std::vector<float> own;
        for (std::size_t i = 0; i < n; ++i)
            own.push_back(score(static_cast<int>(i), c));
        for (const int box : keepBest(boxes, own, s, std::min(s.perClass, s.maxDetections)))
            kept.emplace_back(box, c);
        std::stable_sort(kept.begin(), kept.end(), [&](const auto &a, const auto &b) { return score(a.first, a.second) > score(b.first, b.second); });
        kept.resize(std::min(kept.size(), static_cast<std::size_t>(s.maxDetections)));
    }
    for (std::size_t k = 0; k < kept.size(); ++k)
        put(k, kept[k].first, kept[k].second);
    d.count = {static_cast<float>(kept.size())};
    return d;
}

} // namespace

TEST_CASE("detectionGivesWhatTflitesOwnTestExpects")
{
    Setting s;
    Detections d = Network(s, 6, 3).run(kEncodings, kScores, kAnchors);
    CHECK(near(d.boxes, {0, 10, 1, 11, 0, 0, 1, 1, 0, 100, 1, 101}));
    CHECK(near(d.classes, {1, 0, 0}));
    CHECK(near(d.scores, {.95f, .9f, .3f}));
    CHECK(d.count == std::vector<float>{3});
    s.regular = true;
    s.perClass = 1;
    d = Network(s, 6, 3).run(kEncodings, kScores, kAnchors);
    CHECK(near(d.boxes, {0, 10, 1, 11, 0, 10, 1, 11, 0, 0, 0, 0}));
    CHECK(near(d.classes, {1, 0, 0}));
    CHECK(near(d.scores, {.95f, .93f, 0}));
    CHECK(d.count == std::vector<float>{2});
    // Equal scores: the class that comes first.
    s.maxDetections = 4;
    s.perClass = 2;
    const std::vector<float> scores{0, .1f, .1f, 0, .1f, .96f, 0, .1f, .9f, 0, .95f, .1f, 0, .9f, .1f, 0, .1f, .1f};
    const std::vector<float> anchors{.5f, .5f, 1, 1, .5f, 1.5f, 1, 1, .5f, 5.5f, 1, 1, .5f, 10.5f, 1, 1, .5f, 20.5f, 1, 1, .5f, 100.5f, 1, 1};
    d = Network(s, 6, 3).run(std::vector<float>(24, 0.0f), scores, anchors);
    CHECK(near(d.boxes, {0, 1, 1, 2, 0, 10, 1, 11, 0, 20, 1, 21, 0, 5, 1, 6}));
    CHECK(near(d.classes, {1, 0, 0, 1}));
    CHECK(d.count == std::vector<float>{4});
}

TEST_CASE("detectionEqualsItsDefinition")
{
    for (std::uint64_t n = 0; n < 150; ++n) {
        const std::uint64_t seed = testing::baseSeed() + n;
        INFO("REQUANT_SEED=" << seed);
        Random random(seed);
        Setting s;
        s.classes = random.integer(1, 5);
        s.maxDetections = random.integer(1, 12);
        s.classesPerBox = random.integer(1, 6);
        s.perClass = random.integer(1, 6);
        s.regular = random.chance();
        s.score = random.chance() ? 0.0f : static_cast<float>(random.real(0.0, 1.0));
        s.overlap = static_cast<float>(random.real(0.05, 1.0));
        const int boxes = random.integer(0, 30), columns = s.classes + random.integer(0, 1);
        const auto count = [](int v) { return static_cast<std::size_t>(v); };
        if (random.chance()) {
            std::vector<float> encodings(count(boxes * 4)), scores(count(boxes * columns)), anchors(count(boxes * 4));
            for (float &v : encodings)
                v = static_cast<float>(random.real(-8.0, 8.0));
            for (float &v : scores)
                v = static_cast<float>(random.integer(0, 16)) / 16.0f; // many are equal
            for (float &v : anchors)
                v = static_cast<float>(random.real(0.0, 2.0));
            const Detections got = Network(s, boxes, columns).run(encodings, scores, anchors);
            const Detections want = boxes == 0 ? Detections{std::vector<float>(got.boxes.size(), 0.0f), std::vector<float>(got.classes.size(), 0.0f), std::vector<float>(got.classes.size(), 0.0f), {0.0f}}
                                               : obvious(s, encodings, scores, anchors);
            CHECK(got.boxes == want.boxes);
            CHECK(got.classes == want.classes);
            CHECK(got.scores == want.scores);
            CHECK(got.count == want.count);
        } else if (boxes > 0) {
            const auto encodings = testing::randomValues<std::uint8_t>(random, count(boxes * 4)), scores = testing::randomValues<std::uint8_t>(random, count(boxes * columns)),
                       anchors = testing::randomValues<std::uint8_t>(random, count(boxes * 4));
            const float scale = 0.05f, anchorScale = 0.01f;
            const int zero = random.integer(0, 255);
            const auto real = [](const std::vector<std::uint8_t> &q, float sc, int z) {
                std::vector<float> v;
                for (const int x : q)
                    v.push_back(static_cast<float>(x - z) * sc);
                return v;
            };
            const Detections got = Network(s, boxes, columns, scale, anchorScale, zero).run(encodings, scores, anchors);
            const Detections want = obvious(s, real(encodings, scale, zero), real(scores, 1.0f / 256, 0), real(anchors, anchorScale, 0));
            CHECK(got.boxes == want.boxes);
            CHECK(got.classes == want.classes);
            CHECK(got.scores == want.scores);
            CHECK(got.count == want.count);
        }
    }
}

TEST_CASE("detectionRefusesSenselessOptions")
{
    const auto supported = [](const Setting &s, Shape outputShape = {}) {
        auto sim = Network(s, 6, 3, 0, 0, 0, std::move(outputShape)).simulator();
        REQUIRE(sim);
        return sim->supported().has_value();
    };
    Setting good;
    CHECK(supported(good));
    for (auto change : std::vector<void (*)(Setting &)>{[](Setting &s) { s.maxDetections = -1; }, [](Setting &s) { s.maxDetections = 1 << 30; },
                                                        [](Setting &s) { s.classesPerBox = 0; }, [](Setting &s) { s.classes = 0; },
                                                        [](Setting &s) { s.classes = 5; }, [](Setting &s) { s.overlap = 0; },
                                                        [](Setting &s) { s.overlap = 1.5f; }}) {
        Setting bad;
        change(bad);
        CHECK_FALSE(supported(bad));
    }
    CHECK_FALSE(supported(good, {1000})); // more values than the operator gives
    Network without(good, 6, 3);
    without.graph().operators[0].customOptions.clear();
    auto sim = without.simulator();
    REQUIRE(sim);
    CHECK_FALSE(sim->supported());
}

TEST_CASE("boxesThatEndBeforeTheyBeginEndTheRun")
{
    std::vector<float> anchors = kAnchors;
    anchors[2] = -1; // a negative height
    auto sim = Network(Setting{}, 6, 3).simulator();
    REQUIRE(sim);
    REQUIRE(sim->setInput(0, std::as_bytes(std::span(kEncodings))));
    REQUIRE(sim->setInput(1, std::as_bytes(std::span(kScores))));
    REQUIRE(sim->setInput(2, std::as_bytes(std::span(anchors))));
    CHECK_FALSE(sim->run());
}
