// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/graph/graphitems.h"

#include <QFontMetricsF>
#include <QGuiApplication>
#include <QPainter>
#include <QStyleOptionGraphicsItem>

#include <cmath>

namespace requant {
namespace {

constexpr double kRadius = 6, kHeaderHeight = 26, kStrip = 6, kPad = 8;
constexpr double kRequantizeWidth = 72, kRequantizeHeight = 18;

QFont sceneFont(int pixels, bool bold)
{
    QFont font = QGuiApplication::font();
    font.setPixelSize(pixels);
    font.setBold(bold);
    return font;
}

double zoomOf(const QPainter *painter)
{
    return QStyleOptionGraphicsItem::levelOfDetailFromTransform(painter->worldTransform());
}

QColor accent() { return themeColor(ColorRole::After); }

} // namespace

NodeItem::NodeItem(const GraphNode &node, int number) : m_node(&node), m_number(number)
{
    setPos(node.rect.topLeft());
    setZValue(1);
}

void NodeItem::setSelected(bool selected, bool current)
{
    if (selected == m_selected && current == m_current)
        return;
    m_selected = selected;
    m_current = current;
    update();
}

void NodeItem::setHovered(bool hovered)
{
    m_hovered = hovered;
    update();
}

void NodeItem::setHeat(QColor heat)
{
    if (heat == m_heat)
        return;
    m_heat = heat;
    update();
}

void NodeItem::setTargetBadge(const QString &badge)
{
    if (badge == m_targetBadge)
        return;
    m_targetBadge = badge;
    update();
}

QColor NodeItem::plainColor() const
{
    if (m_heat.isValid())
        return m_heat;
    return m_node->op >= 0 ? familyColor(m_node->family) : themeColor(ColorRole::NodeBorder);
}

QRectF NodeItem::boundingRect() const
{
    return QRectF(QPointF(0, 0), m_node->rect.size()).adjusted(-3, -3, 3, 3);
}

QPainterPath NodeItem::shape() const
{
    QPainterPath path;
    path.addRect(QRectF(QPointF(0, 0), m_node->rect.size()));
    return path;
}

const QString &NodeItem::fitted(int slot, const QString &text, const QFont &font, double width, Qt::TextElideMode mode)
{
    auto &f = m_fitted[slot];
    if (f.width != width) {
        f.width = width;
        f.text = QFontMetricsF(font).elidedText(text, mode, width);
    }
    return f.text;
}

void NodeItem::paint(QPainter *painter, const QStyleOptionGraphicsItem *, QWidget *)
{
    const double lod = zoomOf(painter);
    const QRectF box(QPointF(0, 0), m_node->rect.size());
    if (lod < kDetailZoom) {
        painter->fillRect(box, plainColor());
        if (m_selected || m_current) {
            QPen pen(accent(), m_current ? 3 : 2);
            pen.setCosmetic(true);
            painter->setPen(pen);
            painter->setBrush(Qt::NoBrush);
            painter->drawRect(box);
        }
        return;
    }
    if (m_node->op >= 0)
        paintOperator(painter, lod);
    else
        paintPill(painter);
}

void NodeItem::paintOperator(QPainter *painter, double lod)
{
    const QRectF box(QPointF(0, 0), m_node->rect.size());
    const QColor body = themeColor(ColorRole::NodeBody);
    const QColor header = mixed(body, familyColor(m_node->family), isDarkTheme() ? 0.5 : 0.55);
    const double left = m_heat.isValid() ? kStrip : 0;

    painter->setPen(Qt::NoPen);
    painter->setBrush(body);
    painter->drawRoundedRect(box, kRadius, kRadius);
    painter->save();
    QPainterPath clip;
    clip.addRoundedRect(box, kRadius, kRadius);
    painter->setClipPath(clip, Qt::IntersectClip);
    painter->fillRect(QRectF(0, 0, box.width(), kHeaderHeight), header);
    if (left > 0) {
        painter->fillRect(QRectF(0, 0, left, box.height()), m_heat);
        painter->fillRect(QRectF(left, 0, 1, box.height()), body); // a yellow strip beside a yellow header
    }
    painter->restore();

    QPen border(themeColor(ColorRole::NodeBorder), 1);
    if (m_selected)
        border = QPen(accent(), m_current ? 3 : 2);
    else if (m_hovered)
        border = QPen(mixed(themeColor(ColorRole::NodeBorder), accent(), 0.7), 1.5);
    painter->setPen(border);
    painter->setBrush(Qt::NoBrush);
    painter->drawRoundedRect(box, kRadius, kRadius);

    const double x = left + kPad, width = box.width() - x - kPad;
    QFont title = sceneFont(12, true);
    title.setStretch(96);
    painter->setFont(title);
    painter->setPen(readableOn(header));
    painter->drawText(QRectF(x, 0, width, kHeaderHeight), Qt::AlignVCenter | Qt::AlignLeft,
                      fitted(0, m_node->title, title, width, Qt::ElideRight));
    if (lod < 0.5)
        return;
    const QFont name = sceneFont(12, false);
    painter->setFont(name);
    painter->setPen(QGuiApplication::palette().color(QPalette::Text));
    painter->drawText(QRectF(x, kHeaderHeight + 3, width, 20), Qt::AlignVCenter | Qt::AlignLeft,
                      fitted(1, m_node->name, name, width, Qt::ElideLeft));
    const QRectF line(x, kHeaderHeight + 23, width, 18);
    const double badge = paintBadge(painter, line);
    const QFont small = sceneFont(11, false);
    painter->setFont(small);
    painter->setPen(themeColor(ColorRole::Muted));
    painter->drawText(line, Qt::AlignVCenter | Qt::AlignLeft,
                      fitted(2, m_node->shape, small, width - badge - 4, Qt::ElideRight));
}

double NodeItem::paintBadge(QPainter *painter, const QRectF &line)
{
    const QString &text = shownBadge();
    if (text.isEmpty())
        return 0;
    const QFont font = sceneFont(11, true);
    const double width = QFontMetricsF(font).horizontalAdvance(text) + 10;
    const QRectF badge(line.right() - width, line.top(), width, line.height());
    const bool changed = !m_targetBadge.isEmpty() && m_targetBadge != m_node->badge;
    const QColor body = themeColor(ColorRole::NodeBody);
    const QColor fill = changed ? mixed(body, accent(), 0.22) : mixed(body, themeColor(ColorRole::Before), 0.18);
    painter->setPen(Qt::NoPen);
    painter->setBrush(fill);
    painter->drawRoundedRect(badge, 4, 4);
    painter->setFont(font);
    painter->setPen(changed ? mixed(QGuiApplication::palette().color(QPalette::Text), accent(), 0.25)
                            : QGuiApplication::palette().color(QPalette::Text));
    painter->drawText(badge, Qt::AlignCenter, text);
    return width;
}

void NodeItem::paintPill(QPainter *painter)
{
    const QRectF box(QPointF(0, 0), m_node->rect.size());
    const QColor fill = mixed(themeColor(ColorRole::NodeBody), themeColor(ColorRole::Before), 0.16);
    QPen border(themeColor(ColorRole::NodeBorder), 1);
    if (m_current || m_selected)
        border = QPen(accent(), 3);
    else if (m_hovered)
        border = QPen(mixed(themeColor(ColorRole::NodeBorder), accent(), 0.7), 1.5);
    painter->setPen(border);
    painter->setBrush(fill);
    painter->drawRoundedRect(box, box.height() / 2, box.height() / 2);

    const double pad = 18, width = box.width() - 2 * pad;
    const QFont bold = sceneFont(12, true);
    painter->setFont(bold);
    painter->setPen(QGuiApplication::palette().color(QPalette::Text));
    const double head = QFontMetricsF(bold).horizontalAdvance(m_node->title) + 6;
    painter->drawText(QRectF(pad, 5, width, 18), Qt::AlignVCenter | Qt::AlignLeft, m_node->title);
    const QFont plain = sceneFont(12, false);
    painter->setFont(plain);
    painter->drawText(QRectF(pad + head, 5, width - head, 18), Qt::AlignVCenter | Qt::AlignLeft,
                      fitted(1, m_node->name, plain, width - head, Qt::ElideMiddle));
    const QRectF line(pad, 25, width, 17);
    const double badge = paintBadge(painter, line);
    const QFont small = sceneFont(11, false);
    painter->setFont(small);
    painter->setPen(themeColor(ColorRole::Muted));
    painter->drawText(line, Qt::AlignVCenter | Qt::AlignLeft, fitted(2, m_node->shape, small, width - badge - 4, Qt::ElideRight));
}

EdgeItem::EdgeItem(const GraphEdge &edge, int number) : m_edge(&edge), m_number(number)
{
    const auto &line = edge.line;
    if (line.size() < 2)
        return;
    // Oblique pieces become curves that leave and arrive vertically; they stay within their gap between two layers.
    constexpr double kHead = 8;
    const auto bend = [&](QPointF p, QPointF q) {
        if (p.x() == q.x()) {
            m_path.lineTo(q);
        } else {
            const double middle = (p.y() + q.y()) / 2;
            m_path.cubicTo({p.x(), middle}, {q.x(), middle}, q);
        }
    };
    m_path.moveTo(line.front());
    for (std::size_t i = 1; i < line.size(); ++i) {
        const bool last = i + 1 == line.size();
        bend(line[i - 1], last ? line[i] - QPointF(0, kHead) : line[i]);
    }
    const QPointF tip = line.back();
    m_head << tip << tip + QPointF(-4.5, -kHead - 1) << tip + QPointF(4.5, -kHead - 1);
    const QPointF before = line[line.size() - 2];
    if (before.x() == tip.x()) {
        m_requantizePoints = {tip - QPointF(0, std::min(20.0, (tip.y() - before.y()) / 2))};
    } else {
        const QPointF span = tip - before;
        // On the curve's way, at the heights that keep clear of the boxes above and below.
        for (const double t : {0.6, 0.5, 0.4}) {
            const double along = t * t * (3 - 2 * t);
            m_requantizePoints.emplace_back(before + QPointF(span.x() * along, span.y() * along));
        }
        // A far track: rather on the track than somewhere in the wide gap.
        if (line.size() > 2 && line[line.size() - 3].x() == before.x() && std::abs(span.x()) > kNodeWidth / 2)
            m_requantizePoints.insert(m_requantizePoints.begin(), before - QPointF(0, 14));
    }
    m_bounds = m_path.boundingRect().united(m_head.boundingRect()).adjusted(-3, -3, 3, 3);
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
    const double lod = zoomOf(painter);
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
    if (zoomOf(painter) < kDetailZoom) {
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
