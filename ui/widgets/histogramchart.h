// SPDX-License-Identifier: GPL-3.0-or-later
// How often the values of the selected layer occur: its weights before and after, or its outputs with the ends of the
// old and new range.
#pragma once

#include "ui/logic/histogram.h"
#include "ui/widgets/zoomchart.h"

class QLineSeries;

namespace requant {

class HistogramChart : public ZoomChart
{
    Q_OBJECT
public:
    explicit HistogramChart(QWidget *parent = nullptr);
    void setHistogram(Histogram, const QString &title);
    const Histogram &histogram() const { return m_data; }

protected:
    Range wholeX() const override;
    void applyRange(Range x, const std::optional<Range> &y) override;
    void clicked(QPointF, Qt::KeyboardModifiers) override {}
    void hovered(QPointF, QPoint global) override;
    void left() override { m_hovered = -1; }
    void paintOver(QPainter &, const QRectF &plot) override;
    void restyle() override;

private:
    int binAt(double x) const; // -1 outside

    Histogram m_data;
    QLineSeries *m_before, *m_after;
    int m_hovered = -1;
};

} // namespace requant
