// SPDX-License-Identifier: GPL-3.0-or-later
// A chart with one place per layer along the x axis (the operator's number). Hover tells a layer's numbers, a click
// selects it, the wheel zooms along x, a double click shows all again. New numbers move points, never rebuild the
// chart.
#pragma once

#include "ui/widgets/theme/theme.h"

#include <QChartView>

#include <functional>
#include <vector>

class QValueAxis;
class QXYSeries;
class QBarSet;

namespace requant {

class Selection;

class LayerChart : public QChartView
{
    Q_OBJECT
public:
    enum class Scale {
        Linear,
        PowersOfTwo
    };                               // PowersOfTwo: values are drawn by their base-2 logarithm, a grid line per power
    enum class Shape { Line, Bars }; // bars of several series stand on each other
    struct Series
    {
        QString name;
        ColorRole color = ColorRole::After;
        Shape shape = Shape::Line;
        std::vector<double> values; // by operator; NaN: none; +infinity: drawn at the top
        bool stale = false;
    };
    using TextOf = std::function<QString(double)>; // a value with its unit
    using TitleOf = std::function<QString(int)>;   // a layer's title

    LayerChart(const QString &yTitle, Scale, Selection *, QWidget *parent = nullptr);
    void setTexts(TextOf, TitleOf);
    // The number of series and their shapes must not change after the first call with any; only names, values and age
    // do.
    void setSeries(std::vector<Series>);
    const std::vector<Series> &series() const { return m_data; }
    bool hasValues() const;

protected:
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

private:
    void build();
    void fill();
    void restyle();
    void fitY();
    void setXRange(double from, double to);
    int layerAt(const QPointF &viewportPoint) const; // -1 outside of the plot
    int layers() const;
    QString toolTipOf(int op) const;

    Scale m_scale;
    Selection *m_selection;
    TextOf m_textOf;
    TitleOf m_titleOf;
    std::vector<Series> m_data;
    std::vector<QXYSeries *> m_lines; // by series; null for bars
    std::vector<QBarSet *> m_bars;    // by series; null for lines
    QValueAxis *m_x, *m_y;
    int m_hovered = -1;
    double m_top = 1; // where infinity is drawn
};

} // namespace requant
