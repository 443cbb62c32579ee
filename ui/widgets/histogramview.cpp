// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/histogramview.h"

#include "ui/widgets/theme/theme.h"

#include <QHelpEvent>
#include <QPainter>
#include <QToolTip>

#include <algorithm>
#include <cmath>

namespace requant {

HistogramView::HistogramView(QWidget *parent) : QWidget(parent)
{
    setAccessibleName(tr("Histogram of the weights"));
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
}

void HistogramView::setHistogram(Histogram h)
{
    m_histogram = std::move(h);
    update();
}

QRectF HistogramView::plot() const
{
    const QFontMetrics metrics(font());
    return QRectF(rect()).adjusted(kGrid / 2, metrics.height() + kGrid / 2, -kGrid / 2, -metrics.height() - 2);
}

void HistogramView::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    const QFontMetrics metrics(font());
    const QRectF area = plot();
    painter.setPen(palette().color(QPalette::Text));
    painter.drawText(QRect(0, 0, width(), metrics.height()), Qt::AlignLeft,
                     metrics.elidedText(tr("Weights before and after, log. count"), Qt::ElideRight, width()));
    if (m_histogram.isEmpty() || area.width() < 8 || area.height() < 8)
        return;
    painter.setPen(QPen(themeColor(ColorRole::CanvasGrid), 1));
    painter.setBrush(themeColor(ColorRole::Canvas));
    painter.drawRect(area);
    const auto &h = m_histogram;
    const std::size_t bins = h.before.size();
    double most = 1;
    for (const auto *v : {&h.before, &h.after})
        for (const double n : *v)
            most = std::max(most, n);
    const auto x = [&](double value) { return area.left() + (value - h.low) / (h.step * double(bins)) * area.width(); };
    const auto y = [&](double n) { return n <= 0 ? area.bottom() : area.bottom() - std::log2(1 + n) / std::log2(1 + most) * area.height(); };

    painter.setPen(Qt::NoPen);
    QColor before = themeColor(ColorRole::Before);
    before.setAlphaF(0.55f);
    painter.setBrush(before);
    for (std::size_t i = 0; i < bins; ++i) {
        const double left = x(h.low + double(i) * h.step), right = x(h.low + double(i + 1) * h.step);
        painter.drawRect(QRectF(QPointF(left, y(h.before[i])), QPointF(right, area.bottom())));
    }
    if (!h.after.empty()) {
        QPolygonF line;
        for (std::size_t i = 0; i < h.after.size(); ++i)
            line << QPointF(x(h.low + double(i) * h.step), y(h.after[i])) << QPointF(x(h.low + double(i + 1) * h.step), y(h.after[i]));
        painter.setPen(QPen(themeColor(ColorRole::After), 1.5));
        painter.setBrush(Qt::NoBrush);
        painter.drawPolyline(line);
    }
    // Ends of the new grid: what is beyond is cut off.
    painter.setPen(QPen(themeColor(ColorRole::After), 1, Qt::DashLine));
    if (h.newHigh > h.newLow)
        for (const double end : {h.newLow, h.newHigh})
            if (x(end) >= area.left() && x(end) <= area.right())
                painter.drawLine(QPointF(x(end), area.top()), QPointF(x(end), area.bottom()));
    painter.setPen(themeColor(ColorRole::Muted));
    const QRectF below(area.left(), area.bottom() + 2, area.width(), metrics.height());
    painter.drawText(below, Qt::AlignLeft, QString::number(h.low, 'g', 3));
    painter.drawText(below, Qt::AlignRight, QString::number(h.low + h.step * double(bins), 'g', 3));
    painter.drawText(below, Qt::AlignHCenter, tr("value"));
}

bool HistogramView::event(QEvent *event)
{
    if (event->type() != QEvent::ToolTip)
        return QWidget::event(event);
    const auto *help = static_cast<QHelpEvent *>(event);
    const QRectF area = plot();
    const auto &h = m_histogram;
    if (h.isEmpty() || !area.contains(help->pos())) {
        QToolTip::hideText();
        return true;
    }
    const auto bin = std::min(h.before.size() - 1, std::size_t((help->pos().x() - area.left()) / area.width() * double(h.before.size())));
    QString text = tr("%1 to %2\nbefore: %L3").arg(h.low + double(bin) * h.step, 0, 'g', 4).arg(h.low + double(bin + 1) * h.step, 0, 'g', 4).arg(h.before[bin], 0, 'f', 0);
    if (bin < h.after.size())
        text += tr("\nafter: %L1").arg(h.after[bin], 0, 'f', 0);
    QToolTip::showText(help->globalPos(), text, this);
    return true;
}

} // namespace requant
