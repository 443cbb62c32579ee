// SPDX-License-Identifier: GPL-3.0-or-later
// Reports on conversions: one HTML page without outside parts, JSON with everything, CSV with a line per layer.
#pragma once

#include "core/convert/boundarycost.h"
#include "core/convert/convert.h"
#include "core/convert/diagnosis.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace requant {

struct ReportFile
{
    std::string name; // without folder
    std::string sha256;
    std::uint64_t bytes = 0;
};

struct ReportSource
{
    ReportFile file;
    std::shared_ptr<const Model> model;
    std::string samples;              // description of the samples, empty: data-free
    std::size_t calibrationSamples = 0;
    Arithmetic arithmetic = Arithmetic::TfliteReference; // of the first target; each says its own
};

// What reading the written file again showed.
struct WriteCheck
{
    std::size_t violations = 0;  // of the runtime's rules, by verifyQuantization()
    std::size_t differences = 0; // fields that are not what was meant
};

struct ReportTarget
{
    std::string id;    // profile id or recipe file name
    std::string title;
    const Conversion *conversion = nullptr; // never null
    const ErrorReport *errors = nullptr;    // never null
    std::optional<ReportFile> output;       // the written model
    std::optional<WriteCheck> check;
    std::vector<BoundaryCost> boundaries = {}; // what inserted requantize operators cost; empty: not measured
    const Diagnosis *diagnosis = nullptr;   // where its errors come from; null: not asked for
};

std::string reportHtml(const ReportSource &, std::span<const ReportTarget>);
std::string reportJson(const ReportSource &, std::span<const ReportTarget>);
std::string reportCsv(const ReportSource &, std::span<const ReportTarget>);
// The charts of a target alone, each an SVG file of its own in the light theme's colours.
struct ReportChart
{
    std::string title;
    std::vector<std::pair<std::string, std::string>> legend; // "#0072b2", "end to end"
    std::string svg;
};
std::vector<ReportChart> reportCharts(const ReportTarget &, const Model &source);
// The error table alone, as a JSON object.
std::string errorsJson(const ErrorReport &, const Model &source);

// Texts that reports and programs share.
std::string wishText(const TensorWish &); // "int8 symmetric per-tensor power-of-two"; "kept"
std::size_t insertedOperators(const Conversion &); // requantize operators
std::size_t insertedPaddings(const Conversion &);  // PADV2 that zero-point folding needs

} // namespace requant
