// SPDX-License-Identifier: GPL-3.0-or-later
// A chart with two axes of numbers that can be looked at closely: the wheel zooms along x (with Ctrl along y), dragging
// draws a band and zooms into it, the middle button or Shift and the wheel move, Home or a double click shows all
// again; + and - zoom too. What is drawn and what a click means is up to the derived chart.
#pragma once

#include "ui/widgets/theme/theme.h"

#include <QChartView>

#include <optional>
#include <utility>

class QRubberBand;
class QValueAxis;

namespace requant {

class ZoomChart : public QChartView
{
    Q_OBJECT
public:
    ZoomChart(const QString &xTitle, const QString &yTitle, QWidget *parent);
    void showAll();
    bool isZoomed() const { return m_x0.has_value() || m_y0.has_value(); }
    QValueAxis *xAxis() const { return m_x; }
    QValueAxis *yAxis() const { return m_y; }

signals:
    void zoomedChanged();

protected:
    using Range = std::pair<double, double>;
    virtual Range wholeX() const = 0;
    virtual double leastSpanX() const { return 0; } // no zoom goes beyond; 0: a thousandth of the whole
    // Sets the axes for what is in sight: x from..to, y as given or, without, what fits the numbers there.
    virtual void applyRange(Range x, const std::optional<Range> &y) = 0;
    virtual void clicked(QPointF viewportPoint, Qt::KeyboardModifiers) = 0;
    virtual void hovered(QPointF viewportPoint, QPoint global) = 0;
    virtual void left() = 0;
    virtual void paintOver(QPainter &, const QRectF &plot) = 0; // scene coordinates, clipped to the plot
    virtual void restyle();                                     // colours and fonts of frame, axes and legend

    // Range and ticks together: Qt makes an item per tick, so a new range must never meet the old step.
    static void setAxis(QValueAxis *, Range, double anchor, double step);
    void refit();                                          // applyRange() for the zoom as it is
    QRectF plot() const;                                   // in the scene
    double placeOfX(double) const, placeOfY(double) const; // in the scene
    double xAt(QPointF viewportPoint) const, yAt(QPointF viewportPoint) const;
    bool isInPlot(QPointF viewportPoint, double margin = 0) const;
    void zoomX(double factor, double around);
    void zoomY(double factor, double around);

    bool viewportEvent(QEvent *) override;
    void mouseMoveEvent(QMouseEvent *) override;
    void mousePressEvent(QMouseEvent *) override;
    void mouseReleaseEvent(QMouseEvent *) override;
    void mouseDoubleClickEvent(QMouseEvent *) override;
    void leaveEvent(QEvent *) override;
    void wheelEvent(QWheelEvent *) override;
    void keyPressEvent(QKeyEvent *) override;
    void changeEvent(QEvent *) override;
    void resizeEvent(QResizeEvent *) override;
    void drawForeground(QPainter *, const QRectF &) override;

    QValueAxis *m_x, *m_y;

private:
    void setX(Range);
    void setY(Range);
    void moveBy(QPointF pixels);
    void endBand();

    std::optional<Range> m_x0, m_y0; // zoomed to; none: all
    QRubberBand *m_band;
    QPoint m_press, m_last;
    Qt::MouseButton m_button = Qt::NoButton;
    bool m_skipRelease = false; // of a double click
};

} // namespace requant
