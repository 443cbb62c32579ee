// SPDX-License-Identifier: GPL-3.0-or-later
// What is selected and current, shared with the other views, and the search that moves it.
#include "ui/logic/selection.h"
#include "ui/widgets/graph/graphedges.h"
#include "ui/widgets/graph/graphitems.h"
#include "ui/widgets/graph/graphsearchbar.h"
#include "ui/widgets/graph/graphview.h"

#include <QAccessible>

#include <algorithm>
#include <utility>

namespace requant {

void GraphView::setSelection(Selection *selection)
{
    if (m_selection)
        disconnect(m_selection, nullptr, this, nullptr);
    m_selection = selection;
    if (m_selection) {
        connect(m_selection, &Selection::changed, this, [this] {
            showSelection();
            if (m_current >= 0 && !m_selection->isEmpty() && m_drag == Drag::None)
                ensureNodeVisible(m_current);
        });
    }
    showSelection();
}

void GraphView::showSelection()
{
    for (const int n : m_shown)
        m_nodes[static_cast<std::size_t>(n)]->setSelected(false, false);
    for (const int e : m_lit) {
        m_edges[static_cast<std::size_t>(e)]->setLit(false);
        if (!m_edgeLabels)
            m_edges[static_cast<std::size_t>(e)]->setLabel({});
    }
    const int before = m_current;
    m_shown.clear();
    m_lit.clear();
    if (m_nodes.empty())
        return;
    if (m_selection && isMainSubgraph()) {
        for (const int op : m_selection->operators())
            if (const int node = m_content.nodeOf(op); node >= 0)
                m_shown.push_back(node);
        std::sort(m_shown.begin(), m_shown.end());
        m_shown.erase(std::unique(m_shown.begin(), m_shown.end()), m_shown.end());
        if (!m_selection->isEmpty())
            m_current = m_content.nodeOf(m_selection->current());
        else if (m_current >= 0 && m_current < m_content.firstInput())
            m_current = -1;
    }
    if (m_current >= 0 && !std::binary_search(m_shown.begin(), m_shown.end(), m_current))
        m_shown.insert(std::lower_bound(m_shown.begin(), m_shown.end(), m_current), m_current);
    if (QAccessible::isActive()) {
        if (m_current >= 0 && m_current != before) {
            QAccessibleEvent event(this, QAccessible::Focus);
            event.setChild(m_current);
            QAccessible::updateAccessibility(&event);
        }
        QAccessibleEvent event(this, QAccessible::SelectionWithin);
        QAccessible::updateAccessibility(&event);
    }
    for (const int n : m_shown) {
        const auto i = static_cast<std::size_t>(n);
        m_nodes[i]->setSelected(true, n == m_current);
        for (const auto *list : {&m_content.in[i], &m_content.out[i]}) {
            for (const int e : *list) {
                if (!m_edges[static_cast<std::size_t>(e)]->isLit())
                    m_lit.push_back(e);
                m_edges[static_cast<std::size_t>(e)]->setLit(true);
            }
        }
    }
    constexpr std::size_t kLabelled = 16; // of more nodes the labels would only be clutter
    if (!m_edgeLabels && m_shown.size() <= kLabelled)
        for (const int e : m_lit)
            labelEdge(e);
}

bool GraphView::isNodeSelected(int node) const
{
    return std::binary_search(m_shown.begin(), m_shown.end(), node);
}

void GraphView::selectNode(int node)
{
    if (node < 0 || node >= nodeCount())
        return;
    makeCurrent(node, Qt::NoModifier);
    ensureNodeVisible(node);
}

void GraphView::select(std::vector<int> operators, int current)
{
    const Drag drag = std::exchange(m_drag, Drag::RubberBand);
    m_selection->set(std::move(operators), current);
    m_drag = drag;
}

// Takes a node as the current one and tells the shared selection: an operator, or all of a scope's.
void GraphView::makeCurrent(int node, Qt::KeyboardModifiers modifiers)
{
    const std::vector<int> ops = node >= 0 ? m_content.nodes[static_cast<std::size_t>(node)].ops : std::vector<int>();
    m_foundPlace = -1;
    if (!m_selection || !isMainSubgraph() || ops.empty()) {
        m_current = node;
        if (m_selection && isMainSubgraph() && !(modifiers & Qt::ControlModifier))
            m_selection->clear();
        m_current = node;
        showSelection();
        return;
    }
    std::vector<int> all;
    const bool add = modifiers & Qt::ControlModifier;
    const bool remove = add && std::all_of(ops.begin(), ops.end(), [this](int op) { return m_selection->contains(op); });
    if (modifiers & (Qt::ControlModifier | Qt::ShiftModifier))
        all = m_selection->operators();
    if (remove) {
        std::erase_if(all, [&](int op) { return std::binary_search(ops.begin(), ops.end(), op); });
        const int current = m_selection->current();
        m_selection->set(std::move(all), std::binary_search(ops.begin(), ops.end(), current) ? -1 : current);
        return;
    }
    all.insert(all.end(), ops.begin(), ops.end());
    m_selection->set(std::move(all), ops.front());
}

std::vector<int> GraphView::matches(const QString &text) const
{
    return m_finder.matches(m_content, text);
}

bool GraphView::find(const QString &text, bool forward, bool fromHere)
{
    const auto found = matches(text);
    if (found.empty()) {
        m_search->setPlace(0, 0);
        return false;
    }
    const int here = m_foundPlace >= 0 && nodeOfPlace(m_content, m_foundPlace) == m_current ? m_foundPlace : placeOfNode(m_content, m_current);
    auto it = found.begin();
    if (forward) {
        it = fromHere ? std::lower_bound(found.begin(), found.end(), here) : std::upper_bound(found.begin(), found.end(), here);
        if (it == found.end())
            it = found.begin();
    } else {
        it = std::lower_bound(found.begin(), found.end(), here);
        it = it == found.begin() ? std::prev(found.end()) : std::prev(it);
    }
    const int node = nodeOfPlace(m_content, *it);
    if (m_selection && isMainSubgraph() && *it < m_content.operatorCount)
        m_selection->select(*it); // within a scope: this one only
    else
        makeCurrent(node, Qt::NoModifier);
    m_foundPlace = *it;
    ensureNodeVisible(node);
    m_search->setPlace(static_cast<int>(it - found.begin()) + 1, static_cast<int>(found.size()));
    return true;
}

void GraphView::showSearch()
{
    placeOverlays();
    m_search->open();
}

void GraphView::showOperator(int op)
{
    if (isMainSubgraph() && m_content.nodeOf(op) >= 0)
        ensureNodeVisible(m_content.nodeOf(op));
}

} // namespace requant
