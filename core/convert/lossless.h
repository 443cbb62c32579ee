// SPDX-License-Identifier: GPL-3.0-or-later
// What a conversion left unchanged but for its spelling: uint8 <-> int8 moves integers and zero point by 128 and nothing else.
#pragma once

#include "core/convert/convert.h"

namespace requant {

// The tensor of the source means exactly the same in the converted model: equal scales, integers and zero points equal or moved
// together by 128, no effective ratio or offset. Activations, weights, biases and constants of the main subgraph.
bool keepsEveryValue(const Conversion &, TensorIndex);

// A note where tensors went to another type without loss: all of the network, or how many of its activations.
Diagnostics losslessNotes(const Conversion &);

inline constexpr Message kLossless{"convert.lossless",
                                   "lossless: all %1 activations, weights and biases keep their values; integers only move by 128 (uint8 <-> int8)"};
inline constexpr Message kLosslessActivations{
    "convert.lossless-activations", "%1 of %2 activations are lossless: their integers only move by 128 (uint8 <-> int8)"};

} // namespace requant
