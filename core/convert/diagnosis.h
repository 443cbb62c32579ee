// SPDX-License-Identifier: GPL-3.0-or-later
// Where a conversion's errors come from and what each algorithm bought: the recipe naive, then with one algorithm after
// the other, each conversion's error split beside it.
#pragma once

#include "core/convert/convert.h"
#include "core/metrics/errorsplit.h"

#include <optional>
#include <string>
#include <vector>

namespace requant {

struct DiagnosisStep
{
    std::string key;       // "naive", "scale_search" ..., for files
    std::string name;      // "naive", "+ scale search"
    Algorithms algorithms; // that at least one layer uses
    ErrorSplit split;
    // End to end on the same samples, as in ErrorReport; none without DiagnoseOptions::endToEnd.
    bool hasOutput = false;
    double outputSqnrDb = 0, agreement = 0;
};

struct Diagnosis
{
    Conversion conversion; // of the recipe as it is
    ErrorReport errors;    // its errors on the samples; of the weights alone without DiagnoseOptions::endToEnd
    std::vector<DiagnosisStep> steps; // the naive one first, the recipe as it is last
    std::string samples;              // description
    const ErrorSplit &naive() const { return steps.front().split; }
    const ErrorSplit &corrected() const { return steps.back().split; }
};

struct DiagnoseOptions
{
    bool steps = true;                    // every algorithm by itself; else naive and the recipe only
    bool endToEnd = true;                 // run the networks as wholes too; false: the layers' splits only
    std::size_t samples = 8;              // measured on, at most
    std::vector<OperatorIndex> layers;    // of the source that are split; empty: all
    const Conversion *finished = nullptr; // convert() of this very input, where it is there already
};

// Measured on the user's samples of the input, else on synthetic ones. For a chart of causes {.steps = false, .endToEnd
// = false, .finished = &conversion}: costs a naive conversion and a run of each layer. What an algorithm of the recipe
// that is switched off would have bought is not measured. An error where the source cannot be run layer by layer (see
// errorsplit.h).
Result<Diagnosis> diagnose(const ConvertInput &, const DiagnoseOptions & = {}, const RunControl & = {});

// One sentence on the largest cause: "weights: 3 of 32 channels are cut off, the farthest 12.5 steps beyond the end".
std::string explanation(const LayerSplit &);
// Measured layers of a split, the worst (least SQNR) first.
std::vector<const LayerSplit *> worstSplits(const ErrorSplit &);

std::string diagnosisJson(const Diagnosis &); // an object with everything
std::string diagnosisCsv(const Diagnosis &);  // a line per step and layer

} // namespace requant
