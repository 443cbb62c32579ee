// SPDX-License-Identifier: GPL-3.0-or-later
// A small chart with one place per channel, for the inspector. Pointer or arrow keys choose the channel that is told about.
#pragma once

#include "ui/widgets/theme/theme.h"

#include <QString>
#include <QWidget>

#include <vector>

namespace requant {

class ChannelChart : public QWidget
{
    Q_OBJECT
public:
    struct Line
    {
        QString name;
        ColorRole colour = ColorRole::After;
        std::vector<double> values; // by channel; NaN is left out, infinity drawn at the top
    };
    enum class Axis { Linear, FromZero, PowersOfTwo };

    ChannelChart(const QString &title, const QString &unit, Axis, QWidget *parent = nullptr);
    void setLines(std::vector<Line>);
    bool isEmpty() const { return m_channels == 0; }
    void setCurrent(int channel); // -1: none
    int current() const { return m_current; }

    QSize sizeHint() const override { return {240, 112}; }
    QSize minimumSizeHint() const override { return {120, 96}; }

signals:
    void currentChanged(int channel);

protected:
    void paintEvent(QPaintEvent *) override;
    void mouseMoveEvent(QMouseEvent *) override;
    void mousePressEvent(QMouseEvent *event) override { mouseMoveEvent(event); }
    void keyPressEvent(QKeyEvent *) override;

private:
    QRectF plot() const;
    double mapped(double value) const; // on the axis: its logarithm for powers of two
    QString tick(double mapped) const;

    QString m_title, m_unit;
    Axis m_axis;
    std::vector<Line> m_lines;
    int m_channels = 0, m_current = -1;
    double m_low = 0, m_high = 1; // mapped
};

} // namespace requant
