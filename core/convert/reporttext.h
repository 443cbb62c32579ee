// SPDX-License-Identifier: GPL-3.0-or-later
// Number and name texts of the reports; inside this room only.
#pragma once

#include "core/convert/report.h"

#include <string>

namespace requant::reporttext {

std::string operatorPlace(const Model &, OperatorIndex); // "12 ADD expanded_conv/add"; empty for none
std::string tensorPlace(const Model &, TensorIndex);     // "#7 input"
std::string diagnosticPlace(const Model &, const Location &);
Diagnostics findings(const ReportTarget &); // the conversion's, then those of its measured units
std::string scale(double);    // "2^-7" or four significant digits, "-" for none
std::string decibels(double); // one decimal; "exact" without error
std::string fixed(double, int decimals);
std::string bytes(std::uint64_t);

} // namespace requant::reporttext
