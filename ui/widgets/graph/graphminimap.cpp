// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/graph/graphminimap.h"

#include "ui/widgets/theme/theme.h"

#include <QMouseEvent>
#include <QPainter>

#include <algorithm>
#include <cmath>

namespace requant {
namespace {

constexpr int kMargin = 6; // of the drawing

void paintPanel(QPainter &painter, const QRect &rect)
{
    QColor fill = themeColor(ColorRole::NodeBody);
    fill.setAlphaF(0.94f);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(themeColor(ColorRole::CanvasGrid), 1));
    painter.setBrush(fill);
    painter.drawRoundedRect(QRectF(rect).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6);
}

} // namespace

Minimap::Minimap(QWidget *parent) : QWidget(parent)
{
    setObjectName(QStringLiteral("graphMinimap"));
    setAccessibleName(tr("Overview of the graph"));
    setCursor(Qt::PointingHandCursor);
}

void Minimap::setBoxes(std::vector<Box> boxes, QRectF scene)
{
    m_boxes = std::move(boxes);
    m_scene = scene;
    m_cache = {};
    update();
}

void Minimap::setView(QRectF visible)
{
    if (visible == m_visible)
        return;
    m_visible = visible;
    update();
}

QSize Minimap::fittingSize(QSize available) const
{
    if (m_scene.isEmpty())
        return {};
    if (m_scene.width() > m_scene.height()) // as broad as it would be high
        available = QSize(available.width() * 5 / 2, available.height() * 2 / 5);
    const double f = std::min((available.width() - 2 * kMargin) / m_scene.width(), (available.height() - 2 * kMargin) / m_scene.height());
    return {std::max(5 * kGrid, static_cast<int>(std::lround(m_scene.width() * f)) + 2 * kMargin),
            std::max(5 * kGrid, static_cast<int>(std::lround(m_scene.height() * f)) + 2 * kMargin)};
}

double Minimap::factor() const
{
    return std::min((width() - 2 * kMargin) / m_scene.width(), (height() - 2 * kMargin) / m_scene.height());
}

QRectF Minimap::toWidget(const QRectF &r) const
{
    const double f = factor();
    const QPointF origin(width() / 2.0 - m_scene.center().x() * f, height() / 2.0 - m_scene.center().y() * f);
    return {origin.x() + r.x() * f, origin.y() + r.y() * f, r.width() * f, r.height() * f};
}

void Minimap::paintEvent(QPaintEvent *)
{
    if (m_scene.isEmpty())
        return;
    if (m_cache.isNull()) {
        const qreal ratio = devicePixelRatioF();
        m_cache = QPixmap(size() * ratio);
        m_cache.setDevicePixelRatio(ratio);
        m_cache.fill(Qt::transparent);
        QPainter painter(&m_cache);
        paintPanel(painter, rect());
        painter.setRenderHint(QPainter::Antialiasing, m_boxes.size() < 2000);
        for (const auto &box : m_boxes) {
            QRectF r = toWidget(box.rect);
            const double dx = std::max(0.0, 3 - r.width()) / 2, dy = m_scene.width() > m_scene.height() ? std::max(0.0, 3 - r.height()) / 2 : 0;
            r.adjust(-dx, -dy, dx, dy);
            painter.fillRect(r, box.color);
        }
    }
    QPainter painter(this);
    painter.drawPixmap(0, 0, m_cache);
    const QRectF view = toWidget(m_visible).intersected(QRectF(rect()).adjusted(2, 2, -2, -2));
    if (!view.isEmpty()) {
        QColor fill = themeColor(ColorRole::After);
        painter.setPen(QPen(fill, 1.5));
        fill.setAlphaF(0.14f);
        painter.setBrush(fill);
        painter.drawRect(view);
    }
}

void Minimap::mousePressEvent(QMouseEvent *event)
{
    if (m_scene.isEmpty() || !(event->buttons() & Qt::LeftButton))
        return;
    const double f = factor();
    emit moveRequested({m_scene.center().x() + (event->position().x() - width() / 2.0) / f,
                        m_scene.center().y() + (event->position().y() - height() / 2.0) / f});
}

void Minimap::mouseMoveEvent(QMouseEvent *event) { mousePressEvent(event); }
void Minimap::resizeEvent(QResizeEvent *) { m_cache = {}; }

} // namespace requant
