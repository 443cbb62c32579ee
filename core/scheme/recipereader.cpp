// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/scheme/recipereader.h"

#include "core/scheme/rulematcher.h"

#include <algorithm>
#include <limits>

namespace requant {
namespace {

using Kind = JsonValue::Kind;

// %1 is "line 3, column 7", %2 the key path.
constexpr Message kWrongKind{"scheme.wrong-type", "%1, %2: expected %3, found %4"};
constexpr Message kUnknownKey{"scheme.unknown-key", "%1, %2: unknown key; known here: %3"};
constexpr Message kMissingKey{"scheme.missing-key", "%1, %2: the key is missing"};
constexpr Message kBadName{"scheme.bad-value", "%1, %2: \"%3\" is none of %4"};
constexpr Message kNewer{"scheme.newer-version",
                         "%1, %2: version %3 is newer than this program, which reads up to version %4"};
constexpr Message kBadVersion{"scheme.bad-version", "%1, %2: %3 is no version; the first one is 1"};
constexpr Message kBadRegex{"scheme.bad-regex", "%1, %2: \"%3\" is no regular expression: %4"};
constexpr Message kUnknownOperator{"scheme.unknown-operator", "%1, %2: there is no operator \"%3\""};
constexpr Message kBadPair{"scheme.bad-range", "%1, %2: expected two integers [first, last]"};
constexpr Message kReversed{"scheme.reversed-range", "%1, %2: the range [%3, %4] ends before it begins"};
constexpr Message kOutOfRange{"scheme.out-of-range", "%1, %2: %3 is not between %4 and %5"};
constexpr Message kPerChannelActivations{"scheme.per-channel-activations",
                                         "%1, %2: activations cannot be per-channel; only weights can"};
constexpr Message kActivationMultiplier{"scheme.multiplier-activations",
                                        "%1, %2: a power-of-two multiplier is had by choosing the weights' scale; activations take any or power-of-two"};
constexpr Message kActivationBits{"scheme.activation-bits",
                                  "%1, %2: only weights can have fewer bits; kernels saturate activations at the ends of their type"};
constexpr Message kWeightsOwnGrid{"scheme.weights-own-grid", "%1, %2: weights always have a grid of their own"};
constexpr Message kBitsOfType{"scheme.bits-of-type", "%1, %2: %3 has no %4 bits"};
constexpr Message kEmpty{"scheme.empty-value", "%1, %2: must not be empty"};

std::string join(const std::vector<std::string_view> &words)
{
    std::string out;
    for (const std::string_view w : words)
        out.append(out.empty() ? "" : ", ").append(w);
    return out;
}

constexpr std::pair<std::string_view, Symmetry> kSymmetries[]{{"asymmetric", Symmetry::Asymmetric},
                                                              {"symmetric", Symmetry::Symmetric},
                                                              {"restricted", Symmetry::Restricted}};
constexpr std::pair<std::string_view, Granularity> kGranularities[]{{"per-tensor", Granularity::PerTensor},
                                                                    {"per-channel", Granularity::PerChannel}};
constexpr std::pair<std::string_view, ScaleRule> kScaleRules[]{{"any", ScaleRule::Any},
                                                               {"power-of-two", ScaleRule::PowerOfTwo},
                                                               {"power-of-two-multiplier", ScaleRule::PowerOfTwoMultiplier}};
constexpr std::pair<std::string_view, FixedOutputPolicy> kPolicies[]{{"keep", FixedOutputPolicy::Keep},
                                                                     {"requantize", FixedOutputPolicy::Requantize}};
constexpr std::pair<std::string_view, Overflow> kOverflows[]{{overflowName(Overflow::Saturate), Overflow::Saturate},
                                                             {overflowName(Overflow::Wrap), Overflow::Wrap}};
constexpr std::pair<std::string_view, Effort> kEfforts[]{{"fast", Effort::Fast}, {"balanced", Effort::Balanced}, {"best", Effort::Best}};
constexpr std::pair<std::string_view, ElementType> kActivationTypes[]{
    {"int8", ElementType::Int8}, {"uint8", ElementType::UInt8}, {"int16", ElementType::Int16}};
constexpr std::pair<std::string_view, ElementType> kWeightTypes[]{
    {"int8", ElementType::Int8}, {"uint8", ElementType::UInt8}, {"int4", ElementType::Int4}};

} // namespace

void RecipeReader::failAt(const Message &m, std::size_t offset, const std::string &path, std::vector<std::string> more)
{
    if (m_error)
        return;
    more.insert(more.begin(), {positionText(positionOf(m_text, offset)), path.empty() ? "top level" : path});
    m_error = makeError(m, std::move(more));
    m_error->file = m_source;
}

void RecipeReader::fail(const Message &m, const Node &node, std::vector<std::string> more)
{
    failAt(m, node.value->offset, node.path, std::move(more));
}

bool RecipeReader::is(const Node &node, Kind kind)
{
    if (m_error)
        return false;
    if (node.value->kind == kind)
        return true;
    fail(kWrongKind, node, {std::string(kindName(kind)), std::string(kindName(node.value->kind))});
    return false;
}

bool RecipeReader::checkKeys(const Node &object, std::initializer_list<std::string_view> known)
{
    if (!is(object, Kind::Object))
        return false;
    for (const JsonValue::Member &m : object.value->members) {
        if (std::find(known.begin(), known.end(), m.key) == known.end()) {
            failAt(kUnknownKey, m.keyOffset, child(object, m.key).path, {join(std::vector(known))});
            return false;
        }
    }
    return true;
}

RecipeReader::Node RecipeReader::child(const Node &object, std::string_view key) const
{
    const JsonValue::Member *m = object.value->find(key);
    std::string path = object.path.empty() ? std::string(key) : object.path + "." + std::string(key);
    return {m ? &m->value : nullptr, std::move(path)};
}

RecipeReader::Node RecipeReader::item(const Node &array, std::size_t i)
{
    return {&array.value->items[i], array.path + "[" + std::to_string(i) + "]"};
}

void RecipeReader::readString(const Node &object, std::string_view key, std::string &out)
{
    if (const Node n = child(object, key); n && is(n, Kind::String))
        out = n.value->string;
}

void RecipeReader::readStrings(const Node &object, std::string_view key, std::vector<std::string> &out)
{
    const Node n = child(object, key);
    if (!n || !is(n, Kind::Array))
        return;
    for (std::size_t i = 0; i < n.value->items.size(); ++i) {
        if (const Node s = item(n, i); is(s, Kind::String))
            out.push_back(s.value->string);
    }
}

std::optional<bool> RecipeReader::readOptionalFlag(const Node &object, std::string_view key)
{
    const Node n = child(object, key);
    if (n && is(n, Kind::Bool))
        return n.value->flag;
    return std::nullopt;
}

void RecipeReader::readFlag(const Node &object, std::string_view key, bool &out)
{
    out = readOptionalFlag(object, key).value_or(out);
}

std::optional<std::pair<std::int32_t, std::int32_t>> RecipeReader::readPair(const Node &object, std::string_view key,
                                                                            std::int64_t lowest)
{
    const Node n = child(object, key);
    if (!n || !is(n, Kind::Array))
        return std::nullopt;
    const auto &items = n.value->items;
    if (items.size() != 2 || items[0].kind != Kind::Integer || items[1].kind != Kind::Integer) {
        fail(kBadPair, n);
        return std::nullopt;
    }
    constexpr std::int64_t kHighest = std::numeric_limits<std::int32_t>::max();
    for (std::size_t i = 0; i < 2; ++i) {
        if (items[i].integer < lowest || items[i].integer > kHighest) {
            fail(kOutOfRange, item(n, i),
                 {std::to_string(items[i].integer), std::to_string(lowest), std::to_string(kHighest)});
            return std::nullopt;
        }
    }
    if (items[1].integer < items[0].integer) {
        fail(kReversed, n, {std::to_string(items[0].integer), std::to_string(items[1].integer)});
        return std::nullopt;
    }
    return std::pair(static_cast<std::int32_t>(items[0].integer), static_cast<std::int32_t>(items[1].integer));
}

template <class T, std::size_t N>
std::optional<T> RecipeReader::readName(const Node &object, std::string_view key,
                                        const std::pair<std::string_view, T> (&names)[N])
{
    const Node n = child(object, key);
    if (!n || !is(n, Kind::String))
        return std::nullopt;
    std::vector<std::string_view> known;
    for (const auto &[name, value] : names) {
        if (n.value->string == name)
            return value;
        known.push_back(name);
    }
    fail(kBadName, n, {n.value->string, join(known)});
    return std::nullopt;
}

TensorConfig RecipeReader::readConfig(const Node &node, bool weights)
{
    TensorConfig c;
    if (!checkKeys(node, {"type", "symmetry", "granularity", "scale", "narrow_range", "bits", "own_grid", "keep"}))
        return c;
    c.type = readName(node, "type", weights ? kWeightTypes : kActivationTypes);
    c.symmetry = readName(node, "symmetry", kSymmetries);
    c.granularity = readName(node, "granularity", kGranularities);
    c.scale = readName(node, "scale", kScaleRules);
    c.narrowRange = readOptionalFlag(node, "narrow_range");
    c.keep = readOptionalFlag(node, "keep");
    if (!weights && c.granularity == Granularity::PerChannel)
        fail(kPerChannelActivations, child(node, "granularity"));
    if (!weights && c.scale == ScaleRule::PowerOfTwoMultiplier)
        fail(kActivationMultiplier, child(node, "scale"));
    if (const Node n = child(node, "own_grid")) {
        if (weights)
            fail(kWeightsOwnGrid, n);
        c.ownGrid = readOptionalFlag(node, "own_grid");
    }
    if (const Node n = child(node, "bits")) {
        if (!weights)
            fail(kActivationBits, n);
        c.bits = readWidth(node, "bits", kFewestWeightBits, kMostWeightBits);
        if (c.bits && c.type && *c.bits > static_cast<int>(bitWidth(*c.type)))
            fail(kBitsOfType, n, {std::string(typeName(*c.type)), std::to_string(*c.bits)});
    }
    return c;
}

Rule RecipeReader::readRule(const Node &node)
{
    Rule r;
    if (!checkKeys(node, {"name", "regex", "operators", "range", "activations", "weights", "algorithms", "comment"}))
        return r;
    readString(node, "name", r.name);
    readString(node, "comment", r.comment);
    readString(node, "regex", r.regex);
    if (const Node n = child(node, "regex"); n && !m_error) {
        if (const std::optional<std::string> problem = regexProblem(r.regex))
            fail(kBadRegex, n, {r.regex, *problem});
    }
    readStrings(node, "operators", r.operators);
    for (std::size_t i = 0; !m_error && i < r.operators.size(); ++i) {
        if (r.operators[i] != kInputOperatorName && !opFromName(r.operators[i]))
            fail(kUnknownOperator, item(child(node, "operators"), i), {r.operators[i]});
    }
    r.range = readPair(node, "range", 0);
    if (const Node n = child(node, "activations"))
        r.activations = readConfig(n, false);
    if (const Node n = child(node, "weights"))
        r.weights = readConfig(n, true);
    if (const Node n = child(node, "algorithms"))
        r.algorithms = readAlgorithms(n);
    return r;
}

AlgorithmChoice RecipeReader::readAlgorithms(const Node &node)
{
    AlgorithmChoice a;
    if (!checkKeys(node, {"weight_correction", "scale_search", "error_folding", "zero_point_folding", "rounding_search",
                          "empirical_folding", "equalization"}))
        return a;
    a.weightCorrection = readOptionalFlag(node, "weight_correction");
    a.scaleSearch = readOptionalFlag(node, "scale_search");
    a.errorFolding = readOptionalFlag(node, "error_folding");
    a.zeroPointFolding = readOptionalFlag(node, "zero_point_folding");
    a.roundingSearch = readOptionalFlag(node, "rounding_search");
    a.empiricalFolding = readOptionalFlag(node, "empirical_folding");
    a.equalization = readOptionalFlag(node, "equalization");
    return a;
}

std::optional<int> RecipeReader::readWidth(const Node &object, std::string_view key, int fewest, int most)
{
    const Node n = child(object, key);
    if (!n || !is(n, Kind::Integer))
        return std::nullopt;
    if (n.value->integer >= fewest && n.value->integer <= most)
        return static_cast<int>(n.value->integer);
    fail(kOutOfRange, n, {std::to_string(n.value->integer), std::to_string(fewest), std::to_string(most)});
    return std::nullopt;
}

void RecipeReader::readLimits(const Node &node, Limits &limits)
{
    if (!checkKeys(node, {"shift_range", "bias_bits", "bias_own_scale"}))
        return;
    limits.shiftRange = readPair(node, "shift_range", std::numeric_limits<std::int32_t>::min());
    limits.biasBits = readWidth(node, "bias_bits", kFewestBiasBits, kMostAccumulatorBits);
    readFlag(node, "bias_own_scale", limits.biasOwnScale);
}

void RecipeReader::readAccumulator(const Node &node, Accumulator &a)
{
    if (!checkKeys(node, {"bits", "overflow"}))
        return;
    a.bits = readWidth(node, "bits", kFewestAccumulatorBits, kMostAccumulatorBits).value_or(0);
    a.overflow = readName(node, "overflow", kOverflows).value_or(a.overflow);
}

void RecipeReader::readRecipeInto(const Node &node, Recipe &r, bool inProfile)
{
    // In a profile the version is the profile's; repeating the recipe's is allowed.
    if (!checkKeys(node, {"requant_recipe", "name", "description", "arithmetic", "accumulator", "fixed_outputs", "preset",
                          "algorithms", "limits", "rules"}))
        return;
    if (const Node n = child(node, "requant_recipe"); inProfile && n && is(n, Kind::Integer)) {
        if (n.value->integer != Recipe::kVersion)
            fail(kNewer, n, {std::to_string(n.value->integer), std::to_string(Recipe::kVersion)});
    }
    readString(node, "name", r.name);
    readString(node, "description", r.description);
    r.arithmetic = readName(node, "arithmetic", kArithmeticNames).value_or(r.arithmetic);
    if (const Node n = child(node, "accumulator"))
        readAccumulator(n, r.accumulator);
    r.fixedOutputs = readName(node, "fixed_outputs", kPolicies).value_or(r.fixedOutputs);
    if (const auto effort = readName(node, "preset", kEfforts))
        r.effort = *effort;
    if (const Node n = child(node, "algorithms"))
        r.algorithms = readAlgorithms(n).over(r.algorithms);
    if (const Node n = child(node, "limits"))
        readLimits(n, r.limits);
    if (const Node n = child(node, "rules"); n && is(n, Kind::Array)) {
        for (std::size_t i = 0; !m_error && i < n.value->items.size(); ++i)
            r.rules.push_back(readRule(item(n, i)));
    }
}

Result<JsonValue> RecipeReader::parse(std::string_view versionKey, int newest)
{
    Result<JsonValue> tree = parseJson(m_text);
    if (!tree) {
        tree.error().file = m_source;
        return tree;
    }
    // The version first: a newer file may hold anything else.
    const Node root{&*tree, {}};
    if (is(root, Kind::Object)) {
        const Node version = child(root, versionKey);
        if (!version)
            failAt(kMissingKey, tree->offset, version.path);
        else if (is(version, Kind::Integer) && version.value->integer > newest)
            fail(kNewer, version, {std::to_string(version.value->integer), std::to_string(newest)});
        else if (!m_error && version.value->integer < 1)
            fail(kBadVersion, version, {std::to_string(version.value->integer)});
    }
    if (m_error)
        return *m_error;
    return tree;
}

Result<Recipe> RecipeReader::readRecipe()
{
    const Result<JsonValue> tree = parse("requant_recipe", Recipe::kVersion);
    if (!tree)
        return tree.error();
    Recipe r;
    readRecipeInto({&*tree, {}}, r, false);
    if (m_error)
        return *m_error;
    return r;
}

Result<Profile> RecipeReader::readProfile()
{
    constexpr int kNewestProfile = 1;
    const Result<JsonValue> tree = parse("requant_profile", kNewestProfile);
    if (!tree)
        return tree.error();
    const Node root{&*tree, {}};
    Profile p;
    if (!checkKeys(root, {"requant_profile", "id", "title", "summary", "facts", "unknown", "recipe"}))
        return *m_error;
    for (const std::string_view key : {"id", "title", "summary", "facts", "recipe"}) {
        if (const Node n = child(root, key); !n)
            failAt(kMissingKey, root.value->offset, n.path);
    }
    if (m_error)
        return *m_error;
    const auto readNeeded = [&](const Node &object, std::string_view key, std::string &out) {
        readString(object, key, out);
        if (const Node n = child(object, key); !n)
            failAt(kMissingKey, object.value->offset, n.path);
        else if (out.empty())
            fail(kEmpty, n);
    };
    readNeeded(root, "id", p.id);
    readNeeded(root, "title", p.title);
    readNeeded(root, "summary", p.summary);
    if (const Node facts = child(root, "facts"); is(facts, Kind::Array)) {
        for (std::size_t i = 0; !m_error && i < facts.value->items.size(); ++i) {
            const Node n = item(facts, i);
            if (!checkKeys(n, {"statement", "source"}))
                break;
            ProfileFact &fact = p.facts.emplace_back();
            readNeeded(n, "statement", fact.statement);
            readNeeded(n, "source", fact.source);
        }
    }
    readStrings(root, "unknown", p.unknown);
    readRecipeInto(child(root, "recipe"), p.recipe, true);
    if (m_error)
        return *m_error;
    if (p.recipe.name.empty())
        p.recipe.name = p.id;
    if (p.recipe.description.empty())
        p.recipe.description = p.summary;
    return p;
}

} // namespace requant
