// SPDX-License-Identifier: GPL-3.0-or-later
// Offsets of sums (see offsets.h) for scales that are known.
//
// A tensor that keeps the source's scale s holds the source's very integers if its offset is a multiple of s; then
// nothing is rounded anew. The offsets of a sum's terms and of the sum itself can all be so only by luck: o_sum = o_a +
// o_b is a multiple of s_a plus one of s_b. But each term may move by whole steps, at the price of integers at one end
// of its range, where values are rare. Chosen are the moves that minimise, in squared steps and over all sums that hang
// together,
//   sum of d (1 - d) over tensors off their lattice by a share d of a step (rounding twice)  +  sum of cut(tensor,
//   offset).
// A beam search in execution order; with few terms it sees all combinations of the first sum.
#pragma once

#include "core/passes/offsets.h"

#include <functional>
#include <vector>

namespace requant {

// Mean square error, in squared steps, of the values that a group's range loses at this offset.
using CutCost = std::function<double(std::size_t group, double offset)>;

// Sets plan.offset: anchored where the scale puts it, multiples of the scale where free, exact sums elsewhere.
// `source`: scale of the source's grid where the group kept it, else 0.
void settleOffsets(OffsetPlan &plan, const std::vector<OffsetGroup> &, const std::vector<double> &scale,
                   const std::vector<double> &source, const CutCost &cut);

} // namespace requant
