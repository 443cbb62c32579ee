// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/convert/csv.h"
#include "core/convert/lossless.h"
#include "core/convert/report.h"
#include "core/convert/reporttext.h"
#include "core/metrics/events.h"

#include <nlohmann/json.hpp>

#include <cmath>

namespace requant {

namespace {

using Json = nlohmann::ordered_json;

Json number(double v)
{
    return std::isfinite(v) ? Json(v) : Json(nullptr);
}

Json numbers(const std::vector<double> &all)
{
    Json j = Json::array();
    for (const double v : all)
        j.push_back(number(v));
    return j;
}

std::string dump(const Json &j)
{
    // Names in a model need not be valid UTF-8: broken bytes are replaced.
    return j.dump(1, ' ', false, Json::error_handler_t::replace) + '\n';
}

Json valueErrorJson(const std::optional<ValueError> &e)
{
    if (!e)
        return nullptr;
    Json j;
    j["exact"] = std::isinf(e->sqnrDb) && e->sqnrDb > 0;
    j["sqnr_db"] = number(e->sqnrDb);
    j["cosine"] = number(e->cosine);
    j["mse"] = number(e->mse);
    j["max_abs"] = number(e->maxAbs);
    j["rms_steps"] = number(e->rmsSteps);
    j["max_steps"] = number(e->maxSteps);
    j["saturation_rate"] = number(e->saturationRate);
    j["count"] = e->count;
    j["bias_shift"] = numbers(e->biasShift);
    if (!e->channelSqnrDb.empty())
        j["channel_sqnr_db"] = numbers(e->channelSqnrDb);
    return j;
}

Json countersJson(const LayerCounters &c)
{
    return {{"outputs", c.outputs}, {"saturated", c.saturated}, {"accumulated", c.accumulated}, {"overflowed", c.overflowed}, {"clipped_bias", c.clippedBias}};
}

void addNumerics(Json &j, const Numerics &n)
{
    j["arithmetic"] = arithmeticName(n.arithmetic);
    j["source_arithmetic"] = arithmeticName(sourceNumerics(n).arithmetic);
    j["accumulator"] = n.accumulator.bits ? Json{{"bits", n.accumulator.bits}, {"overflow", overflowName(n.accumulator.overflow)}} : Json(nullptr);
    j["bias_bits"] = n.accumulator.biasBits ? Json(n.accumulator.biasBits) : Json(nullptr);
}

Json errorsObject(const ErrorReport &report, const Model &source)
{
    Json j;
    j["samples"] = report.samples;
    if (report.samples > 0) {
        addNumerics(j, report.numerics);
        j["counters"] = countersJson(report.counters);
    }
    j["output_sqnr_db"] = report.hasOutput ? number(report.outputSqnrDb) : Json(nullptr);
    j["agreement"] = report.hasOutput ? number(report.agreement) : Json(nullptr);
    j["layers"] = Json::array();
    for (const LayerError &l : report.layers) {
        Json e;
        e["operator"] = l.source.value;
        e["converted_operator"] = l.converted ? Json(l.converted.value) : Json(nullptr);
        e["code"] = opName(source.subgraphs.front().op(l.source).code);
        e["layer"] = l.name;
        e["output_tensor"] = l.output.value;
        e["scale_before"] = number(l.scaleBefore);
        e["scale_after"] = number(l.scaleAfter);
        e["weight_scale_before"] = number(l.weightScaleBefore);
        e["weight_scale_after"] = number(l.weightScaleAfter);
        e["weights"] = valueErrorJson(l.weights);
        e["local"] = valueErrorJson(l.local);
        e["cumulative"] = valueErrorJson(l.cumulative);
        e["counters"] = l.counters ? countersJson(*l.counters) : Json(nullptr);
        j["layers"].push_back(std::move(e));
    }
    return j;
}

Json fileJson(const ReportFile &f)
{
    return {{"name", f.name}, {"sha256", f.sha256}, {"bytes", f.bytes}};
}

Json tensorsJson(const Conversion &c)
{
    Json all = Json::array();
    const Subgraph &gs = c.source->subgraphs.front(), &gc = c.model->subgraphs.front();
    const auto grid = [](const Tensor &t) {
        Json j;
        j["type"] = typeName(t.type);
        Json scales = Json::array();
        for (const float s : t.quant.scale)
            scales.push_back(number(static_cast<double>(s)));
        j["scale"] = std::move(scales);
        j["zero_point"] = t.quant.zeroPoint;
        return j;
    };
    for (std::size_t i = 0; i < gc.tensors.size(); ++i) {
        const Tensor &now = gc.tensors[i];
        if (!now.quant.isQuantized())
            continue;
        Json j;
        j["tensor"] = i;
        j["name"] = now.name;
        if (i < gs.tensors.size())
            j["before"] = grid(gs.tensors[i]);
        j["after"] = grid(now);
        if (const auto it = c.effective.find(TensorIndex(i)); it != c.effective.end()) {
            j["effective_ratio"] = number(it->second.ratio);
            j["effective_offset"] = number(it->second.offset);
            for (std::size_t ch = 0; ch < it->second.factors.size(); ++ch) {
                if (it->second.factors[ch] != 1.0)
                    j["effective_factors"][std::to_string(ch)] = number(it->second.factors[ch]);
            }
        }
        if (i < c.resolution.tensors.size()) {
            const TensorPlan &plan = c.resolution.tensors[i];
            j["origin"] = originName(plan.origin);
            j["group"] = plan.group;
            j["lossless"] = keepsEveryValue(c, TensorIndex(i));
            if (!plan.reason.empty())
                j["reason"] = plan.reason;
        }
        all.push_back(std::move(j));
    }
    return all;
}

Json targetJson(const ReportTarget &t)
{
    const Conversion &c = *t.conversion;
    Json j;
    j["id"] = t.id;
    j["title"] = t.title;
    j["output"] = t.output ? fileJson(*t.output) : Json(nullptr);
    if (t.check)
        j["read_back"] = {{"violations", t.check->violations}, {"differences", t.check->differences}};
    j["recipe"] = Json::parse(recipeToJson(c.recipe), nullptr, false, true);
    j["layers"] = c.source->subgraphs.front().operators.size();
    j["inserted_operators"] = insertedOperators(c);
    j["inserted_paddings"] = insertedPaddings(c);
    j["fixed_outputs"] = fixedOutputPolicyName(c.recipe.fixedOutputs);
    j["adjustments"] = Json::array();
    for (const Adjustment &a : c.resolution.adjustments)
        j["adjustments"].push_back({{"tensor", a.tensor.value},
                                    {"name", reporttext::tensorPlace(*c.source, a.tensor)},
                                    {"asked", wishText(a.asked)},
                                    {"granted", wishText(a.granted)},
                                    {"operator", a.because.value},
                                    {"reason", a.reason}});
    j["boundaries"] = Json::array();
    for (const Boundary &b : c.resolution.boundaries)
        j["boundaries"].push_back({{"tensor", b.tensor.value},
                                   {"name", reporttext::tensorPlace(*c.source, b.tensor)},
                                   {"consumer", b.consumer.value},
                                   {"input", b.input},
                                   {"becomes", wishText(b.plan.wish)},
                                   {"reason", b.reason}});
    j["requantize_operators"] = Json::array();
    for (const BoundaryCost &b : t.boundaries)
        j["requantize_operators"].push_back({{"converted_operator", b.op.value},
                                             {"reads", b.from.value},
                                             {"writes", b.to.value},
                                             {"exact", std::isinf(b.sqnrDb) && b.sqnrDb > 0},
                                             {"sqnr_db", number(b.sqnrDb)}});
    j["diagnostics"] = Json::array();
    for (const Diagnostic &d : reporttext::findings(t))
        j["diagnostics"].push_back({{"severity", severityName(d.severity)},
                                    {"id", d.message ? d.message->id : ""},
                                    {"place", reporttext::diagnosticPlace(*c.source, d.where)},
                                    {"message", text(d)}});
    j["errors"] = errorsObject(*t.errors, *c.source);
    if (t.diagnosis)
        j["diagnosis"] = Json::parse(diagnosisJson(*t.diagnosis), nullptr, false);
    j["tensors"] = tensorsJson(c);
    return j;
}

} // namespace

std::string errorsJson(const ErrorReport &report, const Model &source)
{
    return dump(errorsObject(report, source));
}

std::string reportJson(const ReportSource &source, std::span<const ReportTarget> targets)
{
    Json j;
    j["format"] = "requant-report";
    j["version"] = 1;
    j["source"] = fileJson(source.file);
    j["source"]["description"] = source.model->description;
    j["source"]["operators"] = source.model->subgraphs.front().operators.size();
    j["samples"] = source.samples.empty() ? Json(nullptr) : Json(source.samples);
    j["calibration_samples"] = source.calibrationSamples;
    j["arithmetic"] = arithmeticName(source.arithmetic);
    j["targets"] = Json::array();
    for (const ReportTarget &t : targets)
        j["targets"].push_back(targetJson(t));
    return dump(j);
}

std::string reportCsv(const ReportSource &source, std::span<const ReportTarget> targets)
{
    std::string out = "target,operator,code,layer,scale_before,scale_after,weight_scale_before,weight_scale_after";
    for (const char *part : {"weights", "local", "cumulative"})
        for (const char *column : {"sqnr_db", "cosine", "mse", "max_abs", "rms_steps", "max_steps", "saturation_rate"})
            out += std::string(",") + part + '_' + column;
    out += ",outputs,saturated,accumulated,overflowed,clipped_bias";
    out += '\n';
    for (const ReportTarget &t : targets) {
        for (const LayerError &l : t.errors->layers) {
            const Operator &op = source.model->subgraphs.front().op(l.source);
            out += csvField(t.id) + ',' + std::to_string(l.source.value) + ',' + opName(op.code) + ',' + csvField(l.name);
            for (const double s : {l.scaleBefore, l.scaleAfter, l.weightScaleBefore, l.weightScaleAfter})
                out += ',' + csvNumber(s);
            for (const std::optional<ValueError> *e : {&l.weights, &l.local, &l.cumulative}) {
                if (!*e) {
                    out += ",,,,,,,";
                    continue;
                }
                const ValueError &v = **e;
                for (const double x : {v.sqnrDb, v.cosine, v.mse, v.maxAbs, v.rmsSteps, v.maxSteps, v.saturationRate})
                    out += ',' + csvNumber(x);
            }
            if (const auto &c = l.counters)
                for (const std::uint64_t n : {c->outputs, c->saturated, c->accumulated, c->overflowed, c->clippedBias})
                    out += ',' + std::to_string(n);
            else
                out += ",,,,,";
            out += '\n';
        }
    }
    return out;
}

} // namespace requant
