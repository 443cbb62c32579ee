// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/logic/ruleedit.h"

#include "core/scheme/recipejson.h"
#include "core/scheme/rulematcher.h"
#include "core/scheme/scheme.h"
#include "ui/logic/recipeedit.h"
#include "ui/logic/schemefields.h"

#include <QCoreApplication>
#include <QStringList>

#include <algorithm>
#include <utility>

namespace requant {

static QString tr(const char *s)
{
    return QCoreApplication::translate("requant", s);
}

constexpr unsigned kKeepBit = 1u << 7;

// What a rule says where later rules have said `later`. A keep that no later rule ends makes everything earlier idle.
static unsigned saidFields(const TensorConfig &c, unsigned later)
{
    if (c.keep == true && !(later & kKeepBit))
        return ~0u;
    unsigned bits = 0;
    const bool set[] = {
        c.type.has_value(),        c.symmetry.has_value(), c.granularity.has_value(), c.scale.has_value(),
        c.narrowRange.has_value(), c.bits.has_value(),     c.ownGrid.has_value(),     !c.empty()};
    for (std::size_t i = 0; i < std::size(set); ++i)
        bits |= set[i] ? 1u << i : 0u;
    return bits;
}

static unsigned saidFields(const AlgorithmChoice &a)
{
    unsigned bits = 0, bit = 1;
    for (const AlgorithmInfo &i : algorithmInfos()) {
        bits |= (a.*i.choice) ? bit : 0u;
        bit <<= 1;
    }
    return bits;
}

std::vector<RuleCount> ruleCounts(const Model &m, const Recipe &recipe)
{
    std::vector<RuleCount> out(recipe.rules.size());
    if (m.subgraphs.empty())
        return out;
    const Subgraph &g = m.subgraphs.front();
    const auto roles = tensorRoles(m);
    const auto has = [&](const std::vector<TensorIndex> &all, TensorRole role) {
        return std::any_of(all.begin(), all.end(), [&](TensorIndex t) { return t && roles[t.pos()] == role; });
    };
    // What later rules have said of each operator (and graph input): from the last rule to the first.
    struct Said
    {
        unsigned activations = 0, weights = 0, algorithms = 0;
    };
    std::vector<Said> operators(g.operators.size()), inputs(g.inputs.size());
    std::vector<char> withActivations(g.operators.size()), withWeights(g.operators.size());
    for (std::size_t o = 0; o < g.operators.size(); ++o) {
        const Operator &op = g.operators[o];
        withActivations[o] = has(op.outputs, TensorRole::Activation) || has(op.inputs, TensorRole::Constant);
        const int w = weightedInputs(op.code).weight;
        withWeights[o] = w >= 0 && std::size_t(w) < op.inputs.size() && op.inputs[std::size_t(w)]
                         && roles[op.inputs[std::size_t(w)].pos()] == TensorRole::Weight;
    }
    for (std::size_t r = recipe.rules.size(); r-- > 0;) {
        const Rule &rule = recipe.rules[r];
        RuleCount &c = out[r];
        c.problem = ruleProblem(rule);
        if (!c.problem.isEmpty())
            continue;
        const RuleMatcher matcher(rule);
        const unsigned algorithms = saidFields(rule.algorithms);
        for (std::size_t o = 0; o < g.operators.size(); ++o) {
            if (!matcher.matches(g, OperatorIndex{o}))
                continue;
            ++c.hits;
            Said &s = operators[o];
            const unsigned activations = saidFields(rule.activations, s.activations),
                           weights = saidFields(rule.weights, s.weights);
            c.decides += (withActivations[o] && (activations & ~s.activations))
                         || (withWeights[o] && (weights & ~s.weights)) || (algorithms & ~s.algorithms);
            s.activations |= activations;
            s.weights |= weights;
            s.algorithms |= algorithms;
        }
        for (std::size_t i = 0; i < g.inputs.size(); ++i) {
            if (!g.inputs[i] || !matcher.matchesInput(g, g.inputs[i]))
                continue;
            ++c.hits;
            const unsigned activations = saidFields(rule.activations, inputs[i].activations);
            c.decides +=
                roles[g.inputs[i].pos()] == TensorRole::Activation && (activations & ~inputs[i].activations) != 0;
            inputs[i].activations |= activations;
        }
        if (c.hits == 0)
            c.problem = tr("matches no layer");
    }
    return out;
}

std::vector<int> matchedLayers(const Model &m, const Rule &rule)
{
    std::vector<int> out;
    if (m.subgraphs.empty() || !ruleProblem(rule).isEmpty())
        return out;
    const Subgraph &g = m.subgraphs.front();
    const RuleMatcher matcher(rule);
    for (std::size_t o = 0; o < g.operators.size(); ++o) {
        if (matcher.matches(g, OperatorIndex{o}))
            out.push_back(int(o));
    }
    return out;
}

QString ruleText(const Rule &r)
{
    QStringList what;
    if (!r.activations.empty())
        what << tr("activations %1").arg(configText(r.activations));
    if (!r.weights.empty())
        what << tr("weights %1").arg(configText(r.weights));
    if (!r.algorithms.empty())
        what << algorithmsText(r.algorithms);
    return tr("%1: %2").arg(conditionText(r), what.isEmpty() ? tr("says nothing") : what.join(QStringLiteral("; ")));
}

QString ruleProblem(const Rule &r)
{
    if (!r.regex.empty()) {
        if (const auto problem = regexProblem(r.regex))
            return tr("regular expression: %1").arg(QString::fromStdString(*problem));
    }
    if (r.range && r.range->first > r.range->second)
        return tr("the range ends before it begins");
    return {};
}

QString recipeProblem(const Recipe &r)
{
    const auto back = parseRecipe(recipeToJson(r));
    return back ? QString() : QString::fromStdString(text(back.error()));
}

Recipe withRuleMoved(Recipe r, std::size_t from, std::size_t to)
{
    if (from >= r.rules.size() || to >= r.rules.size())
        return r;
    const auto at = [&](std::size_t i) { return r.rules.begin() + std::ptrdiff_t(i); };
    if (from < to)
        std::rotate(at(from), at(from + 1), at(to + 1));
    else
        std::rotate(at(to), at(from), at(from + 1));
    return r;
}

Recipe withRuleRemoved(Recipe r, std::size_t i)
{
    if (i < r.rules.size())
        r.rules.erase(r.rules.begin() + std::ptrdiff_t(i));
    return r;
}

Recipe withRuleDuplicated(Recipe r, std::size_t i)
{
    if (i < r.rules.size()) {
        Rule copy = r.rules[i];
        r.rules.insert(r.rules.begin() + std::ptrdiff_t(i) + 1, std::move(copy));
    }
    return r;
}

Recipe withRuleInserted(Recipe r, std::size_t before, Rule rule)
{
    if (before <= r.rules.size())
        r.rules.insert(r.rules.begin() + std::ptrdiff_t(before), std::move(rule));
    return r;
}

Recipe withRuleReplaced(Recipe r, std::size_t i, Rule rule)
{
    if (i < r.rules.size())
        r.rules[i] = std::move(rule);
    return r;
}

} // namespace requant
