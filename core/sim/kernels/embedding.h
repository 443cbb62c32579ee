// SPDX-License-Identifier: GPL-3.0-or-later
// EMBEDDING_LOOKUP: rows of a table, copied, or scaled to floats from int8 and int4 with one scale or one per row; uint8 holds
// int8's bits. Equal to TFLite's kernel. Refused: int4 rows of odd length, which TFLite reads from the wrong half of a byte.
#pragma once

#include "core/sim/kernels/kernel.h"

namespace requant {

Result<Kernel> makeEmbeddingLookup(const KernelSetup &);

} // namespace requant
