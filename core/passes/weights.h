// SPDX-License-Identifier: GPL-3.0-or-later
// Weights and bias of one operator on new grids.
//
// A tensor means real = rho s (q - z) + off (effectivegrid.h). With real weights W and bias b the declared network computes
// (y - off_out) / rho_out from (x - off_in) / rho_in, so its weights are W' = W rho_in / rho_out and its bias is
// b' = (b + sum_k W off_in - off_out) / rho_out. Integers:
//   w[o,k] = round(W'[o,k] / s_w[o]) within the range (see rounding.h),   bias[o] = round(b'[o] / (s_in s_w[o])).
// Rounding error folding subtracts the mean output error of weight rounding from the bias:
//   b'[o] -= sum_k d[o,k] E[x_k'],  d = s_w w - W',  x' = (x - off_in) / rho_in.
// Where only the multiplier must be a power of two, s_w = 2^-n s_out / s_in, stored as the nearest float32: the multiplier of the
// stored scales is 2^-n (1 + d), |d| <= 2^-24.
// A bias width that is narrower than the runtime's asks for s_w >= |b'| / (s_in (2^(bits-1) - 1)); where that costs more than the
// bias, the bias is cut instead: what is cut of it counts as output error.
// What is left of the output's error is d' C d with C the covariance of x' (its mean square without folding); scales and
// roundings minimise it. Without statistics E[x] = 0 is assumed and an error counts relative to its channel's own weights.
#pragma once

#include "core/base/diagnostic.h"
#include "core/constraints/resolve.h"
#include "core/model/model.h"
#include "core/scheme/recipe.h"

#include <functional>
#include <vector>

namespace requant {

struct RealWeights
{
    std::size_t outputs = 0;          // output channels
    std::size_t inputs = 0;           // weights per output channel
    std::vector<double> values;       // [outputs][inputs], whatever the tensor's layout
    std::vector<std::size_t> channel; // [outputs][inputs]: the input channel that each weight multiplies
};

// Weights of operator `op` as real numbers. `inputChannels` is the size of the input's last dimension.
RealWeights realWeights(const Model &, const Operator &op, const Tensor &weight, std::size_t inputChannels);

struct InputMoments // of the operator's input, real values, per channel
{
    std::vector<double> mean, meanSquare;
    bool empty() const { return mean.empty(); }
};

// Second-order statistics of what the weights of one output multiply, patch by patch, in the order of RealWeights.
struct PatchMoments
{
    std::size_t samples = 0;          // patches seen
    std::size_t blocks = 0, size = 0; // depthwise: a block per input channel; grouped: per group; else one
    std::vector<double> mean;         // [blocks][size]
    std::vector<double> covariance;   // [blocks][size][size], centred
    bool empty() const { return blocks == 0; }
};

// Output channels that may be divided by a factor (equalization.h). Values in declared units, real / rho_out.
struct RowScaling
{
    std::vector<double> most;       // by output channel: the largest factor; 1: none
    std::vector<double> clampShare; // by output channel: share of values at the upper clamp
    double clamp = 0;               // upper clamp of the activation; 0: none
    double step = 0;                // of the output
    double offset = 0;              // off_out / rho_out
};

struct WeightTask
{
    const RealWeights *weights = nullptr; // W' (ratios applied)
    std::vector<double> bias;             // b', one per output channel; empty if there is no bias
    double inputScale = 1;                // declared
    TensorWish wish;
    InputMoments moments;                 // of x / rho_in; empty: unknown
    bool scaleSearch = true, errorFolding = true;
    // Source integers and their scale, where they may be kept exactly: candidate scales (ratio applied).
    std::vector<double> sourceScale;      // one or one per output channel
    const PatchMoments *patch = nullptr;  // of x / rho_in; null: unknown, moments serve
    double offset = 0;                    // off_in / rho_in: its share of rounding errors is folded in any case
    bool roundingSearch = true;           // with `patch` only
    double reach = 2;                     // of rounding, see RoundingLevels
    double silentFloor = 1e-3;            // least variance of an input, relative to the average
    // Goes to the bias of output o once its scale is known, declared units (requantbias.h); may be empty.
    std::function<double(std::size_t o, double scale, double factor)> biasShift = {};
    const RowScaling *rows = nullptr;     // per-tensor scales with statistics only; null: no factors
    double meanWeight = 0.02;             // share of E[x']^2 that counts as variance though it is folded: means of other data differ
    double meanShare = 1e-2;              // the same for `moments`, whose means may be estimates
    double outputScale = 1;               // declared; for power-of-two multipliers and shift ranges only
    Limits limits = {};                   // of the hardware; met where the weights' scale can do it
};

struct QuantizedWeights
{
    QuantParams params;                // per-tensor or per-channel; quantizedDimension is not set here
    std::vector<std::int64_t> values;  // [outputs][inputs]
    std::vector<std::int64_t> bias;    // [outputs]; empty if there is no bias
    std::vector<double> factors;       // [outputs] that rows and biases were divided by; empty: all 1
    double clipped = 0;                // share of weights beyond the range
    bool biasSaturated = false;
    std::size_t biasesCut = 0;         // to the width that the limits name
    double error = 0, nearestError = 0; // sum of d' C d as rounded, and if every weight took the nearest integer; 0 without `patch`
};

QuantizedWeights quantizeWeights(const WeightTask &);

// Brings bias integers into the width of the limits: cut at +-(2^(bits-1) - 1), or rounded to so many significant bits where biases
// have a scale of their own. Returns how many were cut.
std::size_t fitBiases(std::vector<std::int64_t> &, const Limits &, bool perChannel);

} // namespace requant
