// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/graph/graphedges.h"

#include "ui/widgets/graph/graphitems.h"

#include <QFontMetricsF>
#include <QPainter>

#include <cmath>

namespace requant {
namespace {

constexpr double kRequantizeWidth = 72, kRequantizeHeight = 18;
constexpr int kLabelPixels = 11;

QColor accent() { return themeColor(ColorRole::After); }

} // namespace

// Everything is computed as if layers were rows; `place` exchanges x and y where they are columns.
EdgeItem::EdgeItem(const GraphEdge &edge, int number, bool leftToRight) : m_edge(&edge), m_number(number), m_across(leftToRight)
{
    const auto place = [leftToRight](QPointF p) { return leftToRight ? p.transposed() : p; };
    std::vector<QPointF> line;
    line.reserve(edge.line.size());
    for (const QPointF p : edge.line)
        line.push_back(place(p));
    if (line.size() < 2)
        return;
    // Oblique pieces become curves that leave and arrive vertically; they stay within their gap between two layers.
    constexpr double kHead = 8;
    const auto bend = [&](QPointF p, QPointF q) {
        if (p.x() == q.x()) {
            m_path.lineTo(place(q));
        } else {
            const double middle = (p.y() + q.y()) / 2;
            m_path.cubicTo(place({p.x(), middle}), place({q.x(), middle}), place(q));
        }
    };
    m_path.moveTo(place(line.front()));
    for (std::size_t i = 1; i < line.size(); ++i) {
        const bool last = i + 1 == line.size();
        bend(line[i - 1], last ? line[i] - QPointF(0, kHead) : line[i]);
    }
    const QPointF tip = line.back();
    m_head << place(tip) << place(tip + QPointF(-4.5, -kHead - 1)) << place(tip + QPointF(4.5, -kHead - 1));
    const QPointF before = line[line.size() - 2];
    std::vector<QPointF> points;
    const double fromTip = leftToRight ? kRequantizeWidth / 2 + 14 : 20;
    if (before.x() == tip.x()) {
        points = {tip - QPointF(0, std::min(fromTip, (tip.y() - before.y()) / 2))};
    } else {
        const QPointF span = tip - before;
        // On the curve's way, at the heights that keep clear of the boxes above and below.
        for (const double t : {0.6, 0.5, 0.4}) {
            const double along = t * t * (3 - 2 * t);
            points.emplace_back(before + QPointF(span.x() * along, span.y() * along));
        }
        // A far track: rather on the track than somewhere in the wide gap.
        if (line.size() > 2 && line[line.size() - 3].x() == before.x() && std::abs(span.x()) > (leftToRight ? kNodeHeight : kNodeWidth) / 2)
            points.insert(points.begin(), before - QPointF(0, fromTip - 6));
    }
    for (const QPointF p : points)
        m_requantizePoints.push_back(place(p));
    m_lineBounds = m_path.boundingRect().united(m_head.boundingRect()).adjusted(-3, -3, 3, 3);
    m_bounds = m_lineBounds;
}

QRectF EdgeItem::labelBox(bool before, double away) const
{
    const QSizeF size(QFontMetricsF(sceneFont(kLabelPixels, false)).horizontalAdvance(m_label) + 6, 15);
    const QPointF start = m_edge->line.front();
    if (m_across)
        return {start + QPointF(4, before ? -size.height() - 1 - away : 1 + away), size};
    return {start + QPointF(before ? -size.width() - 4 - away : 4 + away, 2), size};
}

void EdgeItem::setLabel(const QString &label, bool before, double away)
{
    if (m_edge->line.size() < 2 || (label.isEmpty() && m_label.isEmpty()))
        return;
    prepareGeometryChange();
    m_label = label;
    m_labelBox = label.isEmpty() ? QRectF() : labelBox(before, away);
    m_bounds = m_lineBounds.united(m_labelBox);
    update();
}

void EdgeItem::setLit(bool lit)
{
    if (lit == m_lit)
        return;
    m_lit = lit;
    setZValue(lit ? 0.5 : 0);
    update();
}

QPainterPath EdgeItem::shape() const
{
    QPainterPathStroker stroker;
    stroker.setWidth(10);
    return stroker.createStroke(m_path);
}

void EdgeItem::paint(QPainter *painter, const QStyleOptionGraphicsItem *, QWidget *)
{
    const double lod = detailOf(painter);
    const QColor colour = m_lit ? accent() : themeColor(ColorRole::Edge);
    QPen pen(colour, m_lit ? 2.5 : 1.5);
    pen.setCapStyle(Qt::FlatCap);
    if (lod < kDetailZoom) {
        pen.setWidthF(m_lit ? 2 : 1);
        pen.setCosmetic(true);
        painter->setPen(pen);
        painter->setBrush(Qt::NoBrush);
        painter->drawPolyline(m_edge->line.data(), static_cast<int>(m_edge->line.size()));
        return;
    }
    painter->setPen(pen);
    painter->setBrush(Qt::NoBrush);
    painter->drawPath(m_path);
    painter->setPen(Qt::NoPen);
    painter->setBrush(colour);
    painter->drawPolygon(m_head);
    if (m_label.isEmpty() || lod < kTextZoom)
        return;
    QColor ground = themeColor(ColorRole::Canvas);
    ground.setAlphaF(0.85f);
    painter->setBrush(ground);
    painter->drawRoundedRect(m_labelBox, 3, 3);
    painter->setFont(sceneFont(kLabelPixels, false));
    painter->setPen(m_lit ? accent() : themeColor(ColorRole::Muted));
    painter->drawText(m_labelBox, Qt::AlignCenter, m_label);
}

RequantizeItem::RequantizeItem(int edge, QPointF centre, QString text, QString reason)
    : m_edge(edge), m_text(std::move(text)), m_reason(std::move(reason))
{
    setPos(centre);
    setZValue(2);
}

QRectF RequantizeItem::boxAt(QPointF centre)
{
    return {centre.x() - kRequantizeWidth / 2, centre.y() - kRequantizeHeight / 2, kRequantizeWidth, kRequantizeHeight};
}

QRectF RequantizeItem::boundingRect() const
{
    return boxAt({0, 0}).adjusted(-2, -2, 2, 2);
}

void RequantizeItem::paint(QPainter *painter, const QStyleOptionGraphicsItem *, QWidget *)
{
    const QRectF box = boxAt({0, 0});
    const QColor colour = themeColor(ColorRole::VariantB);
    if (detailOf(painter) < kDetailZoom) {
        painter->fillRect(box, colour);
        return;
    }
    QPen pen(colour, 1.5);
    pen.setDashPattern({3, 2});
    painter->setPen(pen);
    painter->setBrush(themeColor(ColorRole::Canvas));
    painter->drawRoundedRect(box, kRequantizeHeight / 2, kRequantizeHeight / 2);
    painter->setFont(sceneFont(10, true));
    painter->setPen(colour);
    painter->drawText(box, Qt::AlignCenter, m_text);
}

} // namespace requant
