// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/common.h"
#include "app/events.h"
#include "app/layertable.h"
#include "app/progress.h"

#include "core/convert/convert.h"
#include "core/tflite/tflite.h"

#include <algorithm>
#include <cstdio>

namespace requant::cli {

namespace {

struct CompareArgs
{
    Common common;
    std::string a, b, samples;
    NumericsArgs numerics;
    std::size_t limit = 16, most = 50, layers = 0;
    bool fields = false;
};

// Operators of `b` matched to those of `a`: same operator, same first output tensor (by index and, where one of them has
// been given a new tensor, by order). Inserted requantize operators match none.
std::vector<OperatorIndex> matchOperators(const Subgraph &a, const Subgraph &b)
{
    std::vector<OperatorIndex> origin(b.operators.size());
    std::size_t i = 0;
    for (std::size_t j = 0; j < b.operators.size() && i < a.operators.size(); ++j) {
        const Operator &x = a.operators[i], &y = b.operators[j];
        const bool added = !y.outputs.empty() && y.outputs[0] && y.outputs[0].pos() >= a.tensors.size();
        if (x.code != y.code || (added && y.code == Op::Quantize))
            continue;
        origin[j] = OperatorIndex(i++);
    }
    return origin;
}

// True if both main subgraphs can be compared layer by layer: tensors keep their index and their shape.
bool tensorsCorrespond(const Subgraph &a, const Subgraph &b)
{
    if (b.tensors.size() < a.tensors.size())
        return false;
    for (std::size_t i = 0; i < a.tensors.size(); ++i)
        if (a.tensors[i].shape != b.tensors[i].shape)
            return false;
    return true;
}

// More than any two models have in practice; a bound keeps the memory small for unrelated files.
constexpr std::size_t kAllDifferences = 1'000'000;

int compare(const CompareArgs &args)
{
    const Result<Source> a = loadSource(args.a), b = loadSource(args.b);
    for (const Result<Source> *r : {&a, &b})
        if (!*r)
            return fail(r->error(), args.common);
    const std::vector<std::string> differences = modelDifferences(*a->model, *b->model, kAllDifferences);
    const Subgraph &ga = a->model->subgraphs.front(), &gb = b->model->subgraphs.front();

    ComparedModels models{a->model, b->model, effectiveGrids(*b->model), matchOperators(ga, gb)};
    const bool layers = tensorsCorrespond(ga, gb);
    if (!layers)
        models.origin.assign(gb.operators.size(), OperatorIndex());
    ErrorReport errors;
    if (args.samples.empty()) {
        errors = measureWeights(models);
    } else {
        const Result<SampleSet> samples = SampleSet::open(args.samples, *a->model, args.limit);
        if (!samples)
            return fail(inFile(samples.error(), args.a), args.common);
        Progress progress(args.common.quiet || args.common.json);
        Result<ErrorReport> r = measureErrors(models, *samples, args.limit, args.numerics.value(), progress.control());
        progress.clear();
        if (!r)
            return fail(inFile(r.error(), args.b), args.common);
        errors = std::move(*r);
    }
    const int code = differences.empty() ? kOk : kFindings;
    if (args.common.json) {
        Json j;
        j["a"] = args.a;
        j["b"] = args.b;
        j["equal"] = differences.empty();
        j["differences"] = differences;
        j["layers_comparable"] = layers;
        j["errors"] = errorReportJson(errors, *a->model);
        j["diagnostics"] = diagnosticsJson(eventDiagnostics(errors), *a->model);
        printJson(j);
        return code;
    }
    if (differences.empty())
        std::printf("the models are equal in every field\n");
    else
        std::printf("%s%s\n", plural(differences.size(), "field differs", "fields differ").c_str(),
                    args.fields || args.common.quiet ? "" : " (--fields lists them)");
    if (!layers)
        std::printf("\nThe tensors of the two models do not correspond: no comparison layer by layer.\n");
    else if (!differences.empty() || errors.samples > 0) {
        std::printf("\n");
        printLayerTable(errors, *a->model, args.layers);
    }
    if (errors.hasOutput)
        std::printf("\nfirst output on %s (%s): SQNR %s, agreement %.2f %%\n", plural(errors.samples, "sample").c_str(),
                    numericsText(errors.numerics).c_str(), decibelText(errors.outputSqnrDb).c_str(), 100 * errors.agreement);
    for (const std::string &line : eventLines(layerEvents(errors), errors.numerics))
        std::printf("%s\n", line.c_str());
    if (args.fields && !differences.empty()) {
        std::printf("\n");
        const std::size_t shown = args.most ? std::min(args.most, differences.size()) : differences.size();
        for (std::size_t i = 0; i < shown; ++i)
            std::printf("%s\n", differences[i].c_str());
        if (shown < differences.size())
            std::printf("... (%zu of %zu shown; --most N for more)\n", shown, differences.size());
    }
    return code;
}

} // namespace

void addCompare(CLI::App &app, int &exitCode)
{
    auto args = std::make_shared<CompareArgs>();
    CLI::App *sub = app.add_subcommand("compare", "Differences of two models, field by field and, on samples, layer by layer");
    sub->add_option("A", args->a, "TFLite or ONNX file, the source")->required();
    sub->add_option("B", args->b, "TFLite or ONNX file")->required();
    sub->add_option("--samples", args->samples, "Folder of pictures, .npy or raw file: measure activations too");
    sub->add_option("--limit", args->limit, "Use at most this many samples (0: all)")->capture_default_str();
    addNumerics(sub, args->numerics);
    sub->add_flag("--fields", args->fields, "List the fields that differ; --json always does");
    sub->add_option("--most", args->most, "Fields that --fields lists, at most (0: all)")->capture_default_str();
    sub->add_option("--worst", args->layers, "Only the N worst layers (0: all, in order)")->capture_default_str();
    addCommon(sub, args->common);
    sub->footer("Exit code 0: equal in every field; 1: different. The arithmetic and the widths are B's; A runs with the runtime's\n"
                "own widths, and in tflite-reference where B shifts.\n\n"
                "Examples:\n"
                "  requant compare net.tflite out/net-symmetric.tflite\n"
                "  requant compare net.tflite vendor.tflite --samples images.npy --limit 32 --worst 10\n"
                "  requant compare net.tflite chip.tflite --samples images.npy --arithmetic shift-half-even --accumulator 20:wrap");
    sub->callback([args, &exitCode] { exitCode = compare(*args); });
}

} // namespace requant::cli
