// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/common.h"
#include "app/progress.h"
#include "app/samplerunner.h"

#include "core/convert/convert.h"
#include "core/metrics/accumulator.h"
#include "core/metrics/logits.h"
#include "core/metrics/values.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <optional>

namespace requant::cli {

namespace {

struct EvaluateArgs
{
    Common common;
    std::string model, samples, labels, against;
    std::string arithmetic = "tflite-reference";
    std::size_t limit = 0;
    unsigned threads = 0;
};

// A tensor of a model as real values (effective grids honoured).
class TensorReader
{
public:
    TensorReader(const Model &model, TensorIndex t)
    {
        if (!t)
            return;
        const auto grids = effectiveGrids(model);
        const auto it = grids.find(t);
        m_reader.emplace(model.subgraphs.front().tensor(t), it == grids.end() ? EffectiveGrid{} : it->second);
    }
    bool readable() const { return m_reader && m_reader->readable(); }
    const ValueReader &reader() const { return *m_reader; }
    std::vector<double> read(std::span<const std::byte> bytes) const
    {
        std::vector<double> out;
        m_reader->read(bytes, out);
        return out;
    }

private:
    std::optional<ValueReader> m_reader;
};

// Position of the label when outputs are ordered from the largest down; equal outputs keep their order.
std::size_t rankOf(const std::vector<double> &outputs, std::int64_t label)
{
    if (label < 0 || static_cast<std::size_t>(label) >= outputs.size())
        return outputs.size();
    const auto l = static_cast<std::size_t>(label);
    std::size_t rank = 0;
    for (std::size_t i = 0; i < outputs.size(); ++i)
        rank += outputs[i] > outputs[l] || (outputs[i] == outputs[l] && i < l);
    return rank;
}

std::size_t largestOf(const std::vector<double> &outputs)
{
    return static_cast<std::size_t>(std::max_element(outputs.begin(), outputs.end()) - outputs.begin());
}

struct Scores
{
    std::vector<std::size_t> largest;
    std::vector<bool> top1, top5;
    std::vector<std::vector<double>> logits;
    std::size_t top1Count() const { return static_cast<std::size_t>(std::count(top1.begin(), top1.end(), true)); }
    std::size_t top5Count() const { return static_cast<std::size_t>(std::count(top5.begin(), top5.end(), true)); }
};

Result<Scores> score(const Source &source, const SampleSet &samples, const std::vector<std::int64_t> &labels,
                     const EvaluateArgs &args, const RunControl &control)
{
    const Subgraph &g = source.model->subgraphs.front();
    const TensorIndex logits = logitsTensor(*source.model);
    const TensorReader reader(*source.model, g.outputs.empty() ? TensorIndex() : g.outputs.front());
    const TensorReader logitsReader(*source.model, logits);
    if (!reader.readable())
        return badFile(source.file, "the first output has no numbers to rank");
    Scores scores;
    const auto deliver = [&](std::size_t i, SampleRun &&run) -> Status {
        std::vector<double> out = run.outputs.empty() ? std::vector<double>() : reader.read(run.outputs[0]);
        if (out.empty())
            return badFile(source.file, "the first output is empty");
        const std::size_t rank = rankOf(out, labels[i]);
        scores.top1.push_back(rank < 1 && rank < out.size());
        scores.top5.push_back(rank < 5 && rank < out.size());
        scores.largest.push_back(largestOf(out));
        scores.logits.push_back(logitsReader.readable() ? logitsReader.read(run.taps[0]) : std::vector<double>());
        return success();
    };
    const RunPlan plan{source.model, &samples, labels.size(), args.threads, arithmeticOf(args.arithmetic), {logits}};
    if (const Status s = runSamples(plan, deliver, {}, control); !s) {
        Error e = s.error();
        if (e.file.empty())
            e.file = source.file.string();
        return e;
    }
    return scores;
}

struct Paired
{
    std::size_t gained = 0, lost = 0, agreeing = 0;
    double sqnr = 0;
    bool comparable = true;
};

Paired pairUp(const Scores &source, const Scores &now)
{
    Paired p;
    double signal = 0, error = 0;
    for (std::size_t i = 0; i < now.top1.size(); ++i) {
        p.gained += now.top1[i] && !source.top1[i];
        p.lost += !now.top1[i] && source.top1[i];
        p.agreeing += now.largest[i] == source.largest[i];
        const std::vector<double> &x = source.logits[i], &y = now.logits[i];
        p.comparable = p.comparable && !x.empty() && x.size() == y.size();
        for (std::size_t k = 0; k < std::min(x.size(), y.size()); ++k) {
            signal += x[k] * x[k];
            error += (y[k] - x[k]) * (y[k] - x[k]);
        }
    }
    p.sqnr = sqnrDb(signal, error);
    return p;
}

int evaluate(const EvaluateArgs &args)
{
    const Result<Source> model = loadSource(args.model);
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
    const Result<SampleSet> samples = SampleSet::open(args.samples, against ? *against->model : *model->model, args.limit);
    if (!samples)
        return fail(inFile(samples.error(), against ? args.against : args.model), args.common);
    Result<std::vector<std::int64_t>> labels = loadLabels(args.labels);
    if (!labels)
        return fail(labels.error(), args.common);
    const std::size_t n = args.limit ? std::min(args.limit, samples->size()) : samples->size();
    if (labels->size() < n || (args.limit == 0 && labels->size() != n))
        return fail(badFile(args.labels, formatted("%zu labels for %zu samples", labels->size(), n)), args.common);
    if (n == 0)
        return fail(badFile(args.samples, "there is no sample in it"), args.common);
    labels->resize(n);

    Progress progress(args.common.quiet || args.common.json);
    const Result<Scores> now = score(*model, *samples, *labels, args, progress.control());
    std::optional<Scores> before;
    if (now && against) {
        Result<Scores> s = score(*against, *samples, *labels, args, progress.control());
        progress.clear();
        if (!s)
            return fail(s.error(), args.common);
        before = std::move(*s);
    }
    progress.clear();
    if (!now)
        return fail(now.error(), args.common);

    const double count = static_cast<double>(n);
    const auto percent = [&](std::size_t k) { return 100.0 * static_cast<double>(k) / count; };
    const auto scoresJson = [&](const std::string &file, const Scores &s) {
        return Json{{"model", file}, {"top1", percent(s.top1Count())}, {"top5", percent(s.top5Count())},
                    {"top1_correct", s.top1Count()}, {"top5_correct", s.top5Count()}};
    };
    Json j = scoresJson(args.model, *now);
    j["samples"] = n;
    j["arithmetic"] = args.arithmetic;
    std::optional<Paired> paired;
    if (before) {
        paired = pairUp(*before, *now);
        j["against"] = scoresJson(args.against, *before);
        j["gained"] = paired->gained;
        j["lost"] = paired->lost;
        j["top1_change"] = percent(now->top1Count()) - percent(before->top1Count());
        j["standard_error"] = 100.0 * std::sqrt(static_cast<double>(paired->gained + paired->lost)) / count;
        j["agreement"] = static_cast<double>(paired->agreeing) / count;
        j["sqnr_db"] = paired->comparable ? number(paired->sqnr) : Json(nullptr);
    }
    if (args.common.json) {
        printJson(j);
        return kOk;
    }
    const auto line = [&](const std::string &file, const Scores &s) {
        std::printf("%-48s top-1 %6.2f %% (%zu)   top-5 %6.2f %% (%zu)\n",
                    std::filesystem::path(file).filename().string().c_str(), percent(s.top1Count()), s.top1Count(),
                    percent(s.top5Count()), s.top5Count());
    };
    std::printf("%zu samples, %s\n", n, args.arithmetic.c_str());
    if (before)
        line(args.against, *before);
    line(args.model, *now);
    if (paired) {
        std::printf("change %+.2f %% +- %.2f (gained %zu, lost %zu)   agreement %.2f %%   SQNR of the logits %s\n",
                    percent(now->top1Count()) - percent(before->top1Count()),
                    100.0 * std::sqrt(static_cast<double>(paired->gained + paired->lost)) / count, paired->gained,
                    paired->lost, percent(paired->agreeing),
                    paired->comparable ? decibelText(paired->sqnr).c_str() : "not comparable");
    }
    return kOk;
}

} // namespace

void addEvaluate(CLI::App &app, int &exitCode)
{
    auto args = std::make_shared<EvaluateArgs>();
    CLI::App *sub = app.add_subcommand("evaluate", "Accuracy on labelled samples, alone or paired against the source");
    sub->add_option("MODEL", args->model, "TFLite file")->required();
    sub->add_option("--samples", args->samples, ".npy file, folder of pictures, or raw file")->required();
    sub->add_option("--labels", args->labels, ".npy file with one integer per sample: the index of the right output")
        ->required();
    sub->add_option("--against", args->against, "Source model: gained, lost, agreement, SQNR of the logits");
    addArithmetic(sub, args->arithmetic);
    sub->add_option("--limit", args->limit, "Use at most this many samples (0: all)")->capture_default_str();
    sub->add_option("--threads", args->threads, "Samples side by side (0: all cores)")->capture_default_str();
    addCommon(sub, args->common);
    sub->footer("The standard error of the change is 100*sqrt(gained+lost)/samples (paired). In --json, top1 and top5 are\n"
                "percentages, agreement is a share, and sqnr_db (of the logits: the first output before a softmax) is null\n"
                "where there is no difference at all.\n\n"
                "Examples:\n"
                "  requant evaluate net.tflite --samples test.npy --labels labels.npy\n"
                "  requant evaluate out/net-symmetric.tflite --against net.tflite --samples test.npy --labels labels.npy --json");
    sub->callback([args, &exitCode] { exitCode = evaluate(*args); });
}

} // namespace requant::cli
