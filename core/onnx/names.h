// SPDX-License-Identifier: GPL-3.0-or-later
// The values of an ONNX file that are a tensor's integers (or a graph input's numbers), by their names in the file.
#pragma once

#include "core/onnx/onnx.h"

namespace requant {

struct OnnxValue
{
    std::string name;
    TensorIndex tensor;
    Shape shape;                             // in the file
    std::vector<int> order;                  // dimension i of the tensor is dimension order[i] of the file
    ElementType type = ElementType::Float32; // in the file
    ElementType stored = ElementType::Float32;
};

// Outputs of QuantizeLinear and of operators on integers, in the file's order; graph inputs first. The model was read
// from an ONNX file.
Result<std::vector<OnnxValue>> onnxValues(const Model &);
// The tensor's bytes as the file has them, and back: order, and integers that moved by half their range.
std::vector<std::byte> toOnnxBytes(const OnnxValue &, std::span<const std::byte>);
std::vector<std::byte> fromOnnxBytes(const OnnxValue &, std::span<const std::byte>);

} // namespace requant
