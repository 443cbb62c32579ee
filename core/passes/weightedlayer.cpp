// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/passes/weightedlayer.h"

#include "core/passes/requantbias.h"

#include "core/model/poweroftwo.h"
#include "core/passes/integers.h"
#include "core/passes/layerlimits.h"

#include <algorithm>
#include <cmath>
#include <optional>

namespace requant {

namespace {

double factorOf(const std::vector<double> &factors, std::size_t channel)
{
    return factors.empty() ? 1.0 : factors[channel % factors.size()];
}

bool changes(const PassContext &c, TensorIndex t, const GroupGrid &grid)
{
    return grid.ratio != 1.0 || grid.offset != 0.0 || !grid.params.sameGrid(c.from.tensor(t).quant)
        || c.resolution.tensors[t.pos()].wish.type != c.from.tensor(t).type;
}

// Why weights and bias of an operator cannot be put on other grids; null if they can. No runtime takes the last two.
const char *unusable(const PassContext &c, const Operator &op, TensorIndex w, TensorIndex bias)
{
    const Tensor &weight = c.from.tensor(w);
    const bool constant = c.resolution.tensors[w.pos()].wish.role == TensorRole::Weight;
    if (bias && c.resolution.tensors[bias.pos()].wish.role != TensorRole::Bias)
        return "its bias is not a constant of int32 or int64";
    if (!constant)
        return bias ? "it has a bias, and its weights are not constant integers with a scale" : nullptr;
    if (weight.type != ElementType::Int8 && weight.type != ElementType::UInt8 && weight.type != ElementType::Int4
        && weight.type != ElementType::Int16)
        return "its weights are of a type that is not read";
    if (c.source.data(weight).size() < byteSize(weight.type, static_cast<std::size_t>(elementCount(weight.shape))))
        return "its weights are sparse";
    const auto dim = static_cast<std::size_t>(weightedInputs(op.code).channelDimension);
    const std::int64_t outputs = dim < weight.shape.size() ? weight.shape[dim] : 1;
    if (weight.quant.isPerChannel() && static_cast<std::int64_t>(weight.quant.scale.size()) != outputs)
        return "its weights' scales are not those of the output channels";
    if (bias && elementCount(c.from.tensor(bias).shape) != outputs)
        return "its bias does not have one value per output channel";
    return nullptr;
}

ElementType wideBias(const PassContext &c, const Operator &op, TensorIndex bias)
{
    // TFLite: int16 activations take an int64 bias; CONV_2D and FULLY_CONNECTED of newer runtimes take int32 too, kept
    // where the source has it.
    const bool wasInt16 = bias && c.from.tensor(op.outputs[0]).type == ElementType::Int16;
    return wasInt16 ? c.from.tensor(bias).type : ElementType::Int64;
}

bool reachesLowest(const PassContext &c, const Tensor &weight)
{
    const auto data = c.source.data(weight);
    switch (weight.type) {
    case ElementType::Int8: return std::find(data.begin(), data.end(), std::byte{0x80}) != data.end();
    case ElementType::UInt8: return std::find(data.begin(), data.end(), std::byte{0}) != data.end();
    case ElementType::Int4:
        return std::any_of(data.begin(), data.end(), [](std::byte b) { return (b & std::byte{15}) == std::byte{8} || b >> 4 == std::byte{8}; });
    default: return false;
    }
}

bool alreadyAsAsked(const PassContext &c, const Tensor &weight, const TensorWish &w)
{
    if (weight.type != w.type)
        return false;
    if ((w.granularity == Granularity::PerChannel) != weight.quant.isPerChannel())
        return false;
    if (std::any_of(weight.quant.zeroPoint.begin(), weight.quant.zeroPoint.end(),
                    [&](std::int64_t z) { return !zeroPointAllowed(w.symmetry, weight.type, z); }))
        return false;
    if (w.narrowRange && reachesLowest(c, weight))
        return false;
    if (w.bits) {
        const auto values = unpackIntegers(c.source.data(weight), weight.type, static_cast<std::size_t>(elementCount(weight.shape)));
        const IntegerRange r = storageRange(w);
        const std::int64_t least = w.symmetry == Symmetry::Asymmetric ? r.min : (w.type == ElementType::UInt8 ? 256 : 0) - r.max;
        if (std::any_of(values.begin(), values.end(), [&](std::int64_t v) { return v < least || v > r.max; }))
            return false;
    }
    return w.scale != ScaleRule::PowerOfTwo
        || std::all_of(weight.quant.scale.begin(), weight.quant.scale.end(), isPowerOfTwo);
}

// b' of weights.h: the source's bias as a real number with the offsets of input and output.
std::vector<double> realBias(const PassContext &c, const WeightedLayer &layer, const RealWeights &plain)
{
    // Kernels add the stored integers to the accumulator whatever scale the file says: its real scale is the product.
    const Tensor &b = c.from.tensor(layer.bias), &input = c.from.tensor(layer.input), &weight = c.from.tensor(layer.weight);
    const auto q = unpackIntegers(c.source.data(b), b.type, plain.outputs);
    std::vector<double> out(plain.outputs);
    for (std::size_t o = 0; o < plain.outputs; ++o) {
        double real = static_cast<double>(q[o]) * static_cast<double>(input.quant.scale[0]) * static_cast<double>(weight.quant.scaleAt(o));
        if (layer.inGrid->offset != 0.0) {
            double sum = 0;
            for (std::size_t k = 0; k < plain.inputs; ++k)
                sum += plain.values[o * plain.inputs + k] * factorOf(layer.inGrid->factors, plain.channel[o * plain.inputs + k]);
            real += sum * layer.inGrid->offset;
        }
        out[o] = (real / factorOf(layer.outGrid->factors, o) - layer.outGrid->offset) / layer.outGrid->ratio;
    }
    return out;
}

// Of x / ratio.
InputMoments channelMoments(const PassContext &c, const WeightedLayer &layer, const Statistics *statistics)
{
    InputMoments m;
    const double ratio = layer.inGrid->ratio;
    const auto it = statistics ? statistics->find(layer.input) : Statistics::const_iterator{};
    if (!statistics || it == statistics->end() || it->second.mean.empty())
        return m;
    const Tensor &t = c.from.tensor(layer.input);
    const double s = static_cast<double>(t.quant.scale[0]);
    const auto z = static_cast<double>(t.quant.zeroPointAt(0));
    for (std::size_t i = 0; i < it->second.mean.size(); ++i) {
        const double q = it->second.mean[i];
        const double mean = s * (q - z), square = s * s * std::max(0.0, it->second.meanSquare[i] - 2 * z * q + z * z);
        const double by = ratio * factorOf(layer.inGrid->factors, i);
        m.mean.push_back(mean / by);
        m.meanSquare.push_back(square / (by * by));
    }
    return m;
}

// With the source's scales a channel whose weights are nearly zero may have no room for an offset in its bias, and hardware with
// narrow biases may have none for the bias itself.
bool biasFits(const PassContext &c, const WeightedLayer &layer, const std::vector<double> &bias)
{
    const QuantParams &w = c.from.tensor(layer.weight).quant;
    const Limits &l = c.recipe.limits;
    const double narrow = l.biasBits && *l.biasBits < 31 && !l.biasOwnScale ? std::ldexp(1.0, *l.biasBits - 1) - 0.5 : 0x1p62;
    for (std::size_t o = 0; o < bias.size(); ++o) {
        if (std::abs(bias[o]) >= narrow * static_cast<double>(layer.inGrid->params.scale[0]) * static_cast<double>(w.scaleAt(o)))
            return false;
        if (layer.biasType == ElementType::Int32 && std::abs(bias[o]) > 0x1p30 * static_cast<double>(layer.inGrid->params.scale[0]) * static_cast<double>(w.scaleAt(o)))
            return false;
    }
    return true;
}

// Of x' = x / (rho_in factor).
PatchMoments divided(const PatchMoments &real, double ratio, const std::vector<double> &factors, const RealWeights &weights)
{
    PatchMoments p = real;
    if (factors.empty() || weights.outputs % p.blocks != 0 || weights.inputs != p.size) {
        for (double &m : p.mean)
            m /= ratio;
        const double square = 1 / (ratio * ratio);
        for (double &v : p.covariance)
            v *= square;
        return p;
    }
    for (std::size_t b = 0; b < p.blocks; ++b) {
        // A block's rows read the same channels in the same order.
        const std::size_t *channel = &weights.channel[b * (weights.outputs / p.blocks) * p.size];
        std::vector<double> by(p.size);
        for (std::size_t k = 0; k < p.size; ++k)
            by[k] = 1 / (ratio * factorOf(factors, channel[k]));
        for (std::size_t i = 0; i < p.size; ++i) {
            p.mean[b * p.size + i] *= by[i];
            for (std::size_t j = 0; j < p.size; ++j)
                p.covariance[(b * p.size + i) * p.size + j] *= by[i] * by[j];
        }
    }
    return p;
}

QuantParams biasScales(const QuantParams &in, const QuantParams &weight, std::size_t outputs)
{
    QuantParams q;
    const std::size_t n = weight.isPerChannel() ? outputs : 1;
    for (std::size_t o = 0; o < n; ++o)
        q.scale.push_back(in.scale[0] * weight.scaleAt(o));
    q.zeroPoint.assign(n, 0);
    return q;
}

void writeWeights(PassContext &c, const WeightedLayer &layer, ElementType type, const QuantizedWeights &q, std::size_t outputs)
{
    std::vector<std::int64_t> values(q.values.size());
    const bool depthwise = c.from.op(layer.op).code == Op::DepthwiseConv2D;
    const std::size_t inputs = outputs ? values.size() / outputs : 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
        const std::size_t out = depthwise ? i % outputs : i / inputs;
        const std::size_t k = depthwise ? i / outputs : i % inputs;
        values[i] = q.values[out * inputs + k];
    }
    const TensorIndex own = c.ownTensor(layer.op, weightedInputs(c.from.op(layer.op).code).weight, layer.weight);
    c.setData(own, packIntegers(values, type));
    Tensor &t = c.graph().tensor(own);
    t.type = type;
    PassContext::takeGrid(t, q.params);
}

void writeBias(PassContext &c, const WeightedLayer &layer, const std::vector<std::int64_t> &values, const QuantParams &scales)
{
    const TensorIndex own = c.ownTensor(layer.op, weightedInputs(c.from.op(layer.op).code).bias, layer.bias);
    c.setData(own, packIntegers(values, layer.biasType));
    Tensor &t = c.graph().tensor(own);
    t.type = layer.biasType;
    PassContext::takeGrid(t, scales);
}

void warnSaturated(PassContext &c, const WeightedLayer &layer)
{
    c.out.diagnostics.push_back(makeWarning(kBiasSaturated, {layerName(c.from, c.from.op(layer.op))}, OperatorRef{SubgraphIndex{0}, layer.op}));
}

// Kept weights: only the bias follows the new grids.
void keepWeights(PassContext &c, const WeightedLayer &layer, const RealWeights &plain)
{
    const WeightedInputs at = weightedInputs(c.from.op(layer.op).code);
    c.keepTensor(layer.op, at.weight, layer.weight);
    if (!layer.bias)
        return;
    const Tensor &input = c.from.tensor(layer.input), &weight = c.from.tensor(layer.weight);
    if (input.quant.isQuantized() && input.quant.scale[0] == layer.inGrid->params.scale[0] && layer.outGrid->ratio == 1.0
        && layer.inGrid->offset == 0.0 && layer.outGrid->offset == 0.0 && c.from.tensor(layer.bias).type == layer.biasType) {
        c.keepTensor(layer.op, at.bias, layer.bias);
        return;
    }
    const auto real = realBias(c, layer, plain);
    std::vector<std::int64_t> values(plain.outputs);
    const double most = layer.biasType == ElementType::Int32 ? 2147483647.0 : 0x1p62;
    bool saturated = false;
    for (std::size_t o = 0; o < plain.outputs; ++o) {
        const double scale = static_cast<double>(layer.inGrid->params.scale[0]) * static_cast<double>(weight.quant.scaleAt(o));
        const double q = scale > 0 ? std::round(real[o] / scale) : 0.0;
        saturated = saturated || std::abs(q) > most;
        values[o] = static_cast<std::int64_t>(std::clamp(q, -most, most));
    }
    if (c.recipe.limits.biasOwnScale)
        fitBiases(values, c.recipe.limits, weight.quant.isPerChannel());
    if (saturated)
        warnSaturated(c, layer);
    writeBias(c, layer, values, biasScales(layer.inGrid->params, weight.quant, plain.outputs));
}

// The constant operand of BATCH_MATMUL has its output channel last: no importance by input channel for it.
RealWeights plainWeights(const PassContext &c, const WeightedLayer &layer)
{
    const Operator &op = c.from.op(layer.op);
    const Tensor &input = c.from.tensor(layer.input);
    const std::size_t channels = input.shape.empty() || op.code == Op::BatchMatmul ? 0 : static_cast<std::size_t>(std::max(0, input.shape.back()));
    return realWeights(c.source, op, c.from.tensor(layer.weight), channels);
}

std::size_t outputChannels(const Operator &op, const Tensor &weight)
{
    const auto dim = static_cast<std::size_t>(weightedInputs(op.code).channelDimension);
    return dim < weight.shape.size() ? static_cast<std::size_t>(weight.shape[dim]) : 1;
}

// All that computeWeights() looks at, beside the source.
MemoKey keyOf(const PassContext &c, const WeightedLayer &layer, const LayerKnowledge &known, const Algorithms &a, const InputMoments &moments,
              const ResultSigns &signs)
{
    MemoKey key;
    key << layer.op.value << layer.input.value << layer.weight.value << layer.bias.value << layer.output.value << layer.biasType;
    for (const GroupGrid *g : {layer.inGrid, layer.outGrid})
        key << g->params.scale << g->params.zeroPoint << g->ratio << g->offset << g->factors << g->saturates;
    const TensorWish &w = layer.plan->wish;
    key << w.role << w.keep << w.type << w.symmetry << w.granularity << w.scale << w.narrowRange << w.bits << w.ownGrid;
    key << a.weightCorrection << a.scaleSearch << a.errorFolding << a.zeroPointFolding << a.roundingSearch << a.empiricalFolding << a.equalization;
    const Limits &l = c.recipe.limits;
    key << l.shiftRange.has_value() << (l.shiftRange ? l.shiftRange->first : 0) << (l.shiftRange ? l.shiftRange->second : 0) << l.biasBits << l.biasOwnScale;
    key << c.recipe.arithmetic << known.meanShare << known.realSamples << (known.patch ? known.patchSource : nullptr);
    key << moments.mean << moments.meanSquare << signs.before << signs.now << (known.rows != nullptr);
    if (const RowScaling *r = known.rows)
        key << r->most << r->clampShare << r->clamp << r->step << r->offset;
    return key;
}

QuantizedWeights computeWeights(const PassContext &c, const WeightedLayer &layer, const LayerKnowledge &known, const Algorithms &algorithms,
                                const InputMoments &moments, const ResultSigns &signs)
{
    const Operator &op = c.from.op(layer.op);
    const Tensor &weight = c.from.tensor(layer.weight), &input = c.from.tensor(layer.input);
    const std::vector<double> &factors = layer.inGrid->factors, &given = layer.outGrid->factors;
    RealWeights real = plainWeights(c, layer);
    WeightTask task;
    if (layer.bias)
        task.bias = realBias(c, layer, real);
    const double ratio = layer.inGrid->ratio / layer.outGrid->ratio;
    for (std::size_t o = 0, i = 0; o < real.outputs; ++o)
        for (std::size_t k = 0; k < real.inputs; ++k, ++i)
            real.values[i] *= ratio * factorOf(factors, real.channel[i]) / factorOf(given, o);
    task.rows = known.rows;
    task.weights = &real;
    task.inputScale = static_cast<double>(layer.inGrid->params.scale[0]);
    task.outputScale = static_cast<double>(layer.outGrid->params.scale[0]);
    task.limits = c.recipe.limits;
    task.wish = layer.plan->wish;
    task.scaleSearch = algorithms.scaleSearch;
    // Without statistics folding still undoes what rounding does to the offset.
    task.errorFolding = algorithms.errorFolding;
    task.offset = layer.inGrid->offset / layer.inGrid->ratio;
    task.roundingSearch = algorithms.roundingSearch;
    task.meanWeight = known.realSamples ? 0.02 : 0.3;
    task.meanShare = known.meanShare;
    task.reach = known.realSamples ? 4 : 1;
    task.silentFloor = op.code == Op::DepthwiseConv2D ? (known.realSamples ? 1e-6 : 1e-4) : (known.realSamples ? 1e-3 : 0.1);
    for (float s : weight.quant.scale)
        task.sourceScale.push_back(static_cast<double>(s) * ratio);
    std::optional<PatchMoments> own;
    if (known.patch) {
        own = divided(*known.patch, layer.inGrid->ratio, factors, real);
        task.patch = &*own;
    }
    task.moments = moments;
    if (algorithms.errorFolding && input.quant.isQuantized() && c.from.tensor(layer.output).quant.isQuantized()) {
        const double outBefore = static_cast<double>(c.from.tensor(layer.output).quant.scale[0]);
        task.biasShift = [&, outBefore](std::size_t o, double scale, double factor) {
            const double mBefore = static_cast<double>(input.quant.scale[0]) * static_cast<double>(weight.quant.scaleAt(o)) / outBefore;
            const double outNow = static_cast<double>(layer.outGrid->params.scale[0]);
            const double mNow = static_cast<double>(layer.inGrid->params.scale[0]) * scale / outNow;
            const double before = meanRounding(sourceNumerics(c.recipe.arithmetic).arithmetic, mBefore, signs.before[o % signs.before.size()]) * outBefore;
            const double now = meanRounding(c.recipe.arithmetic, mNow, signs.now[o % signs.now.size()]) * outNow;
            return before / (layer.outGrid->ratio * factorOf(given, o) * factor) - now;
        };
    }
    return quantizeWeights(task);
}

} // namespace

