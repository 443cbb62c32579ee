// SPDX-License-Identifier: GPL-3.0-or-later
// One number per source operator that the graph (and a legend) shows as a colour.
#pragma once

#include <QString>

#include <vector>

namespace requant {

struct Heat
{
    QString title;              // "Activation SQNR, local"
    QString unit;               // "dB"
    std::vector<double> values; // by source operator; NaN: nothing known. Infinity is drawn as the good end
    double worst = 0, best = 1; // values at the ends of the ramp; worst may be the larger number
    bool diverging = false;     // a difference: the colours go from better over none to worse
    bool stale = false;         // belongs to an older recipe: drawn grey
    bool isEmpty() const { return values.empty(); }
};

} // namespace requant
