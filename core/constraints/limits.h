// SPDX-License-Identifier: GPL-3.0-or-later
// Limits of a target's hardware, checked on a finished model. Nothing is changed to meet them.
#pragma once

#include "core/base/diagnostic.h"
#include "core/model/model.h"
#include "core/scheme/recipe.h"

namespace requant {

// One warning per limit that is not met, naming how many layers miss it and the worst of them.
Diagnostics checkLimits(const Model &, const Limits &);

inline constexpr Message kShiftOutOfRange{
    "limits.shift-range", "%1 of %2 layers need an output shift outside of %3..%4; the farthest is %5 in %6"};
inline constexpr Message kShiftNotInteger{
    "limits.shift-integer", "%1 of %2 layers have a multiplier that is not a power of two, so no shift can replace it; one is %3"};
inline constexpr Message kBiasTooWide{"limits.bias-bits",
                                      "%1 of %2 layers have biases of more than %3 bits; the widest has %4, in %5"};

} // namespace requant
