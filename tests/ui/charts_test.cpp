// SPDX-License-Identifier: GPL-3.0-or-later
// The numbers behind charts and comparisons: each against the report or model that it is from.
#include "core/convert/diagnosis.h"
#include "core/metrics/errors.h"
#include "core/scheme/scheme.h"
#include "core/tflite/tflite.h"
#include "tests/ui/fixtures.h"
#include "ui/logic/chartdata.h"
#include "ui/logic/chartticks.h"
#include "ui/logic/csv.h"
#include "ui/logic/histogram.h"
#include "ui/logic/measured.h"
#include "ui/logic/places.h"
#include "ui/logic/recipeedit.h"
#include "ui/logic/texts.h"
#include "ui/logic/variantfacts.h"
#include "ui/logic/variantmatrix.h"

#include <QAbstractItemModelTester>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <cmath>
#include <limits>
#include <numeric>
#include <random>

using namespace requant;
using namespace requant::test;

namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInf = std::numeric_limits<double>::infinity();

// Local and end-to-end SQNR of the four layers; NaN: not measured.
Measured measured(const QString &name, const std::vector<double> &local, const std::vector<double> &whole,
                  int variant = 1)
{
    auto r = std::make_shared<ErrorReport>();
    for (std::size_t i = 0; i < local.size(); ++i) {
        LayerError l;
        l.source = OperatorIndex(i);
        l.scaleAfter = 0.5;
        if (!std::isnan(local[i])) {
            l.local = ValueError{};
            l.local->sqnrDb = local[i];
            l.local->rmsSteps = local[i] / 10;
        }
        if (!std::isnan(whole[i])) {
            l.cumulative = ValueError{};
            l.cumulative->sqnrDb = whole[i];
            l.cumulative->cosine = 1 - 1 / (1 + whole[i]);
            l.cumulative->saturationRate = 0.25;
            l.cumulative->biasShift = {0.25, -1.0, 0.5};
        }
        r->layers.push_back(std::move(l));
    }
    r->samples = 1;
    Measured m;
    m.name = name;
    m.variant = variant;
    m.local = m.errors = r;
    return m;
}

struct Sample
{
    std::shared_ptr<const Model> model;
    Conversion conversion;
    ErrorReport errors;
    Statistics statistics;
};

const Sample &sample()
{
    static const Sample s = [] {
        Sample out;
        const std::filesystem::path file(sampleModelFile().toStdU16String());
        auto loaded = loadTflite(file);
        out.model = loaded->model;
        ConvertInput input;
        input.model = out.model;
        input.recipe = fromProfile(*findProfile("symmetric-pow2"), {}, false);
        out.conversion = *convert(input);
        auto images =
            SampleSet::open(std::filesystem::path(samplesOf(sampleModelFile()).toStdU16String()), *out.model, 4);
        out.errors = *measureErrors(out.conversion.compared(), *images, 4, numerics(input.recipe));
        out.statistics = *collectStatistics(out.model, *images, 4);
        return out;
    }();
    return s;
}

Measured sampleMeasured()
{
    Measured m;
    m.name = QStringLiteral("A");
    m.variant = 1;
    m.conversion = std::make_shared<const Conversion>(sample().conversion);
    m.model = m.conversion->model;
    m.weights = m.local = m.errors = std::make_shared<const ErrorReport>(sample().errors);
    return m;
}

bool same(double a, double b)
{
    return a == b || (std::isnan(a) && std::isnan(b));
}

std::mt19937_64 randomEngine()
{
    const char *text = std::getenv("REQUANT_SEED");
    const std::uint64_t seed = text ? std::strtoull(text, nullptr, 10) : std::random_device{}();
    qInfo("REQUANT_SEED=%llu", static_cast<unsigned long long>(seed));
    return std::mt19937_64(seed);
}

} // namespace

