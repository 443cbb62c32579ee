// SPDX-License-Identifier: GPL-3.0-or-later
// Fuzzy search and what the command palette finds.
#include "ui/logic/fuzzy.h"
#include "ui/logic/palettemodel.h"

#include <QAbstractItemModelTester>
#include <QTest>

#include <algorithm>
#include <functional>
#include <random>

using namespace requant;

namespace {

bool startsWord(const QString &t, int i)
{
    return i == 0 || !t[i - 1].isLetterOrNumber() || (t[i - 1].isLower() && t[i].isUpper())
           || (!t[i - 1].isDigit() && t[i].isDigit());
}

// Every way to match, by trying them all.
int bestOfAll(const QString &pattern, const QString &text)
{
    int best = -1;
    std::function<void(int, int, int, int)> go = [&](int i, int from, int last, int score) {
        if (i == pattern.size()) {
            best = std::max(best, score);
            return;
        }
        for (int j = from; j < text.size(); ++j) {
            if (text[j].toLower() == pattern[i].toLower())
                go(i + 1, j + 1, j,
                   score + 1 + (startsWord(text, j) ? 8 : 0) + (j == 0 ? 4 : 0) + (i > 0 && j == last + 1 ? 5 : 0));
        }
    };
    go(0, 0, -2, 0);
    return best;
}

} // namespace

class PaletteTest : public QObject
{
    Q_OBJECT
private slots:
    void scoresAreTheBestOfAllWays()
    {
        const unsigned seed = qEnvironmentVariableIsSet("REQUANT_SEED") ? qEnvironmentVariable("REQUANT_SEED").toUInt()
                                                                        : std::random_device{}();
        qInfo("REQUANT_SEED=%u", seed);
        std::mt19937 engine(seed);
        const QString letters = QStringLiteral("abAB_1 ");
        const auto some = [&](int most) {
            QString s;
            for (int n = std::uniform_int_distribution<int>(0, most)(engine); n > 0; --n)
                s += letters[std::uniform_int_distribution<int>(0, int(letters.size()) - 1)(engine)];
            return s;
        };
        for (int round = 0; round < 3000; ++round) {
            const QString text = some(10);
            QString pattern = some(4);
            pattern.remove(u' ');
            const FuzzyMatch m = fuzzyMatch(pattern, text);
            if (pattern.isEmpty()) {
                QCOMPARE(m.score, 0);
                continue;
            }
            QCOMPARE(m.score, bestOfAll(pattern, text));
            QCOMPARE(int(m.positions.size()), m ? int(pattern.size()) : 0);
            for (std::size_t i = 0; i < m.positions.size(); ++i) {
                QCOMPARE(text[m.positions[i]].toLower(), pattern[int(i)].toLower());
                QVERIFY(i == 0 || m.positions[i] > m.positions[i - 1]);
            }
        }
    }
    void beginningsOfWordsWin()
    {
        const auto score = [](const char *p, const char *t) {
            return fuzzyMatch(QLatin1String(p), QLatin1String(t)).score;
        };
        QVERIFY(score("sr", "Save recipe") > score("sr", "Missing layer"));
        QVERIFY(score("exp", "Export") > score("exp", "Open example"));
        QVERIFY(score("ec3", "expanded_conv_3/expand") > score("ec3", "expanded_convolution/x13"));
        QCOMPARE(score("xyz", "Export"), -1);
        QVERIFY(score("save rec", "Save recipe") > 0);
        QCOMPARE(score("aaaa", "aaa"), -1);
    }
    void commandsFirstThenWhatWasTyped()
    {
        PaletteModel model;
        QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        const auto command = [](const char *t, bool enabled = true) {
            PaletteEntry e;
            e.title = QLatin1String(t);
            e.enabled = enabled;
            return e;
        };
        PaletteEntry layer;
        layer.kind = PaletteEntry::Kind::Layer;
        layer.title = QStringLiteral("#12 ADD block/add");
        layer.id = 12;
        PaletteEntry other = layer;
        other.title = QStringLiteral("#120 ADD block2/add");
        other.id = 120;
        model.setEntries({command("Export"), command("Redo", false), other, layer, command("Add rule")});
        QCOMPARE(model.rowCount(), 3); // commands only
        model.setFilter(QStringLiteral("12"));
        QCOMPARE(model.entry(0)->id, 12);
        model.setFilter(QStringLiteral("#120"));
        QCOMPARE(model.entry(0)->id, 120);
        model.setFilter(QStringLiteral("add"));
        QCOMPARE(model.rowCount(), 3);
        QCOMPARE(model.entry(0)->title, QStringLiteral("Add rule"));
        model.setFilter(QStringLiteral("re"));
        QCOMPARE(model.entry(model.rowCount() - 1)->title, QStringLiteral("Redo"));
        QVERIFY(!(model.index(model.rowCount() - 1, 0).flags() & Qt::ItemIsEnabled));
        model.setFilter(QStringLiteral("qqq"));
        QCOMPARE(model.rowCount(), 0);
        QVERIFY(!model.entry(0));
    }
};

QTEST_GUILESS_MAIN(PaletteTest)
#include "palette_test.moc"
