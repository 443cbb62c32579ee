// SPDX-License-Identifier: GPL-3.0-or-later
// ONNX files: bytes -> Model. A quantized operator, written as DequantizeLinear - operator - QuantizeLinear (QDQ) or as
// QLinearConv and the like (QOperator), becomes the same operator with quantized tensors. What the intermediate
// representation asks for is stated in notes:
//   layout    images are NHWC. Transpose is absorbed; a rank-4 graph input that feeds convolutions becomes NHWC.
//   integers  a network of signed weights has signed activations: uint8 becomes int8, minus 128. Graph inputs and
//   outputs keep
//             their type behind a QUANTIZE.
//   padding   what SAME and VALID cannot say becomes an explicit PAD with the zero point.
// Operators without quantization around them stay in float.
#pragma once

#include "core/tflite/tflite.h"

#include <filesystem>
#include <span>

namespace requant {

struct OnnxLimits
{
    std::size_t maxMessages = 8'000'000;              // nodes, attributes, tensors ... of the whole file
    std::int64_t maxElements = std::int64_t{1} << 31; // of one tensor
};

// External data is read from files in `file`'s folder only. Errors name the file, the node and the reason.
Result<LoadedModel> loadOnnx(const std::filesystem::path &file, const OnnxLimits & = {});
// `folder`: where external data lies; empty: external data is refused.
Result<LoadedModel> readOnnx(std::span<const std::byte> bytes, const std::filesystem::path &folder,
                             const OnnxLimits & = {});
struct WrittenOnnx
{
    std::vector<std::byte> bytes;
    Diagnostics losses;     // what the file says otherwise than the model, or not at all
    bool isPatched = false; // the source file with changed numbers; else made anew
};
// A model that was read from an ONNX file goes back into that file: what was not touched stays, byte for byte if
// nothing was. Others become a network of QuantizeLinear and DequantizeLinear; pictures are channels first, and no
// Transpose stands where none is needed.
Result<WrittenOnnx> writeOnnx(const Model &);
Result<WrittenOnnx> writeOnnxAnew(const Model &); // in any case

// A network converted from one of an ONNX file is written there with signed integers, unless nothing but weights
// changed: its sourceFile says so afterwards.
void settleIntegers(Model &converted, const Model &source);

// The bytes are a protobuf message with ONNX's fields: an IR version or a graph.
bool looksLikeOnnx(std::span<const std::byte> bytes);

} // namespace requant
