// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/convert/reporttext.h"

#include "core/metrics/events.h"

#include <array>
#include <charconv>
#include <cmath>

namespace requant {

std::string wishText(const TensorWish &w)
{
    if (w.keep)
        return "kept";
    std::string out(typeName(w.type));
    out += ' ';
    out += symmetryName(w.symmetry);
    out += ' ';
    out += granularityName(w.granularity);
    if (w.scale != ScaleRule::Any)
        out += " " + std::string(scaleRuleName(w.scale));
    if (w.bits)
        out += " " + std::to_string(w.bits) + " bits";
    if (w.narrowRange)
        out += " narrow range";
    return out;
}

namespace {

std::size_t insertedOf(const Conversion &c, Op code)
{
    std::size_t n = 0;
    for (std::size_t j = 0; j < c.origin.size(); ++j)
        n += !c.origin[j] && c.model->subgraphs.front().operators[j].code == code;
    return n;
}

} // namespace

std::size_t insertedOperators(const Conversion &c)
{
    return insertedOf(c, Op::Quantize);
}

std::size_t insertedPaddings(const Conversion &c)
{
    return insertedOf(c, Op::Padv2);
}

namespace reporttext {

namespace {

std::string digits(double v, std::chars_format format, int precision)
{
    std::array<char, 64> buffer;
    const auto r = std::to_chars(buffer.data(), buffer.data() + buffer.size(), v, format, precision);
    return r.ec == std::errc() ? std::string(buffer.data(), r.ptr) : std::string("?");
}

} // namespace

std::string operatorPlace(const Model &m, OperatorIndex i)
{
    const Subgraph &g = m.subgraphs.front();
    if (!i || i.pos() >= g.operators.size())
        return {};
    return std::to_string(i.value) + ' ' + opName(g.op(i).code) + ' ' + layerName(g, g.op(i));
}

std::string tensorPlace(const Model &m, TensorIndex i)
{
    const Subgraph &g = m.subgraphs.front();
    if (!i || i.pos() >= g.tensors.size())
        return {};
    return '#' + std::to_string(i.value) + ' ' + g.tensor(i).name;
}

std::string diagnosticPlace(const Model &m, const Location &where)
{
    if (const auto *op = std::get_if<OperatorRef>(&where); op && op->subgraph.value == 0)
        return operatorPlace(m, op->op);
    if (const auto *t = std::get_if<TensorRef>(&where); t && t->subgraph.value == 0)
        return tensorPlace(m, t->tensor);
    return {};
}

Diagnostics findings(const ReportTarget &t)
{
    Diagnostics all = t.conversion->diagnostics;
    const Diagnostics events = eventDiagnostics(*t.errors);
    all.insert(all.end(), events.begin(), events.end());
    return all;
}

std::string scale(double s)
{
    if (s == 0)
        return "-";
    int exponent = 0;
    if (std::frexp(s, &exponent) == 0.5)
        return "2^" + std::to_string(exponent - 1);
    return digits(s, std::chars_format::general, 4);
}

std::string decibels(double db)
{
    if (std::isinf(db))
        return db > 0 ? "exact" : "no signal";
    return fixed(db, 1);
}

std::string fixed(double v, int decimals)
{
    return digits(v, std::chars_format::fixed, decimals);
}

std::string bytes(std::uint64_t n)
{
    if (n < 10'000)
        return std::to_string(n) + " bytes";
    if (n < 1'000'000)
        return fixed(static_cast<double>(n) / 1e3, 0) + " kB";
    return fixed(static_cast<double>(n) / 1e6, 2) + " MB";
}

} // namespace reporttext
} // namespace requant
