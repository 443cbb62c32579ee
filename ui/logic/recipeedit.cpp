// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/logic/recipeedit.h"

#include "core/scheme/recipejson.h"
#include "core/scheme/scheme.h"
#include "ui/logic/schemefields.h"
#include "ui/logic/texts.h"

#include <QCoreApplication>

#include <algorithm>
#include <map>
#include <set>

namespace requant {

static QString tr(const char *s)
{
    return QCoreApplication::translate("requant", s);
}

static TensorConfig &part(Rule &r, ConfigPart p)
{
    return p == ConfigPart::Activations ? r.activations : r.weights;
}

CommonConfig commonConfig(const Model &model, const Recipe &recipe, const std::vector<int> &operators, ConfigPart what)
{
    CommonConfig out;
    if (operators.empty() || model.subgraphs.empty())
        return out;
    const Scheme scheme = assignScheme(model, recipe);
    const auto &g = model.subgraphs.front();
    std::set<TensorIndex> seen;
    const auto add = [&](TensorIndex t, TensorRole role) {
        if (!t || !seen.insert(t).second || t.pos() >= scheme.tensors.size())
            return;
        const TensorWish &w = scheme.tensors[t.pos()];
        if (w.role != role)
            return;
        ++out.tensors;
        out.keep.add(w.keep);
        out.type.add(w.type);
        out.symmetry.add(w.symmetry);
        out.granularity.add(w.granularity);
        out.scale.add(w.scale);
        out.narrowRange.add(w.narrowRange);
        out.ownGrid.add(w.ownGrid);
        if (role == TensorRole::Weight)
            out.bits.add(w.bits > 0 ? w.bits : int(bitWidth(w.type)));
    };
    for (const int i : operators) {
        if (i < 0 || std::size_t(i) >= g.operators.size())
            continue;
        const auto &op = g.operators[std::size_t(i)];
        for (const auto t : what == ConfigPart::Activations ? op.outputs : op.inputs)
            add(t, what == ConfigPart::Activations ? TensorRole::Activation : TensorRole::Weight);
        if (what == ConfigPart::Weights) {
            for (const auto t : op.inputs)
                add(t, TensorRole::Constant);
        }
    }
    return out;
}

CommonAlgorithms commonAlgorithms(const Model &model, const Recipe &recipe, const std::vector<int> &operators)
{
    CommonAlgorithms out;
    const Scheme scheme = assignScheme(model, recipe);
    for (const AlgorithmInfo &a : algorithmInfos()) {
        Common<bool> on;
        for (const int i : operators) {
            if (i >= 0 && std::size_t(i) < scheme.algorithms.size())
                on.add(scheme.algorithms[std::size_t(i)].*a.flag);
        }
        out.on.push_back(on);
    }
    return out;
}

const Profile *profileOf(const Recipe &r)
{
    return r.name.empty() ? nullptr : findProfile(r.name);
}

std::size_t profileRules(const Recipe &r)
{
    const Profile *p = profileOf(r);
    if (!p || p->recipe.rules.size() > r.rules.size())
        return 0;
    return std::equal(p->recipe.rules.begin(), p->recipe.rules.end(), r.rules.begin()) ? p->recipe.rules.size() : 0;
}

static std::vector<int> matched(const Model &m, const Rule &r)
{
    std::vector<int> out;
    const auto &g = m.subgraphs.front();
    for (std::size_t i = 0; i < g.operators.size(); ++i) {
        if (ruleMatches(r, g, OperatorIndex{i}))
            out.push_back(int(i));
    }
    return out;
}

static bool overlaps(const std::vector<int> &a, const std::vector<int> &b)
{
    return std::any_of(a.begin(), a.end(), [&](int i) { return std::binary_search(b.begin(), b.end(), i); });
}

static void normalize(std::vector<int> &v)
{
    std::sort(v.begin(), v.end());
    v.erase(std::unique(v.begin(), v.end()), v.end());
}

bool hasLayerRules(const Model &m, const Recipe &r, const std::vector<int> &operators)
{
    auto ops = operators;
    normalize(ops);
    for (std::size_t i = profileRules(r); i < r.rules.size(); ++i) {
        if (overlaps(matched(m, r.rules[i]), ops))
            return true;
    }
    return false;
}

static std::string fullName(const Subgraph &g, int op)
{
    const auto &o = g.operators[std::size_t(op)];
    return o.outputs.empty() || !o.outputs.front() ? std::string() : g.tensor(o.outputs.front()).name;
}

static std::string escaped(const std::string &name, std::string_view special, bool brackets)
{
    std::string out;
    for (const char c : name) {
        if (special.find(c) == std::string_view::npos)
            out += c;
        else if (brackets)
            out += {'[', c, ']'};
        else
            out += {'\\', c};
    }
    return out;
}

static bool sameConditions(const Rule &a, const Rule &b)
{
    return a.name == b.name && a.regex == b.regex && a.operators == b.operators && a.range == b.range;
}

std::vector<Rule> rulesFor(const Model &m, std::vector<int> ops)
{
    normalize(ops);
    const auto &g = m.subgraphs.front();
    std::erase_if(ops, [&](int i) { return i < 0 || std::size_t(i) >= g.operators.size(); });
    if (ops.empty())
        return {};
    if (ops.size() == g.operators.size())
        return {Rule{}};
    std::map<std::string, int> uses;
    for (std::size_t i = 0; i < g.operators.size(); ++i)
        ++uses[fullName(g, int(i))];
    const bool named = std::all_of(ops.begin(), ops.end(), [&](int i) {
        const auto n = fullName(g, i);
        return !n.empty() && uses[n] == 1;
    });
    Rule r;
    if (named && ops.size() == 1) {
        r.name = escaped(fullName(g, ops.front()), "*?[", true);
        return {r};
    }
    if (ops.back() - ops.front() + 1 == int(ops.size())) {
        r.range = {ops.front(), ops.back()};
        return {r};
    }
    if (named) {
        for (const int i : ops)
            r.regex += (r.regex.empty() ? "^(" : "|") + escaped(fullName(g, i), "\\^$.|?*+()[]{}", false);
        r.regex += ")$";
        return {r};
    }
    std::vector<Rule> out;
    for (std::size_t i = 0; i < ops.size();) {
        std::size_t j = i;
        while (j + 1 < ops.size() && ops[j + 1] == ops[j] + 1)
            ++j;
        Rule part;
        part.range = {ops[i], ops[j]};
        out.push_back(part);
        i = j + 1;
    }
    return out;
}

template <class T>
static void overwrite(std::optional<T> &field, const std::optional<T> &with)
{
    if (with)
        field = with;
}

template <class T>
static void forget(std::optional<T> &field, const std::optional<T> &ifSet)
{
    if (ifSet)
        field.reset();
}

static void overwrite(TensorConfig &c, const TensorConfig &with)
{
    overwrite(c.type, with.type);
    overwrite(c.symmetry, with.symmetry);
    overwrite(c.granularity, with.granularity);
    overwrite(c.scale, with.scale);
    overwrite(c.narrowRange, with.narrowRange);
    overwrite(c.bits, with.bits);
    overwrite(c.ownGrid, with.ownGrid);
    overwrite(c.keep, with.keep);
}

static void forget(TensorConfig &c, const TensorConfig &ifSet)
{
    forget(c.type, ifSet.type);
    forget(c.symmetry, ifSet.symmetry);
    forget(c.granularity, ifSet.granularity);
    forget(c.scale, ifSet.scale);
    forget(c.narrowRange, ifSet.narrowRange);
    forget(c.bits, ifSet.bits);
    forget(c.ownGrid, ifSet.ownGrid);
    forget(c.keep, ifSet.keep);
}

static bool shares(const TensorConfig &a, const TensorConfig &b)
{
    return (a.type && b.type) || (a.symmetry && b.symmetry) || (a.granularity && b.granularity) || (a.scale && b.scale)
           || (a.narrowRange && b.narrowRange) || (a.bits && b.bits) || (a.ownGrid && b.ownGrid) || (a.keep && b.keep);
}

static void overwrite(Rule &r, const FieldEdit &edit)
{
    overwrite(part(r, edit.part), edit.set);
    for (const AlgorithmInfo &a : algorithmInfos())
        overwrite(r.algorithms.*a.choice, edit.algorithms.*a.choice);
}

static void forget(Rule &r, const FieldEdit &edit)
{
    forget(part(r, edit.part), edit.set);
    for (const AlgorithmInfo &a : algorithmInfos())
        forget(r.algorithms.*a.choice, edit.algorithms.*a.choice);
}

static bool shares(Rule &r, const FieldEdit &edit)
{
    const auto infos = algorithmInfos();
    return shares(part(r, edit.part), edit.set) || std::any_of(infos.begin(), infos.end(), [&](const AlgorithmInfo &a) {
               return (r.algorithms.*a.choice) && (edit.algorithms.*a.choice);
           });
}

Recipe withFields(const Model &m, Recipe r, std::vector<int> ops, const FieldEdit &edit)
{
    normalize(ops);
    if (ops.empty() || (edit.set.empty() && edit.algorithms.empty()))
        return r;
    const std::size_t base = profileRules(r);
    const auto targets = rulesFor(m, ops);
    for (const Rule &target : targets) {
        const auto covered = matched(m, target);
        // What is now said again for all of a rule's layers need not be said there.
        for (std::size_t i = base; i < r.rules.size(); ++i) {
            const auto hit = matched(m, r.rules[i]);
            if (!hit.empty() && std::includes(covered.begin(), covered.end(), hit.begin(), hit.end())
                && !sameConditions(r.rules[i], target))
                forget(r.rules[i], edit);
        }
        // The last rule for the same layers takes the values unless a later one would win over it.
        std::size_t home = r.rules.size();
        for (std::size_t i = r.rules.size(); i-- > base;) {
            if (sameConditions(r.rules[i], target)) {
                home = i;
                break;
            }
            if (shares(r.rules[i], edit) && overlaps(matched(m, r.rules[i]), covered))
                break;
        }
        if (home == r.rules.size())
            r.rules.push_back(target);
        overwrite(r.rules[home], edit);
        // A recipe file refuses more bits than the type has.
        if (TensorConfig &c = part(r.rules[home], edit.part); c.bits && c.type && *c.bits > int(bitWidth(*c.type)))
            c.bits.reset();
        // Earlier twins of the rule say nothing more.
        for (std::size_t i = base; i < home; ++i) {
            if (sameConditions(r.rules[i], target))
                forget(r.rules[i], edit);
        }
        for (std::size_t i = r.rules.size(); i-- > base;) {
            if (r.rules[i].activations.empty() && r.rules[i].weights.empty() && r.rules[i].algorithms.empty())
                r.rules.erase(r.rules.begin() + std::ptrdiff_t(i));
        }
    }
    return r;
}

Recipe withoutLayerRules(const Model &m, Recipe r, std::vector<int> ops)
{
    normalize(ops);
    const std::size_t base = profileRules(r);
    std::vector<Rule> kept(r.rules.begin(), r.rules.begin() + std::ptrdiff_t(base));
    for (std::size_t i = base; i < r.rules.size(); ++i) {
        const Rule &rule = r.rules[i];
        const auto hit = matched(m, rule);
        if (!overlaps(hit, ops)) {
            kept.push_back(rule);
            continue;
        }
        std::vector<int> others;
        std::set_difference(hit.begin(), hit.end(), ops.begin(), ops.end(), std::back_inserter(others));
        for (Rule rest : rulesFor(m, others)) {
            rest.activations = rule.activations;
            rest.weights = rule.weights;
            rest.algorithms = rule.algorithms;
            rest.comment = rule.comment;
            kept.push_back(std::move(rest));
        }
    }
    r.rules = std::move(kept);
    return r;
}

Recipe fromProfile(const Profile &p, const Recipe &old, bool keepLayerRules)
{
    Recipe r = p.recipe;
    r.name = p.id;
    r.algorithms = old.algorithms;
    if (keepLayerRules)
        r.rules.insert(r.rules.end(), old.rules.begin() + std::ptrdiff_t(profileRules(old)), old.rules.end());
    return r;
}

QString configText(const TensorConfig &c)
{
    QStringList words;
    if (c.keep)
        words << (*c.keep ? tr("keep as is") : tr("do not keep"));
    if (c.type)
        words << typeText(*c.type);
    if (c.symmetry)
        words << toQString(symmetryName(*c.symmetry));
    if (c.granularity)
        words << toQString(granularityName(*c.granularity));
    if (c.scale)
        words << (*c.scale == ScaleRule::PowerOfTwo             ? tr("power-of-two scale")
                  : *c.scale == ScaleRule::PowerOfTwoMultiplier ? tr("power-of-two multiplier")
                                                                : tr("any scale"));
    if (c.bits)
        words << tr("%1 bits").arg(*c.bits);
    if (c.ownGrid)
        words << (*c.ownGrid ? tr("own grid") : tr("shared grid"));
    if (c.narrowRange)
        words << (*c.narrowRange ? tr("narrow range") : tr("full range"));
    return words.join(QStringLiteral(", "));
}

QString conditionText(const Rule &r)
{
    QStringList words;
    if (!r.name.empty())
        words << QString::fromStdString(r.name);
    if (!r.regex.empty())
        words << tr("name matches %1").arg(QString::fromStdString(r.regex));
    if (r.range)
        words << (r.range->first == r.range->second ? tr("layer #%1").arg(r.range->first)
                                                    : tr("layers #%1 to #%2").arg(r.range->first).arg(r.range->second));
    if (!r.operators.empty()) {
        QStringList names;
        for (const auto &o : r.operators)
            names << QString::fromStdString(o);
        words << names.join(QStringLiteral(", "));
    }
    return words.isEmpty() ? tr("all layers") : words.join(QStringLiteral("; "));
}

Preset presetOf(const Algorithms &a)
{
    const Algorithms corrected;
    const Algorithms naive = Algorithms::naive();
    return a == naive ? Preset::Naive : a == corrected ? Preset::Corrected : Preset::Custom;
}

Algorithms algorithmsOf(Preset p, const Algorithms &current)
{
    switch (p) {
    case Preset::Naive: return Algorithms::naive();
    case Preset::Corrected: return {};
    case Preset::Custom: return current;
    }
    return current;
}

} // namespace requant
