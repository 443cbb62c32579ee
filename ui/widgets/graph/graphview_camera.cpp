// SPDX-License-Identifier: GPL-3.0-or-later
// What is in sight: zoom, position and the overlays' places.
#include "ui/widgets/graph/graphitems.h"
#include "ui/widgets/graph/graphoverlays.h"
#include "ui/widgets/graph/graphview.h"

#include <QScrollBar>
#include <QWheelEvent>

#include <algorithm>
#include <cmath>

namespace requant {

static constexpr double kMaxZoom = 4;

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

} // namespace requant
