// SPDX-License-Identifier: GPL-3.0-or-later
// The whole window without a display: real models, real jobs.
#include "core/convert/convert.h"
#include "tests/ui/fixtures.h"
#include "tests/ui/windowfixtures.h"
#include "ui/logic/document.h"
#include "ui/logic/exporter.h"
#include "ui/logic/issuesmodel.h"
#include "ui/logic/layertablemodel.h"
#include "ui/logic/places.h"
#include "ui/logic/selection.h"
#include "ui/logic/session.h"
#include "ui/logic/texts.h"
#include "ui/widgets/banner.h"
#include "ui/widgets/chartspanel.h"
#include "ui/widgets/graph/graphview.h"
#include "ui/widgets/layerchart.h"
#include "ui/widgets/mainwindow.h"
#include "ui/widgets/theme/theme.h"

#include <QAbstractItemModelTester>
#include <QApplication>
#include <QCheckBox>
#include <QComboBox>
#include <QDialog>
#include <QDir>
#include <QElapsedTimer>
#include <QLabel>
#include <QLineEdit>
#include <QMessageBox>
#include <QPushButton>
#include <QSettings>
#include <QSignalSpy>
#include <QTableView>
#include <QTemporaryDir>
#include <QTest>
#include <QTimer>

#include <time.h>

#include <cmath>

using namespace requant;
using namespace requant::test;

namespace {

const ChartSeries &afterSeries(MainWindow &w)
{
    return w.findChild<LayerChart *>(QStringLiteral("scaleChart"))->series().at(1);
}

} // namespace

class WindowTest : public QObject
{
    Q_OBJECT
private slots:
    void initTestCase()
    {
        QVERIFY(m_folder.isValid());
        isolateSettings(m_folder.path());
        applyTheme(*qApp, Theme::Light);
    }
    void cleanup() { QCOMPARE(LogCatcher::taken(), QStringList()); }

    void startsEmptyAndSaysWhatToDo()
    {
        MainWindow w(false);
        w.show();
        QVERIFY(w.session()->isIdle());
        QCOMPARE(w.findChild<QTableView *>(QStringLiteral("layerTable"))->model()->rowCount(), 0);
        QVERIFY(w.findChild<QPushButton *>(QStringLiteral("openSampleButton"))->isVisible());
        QVERIFY(!w.findChild<QAction *>(QStringLiteral("exportConversion"))->isEnabled());
    }

    void opensTheSampleWithItsOwnSamples()
    {
        QVERIFY2(!sampleModelFile().isEmpty(), "the sample ships with the product");
        MainWindow w(false);
        w.show();
        auto *table = w.findChild<QTableView *>(QStringLiteral("layerTable"));
        QAbstractItemModelTester tester(table->model(), QAbstractItemModelTester::FailureReportingMode::QtTest);
        QVERIFY(opened(w, sampleModelFile()));
        const Session &s = *w.session();
        QCOMPARE(table->model()->rowCount(), int(s.document()->mainGraph().operators.size()));
        QVERIFY(s.samples());
        QVERIFY(s.errorReport() && s.errorReport()->samples > 0 && s.errorReport()->hasOutput);
        QVERIFY(!s.isErrorReportStale() && !s.isConversionStale());
        QVERIFY(w.findChild<QLabel *>(QStringLiteral("resultStatus"))->text().contains(QStringLiteral("agreement")));
        QTRY_VERIFY(w.findChild<GraphView *>(QStringLiteral("graphView"))->isReady());
    }

