// SPDX-License-Identifier: GPL-3.0-or-later
// What a network's outputs are, told from its last operators: how two of them agree is measured accordingly.
#pragma once

#include "core/model/model.h"

#include <array>

namespace requant {

enum class OutputKind : std::uint8_t {
    Values,     // numbers that are not to be ranked: one alone, or as many as the network takes
    Scores,     // one for each class
    Mask,       // a class at each place
    Detections, // boxes, classes, scores and their count, by TFLite_Detection_PostProcess
};
std::string_view outputKindName(OutputKind); // "values", "scores", "mask", "detections"

struct Outputs
{
    OutputKind kind = OutputKind::Values;
    TensorIndex tensor;                    // the first graph output; invalid only for a model without outputs
    std::size_t classes = 1;               // Mask: scores for each place; 1 if the tensor holds the classes themselves
    std::array<TensorIndex, 4> detections; // Detections: boxes, classes, scores, count
};

// Told by the operator that makes the first graph output, seen through operators that only move or re-express values. A
// mask is what ARG_MAX gives for more than one place, or SOFTMAX over the classes of each pixel of [1, height, width,
// classes].
Outputs outputsOf(const Model &);

} // namespace requant
