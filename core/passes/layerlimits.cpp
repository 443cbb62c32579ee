// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/passes/layerlimits.h"

#include "core/model/poweroftwo.h"
#include "core/passes/integers.h"

#include <algorithm>
#include <cmath>

namespace requant {

namespace {

double multiplier(const WeightedLayer &layer, double weightScale)
{
    return static_cast<double>(layer.inGrid->params.scale[0]) * weightScale
           / static_cast<double>(layer.outGrid->params.scale[0]);
}

std::string whyNoShift(const WeightedLayer &layer, bool kept)
{
    if (kept)
        return "its weights are kept as they are";
    if (layer.plan->wish.scale == ScaleRule::Any)
        return "its weights may have any scale";
    return "its input's or output's scale is fixed and no power of two";
}

std::string whyOutside(const QuantParams &weights, bool kept, bool tooSmall)
{
    if (kept)
        return "its weights are kept as they are";
    const std::string channel = weights.isPerChannel() ? "of a channel " : "";
    if (tooSmall)
        return "a weight scale for it would cut the largest weight " + channel + "to less than an eighth";
    return "its bias needs as large a weight scale"; // a larger one is always taken otherwise
}

void reportShift(PassContext &c, const WeightedLayer &layer, const QuantParams &weights, bool kept)
{
    const auto [first, last] = *c.recipe.limits.shiftRange;
    const std::string name = layerName(c.from, c.from.op(layer.op));
    const Location where = OperatorRef{SubgraphIndex{0}, layer.op};
    int farthest = 0, by = 0;
    for (const float s : weights.scale) {
        const std::optional<int> shift = shiftOf(multiplier(layer, static_cast<double>(s)));
        if (!shift) {
            // With any scale it is the recipe that asks for both: counted for the whole model, not said layer by layer.
            if (kept || layer.plan->wish.scale != ScaleRule::Any)
                c.out.diagnostics.push_back(makeWarning(kLayerNoShift, {name, whyNoShift(layer, kept)}, where));
            return;
        }
        const int beyond = std::max(first - *shift, *shift - last);
        if (beyond > by) {
            by = beyond;
            farthest = *shift;
        }
    }
    if (by > 0)
        c.out.diagnostics.push_back(makeWarning(kLayerShift,
                                                {name, std::to_string(farthest), std::to_string(first),
                                                 std::to_string(last), whyOutside(weights, kept, farthest < first)},
                                                where));
}

// Biases of the finished layer that need more bits.
std::size_t wideBiases(PassContext &c, const WeightedLayer &layer, bool perChannel, std::size_t count)
{
    const Operator &op = c.placed(layer.op);
    const Tensor &bias = c.graph().tensor(op.inputs[static_cast<std::size_t>(weightedInputs(op.code).bias)]);
    auto values = unpackIntegers(c.out.model.data(bias), bias.type, count);
    const auto before = values;
    fitBiases(values, c.recipe.limits, perChannel);
    std::size_t wide = 0;
    for (std::size_t o = 0; o < count; ++o)
        wide += values[o] != before[o];
    return wide;
}

} // namespace

bool multipliersFit(const PassContext &c, const WeightedLayer &layer, const QuantParams &weights)
{
    const bool powerOfTwo = layer.plan->wish.scale == ScaleRule::PowerOfTwoMultiplier;
    const auto &range = c.recipe.limits.shiftRange;
    return std::all_of(weights.scale.begin(), weights.scale.end(), [&](float s) {
        const std::optional<int> shift = shiftOf(multiplier(layer, static_cast<double>(s)));
        return shift ? !range || (*shift >= range->first && *shift <= range->second) : !powerOfTwo;
    });
}

void reportLimits(PassContext &c, const WeightedLayer &layer, const QuantParams &weights, bool kept,
                  std::size_t biasesCut)
{
    if (c.recipe.limits.shiftRange)
        reportShift(c, layer, weights, kept);
    if (!c.recipe.limits.biasBits || !layer.bias)
        return;
    const std::size_t count = static_cast<std::size_t>(elementCount(c.from.tensor(layer.bias).shape));
    const std::size_t wide = kept ? wideBiases(c, layer, weights.isPerChannel(), count) : biasesCut;
    if (wide)
        c.out.diagnostics.push_back(makeWarning(kept ? kKeptBias : kBiasesCut,
                                                {layerName(c.from, c.from.op(layer.op)), std::to_string(wide),
                                                 std::to_string(count), std::to_string(*c.recipe.limits.biasBits)},
                                                OperatorRef{SubgraphIndex{0}, layer.op}));
}

} // namespace requant
