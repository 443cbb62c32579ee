// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/histogramchart.h"

#include "ui/logic/chartticks.h"
#include "ui/logic/texts.h"

#include <QChart>
#include <QLegend>
#include <QLineSeries>
#include <QToolTip>
#include <QValueAxis>

#include <algorithm>
#include <cmath>

namespace requant {

HistogramChart::HistogramChart(QWidget *parent)
    : ZoomChart(tr("value"), tr("count"), parent), m_before(new QLineSeries(this)), m_after(new QLineSeries(this))
{
    m_x->setLabelFormat(QStringLiteral("%g"));
    m_y->setLabelFormat(QStringLiteral("%g"));
    m_before->setName(tr("before"));
    m_after->setName(tr("after"));
    for (QLineSeries *s : {m_before, m_after}) {
        chart()->addSeries(s);
        s->attachAxis(m_x);
        s->attachAxis(m_y);
    }
    restyle();
}

void HistogramChart::setHistogram(Histogram h, const QString &title)
{
    m_data = std::move(h);
    m_x->setTitleText(title);
    const auto steps = [this](const std::vector<double> &counts) {
        QList<QPointF> points;
        for (std::size_t i = 0; i < counts.size(); ++i) {
            const double x = m_data.low + double(i) * m_data.step;
            points << QPointF(x, counts[i]) << QPointF(x + m_data.step, counts[i]);
        }
        return points;
    };
    m_before->replace(steps(m_data.before));
    m_after->replace(steps(m_data.after));
    chart()->legend()->setVisible(!m_data.after.empty());
    showAll();
    restyle();
}

ZoomChart::Range HistogramChart::wholeX() const
{
    // What occurs, not all that the grid could hold.
    const auto used = [this](std::size_t i) {
        return m_data.before[i] > 0 || (i < m_data.after.size() && m_data.after[i] > 0);
    };
    std::size_t first = 0, last = m_data.before.size();
    while (first < last && !used(first))
        ++first;
    while (last > first && !used(last - 1))
        --last;
    if (first >= last)
        return {0, 1};
    const double margin = std::max(1.0, double(last - first) * 0.02);
    return {m_data.low + (double(first) - margin) * m_data.step, m_data.low + (double(last) + margin) * m_data.step};
}

void HistogramChart::applyRange(Range x, const std::optional<Range> &y)
{
    double most = 1;
    for (const auto *counts : {&m_data.before, &m_data.after}) {
        for (std::size_t i = 0; i < counts->size(); ++i) {
            const double at = m_data.low + (double(i) + 0.5) * m_data.step;
            if (at >= x.first && at <= x.second)
                most = std::max(most, (*counts)[i]);
        }
    }
    const int room = std::clamp((height() - 96) / 22, 2, 12);
    const Ticks t = y ? linearTicks(y->first, y->second, room, false) : linearTicks(0, most, room, true);
    setAxis(m_y, y ? Range(std::max(y->first, 0.0), y->second) : Range(t.low, t.high), t.low, t.step);
    const Ticks across = linearTicks(x.first, x.second, std::clamp(width() / 80, 2, 16), false);
    // Qt adds steps up: 0 comes out as -1e-16. Fixed decimals, and an anchor a little above, so that it is not -0.0 either.
    m_x->setLabelFormat(QStringLiteral("%.%1f").arg(std::max(0, int(-std::floor(std::log10(across.step) + 1e-9)))));
    setAxis(m_x, x, 1e-9 * across.step, across.step);
}

int HistogramChart::binAt(double x) const
{
    const double bin = m_data.step > 0 ? std::floor((x - m_data.low) / m_data.step) : -1;
    return bin >= 0 && bin < double(m_data.before.size()) ? int(bin) : -1;
}

void HistogramChart::hovered(QPointF at, QPoint global)
{
    const int bin = isInPlot(at) ? binAt(xAt(at)) : -1;
    if (bin != m_hovered) {
        m_hovered = bin;
        viewport()->update();
    }
    if (bin < 0) {
        QToolTip::hideText();
        return;
    }
    const double low = m_data.low + bin * m_data.step;
    QStringList lines{tr("%1 to %2").arg(low, 0, 'g', 4).arg(low + m_data.step, 0, 'g', 4),
                      tr("before: %L1").arg(m_data.before[std::size_t(bin)], 0, 'f', 0)};
    if (!m_data.after.empty())
        lines << tr("after: %L1").arg(m_data.after[std::size_t(bin)], 0, 'f', 0);
    QToolTip::showText(global, lines.join(u'\n'), viewport());
}

void HistogramChart::restyle()
{
    m_before->setPen(QPen(themeColor(ColorRole::Before), 1.5));
    m_after->setPen(QPen(themeColor(ColorRole::After), 1.75));
    m_before->setColor(themeColor(ColorRole::Before));
    m_after->setColor(themeColor(ColorRole::After));
    ZoomChart::restyle();
}

void HistogramChart::paintOver(QPainter &painter, const QRectF &area)
{
    const auto fill = [&](const std::vector<double> &counts, QColor color) {
        color.setAlpha(48);
        for (std::size_t i = 0; i < counts.size(); ++i) {
            const double left = placeOfX(m_data.low + double(i) * m_data.step),
                         right = placeOfX(m_data.low + double(i + 1) * m_data.step);
            if (counts[i] > 0 && right > area.left() && left < area.right())
                painter.fillRect(QRectF(QPointF(left, placeOfY(counts[i])), QPointF(right, area.bottom())), color);
        }
    };
    fill(m_data.before, themeColor(ColorRole::Before));
    fill(m_data.after, themeColor(ColorRole::After));
    // The ends of what the grids can hold.
    const auto end = [&](double v, ColorRole role, Qt::PenStyle style) {
        const double x = placeOfX(v);
        if (x < area.left() || x > area.right())
            return;
        painter.setPen(QPen(themeColor(role), 1.25, style));
        painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()));
    };
    if (m_data.oldHigh > m_data.oldLow) {
        end(m_data.oldLow, ColorRole::Before, Qt::DotLine);
        end(m_data.oldHigh, ColorRole::Before, Qt::DotLine);
    }
    if (m_data.newHigh > m_data.newLow) {
        end(m_data.newLow, ColorRole::After, Qt::DashLine);
        end(m_data.newHigh, ColorRole::After, Qt::DashLine);
    }
    if (m_hovered >= 0) {
        QColor mark = palette().color(QPalette::Highlight);
        mark.setAlpha(40);
        painter.fillRect(QRectF(QPointF(placeOfX(m_data.low + m_hovered * m_data.step), area.top()),
                                QPointF(placeOfX(m_data.low + (m_hovered + 1) * m_data.step), area.bottom())),
                         mark);
    }
}

} // namespace requant
