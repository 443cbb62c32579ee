// SPDX-License-Identifier: GPL-3.0-or-later
// Operators that move elements without computing: exact by nature in every arithmetic, for every element type of a fixed
// width (int4 and int2 packed), except CONCATENATION of uint8 inputs on different grids, which rescales as TFLite does.
// Sizes, axes, paddings and positions may be constants or computed by the network; the declared shapes hold: what would
// give another shape is refused, or fails in the run that shows it.
#pragma once

#include "core/sim/kernels/kernel.h"

namespace requant {

// concat.cpp
Result<Kernel> makeConcatenation(const KernelSetup &);
Result<Kernel> makePack(const KernelSetup &);
Result<Kernel> makeUnpack(const KernelSetup &);
Result<Kernel> makeSplit(const KernelSetup &); // SPLIT, SPLIT_V

// pad.cpp
Result<Kernel> makePad(const KernelSetup &); // PAD, PADV2
Result<Kernel> makeMirrorPad(const KernelSetup &);

// slice.cpp
Result<Kernel> makeSlice(const KernelSetup &);
Result<Kernel> makeStridedSlice(const KernelSetup &);
Result<Kernel> makeDynamicUpdateSlice(const KernelSetup &);

// reorder.cpp
Result<Kernel> makeTranspose(const KernelSetup &);
Result<Kernel> makeReverse(const KernelSetup &); // REVERSE_V2
Result<Kernel> makeReverseSequence(const KernelSetup &);
Result<Kernel> makeTile(const KernelSetup &);
Result<Kernel> makeBroadcastTo(const KernelSetup &);

// spacebatch.cpp
Result<Kernel> makeSpaceBatch(const KernelSetup &); // SPACE_TO_BATCH_ND, BATCH_TO_SPACE_ND
Result<Kernel> makeDepthSpace(const KernelSetup &); // DEPTH_TO_SPACE, SPACE_TO_DEPTH

// gather.cpp: an index out of range fails the run. SCATTER_ND adds up what meets, integers wrap.
Result<Kernel> makeGather(const KernelSetup &);
Result<Kernel> makeGatherNd(const KernelSetup &);
Result<Kernel> makeScatterNd(const KernelSetup &);

// shapes.cpp: shapes as values, and tensors that follow from a few numbers
Result<Kernel> makeReshape(const KernelSetup &); // RESHAPE, SQUEEZE, EXPAND_DIMS
Result<Kernel> makeShape(const KernelSetup &);   // SHAPE, RANK
Result<Kernel> makeBroadcastArgs(const KernelSetup &);
Result<Kernel> makeFill(const KernelSetup &);
Result<Kernel> makeZerosLike(const KernelSetup &);
Result<Kernel> makeRange(const KernelSetup &);
Result<Kernel> makeWhere(const KernelSetup &); // of constants only: otherwise its values say how many there are

// choose.cpp: of equal values the first wins, as in TFLite
Result<Kernel> makeArgMinMax(const KernelSetup &);
Result<Kernel> makeTopK(const KernelSetup &);
Result<Kernel> makeOneHot(const KernelSetup &);

// cast.cpp
Result<Kernel> makeCast(const KernelSetup &);

} // namespace requant
