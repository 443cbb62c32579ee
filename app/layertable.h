// SPDX-License-Identifier: GPL-3.0-or-later
// The error table that convert and compare print, and its machine-readable form.
#pragma once

#include "app/common.h"

#include "core/metrics/errors.h"

namespace requant::cli {

void printLayerTable(const ErrorReport &, const Model &source, std::size_t most); // worst first if `most` is not 0
Json errorReportJson(const ErrorReport &, const Model &source);
// Layers with the lowest SQNR first (local where measured, otherwise of the weights); layers without a measure left out.
std::vector<const LayerError *> worstLayers(const ErrorReport &, std::size_t most);

} // namespace requant::cli
