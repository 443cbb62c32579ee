// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/graph/graphnavigation.h"

#include <cmath>
#include <limits>

namespace requant {

int nodeBeside(const GraphContent &content, int node, bool right)
{
    const QRectF from = content.nodes[static_cast<std::size_t>(node)].rect;
    int best = -1;
    double bestDistance = std::numeric_limits<double>::infinity();
    for (std::size_t i = 0; i < content.nodes.size(); ++i) {
        const QPointF d = content.nodes[i].rect.center() - from.center();
        if (std::abs(d.y()) > kNodeHeight || (right ? d.x() <= 1 : d.x() >= -1))
            continue;
        const double distance = std::abs(d.x()) + 4 * std::abs(d.y());
        if (distance < bestDistance) {
            bestDistance = distance;
            best = static_cast<int>(i);
        }
    }
    return best;
}

int nodeAlong(const GraphContent &content, int node, bool downwards)
{
    const auto i = static_cast<std::size_t>(node);
    const QPointF from = content.nodes[i].rect.center();
    int best = -1;
    double least = std::numeric_limits<double>::infinity();
    for (const int e : downwards ? content.out[i] : content.in[i]) {
        const auto &edge = content.edges[static_cast<std::size_t>(e)];
        const int other = downwards ? edge.to : edge.from;
        const QPointF d = content.nodes[static_cast<std::size_t>(other)].rect.center() - from;
        const double cost = 10 * std::abs(d.x()) + std::abs(d.y());
        if (cost < least) {
            least = cost;
            best = other;
        }
    }
    return best;
}

std::vector<int> NodeSearch::matches(const GraphContent &content, const QString &text)
{
    std::vector<int> found;
    const QString needle = text.trimmed().toLower();
    if (needle.isEmpty())
        return found;
    if (needle.startsWith(u'#')) {
        bool isNumber = false;
        const int op = QStringView(needle).mid(1).toInt(&isNumber);
        if (isNumber && op >= 0 && op < content.operatorCount)
            found.push_back(op);
        return found;
    }
    if (m_texts.size() != content.nodes.size()) {
        m_texts.clear();
        for (const auto &node : content.nodes)
            m_texts.push_back((node.title + u'\n' + node.name + u'\f' + node.fullName).toLower());
    }
    std::vector<int> inTensorName;
    for (std::size_t i = 0; i < m_texts.size(); ++i) {
        const auto at = m_texts[i].indexOf(needle);
        if (at >= 0)
            (at < m_texts[i].indexOf(u'\f') ? found : inTensorName).push_back(static_cast<int>(i));
    }
    return found.empty() ? inTensorName : found;
}

} // namespace requant
