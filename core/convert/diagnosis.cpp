// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/convert/diagnosis.h"

#include "core/convert/reporttext.h"
#include "core/metrics/incremental.h"
#include "core/metrics/layerpairs.h"
#include "core/scheme/scheme.h"

#include <algorithm>
#include <cmath>

namespace requant {

namespace {

constexpr std::size_t kSyntheticSamples = 16; // the conversion's own, see convert.cpp
constexpr std::size_t kKeptActivations = std::size_t{96} << 20;

struct Toggle
{
    const char *key, *name;
    bool Algorithms::*flag;
    std::optional<bool> AlgorithmChoice::*choice;
};
// In the order in which they build on each other.
constexpr Toggle kToggles[]{
    {"weight_correction", "+ weight correction", &Algorithms::weightCorrection, &AlgorithmChoice::weightCorrection},
    {"zero_point_folding", "+ zero-point folding", &Algorithms::zeroPointFolding, &AlgorithmChoice::zeroPointFolding},
    {"scale_search", "+ scale search", &Algorithms::scaleSearch, &AlgorithmChoice::scaleSearch},
    {"rounding_search", "+ rounding search", &Algorithms::roundingSearch, &AlgorithmChoice::roundingSearch},
    {"equalization", "+ equalization", &Algorithms::equalization, &AlgorithmChoice::equalization},
    {"error_folding", "+ error folding", &Algorithms::errorFolding, &AlgorithmChoice::errorFolding},
    {"empirical_folding", "+ empirical folding", &Algorithms::empiricalFolding, &AlgorithmChoice::empiricalFolding},
};

// The recipe without any algorithm that is not allowed, whatever a rule says.
Recipe restricted(Recipe r, const Algorithms &allowed)
{
    for (const Toggle &t : kToggles) {
        if (allowed.*t.flag)
            continue;
        r.algorithms.*t.flag = false;
        for (Rule &rule : r.rules)
            (rule.algorithms.*t.choice).reset();
    }
    return r;
}

struct Step
{
    DiagnosisStep step;
    Recipe recipe;
};

std::vector<Step> stepsOf(const ConvertInput &input, bool each)
{
    const Algorithms used = usedAlgorithms(assignScheme(*input.model, input.recipe));
    const Effort effort = input.recipe.effort.value_or(input.samples ? Effort::Best : Effort::Balanced);
    const bool data = effort != Effort::Fast, real = effort == Effort::Best && input.samples;
    std::vector<Step> steps;
    const auto add = [&](const char *key, const char *name, const Algorithms &a) {
        steps.push_back({{key, name, a, {}}, restricted(input.recipe, a)});
    };
    add("naive", "naive", Algorithms::naive());
    for (const Toggle &t : kToggles) {
        // Without samples these do nothing.
        const bool works =
            (t.flag != &Algorithms::roundingSearch || data) && (t.flag != &Algorithms::empiricalFolding || real);
        Algorithms a = steps.back().step.algorithms;
        if (!each || !works || !(used.*t.flag))
            continue;
        a.*t.flag = true;
        add(t.key, t.name, a);
    }
    if (!each && used != Algorithms::naive())
        add("recipe", "as the recipe says", used);
    // The last one is the recipe, whatever it says.
    steps.back().step.algorithms = used;
    steps.back().recipe = input.recipe;
    return steps;
}

std::string counted(std::size_t n, std::size_t of, const char *one, const char *many)
{
    return std::to_string(n) + " of " + std::to_string(of) + ' ' + (of == 1 ? one : many);
}

} // namespace

Result<Diagnosis> diagnose(const ConvertInput &input, const DiagnoseOptions &options, const RunControl &run)
{
    if (!input.model || input.model->subgraphs.empty())
        return makeError(kEmptyModel);
    ConvertInput one = input;
    if (!one.evidence || one.evidence->source() != input.model)
        one.evidence = std::make_shared<SourceEvidence>(input.model);
    std::string why;
    const auto samples = input.samples ? input.samples : one.evidence->synthetic(kSyntheticSamples, &why);
    if (!samples)
        return makeError(kCannotSplit, {why});
    Diagnosis out;
    out.samples = samples->description();
    const std::vector<Step> steps = stepsOf(input, options.steps);
    std::vector<SplitTarget> targets;
    std::optional<IncrementalComparison> comparison;
    if (options.endToEnd)
        comparison.emplace(input.model, *samples, IncrementalOptions{options.samples, kKeptActivations, 0});
    for (std::size_t i = 0; i < steps.size(); ++i) {
        DiagnosisStep step = steps[i].step;
        if (!run.step(i, steps.size() + 1, step.name))
            return cancelledError();
        one.recipe = steps[i].recipe;
        const bool last = i + 1 == steps.size();
        auto c = last && options.finished ? Result<Conversion>(*options.finished) : convert(one, run.silent());
        if (!c)
            return c.error();
        ErrorReport errors = measureWeights(c->compared());
        if (comparison) {
            auto measured = comparison->update(c->compared(), numerics(c->recipe), run.silent());
            if (!measured)
                return measured.error();
            errors = std::move(*measured);
        }
        step.hasOutput = errors.hasOutput;
        step.outputSqnrDb = errors.outputSqnrDb;
        step.agreement = errors.agreement;
        out.steps.push_back(std::move(step));
        targets.push_back({c->compared(), numerics(c->recipe)});
        if (last) {
            out.conversion = std::move(*c);
            out.errors = std::move(errors);
        }
    }
    SplitOptions how;
    how.samples = options.samples;
    how.layers = options.layers;
    auto splits = measureErrorSplits(targets, *samples, how, run);
    if (!splits)
        return splits.error();
    for (std::size_t i = 0; i < out.steps.size(); ++i)
        out.steps[i].split = std::move((*splits)[i]);
    return out;
}

std::vector<const LayerSplit *> worstSplits(const ErrorSplit &split)
{
    std::vector<const LayerSplit *> out;
    for (const LayerSplit &l : split.layers)
        if (l.measured)
            out.push_back(&l);
    std::stable_sort(out.begin(), out.end(), [](const auto *a, const auto *b) { return a->sqnrDb() < b->sqnrDb(); });
    return out;
}

std::string explanation(const LayerSplit &l)
{
    using reporttext::fixed;
    if (!l.measured)
        return l.unsplit.empty() ? "not measured" : "not measured: " + l.unsplit;
    if (l.total == 0)
        return "no error";
    if (!l.unsplit.empty())
        return "only the total is known: " + l.unsplit;
    switch (l.largest()) {
    case Cause::WeightRounding: return "weights: rounded to their new steps";
    case Cause::Clipping:
        if (l.clippedWeights > 0 && l.saturated * 2 < l.part(Cause::Clipping))
            return "weights: " + counted(l.clippedChannels, l.channels, "channel is cut off", "channels are cut off")
                   + ", the farthest " + fixed(l.clippedMost, 1) + " steps beyond the end";
        return "output: " + fixed(100 * l.saturated, 2) + " % of its values lie beyond its new range";
    case Cause::BiasCorrection:
        return "bias: moved by other than this layer's mean error on these samples (other data, or earlier layers' "
               "errors)";
    case Cause::BiasRounding:
        return l.cutBiases ? "bias: "
                                 + counted(l.cutBiases, l.channels, "bias does not fit its width",
                                           "biases do not fit their width")
                           : "bias: rounded to its new step";
    case Cause::InputGrid: return "input: put on its new grid";
    case Cause::OutputGrid:
        return l.total < 1.0 / 6 ? "output: rounded to its new steps, as good as these allow"
                                 : "output: rounded to its new steps";
    case Cause::Multiplier: return "multiplier: rounded to the arithmetic's fixed point or float";
    case Cause::Arithmetic:
        return l.weighted ? "arithmetic: rounds other than to the nearest, or its accumulator overflows"
                          : "arithmetic: the operator's own multipliers and roundings";
    case Cause::Boundary: return "input: a requantize operator in front of the layer";
    }
    return {};
}

} // namespace requant
