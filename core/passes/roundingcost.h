// SPDX-License-Identifier: GPL-3.0-or-later
// What nearest rounding costs one row of weights: the inner loop of every search for a scale.
#pragma once

#include <cstddef>

namespace requant {

// Sum of w (round(v inverse) - v inverse)^2 with the integers within [low, high]; every w is 1 if there are none (null). In
// single precision: |v inverse| beyond 2^22 counts as 2^22, ties go to the even integer, the sum is right to about 1e-5 of itself.
double roundingCost(const float *v, const float *w, std::size_t n, float inverse, float low, float high);

} // namespace requant
