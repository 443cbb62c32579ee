// SPDX-License-Identifier: GPL-3.0-or-later
// What a tensor's integers mean where a pass moved a factor or a constant into neighbouring weights and biases:
//   real = ratio * scale * (q - zeroPoint) + offset.
// The declared grid is true where ratio is 1 and offset is 0. Graph inputs and outputs are always declared truly.
#pragma once

namespace requant {

struct EffectiveGrid
{
    double ratio = 1.0;
    double offset = 0.0; // real units
    bool isTrue() const { return ratio == 1.0 && offset == 0.0; }
    friend bool operator==(const EffectiveGrid &, const EffectiveGrid &) = default;
};

} // namespace requant
