// SPDX-License-Identifier: GPL-3.0-or-later
// Zero-point folding: which tensors of a symmetric int8 target may keep all 256 integers of their range.
//
// A tensor with the real range [lo, hi] is stored as real = e q + o with the declared zero point 0, e = (hi - lo) / 255 and
// o = lo + 128 e: the grid of an asymmetric tensor, whose zero point has moved into its neighbours. The producer's bias loses
// o, a consumer's bias gains sum(W) o (see weights.h), copies carry o, softmax does not see it, and a sum's output has the sum
// of its inputs' offsets. A fused activation whose clamps are the ends of the range becomes NONE: saturation performs it.
// Where anything needs true values (products, graph inputs and outputs, fixed grids) o is 0 and the grid is the symmetric one.
//
// Sums: the offsets of the free terms minimise  sum over tensors (e(o) / e(lo + 128 e))^2,  e(o) = max((hi - o)/127, (o - lo)/128),
// by coordinate descent; lattice.h settles them for the final scales.
#pragma once

#include "core/constraints/resolve.h"
#include "core/model/model.h"
#include "core/scheme/recipe.h"

#include <vector>

namespace requant {

enum class OffsetKind : std::uint8_t {
    None,     // 0
    Anchored, // lo + 128 e: saturation is the fused activation
    Free,     // chosen
    Sum,      // follows from an equation
};

// What the planner knows of one group of tensors.
struct OffsetGroup
{
    bool candidate = false;  // int8, symmetric wish, not fixed, has members
    double lo = 0, hi = 0;   // real range, fused activations applied
    bool activated = false;  // a fused activation cuts the group at lo (and, RELU6, at hi)
    bool sameActivation = true; // every tensor that enters the group is cut so
};

struct OffsetEquation // offset(result) = sum of sign * offset(term)
{
    std::size_t result = 0;
    std::vector<std::pair<std::size_t, double>> terms;
    std::size_t solved = kNone;  // where the result is anchored: the free term that follows from it
    static constexpr std::size_t kNone = ~std::size_t{0};
};

struct OffsetPlan
{
    std::vector<OffsetKind> kind;  // by group
    std::vector<OffsetEquation> equations; // in execution order
    std::vector<double> offset;    // by group, before scales are rounded to powers of two
};

OffsetPlan planOffsets(const Model &, const Resolution &, const std::vector<OffsetGroup> &);

// Scale that covers the group's range with this offset.
double coveringScale(const OffsetGroup &, double offset);

} // namespace requant