class ChartsTest : public QObject
{
    Q_OBJECT
private slots:
    void initTestCase() { QVERIFY2(!sampleModelFile().isEmpty(), "the sample ships with the product"); }

    // axes
    void powerTicksAreWholeExponentsAroundAllValues()
    {
        auto random = randomEngine();
        std::uniform_real_distribution<double> exponent(-40, 20);
        std::uniform_int_distribution<int> rooms(2, 12);
        for (int i = 0; i < 2000; ++i) {
            double a = exponent(random), b = exponent(random);
            if (a > b)
                std::swap(a, b);
            const int room = rooms(random);
            const Ticks t = powerTicks(a, b, room);
            QVERIFY(t.low <= a && t.high >= b);
            int lines = 0;
            for (double v = t.low; v <= t.high; v += t.step, ++lines)
                QVERIFY(requant::isPowerOfTwo(std::exp2(v)));
            QVERIFY(lines <= room + 2);
            QCOMPARE(std::fmod(t.high - t.low, t.step), 0.0);
        }
    }
    void linearTicksAreRoundNumbersAroundAllValues()
    {
        auto random = randomEngine();
        std::uniform_real_distribution<double> value(-100, 100);
        for (int i = 0; i < 2000; ++i) {
            double a = value(random), b = value(random);
            if (a > b)
                std::swap(a, b);
            const Ticks t = linearTicks(a, b, 8, i % 2);
            QVERIFY(t.low <= a + 1e-6 * t.step && t.high >= b - 1e-6 * t.step);
            QVERIFY((t.high - t.low) / t.step <= 8 + 2);
            const double mantissa = t.step / std::pow(10.0, std::floor(std::log10(t.step) + 1e-9));
            QVERIFY(std::abs(mantissa - 1) < 1e-6 || std::abs(mantissa - 2) < 1e-6 || std::abs(mantissa - 5) < 1e-6);
            if (i % 2)
                QVERIFY(t.low <= 0 && t.high >= 0);
        }
    }

