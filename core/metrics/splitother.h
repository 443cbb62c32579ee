// SPDX-License-Identifier: GPL-3.0-or-later
// The error split of a layer without weights, by its float kernel. Inside this room only.
#pragma once

#include "core/metrics/splitsums.h"
#include "core/passes/layerwalk.h"
#include "core/sim/simulator.h"

#include <map>
#include <optional>
#include <vector>

namespace requant {

// Inputs of the converted layer in place of the source's, by tensor of the source.
using InsteadOf = std::map<TensorIndex, Elements>;

class RealLayer
{
public:
    // Nothing where the operator has no float kernel.
    static std::optional<RealLayer> make(const Model &source, OperatorIndex);
    // Adds one sample's elements of the first output; false where the values do not correspond. `fed`: the inputs on
    // their new grid, `read`: behind inserted operators; both only where they differ from the source's, and from what
    // was fed. The range is that of a channel without factor.
    bool add(const LayerValues &source, std::size_t sample, const InsteadOf &fed, const InsteadOf &read,
             const Elements &converted, const SplitRange &, const EffectiveGrid &output, const RunControl &,
             SplitSums &);

private:
    // f of these inputs, clamped to the source's range; empty if it cannot be computed.
    std::vector<float> evaluate(const LayerValues &, std::size_t sample, const InsteadOf &, const RunControl &);

    std::optional<Simulator> m_simulator;
    std::vector<TensorIndex> m_inputs; // by input of the simulator: the source's tensor
    std::vector<Tensor> m_tensors;     // the same as they are in the source
    Tensor m_output;
    TensorIndex m_outputIndex;
    SplitRange m_range;
};

} // namespace requant
