// SPDX-License-Identifier: GPL-3.0-or-later
// Directions, name scopes, labels, subgraphs and the place of the legend.
#include "core/convert/convert.h"
#include "tests/ui/graphfixtures.h"
#include "tests/ui/graphviewplaces.h"
#include "ui/logic/namescopes.h"
#include "ui/logic/selection.h"
#include "ui/widgets/graph/graphedges.h"
#include "ui/widgets/graph/graphitems.h"
#include "ui/widgets/graph/graphlegend.h"
#include "ui/widgets/graph/graphview.h"

#include <QAccessible>
#include <QSignalSpy>
#include <QTest>

#include <algorithm>
#include <random>
#include <set>

using namespace requant;
using namespace requant::test;

namespace {

const NodeItem *nodeItem(const GraphView &view, int number)
{
    for (auto *item : view.scene()->items())
        if (item->type() == NodeItem::Type && static_cast<NodeItem *>(item)->number() == number)
            return static_cast<NodeItem *>(item);
    return nullptr;
}

QStringList labels(const GraphView &view)
{
    QStringList found;
    for (auto *item : view.scene()->items())
        if (item->type() == EdgeItem::Type && !static_cast<EdgeItem *>(item)->label().isEmpty())
            found << static_cast<EdgeItem *>(item)->label();
    return found;
}

// A chain with names like "a/b/c" and some skips, from a seed.
std::shared_ptr<const Model> randomScopes(unsigned seed)
{
    std::mt19937 random(seed);
    auto model = std::make_shared<Model>();
    model->buffers.emplace_back();
    auto &g = model->subgraphs.emplace_back();
    const auto tensor = [&](const std::string &name) {
        Tensor t;
        t.name = name;
        t.shape = {1, 4};
        t.type = ElementType::Int8;
        t.quant = QuantParams::perTensor(0.5f, 0);
        g.tensors.push_back(t);
        return TensorIndex(g.tensors.size() - 1);
    };
    g.inputs = {tensor("input")};
    const int count = 3 + static_cast<int>(random() % 40);
    for (int i = 0; i < count; ++i) {
        std::string name;
        for (unsigned depth = random() % 4; depth > 0; --depth)
            name += std::string(1, static_cast<char>('a' + random() % 3)) + "/";
        Operator op;
        op.code = Op::Add;
        op.inputs = {TensorIndex(g.tensors.size() - 1), TensorIndex(random() % g.tensors.size())};
        op.outputs = {tensor(name + std::to_string(i))};
        g.operators.push_back(op);
    }
    g.outputs = {TensorIndex(g.tensors.size() - 1)};
    return model;
}

// WHILE in the main graph, its condition and body in graphs of their own.
std::shared_ptr<const Model> threeSubgraphs()
{
    auto model = std::make_shared<Model>(*residualModel(4));
    model->subgraphs.push_back(residualModel(1)->subgraphs[0]);
    model->subgraphs.push_back(residualModel(2)->subgraphs[0]);
    model->subgraphs[2].name = "body";
    auto options = std::make_shared<Table>();
    options->type = "WhileOptions";
    for (const auto &[name, index] : {std::pair{"cond_subgraph_index", 1}, std::pair{"body_subgraph_index", 2}}) {
        Field f;
        f.name = name;
        f.value.data = std::int64_t(index);
        options->fields.push_back(f);
    }
    auto &op = model->subgraphs[0].operators[2];
    op.code = Op::While;
    op.options = options;
    return model;
}

} // namespace

