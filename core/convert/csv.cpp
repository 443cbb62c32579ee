// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/convert/csv.h"

#include <nlohmann/json.hpp>

#include <cmath>

namespace requant {

std::string csvField(const std::string &s)
{
    if (s.find_first_of(",\"\n\r") == std::string::npos)
        return s;
    std::string out = "\"";
    for (const char ch : s)
        out += ch == '"' ? std::string("\"\"") : std::string(1, ch);
    return out + '"';
}

std::string csvNumber(double v)
{
    return std::isfinite(v) ? nlohmann::json(v).dump() : v > 0 ? "inf" : "-inf";
}

} // namespace requant
