// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/convert/convert.h"

#include "core/constraints/limits.h"
#include "core/convert/lossless.h"
#include "core/metrics/outputerror.h"
#include "core/onnx/onnx.h"
#include "core/passes/layerwalk.h"
#include "core/scheme/scheme.h"
#include "core/sim/pixelinput.h"
#include "core/sim/samplerunner.h"
#include "core/sim/simulator.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <functional>
#include <optional>

namespace requant {

namespace {

constexpr std::size_t kSyntheticSamples = 16;
constexpr std::size_t kStatisticsSamples = 64;
constexpr std::size_t kJudgeSamples = 64;  // at most, that two results are compared on
constexpr double kClearlyBetterDb = 0.5;

std::vector<std::byte> metadata(const Conversion &c, const std::string &sourceHash)
{
    nlohmann::json ratios = nlohmann::json::object(), offsets = nlohmann::json::object(), factors = nlohmann::json::object();
    for (const auto &[tensor, grid] : c.effective) {
        if (grid.ratio != 1.0)
            ratios[std::to_string(tensor.value)] = grid.ratio;
        if (grid.offset != 0.0)
            offsets[std::to_string(tensor.value)] = grid.offset;
        for (std::size_t ch = 0; ch < grid.factors.size(); ++ch) {
            if (grid.factors[ch] != 1.0)
                factors[std::to_string(tensor.value)][std::to_string(ch)] = grid.factors[ch];
        }
    }
    nlohmann::json j{{"requant_metadata", 1}, {"effective_ratios", ratios}, {"effective_offsets", offsets}, {"effective_factors", factors}};
    nlohmann::json inputs = nlohmann::json::array();
    for (const Tensor &t : pixelInputs(*c.source)) {
        nlohmann::json input{{"type", std::string(typeName(t.type))}};
        if (t.quant.isQuantized()) {
            input["scale"] = t.quant.scale[0];
            input["zero_point"] = t.quant.zeroPointAt(0);
        }
        inputs.push_back(std::move(input));
    }
    j["source_inputs"] = std::move(inputs);
    if (!sourceHash.empty())
        j["source_sha256"] = sourceHash;
    j["recipe"] = nlohmann::json::parse(recipeToJson(c.recipe), nullptr, false);
    const std::string s = j.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    std::vector<std::byte> bytes(s.size());
    std::memcpy(bytes.data(), s.data(), s.size());
    return bytes;
}

std::string decibels(double db)
{
    char s[32];
    std::snprintf(s, sizeof s, "%.1f", db);
    return s;
}

// A rule that was written for certain layers and matches none is most likely a misspelt name.
void reportIdleRules(const Model &model, const Recipe &recipe, Diagnostics &out)
{
    for (std::size_t i = 0; i < recipe.rules.size(); ++i) {
        const Rule &r = recipe.rules[i];
        if ((!r.name.empty() || !r.regex.empty() || r.range) && ruleEffect(model, r) == 0)
            out.push_back(makeWarning(kIdleRule, {std::to_string(i), r.name.empty() ? r.regex : r.name}));
    }
}

bool canSimulateAll(const std::shared_ptr<const Model> &model)
{
    const Subgraph &g = model->subgraphs.front();
    return std::all_of(g.operators.begin(), g.operators.end(), [&](const Operator &op) { return canSimulate(*model, g, op); });
}

bool canWalk(const std::shared_ptr<const Model> &model)
{
    return model->subgraphs.size() == 1 && !keepsState(*model) && canSimulateAll(model);
}

// Layers judged one by one can add up to a worse network than expected statistics alone give. Judged on the user's samples, by which
// the layers were judged too: they are in favour of what was fitted to them. Synthetic inputs are no judge of this: on MobileNetV2
// and the person detectors of MLPerf Tiny they took what was worse on pictures.
Status takeFastWhereBetter(const ConvertInput &input, const Resolution &resolution, SourceEvidence *shared, const SampleSet &samples,
                           const RunControl &run, PassResult &passed, Diagnostics &notes)
{
    auto fast = applyPasses(*input.model, resolution, input.recipe, nullptr, run, {}, shared);
    if (!fast)
        return run.isCancelled() ? Status(cancelledError()) : success();
    PassResult *results[]{&passed, &*fast};
    std::vector<ComparedModels> compared;
    for (PassResult *r : results)
        compared.push_back({input.model, std::make_shared<const Model>(r->model), r->effective, r->origin});
    const auto db = outputSqnrDb(compared, samples, kJudgeSamples, numerics(input.recipe), run);
    if (!db)
        return run.isCancelled() ? Status(cancelledError()) : success();
    const double judged = (*db)[0], expected = (*db)[1];
    if (!(expected > judged + kClearlyBetterDb))
        return success();
    notes.push_back(makeNote(kFastTaken, {decibels(judged), decibels(expected), std::to_string(std::min(kJudgeSamples, samples.size()))}));
    passed = std::move(*fast);
    return success();
}

} // namespace

void placeInSource(Diagnostics &found, const Model &converted, const std::vector<OperatorIndex> &origin, const Model &source)
{
    for (Diagnostic &d : found) {
        const auto *at = std::get_if<OperatorRef>(&d.where);
        if (!at || at->subgraph.value != 0 || at->op.pos() >= origin.size())
            continue;
        const Operator &op = converted.op(*at);
        if (const OperatorIndex o = origin[at->op.pos()])
            d.where = OperatorRef{SubgraphIndex{0}, o};
        else if (!op.inputs.empty() && op.inputs[0].pos() < source.subgraphs.front().tensors.size())
            d.where = TensorRef{SubgraphIndex{0}, op.inputs[0]};
        else
            d.where = std::monostate{};
    }
}

std::shared_ptr<const Statistics> syntheticStatistics(std::shared_ptr<const Model> model, std::string *why,
                                                      const RunControl &run)
{
    SourceEvidence evidence(std::move(model), 0);
    const auto samples = evidence.synthetic(kSyntheticSamples, why);
    if (!samples)
        return nullptr;
    auto statistics = evidence.statistics(samples, 0, run);
    if (!statistics && why)
        *why = text(statistics.error());
    return statistics ? *statistics : nullptr;
}

Result<Conversion> convert(const ConvertInput &input, const RunControl &run)
{
    if (!input.model || input.model->subgraphs.empty() || input.model->subgraphs.front().operators.empty())
        return makeError(kEmptyModel);
    Conversion out;
    out.source = input.model;
    out.recipe = input.recipe;
    const Scheme scheme = assignScheme(*input.model, input.recipe);
    out.resolution = resolveConstraints(*input.model, scheme, input.recipe);
    out.diagnostics = out.resolution.diagnostics;
    reportIdleRules(*input.model, input.recipe, out.diagnostics);
    if (!run.step(1, 10, "constraints resolved"))
        return cancelledError();

    const auto evidence = input.evidence && input.evidence->source() == input.model ? input.evidence
                                                                                     : std::make_shared<SourceEvidence>(input.model, 0);
    const Effort effort = input.recipe.effort.value_or(input.samples ? Effort::Best : Effort::Balanced);
    const std::shared_ptr<const SampleSet> users = effort == Effort::Best ? input.samples : nullptr;
    const Algorithms used = usedAlgorithms(scheme);
    const bool fast = effort == Effort::Fast || used == Algorithms::naive(); // nothing to look at
    auto statistics = fast ? nullptr : input.statistics;
    std::shared_ptr<const SampleSet> layerSet;
    LayerSamples samples;
    if (!fast && used.roundingSearch && canWalk(input.model)) {
        layerSet = users ? users : evidence->synthetic(kSyntheticSamples);
        if (layerSet) {
            constexpr std::size_t kMemory = std::size_t{160} << 20;
            const std::size_t cut = std::max<std::size_t>(1, (users ? 3 : 1) * largestCut(*input.model));
            const std::size_t count = std::min({layerSet->size(), kLayerSamples, std::max<std::size_t>(1, kMemory / cut)});
            samples = {layerSet.get(), count, users != nullptr,
                       &evidence->layers(layerSet, count, sourceNumerics(input.recipe.arithmetic).arithmetic)};
        }
    }
    const std::shared_ptr<const SampleSet> measured = layerSet ? layerSet : users;
    if (!fast && measured && !statistics && canSimulateAll(input.model)) {
        auto collected = evidence->statistics(measured, samples.set ? kStatisticsSamples : 0, run);
        if (collected)
            statistics = std::move(*collected);
        else if (run.isCancelled())
            return cancelledError();
    }
    if (!fast && !samples.set && !statistics && (used.scaleSearch || used.errorFolding)) {
        std::string why;
        if (const auto made = evidence->synthetic(kSyntheticSamples, &why)) {
            if (auto collected = evidence->statistics(made, 0, run))
                statistics = std::move(*collected);
            else
                why = text(collected.error());
        }
        if (run.isCancelled())
            return cancelledError();
        if (!statistics)
            out.diagnostics.push_back(makeWarning(kNoStatistics, {why}));
    }
    auto passed = applyPasses(*input.model, out.resolution, input.recipe, statistics.get(), run, samples, evidence.get());
    if (!passed)
        return passed.error();
    if (samples.set && samples.real) {
        if (const Status s = takeFastWhereBetter(input, out.resolution, evidence.get(), *samples.set, run, *passed, out.diagnostics); !s)
            return s.error();
    }
    out.effective = std::move(passed->effective);
    out.origin = std::move(passed->origin);
    out.diagnostics.insert(out.diagnostics.end(), passed->diagnostics.begin(), passed->diagnostics.end());
    Diagnostics found = verifyQuantization(passed->model);
    placeInSource(found, passed->model, out.origin, *input.model);
    out.diagnostics.insert(out.diagnostics.end(), found.begin(), found.end());
    const Diagnostics limits = checkLimits(passed->model, input.recipe.limits);
    out.diagnostics.insert(out.diagnostics.end(), limits.begin(), limits.end());
    settleIntegers(passed->model, *input.model);
    passed->model.setMetadata(std::string(kRecordName), metadata(out, input.sourceHash));
    out.model = std::make_shared<const Model>(std::move(passed->model));
    const Diagnostics kept = losslessNotes(out);
    out.diagnostics.insert(out.diagnostics.end(), kept.begin(), kept.end());
    return out;
}

std::map<TensorIndex, EffectiveGrid> effectiveGrids(const Model &model)
{
    std::map<TensorIndex, EffectiveGrid> out;
    const auto bytes = model.metadataBytes(kRecordName);
    const auto *p = reinterpret_cast<const char *>(bytes.data());
    const auto j = nlohmann::json::parse(p, p + bytes.size(), nullptr, false);
    if (!j.is_object())
        return out;
    if (model.subgraphs.empty())
        return out;
    const auto count = static_cast<std::int32_t>(model.subgraphs.front().tensors.size());
    const auto number = [](const std::string &key, std::int32_t below) -> std::optional<std::int32_t> {
        char *end = nullptr;
        const long index = std::strtol(key.c_str(), &end, 10);
        return end && end != key.c_str() && *end == '\0' && index >= 0 && index < below ? std::optional(static_cast<std::int32_t>(index)) : std::nullopt;
    };
    // Older files have no "effective_offsets" or "effective_factors".
    const auto read = [&](const char *name, const std::function<void(TensorIndex, double)> &take) {
        const auto found = j.find(name);
        if (found == j.end() || !found->is_object())
            return;
        for (const auto &[key, value] : found->items()) {
            if (const auto index = number(key, count); index && value.is_number())
                take(TensorIndex(*index), value.get<double>());
        }
    };
    read("effective_ratios", [&](TensorIndex t, double v) {
        if (v > 0)
            out[t].ratio = v;
    });
    read("effective_offsets", [&](TensorIndex t, double v) { out[t].offset = v; });
    if (const auto found = j.find("effective_factors"); found != j.end() && found->is_object()) {
        for (const auto &[key, channels] : found->items()) {
            const auto t = number(key, count);
            if (!t || !channels.is_object())
                continue;
            const Shape &shape = model.subgraphs.front().tensor(TensorIndex(*t)).shape;
            const std::int32_t size = shape.empty() ? 1 : std::max(1, shape.back());
            std::vector<double> &factors = out[TensorIndex(*t)].factors;
            factors.assign(static_cast<std::size_t>(size), 1.0);
            for (const auto &[channel, value] : channels.items()) {
                if (const auto c = number(channel, size); c && value.is_number() && value.get<double>() > 0)
                    factors[static_cast<std::size_t>(*c)] = value.get<double>();
            }
        }
    }
    return out;
}

} // namespace requant