    // series
    void seriesHoldTheReportsNumbers()
    {
        const Measured m = sampleMeasured();
        const Model &source = *sample().model;
        const auto &report = sample().errors;
        const auto check = [&](LayerChartKind kind, std::size_t series, auto numberOf) {
            const auto all = layerSeries(kind, source, std::span(&m, 1));
            QVERIFY(series < all.size());
            int known = 0;
            for (const LayerError &l : report.layers) {
                const double expected = numberOf(l), found = all[series].values[l.source.pos()];
                QVERIFY2(same(expected, found),
                         qPrintable(QStringLiteral("%1: %2 %3").arg(l.name.c_str()).arg(expected).arg(found)));
                known += !std::isnan(found);
            }
            QVERIFY(known > 0);
        };
        using K = LayerChartKind;
        check(K::Activations, 0, [](const LayerError &l) { return l.local ? l.local->sqnrDb : kNaN; });
        check(K::Activations, 1, [](const LayerError &l) { return l.cumulative ? l.cumulative->sqnrDb : kNaN; });
        check(K::Steps, 0, [](const LayerError &l) { return l.local ? l.local->rmsSteps : kNaN; });
        check(K::Steps, 1, [](const LayerError &l) { return l.cumulative ? l.cumulative->rmsSteps : kNaN; });
        check(K::Cosine, 1, [](const LayerError &l) { return l.cumulative ? l.cumulative->cosine : kNaN; });
        check(K::Saturation, 1,
              [](const LayerError &l) { return l.cumulative ? 100 * l.cumulative->saturationRate : kNaN; });
        check(K::BiasShift, 1, [](const LayerError &l) {
            if (!l.cumulative || l.cumulative->biasShift.empty() || l.scaleAfter <= 0)
                return kNaN;
            double most = 0;
            for (const double v : l.cumulative->biasShift)
                most = std::max(most, std::abs(v));
            return most / l.scaleAfter;
        });
        check(K::Scale, 1, [](const LayerError &l) { return l.scaleAfter > 0 ? l.scaleAfter : kNaN; });
        check(K::Scale, 0, [](const LayerError &l) { return l.scaleBefore > 0 ? l.scaleBefore : kNaN; });
    }
    void weightScalesAreTheTensors()
    {
        const Measured m = sampleMeasured();
        const auto all = layerSeries(LayerChartKind::Scale, *sample().model, std::span(&m, 1), true);
        QCOMPARE(all.size(), std::size_t(2));
        const auto &g = sample().model->subgraphs.front();
        for (std::size_t i = 0; i < g.operators.size(); ++i) {
            const int w = weightedInputs(g.operators[i].code).weight;
            for (const bool after : {false, true}) {
                const double found = all[after].values[i];
                if (w < 0) {
                    QVERIFY(std::isnan(found));
                    continue;
                }
                const Model &model = after ? *sample().conversion.model : *sample().model;
                const auto &scale = model.subgraphs.front().tensor(g.operators[i].inputs[std::size_t(w)]).quant.scale;
                double most = 0;
                for (const float s : scale)
                    most = std::max(most, double(s));
                QCOMPARE(found, most);
            }
        }
    }
    void exactWeightsAreASeriesOfTheirOwn()
    {
        const Measured m = sampleMeasured();
        const auto all = layerSeries(LayerChartKind::Weights, *sample().model, std::span(&m, 1));
        QCOMPARE(all.size(), std::size_t(2));
        for (const LayerError &l : sample().errors.layers) {
            const double w = l.weights ? l.weights->sqnrDb : kNaN;
            QVERIFY(same(all[0].values[l.source.pos()], std::isinf(w) ? kNaN : w));
            QVERIFY(same(all[1].values[l.source.pos()], std::isinf(w) ? w : kNaN));
        }
    }
    void twoVariantsAreNamedAndToldApart()
    {
        const auto model = fourLayers();
        const std::vector<Measured> two{measured(QStringLiteral("A"), {1, 2, 3, 4}, {5, 6, 7, 8}),
                                        measured(QStringLiteral("B"), {9, 10, 11, 12}, {13, 14, 15, 16}, 2)};
        const auto all = layerSeries(LayerChartKind::Activations, *model, two);
        QCOMPARE(all.size(), std::size_t(4));
        QVERIFY(all[3].name.startsWith(QStringLiteral("B:")));
        QVERIFY(all[3].of == ChartSeries::Of::Second && all[0].of == ChartSeries::Of::First);
        QVERIFY(all[2].dashed && !all[3].dashed);
        QCOMPARE(all[3].values, (std::vector<double>{13, 14, 15, 16}));
    }
    void nothingMeasuredGivesNoSeries()
    {
        Measured m;
        QVERIFY(layerSeries(LayerChartKind::Activations, *fourLayers(), std::span(&m, 1)).empty());
        QVERIFY(layerSeries(LayerChartKind::Weights, *fourLayers(), std::span(&m, 1)).empty());
        QCOMPARE(layerSeries(LayerChartKind::Scale, *fourLayers(), {}).size(), std::size_t(1)); // the source's own
    }

