// SPDX-License-Identifier: GPL-3.0-or-later
// The error split of one layer with weights: CONV_2D, DEPTHWISE_CONV_2D and FULLY_CONNECTED. Inside this room only.
#pragma once

#include "core/metrics/splitsums.h"
#include "core/passes/layerwalk.h"
#include "core/passes/patchgeometry.h"
#include "core/sim/workers.h"

#include <array>
#include <optional>
#include <vector>

namespace requant {

// The layer's integers and what they stand for.
struct IntegerLayer
{
    // A reason in words where it cannot be read.
    static Result<IntegerLayer> read(const Model &, OperatorIndex, const Numerics &);

    PatchGeometry geometry;
    TensorIndex input, output;
    std::size_t outputs = 0, inputs = 0; // channels, weights of each
    std::vector<double> weights;         // [outputs][inputs], integers without zero point
    std::vector<std::int64_t> stored;    // the same as stored
    std::vector<std::size_t> channel;    // [outputs][inputs]: the input channel that each weight multiplies
    ElementType weightType = ElementType::Int8, biasType = ElementType::Int32;
    bool hasBias = false;
    std::vector<double> bias, fitted; // [outputs], integers: as stored, and as the numerics' bias width has them
    std::vector<double> scale;        // [outputs], of the weights
    std::vector<double> multiplier;   // [outputs], as the arithmetic has it
    Arithmetic arithmetic = Arithmetic::TfliteReference;
    double inputScale = 1, outputScale = 1;
    double low = 0, high = 0;                      // declared real values of the output's clamp
    std::size_t places(std::size_t samples) const; // looked at in each sample
    std::size_t place(std::size_t sample, std::size_t i, std::size_t samples) const;
};

// The source's side: v0 and what follows from its weights, for the places that are looked at. Rows are samples x
// places.
struct SourceSide
{
    IntegerLayer layer;
    std::vector<double> weights, bias; // real
    std::vector<double> sums, y;       // [rows][outputs]: W x + b and the source's output, real
    std::size_t samples = 0, rows = 0;
    static Result<SourceSide> make(const Model &, OperatorIndex, const Numerics &, const LayerValues &, Workers &);
};

// The shares of mean errors that a correction of the bias takes back: wholly those of the other sign than their sum,
// and of the others the part, the same of each, that makes up the correction as far as possible.
std::array<double, 4> foldedShares(const std::array<double, 4> &means, double correction);

// One conversion's side: `now` holds the fed tensor `root` of the layer's input (the input itself, or what inserted
// operators read), the input and the output. Sums go to `out`; a reason in words where the parts cannot be told.
Status splitWeighted(const SourceSide &, const Model &source, const SplitTarget &, OperatorIndex converted,
                     TensorIndex root, const LayerValues &sourceValues, const LayerValues &now, Workers &,
                     LayerSplit &out);

} // namespace requant
