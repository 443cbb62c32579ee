// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/convert/convert.h"
#include "core/scheme/scheme.h"
#include "tests/ui/fixtures.h"
#include "ui/logic/document.h"
#include "ui/logic/issuesmodel.h"
#include "ui/logic/jobrunner.h"
#include "ui/logic/layertablemodel.h"
#include "ui/logic/recipeedit.h"
#include "ui/logic/selection.h"
#include "ui/logic/texts.h"

#include <QAbstractItemModelTester>
#include <QSignalSpy>
#include <QTest>
#include <QThread>

#include <cmath>
#include <limits>

using namespace requant;
using namespace requant::test;

namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();

std::shared_ptr<const ErrorReport> report(std::initializer_list<std::pair<int, double>> localSqnr)
{
    auto r = std::make_shared<ErrorReport>();
    for (const auto &[op, db] : localSqnr) {
        LayerError l;
        l.source = OperatorIndex{op};
        l.local = ValueError{};
        l.local->sqnrDb = db;
        r->layers.push_back(l);
    }
    r->samples = 1;
    return r;
}

Recipe named(const char *name)
{
    Recipe r;
    r.description = name;
    return r;
}

TensorConfig type(ElementType t)
{
    TensorConfig c;
    c.type = t;
    return c;
}

ElementType wishedType(const Model &m, const Recipe &r, int op)
{
    const auto &g = m.subgraphs.front();
    return assignScheme(m, r).tensors[g.operators[std::size_t(op)].outputs.front().pos()].type;
}

} // namespace

class LogicTest : public QObject
{
    Q_OBJECT
private slots:
    // texts
    void powersOfTwoAreWrittenAsPowers()
    {
        QCOMPARE(scaleText(0.0078125), QStringLiteral("2^-7"));
        QCOMPARE(scaleText(1), QStringLiteral("2^0"));
        QCOMPARE(scaleText(4), QStringLiteral("2^2"));
        QCOMPARE(scaleText(0.0470588235), QStringLiteral("0.04706"));
        QCOMPARE(scaleText(0), QStringLiteral("\u2013"));
        QVERIFY(scaleToolTip(0.0078125).contains(QStringLiteral("0.0078125")));
    }
    void decibelsHaveOneDecimalAndTheirUnit()
    {
        QCOMPARE(dbText(18.249), QStringLiteral("18.2 dB"));
        QCOMPARE(dbText(-0.5), QStringLiteral("-0.5 dB"));
        QCOMPARE(dbText(kInf), QStringLiteral("exact"));
        QCOMPARE(dbText(NAN), noText());
        QCOMPARE(percentText(0.9671), QStringLiteral("96.7 %"));
        QCOMPARE(countText(1, "sample", "samples"), QStringLiteral("1 sample"));
    }
    void badgeTellsTypeSymmetryPowersAndChannels()
    {
        QCOMPARE(gridBadge(ElementType::Int8, QuantParams::perTensor(0.25f, 0)), QStringLiteral("i8 S P2"));
        QCOMPARE(gridBadge(ElementType::UInt8, QuantParams::perTensor(0.3f, 7)), QStringLiteral("u8 A"));
        QuantParams channels;
        channels.scale = {0.25f, 0.3f};
        channels.zeroPoint = {0, 0};
        QCOMPARE(gridBadge(ElementType::Int8, channels), QStringLiteral("i8 S C"));
        QCOMPARE(gridBadge(ElementType::Float32, {}), QString());
    }
    void findingsFillTheirArguments()
    {
        static constexpr Message kText{"test.text", "%2 before %1"};
        Diagnostic d = makeWarning(kText, {"one", "%1"});
        QCOMPARE(diagnosticText(d), QStringLiteral("%1 before one")); // an argument is not filled again
        d.file = "x.tflite";
        QCOMPARE(diagnosticText(d), QStringLiteral("x.tflite: %1 before one"));
    }
    void locationsLeadToOperators()
    {
        const auto m = fourLayers();
        const GraphIndex index(m->subgraphs.front());
        QCOMPARE(operatorAt(*m, index, OperatorRef{SubgraphIndex{0}, OperatorIndex{2}}), 2);
        QCOMPARE(operatorAt(*m, index, TensorRef{SubgraphIndex{0}, TensorIndex{3}}), 2);
        QCOMPARE(operatorAt(*m, index, TensorRef{SubgraphIndex{0}, TensorIndex{0}}), 0); // first consumer
        QCOMPARE(operatorAt(*m, index, TensorRef{SubgraphIndex{0}, TensorIndex{99}}), -1);
        QCOMPARE(operatorAt(*m, index, OperatorRef{SubgraphIndex{1}, OperatorIndex{0}}), -1);
        QCOMPARE(operatorAt(*m, index, {}), -1);
    }

