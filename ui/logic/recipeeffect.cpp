// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/logic/recipeeffect.h"

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

Plan planOf(const Model &m, const Recipe &r)
{
    Plan p;
    p.scheme = assignScheme(m, r);
    if (!m.subgraphs.empty())
        p.resolution = resolveConstraints(m, p.scheme, r);
    return p;
}

static QString planText(const TensorPlan &p)
{
    if (p.wish.keep)
        return tr("kept");
    TensorConfig c;
    c.type = p.wish.type;
    c.symmetry = p.wish.symmetry;
    if (p.wish.role == TensorRole::Weight)
        c.granularity = p.wish.granularity;
    if (p.wish.scale != ScaleRule::Any)
        c.scale = p.wish.scale;
    if (p.wish.bits > 0)
        c.bits = p.wish.bits;
    if (p.wish.narrowRange)
        c.narrowRange = true;
    if (p.wish.ownGrid)
        c.ownGrid = true;
    return configText(c);
}

static bool samePlan(const TensorPlan &a, const TensorPlan &b)
{
    TensorWish x = a.wish, y = b.wish;
    x.rule = y.rule = -1;
    return x == y && a.fixed.has_value() == b.fixed.has_value();
}

// The tensors that share each group, so that a group's number does not matter.
static std::map<std::int32_t, std::vector<std::size_t>> groups(const Resolution &r)
{
    std::map<std::int32_t, std::vector<std::size_t>> out;
    for (std::size_t t = 0; t < r.tensors.size(); ++t) {
        if (r.tensors[t].group >= 0)
            out[r.tensors[t].group].push_back(t);
    }
    return out;
}

static int insertedRequantize(const Resolution &r)
{
    return int(std::count_if(r.boundaries.begin(), r.boundaries.end(), [](const Boundary &b) { return !b.constant; }));
}

RecipeEffect recipeEffect(const Model &m, const Plan &before, const Plan &after, const std::vector<int> &edited)
{
    RecipeEffect out;
    out.requantizeBefore = insertedRequantize(before.resolution);
    out.requantizeAfter = insertedRequantize(after.resolution);
    if (m.subgraphs.empty() || before.resolution.tensors.size() != after.resolution.tensors.size())
        return out;
    const Subgraph &g = m.subgraphs.front();
    const auto groupsBefore = groups(before.resolution), groupsAfter = groups(after.resolution);
    const auto together = [](const auto &all, std::int32_t group) -> const std::vector<std::size_t> * {
        const auto it = all.find(group);
        return it == all.end() ? nullptr : &it->second;
    };
    std::set<std::size_t> seen;
    for (std::size_t o = 0; o < g.operators.size(); ++o) {
        QStringList what;
        QString why;
        const auto look = [&](TensorIndex t, const QString &role) {
            if (!t || !seen.insert(t.pos()).second)
                return;
            const TensorPlan &a = before.resolution.tensors[t.pos()], &b = after.resolution.tensors[t.pos()];
            const TensorRole kind = b.wish.role;
            if (kind == TensorRole::Other || kind == TensorRole::Bias)
                return;
            if (!samePlan(a, b)) {
                what << tr("%1: %2 \u2192 %3").arg(role, planText(a), planText(b));
            } else {
                const auto *was = together(groupsBefore, a.group), *is = together(groupsAfter, b.group);
                if ((was && is && *was == *is) || (!was && !is))
                    return;
                what << (is && was && is->size() < was->size() ? tr("%1: leaves its group").arg(role)
                                                               : tr("%1: joins another group").arg(role));
            }
            if (why.isEmpty())
                why = QString::fromStdString(b.reason);
        };
        const Operator &op = g.operators[o];
        for (const TensorIndex t : op.outputs)
            look(t, tr("output"));
        const int w = weightedInputs(op.code).weight;
        if (w >= 0 && std::size_t(w) < op.inputs.size())
            look(op.inputs[std::size_t(w)], tr("weights"));
        if (what.isEmpty())
            continue;
        const bool own = std::find(edited.begin(), edited.end(), int(o)) != edited.end();
        (own ? out.edited : out.others).push_back({int(o), what.join(QStringLiteral("; ")), why});
    }
    return out;
}