    // causes
    void causesAddUpToTheError()
    {
        ConvertInput input;
        input.model = sample().model;
        input.recipe = sample().conversion.recipe;
        DiagnoseOptions how;
        how.steps = how.endToEnd = false;
        how.samples = 2;
        const auto found = diagnose(input, how);
        QVERIFY(bool(found));
        const std::size_t n = sample().model->subgraphs.front().operators.size();
        const auto all = causeSeries(*found, n, true);
        const auto sum = [&](bool aside, std::size_t op) {
            double out = 0;
            for (const ChartSeries &s : all)
                out += s.aside == aside && !std::isnan(s.values[op]) ? s.values[op] : 0;
            return out;
        };
        int measured = 0;
        for (std::size_t i = 0; i < n; ++i) {
            for (const bool aside : {false, true}) {
                const LayerSplit &l = (aside ? found->naive() : found->corrected()).layers[i];
                const double total = l.measured ? l.total : 0;
                QVERIFY2(std::abs(sum(aside, i) - total) <= 1e-9 * (1 + total), qPrintable(QString::number(i)));
                measured += l.measured && total > 0;
            }
        }
        QVERIFY(measured > int(n));
        for (const ChartSeries &s : all)
            QVERIFY(s.bars && s.stale && s.of == ChartSeries::Of::Part && s.part < int(kCauses) + 2);
        auto shares = all;
        toShares(shares);
        for (std::size_t i = 0; i < n; ++i) {
            for (const bool aside : {false, true}) {
                double percent = 0;
                for (std::size_t k = 0; k < all.size(); ++k)
                    percent += shares[k].aside == aside && !std::isnan(shares[k].values[i]) ? shares[k].values[i] : 0;
                QVERIFY(std::abs(percent - (sum(aside, i) > 0 ? 100 : 0)) < 1e-6);
            }
        }
        // Each cause has its two rows, under one name but for what says which.
        QVERIFY(all.size() % 2 == 0);
        for (std::size_t i = 0; i < all.size() / 2; ++i) {
            const ChartSeries &naive = all[i], &now = all[i + all.size() / 2];
            QVERIFY(naive.aside && !now.aside && naive.part == now.part);
            QCOMPARE(naive.name, QStringLiteral("naive: %1").arg(now.name));
        }
        QCOMPARE(chartText(LayerChartKind::Causes, 0.25), QStringLiteral("0.25 steps\u00b2"));
        QCOMPARE(chartText(LayerChartKind::Causes, 3e-16), QStringLiteral("< 0.0001 steps\u00b2"));
        QCOMPARE(chartText(LayerChartKind::Causes, 0), QStringLiteral("0 steps\u00b2"));
        // A recipe without algorithms is held against nothing.
        Diagnosis one = *found;
        one.steps.erase(one.steps.begin());
        for (const ChartSeries &s : causeSeries(one, n, false))
            QVERIFY(!s.aside);
    }

    // tables
    void theTableShowsTheSeries()
    {
        const auto model = fourLayers();
        const Measured a = measured(QStringLiteral("A"), {1, kNaN, 3, kInf}, {5, kNaN, 7, 8});
        ChartTable table;
        QAbstractItemModelTester tester(&table, QAbstractItemModelTester::FailureReportingMode::QtTest);
        const auto series = layerSeries(LayerChartKind::Activations, *model, std::span(&a, 1));
        table.setLayers(*model, series, [](double v) { return chartText(LayerChartKind::Activations, v); });
        QCOMPARE(table.rowCount(), 3); // the second layer has no number
        QCOMPARE(table.columnCount(), 4);
        QCOMPARE(table.index(1, 0).data().toInt(), 2);
        QCOMPARE(table.index(1, 2).data(ChartTable::SortRole).toDouble(), 3.0);
        QCOMPARE(table.index(2, 2).data().toString(), dbText(kInf));
        QCOMPARE(table.index(1, 0).data(ChartTable::OperatorRole).toInt(), 2);
        QCOMPARE(csvText(table), QStringLiteral("#,Layer,this layer alone,end to end\n0,a,1,5\n2,c,3,7\n3,d,inf,8\n"));
        table.setLayers(*model, series, [](double v) { return chartText(LayerChartKind::Activations, v); });
        table.set({}, {}, {});
        QCOMPARE(table.rowCount(), 0);
    }
    void csvQuotesWhatItMust()
    {
        QCOMPARE(csvField(QStringLiteral("a,b")), QStringLiteral("\"a,b\""));
        QCOMPARE(csvField(QStringLiteral("a\"b")), QStringLiteral("\"a\"\"b\""));
        QCOMPARE(csvField(QStringLiteral("plain")), QStringLiteral("plain"));
        QTemporaryDir folder;
        const QString path = folder.filePath(QStringLiteral("t.csv"));
        QVERIFY(bool(writeText(path, QStringLiteral("\u00e4,1\n"))));
        QFile file(path);
        QVERIFY(file.open(QIODevice::ReadOnly));
        QCOMPARE(QString::fromUtf8(file.readAll()), QStringLiteral("\u00e4,1\n"));
        QVERIFY(!writeText(folder.filePath(QStringLiteral("no/such/folder.csv")), {}));
    }

