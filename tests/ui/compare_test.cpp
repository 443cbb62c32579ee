// SPDX-License-Identifier: GPL-3.0-or-later
// Variants and charts in the window, without a display.
#include "core/convert/align.h"
#include "core/convert/diagnosis.h"
#include "core/tflite/tflite.h"
#include "tests/ui/fixtures.h"
#include "tests/ui/windowfixtures.h"
#include "ui/logic/causes.h"
#include "ui/logic/chartdata.h"
#include "ui/logic/document.h"
#include "ui/logic/exporter.h"
#include "ui/logic/measured.h"
#include "ui/logic/otherfile.h"
#include "ui/logic/places.h"
#include "ui/logic/recipeedit.h"
#include "ui/logic/selection.h"
#include "ui/logic/session.h"
#include "ui/logic/variantmatrix.h"
#include "ui/widgets/chartexport.h"
#include "ui/widgets/chartspanel.h"
#include "ui/widgets/comparepanel.h"
#include "ui/widgets/graph/graphview.h"
#include "ui/widgets/histogramchart.h"
#include "ui/widgets/layerchart.h"
#include "ui/widgets/mainwindow.h"
#include "ui/widgets/secondgraph.h"
#include "ui/widgets/theme/theme.h"
#include "ui/widgets/variantschart.h"

#include <QAbstractItemModelTester>
#include <QAction>
#include <QApplication>
#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSignalSpy>
#include <QTabBar>
#include <QTableView>
#include <QTemporaryDir>
#include <QTest>
#include <QToolButton>
#include <QValueAxis>
#include <QWheelEvent>

#include <cmath>

using namespace requant;
using namespace requant::test;

namespace {

template <class T>
T *part(MainWindow &w, const char *name)
{
    T *p = w.findChild<T *>(QLatin1String(name));
    Q_ASSERT(p);
    return p;
}

} // namespace

class CompareTest : public QObject
{
    Q_OBJECT
private slots:
    void initTestCase()
    {
        QVERIFY2(!sampleModelFile().isEmpty(), "the sample ships with the product");
        QVERIFY(m_folder.isValid());
        isolateSettings(m_folder.path());
        applyTheme(*qApp, Theme::Light);
    }
    void cleanup() { QCOMPARE(LogCatcher::taken(), QStringList()); }

