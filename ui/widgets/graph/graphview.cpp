// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/graph/graphview.h"

#include "core/convert/convert.h"
#include "ui/logic/selection.h"
#include "ui/logic/texts.h"
#include "ui/widgets/graph/graphaccess.h"
#include "ui/widgets/graph/graphitems.h"
#include "ui/widgets/graph/graphoverlays.h"

#include <QAccessible>
#include <QApplication>
#include <QClipboard>
#include <QContextMenuEvent>
#include <QFileDialog>
#include <QHelpEvent>
#include <QKeyEvent>
#include <QMenu>
#include <QPainter>
#include <QRubberBand>
#include <QScrollBar>
#include <QSvgGenerator>
#include <QToolTip>
#include <QWheelEvent>

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>

namespace requant {
namespace {

constexpr std::size_t kBackgroundLayout = 400; // operators from which the layout leaves the GUI thread
constexpr int kCoarse = 400;                   // nodes from which moving draws without antialiasing
constexpr double kMaxZoom = 4;

double clampedZoom(double zoom, double least) { return std::clamp(zoom, least, kMaxZoom); }

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
    m_searchTexts.clear();
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

int GraphView::neighbourBeside(int node, bool right) const
{
    const QRectF from = m_content.nodes[static_cast<std::size_t>(node)].rect;
    int best = -1;
    double bestDistance = 1e18;
    for (std::size_t i = 0; i < m_content.nodes.size(); ++i) {
        const QPointF d = m_content.nodes[i].rect.center() - from.center();
        if (std::abs(d.y()) > kNodeHeight || (right ? d.x() <= 1 : d.x() >= -1))
            continue;
        const double distance = std::abs(d.x()) + 4 * std::abs(d.y());
        if (distance < bestDistance) {
            bestDistance = distance;
            best = static_cast<int>(i);
        }
    }
    return best;
}

void GraphView::walk(int key, Qt::KeyboardModifiers modifiers)
{
    if (m_nodes.empty())
        return;
    int next = -1;
    if (m_current < 0) {
        next = 0;
    } else if (key == Qt::Key_Home) {
        next = 0;
    } else if (key == Qt::Key_End) {
        next = std::max(0, m_content.operatorCount - 1);
    } else if (key == Qt::Key_Left || key == Qt::Key_Right) {
        next = neighbourBeside(m_current, key == Qt::Key_Right);
    } else {
        // Of several ways the straightest, of equals the nearest.
        const bool down = key == Qt::Key_Down;
        const auto i = static_cast<std::size_t>(m_current);
        const QPointF from = m_content.nodes[i].rect.center();
        double best = 1e18;
        for (const int e : down ? m_content.out[i] : m_content.in[i]) {
            const auto &edge = m_content.edges[static_cast<std::size_t>(e)];
            const int other = down ? edge.to : edge.from;
            const QPointF d = m_content.nodes[static_cast<std::size_t>(other)].rect.center() - from;
            const double cost = 10 * std::abs(d.x()) + std::abs(d.y());
            if (cost < best) {
                best = cost;
                next = other;
            }
        }
    }
    if (next < 0)
        return;
    makeCurrent(next, modifiers & Qt::ShiftModifier);
    ensureNodeVisible(next);
}

std::vector<int> GraphView::matches(const QString &text) const
{
    std::vector<int> found;
    const QString needle = text.trimmed().toLower();
    if (needle.isEmpty())
        return found;
    if (needle.startsWith(u'#')) {
        bool isNumber = false;
        const int op = QStringView(needle).mid(1).toInt(&isNumber);
        if (isNumber && op >= 0 && op < m_content.operatorCount)
            found.push_back(op);
        return found;
    }
    if (m_searchTexts.size() != m_content.nodes.size()) {
        m_searchTexts.clear();
        for (const auto &node : m_content.nodes)
            m_searchTexts.push_back((node.title + u'\n' + node.name + u'\f' + node.fullName).toLower());
    }
    std::vector<int> inTensorName;
    for (std::size_t i = 0; i < m_searchTexts.size(); ++i) {
        const auto at = m_searchTexts[i].indexOf(needle);
        if (at >= 0)
            (at < m_searchTexts[i].indexOf(u'\f') ? found : inTensorName).push_back(static_cast<int>(i));
    }
    return found.empty() ? inTensorName : found;
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

void GraphView::ensureNodeVisible(int node)
{
    const QRectF rect = m_content.nodes[static_cast<std::size_t>(node)].rect;
    const double margin = 24 / zoom();
    if (!visibleScene().adjusted(margin, margin, -margin, -margin).contains(rect))
        centerOn(rect.center());
}

QRectF GraphView::visibleScene() const
{
    return mapToScene(viewport()->rect()).boundingRect();
}

void GraphView::setEmptyText(const QString &text)
{
    m_emptyText = text;
    viewport()->update();
}

// So that every node can come to the middle of the view.
void GraphView::updateSceneRect()
{
    const double mx = viewport()->width() / zoom() * 0.6 + 1, my = viewport()->height() / zoom() * 0.6 + 1;
    setSceneRect(QRectF(QPointF(0, 0), m_content.size).adjusted(-mx, -my, mx, my));
}

void GraphView::zoomBy(double factor)
{
    if (!isReady())
        return;
    const double next = clampedZoom(zoom() * factor, m_minZoom);
    if (next == zoom())
        return;
    const QPointF centre = visibleScene().center();
    setTransform(QTransform::fromScale(next, next));
    updateSceneRect();
    centerOn(centre);
    emit zoomChanged(next);
    updateVisible();
}

void GraphView::resetZoom()
{
    zoomBy(1.0 / zoom());
}

void GraphView::fit()
{
    if (!isReady())
        return;
    const double wide = (viewport()->width() - 4 * kGrid) / std::max(1.0, m_content.size.width());
    const double high = (viewport()->height() - 4 * kGrid) / std::max(1.0, m_content.size.height());
    const double next = clampedZoom(std::min({wide, high, 1.25}), 0.001);
    m_minZoom = std::min(next / 2, 0.1);
    setTransform(QTransform::fromScale(next, next));
    updateSceneRect();
    centerOn(QPointF(m_content.size.width() / 2, m_content.size.height() / 2));
    emit zoomChanged(next);
    updateVisible();
}

// A small graph is shown whole, a long one from its beginning at a zoom where it can be read.
void GraphView::startView()
{
    fit();
    constexpr double kReadable = 0.75;
    if (zoom() >= kReadable || !isReady())
        return;
    setTransform(QTransform::fromScale(kReadable, kReadable));
    updateSceneRect();
    // The first graph input, or else the first operator; inputs follow the operators.
    const auto inputs = static_cast<std::size_t>(m_content.operatorCount);
    const bool hasInput = inputs < m_content.nodes.size() && m_content.nodes[inputs].kind == GraphNode::Kind::Input;
    const QRectF first = m_content.nodes[hasInput ? inputs : 0].rect;
    centerOn(first.center().x(), first.top() - 2 * kGrid + viewport()->height() / kReadable / 2);
    emit zoomChanged(zoom());
    updateVisible();
}

void GraphView::zoomToSelection()
{
    QRectF area;
    for (const int n : m_shown)
        area |= m_content.nodes[static_cast<std::size_t>(n)].rect;
    if (area.isEmpty()) {
        fit();
        return;
    }
    area.adjust(-60, -60, 60, 60);
    const double next = clampedZoom(std::min({viewport()->width() / area.width(), viewport()->height() / area.height(), 1.5}), m_minZoom);
    setTransform(QTransform::fromScale(next, next));
    updateSceneRect();
    centerOn(area.center());
    emit zoomChanged(next);
    updateVisible();
}

void GraphView::wheelEvent(QWheelEvent *event)
{
    if (!isReady())
        return;
    event->accept();
    interact();
    if (event->modifiers() & (Qt::ShiftModifier | Qt::AltModifier)) {
        const QPoint d = event->angleDelta();
        horizontalScrollBar()->setValue(horizontalScrollBar()->value() - (d.x() ? d.x() : d.y()));
        return;
    }
    const double next = clampedZoom(zoom() * std::pow(1.0015, event->angleDelta().y()), m_minZoom);
    if (next == zoom())
        return;
    const QPointF at = event->position();
    const QPointF before = mapToScene(at.toPoint());
    setTransform(QTransform::fromScale(next, next));
    updateSceneRect();
    const QPointF after = mapToScene(at.toPoint());
    const QPointF shift = (before - after) * next;
    horizontalScrollBar()->setValue(horizontalScrollBar()->value() + static_cast<int>(std::lround(shift.x())));
    verticalScrollBar()->setValue(verticalScrollBar()->value() + static_cast<int>(std::lround(shift.y())));
    emit zoomChanged(next);
    updateVisible();
}

NodeItem *GraphView::nodeAt(QPoint p) const
{
    const auto under = items(QRect(p - QPoint(1, 1), QSize(3, 3)));
    for (auto *item : under)
        if (item->type() == NodeItem::Type)
            return static_cast<NodeItem *>(item);
    return nullptr;
}

void GraphView::mousePressEvent(QMouseEvent *event)
{
    m_press = m_last = event->pos();
    m_moved = false;
    const bool left = event->button() == Qt::LeftButton;
    if (event->button() == Qt::MiddleButton || (left && m_space)) {
        m_drag = Drag::Pan;
    } else if (left && (event->modifiers() & Qt::ShiftModifier) && !nodeAt(event->pos())) {
        m_drag = Drag::RubberBand;
        if (!m_band)
            m_band = new QRubberBand(QRubberBand::Rectangle, viewport());
        m_band->setGeometry(QRect(m_press, QSize()));
        m_band->show();
    } else if (left) {
        m_drag = Drag::Pan; // a click if it does not move
    }
    updateCursor();
    event->accept();
}

void GraphView::mouseMoveEvent(QMouseEvent *event)
{
    if (m_drag == Drag::None) {
        const auto *node = nodeAt(event->pos());
        const int now = node ? node->number() : -1;
        if (now != m_hovered) {
            if (m_hovered >= 0 && static_cast<std::size_t>(m_hovered) < m_nodes.size())
                m_nodes[static_cast<std::size_t>(m_hovered)]->setHovered(false);
            m_hovered = now;
            if (now >= 0)
                m_nodes[static_cast<std::size_t>(now)]->setHovered(true);
        }
        return;
    }
    if (!m_moved && (event->pos() - m_press).manhattanLength() < QApplication::startDragDistance())
        return;
    m_moved = true;
    if (m_drag == Drag::RubberBand) {
        m_band->setGeometry(QRect(m_press, event->pos()).normalized());
    } else {
        interact();
        const QPoint d = event->pos() - m_last;
        horizontalScrollBar()->setValue(horizontalScrollBar()->value() - d.x());
        verticalScrollBar()->setValue(verticalScrollBar()->value() - d.y());
        updateCursor();
    }
    m_last = event->pos();
}

void GraphView::mouseReleaseEvent(QMouseEvent *event)
{
    const Drag drag = m_drag;
    m_drag = Drag::None;
    if (drag == Drag::RubberBand) {
        m_band->hide();
        if (m_moved && m_selection && isMainSubgraph()) {
            std::vector<int> inside;
            if (event->modifiers() & Qt::ControlModifier)
                inside = m_selection->operators();
            const QRectF area = mapToScene(QRect(m_press, event->pos()).normalized()).boundingRect();
            for (const auto &node : m_content.nodes)
                if (node.op >= 0 && area.intersects(node.rect))
                    inside.push_back(node.op);
            m_drag = Drag::RubberBand; // the view stays where it is
            m_selection->set(std::move(inside));
            m_drag = Drag::None;
        }
    } else if (drag == Drag::Pan && !m_moved && event->button() == Qt::LeftButton && !m_space && isReady()) {
        const auto *node = nodeAt(event->pos());
        if (node || !(event->modifiers() & Qt::ControlModifier))
            makeCurrent(node ? node->number() : -1, event->modifiers());
    }
    updateCursor();
}

void GraphView::mouseDoubleClickEvent(QMouseEvent *event)
{
    const auto *node = nodeAt(event->pos());
    if (node && node->node().op >= 0 && event->button() == Qt::LeftButton)
        emit operatorActivated(node->node().op);
}

void GraphView::updateCursor()
{
    if (m_drag == Drag::Pan && (m_moved || m_space))
        viewport()->setCursor(Qt::ClosedHandCursor);
    else if (m_space)
        viewport()->setCursor(Qt::OpenHandCursor);
    else
        viewport()->unsetCursor();
}

void GraphView::keyPressEvent(QKeyEvent *event)
{
    const bool plain = !(event->modifiers() & (Qt::ControlModifier | Qt::AltModifier | Qt::MetaModifier));
    if (event->matches(QKeySequence::Copy)) {
        copyPicture();
        return;
    }
    if (event->matches(QKeySequence::SelectAll) && m_selection && isMainSubgraph()) {
        std::vector<int> all(static_cast<std::size_t>(m_content.operatorCount));
        for (std::size_t i = 0; i < all.size(); ++i)
            all[i] = static_cast<int>(i);
        m_drag = Drag::RubberBand;
        m_selection->set(std::move(all), m_current >= 0 && m_current < m_content.operatorCount ? m_current : -1);
        m_drag = Drag::None;
        return;
    }
    if (event->matches(QKeySequence::Find)) {
        showSearch();
        return;
    }
    if (event->key() == Qt::Key_F3) {
        find(m_search->text(), !(event->modifiers() & Qt::ShiftModifier), false);
        return;
    }
    if (plain) {
        switch (event->key()) {
        case Qt::Key_Up: case Qt::Key_Down: case Qt::Key_Left: case Qt::Key_Right: case Qt::Key_Home: case Qt::Key_End:
            walk(event->key(), event->modifiers());
            return;
        case Qt::Key_F: fit(); return;
        case Qt::Key_Z: zoomToSelection(); return;
        case Qt::Key_Plus: case Qt::Key_Equal: zoomIn(); return;
        case Qt::Key_Minus: zoomOut(); return;
        case Qt::Key_0: resetZoom(); return;
        case Qt::Key_Slash: showSearch(); return;
        case Qt::Key_PageDown: case Qt::Key_PageUp:
            verticalScrollBar()->setValue(verticalScrollBar()->value()
                                          + (event->key() == Qt::Key_PageDown ? 1 : -1) * viewport()->height() * 9 / 10);
            return;
        case Qt::Key_Escape:
            makeCurrent(-1, Qt::NoModifier);
            return;
        case Qt::Key_Return: case Qt::Key_Enter:
            if (m_current >= 0 && m_content.nodes[static_cast<std::size_t>(m_current)].op >= 0)
                emit operatorActivated(m_content.nodes[static_cast<std::size_t>(m_current)].op);
            return;
        case Qt::Key_Space:
            if (!event->isAutoRepeat()) {
                m_space = true;
                updateCursor();
            }
            return;
        default:
            break;
        }
    }
    QAbstractScrollArea::keyPressEvent(event);
}

void GraphView::keyReleaseEvent(QKeyEvent *event)
{
    if (event->key() == Qt::Key_Space && !event->isAutoRepeat()) {
        m_space = false;
        updateCursor();
        return;
    }
    QGraphicsView::keyReleaseEvent(event);
}

void GraphView::focusOutEvent(QFocusEvent *event)
{
    m_space = false;
    updateCursor();
    QGraphicsView::focusOutEvent(event);
}

void GraphView::contextMenuEvent(QContextMenuEvent *event)
{
    auto *menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    int op = -1;
    if (event->reason() == QContextMenuEvent::Mouse) {
        if (const auto *node = nodeAt(event->pos())) {
            op = node->node().op;
            if (op >= 0 && m_selection && !m_selection->contains(op))
                makeCurrent(node->number(), Qt::NoModifier);
        }
    } else if (m_current >= 0) {
        op = m_content.nodes[static_cast<std::size_t>(m_current)].op;
    }
    emit contextMenuAboutToShow(menu, op);
    if (!menu->isEmpty())
        menu->addSeparator();
    menu->addAction(themedIcon(QStringLiteral("fit")), tr("Show everything") + QStringLiteral("\tF"), this, &GraphView::fit)->setEnabled(isReady());
    menu->addAction(themedIcon(QStringLiteral("zoom-selection")), tr("Zoom to selection") + QStringLiteral("\tZ"), this, &GraphView::zoomToSelection)
        ->setEnabled(!m_shown.empty());
    menu->addAction(themedIcon(QStringLiteral("search")), tr("Find...") + QStringLiteral("\tCtrl+F"), this, &GraphView::showSearch)->setEnabled(isReady());
    menu->addSeparator();
    menu->addAction(themedIcon(QStringLiteral("copy")), tr("Copy picture") + QStringLiteral("\tCtrl+C"), this, &GraphView::copyPicture)->setEnabled(isReady());
    menu->addAction(themedIcon(QStringLiteral("picture")), tr("Save picture..."), this, &GraphView::savePictureAs)->setEnabled(isReady());
    menu->addSeparator();
    auto *overview = menu->addAction(tr("Overview"));
    overview->setCheckable(true);
    overview->setChecked(m_minimapWanted);
    connect(overview, &QAction::toggled, this, &GraphView::setMinimapVisible);
    auto *legend = menu->addAction(tr("Legend"));
    legend->setCheckable(true);
    legend->setChecked(m_legendWanted);
    connect(legend, &QAction::toggled, this, &GraphView::setLegendVisible);
    menu->popup(event->globalPos());
}

QString GraphView::toolTipAt(QPoint p) const
{
    const EdgeItem *edge = nullptr;
    const auto under = items(QRect(p - QPoint(2, 2), QSize(5, 5)));
    for (auto *item : under) {
        if (item->type() == NodeItem::Type)
            return nodeToolTip(m_content, m_conversion && m_conversion->source == m_content.model ? m_conversion.get() : nullptr,
                               static_cast<NodeItem *>(item)->number());
        if (item->type() == RequantizeItem::Type)
            return QStringLiteral("<p>%1</p>").arg(static_cast<RequantizeItem *>(item)->reason().toHtmlEscaped());
        if (item->type() == EdgeItem::Type && !edge)
            edge = static_cast<EdgeItem *>(item);
    }
    if (!edge)
        return {};
    return edgeToolTip(m_content, m_conversion && m_conversion->source == m_content.model ? m_conversion.get() : nullptr, edge->number());
}

bool GraphView::viewportEvent(QEvent *event)
{
    if (event->type() == QEvent::ToolTip) {
        const auto *help = static_cast<QHelpEvent *>(event);
        const QString text = m_drag == Drag::None ? toolTipAt(help->pos()) : QString();
        if (text.isEmpty())
            QToolTip::hideText();
        else
            QToolTip::showText(help->globalPos(), text, viewport());
        return true;
    }
    if (event->type() == QEvent::Leave && m_hovered >= 0) {
        if (static_cast<std::size_t>(m_hovered) < m_nodes.size())
            m_nodes[static_cast<std::size_t>(m_hovered)]->setHovered(false);
        m_hovered = -1;
    }
    return QGraphicsView::viewportEvent(event);
}

void GraphView::interact()
{
    if (nodeCount() < kCoarse)
        return;
    setRenderHint(QPainter::Antialiasing, false);
    m_calm.start();
}

void GraphView::drawBackground(QPainter *painter, const QRectF &rect)
{
    painter->fillRect(rect, themeColor(ColorRole::Canvas));
}

void GraphView::paintEvent(QPaintEvent *event)
{
    if (isReady() && zoom() < kDetailZoom) {
        QPainter painter(viewport());
        paintFar(painter, event->rect());
        return;
    }
    QGraphicsView::paintEvent(event);
    if (isReady())
        return;
    QPainter painter(viewport());
    painter.setPen(themeColor(ColorRole::Muted));
    painter.drawText(viewport()->rect(), Qt::AlignCenter | Qt::TextWordWrap, m_model ? QString() : m_emptyText);
}

// The whole picture from afar without the scene's cost for each item: thousands of plain boxes in a few milliseconds.
void GraphView::paintFar(QPainter &painter, const QRect &exposed)
{
    painter.fillRect(exposed, themeColor(ColorRole::Canvas));
    const QTransform place = viewportTransform();
    const QRectF seen = place.inverted().mapRect(QRectF(exposed).adjusted(-4, -4, 4, 4));
    const bool smooth = nodeCount() < kCoarse;
    painter.setRenderHint(QPainter::Antialiasing, smooth);

    QPolygonF line;
    const auto drawEdge = [&](const GraphEdge &edge) {
        if (edge.line.size() < 2)
            return;
        const double top = std::min(edge.line.front().y(), edge.line.back().y());
        const double bottom = std::max(edge.line.front().y(), edge.line.back().y());
        if (bottom < seen.top() || top > seen.bottom())
            return;
        line.clear();
        for (const auto &p : edge.line)
            line << place.map(p);
        painter.drawPolyline(line);
    };
    painter.setPen(QPen(themeColor(ColorRole::Edge), smooth ? 1.2 : 1));
    for (const auto &edge : m_content.edges)
        drawEdge(edge);
    painter.setPen(QPen(themeColor(ColorRole::After), 2));
    for (const int e : m_lit)
        drawEdge(m_content.edges[static_cast<std::size_t>(e)]);

    painter.setRenderHint(QPainter::Antialiasing, false);
    const auto atLeast = [](QRectF r, double width, double height) {
        const double dx = std::max(0.0, width - r.width()) / 2, dy = std::max(0.0, height - r.height()) / 2;
        return r.adjusted(-dx, -dy, dx, dy);
    };
    for (const auto *item : m_nodes)
        if (seen.intersects(item->node().rect))
            painter.fillRect(atLeast(place.mapRect(item->node().rect), 3, 1), item->plainColor());
    for (const auto *item : m_requantize)
        if (seen.intersects(item->sceneBoundingRect()))
            painter.fillRect(atLeast(place.mapRect(item->sceneBoundingRect()), 4, 3), themeColor(ColorRole::VariantB));
    painter.setRenderHint(QPainter::Antialiasing, smooth);
    painter.setBrush(Qt::NoBrush);
    for (const int n : m_shown) {
        const auto *item = m_nodes[static_cast<std::size_t>(n)];
        if (!seen.intersects(item->node().rect))
            continue;
        painter.setPen(QPen(themeColor(ColorRole::After), item->isCurrent() ? 3 : 2));
        painter.drawRect(atLeast(place.mapRect(item->node().rect), 5, 3).adjusted(-1, -1, 1, 1));
    }
}

void GraphView::updateMinimap()
{
    std::vector<Minimap::Box> boxes;
    boxes.reserve(m_nodes.size());
    for (const auto *item : m_nodes)
        boxes.push_back({item->node().rect, item->plainColor()});
    m_minimap->setBoxes(std::move(boxes), QRectF(QPointF(0, 0), m_content.size));
}

void GraphView::updateVisible()
{
    m_minimap->setView(visibleScene());
    // The overview is of use only while something is out of sight.
    const bool whole = visibleScene().contains(QRectF(QPointF(0, 0), m_content.size));
    m_minimap->setVisible(m_minimapWanted && isReady() && !whole);
}

void GraphView::placeOverlays()
{
    const int margin = kGrid + kGrid / 2;
    m_minimap->resize(m_minimap->fittingSize(QSize(width() / 5, height() / 2)));
    m_minimap->move(width() - m_minimap->width() - margin, height() - m_minimap->height() - margin);
    m_legend->resize(m_legend->sizeHint());
    m_legend->move(margin, height() - m_legend->height() - margin);
    // Families only where there is room beside the spine: the boxes name their operators anyway.
    const bool room = height() > 2 * m_legend->height() && (m_legend->hasHeat() || width() > 3 * m_legend->width());
    m_legend->setVisible(m_legendWanted && isReady() && !m_legend->sizeHint().isEmpty() && room);
    m_search->adjustSize();
    m_search->move(width() - m_search->width() - margin, margin);
    updateVisible();
}

void GraphView::setMinimapVisible(bool visible)
{
    m_minimapWanted = visible;
    placeOverlays();
}

void GraphView::setLegendVisible(bool visible)
{
    m_legendWanted = visible;
    placeOverlays();
}

void GraphView::resizeEvent(QResizeEvent *event)
{
    QGraphicsView::resizeEvent(event);
    if (isReady()) {
        const QPointF centre = visibleScene().center();
        updateSceneRect();
        centerOn(centre);
    }
    placeOverlays();
}

void GraphView::scrollContentsBy(int dx, int dy)
{
    QGraphicsView::scrollContentsBy(dx, dy);
    updateVisible();
}

void GraphView::changeEvent(QEvent *event)
{
    QGraphicsView::changeEvent(event);
    if (event->type() == QEvent::PaletteChange || event->type() == QEvent::StyleChange || event->type() == QEvent::FontChange) {
        showHeat();
        updateMinimap();
        placeOverlays();
        scene()->update();
        m_legend->update();
    }
}

QImage GraphView::picture(double scale, int longestSide) const
{
    if (!isReady())
        return {};
    const QRectF area = QRectF(QPointF(0, 0), m_content.size).adjusted(-16, -16, 16, 16);
    scale = std::min(scale, longestSide / std::max(area.width(), area.height()));
    QImage image((area.size() * scale).toSize().expandedTo(QSize(1, 1)), QImage::Format_ARGB32_Premultiplied);
    image.fill(themeColor(ColorRole::Canvas));
    QPainter painter(&image);
    painter.setRenderHint(QPainter::Antialiasing);
    scene()->render(&painter, QRectF(image.rect()), area);
    return image;
}

bool GraphView::savePicture(const QString &path) const
{
    if (!isReady())
        return false;
    if (!path.endsWith(QLatin1String(".svg"), Qt::CaseInsensitive))
        return picture().save(path, "PNG");
    const QRectF area = QRectF(QPointF(0, 0), m_content.size).adjusted(-16, -16, 16, 16);
    QSvgGenerator svg;
    svg.setFileName(path);
    svg.setSize(area.size().toSize());
    svg.setViewBox(QRectF(QPointF(0, 0), area.size()));
    svg.setTitle(tr("Graph"));
    QPainter painter;
    if (!painter.begin(&svg))
        return false;
    painter.fillRect(QRectF(QPointF(0, 0), area.size()), themeColor(ColorRole::Canvas));
    scene()->render(&painter, QRectF(QPointF(0, 0), area.size()), area);
    return painter.end();
}

void GraphView::copyPicture() const
{
    if (isReady())
        QApplication::clipboard()->setImage(picture());
}

void GraphView::savePictureAs()
{
    auto *dialog = new QFileDialog(this, tr("Save picture"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setNameFilters({tr("PNG picture (*.png)"), tr("SVG drawing (*.svg)")});
    dialog->setDefaultSuffix(QStringLiteral("png"));
    connect(dialog, &QFileDialog::filterSelected, dialog, [dialog](const QString &filter) {
        dialog->setDefaultSuffix(filter.contains(QLatin1String("svg")) ? QStringLiteral("svg") : QStringLiteral("png"));
    });
    connect(dialog, &QFileDialog::fileSelected, this, [this](const QString &path) { savePicture(path); });
    dialog->open();
}

} // namespace requant
