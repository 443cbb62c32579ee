// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/logic/channelfacts.h"

#include "core/convert/convert.h"
#include "core/scheme/scheme.h"
#include "ui/logic/texts.h"

#include <QCoreApplication>
#include <QStringList>

#include <algorithm>
#include <cmath>

namespace requant {
namespace {

QString tr(const char *s) { return QCoreApplication::translate("requant::ChannelFacts", s); }

const Tensor *weightsOf(const Model &m, const Operator &op)
{
    const auto &g = m.subgraphs.front();
    const int at = weightedInputs(op.code).weight;
    if (at < 0 || std::size_t(at) >= op.inputs.size())
        return nullptr;
    const TensorIndex t = op.inputs[std::size_t(at)];
    return t && t.pos() < g.tensors.size() ? &g.tensor(t) : nullptr;
}

std::vector<double> scalesOf(const Tensor *t, std::size_t channels)
{
    if (!t || !t->quant.isQuantized() || (t->quant.isPerChannel() && t->quant.scale.size() != channels))
        return {};
    std::vector<double> scales(channels);
    for (std::size_t c = 0; c < channels; ++c)
        scales[c] = double(t->quant.scaleAt(t->quant.isPerChannel() ? c : 0));
    return scales;
}

} // namespace

const Tensor *weightTensor(const Model &source, const Conversion *conversion, int op, bool converted)
{
    const auto &operators = source.subgraphs.front().operators;
    if (op < 0 || std::size_t(op) >= operators.size())
        return nullptr;
    if (!converted)
        return weightsOf(source, operators[std::size_t(op)]);
    if (!conversion || !conversion->model || conversion->model->subgraphs.empty())
        return nullptr;
    const auto &all = conversion->model->subgraphs.front().operators;
    if (conversion->origin.empty())
        return std::size_t(op) < all.size() ? weightsOf(*conversion->model, all[std::size_t(op)]) : nullptr;
    for (std::size_t i = 0; i < all.size() && i < conversion->origin.size(); ++i) {
        if (conversion->origin[i].value == op)
            return weightsOf(*conversion->model, all[i]);
    }
    return nullptr;
}

ChannelFacts channelFacts(const Model &source, const Conversion *conversion, int op, const LayerError *weights, const LayerError *local)
{
    ChannelFacts f;
    const Tensor *before = weightTensor(source, conversion, op, false), *after = weightTensor(source, conversion, op, true);
    if (!before)
        return f;
    const auto dimension = std::size_t(weightedInputs(source.subgraphs.front().operators[std::size_t(op)].code).channelDimension);
    f.channels = dimension < before->shape.size() && before->shape[dimension] > 0 ? std::size_t(before->shape[dimension]) : 1;
    f.scaleBefore = scalesOf(before, f.channels);
    f.scaleAfter = scalesOf(after, f.channels);
    if (weights && weights->weights && weights->weights->channelSqnrDb.size() == f.channels)
        f.weightSqnr = weights->weights->channelSqnrDb;
    if (local && local->local && local->scaleAfter > 0 && local->local->biasShift.size() == f.channels) {
        f.shift = local->local->biasShift;
        for (double &s : f.shift)
            s /= local->scaleAfter;
    }
    return f;
}

bool ChannelFacts::isPerChannel() const
{
    const auto differ = [](const std::vector<double> &v) {
        return std::adjacent_find(v.begin(), v.end(), std::not_equal_to<>()) != v.end();
    };
    return differ(scaleBefore) || differ(scaleAfter);
}

int ChannelFacts::worst() const
{
    int found = -1;
    for (std::size_t c = 0; c < weightSqnr.size(); ++c) {
        if (!std::isnan(weightSqnr[c]) && (found < 0 || weightSqnr[c] < weightSqnr[std::size_t(found)]))
            found = int(c);
    }
    return found;
}

QString ChannelFacts::text(std::size_t c) const
{
    QStringList words;
    if (c < scaleBefore.size() && c < scaleAfter.size() && scaleBefore[c] != scaleAfter[c])
        words << tr("scale %1 \u2192 %2").arg(scaleText(scaleBefore[c]), scaleText(scaleAfter[c]));
    else if (c < scaleBefore.size() || c < scaleAfter.size())
        words << tr("scale %1").arg(scaleText(c < scaleBefore.size() ? scaleBefore[c] : scaleAfter[c]));
    if (c < weightSqnr.size())
        words << tr("weights %1").arg(dbText(weightSqnr[c]));
    if (c < shift.size())
        words << tr("output shift %1").arg(stepsText(shift[c]));
    return tr("channel %1: %2").arg(c).arg(words.isEmpty() ? noText() : words.join(QStringLiteral(", ")));
}

} // namespace requant
