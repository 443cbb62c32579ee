// SPDX-License-Identifier: GPL-3.0-or-later
// AVERAGE_POOL_2D, MAX_POOL_2D of uint8, int8, int16 and float32, L2_POOL_2D of float32. Pools keep the grid: the average is
// rounded half away from zero on the stored integers, in shift arithmetics as those are named; padding takes no part in it.
#pragma once

#include "core/sim/kernels/kernel.h"

namespace requant {

Result<Kernel> makePool2d(const KernelSetup &);

} // namespace requant
