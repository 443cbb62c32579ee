// SPDX-License-Identifier: GPL-3.0-or-later
// What tests of kernels with several ways share.
#pragma once

#include "random.h"

#include "core/sim/kernels/outputstage.h"

#include <cmath>

namespace testing {

inline constexpr requant::SimdLevel kLevels[] = {requant::SimdLevel::Scalar, requant::SimdLevel::Avx2, requant::SimdLevel::Avx512, requant::SimdLevel::Avx512Vnni,
                                                 requant::SimdLevel::Amx};

// Of this processor.
inline requant::SimdLevel bestLevel()
{
    static const requant::SimdLevel level = requant::simdLevel();
    return level;
}

inline requant::OutputStage randomStage(Random &random, std::size_t channels, requant::ElementType type, double size)
{
    requant::OutputStage s;
    s.rounding = static_cast<requant::Rounding>(random.integer(0, 2));
    s.type = type;
    const requant::IntegerRange range = requant::integerRange(type);
    s.min = static_cast<std::int32_t>(range.min) + random.integer(0, 3);
    s.max = static_cast<std::int32_t>(range.max) - random.integer(0, 3);
    s.zeroPoint = random.integer(static_cast<int>(range.min), static_cast<int>(range.max));
    s.setChannels(channels);
    for (std::size_t c = 0; c < channels; ++c) {
        double real = random.chance() ? random.real(0.2, 3.0) / size : std::ldexp(1.0, random.integer(-12, 2));
        s.setChannel(c, real, static_cast<float>(real));
    }
    return s;
}

} // namespace testing
