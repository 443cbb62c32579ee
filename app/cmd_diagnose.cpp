// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/common.h"
#include "app/progress.h"

#include "core/base/files.h"
#include "core/convert/diagnosis.h"
#include "core/convert/report.h"
#include "core/scheme/glob.h"

#include <algorithm>
#include <cstdio>

namespace requant::cli {

namespace {

struct DiagnoseArgs
{
    Common common;
    std::string model, profile, recipe, samples, preset, csv, html;
    std::vector<std::string> layers;
    std::size_t sampleLimit = 64, measureLimit = 8, worst = 10;
    bool noSteps = false;
};

// Operators by number or by glob on the layer's name; an exit code if one matches nothing.
int chosenLayers(const DiagnoseArgs &args, const Model &model, std::vector<OperatorIndex> &out)
{
    const Subgraph &g = model.subgraphs.front();
    const std::vector<std::string> names = layerNames(g);
    for (const std::string &wanted : args.layers) {
        const std::size_t before = out.size();
        const bool number = !wanted.empty() && wanted.find_first_not_of("0123456789") == std::string::npos;
        for (std::size_t i = 0; i < g.operators.size(); ++i)
            if (number ? std::to_string(i) == wanted : globMatches(wanted, names[i]))
                out.push_back(OperatorIndex(i));
        if (out.size() == before)
            return failUsage("no layer is '" + wanted + "'", args.common, "diagnose");
    }
    return kOk;
}

std::string shareText(const LayerSplit &l, double part)
{
    return !l.unsplit.empty() || l.total <= 0 ? std::string("-") : formatted("%.1f", 100 * part / l.total);
}

// The worst layers with their causes, and a second line with the largest cause in words.
void printSplit(const Diagnosis &d, std::size_t most)
{
    const Subgraph &g = d.conversion.source->subgraphs.front();
    auto rows = worstSplits(d.corrected());
    const std::size_t all = rows.size();
    if (most && rows.size() > most)
        rows.resize(most);
    std::printf(
        "\nwhere the error of the worst layers comes from (%zu of %zu), in %% of the layer's mean square error\n",
        rows.size(), all);
    std::printf("  %4s %-18s %9s %9s %9s %8s %7s %8s %7s %7s %7s %7s %8s\n", "#", "operator", "naive", "now", "steps^2",
                "weights", "clip", "bias", "input", "output", "scaling", "bound.", "mixed");
    for (const LayerSplit *l : rows) {
        const LayerSplit &before = d.naive().layers[l->source.pos()];
        const auto share = [&](std::initializer_list<Cause> causes) {
            double sum = 0;
            for (const Cause c : causes)
                sum += l->part(c);
            return shareText(*l, sum);
        };
        std::printf("  %4d %-18s %9s %9s %9.4g %8s %7s %8s %7s %7s %7s %7s %8s\n", l->source.value,
                    opName(g.op(l->source).code).c_str(), before.measured ? decibelText(before.sqnrDb()).c_str() : "-",
                    decibelText(l->sqnrDb()).c_str(), l->total, share({Cause::WeightRounding}).c_str(),
                    share({Cause::Clipping}).c_str(), share({Cause::BiasCorrection, Cause::BiasRounding}).c_str(),
                    share({Cause::InputGrid}).c_str(), share({Cause::OutputGrid}).c_str(),
                    share({Cause::Multiplier, Cause::Arithmetic}).c_str(), share({Cause::Boundary}).c_str(),
                    shareText(*l, l->interaction).c_str());
        std::printf("       %s\n", l->name.c_str());
        if (before.measured)
            std::printf("       naive: %s\n", explanation(before).c_str());
        std::printf("       now:   %s\n", explanation(*l).c_str());
    }
}

void printSteps(const Diagnosis &d, std::size_t most)
{
    std::printf("\nwhat each algorithm bought: SQNR of the layer alone in dB, the layers that were worst first\n");
    for (std::size_t i = 0; i < d.steps.size(); ++i)
        std::printf("  %zu %s\n", i, d.steps[i].name.c_str());
    std::printf("  %4s", "#");
    for (std::size_t i = 0; i < d.steps.size(); ++i)
        std::printf(" %7zu", i);
    std::printf("  layer\n  %4s", "");
    for (const DiagnosisStep &s : d.steps)
        std::printf(" %7s", s.hasOutput ? formatted("%.1f", s.outputSqnrDb).c_str() : "-");
    std::printf("  output, end to end\n");
    auto rows = worstSplits(d.naive());
    if (most && rows.size() > most)
        rows.resize(most);
    for (const LayerSplit *l : rows) {
        std::printf("  %4d", l->source.value);
        for (const DiagnosisStep &s : d.steps) {
            const LayerSplit &now = s.split.layers[l->source.pos()];
            const double db = now.sqnrDb();
            std::printf(" %7s", !now.measured ? "-" : std::isfinite(db) ? formatted("%.1f", db).c_str() : "exact");
        }
        std::printf("  %s\n", l->name.c_str());
    }
}

int diagnoseModel(const DiagnoseArgs &args)
{
    if (args.profile.empty() == args.recipe.empty())
        return failUsage("give one --profile or one --recipe", args.common, "diagnose");
    Recipe recipe;
    std::string id = args.profile, title;
    if (!args.profile.empty()) {
        const Profile *p = findProfile(args.profile);
        if (!p)
            return failUsage(noProfileText(args.profile), args.common, "diagnose");
        recipe = p->recipe;
        title = p->title;
    } else {
        const Result<Recipe> r = loadRecipe(args.recipe);
        if (!r)
            return fail(r.error(), args.common);
        recipe = *r;
        id = std::filesystem::path(args.recipe).stem().string();
        title = recipe.description.empty() ? recipe.name : recipe.description;
    }
    for (const Effort e : {Effort::Fast, Effort::Balanced, Effort::Best})
        if (args.preset == effortName(e))
            recipe.effort = e;
    const Result<Source> source = loadSource(args.model);
    if (!source)
        return fail(source.error(), args.common);
    DiagnoseOptions options;
    options.steps = !args.noSteps;
    options.samples = args.measureLimit;
    if (const int code = chosenLayers(args, *source->model, options.layers); code != kOk)
        return code;
    std::shared_ptr<const SampleSet> samples;
    if (!args.samples.empty()) {
        Result<SampleSet> opened = SampleSet::open(args.samples, *source->model, args.sampleLimit);
        if (!opened)
            return fail(inFile(opened.error(), args.model), args.common);
        samples = std::make_shared<const SampleSet>(std::move(*opened));
    }
    Progress progress(args.common.quiet || args.common.json);
    const Result<Diagnosis> d =
        diagnose({source->model, recipe, nullptr, source->sha256, samples}, options, progress.control());
    progress.clear();
    if (!d)
        return fail(inFile(d.error(), args.model), args.common);

    std::vector<std::pair<std::string, std::string>> files;
    if (!args.csv.empty())
        files.emplace_back(args.csv, diagnosisCsv(*d));
    if (!args.html.empty()) {
        const ReportSource head{{source->file.filename().string(), source->sha256, source->bytes},
                                source->model,
                                d->samples,
                                samples ? samples->size() : 0,
                                recipe.arithmetic};
        const ReportTarget target{id, title, &d->conversion, &d->errors, {}, {}, {}, &*d};
        files.emplace_back(args.html, reportHtml(head, std::span(&target, 1)));
    }
    for (const auto &[file, body] : files)
        if (const Status s = writeFileAtomically(file, body); !s)
            return fail(s.error(), args.common);
    if (args.common.json) {
        std::fputs(diagnosisJson(*d).c_str(), stdout);
        return kOk;
    }
    if (args.common.quiet)
        return kOk;
    std::printf("%s to %s, measured on %s of %s\n", source->file.filename().string().c_str(), id.c_str(),
                plural(d->corrected().samples, "sample").c_str(), d->samples.c_str());
    printSplit(*d, args.worst);
    printSteps(*d, args.worst);
    for (const auto &[file, body] : files)
        std::printf("\nwritten: %s\n", file.c_str());
    return kOk;
}

} // namespace

void addDiagnose(CLI::App &app, int &exitCode)
{
    auto args = std::make_shared<DiagnoseArgs>();
    CLI::App *sub = app.add_subcommand(
        "diagnose", "Where a conversion's errors come from, layer by layer, and what each algorithm buys");
    sub->add_option("MODEL", args->model, "TFLite file")->required();
    sub->add_option("--profile", args->profile, "Built-in profile");
    sub->add_option("--recipe", args->recipe, "Recipe file (JSON)");
    sub->add_option(
        "--samples", args->samples,
        "Folder of pictures, .npy or raw file: convert and measure with them; without, on synthetic pictures");
    sub->add_option("--sample-limit", args->sampleLimit, "Samples for calibration, at most (0: all)")
        ->capture_default_str();
    sub->add_option("--measure-limit", args->measureLimit, "Samples that errors are measured on, at most (0: all)")
        ->capture_default_str();
    sub->add_option("--preset", args->preset, "fast, balanced or best, as in 'requant convert'")
        ->check(CLI::IsMember({"fast", "balanced", "best"}));
    sub->add_option("--layers", args->layers, "Only these: operator numbers or patterns on layer names")
        ->expected(1)
        ->take_all();
    sub->add_flag("--no-steps", args->noSteps, "Only naive and corrected, not one algorithm after the other");
    sub->add_option("--worst", args->worst, "Layers to list, the worst first (0: all)")->capture_default_str();
    sub->add_option("--csv", args->csv, "Write a line per step and layer");
    sub->add_option("--html", args->html, "Write a page with charts");
    addCommon(sub, args->common);
    sub->footer("Each layer is fed with the source's values, and its error against the source's output is taken apart: "
                "rounding of weights,\n"
                "clipping (of weights; of outputs beyond the new range), bias (rounding, and corrections beyond the "
                "layer's own mean error),\n"
                "input and output grid, scaling (multiplier and the arithmetic's rounding), requantize operators at "
                "boundaries. 'mixed' is what\n"
                "causes have in common; it is negative where they cancel each other.\n\n"
                "Examples:\n"
                "  requant diagnose net.tflite --profile symmetric-pow2\n"
                "  requant diagnose net.tflite --profile symmetric --samples images.npy --layers 'expanded_conv_1*' "
                "--html why.html");
    sub->callback([args, &exitCode] { exitCode = diagnoseModel(*args); });
}

} // namespace requant::cli
