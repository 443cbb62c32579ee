// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/evaluator.h"
#include "app/events.h"
#include "app/progress.h"

#include "core/metrics/accumulator.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <optional>

namespace requant::cli {

namespace {

struct EvaluateArgs
{
    Common common;
    std::string encodings, model, samples, labels, against;
    NumericsArgs numerics;
    std::size_t limit = 0;
    unsigned threads = 0;
    bool reals = false;
};

double percent(std::size_t k, std::size_t n)
{
    return 100.0 * static_cast<double>(k) / static_cast<double>(n);
}

// The change of top-1 in points.
double changeOf(const EvaluationSums &s, std::size_t n)
{
    return percent(s.top1[0], n) - percent(s.top1[1], n);
}

double standardError(const EvaluationSums &s, std::size_t n)
{
    return 100.0 * std::sqrt(static_cast<double>(s.gained + s.lost)) / static_cast<double>(n);
}

// The same largest output says something where outputs are ranked.
bool hasAgreement(const Evaluation &e)
{
    return e.labels || e.kind() == OutputKind::Scores;
}

Json scoresJson(const std::string &file, const Evaluation &e, const EvaluationSums &sums, std::size_t side,
                std::size_t n)
{
    Json j{{"model", file}};
    if (e.labels) {
        j["top1"] = percent(sums.top1[side], n);
        j["top5"] = percent(sums.top5[side], n);
        j["top1_correct"] = sums.top1[side];
        j["top5_correct"] = sums.top5[side];
    }
    return j;
}

Json resultJson(const EvaluateArgs &args, const Evaluation &e, const EvaluationSums &sums, std::size_t n)
{
    Json j = scoresJson(args.model, e, sums, 0, n);
    j["samples"] = n;
    addNumericsJson(j, e.numerics);
    if (args.reals)
        j["float"] = true;
    j["counters"] = countersJson(totals(layerEvents(*e.models[0].source->model, sums.counters)));
    if (e.models.size() < 2)
        return j;
    j["outputs"] = outputKindName(e.kind());
    j["against"] = scoresJson(args.against, e, sums, 1, n);
    if (e.labels) {
        j["gained"] = sums.gained;
        j["lost"] = sums.lost;
        j["top1_change"] = changeOf(sums, n);
        j["standard_error"] = standardError(sums, n);
    }
    j["agreement"] =
        hasAgreement(e) ? Json(static_cast<double>(sums.agreeing) / static_cast<double>(n)) : Json(nullptr);
    j["sqnr_db"] = sums.comparable ? number(sqnrDb(sums.signal, sums.error)) : Json(nullptr);
    j["exact"] = sums.comparable && sums.error == 0;
    if (e.kind() == OutputKind::Mask)
        j["mask"] = {{"mean_iou", number(sums.masks.meanIou())},
                     {"equal_places", number(sums.masks.equalShare())},
                     {"classes", sums.masks.classes()}};
    if (e.kind() == OutputKind::Detections)
        j["boxes"] = {{"mean_iou", number(sums.boxes.meanIou())},
                      {"matched_share", number(sums.boxes.matchedShare())},
                      {"source", sums.boxes.wanted},
                      {"matched", sums.boxes.matched},
                      {"model", sums.boxes.certain},
                      {"extra", sums.boxes.extra}};
    return j;
}

void printResult(const EvaluateArgs &args, const Evaluation &e, const EvaluationSums &sums, std::size_t n)
{
    std::printf("%zu samples, %s%s\n", n, args.reals ? "the model in float32, otherwise " : "",
                numericsText(e.numerics).c_str());
    const auto line = [&](const std::string &file, std::size_t side) {
        if (e.labels)
            std::printf("%-48s top-1 %6.2f %% (%zu)   top-5 %6.2f %% (%zu)\n",
                        std::filesystem::path(file).filename().string().c_str(), percent(sums.top1[side], n),
                        sums.top1[side], percent(sums.top5[side], n), sums.top5[side]);
    };
    if (e.models.size() > 1)
        line(args.against, 1);
    line(args.model, 0);
    if (e.models.size() > 1) {
        std::string text;
        if (e.labels)
            text = formatted("change %+.2f %% +- %.2f (gained %zu, lost %zu)   ", changeOf(sums, n),
                             standardError(sums, n), sums.gained, sums.lost);
        if (hasAgreement(e))
            text += formatted("agreement %.2f %%   ", percent(sums.agreeing, n));
        const std::string sqnr = sums.comparable ? decibelText(sqnrDb(sums.signal, sums.error)) : "not comparable";
        std::printf("%sSQNR of the logits %s\n", text.c_str(), sqnr.c_str());
        if (e.kind() == OutputKind::Mask)
            std::printf("mask: mean IoU %.2f %% over %s   %.2f %% of the places equal\n", 100 * sums.masks.meanIou(),
                        plural(sums.masks.classes(), "class", "classes").c_str(), 100 * sums.masks.equalShare());
        if (e.kind() == OutputKind::Detections && sums.boxes.wanted > 0)
            std::printf("boxes: mean IoU %.2f %%   %zu of %zu matched (%.2f %%)   %zu of %zu extra\n",
                        100 * sums.boxes.meanIou(), sums.boxes.matched, sums.boxes.wanted,
                        100 * sums.boxes.matchedShare(), sums.boxes.extra, sums.boxes.certain);
        else if (e.kind() == OutputKind::Detections)
            std::printf("boxes: the source finds none, the model %zu\n", sums.boxes.certain);
    }
    for (const std::string &text : eventLines(layerEvents(*e.models[0].source->model, sums.counters), e.numerics))
        std::printf("%s\n", text.c_str());
}

int evaluate(const EvaluateArgs &args)
{
    if (args.labels.empty() && args.against.empty())
        return failUsage("give --labels, --against or both", args.common, "evaluate");
    const Result<Source> model = loadSource(args.model, args.encodings);
    if (!model)
        return fail(model.error(), args.common);
    std::optional<Source> against;
    if (!args.against.empty()) {
        const Result<Source> other = loadSource(args.against);
        if (!other)
            return fail(other.error(), args.common);
        against = *other;
    }
    // The samples belong to the source: its inputs decide what a pixel means.
    const Result<SampleSet> samples =
        SampleSet::open(args.samples, against ? *against->model : *model->model, args.limit);
    if (!samples)
        return fail(inFile(samples.error(), against ? args.against : args.model), args.common);
    const std::size_t n = args.limit ? std::min(args.limit, samples->size()) : samples->size();
    if (n == 0)
        return fail(badFile(args.samples, "there is no sample in it"), args.common);
    std::vector<std::int64_t> labels;
    if (!args.labels.empty()) {
        Result<std::vector<std::int64_t>> loaded = loadLabels(args.labels);
        if (!loaded)
            return fail(loaded.error(), args.common);
        if (loaded->size() < n || (args.limit == 0 && loaded->size() != n))
            return fail(badFile(args.labels, formatted("%zu labels for %zu samples", loaded->size(), n)), args.common);
        labels = std::move(*loaded);
    }

    const Result<Source> simulated = args.reals ? inReals(*model) : model;
    if (!simulated)
        return fail(simulated.error(), args.common);
    std::vector<EvaluatedModel> models;
    models.emplace_back(*simulated);
    if (against)
        models.emplace_back(*against);
    for (const EvaluatedModel &m : models)
        if (!m.output.readable())
            return fail(badFile(m.source->file, "the first output has no numbers to rank"), args.common);
    for (const EvaluatedModel &m : models)
        if (const Status s = samples->fits(*m.source->model); !s)
            return fail(inFile(s.error(), m.source->file), args.common);

    const Evaluation evaluation{models, *samples, args.labels.empty() ? nullptr : &labels, args.numerics.value()};
    Progress progress(args.common.quiet || args.common.json);
    const Result<EvaluationSums> sums = evaluateSamples(evaluation, n, args.threads, progress.control());
    progress.clear();
    if (!sums)
        return fail(sums.error(), args.common);
    if (args.common.json)
        printJson(resultJson(args, evaluation, *sums, n));
    else
        printResult(args, evaluation, *sums, n);
    return kOk;
}

} // namespace

void addEvaluate(CLI::App &app, int &exitCode)
{
    auto args = std::make_shared<EvaluateArgs>();
    CLI::App *sub =
        app.add_subcommand("evaluate", "Accuracy on labelled samples, and agreement with the source on any");
    sub->add_option("MODEL", args->model, "TFLite or ONNX file")->required();
    sub->add_option("--encodings", args->encodings, "AIMET encodings (JSON) of MODEL, which is a float network then");
    sub->add_option("--samples", args->samples, ".npy file, folder of pictures, or raw file")->required();
    sub->add_option("--labels", args->labels,
                    ".npy file with one integer per sample: the index of the right output; not needed with --against");
    sub->add_option("--against", args->against,
                    "Source model: gained, lost, agreement, SQNR of the logits, mean IoU of boxes and masks");
    addNumerics(sub, args->numerics);
    sub->add_flag("--float", args->reals, "Evaluate what MODEL's integers stand for: the same network in float32");
    sub->add_option("--limit", args->limit, "Use at most this many samples (0: all)")->capture_default_str();
    sub->add_option("--threads", args->threads, "Samples side by side (0: all cores)")->capture_default_str();
    addCommon(sub, args->common);
    sub->footer(
        "The standard error of the change is 100*sqrt(gained+lost)/samples (paired). Masks (ARG_MAX, or SOFTMAX for "
        "each\n"
        "pixel): IoU of each class over all pixels of all samples, mean over the classes that either has. Boxes\n"
        "(TFLite_Detection_PostProcess): each of the source's with a score of 0.5 or more, the surest first, takes the "
        "box of\n"
        "the same class with a score of 0.25 or more that overlaps most, if the IoU is 0.5 or more; the mean is over "
        "all of\n"
        "the source's, 0 for those without. Extra: boxes of 0.5 or more that none took. In --json, top1 and top5 are\n"
        "percentages, agreement and IoU are shares, and sqnr_db (of the logits: the first output before a softmax) is "
        "null\n"
        "where there is no difference at all (exact: true) or nothing comparable. The arithmetic and the widths are "
        "MODEL's; the model that it is paired against\n"
        "runs with the runtime's own widths, and in tflite-reference where MODEL shifts.\n\n"
        "Examples:\n"
        "  requant evaluate net.tflite --samples test.npy --labels labels.npy\n"
        "  requant evaluate out/net-symmetric.tflite --against net.tflite --samples test.npy --labels labels.npy "
        "--json\n"
        "  requant evaluate out/detector-symmetric.tflite --against detector.tflite --samples photos/\n"
        "  requant evaluate net.tflite --float --against net.tflite --samples test.npy --labels labels.npy\n"
        "  requant evaluate chip.tflite --against net.tflite --samples test.npy --labels labels.npy --arithmetic "
        "shift-half-up "
        "--accumulator 24:saturate --bias-bits 20");
    sub->callback([args, &exitCode] { exitCode = evaluate(*args); });
}

} // namespace requant::cli