    // Open, set one layer, then all by a profile, see the charts change, undo, export, reopen.
    void theWholeRoad()
    {
        QString model = acceptanceFile(QStringLiteral("models/mobilenet_v2_1.0_224_quant.tflite"));
        if (model.isEmpty())
            model = sampleModelFile();
        QVERIFY2(!model.isEmpty(), "the sample ships with the product");
        MainWindow w(false);
        w.show();
        QVERIFY(opened(w, model));
        Session &s = *w.session();
        auto *profile = w.findChild<QComboBox *>(QStringLiteral("profilePicker"));
        choose(profile, QString()); // keep as in the file
        QVERIFY(s.isConversionStale());
        QTRY_VERIFY_WITH_TIMEOUT(s.isIdle(), kPatience);
        const std::vector<double> kept = afterSeries(w).values;

        // One layer: its output becomes power-of-two.
        s.selection()->select(4);
        auto *scale = w.findChild<QComboBox *>(QStringLiteral("activationsScale"));
        auto *treatment = w.findChild<QComboBox *>(QStringLiteral("activationsTreatment"));
        QVERIFY(!scale->isEnabled()); // kept
        choose(treatment, 0);
        QVERIFY(scale->isEnabled());
        choose(scale, int(ScaleRule::PowerOfTwo));
        QVERIFY(afterSeries(w).stale);
        QTRY_VERIFY_WITH_TIMEOUT(s.isIdle(), kPatience);
        QVERIFY(!afterSeries(w).stale);
        const std::vector<double> one = afterSeries(w).values;
        QVERIFY(one != kept);
        QVERIFY(isPowerOfTwo(one[4]));
        QCOMPARE(s.document()->undoStack()->count(), 3);

        // All layers by a profile.
        choose(profile, QStringLiteral("symmetric-pow2"));
        QTRY_VERIFY_WITH_TIMEOUT(s.isIdle(), kPatience);
        const std::vector<double> all = afterSeries(w).values;
        QVERIFY(all != one);
        for (const double v : all)
            QVERIFY(std::isnan(v) || isPowerOfTwo(v));
        QVERIFY(s.weightReport() && !s.weightReport()->layers.empty());

        // Back and forth.
        s.document()->undoStack()->undo();
        QTRY_VERIFY_WITH_TIMEOUT(s.isIdle(), kPatience);
        QCOMPARE(afterSeries(w).values, one);
        s.document()->undoStack()->redo();
        QTRY_VERIFY_WITH_TIMEOUT(s.isIdle(), kPatience);
        QCOMPARE(afterSeries(w).values, all);

        // Export by the dialog.
        w.findChild<QAction *>(QStringLiteral("exportConversion"))->trigger();
        auto *dialog = w.findChild<QDialog *>(QStringLiteral("exportDialog"));
        QVERIFY(dialog);
        const QDir out(m_folder.filePath(QStringLiteral("out")));
        dialog->findChild<QLineEdit *>(QStringLiteral("exportFolder"))->setText(out.path());
        dialog->findChild<QLineEdit *>(QStringLiteral("exportName"))->setText(QStringLiteral("converted"));
        QSignalSpy finished(&s, &Session::exportFinished);
        dialog->findChild<QPushButton *>(QStringLiteral("exportStart"))->click();
        QVERIFY(finished.wait(kPatience));
        QVERIFY2(s.lastExport(), qPrintable(dialog->findChild<QLabel *>(QStringLiteral("exportResult"))->text()));
        QVERIFY2(s.lastExport()->differences.isEmpty(), qPrintable(s.lastExport()->differences.join(u'\n')));
        QVERIFY(!hasErrors(s.lastExport()->violations));
        QVERIFY(dialog->findChild<QLabel *>(QStringLiteral("exportResult"))
                    ->text()
                    .contains(QStringLiteral("rule violation")));
        for (const char *ending : {".tflite", ".recipe.json", ".html"})
            QVERIFY2(out.exists(QStringLiteral("converted") + QLatin1String(ending)), ending);
        dialog->close();

        // Reopen what was written: every grid is as the profile said.
        QVERIFY(opened(w, out.filePath(QStringLiteral("converted.tflite"))));
        const auto &g = s.document()->mainGraph();
        int powers = 0;
        for (const auto &t : g.tensors)
            powers += t.quant.isQuantized() && isPowerOfTwo(largestScale(t.quant));
        QVERIFY(powers > int(g.operators.size()));
        // And the recipe that was written with it.
        QSignalSpy recipe(s.document(), &Document::recipeChanged);
        choose(profile, QString());
        w.open(out.filePath(QStringLiteral("converted.recipe.json")));
        QTRY_COMPARE(recipe.count(), 2);
        QCOMPARE(profile->currentData().toString(), QStringLiteral("symmetric-pow2"));
        QTRY_VERIFY_WITH_TIMEOUT(s.isIdle(), kPatience);
    }

