// SPDX-License-Identifier: GPL-3.0-or-later
// A re-quantized model back into the file that it was read from: scales, zero points, weights and biases change where
// they stand, requantize operators become pairs of QuantizeLinear and DequantizeLinear, and everything else of the file
// stays as it is, names, attributes, metadata and fields that are unknown here included.
#pragma once

#include "core/onnx/imported.h"

namespace requant::onnxformat {

// The file's message changed to say `now`, whose tensors have the numbers that they had when it was read. False where
// the file's structure does not hold what was changed; `why` says what.
bool patch(const Imported &file, const Model &now, onnx::ModelProto &out, std::string &why);

} // namespace requant::onnxformat
