// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/graph/graphitems.h"

#include <QFontMetricsF>
#include <QGuiApplication>
#include <QPainter>
#include <QStyleOptionGraphicsItem>

namespace requant {
namespace {

constexpr double kPile = 4, kPlus = 16; // of scopes
constexpr double kRadius = 6, kHeaderHeight = 26, kStrip = 6, kPad = 8;

QColor accent() { return themeColor(ColorRole::After); }

} // namespace

QFont sceneFont(int pixels, bool bold)
{
    QFont font = QGuiApplication::font();
    font.setPixelSize(pixels);
    font.setBold(bold);
    return font;
}

double detailOf(const QPainter *painter)
{
    return QStyleOptionGraphicsItem::levelOfDetailFromTransform(painter->worldTransform());
}

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

void NodeItem::setDetail(const QString &detail)
{
    if (detail == m_detail)
        return;
    m_detail = detail;
    m_fitted[1].width = -1;
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
    return m_node->ops.empty() ? themeColor(ColorRole::NodeBorder) : familyColor(m_node->family);
}

QRectF NodeItem::boundingRect() const
{
    return QRectF(QPointF(0, 0), m_node->rect.size()).adjusted(-3, -3, 6, 6);
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
    const double lod = detailOf(painter);
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
    if (!m_node->ops.empty())
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

    const bool scope = m_node->kind == GraphNode::Kind::Scope;
    if (scope) { // a pile of cards
        painter->setPen(QPen(themeColor(ColorRole::NodeBorder), 1));
        painter->setBrush(mixed(body, themeColor(ColorRole::NodeBorder), 0.35));
        painter->drawRoundedRect(box.translated(kPile, kPile), kRadius, kRadius);
    }
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
                      fitted(0, m_node->title, title, scope ? width - kPlus : width, Qt::ElideRight));
    if (scope) { // a plus: can be opened
        const QPointF c(box.right() - kPad - kPlus / 4, kHeaderHeight / 2);
        painter->setPen(QPen(readableOn(header), 1.5));
        painter->drawLine(c - QPointF(4, 0), c + QPointF(4, 0));
        painter->drawLine(c - QPointF(0, 4), c + QPointF(0, 4));
    }
    if (lod < kTextZoom)
        return;
    const QFont name = sceneFont(12, false);
    painter->setFont(name);
    painter->setPen(QGuiApplication::palette().color(QPalette::Text));
    painter->drawText(QRectF(x, kHeaderHeight + 3, width, 20), Qt::AlignVCenter | Qt::AlignLeft,
                      fitted(1, m_detail.isEmpty() ? m_node->name : m_detail, name, width, Qt::ElideLeft));
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

} // namespace requant