    // matrix
    void theMatrixHoldsAllVariantsAndTheirDifference()
    {
        VariantMatrix matrix;
        QAbstractItemModelTester tester(&matrix, QAbstractItemModelTester::FailureReportingMode::QtTest);
        matrix.setModel(fourLayers());
        matrix.setChoice({HeatQuantity::ActivationSqnr, HeatReach::Local});
        matrix.setColumns({measured(QStringLiteral("A"), {10, 20, kNaN, kInf}, {1, 1, 1, 1})});
        QCOMPARE(matrix.columnCount(), 3);
        QCOMPARE(matrix.differenceColumn(), -1);
        matrix.setColumns({measured(QStringLiteral("A"), {10, 20, kNaN, kInf}, {1, 1, 1, 1}),
                           measured(QStringLiteral("B"), {15, 18, 5, kInf}, {2, 2, 2, 2}, 2)});
        QCOMPARE(matrix.columnCount(), 5);
        QCOMPARE(matrix.differenceColumn(), 4);
        QCOMPARE(matrix.value(0, 4), 5.0);
        QCOMPARE(matrix.value(1, 4), -2.0);
        QVERIFY(std::isnan(matrix.value(2, 4)));
        QCOMPARE(matrix.value(3, 4), 0.0);                                             // both exact
        QCOMPARE(matrix.index(0, 4).data(VariantMatrix::BadnessRole).toDouble(), 0.0); // better
        QVERIFY(matrix.index(1, 4).data(VariantMatrix::BadnessRole).toDouble() > 0.5);
        QCOMPARE(matrix.index(0, 4).data().toString(), QStringLiteral("+5.0 dB"));
        matrix.setChoice({HeatQuantity::ActivationSqnr, HeatReach::EndToEnd});
        QCOMPARE(matrix.value(0, 4), 1.0);
        matrix.setDifference(1, 0);
        QCOMPARE(matrix.value(0, 4), -1.0);
        matrix.setDifference(0, 0);
        QCOMPARE(matrix.columnCount(), 4);
        matrix.setColumns({});
        QCOMPARE(matrix.columnCount(), 2);
        matrix.setModel(nullptr);
        QCOMPARE(matrix.rowCount(), 0);
    }
    void unknownNumbersAreLastInEitherOrder()
    {
        VariantMatrix matrix;
        MatrixSort sorted;
        QAbstractItemModelTester tester(&sorted, QAbstractItemModelTester::FailureReportingMode::QtTest);
        sorted.setSourceModel(&matrix);
        sorted.setSortRole(VariantMatrix::SortRole);
        matrix.setModel(fourLayers());
        matrix.setColumns({measured(QStringLiteral("A"), {30, kNaN, 10, 20}, {1, 1, 1, 1})});
        const auto order = [&] {
            QList<int> out;
            for (int r = 0; r < sorted.rowCount(); ++r)
                out << sorted.operatorAt(sorted.index(r, 0));
            return out;
        };
        sorted.sort(2, Qt::AscendingOrder);
        QCOMPARE(order(), (QList<int>{2, 3, 0, 1}));
        sorted.sort(2, Qt::DescendingOrder);
        QCOMPARE(order(), (QList<int>{0, 3, 2, 1}));
        QCOMPARE(sorted.indexOfOperator(2).row(), 2);
    }
    void differencesKnowWhatIsBetter()
    {
        const Measured a = measured(QStringLiteral("A"), {10, 20}, {10, 20}),
                       b = measured(QStringLiteral("B"), {13, 19}, {13, 19});
        const Heat up = differenceHeat({HeatQuantity::ActivationSqnr, HeatReach::Local}, a, b, 2);
        QVERIFY(up.diverging && up.best == 3 && up.worst == -3);
        const Heat down = differenceHeat({HeatQuantity::ActivationRms, HeatReach::Local}, a, b, 2);
        QVERIFY(down.best < 0 && down.worst == -down.best); // fewer steps are better
        Measured none;
        QVERIFY(differenceHeat({}, a, none, 2).isEmpty());
    }

