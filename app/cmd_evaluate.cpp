// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/common.h"
#include "app/events.h"
#include "app/progress.h"

#include "core/convert/convert.h"
#include "core/metrics/accumulator.h"
#include "core/metrics/logits.h"
#include "core/metrics/values.h"
#include "core/sim/samplerunner.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <optional>

namespace requant::cli {

namespace {

struct EvaluateArgs
{
    Common common;
    std::string model, samples, labels, against;
    NumericsArgs numerics;
    std::size_t limit = 0;
    unsigned threads = 0;
    bool reals = false;
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
    // Empty where there is nothing to read.
    void read(std::span<const std::byte> bytes, std::vector<double> &out) const
    {
        out.clear();
        if (readable())
            m_reader->read(bytes, out);
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

// One of the models that are evaluated.
struct Side
{
    const Source *source;
    TensorReader output, logits;
    TensorIndex logitsIndex;
    explicit Side(const Source &s)
        : source(&s), output(*s.model, s.model->subgraphs.front().outputs.empty() ? TensorIndex() : s.model->subgraphs.front().outputs.front()),
          logits(*s.model, logitsTensor(*s.model)), logitsIndex(logitsTensor(*s.model))
    {
    }
};

// What is left of all samples: sums only. [0] is the evaluated model, [1] the one it is compared with.
struct Sums
{
    std::array<std::size_t, 2> top1{}, top5{};
    std::size_t gained = 0, lost = 0, agreeing = 0;
    double signal = 0, error = 0;
    bool comparable = true;
    std::vector<LayerCounters> counters; // of the evaluated model, by operator
};

// All models on one sample after the other, side by side.
class Evaluator : public SampleWorker
{
public:
    static Result<std::unique_ptr<SampleWorker>> create(const std::vector<Side> &sides, const SampleSet &samples,
                                                        const std::vector<std::int64_t> &labels, const Numerics &numerics, Sums &sums)
    {
        auto self = std::unique_ptr<Evaluator>(new Evaluator(sides, samples, labels, sums));
        for (const Side &side : sides) {
            const bool isFirst = &side == &sides.front();
            const Numerics n = isFirst ? numerics : sourceNumerics(numerics);
            Result<Simulator> sim = Simulator::create(side.source->model, {n.arithmetic, true, n.accumulator, isFirst});
            if (!sim)
                return inFile(sim.error(), side.source->file);
            if (const Status s = sim->outputsSupported(); !s)
                return inFile(s.error(), side.source->file);
            self->m_sims.push_back(std::move(*sim));
        }
        return std::unique_ptr<SampleWorker>(std::move(self));
    }

    Status compute(std::size_t i, const RunControl &control) override
    {
        for (std::size_t k = 0; k < m_sides.size(); ++k) {
            const Side &side = m_sides[k];
            Simulator &sim = m_sims[k];
            if (const Status s = runSample(sim, m_samples, i, control); !s)
                return inFile(s.error(), side.source->file);
            Outcome &o = m_outcomes[k];
            side.output.read(sim.output(0), m_values);
            if (m_values.empty())
                return badFile(side.source->file, "the first output is empty");
            const std::size_t rank = rankOf(m_values, m_labels[i]);
            o.top1 = rank < 1 && rank < m_values.size();
            o.top5 = rank < 5 && rank < m_values.size();
            o.largest = largestOf(m_values);
            side.logits.read(sim.tensor(side.logitsIndex), o.logits);
        }
        m_signal = m_error = 0;
        const std::vector<double> &y = m_outcomes[0].logits, &x = m_outcomes[1].logits;
        for (std::size_t k = 0; k < std::min(x.size(), y.size()); ++k) {
            m_signal += x[k] * x[k];
            m_error += (y[k] - x[k]) * (y[k] - x[k]);
        }
        return success();
    }

    Status deliver(std::size_t) override
    {
        const Outcome &now = m_outcomes[0], &before = m_outcomes[1];
        for (std::size_t k = 0; k < m_sides.size(); ++k) {
            m_sums.top1[k] += m_outcomes[k].top1;
            m_sums.top5[k] += m_outcomes[k].top5;
        }
        m_sums.gained += now.top1 && !before.top1;
        m_sums.lost += !now.top1 && before.top1;
        m_sums.agreeing += now.largest == before.largest;
        m_sums.comparable = m_sums.comparable && !before.logits.empty() && before.logits.size() == now.logits.size();
        m_sums.signal += m_signal;
        m_sums.error += m_error;
        return success();
    }

    void finish() override { addCounters(m_sims[0], m_sums.counters); }

private:
    struct Outcome
    {
        bool top1 = false, top5 = false;
        std::size_t largest = 0;
        std::vector<double> logits;
    };
    Evaluator(const std::vector<Side> &sides, const SampleSet &samples, const std::vector<std::int64_t> &labels, Sums &sums)
        : m_sides(sides), m_samples(samples), m_labels(labels), m_sums(sums)
    {
    }

    const std::vector<Side> &m_sides;
    const SampleSet &m_samples;
    const std::vector<std::int64_t> &m_labels;
    Sums &m_sums;
    std::vector<Simulator> m_sims;
    std::array<Outcome, 2> m_outcomes;
    std::vector<double> m_values;
    double m_signal = 0, m_error = 0;
};

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

    const Result<Source> simulated = args.reals ? inReals(*model) : model;
    if (!simulated)
        return fail(simulated.error(), args.common);
    std::vector<Side> sides;
    sides.emplace_back(*simulated);
    if (against)
        sides.emplace_back(*against);
    for (const Side &side : sides)
        if (!side.output.readable())
            return fail(badFile(side.source->file, "the first output has no numbers to rank"), args.common);
    for (const Side &side : sides)
        if (const Status s = samples->fits(*side.source->model); !s)
            return fail(inFile(s.error(), side.source->file), args.common);

    const Numerics numerics = args.numerics.value();
    Sums sums;
    Progress progress(args.common.quiet || args.common.json);
    const SampleLoop loop{n, sampleThreads(n, args.threads, {model->model.get(), against ? against->model.get() : nullptr})};
    const Status ran = forEachSample(
        loop, [&] { return Evaluator::create(sides, *samples, *labels, numerics, sums); }, progress.control());
    progress.clear();
    if (!ran)
        return fail(ran.error(), args.common);

    const double count = static_cast<double>(n);
    const auto percent = [&](std::size_t k) { return 100.0 * static_cast<double>(k) / count; };
    const auto scoresJson = [&](const std::string &file, std::size_t side) {
        return Json{{"model", file}, {"top1", percent(sums.top1[side])}, {"top5", percent(sums.top5[side])},
                    {"top1_correct", sums.top1[side]}, {"top5_correct", sums.top5[side]}};
    };
    const double change = percent(sums.top1[0]) - percent(sums.top1[1]);
    const double error = 100.0 * std::sqrt(static_cast<double>(sums.gained + sums.lost)) / count;
    const double sqnr = sqnrDb(sums.signal, sums.error);
    Json j = scoresJson(args.model, 0);
    j["samples"] = n;
    addNumericsJson(j, numerics);
    if (args.reals)
        j["float"] = true;
    const std::vector<LayerEvents> events = layerEvents(*simulated->model, sums.counters);
    j["counters"] = countersJson(totals(events));
    if (against) {
        j["against"] = scoresJson(args.against, 1);
        j["gained"] = sums.gained;
        j["lost"] = sums.lost;
        j["top1_change"] = change;
        j["standard_error"] = error;
        j["agreement"] = static_cast<double>(sums.agreeing) / count;
        j["sqnr_db"] = sums.comparable ? number(sqnr) : Json(nullptr);
    }
    if (args.common.json) {
        printJson(j);
        return kOk;
    }
    const auto line = [&](const std::string &file, std::size_t side) {
        std::printf("%-48s top-1 %6.2f %% (%zu)   top-5 %6.2f %% (%zu)\n",
                    std::filesystem::path(file).filename().string().c_str(), percent(sums.top1[side]), sums.top1[side],
                    percent(sums.top5[side]), sums.top5[side]);
    };
    std::printf("%zu samples, %s%s\n", n, args.reals ? "the model in float32, otherwise " : "", numericsText(numerics).c_str());
    if (against)
        line(args.against, 1);
    line(args.model, 0);
    if (against)
        std::printf("change %+.2f %% +- %.2f (gained %zu, lost %zu)   agreement %.2f %%   SQNR of the logits %s\n", change, error,
                    sums.gained, sums.lost, percent(sums.agreeing),
                    sums.comparable ? decibelText(sqnr).c_str() : "not comparable");
    for (const std::string &text : eventLines(events, numerics))
        std::printf("%s\n", text.c_str());
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
    addNumerics(sub, args->numerics);
    sub->add_flag("--float", args->reals, "Evaluate what MODEL's integers stand for: the same network in float32");
    sub->add_option("--limit", args->limit, "Use at most this many samples (0: all)")->capture_default_str();
    sub->add_option("--threads", args->threads, "Samples side by side (0: all cores)")->capture_default_str();
    addCommon(sub, args->common);
    sub->footer("The standard error of the change is 100*sqrt(gained+lost)/samples (paired). In --json, top1 and top5 are\n"
                "percentages, agreement is a share, and sqnr_db (of the logits: the first output before a softmax) is null\n"
                "where there is no difference at all. The arithmetic and the widths are MODEL's; the model that it is paired against\n"
                "runs with the runtime's own widths, and in tflite-reference where MODEL shifts.\n\n"
                "Examples:\n"
                "  requant evaluate net.tflite --samples test.npy --labels labels.npy\n"
                "  requant evaluate out/net-symmetric.tflite --against net.tflite --samples test.npy --labels labels.npy --json\n"
                "  requant evaluate net.tflite --float --against net.tflite --samples test.npy --labels labels.npy\n"
                "  requant evaluate chip.tflite --against net.tflite --samples test.npy --labels labels.npy --arithmetic shift-half-up "
                "--accumulator 24:saturate --bias-bits 20");
    sub->callback([args, &exitCode] { exitCode = evaluate(*args); });
}

} // namespace requant::cli
