// SPDX-License-Identifier: GPL-3.0-or-later
// The context menu, and collapsing of name scopes from it.
#include "ui/logic/namescopes.h"
#include "ui/logic/selection.h"
#include "ui/logic/texts.h"
#include "ui/widgets/graph/graphitems.h"
#include "ui/widgets/graph/graphview.h"

#include <QContextMenuEvent>
#include <QMenu>

#include <algorithm>

namespace requant {

// Scopes around a node with at least two operators, outermost first, with their number of operators.
std::vector<std::pair<QString, int>> GraphView::scopesOfNode(int node) const
{
    std::vector<std::pair<QString, int>> found;
    if (node < 0 || m_content.nodes[static_cast<std::size_t>(node)].ops.empty())
        return found;
    const auto scopes = operatorScopes(m_content.model->subgraph(m_content.subgraph));
    const auto &n = m_content.nodes[static_cast<std::size_t>(node)];
    const QString innermost = n.kind == GraphNode::Kind::Scope ? n.fullName.section(u'/', 0, -2) : scopes[static_cast<std::size_t>(n.op)];
    for (const QString &scope : scopesAround(innermost)) {
        const auto count = std::count_if(scopes.begin(), scopes.end(), [&](const QString &s) {
            return s.startsWith(scope) && (s.size() == scope.size() || s[scope.size()] == u'/');
        });
        if (count > 1)
            found.emplace_back(scope, static_cast<int>(count));
    }
    return found;
}

void GraphView::collapse(const QString &scope, int node)
{
    m_keep = placeOfNode(m_content, node);
    setScopeCollapsed(scope, true);
}

void GraphView::collapseAround(int node)
{
    if (const auto scopes = scopesOfNode(node); !scopes.empty())
        collapse(scopes.back().first, node);
}

void GraphView::addScopeActions(QMenu &menu, int node)
{
    const auto separator = [&] {
        if (!menu.isEmpty() && !menu.actions().back()->isSeparator())
            menu.addSeparator();
    };
    if (node >= 0) {
        const auto &n = m_content.nodes[static_cast<std::size_t>(node)];
        if (n.kind == GraphNode::Kind::Scope)
            menu.addAction(tr("Open scope %1").arg(n.title) + QStringLiteral("\tEnter"), this, [this, node] { activateNode(node); });
        if (n.op >= 0) {
            const auto &op = m_content.model->subgraph(m_content.subgraph).operators[static_cast<std::size_t>(n.op)];
            for (const int called : calledSubgraphs(*m_content.model, op))
                menu.addAction(tr("Go to subgraph %1").arg(subgraphTitle(*m_content.model, called)), this, [this, called] { emit subgraphActivated(called); });
        }
        const auto scopes = scopesOfNode(node);
        for (auto it = scopes.rbegin(); it != scopes.rend(); ++it)
            menu.addAction(tr("Collapse scope %1 (%2)").arg(it->first, countText(it->second, "operator", "operators"))
                               + (it == scopes.rbegin() ? QStringLiteral("\tC") : QString()),
                           this, [this, scope = it->first, node] { collapse(scope, node); });
    }
    if (!m_shape.collapsed.isEmpty())
        menu.addAction(tr("Open all scopes"), this, [this] { collapseScopes(0); });
    separator();
}

void GraphView::contextMenuEvent(QContextMenuEvent *event)
{
    auto *menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    int op = -1, number = -1;
    if (event->reason() == QContextMenuEvent::Mouse) {
        if (const auto *node = nodeAt(event->pos())) {
            op = node->node().op;
            number = node->number();
            if (!node->node().ops.empty() && m_selection && !m_selection->contains(node->node().ops.front()))
                makeCurrent(number, Qt::NoModifier);
        }
    } else if (m_current >= 0) {
        number = m_current;
        op = m_content.nodes[static_cast<std::size_t>(m_current)].op;
    }
    emit contextMenuAboutToShow(menu, op);
    if (!menu->isEmpty())
        menu->addSeparator();
    addScopeActions(*menu, number);
    menu->addAction(themedIcon(QStringLiteral("fit")), tr("Show everything") + QStringLiteral("\tF"), this, &GraphView::fit)->setEnabled(isReady());
    menu->addAction(themedIcon(QStringLiteral("zoom-selection")), tr("Zoom to selection") + QStringLiteral("\tZ"), this, &GraphView::zoomToSelection)
        ->setEnabled(!m_shown.empty());
    menu->addAction(themedIcon(QStringLiteral("search")), tr("Find...") + QStringLiteral("\tCtrl+F"), this, &GraphView::showSearch)->setEnabled(isReady());
    menu->addSeparator();
    menu->addAction(themedIcon(QStringLiteral("copy")), tr("Copy picture") + QStringLiteral("\tCtrl+C"), this, &GraphView::copyPicture)->setEnabled(isReady());
    menu->addAction(themedIcon(QStringLiteral("picture")), tr("Save picture..."), this, &GraphView::savePictureAs)->setEnabled(isReady());
    menu->addSeparator();
    auto *labels = menu->addAction(tr("Types and scales at lines") + QStringLiteral("\tE"));
    labels->setCheckable(true);
    labels->setChecked(m_edgeLabels);
    connect(labels, &QAction::toggled, this, &GraphView::setEdgeLabelsVisible);
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

} // namespace requant
