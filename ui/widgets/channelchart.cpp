// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/channelchart.h"

#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>

#include <algorithm>
#include <cmath>
#include <limits>

namespace requant {

ChannelChart::ChannelChart(const QString &title, const QString &unit, Axis axis, QWidget *parent)
    : QWidget(parent), m_title(title), m_unit(unit), m_axis(axis)
{
    setAccessibleName(title);
    setFocusPolicy(Qt::StrongFocus);
    setMouseTracking(true);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
}

double ChannelChart::mapped(double value) const
{
    if (m_axis != Axis::PowersOfTwo || std::isinf(value))
        return value;
    return value > 0 ? std::log2(value) : std::numeric_limits<double>::quiet_NaN();
}

void ChannelChart::setLines(std::vector<Line> lines)
{
    m_lines = std::move(lines);
    std::size_t channels = 0;
    double low = std::numeric_limits<double>::infinity(), high = -low;
    for (const Line &l : m_lines) {
        channels = std::max(channels, l.values.size());
        for (const double v : l.values) {
            if (const double m = mapped(v); std::isfinite(m)) {
                low = std::min(low, m);
                high = std::max(high, m);
            }
        }
    }
    m_channels = int(channels);
    if (low > high)
        low = 0, high = 1;
    if (m_axis == Axis::FromZero) {
        low = std::min(low, 0.0);
        high = std::max(high, 0.0);
    } else if (m_axis == Axis::PowersOfTwo) {
        low = std::floor(low);
        high = std::ceil(high);
    }
    if (high - low < 1e-12) {
        low -= 1;
        high += 1;
    }
    m_low = low;
    m_high = high;
    m_current = m_current < m_channels ? m_current : -1;
    update();
}

void ChannelChart::setCurrent(int channel)
{
    channel = channel < m_channels ? channel : -1;
    if (channel == m_current)
        return;
    m_current = channel;
    update();
    emit currentChanged(channel);
}

QString ChannelChart::tick(double m) const
{
    return m_axis == Axis::PowersOfTwo ? QStringLiteral("2^%1").arg(std::lround(m)) : QString::number(m, 'g', 3);
}

QRectF ChannelChart::plot() const
{
    const QFontMetrics metrics(font());
    const int left = std::max(metrics.horizontalAdvance(tick(m_low)), metrics.horizontalAdvance(tick(m_high))) + kGrid;
    return QRectF(rect()).adjusted(left, metrics.height() * 3 / 2, -kGrid / 2, -metrics.height() - 2);
}

void ChannelChart::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    const QFontMetrics metrics(font());
    const QRectF area = plot();
    painter.setPen(palette().color(QPalette::Text));
    painter.drawText(QRect(0, 0, width(), metrics.height()), Qt::AlignLeft,
                     metrics.elidedText(m_unit.isEmpty() ? m_title : QStringLiteral("%1, %2").arg(m_title, m_unit), Qt::ElideRight, width()));
    if (m_channels == 0 || area.width() < 8 || area.height() < 8)
        return;
    painter.setPen(themeColor(ColorRole::Muted));
    painter.drawText(QRectF(0, area.top() - metrics.height() / 2.0, area.left() - 4, metrics.height()), Qt::AlignRight | Qt::AlignVCenter, tick(m_high));
    painter.drawText(QRectF(0, area.bottom() - metrics.height() / 2.0, area.left() - 4, metrics.height()), Qt::AlignRight | Qt::AlignVCenter, tick(m_low));
    const QRectF below(area.left(), area.bottom() + 2, area.width(), metrics.height());
    painter.drawText(below, Qt::AlignLeft, QStringLiteral("0"));
    painter.drawText(below, Qt::AlignRight, QString::number(m_channels - 1));
    if (m_channels > 1)
        painter.drawText(below, Qt::AlignHCenter, tr("channel"));
    painter.setPen(QPen(themeColor(ColorRole::CanvasGrid), 1));
    painter.setBrush(themeColor(ColorRole::Canvas));
    painter.drawRect(area);

    const auto y = [&](double m) {
        return m == std::numeric_limits<double>::infinity() ? area.top() : area.bottom() - (m - m_low) / (m_high - m_low) * area.height();
    };
    if (m_axis == Axis::PowersOfTwo && m_high - m_low <= area.height() / 6)
        for (double e = m_low + 1; e < m_high; ++e)
            painter.drawLine(QPointF(area.left(), y(e)), QPointF(area.right(), y(e)));
    if (m_axis != Axis::PowersOfTwo && m_low < 0 && m_high > 0) {
        painter.setPen(QPen(themeColor(ColorRole::Muted), 1));
        painter.drawLine(QPointF(area.left(), y(0)), QPointF(area.right(), y(0)));
    }
    // Several channels may share a column of pixels: it spans from their least to their largest value.
    const double wide = area.width() / m_channels;
    for (const Line &l : m_lines) {
        painter.setPen(Qt::NoPen);
        painter.setBrush(themeColor(l.colour));
        const auto columns = std::size_t(std::min(double(m_channels), std::floor(area.width())));
        for (std::size_t column = 0; column < columns; ++column) {
            const std::size_t first = column * l.values.size() / columns, last = std::max(first + 1, (column + 1) * l.values.size() / columns);
            double low = std::numeric_limits<double>::infinity(), high = -low;
            for (std::size_t c = first; c < last && c < l.values.size(); ++c) {
                if (const double m = mapped(l.values[c]); !std::isnan(m)) {
                    low = std::min(low, m);
                    high = std::max(high, m);
                }
            }
            if (low > high)
                continue;
            const double top = y(high), bottom = m_axis == Axis::FromZero ? y(low < 0 ? low : 0) : y(low);
            const double head = m_axis == Axis::FromZero && high < 0 ? y(0) : top;
            const double w = std::max(m_axis == Axis::PowersOfTwo ? 2.0 : 1.0, std::min(wide - (wide > 3 ? 1 : 0), 12.0));
            const double x = area.left() + area.width() * (double(column) + 0.5) / double(columns) - w / 2;
            painter.drawRect(QRectF(x, head - 1, w, std::max(2.0, bottom - head + 1)));
        }
    }
    if (m_current >= 0) {
        QColor mark = palette().color(QPalette::Text);
        painter.setPen(QPen(mark, 1, Qt::DotLine));
        const double x = area.left() + (m_current + 0.5) * wide;
        painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()));
    }
    if (hasFocus()) {
        painter.setPen(QPen(themeColor(ColorRole::After), 1));
        painter.setBrush(Qt::NoBrush);
        painter.drawRect(area.adjusted(-1, -1, 1, 1));
    }
}

void ChannelChart::mouseMoveEvent(QMouseEvent *event)
{
    const QRectF area = plot();
    if (m_channels > 0 && area.width() > 0)
        setCurrent(std::clamp(int((event->position().x() - area.left()) / area.width() * m_channels), 0, m_channels - 1));
}

void ChannelChart::keyPressEvent(QKeyEvent *event)
{
    if (m_channels == 0)
        return QWidget::keyPressEvent(event);
    switch (event->key()) {
    case Qt::Key_Left: setCurrent(std::max(0, m_current - 1)); break;
    case Qt::Key_Right: setCurrent(std::min(m_channels - 1, m_current + 1)); break;
    case Qt::Key_Home: setCurrent(0); break;
    case Qt::Key_End: setCurrent(m_channels - 1); break;
    default: QWidget::keyPressEvent(event);
    }
}

} // namespace requant
