// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/common.h"
#include "app/events.h"
#include "app/layertable.h"
#include "app/progress.h"

#include "core/base/files.h"
#include "core/base/sha256.h"
#include "core/convert/convert.h"
#include "core/convert/report.h"
#include "core/scheme/scheme.h"
#include "core/sim/simulator.h"
#include "core/sim/synthetic.h"
#include "core/tflite/tflite.h"

#include <algorithm>
#include <cstdio>
#include <optional>
#include <set>

namespace requant::cli {

namespace {

namespace fs = std::filesystem;

struct ConvertArgs
{
    Common common;
    std::string model, samples, folder;
    std::vector<std::string> profiles, recipes;
    std::string fixedOutputs, preset;
    NumericsArgs numerics{.arithmetic = {}};
    std::size_t sampleLimit = 64, measureLimit = 16, worst = 5;
    bool naive = false, noCorrection = false, noSearch = false, noFolding = false;
    bool noReport = false, noMeasure = false, dropUnknown = false;
};

struct Target
{
    std::string id, title;
    Recipe recipe;
};

// Without samples, errors are measured on this many synthetic pictures.
constexpr std::size_t kSyntheticSamples = 4;

void applyOverrides(const ConvertArgs &args, Recipe &recipe)
{
    if (args.naive)
        recipe.algorithms = Algorithms::naive();
    if (args.naive || args.noCorrection)
        recipe.algorithms.weightCorrection = false;
    if (args.naive || args.noSearch)
        recipe.algorithms.scaleSearch = false;
    if (args.naive || args.noFolding)
        recipe.algorithms.errorFolding = false;
    for (Rule &rule : recipe.rules) {
        AlgorithmChoice &own = rule.algorithms;
        if (args.naive)
            own = {};
        if (args.noCorrection)
            own.weightCorrection.reset();
        if (args.noSearch)
            own.scaleSearch.reset();
        if (args.noFolding)
            own.errorFolding.reset();
    }
    for (const Effort e : {Effort::Fast, Effort::Balanced, Effort::Best})
        if (args.preset == effortName(e))
            recipe.effort = e;
    if (args.fixedOutputs == "keep")
        recipe.fixedOutputs = FixedOutputPolicy::Keep;
    else if (args.fixedOutputs == "requantize")
        recipe.fixedOutputs = FixedOutputPolicy::Requantize;
    if (!args.numerics.arithmetic.empty())
        recipe.arithmetic = args.numerics.arithmeticValue();
    const AccumulatorModel model = args.numerics.accumulatorValue();
    if (model.bits)
        recipe.accumulator = {model.bits, model.overflow};
    if (model.biasBits) {
        recipe.limits.biasBits = model.biasBits;
        recipe.limits.biasOwnScale = model.biasOwnScale;
    }
}

// Profiles, then recipes, in the order given; an exit code if one is unknown or broken.
int collectTargets(const ConvertArgs &args, std::vector<Target> &targets)
{
    for (const std::string &id : args.profiles) {
        const Profile *p = findProfile(id);
        if (!p)
            return failUsage(noProfileText(id), args.common, "convert");
        targets.push_back({p->id, p->title, p->recipe});
    }
    for (const std::string &file : args.recipes) {
        const Result<Recipe> r = loadRecipe(file);
        if (!r)
            return fail(r.error(), args.common);
        targets.push_back({fs::path(file).stem().string(), r->description.empty() ? r->name : r->description, *r});
    }
    if (targets.empty())
        return failUsage("give at least one --profile or --recipe", args.common, "convert");
    std::set<std::string> ids;
    for (const Target &t : targets)
        if (!ids.insert(t.id).second)
            return failUsage("two targets are named '" + t.id + "'", args.common, "convert");
    for (Target &t : targets)
        applyOverrides(args, t.recipe);
    return kOk;
}

struct Written
{
    ReportFile file;
    WriteCheck check;
    Diagnostics violations;
    std::vector<std::string> differences;
};

// The model without marks of how the source file spelled an empty part or a bias's dimension: they go when the part is
// replaced, and say nothing about the network.
Model withoutMarks(Model model)
{
    for (Subgraph &g : model.subgraphs) {
        for (Tensor &t : g.tensors) {
            t.quant.present = 0;
            if (!t.rest || !t.rest->find("source_quantized_dimension"))
                continue;
            Table rest = *t.rest;
            std::erase_if(rest.fields, [](const Field &f) { return f.name == "source_quantized_dimension"; });
            t.rest = rest.fields.empty() ? nullptr : std::make_shared<const Table>(std::move(rest));
        }
    }
    return model;
}

// The table of operator codes is made anew by the writer; each operator's code and version are compared by themselves.
bool isCodeTable(const std::string &difference)
{
    return difference.starts_with("operator_codes") || difference.find(".opcode_index") != std::string::npos;
}

// Writes, reads the file again and looks at it with fresh eyes: rules, and every field against what was meant.
Result<Written> writeAndCheck(const Conversion &c, const fs::path &path, const ConvertArgs &args)
{
    WriteOptions options;
    options.dropUnknownFields = args.dropUnknown;
    if (const Status s = saveTflite(*c.model, path, options); !s)
        return s.error();
    const Result<Source> again = loadSource(path);
    if (!again)
        return again.error();
    Written w;
    w.file = {path.filename().string(), again->sha256, again->bytes};
    for (const Diagnostic &d : verifyQuantization(*again->model))
        if (d.severity == Severity::Error)
            w.violations.push_back(d);
    for (std::string &d : modelDifferences(withoutMarks(*c.model), withoutMarks(*again->model), 1000))
        if (!isCodeTable(d))
            w.differences.push_back(std::move(d));
    if (effectiveGrids(*again->model) != c.effective)
        w.differences.push_back("metadata: the effective ratios are not those of the conversion");
    w.check = {w.violations.size(), w.differences.size()};
    return w;
}

struct Finished
{
    Target target;
    Conversion conversion;
    ErrorReport errors;
    Written written;
    std::vector<BoundaryCost> boundaries;
};

// Of the conversion, and of what happened in its integer units when it was measured.
Diagnostics findings(const Finished &f)
{
    Diagnostics all = f.conversion.diagnostics;
    const Diagnostics events = eventDiagnostics(f.errors);
    all.insert(all.end(), events.begin(), events.end());
    return all;
}

// What reading the written file again found.
void printFaults(const Finished &f)
{
    for (const Diagnostic &d : f.written.violations)
        std::printf("    %s\n", diagnosticText(d, *f.conversion.model).c_str());
    for (const std::string &d : f.written.differences)
        std::printf("    not as meant: %s\n", d.c_str());
}

void printBriefly(const Finished &f, const fs::path &folder)
{
    std::printf("%s: %s\n", (folder / f.written.file.name).string().c_str(),
                plural(f.written.check.violations, "rule violation").c_str());
    printFaults(f);
}

void printTarget(const Finished &f, const ConvertArgs &args)
{
    const Conversion &c = f.conversion;
    std::printf("\n%s: %s\n", f.target.id.c_str(), f.written.file.name.c_str());
    std::printf("  %s, %s and %s inserted, %s adjusted, fixed outputs: %s\n",
                plural(c.source->subgraphs.front().operators.size(), "layer").c_str(),
                plural(insertedOperators(c), "requantize operator").c_str(), plural(insertedPaddings(c), "padding").c_str(),
                plural(c.resolution.adjustments.size(), "wish", "wishes").c_str(),
                std::string(fixedOutputPolicyName(c.recipe.fixedOutputs)).c_str());
    if (f.errors.hasOutput)
        std::printf("  output: SQNR %s, agreement %.1f %% (%s, %s)\n", decibelText(f.errors.outputSqnrDb).c_str(),
                    100 * f.errors.agreement, plural(f.errors.samples, "sample").c_str(),
                    numericsText(f.errors.numerics).c_str());
    for (const BoundaryCost &b : f.boundaries)
        std::printf("  requantize operator of %s: SQNR %s\n", c.model->subgraphs.front().tensor(b.from).name.c_str(), decibelText(b.sqnrDb).c_str());
    for (const std::string &line : eventLines(layerEvents(f.errors), f.errors.numerics))
        std::printf("  %s\n", line.c_str());
    if (args.worst > 0) {
        const auto worst = worstLayers(f.errors, args.worst);
        if (!worst.empty()) {
            std::printf("  worst layers\n");
            printLayerTable(f.errors, *c.source, args.worst);
        }
    }
    printDiagnostics(findings(f), *c.source, stdout);
    std::printf("  written, read back, %s\n", plural(f.written.check.violations, "rule violation").c_str());
    printFaults(f);
}

Json targetJson(const Finished &f, const fs::path &folder)
{
    const Conversion &c = f.conversion;
    Json j;
    j["id"] = f.target.id;
    j["file"] = (folder / f.written.file.name).string();
    j["sha256"] = f.written.file.sha256;
    j["bytes"] = f.written.file.bytes;
    j["layers"] = c.source->subgraphs.front().operators.size();
    j["inserted_operators"] = insertedOperators(c);
    j["inserted_paddings"] = insertedPaddings(c);
    j["requantize_operators"] = Json::array();
    for (const BoundaryCost &b : f.boundaries)
        j["requantize_operators"].push_back({{"reads", c.model->subgraphs.front().tensor(b.from).name}, {"sqnr_db", number(b.sqnrDb)}});
    j["adjustments"] = c.resolution.adjustments.size();
    j["fixed_outputs"] = fixedOutputPolicyName(c.recipe.fixedOutputs);
    addNumericsJson(j, numerics(c.recipe));
    j["counters"] = f.errors.samples > 0 ? countersJson(f.errors.counters) : Json(nullptr);
    j["samples"] = f.errors.samples;
    j["sqnr_db"] = f.errors.hasOutput ? number(f.errors.outputSqnrDb) : Json(nullptr);
    j["agreement"] = f.errors.hasOutput ? number(f.errors.agreement) : Json(nullptr);
    j["violations"] = f.written.check.violations;
    j["differences"] = f.written.differences;
    j["diagnostics"] = diagnosticsJson(findings(f), *c.source);
    return j;
}

// "<model>-report", or with the targets' names where that file tells about other targets.
std::string reportName(const fs::path &folder, const std::string &stem, const std::vector<Target> &targets)
{
    constexpr std::size_t kLongest = 120;
    const std::string plain = stem + "-report";
    std::error_code ec;
    if (!fs::exists(folder / (plain + ".html"), ec) && !fs::exists(folder / (plain + ".json"), ec))
        return plain;
    std::set<std::string> before, now;
    if (const Result<MappedFile> old = mapFile(folder / (plain + ".json"))) {
        const Json j = Json::parse(reinterpret_cast<const char *>(old->bytes.data()),
                                   reinterpret_cast<const char *>(old->bytes.data()) + old->bytes.size(), nullptr, false);
        if (j.is_object() && j.contains("targets") && j["targets"].is_array())
            for (const Json &t : j["targets"])
                if (t.is_object() && t.contains("id") && t["id"].is_string())
                    before.insert(t["id"].get<std::string>());
    }
    std::string names;
    for (const Target &t : targets) {
        now.insert(t.id);
        names += '-' + t.id;
    }
    if (before == now)
        return plain;
    if (names.size() > kLongest)
        names = formatted("-%s-and-%zu-more", targets.front().id.c_str(), targets.size() - 1);
    return stem + names + "-report";
}

int convertModel(const ConvertArgs &args)
{
    if (const std::string no = OutputFolder(args.folder).refusal(); !no.empty())
        return failUsage(no, args.common, "convert");
    std::vector<Target> targets;
    if (const int code = collectTargets(args, targets); code != kOk)
        return code;
    const Result<Source> source = loadSource(args.model);
    if (!source)
        return fail(source.error(), args.common);
    const std::vector<TensorRole> roles = tensorRoles(*source->model);
    if (std::none_of(roles.begin(), roles.end(), [](TensorRole r) { return r != TensorRole::Other; }))
        return fail(badFile(args.model, "no tensor is quantized, so there is nothing to re-quantize"), args.common);
    const fs::path folder(args.folder);
    const std::string stem = source->file.stem().string();
    for (const Target &t : targets) {
        std::error_code ec;
        if (fs::equivalent(folder / (stem + "-" + t.id + ".tflite"), source->file, ec))
            return failUsage("'" + t.id + "' would write over the source itself", args.common, "convert");
    }
    OutputFolder made(folder);
    if (const Status s = made.make(); !s)
        return fail(s.error(), args.common);
    const bool talk = !args.common.json && !args.common.quiet;
    if (talk)
        std::printf("%s: %s\n", source->file.filename().string().c_str(),
                    plural(source->model->subgraphs.front().operators.size(), "operator").c_str());
    if (!args.common.quiet)
        printDiagnostics(source->diagnostics, *source->model, stderr, Severity::Warning);

    Progress progress(args.common.quiet || args.common.json);
    const RunControl control = progress.control();

    // Once for all targets: samples and statistics of the source.
    std::shared_ptr<const SampleSet> samples, calibrationSet;
    const Status simulated = [&]() -> Status {
        const Result<Simulator> sim = Simulator::create(source->model);
        return sim ? sim->supported() : Status(sim.error());
    }();
    std::size_t calibration = 0;
    std::string sampleText;
    if (!args.samples.empty()) {
        Result<SampleSet> opened = SampleSet::open(args.samples, *source->model, args.sampleLimit);
        if (!opened)
            return fail(inFile(opened.error(), args.model), args.common);
        samples = std::make_shared<const SampleSet>(std::move(*opened));
        sampleText = samples->description();
        calibration = args.sampleLimit ? std::min(args.sampleLimit, samples->size()) : samples->size();
        if (calibration == 0)
            return fail(badFile(args.samples, "there is no sample in it"), args.common);
        if (!simulated) {
            // Convertible all the same, as without samples.
            std::fprintf(stderr, "requant: warning: the samples are not used: %s\n", text(inFile(simulated.error(), args.model)).c_str());
            samples.reset();
            sampleText.clear();
            calibration = 0;
        }
        calibrationSet = samples;
    } else {
        if (Result<SampleSet> made = syntheticSamples(*source->model, kSyntheticSamples); made && simulated) {
            samples = std::make_shared<const SampleSet>(std::move(*made));
            sampleText = formatted("%zu synthetic pictures (no samples were given)", kSyntheticSamples);
        }
    }
    if (talk && !sampleText.empty())
        std::printf("samples: %s\n", sampleText.c_str());

    std::vector<std::unique_ptr<Finished>> done;
    int code = kOk;
    for (const Target &t : targets) {
        Result<Conversion> c = convert({source->model, t.recipe, nullptr, source->sha256, calibrationSet}, control);
        progress.clear();
        if (!c) {
            Error e = c.error();
            if (e.file.empty())
                e.file = args.model;
            return fail(e, args.common);
        }
        auto f = std::make_unique<Finished>(Finished{t, std::move(*c), {}, {}, {}});
        Result<Written> written = writeAndCheck(f->conversion, folder / (stem + "-" + t.id + ".tflite"), args);
        if (!written)
            return fail(written.error(), args.common);
        f->written = std::move(*written);
        if (samples && !args.noMeasure) {
            Result<ErrorReport> errors = measureErrors(f->conversion.compared(), *samples, args.measureLimit,
                                                       numerics(f->conversion.recipe), control);
            progress.clear();
            if (errors)
                f->errors = std::move(*errors);
            else if (errors.error().message == &kCancelled || errors.error().message->id == kCancelled.id)
                return fail(errors.error(), args.common);
            else {
                std::fprintf(stderr, "requant: warning: %s: only the weights were compared: %s\n", t.id.c_str(),
                             text(errors.error()).c_str());
                f->errors = measureWeights(f->conversion.compared());
            }
            if (auto costs = boundaryCosts(f->conversion, *samples, args.measureLimit, control))
                f->boundaries = std::move(*costs);
            progress.clear();
        } else {
            f->errors = measureWeights(f->conversion.compared());
        }
        if (f->written.check.violations > 0 || f->written.check.differences > 0)
            code = kFindings;
        if (talk)
            printTarget(*f, args);
        else if (!args.common.json)
            printBriefly(*f, folder);
        done.push_back(std::move(f));
    }

    Json result;
    result["source"] = {{"file", args.model}, {"sha256", source->sha256}, {"bytes", source->bytes}};
    result["samples"] = sampleText.empty() ? Json(nullptr) : Json(sampleText);
    result["targets"] = Json::array();
    for (const auto &f : done)
        result["targets"].push_back(targetJson(*f, folder));
    if (!args.noReport) {
        ReportSource head{{source->file.filename().string(), source->sha256, source->bytes}, source->model, sampleText,
                          calibration, done.front()->conversion.recipe.arithmetic};
        std::vector<ReportTarget> parts;
        for (const auto &f : done)
            parts.push_back({f->target.id, f->target.title, &f->conversion, &f->errors, f->written.file, f->written.check, f->boundaries});
        const std::string name = reportName(folder, stem, targets);
        std::error_code ec;
        const bool replaces = fs::exists(folder / (name + ".html"), ec);
        const std::vector<std::pair<std::string, std::string>> files{{name + ".html", reportHtml(head, parts)},
                                                                     {name + ".json", reportJson(head, parts)},
                                                                     {name + ".csv", reportCsv(head, parts)}};
        result["reports"] = Json::array();
        for (const auto &[file, body] : files) {
            if (const Status s = writeFileAtomically(folder / file, body); !s)
                return fail(s.error(), args.common);
            result["reports"].push_back((folder / file).string());
        }
        if (talk)
            std::printf("\nreport: %s (and .json, .csv)%s\n", (folder / files[0].first).string().c_str(),
                        replaces ? "; it replaces the earlier one" : "");
    }
    result["resources"] = resourcesJson();
    if (args.common.json)
        printJson(result);
    return code;
}

} // namespace

void addConvert(CLI::App &app, int &exitCode)
{
    auto args = std::make_shared<ConvertArgs>();
    CLI::App *sub = app.add_subcommand("convert", "Re-quantize a model for one or several targets");
    sub->add_option("MODEL", args->model, "TFLite file")->required();
    sub->add_option("--profile", args->profiles, "Built-in profile; may be repeated")->expected(1)->take_all();
    sub->add_option("--recipe", args->recipes, "Recipe file (JSON); may be repeated")->expected(1)->take_all();
    sub->add_option("-o,--output", args->folder, "Folder for <model>-<target>.tflite and the report")->required();
    sub->add_option("--samples", args->samples,
                    "Folder of pictures, .npy or raw file; without, statistics come from synthetic pictures");
    sub->add_option("--sample-limit", args->sampleLimit, "Samples for calibration, at most (0: all)")->capture_default_str();
    sub->add_option("--measure-limit", args->measureLimit, "Samples for the error table, at most (0: all)")
        ->capture_default_str();
    sub->add_flag("--no-measure", args->noMeasure, "Compare the weights only, run nothing after the conversion");
    sub->add_option("--preset", args->preset,
                    "fast: from the file alone; balanced: on synthetic inputs (default); best: on --samples (default with them)")
        ->check(CLI::IsMember({"fast", "balanced", "best"}));
    sub->add_flag("--naive", args->naive, "All corrections off");
    sub->add_flag("--no-weight-correction", args->noCorrection, "Do not absorb scale ratios into the weights");
    sub->add_flag("--no-scale-search", args->noSearch, "Weight scales from the largest weight");
    sub->add_flag("--no-error-folding", args->noFolding, "Do not fold rounding errors into the bias");
    sub->add_option("--fixed-outputs", args->fixedOutputs,
                    "What softmax, logistic, tanh ... do if the target asks for another grid")
        ->check(CLI::IsMember({"keep", "requantize"}));
    addNumerics(sub, args->numerics);
    sub->add_flag("--drop-unknown-fields", args->dropUnknown, "Write even if the source has fields newer than the schema known here");
    sub->add_flag("--no-report", args->noReport, "No report files");
    sub->add_option("--worst", args->worst, "Layers to list per target, the worst first")->capture_default_str();
    addCommon(sub, args->common);
    sub->footer("Every written file is read again, checked against the runtime's rules and compared with what was meant;\n"
                "exit code 1 if anything is found.\n\n"
                "Examples:\n"
                "  requant convert net.tflite --profile symmetric --profile symmetric-pow2 --samples images.npy -o out\n"
                "  requant convert net.tflite --recipe mine.json --naive -o out\n"
                "  requant convert net.tflite --profile amd-dpu --samples photos/ --sample-limit 32 --json -o out");
    sub->callback([args, &exitCode] { exitCode = convertModel(*args); });
}

} // namespace requant::cli
