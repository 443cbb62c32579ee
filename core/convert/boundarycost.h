// SPDX-License-Identifier: GPL-3.0-or-later
// What the inserted requantize operators cost: how far each one's output is from the tensor that it reads, as real numbers.
#pragma once

#include "core/convert/convert.h"

#include <span>
#include <vector>

namespace requant {

struct BoundaryCost
{
    OperatorIndex op;      // of the converted model
    TensorIndex from, to;
    double sqnrDb = 0;     // over all elements and samples; +infinity if nothing is lost
};

// In the order of the operators; runs the converted model on at most `limit` samples (0: all). Empty, without running anything,
// where no operator was inserted, and where the model cannot be simulated up to them.
Result<std::vector<BoundaryCost>> boundaryCosts(const Conversion &, const SampleSet &, std::size_t limit, const RunControl & = {});

// The cost of the operator through which a boundary's consumer reads; null if none of them is known.
const BoundaryCost *costOf(const Conversion &, std::span<const BoundaryCost>, const Boundary &);

} // namespace requant
