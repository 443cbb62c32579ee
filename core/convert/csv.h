// SPDX-License-Identifier: GPL-3.0-or-later
// Fields of comma-separated files (RFC 4180).
#pragma once

#include <string>

namespace requant {

std::string csvField(const std::string &);
std::string csvNumber(double); // every digit that it takes to read it back; "inf", "-inf"

} // namespace requant
