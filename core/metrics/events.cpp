// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/metrics/events.h"

namespace requant {

std::string accumulatorText(const AccumulatorModel &m)
{
    if (m.bits == 0)
        return "the runtime's own width, wrapping";
    return std::to_string(m.bits) + (m.overflow == Overflow::Wrap ? " bits, wrapping" : " bits, saturating");
}

std::string numericsText(const Numerics &n)
{
    std::string out(arithmeticName(n.arithmetic));
    if (n.accumulator.bits)
        out += ", accumulators of " + accumulatorText(n.accumulator);
    if (n.accumulator.biasBits)
        out += ", biases of " + std::to_string(n.accumulator.biasBits) + (n.accumulator.biasOwnScale ? " bits on their own scale" : " bits");
    return out;
}

std::string biasRuleText(const AccumulatorModel &m)
{
    return m.biasOwnScale ? "rounded" : m.overflow == Overflow::Wrap ? "wrapped" : "saturated";
}

Diagnostics eventDiagnostics(const ErrorReport &report)
{
    Diagnostics out = report.unsupported;
    for (Diagnostic &d : out)
        d.severity = Severity::Warning;
    const AccumulatorModel &m = report.numerics.accumulator;
    for (const LayerError &l : report.layers) {
        const OperatorRef where{SubgraphIndex{0}, l.source};
        if (l.counters && l.counters->overflowed > 0)
            out.push_back(makeWarning(kAccumulatorOverflow,
                                      {std::to_string(l.counters->overflowed), std::to_string(l.counters->accumulated), l.name, accumulatorText(m)},
                                      where));
        if (l.counters && l.counters->clippedBias > 0)
            out.push_back((m.biasOwnScale ? makeNote : makeWarning)(
                kBiasClipped, {std::to_string(l.counters->clippedBias), l.name, std::to_string(m.biasBits), biasRuleText(m)}, where));
    }
    return out;
}

} // namespace requant
