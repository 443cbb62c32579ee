// SPDX-License-Identifier: GPL-3.0-or-later
// The layer table with its columns and CSV, and the numbers behind the graph's colours.
#include "core/convert/convert.h"
#include "tests/ui/fixtures.h"
#include "tests/ui/graphfixtures.h"
#include "ui/logic/channelfacts.h"
#include "ui/logic/document.h"
#include "ui/logic/heatmap.h"
#include "ui/logic/layertablemodel.h"
#include "ui/logic/pickedcells.h"
#include "ui/logic/selection.h"
#include "ui/logic/session.h"
#include "ui/widgets/channelchart.h"
#include "ui/widgets/histogramview.h"
#include "ui/widgets/inspector.h"
#include "ui/widgets/layertable.h"
#include "ui/widgets/weightsview.h"

#include <QAbstractItemModelTester>
#include <QApplication>
#include <QClipboard>
#include <QHeaderView>
#include <QLineEdit>
#include <QMenu>
#include <QStandardItemModel>
#include <QTableView>
#include <QTest>
#include <QTreeWidget>

#include <cmath>
#include <limits>
#include <numeric>
#include <set>

using namespace requant;
using namespace requant::test;

namespace {

// Three layers with all that a report can say; the third has no activations.
ErrorReport fullReport()
{
    ErrorReport r;
    for (int i = 0; i < 3; ++i) {
        LayerError l;
        l.source = OperatorIndex{i};
        l.scaleAfter = 0.5;
        l.weights = ValueError{};
        l.weights->sqnrDb = 30 + i;
        l.weights->rmsSteps = 0.25;
        if (i < 2) {
            l.local = ValueError{};
            l.local->sqnrDb = 40 - 10 * i;
            l.local->rmsSteps = 0.3 + i;
            l.local->maxSteps = 2 + i;
            l.local->cosine = 0.9999;
            l.local->saturationRate = 0.02 * i;
            l.local->biasShift = {0.25, -1.5};
            l.cumulative = l.local;
            l.cumulative->sqnrDb = 20 - 10 * i;
            l.counters = LayerCounters{200, 50, 400, 10, 0};
        }
        r.layers.push_back(l);
    }
    r.samples = 1;
    return r;
}

} // namespace

class LayersTest : public QObject
{
    Q_OBJECT

private slots:
    // heat
    void heatTakesEachQuantityFromItsPlace()
    {
        const ErrorReport r = fullReport();
        const auto value = [&](HeatQuantity q, HeatReach reach, std::size_t layer) { return heatValues({q, reach}, r, 4)[layer]; };
        QCOMPARE(value(HeatQuantity::ActivationSqnr, HeatReach::Local, 1), 30.0);
        QCOMPARE(value(HeatQuantity::ActivationSqnr, HeatReach::EndToEnd, 1), 10.0);
        QCOMPARE(value(HeatQuantity::ActivationRms, HeatReach::Local, 0), 0.3);
        QCOMPARE(value(HeatQuantity::ActivationMax, HeatReach::Local, 0), 2.0);
        QCOMPARE(value(HeatQuantity::Cosine, HeatReach::Local, 0), 0.9999);
        QCOMPARE(value(HeatQuantity::Saturation, HeatReach::Local, 1), 2.0);
        QCOMPARE(value(HeatQuantity::BiasShift, HeatReach::Local, 1), 3.0); // 1.5 in steps of 0.5
        QCOMPARE(value(HeatQuantity::Clipped, HeatReach::Local, 0), 25.0);
        QCOMPARE(value(HeatQuantity::Overflowed, HeatReach::EndToEnd, 0), 2.5);
        QCOMPARE(value(HeatQuantity::WeightSqnr, HeatReach::Local, 2), 32.0);
        QCOMPARE(value(HeatQuantity::WeightRms, HeatReach::EndToEnd, 2), 0.25);
        QVERIFY(std::isnan(value(HeatQuantity::ActivationSqnr, HeatReach::Local, 2)));
        QVERIFY(std::isnan(value(HeatQuantity::WeightSqnr, HeatReach::Local, 3)));
    }
    void heatNamesItselfAndItsEndsHoldAllValues()
    {
        const ErrorReport r = fullReport();
        QSet<QString> titles;
        for (int q = 0; q < kHeatQuantityCount; ++q) {
            for (const HeatReach reach : {HeatReach::Local, HeatReach::EndToEnd}) {
                const Heat h = makeHeat({HeatQuantity(q), reach}, r, 3, false);
                QVERIFY(!h.title.isEmpty());
                titles.insert(h.title);
                QVERIFY(h.worst != h.best);
                for (const double v : h.values)
                    QVERIFY(std::isnan(v) || (v - h.worst) / (h.best - h.worst) >= 0);
            }
        }
        QCOMPARE(titles.size(), 16); // six quantities differ by their reach
        QVERIFY(hasReach(HeatQuantity::Cosine, HeatReach::Local));
        QVERIFY(!hasReach(HeatQuantity::Clipped, HeatReach::Local));
        QVERIFY(!hasReach(HeatQuantity::WeightSqnr, HeatReach::EndToEnd));
    }

