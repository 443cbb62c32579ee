// SPDX-License-Identifier: GPL-3.0-or-later
// Weights and bias of one operator on new grids.
//
// With real weights W, declared input scale s_in and ratios rho, the network that is declared computes y / rho_out from
// x / rho_in, so its weights are W' = W rho_in / rho_out and its bias b' = b / rho_out. Integers:
//   w[o,k] = clip(round(W'[o,k] / s_w[o])),   bias[o] = round(b'[o] / (s_in s_w[o])).
// Rounding error folding subtracts the mean output error of weight rounding from the bias:
//   b'[o] -= sum_k (s_w w[o,k] - W'[o,k]) E[x_k] / rho_in.
// Scale search minimises sum_{o,k} (s_w w - W')^2 V_k, V_k the input's variance (with folding) or mean square (without).
#pragma once

#include "core/base/diagnostic.h"
#include "core/constraints/resolve.h"
#include "core/model/model.h"

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

struct WeightTask
{
    const RealWeights *weights = nullptr; // W' (ratios applied)
    std::vector<double> bias;             // b', one per output channel; empty if there is no bias
    double inputScale = 1;                // declared
    TensorWish wish;
    InputMoments moments;                 // divided by rho_in; empty: unknown
    bool scaleSearch = true, errorFolding = true;
    // Source integers and their scale, where they may be kept exactly: candidate scales (ratio applied).
    std::vector<double> sourceScale;      // one or one per output channel
};

struct QuantizedWeights
{
    QuantParams params;                // per-tensor or per-channel; quantizedDimension is not set here
    std::vector<std::int64_t> values;  // [outputs][inputs]
    std::vector<std::int64_t> bias;    // [outputs]; empty if there is no bias
    double clipped = 0;                // share of weights beyond the range
    bool biasSaturated = false;
};

QuantizedWeights quantizeWeights(const WeightTask &);

} // namespace requant