    void unsavedEditsAreAskedForBeforeTheyAreLost()
    {
        QVERIFY2(!sampleModelFile().isEmpty(), "the sample ships with the product");
        MainWindow w(false);
        w.show();
        QVERIFY(opened(w, sampleModelFile()));
        Session &s = *w.session();
        const auto question = [&w]() -> QMessageBox * {
            for (auto *box : w.findChildren<QMessageBox *>(QStringLiteral("unsavedDialog"))) {
                if (box->isVisible())
                    return box;
            }
            return nullptr;
        };
        // A target alone is chosen again in no time.
        choose(w.findChild<QComboBox *>(QStringLiteral("profilePicker")), QStringLiteral("symmetric-pow2"));
        QVERIFY(!s.document()->hasUnsavedEdits());
        s.selection()->select(1);
        auto *type = w.findChild<QComboBox *>(QStringLiteral("activationsType"));
        choose(type, int(ElementType::Int16));
        QVERIFY(s.document()->hasUnsavedEdits());
        QVERIFY(w.isWindowModified());

        QVERIFY(!w.close());
        QVERIFY(question());
        question()->button(QMessageBox::Cancel)->click();
        QVERIFY(w.isVisible());
        QTRY_VERIFY(!w.findChild<QMessageBox *>(QStringLiteral("unsavedDialog")));
        // The same before another model.
        const Document *before = s.document();
        w.open(sampleModelFile());
        QVERIFY(question());
        question()->button(QMessageBox::Cancel)->click();
        QCOMPARE(s.document(), before);
        QTRY_VERIFY(!w.findChild<QMessageBox *>(QStringLiteral("unsavedDialog")));

        // Saving ends the question, another edit raises it again.
        QSignalSpy saved(&s, &Session::recipeSaved);
        s.saveRecipeTo(m_folder.filePath(QStringLiteral("edited.recipe.json")));
        QVERIFY(saved.wait(kPatience));
        QVERIFY(!w.isWindowModified() && !s.document()->hasUnsavedEdits());
        choose(type, int(ElementType::UInt8));
        QVERIFY(!w.close());
        QVERIFY(question());
        question()->button(QMessageBox::Discard)->click();
        QTRY_VERIFY(!w.isVisible());
    }

    void anEditOvertakesTheRunningConversion()
    {
        QVERIFY2(!sampleModelFile().isEmpty(), "the sample ships with the product");
        MainWindow w(false);
        w.show();
        QVERIFY(opened(w, sampleModelFile()));
        Session &s = *w.session();
        auto *profile = w.findChild<QComboBox *>(QStringLiteral("profilePicker"));
        for (const char *id : {"symmetric-pow2", "tflite-int8", "symmetric", "symmetric-pow2"}) {
            choose(profile, QLatin1String(id));
            QTest::qWait(30);
        }
        QTRY_VERIFY_WITH_TIMEOUT(s.isIdle(), kPatience);
        QVERIFY(!s.isConversionStale() && !s.isErrorReportStale());
        QVERIFY(s.conversion()->recipe == s.document()->recipe());
    }

