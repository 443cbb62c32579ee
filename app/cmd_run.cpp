// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/common.h"
#include "app/events.h"
#include "app/progress.h"

#include "core/base/files.h"
#include "core/sim/samplerunner.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <optional>

namespace requant::cli {

namespace {

namespace fs = std::filesystem;

struct RunArgs
{
    Common common;
    std::string encodings, model, samples, against, folder;
    NumericsArgs numerics;
    std::size_t limit = 0, bench = 0;
    unsigned threads = 0;
    bool allTensors = false, saveInputs = false, reals = false;
};

// The files of a run; they get their names when all are complete.
struct RunFiles
{
    std::vector<AtomicFile> outputs;
    std::optional<AtomicFile> inputs, tensors, tensorTable;
    std::vector<fs::path> names;

    static Result<RunFiles> create(const fs::path &folder, std::size_t outputs, const RunArgs &args)
    {
        RunFiles f;
        const auto open = [&](const std::string &name, auto keep) -> Status {
            Result<AtomicFile> file = AtomicFile::create(folder / name);
            if (!file)
                return file.error();
            keep(std::move(*file));
            f.names.push_back(folder / name);
            return success();
        };
        const auto into = [](std::optional<AtomicFile> &slot) { return [&slot](AtomicFile &&file) { slot.emplace(std::move(file)); }; };
        for (std::size_t k = 0; k < outputs; ++k)
            if (const Status s = open("output" + std::to_string(k) + ".raw", [&](AtomicFile &&file) { f.outputs.push_back(std::move(file)); }); !s)
                return s.error();
        if (args.saveInputs)
            if (const Status s = open("inputs.raw", into(f.inputs)); !s)
                return s.error();
        if (args.allTensors) {
            if (const Status s = open("tensors.bin", into(f.tensors)); !s)
                return s.error();
            if (const Status s = open("tensors.tsv", into(f.tensorTable)); !s)
                return s.error();
        }
        return f;
    }

    Status commit()
    {
        std::vector<AtomicFile *> all;
        for (AtomicFile &file : outputs)
            all.push_back(&file);
        for (std::optional<AtomicFile> *file : {&inputs, &tensors, &tensorTable})
            if (*file)
                all.push_back(&**file);
        for (AtomicFile *file : all)
            if (const Status s = file->commit(); !s)
                return s;
        return success();
    }
};

// Writes outputs as they come; nothing is kept.
class Runner : public SampleWorker
{
public:
    Runner(Simulator sim, const SampleSet &samples, RunFiles &files, std::vector<LayerCounters> &counters)
        : m_sim(std::move(sim)), m_samples(samples), m_files(files), m_counters(counters)
    {
    }

    Status compute(std::size_t i, const RunControl &control) override
    {
        m_inputs = m_samples.sampleFor(i, m_sim.model());
        for (std::size_t k = 0; k < m_inputs.size(); ++k)
            if (const Status s = m_sim.setInput(k, m_inputs[k]); !s)
                return s;
        return m_sim.run(control);
    }

    Status deliver(std::size_t i) override
    {
        for (std::size_t k = 0; k < m_files.outputs.size(); ++k)
            if (const Status s = m_files.outputs[k].append(m_sim.output(k)); !s)
                return s;
        if (m_files.inputs)
            for (const std::vector<std::byte> &in : m_inputs)
                if (const Status s = m_files.inputs->append(in); !s)
                    return s;
        return i == 0 && m_files.tensors ? writeTensors() : success();
    }

    void finish() override { addCounters(m_sim, m_counters); }

private:
    // Every tensor with a computed value, in tensor order.
    Status writeTensors()
    {
        std::string table = "tensor\tname\toffset\tbytes\n";
        std::size_t offset = 0;
        const Model &model = m_sim.model();
        const Subgraph &g = model.subgraphs.front();
        for (std::size_t i = 0; i < g.tensors.size(); ++i) {
            const Tensor &t = g.tensors[i];
            const std::span<const std::byte> bytes = m_sim.tensor(TensorIndex(i));
            if (model.isConstant(t) || bytes.empty())
                continue;
            table += formatted("%zu\t%s\t%zu\t%zu\n", i, t.name.c_str(), offset, bytes.size());
            offset += bytes.size();
            if (const Status s = m_files.tensors->append(bytes); !s)
                return s;
        }
        return m_files.tensorTable->append(std::as_bytes(std::span(table)));
    }

