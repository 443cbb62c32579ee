// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cmath>

namespace requant {

// Exactly 2^k for some integer k; false for zero, negative and non-finite values.
inline bool isPowerOfTwo(float v)
{
    int exponent = 0;
    return std::isfinite(v) && v > 0 && std::frexp(v, &exponent) == 0.5f;
}

} // namespace requant
