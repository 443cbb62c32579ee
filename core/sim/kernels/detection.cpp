// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sim/kernels/detection.h"

#include "core/tflite/flexmap.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <numeric>
#include <optional>

namespace requant {
namespace {

constexpr std::int64_t kMostDetections = 1 << 20;

struct Options
{
    std::int64_t maxDetections = 0, classesPerBox = 0, detectionsPerClass = 0, classes = 0;
    bool regular = false;
    float scoreThreshold = 0, overlapThreshold = 0;
    double yScale = 0, xScale = 0, hScale = 0, wScale = 0;
    std::int64_t places() const { return maxDetections * classesPerBox; } // of the outputs
};

std::optional<Options> readOptions(const Operator &op)
{
    const TablePtr t = readFlexMap(op.customOptions);
    if (!t)
        return {};
    const auto real = [&](std::string_view name) { return t->real(name, static_cast<double>(t->integer(name))); };
    const auto whole = [&](std::string_view name, std::int64_t fallback) {
        return t->find(name) ? static_cast<std::int64_t>(std::clamp(real(name), -1.0, 2147483647.0)) : fallback;
    };
    Options o;
    o.maxDetections = whole("max_detections", 0);
    o.classesPerBox = whole("max_classes_per_detection", 0);
    o.detectionsPerClass = whole("detections_per_class", 100);
    o.classes = whole("num_classes", 0);
    o.regular = t->flag("use_regular_nms");
    o.scoreThreshold = static_cast<float>(real("nms_score_threshold"));
    o.overlapThreshold = static_cast<float>(real("nms_iou_threshold"));
    const auto scale = [&](std::string_view name) { return static_cast<double>(static_cast<float>(real(name))); };
    o.yScale = scale("y_scale");
    o.xScale = scale("x_scale");
    o.hScale = scale("h_scale");
    o.wScale = scale("w_scale");
    if (o.maxDetections < 0 || o.classesPerBox < 0 || o.detectionsPerClass < 0 || o.classes < 1 ||
        o.maxDetections > kMostDetections || o.classesPerBox > kMostDetections || o.places() > kMostDetections)
        return {};
    return o;
}

struct Box
{
    float ymin, xmin, ymax, xmax;
};

float overlap(const Box &a, const Box &b)
{
    const float areaA = (a.ymax - a.ymin) * (a.xmax - a.xmin), areaB = (b.ymax - b.ymin) * (b.xmax - b.xmin);
    if (areaA <= 0 || areaB <= 0)
        return 0;
    const float height = std::min(a.ymax, b.ymax) - std::max(a.ymin, b.ymin), width = std::min(a.xmax, b.xmax) - std::max(a.xmin, b.xmin);
    const float both = std::max(height, 0.0f) * std::max(width, 0.0f);
    return both / (areaA + areaB - both);
}

// An input of uint8 or float values.
struct Values
{
    bool isFloat = false;
    float scale = 0;
    int zeroPoint = 0;
    explicit Values(const Tensor &t)
        : isFloat(t.type == ElementType::Float32), scale(t.quant.scaleAt(0)), zeroPoint(static_cast<int>(t.quant.zeroPointAt(0))) {}
    float at(const std::byte *data, std::size_t i) const
    {
        if (!isFloat)
            return static_cast<float>(static_cast<int>(data[i]) - zeroPoint) * scale;
        float v;
        std::memcpy(&v, data + i * sizeof v, sizeof v);
        return v;
    }
};

struct Candidate
{
    float score;
    std::int32_t box, column;
};

struct Detector
{
    Options o;
    Values encodings, predictions, anchors;
    std::size_t boxes, codeLength, columns, background; // columns: classes and perhaps the background before them

    // Memory of a run, all from one scratch block.
    struct Work
    {
        Box *decoded;
        float *scores, *best;    // [boxes][columns], [boxes]
        std::int32_t *order;     // boxes above the threshold, best first
        std::uint8_t *active;    // by position in `order`
        std::int32_t *selected;
        std::int32_t *byScore;   // one box's classes, best first
        Candidate *kept, *added, *merged;
    };
    template <class F>
    void layOut(F &&take, Work &w) const
    {
        const auto most = static_cast<std::size_t>(o.maxDetections);
        take(w.decoded, boxes);
        take(w.scores, boxes * columns);
        take(w.best, boxes);
        take(w.order, boxes);
        take(w.active, boxes);
        take(w.selected, boxes);
        take(w.byScore, columns);
        take(w.kept, most);
        take(w.added, most);
        take(w.merged, 2 * most);
    }
    Work work(Scratch &scratch) const
    {
        Work w{};
        std::size_t bytes = 0;
        const auto rounded = [](std::size_t n) { return (n + 63) / 64 * 64; };
        layOut([&](auto *&p, std::size_t n) { bytes += rounded(n * sizeof *p); }, w);
        std::byte *at = scratch.get(bytes);
        layOut([&](auto *&p, std::size_t n) {
            p = reinterpret_cast<std::remove_reference_t<decltype(p)>>(at);
            at += rounded(n * sizeof *p);
        }, w);
        return w;
    }

