// SPDX-License-Identifier: GPL-3.0-or-later
// LOGISTIC and TANH of int16, to 1/32768, exact to TFLite. Its reference kernels look up a table and interpolate, at any input
// scale. Its optimized kernels, which run where a delegate leaves int16 to TFLite, do so too, except for inputs of scale
// 2^-12 (TANH also 2^-11): those take gemmlowp's polynomials.
#pragma once

#include <cstdint>
#include <functional>

namespace requant {

using Function16 = std::function<std::int16_t(std::int16_t)>;
Function16 logistic16(float inputScale, bool optimized);
Function16 tanh16(float inputScale, bool optimized);

} // namespace requant