Result<std::optional<WeightedLayer>> findWeightedLayer(const PassContext &c, OperatorIndex o)
{
    const Operator &op = c.from.op(o);
    const WeightedInputs at = weightedInputs(op.code);
    if (at.weight < 0 || static_cast<std::size_t>(at.weight) >= op.inputs.size() || op.outputs.empty() || !op.outputs[0])
        return std::optional<WeightedLayer>{};
    const TensorIndex w = op.inputs[static_cast<std::size_t>(at.weight)];
    const OpSpec *spec = findOpSpec(op.code);
    if (!w || !spec)
        return std::optional<WeightedLayer>{};
    const auto dataPosition = static_cast<std::size_t>(spec->dataInputs.front());
    const TensorIndex in = dataPosition < op.inputs.size() ? op.inputs[dataPosition] : TensorIndex{};
    if (!in)
        return std::optional<WeightedLayer>{};
    const TensorPlan &inPlan = consumedPlan(c.source, c.resolution, o, dataPosition);
    const TensorPlan &outPlan = c.resolution.tensors[op.outputs[0].pos()];
    const GroupGrid *inGrid = c.gridOf(inPlan);
    const GroupGrid *outGrid = c.gridOf(outPlan);
    if (!inGrid || !outGrid || !inGrid->params.isQuantized() || !outGrid->params.isQuantized())
        return std::optional<WeightedLayer>{}; // float activations: hybrid weights stay as they are
    const TensorIndex bias = at.bias >= 0 && static_cast<std::size_t>(at.bias) < op.inputs.size()
        ? op.inputs[static_cast<std::size_t>(at.bias)]
        : TensorIndex{};
    if (const char *why = unusable(c, op, w, bias)) {
        // Nothing is lost where nothing about the layer changes.
        if (changes(c, in, *inGrid) || changes(c, op.outputs[0], *outGrid) || !c.resolution.tensors[w.pos()].wish.keep)
            return makeError(kCannotRequantize, {opName(op.code) + " " + layerName(c.from, op), why}, OperatorRef{SubgraphIndex{0}, o});
        return std::optional<WeightedLayer>{};
    }
    if (c.resolution.tensors[w.pos()].wish.role != TensorRole::Weight)
        return std::optional<WeightedLayer>{}; // computed weights without a bias: activations like others

    const auto override = c.resolution.weightOverrides.find(o);
    WeightedLayer layer;
    layer.op = o;
    layer.input = in;
    layer.weight = w;
    layer.bias = bias;
    layer.output = op.outputs[0];
    layer.inGrid = inGrid;
    layer.outGrid = outGrid;
    layer.plan = override != c.resolution.weightOverrides.end() ? &override->second : &c.resolution.tensors[w.pos()];
    layer.biasType = outPlan.wish.type == ElementType::Int16 ? wideBias(c, op, bias) : ElementType::Int32;
    layer.keepsWeights = layer.plan->wish.keep
        || (inGrid->ratio == outGrid->ratio && alreadyAsAsked(c, c.from.tensor(w), layer.plan->wish) && multipliersFit(c, layer, c.from.tensor(w).quant));
    return std::optional(layer);
}

