// SPDX-License-Identifier: GPL-3.0-or-later
// What a conversion's file will hold, told before it is written.
#pragma once

#include "core/convert/convert.h"
#include "core/model/summary.h"
#include "core/passes/porttypes.h"
#include "core/scheme/scheme.h"

#include <string>
#include <vector>

namespace requant {

struct Contents
{
    std::size_t operators = 0; // of all subgraphs
    std::vector<ModelSummary::Count> operatorTypes;
    std::size_t requantizeOperators = 0, paddings = 0; // that the conversion inserted
    std::size_t portsAdded = 0, portsRemoved = 0;      // operators at inputs and outputs
    std::size_t constantBytes = 0, sourceConstantBytes = 0;
    struct Scheme
    {
        TensorRole role = TensorRole::Activation; // Activation or Weight
        std::string text;                         // wishText() of what the tensor has
        std::size_t tensors = 0;
    };
    std::vector<Scheme> schemes; // of the main subgraph: activations first, then weights; the most frequent first
    std::vector<std::string> inputs, outputs; // "uint8 1x28x28x1, scale 0.0078, zero point 128"
    std::size_t adjustments = 0;              // wishes that were not granted as asked
    Diagnostics ports;                        // of withPortTypes()
};

Contents contentsOf(const Conversion &, const PortTypes & = {});

} // namespace requant
