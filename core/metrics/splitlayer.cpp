// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/metrics/splitlayer.h"

#include "core/base/clones.h"
#include "core/metrics/layerpairs.h"
#include "core/passes/integers.h"
#include "core/passes/requantbias.h"
#include "core/passes/weights.h"
#include "core/scheme/scheme.h"
#include "core/sim/kernels/conv.h"
#include "core/sim/kernels/narrow.h"

#include <bit>

namespace requant {

namespace {

constexpr Message kReason{"split.reason", "%1"};
Error reason(std::string why)
{
    return makeError(kReason, {std::move(why)});
}

// Eight sums side by side; of integers exact below 2^53.
REQUANT_CLONES double dot(const double *a, const double *b, std::size_t n)
{
    double s[8] = {};
    std::size_t i = 0;
    for (; i + 8 <= n; i += 8)
        for (std::size_t l = 0; l < 8; ++l)
            s[l] += a[i + l] * b[i + l];
    double sum = ((s[0] + s[4]) + (s[1] + s[5])) + ((s[2] + s[6]) + (s[3] + s[7]));
    for (; i < n; ++i)
        sum += a[i] * b[i];
    return sum;
}

// out[n][outputs] = weights times each of n patches.
void multiply(const IntegerLayer &l, const double *weights, const double *patches, std::size_t n, double *out)
{
    const std::size_t width = l.geometry.blocks() * l.geometry.size(), perBlock = l.outputs / l.geometry.blocks();
    for (std::size_t o = 0; o < l.outputs; ++o)
        for (std::size_t i = 0; i < n; ++i)
            out[i * l.outputs + o] =
                dot(weights + o * l.inputs, patches + i * width + o / perBlock * l.inputs, l.inputs);
}

// A weight at the end of its range: the largest or least integer of its tensor, and one that ends the range of some
// width.
bool endsRange(std::int64_t q, ElementType type)
{
    // Unsigned weights without middle end at 0 and at 2^bits - 1.
    if (type == ElementType::UInt8 && (q == 0 || (q > 1 && std::has_single_bit(static_cast<std::uint64_t>(q) + 1))))
        return true;
    const auto m = static_cast<std::uint64_t>(std::abs(type == ElementType::UInt8 ? q - 128 : q));
    return m >= 1 && (std::has_single_bit(m) || std::has_single_bit(m + 1));
}

struct CutWeight
{
    std::size_t output, k; // k: element of the patch's block
    double difference;     // W' - W, effective real units
};

constexpr std::size_t kChunk = 8; // rows that meet one row of weights while it is near

} // namespace

Result<IntegerLayer> IntegerLayer::read(const Model &model, OperatorIndex o, const Numerics &numerics)
{
    const Subgraph &g = model.subgraphs.front();
    const Operator &op = g.op(o);
    const auto geometry = PatchGeometry::create(model, op);
    if (!geometry)
        return reason("its sums are not taken apart");
    const Tensor &in = g.tensor(op.inputs[0]), &w = g.tensor(op.inputs[1]), &out = g.tensor(op.outputs[0]);
    for (const Tensor *t : {&in, &out})
        if (!t->quant.isQuantized() || t->quant.isPerChannel()
            || (t->type != ElementType::Int8 && t->type != ElementType::UInt8 && t->type != ElementType::Int16))
            return reason("its input or output is not an integer tensor with one scale");
    const bool readable = w.type == ElementType::Int8 || w.type == ElementType::UInt8 || w.type == ElementType::Int16
                          || w.type == ElementType::Int4;
    if (!readable || !w.quant.isQuantized()
        || model.data(w).size() < byteSize(w.type, static_cast<std::size_t>(elementCount(w.shape))))
        return reason("its weights are no constant integers with a scale");
    IntegerLayer l;
    l.geometry = *geometry;
    l.input = op.inputs[0];
    l.output = op.outputs[0];
    const std::size_t channels = in.shape.empty() ? 0 : static_cast<std::size_t>(std::max(0, in.shape.back()));
    const RealWeights real = realWeights(model, op, w, channels);
    l.outputs = real.outputs;
    l.inputs = real.inputs;
    if (l.inputs != geometry->size() || l.outputs == 0 || l.outputs % geometry->blocks() != 0)
        return reason("its weights do not fit its input");
    if (w.quant.isPerChannel() && w.quant.scale.size() != l.outputs)
        return reason("its weights' scales are not those of the output channels");
    l.weightType = w.type;
    l.channel = real.channel;
    l.arithmetic = numerics.arithmetic;
    l.scale.resize(l.outputs);
    l.weights.resize(real.values.size());
    l.stored.resize(real.values.size());
    for (std::size_t c = 0; c < l.outputs; ++c) {
        l.scale[c] = static_cast<double>(w.quant.scaleAt(c));
        if (!(l.scale[c] > 0))
            return reason("a weight scale is not positive");
        for (std::size_t k = c * l.inputs; k < (c + 1) * l.inputs; ++k) {
            l.weights[k] = std::round(real.values[k] / l.scale[c]);
            l.stored[k] = static_cast<std::int64_t>(l.weights[k]) + w.quant.zeroPointAt(c);
        }
    }
    l.bias.assign(l.outputs, 0.0);
    if (op.inputs.size() > 2 && op.inputs[2]) {
        const Tensor &b = g.tensor(op.inputs[2]);
        if ((b.type != ElementType::Int32 && b.type != ElementType::Int64)
            || model.data(b).size() < byteSize(b.type, l.outputs))
            return reason("its bias is not a constant of int32 or int64");
        l.hasBias = true;
        l.biasType = b.type;
        auto q = unpackIntegers(model.data(b), b.type, l.outputs);
        for (std::size_t c = 0; c < l.outputs; ++c)
            l.bias[c] = static_cast<double>(q[c]);
        fitBias(q, numerics.accumulator, w.quant.isPerChannel());
        for (const std::int64_t v : q)
            l.fitted.push_back(static_cast<double>(v));
    } else {
        l.fitted = l.bias;
    }
    l.inputScale = static_cast<double>(in.quant.scale[0]);
    l.outputScale = static_cast<double>(out.quant.scale[0]);
    if (!(l.inputScale > 0) || !(l.outputScale > 0))
        return reason("a scale is not positive");
    const KernelSetup setup(model, g, op, numerics.arithmetic, true, numerics.accumulator);
    l.multiplier = weightedMultipliers(setup, l.outputs);
    const ActivationRange range =
        activationRange(static_cast<Activation>(setup.option("fused_activation_function")), out);
    const auto zero = static_cast<double>(out.quant.zeroPointAt(0));
    l.low = l.outputScale * (range.min - zero);
    l.high = l.outputScale * (range.max - zero);
    return l;
}

std::size_t IntegerLayer::places(std::size_t samples) const
{
    return std::min(geometry.positions(),
                    std::max<std::size_t>(1, kSplitPositions / std::max<std::size_t>(1, samples)));
}

std::size_t IntegerLayer::place(std::size_t sample, std::size_t i, std::size_t samples) const
{
    const std::size_t positions = geometry.positions();
    return (i * positions / places(samples) + sample * 40503) % positions;
}

Result<SourceSide> SourceSide::make(const Model &model, OperatorIndex o, const Numerics &numerics,
                                    const LayerValues &values, Workers &workers)
{
    auto read = IntegerLayer::read(model, o, numerics);
    if (!read)
        return read.error();
    SourceSide s;
    s.layer = std::move(*read);
    const IntegerLayer &l = s.layer;
    s.samples = values.samples();
    const std::size_t places = l.places(s.samples);
    s.rows = s.samples * places;
    s.weights.resize(l.weights.size());
    s.bias.resize(l.outputs);
    for (std::size_t c = 0; c < l.outputs; ++c) {
        for (std::size_t k = 0; k < l.inputs; ++k)
            s.weights[c * l.inputs + k] = l.scale[c] * l.weights[c * l.inputs + k];
        s.bias[c] = l.inputScale * l.scale[c] * l.fitted[c];
    }
    s.sums.resize(s.rows * l.outputs);
    s.y.resize(s.rows * l.outputs);
    const Subgraph &g = model.subgraphs.front();
    const std::size_t width = l.geometry.blocks() * l.geometry.size();
    Scratch own;
    for (std::size_t i = 0; i < s.samples; ++i) {
        const Elements x(values.value(i, l.input), g.tensor(l.input)), y(values.value(i, l.output), g.tensor(l.output));
        if (x.size() < l.geometry.inputElements() || y.size() < l.geometry.positions() * l.outputs)
            return reason("its values were not computed");
        workers.parallel(places, kChunk, own, [&](std::size_t begin, std::size_t end, Scratch &) {
            std::vector<double> patches(kChunk * width);
            for (std::size_t p = begin; p < end; p += kChunk) {
                const std::size_t n = std::min(kChunk, end - p), row = i * places + p;
                for (std::size_t k = 0; k < n; ++k) {
                    const std::size_t at = l.place(i, p + k, s.samples);
                    l.geometry.gather(
                        at, 0.0, [&](std::size_t e) { return x[e]; }, &patches[k * width]);
                    for (std::size_t c = 0; c < l.outputs; ++c)
                        s.y[(row + k) * l.outputs + c] = y[at * l.outputs + c];
                }
                multiply(l, s.weights.data(), patches.data(), n, &s.sums[row * l.outputs]);
                for (std::size_t k = 0; k < n; ++k)
                    for (std::size_t c = 0; c < l.outputs; ++c)
                        s.sums[(row + k) * l.outputs + c] += s.bias[c];
            }
        });
    }
    return s;
}

namespace {

// What the conversion did to weights and bias.
struct Change
{
    std::vector<CutWeight> cuts;
    std::vector<double> unit;       // [outputs], of the bias, effective real units
    std::vector<double> bias;       // [outputs], b' - b
    std::vector<double> correction; // [outputs], c: the part of it that was meant
};

Change changeOf(const SourceSide &s, const IntegerLayer &b, const EffectiveGrid &in, const EffectiveGrid &out,
                LayerSplit &split)
{
    const std::size_t outputs = b.outputs, inputs = b.inputs;
    Change c;
    c.unit.resize(outputs);
    c.bias.resize(outputs);
    c.correction.resize(outputs);
    const auto [least, most] = std::minmax_element(b.stored.begin(), b.stored.end());
    split.channels = outputs;
    for (std::size_t o = 0; o < outputs; ++o) {
        const double factor = out.factor(o), perInput = factor * out.ratio * b.scale[o] / in.ratio,
                     unit = factor * out.ratio * b.inputScale * b.scale[o];
        double sum = 0;
        const std::size_t before = c.cuts.size();
        for (std::size_t k = 0; k < inputs; ++k) {
            const std::size_t i = o * inputs + k;
            const double effective = perInput / in.factor(b.channel[i]), ideal = s.weights[i] / effective,
                         beyond = std::abs(ideal) - std::abs(b.weights[i]);
            sum += perInput * b.weights[i]; // times the factor of the input's offset
            const std::int64_t q = b.stored[i];
            if (beyond > 0.5 + 1e-6 && ideal * b.weights[i] > 0 && (q == *least || q == *most)
                && endsRange(q, b.weightType)) {
                c.cuts.push_back({o, k, effective * b.weights[i] - s.weights[i]});
                split.clippedMost = std::max(split.clippedMost, beyond);
            }
        }
        split.clippedWeights += c.cuts.size() - before;
        split.clippedChannels += c.cuts.size() > before;
        const double moved = unit * b.bias[o] + factor * out.offset - in.offset * sum - s.bias[o],
                     fit = unit * (b.fitted[o] - b.bias[o]);
        const double end = b.biasType == ElementType::Int32 ? 0x1p31 - 1 : 0x1p62;
        const bool cut = b.hasBias && std::abs(b.bias[o]) >= end;
        split.cutBiases += cut || fit != 0;
        c.unit[o] = unit;
        c.bias[o] = moved + fit;
        c.correction[o] = cut || std::abs(moved) <= 0.5 * unit * (1 + 1e-6) + 1e-12 * std::abs(s.bias[o]) ? 0.0 : moved;
    }
    return c;
}

// The conversion's sums, [rows][outputs]; empty: all zero.
struct Rows
{
    std::vector<double> accumulators;             // with the fitted bias
    std::vector<double> gridShift, boundaryShift; // W (x1 - x), W (x2 - x1)
    std::vector<double> cut;                      // (W' - Wr) x2
    std::vector<double> y;
};

double valueAt(const std::vector<double> &v, std::size_t i)
{
    return v.empty() ? 0.0 : v[i];
}

// One sample of the tensors that matter.
struct Values
{
    Elements source, fed, input, output; // x, x1, x2 and y'
};

void addSample(const SourceSide &s, const IntegerLayer &b, const Change &change, const EffectiveGrid &in,
               const std::vector<double> &inFactors, const Values &values, bool compares, std::size_t sample,
               Workers &workers, Rows &rows)
{
    const IntegerLayer &a = s.layer;
    const std::size_t outputs = a.outputs, inputs = a.inputs, places = a.places(s.samples),
                      perBlock = outputs / a.geometry.blocks();
    const std::size_t width = a.geometry.blocks() * a.geometry.size();
    const double unit = in.ratio * b.inputScale, tiny = 1e-9 * unit;
    const auto real = [&](double integer, std::size_t e) { // of element e of a patch
        const double v = unit * integer + in.offset;
        return inFactors.empty() ? v : v * inFactors[e];
    };
    bool regridded = false;
    for (std::size_t e = 0; e < values.source.size() && !regridded; ++e)
        regridded = std::abs(values.fed[e] - values.source[e]) > tiny;
    if (regridded && rows.gridShift.empty())
        rows.gridShift.assign(s.rows * outputs, 0.0);
    if (compares && rows.boundaryShift.empty())
        rows.boundaryShift.assign(s.rows * outputs, 0.0);
    Scratch own;
    workers.parallel(places, kChunk, own, [&](std::size_t begin, std::size_t end, Scratch &) {
        std::vector<double> patches(kChunk * width), integers(kChunk * width), fed(width);
        for (std::size_t p = begin; p < end; p += kChunk) {
            const std::size_t n = std::min(kChunk, end - p), row = sample * places + p;
            const auto at = [&](std::size_t k) { return a.place(sample, p + k, s.samples); };
            for (std::size_t k = 0; k < n; ++k) {
                b.geometry.gather(
                    at(k), 0.0, [&](std::size_t e) { return values.input.integer(e); }, &integers[k * width]);
                for (std::size_t o = 0; o < outputs; ++o)
                    rows.y[(row + k) * outputs + o] = values.output[at(k) * outputs + o];
            }
            multiply(b, b.weights.data(), integers.data(), n, &rows.accumulators[row * outputs]);
            for (std::size_t k = 0; k < n; ++k) {
                for (std::size_t o = 0; o < outputs; ++o)
                    rows.accumulators[(row + k) * outputs + o] += b.fitted[o];
                for (const CutWeight &c : change.cuts) {
                    const std::size_t e = c.output / perBlock * inputs + c.k;
                    rows.cut[(row + k) * outputs + c.output] += c.difference * real(integers[k * width + e], e);
                }
            }
            if (regridded) {
                for (std::size_t k = 0; k < n; ++k)
                    a.geometry.gather(
                        at(k), 0.0, [&](std::size_t e) { return values.fed[e] - values.source[e]; },
                        &patches[k * width]);
                multiply(a, s.weights.data(), patches.data(), n, &rows.gridShift[row * outputs]);
            }
            bool any = false;
            for (std::size_t k = 0; compares && k < n; ++k) {
                a.geometry.gather(
                    at(k), 0.0, [&](std::size_t e) { return values.fed[e]; }, fed.data());
                for (std::size_t e = 0; e < width; ++e) {
                    patches[k * width + e] = real(integers[k * width + e], e) - fed[e];
                    any = any || std::abs(patches[k * width + e]) > tiny;
                }
            }
            if (any)
                multiply(a, s.weights.data(), patches.data(), n, &rows.boundaryShift[row * outputs]);
        }
    });
}

// What the bias takes back of mean errors, [outputs]: fr, fc, fo and fa of errorsplit.h.
struct Folds
{
    std::vector<double> rounding, cut, output, arithmetic;
};

// Of results that no clamp decides the share above zero; half where there is none.
struct Signs
{
    std::uint64_t above = 0, count = 0;
    void add(double v, const SplitRange &range, double zero)
    {
        if (v <= range.low || v >= range.high)
            return;
        ++count;
        above += v > zero;
    }
    double share() const { return count ? static_cast<double>(above) / static_cast<double>(count) : 0.5; }
};

Folds foldsOf(const SourceSide &s, const IntegerLayer &b, const Change &change, const Rows &rows,
              const EffectiveGrid &out, const SplitRange &was, const SplitRange &is)
{
    const std::size_t outputs = s.layer.outputs;
    std::vector<double> mean(outputs, 0.0), meanCut(outputs, 0.0);
    std::vector<Signs> before(outputs), now(outputs);
    for (std::size_t r = 0; r < s.rows; ++r)
        for (std::size_t o = 0; o < outputs; ++o) {
            const std::size_t i = r * outputs + o;
            const double z2 = s.sums[i] + valueAt(rows.gridShift, i) + valueAt(rows.boundaryShift, i);
            const double offset = out.factor(o) * out.offset, z6 = change.unit[o] * rows.accumulators[i] + offset;
            mean[o] += z6 - change.bias[o] - z2;
            meanCut[o] += valueAt(rows.cut, i);
            before[o].add(s.sums[i], was, 0.0);
            now[o].add(z6, is.times(out.factor(o)), offset);
        }
    Folds f{std::vector<double>(outputs), std::vector<double>(outputs), std::vector<double>(outputs),
            std::vector<double>(outputs)};
    const auto n = static_cast<double>(s.rows);
    for (std::size_t o = 0; o < outputs; ++o) {
        if (change.correction[o] == 0)
            continue;
        const double cut = meanCut[o] / n;
        const std::array<double, 4> m{
            mean[o] / n - cut, cut,
            -s.layer.outputScale * meanRounding(s.layer.arithmetic, s.layer.multiplier[o], before[o].share()),
            is.step * out.factor(o) * meanRounding(b.arithmetic, b.multiplier[o], now[o].share())};
        const auto t = foldedShares(m, change.correction[o]);
        f.rounding[o] = -t[0] * m[0];
        f.cut[o] = -t[1] * m[1];
        f.output[o] = -t[2] * m[2];
        f.arithmetic[o] = -t[3] * m[3];
    }
    return f;
}

} // namespace

std::array<double, 4> foldedShares(const std::array<double, 4> &means, double correction)
{
    double positive = 0, negative = 0;
    for (const double m : means)
        (m > 0 ? positive : negative) += m;
    const double sign = positive + negative < 0 ? -1.0 : 1.0;
    const double same = sign > 0 ? positive : negative, other = sign > 0 ? negative : positive;
    const double t = same != 0 ? std::clamp((-correction - other) / same, 0.0, 1.0) : 1.0;
    std::array<double, 4> out{};
    for (std::size_t i = 0; i < out.size(); ++i)
        out[i] = means[i] * sign > 0 ? t : 1.0;
    return out;
}

Status splitWeighted(const SourceSide &s, const Model &source, const SplitTarget &target, OperatorIndex converted,
                     TensorIndex root, const LayerValues &sourceValues, const LayerValues &now, Workers &workers,
                     LayerSplit &out)
{
    const Model &model = *target.models.converted;
    const Subgraph &gs = source.subgraphs.front(), &gc = model.subgraphs.front();
    auto read = IntegerLayer::read(model, converted, target.numerics);
    if (!read)
        return read.error();
    const IntegerLayer &a = s.layer, &b = *read;
    if (a.outputs != b.outputs || a.inputs != b.inputs || a.geometry.positions() != b.geometry.positions()
        || a.geometry.blocks() != b.geometry.blocks())
        return reason("the converted layer has another shape");
    const EffectiveGrid inGrid = gridOf(target.models, b.input), outGrid = gridOf(target.models, b.output);
    const std::size_t outputs = a.outputs, perBlock = outputs / b.geometry.blocks();
    const Change change = changeOf(s, b, inGrid, outGrid, out);
    std::vector<double> inFactors; // by element of a patch
    for (std::size_t e = 0; !inGrid.factors.empty() && e < b.geometry.blocks() * b.inputs; ++e)
        inFactors.push_back(inGrid.factor(b.channel[e / b.inputs * perBlock * b.inputs + e % b.inputs]));

    Rows rows;
    rows.accumulators.resize(s.rows * outputs);
    rows.y.resize(s.rows * outputs);
    if (!change.cuts.empty())
        rows.cut.assign(s.rows * outputs, 0.0);
    // Where inserted operators stand between, or the kernel's own padding may be other than the source's real 0.
    const bool compares = root != b.input || inGrid.offset != 0.0;
    for (std::size_t i = 0; i < s.samples; ++i) {
        const Values values{{sourceValues.value(i, a.input), gs.tensor(a.input)},
                            {now.value(i, root), gc.tensor(root), gridOf(target.models, root)},
                            {now.value(i, b.input), gc.tensor(b.input), inGrid},
                            {now.value(i, b.output), gc.tensor(b.output), outGrid}};
        if (values.source.size() != values.fed.size() || values.source.size() < a.geometry.inputElements()
            || values.input.size() < b.geometry.inputElements()
            || values.output.size() < a.geometry.positions() * outputs)
            return reason("its values were not computed");
        addSample(s, b, change, inGrid, inFactors, values, compares, i, workers, rows);
    }
    const SplitRange was{a.low, a.high, a.outputScale};
    const double step = outGrid.ratio * b.outputScale; // of a channel without factor
    const SplitRange is{outGrid.ratio * b.low + outGrid.offset, outGrid.ratio * b.high + outGrid.offset, step};
    const Folds folds = foldsOf(s, b, change, rows, outGrid, was, is);
    std::vector<SplitSums> sums(s.rows);
    Scratch own;
    workers.parallel(s.rows, kChunk, own, [&](std::size_t begin, std::size_t end, Scratch &) {
        SplitChain c;
        for (std::size_t r = begin; r < end; ++r) {
            for (std::size_t o = 0; o < outputs; ++o) {
                const std::size_t i = r * outputs + o;
                const double z0 = s.sums[i], z1 = z0 + valueAt(rows.gridShift, i),
                             z2 = z1 + valueAt(rows.boundaryShift, i);
                const double factor = outGrid.factor(o);
                const SplitRange range = is.times(factor);
                const double z6 = change.unit[o] * rows.accumulators[i] + factor * outGrid.offset,
                             plain = z6 - change.bias[o];
                const double z10 = factor * (step * b.multiplier[o] * rows.accumulators[i] + outGrid.offset);
                const double z4 = plain + folds.rounding[o] + folds.cut[o], z5 = z4 + folds.output[o];
                c.v = {was.clamp(z0),
                       was.clamp(z1),
                       was.clamp(z2),
                       was.clamp(plain + folds.rounding[o] - valueAt(rows.cut, i)),
                       was.clamp(z4),
                       was.clamp(z5),
                       was.clamp(z5 + folds.arithmetic[o]),
                       was.clamp(plain + change.correction[o]),
                       was.clamp(z6),
                       range.clamp(z6),
                       range.clamp(z10),
                       range.clamp(z10 - folds.arithmetic[o])};
                c.source = s.y[i];
                c.converted = rows.y[i];
                sums[r].add(c, range, 1e-9);
            }
        }
    });
    SplitSums total;
    for (const SplitSums &r : sums)
        total.merge(r);
    total.writeTo(out, step * rmsFactor(outGrid), true);
    return success();
}

} // namespace requant
