// SPDX-License-Identifier: GPL-3.0-or-later
// Zero-point folding moves offsets into biases: b' = b + sum(W) o_in - o_out. Where the hardware's biases are narrow that may cost
// more than the finer activation grids give. How crowded a layer is:
// - on a scale of the biases' own, by the error of rounding b' to the width in half steps of the output, 2 max|b'| / (2^bits e_out);
// - else by how much coarser b' wants the weights than they want themselves, max|b'| / ((2^(bits-1) - 1) e_in max|W| / 127); per-channel
//   a 16th of that (four bits of its weights are what a channel can spare), in the channel that a quarter of all surpasses.
// Folding is given up where that is more than 1 and more than 1.5 times what b alone gives. The larger term goes first.
#pragma once

#include "core/passes/grids.h"

#include <vector>

namespace requant {

class BiasRoom
{
public:
    BiasRoom(const Model &, const Resolution &, const Limits &);
    // Groups whose offset should be 0, for these grids; at most one per weighted operator.
    std::vector<std::size_t> crowded(const std::vector<GroupGrid> &) const;

private:
    struct Layer
    {
        std::size_t in = 0, out = 0; // groups
        bool perChannel = false;
        std::vector<double> bias, weightSum, largest; // by output channel, real units
    };
    double crowding(const Layer &, double inStep, double outStep, double inOffset, double outOffset) const;
    Limits m_limits;
    std::vector<Layer> m_layers;
};

} // namespace requant
