// SPDX-License-Identifier: GPL-3.0-or-later
// The scene's nodes, and what all its items share. Items draw prepared values only.
#pragma once

#include "ui/widgets/graph/graphcontent.h"

#include <QFont>
#include <QGraphicsItem>
#include <QPainterPath>

namespace requant {

inline constexpr double kDetailZoom = 0.4; // below it boxes have no text
inline constexpr double kTextZoom = 0.5;   // below it only titles

QFont sceneFont(int pixels, bool bold);
double detailOf(const QPainter *); // pixels for one unit of the scene

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
    void setDetail(const QString &); // instead of the layer's name; empty: the name
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
    QString m_targetBadge, m_detail;
    struct Fitted
    {
        QString text;
        double width = -1;
    };
    Fitted m_fitted[3];
};

} // namespace requant
