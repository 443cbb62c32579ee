// SPDX-License-Identifier: GPL-3.0-or-later
// A float network and its encodings to a quantized network. Activations and weights get the grids that the encodings
// say, int8 unless weights are asymmetric (then uint8) or 16 bits wide (int16); biases follow from input and weights.
// What encodings leave open follows from the operator rules of core/constraints/opspec.h:
//   an operator that copies integers has its input's grid; where encodings say two grids, a QUANTIZE stands behind it
//   softmax, logistic and tanh have the grid that the runtime fixes
//   weights without an encoding have the symmetric grid of their largest value
//   an operator whose output has no encoding stays in float between DEQUANTIZE and QUANTIZE
// The result's tensors keep the indices of the float network; graph inputs and outputs are integers where they have
// encodings.
#pragma once

#include "core/aimet/encodings.h"

#include <memory>

namespace requant {

struct QuantizedByEncodings
{
    std::shared_ptr<const Model> model;
    Diagnostics notes;
};

Result<QuantizedByEncodings> quantizeByEncodings(const Model &, const Encodings &);

// The network is float throughout, so that encodings can be applied to it.
bool isFloatNetwork(const Model &);

inline constexpr Message kNotFloat{"aimet.not-float",
                                   "the model is quantized already; encodings belong to a float network"};
inline constexpr Message kNoEncodings{"aimet.no-match",
                                      "no encoding has the name of a tensor of this network (%1 encodings, first %2)"};
inline constexpr Message kUnusedEncodings{"aimet.unused", "%1 encodings name no tensor of this network, first %2"};
inline constexpr Message kWeightFromRange{"aimet.weight-range",
                                          "weights %1 have no encoding; their grid is that of their largest value"};
inline constexpr Message kStaysFloat{"aimet.stays-float", "%1 has no encoding and stays in float"};
inline constexpr Message kFixedInstead{"aimet.fixed",
                                       "%1: the runtime fixes the grid of %2; the encoding (scale %3) is not used"};
inline constexpr Message kSameInstead{
    "aimet.same", "%1 copies integers of another grid than its encoding says; it is requantized afterwards"};
inline constexpr Message kResymmetrized{
    "aimet.resymmetrized", "weights %1 have zero points in their encoding; per channel only zero point 0 can be run"};
inline constexpr Message kActivationBits{
    "aimet.bits", "activation %1 has %2 bits in its encoding; it is stored in %3 and uses that many"};

} // namespace requant
