// SPDX-License-Identifier: GPL-3.0-or-later
// Fuzzy search in short texts: the letters typed must occur in order; the better they lie together and at the
// beginnings of words, the higher the score.
#pragma once

#include <QString>

#include <vector>

namespace requant {

struct FuzzyMatch
{
    int score = -1;             // -1: does not match
    std::vector<int> positions; // of the matched letters, for showing them
    explicit operator bool() const { return score >= 0; }
};

// Letter case does not count; blanks in the pattern separate parts that must match in order. An empty pattern matches
// everything with score 0. Of all ways to match, the one with the highest score.
FuzzyMatch fuzzyMatch(const QString &pattern, const QString &text);

} // namespace requant
