// SPDX-License-Identifier: GPL-3.0-or-later
// Constant tensors of an ONNX file: initializers, Constant nodes, external data.
#pragma once

#include "core/model/model.h"
#include "core/onnx/onnx.h"
#include "core/onnx/proto.h"

#include <cstring>
#include <filesystem>
#include <vector>

namespace requant::onnxformat {

// Elements one after another in ONNX's order. Four-bit elements take a byte each here.
struct Constant
{
    Shape shape;
    ElementType type = ElementType::Float32;
    std::vector<std::byte> bytes;
    std::vector<std::pair<Shape, std::vector<int>>>
        moves;                    // reorderings since the file, each of a shape by a permutation
    std::int64_t channelAxis = 0; // the file's, of a weight's outputs

    std::size_t count() const { return static_cast<std::size_t>(elementCount(shape)); }
    std::vector<float> floats() const;          // of float32, float16, bfloat16, float64; refused for others
    std::vector<std::int64_t> integers() const; // of all integer types and bool
    static Constant ofFloats(Shape, const std::vector<float> &);
    static Constant ofIntegers(Shape, ElementType, const std::vector<std::int64_t> &); // saturates
};

// Bytes of an element in Constant::bytes.
std::size_t elementBytes(ElementType);
// Refused if the number has no type in the intermediate representation.
ElementType elementTypeOf(int onnxType, const std::string &of);
// Dimensions of a message, checked: not negative, countable.
Shape checkedShape(const std::vector<std::int64_t> &dims, const OnnxLimits &, const std::string &of);
// Throws Refusal with the tensor's name.
Constant readConstant(const onnx::TensorProto &, const std::filesystem::path &folder, const OnnxLimits &);

} // namespace requant::onnxformat
