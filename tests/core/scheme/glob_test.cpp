// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/scheme/glob.h"

#include <catch2/catch.hpp>

#include <string>

using requant::globMatches;

TEST_CASE("globMatchesWholeNames")
{
    struct Row
    {
        const char *pattern, *text;
        bool matches;
    };
    const Row rows[] = {
        {"", "", true},
        {"", "a", false},
        {"*", "", true},
        {"*", "a/b/c", true},
        {"conv", "conv", true},
        {"conv", "conv_1", false},
        {"conv", "Conv", false},
        {"conv*", "conv_1", true},
        {"*conv", "block/conv", true},
        {"*/add", "block_3/add", true},
        {"*/add", "block_3/add_1", false},
        {"*a*b*", "xxaxxbxx", true},
        {"*a*b", "aab", true},
        {"*ab", "aaab", true},
        {"a*b*c", "abcbc", true},
        {"a*b*c", "acb", false},
        {"?", "", false},
        {"b?ock", "block", true},
        {"b?ock", "bock", false},
        {"block_[0-9]", "block_7", true},
        {"block_[0-9]", "block_x", false},
        {"block_[135]/*", "block_3/add", true},
        {"block_[!135]/*", "block_3/add", false},
        {"block_[!135]/*", "block_4/add", true},
        {"[]]", "]", true},
        {"[a-]", "-", true},
        {"[!]]", "]", false},
        {"a[b", "a[b", true},
        {"a[b", "ab", false},
        {"[[]x]", "[x]", true},
        {"**", "x", true},
    };
    for (const Row &r : rows) {
        INFO(r.pattern << " on " << r.text);
        CHECK(globMatches(r.pattern, r.text) == r.matches);
    }
}

TEST_CASE("globWithManyStarsIsNotExponential")
{
    std::string pattern;
    for (int i = 0; i < 40; ++i)
        pattern += "*a";
    CHECK_FALSE(globMatches(pattern + "b", std::string(4000, 'a')));
}
