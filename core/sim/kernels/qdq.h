// SPDX-License-Identifier: GPL-3.0-or-later
// Operators as ONNX Runtime computes them. Between QuantizeLinear and DequantizeLinear: float32 in between, real =
// float(q - z) * s, q = rint(real / s) + z, half to even. In files of operators on integers (QLinearAdd ...), as MLAS
// does on x86 with AVX2 (qladd_avx2.cpp, qlmul.cpp, qlinear_pool.cc of microsoft/onnxruntime):
//   ADD, SUB         rint(fma(a, sa / so, fma(b, sb / so, zo - fma(sa / so, za, sb / so * zb))))
//   MUL              rint((a - za) * (b - zb) * (sa * sb / so) + zo)
//   AVERAGE_POOL_2D  rint(mean of reals / so + zo)
// LOGISTIC, TANH and SOFTMAX take the C library's functions, and averages add in the order of memory: the runtime's own
// differ in the last bits of a float.
#pragma once

#include "core/sim/kernels/kernel.h"

#include <optional>

namespace requant {

// Nothing where the operator is not one of these: then its family's kernel is the same.
std::optional<Result<Kernel>> makeQdq(const KernelSetup &);

} // namespace requant
