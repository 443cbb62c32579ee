// SPDX-License-Identifier: GPL-3.0-or-later
// The export dialog and what it makes: files, their proof step by step, and the texts.
#include "core/base/files.h"
#include "core/convert/carray.h"
#include "tests/ui/fixtures.h"
#include "ui/logic/document.h"
#include "ui/logic/exporter.h"
#include "ui/logic/places.h"
#include "ui/logic/reportpdf.h"
#include "ui/logic/session.h"
#include "ui/widgets/exportdialog.h"
#include "ui/widgets/theme/theme.h"

#include <QApplication>
#include <QCheckBox>
#include <QComboBox>
#include <QDir>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QPointer>
#include <QPushButton>
#include <QSettings>
#include <QSignalSpy>
#include <QTableWidget>
#include <QTemporaryDir>
#include <QTest>

using namespace requant;
using namespace requant::test;

namespace {

constexpr int kPatience = 120'000;

template <class T>
T *part(QWidget &w, const char *name)
{
    return w.findChild<T *>(QLatin1String(name));
}

} // namespace

class ExportTest : public QObject
{
    Q_OBJECT
private slots:
    void initTestCase()
    {
        QVERIFY(m_folder.isValid());
        isolateSettings(m_folder.path());
        applyTheme(*qApp, Theme::Light);
        Recipe recipe = findProfile("symmetric")->recipe;
        recipe.effort = Effort::Fast;
        m_session.setStartRecipe(recipe);
        QSignalSpy opened(&m_session, &Session::documentChanged);
        m_session.open(sampleModelFile());
        QVERIFY(opened.wait(kPatience));
        QTRY_VERIFY_WITH_TIMEOUT(m_session.isIdle() && m_session.conversion(), kPatience);
    }
    void init() { QSettings().clear(); }
    void cleanup() { QCOMPARE(LogCatcher::taken(), QStringList()); }

    void everyFormatIsWrittenAndProvedStepByStep()
    {
        ExportDialog dialog(&m_session);
        dialog.setAttribute(Qt::WA_DeleteOnClose, false);
        dialog.show();
        const QDir out(m_folder.filePath(QStringLiteral("all")));
        part<QLineEdit>(dialog, "exportFolder")->setText(out.path());
        part<QLineEdit>(dialog, "exportName")->setText(QStringLiteral("net"));
        for (const char *name :
             {"exportModel", "exportArray", "exportRecipe", "exportReport", "exportPdf", "exportCsv", "exportJson"})
            part<QCheckBox>(dialog, name)->setChecked(true);
        auto *inputs = part<QComboBox>(dialog, "exportInputs"), *outputs = part<QComboBox>(dialog, "exportOutputs");
        inputs->setCurrentIndex(inputs->findData(int(ElementType::UInt8)));
        outputs->setCurrentIndex(outputs->findData(int(ElementType::Float32)));
        const auto *contents = part<QTableWidget>(dialog, "exportContents");
        QStringList shown;
        for (int i = 0; i < contents->rowCount(); ++i)
            shown << contents->item(i, 0)->text() + u'=' + contents->item(i, 1)->text();
        QVERIFY2(shown.filter(QStringLiteral("Inputs=uint8 1x28x28x1")).size() == 1, qPrintable(shown.join(u'\n')));
        QVERIFY(shown.filter(QStringLiteral("Outputs=float32 1x10")).size() == 1);
        QVERIFY(shown.filter(QStringLiteral("2 at inputs and outputs")).size() == 1);

        QSignalSpy finished(&m_session, &Session::exportFinished);
        part<QPushButton>(dialog, "exportStart")->click();
        QVERIFY(finished.wait(kPatience));
        const QString said = part<QLabel>(dialog, "exportResult")->text();
        QVERIFY2(m_session.lastExport(), qPrintable(said));
        QVERIFY(m_session.lastExport()->good);
        QVERIFY2(said.contains(QStringLiteral("byte-equal to the simulation on 4 samples")), qPrintable(said));
        QCOMPARE(out.entryList(QDir::Files, QDir::Name),
                 (QStringList{QStringLiteral("net.cc"), QStringLiteral("net.csv"), QStringLiteral("net.h"),
                              QStringLiteral("net.html"), QStringLiteral("net.json"), QStringLiteral("net.pdf"),
                              QStringLiteral("net.recipe.json"), QStringLiteral("net.tflite")}));
        const auto *steps = part<QListWidget>(dialog, "exportSteps");
        QVERIFY(steps->isVisible());
        QStringList lines;
        for (int i = 0; i < steps->count(); ++i)
            lines << steps->item(i)->text();
        QCOMPARE(lines.size(), 8);
        QCOMPARE(lines[1], QStringLiteral("Read net.tflite back: every field is what was meant"));
        QCOMPARE(lines[2], QStringLiteral("Verify the runtime's rules: 0 rule violations"));
        QCOMPARE(lines[3], QStringLiteral("Simulate the written file: outputs byte-equal on 4 samples"));
        QVERIFY(lines[5].startsWith(QStringLiteral("Read the array back from net.cc: byte-equal to the model")));

        // Another choice takes the verdict back; what is there would be replaced.
        part<QCheckBox>(dialog, "exportJson")->setChecked(false);
        QVERIFY(part<QLabel>(dialog, "exportResult")->text().isEmpty());
        QVERIFY(!steps->isVisible());
        QVERIFY(part<QLabel>(dialog, "exportReplaced")->text().contains(QStringLiteral("net.pdf")));
        QCOMPARE(part<QPushButton>(dialog, "exportStart")->text(), QStringLiteral("Replace"));
    }

