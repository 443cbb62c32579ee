// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/convert/csv.h"
#include "core/convert/diagnosis.h"

#include <nlohmann/json.hpp>

#include <cmath>

namespace requant {

namespace {

using Json = nlohmann::ordered_json;

Json number(double v)
{
    return std::isfinite(v) ? Json(v) : Json(nullptr);
}

Json algorithmsJson(const Algorithms &a)
{
    return {{"weight_correction", a.weightCorrection}, {"scale_search", a.scaleSearch},
            {"error_folding", a.errorFolding},         {"zero_point_folding", a.zeroPointFolding},
            {"rounding_search", a.roundingSearch},     {"empirical_folding", a.empiricalFolding},
            {"equalization", a.equalization}};
}

Json layerJson(const LayerSplit &l, const Model &source)
{
    Json j;
    j["operator"] = l.source.value;
    j["converted_operator"] = l.converted ? Json(l.converted.value) : Json(nullptr);
    j["code"] = opName(source.subgraphs.front().op(l.source).code);
    j["layer"] = l.name;
    j["output_tensor"] = l.output.value;
    j["measured"] = l.measured;
    j["explanation"] = explanation(l);
    if (!l.measured)
        return j;
    j["count"] = l.count;
    j["step"] = number(l.step);
    j["signal"] = number(l.signal);
    j["sqnr_db"] = number(l.sqnrDb());
    j["total"] = number(l.total);
    if (!l.unsplit.empty()) {
        j["unsplit"] = l.unsplit;
        return j;
    }
    Json parts, shares;
    for (std::size_t i = 0; i < kCauses; ++i) {
        const std::string key(causeKey(static_cast<Cause>(i)));
        parts[key] = number(l.parts[i]);
        shares[key] = number(l.shares[i]);
    }
    parts["interaction"] = number(l.interaction);
    j["parts"] = std::move(parts);
    j["shares"] = std::move(shares);
    j["largest"] = causeKey(l.largest());
    j["source_rounding"] = number(l.sourceRounding);
    j["saturated"] = number(l.saturated);
    if (l.weighted) {
        j["channels"] = l.channels;
        j["clipped_channels"] = l.clippedChannels;
        j["clipped_weights"] = l.clippedWeights;
        j["clipped_most"] = number(l.clippedMost);
        j["cut_biases"] = l.cutBiases;
    }
    return j;
}

} // namespace

std::string diagnosisJson(const Diagnosis &d)
{
    Json j;
    j["format"] = "requant-diagnosis";
    j["version"] = 1;
    j["unit"] = "squared steps of the converted output's effective grid";
    j["samples"] = d.samples;
    j["sample_count"] = d.corrected().samples;
    j["arithmetic"] = arithmeticName(d.corrected().numerics.arithmetic);
    j["steps"] = Json::array();
    for (const DiagnosisStep &s : d.steps) {
        Json step;
        step["step"] = s.key;
        step["algorithms"] = algorithmsJson(s.algorithms);
        step["output_sqnr_db"] = s.hasOutput ? number(s.outputSqnrDb) : Json(nullptr);
        step["agreement"] = s.hasOutput ? number(s.agreement) : Json(nullptr);
        step["layers"] = Json::array();
        for (const LayerSplit &l : s.split.layers)
            step["layers"].push_back(layerJson(l, *d.conversion.source));
        j["steps"].push_back(std::move(step));
    }
    // Names in a model need not be valid UTF-8: broken bytes are replaced.
    return j.dump(1, ' ', false, Json::error_handler_t::replace) + '\n';
}

std::string diagnosisCsv(const Diagnosis &d)
{
    std::string out = "step,operator,code,layer,sqnr_db,total";
    for (std::size_t i = 0; i < kCauses; ++i)
        out += ',' + std::string(causeKey(static_cast<Cause>(i)));
    out += ",interaction,step_size,source_rounding,saturated,channels,clipped_channels,clipped_weights,cut_biases,"
           "explanation\n";
    for (const DiagnosisStep &s : d.steps)
        for (const LayerSplit &l : s.split.layers) {
            if (!l.measured)
                continue;
            out += s.key + ',' + std::to_string(l.source.value) + ','
                   + opName(d.conversion.source->subgraphs.front().op(l.source).code) + ',' + csvField(l.name) + ','
                   + csvNumber(l.sqnrDb()) + ',' + csvNumber(l.total);
            for (const double p : l.parts)
                out += ',' + (l.unsplit.empty() ? csvNumber(p) : std::string());
            out += ',' + (l.unsplit.empty() ? csvNumber(l.interaction) : std::string()) + ',' + csvNumber(l.step) + ','
                   + csvNumber(l.sourceRounding) + ',' + csvNumber(l.saturated);
            for (const std::size_t n : {l.channels, l.clippedChannels, l.clippedWeights, l.cutBiases})
                out += ',' + std::to_string(n);
            out += ',' + csvField(explanation(l)) + '\n';
        }
    return out;
}

} // namespace requant
