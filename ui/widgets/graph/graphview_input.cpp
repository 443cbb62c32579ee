// SPDX-License-Identifier: GPL-3.0-or-later
// Mouse, keys, context menu and tool tips.
#include "core/convert/convert.h"
#include "ui/logic/selection.h"
#include "ui/widgets/graph/graphitems.h"
#include "ui/widgets/graph/graphnavigation.h"
#include "ui/widgets/graph/graphoverlays.h"
#include "ui/widgets/graph/graphview.h"

#include <QApplication>
#include <QContextMenuEvent>
#include <QHelpEvent>
#include <QKeyEvent>
#include <QMenu>
#include <QRubberBand>
#include <QScrollBar>
#include <QToolTip>

#include <algorithm>

namespace requant {

void GraphView::walk(int key, Qt::KeyboardModifiers modifiers)
{
    if (m_nodes.empty())
        return;
    int next = -1;
    if (m_current < 0) {
        next = 0;
    } else if (key == Qt::Key_Home) {
        next = 0;
    } else if (key == Qt::Key_End) {
        next = std::max(0, m_content.operatorCount - 1);
    } else if (key == Qt::Key_Left || key == Qt::Key_Right) {
        next = nodeBeside(m_content, m_current, key == Qt::Key_Right);
    } else {
        next = nodeAlong(m_content, m_current, key == Qt::Key_Down);
    }
    if (next < 0)
        return;
    makeCurrent(next, modifiers & Qt::ShiftModifier);
    ensureNodeVisible(next);
}

NodeItem *GraphView::nodeAt(QPoint p) const
{
    const auto under = items(QRect(p - QPoint(1, 1), QSize(3, 3)));
    for (auto *item : under)
        if (item->type() == NodeItem::Type)
            return static_cast<NodeItem *>(item);
    return nullptr;
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
                if (node.op >= 0 && area.intersects(node.rect))
                    inside.push_back(node.op);
            m_drag = Drag::RubberBand; // the view stays where it is
            m_selection->set(std::move(inside));
            m_drag = Drag::None;
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
    if (node && node->node().op >= 0 && event->button() == Qt::LeftButton)
        emit operatorActivated(node->node().op);
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
        m_drag = Drag::RubberBand;
        m_selection->set(std::move(all), m_current >= 0 && m_current < m_content.operatorCount ? m_current : -1);
        m_drag = Drag::None;
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
            if (m_current >= 0 && m_content.nodes[static_cast<std::size_t>(m_current)].op >= 0)
                emit operatorActivated(m_content.nodes[static_cast<std::size_t>(m_current)].op);
            return;
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

void GraphView::contextMenuEvent(QContextMenuEvent *event)
{
    auto *menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    int op = -1;
    if (event->reason() == QContextMenuEvent::Mouse) {
        if (const auto *node = nodeAt(event->pos())) {
            op = node->node().op;
            if (op >= 0 && m_selection && !m_selection->contains(op))
                makeCurrent(node->number(), Qt::NoModifier);
        }
    } else if (m_current >= 0) {
        op = m_content.nodes[static_cast<std::size_t>(m_current)].op;
    }
    emit contextMenuAboutToShow(menu, op);
    if (!menu->isEmpty())
        menu->addSeparator();
    menu->addAction(themedIcon(QStringLiteral("fit")), tr("Show everything") + QStringLiteral("\tF"), this, &GraphView::fit)->setEnabled(isReady());
    menu->addAction(themedIcon(QStringLiteral("zoom-selection")), tr("Zoom to selection") + QStringLiteral("\tZ"), this, &GraphView::zoomToSelection)
        ->setEnabled(!m_shown.empty());
    menu->addAction(themedIcon(QStringLiteral("search")), tr("Find...") + QStringLiteral("\tCtrl+F"), this, &GraphView::showSearch)->setEnabled(isReady());
    menu->addSeparator();
    menu->addAction(themedIcon(QStringLiteral("copy")), tr("Copy picture") + QStringLiteral("\tCtrl+C"), this, &GraphView::copyPicture)->setEnabled(isReady());
    menu->addAction(themedIcon(QStringLiteral("picture")), tr("Save picture..."), this, &GraphView::savePictureAs)->setEnabled(isReady());
    menu->addSeparator();
    auto *overview = menu->addAction(tr("Overview"));
    overview->setCheckable(true);
    overview->setChecked(m_minimapWanted);
    connect(overview, &QAction::toggled, this, &GraphView::setMinimapVisible);
    auto *legend = menu->addAction(tr("Legend"));
    legend->setCheckable(true);
    legend->setChecked(m_legendWanted);
    connect(legend, &QAction::toggled, this, &GraphView::setLegendVisible);
    menu->popup(event->globalPos());
}

QString GraphView::toolTipAt(QPoint p) const
{
    const EdgeItem *edge = nullptr;
    const auto under = items(QRect(p - QPoint(2, 2), QSize(5, 5)));
    for (auto *item : under) {
        if (item->type() == NodeItem::Type)
            return nodeToolTip(m_content, m_conversion && m_conversion->source == m_content.model ? m_conversion.get() : nullptr,
                               static_cast<NodeItem *>(item)->number());
        if (item->type() == RequantizeItem::Type)
            return QStringLiteral("<p>%1</p>").arg(static_cast<RequantizeItem *>(item)->reason().toHtmlEscaped());
        if (item->type() == EdgeItem::Type && !edge)
            edge = static_cast<EdgeItem *>(item);
    }
    if (!edge)
        return {};
    return edgeToolTip(m_content, m_conversion && m_conversion->source == m_content.model ? m_conversion.get() : nullptr, edge->number());
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