    void run(const KernelRun &r) const
    {
        const Work w = work(r.scratch);
        for (std::size_t i = 0; i < boxes; ++i) {
            const auto code = [&](std::size_t k) { return static_cast<double>(encodings.at(r.in[0], i * codeLength + k)); };
            const auto anchor = [&](std::size_t k) { return static_cast<double>(anchors.at(r.in[2], i * 4 + k)); };
            const double ay = anchor(0), ax = anchor(1), ah = anchor(2), aw = anchor(3);
            const auto y = static_cast<float>(code(0) / o.yScale * ah + ay), x = static_cast<float>(code(1) / o.xScale * aw + ax);
            const auto h = static_cast<float>(0.5 * std::exp(code(2) / o.hScale) * ah), v = static_cast<float>(0.5 * std::exp(code(3) / o.wScale) * aw);
            w.decoded[i] = {y - h, x - v, y + h, x + v};
            if (w.decoded[i].ymin > w.decoded[i].ymax || w.decoded[i].xmin > w.decoded[i].xmax)
                return r.fail("a box ends before it begins");
        }
        for (std::size_t i = 0; i < boxes * columns; ++i)
            w.scores[i] = predictions.at(r.in[1], i);
        const auto places = static_cast<std::size_t>(o.places());
        std::fill_n(r.output<float>(0), places * 4, 0.0f);
        std::fill_n(r.output<float>(1), places, 0.0f);
        std::fill_n(r.output<float>(2), places, 0.0f);
        if (o.regular)
            regular(r, w);
        else
            fast(r, w);
    }

    void put(const KernelRun &r, std::size_t place, const Box &box, std::size_t column, float score) const
    {
        std::memcpy(r.output<float>(0) + place * 4, &box, sizeof box);
        r.output<float>(1)[place] = static_cast<float>(column);
        r.output<float>(2)[place] = score;
    }

    // Boxes in order of their score, without those that overlap a better one too much; at most `most`. Into w.selected.
    std::size_t suppress(const KernelRun &r, const Work &w, const float *scores, std::size_t stride, std::size_t most) const
    {
        std::size_t n = 0;
        for (std::size_t i = 0; i < boxes; ++i)
            if (scores[i * stride] >= o.scoreThreshold)
                w.order[n++] = static_cast<std::int32_t>(i);
        const auto score = [&](std::int32_t i) { return scores[static_cast<std::size_t>(i) * stride]; };
        std::sort(w.order, w.order + n, [&](std::int32_t a, std::int32_t b) { return score(a) != score(b) ? score(a) > score(b) : a < b; });
        std::fill_n(w.active, n, std::uint8_t{1});
        std::size_t count = 0;
        for (std::size_t i = 0; i < n && count < most && !r.state.isCancelled(); ++i) {
            if (!w.active[i])
                continue;
            w.selected[count++] = w.order[i];
            const Box &box = w.decoded[w.order[i]];
            for (std::size_t j = i + 1; j < n; ++j)
                if (w.active[j] && overlap(box, w.decoded[w.order[j]]) > o.overlapThreshold)
                    w.active[j] = 0;
        }
        return count;
    }

    void fast(const KernelRun &r, const Work &w) const
    {
        const auto classes = static_cast<std::size_t>(o.classes), each = static_cast<std::size_t>(std::min(o.classesPerBox, o.classes));
        const auto bestFirst = [&](std::size_t box, std::size_t count) {
            const float *scores = w.scores + box * columns + background;
            const auto key = [&](std::int32_t c) { return std::isnan(scores[c]) ? -std::numeric_limits<float>::infinity() : scores[c]; };
            const auto better = [&](std::int32_t a, std::int32_t b) { return key(a) != key(b) ? key(a) > key(b) : a < b; };
            std::iota(w.byScore, w.byScore + classes, 0);
            std::partial_sort(w.byScore, w.byScore + count, w.byScore + classes, better);
        };
        for (std::size_t i = 0; i < boxes; ++i) {
            const float *scores = w.scores + i * columns + background;
            w.best[i] = *std::max_element(scores, scores + classes);
        }
        const std::size_t count = suppress(r, w, w.best, 1, static_cast<std::size_t>(o.maxDetections));
        for (std::size_t k = 0; k < count; ++k) {
            const auto box = static_cast<std::size_t>(w.selected[k]);
            bestFirst(box, each);
            for (std::size_t c = 0; c < each; ++c) {
                const auto column = static_cast<std::size_t>(w.byScore[c]);
                put(r, k * static_cast<std::size_t>(o.classesPerBox) + c, w.decoded[box], column, w.scores[box * columns + background + column]);
            }
        }
        *r.output<float>(3) = static_cast<float>(count);
    }

