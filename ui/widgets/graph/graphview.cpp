// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/graph/graphview.h"

#include "core/convert/convert.h"
#include "ui/logic/selection.h"
#include "ui/logic/texts.h"
#include "ui/widgets/graph/graphaccess.h"
#include "ui/widgets/graph/graphitems.h"
#include "ui/widgets/graph/graphoverlays.h"

#include <QAccessible>

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>

namespace requant {
namespace {

constexpr std::size_t kBackgroundLayout = 400; // operators from which the layout leaves the GUI thread

} // namespace

GraphView::GraphView(QWidget *parent) : QGraphicsView(parent)
{
    installGraphAccessibility();
    setScene(new QGraphicsScene(this));
    setObjectName(QStringLiteral("graphView"));
    setAccessibleName(tr("Graph"));
    setWhatsThis(tr("The network's operators from input to output. Click selects, Ctrl+click adds, Shift+drag selects an area, "
                    "drag moves, the wheel zooms, arrow keys walk along the edges, F shows everything."));
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
    m_model = std::move(model);
    m_subgraph = subgraph;
    m_layout.cancel();
    clearScene();
    if (!m_model)
        return;
    const bool large = subgraph && subgraph.pos() < m_model->subgraphs.size()
                       && m_model->subgraph(subgraph).operators.size() > kBackgroundLayout;
    if (!large) {
        if (auto content = buildGraphContent(m_model, subgraph))
            adopt(std::move(*content));
        return;
    }
    m_layout.start(
        tr("Laying out the graph"),
        [model = m_model, subgraph](const RunControl &run) { return buildGraphContent(model, subgraph, run); },
        [this](Result<GraphContent> content) {
            if (content)
                adopt(std::move(*content));
        });
    viewport()->update();
}

void GraphView::clearScene()
{
    m_nodes.clear();
    m_edges.clear();
    m_requantize.clear();
    m_shown.clear();
    m_lit.clear();
    m_finder.clear();
    m_current = m_hovered = -1;
    scene()->clear();
    m_content = {};
    updateMinimap();
    m_legend->setFamilies({});
    placeOverlays();
    viewport()->update();
}

void GraphView::adopt(GraphContent content)
{
    clearScene();
    m_content = std::move(content);
    m_nodes.reserve(m_content.nodes.size());
    m_edges.reserve(m_content.edges.size());
    for (std::size_t i = 0; i < m_content.edges.size(); ++i) {
        m_edges.push_back(new EdgeItem(m_content.edges[i], static_cast<int>(i)));
        scene()->addItem(m_edges.back());
    }
    std::vector<Family> families;
    for (std::size_t i = 0; i < m_content.nodes.size(); ++i) {
        m_nodes.push_back(new NodeItem(m_content.nodes[i], static_cast<int>(i)));
        scene()->addItem(m_nodes.back());
        if (m_content.nodes[i].op >= 0)
            families.push_back(m_content.nodes[i].family);
    }
    std::sort(families.begin(), families.end());
    families.erase(std::unique(families.begin(), families.end()), families.end());
    m_legend->setFamilies(std::move(families));
    showConversion();
    showHeat();
    showSelection();
    updateMinimap();
    placeOverlays();
    startView();
    emit ready();
}

void GraphView::setConversion(std::shared_ptr<const Conversion> conversion)
{
    if (conversion == m_conversion)
        return;
    m_conversion = std::move(conversion);
    showConversion();
}

void GraphView::showConversion()
{
    for (auto *item : m_requantize)
        delete item;
    m_requantize.clear();
    m_legend->setRequantizeCount(0);
    placeOverlays();
    const bool shown = m_conversion && m_conversion->model && m_conversion->source == m_content.model && isMainSubgraph()
                       && !m_conversion->model->subgraphs.empty();
    if (!shown) {
        for (auto *item : m_nodes)
            item->setTargetBadge({});
        return;
    }
    const auto &tensors = m_conversion->model->subgraphs.front().tensors;
    for (auto *item : m_nodes) {
        const auto t = item->node().tensor;
        item->setTargetBadge(t && t.pos() < tensors.size() ? schemeBadge(tensors[t.pos()]) : QString());
    }
    if (m_conversion->resolution.boundaries.empty())
        return;
    // Edges by tensor, consumer (-1: graph output) and input.
    std::map<std::tuple<int, int, int>, int> edges;
    for (const auto *item : m_edges) {
        const auto &e = item->edge();
        edges.emplace(std::tuple{e.tensor.value, m_content.nodes[static_cast<std::size_t>(e.to)].op, e.input}, item->number());
    }
    for (const auto &b : m_conversion->resolution.boundaries) {
        const auto it = edges.find({b.tensor.value, b.consumer.value, b.input});
        if (it == edges.end())
            continue;
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
    m_legend->setRequantizeCount(requantizeCount());
    placeOverlays();
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

void GraphView::showHeat()
{
    m_legend->setHeat(m_heat);
    const bool shown = !m_heat.isEmpty() && isMainSubgraph();
    for (auto *item : m_nodes) {
        const int op = item->node().op;
        if (!shown || op < 0)
            item->setHeat({});
        else
            item->setHeat(heatColor(m_heat, static_cast<std::size_t>(op) < m_heat.values.size()
                                                ? m_heat.values[static_cast<std::size_t>(op)]
                                                : std::nan("")));
    }
}

void GraphView::setSelection(Selection *selection)
{
    if (m_selection)
        disconnect(m_selection, nullptr, this, nullptr);
    m_selection = selection;
    if (m_selection) {
        connect(m_selection, &Selection::changed, this, [this] {
            showSelection();
            if (m_current >= 0 && !m_selection->isEmpty() && m_drag == Drag::None)
                ensureNodeVisible(m_current);
        });
    }
    showSelection();
}

void GraphView::showSelection()
{
    for (const int n : m_shown)
        m_nodes[static_cast<std::size_t>(n)]->setSelected(false, false);
    for (const int e : m_lit)
        m_edges[static_cast<std::size_t>(e)]->setLit(false);
    m_shown.clear();
    m_lit.clear();
    if (m_nodes.empty())
        return;
    if (m_selection && isMainSubgraph()) {
        for (const int op : m_selection->operators())
            if (op < m_content.operatorCount)
                m_shown.push_back(op); // operators are the first nodes
        if (!m_selection->isEmpty())
            m_current = m_selection->current() < m_content.operatorCount ? m_selection->current() : -1;
        else if (m_current >= 0 && m_current < m_content.operatorCount)
            m_current = -1;
    }
    if (m_current >= 0 && std::find(m_shown.begin(), m_shown.end(), m_current) == m_shown.end())
        m_shown.push_back(m_current);
    if (m_current >= 0 && QAccessible::isActive()) {
        QAccessibleEvent event(this, QAccessible::Focus);
        event.setChild(m_current);
        QAccessible::updateAccessibility(&event);
    }
    for (const int n : m_shown) {
        const auto i = static_cast<std::size_t>(n);
        m_nodes[i]->setSelected(true, n == m_current);
        for (const auto *list : {&m_content.in[i], &m_content.out[i]}) {
            for (const int e : *list) {
                m_edges[static_cast<std::size_t>(e)]->setLit(true);
                m_lit.push_back(e);
            }
        }
    }
}

bool GraphView::isNodeSelected(int node) const
{
    return std::find(m_shown.begin(), m_shown.end(), node) != m_shown.end();
}

void GraphView::selectNode(int node)
{
    if (node < 0 || node >= nodeCount())
        return;
    makeCurrent(node, Qt::NoModifier);
    ensureNodeVisible(node);
}

int GraphView::nodeAtGlobal(QPoint p) const
{
    const auto *node = nodeAt(viewport()->mapFromGlobal(p));
    return node ? node->number() : -1;
}

// Takes a node as the current one and tells the shared selection.
void GraphView::makeCurrent(int node, Qt::KeyboardModifiers modifiers)
{
    const int op = node >= 0 ? m_content.nodes[static_cast<std::size_t>(node)].op : -1;
    if (!m_selection || !isMainSubgraph() || op < 0) {
        m_current = node;
        if (m_selection && isMainSubgraph() && !(modifiers & Qt::ControlModifier))
            m_selection->clear();
        m_current = node;
        showSelection();
    } else if (modifiers & Qt::ControlModifier) {
        m_selection->toggle(op);
    } else if (modifiers & Qt::ShiftModifier) {
        m_selection->set(m_selection->operators(), op);
    } else {
        m_selection->select(op);
    }
}

std::vector<int> GraphView::matches(const QString &text) const
{
    return m_finder.matches(m_content, text);
}

bool GraphView::find(const QString &text, bool forward, bool fromHere)
{
    const auto found = matches(text);
    if (found.empty()) {
        m_search->setPlace(0, 0);
        return false;
    }
    auto it = found.begin();
    if (forward) {
        it = fromHere ? std::lower_bound(found.begin(), found.end(), m_current) : std::upper_bound(found.begin(), found.end(), m_current);
        if (it == found.end())
            it = found.begin();
    } else {
        it = std::lower_bound(found.begin(), found.end(), m_current);
        it = it == found.begin() ? std::prev(found.end()) : std::prev(it);
    }
    makeCurrent(*it, Qt::NoModifier);
    ensureNodeVisible(*it);
    m_search->setPlace(static_cast<int>(it - found.begin()) + 1, static_cast<int>(found.size()));
    return true;
}

void GraphView::showSearch()
{
    placeOverlays();
    m_search->open();
}

void GraphView::showOperator(int op)
{
    if (op >= 0 && op < m_content.operatorCount && isMainSubgraph())
        ensureNodeVisible(op);
}

void GraphView::setEmptyText(const QString &text)
{
    m_emptyText = text;
    viewport()->update();
}

} // namespace requant
