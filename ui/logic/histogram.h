// SPDX-License-Identifier: GPL-3.0-or-later
// How often a layer's values occur, before and after conversion, in real units.
#pragma once

#include "core/model/model.h"
#include "core/sim/statistics.h"

#include <vector>

namespace requant {

struct Histogram
{
    double low = 0, step = 0;           // bin i is [low + i * step, low + (i + 1) * step)
    std::vector<double> before, after;  // counts; `after` is empty where it is not known
    double oldLow = 0, oldHigh = 0, newLow = 0, newHigh = 0; // what the grids can hold, widest channel; equal: no grid
    bool isEmpty() const { return before.empty(); }
};

// Weights as the two files store them (scale * (q - zero point)): factors that a conversion moved between layers are not taken
// back. Empty without constant weights. At most `bins` bins, none narrower than the coarser grid's step.
Histogram weightHistogram(const Model &source, const Model *converted, int op, int bins = 96);
// The source's output values on the samples; `after` stays empty, the new grid's ends tell what would be cut off. Empty without
// statistics of the tensor (8-bit only).
Histogram outputHistogram(const Statistics &, const Model &source, const Model *converted, int op);

} // namespace requant
