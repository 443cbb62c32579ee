// SPDX-License-Identifier: GPL-3.0-or-later
// Whether a finished model is what a target asks for: every tensor against the recipe's wishes, and the target's limits.
// The runtime's own rules are verifyQuantization()'s.
#pragma once

#include "core/base/diagnostic.h"
#include "core/model/model.h"
#include "core/scheme/recipe.h"

namespace requant {

// One warning per tensor that does not meet its wish. Rules are applied to the model as it is: rules by operator index
// are only meaningful where no operator was inserted. A per-tensor grid meets a per-channel wish, fixed
// output grids meet any where the recipe's policy is to keep them, and so do copies for layers that a rule keeps.
Diagnostics verifyTarget(const Model &, const Recipe &);

inline constexpr Message kTargetNotMet{"target.not-met", "'%1' does not meet the target: %2"};

} // namespace requant