    // Add a variant, give it another target, see both in the matrix, remove it, bring it back.
    void variantsLiveSideBySide()
    {
        MainWindow w(false);
        w.resize(1400, 900);
        w.show();
        QVERIFY(opened(w, sampleModelFile()));
        Session &s = *w.session();
        auto *tabs = part<QTabBar>(w, "variantTabs");
        auto *matrix = w.findChild<VariantMatrix *>();
        QAbstractItemModelTester tester(matrix, QAbstractItemModelTester::FailureReportingMode::QtTest);
        QCOMPARE(tabs->count(), 1);
        QCOMPARE(matrix->columnCount(), 3);
        QVERIFY(!part<QAction>(w, "variantRemove")->isEnabled());
        QVERIFY(!part<QAction>(w, "compareSideBySide")->isEnabled());

        part<QAction>(w, "variantNew")->trigger();
        QCOMPARE(tabs->count(), 2);
        QCOMPARE(tabs->currentIndex(), 1);
        choose(part<QComboBox>(w, "profilePicker"), QStringLiteral("symmetric-pow2"));
        QTRY_VERIFY_WITH_TIMEOUT(s.isIdle(), kPatience);
        QVERIFY(tabs->tabText(1).contains(QStringLiteral("symmetric-pow2")));
        QVERIFY(!tabs->tabText(0).contains(QStringLiteral("pow2")));
        QCOMPARE(matrix->columnCount(), 5);
        const int n = int(s.document()->mainGraph().operators.size());
        int differs = 0;
        for (int r = 0; r < n; ++r) {
            const LayerError &a =
                s.computation().results(s.document()->variants()->at(0).id).errors.value->layers[std::size_t(r)];
            const LayerError &b = s.errorReport()->layers[std::size_t(r)];
            if (a.local && std::isfinite(a.local->sqnrDb))
                QCOMPARE(matrix->value(r, 2), a.local->sqnrDb);
            if (b.local && std::isfinite(b.local->sqnrDb))
                QCOMPARE(matrix->value(r, 3), b.local->sqnrDb);
            differs += matrix->value(r, 2) != matrix->value(r, 3);
        }
        QVERIFY(differs > 0);

        // The charts show both, the difference is worst first.
        QVERIFY(w.showPart(QStringLiteral("activations")));
        auto *chart = part<LayerChart>(w, "activationChart");
        QCOMPARE(chart->series().size(), std::size_t(4));
        part<QToolButton>(w, "chartCompare")->click();
        QCOMPARE(chart->series().size(), std::size_t(2));
        part<QToolButton>(w, "chartCompare")->click();
        w.showPart(QStringLiteral("compare"));
        part<QAction>(w, "compareWorst")->trigger();
        auto *view = part<QTableView>(w, "variantMatrix");
        const double first = view->model()->index(0, 4).data(VariantMatrix::SortRole).toDouble();
        for (int r = 1; r < n; ++r) {
            const double v = view->model()->index(r, 4).data(VariantMatrix::SortRole).toDouble();
            QVERIFY(std::isnan(v) || v >= first);
        }
        // A row selects its layer everywhere.
        view->selectRow(0);
        QCOMPARE(s.selection()->current(), view->model()->index(0, 0).data(VariantMatrix::OperatorRole).toInt());

        // A report of one holds the other against it.
        const auto others = otherVariants(s);
        QCOMPARE(others.size(), std::size_t(1));
        QCOMPARE(others[0].name, s.document()->variants()->label(0));
        QVERIFY(others[0].errors && others[0].conversion && others[0].conversion != s.conversion());

        // Switching computes nothing.
        part<QAction>(w, "variantNext")->trigger();
        QCOMPARE(tabs->currentIndex(), 0);
        QVERIFY(s.isIdle());
        QVERIFY(!s.isConversionStale() && !s.isErrorReportStale());
        QVERIFY(!part<QComboBox>(w, "profilePicker")->currentData().toString().contains(QStringLiteral("pow2")));

        part<QAction>(w, "variantNext")->trigger();
        part<QAction>(w, "variantRemove")->trigger();
        QCOMPARE(tabs->count(), 1);
        QCOMPARE(matrix->columnCount(), 3);
        part<QAction>(w, "undo")->trigger();
        QCOMPARE(tabs->count(), 2);
        QTRY_VERIFY_WITH_TIMEOUT(s.isIdle(), kPatience);
        QCOMPARE(matrix->columnCount(), 5);
        QVERIFY(!std::isnan(matrix->value(0, 3)));
    }

    void renamingIsDoneInItsTab()
    {
        MainWindow w(false);
        w.show();
        QVERIFY(opened(w, sampleModelFile()));
        part<QAction>(w, "variantRename")->trigger();
        auto *name = part<QLineEdit>(w, "variantName");
        QVERIFY(name->isVisible());
        name->setText(QStringLiteral("per tensor"));
        QTest::keyClick(name, Qt::Key_Return);
        QVERIFY(!name->isVisible());
        QCOMPARE(w.session()->document()->variants()->at(0).name, QStringLiteral("per tensor"));
        QVERIFY(part<QTabBar>(w, "variantTabs")->tabText(0).startsWith(QStringLiteral("per tensor")));
        part<QAction>(w, "variantRename")->trigger();
        name->setText(QStringLiteral("no"));
        QTest::keyClick(name, Qt::Key_Escape);
        QCOMPARE(w.session()->document()->variants()->at(0).name, QStringLiteral("per tensor"));
    }