    // weights by channel
    void channelFactsAreReadFromBothModels()
    {
        auto source = std::make_shared<Model>(*residualModel(1));
        auto &g = source->subgraphs[0];
        const TensorIndex w = g.operators[0].inputs[1];
        g.tensor(w).shape = {4, 1, 1, 4};
        g.tensor(w).quant = QuantParams::perTensor(0.1f, 0);
        g.tensor(w).quant.scale = {0.1f, 0.2f, 0.3f, 0.4f};
        g.tensor(w).quant.zeroPoint = {0, 0, 0, 0};
        // An inserted operator comes first, so that the numbers of the operators differ.
        auto target = std::make_shared<Model>(*source);
        auto &h = target->subgraphs[0];
        h.operators.insert(h.operators.begin(), h.operators[2]);
        h.tensor(w).quant = QuantParams::perTensor(0.5f, 0);
        Conversion c;
        c.source = source;
        c.model = target;
        c.origin = {OperatorIndex(), OperatorIndex(0), OperatorIndex(1), OperatorIndex(2)};
        LayerError weights, local;
        weights.weights = ValueError{};
        weights.weights->channelSqnrDb = {30, 12, std::nan(""), 40};
        local.scaleAfter = 0.5;
        local.local = ValueError{};
        local.local->biasShift = {0, 1, -2, 0.25};
        const ChannelFacts f = channelFacts(*source, &c, 0, &weights, &local);
        QCOMPARE(f.channels, std::size_t(4));
        QVERIFY(f.isPerChannel());
        for (std::size_t i = 0; i < 4; ++i) {
            QVERIFY(std::abs(f.scaleBefore[i] - 0.1 * double(i + 1)) < 1e-6);
            QCOMPARE(f.scaleAfter[i], 0.5);
        }
        QCOMPARE(f.worst(), 1);
        QCOMPARE(f.shift, (std::vector<double>{0, 2, -4, 0.5}));
        QCOMPARE(f.text(1), QStringLiteral("channel 1: scale 0.2 \u2192 2^-1, weights 12.0 dB, output shift 2.00 steps"));
        QVERIFY(channelFacts(*source, &c, 2, nullptr, nullptr).isEmpty()); // ADD
        QVERIFY(channelFacts(*source, &c, 99, nullptr, nullptr).isEmpty());
        const ChannelFacts alone = channelFacts(*source, nullptr, 0, nullptr, nullptr);
        QVERIFY(alone.scaleAfter.empty() && alone.weightSqnr.empty());
        QCOMPARE(alone.worst(), -1);
        // A report of another number of channels says nothing about these.
        weights.weights->channelSqnrDb = {1, 2};
        QVERIFY(channelFacts(*source, &c, 0, &weights, nullptr).weightSqnr.empty());
    }
    void channelsAreChosenByKeys()
    {
        ChannelChart chart(QStringLiteral("Scale"), {}, ChannelChart::Axis::PowersOfTwo);
        chart.resize(200, 110);
        QTest::keyClick(&chart, Qt::Key_Right); // without channels nothing happens
        QCOMPARE(chart.current(), -1);
        chart.setLines({{QStringLiteral("after"), ColorRole::After, {0.5, 0.25, std::nan(""), 0}}});
        QVERIFY(!chart.grab().isNull());
        for (const auto &[key, channel] : {std::pair{Qt::Key_End, 3}, {Qt::Key_Right, 3}, {Qt::Key_Left, 2}, {Qt::Key_Home, 0}, {Qt::Key_Left, 0}}) {
            QTest::keyClick(&chart, key);
            QCOMPARE(chart.current(), channel);
        }
        chart.setCurrent(17);
        QCOMPARE(chart.current(), -1);
        for (const double v : {std::numeric_limits<double>::infinity(), 0.0, 1e300, std::nan("")}) {
            chart.setLines({{QStringLiteral("odd"), ColorRole::After, std::vector<double>(3000, v)}});
            QVERIFY(!chart.grab().isNull());
        }
    }
    void weightsOfTheCurrentLayerAreShown()
    {
        Session session;
        Inspector inspector(&session);
        inspector.resize(320, 700);
        inspector.setCurrentIndex(Inspector::WeightsTab);
        inspector.show();
        session.open(QStringLiteral(REQUANT_SAMPLE_MODEL));
        QTRY_VERIFY_WITH_TIMEOUT(session.document() && session.isIdle() && session.weightReport(), 60'000);
        const auto &g = session.document()->mainGraph();
        auto *view = inspector.findChild<WeightsView *>();
        auto *histogram = view->findChild<HistogramView *>();
        int weighted = 0;
        for (int op = 0; op < int(g.operators.size()); ++op) {
            session.selection()->select(op);
            const Tensor *t = weightTensor(*session.document()->model(), nullptr, op, false);
            QCOMPARE(view->facts().isEmpty(), t == nullptr);
            if (!t)
                continue;
            ++weighted;
            QCOMPARE(view->currentChannel(), view->facts().worst());
            const double all = double(elementCount(t->shape));
            const auto sum = [](const std::vector<double> &v) { return std::accumulate(v.begin(), v.end(), 0.0); };
            QTRY_COMPARE_WITH_TIMEOUT(sum(histogram->histogram().before), all, 10'000);
            QCOMPARE(sum(histogram->histogram().after), all);
            QVERIFY(!inspector.grab().isNull());
        }
        QVERIFY(weighted > 3);
    }
    void factsLeadToNeighbours()
    {
        Session session;
        Inspector inspector(&session);
        inspector.show();
        session.open(QStringLiteral(REQUANT_SAMPLE_MODEL));
        QTRY_VERIFY_WITH_TIMEOUT(session.document() && session.isIdle() && session.conversion(), 60'000);
        session.selection()->select(1);
        auto *tree = inspector.findChild<QTreeWidget *>(QStringLiteral("layerFacts"));
        std::set<int> reached;
        for (QTreeWidgetItemIterator it(tree); *it; ++it) {
            if ((*it)->data(1, Qt::UserRole).isValid())
                reached.insert((*it)->data(1, Qt::UserRole).toInt());
        }
        const auto &graph = session.document()->graph();
        const auto &op = session.document()->mainGraph().operators[1];
        std::set<int> expected;
        for (const TensorIndex t : op.inputs)
            if (const auto from = graph.producer(t))
                expected.insert(from.value);
        for (const TensorIndex t : op.outputs)
            for (const auto to : graph.consumers(t))
                expected.insert(to.value);
        QVERIFY(expected.size() > 1 && reached == expected);
        for (QTreeWidgetItemIterator it(tree); *it; ++it) {
            if ((*it)->data(1, Qt::UserRole).isValid()) {
                const int to = (*it)->data(1, Qt::UserRole).toInt();
                emit tree->itemActivated(*it, 1);
                QTRY_COMPARE(session.selection()->current(), to);
                break;
            }
        }
    }

    // table
    void columnsTellWhatTheirHeadersSay()
    {
        LayerTableModel model;
        QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        const auto source = residualModel(1);
        model.setModel(source);
        const auto cell = [&](int row, int column, int role = Qt::DisplayRole) { return model.index(row, column).data(role); };
        QCOMPARE(cell(0, LayerTableModel::ShapeColumn).toString(), QStringLiteral("1x8x8x16"));
        QCOMPARE(cell(0, LayerTableModel::BytesColumn, Qt::EditRole).toDouble(), 16.0);
        QVERIFY(std::isnan(cell(2, LayerTableModel::BytesColumn, Qt::EditRole).toDouble())); // ADD has no constants
        const auto r = std::make_shared<const ErrorReport>(fullReport());
        model.setReports({r, false}, {r, false}, {r, true});
        QCOMPARE(cell(0, LayerTableModel::CosineColumn).toString(), QStringLiteral("0.99990"));
        QVERIFY(cell(0, LayerTableModel::CosineColumn, LayerTableModel::StaleRole).toBool());
        QCOMPARE(cell(1, LayerTableModel::LocalSqnrColumn, Qt::EditRole).toDouble(), 30.0);
        for (int c = 0; c < LayerTableModel::ColumnCount; ++c)
            QVERIFY2(!model.headerData(c, Qt::Horizontal).toString().isEmpty(), qPrintable(QString::number(c)));
    }
    void pickedCellsAreThoseOfTheSource()
    {
        QStandardItemModel source(3, 4);
        for (int r = 0; r < 3; ++r)
            for (int c = 0; c < 4; ++c)
                source.setItem(r, c, new QStandardItem(QStringLiteral("%1%2").arg(r).arg(c)));
        source.setHorizontalHeaderLabels({QStringLiteral("a"), QStringLiteral("b"), QStringLiteral("c"), QStringLiteral("d")});
        PickedCells picked(source, {2, 0}, {3, 1});
        QAbstractItemModelTester tester(&picked, QAbstractItemModelTester::FailureReportingMode::QtTest);
        QCOMPARE(picked.index(0, 0).data().toString(), QStringLiteral("23"));
        QCOMPARE(picked.index(1, 1).data().toString(), QStringLiteral("01"));
        QCOMPARE(picked.headerData(0, Qt::Horizontal).toString(), QStringLiteral("d"));
    }
    void csvHasTheColumnsInSightAndTheRowsOfTheFilter()
    {
        LayerTableModel model;
        Selection selection;
        LayerTable table(&model, &selection);
        table.resize(400, 300);
        model.setModel(residualModel(2));
        auto *header = table.view()->horizontalHeader();
        for (int c = LayerTableModel::SchemeColumn; c < LayerTableModel::ColumnCount; ++c)
            header->setSectionHidden(c, true);
        header->setSectionHidden(LayerTableModel::OperatorColumn, false);
        QCOMPARE(table.csv(false).section(u'\n', 0, 1), QStringLiteral("#,Layer,Operator\n0,block_0/expand,CONV_2D"));
        QCOMPARE(table.csv(false).count(u'\n'), 7);
        table.findChild<QLineEdit *>()->setText(QStringLiteral("ADD"));
        QCOMPARE(table.csv(false), QStringLiteral("#,Layer,Operator\n2,block_0/add,ADD\n5,block_1/add,ADD\n"));
        header->moveSection(header->visualIndex(LayerTableModel::OperatorColumn), 0);
        selection.set({1, 5});
        QTest::keyClick(table.view(), Qt::Key_C, Qt::ControlModifier);
        QCOMPARE(QApplication::clipboard()->text(), QStringLiteral("Operator,#,Layer\nADD,5,block_1/add\n"));
    }
    void chosenColumnsComeBack()
    {
        LayerTableModel model;
        Selection selection;
        QByteArray state;
        {
            LayerTable table(&model, &selection);
            QVERIFY(table.columnState().isEmpty()); // nothing chosen: the window's width decides
            emit table.view()->horizontalHeader()->customContextMenuRequested({10, 10});
            auto *menu = table.findChild<QMenu *>(QStringLiteral("columnMenu"));
            QVERIFY(menu);
            for (QAction *a : menu->actions()) {
                if (a->text() == QStringLiteral("Shape"))
                    a->trigger();
            }
            menu->close();
            table.view()->horizontalHeader()->moveSection(table.view()->horizontalHeader()->visualIndex(LayerTableModel::ShapeColumn), 2);
            state = table.columnState();
        }
        LayerTable again(&model, &selection);
        QVERIFY(again.view()->isColumnHidden(LayerTableModel::ShapeColumn));
        again.restoreColumns(state);
        QVERIFY(!again.view()->isColumnHidden(LayerTableModel::ShapeColumn));
        QCOMPARE(again.view()->horizontalHeader()->visualIndex(LayerTableModel::ShapeColumn), 2);
        again.resize(1200, 300); // a choice is kept at any width
        QVERIFY(!again.view()->isColumnHidden(LayerTableModel::ShapeColumn));
        again.resetColumns();
        QVERIFY(again.view()->isColumnHidden(LayerTableModel::ShapeColumn));
        QCOMPARE(again.view()->horizontalHeader()->visualIndex(LayerTableModel::LayerColumn), int(LayerTableModel::LayerColumn));
        for (const QByteArray &odd : {QByteArray("3:nonsense"), QByteArray("nonsense"), QByteArray(), QByteArray::number(int(LayerTableModel::ColumnCount)) + ":x"}) {
            again.restoreColumns(odd);
            QVERIFY(!again.view()->isColumnHidden(LayerTableModel::LocalSqnrColumn));
        }
    }
};

QTEST_MAIN(LayersTest)
#include "layers_test.moc"
