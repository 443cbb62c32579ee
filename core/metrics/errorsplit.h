// SPDX-License-Identifier: GPL-3.0-or-later
// Where a layer's error comes from. Each converted layer is fed with the source's values, so that only its own causes
// are seen, and its output y' is compared with the source's integers y as real numbers: a lossless conversion has no
// error at all.
//
// Between y and y' lies a chain of values in which one thing after another is exchanged; the difference of two
// neighbours is the error that the exchange brought. With x the source's input, W and b its weights and bias, C its
// clamp (fused activation and ends of its output grid), primes for the converted layer in effective real units
// (effectivegrid.h, factors of channels included):
//   v0  = C(W x + b)
//   v1  = C(W x1 + b)               x1: x put on the converted tensor's grid                          input grid
//   v2  = C(W x2 + b)               x2: what the layer reads behind inserted operators                boundary
//   v3  = C(Wr x2 + b + fr)         Wr: W' where its integer is not cut off, else W                   weight rounding
//   v4  = C(W' x2 + b + fr + fc)                                                                      clipping
//   v5  = C(W' x2 + b + fr + fc + fo)                                                                 output grid
//   v6  = C(W' x2 + b + fr + fc + fo + fa)                                                            arithmetic
//   v7  = C(W' x2 + b + c)          c: what the conversion added to the bias on purpose               bias correction
//   v8  = C(W' x2 + b')             b': the bias's integer as the hardware's width has it             bias rounding
//   v9  = C'(W' x2 + b')            the new output's clamp                                            clipping
//   v10 = C'(M'/M (W' x2 + b'))     M' the multiplier as the arithmetic has it, M = s_in s_w / s_out  multiplier
//   v11 = C'(M'/M (W' x2 + b') - fa)                                                                  arithmetic
//   n   = v11 on the nearest integer of the output's grid, minus the source's own rounding (y - v0)   output grid
//   y' other than the nearest integer: double rounding, truncation, overflow of the accumulator       arithmetic
// So the differences d of one element, those of one cause added up, have the sum y' - y exactly.
//
// A bias that differs from b by more than half of its step was changed on purpose: c. It takes back mean errors m: of
// weight rounding, of clipping, of the source's own rounding and of the arithmetic's (requantbias.h), f = -t m of each
// with t as in foldedShares(): 1 where c takes back all of them. That part belongs to the cause that it mends; the
// rest, c less the f, is "bias correction" (means of other data, empirical folding of what earlier layers did). A bias
// at the end of its type or changed by the hardware's width counts as rounding.
//
// Of each cause there are, as means over elements and samples in squared steps of the converted output's effective grid
// (of channels with factors: the mean of their squared steps):
//   parts   mean of d^2: how large the error would be of this cause alone; sum of the parts + interaction = total,
//           interaction = the mixed products, negative where causes cancel each other
//   shares  mean of d (y' - y): sum of the shares = total; negative where a cause mends others
// Rounding the same value on the same grid is no error; values that differ by a fraction of a step round differently at
// times, which is "output grid" too: up to 1/6 squared step where both are independent.
//
// Layers without weights have the same chain without its weights: v0 is computed by the operator's float kernel, and
// multipliers count as arithmetic. Where an operator has none, only the total is known.
#pragma once

#include "core/metrics/errors.h"

#include <array>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace requant {

enum class Cause : std::uint8_t {
    WeightRounding,
    Clipping,
    BiasCorrection,
    BiasRounding,
    InputGrid,
    OutputGrid,
    Multiplier,
    Arithmetic,
    Boundary
};
inline constexpr std::size_t kCauses = 9;
std::string_view causeName(Cause); // "weight rounding"
std::string_view causeKey(Cause);  // "weight_rounding", for files

struct LayerSplit
{
    OperatorIndex source, converted;
    TensorIndex output; // first output, the same index in both models
    std::string name;   // layerName()
    bool weighted = false;
    bool measured = false; // false: it cannot be fed alone or has no counterpart, all numbers are 0
    std::string unsplit;   // why only the total is known; empty if the parts are
    std::array<double, kCauses> parts{}, shares{}; // by Cause, squared steps
    double interaction = 0, total = 0;             // squared steps
    double step = 0;                               // of the converted output's effective grid, real units; see above
    double signal = 0;                             // mean square of the source's output, real units
    double sourceRounding = 0;                     // of the source's own output, squared steps of the converted grid
    std::uint64_t count = 0;                       // elements looked at
    double saturated = 0; // share of elements at an end of the new range that the source's range does not have
    // Of the weights and bias.
    std::size_t channels = 0, clippedChannels = 0, clippedWeights = 0,
                cutBiases = 0; // cutBiases: at the type's end or changed by its width
    double clippedMost = 0;    // the farthest, in weight steps beyond the end

    double part(Cause c) const { return parts[static_cast<std::size_t>(c)]; }
    double share(Cause c) const { return shares[static_cast<std::size_t>(c)]; }
    Cause largest() const; // of the parts
    double sqnrDb() const; // of the total; +infinity without error
};

struct ErrorSplit
{
    std::vector<LayerSplit> layers; // by operator of the source's main subgraph
    std::size_t samples = 0;
    Numerics numerics;
};

struct SplitTarget // a conversion of the source that all targets share
{
    ComparedModels models;
    Numerics numerics;
};

struct SplitOptions
{
    std::size_t samples =
        8; // the first ones (as measureErrors() takes), at most; fewer where their values would need too much memory
    std::vector<OperatorIndex> layers; // of the source; empty: all
    unsigned threads = 0;              // 0: all cores; the numbers are the same for any
};

// The source is run once for all targets. At most kSplitPositions places of each weighted layer's output are looked at
// in all. An error where the source cannot be run operator by operator (subgraphs, state, an operator without kernel).
inline constexpr std::size_t kSplitPositions = 512;
Result<std::vector<ErrorSplit>> measureErrorSplits(std::span<const SplitTarget>, const SampleSet &,
                                                   const SplitOptions & = {}, const RunControl & = {});

inline constexpr Message kCannotSplit{"split.cannot-run", "the source cannot be run layer by layer: %1"};

} // namespace requant
