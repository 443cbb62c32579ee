// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/scheme/recipe.h"

namespace requant {

std::string_view symmetryName(Symmetry s)
{
    switch (s) {
    case Symmetry::Asymmetric: return "asymmetric";
    case Symmetry::Symmetric: return "symmetric";
    case Symmetry::Restricted: return "restricted";
    }
    return {};
}

bool zeroPointAllowed(Symmetry s, ElementType type, std::int64_t zeroPoint)
{
    if (s == Symmetry::Asymmetric || zeroPoint == 0)
        return true;
    if (type == ElementType::UInt8)
        return zeroPoint == 128;
    return s == Symmetry::Restricted && type == ElementType::Int8 && zeroPoint == -128;
}

std::string_view granularityName(Granularity g)
{
    return g == Granularity::PerChannel ? "per-channel" : "per-tensor";
}

std::string_view scaleRuleName(ScaleRule s)
{
    switch (s) {
    case ScaleRule::Any: return "any";
    case ScaleRule::PowerOfTwo: return "power-of-two";
    case ScaleRule::PowerOfTwoMultiplier: return "power-of-two-multiplier";
    }
    return {};
}

std::string_view fixedOutputPolicyName(FixedOutputPolicy p)
{
    return p == FixedOutputPolicy::Requantize ? "requantize" : "keep";
}

Algorithms AlgorithmChoice::over(Algorithms a) const
{
    a.weightCorrection = weightCorrection.value_or(a.weightCorrection);
    a.scaleSearch = scaleSearch.value_or(a.scaleSearch);
    a.errorFolding = errorFolding.value_or(a.errorFolding);
    a.zeroPointFolding = zeroPointFolding.value_or(a.zeroPointFolding);
    a.roundingSearch = roundingSearch.value_or(a.roundingSearch);
    a.empiricalFolding = empiricalFolding.value_or(a.empiricalFolding);
    a.equalization = equalization.value_or(a.equalization);
    return a;
}

Numerics numerics(const Recipe &r)
{
    return {r.arithmetic, {r.accumulator.bits, r.accumulator.overflow, r.limits.biasBits.value_or(0), r.limits.biasOwnScale}};
}

std::string_view effortName(Effort e)
{
    switch (e) {
    case Effort::Fast: return "fast";
    case Effort::Balanced: return "balanced";
    case Effort::Best: return "best";
    }
    return {};
}

} // namespace requant
