// SPDX-License-Identifier: GPL-3.0-or-later
// What reading ONNX files can report.
#pragma once

#include "core/base/diagnostic.h"

#include <utility>

namespace requant::onnxformat {

// The file as a whole
inline constexpr Message kNotOnnx{"onnx.not-onnx", "not an ONNX model: %1"};
inline constexpr Message kDamaged{"onnx.damaged", "not an ONNX model, or damaged or cut short: %1"};
inline constexpr Message kTooMany{"onnx.too-many", "the file has more than %1 parts"};
inline constexpr Message kTooLarge{"onnx.too-large", "the model is larger than the 2 GiB that protobuf allows"};
inline constexpr Message kNoGraph{"onnx.no-graph", "the ONNX model has no graph"};
inline constexpr Message kOpset{"onnx.opset", "the model %1; opsets %2 to %3 can be read"};
inline constexpr Message kNewOpset{
    "onnx.new-opset", "the model uses opset %1, newer than %2; operators are read by the rules of opset %2"};

// Values and nodes
inline constexpr Message kNode{"onnx.node", "node %1 (%2): %3"};
inline constexpr Message kTensor{"onnx.tensor", "tensor %1: %2"};
inline constexpr Message kGraphInput{"onnx.graph-input", "graph input %1: %2"};
inline constexpr Message kGraphOutput{"onnx.graph-output", "graph output %1: %2"};

// Notes: what the intermediate representation says otherwise than the file
inline constexpr Message kInputLayout{
    "onnx.input-layout", "graph input %1 is %2 in the file (channels first); it is taken as %3 (channels last)"};
inline constexpr Message kOutputLayout{
    "onnx.output-layout", "graph output %1 is %2 in the file (channels first); it is given as %3 (channels last)"};
inline constexpr Message kSigned{
    "onnx.signed", "the weights are signed, so uint8 activations are read as int8, all integers minus 128"};
inline constexpr Message kDynamicBatch{"onnx.dynamic-batch",
                                       "graph input %1 leaves its first dimension open (%2); 1 is taken"};
inline constexpr Message kBiasRequantized{
    "onnx.bias-requantized", "node %1: the bias is stored at another scale than input scale x weight scale; it is "
                             "rounded to that (largest change %2 of a step)"};
inline constexpr Message kBiasClipped{"onnx.bias-clipped",
                                      "node %1: %2 bias values do not fit 32 bits and are clipped"};
inline constexpr Message kExtraRounding{
    "onnx.extra-rounding", "node %1 (%2): the operator's output has a fixed or its input's grid here and is "
                           "requantized afterwards, which rounds once more than the file says"};
inline constexpr Message kFloatIsland{"onnx.float",
                                      "operators that are not quantized in the file and stay in float (%1): %2"};

// Writing
inline constexpr Message kNotWritable{"onnx.not-writable", "%1 (%2) cannot be written to ONNX: %3"};
inline constexpr Message kMadeAnew{
    "onnx.made-anew", "the source file's structure does not hold the result (%1); its graph is written anew"};
inline constexpr Message kSeveralSubgraphs{"onnx.subgraphs",
                                           "the model has %1 subgraphs; only one can be written to ONNX"};
inline constexpr Message kInputFirst{
    "onnx.input-first", "graph input %1 is %2 (channels last); the ONNX file takes it as %3 (channels first)"};
inline constexpr Message kOutputFirst{
    "onnx.output-first", "graph output %1 is %2 (channels last); the ONNX file gives it as %3 (channels first)"};
inline constexpr Message kMetadataLost{"onnx.metadata", "%1 metadata entries of the model are not in the ONNX file"};
inline constexpr Message kWideBias{
    "onnx.wide-bias", "bias %1: %2 values do not fit the 32 bits that ONNX has for biases and are clipped"};

// Ends the reading of a file; never leaves this room.
struct Refusal
{
    Error error;
};

[[noreturn]] inline void refuse(const Message &message, std::vector<std::string> args)
{
    throw Refusal{makeError(message, std::move(args))};
}

} // namespace requant::onnxformat
