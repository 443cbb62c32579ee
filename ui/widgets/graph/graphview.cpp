// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/graph/graphview.h"

#include "core/convert/convert.h"
#include "ui/logic/namescopes.h"
#include "ui/logic/texts.h"
#include "ui/widgets/graph/graphaccess.h"
#include "ui/widgets/graph/graphedges.h"
#include "ui/widgets/graph/graphitems.h"
#include "ui/widgets/graph/graphlegend.h"
#include "ui/widgets/graph/graphminimap.h"
#include "ui/widgets/graph/graphsearchbar.h"

#include <QAccessible>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <tuple>
#include <utility>

namespace requant {
namespace {

constexpr std::size_t kBackgroundLayout = 400; // operators from which the layout leaves the GUI thread

} // namespace

GraphView::GraphView(QWidget *parent) : QGraphicsView(parent)
{
    installGraphAccessibility();
    setScene(new QGraphicsScene(this));
    scene()->setItemIndexMethod(QGraphicsScene::BspTreeIndex);
    setObjectName(QStringLiteral("graphView"));
    setAccessibleName(tr("Graph"));
    setWhatsThis(tr("The network's operators from input to output. Click selects, Ctrl+click adds, Shift+drag selects an area, "
                    "drag moves, the wheel zooms, arrow keys walk along the edges, F shows everything, Z the selection, "
                    "C collapses the current layer's name scope and Enter opens it again, E shows types and scales at the lines."));
    setFrameShape(QFrame::NoFrame);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setTransformationAnchor(QGraphicsView::NoAnchor);
    setResizeAnchor(QGraphicsView::AnchorViewCenter);
    setRenderHint(QPainter::Antialiasing);
    setOptimizationFlag(QGraphicsView::DontSavePainterState);
    setOptimizationFlag(QGraphicsView::DontAdjustForAntialiasing);
    setFocusPolicy(Qt::StrongFocus);
    viewport()->setMouseTracking(true);
    m_emptyText = tr("Open a model, or drop a .tflite file here");

    m_minimap = new Minimap(this);
    m_legend = new Legend(this);
    m_search = new SearchBar(this);
    m_minimap->hide();
    m_legend->hide();
    connect(m_minimap, &Minimap::moveRequested, this, [this](QPointF p) {
        interact();
        centerOn(p);
    });
    connect(m_search, &SearchBar::searchRequested, this, &GraphView::find);
    connect(m_search, &SearchBar::closed, this, [this] {
        m_search->hide();
        setFocus();
    });
    m_calm.setSingleShot(true);
    m_calm.setInterval(150);
    connect(&m_calm, &QTimer::timeout, this, [this] {
        setRenderHint(QPainter::Antialiasing, true);
        viewport()->update();
    });
}

GraphView::~GraphView() = default;

void GraphView::setModel(std::shared_ptr<const Model> model, SubgraphIndex subgraph)
{
    if (model == m_model && subgraph == m_subgraph)
        return;
    if (model != m_model) {
        m_looks.clear();
        m_shape.collapsed.clear();
    } else if (isReady()) {
        m_looks[m_content.subgraph.value] = {visibleScene().center(), zoom()};
    }
    m_model = std::move(model);
    m_subgraph = subgraph;
    m_keep.reset();
    m_finder.clear();
    m_layout.cancel();
    clearScene();
    layOut();
    emit shapeChanged();
}

void GraphView::layOut()
{
    m_layout.cancel();
    if (!m_model)
        return;
    const bool large = m_subgraph && m_subgraph.pos() < m_model->subgraphs.size()
                       && m_model->subgraph(m_subgraph).operators.size() > kBackgroundLayout;
    if (!large) {
        if (auto content = buildGraphContent(m_model, m_subgraph, m_shape))
            adopt(std::move(*content));
        return;
    }
    m_layout.start(
        tr("Laying out the graph"),
        [model = m_model, subgraph = m_subgraph, shape = m_shape](const RunControl &run) {
            return buildGraphContent(model, subgraph, shape, run);
        },
        [this](Result<GraphContent> content) {
            if (content)
                adopt(std::move(*content));
        });
    viewport()->update();
}

void GraphView::setShape(GraphShape shape)
{
    if (shape == m_shape)
        return;
    m_shape = std::move(shape);
    layOut();
    emit shapeChanged();
}

void GraphView::setLeftToRight(bool on)
{
    setShape({on, m_shape.collapsed});
}

void GraphView::setScopeCollapsed(const QString &scope, bool collapsed)
{
    GraphShape next = m_shape;
    if (collapsed)
        next.collapsed.insert(scope);
    else
        next.collapsed.remove(scope);
    setShape(std::move(next));
}

void GraphView::collapseScopes(int depth)
{
    if (!m_model || !m_subgraph || m_subgraph.pos() >= m_model->subgraphs.size())
        return;
    setShape({m_shape.leftToRight, depth > 0 ? scopesAtDepth(operatorScopes(m_model->subgraph(m_subgraph)), depth) : QSet<QString>()});
}

int GraphView::scopeDepth() const
{
    if (!m_model || !m_subgraph || m_subgraph.pos() >= m_model->subgraphs.size())
        return 0;
    return requant::scopeDepth(operatorScopes(m_model->subgraph(m_subgraph)));
}

void GraphView::clearScene()
{
    m_nodes.clear();
    m_edges.clear();
    m_requantize.clear();
    m_shown.clear();
    m_lit.clear();
    m_current = m_hovered = m_foundPlace = -1;
    scene()->clear();
    m_content = {};
    updateMinimap();
    m_legend->setFamilies({});
    placeOverlays();
    viewport()->update();
}

void GraphView::adopt(GraphContent content)
{
    const bool again = isReady() && m_content.model == content.model && m_content.subgraph == content.subgraph;
    const int current = placeOfNode(m_content, m_current);
    const Anchor kept = again ? anchor() : Anchor();
    m_keep.reset();
    clearScene();
    m_content = std::move(content);
    m_nodes.reserve(m_content.nodes.size());
    m_edges.reserve(m_content.edges.size());
    for (std::size_t i = 0; i < m_content.edges.size(); ++i) {
        m_edges.push_back(new EdgeItem(m_content.edges[i], static_cast<int>(i), m_content.shape.leftToRight));
        scene()->addItem(m_edges.back());
    }
    std::vector<Family> families;
    for (std::size_t i = 0; i < m_content.nodes.size(); ++i) {
        m_nodes.push_back(new NodeItem(m_content.nodes[i], static_cast<int>(i)));
        scene()->addItem(m_nodes.back());
        if (!m_content.nodes[i].ops.empty())
            families.push_back(m_content.nodes[i].family);
    }
    std::sort(families.begin(), families.end());
    families.erase(std::unique(families.begin(), families.end()), families.end());
    m_legend->setFamilies(std::move(families));
    if (again && current >= 0)
        m_current = nodeOfPlace(m_content, current);
    showConversion();
    showHeat();
    showSelection();
    updateMinimap();
    placeOverlays();
    const auto look = m_looks.find(m_content.subgraph.value);
    if (again)
        restore(kept);
    else if (look != m_looks.end())
        setLook(look->second.centre, look->second.zoom);
    else
        startView();
    if (QAccessible::isActive()) {
        QAccessibleEvent event(this, QAccessible::ObjectReorder);
        QAccessible::updateAccessibility(&event);
    }
    emit ready();
}

void GraphView::setConversion(std::shared_ptr<const Conversion> conversion)
{
    if (conversion == m_conversion)
        return;
    m_conversion = std::move(conversion);
    showConversion();
}

const Conversion *GraphView::shownConversion() const
{
    const bool shown = m_conversion && m_conversion->model && m_conversion->source == m_content.model && isMainSubgraph()
                       && !m_conversion->model->subgraphs.empty();
    return shown ? m_conversion.get() : nullptr;
}

void GraphView::showConversion()
{
    for (auto *item : m_requantize)
        delete item;
    m_requantize.clear();
    const Conversion *conversion = shownConversion();
    for (auto *item : m_nodes) {
        item->setTargetBadge(conversion ? targetBadge(m_content, *conversion, item->number()) : QString());
        item->setDetail({});
    }
    int within = 0;
    if (conversion && !conversion->resolution.boundaries.empty()) {
        std::map<std::tuple<int, int, int>, int> edges; // by tensor, consumer (-1: graph output) and input
        for (const auto *item : m_edges)
            for (const auto &use : item->edge().uses)
                edges.emplace(std::tuple{item->edge().tensor.value, use.op, use.input}, item->number());
        std::map<int, int> inside; // by scope's node
        for (const auto &b : conversion->resolution.boundaries) {
            const auto it = edges.find({b.tensor.value, b.consumer.value, b.input});
            if (it == edges.end()) {
                const int node = b.constant ? -1 : m_content.nodeOf(b.consumer.value);
                if (node >= 0 && m_content.nodes[static_cast<std::size_t>(node)].kind == GraphNode::Kind::Scope)
                    ++inside[node];
                continue;
            }
            const auto &places = m_edges[static_cast<std::size_t>(it->second)]->requantizePoints();
            if (places.empty())
                continue;
            // Neighbouring inputs come one after another, so that a look at the last ones is enough.
            const auto isFree = [&](QPointF centre) {
                const std::size_t first = m_requantize.size() > 32 ? m_requantize.size() - 32 : 0;
                return std::none_of(m_requantize.begin() + static_cast<std::ptrdiff_t>(first), m_requantize.end(), [&](const auto *other) {
                    return RequantizeItem::boxAt(other->pos()).intersects(RequantizeItem::boxAt(centre));
                });
            };
            const auto at = std::find_if(places.begin(), places.end(), isFree);
            auto *item = new RequantizeItem(it->second, at == places.end() ? places.front() : *at, QStringLiteral("QUANTIZE"), toQString(b.reason));
            scene()->addItem(item);
            m_requantize.push_back(item);
        }
        for (const auto &[node, count] : inside) {
            auto *item = m_nodes[static_cast<std::size_t>(node)];
            item->setDetail(tr("%1, %2").arg(item->node().name, countText(count, "requantize", "requantize")));
            within += count;
        }
    }
    m_legend->setRequantizeCount(requantizeCount() + within);
    placeOverlays();
    showLabels();
}

QString GraphView::shownBadge(int node) const
{
    return m_nodes[static_cast<std::size_t>(node)]->shownBadge();
}

void GraphView::setHeat(const Heat &heat)
{
    m_heat = heat;
    showHeat();
    updateMinimap();
    placeOverlays();
}

// A scope has the colour of its worst operator.
void GraphView::showHeat()
{
    m_legend->setHeat(isMainSubgraph() ? m_heat : Heat());
    const bool shown = !m_heat.isEmpty() && isMainSubgraph();
    for (auto *item : m_nodes) {
        if (!shown || item->node().ops.empty()) {
            item->setHeat({});
            continue;
        }
        double value = std::nan("");
        for (const int op : item->node().ops) {
            const double v = static_cast<std::size_t>(op) < m_heat.values.size() ? m_heat.values[static_cast<std::size_t>(op)] : std::nan("");
            if (std::isnan(value) || heatOf(m_heat, v) > heatOf(m_heat, value))
                value = v;
        }
        item->setHeat(heatColor(m_heat, value));
    }
}

void GraphView::setEdgeLabelsVisible(bool visible)
{
    if (visible == m_edgeLabels)
        return;
    m_edgeLabels = visible;
    showLabels();
    emit shapeChanged();
}

// One label for each tensor that leaves a node: at all of them, or (by showSelection) at the lit ones.
void GraphView::showLabels()
{
    for (auto *item : m_edges)
        item->setLabel({});
    if (m_edgeLabels)
        for (const auto *item : m_edges)
            labelEdge(item->number());
    else
        showSelection();
}

void GraphView::labelEdge(int number)
{
    const auto &edge = m_content.edges[static_cast<std::size_t>(number)];
    if (edge.line.size() < 2)
        return;
    const bool across = m_content.shape.leftToRight;
    const auto side = [across](const GraphEdge &e) { return across ? e.line.front().y() : e.line.front().x(); };
    double least = std::numeric_limits<double>::infinity(), most = -least;
    for (const int other : m_content.out[static_cast<std::size_t>(edge.from)]) {
        const auto &sibling = m_content.edges[static_cast<std::size_t>(other)];
        if (sibling.line.size() < 2)
            continue;
        if (other != number && sibling.tensor == edge.tensor && !m_edges[static_cast<std::size_t>(other)]->label().isEmpty())
            return;
        least = std::min(least, side(sibling));
        most = std::max(most, side(sibling));
    }
    // On the side to which no other line leaves; beside a requantize operator that stands on the line.
    const bool before = across ? side(edge) <= least : most > side(edge) && side(edge) <= least;
    const bool covered = std::any_of(m_requantize.begin(), m_requantize.end(), [number](const auto *r) { return r->edge() == number; });
    const QRectF pill = RequantizeItem::boxAt({0, 0});
    m_edges[static_cast<std::size_t>(number)]->setLabel(edgeLabel(m_content, shownConversion(), number), before,
                                                        !covered ? 0 : across ? pill.height() / 2 : pill.width() / 2);
}

void GraphView::setEmptyText(const QString &text)
{
    m_emptyText = text;
    viewport()->update();
}

} // namespace requant
