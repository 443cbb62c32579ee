// SPDX-License-Identifier: GPL-3.0-or-later
// The order of the steps: grids first, because everything else is derived from them; then types, inserted operators and
// versions, so that the network has its final shape; then weights and biases in execution order, so that each layer can be
// judged behind the layers that are finished.
#include "core/passes/context.h"
#include "core/passes/weightedlayer.h"

namespace requant {

namespace {

void recordEffective(PassContext &c)
{
    for (std::size_t i = 0; i < c.graph().tensors.size(); ++i) {
        const EffectiveGrid e = c.effectiveOf(TensorIndex(i));
        if (!e.isTrue())
            c.out.effective[TensorIndex(i)] = e;
    }
}

} // namespace

Result<PassResult> applyPasses(const Model &model, const Resolution &resolution, const Recipe &recipe,
                               const Statistics *statistics, const RunControl &run)
{
    PassContext c(model, resolution, recipe, run);
    c.grids = chooseGrids(model, resolution, recipe);
    retypeTensors(c);
    insertBoundaries(c);
    foldPadding(c);
    c.placeInserted();
    setVersions(c);
    for (std::size_t o = 0; o < c.from.operators.size(); ++o) {
        if (!run.step(o, c.from.operators.size(), "re-quantizing weights"))
            return cancelledError();
        const auto layer = findWeightedLayer(c, OperatorIndex(o));
        if (!layer)
            return layer.error();
        if (*layer)
            quantizeLayer(c, **layer, nullptr, statistics, false);
    }
    recordEffective(c);
    return std::move(c.out);
}

} // namespace requant
