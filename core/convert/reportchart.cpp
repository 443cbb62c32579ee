// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/convert/reportchart.h"

#include "core/convert/reporttext.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

namespace requant::reportchart {

namespace {

using reporttext::fixed;

constexpr double kHeight = 240, kLeft = 56, kRight = 16, kTop = 14, kBottom = 30;

// Pixel coordinates of one chart: layers along x, a linear value range along y.
struct Frame
{
    std::size_t layers;
    double low, high;
    double pitch() const { return std::max(11.0, 880.0 / static_cast<double>(std::max<std::size_t>(1, layers))); }
    double width() const { return kLeft + kRight + pitch() * static_cast<double>(layers); }
    double x(std::size_t layer) const { return kLeft + pitch() * (static_cast<double>(layer) + 0.5); }
    double y(double v) const
    {
        const double part = high > low ? (v - low) / (high - low) : 0.5;
        return kTop + (1 - std::clamp(part, 0.0, 1.0)) * (kHeight - kTop - kBottom);
    }
};

std::string open(const Frame &f, std::string_view label)
{
    return "<div class=\"chart\"><svg role=\"img\" aria-label=\"" + escape(label) + "\" viewBox=\"0 0 " + fixed(f.width(), 0)
        + ' ' + fixed(kHeight, 0) + "\" width=\"" + fixed(f.width(), 0) + "\" height=\"" + fixed(kHeight, 0) + "\">\n";
}

std::string gridLine(const Frame &f, double v, const std::string &label)
{
    const std::string y = fixed(f.y(v), 1);
    return "<line class=\"grid\" x1=\"" + fixed(kLeft, 0) + "\" x2=\"" + fixed(f.width() - kRight, 0) + "\" y1=\"" + y
        + "\" y2=\"" + y + "\"/><text class=\"tick\" text-anchor=\"end\" x=\"" + fixed(kLeft - 6, 0) + "\" y=\""
        + fixed(f.y(v) + 4, 1) + "\">" + label + "</text>\n";
}

std::string layerTicks(const Frame &f)
{
    std::string out;
    const std::size_t every = f.pitch() > 24 ? 1 : f.layers > 200 ? 20 : 5;
    for (std::size_t i = 0; i < f.layers; i += every)
        out += "<text class=\"tick\" text-anchor=\"middle\" x=\"" + fixed(f.x(i), 1) + "\" y=\"" + fixed(kHeight - 10, 0)
            + "\">" + std::to_string(i) + "</text>";
    return out + '\n';
}

std::string dot(const Frame &f, std::size_t i, double v, const char *cls, const std::string &title)
{
    return std::string("<circle class=\"") + cls + "\" r=\"3.5\" cx=\"" + fixed(f.x(i), 1) + "\" cy=\"" + fixed(f.y(v), 1)
        + "\"><title>" + escape(title) + "</title></circle>\n";
}

std::string line(const Frame &f, const std::vector<std::optional<double>> &values, const char *cls)
{
    std::string points;
    for (std::size_t i = 0; i < values.size(); ++i)
        if (values[i])
            points += fixed(f.x(i), 1) + ',' + fixed(f.y(*values[i]), 1) + ' ';
    return std::string("<polyline class=\"") + cls + "\" points=\"" + points + "\"/>\n";
}

// Bars and dots above this are drawn at it: nobody reads differences beyond.
constexpr double kMostDecibels = 80;

std::optional<double> shown(const std::optional<ValueError> &e)
{
    if (!e)
        return {};
    return std::clamp(e->sqnrDb, 0.0, kMostDecibels);
}

} // namespace

std::string escape(std::string_view s)
{
    std::string out;
    out.reserve(s.size());
    for (const char c : s) {
        switch (c) {
        case '&': out += "&amp;"; break;
        case '<': out += "&lt;"; break;
        case '>': out += "&gt;"; break;
        case '"': out += "&quot;"; break;
        default: out += c;
        }
    }
    return out;
}

std::string scales(const ErrorReport &report, ScaleOf which)
{
    std::vector<std::optional<double>> before, after;
    double low = std::numeric_limits<double>::infinity(), high = -low;
    const auto exponent = [&](double s) -> std::optional<double> {
        if (s <= 0)
            return {};
        const double e = std::log2(s);
        low = std::min(low, e);
        high = std::max(high, e);
        return e;
    };
    for (const LayerError &l : report.layers) {
        const bool act = which == ScaleOf::Activations;
        before.push_back(exponent(act ? l.scaleBefore : l.weightScaleBefore));
        after.push_back(exponent(act ? l.scaleAfter : l.weightScaleAfter));
    }
    if (low > high)
        return {};
    const Frame f{report.layers.size(), std::floor(low) - 0.5, std::ceil(high) + 0.5};
    std::string out = open(f, which == ScaleOf::Activations ? "Scale of every layer's output before and after"
                                                            : "Largest weight scale of every layer before and after");
    const int every = std::max(1, static_cast<int>(std::ceil((f.high - f.low) / 9)));
    for (int e = static_cast<int>(std::ceil(f.low)); e <= static_cast<int>(std::floor(f.high)); e += every)
        out += gridLine(f, e, "2<tspan dy=\"-4\" font-size=\"8\">" + std::to_string(e) + "</tspan>");
    out += layerTicks(f);
    for (std::size_t i = 0; i < before.size(); ++i)
        if (before[i] && after[i])
            out += "<line class=\"move\" x1=\"" + fixed(f.x(i), 1) + "\" x2=\"" + fixed(f.x(i), 1) + "\" y1=\""
                + fixed(f.y(*before[i]), 1) + "\" y2=\"" + fixed(f.y(*after[i]), 1) + "\"/>\n";
    for (std::size_t i = 0; i < before.size(); ++i) {
        const LayerError &l = report.layers[i];
        const bool act = which == ScaleOf::Activations;
        const std::string title = std::to_string(i) + " " + l.name + "\nbefore "
            + reporttext::scale(act ? l.scaleBefore : l.weightScaleBefore) + "\nafter "
            + reporttext::scale(act ? l.scaleAfter : l.weightScaleAfter);
        if (before[i])
            out += dot(f, i, *before[i], "before", title);
        if (after[i])
            out += dot(f, i, *after[i], "after", title);
    }
    return out + "</svg></div>\n";
}

std::string errors(const ErrorReport &report, const Model &source)
{
    std::vector<std::optional<double>> bars, line2, dots;
    double high = 20;
    for (const LayerError &l : report.layers) {
        const bool ran = report.samples > 0;
        bars.push_back(shown(ran ? l.local : l.weights));
        line2.push_back(shown(l.cumulative));
        dots.push_back(ran ? shown(l.weights) : std::nullopt);
        for (const auto &v : {bars.back(), line2.back(), dots.back()})
            if (v)
                high = std::max(high, *v);
    }
    const Frame f{report.layers.size(), 0, std::ceil(high / 10) * 10};
    std::string out = open(f, "SQNR of every layer in dB");
    for (double v = 0; v <= f.high; v += 10)
        out += gridLine(f, v, fixed(v, 0));
    out += layerTicks(f);
    const double width = std::min(22.0, f.pitch() * 0.7);
    for (std::size_t i = 0; i < bars.size(); ++i) {
        const LayerError &l = report.layers[i];
        std::string title = std::to_string(i) + " " + opName(source.subgraphs.front().op(l.source).code) + " " + l.name;
        const auto add = [&](const char *what, const std::optional<ValueError> &e) {
            if (e)
                title += std::string("\n") + what + " " + reporttext::decibels(e->sqnrDb) + " dB";
        };
        add("local", l.local);
        add("end to end", l.cumulative);
        add("weights", l.weights);
        if (bars[i]) {
            const double y = f.y(*bars[i]);
            out += std::string("<rect class=\"bar") + (*bars[i] >= kMostDecibels ? " exact" : "") + "\" x=\""
                + fixed(f.x(i) - width / 2, 1) + "\" width=\"" + fixed(width, 1) + "\" y=\"" + fixed(y, 1) + "\" height=\""
                + fixed(std::max(1.0, kHeight - kBottom - y), 1) + "\"><title>" + escape(title) + "</title></rect>\n";
        }
        if (dots[i])
            out += dot(f, i, *dots[i], "weight", title);
    }
    return out + line(f, line2, "cumulative") + "</svg></div>\n";
}

} // namespace requant::reportchart
