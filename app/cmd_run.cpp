// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/common.h"
#include "app/progress.h"
#include "app/samplerunner.h"

#include "core/base/files.h"

#include <algorithm>
#include <chrono>
#include <cstdio>

namespace requant::cli {

namespace {

namespace fs = std::filesystem;

struct RunArgs
{
    Common common;
    std::string model, samples, against, folder;
    std::string arithmetic = "tflite-reference";
    std::size_t limit = 0, bench = 0;
    unsigned threads = 0;
    bool allTensors = false, saveInputs = false;
};

void append(std::vector<std::byte> &to, std::span<const std::byte> bytes)
{
    to.insert(to.end(), bytes.begin(), bytes.end());
}

struct AllTensors // tensors.bin and tensors.tsv
{
    std::vector<std::byte> bytes;
    std::string table = "tensor\tname\toffset\tbytes\n";
};

// Every tensor with a computed value, in tensor order.
AllTensors collectTensors(const Simulator &sim)
{
    AllTensors out;
    const Model &model = sim.model();
    const Subgraph &g = model.subgraphs.front();
    for (std::size_t i = 0; i < g.tensors.size(); ++i) {
        const Tensor &t = g.tensors[i];
        const std::span<const std::byte> bytes = sim.tensor(TensorIndex(i));
        if (model.isConstant(t) || bytes.empty())
            continue;
        out.table += formatted("%zu\t%s\t%zu\t%zu\n", i, t.name.c_str(), out.bytes.size(), bytes.size());
        append(out.bytes, bytes);
    }
    return out;
}

// Repeats one picture on a simulator that keeps no intermediate tensors, as a deployed runtime would.
Result<std::vector<double>> bench(const std::shared_ptr<const Model> &model, const SampleSet &samples, std::size_t runs,
                                  Arithmetic arithmetic, const RunControl &control)
{
    Result<Simulator> sim = Simulator::create(model, {arithmetic, false});
    if (!sim)
        return sim.error();
    if (const Status s = sim->supported(); !s)
        return s.error();
    std::vector<double> ms;
    for (std::size_t n = 0; n < runs + 1; ++n) { // the first run warms up and is not counted
        const auto in = samples.sampleFor(n % samples.size(), *model);
        for (std::size_t k = 0; k < in.size(); ++k)
            if (const Status s = sim->setInput(k, in[k]); !s)
                return s.error();
        const auto start = std::chrono::steady_clock::now();
        if (const Status s = sim->run(control.silent()); !s)
            return s.error();
        const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
        if (n > 0)
            ms.push_back(took.count());
        if (!control.step(n, runs, "timing"))
            return cancelledError();
    }
    std::sort(ms.begin(), ms.end());
    return ms;
}

int runModel(const RunArgs &args)
{
    if (args.folder.empty() && args.bench == 0)
        return failUsage("give -o DIR, --bench N or both", args.common, "run");
    if (!args.folder.empty())
        if (const std::string no = OutputFolder(args.folder).refusal(); !no.empty())
            return failUsage(no, args.common, "run");
    const Result<Source> source = loadSource(args.model);
    if (!source)
        return fail(source.error(), args.common);
    std::shared_ptr<const Model> sampleModel = source->model;
    if (!args.against.empty()) {
        const Result<Source> other = loadSource(args.against);
        if (!other)
            return fail(other.error(), args.common);
        sampleModel = other->model;
    }
    const Result<SampleSet> samples = SampleSet::open(args.samples, *sampleModel, args.limit);
    if (!samples)
        return fail(inFile(samples.error(), args.against.empty() ? args.model : args.against), args.common);
    if (samples->size() == 0)
        return fail(badFile(args.samples, "there is no sample in it"), args.common);
    const Arithmetic arithmetic = arithmeticOf(args.arithmetic);
    const std::size_t count = args.limit ? std::min(args.limit, samples->size()) : samples->size();

    Progress progress(args.common.quiet || args.common.json);
    Json result;
    result["model"] = args.model;
    result["arithmetic"] = args.arithmetic;
    result["samples"] = count;
    result["files"] = Json::array();
    if (!args.folder.empty()) {
        std::vector<std::byte> inputs;
        std::vector<std::vector<std::byte>> outputs;
        AllTensors tensors;
        const auto deliver = [&](std::size_t, SampleRun &&run) -> Status {
            outputs.resize(std::max(outputs.size(), run.outputs.size()));
            for (std::size_t k = 0; k < run.outputs.size(); ++k)
                append(outputs[k], run.outputs[k]);
            if (args.saveInputs)
                for (const std::vector<std::byte> &in : run.inputs)
                    append(inputs, in);
            return success();
        };
        std::function<void(const Simulator &)> first;
        if (args.allTensors)
            first = [&](const Simulator &sim) { tensors = collectTensors(sim); };
        const RunPlan plan{source->model, &*samples, count, args.threads, arithmetic};
        if (const Status s = runSamples(plan, deliver, first, progress.control()); !s) {
            progress.clear();
            Error e = s.error();
            if (e.file.empty())
                e.file = args.model;
            return fail(e, args.common);
        }
        progress.clear();

        const fs::path folder(args.folder);
        OutputFolder made(folder);
        if (const Status s = made.make(); !s)
            return fail(s.error(), args.common);
        std::vector<std::pair<std::string, std::span<const std::byte>>> files;
        for (std::size_t k = 0; k < outputs.size(); ++k)
            files.emplace_back("output" + std::to_string(k) + ".raw", outputs[k]);
        if (args.saveInputs)
            files.emplace_back("inputs.raw", inputs);
        if (args.allTensors) {
            files.emplace_back("tensors.bin", tensors.bytes);
            files.emplace_back("tensors.tsv", std::as_bytes(std::span(tensors.table)));
        }
        for (const auto &[name, bytes] : files) {
            if (const Status s = writeFileAtomically(folder / name, bytes); !s)
                return fail(s.error(), args.common);
            result["files"].push_back((folder / name).string());
        }
        if (!args.common.json && !args.common.quiet)
            std::printf("%zu runs of %s (%s), %zu files in %s\n", count, source->file.filename().string().c_str(),
                        args.arithmetic.c_str(), files.size(), args.folder.c_str());
    }
    if (args.bench > 0) {
        const Result<std::vector<double>> ms = bench(source->model, *samples, args.bench, arithmetic, progress.control());
        progress.clear();
        if (!ms)
            return fail(ms.error(), args.common);
        const double median = (*ms)[ms->size() / 2];
        result["median_ms"] = median;
        result["min_ms"] = ms->front();
        if (!args.common.json)
            std::printf("median_ms %.3f\n", median);
    }
    if (args.common.json)
        printJson(result);
    return kOk;
}

} // namespace

void addRun(CLI::App &app, int &exitCode)
{
    auto args = std::make_shared<RunArgs>();
    CLI::App *sub = app.add_subcommand("run", "Simulate a model on samples and write its outputs");
    sub->add_option("MODEL", args->model, "TFLite file")->required();
    sub->add_option("--samples", args->samples, "Folder of pictures, .npy file, or raw file of whole inputs")->required();
    sub->add_option("--samples-for", args->against,
                    "Model that the samples are meant for, if not MODEL: its real values are put on MODEL's grid");
    sub->add_option("-o,--output", args->folder, "Folder for output<k>.raw (all runs one after another)");
    addArithmetic(sub, args->arithmetic);
    sub->add_flag("--all-tensors", args->allTensors, "Also tensors.bin and tensors.tsv: every tensor of the first run");
    sub->add_flag("--save-inputs", args->saveInputs, "Also inputs.raw: the inputs in the model's own types");
    sub->add_option("--limit", args->limit, "Use at most this many samples (0: all)")->capture_default_str();
    sub->add_option("--threads", args->threads, "Samples side by side (0: all cores)")->capture_default_str();
    sub->add_option("--bench", args->bench, "Time N runs on one thread and print the median")->capture_default_str();
    addCommon(sub, args->common);
    sub->footer("Examples:\n"
                "  requant run net.tflite --samples images.npy --arithmetic xnnpack -o out\n"
                "  requant run net.tflite --samples inputs.raw --all-tensors --save-inputs -o out\n"
                "  requant run net.tflite --samples photos/ --bench 20");
    sub->callback([args, &exitCode] { exitCode = runModel(*args); });
}

} // namespace requant::cli