    void cancelledWorkLeavesOldNumbersMarkedAndCanBeRepeated()
    {
        QVERIFY2(!sampleModelFile().isEmpty(), "the sample ships with the product");
        MainWindow w(false);
        w.show();
        QVERIFY(opened(w, sampleModelFile()));
        Session &s = *w.session();
        choose(w.findChild<QComboBox *>(QStringLiteral("profilePicker")), QStringLiteral("symmetric-pow2"));
        s.cancelAll();
        QVERIFY(s.isIdle());
        QVERIFY(s.isConversionStale() && s.conversion());
        const QString status = w.findChild<QLabel *>(QStringLiteral("resultStatus"))->text();
        QCOMPARE(status, cancelledText());
        QVERIFY(afterSeries(w).name.contains(cancelledText()));
        QVERIFY(w.findChild<QLabel *>(QStringLiteral("issuesStale"))->text().contains(cancelledText()));
        s.recompute();
        QTRY_VERIFY_WITH_TIMEOUT(s.isIdle(), kPatience);
        QVERIFY(!s.isConversionStale());
        QVERIFY(!afterSeries(w).name.contains(cancelledText()));
        QVERIFY(w.findChild<QLabel *>(QStringLiteral("issuesStale"))->text().isEmpty());
    }

    void exportNamesWhatItReplacesAndTheWrittenModelKeepsTheSamples()
    {
        QVERIFY2(!sampleModelFile().isEmpty(), "the sample ships with the product");
        MainWindow w(false);
        w.show();
        QVERIFY(opened(w, sampleModelFile()));
        Session &s = *w.session();
        s.selection()->select(1);
        choose(w.findChild<QComboBox *>(QStringLiteral("activationsType")), int(ElementType::UInt8));
        QTRY_VERIFY_WITH_TIMEOUT(s.isIdle(), kPatience);
        const QDir out(m_folder.path());
        QFile old(out.filePath(QStringLiteral("again.html")));
        QVERIFY(old.open(QIODevice::WriteOnly));
        old.close();
        w.findChild<QAction *>(QStringLiteral("exportConversion"))->trigger();
        auto *dialog = w.findChild<QDialog *>(QStringLiteral("exportDialog"));
        QVERIFY(dialog);
        auto *start = dialog->findChild<QPushButton *>(QStringLiteral("exportStart"));
        auto *replaced = dialog->findChild<QLabel *>(QStringLiteral("exportReplaced"));
        auto *name = dialog->findChild<QLineEdit *>(QStringLiteral("exportName"));
        dialog->findChild<QLineEdit *>(QStringLiteral("exportFolder"))->setText(out.path());
        name->setText(QStringLiteral("new"));
        QVERIFY(!replaced->isVisible());
        QCOMPARE(start->text(), QStringLiteral("Export"));
        name->setText(QStringLiteral("again"));
        QVERIFY(replaced->isVisible());
        QVERIFY(replaced->text().endsWith(QStringLiteral(": again.html")));
        QCOMPARE(start->text(), QStringLiteral("Replace"));
        QVERIFY(s.document()->hasUnsavedEdits());
        QSignalSpy finished(&s, &Session::exportFinished);
        start->click();
        QVERIFY(finished.wait(kPatience));
        QVERIFY(s.lastExport());
        QVERIFY(!s.document()->hasUnsavedEdits()); // the recipe was written too
        dialog->close();

        const QString samples = s.samplesPath();
        QVERIFY(!samples.isEmpty());
        QVERIFY(opened(w, out.filePath(QStringLiteral("again.tflite"))));
        QCOMPARE(s.samplesPath(), samples);
        QVERIFY(s.samples() && s.errorReport());
    }

    void errorColumnsStayInSight()
    {
        MainWindow w(false);
        auto *table = w.findChild<QTableView *>(QStringLiteral("layerTable"));
        for (const QSize size : {QSize(1024, 700), QSize(1440, 900), QSize(1900, 1000), QSize(1100, 700)}) {
            w.resize(size);
            w.show();
            QTest::qWait(50);
            for (const int c : {LayerTableModel::WeightSqnrColumn, LayerTableModel::LocalSqnrColumn,
                                LayerTableModel::CumulativeSqnrColumn}) {
                QVERIFY(!table->isColumnHidden(c));
                QVERIFY(table->columnViewportPosition(c) + table->columnWidth(c) <= table->viewport()->width());
            }
        }
    }

