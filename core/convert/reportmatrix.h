// SPDX-License-Identifier: GPL-3.0-or-later
// The part of the HTML report that holds targets against each other, layer by layer. Inside this room only.
#pragma once

#include "core/convert/report.h"

#include <span>
#include <string>

namespace requant::reportmatrix {

// A row per layer of the source, a column per target: SQNR of the layer alone, where samples were measured, else of its
// weights. The lower it is among all numbers of the table, the darker the cell (60 dB and more: not at all).
std::string table(const ReportSource &, std::span<const ReportTarget>);

} // namespace requant::reportmatrix
