// SPDX-License-Identifier: GPL-3.0-or-later
// IEEE half precision as bits.
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

namespace requant {

inline float floatFromHalf(std::uint16_t h)
{
    const int exponent = (h >> 10) & 0x1F, mantissa = h & 0x3FF;
    float magnitude = 0;
    if (exponent == 31)
        magnitude = mantissa ? std::numeric_limits<float>::quiet_NaN() : std::numeric_limits<float>::infinity();
    else if (exponent == 0)
        magnitude = std::ldexp(static_cast<float>(mantissa), -24);
    else
        magnitude = std::ldexp(static_cast<float>(mantissa + 1024), exponent - 25);
    return h & 0x8000 ? -magnitude : magnitude;
}

// Ties to even.
inline std::uint16_t halfFromFloat(float f)
{
    const auto sign = static_cast<std::uint16_t>(std::bit_cast<std::uint32_t>(f) >> 16 & 0x8000);
    const float magnitude = std::abs(f);
    if (f != f)
        return static_cast<std::uint16_t>(sign | 0x7E00);
    if (magnitude >= 65520.0f) // rounds beyond the largest, 65504
        return static_cast<std::uint16_t>(sign | 0x7C00);
    int exponent = -13; // of the smallest normal one: zero and subnormal values share its last place
    if (magnitude >= 0x1p-14f)
        std::frexp(magnitude, &exponent);
    const int unit = exponent - 11; // of the last place
    const auto steps = static_cast<std::uint32_t>(std::nearbyint(std::ldexp(magnitude, -unit))); // up to 2^11: then the exponent grows by itself
    return static_cast<std::uint16_t>(sign | (steps + (static_cast<std::uint32_t>(unit + 24) << 10)));
}

} // namespace requant
