// SPDX-License-Identifier: GPL-3.0-or-later
// Shell-like patterns on layer names.
#pragma once

#include <string_view>

namespace requant {

// The whole text must match. '*' stands for any run of characters ('/' too), '?' for one character, [abc], [a-z] and
// [!abc] for one of (or none of) a set; a '[' without its ']' stands for itself. Bytes are compared, letter case
// counts.
bool globMatches(std::string_view pattern, std::string_view text);

} // namespace requant