    void twoGraphsMoveAndSelectTogether()
    {
        MainWindow w(false);
        w.resize(1400, 900);
        w.show();
        QVERIFY(opened(w, sampleModelFile()));
        Session &s = *w.session();
        s.document()->variants()->add(fromProfile(*findProfile("symmetric-pow2"), {}, false));
        QTRY_VERIFY_WITH_TIMEOUT(s.isIdle(), kPatience);
        auto *first = part<GraphView>(w, "graphView");
        QTRY_VERIFY(first->isReady());
        s.selection()->select(20);
        const auto shows20 = [&] {
            const auto &nodes = first->content().nodes;
            const auto it = std::find_if(nodes.begin(), nodes.end(), [](const GraphNode &n) { return n.op == 20; });
            return it != nodes.end() && first->visibleScene().contains(it->rect);
        };
        QVERIFY(shows20());
        part<QAction>(w, "compareSideBySide")->trigger();
        auto *panel = w.findChild<SecondGraph *>();
        QVERIFY(panel->isVisible());
        GraphView *second = panel->view();
        QTRY_VERIFY(first->isReady() && second->isReady() && second->width() > 100);
        const auto together = [&] {
            const QPointF d = first->visibleScene().center() - second->visibleScene().center();
            return std::abs(first->zoom() - second->zoom()) < 1e-9 && std::hypot(d.x(), d.y()) < 4 / first->zoom();
        };
        QTRY_VERIFY(together());
        QTest::qWait(100);
        QVERIFY(together() && shows20());                        // the selected layer stays in sight
        const double middle = first->content().size.width() / 2; // no view can go far beside the graph
        first->showPlace(QPointF(middle, 900), 1.2);
        QVERIFY(together());
        second->showPlace(QPointF(middle, 1500), 0.8);
        QVERIFY(together());
        s.selection()->select(3);
        QVERIFY(second->isNodeSelected(3));
        second->selectNode(5);
        QCOMPARE(s.selection()->current(), 5);
        panel->findChild<QToolButton *>(QStringLiteral("secondGraphClose"))->click();
        QVERIFY(!panel->isVisible());
        QVERIFY(!part<QAction>(w, "compareSideBySide")->isChecked());
    }

    void anotherFileIsComparedAndItsJumpFound()
    {
        // The vendor's file: converted, but one layer's weights are spoilt.
        const auto loaded = loadTflite(std::filesystem::path(sampleModelFile().toStdU16String()));
        QVERIFY(bool(loaded));
        ConvertInput input;
        input.model = loaded->model;
        input.recipe = fromProfile(*findProfile("symmetric"), {}, false);
        const auto conversion = convert(input);
        QVERIFY(bool(conversion));
        Model spoilt = *conversion->model;
        Subgraph &g = spoilt.subgraphs.front();
        int spoiltOp = -1; // of the source
        for (std::size_t i = 8; i < g.operators.size() && spoiltOp < 0; ++i) {
            if (g.operators[i].code != Op::Conv2D || !conversion->origin[i])
                continue;
            spoiltOp = conversion->origin[i].value;
            Tensor &t = g.tensor(g.operators[i].inputs[1]);
            std::vector<std::byte> bytes(spoilt.data(t).begin(), spoilt.data(t).end());
            std::rotate(bytes.begin(), bytes.begin() + 7, bytes.end());
            t.buffer = spoilt.addBuffer(Buffer::fromBytes(std::move(bytes)));
        }
        QVERIFY(spoiltOp >= 0);
        const QString file = m_folder.filePath(QStringLiteral("vendor.tflite"));
        QVERIFY(bool(saveTflite(spoilt, std::filesystem::path(file.toStdU16String()))));

        MainWindow w(false);
        w.resize(1400, 900);
        w.show();
        QVERIFY(opened(w, sampleModelFile()));
        Session &s = *w.session();
        w.compareWith(file);
        QTRY_VERIFY_WITH_TIMEOUT(s.otherFile().isOpen() && s.isIdle(), kPatience);
        QVERIFY(s.otherFile().measured().errors);
        QVERIFY(s.otherFile().alignment()->onlySource.empty());
        auto *matrix = w.findChild<VariantMatrix *>();
        QCOMPARE(matrix->columnCount(), 5);
        QCOMPARE(matrix->headerData(3, Qt::Horizontal).toString(), QStringLiteral("vendor.tflite"));
        QVERIFY(part<QLabel>(w, "compareWords")->text().contains(QStringLiteral("matched")));
        part<QAction>(w, "compareJump")->trigger();
        QCOMPARE(s.selection()->current(), spoiltOp);
        part<QAction>(w, "compareSideBySide")->trigger();
        GraphView *second = w.findChild<SecondGraph *>()->view();
        QTRY_VERIFY(second->isReady());
        QTRY_VERIFY(second->isNodeSelected(s.otherFile().partners()[std::size_t(spoiltOp)]));
        part<QAction>(w, "compareClose")->trigger();
        QCOMPARE(matrix->columnCount(), 3);
        QVERIFY(!part<QAction>(w, "compareSideBySide")->isChecked());
    }

