// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/common.h"

#include "core/convert/convert.h"
#include "core/scheme/scheme.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <map>

namespace requant::cli {

namespace {

struct InspectArgs
{
    Common common;
    std::string encodings, model;
    std::string layer;
    bool tensors = false;
};

std::string operatorName(const Operator &op)
{
    return op.code == Op::Custom && !op.customCode.empty() ? "CUSTOM:" + op.customCode : opName(op.code);
}

std::vector<std::pair<std::string, std::size_t>> operatorCounts(const Subgraph &g)
{
    std::map<std::string, std::size_t> counts;
    for (const Operator &op : g.operators)
        ++counts[operatorName(op)];
    std::vector<std::pair<std::string, std::size_t>> out(counts.begin(), counts.end());
    std::stable_sort(out.begin(), out.end(), [](const auto &a, const auto &b) { return a.second > b.second; });
    return out;
}

// "uint8 asymmetric per-tensor": what most tensors of a role have, with the number that have it.
std::vector<std::pair<std::string, std::size_t>> schemeCounts(const Model &model, TensorRole role)
{
    std::map<std::string, std::size_t> counts;
    const std::vector<TensorRole> roles = tensorRoles(model);
    const Subgraph &g = model.subgraphs.front();
    for (std::size_t t = 0; t < roles.size(); ++t) {
        if (roles[t] != role)
            continue;
        const TensorWish w = currentWish(g.tensors[t], role);
        std::string text = std::string(typeName(w.type)) + " " + std::string(symmetryName(w.symmetry)) + " "
            + std::string(granularityName(w.granularity));
        if (w.scale == ScaleRule::PowerOfTwo)
            text += " power-of-two";
        ++counts[text];
    }
    std::vector<std::pair<std::string, std::size_t>> out(counts.begin(), counts.end());
    std::stable_sort(out.begin(), out.end(), [](const auto &a, const auto &b) { return a.second > b.second; });
    return out;
}

std::string joined(const std::vector<std::pair<std::string, std::size_t>> &counts)
{
    std::string out;
    for (const auto &[name, n] : counts)
        out += (out.empty() ? "" : ", ") + formatted("%zu ", n) + name;
    return out.empty() ? "none" : out;
}

Json countsJson(const std::vector<std::pair<std::string, std::size_t>> &counts)
{
    Json j = Json::object();
    for (const auto &[name, n] : counts)
        j[name] = n;
    return j;
}

struct FieldTexter
{
    int depth = 0;
    std::string operator()(std::int64_t i) const { return std::to_string(i); }
    std::string operator()(double d) const { return formatted("%g", d); }
    std::string operator()(const std::string &s) const { return '"' + s + '"'; }
    std::string operator()(const FieldValue::Ints &all) const { return list(all); }
    std::string operator()(const FieldValue::Reals &all) const { return list(all); }
    std::string operator()(const FieldValue::Strings &all) const { return list(all); }
    std::string operator()(const FieldValue::Tables &all) const { return list(all); }
    std::string operator()(const TablePtr &t) const
    {
        if (!t || depth > 4)
            return "{}";
        std::string out = "{";
        for (const Field &f : t->fields)
            out += (out.size() > 1 ? ", " : "") + f.name + " " + std::visit(FieldTexter{depth + 1}, f.value.data);
        return out + "}";
    }
    template <class T>
    std::string list(const T &all) const
    {
        std::string out = "[";
        for (std::size_t i = 0; i < all.size() && i < 32; ++i)
            out += (i ? ", " : "") + (*this)(all[i]);
        return out + (all.size() > 32 ? ", ...]" : "]");
    }
};

std::string fieldText(const FieldValue &v)
{
    return std::visit(FieldTexter{}, v.data);
}

// Names instead of the schema's numbers where a number means nothing to a reader.
std::string optionText(const Field &f)
{
    static constexpr std::array<const char *, 2> kPadding{"SAME", "VALID"};
    static constexpr std::array<const char *, 6> kActivation{"NONE", "RELU", "RELU_N1_TO_1", "RELU6", "TANH", "SIGN_BIT"};
    static constexpr std::array<const char *, 2> kWeightsFormat{"DEFAULT", "SHUFFLED4x16INT8"};
    static constexpr std::array<const char *, 2> kMirrorMode{"REFLECT", "SYMMETRIC"};
    if (const auto *n = std::get_if<std::int64_t>(&f.value.data); n && *n >= 0) {
        const auto i = static_cast<std::size_t>(*n);
        if (f.name == "padding" && i < kPadding.size())
            return kPadding[i];
        if (f.name == "fused_activation_function" && i < kActivation.size())
            return kActivation[i];
        if (f.name == "weights_format" && i < kWeightsFormat.size())
            return kWeightsFormat[i];
        if (f.name == "mode" && i < kMirrorMode.size())
            return kMirrorMode[i];
        if (f.name.ends_with("_data_type") && i <= static_cast<std::size_t>(ElementType::Float8E5M2))
            return std::string(typeName(static_cast<ElementType>(i)));
    }
    return fieldText(f.value);
}

Json fieldJson(const FieldValue &v, int depth = 0)
{
    struct Visitor
    {
        int depth;
        Json operator()(std::int64_t i) const { return i; }
        Json operator()(double d) const { return number(d); }
        Json operator()(const std::string &s) const { return s; }
        Json operator()(const FieldValue::Ints &all) const { return all; }
        Json operator()(const FieldValue::Reals &all) const { return all; }
        Json operator()(const FieldValue::Strings &all) const { return all; }
        Json operator()(const FieldValue::Tables &all) const
        {
            Json j = Json::array();
            for (const TablePtr &t : all)
                j.push_back((*this)(t));
            return j;
        }
        Json operator()(const TablePtr &t) const
        {
            Json j = Json::object();
            if (t && depth <= 8)
                for (const Field &f : t->fields)
                    j[f.name] = fieldJson(f.value, depth + 1);
            return j;
        }
    };
    return std::visit(Visitor{depth}, v.data);
}

Json tensorJson(const Model &model, const Subgraph &g, TensorIndex i)
{
    if (!i)
        return nullptr;
    const Tensor &t = g.tensor(i);
    Json j;
    j["index"] = i.value;
    j["name"] = t.name;
    j.update(gridJson(t));
    j["constant_bytes"] = model.data(t).size();
    if (t.isVariable)
        j["variable"] = true;
    return j;
}

Json operatorJson(const Model &model, const Subgraph &g, std::size_t i, bool full)
{
    const Operator &op = g.operators[i];
    Json j;
    j["index"] = i;
    j["operator"] = operatorName(op);
    j["version"] = op.version;
    j["layer"] = layerName(g, op);
    const auto list = [&](const std::vector<TensorIndex> &all) {
        Json out = Json::array();
        for (const TensorIndex t : all)
            out.push_back(full ? tensorJson(model, g, t) : Json(t.value));
        return out;
    };
    j["inputs"] = list(op.inputs);
    j["outputs"] = list(op.outputs);
    if (op.options)
        j["options"] = fieldJson(FieldValue{op.options});
    if (op.options2)
        j["options2"] = fieldJson(FieldValue{op.options2});
    if (!op.customOptions.empty())
        j["custom_option_bytes"] = op.customOptions.size();
    return j;
}

void printTensor(const Model &model, const Subgraph &g, const char *label, TensorIndex i)
{
    if (!i) {
        std::printf("  %-9s (none)\n", label);
        return;
    }
    const Tensor &t = g.tensor(i);
    const std::size_t bytes = model.data(t).size();
    std::printf("  %-9s #%-4d %-18s %s%s  %s\n", label, i.value, shapeText(t.shape).c_str(), gridText(t).c_str(),
                bytes ? formatted("  (%s constant)", bytesText(bytes).c_str()).c_str() : "", t.name.c_str());
}

void printLayer(const Model &model, const Subgraph &g, std::size_t i)
{
    const Operator &op = g.operators[i];
    std::printf("%zu %s  %s  (version %d)\n", i, operatorName(op).c_str(), layerName(g, op).c_str(), op.version);
    for (const TensorIndex t : op.inputs)
        printTensor(model, g, "input", t);
    for (const TensorIndex t : op.outputs)
        printTensor(model, g, "output", t);
    for (const TablePtr &options : {op.options, op.options2})
        if (options)
            for (const Field &f : options->fields)
                std::printf("  %-34s %s\n", f.name.c_str(), optionText(f).c_str());
    if (!op.customOptions.empty())
        std::printf("  custom options                     %zu bytes\n", op.customOptions.size());
}

bool isNumber(const std::string &text)
{
    return !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
}

std::vector<std::size_t> layersNamed(const Subgraph &g, const std::string &wanted)
{
    std::vector<std::size_t> exact, partial;
    for (std::size_t i = 0; i < g.operators.size(); ++i) {
        const Operator &op = g.operators[i];
        const std::string full = op.outputs.empty() || !op.outputs[0] ? std::string() : g.tensor(op.outputs[0]).name;
        const std::string shortName = layerName(g, op);
        if (wanted == shortName || wanted == full || wanted == std::to_string(i))
            exact.push_back(i);
        else if (!isNumber(wanted) && full.find(wanted) != std::string::npos)
            partial.push_back(i);
    }
    return exact.empty() ? partial : exact;
}

std::string noLayerText(const Subgraph &g, const std::string &wanted)
{
    if (isNumber(wanted) && !g.operators.empty())
        return "there is no layer " + wanted + ": they are numbered 0.." + std::to_string(g.operators.size() - 1);
    return "no layer is named '" + wanted + "'";
}

std::string severalLayersText(const Subgraph &g, const std::string &wanted, const std::vector<std::size_t> &all)
{
    constexpr std::size_t kMost = 40;
    std::string out = formatted("%zu layers match '", all.size()) + wanted + "'; give the number of one:";
    for (std::size_t k = 0; k < all.size() && k < kMost; ++k)
        out += formatted("\n  %4zu  %-20s ", all[k], operatorName(g.operators[all[k]]).c_str())
            + layerName(g, g.operators[all[k]]);
    return all.size() > kMost ? out + "\n  ..." : out;
}

Json summaryJson(const Source &s)
{
    const Model &m = *s.model;
    const Subgraph &g = m.subgraphs.front();
    Json j;
    j["file"] = s.file.string();
    j["bytes"] = s.bytes;
    j["sha256"] = s.sha256;
    j["schema_version"] = m.version;
    j["description"] = m.description;
    j["subgraphs"] = m.subgraphs.size();
    j["operators"] = g.operators.size();
    j["tensors"] = g.tensors.size();
    j["operator_counts"] = countsJson(operatorCounts(g));
    j["activation_schemes"] = countsJson(schemeCounts(m, TensorRole::Activation));
    j["weight_schemes"] = countsJson(schemeCounts(m, TensorRole::Weight));
    for (const auto &[key, list] : {std::pair{"inputs", &g.inputs}, std::pair{"outputs", &g.outputs}}) {
        j[key] = Json::array();
        for (const TensorIndex t : *list)
            j[key].push_back(tensorJson(m, g, t));
    }
    j["metadata"] = Json::array();
    for (const MetadataEntry &e : m.metadata)
        j["metadata"].push_back({{"name", e.name}, {"bytes", m.metadataBytes(e.name).size()}});
    j["effective_ratios"] = effectiveGrids(m).size();
    j["diagnostics"] = diagnosticsJson(s.diagnostics, m);
    return j;
}

void printSummary(const Source &s)
{
    const Model &m = *s.model;
    const Subgraph &g = m.subgraphs.front();
    std::printf("%s\n", s.file.filename().string().c_str());
    const std::string format = s.format == ModelFormat::Onnx ? "ONNX" : "TFLite, schema version " + std::to_string(m.version);
    std::printf("  file         %s, %s, sha256 %s\n", format.c_str(), bytesText(s.bytes).c_str(), s.sha256.c_str());
    if (!m.description.empty())
        std::printf("  description  %s\n", m.description.c_str());
    std::printf("  graph        %zu operators, %zu tensors, %zu subgraph%s\n", g.operators.size(), g.tensors.size(),
                m.subgraphs.size(), m.subgraphs.size() == 1 ? "" : "s");
    std::printf("  operators    %s\n", joined(operatorCounts(g)).c_str());
    std::printf("  activations  %s\n", joined(schemeCounts(m, TensorRole::Activation)).c_str());
    std::printf("  weights      %s\n", joined(schemeCounts(m, TensorRole::Weight)).c_str());
    for (const MetadataEntry &e : m.metadata)
        std::printf("  metadata     %s, %s\n", e.name.c_str(), bytesText(m.metadataBytes(e.name).size()).c_str());
    if (const std::size_t n = effectiveGrids(m).size(); n > 0)
        std::printf("  written by   Requant; %zu tensors whose true scale is not the declared one\n", n);
    for (const TensorIndex t : g.inputs)
        printTensor(m, g, "input", t);
    for (const TensorIndex t : g.outputs)
        printTensor(m, g, "output", t);
}

void printLayers(const Model &m)
{
    const Subgraph &g = m.subgraphs.front();
    std::printf("\n%4s  %-20s %-18s %-44s %s\n", "#", "operator", "output", "grid", "layer");
    for (std::size_t i = 0; i < g.operators.size(); ++i) {
        const Operator &op = g.operators[i];
        const bool hasOutput = !op.outputs.empty() && op.outputs[0];
        std::printf("%4zu  %-20s %-18s %-44s %s\n", i, operatorName(op).c_str(),
                    hasOutput ? shapeText(g.tensor(op.outputs[0]).shape).c_str() : "-",
                    hasOutput ? gridText(g.tensor(op.outputs[0])).c_str() : "-", layerName(g, op).c_str());
    }
}

int inspect(const InspectArgs &args)
{
    const Result<Source> source = loadSource(args.model, args.encodings);
    if (!source)
        return fail(source.error(), args.common);
    const Model &m = *source->model;
    const Subgraph &g = m.subgraphs.front();
    std::vector<std::size_t> chosen;
    if (!args.layer.empty()) {
        chosen = layersNamed(g, args.layer);
        if (chosen.empty())
            return fail(badFile(args.model, noLayerText(g, args.layer)), args.common);
        if (chosen.size() > 1)
            return failUsage(severalLayersText(g, args.layer, chosen), args.common, "inspect");
    }
    if (args.common.json) {
        Json j = summaryJson(*source);
        j["layers"] = Json::array();
        if (chosen.empty()) {
            for (std::size_t i = 0; i < g.operators.size(); ++i)
                j["layers"].push_back(operatorJson(m, g, i, false));
        }
        for (const std::size_t i : chosen)
            j["layers"].push_back(operatorJson(m, g, i, true));
        if (args.tensors) {
            j["all_tensors"] = Json::array();
            for (std::size_t t = 0; t < g.tensors.size(); ++t)
                j["all_tensors"].push_back(tensorJson(m, g, TensorIndex(t)));
        }
        printJson(j);
        return kOk;
    }
    if (!args.common.quiet)
        printDiagnostics(source->diagnostics, m, stderr);
    if (!chosen.empty()) {
        for (const std::size_t i : chosen)
            printLayer(m, g, i);
        return kOk;
    }
    printSummary(*source);
    printLayers(m);
    if (args.tensors) {
        std::printf("\n");
        for (std::size_t t = 0; t < g.tensors.size(); ++t)
            printTensor(m, g, "tensor", TensorIndex(t));
    }
    return kOk;
}

} // namespace

void addInspect(CLI::App &app, int &exitCode)
{
    auto args = std::make_shared<InspectArgs>();
    CLI::App *sub = app.add_subcommand("inspect", "Show a model: operators, types, grids, options, metadata");
    sub->add_option("MODEL", args->model, "TFLite or ONNX file")->required();
    sub->add_option("--encodings", args->encodings, "AIMET encodings (JSON) of MODEL, which is a float network then");
    sub->add_flag("--tensors", args->tensors, "List every tensor too");
    sub->add_option("--layer", args->layer, "Everything about one layer: its name, part of its name, or its number");
    addCommon(sub, args->common);
    sub->footer("Examples:\n"
                "  requant inspect net.tflite\n"
                "  requant inspect net.tflite --layer expanded_conv_3/add\n"
                "  requant inspect net.tflite --tensors --json | jq '.all_tensors[].scale'");
    sub->callback([args, &exitCode] { exitCode = inspect(*args); });
}

} // namespace requant::cli
