// SPDX-License-Identifier: GPL-3.0-or-later
// Sums and quotients that are rounded once, for the shift arithmetics.
#pragma once

#include "core/sim/fixedpoint.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstdlib>

namespace requant {

// n / d with the fraction lost as named; FixedRounding::Double rounds half away, as TFLite's pools do. d > 0.
template <class T>
constexpr T roundingDivide(T n, T d, FixedRounding rounding)
{
    T floor = n / d, rest = n % d;
    if (rest < 0) {
        rest += d;
        --floor;
    }
    const T other = d - rest; // the distance to the next integer
    switch (rounding) {
    case FixedRounding::HalfUp: return floor + (rest >= other ? 1 : 0);
    case FixedRounding::HalfEven: return floor + (rest > other || (rest == other && floor % 2 != 0) ? 1 : 0);
    case FixedRounding::Truncate: return floor;
    default: return floor + (rest > other || (rest == other && n >= 0) ? 1 : 0);
    }
}

// x1 * ratio1 + x2 * ratio2: the terms are aligned, added, and one right shift loses the fraction. Ratios that are no powers
// of two are taken as their Q31 multipliers, whose products are summed exactly.
class ExactSum
{
public:
    static bool takes(double ratio) { return std::abs(ratio) < 0x1p30; }

    // Ratios below 2^30 in magnitude (less than about 2^-32: 0); the operands are 17-bit integers.
    ExactSum(double ratio1, double ratio2, FixedRounding rounding) : m_rounding(rounding)
    {
        const Multiplier m1 = quantizeMultiplier(ratio1), m2 = quantizeMultiplier(ratio2);
        const int exponent = std::min(m1.multiplier != 0 ? m1.shift : 31, m2.multiplier != 0 ? m2.shift : 31);
        const auto aligned = [&](Multiplier m) { return m.multiplier == 0 ? Wide{0} : Wide{m.multiplier} * (Wide{1} << (m.shift - exponent)); };
        m_factor1 = aligned(m1);
        m_factor2 = aligned(m2);
        m_shift = 31 - exponent;
        while (m_shift > 0 && m_factor1 % 2 == 0 && m_factor2 % 2 == 0) {
            m_factor1 /= 2;
            m_factor2 /= 2;
            --m_shift;
        }
        const auto fits = [](Wide f) { return f < (Wide{1} << 44) && f > -(Wide{1} << 44); };
        m_isNarrow = fits(m_factor1) && fits(m_factor2);
    }

    std::int64_t operator()(std::int32_t x1, std::int32_t x2) const
    {
        if (m_isNarrow)
            return roundingShiftRight(x1 * static_cast<std::int64_t>(m_factor1) + x2 * static_cast<std::int64_t>(m_factor2), m_shift, m_rounding);
        const Wide rounded = roundingShiftRight(x1 * m_factor1 + x2 * m_factor2, m_shift, m_rounding);
        return static_cast<std::int64_t>(std::clamp(rounded, -(Wide{1} << 40), Wide{1} << 40)); // far outside of any storage type
    }

private:
    using Wide = __int128;
    Wide m_factor1 = 0, m_factor2 = 0;
    int m_shift = 0;
    FixedRounding m_rounding;
    bool m_isNarrow = true;
};

} // namespace requant
