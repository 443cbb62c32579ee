// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/zoomchart.h"

#include <QApplication>
#include <QChart>
#include <QGraphicsLayout>
#include <QKeyEvent>
#include <QLegend>
#include <QMouseEvent>
#include <QRubberBand>
#include <QToolTip>
#include <QValueAxis>
#include <QWheelEvent>

#include <algorithm>
#include <cmath>

namespace requant {

ZoomChart::ZoomChart(const QString &xTitle, const QString &yTitle, QWidget *parent)
    : QChartView(parent), m_x(new QValueAxis(this)), m_y(new QValueAxis(this)),
      m_band(new QRubberBand(QRubberBand::Rectangle, viewport()))
{
    setRenderHint(QPainter::Antialiasing);
    setMouseTracking(true);
    setFocusPolicy(Qt::StrongFocus);
    setFrameShape(QFrame::NoFrame);
    setMinimumSize(200, 80);
    chart()->setAnimationOptions(QChart::NoAnimation);
    chart()->layout()->setContentsMargins(0, 0, 0, 0);
    chart()->setMargins(QMargins(4, 0, kGrid, 0));
    chart()->setBackgroundRoundness(0);
    chart()->legend()->setAlignment(Qt::AlignTop);
    chart()->legend()->setMarkerShape(QLegend::MarkerShapeFromSeries);
    chart()->legend()->setShowToolTips(false);
    for (QValueAxis *axis : {m_x, m_y})
        axis->setTickType(QValueAxis::TicksDynamic);
    m_x->setTitleText(xTitle);
    m_y->setTitleText(yTitle);
    chart()->addAxis(m_x, Qt::AlignBottom);
    chart()->addAxis(m_y, Qt::AlignLeft);
}

QRectF ZoomChart::plot() const
{
    return chart()->mapRectToScene(chart()->plotArea());
}

double ZoomChart::placeOfX(double v) const
{
    const QRectF area = plot();
    return area.left() + (v - m_x->min()) / (m_x->max() - m_x->min()) * area.width();
}

double ZoomChart::placeOfY(double v) const
{
    const QRectF area = plot();
    return area.bottom() - (v - m_y->min()) / (m_y->max() - m_y->min()) * area.height();
}

double ZoomChart::xAt(QPointF viewportPoint) const
{
    const QRectF area = plot();
    const double x = mapToScene(viewportPoint.toPoint()).x();
    return m_x->min() + (x - area.left()) / std::max(area.width(), 1.0) * (m_x->max() - m_x->min());
}

double ZoomChart::yAt(QPointF viewportPoint) const
{
    const QRectF area = plot();
    const double y = mapToScene(viewportPoint.toPoint()).y();
    return m_y->min() + (area.bottom() - y) / std::max(area.height(), 1.0) * (m_y->max() - m_y->min());
}

bool ZoomChart::isInPlot(QPointF viewportPoint, double margin) const
{
    return plot().adjusted(-margin, 0, margin, 0).contains(mapToScene(viewportPoint.toPoint()));
}

void ZoomChart::setAxis(QValueAxis *axis, Range range, double anchor, double step)
{
    const double most = std::max(axis->max() - axis->min(), range.second - range.first);
    axis->setTickInterval(std::max({step, axis->tickInterval(), most / 50}));
    axis->setRange(range.first, range.second);
    axis->setTickAnchor(anchor);
    axis->setTickInterval(step);
}

void ZoomChart::refit()
{
    const Range whole = wholeX();
    if (m_x0) { // the data may have become less
        const double span = std::min(m_x0->second - m_x0->first, whole.second - whole.first);
        const double from = std::clamp(m_x0->first, whole.first, whole.second - span);
        m_x0 = Range(from, from + span);
    }
    applyRange(m_x0.value_or(whole), m_y0);
    viewport()->update();
}

void ZoomChart::setX(Range r)
{
    const Range whole = wholeX();
    const double all = whole.second - whole.first;
    const double least = std::min(all, leastSpanX() > 0 ? leastSpanX() : all / 1000);
    const double span = std::clamp(r.second - r.first, least, all);
    const double from = std::clamp(r.first, whole.first, whole.second - span);
    const bool was = isZoomed();
    m_x0 = Range(from, from + span);
    if (span >= all * 0.9999)
        m_x0.reset();
    refit();
    if (was != isZoomed())
        emit zoomedChanged();
}

void ZoomChart::setY(Range r)
{
    const bool was = isZoomed();
    if (r.second - r.first > 1e-12)
        m_y0 = r;
    refit();
    if (was != isZoomed())
        emit zoomedChanged();
}

void ZoomChart::zoomX(double factor, double around)
{
    const double from = m_x->min(), span = m_x->max() - from;
    const double at = std::clamp((around - from) / span, 0.0, 1.0);
    setX({around - at * span * factor, around + (1 - at) * span * factor});
}

void ZoomChart::zoomY(double factor, double around)
{
    const double from = m_y->min(), span = m_y->max() - from;
    const double at = std::clamp((around - from) / span, 0.0, 1.0);
    setY({around - at * span * factor, around + (1 - at) * span * factor});
}

void ZoomChart::showAll()
{
    const bool was = isZoomed();
    m_x0.reset();
    m_y0.reset();
    refit();
    if (was)
        emit zoomedChanged();
}

void ZoomChart::moveBy(QPointF pixels)
{
    const QRectF area = plot();
    if (m_x0) {
        const double by = -pixels.x() / std::max(area.width(), 1.0) * (m_x0->second - m_x0->first);
        setX({m_x0->first + by, m_x0->second + by});
    }
    if (m_y0) {
        const double by = pixels.y() / std::max(area.height(), 1.0) * (m_y0->second - m_y0->first);
        setY({m_y0->first + by, m_y0->second + by});
    }
}

bool ZoomChart::viewportEvent(QEvent *event)
{
    // The scene would answer with the tool tip of its items, which have none, and close ours.
    if (event->type() == QEvent::ToolTip)
        return true;
    return QChartView::viewportEvent(event);
}

void ZoomChart::mousePressEvent(QMouseEvent *event)
{
    event->accept();
    m_press = m_last = event->pos();
    m_skipRelease = false;
    m_button = isInPlot(event->position(), 8) ? event->button() : Qt::NoButton;
}

void ZoomChart::mouseMoveEvent(QMouseEvent *event)
{
    if (m_button == Qt::MiddleButton) {
        moveBy(event->pos() - m_last);
        m_last = event->pos();
        return;
    }
    if (m_button == Qt::LeftButton) {
        if (!m_band->isVisible() && (event->pos() - m_press).manhattanLength() < QApplication::startDragDistance())
            return;
        const QRect area = mapFromScene(plot()).boundingRect();
        m_band->setGeometry(QRect(m_press, event->pos()).normalized().intersected(area));
        m_band->show();
        QToolTip::hideText();
        return;
    }
    hovered(event->position(), event->globalPosition().toPoint());
}

void ZoomChart::endBand()
{
    const QRect r = m_band->geometry();
    m_band->hide();
    if (r.width() >= 4) // a flat band is about x alone
        setX({xAt(r.topLeft()), xAt(r.bottomRight())});
    if (r.height() >= 12)
        setY({yAt(r.bottomLeft()), yAt(r.topLeft())});
}

void ZoomChart::mouseReleaseEvent(QMouseEvent *event)
{
    const auto button = std::exchange(m_button, Qt::NoButton);
    if (m_band->isVisible())
        endBand();
    else if (button == Qt::LeftButton && !std::exchange(m_skipRelease, false))
        clicked(event->position(), event->modifiers());
}

void ZoomChart::mouseDoubleClickEvent(QMouseEvent *event)
{
    m_button = Qt::NoButton;
    m_skipRelease = true;
    if (event->button() == Qt::LeftButton)
        showAll();
}

void ZoomChart::leaveEvent(QEvent *event)
{
    left();
    viewport()->update();
    QChartView::leaveEvent(event);
}

void ZoomChart::wheelEvent(QWheelEvent *event)
{
    event->accept();
    if (plot().width() <= 0)
        return;
    const QPoint d = event->angleDelta();
    const double factor = std::pow(0.8, d.y() / 120.0);
    if (d.x() != 0 || event->modifiers() & (Qt::ShiftModifier | Qt::AltModifier))
        moveBy(QPointF(plot().width() * 0.1 * (d.x() + d.y()) / 120.0, 0));
    else if (event->modifiers() & Qt::ControlModifier)
        zoomY(factor, yAt(event->position()));
    else
        zoomX(factor, xAt(event->position()));
}

void ZoomChart::keyPressEvent(QKeyEvent *event)
{
    const double middle = (m_x->min() + m_x->max()) / 2;
    switch (event->key()) {
    case Qt::Key_Home: showAll(); break;
    case Qt::Key_Plus:
    case Qt::Key_Equal: zoomX(0.8, middle); break;
    case Qt::Key_Minus: zoomX(1.25, middle); break;
    case Qt::Key_Escape:
        m_button = Qt::NoButton;
        m_band->hide();
        break;
    default: QChartView::keyPressEvent(event);
    }
}

void ZoomChart::restyle()
{
    const QColor text = palette().color(QPalette::Text);
    const QColor grid = themeColor(ColorRole::CanvasGrid);
    QFont small = font();
    small.setPointSizeF(std::max(7.0, font().pointSizeF() * 0.85));
    chart()->setBackgroundBrush(themeColor(ColorRole::Canvas));
    chart()->setBackgroundPen(Qt::NoPen);
    setBackgroundBrush(themeColor(ColorRole::Canvas));
    chart()->legend()->setLabelColor(text);
    chart()->legend()->setFont(small);
    for (QValueAxis *axis : {m_x, m_y}) {
        axis->setLabelsColor(text);
        axis->setLabelsFont(small);
        axis->setTitleFont(small);
        axis->setTitleBrush(themeColor(ColorRole::Muted));
        axis->setGridLinePen(QPen(grid, 1));
        axis->setLinePen(QPen(grid, 1));
        axis->setMinorGridLinePen(QPen(mixed(grid, themeColor(ColorRole::Canvas), 0.4), 1));
    }
}

void ZoomChart::changeEvent(QEvent *event)
{
    QChartView::changeEvent(event);
    if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange)
        restyle();
}

void ZoomChart::resizeEvent(QResizeEvent *event)
{
    QChartView::resizeEvent(event);
    refit();
}

void ZoomChart::drawForeground(QPainter *painter, const QRectF &)
{
    if (m_x->max() <= m_x->min() || m_y->max() <= m_y->min())
        return;
    painter->save();
    painter->setClipRect(plot());
    paintOver(*painter, plot());
    painter->restore();
}

} // namespace requant
