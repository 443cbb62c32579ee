// SPDX-License-Identifier: GPL-3.0-or-later
// Preliminary results after an edit: they come first, say that they are preliminary, and give way to those asked for.
#include "core/convert/convert.h"
#include "core/metrics/errors.h"
#include "core/scheme/recipejson.h"
#include "tests/ui/fixtures.h"
#include "ui/logic/document.h"
#include "ui/logic/exporter.h"
#include "ui/logic/issuesmodel.h"
#include "ui/logic/places.h"
#include "ui/logic/recipeedit.h"
#include "ui/logic/session.h"

#include <QElapsedTimer>
#include <QFileInfo>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

using namespace requant;
using namespace requant::test;

namespace {

constexpr int kPatience = 240'000;

// The sample, or the model of REQUANT_MODEL with the samples of REQUANT_SAMPLES, to measure with.
QString model()
{
    return qEnvironmentVariable("REQUANT_MODEL", sampleModelFile());
}

void edit(Session &s, int op, ElementType type)
{
    FieldEdit e{ConfigPart::Activations, {}};
    e.set.type = type;
    s.document()->editRecipe(QStringLiteral("edit"),
                             withFields(*s.document()->model(), s.document()->recipe(), {op}, e));
}

} // namespace

class PreliminaryTest : public QObject
{
    Q_OBJECT
private slots:
    void anEditIsShownQuicklyAndThenAsAskedFor()
    {
        QVERIFY2(!model().isEmpty(), "the sample ships with the product");
        Session s;
        s.setStartRecipe(fromProfile(*findProfile("symmetric"), {}, false));
        QSignalSpy opened(&s, &Session::documentChanged);
        s.open(model());
        QVERIFY(opened.wait(kPatience));
        s.openSamples(qEnvironmentVariable("REQUANT_SAMPLES", samplesOf(model())));
        QTRY_VERIFY_WITH_TIMEOUT(s.isIdle() && s.conversion(), kPatience);
        QVERIFY(!s.isConversionPreliminary() && !s.isErrorReportPreliminary());

        // The second edit finds what the first one left; later ones are like it.
        for (const auto &[op, type] : {std::pair(3, ElementType::Int16), std::pair(5, ElementType::Int16), std::pair(3, ElementType::Int8)}) {
            QElapsedTimer clock;
            qint64 first = -1, local = -1, whole = -1;
            bool saidPreliminary = false;
            const auto connection = connect(&s, &Session::resultsChanged, this, [&] {
                if (first < 0 && s.conversion() && !s.isConversionStale()) {
                    first = clock.elapsed();
                    saidPreliminary = s.isConversionPreliminary();
                }
                if (local < 0 && s.localReport() && !s.isLocalReportStale())
                    local = clock.elapsed();
                if (whole < 0 && s.errorReport() && !s.isErrorReportStale())
                    whole = clock.elapsed();
            });
            clock.start();
            edit(s, op, type);
            QVERIFY(s.isConversionStale());
            QTRY_VERIFY_WITH_TIMEOUT(s.isIdle(), kPatience);
            disconnect(connection);
            qInfo("after an edit: converted in %lld ms%s, errors of layers alone %lld ms, of all layers %lld ms, as asked for %lld ms", first,
                  saidPreliminary ? " (preliminary)" : "", local, whole, clock.elapsed());
            QVERIFY(first >= 0 && first <= clock.elapsed());
            QVERIFY(!s.isConversionStale() && !s.isConversionPreliminary() && !s.isErrorReportPreliminary());
        }
        if (s.samples()) { // layer 5 alone is int16
            const auto costs = s.boundaryCosts();
            QVERIFY(!costs.empty());
            const auto issues = issuesOf(*s.conversion(), s.document()->graph(), costs);
            const auto told = std::count_if(issues.begin(), issues.end(), [](const Issue &i) {
                return i.kind == IssueKind::Boundary && i.text.contains(QStringLiteral("of what it reads"));
            });
            QVERIFY(told > 0);
        }
        QVERIFY(s.conversion()->recipe == s.document()->recipe());
        // What came last is what a conversion without the quick one gives.
        ConvertInput input;
        input.model = s.document()->model();
        input.recipe = s.document()->recipe();
        if (!s.samples()) {
            const auto alone = convert(input);
            QVERIFY(alone);
            const auto &a = alone->model->subgraphs.front().tensors,
                       &b = s.conversion()->model->subgraphs.front().tensors;
            QCOMPARE(a.size(), b.size());
            for (std::size_t i = 0; i < a.size(); ++i)
                QVERIFY(a[i].quant.sameGrid(b[i].quant));
        }
    }

    void preliminaryConversionsAreNotExportedAndGiveWayToEdits()
    {
        QVERIFY2(!model().isEmpty(), "the sample ships with the product");
        Session s;
        s.setStartRecipe(fromProfile(*findProfile("symmetric-pow2"), {}, false));
        QSignalSpy opened(&s, &Session::documentChanged);
        s.open(model());
        QVERIFY(opened.wait(kPatience));
        // The first conversion of a model is preliminary, since nobody knows yet how long one takes.
        QTRY_VERIFY_WITH_TIMEOUT(s.conversion() != nullptr, kPatience);
        QVERIFY(s.isConversionPreliminary());
        QTemporaryDir folder;
        ExportRequest request;
        request.folder = folder.path();
        request.name = QStringLiteral("out");
        request.formats = {Format::Tflite};
        QSignalSpy exported(&s, &Session::exportFinished);
        s.exportTo(request);
        QCOMPARE(exported.count(), 0);
        QVERIFY(!QFileInfo::exists(folder.filePath(QStringLiteral("out.tflite"))));
        for (int i = 0; i < 6; ++i) {
            edit(s, 3, i % 2 ? ElementType::Int16 : ElementType::Int8);
            QTest::qWait(20);
        }
        QTRY_VERIFY_WITH_TIMEOUT(s.isIdle(), kPatience);
        QVERIFY(!s.isConversionStale() && !s.isConversionPreliminary());
        QVERIFY(s.conversion()->recipe == s.document()->recipe());
    }
    void aRecipeThatIsFastAnywayHasNoPreliminaryResults()
    {
        QVERIFY2(!sampleModelFile().isEmpty(), "the sample ships with the product");
        Session s;
        Recipe naive = fromProfile(*findProfile("symmetric"), {}, false);
        naive.algorithms = Algorithms::naive();
        s.setStartRecipe(naive);
        bool preliminary = false;
        connect(&s, &Session::resultsChanged, this, [&] { preliminary |= s.isConversionPreliminary(); });
        QSignalSpy opened(&s, &Session::documentChanged);
        s.open(sampleModelFile());
        QVERIFY(opened.wait(kPatience));
        QTRY_VERIFY_WITH_TIMEOUT(s.isIdle() && s.conversion(), kPatience);
        QVERIFY(!preliminary);
    }
};

QTEST_GUILESS_MAIN(PreliminaryTest)
#include "preliminary_test.moc"
