// SPDX-License-Identifier: GPL-3.0-or-later
// A chart with one place per layer along the x axis (the operator's number). Hover tells a layer's numbers, a click
// selects it. New numbers move points, never rebuild the chart.
#pragma once

#include "ui/logic/chartdata.h"
#include "ui/widgets/zoomchart.h"

#include <functional>
#include <vector>

class QLineSeries;

namespace requant {

class Selection;

class LayerChart : public ZoomChart
{
    Q_OBJECT
public:
    enum class Scale {
        Linear,
        PowersOfTwo // drawn by their base-2 logarithm, a grid line per power
    };
    using TextOf = std::function<QString(double)>; // a value with its unit
    using TitleOf = std::function<QString(int)>;   // a layer's title

    LayerChart(const QString &yTitle, Scale, bool fromZero, Selection *, QWidget *parent = nullptr);
    void setTexts(TextOf, TitleOf, TitleOf remarkOf = {});
    void setSeries(std::vector<ChartSeries>);
    const std::vector<ChartSeries> &series() const { return m_data; }
    bool hasValues() const;

protected:
    Range wholeX() const override;
    double leastSpanX() const override { return 4; }
    void applyRange(Range x, const std::optional<Range> &y) override;
    void clicked(QPointF, Qt::KeyboardModifiers) override;
    void hovered(QPointF, QPoint global) override;
    void left() override { m_hovered = -1; }
    void paintOver(QPainter &, const QRectF &plot) override;
    void restyle() override;
    void keyPressEvent(QKeyEvent *) override;

private:
    void build();
    void fill();
    Range valuesWithin(Range x, bool &infinite) const; // as drawn; first > second if there are none
    double drawn(double) const;
    void paintBars(QPainter &) const;
    void paintCut(QPainter &, double height, double x, double &last) const;
    QColor colorOf(const ChartSeries &) const;
    int layerAt(QPointF viewportPoint) const; // -1 outside of the plot
    int layers() const;
    QString toolTipOf(int op) const;

    Scale m_scale;
    bool m_fromZero;
    Selection *m_selection;
    TextOf m_textOf;
    TitleOf m_titleOf, m_remarkOf;
    std::vector<ChartSeries> m_data;
    std::vector<QLineSeries *> m_lines; // by series; of bars only the legend's entry
    int m_hovered = -1;
    double m_top = 1; // where infinity is drawn
};

} // namespace requant
