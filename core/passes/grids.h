// SPDX-License-Identifier: GPL-3.0-or-later
// One grid per group of tensors, and the ratio that weight correction absorbs.
//
// Weight correction for power-of-two scales: only the multiplier M = s_in s_w / s_out must be a power of two. The real
// values of a tensor may be divided by a ratio rho in [1, 2) and the neighbouring weights multiplied by rho_in / rho_out,
// which leaves the network's function unchanged; the tensor is then declared with s = 2^k although its effective scale is
// e = rho 2^k, the best one for its range. Tensors tied by an operator that is only homogeneous (ADD) share rho. Where a
// neighbour needs true values (softmax, graph inputs and outputs, fused clamps that would move) rho is 1.
#pragma once

#include "core/base/result.h"
#include "core/constraints/resolve.h"
#include "core/model/model.h"
#include "core/sim/statistics.h"

#include <vector>

namespace requant {

struct RealRange
{
    double lo = 0, hi = 0;
};

// The smallest grid of a wish that covers the range (which is extended to hold 0).
// Symmetric: zero point 0; uint8 with negative values: zero point 128. Restricted: the same, and int8 without negative values:
// -128. Asymmetric: zero point nudged to an integer.
struct Grid
{
    double scale = 1;
    std::int64_t zeroPoint = 0;
};
IntegerRange storageRange(const TensorWish &); // with narrow range and reduced bits applied
Grid coveringGrid(const TensorWish &, RealRange);
// Real range that a tensor's own grid can hold, or, for a constant, does hold.
RealRange realRange(const Model &, const Tensor &);
double floorPowerOfTwo(double);
double ceilPowerOfTwo(double); // values within 1e-6 above a power of two count as that power

struct GroupGrid
{
    QuantParams params;
    double ratio = 1.0;
    double offset = 0.0;       // see offsets.h
    std::vector<double> factors; // by channel, empty: all 1; set layer by layer (see equalization.h)
    bool saturates = false;    // the ends of the storage range do what the producers' fused activations did
    double step() const { return params.isQuantized() ? static_cast<double>(params.scale[0]) * ratio : 0.0; }
};

// For every group number of the resolution. With statistics of the source a power-of-two scale may cut the ends of a range where
// the cut costs less than the next octave's coarser steps; `real`: they are of the user's samples, and trusted farther.
std::vector<GroupGrid> chooseGrids(const Model &, const Resolution &, const Recipe &, const Statistics *statistics = nullptr,
                                   bool real = false);

// Plan of what operator `o` reads at input position `i`: the boundary copy's if there is one, else the tensor's.
const TensorPlan &consumedPlan(const Model &, const Resolution &, OperatorIndex o, std::size_t i);

} // namespace requant
