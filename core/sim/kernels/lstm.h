// SPDX-License-Identifier: GPL-3.0-or-later
// UNIDIRECTIONAL_SEQUENCE_LSTM: with an input gate or coupled to the forget gate (CIFG), with or without peepholes, layer
// normalization, projection and clipping; steps outermost (time_major) or batches. The states live in variable tensors. Forms:
//   int8 with int16 cell state   equal to TFLite's 8x8_16 kernel in gates, states and outputs, in every arithmetic's fixed-point
//                                rounding; divisions by powers of two inside round half away as TFLite's do. Without projection
//                                the output state is the hidden value plus the hidden zero point; with it the projection takes the
//                                hidden value less the zero point, clamped, and its bias puts it back (lstm_eval.cc,
//                                PrecomputeZeroPointTimesWeightWithBias). TFLite of autumn 2022 had minus in both
//   float32                      sums in the order of inputs, each product's sum added to what is there; exp and tanh are the C
//                                library's. TFLite sums by blocks and approximates both: results differ in the last bits
//   float32 with int8 weights    the same, matrices as TFLite's portable dynamic quantization (hybrid.h)
// XNNPACK has no LSTM. Refused though TFLite has it: diagonal recurrent weights, weights that are not constant.
#pragma once

#include "core/sim/kernels/kernel.h"

#include <array>
#include <optional>

namespace requant {

// The operator's inputs; those of the gates follow their first in the order below.
enum LstmInput : std::size_t {
    kLstmInputWeights = 1,
    kLstmRecurrentWeights = 5,
    kLstmPeepholes = 9, // none for the cell gate
    kLstmBiases = 12,
    kLstmProjection = 16,
    kLstmProjectionBias = 17,
    kLstmOutputState = 18,
    kLstmCellState = 19,
    kLstmNorms = 20,
};
inline constexpr std::size_t kInputGate = 0, kForgetGate = 1, kCellGate = 2, kOutputGate = 3, kLstmGates = 4;

// Sizes and parts, checked: every constant that the parts need is there, constant and of the right size and type.
struct LstmLayout
{
    std::size_t sequences = 1, steps = 0; // runs one after the other
    std::size_t batches = 0;              // that take a step together
    std::size_t inputs = 0, cells = 0, outputs = 0;
    bool hasInputGate = false, hasPeepholes = false, hasNorm = false, hasProjection = false, hasProjectionBias = false;

    std::size_t firstGate() const { return hasInputGate ? kInputGate : kForgetGate; }
    std::size_t cellValues() const { return batches * cells; }
    std::size_t outputValues() const { return batches * outputs; }
    // The input of a gate's peephole if it has one.
    std::optional<std::size_t> peephole(std::size_t gate) const
    {
        if (!hasPeepholes || gate == kCellGate || gate < firstGate())
            return {};
        return kLstmPeepholes + (gate == kOutputGate ? 2 : gate);
    }
    // The first of the rows of inputs and outputs that step `t` of sequence `q` takes; of the states it takes q * batches.
    std::size_t row(std::size_t q, std::size_t t) const { return (q * steps + t) * batches; }
};

struct LstmTypes
{
    ElementType matrix, peephole, bias, norm, outputState, cellState;
};
// Operators that are not as TFLite wants them are refused with the reason.
Result<LstmLayout> lstmLayout(const KernelSetup &, const LstmTypes &);

Result<Kernel> makeFloatLstm(const KernelSetup &);   // with float or int8 weights
Result<Kernel> makeIntegerLstm(const KernelSetup &);
Result<Kernel> makeLstm(const KernelSetup &);

} // namespace requant
