// SPDX-License-Identifier: GPL-3.0-or-later
// The one place that opens a model file: what it is is told by its content, not by its name.
#pragma once

#include "core/onnx/onnx.h"

namespace requant {

enum class ModelFormat : std::uint8_t { Tflite, Onnx };

// By the TFLite identifier, or by protobuf fields of ONNX. A file that is neither is TFLite if its name does not end in
// .onnx, so that its reader says what is wrong.
ModelFormat modelFormat(std::span<const std::byte> bytes, const std::filesystem::path &file);
Result<LoadedModel> loadModel(const std::filesystem::path &file);

} // namespace requant
