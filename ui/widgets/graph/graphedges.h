// SPDX-License-Identifier: GPL-3.0-or-later
// Lines between nodes, their labels, and the requantize operators that the conversion plans on them.
#pragma once

#include "ui/widgets/graph/graphcontent.h"

#include <QGraphicsItem>
#include <QPainterPath>
#include <QPolygonF>

namespace requant {

class EdgeItem : public QGraphicsItem
{
public:
    enum { Type = UserType + 2 };
    EdgeItem(const GraphEdge &edge, int number, bool leftToRight);
    int type() const override { return Type; }
    int number() const { return m_number; }
    const GraphEdge &edge() const { return *m_edge; }
    void setLit(bool);
    bool isLit() const { return m_lit; }
    // Drawn beside the line's start where there is detail; empty for none. `before`: left of it (above it, left to right);
    // `away` from the line.
    void setLabel(const QString &, bool before = false, double away = 0);
    const QString &label() const { return m_label; }
    // Where a requantize operator can be drawn, the best place first: near the consumer, clear of boxes.
    const std::vector<QPointF> &requantizePoints() const { return m_requantizePoints; }

    QRectF boundingRect() const override { return m_bounds; }
    QPainterPath shape() const override;
    void paint(QPainter *, const QStyleOptionGraphicsItem *, QWidget *) override;

private:
    QRectF labelBox(bool before, double away) const;

    const GraphEdge *m_edge;
    int m_number;
    bool m_across; // left to right
    bool m_lit = false;
    QString m_label;
    QRectF m_labelBox;
    QPainterPath m_path;
    QPolygonF m_head;
    std::vector<QPointF> m_requantizePoints;
    QRectF m_lineBounds, m_bounds;
};

// A requantize operator that the conversion plans on an edge.
class RequantizeItem : public QGraphicsItem
{
public:
    enum { Type = UserType + 3 };
    RequantizeItem(int edge, QPointF centre, QString text, QString reason);
    int type() const override { return Type; }
    int edge() const { return m_edge; }
    const QString &reason() const { return m_reason; }
    static QRectF boxAt(QPointF centre);
    QRectF boundingRect() const override;
    void paint(QPainter *, const QStyleOptionGraphicsItem *, QWidget *) override;

private:
    int m_edge;
    QString m_text, m_reason;
};

} // namespace requant
