// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/graph/graphview.h"

#include "core/convert/convert.h"
#include "tests/ui/graphfixtures.h"
#include "tests/ui/graphviewplaces.h"
#include "ui/logic/selection.h"
#include "ui/widgets/graph/graphitems.h"
#include "ui/widgets/graph/graphedges.h"
#include "ui/widgets/graph/graphlegend.h"
#include "ui/widgets/graph/graphsearchbar.h"

#include <QAccessible>
#include <QLineEdit>
#include <QMenu>
#include <QScrollBar>
#include <QSignalSpy>
#include <QStyleOptionGraphicsItem>
#include <QTemporaryDir>
#include <QTest>

#include <cmath>

using namespace requant;
using namespace requant::test;

namespace {

// Every warning of Qt's is a failure.
int s_warnings = 0;
QtMessageHandler s_previous = nullptr;
void countWarnings(QtMsgType type, const QMessageLogContext &context, const QString &text)
{
    // The platform's own complaint about an environment without a session.
    if (type == QtWarningMsg && !text.startsWith(QLatin1String("QStandardPaths")) && !text.startsWith(QLatin1String("This plugin")))
        ++s_warnings;
    if (s_previous)
        s_previous(type, context, text);
}

} // namespace

class GraphTest : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase()
    {
        applyTheme(*qobject_cast<QApplication *>(QCoreApplication::instance()), Theme::Light);
        s_previous = qInstallMessageHandler(countWarnings);
    }

    void init()
    {
        s_warnings = 0;
        selection.clear();
        view = std::make_unique<GraphView>();
        view->resize(800, 600);
        view->setSelection(&selection);
        view->show();
        QVERIFY(QTest::qWaitForWindowExposed(view.get()));
    }

    void cleanup()
    {
        view.reset();
        QCOMPARE(s_warnings, 0);
    }

    void nodesAreOperatorsInputsAndOutputs()
    {
        QSignalSpy ready(view.get(), &GraphView::ready);
        view->setModel(residualModel(3));
        QCOMPARE(ready.count(), 1);
        QVERIFY(view->isReady());
        QCOMPARE(view->nodeCount(), 9 + 2);
        QCOMPARE(view->content().operatorCount, 9);
        // input -> conv, conv -> conv, conv -> add, skip -> add by block (the first block's input has two users), output
        QCOMPARE(view->content().edges.size(), std::size_t(3 * 4 + 1));
        QCOMPARE(view->content().nodes[2].title, QStringLiteral("ADD"));
        QCOMPARE(view->shownBadge(0), QStringLiteral("u8 A"));
        view->setModel(nullptr);
        QVERIFY(!view->isReady());
        QCOMPARE(view->nodeCount(), 0);
    }

    void spineIsVertical()
    {
        view->setModel(residualModel(6));
        const double x = view->content().nodes[0].rect.center().x();
        for (const auto &node : view->content().nodes)
            QCOMPARE(node.rect.center().x(), x);
    }

    void clickSelectsAndControlClickAdds()
    {
        view->setModel(residualModel(2));
        view->fit();
        QTest::mouseClick(view->viewport(), Qt::LeftButton, {}, place(*view, 1));
        QCOMPARE(selection.operators(), ints({1}));
        QTest::mouseClick(view->viewport(), Qt::LeftButton, Qt::ControlModifier, place(*view, 4));
        QCOMPARE(selection.operators(), ints({1, 4}));
        QCOMPARE(selection.current(), 4);
        QCOMPARE(view->currentNode(), 4);
        QTest::mouseClick(view->viewport(), Qt::LeftButton, Qt::ControlModifier, place(*view, 1));
        QCOMPARE(selection.operators(), ints({4}));
        QTest::mouseClick(view->viewport(), Qt::LeftButton, {}, QPoint(3, 3));
        QVERIFY(selection.isEmpty());
        QCOMPARE(view->currentNode(), -1);
    }

    void selectionOfOthersIsShownWithItsEdgesLit()
    {
        view->setModel(residualModel(2));
        selection.set({2}, 2);
        QCOMPARE(view->currentNode(), 2);
        int lit = 0;
        for (auto *item : view->scene()->items())
            if (item->type() == EdgeItem::Type && static_cast<EdgeItem *>(item)->isLit()) {
                const auto &e = static_cast<EdgeItem *>(item)->edge();
                QVERIFY(e.from == 2 || e.to == 2);
                ++lit;
            }
        QCOMPARE(lit, 4); // two in, two out
        selection.clear();
        for (auto *item : view->scene()->items())
            QVERIFY(item->type() != EdgeItem::Type || !static_cast<EdgeItem *>(item)->isLit());
    }

    void shiftDragSelectsAnArea()
    {
        view->setModel(residualModel(2));
        view->fit();
        const QRectF two = view->content().nodes[1].rect | view->content().nodes[2].rect;
        const QPoint from = view->mapFromScene(two.topLeft()) - QPoint(6, 2), to = view->mapFromScene(two.bottomRight()) + QPoint(4, 2);
        QTest::mousePress(view->viewport(), Qt::LeftButton, Qt::ShiftModifier, from);
        QMouseEvent move(QEvent::MouseMove, QPointF(to), view->viewport()->mapToGlobal(QPointF(to)), Qt::NoButton, Qt::LeftButton, Qt::ShiftModifier);
        QApplication::sendEvent(view->viewport(), &move);
        QTest::mouseRelease(view->viewport(), Qt::LeftButton, Qt::ShiftModifier, to);
        QCOMPARE(selection.operators(), ints({1, 2}));
    }

    void dragMovesTheViewAndKeepsTheSelection()
    {
        view->setModel(residualModel(8));
        selection.select(0);
        const QPointF before = view->visibleScene().center();
        QTest::mousePress(view->viewport(), Qt::LeftButton, {}, QPoint(40, 300));
        QMouseEvent move(QEvent::MouseMove, QPointF(40, 200), view->viewport()->mapToGlobal(QPointF(40, 200)), Qt::NoButton, Qt::LeftButton, {});
        QApplication::sendEvent(view->viewport(), &move);
        QTest::mouseRelease(view->viewport(), Qt::LeftButton, {}, QPoint(40, 200));
        QVERIFY(std::abs(view->visibleScene().center().y() - before.y() - 100 / view->zoom()) < 2);
        QCOMPARE(selection.operators(), ints({0}));
    }

    void arrowKeysWalkAlongEdges()
    {
        view->setModel(residualModel(2));
        view->setFocus();
        selection.select(0);
        QTest::keyClick(view.get(), Qt::Key_Down);
        QCOMPARE(selection.operators(), ints({1}));
        QTest::keyClick(view.get(), Qt::Key_Down);
        QTest::keyClick(view.get(), Qt::Key_Up, Qt::ShiftModifier);
        QCOMPARE(selection.operators(), ints({1, 2}));
        QTest::keyClick(view.get(), Qt::Key_Home);
        QCOMPARE(selection.operators(), ints({0}));
        QTest::keyClick(view.get(), Qt::Key_Up); // the graph's input: no operator
        QVERIFY(selection.isEmpty());
        QCOMPARE(view->currentNode(), 6);
        QTest::keyClick(view.get(), Qt::Key_Down);
        QCOMPARE(selection.operators(), ints({0}));
        QSignalSpy activated(view.get(), &GraphView::operatorActivated);
        QTest::keyClick(view.get(), Qt::Key_Return);
        QCOMPARE(activated.count(), 1);
        QTest::keyClick(view.get(), Qt::Key_Escape);
        QVERIFY(selection.isEmpty());
        QTest::keyClick(view.get(), Qt::Key_A, Qt::ControlModifier);
        QCOMPARE(selection.operators().size(), std::size_t(6));
    }

    void searchGoesRoundThroughTheMatches()
    {
        view->setModel(residualModel(3));
        QCOMPARE(view->matches(QStringLiteral("ADD")), ints({2, 5, 8, 10})); // and the output, which has the last one's name
        QCOMPARE(view->matches(QStringLiteral("block_1")), ints({3, 4, 5}));
        QCOMPARE(view->matches(QStringLiteral("#7")), ints({7}));
        QCOMPARE(view->matches(QStringLiteral("#99")), ints({}));
        QCOMPARE(view->matches(QString()), ints({}));
        QVERIFY(view->findNext(QStringLiteral("project")));
        QCOMPARE(selection.operators(), ints({1}));
        QVERIFY(view->findNext(QStringLiteral("project")));
        QVERIFY(view->findNext(QStringLiteral("project")));
        QCOMPARE(selection.operators(), ints({7}));
        QVERIFY(view->visibleScene().contains(view->content().nodes[7].rect));
        QVERIFY(view->findNext(QStringLiteral("project")));
        QCOMPARE(selection.operators(), ints({1}));
        QVERIFY(view->findPrevious(QStringLiteral("project")));
        QCOMPARE(selection.operators(), ints({7}));
        QVERIFY(!view->findNext(QStringLiteral("nothing like it")));
        QCOMPARE(selection.operators(), ints({7}));
    }

    void searchBarFindsWhileTyping()
    {
        view->setModel(residualModel(3));
        view->showSearch();
        auto *bar = view->findChild<SearchBar *>();
        QVERIFY(bar->isVisible());
        auto *edit = bar->findChild<QLineEdit *>();
        QTest::keyClicks(edit, QStringLiteral("block_2"));
        QCOMPARE(selection.operators(), ints({6}));
        QTest::keyClick(edit, Qt::Key_Return);
        QCOMPARE(selection.operators(), ints({7}));
        QTest::keyClick(edit, Qt::Key_Return, Qt::ShiftModifier);
        QCOMPARE(selection.operators(), ints({6}));
        QTest::keyClick(edit, Qt::Key_Escape);
        QVERIFY(!bar->isVisible());
    }

    void conversionShowsSchemesAndRequantizeOperators()
    {
        const auto model = residualModel(2);
        view->setModel(model);
        view->setConversion(conversionTo(model));
        QCOMPARE(view->shownBadge(0), QStringLiteral("i8 S P2"));
        QCOMPARE(view->requantizeCount(), 2);
        QVERIFY(!view->grab().isNull());
        view->setConversion(conversionTo(residualModel(2))); // of another model
        QCOMPARE(view->requantizeCount(), 0);
        QCOMPARE(view->shownBadge(0), QStringLiteral("u8 A"));
        view->setConversion(nullptr);
        QCOMPARE(view->shownBadge(0), QStringLiteral("u8 A"));
    }

    void newResultsKeepZoomAndPosition()
    {
        const auto model = residualModel(10);
        view->setModel(model);
        view->zoomIn();
        view->centerOn(view->content().nodes[15].rect.center());
        const QRectF before = view->visibleScene();
        view->setConversion(conversionTo(model));
        Heat heat;
        heat.values.assign(30, 12.0);
        view->setHeat(heat);
        QCOMPARE(view->visibleScene(), before);
    }

    void heatColoursNodesAndStaleHeatIsGrey()
    {
        view->setModel(residualModel(1));
        Heat heat;
        heat.values = {10, 40, std::nan("")};
        heat.worst = 10;
        heat.best = 40;
        view->setHeat(heat);
        std::vector<QColor> colours(3);
        const auto read = [&] {
            for (auto *item : view->scene()->items())
                if (item->type() == NodeItem::Type && static_cast<NodeItem *>(item)->number() < 3)
                    colours[static_cast<std::size_t>(static_cast<NodeItem *>(item)->number())] = static_cast<NodeItem *>(item)->plainColor();
        };
        read();
        QCOMPARE(colours[0], heatColor(1.0));
        QCOMPARE(colours[1], heatColor(0.0));
        QCOMPARE(colours[2], heatColor(std::nan("")));
        heat.stale = true;
        view->setHeat(heat);
        read();
        QCOMPARE(colours[0].red(), colours[0].blue());
        view->setHeat({});
        read();
        QCOMPARE(colours[0], familyColor(Family::Convolution));
    }

    void everyZoomAndThemeDraws()
    {
        view->setModel(residualModel(30));
        auto *app = qobject_cast<QApplication *>(QCoreApplication::instance());
        for (const Theme theme : {Theme::Dark, Theme::Light}) {
            applyTheme(*app, theme);
            view->fit();
            QVERIFY(view->zoom() < kDetailZoom);
            for (int i = 0; i < 30; ++i) {
                view->zoomIn();
                QCOMPARE(view->grab().size(), view->size() * view->devicePixelRatio());
            }
            QVERIFY(view->zoom() <= 4.0);
            for (int i = 0; i < 60; ++i)
                view->zoomOut();
            QVERIFY(view->zoom() > 0.001);
            view->resetZoom();
            QCOMPARE(view->zoom(), 1.0);
        }
    }

    void wheelZoomsAroundThePointer()
    {
        view->setModel(residualModel(10));
        const QPointF at(200, 150);
        const QPointF before = view->mapToScene(at.toPoint());
        QWheelEvent wheel(at, view->viewport()->mapToGlobal(at), {}, {0, 240}, Qt::NoButton, {}, Qt::NoScrollPhase, false);
        const double zoom = view->zoom();
        QApplication::sendEvent(view->viewport(), &wheel);
        QVERIFY(view->zoom() > zoom);
        const QPointF after = view->mapToScene(at.toPoint());
        QVERIFY2(QLineF(before, after).length() < 3, qPrintable(QString::number(QLineF(before, after).length())));
    }

    void pictureIsWrittenAsPngAndSvg()
    {
        view->setModel(residualModel(2));
        QTemporaryDir folder;
        QVERIFY(view->savePicture(folder.filePath(QStringLiteral("graph.png"))));
        const QImage image(folder.filePath(QStringLiteral("graph.png")));
        QVERIFY(image.height() > image.width());
        QVERIFY(view->savePicture(folder.filePath(QStringLiteral("graph.svg"))));
        QFile svg(folder.filePath(QStringLiteral("graph.svg")));
        QVERIFY(svg.open(QIODevice::ReadOnly));
        QVERIFY(svg.readAll().contains("CONV_2D"));
        QVERIFY(view->picture(1.0, 500).height() <= 500);
        QVERIFY(!view->savePicture(folder.filePath(QStringLiteral("missing/graph.png"))));
    }

    void largeGraphIsLaidOutInTheBackground()
    {
        QSignalSpy ready(view.get(), &GraphView::ready);
        view->setModel(residualModel(1700)); // 5,100 operators
        QVERIFY(!view->isReady());
        QVERIFY(ready.wait(30'000));
        QCOMPARE(view->nodeCount(), 5102);
        view->fit();
        QVERIFY(!view->grab().isNull());
        selection.select(5000);
        QVERIFY(view->visibleScene().contains(view->content().nodes[5000].rect));
    }

    void modelChangedDuringLayoutShowsTheLastOne()
    {
        view->setModel(residualModel(1700));
        view->setModel(residualModel(2));
        QCOMPARE(view->nodeCount(), 8);
        QTest::qWait(300);
        QCOMPARE(view->nodeCount(), 8);
        view->setModel(residualModel(1700)); // and one is under way when the view goes
    }

    void emptyAndOddModelsAreShown()
    {
        auto empty = std::make_shared<Model>();
        view->setModel(empty);
        QVERIFY(!view->isReady());
        auto odd = std::make_shared<Model>(*residualModel(1));
        odd->subgraphs[0].operators[0].inputs.push_back(TensorIndex()); // an absent optional input
        odd->subgraphs[0].operators[1].outputs.clear();
        view->setModel(odd);
        QCOMPARE(view->nodeCount(), 5);
        QVERIFY(!view->grab().isNull());
        view->setModel(odd, SubgraphIndex(7));
        QVERIFY(!view->isReady());
    }

    void toolTipsNameTensorsAndReasons()
    {
        const auto model = residualModel(1);
        view->setModel(model);
        const auto conversion = conversionTo(model);
        const QString node = nodeToolTip(view->content(), conversion.get(), 0);
        QVERIFY(node.contains(QLatin1String("CONV_2D")));
        QVERIFY(node.contains(QLatin1String("2^-3")));
        const QString edge = edgeToolTip(view->content(), nullptr, 0);
        QVERIFY(edge.contains(QLatin1String("uint8")));
        QVERIFY(edge.contains(QLatin1String("zero point 128")));
    }

    void nodesAreExposedAsListItems()
    {
        view->setModel(residualModel(2));
        auto *list = QAccessible::queryAccessibleInterface(view.get());
        QVERIFY(list);
        QCOMPARE(list->role(), QAccessible::List);
        QCOMPARE(list->childCount(), 8);
        auto *item = list->child(2);
        QCOMPARE(item->role(), QAccessible::ListItem);
        QCOMPARE(item->text(QAccessible::Name), QStringLiteral("#2 ADD block_0/add"));
        QCOMPARE(item, list->child(2));
        QCOMPARE(list->indexOfChild(item), 2);
        QVERIFY(!item->state().selected);
        item->actionInterface()->doAction(QAccessibleActionInterface::pressAction());
        QCOMPARE(selection.operators(), ints({2}));
        QVERIFY(item->state().selected);
        view->setModel(residualModel(0));
        QVERIFY(!item->isValid());
        QVERIFY(item->text(QAccessible::Name).isEmpty());
    }

    void windowAddsToTheContextMenu()
    {
        view->setModel(residualModel(1));
        view->fit();
        int op = -2;
        QPointer<QMenu> shown;
        connect(view.get(), &GraphView::contextMenuAboutToShow, this, [&](QMenu *menu, int at) {
            op = at;
            shown = menu;
            menu->addAction(QStringLiteral("Mine"));
        });
        QContextMenuEvent event(QContextMenuEvent::Mouse, place(*view, 1), view->viewport()->mapToGlobal(place(*view, 1)));
        QApplication::sendEvent(view->viewport(), &event);
        QCOMPARE(op, 1);
        QCOMPARE(selection.operators(), ints({1}));
        QVERIFY(shown);
        shown->close();
    }

    void palettesAreReadable()
    {
        auto *app = qobject_cast<QApplication *>(QCoreApplication::instance());
        for (const Theme theme : {Theme::Light, Theme::Dark}) {
            applyTheme(*app, theme);
            const QPalette p = app->palette();
            const std::pair<QPalette::ColorRole, QPalette::ColorRole> pairs[] = {
                {QPalette::WindowText, QPalette::Window}, {QPalette::Text, QPalette::Base}, {QPalette::Text, QPalette::AlternateBase},
                {QPalette::ButtonText, QPalette::Button}, {QPalette::HighlightedText, QPalette::Highlight},
                {QPalette::Link, QPalette::Base}, {QPalette::Link, QPalette::Window}, {QPalette::PlaceholderText, QPalette::Base},
                {QPalette::ToolTipText, QPalette::ToolTipBase},
            };
            for (const auto &[text, ground] : pairs)
                QVERIFY2(contrastRatio(p.color(text), p.color(ground)) >= 4.5, qPrintable(QStringLiteral("%1 on %2").arg(text).arg(ground)));
            for (const auto role : {ColorRole::Good, ColorRole::Note, ColorRole::Warning, ColorRole::Error, ColorRole::Muted})
                for (const auto &ground : {p.color(QPalette::Base), p.color(QPalette::Window), themeColor(ColorRole::NodeBody)})
                    QVERIFY2(contrastRatio(themeColor(role), ground) >= 4.5, qPrintable(QString::number(static_cast<int>(role))));
            for (int f = 0; f < kFamilyCount; ++f) {
                const QColor header = mixed(themeColor(ColorRole::NodeBody), familyColor(static_cast<Family>(f)), isDarkTheme() ? 0.5 : 0.55);
                QVERIFY(contrastRatio(readableOn(header), header) >= 4.5);
            }
        }
        applyTheme(*app, Theme::Light);
    }

    void iconsFollowThePalette()
    {
        auto *app = qobject_cast<QApplication *>(QCoreApplication::instance());
        QVERIFY(themedIcon(QStringLiteral("no such icon")).isNull());
        const QIcon icon = themedIcon(QStringLiteral("open"));
        QVERIFY(!icon.isNull());
        applyTheme(*app, Theme::Light);
        const QImage light = icon.pixmap(24).toImage();
        applyTheme(*app, Theme::Dark);
        const QImage dark = icon.pixmap(24).toImage();
        QVERIFY(light != dark);
        applyTheme(*app, Theme::Light);
        QCOMPARE(icon.pixmap(24).toImage(), light);
        QVERIFY(!applicationIcon().pixmap(64).isNull());
    }

private:
    Selection selection;
    std::unique_ptr<GraphView> view;
};

QTEST_MAIN(GraphTest)
#include "graph_test.moc"