    void aFileThatCannotBeComparedIsSaidSo()
    {
        MainWindow w(false);
        w.show();
        QVERIFY(opened(w, sampleModelFile()));
        QFile file(m_folder.filePath(QStringLiteral("broken.tflite")));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write("not a model");
        file.close();
        w.compareWith(file.fileName());
        auto *words = part<QLabel>(w, "compareWords");
        QTRY_VERIFY_WITH_TIMEOUT(words->text().contains(QStringLiteral("broken.tflite")), kPatience);
        QVERIFY(!w.session()->otherFile().isOpen());
    }

    void chartsZoomSelectAndAreSaved()
    {
        MainWindow w(false);
        w.resize(1400, 900);
        w.show();
        QVERIFY(opened(w, sampleModelFile()));
        Session &s = *w.session();
        auto *panel = w.findChild<ChartsPanel *>();
        const int n = int(s.document()->mainGraph().operators.size());
        w.showPart(QStringLiteral("activations"));
        auto *chart = part<LayerChart>(w, "activationChart");
        QTRY_VERIFY(chart->isVisible() && chart->viewport()->width() > 300);
        const auto span = [&] { return chart->xAxis()->max() - chart->xAxis()->min(); };
        const double whole = span();
        QCOMPARE(whole, double(n));
        const QPoint middle = chart->viewport()->rect().center();
        QWheelEvent wheel(middle, chart->viewport()->mapToGlobal(middle), {}, QPoint(0, 240), Qt::NoButton,
                          Qt::NoModifier, Qt::NoScrollPhase, false);
        QCoreApplication::sendEvent(chart->viewport(), &wheel);
        QVERIFY(span() < whole && chart->isZoomed());
        QTest::keyClick(chart, Qt::Key_Home);
        QCOMPARE(span(), whole);
        // A band.
        QTest::mousePress(chart->viewport(), Qt::LeftButton, {}, middle - QPoint(60, 30));
        QTest::mouseMove(chart->viewport(), middle);
        QTest::mouseMove(chart->viewport(), middle + QPoint(60, 30));
        QTest::mouseRelease(chart->viewport(), Qt::LeftButton, {}, middle + QPoint(60, 30));
        QVERIFY(span() < whole);
        part<QToolButton>(w, "chartShowAll")->click();
        QCOMPARE(span(), whole);
        // A click selects.
        s.selection()->clear();
        QTest::mouseClick(chart->viewport(), Qt::LeftButton, {}, middle);
        QVERIFY(std::abs(s.selection()->current() - n / 2) < n / 4 + 2);
        QTest::keyClick(chart, Qt::Key_Right);
        QCOMPARE(s.selection()->operators().size(), std::size_t(1));

        // As a table, and into files.
        part<QToolButton>(w, "chartTable")->click();
        auto *view = part<QTableView>(w, "chartTableView");
        QVERIFY(view->isVisible());
        QAbstractItemModelTester tester(panel->table(), QAbstractItemModelTester::FailureReportingMode::QtTest);
        QVERIFY(view->model()->rowCount() > 3);
        view->selectRow(2);
        QCOMPARE(s.selection()->current(), view->model()->index(2, 0).data(ChartTable::OperatorRole).toInt());
        part<QToolButton>(w, "chartTable")->click();
        const struct
        {
            ChartFile kind;
            const char *name, *begins;
        } files[] = {{ChartFile::Png, "c.png", "\x89PNG"},
                     {ChartFile::Svg, "c.svg", "<?xml"},
                     {ChartFile::Csv, "c.csv", "#,Layer"}};
        for (const auto &f : files) {
            const QString path = m_folder.filePath(QLatin1String(f.name));
            QString why;
            QVERIFY2(saveChart(*chart, *panel->table(), f.kind, path, &why), qPrintable(why));
            QFile file(path);
            QVERIFY(file.open(QIODevice::ReadOnly));
            QVERIFY2(file.readAll().startsWith(f.begins), f.name);
        }
        QString why;
        QVERIFY(!saveChart(*chart, *panel->table(), ChartFile::Png, m_folder.filePath(QStringLiteral("no/such/c.png")),
                           &why));
        QVERIFY(!why.isEmpty());
    }

