// SPDX-License-Identifier: GPL-3.0-or-later
// The whole road in one call: recipe -> scheme -> resolution -> new model, verified. The window, the command line and
// the end-to-end tests all use it.
#pragma once

#include "core/base/result.h"
#include "core/base/runcontrol.h"
#include "core/constraints/resolve.h"
#include "core/metrics/errors.h"
#include "core/model/model.h"
#include "core/passes/passes.h"
#include "core/scheme/recipejson.h"
#include "core/sim/samples.h"

#include <memory>

namespace requant {

struct ConvertInput
{
    std::shared_ptr<const Model> model;
    Recipe recipe;
    // Of the source on samples; null: data-free. Several conversions of one source share it.
    std::shared_ptr<const Statistics> statistics;
};

struct Conversion
{
    std::shared_ptr<const Model> source;
    std::shared_ptr<const Model> model; // carries a "requant" metadata entry: recipe, effective ratios, source hash
    Recipe recipe;
    Resolution resolution;
    std::map<TensorIndex, EffectiveGrid> effective;
    std::vector<OperatorIndex> origin; // by operator of `model`: the source's operator, invalid for inserted ones
    Diagnostics diagnostics;           // of all stages, including the verifier's
    ComparedModels compared() const { return {source, model, effective, origin}; }
};

Result<Conversion> convert(const ConvertInput &, const RunControl & = {});

// Reads the "requant" metadata of a model that Requant wrote: its effective ratios; empty if there is none.
std::map<TensorIndex, EffectiveGrid> effectiveGrids(const Model &);

} // namespace requant
