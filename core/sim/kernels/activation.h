// SPDX-License-Identifier: GPL-3.0-or-later
// LOGISTIC, TANH, ELU, GELU, HARD_SWISH, RELU and its kin, LEAKY_RELU, PRELU. Quantized forms exact to TFLite: tables of its
// float formula (LOGISTIC, TANH, ELU, GELU for 8 bits; int16 LOGISTIC and TANH in its fixed point), gemmlowp's 16 bits (HARD_SWISH),
// fixed-point multipliers (the others: double rounding, single rounding, or one named rounding in shift arithmetics). The
// XNNPACK delegate takes 8-bit LOGISTIC and TANH, int8 ELU (each half to even) and LEAKY_RELU (8 fraction bits, half up). Functions
// of floats follow the C library.
#pragma once

#include "core/sim/kernels/kernel.h"

namespace requant {

Result<Kernel> makeActivation(const KernelSetup &);
Result<Kernel> makePrelu(const KernelSetup &);

} // namespace requant