    // Measured when looked at, cancelled and measured again, dropped by an edit, measured of the new recipe.
    void causesAreMeasuredBesideTheNaiveConversion()
    {
        MainWindow w(false);
        w.resize(1400, 900);
        w.show();
        QVERIFY(opened(w, sampleModelFile()));
        Session &s = *w.session();
        Causes &causes = s.causes();
        const int id = s.document()->variants()->active().id;
        QVERIFY(!causes.diagnosis(id).value);
        QVERIFY(w.showPart(QStringLiteral("causes")));
        QVERIFY(causes.isRunning());
        auto *run = part<QPushButton>(w, "causesRun");
        QVERIFY(run->isVisible() && run->isEnabled());
        run->click();
        QVERIFY(!causes.isRunning() && causes.isStopped());
        QTest::qWait(50);
        QVERIFY(!causes.isRunning()); // until it is asked for
        run->click();
        QTRY_VERIFY_WITH_TIMEOUT(causes.diagnosis(id).value, kPatience);
        auto *chart = part<LayerChart>(w, "causesChart");
        const auto asides = [&] {
            return std::count_if(chart->series().begin(), chart->series().end(),
                                 [](const ChartSeries &c) { return c.aside; });
        };
        QTRY_VERIFY(asides() > 0 && asides() * 2 == qsizetype(chart->series().size()));
        part<QToolButton>(w, "chartCompare")->click();
        QCOMPARE(asides(), qsizetype(0));
        part<QToolButton>(w, "chartCompare")->click();
        // In percent each row of bars is 100 together; the bars of the naive conversion do not squeeze the others.
        const double squared = chart->yAxis()->max();
        part<QComboBox>(w, "causesUnit")->setCurrentIndex(1);
        double most = 0;
        for (std::size_t i = 0; i < chart->series().front().values.size(); ++i) {
            double sum = 0;
            for (const ChartSeries &c : chart->series())
                sum += !c.aside && !std::isnan(c.values[i]) ? c.values[i] : 0;
            most = std::max(most, sum);
        }
        QVERIFY(std::abs(most - 100) < 1e-6);
        QVERIFY(chart->yAxis()->max() >= 100);
        part<QComboBox>(w, "causesUnit")->setCurrentIndex(0);
        QCOMPARE(chart->yAxis()->max(), squared);
        QVERIFY(!causes.isStale(id) && !run->isEnabled());

        choose(part<QComboBox>(w, "profilePicker"), QStringLiteral("symmetric-pow2"));
        QVERIFY(causes.isStale(id) && causes.diagnosis(id).value);
        QTRY_VERIFY_WITH_TIMEOUT(causes.isRunning(), kPatience);
        const quint64 overtaken = s.document()->revision();
        choose(part<QComboBox>(w, "profilePicker"), QStringLiteral("symmetric"));
        QVERIFY(!causes.isRunning());
        QTRY_VERIFY_WITH_TIMEOUT(!causes.isStale(id), kPatience);
        QVERIFY(causes.diagnosis(id).revision > overtaken);
        QTRY_VERIFY(s.isIdle());
    }