class GraphShapeTest : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase() { applyTheme(*qobject_cast<QApplication *>(QCoreApplication::instance()), Theme::Light); }

    void init()
    {
        selection.clear();
        view = std::make_unique<GraphView>();
        view->resize(800, 600);
        view->setSelection(&selection);
        view->show();
        QVERIFY(QTest::qWaitForWindowExposed(view.get()));
    }

    void cleanup() { view.reset(); }

    void leftToRightIsARow()
    {
        view->setModel(residualModel(4));
        view->setLeftToRight(true);
        const auto &nodes = view->content().nodes;
        for (const auto &node : nodes)
            QCOMPARE(node.rect.center().y(), nodes[0].rect.center().y());
        for (int i = 1; i < view->content().operatorCount; ++i)
            QVERIFY(nodes[static_cast<std::size_t>(i)].rect.left() > nodes[static_cast<std::size_t>(i) - 1].rect.right());
        QVERIFY(!view->grab().isNull());
        view->fit();
        QVERIFY(!view->grab().isNull());
        selection.select(3);
        QTest::keyClick(view.get(), Qt::Key_Right);
        QCOMPARE(selection.operators(), ints({4}));
        QTest::keyClick(view.get(), Qt::Key_Left);
        QTest::keyClick(view.get(), Qt::Key_Left);
        QCOMPARE(selection.operators(), ints({2}));
        QTest::keyClick(view.get(), Qt::Key_Down); // nothing beside the spine
        QCOMPARE(selection.operators(), ints({2}));
    }

    void directionKeepsWhatIsLookedAt()
    {
        view->setModel(residualModel(20));
        selection.select(40);
        QVERIFY(view->visibleScene().contains(view->content().nodes[40].rect));
        const QPoint before = place(*view, 40);
        view->setLeftToRight(true);
        const auto moved = [&] { return (place(*view, 40) - before).manhattanLength(); };
        QVERIFY2(moved() < 4, qPrintable(QString::number(moved())));
        QCOMPARE(view->currentNode(), 40);
        view->setLeftToRight(false);
        QVERIFY2(moved() < 4, qPrintable(QString::number(moved())));
    }

    void scopesOfNames()
    {
        const auto model = residualModel(2);
        const auto scopes = operatorScopes(model->subgraphs[0]);
        QCOMPARE(scopes.front(), QStringLiteral("block_0"));
        QCOMPARE(scopesAround(QStringLiteral("a/b/c")), (QStringList{QStringLiteral("a"), QStringLiteral("a/b"), QStringLiteral("a/b/c")}));
        QVERIFY(scopesAround(QString()).isEmpty());
        QCOMPARE(collapsedScope(QStringLiteral("a/b"), {QStringLiteral("a/b"), QStringLiteral("a")}), QStringLiteral("a"));
        QCOMPARE(collapsedScope(QStringLiteral("ab"), {QStringLiteral("a")}), QString());
        QCOMPARE(scopeDepth(scopes), 1);
        // One operator alone is no scope to collapse.
        QCOMPARE(scopesAtDepth({QStringLiteral("a/b"), QStringLiteral("a/c"), QStringLiteral("d")}, 1), QSet<QString>{QStringLiteral("a")});
        QVERIFY(scopesAtDepth({QStringLiteral("a/b"), QStringLiteral("a/c")}, 2).isEmpty());
    }

    void collapsedScopeIsOneNode()
    {
        view->setModel(residualModel(3));
        view->setScopeCollapsed(QStringLiteral("block_1"), true);
        const auto &content = view->content();
        QCOMPARE(view->nodeCount(), 3 + 1 + 3 + 2);
        QCOMPARE(content.nodes[3].kind, GraphNode::Kind::Scope);
        QCOMPARE(content.nodes[3].ops, ints({3, 4, 5}));
        QCOMPARE(content.nodeOf(4), 3);
        QCOMPARE(content.nodes[4].op, 6);
        QCOMPARE(content.firstInput(), 7);
        // One line for the tensor that two of its operators read.
        QCOMPARE(content.in[3].size(), std::size_t(1));
        QCOMPARE(content.edges[static_cast<std::size_t>(content.in[3][0])].uses.size(), std::size_t(2));
        QVERIFY(!view->grab().isNull());
        view->fit();
        QTest::mouseClick(view->viewport(), Qt::LeftButton, {}, place(*view, 3));
        QCOMPARE(selection.operators(), ints({3, 4, 5}));
        QTest::mouseClick(view->viewport(), Qt::LeftButton, Qt::ControlModifier, place(*view, 4));
        QCOMPARE(selection.operators(), ints({3, 4, 5, 6}));
        QTest::mouseClick(view->viewport(), Qt::LeftButton, Qt::ControlModifier, place(*view, 3));
        QCOMPARE(selection.operators(), ints({6}));
        selection.select(4);
        QCOMPARE(view->currentNode(), 3);
        QTest::keyClick(view.get(), Qt::Key_Return);
        QCOMPARE(view->nodeCount(), 11);
        QCOMPARE(view->currentNode(), 4); // still what was selected
    }

    void keyCollapsesTheScopeAroundAndEnterOpensIt()
    {
        view->setModel(residualModel(20));
        view->setFocus();
        selection.select(31);
        const QPoint before = place(*view, 31);
        QTest::keyClick(view.get(), Qt::Key_C);
        QCOMPARE(view->nodeCount(), 62 - 2);
        const int scope = view->content().nodeOf(31);
        QCOMPARE(view->currentNode(), scope);
        QVERIFY((place(*view, scope) - before).manhattanLength() < 4);
        QTest::keyClick(view.get(), Qt::Key_Return);
        QCOMPARE(view->nodeCount(), 62);
        view->collapseScopes(1);
        QCOMPARE(view->nodeCount(), 22);
        view->collapseScopes(0);
        QCOMPARE(view->nodeCount(), 62);
    }

    void collapsedScopeCountsTheRequantizeOperatorsWithin()
    {
        const auto model = residualModel(2);
        view->setModel(model);
        view->setConversion(conversionTo(model));
        QCOMPARE(view->requantizeCount(), 2);
        view->setScopeCollapsed(QStringLiteral("block_0"), true);
        QCOMPARE(view->requantizeCount(), 1); // the one at the output
        QVERIFY(view->findChild<Legend *>()->text().contains(QStringLiteral("2 requantize operators")));
        QCOMPARE(view->shownBadge(0), QStringLiteral("i8 S P2")); // all its operators agree
    }

    void collapsedScopeHasTheHeatOfItsWorstOperator()
    {
        view->setModel(residualModel(2));
        Heat heat;
        heat.values = {40, 10, 30, 40, 40, std::nan("")};
        heat.worst = 10;
        heat.best = 40;
        view->setHeat(heat);
        view->collapseScopes(1);
        QCOMPARE(nodeItem(*view, 0)->plainColor(), heatColor(1.0));
        QCOMPARE(nodeItem(*view, 1)->plainColor(), heatColor(0.0));
    }

    // Every operator is in exactly one node, and two nodes have a line between them exactly if one operator of the one reads a
    // tensor that an operator of the other gives.
    void contentIsWhatTheNamesSay()
    {
        for (unsigned seed = 1; seed <= 60; ++seed) {
            const auto model = randomScopes(seed);
            const auto &g = model->subgraphs[0];
            const auto scopes = operatorScopes(g);
            GraphShape shape;
            shape.leftToRight = seed % 2 == 0;
            shape.collapsed = scopesAtDepth(scopes, 1 + static_cast<int>(seed % 3));
            const auto built = buildGraphContent(model, SubgraphIndex(0), shape);
            QVERIFY(built);
            const auto &content = *built;
            std::vector<int> seen(g.operators.size(), 0);
            for (std::size_t n = 0; n < content.nodes.size(); ++n) {
                for (const int op : content.nodes[n].ops) {
                    ++seen[static_cast<std::size_t>(op)];
                    QCOMPARE(content.nodeOf(op), static_cast<int>(n));
                }
            }
            QVERIFY2(std::all_of(seen.begin(), seen.end(), [](int k) { return k == 1; }), qPrintable(QString::number(seed)));
            // Slow and obvious: all pairs of operators.
            std::set<std::pair<int, int>> expected, drawn;
            for (std::size_t a = 0; a < g.operators.size(); ++a) {
                for (std::size_t b = 0; b < g.operators.size(); ++b) {
                    const int from = content.nodeOf(static_cast<int>(a)), to = content.nodeOf(static_cast<int>(b));
                    const auto &in = g.operators[b].inputs;
                    if (std::find(in.begin(), in.end(), g.operators[a].outputs[0]) != in.end()
                        && (from != to || content.nodes[static_cast<std::size_t>(from)].kind == GraphNode::Kind::Operator))
                        expected.emplace(from, to);
                }
            }
            for (const auto &edge : content.edges)
                if (edge.from < content.firstInput() && edge.to < content.firstInput())
                    drawn.emplace(edge.from, edge.to);
            QVERIFY2(drawn == expected, qPrintable(QString::number(seed)));
            for (std::size_t i = 0; i < content.nodes.size(); ++i)
                for (std::size_t k = i + 1; k < content.nodes.size(); ++k)
                    QVERIFY2(!content.nodes[i].rect.adjusted(1, 1, -1, -1).intersects(content.nodes[k].rect), qPrintable(QString::number(seed)));
        }
    }

    void linesOfTheSelectionShowTypeAndScale()
    {
        const auto model = residualModel(2);
        view->setModel(model);
        QVERIFY(labels(*view).isEmpty());
        selection.select(1);
        QCOMPARE(labels(*view), (QStringList{QStringLiteral("u8 0.1, z 128"), QStringLiteral("u8 0.1, z 128")}));
        view->setConversion(conversionTo(model));
        QCOMPARE(labels(*view), (QStringList{QStringLiteral("i8 2^-3"), QStringLiteral("i8 2^-3")}));
        selection.clear();
        QVERIFY(labels(*view).isEmpty());
        view->setEdgeLabelsVisible(true);
        QCOMPARE(labels(*view).size(), 7); // six operators and the input, once for each tensor
        view->resetZoom();
        QVERIFY(!view->grab().isNull());
        view->setEdgeLabelsVisible(false);
        QVERIFY(labels(*view).isEmpty());
    }

    void searchFindsTypesAndConstants()
    {
        view->setModel(residualModel(2));
        QCOMPARE(view->matches(QStringLiteral("block_1/project/weights")), ints({4}));
        QCOMPARE(view->matches(QStringLiteral("uint8")).size(), std::size_t(6 + 2));
        QVERIFY(view->matches(QStringLiteral("int16")).empty());
        // Places stay when scopes are collapsed, and each is found in turn.
        view->collapseScopes(1);
        QCOMPARE(view->matches(QStringLiteral("CONV")), ints({0, 1, 3, 4}));
        for (const int op : {0, 1, 3, 4, 0}) {
            QVERIFY(view->findNext(QStringLiteral("CONV")));
            QCOMPARE(selection.operators(), ints({op}));
            QCOMPARE(view->currentNode(), op / 3);
        }
    }

    void legendIsBesideTheGraph()
    {
        view->setModel(residualModel(3));
        auto *legend = view->findChild<Legend *>();
        QVERIFY(legend->isVisible());
        for (const int width : {200, 420, 900}) {
            view->resize(width, 500);
            QVERIFY(!legend->geometry().intersects(view->viewport()->geometry()));
            QCOMPARE(legend->geometry().bottom(), view->height() - 1);
            QVERIFY(legend->height() >= legend->heightForWidth(width) || legend->height() == view->height() / 3);
        }
        Heat heat;
        heat.title = QStringLiteral("Something");
        heat.unit = QStringLiteral("dB");
        heat.values = {1, 2, 3};
        view->setHeat(heat);
        QVERIFY(legend->text().contains(QStringLiteral("Something")) && legend->text().contains(QStringLiteral("dB")));
        view->setLegendVisible(false);
        QVERIFY(!legend->isVisible());
        QCOMPARE(view->viewport()->height(), view->height());
    }

    void subgraphsAreReachedAndComeBackAsTheyWere()
    {
        const auto model = threeSubgraphs();
        view->setModel(model);
        view->zoomIn();
        view->centerOn(view->content().nodes[8].rect.center());
        const QRectF before = view->visibleScene();
        QSignalSpy asked(view.get(), &GraphView::subgraphActivated), activated(view.get(), &GraphView::operatorActivated);
        view->activateNode(2);
        QCOMPARE(asked.count(), 1);
        QCOMPARE(asked[0][0].toInt(), 2);
        QCOMPARE(activated.count(), 0);
        view->setModel(model, SubgraphIndex(2));
        QCOMPARE(view->content().operatorCount, 6);
        selection.select(1); // of the main graph
        QVERIFY(!view->isNodeSelected(1));
        view->setModel(model);
        QVERIFY((view->visibleScene().center() - before.center()).manhattanLength() < 3);
        QCOMPARE(subgraphTitle(*model, 2), QStringLiteral("body"));
        QCOMPARE(calledSubgraphs(*model, model->subgraphs[0].operators[2]), ints({1, 2}));
    }

    void scopesAreExposedAsCollapsed()
    {
        view->setModel(residualModel(2));
        view->collapseScopes(1);
        auto *list = QAccessible::queryAccessibleInterface(view.get());
        QCOMPARE(list->childCount(), 4);
        auto *scope = list->child(0);
        QCOMPARE(scope->text(QAccessible::Name), QStringLiteral("Scope block_0, 3 operators"));
        QVERIFY(scope->state().expandable && scope->state().collapsed);
        scope->actionInterface()->doAction(QAccessibleActionInterface::toggleAction());
        QCOMPARE(list->childCount(), 6);
        QVERIFY(!list->child(0)->state().collapsed);
    }

    void largeGraphKeepsItsPictureWhileItIsLaidOutAnew()
    {
        QSignalSpy ready(view.get(), &GraphView::ready);
        view->setModel(residualModel(1700));
        QVERIFY(ready.wait(30'000));
        view->setLeftToRight(true);
        QVERIFY(view->isReady()); // as it was
        QCOMPARE(view->nodeCount(), 5102);
        QVERIFY(ready.wait(30'000));
        QVERIFY(view->content().shape.leftToRight);
        view->collapseScopes(1);
        QVERIFY(ready.wait(30'000));
        QCOMPARE(view->nodeCount(), 1702);
    }

private:
    Selection selection;
    std::unique_ptr<GraphView> view;
};

QTEST_MAIN(GraphShapeTest)
#include "graphshape_test.moc"
