// SPDX-License-Identifier: GPL-3.0-or-later
// gemmlowp's functions of 16-bit fixed-point numbers, as TFLite's integer LSTM uses them. Exact to its portable form.
#pragma once

#include <cstdint>

namespace requant {

// 1 / (1 + exp(-x)): x in Q3.12, result in Q0.15.
std::int16_t logisticQ3(std::int16_t x);
// tanh(x): x with 15 - integerBits fractional bits (integerBits in [0, 6]), result in Q0.15.
std::int16_t tanhQ(int integerBits, std::int16_t x);

} // namespace requant
