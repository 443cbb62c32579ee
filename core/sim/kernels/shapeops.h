// SPDX-License-Identifier: GPL-3.0-or-later
// Operators that move elements without computing: exact by nature in every arithmetic, except CONCATENATION of uint8
// inputs on different grids, which rescales as TFLite does.
#pragma once

#include "core/sim/kernels/kernel.h"

namespace requant {

Result<Kernel> makeCopy(const KernelSetup &); // RESHAPE, SQUEEZE, EXPAND_DIMS
Result<Kernel> makePad(const KernelSetup &);  // PAD, PADV2
Result<Kernel> makeConcatenation(const KernelSetup &);
Result<Kernel> makeTranspose(const KernelSetup &);
Result<Kernel> makeSlice(const KernelSetup &);
Result<Kernel> makeStridedSlice(const KernelSetup &);
Result<Kernel> makeSplit(const KernelSetup &); // SPLIT, SPLIT_V
Result<Kernel> makePack(const KernelSetup &);
Result<Kernel> makeUnpack(const KernelSetup &);
Result<Kernel> makeResizeBilinear(const KernelSetup &);
Result<Kernel> makeResizeNearest(const KernelSetup &);
Result<Kernel> makeArgMinMax(const KernelSetup &);
Result<Kernel> makeShape(const KernelSetup &);
Result<Kernel> makeSpaceBatch(const KernelSetup &); // SPACE_TO_BATCH_ND, BATCH_TO_SPACE_ND
Result<Kernel> makeDepthSpace(const KernelSetup &); // DEPTH_TO_SPACE, SPACE_TO_DEPTH
Result<Kernel> makeCast(const KernelSetup &);

} // namespace requant