    void fixedOutputsAreChosenInTheScheme()
    {
        QVERIFY2(!sampleModelFile().isEmpty(), "the sample ships with the product");
        MainWindow w(false);
        w.show();
        QVERIFY(opened(w, sampleModelFile()));
        Document *doc = w.session()->document();
        auto *fixed = w.findChild<QComboBox *>(QStringLiteral("fixedOutputs"));
        const FixedOutputPolicy before = doc->recipe().fixedOutputs;
        const FixedOutputPolicy other =
            before == FixedOutputPolicy::Keep ? FixedOutputPolicy::Requantize : FixedOutputPolicy::Keep;
        QCOMPARE(fixed->currentData().toInt(), int(before));
        choose(fixed, int(other));
        QVERIFY(doc->recipe().fixedOutputs == other);
        QVERIFY(doc->hasUnsavedEdits());
        doc->undoStack()->undo();
        QVERIFY(doc->recipe().fixedOutputs == before);
        QCOMPARE(fixed->currentData().toInt(), int(before));
    }

    void arithmeticIsChosenInTheSchemeAndOverflowsAreIssues()
    {
        QVERIFY2(!sampleModelFile().isEmpty(), "the sample ships with the product");
        MainWindow w(false);
        w.show();
        QVERIFY(opened(w, sampleModelFile()));
        Session &s = *w.session();
        auto *arithmetic = w.findChild<QComboBox *>(QStringLiteral("arithmetic"));
        QCOMPARE(arithmetic->currentData().toInt(), int(s.document()->recipe().arithmetic));
        choose(arithmetic, int(Arithmetic::ShiftHalfEven));
        QVERIFY(s.document()->recipe().arithmetic == Arithmetic::ShiftHalfEven);
        QTRY_VERIFY_WITH_TIMEOUT(s.isIdle(), kPatience);
        QVERIFY(s.errorReport()->numerics == Numerics(Arithmetic::ShiftHalfEven));
        const auto *status = w.findChild<QLabel *>(QStringLiteral("resultStatus"));
        QVERIFY(status->text().contains(QStringLiteral("(shift-half-even)")));

        Recipe narrow = s.document()->recipe();
        narrow.accumulator.bits = 16;
        s.document()->editRecipe(QStringLiteral("16 bits"), narrow);
        QTRY_VERIFY_WITH_TIMEOUT(s.isIdle(), kPatience);
        const auto overflows = [&s] {
            const Diagnostics all = s.diagnostics(Session::Activity::Measure);
            return std::count_if(all.begin(), all.end(),
                                 [](const Diagnostic &d) { return d.message->id == "metrics.accumulator-overflow"; });
        };
        QVERIFY(overflows() > 0);
        QVERIFY(status->text().contains(QStringLiteral("shift-half-even, accumulators of 16 bits, saturating")));
        s.document()->undoStack()->undo();
        QTRY_VERIFY_WITH_TIMEOUT(s.isIdle(), kPatience);
        QCOMPARE(overflows(), 0);
    }

    void withoutSamplesOnlyWeightsAreMeasured()
    {
        QVERIFY2(!sampleModelFile().isEmpty(), "the sample ships with the product");
        MainWindow w(false);
        w.show();
        QVERIFY(opened(w, sampleModelFile()));
        w.session()->closeSamples();
        QTRY_VERIFY_WITH_TIMEOUT(w.session()->isIdle(), kPatience);
        QVERIFY(!w.session()->errorReport());
        QVERIFY(w.session()->weightReport());
        QCOMPARE(w.session()->errorState(), Session::ErrorState::NoSamples);
        QVERIFY(w.showPart(QStringLiteral("activations")));
        QVERIFY(w.findChild<QPushButton *>(QStringLiteral("chooseSamplesButton"))->isVisible());
    }

