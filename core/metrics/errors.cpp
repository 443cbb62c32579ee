// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/metrics/errors.h"

#include "core/metrics/incremental.h"
#include "core/metrics/layerpairs.h"

namespace requant {

ErrorReport measureWeights(const ComparedModels &models)
{
    ErrorReport report;
    report.layers = describeLayers(models);
    for (LayerError &layer : report.layers)
        measureWeights(models, layer);
    return report;
}

Result<ErrorReport> measureErrors(const ComparedModels &models, const SampleSet &samples, std::size_t limit, const Numerics &numerics,
                                  const RunControl &control)
{
    IncrementalOptions options;
    options.samples = limit;
    options.budget = 0;
    return IncrementalComparison(models.source, samples, options).update(models, numerics, control);
}

} // namespace requant
