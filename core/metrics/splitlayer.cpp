// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/metrics/splitlayer.h"

#include "core/metrics/layerpairs.h"
#include "core/metrics/values.h"
#include "core/passes/integers.h"
#include "core/passes/weights.h"
#include "core/scheme/scheme.h"
#include "core/sim/kernels/conv.h"
#include "core/sim/kernels/narrow.h"

#include <bit>

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define REQUANT_CLONES __attribute__((target_clones("avx2", "default"), optimize("O3")))
#else
#define REQUANT_CLONES
#endif

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
    if (type == ElementType::UInt8 && (q == 0 || q == 255))
        return true;
    const auto m = static_cast<std::uint64_t>(std::abs(type == ElementType::UInt8 ? q - 128 : q));
    return m > 1 && (std::has_single_bit(m) || std::has_single_bit(m + 1));
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
    const ValueReader in(g.tensor(l.input)), out(g.tensor(l.output));
    const std::size_t width = l.geometry.blocks() * l.geometry.size();
    std::vector<double> x, y;
    Scratch own;
    for (std::size_t i = 0; i < s.samples; ++i) {
        in.read(values.value(i, l.input), x);
        out.read(values.value(i, l.output), y);
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
                    std::copy_n(&y[at * l.outputs], l.outputs, &s.y[(row + k) * l.outputs]);
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

// What the conversion's rows need, computed from its values.
struct Rows
{
    std::vector<double> accumulators;                  // [rows][outputs], with the fitted bias
    std::vector<double> gridShift, boundaryShift, cut; // W (x1 - x), W (x2 - x1), (W' - Wr) x2; empty: all zero
    std::vector<double> y;
};

} // namespace

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
    const std::size_t outputs = a.outputs, inputs = a.inputs, places = a.places(s.samples),
                      width = a.geometry.blocks() * a.geometry.size();

    // Effective weights and the ones that are cut off; the bias's change and its two kinds.
    std::vector<CutWeight> cuts;
    std::vector<double> correction(outputs), change(outputs), unit(outputs);
    const auto [least, most] = std::minmax_element(b.stored.begin(), b.stored.end());
    out.channels = outputs;
    for (std::size_t o = 0; o < outputs; ++o) {
        const double effective = outGrid.ratio * b.scale[o] / inGrid.ratio;
        unit[o] = outGrid.ratio * b.inputScale * b.scale[o];
        double sum = 0;
        const std::size_t before = cuts.size();
        for (std::size_t k = 0; k < inputs; ++k) {
            const std::size_t i = o * inputs + k;
            const double ideal = s.weights[i] / effective, beyond = std::abs(ideal) - std::abs(b.weights[i]);
            sum += effective * b.weights[i];
            const std::int64_t q = b.stored[i];
            if (beyond > 0.5 + 1e-6 && ideal * b.weights[i] > 0 && (q == *least || q == *most)
                && endsRange(q, b.weightType)) {
                cuts.push_back({o, k, effective * b.weights[i] - s.weights[i]});
                out.clippedMost = std::max(out.clippedMost, beyond);
            }
        }
        out.clippedWeights += cuts.size() - before;
        out.clippedChannels += cuts.size() > before;
        const double stored = unit[o] * b.bias[o] + outGrid.offset - inGrid.offset * sum;
        const double fit = unit[o] * (b.fitted[o] - b.bias[o]), moved = stored - s.bias[o];
        const double end = b.biasType == ElementType::Int32 ? 0x1p31 - 1 : 0x1p62;
        const bool cut = b.hasBias && std::abs(b.bias[o]) >= end;
        out.cutBiases += cut || fit != 0;
        change[o] = moved + fit;
        correction[o] =
            cut || std::abs(moved) <= 0.5 * unit[o] * (1 + 1e-6) + 1e-12 * std::abs(s.bias[o]) ? 0.0 : moved;
    }

    Rows rows;
    rows.accumulators.resize(s.rows * outputs);
    rows.y.resize(s.rows * outputs);
    if (!cuts.empty())
        rows.cut.assign(s.rows * outputs, 0.0);
    // Where inserted operators stand between, or the kernel's own padding may be other than the source's real 0.
    const bool compares = root != b.input || inGrid.offset != 0.0;
    const Tensor &input = gc.tensor(b.input);
    const ValueReader sourceIn(gs.tensor(a.input)), fedIn(gc.tensor(root), gridOf(target.models, root)),
        newIn(input, inGrid);
    const ValueReader newOut(gc.tensor(b.output), outGrid);
    const auto zero = static_cast<double>(input.quant.zeroPointAt(0));
    const double tiny = 1e-9 * inGrid.ratio * b.inputScale;
    const std::size_t perBlock = outputs / a.geometry.blocks();
    std::vector<double> x, x1, y;
    Scratch own;
    for (std::size_t i = 0; i < s.samples; ++i) {
        sourceIn.read(sourceValues.value(i, a.input), x);
        fedIn.read(now.value(i, root), x1);
        newOut.read(now.value(i, b.output), y);
        const std::vector<std::int64_t> q = decodeIntegers(now.value(i, b.input), input.type);
        if (x.size() != x1.size() || x.size() < a.geometry.inputElements() || q.size() < b.geometry.inputElements()
            || y.size() < a.geometry.positions() * outputs)
            return reason("its values were not computed");
        bool regridded = false;
        for (std::size_t e = 0; e < x.size() && !regridded; ++e)
            regridded = std::abs(x1[e] - x[e]) > tiny;
        if (regridded && rows.gridShift.empty())
            rows.gridShift.assign(s.rows * outputs, 0.0);
        if (compares && rows.boundaryShift.empty())
            rows.boundaryShift.assign(s.rows * outputs, 0.0);
        workers.parallel(places, kChunk, own, [&](std::size_t begin, std::size_t end, Scratch &) {
            std::vector<double> patches(kChunk * width), integers(kChunk * width), fed(width);
            for (std::size_t p = begin; p < end; p += kChunk) {
                const std::size_t n = std::min(kChunk, end - p), row = i * places + p;
                const auto at = [&](std::size_t k) { return a.place(i, p + k, s.samples); };
                for (std::size_t k = 0; k < n; ++k) {
                    b.geometry.gather(
                        at(k), 0.0, [&](std::size_t e) { return static_cast<double>(q[e]) - zero; },
                        &integers[k * width]);
                    std::copy_n(&y[at(k) * outputs], outputs, &rows.y[(row + k) * outputs]);
                }
                multiply(b, b.weights.data(), integers.data(), n, &rows.accumulators[row * outputs]);
                for (std::size_t k = 0; k < n; ++k) {
                    for (std::size_t o = 0; o < outputs; ++o)
                        rows.accumulators[(row + k) * outputs + o] += b.fitted[o];
                    for (const CutWeight &c : cuts) {
                        const double x2 =
                            inGrid.ratio * b.inputScale * integers[k * width + c.output / perBlock * inputs + c.k]
                            + inGrid.offset;
                        rows.cut[(row + k) * outputs + c.output] += c.difference * x2;
                    }
                }
                if (regridded) {
                    for (std::size_t k = 0; k < n; ++k)
                        a.geometry.gather(
                            at(k), 0.0, [&](std::size_t e) { return x1[e] - x[e]; }, &patches[k * width]);
                    multiply(a, s.weights.data(), patches.data(), n, &rows.gridShift[row * outputs]);
                }
                if (compares) {
                    bool any = false;
                    for (std::size_t k = 0; k < n; ++k) {
                        a.geometry.gather(
                            at(k), 0.0, [&](std::size_t e) { return x1[e]; }, fed.data());
                        for (std::size_t e = 0; e < width; ++e) {
                            const double d =
                                inGrid.ratio * b.inputScale * integers[k * width + e] + inGrid.offset - fed[e];
                            patches[k * width + e] = d;
                            any = any || std::abs(d) > tiny;
                        }
                    }
                    if (any)
                        multiply(a, s.weights.data(), patches.data(), n, &rows.boundaryShift[row * outputs]);
                }
            }
        });
    }

    // Mean errors of rounding and of clipping, and how much of them the bias takes back.
    const auto valueAt = [](const std::vector<double> &v, std::size_t i) { return v.empty() ? 0.0 : v[i]; };
    std::vector<double> mean(outputs, 0.0), meanCut(outputs, 0.0), foldRounding(outputs), foldCut(outputs);
    for (std::size_t r = 0; r < s.rows; ++r)
        for (std::size_t o = 0; o < outputs; ++o) {
            const std::size_t i = r * outputs + o;
            const double z2 = s.sums[i] + valueAt(rows.gridShift, i) + valueAt(rows.boundaryShift, i);
            mean[o] += unit[o] * rows.accumulators[i] + outGrid.offset - change[o] - z2;
            meanCut[o] += valueAt(rows.cut, i);
        }
    for (std::size_t o = 0; o < outputs; ++o) {
        const auto n = static_cast<double>(s.rows);
        const double all = mean[o] / n, cut = meanCut[o] / n;
        const double share = all != 0 ? std::clamp(-correction[o] / all, 0.0, 1.0) : 0.0;
        foldRounding[o] = -share * (all - cut);
        foldCut[o] = -share * cut;
    }
    const SplitRange was{a.low, a.high, a.outputScale};
    const double step = outGrid.ratio * b.outputScale;
    const SplitRange is{outGrid.ratio * b.low + outGrid.offset, outGrid.ratio * b.high + outGrid.offset, step};
    std::vector<SplitSums> sums(s.rows);
    workers.parallel(s.rows, kChunk, own, [&](std::size_t begin, std::size_t end, Scratch &) {
        SplitChain c;
        for (std::size_t r = begin; r < end; ++r) {
            for (std::size_t o = 0; o < outputs; ++o) {
                const std::size_t i = r * outputs + o;
                const double z0 = s.sums[i], z1 = z0 + valueAt(rows.gridShift, i),
                             z2 = z1 + valueAt(rows.boundaryShift, i);
                const double z6 = unit[o] * rows.accumulators[i] + outGrid.offset, plain = z6 - change[o];
                const double folded = plain + foldRounding[o];
                c.v = {
                    was.clamp(z0),
                    was.clamp(z1),
                    was.clamp(z2),
                    was.clamp(folded - valueAt(rows.cut, i)),
                    was.clamp(folded + foldCut[o]),
                    was.clamp(plain + correction[o]),
                    was.clamp(z6),
                    is.clamp(z6),
                    is.clamp(outGrid.ratio * b.outputScale * b.multiplier[o] * rows.accumulators[i] + outGrid.offset)};
                c.source = s.y[i];
                c.converted = rows.y[i];
                sums[r].add(c, is, 1e-9);
            }
        }
    });
    SplitSums total;
    for (const SplitSums &r : sums)
        total.merge(r);
    total.writeTo(out, step, true);
    return success();
}

} // namespace requant