    // jump
    void theFirstJumpIsFound()
    {
        QCOMPARE(firstJump({40, 41, 39, 42, 25, 10}), 4);
        QCOMPARE(firstJump({40, 41, 39, 42, 33}), -1);
        QCOMPARE(firstJump({20, 40, 41, 39}), 0); // against the others
        QCOMPARE(firstJump({kNaN, 40, kNaN, 41, 42, 20}), 5);
        QCOMPARE(firstJump({kInf, kInf, kInf, 55}), -1); // no more than 60 dB count
        QCOMPARE(firstJump({kInf, kInf, kInf, 45}), 3);
        QCOMPARE(firstJump({}), -1);
        QCOMPARE(firstJump({30}), -1);
    }

    // By its definition, layer by layer.
    void theFirstJumpIsTheOneThatIsDefined()
    {
        auto random = randomEngine();
        std::uniform_int_distribution<int> size(0, 12), kind(0, 9);
        std::uniform_real_distribution<double> db(25, 65);
        for (int round = 0; round < 2000; ++round) {
            std::vector<double> v(std::size_t(size(random)));
            for (double &x : v) {
                const int k = kind(random);
                x = k == 0 ? kNaN : k == 1 ? kInf : db(random);
            }
            int expected = -1;
            for (std::size_t i = 0; i < v.size() && expected < 0; ++i) {
                std::vector<double> before, all;
                for (std::size_t k = 0; k < v.size(); ++k) {
                    if (k == i || std::isnan(v[k]))
                        continue;
                    all.push_back(std::min(v[k], 60.0));
                    if (k < i)
                        before.push_back(all.back());
                }
                std::vector<double> &others = before.size() < 3 ? all : before;
                std::sort(others.begin(), others.end());
                if (!std::isnan(v[i]) && !others.empty() && std::min(v[i], 60.0) <= others[others.size() / 2] - kJumpDb)
                    expected = int(i);
            }
            QCOMPARE(firstJump(v), expected);
        }
    }

    // variants as a whole
    void theFrontIsWhatNobodyBeats()
    {
        auto random = randomEngine();
        std::uniform_int_distribution<int> value(0, 5);
        for (int round = 0; round < 500; ++round) {
            std::vector<double> cost(6), gain(6);
            for (std::size_t i = 0; i < 6; ++i) {
                cost[i] = value(random);
                gain[i] = value(random) == 0 ? kNaN : value(random);
            }
            const auto front = paretoFront(cost, gain);
            for (std::size_t i = 0; i < 6; ++i) {
                bool beaten = std::isnan(gain[i]);
                for (std::size_t k = 0; k < 6; ++k) {
                    if (std::isnan(gain[k]))
                        continue;
                    beaten = beaten || (cost[k] < cost[i] && gain[k] >= gain[i])
                             || (cost[k] <= cost[i] && gain[k] > gain[i]);
                }
                QCOMPARE(bool(front[i]), !beaten);
            }
        }
    }
    void factsAreTheModels()
    {
        const VariantFacts f = variantFacts(sampleMeasured());
        QVERIFY(f.isShiftOnly()); // the profile asks for powers of two everywhere
        QVERIFY(f.multiplied > 3);
        QCOMPARE(f.outputSqnrDb, sample().errors.outputSqnrDb);
        QCOMPARE(f.agreement, sample().errors.agreement);
        QVERIFY(f.bytes > 1000);
        Measured source;
        source.model = sample().model;
        const VariantFacts before = variantFacts(source);
        QVERIFY(!before.isShiftOnly());
        QCOMPARE(before.multiplied, f.multiplied);
        QVERIFY(std::isnan(before.agreement));
    }