QString effectText(const Model &m, const RecipeEffect &e, int most)
{
    QStringList parts;
    if (!e.others.empty()) {
        QStringList names;
        for (const LayerEffect &l : e.others) {
            if (int(names.size()) == most)
                break;
            names << (l.why.isEmpty() ? tr("%1 (%2)").arg(layerTitle(m, l.op), l.what)
                                      : tr("%1 (%2; %3)").arg(layerTitle(m, l.op), l.what, l.why));
        }
        QString text =
            e.others.size() == 1
                ? tr("1 other layer changes: %1").arg(names.join(QStringLiteral(", ")))
                : tr("%1 other layers change: %2").arg(e.others.size()).arg(names.join(QStringLiteral(", ")));
        if (int(e.others.size()) > most)
            text += tr(" and %1 more").arg(int(e.others.size()) - most);
        parts << text;
    } else if (!e.edited.empty()) {
        parts << tr("No other layer changes");
    }
    const int more = e.requantizeAfter - e.requantizeBefore;
    if (more != 0)
        parts << (more > 0 ? tr("%1 more").arg(countText(more, "requantize operator", "requantize operators"))
                           : tr("%1 fewer").arg(countText(-more, "requantize operator", "requantize operators")));
    if (parts.isEmpty())
        return tr("Nothing changes");
    return parts.join(QStringLiteral("; ")) + u'.';
}

static bool grants(const TensorWish &granted, SchemeField field, int value)
{
    if (field == SchemeField::Treatment)
        return granted.keep == (value != 0);
    if (granted.keep)
        return false;
    switch (field) {
    case SchemeField::Type: return int(granted.type) == value;
    // What is symmetric is also restricted, and that is allowed where any zero point is.
    case SchemeField::ZeroPoint:
        return Symmetry(value) == Symmetry::Symmetric    ? granted.symmetry == Symmetry::Symmetric
               : Symmetry(value) == Symmetry::Restricted ? granted.symmetry != Symmetry::Asymmetric
                                                         : granted.symmetry == Symmetry::Asymmetric;
    case SchemeField::Scale: return int(granted.scale) == value;
    case SchemeField::Granularity: return int(granted.granularity) == value;
    case SchemeField::Range: return granted.narrowRange == (value != 0);
    case SchemeField::Bits: return (granted.bits > 0 ? granted.bits : int(bitWidth(granted.type))) == value;
    case SchemeField::Grid: return granted.ownGrid == (value != 0);
    case SchemeField::Treatment: break;
    }
    return true;
}

std::vector<ChoiceVerdict> checkChoices(const Model &m, const Recipe &recipe, const std::vector<int> &ops,
                                        ConfigPart part, const RunControl &run)
{
    std::vector<ChoiceVerdict> out;
    if (m.subgraphs.empty() || ops.empty())
        return out;
    const Subgraph &g = m.subgraphs.front();
    const Plan before = planOf(m, recipe);
    std::vector<std::pair<TensorIndex, OperatorIndex>> tensors; // and, for weights, whose
    std::set<TensorIndex> seen;
    for (const int i : ops) {
        if (i < 0 || std::size_t(i) >= g.operators.size())
            continue;
        const Operator &op = g.operators[std::size_t(i)];
        const auto take = [&](TensorIndex t, TensorRole role) {
            if (t && before.scheme.tensors[t.pos()].role == role && seen.insert(t).second)
                tensors.push_back({t, OperatorIndex{i}});
        };
        if (part == ConfigPart::Activations) {
            for (const TensorIndex t : op.outputs)
                take(t, TensorRole::Activation);
        } else if (const int w = weightedInputs(op.code).weight; w >= 0 && std::size_t(w) < op.inputs.size()) {
            take(op.inputs[std::size_t(w)], TensorRole::Weight);
        }
    }
    for (const FieldInfo &field : fieldsOf(part)) {
        for (const FieldChoice &choice : field.choices) {
            if (run.isCancelled())
                return out;
            ChoiceVerdict v;
            v.field = field.field;
            v.value = choice.value;
            FieldEdit edit{part, configWith(field.field, choice.value)};
            if (field.field != SchemeField::Treatment)
                edit.set.keep = false;
            const Plan after = planOf(m, withFields(m, recipe, ops, edit));
            for (const auto &[t, op] : tensors) {
                const auto own = after.resolution.weightOverrides.find(op);
                const TensorPlan &p = part == ConfigPart::Weights && own != after.resolution.weightOverrides.end()
                                          ? own->second
                                          : after.resolution.tensors[t.pos()];
                ++v.tensors;
                if (grants(p.wish, field.field, choice.value)) {
                    ++v.granted;
                } else if (v.reason.isEmpty()) {
                    v.reason = p.reason.empty() && field.field == SchemeField::Bits
                                   ? tr("%1 has no %2 bits").arg(typeText(p.wish.type)).arg(choice.value)
                                   : QString::fromStdString(p.reason);
                }
            }
            v.effect = recipeEffect(m, before, after, ops);
            out.push_back(std::move(v));
        }
    }
    return out;
}

