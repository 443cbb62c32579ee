// SPDX-License-Identifier: GPL-3.0-or-later
// Ends and steps of axes.
#pragma once

namespace requant {

struct Ticks
{
    double low = 0, high = 1, step = 1; // high is low plus a multiple of step
};

// 1, 2 or 5 times a power of ten, the smallest so that at most `most` steps cover the span.
double niceStep(double span, int most);
// Covers least..most; from zero if that is asked for.
Ticks linearTicks(double least, double most, int room, bool fromZero);
// For values drawn by their base-2 logarithm: whole exponents, with a quarter of an octave more at each end, because a
// marker on the edge would be cut.
Ticks powerTicks(double leastLog2, double mostLog2, int room);

} // namespace requant
