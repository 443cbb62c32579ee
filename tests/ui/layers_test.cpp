// SPDX-License-Identifier: GPL-3.0-or-later
// The layer table with its columns and CSV, and the numbers behind the graph's colours.
#include "core/convert/convert.h"
#include "tests/ui/fixtures.h"
#include "tests/ui/graphfixtures.h"
#include "ui/logic/heatmap.h"
#include "ui/logic/layertablemodel.h"
#include "ui/logic/pickedcells.h"
#include "ui/logic/selection.h"
#include "ui/widgets/layertable.h"

#include <QAbstractItemModelTester>
#include <QApplication>
#include <QClipboard>
#include <QHeaderView>
#include <QLineEdit>
#include <QMenu>
#include <QStandardItemModel>
#include <QTableView>
#include <QTest>

#include <cmath>

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