    void regular(const KernelRun &r, const Work &w) const
    {
        const auto most = static_cast<std::size_t>(o.maxDetections), perClass = static_cast<std::size_t>(std::min(o.detectionsPerClass, o.maxDetections));
        std::size_t kept = 0;
        for (std::size_t c = 0; c < static_cast<std::size_t>(o.classes) && !r.state.isCancelled(); ++c) {
            const float *scores = w.scores + background + c;
            const std::size_t added = suppress(r, w, scores, columns, perClass);
            for (std::size_t k = 0; k < added; ++k)
                w.added[k] = {scores[static_cast<std::size_t>(w.selected[k]) * columns], w.selected[k], static_cast<std::int32_t>(c)};
            std::merge(w.kept, w.kept + kept, w.added, w.added + added, w.merged, [](const Candidate &a, const Candidate &b) { return a.score > b.score; });
            kept = std::min(kept + added, most);
            std::copy_n(w.merged, kept, w.kept);
        }
        for (std::size_t k = 0; k < kept; ++k)
            put(r, k, w.decoded[w.kept[k].box], static_cast<std::size_t>(w.kept[k].column), w.kept[k].score);
        *r.output<float>(3) = static_cast<float>(kept);
    }
};

bool fits(const Tensor &t, std::size_t rank) { return t.shape.size() == rank && (t.type == ElementType::Float32 || t.type == ElementType::UInt8); }

} // namespace

std::vector<Shape> detectionShapes(const Operator &op)
{
    if (op.code != Op::Custom || op.customCode != kDetectionPostprocess)
        return {};
    const auto o = readOptions(op);
    if (!o)
        return {};
    const auto n = static_cast<std::int32_t>(o->places());
    return {{1, n, 4}, {1, n}, {1, n}, {1}};
}

Result<Kernel> makeDetectionPostprocess(const KernelSetup &s)
{
    const auto o = readOptions(s.op());
    if (!o)
        return s.unsupported("its options are missing or senseless");
    if (s.inputCount() != 3 || s.outputCount() != 4)
        return s.unsupported("it has not three inputs and four outputs");
    const Tensor &encodings = s.input(0), &predictions = s.input(1), &anchors = s.input(2);
    if (!fits(encodings, 3) || !fits(predictions, 3) || !fits(anchors, 2) || anchors.type != encodings.type)
        return s.unsupported("an input's type or rank");
    const auto shapes = detectionShapes(s.op());
    for (std::size_t k = 0; k < 4; ++k)
        if (s.output(k).type != ElementType::Float32 || elementCount(s.output(k).shape) > elementCount(shapes[k]))
            return s.unsupported("an output is no float tensor of the size that the options say");
    const std::int64_t columns = predictions.shape[2], background = columns - o->classes;
    if (encodings.shape[0] != 1 || predictions.shape[0] != 1 || predictions.shape[1] != encodings.shape[1] || encodings.shape[2] < 4 ||
        anchors.shape[0] != encodings.shape[1] || anchors.shape[1] != 4 || background < 0 || background > 1)
        return s.unsupported("boxes, scores and anchors do not fit each other");
    if (!(o->overlapThreshold > 0 && o->overlapThreshold <= 1))
        return s.unsupported("the overlap threshold is not in (0, 1]");
    if (o->classesPerBox < 1 || (o->regular && std::min(o->detectionsPerClass, o->maxDetections) < 1))
        return s.unsupported("no detection is asked for");
    const auto size = [](std::int64_t v) { return static_cast<std::size_t>(v); };
    const Detector detector{*o, Values(encodings), Values(predictions), Values(anchors), size(encodings.shape[1]), size(encodings.shape[2]),
                            size(columns), size(background)};
    return Kernel([detector](const KernelRun &r) { detector.run(r); });
}

} // namespace requant
