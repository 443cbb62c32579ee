// SPDX-License-Identifier: GPL-3.0-or-later
// Charts of the HTML report as inline SVG; colours come from the page's CSS variables. Inside this room only.
#pragma once

#include "core/metrics/errors.h"
#include "core/model/model.h"

#include <string>

namespace requant::reportchart {

std::string escape(std::string_view); // for text and attributes of HTML

enum class ScaleOf { Activations, Weights };
// Scale before and after by layer, on a logarithmic axis; empty if no layer has one.
std::string scales(const ErrorReport &, ScaleOf);
// Bars: local SQNR (of the weights where nothing was run), dots: weights, line: cumulative.
std::string errors(const ErrorReport &, const Model &source);

} // namespace requant::reportchart
