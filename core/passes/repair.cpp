// SPDX-License-Identifier: GPL-3.0-or-later
// What a source's file says wrongly about its biases, put right in the result; every repair is told. Integers never
// change.
//  - A quantized dimension that a tensor of one dimension does not have (old converters wrote that of the weights): 0.
//  Today's TFLite
//    refuses such a file when it builds the interpreter.
//  - A scale other than input scale x weight scale, or a zero point: kernels add a bias's integers to the accumulator
//  whatever
//    is declared (see realBias() in weightedlayer.cpp), so that the product is what they mean.
// Afterwards no tensor carries a source dimension, and a constant bias with a grid has that of its products. A bias
// whose users have different products stays as it is.
#include "core/passes/context.h"

#include "core/tflite/schema.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <optional>

namespace requant {

namespace {

constexpr double kTolerance = 1e-3; // of the scales, as the verifier's
constexpr auto kMain = SubgraphIndex{0};

void repairDimensions(Model &model, const Model &source, Diagnostics &out)
{
    for (std::size_t s = 0; s < model.subgraphs.size(); ++s) {
        for (std::size_t i = 0; i < model.subgraphs[s].tensors.size(); ++i) {
            Tensor &t = model.subgraphs[s].tensors[i];
            if (i < source.subgraphs[s].tensors.size()) { // tensors keep their indices; new ones come behind
                const Tensor &was = source.subgraphs[s].tensors[i];
                if ((was.quant.present & tfliteformat::kHasSourceDimension) && was.rest)
                    out.push_back(makeNote(kDimensionRepaired,
                                           {t.name, std::to_string(was.rest->integer(tfliteformat::kSourceDimension))},
                                           TensorRef{SubgraphIndex(s), TensorIndex(i)}));
            }
            forgetSourceDimension(t);
        }
    }
}

struct BiasUse
{
    TensorIndex input, weight, bias;
};

// Where `op` has a constant bias and constant weights with grids.
std::optional<BiasUse> biasUse(const Model &model, const Subgraph &g, const Operator &op)
{
    const WeightedInputs at = weightedInputs(op.code);
    const OpSpec *spec = findOpSpec(op.code);
    if (at.weight < 0 || at.bias < 0 || !spec || spec->dataInputs.empty())
        return {};
    const auto tensorAt = [&](int position) {
        return position >= 0 && static_cast<std::size_t>(position) < op.inputs.size()
                   ? op.inputs[static_cast<std::size_t>(position)]
                   : TensorIndex{};
    };
    const BiasUse use{tensorAt(spec->dataInputs.front()), tensorAt(at.weight), tensorAt(at.bias)};
    if (!use.input || !use.weight || !use.bias)
        return {};
    const Tensor &bias = g.tensor(use.bias);
    const auto channels = static_cast<std::int64_t>(g.tensor(use.weight).quant.scale.size());
    const auto said = static_cast<std::int64_t>(bias.quant.scale.size());
    const bool grids = g.tensor(use.input).quant.scale.size() == 1 && channels > 0 && said > 0;
    const bool fit = channels == 1 || (elementCount(bias.shape) == channels && (said == 1 || said == channels));
    if (!grids || !fit || !model.isConstant(bias)
        || (bias.type != ElementType::Int32 && bias.type != ElementType::Int64))
        return {};
    return use;
}

// Input scale x weight scale for each channel.
QuantParams products(const Subgraph &g, const BiasUse &use)
{
    QuantParams q;
    for (const float s : g.tensor(use.weight).quant.scale)
        q.scale.push_back(g.tensor(use.input).quant.scale[0] * s);
    q.zeroPoint.assign(q.scale.size(), 0);
    return q;
}

bool near(const QuantParams &a, const QuantParams &b)
{
    const std::size_t n = std::max(a.scale.size(), b.scale.size());
    for (std::size_t c = 0; c < n; ++c) {
        const auto x = static_cast<double>(a.scaleAt(c)), y = static_cast<double>(b.scaleAt(c));
        if (!(std::abs(x - y) <= kTolerance * y))
            return false;
    }
    return true;
}

std::string gridText(const QuantParams &q)
{
    char number[32];
    std::snprintf(number, sizeof number, "%.6g", static_cast<double>(q.scale[0]));
    const std::string out =
        (q.scale.size() > 1 ? std::to_string(q.scale.size()) + " scales, the first " : std::string("scale ")) + number;
    const bool zero = std::all_of(q.zeroPoint.begin(), q.zeroPoint.end(), [](std::int64_t z) { return z == 0; });
    return zero ? out : out + ", zero point " + std::to_string(q.zeroPointAt(0));
}

} // namespace

void repairBiases(PassContext &c)
{
    repairDimensions(c.out.model, c.source, c.out.diagnostics);
    Subgraph &g = c.graph();
    std::map<TensorIndex, std::vector<QuantParams>> wanted;
    std::map<TensorIndex, std::size_t> users;
    for (const Operator &op : g.operators) {
        if (const auto use = biasUse(c.out.model, g, op))
            wanted[use->bias].push_back(products(g, *use));
        for (const TensorIndex t : op.inputs)
            ++users[t];
    }
    for (const auto &[t, grids] : wanted) {
        Tensor &bias = g.tensor(t);
        const bool zero = std::all_of(bias.quant.zeroPoint.begin(), bias.quant.zeroPoint.end(),
                                      [](std::int64_t z) { return z == 0; });
        const bool agreed =
            grids.size() == users[t]
            && std::all_of(grids.begin(), grids.end(), [&](const QuantParams &q) { return near(q, grids.front()); });
        const bool usable = std::all_of(grids.front().scale.begin(), grids.front().scale.end(),
                                        [](float s) { return std::isnormal(s) && s > 0; });
        if (!agreed || !usable || (zero && near(bias.quant, grids.front())))
            continue;
        c.out.diagnostics.push_back(makeNote(
            kBiasGridRepaired, {bias.name, gridText(bias.quant), gridText(grids.front())}, TensorRef{kMain, t}));
        PassContext::takeGrid(bias, grids.front());
    }
}

} // namespace requant
