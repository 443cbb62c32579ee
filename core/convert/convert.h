// SPDX-License-Identifier: GPL-3.0-or-later
// The whole road in one call: recipe -> scheme -> resolution -> new model, verified. The window, the command line and
// the end-to-end tests all use it.
#pragma once

#include "core/base/result.h"
#include "core/base/runcontrol.h"
#include "core/constraints/resolve.h"
#include "core/metrics/errors.h"
#include "core/model/model.h"
#include "core/passes/evidence.h"
#include "core/passes/passes.h"
#include "core/scheme/recipejson.h"
#include "core/sim/samples.h"

#include <memory>

namespace requant {

inline constexpr std::size_t kLayerSamples = 32;

struct ConvertInput
{
    std::shared_ptr<const Model> model;
    Recipe recipe;
    // Of the source on samples (see collectStatistics); several conversions of one source share it. Null: convert() makes
    // its own from synthetic inputs where the recipe's algorithms need any and the source can be simulated.
    std::shared_ptr<const Statistics> statistics;
    std::string sourceHash; // SHA-256 of the source file, for the record; may be empty
    // The user's samples, opened for the source: layers are judged by what they give on at most kLayerSamples of them. Null: on
    // synthetic inputs. Not used where the source cannot be simulated or keeps state from run to run.
    std::shared_ptr<const SampleSet> samples = nullptr;
    // What conversions of this very model share; null, or of another model: nothing is shared. The result is the same.
    std::shared_ptr<SourceEvidence> evidence = nullptr;
};

struct Conversion
{
    std::shared_ptr<const Model> source;
    std::shared_ptr<const Model> model; // carries a "requant" metadata entry: recipe, effective ratios, source hash
    Recipe recipe;
    Resolution resolution;
    std::map<TensorIndex, EffectiveGrid> effective;
    std::vector<OperatorIndex> origin; // by operator of `model`: the source's operator, invalid for inserted ones
    // Of all stages, including the verifier's; operators are the source's (an inserted one: the tensor that it reads).
    Diagnostics diagnostics;
    ComparedModels compared() const { return {source, model, effective, origin}; }
};

// Statistics of the source on synthetic inputs: data-free. Null (with a reason in `why`) where it cannot be simulated.
std::shared_ptr<const Statistics> syntheticStatistics(std::shared_ptr<const Model>, std::string *why = nullptr,
                                                      const RunControl & = {});

// The checks of a converted model speak of its operators; a user looks for the source's layers. An inserted operator is placed
// at the tensor that it reads. Findings without an operator stay where they are.
void placeInSource(Diagnostics &, const Model &converted, const std::vector<OperatorIndex> &origin, const Model &source);

Result<Conversion> convert(const ConvertInput &, const RunControl & = {});

// Reads the "requant" metadata of a model that Requant wrote: its effective ratios; empty if there is none.
std::map<TensorIndex, EffectiveGrid> effectiveGrids(const Model &);

inline constexpr Message kNoStatistics{"convert.no-statistics",
                                       "the source cannot be simulated (%1): scales are chosen by weight error and "
                                       "rounding errors are not folded"};
inline constexpr Message kFastTaken{"convert.fast-taken",
                                    "layers judged one by one give %1 dB at the logits, the preset fast gives %2 dB (%3 samples): "
                                    "the result of fast was taken"};
inline constexpr Message kIdleRule{"convert.idle-rule", "rules[%1] (%2) matches no layer and no input"};
inline constexpr Message kEmptyModel{"convert.empty-model", "the model has no operators to convert"};

} // namespace requant