    // document
    void undoRestoresAndRedoRepeats()
    {
        Document doc(fourLayers(), {}, {});
        QSignalSpy spy(&doc, &Document::recipeChanged);
        const auto revision = doc.revision();
        doc.editRecipe(QStringLiteral("one"), named("one"));
        doc.editRecipe(QStringLiteral("same"), named("one")); // equal: nothing
        QCOMPARE(doc.undoStack()->count(), 1);
        doc.undoStack()->undo();
        QVERIFY(doc.recipe() == Recipe{});
        doc.undoStack()->redo();
        QVERIFY(doc.recipe() == named("one"));
        QCOMPARE(spy.count(), 3);
        QCOMPARE(doc.revision(), revision + 3);
    }
    void editsOfOneFieldMergeAndVanishAtTheirStart()
    {
        Document doc(fourLayers(), {}, {});
        doc.editRecipe(QStringLiteral("one"), named("one"), 7);
        doc.editRecipe(QStringLiteral("two"), named("two"), 7);
        QCOMPARE(doc.undoStack()->count(), 1);
        QCOMPARE(doc.undoStack()->undoText(), QStringLiteral("two"));
        doc.editRecipe(QStringLiteral("other"), named("three"), 8);
        QCOMPARE(doc.undoStack()->count(), 2);
        doc.undoStack()->undo();
        QVERIFY(doc.recipe() == named("two"));
        doc.undoStack()->undo();
        QVERIFY(doc.recipe() == Recipe{});
        doc.undoStack()->redo();
        doc.editRecipe(QStringLiteral("back"), Recipe{}, 7);
        QCOMPARE(doc.undoStack()->count(), 0);
        QVERIFY(!doc.undoStack()->canRedo());
    }
    void savingMarksTheCleanState()
    {
        Document doc(fourLayers(), {}, {});
        doc.editRecipe(QStringLiteral("one"), named("one"), 7);
        QVERIFY(!doc.undoStack()->isClean());
        doc.markRecipeSaved();
        QVERIFY(doc.undoStack()->isClean());
        doc.editRecipe(QStringLiteral("two"), named("two"), 7); // does not merge into what was saved
        QVERIFY(!doc.undoStack()->isClean());
        doc.undoStack()->undo();
        QVERIFY(doc.undoStack()->isClean());
    }

    // selection
    void selectionIsSortedAndSaysEachChangeOnce()
    {
        Selection s;
        QSignalSpy spy(&s, &Selection::changed);
        s.set({5, 1, 5, -2}, 5);
        QCOMPARE(s.operators(), (std::vector<int>{1, 5}));
        QCOMPARE(s.current(), 5);
        s.set({1, 5}, 5);
        QCOMPARE(spy.count(), 1);
        s.toggle(3);
        QCOMPARE(s.operators(), (std::vector<int>{1, 3, 5}));
        QCOMPARE(s.current(), 3);
        s.toggle(3);
        QCOMPARE(s.operators(), (std::vector<int>{1, 5}));
        s.clear();
        QCOMPARE(s.current(), -1);
        QCOMPARE(spy.count(), 4);
    }

