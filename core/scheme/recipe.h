// SPDX-License-Identifier: GPL-3.0-or-later
// The recipe: the only thing a user edits. Ordered rules say what activations and weights shall be; for every field the
// last matching rule that sets it wins. A small value, stored as versioned JSON (see recipejson.h).
#pragma once

#include "core/base/index.h"
#include "core/model/arithmetic.h"
#include "core/model/elementtype.h"
#include "core/model/operatorcode.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace requant {

// Symmetric: zero point 0 (uint8: 128, or 0 where no value is negative). Restricted: the zero point is 0 or the value that makes
// the storage type unsigned or signed: uint8 0 or 128, int8 0 or -128, int16 0. Signed weights have 0 in either case.
enum class Symmetry : std::uint8_t { Asymmetric, Symmetric, Restricted };
enum class Granularity : std::uint8_t { PerTensor, PerChannel }; // PerChannel: weights only
// PowerOfTwoMultiplier, weights only: scales may be anything, but input scale x weight scale / output scale is 2^-n.
enum class ScaleRule : std::uint8_t { Any, PowerOfTwo, PowerOfTwoMultiplier };

std::string_view symmetryName(Symmetry);       // "symmetric"
std::string_view granularityName(Granularity); // "per-channel"
std::string_view scaleRuleName(ScaleRule);     // "power-of-two"
// Whether a zero point of this storage type is what the symmetry allows.
bool zeroPointAllowed(Symmetry, ElementType, std::int64_t zeroPoint);

// What a rule asks of a tensor; an unset field leaves what earlier rules said.
struct TensorConfig
{
    std::optional<ElementType> type; // activations: int8, uint8, int16; weights: int8, uint8, int4
    std::optional<Symmetry> symmetry;
    std::optional<Granularity> granularity;
    std::optional<ScaleRule> scale;
    std::optional<bool> narrowRange; // int8 -127..127, uint8 1..255, int4 -7..7
    std::optional<bool> keep;        // true: leave the tensor exactly as it is
    // Weights only: the integers use this many bits of their type, 2..8: 7 gives -63..63 (uint8 65..191 symmetric, 0..127 asymmetric).
    // Activations have none: a kernel saturates at the ends of its storage type.
    std::optional<int> bits = std::nullopt;
    // Activations only: the tensor is not tied to the grids of those that an operator of one grid (CONCATENATION, MAX_POOL_2D ...) would
    // tie it to; a requantize operator stands between. Costs an operator and a rounding.
    std::optional<bool> ownGrid = std::nullopt;
    bool empty() const { return *this == TensorConfig{}; }
    friend bool operator==(const TensorConfig &, const TensorConfig &) = default;
};

inline constexpr int kFewestWeightBits = 2, kMostWeightBits = 8;

// Which corrections run. Naive conversion is all of them off.
struct Algorithms
{
    bool weightCorrection = true; // absorb scale ratios into the weights, so that only the multiplier must be 2^-n
    bool scaleSearch = true;      // choose weight scales by expected output error instead of by the largest weight
    bool errorFolding = true;     // fold the expected output shift of weight rounding into the bias
    bool zeroPointFolding = true; // symmetric int8: keep 256 integers by moving zero points into biases (passes/offsets.h)
    bool roundingSearch = true;   // choose each weight's rounding by the layer's output error (passes/rounding.h)
    bool empiricalFolding = true; // correct biases by what the converted layers really give; needs real samples
    bool equalization = true;     // move factors of single channels into the next layer's weights (passes/equalization.h)
    static constexpr Algorithms naive() { return {false, false, false, false, false, false, false}; }
    friend bool operator==(const Algorithms &, const Algorithms &) = default;
};

// What a rule says of them; unset: as the recipe, or an earlier rule, says.
struct AlgorithmChoice
{
    std::optional<bool> weightCorrection, scaleSearch, errorFolding, zeroPointFolding, roundingSearch, empiricalFolding, equalization;
    bool empty() const { return *this == AlgorithmChoice{}; }
    Algorithms over(Algorithms) const;
    friend bool operator==(const AlgorithmChoice &, const AlgorithmChoice &) = default;
};

// A rule matches an operator when every condition that is set holds. Activations are the operator's outputs; graph
// inputs are matched as operators of the type name "INPUT"; a rule without `operators` matches them too, one with a
// `range` does not. Weights are the constant filters of weighted operators (see weightedInputs() in scheme.h); an
// operator's other constants with a grid (an ADD's constant operand) are asked for like its activations; biases are
// derived. A rule that sets any field of a tensor except `keep` ends an earlier keep; a later keep leaves the tensor as
// it is. `algorithms` are the operator's own. Ratios, offsets and factors of activations (weightCorrection,
// zeroPointFolding, equalization) belong to tensors: one is corrected only if every operator that reads or writes it, or
// a tensor of the same group, says so.
struct Rule
{
    std::string name;  // glob on the layer's full name (first output tensor): * ? [..]; empty matches all
    std::string regex; // ECMAScript expression, searched in the full name; empty matches all
    std::vector<std::string> operators;                         // schema names ("CONV_2D", "INPUT"); empty matches all
    std::optional<std::pair<std::int32_t, std::int32_t>> range; // operator indices, both ends included
    TensorConfig activations;
    TensorConfig weights;
    AlgorithmChoice algorithms;
    std::string comment;
    friend bool operator==(const Rule &, const Rule &) = default;
};

// What an operator with a fixed output grid (softmax, logistic, tanh ...) does where the recipe asks for another one.
enum class FixedOutputPolicy : std::uint8_t {
    Keep,       // the output keeps the grid that the runtime demands; said in a note
    Requantize, // a requantize operator behind it moves the value to the grid that the recipe asks for
};
std::string_view fixedOutputPolicyName(FixedOutputPolicy); // "keep", "requantize"

// How much work a conversion may do; JSON key "preset". Unset: Best with samples of the user's, else Balanced.
enum class Effort : std::uint8_t {
    Fast,     // no data: grids, offsets and scales from the file alone
    Balanced, // statistics and layer outputs on synthetic inputs
    Best,     // on the user's samples; without any as Balanced
};
std::string_view effortName(Effort); // "fast", "balanced", "best"

// Limits of the hardware; unset: unknown or none. A conversion meets them where the choice of the weights' scales can, and says
// where it cannot. Simulation keeps to the bias width.
struct Limits
{
    std::optional<std::pair<int, int>> shiftRange = std::nullopt; // of the power-of-two multiplier: M = 2^-shift
    std::optional<int> biasBits = std::nullopt;
    bool biasOwnScale = false; // biases have a power-of-two scale of their own: the width counts significant bits
    friend bool operator==(const Limits &, const Limits &) = default;
};

// The hardware's accumulators, for simulation and reports.
struct Accumulator
{
    int bits = 0; // 0: the runtime's own
    Overflow overflow = Overflow::Saturate;
    friend bool operator==(const Accumulator &, const Accumulator &) = default;
};

struct Recipe
{
    static constexpr int kVersion = 1;
    std::string name;
    std::string description;
    std::vector<Rule> rules;
    FixedOutputPolicy fixedOutputs = FixedOutputPolicy::Keep;
    std::optional<Effort> effort;
    Algorithms algorithms;
    Limits limits;
    Arithmetic arithmetic = Arithmetic::TfliteReference; // for simulation and reports
    Accumulator accumulator;
    friend bool operator==(const Recipe &, const Recipe &) = default;
};

// What a converted model is simulated with: the recipe's arithmetic, accumulators and bias width.
Numerics numerics(const Recipe &);

} // namespace requant
