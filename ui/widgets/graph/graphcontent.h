// SPDX-License-Identifier: GPL-3.0-or-later
// What the graph view draws, as plain values: made from a Model off the GUI thread, with texts and positions, so that
// painting asks nothing of core.
#pragma once

#include "core/base/runcontrol.h"
#include "core/model/model.h"
#include "ui/widgets/theme/theme.h"

#include <QPointF>
#include <QRectF>
#include <QSizeF>
#include <QString>

#include <memory>
#include <vector>

namespace requant {

struct Conversion;

struct GraphNode
{
    enum class Kind { Operator, Input, Output };
    Kind kind = Kind::Operator;
    int op = -1;         // operator number, -1 for graph inputs and outputs
    TensorIndex tensor;  // first output, or the graph's input or output
    Family family = Family::Other;
    QString title;       // operator or "Input"
    QString name;        // short layer name
    QString fullName;    // whole tensor name, for search
    QString shape;
    QString badge;       // scheme of `tensor` in the source
    QRectF rect;         // in the scene
};

struct GraphEdge
{
    int from = -1, to = -1; // nodes
    TensorIndex tensor;
    int input = -1; // position among the consumer's inputs, or the number of the graph output
    std::vector<QPointF> line;
};

struct GraphContent
{
    std::shared_ptr<const Model> model;
    SubgraphIndex subgraph{0};
    std::vector<GraphNode> nodes; // operators in execution order, then graph inputs, then graph outputs
    std::vector<GraphEdge> edges; // only between nodes: constants have no node
    std::vector<std::vector<int>> in, out; // edges by node
    int operatorCount = 0;
    QSizeF size;
    bool isEmpty() const { return nodes.empty(); }
};

inline constexpr double kNodeWidth = 232, kNodeHeight = 72, kPillHeight = 48;

// Error kCancelled only.
Result<GraphContent> buildGraphContent(std::shared_ptr<const Model>, SubgraphIndex, const RunControl & = {});

// Scheme of a tensor: grid badge, or its plain type.
QString schemeBadge(const Tensor &);
// Rich texts of tool tips. `conversion` may be null.
QString nodeToolTip(const GraphContent &, const Conversion *, int node);
QString edgeToolTip(const GraphContent &, const Conversion *, int edge);

} // namespace requant
