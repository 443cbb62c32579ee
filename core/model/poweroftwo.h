// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cmath>
#include <optional>

namespace requant {

// Exactly 2^k for some integer k; false for zero, negative and non-finite values.
inline bool isPowerOfTwo(float v)
{
    int exponent = 0;
    return std::isfinite(v) && v > 0 && std::frexp(v, &exponent) == 0.5f;
}

// n where a multiplier computed from float32 scales is 2^-n: three roundings to 24 bits may lie between.
inline std::optional<int> shiftOf(double multiplier)
{
    if (!(multiplier > 0) || !std::isfinite(multiplier))
        return std::nullopt;
    const double n = std::round(-std::log2(multiplier));
    if (std::abs(n) > 1000 || std::abs(std::ldexp(multiplier, static_cast<int>(n)) - 1) > 0x1p-22)
        return std::nullopt;
    return static_cast<int>(n);
}

} // namespace requant
