// SPDX-License-Identifier: GPL-3.0-or-later
// The part of the HTML report that says where errors come from. Inside this room only.
#pragma once

#include "core/convert/diagnosis.h"

#include <string>

namespace requant::reportsplit {

std::string style();                    // rules for the page's style sheet
std::string section(const Diagnosis &); // headings, charts and tables

} // namespace requant::reportsplit