    // recipe edits
    void oneLayerGetsARuleByItsName()
    {
        const auto m = fourLayers();
        const Recipe r = withFields(*m, {}, {1}, {ConfigPart::Activations, type(ElementType::Int16)});
        QCOMPARE(r.rules.size(), std::size_t(1));
        QCOMPARE(r.rules[0].name, std::string("net/b"));
        QCOMPARE(wishedType(*m, r, 1), ElementType::Int16);
        QCOMPARE(wishedType(*m, r, 0), ElementType::Int8);
    }
    void rulesMatchExactlyTheLayersAskedFor()
    {
        const auto m = fourLayers();
        for (unsigned bits = 1; bits < 16; ++bits) {
            std::vector<int> ops;
            for (int i = 0; i < 4; ++i) {
                if (bits & (1u << i))
                    ops.push_back(i);
            }
            std::vector<int> hit;
            for (int i = 0; i < 4; ++i) {
                for (const Rule &r : rulesFor(*m, ops)) {
                    if (ruleMatches(r, m->subgraphs.front(), OperatorIndex{i})) {
                        hit.push_back(i);
                        break;
                    }
                }
            }
            QCOMPARE(hit, ops);
        }
    }
    void laterEditsOfTheSameLayersChangeTheirRule()
    {
        const auto m = fourLayers();
        Recipe r = withFields(*m, {}, {0, 3}, {ConfigPart::Activations, type(ElementType::Int16)});
        r = withFields(*m, r, {0, 3}, {ConfigPart::Activations, type(ElementType::UInt8)});
        TensorConfig symmetric;
        symmetric.symmetry = Symmetry::Symmetric;
        r = withFields(*m, r, {3, 0}, {ConfigPart::Activations, symmetric});
        QCOMPARE(r.rules.size(), std::size_t(1));
        QCOMPARE(*r.rules[0].activations.type, ElementType::UInt8);
        QCOMPARE(*r.rules[0].activations.symmetry, Symmetry::Symmetric);
    }
    void aWiderEditTakesTheFieldFromNarrowerRules()
    {
        const auto m = fourLayers();
        Recipe r = withFields(*m, {}, {1}, {ConfigPart::Activations, type(ElementType::Int16)});
        r = withFields(*m, r, {0, 1, 2, 3}, {ConfigPart::Activations, type(ElementType::UInt8)});
        QCOMPARE(r.rules.size(), std::size_t(1));
        for (int i = 0; i < 4; ++i)
            QCOMPARE(wishedType(*m, r, i), ElementType::UInt8);
    }
    void anEditWinsOverALaterRuleThatOverlaps()
    {
        const auto m = fourLayers();
        Recipe r = withFields(*m, {}, {0}, {ConfigPart::Activations, type(ElementType::Int16)});
        r = withFields(*m, r, {0, 1}, {ConfigPart::Activations, type(ElementType::UInt8)});
        r = withFields(*m, r, {0}, {ConfigPart::Activations, type(ElementType::Int16)});
        QCOMPARE(wishedType(*m, r, 0), ElementType::Int16);
        QCOMPARE(wishedType(*m, r, 1), ElementType::UInt8);
    }
    void resetKeepsTheRulesOfOtherLayers()
    {
        const auto m = fourLayers();
        Recipe r = withFields(*m, {}, {0, 1, 2}, {ConfigPart::Activations, type(ElementType::Int16)});
        QVERIFY(hasLayerRules(*m, r, {1}));
        r = withoutLayerRules(*m, r, {1});
        QVERIFY(!hasLayerRules(*m, r, {1}));
        QCOMPARE(wishedType(*m, r, 0), ElementType::Int16);
        QCOMPARE(wishedType(*m, r, 1), ElementType::Int8);
        QCOMPARE(wishedType(*m, r, 2), ElementType::Int16);
    }
    void aProfilesRulesAreNotLayerRules()
    {
        const auto m = fourLayers();
        const Profile *p = findProfile("symmetric");
        QVERIFY(p);
        Recipe r = fromProfile(*p, {}, false);
        QCOMPARE(profileRules(r), p->recipe.rules.size());
        QVERIFY(!hasLayerRules(*m, r, {0, 1, 2, 3}));
        const Recipe edited = withFields(*m, r, {2}, {ConfigPart::Activations, type(ElementType::Int16)});
        QCOMPARE(profileRules(edited), p->recipe.rules.size());
        QVERIFY(withoutLayerRules(*m, edited, {2}) == r);
    }
    void mixedValuesAreSaidToBeMixed()
    {
        const auto m = fourLayers();
        const Recipe r = withFields(*m, {}, {1}, {ConfigPart::Activations, type(ElementType::Int16)});
        const auto one = commonConfig(*m, r, {1}, ConfigPart::Activations);
        QCOMPARE(one.tensors, 1);
        QVERIFY(one.type.value == ElementType::Int16 && !one.type.mixed);
        const auto two = commonConfig(*m, r, {0, 1}, ConfigPart::Activations);
        QVERIFY(!two.type.value && two.type.mixed);
        QCOMPARE(commonConfig(*m, r, {0}, ConfigPart::Weights).tensors, 0);
    }

