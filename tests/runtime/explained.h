// SPDX-License-Identifier: GPL-3.0-or-later
// Where the package's runtime is known to compute something else than the simulator: its TFLite is of autumn 2022 (it knows SIGN and
// no BITCAST) and some kernels have changed since, and XNNPACK has a defect that is not copied. What it does there is written down
// as a definition: a difference counts as explained only if the runtime's bytes are those of the definition.
#pragma once

#include "core/model/model.h"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace explained {

struct Definition
{
    std::string reason;                        // empty: the runtime computes what the simulator does
    std::vector<std::vector<std::byte>> bytes; // of each output
};

// `inputs`: bytes of every input in order, empty for an absent one.
Definition definitionOf(const requant::Subgraph &, const requant::Operator &, const std::vector<std::span<const std::byte>> &inputs);

// A network that the simulator computes as the package computes the given one. LSTM of integers without projection: the older
// kernel takes the hidden zero point off, today's adds it. TRANSPOSE_CONV: the older one knows no fused activation.
struct Equivalent
{
    std::string reason;
    requant::Model model;
};
std::optional<Equivalent> equivalent(const requant::Model &);

} // namespace explained
