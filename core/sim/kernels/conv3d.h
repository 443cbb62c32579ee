// SPDX-License-Identifier: GPL-3.0-or-later
// CONV_3D of floats, the only type that TFLite has. Equal to TFLite's reference kernel, sum by sum; its optimized one sums in
// another order and differs in the last bits, and that of autumn 2022 (tests/runtime) does not look at dilations where it copies
// patches, which is not imitated. XNNPACK's delegate does not take the operator.
#pragma once

#include "core/sim/kernels/kernel.h"

namespace requant {

Result<Kernel> makeConv3d(const KernelSetup &);

} // namespace requant