    // histograms
    void weightHistogramsCountEveryWeight()
    {
        const auto &g = sample().model->subgraphs.front();
        int seen = 0;
        for (std::size_t i = 0; i < g.operators.size(); ++i) {
            const Histogram h = weightHistogram(*sample().model, sample().conversion.model.get(), int(i));
            const int w = weightedInputs(g.operators[i].code).weight;
            QCOMPARE(h.isEmpty(), w < 0);
            if (h.isEmpty())
                continue;
            ++seen;
            const double count = double(elementCount(g.tensor(g.operators[i].inputs[std::size_t(w)]).shape));
            QCOMPARE(std::accumulate(h.before.begin(), h.before.end(), 0.0), count);
            QCOMPARE(std::accumulate(h.after.begin(), h.after.end(), 0.0), count);
            QVERIFY(h.before.size() <= 100);
            QVERIFY(h.newHigh > h.newLow);
        }
        QVERIFY(seen > 3);
        QVERIFY(weightHistogram(*sample().model, nullptr, -1).isEmpty());
        QVERIFY(weightHistogram(*sample().model, nullptr, 100000).isEmpty());
    }
    // Bin by bin, from the integers.
    void weightHistogramsAreThoseOfTheIntegers()
    {
        const auto &g = sample().model->subgraphs.front();
        for (std::size_t i = 0; i < g.operators.size(); ++i) {
            const int w = weightedInputs(g.operators[i].code).weight;
            if (w < 0)
                continue;
            const Tensor &t = g.tensor(g.operators[i].inputs[std::size_t(w)]);
            if (t.quant.isPerChannel() || t.type != ElementType::UInt8)
                continue;
            const Histogram h = weightHistogram(*sample().model, nullptr, int(i));
            std::vector<double> expected(h.before.size(), 0);
            for (const std::byte b : sample().model->data(t)) {
                const double v =
                    double(t.quant.scale[0]) * (double(std::to_integer<int>(b)) - double(t.quant.zeroPointAt(0)));
                for (std::size_t k = 0; k < expected.size(); ++k) {
                    if (v >= h.low + double(k) * h.step && v < h.low + double(k + 1) * h.step)
                        expected[k] += 1;
                }
            }
            QCOMPARE(h.before, expected);
        }
    }
    void outputHistogramsAreTheStatistics()
    {
        const auto &g = sample().model->subgraphs.front();
        const TensorIndex out = g.operators[0].outputs[0];
        const Histogram h = outputHistogram(sample().statistics, *sample().model, sample().conversion.model.get(), 0);
        const auto &s = sample().statistics.at(out);
        QCOMPARE(h.before.size(), s.histogram.size());
        QCOMPARE(std::accumulate(h.before.begin(), h.before.end(), 0.0), double(s.count));
        // The bin of the least integer that was seen holds its real value.
        const Tensor &t = g.tensor(out);
        const double v = double(t.quant.scale[0]) * (double(s.min) - double(t.quant.zeroPointAt(0)));
        const auto bin = std::size_t((v - h.low) / h.step);
        QVERIFY(h.before[bin] > 0);
        QVERIFY(std::all_of(h.before.begin(), h.before.begin() + std::ptrdiff_t(bin), [](double c) { return c == 0; }));
        QVERIFY(h.newHigh > h.newLow);
        QVERIFY(outputHistogram({}, *sample().model, nullptr, 0).isEmpty());
    }
};

QTEST_MAIN(ChartsTest)
#include "charts_test.moc"