TiedGroup tiedGroup(const Model &m, const Plan &plan, const std::vector<int> &ops)
{
    TiedGroup out;
    if (m.subgraphs.empty())
        return out;
    const Subgraph &g = m.subgraphs.front();
    std::set<std::int32_t> wanted;
    std::set<int> layers, because;
    for (const int i : ops) {
        if (i < 0 || std::size_t(i) >= g.operators.size())
            continue;
        for (const TensorIndex t : g.operators[std::size_t(i)].outputs) {
            if (t && t.pos() < plan.resolution.tensors.size() && plan.resolution.tensors[t.pos()].group >= 0)
                wanted.insert(plan.resolution.tensors[t.pos()].group);
        }
    }
    const GraphIndex index(g);
    for (std::size_t t = 0; t < plan.resolution.tensors.size(); ++t) {
        if (!wanted.contains(plan.resolution.tensors[t].group))
            continue;
        const OperatorIndex producer = index.producer(TensorIndex{t});
        if (producer && std::find(ops.begin(), ops.end(), producer.value) == ops.end())
            layers.insert(producer.value);
        // Who ties: an operator that reads one tensor of the group and writes another.
        for (const auto &consumer : index.consumers(TensorIndex{t})) {
            for (const TensorIndex o : g.op(consumer).outputs) {
                if (o && o.pos() != t && o.pos() < plan.resolution.tensors.size()
                    && plan.resolution.tensors[o.pos()].group == plan.resolution.tensors[t].group)
                    because.insert(consumer.value);
            }
        }
    }
    out.layers.assign(layers.begin(), layers.end());
    out.because.assign(because.begin(), because.end());
    return out;
}

// Kernel dimensions larger than 1 beside channels; -1 for operators without weights.
static int kernelDimensions(const Subgraph &g, const Operator &op)
{
    const int w = weightedInputs(op.code).weight;
    if (w < 0 || std::size_t(w) >= op.inputs.size() || !op.inputs[std::size_t(w)])
        return -1;
    const Shape &s = g.tensor(op.inputs[std::size_t(w)]).shape;
    int n = 0;
    for (std::size_t d = 1; s.size() == 4 && d < 3; ++d)
        n += s[d] > 1;
    return n;
}

std::vector<int> similarLayers(const Model &m, const std::vector<int> &ops)
{
    std::vector<int> out;
    if (m.subgraphs.empty())
        return out;
    const Subgraph &g = m.subgraphs.front();
    std::set<std::pair<int, int>> kinds;
    for (const int i : ops) {
        if (i >= 0 && std::size_t(i) < g.operators.size())
            kinds.insert({int(g.operators[std::size_t(i)].code), kernelDimensions(g, g.operators[std::size_t(i)])});
    }
    for (std::size_t i = 0; i < g.operators.size(); ++i) {
        if (kinds.contains({int(g.operators[i].code), kernelDimensions(g, g.operators[i])}))
            out.push_back(int(i));
    }
    return out;
}

} // namespace requant
