// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/graph/graphaccess.h"

#include "ui/widgets/graph/graphview.h"

#include <QAccessible>
#include <QAccessibleWidget>
#include <QPointer>

#include <map>

namespace requant {
namespace {

// One node. Lives as long as the list keeps it; asks the view for everything, so that a new model makes it invalid.
class NodeAccessible : public QAccessibleInterface, public QAccessibleActionInterface
{
public:
    NodeAccessible(GraphView *view, int node) : m_view(view), m_node(node) {}

    bool isValid() const override { return m_view && m_node < m_view->nodeCount(); }
    QObject *object() const override { return nullptr; }
    QWindow *window() const override { return isValid() ? m_view->window()->windowHandle() : nullptr; }
    QAccessibleInterface *parent() const override { return m_view ? QAccessible::queryAccessibleInterface(m_view.data()) : nullptr; }
    QAccessibleInterface *child(int) const override { return nullptr; }
    QAccessibleInterface *childAt(int, int) const override { return nullptr; }
    int childCount() const override { return 0; }
    int indexOfChild(const QAccessibleInterface *) const override { return -1; }
    QAccessible::Role role() const override { return QAccessible::ListItem; }

    QRect rect() const override
    {
        if (!isValid())
            return {};
        const QRect inView = m_view->mapFromScene(m_view->content().nodes[pos()].rect).boundingRect();
        return {m_view->viewport()->mapToGlobal(inView.topLeft()), inView.size()};
    }

    QString text(QAccessible::Text what) const override
    {
        if (!isValid())
            return {};
        const auto &node = m_view->content().nodes[pos()];
        if (what == QAccessible::Name)
            return node.kind == GraphNode::Kind::Scope ? GraphView::tr("Scope %1, %2").arg(node.fullName, node.name)
                   : node.op >= 0                      ? QStringLiteral("#%1 %2 %3").arg(node.op).arg(node.title, node.name)
                                                       : QStringLiteral("%1 %2").arg(node.title, node.name);
        if (what == QAccessible::Description)
            return QStringLiteral("%1, %2").arg(node.shape, m_view->shownBadge(m_node));
        return {};
    }
    void setText(QAccessible::Text, const QString &) override {}

    QAccessible::State state() const override
    {
        QAccessible::State s;
        if (!isValid()) {
            s.invalid = true;
            return s;
        }
        s.selectable = s.focusable = s.multiSelectable = true;
        s.selected = m_view->isNodeSelected(m_node);
        s.expandable = s.collapsed = m_view->content().nodes[pos()].kind == GraphNode::Kind::Scope;
        s.active = m_view->currentNode() == m_node;
        s.focused = m_view->hasFocus() && m_view->currentNode() == m_node;
        s.offscreen = !m_view->visibleScene().intersects(m_view->content().nodes[pos()].rect);
        return s;
    }

    void *interface_cast(QAccessible::InterfaceType type) override
    {
        return type == QAccessible::ActionInterface ? static_cast<QAccessibleActionInterface *>(this) : nullptr;
    }
    QStringList actionNames() const override { return {pressAction(), setFocusAction(), toggleAction()}; }
    QStringList keyBindingsForAction(const QString &) const override { return {}; }
    void doAction(const QString &name) override
    {
        if (!isValid() || !actionNames().contains(name))
            return;
        if (name == toggleAction()) { // as Enter and a double click do
            m_view->activateNode(m_node);
            return;
        }
        m_view->selectNode(m_node);
        if (name == setFocusAction())
            m_view->setFocus();
    }

private:
    std::size_t pos() const { return static_cast<std::size_t>(m_node); }

    QPointer<GraphView> m_view;
    int m_node;
};

class GraphAccessible : public QAccessibleWidget
{
public:
    explicit GraphAccessible(GraphView *view) : QAccessibleWidget(view, QAccessible::List) {}
    ~GraphAccessible() override
    {
        for (const auto &[node, id] : m_ids)
            QAccessible::deleteAccessibleInterface(id);
    }

    int childCount() const override { return view()->nodeCount(); }
    QAccessibleInterface *child(int i) const override
    {
        if (i < 0 || i >= childCount())
            return nullptr;
        auto it = m_ids.find(i);
        if (it == m_ids.end())
            it = m_ids.emplace(i, QAccessible::registerAccessibleInterface(new NodeAccessible(view(), i))).first;
        return QAccessible::accessibleInterface(it->second);
    }
    int indexOfChild(const QAccessibleInterface *wanted) const override
    {
        for (const auto &[node, id] : m_ids)
            if (QAccessible::accessibleInterface(id) == wanted)
                return node;
        return -1;
    }
    QAccessibleInterface *childAt(int x, int y) const override
    {
        return child(view()->nodeAtGlobal(QPoint(x, y)));
    }
    QAccessibleInterface *focusChild() const override { return view()->hasFocus() ? child(view()->currentNode()) : nullptr; }

private:
    GraphView *view() const { return static_cast<GraphView *>(widget()); }
    mutable std::map<int, QAccessible::Id> m_ids;
};

QAccessibleInterface *makeInterface(const QString &, QObject *object)
{
    auto *view = qobject_cast<GraphView *>(object);
    return view ? new GraphAccessible(view) : nullptr;
}

} // namespace

void installGraphAccessibility()
{
    QAccessible::installFactory(makeInterface); // installing the same factory again has no effect
}

} // namespace requant