    void badFileIsToldInPlaceAndLeavesTheDocument()
    {
        MainWindow w(false);
        w.show();
        const bool sample = !sampleModelFile().isEmpty();
        if (sample)
            QVERIFY(opened(w, sampleModelFile()));
        const QString bad = m_folder.filePath(QStringLiteral("bad.tflite"));
        QFile file(bad);
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write("version https://git-lfs.github.com/spec/v1\n");
        file.close();
        QSignalSpy failed(w.session(), &Session::openFailed);
        w.open(bad);
        QVERIFY(failed.wait(kPatience));
        QVERIFY(w.findChild<Banner *>()->text().contains(QStringLiteral("bad.tflite")));
        QVERIFY(w.findChild<IssuesModel *>()->count(Severity::Error) >= 1);
        QCOMPARE(w.session()->document() != nullptr, sample);
    }

    void everyAcceptanceModelOpensQuietly_data()
    {
        QTest::addColumn<QString>("path");
        const QString folder = acceptanceFile(QStringLiteral("models"));
        if (folder.isEmpty()) {
            QTest::newRow("none") << QString();
            return;
        }
        for (const QFileInfo &f : QDir(folder).entryInfoList({QStringLiteral("*.tflite")}))
            QTest::newRow(qPrintable(f.fileName())) << f.absoluteFilePath();
    }
    void everyAcceptanceModelOpensQuietly()
    {
        QFETCH(const QString, path);
        if (path.isEmpty())
            QSKIP("skipped: no acceptance data");
        MainWindow w(false);
        w.resize(1280, 800);
        w.show();
        QVERIFY(opened(w, path));
        QTRY_VERIFY(w.findChild<GraphView *>(QStringLiteral("graphView"))->isReady());
        QVERIFY(!w.grab().isNull());
        QVERIFY(w.session()->conversion() || !w.session()->diagnostics().empty());
    }

    void themesChangeWhileOpen()
    {
        MainWindow w(false);
        w.show();
        w.findChild<QAction *>(QStringLiteral("themeDark"))->trigger();
        QVERIFY(isDarkTheme());
        QVERIFY(w.palette().color(QPalette::Window).lightness() < 100);
        w.findChild<QAction *>(QStringLiteral("themeLight"))->trigger();
        QVERIFY(!isDarkTheme());
    }

    // While a model is opened and edited.
    void theGuiThreadIsNeverHeldUp()
    {
        const QString mobilenet = acceptanceFile(QStringLiteral("models/mobilenet_v2_1.0_224_quant.tflite"));
        const QString model = mobilenet.isEmpty() ? sampleModelFile() : mobilenet;
        QVERIFY2(!model.isEmpty(), "the sample ships with the product");
        MainWindow w(false);
        w.show();
        QTest::qWait(200);
        StretchWatch watch;
        QVERIFY(opened(w, model));
        choose(w.findChild<QComboBox *>(QStringLiteral("profilePicker")), QStringLiteral("symmetric-pow2"));
        QTRY_VERIFY_WITH_TIMEOUT(w.session()->isIdle(), kPatience);
        w.session()->selection()->set({1, 2, 3, 4, 5}, 3);
        QTest::qWait(50);
        const double longest = watch.longest();
        qInfo("longest stretch: %.1f ms", longest);
#if !defined(__SANITIZE_ADDRESS__)
        QVERIFY2(longest < 50, qPrintable(QString::number(longest)));
#endif
    }

    void destroyedInTheMiddleOfItsJobs()
    {
        QVERIFY2(!sampleModelFile().isEmpty(), "the sample ships with the product");
        QElapsedTimer clock;
        {
            MainWindow w(false);
            w.show();
            QSignalSpy changed(w.session(), &Session::documentChanged);
            w.open(sampleModelFile());
            QVERIFY(changed.wait(kPatience));
            QTest::qWait(50);
            clock.start();
        }
        QVERIFY(clock.elapsed() < 20'000);
    }

private:
    QTemporaryDir m_folder;
    LogCatcher m_log;
};

QTEST_MAIN(WindowTest)
#include "window_test.moc"
