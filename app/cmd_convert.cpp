// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/common.h"
#include "app/events.h"
#include "app/layertable.h"
#include "app/progress.h"

#include "core/base/files.h"
#include "core/base/sha256.h"
#include "core/convert/convert.h"
#include "core/convert/delivery.h"
#include "core/metrics/incremental.h"
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

// What a file's ending asks for.
std::optional<Format> modelFormatOf(const fs::path &file)
{
    std::string ending = file.extension().string();
    std::transform(ending.begin(), ending.end(), ending.begin(), [](unsigned char c) { return static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c); });
    std::error_code ec;
    if (fs::is_directory(file, ec))
        return std::nullopt;
    return ending == ".onnx" ? std::optional(Format::Onnx) : ending == ".tflite" ? std::optional(Format::Tflite) : std::nullopt;
}

struct ConvertArgs
{
    Common common;
    std::string model, encodings, samples, folder;
    std::string stem;                        // of the output file, if -o names one
    std::optional<Format> file;
    bool fromOnnx = false;
    std::vector<std::string> profiles, recipes;
    std::string fixedOutputs, preset;
    NumericsArgs numerics{.arithmetic = {}};
    std::size_t sampleLimit = 64, measureLimit = 16, worst = 5;
    bool naive = false, noCorrection = false, noSearch = false, noFolding = false;
    bool noReport = false, noMeasure = false, dropUnknown = false, diagnose = false;
    std::vector<std::string> formats;
    std::string inputType = "keep", outputType = "keep", language = "c++";

    // Checked by the parser.
    std::set<Format> formatSet() const
    {
        std::set<Format> out;
        for (const std::string &name : formats) {
            Format f{};
            if (formatFromName(name, f))
                out.insert(f);
        }
        if (file)
            out.insert(*file);
        else if (formats.empty())
            out = {fromOnnx ? Format::Onnx : Format::Tflite, Format::Html, Format::Csv, Format::Json};
        if (noReport)
            std::erase_if(out, isReport);
        return out;
    }
    // "-o net.onnx" names a file: the folder is its own.
    void splitOutput()
    {
        const fs::path out(folder);
        file = modelFormatOf(out);
        if (!file)
            return;
        stem = out.stem().string();
        folder = out.has_parent_path() ? out.parent_path().string() : ".";
    }
    // Without a target the model itself is written in another format.
    bool writesModel() const
    {
        const std::set<Format> f = formatSet();
        return file || (!formats.empty() && (f.contains(Format::Onnx) || f.contains(Format::Tflite) || f.contains(Format::Aimet)));
    }
    DeliveryRequest request(const fs::path &to, std::string stem) const
    {
        DeliveryRequest r;
        r.folder = to;
        r.stem = std::move(stem);
        r.formats = formatSet();
        portTypeFromName(inputType, r.ports.inputs);
        portTypeFromName(outputType, r.ports.outputs);
        r.language = language == "c" ? CLanguage::C : CLanguage::Cpp;
        r.write.dropUnknownFields = dropUnknown;
        if (noMeasure)
            r.compared = 0;
        return r;
    }
};

struct Target
{
    std::string id, title;
    Recipe recipe;
};

// Without samples, errors are measured on this many synthetic pictures.
constexpr std::size_t kSyntheticSamples = 4;
// Of the source, between targets; with the evidence a program of 400 MB stays well below.
constexpr std::size_t kKeptActivations = std::size_t{96} << 20;

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
    if (targets.empty() && !args.writesModel())
        return failUsage("give at least one --profile or --recipe, or a format to convert to (-o net.onnx, --format onnx)", args.common, "convert");
    if (targets.size() > 1 && args.file)
        return failUsage("-o names one file, but there are several targets; give a folder", args.common, "convert");
    std::set<std::string> ids;
    for (const Target &t : targets)
        if (!ids.insert(t.id).second)
            return failUsage("two targets are named '" + t.id + "'", args.common, "convert");
    for (Target &t : targets)
        applyOverrides(args, t.recipe);
    return kOk;
}

