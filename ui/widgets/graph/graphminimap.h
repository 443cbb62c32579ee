// SPDX-License-Identifier: GPL-3.0-or-later
// The whole graph in a corner, with the part that is in sight.
#pragma once

#include <QPixmap>
#include <QRectF>
#include <QWidget>

#include <vector>

namespace requant {

class Minimap : public QWidget
{
    Q_OBJECT
public:
    explicit Minimap(QWidget *parent);

    struct Box
    {
        QRectF rect;
        QColor color;
    };
    void setBoxes(std::vector<Box>, QRectF scene);
    void setView(QRectF visible); // part of the scene that is seen
    QSize fittingSize(QSize available) const;

signals:
    void moveRequested(QPointF scenePoint);

protected:
    void paintEvent(QPaintEvent *) override;
    void mousePressEvent(QMouseEvent *) override;
    void mouseMoveEvent(QMouseEvent *) override;
    void resizeEvent(QResizeEvent *) override;

private:
    QRectF toWidget(const QRectF &) const;
    double factor() const;

    std::vector<Box> m_boxes;
    QRectF m_scene, m_visible;
    QPixmap m_cache;
};

} // namespace requant