void quantizeLayer(PassContext &c, const WeightedLayer &layer, const LayerKnowledge &known)
{
    const Operator &op = c.from.op(layer.op);
    const Tensor &weight = c.from.tensor(layer.weight);
    const std::vector<double> &factors = layer.inGrid->factors, &given = layer.outGrid->factors;
    if (layer.plan->wish.keep || (layer.keepsWeights && factors.empty() && given.empty())) {
        const RealWeights real = plainWeights(c, layer);
        if (layer.plan->wish.keep || biasFits(c, layer, layer.bias ? realBias(c, layer, real) : std::vector<double>{})) {
            keepWeights(c, layer, real);
            return reportLimits(c, layer, weight.quant, true, 0);
        }
    }
    const Algorithms algorithms = c.resolution.algorithmsOf(layer.op);
    const InputMoments moments = channelMoments(c, layer, algorithms.errorFolding || algorithms.scaleSearch ? known.statistics : nullptr);
    const ResultSigns signs = resultSigns(c, layer, known.outputs);
    WeightMemo *memo = c.shared && (!known.patch || known.patchSource) ? c.shared->weights() : nullptr;
    const MemoKey key = memo ? keyOf(c, layer, known, algorithms, moments, signs) : MemoKey{};
    std::optional<QuantizedWeights> found;
    if (memo)
        found = memo->find(key.bytes());
    if (!found) {
        found = computeWeights(c, layer, known, algorithms, moments, signs);
        if (memo)
            memo->keep(key.bytes(), *found);
    }
    QuantizedWeights &q = *found;
    if (q.biasSaturated)
        warnSaturated(c, layer);
    q.params.quantizedDimension = q.params.isPerChannel() ? weightedInputs(op.code).channelDimension : 0;
    if (!q.factors.empty()) {
        for (std::size_t o = 0; o < q.factors.size(); ++o)
            q.factors[o] *= factorOf(given, o);
        c.grids[static_cast<std::size_t>(c.resolution.tensors[layer.output.pos()].group)].factors = q.factors;
    }
    const std::size_t outputs = outputChannels(op, weight);
    writeWeights(c, layer, layer.plan->wish.type, q, outputs);
    if (layer.bias)
        writeBias(c, layer, q.bias, biasScales(layer.inGrid->params, q.params, outputs));
    reportLimits(c, layer, q.params, false, q.biasesCut);
}

void addToBias(PassContext &c, const WeightedLayer &layer, const std::vector<double> &real)
{
    const Operator &op = c.placed(layer.op);
    const WeightedInputs at = weightedInputs(op.code);
    const TensorIndex t = op.inputs[static_cast<std::size_t>(at.bias)], w = op.inputs[static_cast<std::size_t>(at.weight)];
    const Tensor &bias = c.graph().tensor(t), &weight = c.graph().tensor(w);
    const ElementType type = bias.type;
    auto values = unpackIntegers(c.out.model.data(bias), type, real.size());
    const double most = type == ElementType::Int32 ? 0x1p31 - 1 : 0x1p62;
    for (std::size_t o = 0; o < real.size(); ++o) {
        const double step = static_cast<double>(layer.inGrid->params.scale[0]) * static_cast<double>(weight.quant.scaleAt(o)) * layer.outGrid->ratio * factorOf(layer.outGrid->factors, o);
        const double v = static_cast<double>(values[o]) + std::round(real[o] / step);
        if (step > 0 && std::abs(v) <= most)
            values[o] = static_cast<std::int64_t>(v);
    }
    fitBiases(values, c.recipe.limits, weight.quant.isPerChannel());
    c.setData(t, packIntegers(values, type));
}

} // namespace requant
