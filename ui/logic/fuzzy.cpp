// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/logic/fuzzy.h"

#include <algorithm>

namespace requant {

namespace {

constexpr int kLetter = 1, kTogether = 5, kWordStart = 8, kTextStart = 4;
constexpr int kLongest = 256; // of a text: what is behind counts no more

bool startsWord(const QString &text, int i)
{
    if (i == 0)
        return true;
    const QChar before = text[i - 1], here = text[i];
    return !before.isLetterOrNumber() || (before.isLower() && here.isUpper()) || (!before.isDigit() && here.isDigit());
}

} // namespace

FuzzyMatch fuzzyMatch(const QString &typed, const QString &text)
{
    QString pattern;
    for (const QChar c : typed) {
        if (!c.isSpace())
            pattern += c.toLower();
    }
    if (pattern.isEmpty())
        return {0, {}};
    const int n = int(pattern.size()), m = int(std::min<qsizetype>(text.size(), kLongest));
    if (n > m)
        return {};
    // best[i][j]: highest score with letter i of the pattern at place j of the text; -1 if impossible.
    std::vector<int> best(std::size_t(n) * std::size_t(m), -1), from(best.size(), -1);
    const auto at = [m](int i, int j) { return std::size_t(i) * std::size_t(m) + std::size_t(j); };
    for (int i = 0; i < n; ++i) {
        int before = -1, beforeAt = -1; // the best of letter i - 1 at places < j
        for (int j = 0; j < m; ++j) {
            if (text[j].toLower() == pattern[i]) {
                const int own = kLetter + (startsWord(text, j) ? kWordStart : 0) + (j == 0 ? kTextStart : 0);
                if (i == 0) {
                    best[at(i, j)] = own;
                } else {
                    if (before >= 0) {
                        best[at(i, j)] = before + own;
                        from[at(i, j)] = beforeAt;
                    }
                    const int near = j > 0 ? best[at(i - 1, j - 1)] : -1;
                    if (near >= 0 && near + own + kTogether > best[at(i, j)]) {
                        best[at(i, j)] = near + own + kTogether;
                        from[at(i, j)] = j - 1;
                    }
                }
            }
            if (i > 0 && best[at(i - 1, j)] > before) {
                before = best[at(i - 1, j)];
                beforeAt = j;
            }
        }
    }
    FuzzyMatch out;
    int last = -1;
    for (int j = 0; j < m; ++j) {
        if (best[at(n - 1, j)] > out.score) {
            out.score = best[at(n - 1, j)];
            last = j;
        }
    }
    if (out.score < 0)
        return {};
    out.positions.resize(std::size_t(n));
    for (int i = n - 1; i >= 0; --i) {
        out.positions[std::size_t(i)] = last;
        last = from[at(i, last)];
    }
    return out;
}

} // namespace requant
