// SPDX-License-Identifier: GPL-3.0-or-later
// Networks for tests of the graph, made up.
#pragma once

#include "core/convert/convert.h"

#include <memory>

namespace requant::test {

// Blocks "block_0/expand", "block_0/project" (convolutions) and "block_0/add"; uint8 activations.
std::shared_ptr<const Model> residualModel(int blocks);
// The same in int8, with a requantize operator between operators 0 and 1 and at the output.
std::shared_ptr<const Conversion> conversionTo(const std::shared_ptr<const Model> &source);

} // namespace requant::test
