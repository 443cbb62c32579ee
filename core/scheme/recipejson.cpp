// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/scheme/recipejson.h"

#include "core/base/files.h"
#include "core/scheme/recipereader.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace requant {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kLineWidth = 110;

std::string compact(const Json &j)
{
    // A name that is not UTF-8 must not end the program: its bad bytes become U+FFFD.
    return j.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// Like dump(2), but a list or object that fits on the line stays on one line.
void print(const Json &j, std::size_t indent, std::size_t column, std::string &out)
{
    std::string line;
    if (j.is_object() && !j.empty()) {
        for (const auto &[key, value] : j.items())
            line += (line.empty() ? "{ " : ", ") + compact(Json(key)) + ": " + compact(value);
        line += " }";
    } else if (j.is_array() && !j.empty()) {
        for (const Json &value : j)
            line += (line.empty() ? "[" : ", ") + compact(value);
        line += "]";
    } else {
        line = compact(j);
    }
    const bool nested = j.is_structured() && std::any_of(j.begin(), j.end(), [](const Json &v) {
                            return v.is_structured() && !v.empty();
                        });
    if (!j.is_structured() || j.empty() || (!nested && column + line.size() <= kLineWidth)) {
        out += line;
        return;
    }
    const std::string pad(indent + 2, ' ');
    out += j.is_object() ? '{' : '[';
    bool first = true;
    for (const auto &[key, value] : j.items()) {
        out += first ? "\n" : ",\n";
        first = false;
        out += pad;
        const std::string label = j.is_object() ? compact(Json(key)) + ": " : std::string();
        out += label;
        print(value, indent + 2, pad.size() + label.size(), out);
    }
    out += "\n" + std::string(indent, ' ') + (j.is_object() ? '}' : ']');
}

Json toJson(const TensorConfig &c)
{
    Json j = Json::object();
    if (c.type)
        j["type"] = typeName(*c.type);
    if (c.symmetry)
        j["symmetry"] = symmetryName(*c.symmetry);
    if (c.granularity)
        j["granularity"] = granularityName(*c.granularity);
    if (c.scale)
        j["scale"] = scaleRuleName(*c.scale);
    if (c.narrowRange)
        j["narrow_range"] = *c.narrowRange;
    if (c.bits)
        j["bits"] = *c.bits;
    if (c.ownGrid)
        j["own_grid"] = *c.ownGrid;
    if (c.keep)
        j["keep"] = *c.keep;
    return j;
}

Json toJson(const AlgorithmChoice &a)
{
    Json j = Json::object();
    const auto put = [&](const char *key, std::optional<bool> on) {
        if (on)
            j[key] = *on;
    };
    put("weight_correction", a.weightCorrection);
    put("scale_search", a.scaleSearch);
    put("error_folding", a.errorFolding);
    put("zero_point_folding", a.zeroPointFolding);
    put("rounding_search", a.roundingSearch);
    put("empirical_folding", a.empiricalFolding);
    put("equalization", a.equalization);
    return j;
}

Json toJson(const Rule &r)
{
    Json j = Json::object();
    if (!r.comment.empty())
        j["comment"] = r.comment;
    if (!r.name.empty())
        j["name"] = r.name;
    if (!r.regex.empty())
        j["regex"] = r.regex;
    if (!r.operators.empty())
        j["operators"] = r.operators;
    if (r.range)
        j["range"] = {r.range->first, r.range->second};
    if (!r.activations.empty())
        j["activations"] = toJson(r.activations);
    if (!r.weights.empty())
        j["weights"] = toJson(r.weights);
    if (!r.algorithms.empty())
        j["algorithms"] = toJson(r.algorithms);
    return j;
}

} // namespace

std::string recipeToJson(const Recipe &r)
{
    Json j = Json::object();
    j["requant_recipe"] = Recipe::kVersion;
    j["name"] = r.name;
    j["description"] = r.description;
    j["arithmetic"] = arithmeticName(r.arithmetic);
    if (r.accumulator != Accumulator{}) {
        Json &accumulator = j["accumulator"] = Json::object();
        if (r.accumulator.bits)
            accumulator["bits"] = r.accumulator.bits;
        accumulator["overflow"] = overflowName(r.accumulator.overflow);
    }
    j["fixed_outputs"] = fixedOutputPolicyName(r.fixedOutputs);
    if (r.effort)
        j["preset"] = effortName(*r.effort);
    j["algorithms"] = {{"weight_correction", r.algorithms.weightCorrection},
                       {"scale_search", r.algorithms.scaleSearch},
                       {"error_folding", r.algorithms.errorFolding},
                       {"zero_point_folding", r.algorithms.zeroPointFolding},
                       {"rounding_search", r.algorithms.roundingSearch},
                       {"empirical_folding", r.algorithms.empiricalFolding},
                       {"equalization", r.algorithms.equalization}};
    if (r.limits != Limits{}) {
        Json &limits = j["limits"] = Json::object();
        if (r.limits.shiftRange)
            limits["shift_range"] = {r.limits.shiftRange->first, r.limits.shiftRange->second};
        if (r.limits.biasBits)
            limits["bias_bits"] = *r.limits.biasBits;
        if (r.limits.biasOwnScale)
            limits["bias_own_scale"] = true;
    }
    Json &rules = j["rules"] = Json::array();
    for (const Rule &rule : r.rules)
        rules.push_back(toJson(rule));
    std::string out;
    print(j, 0, 0, out);
    return out + "\n";
}

Result<Recipe> parseRecipe(std::string_view json, std::string_view source)
{
    return RecipeReader(json, source).readRecipe();
}

Result<Profile> parseProfile(std::string_view json, std::string_view source)
{
    return RecipeReader(json, source).readProfile();
}

Result<Recipe> loadRecipe(const std::filesystem::path &path)
{
    const Result<std::string> content = readTextFile(path);
    if (!content)
        return content.error();
    return parseRecipe(*content, path.string());
}

Status saveRecipe(const Recipe &r, const std::filesystem::path &path)
{
    return writeFileAtomically(path, recipeToJson(r));
}

} // namespace requant