    void everyChartShowsSomething()
    {
        MainWindow w(false);
        w.resize(1400, 900);
        w.show();
        QVERIFY(opened(w, sampleModelFile()));
        w.session()->selection()->select(0);
        auto *panel = w.findChild<ChartsPanel *>();
        for (int t = 0; t < ChartsPanel::HistogramTab; ++t) {
            panel->setTab(ChartsPanel::Tab(t));
            QTRY_VERIFY2_WITH_TIMEOUT(panel->chart(ChartsPanel::Tab(t))->hasValues(), qPrintable(QString::number(t)),
                                      kPatience);
            QVERIFY(panel->chart(ChartsPanel::Tab(t))->isVisible());
        }
        panel->setTab(ChartsPanel::ScaleTab);
        const auto outputs = panel->chart(ChartsPanel::ScaleTab)->series().back().values;
        part<QComboBox>(w, "scaleOf")->setCurrentIndex(1);
        QVERIFY(panel->chart(ChartsPanel::ScaleTab)->hasValues());
        QVERIFY(panel->chart(ChartsPanel::ScaleTab)->series().back().values != outputs);
        panel->setTab(ChartsPanel::HistogramTab);
        auto *histogram = part<HistogramChart>(w, "histogramChart");
        QTRY_VERIFY(histogram->isVisible());
        QVERIFY(!histogram->histogram().after.empty());
        part<QComboBox>(w, "histogramOf")->setCurrentIndex(1);
        QTRY_VERIFY(histogram->histogram().after.empty() && !histogram->histogram().before.empty());
        panel->setTab(ChartsPanel::VariantsTab);
        auto *variants = part<VariantsChart>(w, "variantsChart");
        QVERIFY(variants->isVisible());
        QCOMPARE(variants->facts().size(), std::size_t(1));
        QCOMPARE(variants->facts()[0].outputSqnrDb, w.session()->errorReport()->outputSqnrDb);
        QVERIFY(variants->isOnFront(0));
    }

    // Two variants and another file, each chart and both graphs, then an edit, with a network of 66 operators.
    void theGuiThreadIsNeverHeldUp()
    {
        const QString mobilenet = acceptanceFile(QStringLiteral("models/mobilenet_v2_1.0_224_quant.tflite")),
                      images = acceptanceFile(QStringLiteral("data/imagenet_calibration_images.npy"));
        const bool real = !mobilenet.isEmpty() && !images.isEmpty();
        MainWindow w(false);
        w.resize(1400, 900);
        w.show();
        QTest::qWait(200);
        const auto calm = [&] { return QTest::qWaitFor([&] { return w.session()->isIdle(); }, kPatience); };
        QVERIFY(opened(w, real ? mobilenet : sampleModelFile()));
        Session &s = *w.session();
        if (real) {
            s.setSampleLimit(4);
            s.openSamples(images);
        }
        QTest::qWait(50);
        QVERIFY(calm());
        StretchWatch watch;
        const auto check = [&](const QString &what) {
            QTest::qWait(50);
            qInfo("%s: longest stretch %.1f ms", qPrintable(what), watch.longest());
#if !defined(__SANITIZE_ADDRESS__)
            QVERIFY2(watch.longest() < 50, qPrintable(what));
#endif
        };
        s.document()->variants()->add(fromProfile(*findProfile("symmetric-pow2"), {}, false));
        QVERIFY(calm());
        check(QStringLiteral("variant"));
        w.compareWith(s.document()->path());
        QTest::qWait(50);
        QVERIFY(calm());
        check(QStringLiteral("file"));
        part<QAction>(w, "compareSideBySide")->trigger();
        QTRY_VERIFY(w.findChild<SecondGraph *>()->view()->isReady());
        check(QStringLiteral("graphs"));
        s.selection()->select(3);
        auto *panel = w.findChild<ChartsPanel *>();
        for (int t = 0; t < ChartsPanel::TabCount; ++t) {
            w.showPart(QStringLiteral("scale"));
            panel->setTab(ChartsPanel::Tab(t));
            QTest::qWait(20);
            QVERIFY(calm());
            panel->setTableShown(true);
            QTest::qWait(20);
            panel->setTableShown(false);
            check(QStringLiteral("chart %1").arg(t));
        }
        part<QAction>(w, "variantNext")->trigger();
        check(QStringLiteral("other variant"));
    }

private:
    QTemporaryDir m_folder;
    LogCatcher m_log;
};

QTEST_MAIN(CompareTest)
#include "compare_test.moc"
