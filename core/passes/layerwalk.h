// SPDX-License-Identifier: GPL-3.0-or-later
// Runs the source and the network that is being made side by side, one operator at a time, on a few samples. Of the values only
// those are kept that later operators read, so memory holds one cut through the network per sample.
#pragma once

#include "core/base/result.h"
#include "core/base/runcontrol.h"
#include "core/model/arithmetic.h"
#include "core/model/model.h"
#include "core/sim/samples.h"

#include <map>
#include <span>
#include <vector>

namespace requant {

// The operator alone: its tensors, its constants, its other inputs as graph inputs.
Model isolatedOperator(const Model &, OperatorIndex);

// One network's values on every sample.
class LayerValues
{
public:
    LayerValues(std::size_t samples, const Numerics &numerics) : m_values(samples), m_numerics(numerics) {}
    std::size_t samples() const { return m_values.size(); }
    void set(std::size_t sample, TensorIndex t, std::vector<std::byte> bytes) { m_values[sample][t] = std::move(bytes); }
    // Empty if the tensor was not computed or is no longer needed.
    std::span<const std::byte> value(std::size_t sample, TensorIndex) const;
    // Computes the operator's outputs on every sample. An operator with a variable or without a kernel is an error.
    Status run(const Model &, OperatorIndex, const RunControl &);
    // Drops what no operator behind `o` reads. Graph outputs go too.
    void release(const Model &, OperatorIndex o);
    std::size_t bytes() const;

private:
    std::vector<std::map<TensorIndex, std::vector<std::byte>>> m_values;
    Numerics m_numerics;
};

// Largest cut through the main subgraph in bytes, for one sample.
std::size_t largestCut(const Model &);

} // namespace requant
