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

// Real values of the converted layer's inputs by tensor of the source, for one sample: on their new grid, and behind
// inserted operators.
struct FedReals
{
    std::map<TensorIndex, std::vector<double>> fed, read;
};

class RealLayer
{
public:
    // Nothing where the operator has no float kernel.
    static std::optional<RealLayer> make(const Model &source, OperatorIndex);
    // Adds one sample's elements of the first output; false where the values do not correspond.
    bool add(const LayerValues &source, std::size_t sample, const FedReals &, std::span<const double> converted,
             const SplitRange &, const RunControl &, SplitSums &);

private:
    // f of these inputs, clamped to the source's range; empty if it cannot be computed.
    std::vector<double> evaluate(const LayerValues &, std::size_t sample,
                                 const std::map<TensorIndex, std::vector<double>> *, const RunControl &);

    std::optional<Simulator> m_simulator;
    std::vector<TensorIndex> m_inputs; // by input of the simulator: the source's tensor
    std::vector<Tensor> m_tensors;     // the same as they are in the source
    Tensor m_output;
    TensorIndex m_outputIndex;
    SplitRange m_range;
};

} // namespace requant
