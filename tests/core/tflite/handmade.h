// SPDX-License-Identifier: GPL-3.0-or-later
// Models made in memory for the tests of reading and writing.
#pragma once

#include "core/model/model.h"

namespace requant::test {

// input -> CONV_2D (per-channel int8 weights, int32 bias) -> output
Model smallModel();

// Every member of both unions of options on an operator of its own with no field at its default, three subgraphs, variable,
// sparse, variant and string tensors, all kinds of quantization details, signatures, metadata, external buffers' tables,
// custom operators, empty and absent parts.
Model everythingModel();

// Reads what was written; fails the test if that is not possible. The bytes are kept alive by the model.
Model reread(std::vector<std::byte> bytes);

} // namespace requant::test