    Simulator m_sim;
    const SampleSet &m_samples;
    RunFiles &m_files;
    std::vector<LayerCounters> &m_counters;
    std::vector<std::vector<std::byte>> m_inputs;
};

// Simulates the samples into the folder; the names of the files. `counters`: by operator.
Result<std::vector<fs::path>> runInto(const fs::path &folder, const Source &source, const SampleSet &samples, std::size_t count,
                                      const RunArgs &args, std::vector<LayerCounters> &counters, const RunControl &control)
{
    const Numerics numerics = args.numerics.value();
    const SimOptions options{numerics.arithmetic, args.allTensors, numerics.accumulator, true};
    if (const Status s = samples.fits(*source.model); !s)
        return inFile(s.error(), source.file);
    // Before anything is written: whether it can be computed.
    const Result<Simulator> probe = Simulator::create(source.model, options);
    if (!probe)
        return inFile(probe.error(), source.file);
    if (const Status s = probe->outputsSupported(); !s)
        return inFile(s.error(), source.file);
    OutputFolder made(folder);
    if (const Status s = made.make(); !s)
        return s.error();
    Result<RunFiles> files = RunFiles::create(folder, probe->outputCount(), args);
    if (!files)
        return files.error();
    const auto make = [&]() -> Result<std::unique_ptr<SampleWorker>> {
        Result<Simulator> sim = Simulator::create(source.model, options);
        if (!sim)
            return sim.error();
        return std::unique_ptr<SampleWorker>(std::make_unique<Runner>(std::move(*sim), samples, *files, counters));
    };
    if (const Status s = forEachSample({count, sampleThreads(count, args.threads, {source.model.get()})}, make, control); !s)
        return inFile(s.error(), source.file);
    if (const Status s = files->commit(); !s)
        return s.error();
    return files->names;
}

// Repeats one picture on a simulator that keeps no intermediate tensors, as a deployed runtime would.
Result<std::vector<double>> bench(const std::shared_ptr<const Model> &model, const SampleSet &samples, std::size_t runs,
                                  const Numerics &numerics, const RunControl &control)
{
    Result<Simulator> sim = Simulator::create(model, {numerics.arithmetic, false, numerics.accumulator});
    if (!sim)
        return sim.error();
    if (const Status s = sim->outputsSupported(); !s)
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
    const Result<Source> source = loadSource(args.model, args.encodings);
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
    const Result<Source> simulated = args.reals ? inReals(*source) : source;
    if (!simulated)
        return fail(simulated.error(), args.common);
    const Numerics numerics = args.numerics.value();
    const std::size_t count = args.limit ? std::min(args.limit, samples->size()) : samples->size();

    Progress progress(args.common.quiet || args.common.json);
    Json result;
    result["model"] = args.model;
    if (args.reals)
        result["float"] = true;
    else
        addNumericsJson(result, numerics);
    result["samples"] = count;
    result["files"] = Json::array();
    if (!args.folder.empty()) {
        std::vector<LayerCounters> counters;
        const Result<std::vector<fs::path>> files = runInto(args.folder, *simulated, *samples, count, args, counters, progress.control());
        progress.clear();
        if (!files)
            return fail(files.error(), args.common);
        for (const fs::path &file : *files)
            result["files"].push_back(file.string());
        const std::vector<LayerEvents> events = layerEvents(*simulated->model, counters);
        result["counters"] = countersJson(totals(events));
        if (!args.common.json && !args.common.quiet) {
            std::printf("%zu runs of %s (%s), %zu files in %s\n", count, source->file.filename().string().c_str(),
                        args.reals ? "float32" : numericsText(numerics).c_str(), files->size(), args.folder.c_str());
            for (const std::string &line : eventLines(events, numerics))
                std::printf("%s\n", line.c_str());
        }
    }
    if (args.bench > 0) {
        const Result<std::vector<double>> ms = bench(simulated->model, *samples, args.bench, numerics, progress.control());
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
    sub->add_option("MODEL", args->model, "TFLite or ONNX file")->required();
    sub->add_option("--encodings", args->encodings, "AIMET encodings (JSON) of MODEL, which is a float network then");
    sub->add_option("--samples", args->samples, "Folder of pictures, .npy file, or raw file of whole inputs")->required();
    sub->add_option("--samples-for", args->against,
                    "Model that the samples are meant for, if not MODEL: its real values are put on MODEL's grid");
    sub->add_option("-o,--output", args->folder, "Folder for output<k>.raw (all runs one after another)");
    addNumerics(sub, args->numerics);
    sub->add_flag("--float", args->reals, "Simulate what the integers stand for: the same network in float32");
    sub->add_flag("--all-tensors", args->allTensors, "Also tensors.bin and tensors.tsv: every tensor of the first run");
    sub->add_flag("--save-inputs", args->saveInputs, "Also inputs.raw: the inputs in the model's own types");
    sub->add_option("--limit", args->limit, "Use at most this many samples (0: all)")->capture_default_str();
    sub->add_option("--threads", args->threads, "Samples side by side (0: all cores)")->capture_default_str();
    sub->add_option("--bench", args->bench, "Time N runs on one thread and print the median")->capture_default_str();
    addCommon(sub, args->common);
    sub->footer("Examples:\n"
                "  requant run net.tflite --samples images.npy --arithmetic xnnpack -o out\n"
                "  requant run net.tflite --samples inputs.raw --all-tensors --save-inputs -o out\n"
                "  requant run chip.tflite --samples images.npy --arithmetic shift-half-up --accumulator 24 --bias-bits 20 -o out\n"
                "  requant run net.tflite --samples images.npy --float --all-tensors -o real\n"
                "  requant run net.tflite --samples photos/ --bench 20");
    sub->callback([args, &exitCode] { exitCode = runModel(*args); });
}

} // namespace requant::cli