struct Finished
{
    Target target;
    Conversion conversion;
    ErrorReport errors;
    Delivery written;
    std::vector<BoundaryCost> boundaries;
    std::optional<Diagnosis> diagnosis;
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
        if (d.severity == Severity::Error)
            std::printf("    %s\n", diagnosticText(d, *f.written.model).c_str());
    for (const std::string &d : f.written.differences)
        std::printf("    not as meant: %s\n", d.c_str());
    for (const Diagnostic &d : f.written.diagnostics)
        std::printf("    %s: %s\n", std::string(severityName(d.severity)).c_str(), text(d).c_str());
}

// "net-symmetric.tflite, net-symmetric.h, net-symmetric.cc"
std::string fileNames(const Delivery &d)
{
    std::string out;
    for (const fs::path &f : d.files)
        out += (out.empty() ? "" : ", ") + f.filename().string();
    return out;
}

std::string checkText(const Delivery &d)
{
    if (d.output.name.empty()) // C array and recipe alone
        return d.differences.empty() ? "written, read back and equal" : "written, read back";
    std::string out = "written, read back, " + plural(d.check().violations, "rule violation");
    if (d.simulated > 0)
        out += ", byte-equal to the simulation on " + plural(d.simulated, "sample");
    return out;
}

void printBriefly(const Finished &f, const fs::path &folder)
{
    for (const fs::path &file : f.written.files)
        std::printf("%s: %s\n", (folder / file.filename()).string().c_str(),
                    plural(f.written.check().violations, "rule violation").c_str());
    printFaults(f);
}

void printTarget(const Finished &f, const ConvertArgs &args)
{
    const Conversion &c = f.conversion;
    std::printf("\n%s: %s\n", f.target.id.c_str(), fileNames(f.written).c_str());
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
    if (!f.written.files.empty())
        std::printf("  %s\n", checkText(f.written).c_str());
    printFaults(f);
}

