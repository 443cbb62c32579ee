// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/scheme/glob.h"

namespace requant {
namespace {

// Length of the set at the front of `pattern` with its brackets, 0 if it is not closed. A ']' right behind the opening
// is a member, as in a shell.
std::size_t setLength(std::string_view pattern)
{
    std::size_t i = 1;
    if (i < pattern.size() && pattern[i] == '!')
        ++i;
    const std::size_t close = pattern.find(']', i + 1);
    return close == std::string_view::npos ? 0 : close + 1;
}

bool setHolds(std::string_view set, char c)
{
    set = set.substr(1, set.size() - 2);
    const bool inverted = set.front() == '!' && set.size() > 1;
    if (inverted)
        set.remove_prefix(1);
    const auto u = static_cast<unsigned char>(c);
    for (std::size_t i = 0; i < set.size(); ++i) {
        const auto low = static_cast<unsigned char>(set[i]);
        auto high = low;
        if (i + 2 < set.size() && set[i + 1] == '-') {
            high = static_cast<unsigned char>(set[i + 2]);
            i += 2;
        }
        if (low <= u && u <= high)
            return !inverted;
    }
    return inverted;
}

// Length of the pattern's first element if it matches c, else 0.
std::size_t matchOne(std::string_view pattern, char c)
{
    if (pattern.empty() || pattern.front() == '*')
        return 0;
    if (pattern.front() == '?')
        return 1;
    if (pattern.front() == '[') {
        if (const std::size_t n = setLength(pattern))
            return setHolds(pattern.substr(0, n), c) ? n : 0;
    }
    return pattern.front() == c ? 1 : 0;
}

} // namespace

// Going back to the last '*' only is enough, because an earlier '*' could only swallow what the last one can.
bool globMatches(std::string_view pattern, std::string_view text)
{
    std::size_t p = 0, t = 0;
    std::size_t starPattern = std::string_view::npos, starText = 0;
    while (t < text.size()) {
        if (const std::size_t n = matchOne(pattern.substr(p), text[t])) {
            p += n;
            ++t;
        } else if (p < pattern.size() && pattern[p] == '*') {
            starPattern = ++p;
            starText = t;
        } else if (starPattern != std::string_view::npos) {
            p = starPattern;
            t = ++starText;
        } else {
            return false;
        }
    }
    while (p < pattern.size() && pattern[p] == '*')
        ++p;
    return p == pattern.size();
}

} // namespace requant
