// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/constraints/limits.h"

#include "core/model/poweroftwo.h"
#include "core/scheme/scheme.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdlib>
#include <cstring>

namespace requant {

namespace {

int bitsOf(std::int64_t v)
{
    // Two's complement: -128 needs 8 bits, 128 needs 9.
    const std::uint64_t magnitude = v < 0 ? static_cast<std::uint64_t>(-(v + 1)) : static_cast<std::uint64_t>(v);
    int bits = 1;
    for (std::uint64_t m = magnitude; m; m >>= 1)
        ++bits;
    return bits;
}

// Of the widest bias. On a scale of the biases' own (one per channel where weights have one) the low bits that all of them have
// clear cost nothing.
int biasBits(const Model &model, const Tensor &t, bool ownScale, bool perChannel)
{
    const auto data = model.data(t);
    int bits = 0;
    std::uint64_t used = 0;
    const std::size_t width = t.type == ElementType::Int64 ? 8 : t.type == ElementType::Int32 ? 4 : 0;
    for (std::size_t i = 0; width && (i + 1) * width <= data.size(); ++i) {
        std::int64_t v = 0;
        if (width == 8) {
            std::memcpy(&v, data.data() + i * 8, 8);
        } else {
            std::int32_t narrow = 0;
            std::memcpy(&narrow, data.data() + i * 4, 4);
            v = narrow;
        }
        if (ownScale && perChannel) {
            bits = std::max(bits, v ? bitsOf(v) - std::countr_zero(static_cast<std::uint64_t>(v)) : 1);
            continue;
        }
        bits = std::max(bits, bitsOf(v));
        used |= static_cast<std::uint64_t>(v);
    }
    return ownScale && used ? bits - std::countr_zero(used) : bits;
}

struct Tally
{
    std::size_t layers = 0, fractional = 0, outside = 0, wide = 0;
    int farthest = 0, farthestBy = 0, widest = 0;
    std::string fractionalLayer, outsideLayer, wideLayer;
};

void countShifts(Tally &tally, const QuantParams &in, const QuantParams &weight, const QuantParams &out,
                 std::pair<int, int> range, const std::string &layer)
{
    bool fractional = false, outside = false;
    for (std::size_t c = 0; c < weight.scale.size(); ++c) {
        const double m = static_cast<double>(in.scale[0]) * static_cast<double>(weight.scaleAt(c)) / static_cast<double>(out.scale[0]);
        const std::optional<int> exact = shiftOf(m);
        if (!exact) {
            fractional = true;
            continue;
        }
        const int shift = *exact; // M = 2^-shift
        const int by = std::max(range.first - shift, shift - range.second);
        if (by > 0) {
            outside = true;
            if (by > tally.farthestBy) {
                tally.farthestBy = by;
                tally.farthest = shift;
                tally.outsideLayer = layer;
            }
        }
    }
    tally.outside += outside;
    tally.fractional += fractional;
    if (fractional && tally.fractionalLayer.empty())
        tally.fractionalLayer = layer;
}

} // namespace

Diagnostics checkLimits(const Model &model, const Limits &limits)
{
    Diagnostics found;
    if (model.subgraphs.empty() || (!limits.shiftRange && !limits.biasBits))
        return found;
    const Subgraph &g = model.subgraphs.front();
    Tally tally;
    for (const Operator &op : g.operators) {
        const WeightedInputs at = weightedInputs(op.code);
        const auto input = [&](int position) {
            return position >= 0 && static_cast<std::size_t>(position) < op.inputs.size() ? op.inputs[static_cast<std::size_t>(position)]
                                                                                           : TensorIndex{};
        };
        const TensorIndex weight = input(at.weight), bias = input(at.bias);
        const TensorIndex data = input(op.code == Op::TransposeConv ? 2 : 0);
        if (!weight || !data || op.outputs.empty() || !op.outputs[0])
            continue;
        const QuantParams &in = g.tensor(data).quant, &w = g.tensor(weight).quant, &out = g.tensor(op.outputs[0]).quant;
        if (!in.isQuantized() || !w.isQuantized() || !out.isQuantized())
            continue;
        ++tally.layers;
        const std::string layer = layerName(g, op);
        if (limits.shiftRange)
            countShifts(tally, in, w, out, *limits.shiftRange, layer);
        if (limits.biasBits && bias) {
            const int bits = biasBits(model, g.tensor(bias), limits.biasOwnScale, w.isPerChannel());
            tally.wide += bits > *limits.biasBits;
            if (bits > *limits.biasBits && bits > tally.widest) {
                tally.widest = bits;
                tally.wideLayer = layer;
            }
        }
    }
    const std::string layers = std::to_string(tally.layers);
    if (tally.fractional)
        found.push_back(makeWarning(kShiftNotInteger, {std::to_string(tally.fractional), layers, tally.fractionalLayer}));
    if (tally.outside)
        found.push_back(makeWarning(kShiftOutOfRange,
                                    {std::to_string(tally.outside), layers, std::to_string(limits.shiftRange->first),
                                     std::to_string(limits.shiftRange->second), std::to_string(tally.farthest), tally.outsideLayer}));
    if (tally.wide)
        found.push_back(makeWarning(kBiasTooWide, {std::to_string(tally.wide), layers, std::to_string(*limits.biasBits),
                                                   std::to_string(tally.widest), tally.wideLayer}));
    return found;
}

} // namespace requant
