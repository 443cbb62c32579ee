// SPDX-License-Identifier: GPL-3.0-or-later
// Mouse, keys, context menu and tool tips.
#include "core/convert/convert.h"
#include "ui/logic/selection.h"
#include "ui/widgets/graph/graphedges.h"
#include "ui/widgets/graph/graphitems.h"
#include "ui/widgets/graph/graphnavigation.h"
#include "ui/widgets/graph/graphsearchbar.h"
#include "ui/widgets/graph/graphview.h"

#include <QApplication>
#include <QHelpEvent>
#include <QKeyEvent>
#include <QRubberBand>
#include <QScrollBar>
#include <QToolTip>

#include <algorithm>

namespace requant {

void GraphView::walk(int key, Qt::KeyboardModifiers modifiers)
{
    if (m_nodes.empty())
        return;
    const bool across = m_content.shape.leftToRight;
    const auto forward = across ? Qt::Key_Right : Qt::Key_Down, backward = across ? Qt::Key_Left : Qt::Key_Up;
    int next = -1;
    if (m_current < 0 || key == Qt::Key_Home)
        next = 0;
    else if (key == Qt::Key_End)
        next = std::max(0, m_content.firstInput() - 1);
    else if (key == forward || key == backward)
        next = nodeAlong(m_content, m_current, key == forward);
    else
        next = nodeBeside(m_content, m_current, key == Qt::Key_Right || key == Qt::Key_Down);
    if (next < 0)
        return;
    makeCurrent(next, modifiers & Qt::ShiftModifier);
    ensureNodeVisible(next);
}

// Opens a scope, goes to what an operator runs, or tells that an operator was asked for.
void GraphView::activateNode(int number)
{
    if (number < 0 || number >= nodeCount())
        return;
    const auto &node = m_content.nodes[static_cast<std::size_t>(number)];
    if (node.kind == GraphNode::Kind::Scope) {
        m_keep = node.ops.front();
        setScopeCollapsed(QString(node.fullName), false);
    } else if (node.op >= 0) {
        const auto &op = m_content.model->subgraph(m_content.subgraph).operators[static_cast<std::size_t>(node.op)];
        const auto called = calledSubgraphs(*m_content.model, op);
        if (!called.empty())
            emit subgraphActivated(called.back());
        else if (isMainSubgraph())
            emit operatorActivated(node.op);
    }
}

NodeItem *GraphView::nodeAt(QPoint p) const
{
    const auto under = items(QRect(p - QPoint(1, 1), QSize(3, 3)));
    for (auto *item : under)
        if (item->type() == NodeItem::Type)
            return static_cast<NodeItem *>(item);
    return nullptr;
}

int GraphView::nodeAtGlobal(QPoint p) const
{
    const auto *node = nodeAt(viewport()->mapFromGlobal(p));
    return node ? node->number() : -1;
}

void GraphView::mousePressEvent(QMouseEvent *event)
{
    m_press = m_last = event->pos();
    m_moved = false;
    const bool left = event->button() == Qt::LeftButton;
    if (event->button() == Qt::MiddleButton || (left && m_space)) {
        m_drag = Drag::Pan;
    } else if (left && (event->modifiers() & Qt::ShiftModifier) && !nodeAt(event->pos())) {
        m_drag = Drag::RubberBand;
        if (!m_band)
            m_band = new QRubberBand(QRubberBand::Rectangle, viewport());
        m_band->setGeometry(QRect(m_press, QSize()));
        m_band->show();
    } else if (left) {
        m_drag = Drag::Pan; // a click if it does not move
    }
    updateCursor();
    event->accept();
}

void GraphView::mouseMoveEvent(QMouseEvent *event)
{
    if (m_drag == Drag::None) {
        const auto *node = nodeAt(event->pos());
        const int now = node ? node->number() : -1;
        if (now != m_hovered) {
            if (m_hovered >= 0 && static_cast<std::size_t>(m_hovered) < m_nodes.size())
                m_nodes[static_cast<std::size_t>(m_hovered)]->setHovered(false);
            m_hovered = now;
            if (now >= 0)
                m_nodes[static_cast<std::size_t>(now)]->setHovered(true);
        }
        return;
    }
    if (!m_moved && (event->pos() - m_press).manhattanLength() < QApplication::startDragDistance())
        return;
    m_moved = true;
    if (m_drag == Drag::RubberBand) {
        m_band->setGeometry(QRect(m_press, event->pos()).normalized());
    } else {
        interact();
        const QPoint d = event->pos() - m_last;
        horizontalScrollBar()->setValue(horizontalScrollBar()->value() - d.x());
        verticalScrollBar()->setValue(verticalScrollBar()->value() - d.y());
        updateCursor();
    }
    m_last = event->pos();
}

void GraphView::mouseReleaseEvent(QMouseEvent *event)
{
    const Drag drag = m_drag;
    m_drag = Drag::None;
    if (drag == Drag::RubberBand) {
        m_band->hide();
        if (m_moved && m_selection && isMainSubgraph()) {
            std::vector<int> inside;
            if (event->modifiers() & Qt::ControlModifier)
                inside = m_selection->operators();
            const QRectF area = mapToScene(QRect(m_press, event->pos()).normalized()).boundingRect();
            for (const auto &node : m_content.nodes)
                if (area.intersects(node.rect))
                    inside.insert(inside.end(), node.ops.begin(), node.ops.end());
            select(std::move(inside), -1);
        }
    } else if (drag == Drag::Pan && !m_moved && event->button() == Qt::LeftButton && !m_space && isReady()) {
        const auto *node = nodeAt(event->pos());
        if (node || !(event->modifiers() & Qt::ControlModifier))
            makeCurrent(node ? node->number() : -1, event->modifiers());
    }
    updateCursor();
}

void GraphView::mouseDoubleClickEvent(QMouseEvent *event)
{
    const auto *node = nodeAt(event->pos());
    if (node && event->button() == Qt::LeftButton)
        activateNode(node->number());
}

void GraphView::updateCursor()
{
    if (m_drag == Drag::Pan && (m_moved || m_space))
        viewport()->setCursor(Qt::ClosedHandCursor);
    else if (m_space)
        viewport()->setCursor(Qt::OpenHandCursor);
    else
        viewport()->unsetCursor();
}

void GraphView::keyPressEvent(QKeyEvent *event)
{
    const bool plain = !(event->modifiers() & (Qt::ControlModifier | Qt::AltModifier | Qt::MetaModifier));
    if (event->matches(QKeySequence::Copy)) {
        copyPicture();
        return;
    }
    if (event->matches(QKeySequence::SelectAll) && m_selection && isMainSubgraph()) {
        std::vector<int> all(static_cast<std::size_t>(m_content.operatorCount));
        for (std::size_t i = 0; i < all.size(); ++i)
            all[i] = static_cast<int>(i);
        select(std::move(all), m_selection->current());
        return;
    }
    if (event->matches(QKeySequence::Find)) {
        showSearch();
        return;
    }
    if (event->key() == Qt::Key_F3) {
        find(m_search->text(), !(event->modifiers() & Qt::ShiftModifier), false);
        return;
    }
    if (plain) {
        switch (event->key()) {
        case Qt::Key_Up: case Qt::Key_Down: case Qt::Key_Left: case Qt::Key_Right: case Qt::Key_Home: case Qt::Key_End:
            walk(event->key(), event->modifiers());
            return;
        case Qt::Key_F: fit(); return;
        case Qt::Key_Z: zoomToSelection(); return;
        case Qt::Key_Plus: case Qt::Key_Equal: zoomIn(); return;
        case Qt::Key_Minus: zoomOut(); return;
        case Qt::Key_0: resetZoom(); return;
        case Qt::Key_Slash: showSearch(); return;
        case Qt::Key_PageDown: case Qt::Key_PageUp:
            verticalScrollBar()->setValue(verticalScrollBar()->value()
                                          + (event->key() == Qt::Key_PageDown ? 1 : -1) * viewport()->height() * 9 / 10);
            return;
        case Qt::Key_Escape:
            makeCurrent(-1, Qt::NoModifier);
            return;
        case Qt::Key_Return: case Qt::Key_Enter:
            activateNode(m_current);
            return;
        case Qt::Key_E: setEdgeLabelsVisible(!m_edgeLabels); return;
        case Qt::Key_C: collapseAround(m_current); return;
        case Qt::Key_Space:
            if (!event->isAutoRepeat()) {
                m_space = true;
                updateCursor();
            }
            return;
        default:
            break;
        }
    }
    QAbstractScrollArea::keyPressEvent(event);
}

void GraphView::keyReleaseEvent(QKeyEvent *event)
{
    if (event->key() == Qt::Key_Space && !event->isAutoRepeat()) {
        m_space = false;
        updateCursor();
        return;
    }
    QGraphicsView::keyReleaseEvent(event);
}

void GraphView::focusOutEvent(QFocusEvent *event)
{
    m_space = false;
    updateCursor();
    QGraphicsView::focusOutEvent(event);
}

QString GraphView::toolTipAt(QPoint p) const
{
    const EdgeItem *edge = nullptr;
    const auto under = items(QRect(p - QPoint(2, 2), QSize(5, 5)));
    for (auto *item : under) {
        if (item->type() == NodeItem::Type)
            return nodeToolTip(m_content, shownConversion(), static_cast<NodeItem *>(item)->number());
        if (item->type() == RequantizeItem::Type)
            return QStringLiteral("<p>%1</p>").arg(static_cast<RequantizeItem *>(item)->reason().toHtmlEscaped());
        if (item->type() == EdgeItem::Type && !edge)
            edge = static_cast<EdgeItem *>(item);
    }
    if (!edge)
        return {};
    return edgeToolTip(m_content, shownConversion(), edge->number());
}

bool GraphView::viewportEvent(QEvent *event)
{
    if (event->type() == QEvent::ToolTip) {
        const auto *help = static_cast<QHelpEvent *>(event);
        const QString text = m_drag == Drag::None ? toolTipAt(help->pos()) : QString();
        if (text.isEmpty())
            QToolTip::hideText();
        else
            QToolTip::showText(help->globalPos(), text, viewport());
        return true;
    }
    if (event->type() == QEvent::Leave && m_hovered >= 0) {
        if (static_cast<std::size_t>(m_hovered) < m_nodes.size())
            m_nodes[static_cast<std::size_t>(m_hovered)]->setHovered(false);
        m_hovered = -1;
    }
    return QGraphicsView::viewportEvent(event);
}

} // namespace requant
