// SPDX-License-Identifier: GPL-3.0-or-later
// The package's TFLite is of autumn 2022 (it knows SIGN and no BITCAST). Where its kernels compute something else than today's,
// which the simulator follows, their definition is written down here: a difference counts as explained only if the runtime's
// bytes are those of the older definition.
#pragma once

#include "core/model/model.h"

#include <span>
#include <string>
#include <vector>

namespace older {

struct Definition
{
    std::string reason;                        // empty: the runtime's kernel is today's
    std::vector<std::vector<std::byte>> bytes; // of each output
};

// `inputs`: bytes of every input in order, empty for an absent one.
Definition definitionOf(const requant::Subgraph &, const requant::Operator &, const std::vector<std::span<const std::byte>> &inputs);

} // namespace older
