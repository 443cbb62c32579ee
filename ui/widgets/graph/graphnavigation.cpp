// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/graph/graphnavigation.h"

#include "ui/logic/texts.h"

#include <cmath>
#include <limits>

namespace requant {
namespace {

// From one node's middle to another's, with y along the network.
QPointF wayTo(const GraphContent &content, int from, int to)
{
    const QPointF d = content.nodes[static_cast<std::size_t>(to)].rect.center() - content.nodes[static_cast<std::size_t>(from)].rect.center();
    return content.shape.leftToRight ? d.transposed() : d;
}

} // namespace

int nodeBeside(const GraphContent &content, int node, bool after)
{
    const double near = content.shape.leftToRight ? kNodeWidth : kNodeHeight;
    int best = -1;
    double bestDistance = std::numeric_limits<double>::infinity();
    for (int i = 0; i < static_cast<int>(content.nodes.size()); ++i) {
        const QPointF d = wayTo(content, node, i);
        if (std::abs(d.y()) > near || (after ? d.x() <= 1 : d.x() >= -1))
            continue;
        const double distance = std::abs(d.x()) + 4 * std::abs(d.y());
        if (distance < bestDistance) {
            bestDistance = distance;
            best = i;
        }
    }
    return best;
}

int nodeAlong(const GraphContent &content, int node, bool forward)
{
    const auto i = static_cast<std::size_t>(node);
    int best = -1;
    double least = std::numeric_limits<double>::infinity();
    for (const int e : forward ? content.out[i] : content.in[i]) {
        const auto &edge = content.edges[static_cast<std::size_t>(e)];
        const int other = forward ? edge.to : edge.from;
        const QPointF d = wayTo(content, node, other);
        const double cost = 10 * std::abs(d.x()) + std::abs(d.y());
        if (cost < least) {
            least = cost;
            best = other;
        }
    }
    return best;
}

int nodeOfPlace(const GraphContent &content, int place)
{
    return place < content.operatorCount ? content.nodeOf(place) : content.firstInput() + place - content.operatorCount;
}

int placeOfNode(const GraphContent &content, int node)
{
    if (node < 0)
        return -1;
    const auto &ops = content.nodes[static_cast<std::size_t>(node)].ops;
    return ops.empty() ? content.operatorCount + node - content.firstInput() : ops.front();
}

void NodeSearch::prepare(const GraphContent &content)
{
    const auto &g = content.model->subgraph(content.subgraph);
    const auto tensorText = [&](TensorIndex t) {
        if (!t || t.pos() >= g.tensors.size())
            return QString();
        const Tensor &tensor = g.tensor(t);
        return QString(u'\n' + toQString(tensor.name) + u'\n' + typeText(tensor.type) + u'\n' + schemeBadge(tensor)).toLower();
    };
    m_names.clear();
    m_tensors.clear();
    const auto names = layerNames(g);
    for (std::size_t i = 0; i < g.operators.size(); ++i) {
        const auto &op = g.operators[i];
        m_names.push_back((operatorTitle(op) + u'\n' + toQString(names[i])).toLower());
        QString tensors;
        for (const auto *list : {&op.outputs, &op.inputs})
            for (const auto t : *list)
                tensors += tensorText(t);
        m_tensors.push_back(std::move(tensors));
    }
    for (auto i = static_cast<std::size_t>(content.firstInput()); i < content.nodes.size(); ++i) {
        const auto &node = content.nodes[i];
        m_names.push_back((node.title + u'\n' + node.name).toLower());
        m_tensors.push_back(tensorText(node.tensor));
    }
}

std::vector<int> NodeSearch::matches(const GraphContent &content, const QString &text)
{
    std::vector<int> found;
    const QString needle = text.trimmed().toLower();
    if (needle.isEmpty() || content.isEmpty())
        return found;
    if (needle.startsWith(u'#')) {
        bool isNumber = false;
        const int op = QStringView(needle).mid(1).toInt(&isNumber);
        if (isNumber && op >= 0 && op < content.operatorCount)
            found.push_back(op);
        return found;
    }
    if (m_names.empty())
        prepare(content);
    for (const auto *texts : {&m_names, &m_tensors}) {
        for (std::size_t i = 0; i < texts->size(); ++i)
            if ((*texts)[i].contains(needle))
                found.push_back(static_cast<int>(i));
        if (!found.empty())
            break;
    }
    return found;
}

} // namespace requant
