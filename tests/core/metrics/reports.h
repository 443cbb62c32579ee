// SPDX-License-Identifier: GPL-3.0-or-later
// Whether two reports hold the same numbers, bit for bit.
#pragma once

#include "core/metrics/errors.h"

#include <bit>
#include <optional>
#include <string>

namespace testing {

inline bool same(double a, double b) { return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b); }

inline bool same(const std::vector<double> &a, const std::vector<double> &b)
{
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](double x, double y) { return same(x, y); });
}

inline bool same(const std::optional<requant::ValueError> &a, const std::optional<requant::ValueError> &b)
{
    if (!a || !b)
        return !a && !b;
    return same(a->sqnrDb, b->sqnrDb) && same(a->cosine, b->cosine) && same(a->mse, b->mse) && same(a->maxAbs, b->maxAbs)
        && same(a->rmsSteps, b->rmsSteps) && same(a->maxSteps, b->maxSteps) && same(a->saturationRate, b->saturationRate)
        && same(a->biasShift, b->biasShift) && same(a->channelSqnrDb, b->channelSqnrDb) && a->count == b->count;
}

// Empty, or the first difference.
inline std::string difference(const requant::ErrorReport &a, const requant::ErrorReport &b)
{
    if (a.layers.size() != b.layers.size())
        return "number of layers";
    for (std::size_t i = 0; i < a.layers.size(); ++i) {
        const requant::LayerError &x = a.layers[i], &y = b.layers[i];
        const std::string layer = "layer " + std::to_string(i) + " (" + x.name + "): ";
        if (x.source != y.source || x.converted != y.converted || x.output != y.output || x.name != y.name)
            return layer + "identity";
        if (!same(x.scaleBefore, y.scaleBefore) || !same(x.scaleAfter, y.scaleAfter) || !same(x.weightScaleBefore, y.weightScaleBefore)
            || !same(x.weightScaleAfter, y.weightScaleAfter))
            return layer + "scales";
        if (!same(x.weights, y.weights))
            return layer + "weights";
        if (!same(x.local, y.local))
            return layer + "local";
        if (!same(x.cumulative, y.cumulative))
            return layer + "cumulative";
        if (x.counters != y.counters)
            return layer + "counters";
    }
    if (a.samples != b.samples || a.hasOutput != b.hasOutput || !same(a.outputSqnrDb, b.outputSqnrDb) || !same(a.agreement, b.agreement))
        return "end to end";
    if (a.counters != b.counters || a.numerics != b.numerics)
        return "counters or numerics";
    if (a.unsupported.size() != b.unsupported.size())
        return "unsupported operators";
    return {};
}

} // namespace testing