Json targetJson(const Finished &f, const fs::path &folder)
{
    const Conversion &c = f.conversion;
    Json j;
    j["id"] = f.target.id;
    const ReportFile &model = f.written.output;
    j["file"] = model.name.empty() ? Json(nullptr) : Json((folder / model.name).string());
    j["sha256"] = model.name.empty() ? Json(nullptr) : Json(model.sha256);
    j["bytes"] = model.name.empty() ? Json(nullptr) : Json(model.bytes);
    j["files"] = Json::array();
    for (const fs::path &file : f.written.files)
        j["files"].push_back((folder / file.filename()).string());
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
    j["violations"] = f.written.check().violations;
    j["simulated_samples"] = f.written.simulated;
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

// The model as it is, in other formats.
int changeFormat(const ConvertArgs &args, const Source &source)
{
    Conversion same;
    same.source = same.model = source.model;
    for (std::size_t o = 0; o < source.model->subgraphs.front().operators.size(); ++o)
        same.origin.emplace_back(o);
    Progress progress(args.common.quiet || args.common.json);
    DeliveryRequest request = args.request(args.folder, args.file ? args.stem : source.file.stem().string());
    std::erase_if(request.formats, [](Format f) { return isReport(f) || f == Format::Recipe; });
    for (const Format f : request.formats) {
        std::error_code ec;
        for (const fs::path &file : filesOf(request, f))
            if (fs::equivalent(file, source.file, ec))
                return failUsage("that would write over the source itself", args.common, "convert");
    }
    const Result<Delivery> written = deliver(same, request, progress.control());
    progress.clear();
    if (!written)
        return fail(written.error(), args.common);
    Diagnostics all = source.diagnostics;
    all.insert(all.end(), written->diagnostics.begin(), written->diagnostics.end());
    if (args.common.json) {
        Json j;
        j["source"] = {{"file", args.model}, {"sha256", source.sha256}, {"bytes", source.bytes}};
        j["files"] = Json::array();
        for (const fs::path &f : written->files)
            j["files"].push_back(f.string());
        j["violations"] = written->check().violations;
        j["simulated_samples"] = written->simulated;
        j["differences"] = written->differences;
        j["diagnostics"] = diagnosticsJson(all, *source.model);
        printJson(j);
    } else {
        for (const fs::path &f : written->files)
            std::printf("%s\n", f.string().c_str());
        if (!args.common.quiet)
            printDiagnostics(all, *source.model, stdout);
        std::printf("  %s\n", checkText(*written).c_str());
        for (const std::string &d : written->differences)
            std::printf("    not as meant: %s\n", d.c_str());
    }
    return written->isGood() ? kOk : kFindings;
}

int convertModel(ConvertArgs args)
{
    args.splitOutput();
    if (const std::string no = OutputFolder(args.folder).refusal(); !no.empty())
        return failUsage(no, args.common, "convert");
    std::vector<Target> targets;
    if (const int code = collectTargets(args, targets); code != kOk)
        return code;
    const Result<Source> source = loadSource(args.model, args.encodings);
    if (!source)
        return fail(source.error(), args.common);
    const std::vector<TensorRole> roles = tensorRoles(*source->model);
    args.fromOnnx = source->format == ModelFormat::Onnx;
    if (targets.empty()) {
        OutputFolder made(args.folder);
        if (const Status s = made.make(); !s)
            return fail(s.error(), args.common);
        return changeFormat(args, *source);
    }
    if (std::none_of(roles.begin(), roles.end(), [](TensorRole r) { return r != TensorRole::Other; }))
        return fail(badFile(args.model, "no tensor is quantized, so there is nothing to re-quantize"), args.common);
    const fs::path folder(args.folder);
    const std::string stem = source->file.stem().string();
    for (const Target &t : targets) {
        std::error_code ec;
        const fs::path written = folder / (args.file ? args.stem : stem + "-" + t.id);
        if (fs::equivalent(written.string() + ".tflite", source->file, ec) || fs::equivalent(written.string() + ".onnx", source->file, ec))
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

    // What targets have in common is found once: of the source's layers, and its activations when errors are measured.
    const bool several = targets.size() > 1 || args.diagnose;
    const auto evidence = several ? std::make_shared<SourceEvidence>(source->model) : nullptr;
    std::unique_ptr<IncrementalComparison> comparison;
    if (several && samples && !args.noMeasure)
        comparison = std::make_unique<IncrementalComparison>(source->model, *samples, IncrementalOptions{args.measureLimit, kKeptActivations, 0});
    const auto measure = [&](const Conversion &c) {
        return comparison ? comparison->update(c.compared(), numerics(c.recipe), control)
                          : measureErrors(c.compared(), *samples, args.measureLimit, numerics(c.recipe), control);
    };

    std::vector<std::unique_ptr<Finished>> done;
    int code = kOk;
    for (const Target &t : targets) {
        Result<Conversion> c = convert({source->model, t.recipe, nullptr, source->sha256, calibrationSet, evidence}, control);
        progress.clear();
        if (!c) {
            Error e = c.error();
            if (e.file.empty())
                e.file = args.model;
            return fail(e, args.common);
        }
        auto f = std::make_unique<Finished>(Finished{t, std::move(*c), {}, {}, {}, {}});
        DeliveryRequest request = args.request(folder, args.file ? args.stem : stem + "-" + t.id);
        request.samples = samples.get();
        Result<Delivery> written = deliver(f->conversion, request, control);
        progress.clear();
        if (!written)
            return fail(written.error(), args.common);
        f->written = std::move(*written);
        if (samples && !args.noMeasure) {
            Result<ErrorReport> errors = measure(f->conversion);
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
        if (args.diagnose) {
            DiagnoseOptions options;
            options.finished = &f->conversion;
            Result<Diagnosis> d = diagnose({source->model, t.recipe, nullptr, source->sha256, calibrationSet, evidence}, options, control);
            progress.clear();
            if (d)
                f->diagnosis = std::move(*d);
            else if (d.error().message->id == kCancelled.id)
                return fail(d.error(), args.common);
            else
                std::fprintf(stderr, "requant: warning: %s: no diagnosis: %s\n", t.id.c_str(), text(d.error()).c_str());
        }
        if (!f->written.isGood())
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
    const std::set<Format> formats = args.formatSet();
    if (std::any_of(formats.begin(), formats.end(), isReport)) {
        ReportSource head{{source->file.filename().string(), source->sha256, source->bytes}, source->model, sampleText,
                          calibration, done.front()->conversion.recipe.arithmetic};
        std::vector<ReportTarget> parts;
        for (const auto &f : done) {
            parts.push_back({f->target.id, f->target.title, &f->conversion, &f->errors, {}, {}, f->boundaries});
            parts.back().diagnosis = f->diagnosis ? &*f->diagnosis : nullptr;
            if (!f->written.output.name.empty()) {
                parts.back().output = f->written.output;
                parts.back().check = f->written.check();
            }
        }
        const std::string name = reportName(folder, stem, targets);
        std::error_code ec;
        const bool replaces = fs::exists(folder / (name + ".html"), ec);
        const auto files = writeReports(folder, name, formats, head, parts);
        if (!files)
            return fail(files.error(), args.common);
        result["reports"] = Json::array();
        for (const fs::path &file : *files)
            result["reports"].push_back(file.string());
        if (talk) {
            std::string more;
            for (std::size_t i = 1; i < files->size(); ++i)
                more += (more.empty() ? " (and " : ", ") + (*files)[i].extension().string();
            std::printf("\nreport: %s%s%s\n", (*files)[0].string().c_str(), more.empty() ? "" : (more + ")").c_str(),
                        replaces ? "; it replaces the earlier one" : "");
        }
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
    CLI::App *sub = app.add_subcommand("convert", "Re-quantize a model for one or several targets, or write it in another format");
    sub->add_option("MODEL", args->model, "TFLite or ONNX file")->required();
    sub->add_option("--encodings", args->encodings, "AIMET encodings (JSON) of MODEL, which is a float network then");
    sub->add_option("--profile", args->profiles, "Built-in profile; may be repeated")->expected(1)->take_all();
    sub->add_option("--recipe", args->recipes, "Recipe file (JSON); may be repeated")->expected(1)->take_all();
    sub->add_option("-o,--output", args->folder, "Folder for <model>-<target>.tflite or .onnx and the report; or one file, which ends in .tflite or .onnx")->required();
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
    sub->add_option("--format", args->formats,
                    "What to write: tflite, onnx, aimet (encodings and the float network), c-array (for microcontrollers: .h and .cc), recipe, html, csv, json; may be repeated "
                    "(default: the source's format, html csv json)")
        ->expected(1)
        ->take_all()
        ->delimiter(',')
        ->check(CLI::IsMember({"tflite", "onnx", "aimet", "c-array", "recipe", "html", "csv", "json"}));
    sub->add_option("--input-type", args->inputType, "What the written network takes; an operator in front moves the values")
        ->check(CLI::IsMember({"keep", "uint8", "int8", "float32"}))
        ->capture_default_str();
    sub->add_option("--output-type", args->outputType, "What the written network gives")
        ->check(CLI::IsMember({"keep", "uint8", "int8", "float32"}))
        ->capture_default_str();
    sub->add_option("--c-language", args->language, "Ending of a C array's source: c++ gives .cc, c gives .c")
        ->check(CLI::IsMember({"c++", "c"}))
        ->capture_default_str();
    sub->add_flag("--diagnose", args->diagnose, "Say in the report where each layer's error comes from and what each algorithm bought (see 'requant diagnose')");
    sub->add_flag("--no-report", args->noReport, "No report files");
    sub->add_option("--worst", args->worst, "Layers to list per target, the worst first")->capture_default_str();
    addCommon(sub, args->common);
    sub->footer("Every written file is read again, checked against the runtime's rules, compared with what was meant and simulated;\n"
                "exit code 1 if anything is found.\n\n"
                "Examples:\n"
                "  requant convert net.tflite --profile symmetric --profile symmetric-pow2 --samples images.npy -o out\n"
                "  requant convert net.tflite --recipe mine.json --naive -o out\n"
                "  requant convert net.tflite --profile symmetric --format tflite,c-array --input-type int8 -o out\n"
                "  requant convert net.onnx --profile symmetric -o net-symmetric.onnx\n"
                "  requant convert net.onnx -o net.tflite\n"
                "  requant convert net.tflite --profile amd-dpu --samples photos/ --sample-limit 32 --json -o out");
    sub->callback([args, &exitCode] { exitCode = convertModel(*args); });
}

} // namespace requant::cli
