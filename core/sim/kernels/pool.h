// SPDX-License-Identifier: GPL-3.0-or-later
// AVERAGE_POOL_2D, MAX_POOL_2D and MEAN. Pools keep the grid: the average is rounded half away from zero on the stored
// integers. MEAN rescales: TFLite folds 1/n into the multiplier, XNNPACK into its float scale.
#pragma once

#include "core/sim/kernels/kernel.h"

namespace requant {

Result<Kernel> makePool2d(const KernelSetup &);
Result<Kernel> makeMean(const KernelSetup &); // and SUM

} // namespace requant
