// SPDX-License-Identifier: GPL-3.0-or-later
// The order of the steps: grids first, because everything else is derived from them; then types, inserted operators and
// versions, so that the network has its final shape; then weights and biases in execution order, so that each layer can be
// judged behind the layers that are finished.
#include "core/passes/context.h"
#include "core/passes/empirical.h"
#include "core/passes/equalization.h"
#include "core/passes/evidence.h"
#include "core/passes/layerwalk.h"
#include "core/passes/propagation.h"
#include "core/passes/weightedlayer.h"

namespace requant {

namespace {

constexpr int kEmpiricalRounds = 3;

void recordEffective(PassContext &c)
{
    for (std::size_t i = 0; i < c.graph().tensors.size(); ++i) {
        EffectiveGrid e = c.effectiveOf(TensorIndex(i));
        // The value that PADV2 pads with is the real 0 in every channel.
        const Shape &shape = c.graph().tensors[i].shape;
        if (!e.factors.empty() && (shape.empty() || static_cast<std::size_t>(shape.back()) != e.factors.size()))
            e.factors.clear();
        if (!e.isTrue())
            c.out.effective[TensorIndex(i)] = e;
    }
}

Status quantizeAll(PassContext &c, const Statistics *collected)
{
    std::shared_ptr<const ExpectedStatistics> expected;
    Statistics made;
    const auto learns = [&](OperatorIndex o) {
        const Algorithms a = c.resolution.algorithmsOf(o);
        return a.scaleSearch || a.errorFolding;
    };
    bool wanted = false;
    for (std::size_t o = 0; o < c.from.operators.size() && !collected; ++o)
        wanted = wanted || learns(OperatorIndex(o));
    if (wanted) {
        expected = c.shared ? c.shared->expected(c.source) : std::make_shared<const ExpectedStatistics>(expectedStatistics(c.source));
        made = asStatistics(c.source, *expected);
    }
    const Statistics *statistics = collected ? collected : wanted ? &made : nullptr;
    for (std::size_t o = 0; o < c.from.operators.size(); ++o) {
        if (!c.run.step(o, c.from.operators.size(), "re-quantizing weights"))
            return cancelledError();
        const auto layer = findWeightedLayer(c, OperatorIndex(o));
        if (!layer)
            return layer.error();
        if (!*layer)
            continue;
        std::optional<RowScaling> rows;
        if (wanted && c.resolution.algorithmsOf(OperatorIndex(o)).equalization)
            rows = planRowScaling(c, **layer, *expected);
        quantizeLayer(c, **layer,
                      {.statistics = statistics, .meanShare = wanted ? kExpectedMeanShare : kMeasuredMeanShare, .rows = rows ? &*rows : nullptr});
    }
    return success();
}

// Layer after layer: what its weights multiply in the source decides how they are rounded; what the finished layer gives behind
// the finished layers before it corrects its bias.
Status quantizeByOutputs(PassContext &c, const LayerSamples &samples)
{
    SourceWalk source(c.source, samples, sourceNumerics(c.recipe.arithmetic).arithmetic);
    LayerValues now(samples.count, c.recipe.arithmetic);
    const auto corrects = [&](OperatorIndex o) { return c.resolution.algorithmsOf(o).empiricalFolding; };
    bool behind = false;
    for (std::size_t o = 0; o < c.from.operators.size() && samples.real; ++o)
        behind = behind || corrects(OperatorIndex(o));
    for (std::size_t i = 0; behind && i < samples.count; ++i) {
        auto in = samples.set->sampleFor(samples.index(i), c.out.model);
        for (std::size_t k = 0; k < in.size(); ++k)
            now.set(i, c.graph().inputs[k], std::move(in[k]));
    }
    for (std::size_t j = 0; j < c.graph().operators.size(); ++j) {
        if (!c.run.step(j, c.graph().operators.size(), "re-quantizing weights"))
            return cancelledError();
        const OperatorIndex o = c.out.origin[j];
        std::optional<WeightedLayer> layer;
        if (o) {
            auto found = findWeightedLayer(c, o);
            if (!found)
                return found.error();
            layer = *found;
        }
        std::shared_ptr<const OutputEvidence> outputs;
        if (layer) {
            const auto moments = source.moments(o, c.run);
            if (!moments)
                return moments.error();
            const auto found = source.outputs(o, c.run);
            if (!found)
                return found.error();
            outputs = *found;
            std::optional<RowScaling> rows;
            if (*moments && c.resolution.algorithmsOf(o).equalization)
                rows = planRowScaling(c, *layer, *outputs, samples.real);
            quantizeLayer(c, *layer,
                          {.patch = moments->get(), .patchSource = samples.evidence, .realSamples = samples.real, .rows = rows ? &*rows : nullptr, .outputs = outputs.get()});
        }
        if (behind) {
            if (const Status s = now.run(c.out.model, OperatorIndex(j), c.run); !s)
                return s;
            if (layer && layer->bias && corrects(o)) {
                for (int round = 0; round < kEmpiricalRounds; ++round) {
                    correctBias(c, *layer, *outputs, now);
                    if (const Status s = now.run(c.out.model, OperatorIndex(j), c.run); !s)
                        return s;
                }
            }
            now.release(c.out.model, OperatorIndex(j));
        }
    }
    return success();
}

} // namespace

Result<PassResult> applyPasses(const Model &given, const Resolution &resolution, const Recipe &recipe,
                               const Statistics *statistics, const RunControl &run, const LayerSamples &samples, SourceEvidence *shared)
{
    const Model model = withImpliedActivations(given);
    PassContext c(model, resolution, recipe, run);
    c.shared = shared;
    c.grids = chooseGrids(model, resolution, recipe, statistics, samples.real);
    retypeTensors(c);
    insertBoundaries(c);
    foldPadding(c);
    c.placeInserted();
    removeTrivialActivations(c, given);
    setVersions(c);
    presetFactors(c, statistics, samples.real);
    if (const Status s = samples.set && samples.count ? quantizeByOutputs(c, samples) : quantizeAll(c, statistics); !s)
        return s.error();
    repairBiases(c);
    recordEffective(c);
    return std::move(c.out);
}

} // namespace requant
