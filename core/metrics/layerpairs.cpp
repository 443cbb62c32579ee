// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/metrics/layerpairs.h"

#include "core/metrics/accumulator.h"
#include "core/metrics/values.h"
#include "core/scheme/scheme.h"
#include "core/sim/samplerunner.h"

#include <algorithm>
#include <span>

namespace requant {

namespace {

double largestScale(const Tensor &t)
{
    double s = 0;
    for (const float v : t.quant.scale)
        s = std::max(s, static_cast<double>(v));
    return s;
}

// Position of the operand whose constant values count as weights, or -1.
int weightPosition(const Model &model, const Subgraph &g, const Operator &op)
{
    if (const int w = weightedInputs(op.code).weight; w >= 0) {
        const bool there = static_cast<std::size_t>(w) < op.inputs.size() && op.inputs[static_cast<std::size_t>(w)];
        return there && model.isConstant(g.tensor(op.inputs[static_cast<std::size_t>(w)])) ? w : -1;
    }
    for (std::size_t k = 0; k < op.inputs.size(); ++k) {
        if (!op.inputs[k])
            continue;
        const Tensor &t = g.tensor(op.inputs[k]);
        if (model.isConstant(t) && t.quant.isQuantized() && bitWidth(t.type) <= 16)
            return static_cast<int>(k);
    }
    return -1;
}

// The operand that carries data: for the ratio that weight correction absorbed into the weights.
TensorIndex dataInput(const Model &model, const Subgraph &g, const Operator &op)
{
    for (const TensorIndex t : op.inputs)
        if (t && !model.isConstant(g.tensor(t)) && hasRealValues(g.tensor(t)))
            return t;
    return {};
}

// Factors of channels (effectivegrid.h) that the weights of a convolution took from their input and gave to their output.
void undoFactors(const ComparedModels &m, const Operator &a, const Operator &b, std::vector<double> &weights)
{
    const Subgraph &gs = mainOf(m.source);
    const TensorIndex in = dataInput(*m.converted, mainOf(m.converted), b);
    const EffectiveGrid gin = in ? gridOf(m, in) : EffectiveGrid{}, gout = b.outputs.empty() ? EffectiveGrid{} : gridOf(m, b.outputs[0]);
    if (gin.factors.empty() && gout.factors.empty())
        return;
    const Tensor &w = gs.tensor(a.inputs[static_cast<std::size_t>(weightedInputs(a.code).weight)]);
    const bool depthwise = a.code == Op::DepthwiseConv2D;
    const auto last = static_cast<std::size_t>(w.shape.empty() ? 1 : std::max(1, w.shape.back()));
    const std::size_t outputs = depthwise ? last : static_cast<std::size_t>(w.shape.empty() ? 1 : std::max(1, w.shape.front()));
    const std::size_t each = std::max<std::size_t>(1, weights.size() / std::max<std::size_t>(1, outputs));
    const std::size_t channels = gin.factors.size(), groups = channels > last && !depthwise ? channels / last : 1;
    for (std::size_t i = 0; i < weights.size(); ++i) {
        const std::size_t o = depthwise ? i % outputs : i / each;
        std::size_t k = 0;
        if (depthwise)
            k = channels ? o * channels / outputs : 0;
        else
            k = i % last + (groups > 1 ? o / std::max<std::size_t>(1, outputs / groups) * last : 0);
        weights[i] *= gout.factor(o) / gin.factor(k);
    }
}

// The errors of the weights; their scales go to `layer`.
std::optional<ValueError> weightError(const ComparedModels &m, const Operator &a, const Operator &b, LayerError &layer)
{
    const Subgraph &gs = mainOf(m.source), &gc = mainOf(m.converted);
    const int w = weightPosition(*m.source, gs, a);
    if (w < 0 || static_cast<std::size_t>(w) >= b.inputs.size() || !b.inputs[static_cast<std::size_t>(w)])
        return {};
    const TensorIndex newIndex = b.inputs[static_cast<std::size_t>(w)];
    const Tensor &old = gs.tensor(a.inputs[static_cast<std::size_t>(w)]);
    const Tensor &now = gc.tensor(newIndex);
    if (!hasRealValues(old) || !hasRealValues(now) || elementCount(old.shape) != elementCount(now.shape))
        return {};
    layer.weightScaleBefore = largestScale(old);
    layer.weightScaleAfter = largestScale(now);

    const WeightedInputs roles = weightedInputs(a.code);
    EffectiveGrid grid;
    int dimension = -1;
    if (roles.weight >= 0) {
        // The declared network computes r(in)/r(out) times the weight: take that out again.
        const TensorIndex in = dataInput(*m.converted, gc, b);
        const double rIn = in ? gridOf(m, in).ratio : 1.0, rOut = b.outputs.empty() ? 1.0 : gridOf(m, b.outputs[0]).ratio;
        grid.ratio = rOut / rIn;
        dimension = roles.channelDimension;
    } else {
        grid = gridOf(m, newIndex);
    }
    const ValueReader before(old), after(now, grid);
    std::vector<double> x, y;
    before.read(m.source->data(old), x);
    after.read(m.converted->data(now), y);
    const auto n = static_cast<std::size_t>(elementCount(old.shape)); // packed types may hold a padding element
    if (x.size() < n || y.size() < n)
        return {};
    if (roles.weight >= 0)
        undoFactors(m, a, b, y);
    ErrorAccumulator sums(ChannelLayout::along(old.shape, dimension));
    sums.add(std::span(x).first(n), std::span(y).first(n), before, after, true);
    return sums.result(true);
}

} // namespace

EffectiveGrid gridOf(const ComparedModels &m, TensorIndex t)
{
    const auto it = m.effective.find(t);
    return it == m.effective.end() ? EffectiveGrid{} : it->second;
}

std::vector<OperatorIndex> convertedOf(const ComparedModels &m)
{
    std::vector<OperatorIndex> out(mainOf(m.source).operators.size());
    const std::size_t n = mainOf(m.converted).operators.size();
    for (std::size_t j = 0; j < n; ++j) {
        const OperatorIndex i = m.origin.empty() ? OperatorIndex(j) : j < m.origin.size() ? m.origin[j] : OperatorIndex();
        if (i && i.pos() < out.size())
            out[i.pos()] = OperatorIndex(j);
    }
    return out;
}

std::vector<LayerPair> pairLayers(const ComparedModels &m)
{
    const Subgraph &gs = mainOf(m.source), &gc = mainOf(m.converted);
    const std::vector<OperatorIndex> partner = convertedOf(m);
    std::vector<LayerPair> pairs;
    for (std::size_t i = 0; i < gs.operators.size(); ++i) {
        const Operator &from = gs.operators[i];
        LayerPair p{OperatorIndex(i), partner[i], from.outputs.empty() ? TensorIndex() : from.outputs[0], {}, false, false};
        if (p.converted && p.sourceOut) {
            const Operator &op = gc.op(p.converted);
            if (!op.outputs.empty() && op.outputs[0]) {
                p.convertedOut = op.outputs[0];
                p.comparable = hasRealValues(gs.tensor(p.sourceOut)) && hasRealValues(gc.tensor(p.convertedOut));
                // A layer that reads or keeps state cannot be fed alone, nor what runs subgraphs that might.
                const auto plain = [&](TensorIndex t) {
                    if (!t)
                        return true;
                    const Tensor &in = gc.tensor(t);
                    return !in.isVariable && in.type != ElementType::Resource && in.type != ElementType::String;
                };
                const bool runsState = (op.code == Op::If || op.code == Op::While) && keepsState(*m.converted);
                p.local = p.comparable && !runsState && std::all_of(op.inputs.begin(), op.inputs.end(), plain)
                    && std::any_of(op.inputs.begin(), op.inputs.end(), [](TensorIndex t) { return bool(t); });
            }
        }
        pairs.push_back(p);
    }
    return pairs;
}

std::vector<LayerError> describeLayers(const ComparedModels &m)
{
    const Subgraph &gs = mainOf(m.source), &gc = mainOf(m.converted);
    std::vector<std::string> names = layerNames(gs);
    std::vector<LayerError> layers;
    for (const LayerPair &p : pairLayers(m)) {
        LayerError layer;
        layer.source = p.source;
        layer.converted = p.converted;
        layer.output = p.sourceOut;
        layer.name = std::move(names[p.source.pos()]);
        const auto scaleOf = [](const Subgraph &g, TensorIndex t) {
            return t && g.tensor(t).quant.scale.size() == 1 ? static_cast<double>(g.tensor(t).quant.scale[0]) : 0.0;
        };
        layer.scaleBefore = scaleOf(gs, p.sourceOut);
        if (p.converted && !gc.op(p.converted).outputs.empty())
            layer.scaleAfter = scaleOf(gc, gc.op(p.converted).outputs[0]);
        layers.push_back(std::move(layer));
    }
    return layers;
}

void measureWeights(const ComparedModels &m, LayerError &layer)
{
    if (layer.converted)
        layer.weights = weightError(m, mainOf(m.source).op(layer.source), mainOf(m.converted).op(layer.converted), layer);
}

} // namespace requant
