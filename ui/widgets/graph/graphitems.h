// SPDX-License-Identifier: GPL-3.0-or-later
// What the scene holds: one item per node, edge and planned requantize operator. They draw prepared values only.
#pragma once

#include "ui/widgets/graph/graphcontent.h"

#include <QGraphicsItem>
#include <QPainterPath>
#include <QPolygonF>

namespace requant {

inline constexpr double kDetailZoom = 0.4; // below it boxes have no text

class NodeItem : public QGraphicsItem
{
public:
    enum { Type = UserType + 1 };
    NodeItem(const GraphNode &node, int number);
    int type() const override { return Type; }
    int number() const { return m_number; }
    const GraphNode &node() const { return *m_node; }

    void setSelected(bool selected, bool current);
    void setHovered(bool);
    void setHeat(QColor); // an invalid colour: no heat shown
    // Scheme after the conversion; empty shows the source's.
    void setTargetBadge(const QString &);
    const QString &shownBadge() const { return m_targetBadge.isEmpty() ? m_node->badge : m_targetBadge; }
    QColor plainColor() const; // of the box at small zoom and in the minimap
    bool isSelected() const { return m_selected; }
    bool isCurrent() const { return m_current; }

    QRectF boundingRect() const override;
    QPainterPath shape() const override;
    void paint(QPainter *, const QStyleOptionGraphicsItem *, QWidget *) override;

private:
    void paintOperator(QPainter *, double lod);
    void paintPill(QPainter *);
    double paintBadge(QPainter *, const QRectF &line); // returns its width
    const QString &fitted(int slot, const QString &text, const QFont &font, double width, Qt::TextElideMode);

    const GraphNode *m_node;
    int m_number;
    bool m_selected = false, m_current = false, m_hovered = false;
    QColor m_heat;
    QString m_targetBadge;
    struct Fitted
    {
        QString text;
        double width = -1;
    };
    Fitted m_fitted[3];
};

class EdgeItem : public QGraphicsItem
{
public:
    enum { Type = UserType + 2 };
    EdgeItem(const GraphEdge &edge, int number);
    int type() const override { return Type; }
    int number() const { return m_number; }
    const GraphEdge &edge() const { return *m_edge; }
    void setLit(bool);
    bool isLit() const { return m_lit; }
    // Where a requantize operator can be drawn, the best place first: near the consumer, clear of boxes.
    const std::vector<QPointF> &requantizePoints() const { return m_requantizePoints; }

    QRectF boundingRect() const override { return m_bounds; }
    QPainterPath shape() const override;
    void paint(QPainter *, const QStyleOptionGraphicsItem *, QWidget *) override;

private:
    const GraphEdge *m_edge;
    int m_number;
    bool m_lit = false;
    QPainterPath m_path;
    QPolygonF m_head;
    std::vector<QPointF> m_requantizePoints;
    QRectF m_bounds;
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
