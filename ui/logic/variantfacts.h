// SPDX-License-Identifier: GPL-3.0-or-later
// A variant as a whole: what it costs and what it gives.
#pragma once

#include "ui/logic/measured.h"

#include <vector>

namespace requant {

struct VariantFacts
{
    QString name;
    int variant = 0;         // 0: another file
    double bytes = 0;        // weights, biases and other constants, each buffer once
    int inserted = 0;        // operators that are not in the source
    int multiplied = 0;      // layers that scale by a multiplier (see below)
    int shifted = 0;         // of those, the ones whose multipliers all are powers of two
    double outputSqnrDb = 0; // NaN: not measured
    double agreement = 0;    // share, NaN: not measured
    bool stale = false;
    bool isShiftOnly() const { return multiplied > 0 && shifted == multiplied; }
};

// Multipliers: in * weight / out of CONV_2D, DEPTHWISE_CONV_2D, FULLY_CONNECTED and TRANSPOSE_CONV per channel, a / out
// and b / out of ADD and SUB, a * b / out of MUL.
VariantFacts variantFacts(const Measured &);
// By place: no other one is at least as good in both and better in one. Less `cost` and more `gain` are better; NaN is
// never in front.
std::vector<bool> paretoFront(const std::vector<double> &cost, const std::vector<double> &gain);

} // namespace requant
