// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/scheme/recipe.h"

namespace requant {

std::string_view symmetryName(Symmetry s)
{
    return s == Symmetry::Symmetric ? "symmetric" : "asymmetric";
}

std::string_view granularityName(Granularity g)
{
    return g == Granularity::PerChannel ? "per-channel" : "per-tensor";
}

std::string_view scaleRuleName(ScaleRule s)
{
    return s == ScaleRule::PowerOfTwo ? "power-of-two" : "any";
}

std::string_view fixedOutputPolicyName(FixedOutputPolicy p)
{
    return p == FixedOutputPolicy::Requantize ? "requantize" : "keep";
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
