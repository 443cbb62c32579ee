// SPDX-License-Identifier: GPL-3.0-or-later
// What is in sight: zoom, position and the overlays' places.
#include "ui/widgets/graph/graphitems.h"
#include "ui/widgets/graph/graphlegend.h"
#include "ui/widgets/graph/graphminimap.h"
#include "ui/widgets/graph/graphsearchbar.h"
#include "ui/widgets/graph/graphview.h"

#include <QScrollBar>
#include <QWheelEvent>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace requant {

static constexpr double kMaxZoom = 4;
static constexpr int kRoomy = 320; // narrower views show no minimap

static double clampedZoom(double zoom, double least)
{
    return std::clamp(zoom, least, kMaxZoom);
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

// So that every node can come to the middle of the view.
void GraphView::updateSceneRect()
{
    const double mx = viewport()->width() / zoom() * 0.6 + 1, my = viewport()->height() / zoom() * 0.6 + 1;
    setSceneRect(QRectF(QPointF(0, 0), m_content.size).adjusted(-mx, -my, mx, my));
}

void GraphView::setLook(QPointF centre, double zoom)
{
    setTransform(QTransform::fromScale(zoom, zoom));
    updateSceneRect();
    centerOn(centre);
    emit zoomChanged(zoom);
    updateVisible();
}

void GraphView::showPlace(QPointF centre, double zoom)
{
    if (!isReady())
        return;
    interact();
    setLook(centre, clampedZoom(zoom, m_minZoom));
}

void GraphView::zoomBy(double factor)
{
    const double next = clampedZoom(zoom() * factor, m_minZoom);
    if (isReady() && next != zoom())
        setLook(visibleScene().center(), next);
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
    setLook(QPointF(m_content.size.width() / 2, m_content.size.height() / 2), next);
}

// A small graph is shown whole, a long one from its beginning at a zoom where it can be read.
void GraphView::startView()
{
    fit();
    constexpr double kReadable = 0.75;
    if (zoom() >= kReadable || !isReady())
        return;
    const auto first = static_cast<std::size_t>(m_content.inputCount > 0 ? m_content.firstInput() : 0);
    const QRectF rect = m_content.nodes[first].rect;
    const QSizeF half = QSizeF(viewport()->size()) / kReadable / 2;
    setLook(m_content.shape.leftToRight ? QPointF(rect.left() - 2 * kGrid + half.width(), rect.center().y())
                                        : QPointF(rect.center().x(), rect.top() - 2 * kGrid + half.height()),
            kReadable);
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
    setLook(area.center(),
            clampedZoom(std::min({viewport()->width() / area.width(), viewport()->height() / area.height(), 1.5}),
                        m_minZoom));
}

// What was asked for, or the current node if it is in sight, or else what is nearest to the middle.
GraphView::Anchor GraphView::anchor() const
{
    const QRectF seen = visibleScene();
    int node = m_keep ? nodeOfPlace(m_content, *m_keep) : m_current;
    if (node < 0 || !seen.intersects(m_content.nodes[static_cast<std::size_t>(node)].rect)) {
        double best = std::numeric_limits<double>::infinity();
        for (std::size_t i = 0; i < m_content.nodes.size(); ++i) {
            const double distance = (m_content.nodes[i].rect.center() - seen.center()).manhattanLength();
            if (distance < best) {
                best = distance;
                node = static_cast<int>(i);
            }
        }
    }
    if (node < 0)
        return {};
    return {m_keep ? *m_keep : placeOfNode(m_content, node),
            mapFromScene(m_content.nodes[static_cast<std::size_t>(node)].rect.center())};
}

void GraphView::restore(Anchor kept)
{
    if (kept.place < 0) {
        startView();
        return;
    }
    const QPointF node = m_content.nodes[static_cast<std::size_t>(nodeOfPlace(m_content, kept.place))].rect.center();
    const QPointF middle(viewport()->width() / 2.0, viewport()->height() / 2.0);
    setLook(node + (middle - kept.at) / zoom(), zoom());
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
    const QPointF shift = (before - mapToScene(at.toPoint())) * next;
    horizontalScrollBar()->setValue(horizontalScrollBar()->value() + static_cast<int>(std::lround(shift.x())));
    verticalScrollBar()->setValue(verticalScrollBar()->value() + static_cast<int>(std::lround(shift.y())));
    emit zoomChanged(next);
    updateVisible();
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
    m_minimap->setVisible(m_minimapWanted && isReady() && !whole && width() >= kRoomy);
    if (isReady())
        emit viewMoved(visibleScene().center(), zoom());
}

// The legend has a strip below the viewport; minimap and search float over the corners at the right.
void GraphView::placeOverlays()
{
    const bool legend =
        m_legendWanted && isReady() && !m_legend->isEmpty() && (m_familiesListed || !m_heat.isEmpty());
    const int strip = legend ? std::min(m_legend->heightForWidth(width()), height() / 3) : 0;
    if (viewportMargins().bottom() != strip)
        setViewportMargins(0, 0, 0, strip);
    m_legend->setGeometry(0, height() - strip, width(), strip);
    m_legend->setVisible(legend);
    const int margin = kGrid + kGrid / 2;
    m_minimap->resize(m_minimap->fittingSize(QSize(width() / 5, height() / 2)));
    m_minimap->move(width() - m_minimap->width() - margin, height() - strip - m_minimap->height() - margin);
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

void GraphView::setFamiliesListed(bool listed)
{
    if (std::exchange(m_familiesListed, listed) != listed)
        placeOverlays();
}

void GraphView::resizeEvent(QResizeEvent *event)
{
    // What is in the middle stays there.
    const QSize old = event->oldSize();
    const QPointF before = mapToScene(QRect(QPoint(), old).center());
    QGraphicsView::resizeEvent(event);
    if (isReady()) {
        const QPointF centre = old.isEmpty() ? visibleScene().center() : before;
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

} // namespace requant
