// SPDX-License-Identifier: GPL-3.0-or-later
// What a pixel means to a model. A converted model may have its input on another grid than its source: its record then
// says what the source's input was, so that the same pictures can be fed to both.
#pragma once

#include "core/model/model.h"

#include <string_view>
#include <vector>

namespace requant {

inline constexpr std::string_view kRecordName = "requant"; // the metadata entry that Requant writes, JSON

// The graph inputs as pixels are to be understood: the model's own, with type and grid of the source's where a record
// names them ("source_inputs").
std::vector<Tensor> pixelInputs(const Model &);

} // namespace requant
