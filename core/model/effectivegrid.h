// SPDX-License-Identifier: GPL-3.0-or-later
// What a tensor's integers mean where a pass moved a factor or a constant into neighbouring weights and biases:
//   real = factor[c] * (ratio * scale * (q - zeroPoint) + offset),   c: the index along the last dimension.
// The declared grid is true where ratio is 1, offset is 0 and there are no factors. Graph inputs and outputs are always declared
// truly.
#pragma once

#include <cstddef>
#include <vector>

namespace requant {

struct EffectiveGrid
{
    double ratio = 1.0;
    double offset = 0.0;         // real units
    std::vector<double> factors = {}; // by channel; empty: all 1
    bool isTrue() const { return ratio == 1.0 && offset == 0.0 && factors.empty(); }
    double factor(std::size_t channel) const { return factors.empty() ? 1.0 : factors[channel % factors.size()]; }
    friend bool operator==(const EffectiveGrid &, const EffectiveGrid &) = default;
};

} // namespace requant