    // item models
    void layerTableKeepsItsRowsThroughResults()
    {
        LayerTableModel model;
        QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        LayerFilterModel proxy;
        proxy.setSourceModel(&model);
        QAbstractItemModelTester proxyTester(&proxy, QAbstractItemModelTester::FailureReportingMode::QtTest);
        QSignalSpy resets(&model, &QAbstractItemModel::modelReset);
        model.setModel(fourLayers());
        QCOMPARE(model.rowCount(), 4);
        QCOMPARE(model.index(2, LayerTableModel::OperatorColumn).data().toString(), QStringLiteral("ADD"));
        QCOMPARE(model.index(2, LayerTableModel::ScaleColumn).data().toString(), QStringLiteral("2^-1"));
        QCOMPARE(model.index(2, LayerTableModel::LocalSqnrColumn).data().toString(), noText());
        const auto r = report({{0, 30.04}, {2, kInf}});
        model.setReports({r, false}, {r, true}, {r, true});
        QCOMPARE(resets.count(), 1);
        QCOMPARE(model.index(0, LayerTableModel::LocalSqnrColumn).data().toString(), QStringLiteral("30.0"));
        QCOMPARE(model.index(2, LayerTableModel::LocalSqnrColumn).data().toString(), QStringLiteral("exact"));
        QVERIFY(model.index(0, LayerTableModel::LocalSqnrColumn).data(LayerTableModel::StaleRole).toBool());
        QVERIFY(!model.index(0, LayerTableModel::WeightSqnrColumn).data(LayerTableModel::StaleRole).toBool());
        // Layers alone are known before the rest.
        const auto alone = report({{0, 31.04}});
        model.setReports({r, false}, {alone, false}, {r, true});
        QCOMPARE(model.index(0, LayerTableModel::LocalSqnrColumn).data().toString(), QStringLiteral("31.0"));
        QCOMPARE(model.index(2, LayerTableModel::LocalSqnrColumn).data().toString(), noText());
        QVERIFY(!model.index(0, LayerTableModel::LocalSqnrColumn).data(LayerTableModel::StaleRole).toBool());
        QVERIFY(model.index(0, LayerTableModel::CumulativeSqnrColumn).data(LayerTableModel::StaleRole).toBool());
        QCOMPARE(model.index(0, LayerTableModel::OverflowColumn).data().toString(), noText());
        auto counted = std::make_shared<ErrorReport>(*r);
        counted->layers[0].counters = LayerCounters{200, 50, 400, 10, 0};
        model.setReports({r, false}, {r, false}, {counted, false});
        QCOMPARE(model.index(0, LayerTableModel::ClippedColumn).data().toString(), QStringLiteral("25.0"));
        QCOMPARE(model.index(0, LayerTableModel::OverflowColumn).data().toString(), QStringLiteral("2.5"));
        QCOMPARE(model.index(0, LayerTableModel::OverflowColumn).data(Qt::ToolTipRole).toString(), QStringLiteral("10 of 400 sums"));
        QCOMPARE(model.index(2, LayerTableModel::ClippedColumn).data().toString(), noText());
        model.setModel(nullptr);
        QCOMPARE(model.rowCount(), 0);
    }
    void unknownNumbersSortLastInBothOrders()
    {
        LayerTableModel model;
        LayerFilterModel proxy;
        proxy.setSourceModel(&model);
        model.setModel(fourLayers());
        const auto r = report({{0, 30}, {2, 10}, {3, 20}}); // layer 1 has none
        model.setReports({r, false}, {r, false}, {r, false});
        const auto order = [&](Qt::SortOrder o) {
            proxy.sort(LayerTableModel::LocalSqnrColumn, o);
            std::vector<int> ops;
            for (int i = 0; i < proxy.rowCount(); ++i)
                ops.push_back(proxy.operatorAt(proxy.index(i, 0)));
            return ops;
        };
        QCOMPARE(order(Qt::AscendingOrder), (std::vector<int>{2, 3, 0, 1}));
        QCOMPARE(order(Qt::DescendingOrder), (std::vector<int>{0, 3, 2, 1}));
    }
    void filterKeepsRowsWithEveryWord()
    {
        LayerTableModel model;
        LayerFilterModel proxy;
        proxy.setSourceModel(&model);
        model.setModel(fourLayers());
        proxy.setFilterText(QStringLiteral("relu NET/b"));
        QCOMPARE(proxy.rowCount(), 1);
        QCOMPARE(proxy.operatorAt(proxy.index(0, 0)), 1);
        QVERIFY(!proxy.indexOfOperator(0).isValid());
        proxy.setFilterText({});
        QCOMPARE(proxy.rowCount(), 4);
    }
    void issuesAreFilteredByKindAndLayer()
    {
        IssuesModel model;
        QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        IssuesFilterModel proxy;
        proxy.setSourceModel(&model);
        model.setIssues({{IssueKind::Finding, Severity::Error, 1, {}, QStringLiteral("x"), {}},
                         {IssueKind::Adjustment, Severity::Note, 2, {}, QStringLiteral("y"), {}},
                         {IssueKind::Boundary, Severity::Note, 2, {}, QStringLiteral("z"), {}}});
        QCOMPARE(model.count(Severity::Error), 1);
        QCOMPARE(proxy.rowCount(), 3);
        proxy.setShown(IssuesFilterModel::Show::Boundaries);
        QCOMPARE(proxy.rowCount(), 1);
        proxy.setShown(IssuesFilterModel::Show::All);
        proxy.setOnlyOperators({2}, true);
        QCOMPARE(proxy.rowCount(), 2);
    }