    void choicesAreRememberedFromExportToExport()
    {
        {
            ExportDialog dialog(&m_session);
            dialog.setAttribute(Qt::WA_DeleteOnClose, false);
            part<QLineEdit>(dialog, "exportFolder")->setText(m_folder.filePath(QStringLiteral("again")));
            for (const char *name : {"exportModel", "exportReport"})
                part<QCheckBox>(dialog, name)->setChecked(false);
            part<QCheckBox>(dialog, "exportCsv")->setChecked(true);
            QSignalSpy finished(&m_session, &Session::exportFinished);
            part<QPushButton>(dialog, "exportStart")->click();
            QVERIFY(finished.wait(kPatience));
            QVERIFY(m_session.lastExport());
            QCOMPARE(m_session.lastExport()->files.size(), 2);
            QVERIFY(!part<QComboBox>(dialog, "exportInputs")->isEnabled()); // no model is written
        }
        ExportDialog dialog(&m_session);
        dialog.setAttribute(Qt::WA_DeleteOnClose, false);
        QVERIFY(!part<QCheckBox>(dialog, "exportModel")->isChecked());
        QVERIFY(part<QCheckBox>(dialog, "exportCsv")->isChecked());
        QCOMPARE(part<QLineEdit>(dialog, "exportFolder")->text(), m_folder.filePath(QStringLiteral("again")));
    }

    void whatCannotBeWrittenIsSaidInPlace()
    {
        ExportDialog dialog(&m_session);
        dialog.setAttribute(Qt::WA_DeleteOnClose, false);
        dialog.show();
        // A folder where the model's file should be.
        QVERIFY(QDir(m_folder.path()).mkpath(QStringLiteral("taken/net.tflite")));
        part<QLineEdit>(dialog, "exportFolder")->setText(m_folder.filePath(QStringLiteral("taken")));
        auto *name = part<QLineEdit>(dialog, "exportName");
        name->setText(QStringLiteral("net"));
        QSignalSpy finished(&m_session, &Session::exportFinished);
        part<QPushButton>(dialog, "exportStart")->click();
        QVERIFY(finished.wait(kPatience));
        QVERIFY(!m_session.lastExport());
        QVERIFY(part<QLabel>(dialog, "exportResult")->text().contains(QStringLiteral("net.tflite")));
        QVERIFY(part<QListWidget>(dialog, "exportSteps")->item(0)->text().contains(QStringLiteral("cannot write")));
        QCOMPARE(
            QDir(m_folder.filePath(QStringLiteral("taken"))).entryList(QDir::AllEntries | QDir::NoDotAndDotDot).size(),
            1);
        name->setText(QStringLiteral("a/b"));
        QVERIFY(!part<QPushButton>(dialog, "exportStart")->isEnabled());
        name->clear();
        QVERIFY(!part<QPushButton>(dialog, "exportStart")->isEnabled());
    }

    void closingTheDialogWhileItWritesIsHarmless()
    {
        QPointer<ExportDialog> dialog = new ExportDialog(&m_session);
        dialog->show();
        part<QLineEdit>(*dialog, "exportFolder")->setText(m_folder.filePath(QStringLiteral("closed")));
        QSignalSpy finished(&m_session, &Session::exportFinished);
        part<QPushButton>(*dialog, "exportStart")->click();
        dialog->close();
        QVERIFY(finished.wait(kPatience));
        QTRY_VERIFY(!dialog);
        QVERIFY(m_session.lastExport());
    }

    void thePdfHasPagesAndIsWhole()
    {
        const ErrorReport errors = measureWeights(m_session.conversion()->compared());
        const ReportSource source{{"net.tflite", std::string(64, 'a'), 123}, m_session.conversion()->source, {}, 0};
        const QByteArray pdf =
            reportPdf(source, {"symmetric", "Symmetric", m_session.conversion().get(), &errors, {}, {}});
        QVERIFY(pdf.startsWith("%PDF-"));
        QVERIFY(pdf.trimmed().endsWith("%%EOF"));
        const auto pages = pdf.count("/Type /Page\n");
        QVERIFY2(pages >= 2 && pages <= 6, qPrintable(QString::number(pages)));
    }

    void chartsOfThePdfStandAlone()
    {
        const auto report = m_session.errorReport() ? m_session.errorReport() : m_session.weightReport();
        const ReportTarget target{"symmetric", "Symmetric", m_session.conversion().get(), report.get(), {}, {}};
        const auto charts = reportCharts(target, *m_session.conversion()->source);
        QCOMPARE(charts.size(), std::size_t(3));
        for (const ReportChart &c : charts) {
            const QString svg = QString::fromStdString(c.svg);
            QVERIFY(svg.startsWith(QStringLiteral("<svg xmlns=")));
            QVERIFY(svg.endsWith(QStringLiteral("</svg>")));
            QVERIFY2(!svg.contains(QStringLiteral("class=")), "a mark whose look only the page's style sheet knows");
            QVERIFY(!svg.contains(QStringLiteral("tspan")));
        }
    }

private:
    QTemporaryDir m_folder;
    LogCatcher m_log;
    Session m_session;
};

QTEST_MAIN(ExportTest)
#include "export_test.moc"