    void findingsLeadToTheSourcesLayers()
    {
        static constexpr Message kFound{"verify.test", "found"};
        Conversion c; // convert() places its findings in the source
        c.source = fourLayers();
        c.model = c.source;
        c.diagnostics = {makeError(kFound, {}, OperatorRef{SubgraphIndex{0}, OperatorIndex{2}}),
                         makeError(kFound, {}, TensorRef{SubgraphIndex{0}, TensorIndex{1}}), makeNote(kFound)};
        const auto issues = issuesOf(c, GraphIndex(c.source->subgraphs.front()));
        QCOMPARE(issues.size(), std::size_t(3));
        QCOMPARE(issues[0].op, 2);
        QCOMPARE(issues[1].op, 0); // the layer that makes the tensor
        QCOMPARE(issues[2].op, -1);
    }

    // jobs
    void jobEndsInTheGuiThread()
    {
        JobRunner jobs;
        QThread *worked = nullptr, *ended = nullptr;
        int got = 0;
        jobs.start(
            QStringLiteral("count"),
            [&worked](const RunControl &run) -> Result<int> {
                worked = QThread::currentThread();
                return run.step(1, 4, "one") ? 42 : 0;
            },
            [&](Result<int> r) {
                got = *r;
                ended = QThread::currentThread();
            });
        QVERIFY(jobs.isRunning());
        QTRY_COMPARE(got, 42);
        QCOMPARE(ended, thread());
        QVERIFY(worked != thread());
        QVERIFY(!jobs.isRunning());
    }
    void overtakenJobIsStoppedAndNeverDelivered()
    {
        JobRunner jobs;
        std::atomic<bool> stopped{false};
        int oldDone = 0, newDone = 0;
        jobs.start(
            QStringLiteral("old"),
            [&stopped](const RunControl &run) -> Result<int> {
                while (run.step(0, 1, "spin"))
                    QThread::msleep(1);
                stopped = true;
                return cancelledError();
            },
            [&](Result<int>) { ++oldDone; });
        jobs.start(
            QStringLiteral("new"), [](const RunControl &) -> Result<int> { return 1; },
            [&](Result<int>) { ++newDone; });
        QTRY_COMPARE(newDone, 1);
        QTRY_VERIFY(stopped.load());
        QTest::qWait(20);
        QCOMPARE(oldDone, 0);
    }
    void cancelEndsWithinATenthOfASecond()
    {
        JobRunner jobs;
        QSignalSpy cancelled(&jobs, &JobRunner::cancelled);
        std::atomic<bool> stopped{false};
        int done = 0;
        jobs.start(
            QStringLiteral("spin"),
            [&stopped](const RunControl &run) -> Result<int> {
                while (run.step(0, 1, "spin"))
                    QThread::msleep(1);
                stopped = true;
                return cancelledError();
            },
            [&](Result<int>) { ++done; });
        jobs.cancel();
        QVERIFY(!jobs.isRunning());
        QCOMPARE(cancelled.count(), 1);
        QTRY_VERIFY_WITH_TIMEOUT(stopped.load(), 1000); // generous: other work may share the processor
        QTest::qWait(20);
        QCOMPARE(done, 0);
    }
    void destructorWaitsForEveryJob()
    {
        std::atomic<int> stopped{0};
        {
            JobRunner jobs;
            for (int i = 0; i < 3; ++i)
                jobs.start(
                    QStringLiteral("spin"),
                    [&stopped](const RunControl &run) -> Result<int> {
                        while (run.step(0, 1, "spin"))
                            QThread::msleep(1);
                        ++stopped;
                        return 0;
                    },
                    [](Result<int>) { QFAIL("delivered after destruction"); });
        }
        QCOMPARE(stopped.load(), 3);
    }
    void memoryErrorBecomesAResult()
    {
        JobRunner jobs;
        std::string id;
        jobs.start(
            QStringLiteral("bad"), [](const RunControl &) -> Result<int> { throw std::bad_alloc(); },
            [&](Result<int> r) { id = r.error().message->id; });
        QTRY_COMPARE(id, std::string("base.out-of-memory"));
    }
    void aJobMayStartTheNextOne()
    {
        JobRunner jobs;
        QSignalSpy running(&jobs, &JobRunner::runningChanged);
        int got = 0;
        jobs.start(
            QStringLiteral("first"), [](const RunControl &) -> Result<int> { return 1; },
            [&](Result<int> a) {
                jobs.start(
                    QStringLiteral("second"), [v = *a](const RunControl &) -> Result<int> { return v + 1; },
                    [&](Result<int> b) { got = *b; });
            });
        QTRY_COMPARE(got, 2);
        QVERIFY(!jobs.isRunning());
        QVERIFY(running.count() >= 2);
    }
};

QTEST_GUILESS_MAIN(LogicTest)
#include "logic_test.moc"
